"""TLS sessions that are taken up again (RFC 5077, RFC 8446 section 2.2): between a test and a
send, or two messages, the second handshake needs no certificate, and with TLS 1.2 a round trip
less. Owns for how long and how often a session is used; verifies nothing itself.
"""

import ssl
import time
from collections.abc import Callable
from typing import Any

#: Seconds for which the verification of a certificate is good for another connection.
TRUSTED_FOR = 600.0
_MOST = 32


class ResumingContext(ssl.SSLContext):
    """A verifying context that remembers the sessions which it made, by the verified name.

    A session is only kept from a handshake that verified that very name, and is used once: a
    ticket that is shown twice lets a listener tell that it is the same computer (RFC 8446
    appendix C.4). asyncio knows nothing of sessions; but it makes its TLS object here.
    """

    clock: Callable[[], float] = staticmethod(time.monotonic)

    def __init__(self, *_: object) -> None:
        super().__init__()
        self._sessions: dict[str, tuple[float, ssl.SSLSession]] = {}

    def wrap_bio(
        self,
        incoming: ssl.MemoryBIO,
        outgoing: ssl.MemoryBIO,
        server_side: bool = False,
        server_hostname: str | bytes | None = None,
        session: ssl.SSLSession | None = None,
    ) -> ssl.SSLObject:
        """With the session of the last connection to this name, where there is one."""
        since, known = self._take(server_hostname)
        made = super().wrap_bio(incoming, outgoing, server_side, server_hostname, session or known)
        vars(made)["verified_at"] = since
        return made

    def keep(self, tls: Any) -> None:
        """The session of an SSLObject that this context made, once something was read on it: in
        TLS 1.3 the tickets come after the handshake."""
        session, name = tls.session, tls.server_hostname
        if session is None or not isinstance(name, str):
            return
        # In TLS 1.2 the server may keep the session itself, under its number.
        if not session.has_ticket and tls.version() != "TLSv1.2":
            return
        self._sessions.pop(name, None)
        # A resumed session was verified when the first one was: that time goes on counting.
        since = vars(tls).get("verified_at", 0.0) if tls.session_reused else self.clock()
        self._sessions[name] = (since, session)
        while len(self._sessions) > _MOST:
            del self._sessions[next(iter(self._sessions))]

    def _take(self, name: str | bytes | None) -> tuple[float, ssl.SSLSession | None]:
        since, session = self._sessions.pop(str(name), (0.0, None))
        fresh = self.clock() - since < TRUSTED_FOR
        return since, session if fresh else None
