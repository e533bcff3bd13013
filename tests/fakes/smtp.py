"""SMTP servers, a dialer and a resolver without sockets, for tests of the engine.

    server = FakeServer(users={"ada": "pw"}, answers={"rcpt": "554 5.7.1 Relay access denied"})
    dialer = FakeDialer({("smtp.example", 465): server})

Stages are those of `tests.adapters.scripted_server`, and `tls` for the handshake: connect, tls,
greeting, hello, starttls, auth, mail, rcpt, data, content, dot, bdat, rset, noop. An answer is

- a text: a reply, lines joined by newline ("250 ok", "250-first\\n250 last");
- a FailureKind or a Failure: raised;
- an async function of the command's argument that gives one of these (to wait on an event or a
  clock, or to answer by recipient); None from it means the good answer;
- a list of these, one per occurrence over all connections, the last for all that follow.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from roammail.core.content import Supply, gathered
from roammail.core.dsn import EnvelopeReport, RecipientReport
from roammail.core.failure import Failure, FailureKind, SmtpFailure
from roammail.core.profile import Endpoint, Security
from roammail.core.reply import Reply, parse
from roammail.core.report import Offer, TranscriptLine
from roammail.core.secret import Secret
from roammail.ports import EnvelopeWords, SmtpConnection, Timeouts

Word = str | FailureKind | Failure | None
Answer = Word | Callable[[str], Awaitable[Word]]

_GOOD = {
    "greeting": "220 {host} ESMTP ready",
    "hello": "250 {host} greets you",
    "starttls": "220 2.0.0 Go ahead",
    "auth": "235 2.7.0 Welcome",
    "mail": "250 2.1.0 Sender ok",
    "rcpt": "250 2.1.5 Recipient ok",
    "data": "354 Go ahead",
    "dot": "250 2.0.0 Queued as 42",
    "bdat": "250 2.0.0 Taken",
    "rset": "250 2.0.0 Reset",
    "noop": "250 2.0.0 Ok",
}


@dataclass(frozen=True)
class Delivered:
    """A message that a server took: what it said yes to."""

    sender: str
    recipients: tuple[str, ...]
    content: bytes
    sign_in: str | None


@dataclass
class FakeServer:
    """One server's behaviour, and what was done to it."""

    users: Mapping[str, str] = field(default_factory=dict)
    answers: dict[str, Answer | Sequence[Answer]] = field(default_factory=dict)
    extensions: tuple[str, ...] = ("SIZE 10240000", "8BITMIME", "SMTPUTF8")
    mechanisms: tuple[str, ...] = ("PLAIN", "LOGIN")
    offer_starttls: bool = True
    certificate_issuer: str = "Test authority"

    dialled: int = 0
    commands: list[str] = field(default_factory=list)  # "mail ada@test.example", no secrets
    sign_ins: list[tuple[str, bool]] = field(default_factory=list)  # name, whether it was right
    messages: list[Delivered] = field(default_factory=list)
    connections: list["FakeConnection"] = field(default_factory=list)
    _counts: dict[str, int] = field(default_factory=dict)

    async def word(self, stage: str, argument: str) -> Word:
        """What the script says at this stage; None for the good answer."""
        self.commands.append(f"{stage} {argument}".strip())
        answer = self.answers.get(stage)
        if isinstance(answer, Sequence) and not isinstance(answer, str):
            count = self._counts[stage] = self._counts.get(stage, 0) + 1
            answer = answer[min(count, len(answer)) - 1]
        return await answer(argument) if callable(answer) else answer


class FakeDialer:
    """The SmtpDialer port. Servers by host and port; nothing listens anywhere else."""

    def __init__(self, servers: Mapping[tuple[str, int], FakeServer] | None = None) -> None:
        self.servers = dict(servers or {})
        self.dialled: list[Endpoint] = []

    async def dial(
        self, endpoint: Endpoint, addresses: Sequence[str], timeouts: Timeouts
    ) -> SmtpConnection:
        """A conversation with the server of this host and port; REFUSED where there is none."""
        self.dialled.append(endpoint)
        server = self.servers.get((endpoint.host, endpoint.port))
        if server is None or not addresses:
            raise SmtpFailure(Failure(FailureKind.REFUSED, "nothing listens there"))
        server.dialled += 1
        word = await server.word("connect", "")
        if isinstance(word, FailureKind | Failure):
            raise SmtpFailure(_failure(word))
        connection = FakeConnection(server, endpoint, addresses[0])
        server.connections.append(connection)
        return connection


class FakeConnection:
    """The SmtpConnection port. After a failure every call raises that failure."""

    def __init__(self, server: FakeServer, endpoint: Endpoint, address: str) -> None:
        self._server, self._endpoint, self._address = server, endpoint, address
        self._failure: Failure | None = None
        self._offer = Offer()
        self._encrypted = False
        self._extensions: dict[str, str] = {}
        self._sender, self._utf8 = "", False
        self._recipients: list[str] = []
        self._content: bytes | None = None
        self._ahead: list[Callable[[], Awaitable[Reply]]] = []
        self._committed = False
        self._signed_in: str | None = None
        self._transcript: list[TranscriptLine] = []
        self.closed = False

    @property
    def peer(self) -> str:
        """The first address that was given."""
        return self._address

    @property
    def encrypted(self) -> bool:
        """Whether the handshake has been done."""
        return self._encrypted

    @property
    def offer(self) -> Offer:
        """What the server has shown so far."""
        return self._offer

    @property
    def transcript(self) -> tuple[TranscriptLine, ...]:
        """Stages and replies."""
        return tuple(self._transcript)

    async def wrap_tls(self) -> None:
        """The handshake of implicit TLS."""
        await self._handshake()

    async def _handshake(self) -> None:
        await self._reply("tls", "", good="220 done")
        self._encrypted, self._extensions = True, {}
        self._offer = Offer(
            self._offer.banner,
            self._offer.starttls,
            certificate_issuer=self._server.certificate_issuer,
            certificate_name=self._endpoint.host,
        )

    async def greeting(self) -> Reply:
        """The banner."""
        reply = await self._reply("greeting")
        self._offer = replace(self._offer, banner=reply.text)
        return reply

    async def hello(self) -> Reply:
        """EHLO. The script may give a whole EHLO answer; then its lines are the extensions."""
        reply = await self._reply("hello")
        if not reply.positive:
            return reply
        lines = list(reply.lines[1:]) or self._default_extensions()
        pairs = [line.partition(" ") for line in lines]
        self._extensions = {keyword.upper(): rest for keyword, _, rest in pairs}
        starttls = self._offer.starttls
        self._offer = replace(
            self._offer,
            starttls=starttls if self._encrypted else "STARTTLS" in self._extensions,
            auth=tuple(self._extensions.get("AUTH", "").split()),
            extensions=tuple(lines),
        )
        return reply

    def _default_extensions(self) -> list[str]:
        server, lines = self._server, list(self._server.extensions)
        plain = self._endpoint.security is Security.PLAINTEXT
        if self._endpoint.security is Security.STARTTLS and not self._encrypted:
            lines += ["STARTTLS"] if server.offer_starttls else []
        elif server.users and (self._encrypted or plain):
            lines.append(f"AUTH {' '.join(server.mechanisms)}")
        return lines

    async def start_tls(self) -> Reply:
        """STARTTLS and the handshake; a refusal is returned."""
        if "STARTTLS" not in self._extensions:
            raise self._failed(FailureKind.STARTTLS_MISSING)
        reply = await self._reply("starttls")
        if reply.positive:
            await self._handshake()
        return reply

    def extension(self, keyword: str) -> str | None:
        """The parameters of an EHLO keyword."""
        return self._extensions.get(keyword.upper())

    async def sign_in(self, username: str, secret: Secret) -> Reply:
        """Right when `users` says so, and the script does not say otherwise."""
        if not self._encrypted:
            raise self._failed(FailureKind.TLS_FAILED)
        offered = self._extensions.get("AUTH", "").split()
        if not offered:
            raise self._failed(FailureKind.AUTH_NOT_OFFERED)
        if not {"SCRAM-SHA-256", "PLAIN", "LOGIN", "CRAM-MD5"} & set(offered):
            raise self._failed(FailureKind.AUTH_NO_COMMON_MECHANISM)
        right = self._server.users.get(username) == secret.reveal()
        good = _GOOD["auth"] if right else "535 5.7.8 Bad credentials"
        reply = await self._reply("auth", username, good=good)
        self._server.sign_ins.append((username, reply.positive))
        self._signed_in = username if reply.positive else None
        return reply

    async def mail(
        self,
        sender: str,
        size: int | None,
        eight_bit: bool,
        utf8: bool,
        report: EnvelopeReport | None = None,
    ) -> Reply:
        """MAIL FROM; SIZE and SMTPUTF8 are looked at as the real one does."""
        self._look_at_mail(sender, size, utf8)
        return await self._mail(sender, report)

    def _look_at_mail(self, sender: str, size: int | None, utf8: bool) -> None:
        self._committed = False
        limit = self._extensions.get("SIZE", "")
        self._utf8 = utf8 and "SMTPUTF8" in self._extensions
        self._check_address(sender)
        if size is not None and limit.isdigit() and 0 < int(limit) < size:
            raise self._failed(FailureKind.SIZE_EXCEEDED)

    async def _mail(self, sender: str, report: EnvelopeReport | None) -> Reply:
        asked = report.parameters() if report and "DSN" in self._extensions else ()
        reply = await self._reply("mail", " ".join((sender, *asked)))
        self._sender, self._recipients, self._content = sender, [], None
        return reply

    async def rcpt(self, recipient: str, report: RecipientReport | None = None) -> Reply:
        """RCPT TO."""
        self._check_address(recipient)
        return await self._rcpt(recipient, report)

    async def _rcpt(self, recipient: str, report: RecipientReport | None) -> Reply:
        asked = report.parameters() if report and "DSN" in self._extensions else ()
        reply = await self._reply("rcpt", " ".join((recipient, *asked)))
        if reply.positive:
            self._recipients.append(recipient)
        return reply

    def _check_address(self, address: str) -> None:
        if any(character in "\r\n<>" or ord(character) < 0x20 for character in address):
            raise self._failed(FailureKind.ADDRESS_INVALID)
        if not address.isascii() and not self._utf8:
            raise self._failed(FailureKind.SMTPUTF8_MISSING)

    async def data(self) -> Reply:
        """DATA; refused where no recipient was taken, as servers do."""
        good = _GOOD["data"] if self._recipients else "554 5.5.1 No valid recipients"
        return await self._reply("data", good=good)

    async def envelope(self, words: EnvelopeWords, *, data: bool = False) -> None:
        """All at once; the server hears each when its answer is asked for, in this order."""
        self._check_open()
        self._look_at_mail(words.sender, words.size, words.utf8)
        for address, _ in words.recipients:
            self._check_address(address)
        self._ahead = [partial(self._mail, words.sender, words.report)]
        self._ahead += [partial(self._rcpt, *one) for one in words.recipients]
        if data:
            self._ahead.append(self.data)

    async def next_answer(self) -> Reply:
        """The answer to what was said first."""
        return await self._ahead.pop(0)()

    async def chunk(self, octets: Supply, progress: Callable[[int], None], *, last: bool) -> bool:
        """Keeps the octets; with `last` the message counts as delivered when it is answered well
        and somebody was taken as recipient, as servers do."""
        self._check_open()
        whole = await gathered(octets)
        self._committed = last
        self._ahead.append(partial(self._chunk, whole, last))
        progress(len(octets))
        return True

    async def _chunk(self, octets: bytes, last: bool) -> Reply:
        good = _GOOD["bdat"] if self._recipients else "554 5.5.1 No valid recipients"
        reply = await self._reply("bdat", "last" if last else "", good=good)
        self._content = (self._content or b"") + octets
        if last and reply.positive:
            self._deliver()
        return reply

    @property
    def alive(self) -> bool:
        """Until it is closed; the server may have gone without a word."""
        return not self.closed and self._failure is None and not self._ahead

    @property
    def committed(self) -> bool:
        """Whether the end of the message was given away."""
        return self._committed

    async def content(
        self, content: Supply, progress: Callable[[int], None], *, canonical: bool = False
    ) -> None:
        """Keeps the content; the script can only let it fail."""
        progress(len(content) // 2)
        await self._reply("content", good="250 flowing")
        whole = await gathered(content)
        progress(len(content))
        self._content = whole

    async def final_dot(self) -> Reply:
        """The message counts as delivered when this is positive."""
        self._check_open()
        self._committed = True
        reply = await self._reply("dot")
        if reply.positive:
            self._deliver()
        self._content, self._recipients = None, []
        return reply

    def _deliver(self) -> None:
        assert self._content is not None
        to = tuple(self._recipients)
        message = Delivered(self._sender, to, self._content, self._signed_in)
        self._server.messages.append(message)

    async def noop(self) -> Reply:
        """NOOP."""
        return await self._reply("noop")

    async def reset(self) -> Reply:
        """RSET."""
        reply = await self._reply("rset")
        self._recipients = []
        return reply

    async def quit(self) -> None:
        """Closes."""
        if self._failure is None and not self.closed:
            self._server.commands.append("quit")
        self.closed = True

    def close(self) -> None:
        """Closes."""
        self.closed = True

    async def _reply(self, stage: str, argument: str = "", *, good: str | None = None) -> Reply:
        self._check_open()
        self._transcript.append(TranscriptLine("C", f"{stage} {argument}".strip(), 0.0))
        word = await self._server.word(stage, argument)
        if isinstance(word, FailureKind | Failure):
            raise self._failed(word)
        text = word or (good or _GOOD[stage]).format(host=self._endpoint.host)
        self._transcript += [TranscriptLine("S", line, 0.0) for line in text.split("\n")]
        return parse(int(text[:3]), "\n".join(line[4:] for line in text.split("\n")))

    def _check_open(self) -> None:
        if self._failure is not None:
            raise SmtpFailure(self._failure)
        if self.closed:
            raise self._failed(FailureKind.CONNECTION_LOST)

    def _failed(self, what: FailureKind | Failure) -> SmtpFailure:
        self._failure = _failure(what)
        return SmtpFailure(self._failure)


class FakeResolver:
    """The Resolver port: names by table; address literals are themselves; the rest is unknown.

    With `default`, every other name has that address.
    """

    def __init__(
        self,
        names: Mapping[str, Sequence[str] | FailureKind] | None = None,
        default: str | None = "192.0.2.1",
    ) -> None:
        self.names, self.default = dict(names or {}), default
        self.asked: list[str] = []
        self.search_page = ""

    async def makes_up(self, host: str, addresses: Sequence[str]) -> bool:
        """What the test set."""
        return self.search_page in addresses

    async def resolve(self, host: str, timeout: float) -> tuple[str, ...]:
        """What the table says."""
        self.asked.append(host)
        bare = host.removeprefix("[").removesuffix("]")
        if ":" in bare or bare.replace(".", "").isdigit():
            return (bare,)
        found = self.names.get(host, (self.default,) if self.default else ())
        if isinstance(found, FailureKind):
            raise SmtpFailure(Failure(found))
        if not found:
            raise SmtpFailure(Failure(FailureKind.DNS_NOT_FOUND))
        return tuple(found)


def _failure(what: FailureKind | Failure) -> Failure:
    return what if isinstance(what, Failure) else Failure(what, "as the script says")
