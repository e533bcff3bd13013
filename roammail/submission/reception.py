"""What every session of the service shares: the password, the profiles, and the way into the
outbox. Knows no SMTP.
"""

import asyncio
import hmac
from collections.abc import Sequence
from dataclasses import dataclass, replace
from email.utils import format_datetime

from roammail.core.dsn import EnvelopeReport, RecipientReport
from roammail.core.envelope import ReadyMessage
from roammail.core.errors import BadConfiguration, SecretStoreError
from roammail.core.message import prepare
from roammail.core.profile import Profile
from roammail.core.ranking import candidates
from roammail.core.secret import Secret
from roammail.core.trace import BY_PROGRAM
from roammail.engine.engine import Engine
from roammail.engine.live import Answer

#: Seconds for which what the keyring said is believed.
_FRESH = 5.0


@dataclass(frozen=True, slots=True)
class Letter:
    """The envelope as a program gave it. `protocol` is the word for Received (RFC 3848)."""

    sender: str
    recipients: tuple[str, ...]
    report: EnvelopeReport = EnvelopeReport()  # noqa: RUF009  (frozen)
    reports: tuple[tuple[str, RecipientReport], ...] = ()
    protocol: str = "ESMTPA"


@dataclass(frozen=True, slots=True)
class Taken:
    """A message that is in the outbox. `author` is its From."""

    outbox_id: int
    author: str


class Reception:
    """Checks passwords and senders, and queues."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._password = Secret("")
        self._password_at = float("-inf")
        self._known: tuple[Profile, ...] = ()
        self._known_at = float("-inf")

    async def refresh_password(self, now: float) -> None:
        """Reads the password anew if that was long ago; `now` in monotonic seconds.

        Raises SecretStoreError where it was never read.
        """
        if now - self._password_at < _FRESH:
            return
        try:
            self._password = await self._engine.submission_password.get()
        except SecretStoreError:
            if not self._password:  # else: a keyring that is locked now was open before
                raise
        self._password_at = now

    def is_password(self, typed: bytes) -> bool:
        """Whether it is ours; takes the same time for every wrong one."""
        held = self._password.reveal().encode()
        return bool(held) and hmac.compare_digest(held, typed)

    async def check_sender(self, sender: str, now: float) -> None:
        """Raises BadConfiguration where it is certain that nothing can be sent as `sender`
        ("" is decided by From), and what the keyring raises."""
        known = await self._profiles(now)
        if sender and not candidates(known, sender):
            raise BadConfiguration(
                "no-profile-for-sender", f"None of your profiles may send as {sender}."
            )

    async def _profiles(self, now: float) -> tuple[Profile, ...]:
        if now - self._known_at < _FRESH:
            return self._known
        try:
            self._known = await self._engine.profiles()
        except SecretStoreError:
            if not self._known:  # what was known before still tells whose mail may wait
                raise
        self._known_at = now
        return self._known

    def opened(self, header: bytes, letter: Letter) -> ReadyMessage:
        """The message with its new header and without its body: Received added, Bcc taken out,
        Date and Message-ID added where they are missing (RFC 6409 section 8).

        Raises BadMessage, and BadConfiguration (`no-profile-for-sender`) by From.
        """
        now = self._engine.now()
        ready = prepare(
            header or f"From: <{letter.sender}>\r\n".encode(),
            now=now,
            message_id=self._engine.new_message_id(letter.sender),
            sender=letter.sender,
            recipients=letter.recipients,
        )
        if not candidates(self._known, ready.from_address):
            raise BadConfiguration(
                "no-profile-for-sender",
                f"None of your profiles may send as {ready.from_address}.",
            )
        how = f"\r\n\twith {letter.protocol}; {format_datetime(now)}\r\n"
        line = BY_PROGRAM + how.encode("ascii")
        return replace(
            ready, content=line + ready.content, report=letter.report, reports=letter.reports
        )

    async def take(self, message: ReadyMessage, *, live: bool = False) -> Taken:
        """Into the outbox, committed and synced. Raises what `Engine.queue` raises.

        Whoever says `live` asks for `answer` next; the worker is called after that.
        """
        outbox_id = await self._engine.queue(message, self._known)
        if not live:
            self._engine.call_worker()
        return Taken(outbox_id, message.from_address)

    async def answer(self, taken: Taken, seconds: float, ending: asyncio.Event) -> Answer | None:
        """See `Live.answer`."""
        return await self._engine.live.answer(taken.outbox_id, taken.author, seconds, ending)


def reports_of(
    asked: Sequence[tuple[str, RecipientReport]],
) -> tuple[tuple[str, RecipientReport], ...]:
    """Those that ask for something."""
    return tuple((address, report) for address, report in asked if report.parameters())
