"""The composition root: the one place where adapters are chosen and put together."""

import asyncio
import logging
import ssl
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from roammail.adapters.client_error_files import load_client_errors
from roammail.adapters.dns import SystemResolver
from roammail.adapters.drafts_sqlite import SqliteDrafts
from roammail.adapters.exclusive import exclusive, sign_in_door
from roammail.adapters.keyring_store import KeyringStore
from roammail.adapters.memory_sqlite import SqliteMemory
from roammail.adapters.network_here import network_watcher
from roammail.adapters.outbox_sqlite import SqliteOutbox
from roammail.adapters.portal_http import Expected, HttpPortalCheck
from roammail.adapters.power_here import power_source as power_source
from roammail.adapters.preset_files import load_presets
from roammail.adapters.rule_files import load_rules
from roammail.adapters.sealed_file import SealedFile
from roammail.adapters.secret_store_memory import MemorySecretStore
from roammail.adapters.settings_file import SettingsFile, read_settings
from roammail.adapters.smtp import AiosmtplibDialer
from roammail.adapters.system_clock import SystemClock
from roammail.adapters.tls import verifying_context
from roammail.adapters.workplace import HomeWorkplace
from roammail.core.delivery import Backoff
from roammail.core.errors import UserFacingError
from roammail.core.events import ProfilesChanged
from roammail.core.settings import Settings
from roammail.engine.announce import Announcer
from roammail.engine.battery import Battery
from roammail.engine.engine import Engine, Parts
from roammail.engine.here import Here
from roammail.engine.profile_book import ProfileBook
from roammail.engine.suggest import Suggester
from roammail.engine.tools import Tools
from roammail.engine.warm import Keeper
from roammail.home import home_folder as home_folder
from roammail.ports import (
    Clock,
    NetworkWatcher,
    Resolver,
    Ring,
    SecretStore,
    ServiceLookup,
    SettingsStore,
    Timeouts,
)

_log = logging.getLogger(__name__)


def _log_notice(notice: UserFacingError) -> None:
    _log.warning("%s", notice.message)


@dataclass(frozen=True, slots=True)
class Options:
    """What an entry point may choose. `store` None: the system's keyring; `watcher` and
    `resolver` None: the network that this computer is on, and its names.

    `lookup` None: the system's name servers are asked for a domain's mail services.
    `trusted` makes the TLS context; only the demo gives its own. `notice` is told, on any
    thread, of what the person should know and what no command asked for (a damaged file that
    was set aside).
    """

    home: Path = field(default_factory=home_folder)
    store: SecretStore | None = None
    watcher: NetworkWatcher | None = None
    resolver: Resolver | None = None
    lookup: Callable[[], ServiceLookup] | None = None
    settings: Settings | None = None
    trusted: Callable[[], ssl.SSLContext] = verifying_context
    notice: Callable[[UserFacingError], None] = _log_notice


@asynccontextmanager
async def open_engine(options: Options) -> AsyncIterator[Engine]:
    """An engine on this loop, put right after a crash, closed at the end."""
    settings = options.settings or read_settings(options.home)
    engine = _build(options, settings)
    try:
        await engine.start()
        yield engine
    finally:
        await engine.close()


def throw_away_store() -> SecretStore:
    """A keyring in this process's memory, for the demo."""
    return MemorySecretStore()


def open_settings(home: Path) -> SettingsStore:
    """The settings file, without an engine: it can be put right where no engine would open."""
    return SettingsFile(home)


def _dns_services() -> ServiceLookup:
    # Only where it is asked: dnspython takes longer to import than a mail to queue.
    from roammail.adapters.dns_services import DnsServices

    return DnsServices()


def _keeper(clock: Clock, settings: Settings) -> Keeper:
    seconds, metered = float(settings.keep_connection_seconds), settings.keep_connection_metered
    if settings.keep_connection_battery:  # then nobody has to know of it
        return Keeper(clock, seconds, metered)
    return Keeper(clock, seconds, metered, Battery(power_source(), clock))


def _build(options: Options, settings: Settings) -> Engine:
    clock = SystemClock()
    memory = SqliteMemory(options.home, notice=options.notice)
    watcher = options.watcher or network_watcher()
    url = settings.portal_check_url or None
    portal = HttpPortalCheck(url, Expected.of_text(settings.portal_check_text))
    workplace = HomeWorkplace(options.home)
    announce = Announcer()

    def profiles_changed() -> None:
        workplace.ring(Ring.PROFILES)
        announce(ProfilesChanged())

    store = options.store or KeyringStore(allow_plaintext=settings.allow_plaintext_keyring)
    tools = Tools(
        resolver=options.resolver or SystemResolver(),
        dialer=AiosmtplibDialer(context=options.trusted),
        memory=memory,
        clock=clock,
        load_rules=load_rules,
        sign_in_door=sign_in_door(options.home),
        announce=announce,
        timeouts=Timeouts(connect=float(settings.connect_seconds)),
        connections=asyncio.Semaphore(settings.probe_connections),
        keeper=_keeper(clock, settings),
    )
    return Engine(
        Parts(
            book=ProfileBook(
                store,
                lambda: uuid.uuid4().hex,
                SealedFile(),
                exclusive(options.home, "profiles"),
                profiles_changed,
            ),
            watcher=watcher,
            outbox=SqliteOutbox(options.home, notice=options.notice),
            here=Here(watcher, portal, memory, clock),
            tools=tools,
            settings=settings,
            backoff=Backoff(),
            workplace=workplace,
            secrets=store,
            suggester=Suggester(load_presets, options.lookup or _dns_services, tools.resolver),
            settings_store=SettingsFile(options.home),
            load_clients=load_client_errors,
            drafts=SqliteDrafts(options.home, notice=options.notice),
        )
    )
