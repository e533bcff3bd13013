"""The demo's world: five servers, their certificates, and the five profiles that a traveller
has. Everything is on loopback and in one temporary folder, and is gone afterwards.

Knows nothing of the engine, the command line or rendering.
"""

import secrets
import tempfile
from contextlib import AsyncExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from roammail.core.profile import AuthMethod, Endpoint, Profile, Security
from roammail.core.secret import Secret
from roammail.demo.certificates import Certificates, make_certificates
from roammail.demo.servers import (
    Arrived,
    Behaviour,
    BlockedPort,
    RunningServer,
    Trouble,
    start_server,
)

CAMPUS, PROVIDER, CLUB = "smtp.campus.example", "smtp.provider.example", "mail.club.example"
OFFICE, RELAY = "mail.office.example", "relay.post.example"
#: The names of the servers; `roammail.demo.network` leads each to loopback.
HOSTS = (RELAY, CAMPUS, PROVIDER, CLUB, OFFICE)
USER = "traveller@post.example"

Prepared = tuple[Profile, Secret | None]


class DemoWorld:
    """`async with DemoWorld() as world:` starts it all, and stops it all at the end.

    `password` is that of the one account that works, at random by default. Inside:
    `profiles` in the traveller's order of preference, without ids, each with its secret;
    `ca_file`, the authority to trust (PEM); `inbox`, what has arrived so far.
    """

    sender = USER
    recipient = "friend@elsewhere.example"

    def __init__(self, password: str | None = None) -> None:
        self._password = password or secrets.token_urlsafe(24)
        self._stack = AsyncExitStack()
        self._inbox: list[Arrived] = []
        self.profiles: tuple[Prepared, ...] = ()
        self.ca_file = Path()
        self.blocked_port_hangs = False

    @property
    def inbox(self) -> tuple[Arrived, ...]:
        """Every message that any of the servers has taken, oldest first."""
        return tuple(self._inbox)

    async def __aenter__(self) -> Self:
        try:
            folder = self._stack.enter_context(tempfile.TemporaryDirectory(prefix="roammail-demo-"))
            certificates = make_certificates(Path(folder), (*HOSTS, "localhost"))
            self.ca_file = certificates.ca_file
            self.profiles = (
                await self._campus(certificates),
                await self._provider(),
                await self._club(),
                await self._office(certificates),
                await self._relay_service(certificates),
            )
        except BaseException:
            await self._stack.aclose()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._stack.aclose()

    async def _campus(self, certificates: Certificates) -> Prepared:
        """Relays without sign-in, for those inside its own network only; we are outside."""
        server = await self._start(
            Behaviour(Trouble.RELAYS_FOR_ITS_OWN_NETWORK, "campus.example"),
            CAMPUS,
            certificates,
            Security.STARTTLS,
        )
        return _profile("Campus", CAMPUS, server.port, Security.STARTTLS), None

    async def _provider(self) -> Prepared:
        """The network drops what goes to this provider's ports, the first and the other."""
        ports = []
        for _ in range(2):
            blocked = BlockedPort()
            self._stack.callback(blocked.stop)
            await blocked.start()
            self.blocked_port_hangs = blocked.hangs
            ports.append(blocked.port)
        alternative = Endpoint(PROVIDER, ports[1], Security.IMPLICIT_TLS)
        profile = _profile(
            "Provider", PROVIDER, ports[0], Security.STARTTLS, alternative, user=USER
        )
        return profile, Secret(secrets.token_urlsafe(24))

    async def _club(self) -> Prepared:
        """A middlebox inspects the conversation and has overwritten STARTTLS and the banner."""
        server = await self._start(
            Behaviour(Trouble.STARTTLS_REMOVED, "club.example"),
            "*" * 23,
            None,
            Security.PLAINTEXT,
            ident="2" + "*" * 6 + "200",
        )
        profile = _profile("Club", CLUB, server.port, Security.STARTTLS, user=USER)
        return profile, Secret(secrets.token_urlsafe(24))

    async def _office(self, certificates: Certificates) -> Prepared:
        """Wants a sign-in, and the profile was made without one."""
        server = await self._start(
            Behaviour(Trouble.WANTS_A_SIGN_IN, "office.example"),
            OFFICE,
            certificates,
            Security.STARTTLS,
        )
        return _profile("Office", OFFICE, server.port, Security.STARTTLS), None

    async def _relay_service(self, certificates: Certificates) -> Prepared:
        """Works from everywhere: implicit TLS and an account."""
        server = await self._start(
            Behaviour(Trouble.NOTHING, "post.example", login=(USER, self._password)),
            RELAY,
            certificates,
            Security.IMPLICIT_TLS,
        )
        profile = _profile("Relay service", RELAY, server.port, Security.IMPLICIT_TLS, user=USER)
        return profile, Secret(self._password)

    async def _start(
        self,
        behaviour: Behaviour,
        hostname: str,
        certificates: Certificates | None,
        security: Security,
        ident: str = "ESMTP ready",
    ) -> RunningServer:
        behaviour.inbox = self._inbox
        context = certificates.server_context() if certificates else None
        server = await start_server(
            behaviour,
            hostname=hostname,
            ident=ident,
            implicit_tls=context if security is Security.IMPLICIT_TLS else None,
            starttls=context if security is Security.STARTTLS else None,
        )
        self._stack.push_async_callback(server.stop)
        return server


def _profile(
    name: str, host: str, port: int, security: Security, *alternatives: Endpoint, user: str = ""
) -> Profile:
    return Profile(
        id="",
        name=name,
        endpoint=Endpoint(host, port, security),
        alternatives=alternatives,
        auth=AuthMethod.PASSWORD if user else AuthMethod.NONE,
        username=user,
        senders=(USER,),
    )
