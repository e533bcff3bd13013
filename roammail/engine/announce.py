"""Hands events to whoever listens; a listener that fails hurts nobody else."""

import logging
from collections.abc import Callable

from roammail.core.events import Event

Listener = Callable[[Event], None]
_log = logging.getLogger(__name__)


class Announcer:
    """Synchronous fan-out on the engine's own thread."""

    def __init__(self) -> None:
        self._listeners: list[Listener] = []

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Adds a listener; the returned function removes it again."""
        self._listeners.append(listener)

        def unsubscribe() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return unsubscribe

    def __call__(self, event: Event) -> None:
        """Tells every listener."""
        for listener in tuple(self._listeners):
            try:
                listener(event)
            except Exception:  # noqa: BLE001  (an edge: a front end's fault is not the mail's)
                _log.exception("a listener failed on %s", type(event).__name__)
