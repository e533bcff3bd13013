"""`python -m tests.lab [PLACE [COMMAND]]`: a shell, or one command, on the laptop in a place."""

import subprocess
import sys
import tempfile
from pathlib import Path

from tests.canary import secret
from tests.lab.world.inside import ROOT, entering
from tests.lab.world.lab import Lab
from tests.lab.world.matrix import MATRIX
from tests.lab.world.places import PLACES
from tests.lab.world.servers import FRIEND, TRAVELLER

_INSIDE = "--inside"
_PERSONAL = "me"


def main(arguments: list[str]) -> int:
    """The exit code of the command, 64 for an unknown place."""
    if arguments[:1] == [_INSIDE]:
        return _inside(Path(arguments[1]), arguments[2], arguments[3])
    place, command = [*arguments, "", ""][:2]
    if (place or "home") not in PLACES:
        sys.stderr.write(f"There is no {place!r}; there are {', '.join(PLACES)}.\n")
        return 64
    with tempfile.TemporaryDirectory(prefix="lab-", dir="/tmp") as folder:
        Path(folder).chmod(0o755)
        program = [sys.executable, "-m", "tests.lab", _INSIDE, folder, place or "home", command]
        return subprocess.run([*entering(), *program], cwd=ROOT, check=False).returncode


def _inside(folder: Path, place: str, command: str) -> int:
    sys.stderr.write("The servers start …\n")
    lab = Lab(folder)
    lab.move(place)
    laptop = lab.laptop(1)
    home = laptop.home / _PERSONAL
    home.mkdir(mode=0o700)
    environment = {**laptop.environment, "ROAMMAIL_HOME": str(home), "PS1": r"laptop \w $ "}
    shell = ["sh", "-c", command] if command else ["bash", "--norc", "-i"]
    if not command:
        _welcome(place)
    return subprocess.run(
        [*laptop.machine.enter[:-1], f"--wd={home}", "--", *shell], env=environment, check=False
    ).returncode


def _welcome(place: str) -> None:
    password = secret("account")
    sys.stderr.write(
        f"You are {TRAVELLER} ({password}), in {place}. A friend: {FRIEND}.\n"
        f"Try: roammail test --rcpt {FRIEND}\n"
        f"The table says that mail from here takes: {MATRIX[place].takes}\n"
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
