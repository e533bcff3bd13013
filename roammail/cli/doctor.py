"""`roammail doctor`: what of this system RoamMail can use, and what to install.

Looks only; changes nothing but an empty file that it takes away again.
"""

import importlib.util
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import click
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from roammail.cli.app import common
from roammail.cli.result import Json, Look, Problem, Result, Status
from roammail.cli.session import Session, session_of
from roammail.core.errors import ExitCode, UserFacingError
from roammail.core.power import Saving
from roammail.engine.engine import Engine
from roammail.ports import StoreInfo
from roammail.words import Words
from roammail.words.catalogue import N_
from roammail.words.display import display

_TITLES = {
    "python": "Python",
    "home": N_("Files"),
    "engine": N_("Start"),
    "keyring": N_("Keyring"),
    "network": N_("Network"),
    "network-manager": "NetworkManager",
    "battery": N_("Battery saving"),
    "tls-store": N_("TLS authorities"),
    "d-bus": "D-Bus",
    "qt": N_("Window (Qt)"),
}

#: Seconds for Qt to say whether it can be used.
_QT_PATIENCE = 20.0


@dataclass(frozen=True, slots=True)
class Finding:
    """One part of the system. `needed`: without it RoamMail cannot do its work."""

    name: str
    ok: bool
    detail: str
    install: str = ""
    needed: bool = True


@click.command("doctor")
@common
@click.pass_context
def doctor_command(ctx: click.Context) -> Result:
    """See what RoamMail can use of this computer, and what to install."""
    session = session_of(ctx)
    words = session.make_words()
    findings = examine(session, words)
    lacking = [item for item in findings if item.needed and not item.ok]
    problems = tuple(Problem(f"{item.name}-missing", _said(item, words)) for item in lacking)
    return Result(
        data={"checks": [_json(item) for item in findings], "ready": not lacking},
        view=lambda look: _view(findings, words, look),
        exit_code=ExitCode.CONFIG if lacking else ExitCode.OK,
        problems=problems,
        status=Status.ERROR if lacking else Status.OK,
    )


def examine(session: Session, words: Words) -> list[Finding]:
    """Everything that can be looked at."""
    checks: tuple[Callable[[], list[Finding]], ...] = (
        lambda: [_python(words)],
        lambda: [_home(words)],
        lambda: _engine_findings(session, words),
        lambda: [_battery(words)],
        lambda: [_trust(words)],
        lambda: [_session_bus(words)] if sys.platform == "linux" else [],
        lambda: [_qt(words)],
    )
    return [finding for check in checks for finding in check()]


def _python(words: Words) -> Finding:
    good = sys.version_info >= (3, 11)
    advice = words.say(N_("Python 3.11 or newer"))
    return Finding("python", good, platform.python_version(), advice)


def _home(words: Words) -> Finding:
    from roammail.wiring import home_folder

    home = home_folder()
    try:
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.TemporaryFile(dir=home):
            return Finding(
                "home", True, words.say(N_("files are kept in {folder}"), folder=str(home))
            )
    except OSError as error:
        why = (error.strerror or words.say(N_("unknown"))).lower()
        said = words.say(N_("{folder} cannot be written: {why}"), folder=str(home), why=why)
        return Finding("home", False, said, words.say(N_("Set ROAMMAIL_HOME to a folder of yours")))


def _engine_findings(session: Session, words: Words) -> list[Finding]:
    """What only an engine can tell: the keyring and the sources of the network."""

    async def work(engine: Engine) -> list[Finding]:
        return [await _keyring(engine.book.info), await _network(engine, words)]

    try:
        return session.with_engine(work)
    except UserFacingError as error:
        return [Finding("engine", False, error.message)]


async def _keyring(info: Callable[[], Awaitable[StoreInfo]]) -> Finding:
    advice = "gnome-keyring" if sys.platform == "linux" else ""
    try:
        found = await info()
    except UserFacingError as error:
        return Finding("keyring", False, error.message, advice)
    return Finding("keyring", True, found.backend)


async def _network(engine: Engine, words: Words) -> Finding:
    found = (await engine.network(portal=False)).network
    sources = ", ".join(found.sources)
    if sys.platform != "linux":
        none = words.say(N_("no source"))
        return Finding("network", bool(sources), sources or none, needed=False)
    managed = any("networkmanager" in item.replace("-", "").lower() for item in found.sources)
    if managed:
        told = words.say(N_("known from: {sources}"), sources=sources)
        return Finding("network-manager", True, told, needed=False)
    known = N_("not running; known without it from: {sources}")
    return Finding(
        "network-manager",
        False,
        words.say(known, sources=sources or words.say(N_("nothing"))),
        words.say(N_("network-manager, for the connection's name and its sign-in page")),
        needed=False,
    )


def _battery(words: Words) -> Finding:
    """Whether it is saved; it matters only where the settings say so."""
    import asyncio

    from roammail.wiring import power_source

    power = asyncio.run(power_source().power())
    if power.saving is Saving.UNKNOWN:
        said = words.say(
            N_("whether the battery is saved cannot be told ({why})"), why=power.detail
        )
        return Finding("battery", False, said, needed=False)
    saved = power.saving is Saving.YES
    said = words.say(
        N_("the battery is saved now") if saved else N_("the battery is not saved now")
    )
    return Finding("battery", True, said, needed=False)


def _trust(words: Words) -> Finding:
    import ssl

    paths = ssl.get_default_verify_paths()
    if sys.platform in ("win32", "darwin"):
        return Finding("tls-store", True, words.say(N_("the system's own")))
    places = [item for item in (paths.cafile, paths.capath) if item and Path(item).exists()]
    filled = any(Path(item).is_file() or any(Path(item).iterdir()) for item in places)
    told = words.say(
        N_("{version}; authorities in {places}"),
        version=ssl.OPENSSL_VERSION,
        places=", ".join(places) or words.say(N_("no place")),
    )
    return Finding("tls-store", filled, told, "ca-certificates")


def _session_bus(words: Words) -> Finding:
    address = os.environ.get("DBUS_SESSION_BUS_ADDRESS")
    fallback = Path(os.environ.get("XDG_RUNTIME_DIR", f"/run/user/{os.getuid()}")) / "bus"
    if address or fallback.exists():
        return Finding("d-bus", True, address or f"unix:path={fallback}", needed=False)
    return Finding(
        "d-bus",
        False,
        words.say(N_("there is no session bus, so no keyring can be reached over it")),
        words.say(N_("dbus-user-session; without a desktop: dbus-run-session -- roammail …")),
        needed=False,
    )


def _qt(words: Words) -> Finding:
    install = "pip install 'roammail[window]'"
    if importlib.util.find_spec("PySide6") is None:
        said = words.say(N_("not installed; the command line needs none"))
        return Finding("qt", False, said, install, False)
    code = "import PySide6.QtWidgets as q, PySide6; print(PySide6.__version__)"
    try:
        # In a process of its own: a missing system library can end the whole process.
        run = subprocess.run(  # noqa: S603  (our own interpreter and our own words)
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            timeout=_QT_PATIENCE,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        said = words.say(N_("could not be tried ({why})"), why=type(error).__name__)
        return Finding("qt", False, said, "", False)
    if run.returncode == 0:
        return Finding("qt", True, f"PySide6 {run.stdout.strip()}", needed=False)
    lines = run.stderr.strip().splitlines()
    libraries = "libegl1 libgl1 libxkbcommon0 libdbus-1-3 libfontconfig1"
    said = lines[-1] if lines else words.say(N_("it does not start"))
    return Finding("qt", False, said, libraries, False)


def _json(item: Finding) -> Json:
    return {
        "name": item.name,
        "outcome": "ok" if item.ok else "missing",
        "needed": item.needed,
        "detail": item.detail,
        "install": item.install if not item.ok else "",
    }


def _said(item: Finding, words: Words) -> str:
    detail = item.detail if item.detail.endswith(".") else f"{item.detail}."
    told = f"{item.name}: {detail}"
    if not item.install:
        return told
    advice = words.say(N_("To install: {what}"), what=item.install)
    return f"{told} {advice}."


def _view(findings: list[Finding], words: Words, look: Look) -> RenderableType:
    table = Table.grid(padding=(0, 2, 0, 0))
    for _ in range(3):
        table.add_column(overflow="fold")
    for item in findings:
        mark, style = (look.done, "green") if item.ok else (look.failed, "bold red")
        if not item.ok and not item.needed:
            mark, style = look.skipped, "yellow"
        word = words.say(N_("ok") if item.ok else N_("missing"))
        detail = display(item.detail, 300)
        if item.install and not item.ok:
            detail += "\n" + words.say(N_("To install: {what}"), what=item.install)
        title = words.say(_TITLES.get(item.name, item.name))
        table.add_row(Text(f"{mark} {word}", style=style), title, Text(detail))
    lacking = [item for item in findings if item.needed and not item.ok]
    ready, not_yet = N_("RoamMail has what it needs."), N_("RoamMail cannot work here yet.")
    last = words.say(not_yet if lacking else ready)
    return Group(table, Text(last, style="bold red" if lacking else "bold green"))
