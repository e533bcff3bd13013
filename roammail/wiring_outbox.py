"""The smallest composition: the outbox and the worker's bell, for programs that hand a message
over and go. Asks no keyring and no network, so that it starts in a blink.
"""

import sys
from datetime import UTC, datetime
from pathlib import Path

from roammail.adapters.database import Database
from roammail.adapters.outbox_intake import take_in
from roammail.adapters.outbox_schema import OUTBOX
from roammail.adapters.workplace import HomeWorkplace
from roammail.core.envelope import ReadyMessage
from roammail.core.ring import Ring


def hand_over(home: Path, message: ReadyMessage) -> int:
    """Puts the message into the outbox, committed and synced, and sees to it that somebody
    works it: the worker that runs, else a process of its own that ends when nothing is due.

    Raises what the outbox raises.
    """
    workplace = HomeWorkplace(home)
    outbox_id = take_in(Database(home, OUTBOX), message, datetime.now(UTC))
    if workplace.occupied():
        workplace.ring(Ring.MAIL)
    else:
        _work_once()
    return outbox_id


def _work_once() -> None:
    """Starts `roammail serve --once`, which outlives us. It says nothing: what it does, and
    why it fails, stands in the outbox."""
    import subprocess

    subprocess.Popen(
        [sys.executable, "-m", "roammail", "serve", "--once"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
