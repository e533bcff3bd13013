"""The last steps: the content, its end, and what the outbox is told meanwhile.

Rule 2 lives here: UNCERTAIN is written and synced before the end of the content goes out (the
final dot, or the last octet of BDAT LAST), so that a lost reply, a crash or a cancelled task can
never look like "not sent".

How far the content may run ahead of the answers, and why:

- DATA waits for its 354, which was already asked for in the envelope's flight where that is
  allowed; if one recipient was refused by then the connection is dropped before the final dot,
  for a dot would deliver to the others (RFC 2920 section 3.1).
- A chunk that is not the last completes nothing: it may go before any answer is in.
- BDAT LAST goes in the envelope's flight for one recipient only: if that one is refused there is
  nobody left to deliver to, and the server says 503 or 554 to the chunk. With several, a server
  that refuses one would deliver to the others; so every RCPT is answered first, and rule 7 seen
  to, which costs one round trip whatever the number of recipients.
- An answer that says yes to the content after a no to its only recipient, or yes to the last
  chunk after a no to an earlier one, makes no sense, and counts as lost: UNCERTAIN.
"""

import asyncio

from roammail.core.content import Content, HeldContent, Octets, Stretch, Supply, gathered
from roammail.core.delivery import Move, RecipientState
from roammail.core.diagnosis import Diagnosis, Scope
from roammail.core.events import UploadProgress
from roammail.core.failure import Failure, FailureKind, SmtpFailure
from roammail.core.pipelining import Pace, misunderstands, offers
from roammail.core.reply import Reply
from roammail.core.report import Word
from roammail.core.seen import uncertain
from roammail.core.stage import Stage
from roammail.engine import tasks
from roammail.engine.job import HandedOver as HandedOver
from roammail.engine.job import Job, Offered, Opened
from roammail.engine.job import Outcome as Outcome
from roammail.engine.ladder import Fell, Ladder
from roammail.engine.recipients import Recipients
from roammail.engine.tools import Tools
from roammail.ports import EnvelopeWords

#: Octets that are kept for the last chunk: a larger content is uploaded before the doubt begins.
LAST_CHUNK_OCTETS = 64 * 1024
_NOTHING = Reply(554, ("the content was kept back",))


class Misspoken(Exception):
    """Something was said ahead of its answers, and it went wrong before anything was at stake:
    ask again, `plain` or at least without DATA in the envelope's flight. `word` is what is to be
    remembered of the server when it does well then."""

    def __init__(
        self, diagnosis: Diagnosis, *, plain: bool = True, word: Word = Word.BROKEN
    ) -> None:
        super().__init__(diagnosis.kind)
        self.plain, self.word = plain, word


async def hand_over(
    tools: Tools, job: Job, offered: Offered, recipients: Recipients, *, again: bool = False
) -> HandedOver:
    """Sends the content to the accepted recipients and settles their state.

    Raises Misspoken only where the caller can ask `again`.
    """
    ladder, opened = offered.ladder, offered.opened
    end = HandOver(tools, job, ladder, offered.content, offered.accepted, recipients)
    chunked = offers(ladder.connection.offer, "CHUNKING")
    begun = opened is not None and opened.octets > 0
    if begun or (offered.pace is Pace.FULL and chunked and opened is None):
        return await end.by_chunks(opened, again=again)
    handed = await end.by_data(opened)
    # By DATA, nothing is learned of chunks: where they are offered the question stays open.
    if handed.outcome is Outcome.SENT and offered.pace is not Pace.PLAIN and not chunked:
        await ladder.note_word(Word.KEPT)
    return handed


class HandOver:
    """One content on its way to one server, for the recipients that it accepted."""

    def __init__(
        self,
        tools: Tools,
        job: Job,
        ladder: Ladder,
        content: Content,
        accepted: tuple[str, ...],
        recipients: Recipients,
    ) -> None:
        self._tools, self._job, self._ladder = tools, job, ladder
        self._content, self._accepted, self._recipients = content, accepted, recipients
        self._doubted = False
        self._chunks = 0  # whose answers are to come
        self._cut_short = False
        self._lost: Failure | None = None  # while chunks were written behind the envelope

    async def by_data(self, opened: Opened | None = None) -> HandedOver:
        """DATA, if it was not said yet, the content, and the final dot."""
        connection = self._ladder.connection
        try:
            async with self._ladder.in_time():
                reply = opened.reply if opened else await connection.data()
            if not reply.positive:
                return self._refused(reply)
            async with self._ladder.in_time(), self._content.reading() as octets:
                await connection.content(octets, self._progress, canonical=True)
            await self._doubt()
            reply = await connection.final_dot()
        except SmtpFailure as lost:
            return await self._broke_off(lost.failure)
        return await self._settled(reply)

    async def by_chunks(self, opened: Opened | None, *, again: bool) -> HandedOver:
        """BDAT, behind what went already."""
        if opened and not opened.reply.positive:
            return self._refused(opened.reply)  # RFC 3030 section 2: the transaction is over
        try:
            await self._write_chunks(opened.octets if opened else 0)
        except SmtpFailure as lost:
            handed = await self._broke_off(lost.failure)
            stray = lost.failure.kind in (FailureKind.UNSOLICITED, FailureKind.GARBAGE)
            if again and stray and handed.diagnosis and handed.outcome is Outcome.FAILED:
                raise Misspoken(handed.diagnosis) from lost
            return handed
        try:
            reply = await self._hear_chunks()
        except Fell as fell:
            return await self._broke_off(fell.diagnosis.failure, word=Word.DOUBTED)
        handed = await self._settled(reply)
        if handed.outcome is Outcome.SENT:
            await self._ladder.note_word(Word.KEPT)
        elif misunderstands(reply):
            await self._ladder.note_word(Word.BROKEN)
        return handed

    async def at_once(self, words: EnvelopeWords) -> HandedOver:
        """The envelope for one recipient, and the whole content behind it, in one flight.

        Raises Fell with the refusal of MAIL or RCPT, or with what happened before the end of
        the content was out: nothing was taken then. Raises Misspoken as `offer` does.
        """
        ladder, refusal = self._ladder, None
        if len(self._content) <= LAST_CHUNK_OCTETS:
            # Before the flight: the disk must not part it in two.
            async with self._content.reading() as octets:
                self._content = HeldContent(await gathered(octets), self._content.facts)
            await self._doubt()
        try:
            refusal = await ladder.set_out(words, then=self._write_behind)
            if refusal is None:
                refusal = await ladder.hear_recipient(self._accepted[0])
            else:
                await ladder.hear_content()  # RCPT is out of sequence, of course
            reply = await self._hear_chunks(refused=refusal is not None)
        except Fell as fell:
            if refusal is None and ladder.connection.committed:
                return await self._broke_off(fell.diagnosis.failure, word=Word.DOUBTED)
            await self._withdraw(refusal or fell.diagnosis)
            raise Fell(refusal or fell.diagnosis) from fell
        return await self._at_once_settled(refusal, reply)

    async def _at_once_settled(self, refusal: Diagnosis | None, reply: Reply) -> HandedOver:
        if refusal is not None and not reply.positive:
            await self._withdraw(refusal)
            raise Fell(refusal)
        if refusal is not None:
            detail = f"the content was taken, its recipient was not: {reply}"
            return await self._broke_off(Failure(FailureKind.GARBAGE, detail), word=Word.DOUBTED)
        if misunderstands(reply):
            why = self._ladder.explain(reply, Stage.CONTENT)
            await self._withdraw(why)
            raise Misspoken(why)
        handed = await self._settled(reply)
        if handed.outcome is Outcome.SENT:
            await self._ladder.note_word(Word.KEPT)
        return handed

    # Chunks

    async def _write_behind(self) -> None:
        """For `set_out`: answers that came before what fails here are heard first."""
        try:
            await self._write_chunks(0)
        except SmtpFailure as lost:
            self._lost = lost.failure

    async def _write_chunks(self, start: int) -> None:
        """All but the end of a large content first; `start` octets went already.

        The end is in hand before the doubt: a content that cannot be read, or is not what was
        taken, raises while it is sure that nobody has it.
        """
        async with self._content.reading(start) as octets:
            most = max(0, len(octets) - LAST_CHUNK_OCTETS)
            first = Stretch(octets, most)
            if most and not await self._write_chunk(first, start, last=False):
                return
            async with self._ladder.in_time():
                end = await gathered(octets)
        await self._doubt()
        await self._write_chunk(Octets(end), start + most, last=True)

    async def _write_chunk(self, octets: Supply, at: int, *, last: bool) -> bool:
        def progress(done: int) -> None:
            self._progress(at + done)

        async with self._ladder.in_time():
            whole = await self._ladder.connection.chunk(octets, progress, last=last)
        self._chunks += whole
        self._cut_short = not whole
        return whole

    async def _hear_chunks(self, *, refused: bool = False) -> Reply:
        """The first refusal, else the answer to the last chunk. Raises Fell.

        A content that was cut short was so by a refusal, which is among the answers; `refused`:
        it was heard already.
        """
        if self._cut_short:
            reply = _NOTHING if refused else await self._ladder.hear_content()
            while reply.positive:
                reply = await self._ladder.hear_content()
            return reply
        replies = [await self._ladder.hear_content() for _ in range(self._chunks)]
        if self._lost is not None:  # in the middle of a chunk, or before it
            raise Fell(self._ladder.explain_failure(self._lost, Stage.CONTENT))
        # RFC 3030 section 2: a refused chunk ends the transaction.
        last = replies[-1]
        reply = next((reply for reply in replies if not reply.positive), last)
        if refused and last.positive:
            return last
        if last.positive and not reply.positive:
            detail = f"the end was taken, what came before it was not: {reply}"
            why = Failure(FailureKind.GARBAGE, detail)
            raise Fell(self._ladder.explain_failure(why, Stage.CONTENT))
        return reply

    # What the outbox is told

    def _progress(self, octets: int) -> None:
        size = len(self._content)
        self._tools.announce(UploadProgress(self._job.outbox_id, min(octets, size), size))

    async def _doubt(self) -> None:
        """UNCERTAIN, on disk: from here on the end of the content may go out."""
        if self._doubted:
            return
        doubt = uncertain(Stage.CONTENT, self._ladder.context())
        self._doubted = True
        try:
            await self._recipients.move(self._accepted, Move.DOUBT, self._ladder.profile.id, doubt)
        except asyncio.CancelledError:
            await tasks.finish(self._undo())
            raise

    async def _undo(self) -> None:
        """Stopped between the doubt and the end of the content: it has not gone."""
        stopped = Failure(FailureKind.CONNECTION_LOST, "stopped before the end of the message")
        doubtful = set(self._recipients.in_state(RecipientState.UNCERTAIN))
        unsent = tuple(address for address in self._accepted if address in doubtful)
        why = self._ladder.explain_failure(stopped, Stage.CONTENT)
        await self._recipients.move(unsent, Move.DEFER, self._ladder.profile.id, why)

    async def _withdraw(self, why: Diagnosis) -> None:
        """Nothing was taken, for sure: the attempt goes on, here or elsewhere."""
        if self._doubted:
            self._doubted = False
            await self._recipients.move(self._accepted, Move.DEFER, self._ladder.profile.id, why)
            await self._recipients.move(self._accepted, Move.START)

    async def _broke_off(self, failure: Failure | None, word: Word = Word.UNKNOWN) -> HandedOver:
        """The conversation ended without the word that counts."""
        ladder = self._ladder
        if not ladder.connection.committed:
            lost = failure or Failure(FailureKind.CONNECTION_LOST)
            why = ladder.explain_failure(lost, Stage.CONTENT)
            await self._withdraw(why)
            return HandedOver(Outcome.FAILED, why)
        doubt = uncertain(Stage.CONTENT, ladder.context(), failure)
        await self._recipients.note(self._accepted, ladder.profile.id, doubt)
        if word:
            await ladder.note_word(word)
        return HandedOver(Outcome.UNCERTAIN, doubt)

    async def _settled(self, reply: Reply) -> HandedOver:
        """The word that counts."""
        profile_id = self._ladder.profile.id
        if reply.positive:
            await self._recipients.move(self._accepted, Move.ACCEPT, profile_id, None)
            return HandedOver(Outcome.SENT, reply=reply)
        # A refusal after the end is a clear word: nothing was taken (RFC 5321 section 4.2.5).
        result = self._refused(reply)
        if result.outcome is Outcome.FAILED and self._doubted:
            await self._recipients.move(self._accepted, Move.DEFER, profile_id, result.diagnosis)
        return result

    def _refused(self, reply: Reply) -> HandedOver:
        diagnosis = self._ladder.explain(reply, Stage.CONTENT)
        final = diagnosis.scope is Scope.MESSAGE and not reply.transient
        return HandedOver(Outcome.REFUSED if final else Outcome.FAILED, diagnosis)
