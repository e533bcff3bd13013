"""What the engine needs of the outside, as Protocols. Each has a real adapter and a fake,
and both pass one contract suite. No library is named here."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from roammail.core.contacts import Correspondent, NameOf
from roammail.core.content import Supply
from roammail.core.delivery import Move, Standing
from roammail.core.diagnosis import Diagnosis
from roammail.core.dsn import EnvelopeReport, RecipientReport
from roammail.core.envelope import AttemptEntry, OutboxEntry, ReadyMessage
from roammail.core.letter import AttachedFile, Letter
from roammail.core.memory import Memory as Memory
from roammail.core.message import Attachment
from roammail.core.network import Network, NetworkKey
from roammail.core.outbox_query import OutboxQuery
from roammail.core.outgoing import Outgoing
from roammail.core.power import Power
from roammail.core.profile import Endpoint
from roammail.core.reply import Reply
from roammail.core.report import Offer, TranscriptLine
from roammail.core.ring import Ring as Ring
from roammail.core.secret import Secret
from roammail.core.settings import Settings


class Clock(Protocol):
    """Time, so that tests can own it."""

    def monotonic(self) -> float:
        """Seconds, never going back."""

    def now(self) -> datetime:
        """The wall clock, UTC, aware."""

    async def sleep(self, seconds: float) -> None:
        """Waits."""


@dataclass(frozen=True, slots=True)
class StoreInfo:
    """What keeps the secrets: the backend's name, and whether it protects them."""

    backend: str
    protected: bool


class SecretStore(Protocol):
    """Whole texts by service name, in the OS keyring.

    `read` returns None for a name that holds nothing. A `write` that is killed half-way leaves
    either the old value, or a value whose `read` raises ValueBroken; never a mixture.
    Every method raises StoreLocked, StoreMissing or StoreDenied (`core.errors`). Texts may be
    of any length and hold any character.
    """

    async def info(self) -> StoreInfo:
        """Which backend; raises StoreMissing where there is none that is safe."""

    async def read(self, service: str) -> str | None:
        """The value, None if there is none; raises ValueBroken if it was half written."""

    async def write(self, service: str, value: str) -> None:
        """Stores the whole value, replacing the old one."""

    async def delete(self, service: str) -> None:
        """Removes the value with all its parts; no error where there is none."""

    async def close(self) -> None:
        """Ends the keyring's thread."""


class Sealer(Protocol):
    """Encrypts a text with a passphrase, for the file in which profiles travel.

    The passphrase is non-empty. What is unsealed is hostile: every error is a UserFacingError
    (`import-damaged`, `import-newer`, `passphrase-wrong`) and costs bounded time and memory.
    """

    def is_sealed(self, text: str) -> bool:
        """Whether the text looks like something that `seal` made."""

    async def seal(self, text: str, passphrase: Secret) -> str:
        """The text, readable with the passphrase only."""

    async def unseal(self, sealed: str, passphrase: Secret) -> str:
        """The text that was sealed."""


class NetworkWatcher(Protocol):
    """Where we are, and word of every change."""

    async def current(self) -> Network:
        """What is known now. Never raises: what failed is in `Network.unknown`."""

    def changes(self) -> AsyncIterator[Network]:
        """Yields the new Network after each change (bursts joined), and after a resume."""

    async def close(self) -> None:
        """Stops watching."""


class PowerSource(Protocol):
    """Whether this computer saves its battery."""

    async def power(self) -> Power:
        """What is known now; nothing is held open for it. Never raises: what cannot be told is
        UNKNOWN, and `detail` says why."""


class PortalCheck(Protocol):
    """Asks over HTTP whether a portal is in the way (and RFC 8908 where offered)."""

    async def check(self, network: Network) -> Network:
        """The network with `portal` and `portal_url` filled, or `unknown` saying why not."""


class Resolver(Protocol):
    """Names to addresses."""

    async def resolve(self, host: str, timeout: float) -> tuple[str, ...]:
        """Addresses, IPv6 and IPv4, in the system's order (RFC 6724).

        An address literal resolves to itself. Raises SmtpFailure (DNS_NOT_FOUND,
        DNS_TEMPORARY, TIMED_OUT).
        """

    async def makes_up(self, host: str, addresses: Sequence[str]) -> bool:
        """Whether a name that cannot exist has one of these addresses of `host` too: a search
        page for whatever is unknown. Never raises; False where that cannot be told soon."""


class SettingsStore(Protocol):
    """The file that holds what differs from the defaults."""

    async def read(self) -> Settings:
        """The settings; raises BadConfiguration (`settings-unreadable`, `setting-unknown`,
        `setting-invalid`)."""

    async def change(self, key: str, value: str | int | bool | None) -> Settings:
        """Writes one value, or with None takes it out, in one step; everything else in the file
        stays as it is, comments too. Returns the settings as they are then, what is wrong in
        the file left out. Raises BadConfiguration as `read` does and `settings-unwritable`."""


@dataclass(frozen=True, slots=True)
class ServiceRecord:
    """One SRV record (RFC 2782) whose service is offered."""

    host: str
    port: int


class ServiceLookup(Protocol):
    """What a domain says in DNS of its mail servers. Nothing of it is signed: a network can
    make it up."""

    async def services(self, name: str, timeout: float) -> tuple[ServiceRecord, ...]:
        """SRV records by priority and weight; none where there are none, or where the domain
        says that it does not offer the service. Raises SmtpFailure (DNS_TEMPORARY, TIMED_OUT)
        where DNS cannot be asked."""

    async def exchangers(self, domain: str, timeout: float) -> tuple[str, ...]:
        """The domain's mail exchangers by preference. Raises as `services` does."""


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds. Those of a send follow RFC 5321 section 4.5.3.2 where a person can wait."""

    connect: float = 10.0
    greeting: float = 20.0
    command: float = 30.0
    tls: float = 15.0
    data_progress: float = 60.0  # without one octet of progress
    final_dot: float = 600.0  # RFC 5321 section 4.5.3.2.6
    attempt: float = 600.0  # for all before the content's end, see `engine/deadline.py`


@dataclass(frozen=True, slots=True)
class EnvelopeWords:
    """What MAIL and the RCPTs of one transaction are to say, as `mail` and `rcpt` take it."""

    sender: str
    size: int | None
    eight_bit: bool
    utf8: bool
    recipients: tuple[tuple[str, RecipientReport | None], ...]
    report: EnvelopeReport | None = None


class SmtpConnection(Protocol):
    """One conversation, driven step by step by the engine.

    Every method raises SmtpFailure. Replies of 4yz and 5yz are returned, not raised.
    After a failure only `close` is called.
    """

    @property
    def peer(self) -> str:
        """The address that was reached."""

    @property
    def encrypted(self) -> bool:
        """Whether verified TLS is in force."""

    @property
    def offer(self) -> Offer:
        """What the server has shown so far (banner, extensions, certificate)."""

    @property
    def transcript(self) -> tuple[TranscriptLine, ...]:
        """The conversation so far, secrets blanked by the writer itself, bounded."""

    async def wrap_tls(self) -> None:
        """Implicit TLS: the handshake, with the profile's host verified (RFC 8314)."""

    async def greeting(self) -> Reply:
        """The server's first reply."""

    async def hello(self) -> Reply:
        """EHLO; HELO where EHLO is not known (502/500) on plaintext profiles."""

    async def start_tls(self) -> Reply:
        """STARTTLS, handshake and nothing carried over (RFC 3207 section 4.2).

        A refusal is returned; STARTTLS that is not offered raises STARTTLS_MISSING.
        The caller says `hello` again afterwards.
        """

    def extension(self, keyword: str) -> str | None:
        """The parameters of an EHLO keyword ("" if it has none), None if it is not offered."""

    async def sign_in(self, username: str, secret: Secret) -> Reply:
        """One mechanism, chosen by us, tried once. Refuses outside verified TLS.

        Raises AUTH_NOT_OFFERED, AUTH_NO_COMMON_MECHANISM.
        """

    async def mail(
        self,
        sender: str,
        size: int | None,
        eight_bit: bool,
        utf8: bool,
        report: EnvelopeReport | None = None,
    ) -> Reply:
        """MAIL FROM with the parameters that the server offers (RFC 1870, 6152, 6531, 3461)."""

    async def rcpt(self, recipient: str, report: RecipientReport | None = None) -> Reply:
        """RCPT TO, with what is asked about reports where the server offers DSN (RFC 3461)."""

    async def data(self) -> Reply:
        """DATA; 354 is positive."""

    async def content(
        self, content: Supply, progress: Callable[[int], None], *, canonical: bool = False
    ) -> None:
        """Writes the content, dot-stuffed, without the final dot; time-outs follow progress.
        `canonical`: its lines are known to end in CRLF; else they are made so. `progress` is
        told how many of its octets have gone.

        What `content` raises is passed on, and only `close` or `quit` may follow: the server
        then waits for a dot that never comes."""

    async def final_dot(self) -> Reply:
        """Writes the final dot and waits for the word that counts."""

    async def envelope(self, words: EnvelopeWords, *, data: bool = False) -> None:
        """MAIL, every RCPT and, with `data`, DATA, in one flight (RFC 2920): only where
        PIPELINING is offered. Their answers come from `next_answer`, in this order."""

    async def next_answer(self) -> Reply:
        """The answer to the oldest command said ahead by `envelope` or `chunk`.

        Answers that came before a failure are given first, then the failure is raised.
        """

    async def chunk(self, octets: Supply, progress: Callable[[int], None], *, last: bool) -> bool:
        """BDAT (RFC 3030) with these octets, every line ended by CRLF; only where CHUNKING is
        offered. Its answer comes from `next_answer`; time-outs follow progress.

        False: something said before was refused, and the rest was kept back; then nothing was
        taken, and after the refusal is heard only `close` is called. What `octets` raises is
        passed on, as `content` does.
        """

    @property
    def alive(self) -> bool:
        """Whether the connection is open, as far as is known, with nothing left to be answered."""

    @property
    def committed(self) -> bool:
        """Whether the final dot, or the end of the last chunk, of this transaction was given to
        the network. Until then no server can have taken the message."""

    async def reset(self) -> Reply:
        """RSET."""

    async def noop(self) -> Reply:
        """NOOP."""

    async def quit(self) -> None:
        """Says QUIT, does not wait for the answer, closes. Never raises."""

    def close(self) -> None:
        """Closes at once. Never raises."""


class SmtpDialer(Protocol):
    """Reaches a server."""

    async def dial(
        self, endpoint: Endpoint, addresses: Sequence[str], timeouts: Timeouts
    ) -> SmtpConnection:
        """Connects TCP with Happy Eyeballs (RFC 8305). Raises SmtpFailure."""


class MemoryStore(Protocol):
    """(network key × profile × endpoint) → last outcome; and which credentials are paused."""

    async def remember(self, memory: Memory) -> None:
        """Replaces what was known of that triple."""

    async def recall(self, key: NetworkKey | None = None) -> tuple[Memory, ...]:
        """All memories, newest first; of one network if `key` is given."""

    async def forget(self, profile_id: str) -> None:
        """Everything of a profile that was removed or whose server changed."""

    async def forget_network(self, key: NetworkKey) -> None:
        """Everything of a network, the user's name for it as well."""

    async def name_network(self, key: NetworkKey, name: str) -> None:
        """The user's own name for a network; "" takes it off."""

    async def network_names(self) -> Mapping[NetworkKey, str]:
        """The names that the user gave."""

    async def salt(self) -> bytes:
        """32 random octets, made once, that key the network fingerprint."""

    async def pause(self, profile_id: str, secret_revision: str, diagnosis: Diagnosis) -> None:
        """A sign-in with this secret was refused: rule 4."""

    async def paused(self, profile_id: str, secret_revision: str) -> Diagnosis | None:
        """Why the profile is paused, None when it is not (or its secret has changed)."""

    async def close(self) -> None:
        """Closes the file."""


class OutboxStore(Protocol):
    """Messages that were taken. Each change is committed and synced when the call returns."""

    async def add(
        self, message: ReadyMessage, when: datetime, held_until: datetime | None = None
    ) -> int:
        """Keeps the message, every recipient QUEUED; returns its id. Until `held_until` it is
        kept only, so that the user can take it back.

        Raises UserFacingError (`outbox-full`, `outbox-locked`, `outbox-unwritable`).
        """

    async def entries(self, open_only: bool = False) -> tuple[OutboxEntry, ...]:
        """All messages, newest first."""

    async def beginnings(self, ids: Sequence[int], octets: int) -> Mapping[int, bytes]:
        """The first octets of these messages' contents; those that are gone are left out."""

    async def page(self, query: OutboxQuery) -> tuple[OutboxEntry, ...]:
        """What the query names, newest first, without attempts."""

    async def counts(self) -> Mapping[Standing, int]:
        """How many messages stand how; every Standing is named. A refusal of which the program
        that handed the message in was told waits for nobody and is not counted."""

    async def correspondents(self, limit: int = 1000) -> tuple[Correspondent, ...]:
        """Whom mail went to, the latest first; addresses that differ in case alone are one."""

    async def entry(self, outbox_id: int) -> OutboxEntry | None:
        """One message with its attempts."""

    async def message(self, outbox_id: int) -> ReadyMessage:
        """The message as it was taken, its content in memory."""

    async def outgoing(self, outbox_id: int) -> Outgoing:
        """The message as it is sent; a large content stays where it is until it is read.

        Raises UserFacingError as `message` does; so does reading the content, where it is not
        what was taken (`outbox-damaged`) or cannot be read.
        """

    async def move(
        self,
        outbox_id: int,
        addresses: Sequence[str],
        by: Move,
        when: datetime,
        *,
        profile_id: str | None = None,
        diagnosis: Diagnosis | None = None,
    ) -> None:
        """Moves recipients by the transition table, all or none. Raises IllegalMove."""

    async def note_attempt(self, outbox_id: int, attempt: AttemptEntry) -> None:
        """Adds to the history."""

    async def schedule(self, outbox_id: int, next_try: datetime | None, tries: int) -> None:
        """When the worker tries again."""

    async def answer(self, outbox_id: int, when: datetime) -> None:
        """Notes that the program which handed it in was told of its refusal; RETRY takes that
        back."""

    async def purge(self, before: datetime, when: datetime) -> tuple[int, ...]:
        """Clears away the contents of messages of which every recipient is SENT or CANCELLED
        since before that moment; returns their ids. They stay in the lists as history."""

    async def claim(self, outbox_id: int) -> bool:
        """Takes the right to deliver this message; False while another living process has it.

        The claim dies with the process that holds it.
        """

    async def release(self, outbox_id: int) -> None:
        """Gives the right back."""

    async def recover(self, when: datetime) -> tuple[int, ...]:
        """After a crash: SENDING (of dead owners) becomes DEFERRED; returns the ids touched."""

    async def close(self) -> None:
        """Closes the file."""


class DraftStore(Protocol):
    """Letters that are being written, and names to write to. Each change is committed and
    synced when the call returns; every method raises UserFacingError (`drafts-full`,
    `drafts-locked`, `drafts-unwritable`)."""

    async def letters(self) -> tuple[Letter, ...]:
        """Every letter, the latest change first."""

    async def keep(self, letter: Letter, when: datetime) -> Letter:
        """Replaces the letter of this id, or keeps a new one; returns it as it is kept. Of its
        files only those stay that were attached to it. Raises BadMessage (`letter-too-long`)."""

    async def read_file(self, path: Path) -> Attachment:
        """A file of the user's. Raises BadMessage (`attachment-unreadable`,
        `attachment-too-large`)."""

    async def attach(self, letter_id: int, file: Attachment, *, original: bool) -> AttachedFile:
        """Keeps the octets for a letter, which `keep` then has to name; `original`: as the
        message that it passes on. Raises BadMessage (`attachment-too-large`) and
        UserFacingError (`draft-unknown`)."""

    async def content(self, file_id: int) -> bytes:
        """The octets of a kept file. Raises UserFacingError (`draft-unknown`)."""

    async def drop(self, letter_id: int) -> None:
        """Removes a letter with its files; no error where there is none."""

    async def names(self) -> tuple[NameOf, ...]:
        """What is known of addresses besides their use."""

    async def note_names(self, names: Sequence[NameOf]) -> None:
        """Adds to that: an empty name or no `forgotten` leaves what is known."""

    async def close(self) -> None:
        """Closes the file."""


class Workplace(Protocol):
    """The one place from which the outbox is worked; it is freed when its owner dies."""

    async def take(self) -> bool:
        """Whether the place is ours now; False while another living process has it."""

    def occupied(self) -> bool:
        """Whether some living process has the place, ours counted."""

    async def leave(self) -> None:
        """Gives the place back. No error when it is not held."""

    def ring(self, why: Ring) -> None:
        """Calls whoever works there, from any process. Never waits, never raises: a call that
        is not heard costs until the worker's own next look."""

    async def heard(self) -> frozenset[Ring]:
        """Waits for calls; several that came together are one answer. Only with the place."""
