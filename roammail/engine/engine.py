"""The façade: the only API for the window, the command line and the submission service."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from email.utils import make_msgid
from functools import partial

from roammail.core.address import domain_of, parse_mailbox
from roammail.core.client_errors import ClientErrors
from roammail.core.composing import How, composed
from roammail.core.delivery import (
    Backoff,
    RecipientState,
    Standing,
    is_held,
    standing_of,
)
from roammail.core.diagnosis import Diagnosis
from roammail.core.envelope import OutboxEntry, ReadyMessage
from roammail.core.errors import BadConfiguration, ExitCode, UserFacingError
from roammail.core.events import (
    Event,
    MessageQueued,
    NetworkChanged,
    ProfilesChanged,
    SettingsChanged,
)
from roammail.core.message import Draft
from roammail.core.outbox_query import OutboxQuery
from roammail.core.profile import Profile
from roammail.core.ranking import candidates, remembered_winner
from roammail.core.report import ProbeReport, ProfileReport
from roammail.core.secret import Secret
from roammail.core.setting_values import SettingChange, with_change
from roammail.core.settings import Settings
from roammail.core.stage import Stage
from roammail.engine.alone import Alone
from roammail.engine.announce import Announcer
from roammail.engine.claim import Claim
from roammail.engine.courier import LOOK_AT_LEAST, Courier, secrets_of
from roammail.engine.decisions import Decisions, in_state
from roammail.engine.desk import Desk, DeskDuties
from roammail.engine.explainer import Explained, Explainer
from roammail.engine.handed_in import handed_in
from roammail.engine.here import Here, NetworkView
from roammail.engine.live import Live, LiveDuties
from roammail.engine.network_memory import NetworkMemory
from roammail.engine.outbox_worker import Duties, OutboxWorker
from roammail.engine.preferences import Preferences
from roammail.engine.probe import Probe
from roammail.engine.profile_book import ProfileBook
from roammail.engine.submission_password import SubmissionPassword
from roammail.engine.suggest import Suggester
from roammail.engine.tidying import Tidying
from roammail.engine.tools import Tools
from roammail.engine.trial import Trial
from roammail.engine.warm_up import WarmUp
from roammail.engine.watch import Watch
from roammail.ports import (
    DraftStore,
    Memory,
    NetworkWatcher,
    OutboxStore,
    Ring,
    SecretStore,
    SettingsStore,
    Workplace,
)

#: Seconds that the answer to a password may still take when everything else is done.
_LAST_ANSWERS = 5.0
#: Seconds for deliveries that are under way for a program that waits, or waited.
_LAST_DELIVERIES = 20.0
WAITING = Standing.WAITING
#: Looks at a message that another process has before it is called busy.
_IDLE_LOOKS = 6


@dataclass(frozen=True, slots=True)
class Parts:
    """The collaborators, made by `wiring.py`."""

    book: ProfileBook
    watcher: NetworkWatcher
    outbox: OutboxStore
    here: Here
    tools: Tools
    settings: Settings
    backoff: Backoff
    workplace: Workplace = field(default_factory=Alone)
    secrets: SecretStore | None = None  # for the submission service's own password
    suggester: Suggester | None = None
    settings_store: SettingsStore | None = None
    load_clients: Callable[[], ClientErrors] = ClientErrors  # what mail programs say
    drafts: DraftStore | None = None


class Engine:
    """Profiles, network, probe, send and outbox, as use cases."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._tools = parts.tools
        self._warm_up = WarmUp(parts.tools)
        self._courier = Courier(
            parts.tools,
            parts.outbox,
            parts.book,
            parts.here,
            parts.backoff,
            lambda: self._parts.settings,
        )
        self._decisions = Decisions(
            parts.outbox, parts.tools.clock, self.entry, self._courier.carry
        )
        parts.tools.announce.subscribe(self._forget_connections)
        self._live = Live(
            LiveDuties(
                outbox=parts.outbox,
                clock=parts.tools.clock,
                announce=parts.tools.announce,
                knows_way=self.knows_way,
                deliver=self.delivered,
                call_worker=self.call_worker,
            )
        )

    @property
    def live(self) -> Live:
        """Deliveries whose programs wait for the server's answer."""
        return self._live

    @property
    def events(self) -> Announcer:
        """Where to subscribe."""
        return self._tools.announce

    @property
    def book(self) -> ProfileBook:
        """The profiles."""
        return self._parts.book

    def now(self) -> datetime:
        """The wall clock, UTC."""
        return self._tools.clock.now()

    def new_message_id(self, from_address: str) -> str:
        """A Message-ID (RFC 5322 section 3.6.4) in the sender's domain, not the laptop's."""
        domain = domain_of(from_address)
        usable = domain.isascii() and not domain.startswith("[")
        return make_msgid(domain=domain if usable and domain else "roammail.invalid")

    async def start(self) -> None:
        """Puts right what a crash left behind."""
        await self._parts.outbox.recover(self.now())

    async def remove_profile(self, profile_id: str) -> None:
        """Takes the profile out of the keyring and what is remembered of it out of memory."""
        await self.book.remove(profile_id)
        await self._tools.memory.forget(profile_id)

    async def network(self, *, portal: bool = True) -> NetworkView:
        """Where we are."""
        return await self._parts.here.view(portal=portal)

    async def networks(self) -> AsyncIterator[NetworkView]:
        """Where we are after each change, as long as it is iterated."""
        async for network in self._parts.watcher.changes():
            self._parts.here.forget()
            if self._tools.keeper:
                self._tools.keeper.drop()  # their addresses may be gone, and nobody tells them
            view = await self._parts.here.describe(network)
            self._tools.announce(NetworkChanged(view.network))
            yield view

    async def test(self, names: Sequence[str] = (), *, rcpt: str | None = None) -> ProbeReport:
        """Probes the named profiles, or all. Raises BadConfiguration.

        `rcpt` is an address that the user named for RCPT (rule 8).
        """
        known = await self._profiles()
        named_ones = {p.id: p for p in [await self.book.find(name) for name in names]}
        chosen = tuple(named_ones.values()) or known
        view = await self.network()
        around = await self._parts.here.surroundings(view)
        probe = Probe(self._tools, view.network, around)
        named = rcpt or self._parts.settings.probe_recipient
        return await probe.run(chosen, await secrets_of(self.book, chosen), known, named)

    @property
    def settings(self) -> Settings:
        """The settings in force."""
        return self._parts.settings

    async def try_out(
        self, profile: Profile, secret: Secret | None, kept_as: str = ""
    ) -> ProfileReport:
        """A probe of a profile that is not kept, or of changes to one; see `Trial.run`."""
        parts = self._parts
        trial = Trial(self._tools, parts.here, self.book, parts.settings.probe_recipient)
        return await trial.run(profile, secret, kept_as)

    async def paused(self) -> dict[str, Diagnosis]:
        """By profile id: why a password is not tried again until it changes (rule 4)."""
        found = {p.id: await self._tools.paused(p) for p in (await self.book.all()).profiles}
        return {profile_id: why for profile_id, why in found.items() if why is not None}

    @property
    def preferences(self) -> Preferences:
        """The settings, to be changed. Raises BadConfiguration (`no-settings-file`)."""
        if self._parts.settings_store is None:
            raise BadConfiguration("no-settings-file", "There is no file for the settings.")
        return Preferences(self._parts.settings_store, self._adopt)

    @property
    def network_memory(self) -> NetworkMemory:
        """What worked on which network."""
        return NetworkMemory(self._tools.memory)

    @property
    def suggester(self) -> Suggester:
        """What is known of providers. Raises BadConfiguration (`no-presets`)."""
        if self._parts.suggester is None:
            raise BadConfiguration("no-presets", "Nothing is known of providers here.")
        return self._parts.suggester

    @property
    def workplace(self) -> Workplace:
        """The worker's place, and its bell."""
        return self._parts.workplace

    @property
    def submission_password(self) -> SubmissionPassword:
        """What other programs sign in with. Raises BadConfiguration (`no-keyring`)."""
        if self._parts.secrets is None:
            raise BadConfiguration("no-keyring", "There is no keyring for the password.")
        return SubmissionPassword(self._parts.secrets)

    def worker(self) -> OutboxWorker:
        """A worker over this engine. Whoever runs it has taken `workplace`."""
        parts, tools = self._parts, self._tools
        keep = timedelta(days=parts.settings.keep_days)
        duties = Duties(
            outbox=parts.outbox,
            workplace=parts.workplace,
            deliver=self.deliver,
            clock=tools.clock,
            announce=tools.announce,
            backoff=parts.backoff,
            patience=timedelta(days=parts.settings.give_up_days),
            told_elsewhere=self._live.has,
            tidy=Tidying(parts.outbox, tools.clock, keep).look,
            prepare=tools.learn,
        )
        return OutboxWorker(
            duties, lambda changed: Watch(self.networks, self.network, tools.clock, changed)
        )

    def call_worker(self) -> None:
        """Tells whoever works the outbox, in any process, that mail came in."""
        self._parts.workplace.ring(Ring.MAIL)

    async def knows_way(self, author: str) -> bool:
        """Whether a profile is remembered to work here for this From; asks no network."""
        known = candidates((await self.book.all()).profiles, author)
        view = await self.network(portal=False)
        if view.key is None:
            return False
        return remembered_winner(known, await self._tools.memory.recall(view.key)) is not None

    @property
    def desk(self) -> Desk:
        """Letters that are being written. Raises BadConfiguration (`no-drafts`)."""
        parts = self._parts
        if parts.drafts is None:
            raise BadConfiguration("no-drafts", "There is no place to keep letters in.")
        return Desk(
            DeskDuties(
                drafts=parts.drafts,
                outbox=parts.outbox,
                clock=self._tools.clock,
                compose=self.compose,
                queue=self.queue,
                cancel=self.cancel,
                send_now=self._decisions.send_now,
                call_worker=self.call_worker,
                listing=self.book.all,
                memories_here=self._memories_here,
            )
        )

    async def _memories_here(self) -> tuple[Memory, ...]:
        view = await self.network(portal=False)
        return () if view.key is None else await self._tools.memory.recall(view.key)

    async def warm_up(self, author: str) -> bool:
        """For who is about to send as `author`: connects and signs in ahead where that worked
        here lately; True when a connection stands ready. Never raises what a send would; cheap
        to call again, and to be called again after ten seconds: see `WarmUp`."""
        known = candidates((await self.book.all()).profiles, author)
        view = await self.network(portal=False)
        around = await self._parts.here.surroundings(view)
        return await self._warm_up.run(known, around, self.book.secret)

    async def profiles(self) -> tuple[Profile, ...]:
        """All profiles. Raises BadConfiguration (`no-profiles`, `profile-broken`)."""
        return await self._profiles()

    async def queue(
        self,
        message: ReadyMessage,
        known: tuple[Profile, ...] | None = None,
        *,
        hold: float = 0.0,
    ) -> int:
        """Takes the message: committed and synced when this returns (rule 1).

        `known`: the profiles, where the caller has just read them. For `hold` seconds nobody
        sends it but by `retry`, so that `cancel` can take it back. Raises BadConfiguration
        (`no-profiles`, `no-profile-for-sender`) before anything is kept, and what the
        outbox raises.
        """
        known = await self._profiles() if known is None else known
        if not candidates(known, message.from_address):
            names = ", ".join(f"“{profile.name}”" for profile in known[:5])
            raise BadConfiguration(
                "no-profile-for-sender",
                f"None of your profiles may send as {message.from_address}. You have {names}. "
                "Send from an address of one of them, or add this one to a profile with "
                "“roammail profiles edit NAME --sender ADDRESS”.",
            )
        now = self.now()
        held_until = now + timedelta(seconds=hold) if hold > 0 else None
        outbox_id = await self._parts.outbox.add(message, now, held_until)
        self._tools.announce(MessageQueued(outbox_id, message.message_id))
        return outbox_id

    async def deliver(self, outbox_id: int) -> OutboxEntry:
        """Tries to deliver now; returns how the message stands afterwards.

        Raises UserFacingError (`outbox-unknown`, `outbox-busy`, `outbox-held`).
        """
        entry = await self.entry(outbox_id)  # tells apart an unknown number from a busy one
        if is_held(entry.held_until, self.now()):
            raise UserFacingError(
                "outbox-held",
                f"Message {outbox_id} can still be taken back; it goes out in some seconds.",
                ExitCode.QUEUED,
            )
        async with Claim(self._parts.outbox, outbox_id):
            await self._courier.carry(await self.entry(outbox_id))
        return await self.entry(outbox_id)

    async def delivered(self, outbox_id: int) -> OutboxEntry:
        """`deliver`, but where the worker was faster its work is waited for and counts.

        Raises `outbox-busy` too, when another process has it and makes nothing of it.
        """
        idle = 0
        while True:
            try:
                return await self.deliver(outbox_id)
            except UserFacingError as error:
                entry = await self.entry(outbox_id)
                at_work = bool(in_state(entry, RecipientState.SENDING))
                idle = 0 if at_work else idle + 1
                if error.code != "outbox-busy" or idle > _IDLE_LOOKS:
                    raise
            if entry.tries or standing_of([r.state for r in entry.recipients]) is not WAITING:
                return entry
            await self._tools.clock.sleep(LOOK_AT_LEAST)

    async def entries(self, open_only: bool = False) -> tuple[OutboxEntry, ...]:
        """The outbox, newest first."""
        return await self._parts.outbox.entries(open_only)

    async def handed_in(self, limit: int = 20) -> tuple[OutboxEntry, ...]:
        """What other programs handed in lately, newest first."""
        return await handed_in(self._parts.outbox, limit)

    async def outbox_page(self, query: OutboxQuery) -> tuple[OutboxEntry, ...]:
        """A page of the outbox, newest first, without attempts."""
        return await self._parts.outbox.page(query)

    async def outbox_counts(self) -> Mapping[Standing, int]:
        """How many messages stand how."""
        return await self._parts.outbox.counts()

    async def message(self, outbox_id: int) -> ReadyMessage:
        """A message as it was taken. Raises UserFacingError (`outbox-unknown`,
        `outbox-purged`, `outbox-damaged`)."""
        return await self._parts.outbox.message(outbox_id)

    async def compose(self, draft: Draft, how: How, original: bytes | None = None) -> ReadyMessage:
        """The message of a draft, dated now; `original` is what is passed on. Raises
        BadMessage. Large attachments take their time in another thread."""
        author = parse_mailbox(draft.from_).address
        new_id = self.new_message_id(author)
        build = partial(composed, draft, how, original, now=self.now(), message_id=new_id)
        return await asyncio.to_thread(build)

    async def entry(self, outbox_id: int) -> OutboxEntry:
        """One message. Raises UserFacingError (`outbox-unknown`)."""
        entry = await self._parts.outbox.entry(outbox_id)
        if entry is None:
            raise UserFacingError(
                "outbox-unknown", f"There is no message number {outbox_id} in the outbox."
            )
        return entry

    async def retry(self, outbox_id: int, same_profile: bool = False) -> OutboxEntry:
        """Tries refused, cancelled, waiting and uncertain recipients again, now.

        An uncertain one may have got the message: without `same_profile` that is refused
        (`outbox-uncertain`), with it the message goes to the same profile under the same
        Message-ID, which lets the server notice a duplicate (rule 2).
        """
        await self._decisions.retry(outbox_id, same_profile)
        return await self.entry(outbox_id)

    async def mark_sent(self, outbox_id: int) -> OutboxEntry:
        """The user knows that the uncertain ones have it."""
        await self._decisions.mark_sent(outbox_id)
        return await self.entry(outbox_id)

    async def cancel(
        self, outbox_id: int, still: Callable[[OutboxEntry], bool] = lambda _: True
    ) -> OutboxEntry:
        """Stops what is waiting; what was sent stays sent. Raises UserFacingError
        (`outbox-gone`) where it does not stand as it `still` must, asked when nobody sends it."""
        await self._decisions.cancel(outbox_id, still)
        return await self.entry(outbox_id)

    async def flush(self) -> tuple[OutboxEntry, ...]:
        """Tries everything that is open, oldest first; skips what another process works on."""
        done: list[OutboxEntry] = []
        for entry in reversed(await self.entries(open_only=True)):
            try:
                done.append(await self.deliver(entry.id))
            except UserFacingError as error:
                if error.code not in ("outbox-busy", "outbox-held"):
                    raise
        return tuple(done)

    def explain(self, text: str, stage: Stage | None, signed_in: bool | None) -> Diagnosis:
        """What a pasted reply or error means. Takes its time: see `explained`."""
        return self.explainer.text(text, stage, signed_in)

    async def explained(
        self, raw: bytes, stage: Stage | None = None, signed_in: bool | None = None
    ) -> Explained:
        """What was pasted, or a file of a message or bounce, means; in another thread."""
        return await asyncio.to_thread(self.explainer.octets, raw, stage, signed_in)

    @property
    def explainer(self) -> Explainer:
        """Explains texts and bounces."""
        return Explainer(self._tools.load_rules, self._parts.load_clients)

    async def close(self) -> None:
        """Closes every adapter; a sign-in that is under way has a moment to be answered."""
        await self._live.settle(_LAST_DELIVERIES)
        await self._tools.settle(_LAST_ANSWERS)
        if self._tools.keeper:
            await self._tools.keeper.close()
        await self._parts.watcher.close()
        await self._parts.outbox.close()
        if self._parts.drafts is not None:
            await self._parts.drafts.close()
        await self._tools.memory.close()
        await self.book.close()

    def _adopt(self, change: SettingChange) -> None:
        """What may change while we run; the rest waits for the next start (`Setting.live`)."""
        if not change.restart:
            before = self._parts.settings
            settings = with_change(before, change)
            self._parts = replace(self._parts, settings=settings)
            connect = float(settings.connect_seconds)
            self._tools.timeouts = replace(self._tools.timeouts, connect=connect)
            if settings.probe_connections != before.probe_connections:
                self._tools.connections = asyncio.Semaphore(settings.probe_connections)
        self._tools.announce(SettingsChanged())

    def _forget_connections(self, event: Event) -> None:
        """What was signed in with another secret, or for a profile that is gone, is closed."""
        if self._tools.keeper and isinstance(event, ProfilesChanged):
            self._tools.keeper.drop()

    async def _profiles(self) -> tuple[Profile, ...]:
        listing = await self.book.all()
        if listing.profiles:
            return listing.profiles
        if listing.broken:
            names = ", ".join(f"“{broken.name}”" for broken in listing.broken[:5])
            raise BadConfiguration(
                "profile-broken",
                f"No profile can be used: {names} cannot be read. Remove it with “roammail "
                "profiles remove NAME” and add it again.",
            )
        raise _no_profiles()


def _no_profiles() -> BadConfiguration:
    """What is said where nothing can be done without a profile."""
    return BadConfiguration(
        "no-profiles",
        "There is no profile yet. Add one with “roammail profiles add”, or see how it works "
        "with “roammail demo”.",
    )


__all__ = ["Engine", "NetworkView", "Parts"]
