"""The submission service: listens on loopback, both families, and nowhere else."""

import asyncio
import logging

from roammail.core.errors import ExitCode, UserFacingError
from roammail.engine.engine import Engine
from roammail.submission.door import Door
from roammail.submission.reception import Reception
from roammail.submission.session import Conversation, Limits, Shared

_log = logging.getLogger(__name__)

#: Largest messages that may be on their way in at once, without the small ones.
_LARGE_AT_ONCE = 4
#: Seconds for the last words to programs that wait for a server's answer.
_LAST_WORDS = 2.0
_IPV4, _IPV6 = "127.0.0.1", "::1"


class SubmissionService:
    """Takes mail from other programs and puts it into the engine's outbox."""

    def __init__(self, engine: Engine, limits: Limits | None = None) -> None:
        limits = limits or Limits()
        self._door = Door(_LARGE_AT_ONCE * limits.octets)
        self._shared = Shared(Reception(engine), self._door, limits)
        self._servers: list[asyncio.Server] = []
        self.port = 0

    async def start(self, port: int) -> tuple[str, ...]:
        """Listens; returns the addresses. Port 0: any that is free.

        Raises UserFacingError (`port-taken`).
        """
        # aiosmtpd writes down what clients type; neither that nor mail belongs into a log.
        logging.getLogger("mail.log").setLevel(logging.ERROR)
        loop = asyncio.get_running_loop()
        listening: list[str] = []
        for host in (_IPV4, _IPV6):
            try:
                server = await loop.create_server(
                    lambda: Conversation(self._shared, loop), host, self.port or port
                )
            except OSError as error:
                if host == _IPV6 and listening:  # a system without IPv6
                    _log.info("nothing listens on %s: %s", host, error)
                    break
                raise UserFacingError(
                    "port-taken",
                    f"RoamMail cannot listen on {host} port {port}: {error.strerror or error}. "
                    "Choose another port with the setting “submission_port”.",
                    ExitCode.UNAVAILABLE,
                ) from error
            self.port = server.sockets[0].getsockname()[1]
            self._servers.append(server)
            listening.append(host)
        return tuple(listening)

    @property
    def answering(self) -> int:
        """Programs that have handed over a message and wait for the answer."""
        return len(self._shared.answering)

    async def stop(self) -> None:
        """Closes the door and every conversation; what was not answered with 250 was not taken,
        or is taken once more by its program."""
        for server in self._servers:
            server.close()
        self._shared.ending.set()  # whose message is in the outbox is told so
        if self._shared.answering:
            await asyncio.wait(tuple(self._shared.answering), timeout=_LAST_WORDS)
        self._door.close()
        for server in self._servers:
            await server.wait_closed()
        self._servers.clear()
