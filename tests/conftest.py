"""What holds for every test: a home of its own, no way to the user's keyring, bus or files,
tools that are missing, and the search for secrets in all that the suite wrote.

Knows nothing of RoamMail itself.
"""

import os
import shutil
import subprocess
import tempfile
from collections import defaultdict
from pathlib import Path

import pytest
from _pytest.runner import runtestprotocol  # what plugins that repeat tests use
from hypothesis import HealthCheck, settings

from tests import canary, leaks
from tests.adapters.gnome_keyring import ENDED_BY_ITSELF

#: One folder for everything that this run writes; workers of pytest-xdist inherit it.
_ROOT_NAME = "ROAMMAIL_TEST_ROOT"

#: What leads out of the test's own world.
_CLEARED = (
    "DBUS_SESSION_BUS_ADDRESS",
    "DBUS_SYSTEM_BUS_ADDRESS",
    "DISPLAY",
    "WAYLAND_DISPLAY",
    "GNOME_KEYRING_CONTROL",
    "SSH_AUTH_SOCK",
    "PYTHON_KEYRING_BACKEND",
    "ROAMMAIL_HOME",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "http_proxy",
    "https_proxy",
    "all_proxy",
)

#: Names that a test may use for what it needs, and the program that shows it is there.
_PROGRAMS = {
    "dbus": "dbus-run-session",
    "dovecot-core": "dovecot",
    "gnome-keyring": "gnome-keyring-daemon",
    "iproute2": "ip",
    "network-manager": "NetworkManager",
    "networkmanager": "NetworkManager",
    "nftables": "nft",
    "procps": "ps",
}


@pytest.hookimpl(tryfirst=True)  # before the plugin that makes pytest's temporary folder
def pytest_configure(config: pytest.Config) -> None:
    """Moves the run into its own world before anything of ours is imported."""
    controller = not hasattr(config, "workerinput")
    if controller:
        os.environ[_ROOT_NAME] = tempfile.mkdtemp(prefix="rm-", dir="/tmp")
    os.environ["OPENBLAS_NUM_THREADS"] = "1"  # there is a worker for each core already
    root = Path(os.environ[_ROOT_NAME])
    _leave_the_users_world(root)
    if controller and not config.option.basetemp:
        config.option.basetemp = str(root / "t")
    if config.option.log_level is None:
        config.option.log_level = "DEBUG"  # what is logged at any level is searched for secrets
    leaks.watch(root / "leaks.txt")
    _give_examples_their_time()


def _give_examples_their_time() -> None:
    """Hypothesis measures each example, and fails the test where the machine is slow."""
    slow = [HealthCheck.too_slow]
    settings.register_profile("slow", settings(), deadline=None, suppress_health_check=slow)
    settings.load_profile("slow")


def _leave_the_users_world(root: Path) -> None:
    for name in [*_CLEARED, *(name for name in os.environ if name.startswith("XDG_"))]:
        os.environ.pop(name, None)
    for name, folder in (("HOME", "home"), ("TMPDIR", "tmp"), ("HYPOTHESIS", "hypothesis")):
        (root / folder).mkdir(mode=0o700, exist_ok=True)
        variable = "HYPOTHESIS_STORAGE_DIRECTORY" if name == "HYPOTHESIS" else name
        os.environ[variable] = str(root / folder)
    # No daemon listens there: whoever asks for the system's bus is told so at once.
    os.environ["DBUS_SYSTEM_BUS_ADDRESS"] = f"unix:path={root}/no-system-bus"
    os.environ["NO_PROXY"] = "*"
    tempfile.tempdir = None
    os.environ["PATH"] += ":/usr/local/sbin:/usr/sbin:/sbin"


@pytest.fixture
def roammail_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder that holds every file of RoamMail in this test; HOME is in it too."""
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("ROAMMAIL_HOME", str(home / "roammail"))
    return home / "roammail"


def _missing(tool: str) -> str | None:
    """Why the tool cannot be used; None if it can."""
    if tool == "root":
        return None if os.geteuid() == 0 else "needs root"
    if tool == "users" and os.geteuid() != 0:
        mapped = ["unshare", "--user", "--map-root-user", "--map-auto", "true"]
        tried = subprocess.run(mapped, capture_output=True, check=False)
        why = "needs root, or newuidmap (uidmap) and a range of users in /etc/subuid"
        return None if tried.returncode == 0 else why
    if tool == "users":
        return None
    if tool in ("namespaces", "netns"):
        flags = "-nm" if os.geteuid() == 0 else "-Urnm"
        tried = subprocess.run(["unshare", flags, "true"], capture_output=True, check=False)
        return None if tried.returncode == 0 else "needs network namespaces (unshare)"
    program = _PROGRAMS.get(tool, tool)
    return None if shutil.which(program) else f"needs {tool} ({program} is not installed)"


def _in_ci() -> bool:
    return os.environ.get("CI", "").lower() in ("1", "true", "yes")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
    """Runs a test again whose gnome-keyring aborted: seen once in some hundred starts of its
    version 42, under load. Whatever else fails is not run again."""
    if not any("gnome-keyring" in marker.args for marker in item.iter_markers("needs")):
        return None
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    for _ in range(3):
        reports = runtestprotocol(item, nextitem=nextitem, log=False)
        if not any(ENDED_BY_ITSELF in str(r.longrepr) for r in reports if r.failed):
            break
        item._initrequest()  # type: ignore[attr-defined]
    for report in reports:
        item.ihook.pytest_runtest_logreport(report=report)
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    return True


def pytest_runtest_setup(item: pytest.Item) -> None:
    """A missing tool: a skip that says so; in CI a failure, so that nothing goes untested."""
    for marker in item.iter_markers("needs"):
        for tool in marker.args:
            if reason := _missing(tool):
                if _in_ci():
                    pytest.fail(f"{reason}; CI must have it", pytrace=False)
                pytest.skip(reason)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Searches what the test printed."""
    for title, text in report.sections:
        if canary.found_in(text):
            leaks.note(report.nodeid, title)


@pytest.hookimpl(tryfirst=True)  # before the terminal's summary, which reports it
def pytest_sessionfinish(session: pytest.Session) -> None:
    """The last word: a secret anywhere in what the suite wrote fails the run."""
    if hasattr(session.config, "workerinput"):
        return
    root = Path(os.environ[_ROOT_NAME])
    for path in canary.leaking_files(root):
        leaks.note("the suite", f"the file {path}")
    if leaks.noted() and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Names leaks, and on a desktop what was skipped for want of a tool."""
    if found := leaks.noted():
        terminalreporter.section("secrets in what the suite wrote", red=True)
        for line in found:
            terminalreporter.line(line)
        terminalreporter.line(f"What the run wrote is kept in {os.environ[_ROOT_NAME]}")
    skipped: dict[str, int] = defaultdict(int)
    for report in terminalreporter.stats.get("skipped", []):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else "unknown"
        skipped[str(reason).removeprefix("Skipped: ")] += 1
    if skipped and not _in_ci():
        terminalreporter.section("not run here, and why")
        for reason, count in sorted(skipped.items()):
            terminalreporter.line(f"{count} × {reason}")
        terminalreporter.line("packaging/system-packages.txt lists what the tests use.")


def pytest_unconfigure(config: pytest.Config) -> None:
    """Removes the run's world, unless a secret was found in it: then it is the evidence."""
    if not hasattr(config, "workerinput") and not leaks.noted():
        shutil.rmtree(os.environ[_ROOT_NAME], ignore_errors=True)
