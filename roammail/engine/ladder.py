"""Climbs one endpoint of one profile, stage by stage, with each step timed and explained.

Probe and send share it: a probe stops after RELAY, a send goes on with CONTENT on the same
connection. It knows nothing of other profiles, of ranking or of the outbox.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import replace

from roammail.core.diagnosis import Context, Diagnosis, Scope
from roammail.core.differential import from_elsewhere
from roammail.core.dsn import EnvelopeReport, RecipientReport
from roammail.core.events import EndpointFinished, StepFinished, StepStarted
from roammail.core.failure import Failure, FailureKind, SmtpFailure
from roammail.core.pipelining import Pace
from roammail.core.profile import AuthMethod, Endpoint, Profile, Security
from roammail.core.refusal import diagnose_reply
from roammail.core.reply import Reply
from roammail.core.report import EndpointReport, Offer, Step, StepOutcome, Word
from roammail.core.secret import Secret
from roammail.core.seen import diagnose_failure
from roammail.core.sign_in import refused_sign_in
from roammail.core.stage import PROBE_LADDER, Stage
from roammail.engine import tasks
from roammail.engine.deadline import Deadline, seconds_for
from roammail.engine.recollection import Recollection
from roammail.engine.recollection import Surroundings as Surroundings
from roammail.engine.tools import Tools
from roammail.engine.warm import Door, Keeper, Kept
from roammail.ports import EnvelopeWords, SmtpConnection

_log = logging.getLogger(__name__)

#: Seconds for the first answer on a connection that was kept, before a new one is made.
KEPT_PATIENCE = 8.0

_UNREACHED = frozenset({FailureKind.REFUSED, FailureKind.UNREACHABLE, FailureKind.TIMED_OUT})


class Fell(Exception):
    """A stage failed; the climb is over."""

    def __init__(self, diagnosis: Diagnosis) -> None:
        super().__init__(diagnosis.kind)
        self.diagnosis = diagnosis


class Ladder:
    """One climb. After it fell or is done with, `leave` or `close` must be called."""

    def __init__(
        self,
        tools: Tools,
        profile: Profile,
        endpoint: Endpoint,
        secret: Secret | None,
        around: Surroundings,
        reached: asyncio.Event | None = None,
        *,
        warm: bool = False,
    ) -> None:
        """`reached` is set as soon as the server has taken the connection; `warm`: one that was
        kept will do."""
        self._warm = warm
        self._kept: Kept | None = None
        self._reached = reached or asyncio.Event()
        self._tools = tools
        self.profile = profile
        self.endpoint = endpoint
        self._secret = secret
        self._around = around
        self._steps: dict[Stage, Step] = {}
        self._connection: SmtpConnection | None = None
        self._exchange: asyncio.Task[Reply] | None = None
        self._password_shown = False
        self._signed_in = False
        self._sender = ""
        self._diagnosis: Diagnosis | None = None
        self._began = tools.clock.monotonic()
        self._slot: asyncio.Semaphore | None = None
        self._deadline = Deadline(seconds_for(tools.timeouts))
        self._recollection = Recollection(tools, profile, endpoint, around)

    @property
    def connection(self) -> SmtpConnection:
        """The conversation. Only after `approach`."""
        assert self._connection is not None
        return self._connection

    def allow(self, octets: int, recipients: int) -> None:
        """Widens the bound of the whole attempt for such a message. Before `approach`."""
        self._deadline = Deadline(seconds_for(self._tools.timeouts, octets, recipients))

    @contextlib.asynccontextmanager
    async def in_time(self) -> AsyncIterator[asyncio.Timeout]:
        """Around what must be done before the bound of the attempt, if the end of the content
        is not out yet. Raises SmtpFailure."""
        over = self._connection is not None and self._connection.committed
        limit = self._deadline.limit(over=over)
        try:
            async with limit:
                yield limit
        except TimeoutError as error:
            if not limit.expired():
                raise
            detail = f"not done after {self._deadline.seconds:.0f} seconds in all"
            raise SmtpFailure(Failure(FailureKind.TIMED_OUT, detail)) from error

    async def approach(self) -> None:
        """RESOLVE to SIGN_IN. Raises Fell."""
        slot = self._tools.connections
        await slot.acquire()
        self._slot = slot
        self._deadline.begin()
        if await self._take_kept():
            return
        addresses = await self._resolve()
        async with self._step(Stage.CONNECT):
            self._connection = await self._dial(addresses)
            self._reached.set()
            self._see(Stage.CONNECT, self._connection.peer)
        if self.endpoint.security is Security.IMPLICIT_TLS:
            await self._encrypt_at_once()
            await self._greet()
        else:
            await self._greet()
            await self._encrypt_by_starttls()
        await self._sign_in()

    async def sender(
        self,
        address: str,
        size: int | None,
        eight_bit: bool,
        utf8: bool,
        report: EnvelopeReport | None = None,
    ) -> None:
        """SENDER: MAIL FROM. Raises Fell."""
        self._sender = address
        async with self._step(Stage.SENDER):
            mail = self.connection.mail(address, size, eight_bit, utf8, report)
            reply = await self._in_time(mail)
            await self._must(reply, Stage.SENDER)

    async def recipient(
        self, address: str, report: RecipientReport | None = None
    ) -> Diagnosis | None:
        """RELAY for one recipient; a refusal is returned, a lost connection raises Fell."""
        async with self._step(Stage.RELAY):
            reply = await self.connection.rcpt(address, report)
            self._see(Stage.RELAY, str(reply))
        return await self._refusal(reply, Stage.RELAY, address)

    # The same, said ahead of the answers (RFC 2920)

    async def set_out(
        self,
        words: EnvelopeWords,
        *,
        data: bool = False,
        then: Callable[[], Awaitable[None]] | None = None,
    ) -> Diagnosis | None:
        """SENDER: the whole envelope in one flight, and what `then` writes behind it.

        The answer to MAIL is heard here, a refusal returned. Raises Fell. A failure within
        `then` is left to the answers that it keeps from coming.
        """
        self._sender = words.sender
        async with self._step(Stage.SENDER) as limit:
            await self.connection.envelope(words, data=data)
            if then is not None:
                await then()
            if self.connection.committed:
                limit.reschedule(None)  # from here on only the server's word counts
            reply = await self._in_time(self.connection.next_answer())
            self._see(Stage.SENDER, str(reply))
        return await self._refusal(reply, Stage.SENDER)

    async def hear_recipient(self, address: str) -> Diagnosis | None:
        """RELAY: the answer to the next RCPT; a refusal is returned. Raises Fell."""
        async with self._step(Stage.RELAY):
            reply = await self.connection.next_answer()
            self._see(Stage.RELAY, str(reply))
        return await self._refusal(reply, Stage.RELAY, address)

    async def hear_content(self) -> Reply:
        """CONTENT: the answer to DATA or to a chunk. Raises Fell."""
        try:
            return await self.connection.next_answer()
        except SmtpFailure as lost:
            raise Fell(self.explain_failure(lost.failure, Stage.CONTENT)) from lost

    async def _refusal(self, reply: Reply, stage: Stage, recipient: str = "") -> Diagnosis | None:
        if reply.positive:
            return None
        self._mark(stage, StepOutcome.FAILED, str(reply))
        await self._tools.learn()
        return self.explain(reply, stage, recipient)

    @property
    def pace(self) -> Pace:
        """How far ahead of its answers this server is spoken to."""
        return self._recollection.pace(self.connection.offer)

    async def note_word(self, word: Word) -> None:
        """Remembers whether the server kept its word about PIPELINING and CHUNKING."""
        await self._recollection.word(word, self.report())

    def skip(self, stage: Stage, why: str) -> None:
        """Notes that a stage was left out."""
        self._steps[stage] = Step(stage, StepOutcome.SKIPPED, 0.0, why)

    def explain(self, reply: Reply, stage: Stage, recipient: str = "") -> Diagnosis:
        """The diagnosis of a refusal, with all that this climb saw."""
        context = replace(self.context(), recipient=recipient)
        refusal = diagnose_reply(reply, stage, context, self._tools.rules)
        return refused_sign_in(refusal, context) if stage is Stage.SIGN_IN else refusal

    def explain_failure(self, failure: Failure, stage: Stage) -> Diagnosis:
        """The diagnosis of what happened without a reply."""
        return diagnose_failure(failure, stage, self.context())

    def fall(self, diagnosis: Diagnosis) -> None:
        """Notes why the climb is over, when the reason came from outside a step."""
        self._diagnosis = diagnosis

    def context(self) -> Context:
        """What was seen around this climb, here and elsewhere."""
        offer = self._connection.offer if self._connection else Offer()
        context = Context(
            port=self.endpoint.port,
            security=self.endpoint.security,
            auth=self.profile.auth,
            signed_in=self._signed_in,
            tls=self._connection.encrypted if self._connection else None,
            auth_offered=offer.auth,
            banner=offer.banner,
            hello=offer.extensions,
            sender=self._sender,
            host=self.endpoint.host,
            portal=str(self._around.portal),
        )
        return from_elsewhere(context, self._around.memories, self._around.key, self.endpoint)

    def report(self) -> EndpointReport:
        """All steps in the order of the ladder, the missing ones as skipped."""
        steps = tuple(
            self._steps.get(stage, Step(stage, StepOutcome.SKIPPED, 0.0)) for stage in PROBE_LADDER
        )
        connection = self._connection
        return EndpointReport(
            endpoint=self.endpoint,
            steps=steps,
            diagnosis=self._diagnosis,
            offer=connection.offer if connection else Offer(),
            transcript=connection.transcript if connection else (),
            address=connection.peer if connection else "",
            seconds=self._tools.clock.monotonic() - self._began,
        )

    async def remember(self) -> EndpointReport:
        """Announces the report and keeps it in the memory of this network."""
        report = self.report()
        self._tools.announce(EndpointFinished(self.profile.id, report))
        await self._recollection.outcome(report)
        return report

    async def leave(self) -> None:
        """Says QUIT and goes. Never raises."""
        if self._connection and not self._unanswered:
            await self._connection.quit()
        self.close()

    def close(self) -> None:
        """Cuts the connection and frees its place. Never raises; may be called again.

        A password that was shown is answered first, in the background (rule 4): else nobody
        would learn that it is wrong, and the next message would show it again.
        """
        if self._exchange and self._unanswered:
            self._tools.unanswered.add(self._exchange)
            self._exchange.add_done_callback(self._tools.unanswered.discard)
            self._exchange.add_done_callback(lambda _: self._cut())
            return
        self._cut()

    @property
    def _unanswered(self) -> bool:
        return self._exchange is not None and not self._exchange.done()

    def _cut(self) -> None:
        if self._connection:
            self._connection.close()
        self._free_slot()

    def _free_slot(self) -> None:
        if self._slot is not None:
            self._slot.release()
            self._slot = None

    # Kept connections

    @property
    def kept(self) -> bool:
        """Whether this climb began on a connection that was kept: it may be dead."""
        return self._kept is not None

    @property
    def fresh(self) -> bool:
        """Whether the server is known to be there: it was just reached, or answered just now."""
        keeper = self._tools.keeper
        return self._kept is None or keeper is None or keeper.fresh(self._kept)

    @property
    def door(self) -> Door:
        """Where this climb leads."""
        return Door(self.profile, self.endpoint, self._around.key)

    async def part(self, *, used: bool = False) -> None:
        """Leaves; the connection is kept for the next message where that is wanted. `used`: it
        stands within a transaction. Never raises."""
        keeper, connection = self._tools.keeper, self._connection
        signed_in = self._signed_in or self.profile.auth is AuthMethod.NONE
        ready = signed_in and not self._unanswered
        if keeper and connection and ready and self._handed_on(keeper, connection, used):
            self._free_slot()
        else:
            await self.leave()

    def _handed_on(self, keeper: Keeper, connection: SmtpConnection, used: bool) -> bool:
        metered = self._around.metered
        return keeper.keep(self.door, connection, metered=metered, used=used)

    async def _take_kept(self) -> bool:
        keeper = self._tools.keeper if self._warm else None
        self._kept = keeper.take(self.door) if keeper else None
        if self._kept is None:
            return False
        self._connection = self._kept.connection
        self._signed_in = self.profile.auth is not AuthMethod.NONE
        self._reached.set()
        for stage in (Stage.RESOLVE, Stage.CONNECT, Stage.GREET, Stage.ENCRYPT, Stage.SIGN_IN):
            self._see(stage, "on the connection of the last message")
        if self._kept.used:
            async with self._step(Stage.SENDER):
                await self._must(await self._in_time(self._connection.reset()), Stage.SENDER)
            self._kept.used = False
        return True

    async def _in_time(self, answer: Awaitable[Reply]) -> Reply:
        """The first answer on a kept connection: nobody waits long for the dead."""
        if self._kept is None or self.connection.committed:
            return await answer
        try:
            async with asyncio.timeout(KEPT_PATIENCE):
                return await answer
        except TimeoutError as error:
            failure = Failure(FailureKind.TIMED_OUT, "no answer on a connection that was kept")
            raise SmtpFailure(failure) from error

    async def _resolve(self) -> Sequence[str]:
        async with self._step(Stage.RESOLVE):
            addresses = await self._tools.resolver.resolve(
                self.endpoint.host, self._tools.timeouts.connect
            )
            self._see(Stage.RESOLVE, ", ".join(addresses))
        return addresses

    async def _dial(self, addresses: Sequence[str]) -> SmtpConnection:
        """Raises SmtpFailure: where nobody answers since the name was made up, DNS_NOT_FOUND."""
        tools, host = self._tools, self.endpoint.host
        try:
            return await tools.dialer.dial(self.endpoint, addresses, tools.timeouts)
        except SmtpFailure as lost:
            silent = lost.failure.kind in _UNREACHED
            if silent and await tools.resolver.makes_up(host, addresses):
                detail = "DNS here leads names that cannot exist to the same address"
                raise SmtpFailure(Failure(FailureKind.DNS_NOT_FOUND, detail)) from lost
            raise

    async def _greet(self) -> None:
        async with self._step(Stage.GREET):
            await self._must(await self.connection.greeting(), Stage.GREET)
            await self._must(await self.connection.hello(), Stage.GREET)
            self._see(Stage.GREET, self.connection.offer.banner)

    async def _encrypt_at_once(self) -> None:
        async with self._step(Stage.ENCRYPT):
            await self.connection.wrap_tls()
            self._see(Stage.ENCRYPT, self.connection.offer.certificate_name)

    async def _encrypt_by_starttls(self) -> None:
        if self.endpoint.security is Security.PLAINTEXT:
            self.skip(Stage.ENCRYPT, "the profile does not encrypt")
            return
        async with self._step(Stage.ENCRYPT):
            await self._must(await self.connection.start_tls(), Stage.ENCRYPT)
            await self._must(await self.connection.hello(), Stage.ENCRYPT)
            self._see(Stage.ENCRYPT, self.connection.offer.certificate_name)

    async def _sign_in(self) -> None:
        if self.profile.auth is AuthMethod.NONE:
            self.skip(Stage.SIGN_IN, "the profile does not sign in")
            return
        async with self._step(Stage.SIGN_IN):
            self._exchange = tasks.start(self._show_password(), f"sign in {self.profile.name}")
            try:
                reply = await asyncio.shield(self._exchange)
            except asyncio.CancelledError:
                if not self._password_shown:
                    await tasks.stop([self._exchange])
                raise
            await self._must(reply, Stage.SIGN_IN)
            self._see(Stage.SIGN_IN, str(reply))

    async def _show_password(self) -> Reply:
        """The exchange and what follows from it: one piece, also for who is cancelled."""
        async with self._tools.sign_in_gate(self.profile.id):
            paused = await self._tools.paused(self.profile)
            if paused:
                raise SmtpFailure(Failure(FailureKind.PAUSED, str(paused.reply or paused.kind)))
            if not self._secret:
                raise SmtpFailure(Failure(FailureKind.SECRET_MISSING))
            if not self.connection.encrypted:
                raise SmtpFailure(Failure(FailureKind.TLS_FAILED, "no verified encryption"))
            self._password_shown = True
            reply = await self.connection.sign_in(self.profile.username, self._secret)
            self._signed_in = reply.positive
            if not reply.positive:
                await self._pause_if_refused(reply)
            return reply

    async def _pause_if_refused(self, reply: Reply) -> None:
        # 4yz is the server's trouble; every final refusal of a sign-in that blames the
        # credential stops further tries until the secret changes (rule 4).
        await self._tools.learn()
        refusal = self.explain(reply, Stage.SIGN_IN)
        if not reply.transient and refusal.scope is Scope.CREDENTIAL:
            await self._tools.pause(self.profile, refusal)

    async def _must(self, reply: Reply, stage: Stage) -> None:
        self._see(stage, str(reply))
        if not reply.positive:
            await self._tools.learn()
            raise Fell(self.explain(reply, stage))

    def _see(self, stage: Stage, detail: str) -> None:
        self._mark(stage, StepOutcome.DONE, detail)

    def _mark(self, stage: Stage, outcome: StepOutcome, detail: str) -> None:
        seconds = self._steps[stage].seconds if stage in self._steps else 0.0
        self._steps[stage] = Step(stage, outcome, seconds, detail)

    @contextlib.asynccontextmanager
    async def _step(self, stage: Stage) -> AsyncIterator[asyncio.Timeout]:
        """Times the stage, bounds it, announces it, and turns every failure into Fell."""
        clock = self._tools.clock
        before = self._steps[stage].seconds if stage in self._steps else 0.0
        began = clock.monotonic()
        self._tools.announce(StepStarted(self.profile.id, self.endpoint, stage))
        fell: Diagnosis | None = None
        detail = ""
        # What is cancelled on the way was neither done nor refused.
        outcome = StepOutcome.SKIPPED
        try:
            async with self.in_time() as limit:
                yield limit
            outcome = StepOutcome.DONE
        except SmtpFailure as caught:
            fell = self.explain_failure(caught.failure, stage)
            detail = caught.failure.detail or str(caught.failure.kind)
            raise Fell(fell) from caught
        except Fell as caught:
            fell = caught.diagnosis
            raise
        finally:
            known = self._steps.get(stage)
            seen = detail or (known.detail if known else "")
            if fell:
                outcome = StepOutcome.FAILED
            step = Step(stage, outcome, before + clock.monotonic() - began, seen)
            self._steps[stage] = step
            if fell:
                self._diagnosis = fell
            self._tools.announce(StepFinished(self.profile.id, self.endpoint, step))
