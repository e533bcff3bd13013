"""Offers one message to one endpoint: everything before the content, with each recipient's answer.

Owns what MAIL FROM must promise (SIZE, 8BITMIME, SMTPUTF8), rule 7, and what is said ahead of
its answers. The content is `handover.py`'s, also where it goes in the same flight.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, replace

from roammail.core.address import ascii_form, needs_smtputf8
from roammail.core.content import Content, HeldContent, Octets, held
from roammail.core.diagnosis import Diagnosis, Kind, Scope
from roammail.core.failure import Failure, FailureKind, SmtpFailure
from roammail.core.line_ends import canonical, first_line_end
from roammail.core.outgoing import Outgoing
from roammail.core.pipelining import Pace, garbles, misunderstands, offers
from roammail.core.report import Word
from roammail.core.seven_bit import seven_bit
from roammail.core.stage import Stage
from roammail.engine.express import Express
from roammail.engine.handover import HandOver, Misspoken, hand_over
from roammail.engine.job import Job as Job
from roammail.engine.job import Offered as Offered
from roammail.engine.job import Opened
from roammail.engine.ladder import Fell, Ladder
from roammail.engine.tools import Tools
from roammail.ports import EnvelopeWords


@dataclass(frozen=True, slots=True)
class Manners:
    """What this climb may do: with `express` the content may go ahead, in its turn; `plain`
    says one command at a time; without `data_ahead` the envelope's flight ends with RCPT."""

    express: Express | None = None
    plain: bool = False
    data_ahead: bool = True
    warm: bool = True


class Stale(Exception):
    """A connection that was kept is of no use any more; a new one may be."""


async def offer(tools: Tools, ladder: Ladder, job: Job, manners: Manners) -> Offered:
    """Climbs to the brink of the content, or past it. Raises Fell when this route does not do.

    Unless the job is split, one recipient refused with more than recipient scope condemns the
    route for all (rule 7), so that no message is torn apart while another profile may take
    it whole.

    Raises Misspoken where another try, said otherwise, may do on a new connection; Stale where
    a new connection is all that is needed; Overtaken where another climb has handed the message
    over.
    """
    try:
        await ladder.approach()
    except Fell as fell:
        if ladder.kept:
            raise Stale from fell
        raise
    content = await _fit_content(ladder, job.message)
    one = _Offer(tools, ladder, job, content, _words(ladder, job, content), manners)
    if manners.express is None:
        return await one.make()
    async with manners.express.turn():
        offered = await one.make()
        # Handed over or not: no other climb may do it while this one is the chosen one.
        manners.express.spent = True
        return offered


class _Offer:
    """One message before one server, signed in."""

    def __init__(
        self,
        tools: Tools,
        ladder: Ladder,
        job: Job,
        content: Content,
        words: EnvelopeWords,
        manners: Manners,
    ) -> None:
        self._tools, self._ladder, self._job = tools, ladder, job
        self._content, self._words, self._manners = content, words, manners
        self._chunked = offers(ladder.connection.offer, "CHUNKING")
        self._pace = Pace.PLAIN if manners.plain else ladder.pace

    async def make(self) -> Offered:
        """In the way that this server bears."""
        try:
            return await self._make()
        except (Fell, Misspoken) as ended:
            if self._ladder.kept and _of_the_connection(ended):
                raise Stale from ended
            raise

    async def _make(self) -> Offered:
        if self._pace is Pace.PLAIN:
            return await self._one_by_one()
        try:
            if self._may_go_at_once():
                return await self._at_once()
            offered = await self._envelope_first()
        except Fell as fell:
            failure, reply = fell.diagnosis.failure, fell.diagnosis.reply
            if failure and garbles(failure):
                raise Misspoken(fell.diagnosis, word=self._blame(failure)) from fell
            if reply and misunderstands(reply):
                raise Misspoken(fell.diagnosis) from fell
            raise
        express = self._manners.express
        if offered.opened is None or express is None:
            return offered
        handed = await hand_over(self._tools, self._job, offered, express.recipients, again=True)
        return replace(offered, handed=handed)

    def _blame(self, failure: Failure) -> Word:
        """A line may break at any server: of one that kept its word that alone proves nothing."""
        broke = failure.kind in (FailureKind.CONNECTION_LOST, FailureKind.TIMED_OUT)
        return Word.DOUBTED if broke and self._pace is Pace.FULL else Word.BROKEN

    async def _one_by_one(self) -> Offered:
        ladder, words = self._ladder, self._words
        await ladder.sender(
            words.sender, words.size, words.eight_bit, words.utf8, report=words.report
        )
        answers: list[tuple[str, Diagnosis | None]] = []
        for address, (written, report) in zip(self._job.recipients, words.recipients, strict=True):
            refusal = await ladder.recipient(written, report)
            answers.append((address, refusal))
            some = any(answer is None for _, answer in answers)
            if refusal and refusal.kind is Kind.TOO_MANY_RECIPIENTS and some:
                break  # these first; the rest in a transaction of its own (RFC 5321 4.5.3.1.10)
            if refusal and refusal.scope is not Scope.RECIPIENT and not self._job.split:
                break
        return self._sorted(answers)

    def _sorted(self, answers: Iterable[tuple[str, Diagnosis | None]]) -> Offered:
        """Rule 7. Raises Fell."""
        accepted: list[str] = []
        refused: list[tuple[str, Diagnosis]] = []
        for address, refusal in answers:
            if refusal is None:
                accepted.append(address)
            elif refusal.kind is Kind.TOO_MANY_RECIPIENTS and accepted:
                continue  # a server may take one that comes later, which then counts
            elif refusal.scope is not Scope.RECIPIENT and not self._job.split:
                raise Fell(refusal)
            else:
                refused.append((address, refusal))
        return Offered(
            self._ladder, self._content, tuple(accepted), tuple(refused), pace=self._pace
        )

    # Ahead of the answers

    def _may_go_at_once(self) -> bool:
        """See `handover.py` for why only so."""
        ahead = self._manners.express is not None and self._manners.data_ahead
        ahead = ahead and self._ladder.fresh
        return (
            ahead and self._chunked and self._pace is Pace.FULL and len(self._job.recipients) == 1
        )

    async def _at_once(self) -> Offered:
        express = self._manners.express
        assert express is not None
        ladder, to = self._ladder, self._job.recipients
        end = HandOver(self._tools, self._job, ladder, self._content, to, express.recipients)
        try:
            handed = await end.at_once(self._words)
        except Fell as fell:
            if fell.diagnosis.failure is None and fell.diagnosis.stage is Stage.RELAY:
                return self._sorted([(to[0], fell.diagnosis)])
            raise
        return Offered(ladder, self._content, to, (), self._pace, handed=handed)

    async def _envelope_first(self) -> Offered:
        """MAIL and every RCPT in one flight; behind them DATA, or a first line by which a server
        shows what it makes of chunks, where no other profile may yet be chosen."""
        ahead = self._manners.express is not None and self._manners.data_ahead
        line = b""
        if ahead and self._chunked and self._pace is Pace.CAREFUL:
            beginning = self._content.beginning
            line = beginning[: first_line_end(beginning)]
        data = ahead and not self._chunked
        refusal = await self._ladder.set_out(
            self._words, data=data, then=self._first_chunk(line) if line else None
        )
        if refusal is not None:
            raise Fell(refusal)
        answers = [(to, await self._ladder.hear_recipient(to)) for to in self._job.recipients]
        opened = None
        if data or line:
            opened = Opened(await self._ladder.hear_content(), len(line))
        return self._weighed(answers, opened)

    def _first_chunk(self, line: bytes) -> Callable[[], Awaitable[None]]:
        async def write() -> None:
            # What fails here is said by the answers that do not come.
            with contextlib.suppress(SmtpFailure):
                await self._ladder.connection.chunk(Octets(line), lambda _: None, last=False)

        return write

    def _weighed(
        self, answers: list[tuple[str, Diagnosis | None]], opened: Opened | None
    ) -> Offered:
        """What may be made of the answers to a flight. Raises Fell, Misspoken.

        Answers that differ may have been mixed up by a server whose order is not proven: it is
        asked again, plainly. And where DATA went along with a recipient that was refused the
        connection is dropped: only a dot could end what has begun, and it would deliver.
        """
        offered = self._sorted(answers)
        mixed = [refusal for _, refusal in answers if refusal is not None]
        if offered.accepted and mixed and (opened is not None or self._pace is Pace.CAREFUL):
            careful = self._pace is Pace.CAREFUL
            raise Misspoken(mixed[0], plain=careful, word=Word.UNKNOWN)
        if opened is None or not offered.accepted:
            return offered
        if misunderstands(opened.reply):
            raise Misspoken(self._ladder.explain(opened.reply, Stage.CONTENT))
        return replace(offered, opened=opened)


def _of_the_connection(ended: Fell | Misspoken) -> bool:
    """Whether a new connection may do better: a server may end a session that lasts, or takes
    so many messages in one."""
    if isinstance(ended, Misspoken):
        return True
    why = ended.diagnosis
    gone = why.failure is not None and garbles(why.failure)
    passing = why.reply is not None and why.reply.transient
    return gone or passing or why.stage is Stage.SENDER


def _words(ladder: Ladder, job: Job, content: Content) -> EnvelopeWords:
    international = _international(ladder, job)
    written = _paths(international)
    return EnvelopeWords(
        written(job.message.envelope.sender),
        len(content),
        content.facts.eight_bit,
        international,
        tuple((written(to), job.message.report_for(to)) for to in job.recipients),
        job.message.report,
    )


async def _fit_content(ladder: Ladder, message: Outgoing) -> Content:
    """As it is, or changed in memory, which only a message without attachments in base64 needs,
    or one that is not as `core.message` makes them."""
    content, facts = message.content, message.content.facts
    narrow = facts.eight_bit and ladder.connection.extension("8BITMIME") is None
    if facts.canonical and not narrow:
        return content
    octets = await held(content)

    def changed() -> Content:
        return HeldContent.of(canonical(seven_bit(octets) if narrow else octets))

    # Many megabytes take a moment: not on the loop that everybody shares.
    return await asyncio.to_thread(changed)


def _international(ladder: Ladder, job: Job) -> bool:
    """Whether MAIL FROM says SMTPUTF8 (RFC 6531 section 3.4).

    Raises Fell where an address needs it and the server does not know it. A header in raw
    UTF-8 alone goes as 8BITMIME then: most servers take it, and no address is at stake.
    """
    paths = (job.message.envelope.sender, *job.recipients)
    needed = any(needs_smtputf8(address) for address in paths)
    offered = ladder.connection.extension("SMTPUTF8") is not None
    if needed and not offered:
        failure = Failure(FailureKind.SMTPUTF8_MISSING)
        raise Fell(ladder.explain_failure(failure, Stage.SENDER))
    return offered and (needed or job.message.content.facts.utf8_headers)


def _paths(international: bool) -> Callable[[str], str]:
    """How an address is written on this connection: as it is, or its domain in A-labels."""

    def written(address: str) -> str:
        if international or address.isascii():
            return address
        return ascii_form(address) or address

    return written
