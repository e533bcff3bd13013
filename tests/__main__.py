"""The whole run, as `make test` starts it: every test beside others, then the few that failed
again, alone.

A test that needs real servers can fail because a busy machine was slow; one that fails alone
too is a defect. What passes only alone is named at the end, so that nobody overlooks it. Where
one failure in a thousand would be a lost or a doubled message, nothing is run again.
"""

import json
import subprocess
import sys
from pathlib import Path

_TOP = Path(__file__).parent.parent
_LAST_FAILED = _TOP / ".pytest_cache" / "v" / "cache" / "lastfailed"
#: More failures than this are no accident.
_FEW = 5
#: A single failure here counts. What runs on fakes and counted clocks has no slow machine to
#: blame; a real server is among it where a test would see a message lost, doubled or cut short.
_COUNTS_AT_ONCE = (
    "tests/core/",
    "tests/engine/",
    "tests/outbox/",  # kills
    "tests/adapters/test_exclusive",
    "tests/adapters/test_file_lock",
    "tests/adapters/test_outbox",  # claims, the model, contents piece by piece
    "tests/adapters/test_smtp_content",
    "tests/adapters/test_smtp_faulty_pipelining",
    "tests/lab/test_faults",
    "tests/submission/test_large",
    "tests/submission/test_live",
    "tests/submission/test_load",
    "tests/test_no_secrets",
)


def main(arguments: list[str]) -> int:
    """The exit code: pytest's own, or 0 where all that failed passed alone."""
    _LAST_FAILED.unlink(missing_ok=True)
    code = _pytest(arguments)
    failed = _failed()
    if code != 1 or not 0 < len(failed) <= _FEW:
        return code
    if any(name.startswith(_COUNTS_AT_ONCE) for name in failed):
        return code
    print(f"\n{len(failed)} failed; run again, alone:", *failed, sep="\n  ", flush=True)
    again = _pytest(["-p", "no:cacheprovider", "-n", "0", *failed])
    if again == 0:
        print("\nUNSTEADY: failed beside other tests, passed alone:", *failed, sep="\n  ")
    return again


def _pytest(arguments: list[str]) -> int:
    return subprocess.run([sys.executable, "-m", "pytest", *arguments], cwd=_TOP).returncode


def _failed() -> list[str]:
    try:
        return sorted(map(_alone, json.loads(_LAST_FAILED.read_text("utf-8"))))
    except FileNotFoundError:
        return []


def _alone(name: str) -> str:
    """The test's own name: beside others, pytest-xdist puts its group behind it."""
    end = name.rfind("@")
    return name[:end] if end > name.rfind("]") else name


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
