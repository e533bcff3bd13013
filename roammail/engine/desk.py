"""The desk: letters that are being written, kept, sent, taken back, and opened again.

A letter and its message are bound by the Message-ID: it is written into the letter before the
message goes into the outbox. So whenever the program dies, `settle` can tell a letter that was
sent from one that was not, and neither is lost nor shown as if it were still to be sent.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from roammail.core.address import Mailbox, address_key, parse_mailboxes
from roammail.core.composing import How
from roammail.core.contacts import Contact, Correspondent, NameOf, ranked
from roammail.core.delivery import RecipientState, Standing, is_held
from roammail.core.envelope import OutboxEntry, ReadyMessage
from roammail.core.errors import BadMessage, UserFacingError
from roammail.core.letter import AttachedFile, Letter
from roammail.core.memory import Memory
from roammail.core.message import Attachment, Draft
from roammail.core.network import PortalState
from roammail.core.outbox_query import OutboxQuery
from roammail.core.outlook import Outlook, outlook
from roammail.core.profile import ProfileList
from roammail.core.raw_message import read_message
from roammail.core.reopened import Reopened, forwarded_subject, quoted, reopened
from roammail.engine import tasks
from roammail.engine.decisions import gone
from roammail.engine.probe import own_address
from roammail.engine.recipients import in_doubt
from roammail.ports import Clock, DraftStore, OutboxStore

_log = logging.getLogger(__name__)

_S = RecipientState
#: Recipients whom a changed message may still be for.
_WANTED = (_S.QUEUED, _S.DEFERRED, _S.REFUSED, _S.GIVEN_UP, _S.CANCELLED)
#: … and those of them for whom the old one must be stopped first.
_STOPPED_FIRST = (_S.QUEUED, _S.DEFERRED, _S.GIVEN_UP)
#: Whoever stands so has no right to the letter any more.
_BACK = (_S.REFUSED, _S.GIVEN_UP, _S.CANCELLED)
#: The newest messages that are looked at when the program ends.
_MOST_HELD = 50


class Queue(Protocol):
    """`Engine.queue`."""

    def __call__(self, message: ReadyMessage, *, hold: float) -> Awaitable[int]: ...


@dataclass(frozen=True, slots=True)
class DeskDuties:
    """What the desk works with; the functions are the engine's."""

    drafts: DraftStore
    outbox: OutboxStore
    clock: Clock
    queue: Queue
    cancel: Callable[[int, Callable[[OutboxEntry], bool]], Awaitable[OutboxEntry]]
    send_now: Callable[[int], Coroutine[None, None, None]]
    call_worker: Callable[[], None]
    compose: Callable[[Draft, How, bytes | None], Awaitable[ReadyMessage]]
    listing: Callable[[], Awaitable[ProfileList]]
    memories_here: Callable[[], Awaitable[tuple[Memory, ...]]]


@dataclass(frozen=True, slots=True)
class Sent:
    """A letter that was handed to the outbox, committed; `letter` can still be taken back."""

    outbox_id: int
    letter: Letter


@dataclass(frozen=True, slots=True)
class Opened:
    """A message as a letter; `formatted`: it had formatting, which is lost."""

    letter: Letter
    formatted: bool = False


class Desk:
    """Use cases of the Write page. Everything raises what the draft store raises."""

    def __init__(self, duties: DeskDuties) -> None:
        self._duties = duties
        self._drafts = duties.drafts

    # Writing

    async def letters(self) -> tuple[Letter, ...]:
        """Unsent letters, the latest change first."""
        return tuple(one for one in await self._drafts.letters() if not one.sent_as)

    async def settle(self) -> None:
        """After a start: lets go of letters that went to the outbox, gives back the others."""
        for letter in await self._drafts.letters():
            if not letter.sent_as or letter.id is None:
                continue
            query = OutboxQuery(message_id=letter.sent_as)
            known = await self._duties.outbox.page(query)
            if any(_has_it(entry, letter) for entry in known):
                await self._drafts.drop(letter.id)
            else:
                await self.keep(replace(letter, sent_as=""))

    async def keep(self, letter: Letter) -> Letter:
        """The letter as it is kept now, with its number; committed and synced."""
        # Also when nobody waits for it any more: the last words before the program ends.
        return await tasks.finish(self._drafts.keep(letter, self._duties.clock.now()))

    async def discard(self, letter: Letter) -> None:
        """Throws the letter and the copies of its files away."""
        if letter.id is not None:
            await self._drafts.drop(letter.id)

    async def attach(self, letter: Letter, path: Path) -> Letter:
        """Takes a copy of the file. Raises BadMessage (`attachment-unreadable`,
        `attachment-too-large`)."""
        return await self.attach_content(letter, await self._drafts.read_file(path))

    async def attach_content(self, letter: Letter, file: Attachment) -> Letter:
        """The same for what was pasted or dropped without being a file."""
        kept, number = await self._numbered(letter)
        added = await self._drafts.attach(number, file, original=False)
        return await self.keep(replace(kept, files=(*kept.files, added)))

    # Sending

    async def send(self, letter: Letter, hold: float) -> Sent:
        """Builds the message and hands it to the outbox, where it is kept for `hold` seconds
        before anybody sends it. Raises BadMessage, and what `Engine.queue` raises."""
        draft, original = await self._draft_of(letter)
        message = await self._duties.compose(draft, letter.how, original)
        kept = await self.keep(replace(letter, sent_as=message.message_id))
        outbox_id = await tasks.finish(self._hand_in(kept, message, hold))
        self._duties.call_worker()
        try:
            await self._drafts.note_names(_names_in(draft))
        except UserFacingError as error:  # the letter has gone all the same
            _log.warning("the names of a letter could not be kept: %s", error.message)
        return Sent(outbox_id, kept)

    async def _hand_in(self, kept: Letter, message: ReadyMessage, hold: float) -> int:
        try:
            return await self._duties.queue(message, hold=hold)
        except BaseException:
            await self.keep(replace(kept, sent_as=""))
            raise

    async def take_back(self, sent: Sent) -> Letter:
        """The letter, unsent. Raises UserFacingError (`outbox-gone`, `outbox-busy`) when a
        server has it or is being asked at this moment."""
        if not _untouched(await self._entry(sent.outbox_id)):
            raise gone(sent.outbox_id)
        await self._duties.cancel(sent.outbox_id, _untouched)
        return await self.keep(replace(sent.letter, sent_as=""))

    async def let_go(self, sent: Sent) -> None:
        """The time to take it back is over: the message is the outbox's alone."""
        await self.discard(sent.letter)

    async def let_held_go(self, seconds: float) -> None:
        """The program ends, and with it the time to take a message back: what was held goes out
        now. What is not done after `seconds` stays in the outbox for whoever works it next."""
        now, waiting = self._duties.clock.now(), frozenset({Standing.WAITING})
        entries = await self._duties.outbox.page(OutboxQuery(waiting, limit=_MOST_HELD))
        held = [entry.id for entry in entries if is_held(entry.held_until, now)]
        tries = [tasks.start(self._duties.send_now(n), f"the last call for {n}") for n in held]
        if tries:
            await asyncio.wait(tries, timeout=seconds)
            await tasks.stop(tries)

    # Opening what exists

    async def edit(self, outbox_id: int) -> Opened:
        """A message that waits or was refused, as a letter; what waited of it is cancelled.

        Raises UserFacingError (`outbox-gone`; `outbox-busy`, `outbox-purged`).
        """
        entry = await self._entry(outbox_id)
        wanted = _wanted(entry)
        stopped = [one for one in entry.recipients if one.state in _STOPPED_FIRST]
        if not wanted:
            raise gone(outbox_id)
        message = await self._duties.outbox.message(outbox_id)
        found = await asyncio.to_thread(reopened, message, wanted)
        letter = await self._kept(found, sent_as=entry.message_id)
        if stopped:
            try:
                # It may have gone to some of them while the letter was being made.
                await self._duties.cancel(outbox_id, lambda now: _wanted(now) == wanted)
            except BaseException:
                await self.discard(letter)
                raise
        return Opened(await self.keep(replace(letter, sent_as="")), found.formatted)

    async def pass_on(self, raw: bytes, how: How, from_: str = "") -> Opened:
        """A letter that passes a message on. Raises BadMessage where it is none."""
        source = await asyncio.to_thread(read_message, raw)
        if how is How.INLINE:
            found = await asyncio.to_thread(quoted, raw)
            return Opened(await self._kept(replace(found, from_=from_)), found.formatted)
        subject = source.text("subject") if how is How.RESENT else forwarded_subject(source)
        kept, number = await self._numbered(Letter(from_=from_, subject=subject, how=how))
        name = "".join(c for c in source.text("subject") if c.isalnum() or c in " -_")[:60].strip()
        enclosed = Attachment(f"{name or 'message'}.eml", raw, "message/rfc822")
        original = await self._drafts.attach(number, enclosed, original=True)
        return Opened(await self.keep(replace(kept, how=how, original=original)))

    async def pass_on_file(self, path: Path, how: How, from_: str = "") -> Opened:
        """The same for a file. Raises BadMessage (`attachment-unreadable`, …)."""
        file = await self._drafts.read_file(path)
        return await self.pass_on(file.content, how, from_)

    # What helps to write

    async def senders(self) -> tuple[Mailbox, ...]:
        """Addresses that the profiles may send as, in the order of preference, with the names
        that were last used with them."""
        found: dict[str, Mailbox] = {}
        names = {name.address: name.name for name in await self._drafts.names()}
        for profile in (await self._duties.listing()).profiles:
            own = own_address(profile)
            exact = [rule for rule in profile.senders if not rule.startswith("@")]
            for address in ([own] if own else []) + exact:
                key = address_key(address)
                found.setdefault(key, Mailbox(names.get(key, ""), address))
        return tuple(found.values())

    async def contacts(self) -> tuple[Contact, ...]:
        """Whom the user wrote to, the likeliest first."""
        used = {address_key(one.address): one for one in await self._duties.outbox.correspondents()}
        now = self._duties.clock.now()
        for letter in await self._drafts.letters():
            for box in _people((letter.to, letter.cc, letter.bcc)):
                one = Correspondent(box.address, 1, letter.changed or now)
                used.setdefault(address_key(box.address), one)
        return ranked(used.values(), await self._drafts.names(), now)

    async def forget_contact(self, address: str) -> None:
        """Offers the address no more, until mail goes to it again."""
        await self._drafts.note_names((NameOf(address, forgotten=self._duties.clock.now()),))

    async def outlook(self, author: str, portal: PortalState) -> Outlook:
        """What will probably become of a mail from this author; asks nobody. `portal` is what
        is known of the network by now."""
        profiles = (await self._duties.listing()).profiles
        return outlook(profiles, author, await self._duties.memories_here(), portal)

    async def _numbered(self, letter: Letter) -> tuple[Letter, int]:
        kept = letter if letter.id is not None else await self.keep(letter)
        assert kept.id is not None
        return kept, kept.id

    async def _kept(self, found: Reopened, sent_as: str = "") -> Letter:
        letter = Letter(
            from_=found.from_,
            to=found.to,
            cc=found.cc,
            bcc=found.bcc,
            subject=found.subject,
            body=found.body,
            sent_as=sent_as,
        )
        kept, number = await self._numbered(letter)
        files = [await self._drafts.attach(number, file, original=False) for file in found.files]
        return await self.keep(replace(kept, files=tuple(files))) if files else kept

    async def _draft_of(self, letter: Letter) -> tuple[Draft, bytes | None]:
        resent = letter.how is How.RESENT
        files = () if resent else tuple([await self._attachment(one) for one in letter.files])
        content = self._drafts.content
        original = await content(letter.original.id) if letter.original else None
        fields = [tuple(filter(str.strip, [text])) for text in (letter.to, letter.cc, letter.bcc)]
        return Draft(
            letter.from_, fields[0], letter.subject, letter.body, fields[1], fields[2], files
        ), original

    async def _attachment(self, file: AttachedFile) -> Attachment:
        return Attachment(file.name, await self._drafts.content(file.id), file.mime_type)

    async def _entry(self, outbox_id: int) -> OutboxEntry:
        entry = await self._duties.outbox.entry(outbox_id)
        if entry is None:
            raise UserFacingError(
                "outbox-unknown", f"There is no message number {outbox_id} in the outbox."
            )
        return entry


def _untouched(entry: OutboxEntry) -> bool:
    """Whether no server has it, or may have it, for anybody."""
    open_states = (_S.QUEUED, _S.DEFERRED)
    return all(one.state in open_states and not in_doubt(one) for one in entry.recipients)


def _wanted(entry: OutboxEntry) -> frozenset[str]:
    """Whom a changed message may still be for; nobody where anybody is in doubt."""
    if any(in_doubt(one) for one in entry.recipients):
        return frozenset()
    return frozenset(one.address for one in entry.recipients if one.state in _WANTED)


def _has_it(entry: OutboxEntry, letter: Letter) -> bool:
    """Whether anybody whom the letter is for has the message, may have it or will get it."""
    named = {address_key(box.address) for box in _people((letter.to, letter.cc, letter.bcc))}
    states = [one.state for one in entry.recipients if address_key(one.address) in named]
    return any(state not in _BACK for state in states) or not states


def _people(fields: Sequence[str]) -> list[Mailbox]:
    found: list[Mailbox] = []
    for text in fields:
        try:
            found += parse_mailboxes(text)
        except BadMessage:
            continue  # half typed
    return found


def _names_in(draft: Draft) -> list[NameOf]:
    boxes = _people((draft.from_, *draft.to, *draft.cc, *draft.bcc))
    return [NameOf(box.address, box.name) for box in boxes if box.name]
