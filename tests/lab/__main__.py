"""`python -m tests.lab [PLACE [COMMAND]]`: a shell, or one command, on the laptop in a place.
`python -m tests.lab --matrix`: the matrix of all places and profiles, as it is found now."""

import subprocess
import sys
from pathlib import Path

from tests.canary import secret
from tests.lab.world.inside import ROOT, entering, lab_folder, roaming_lab
from tests.lab.world.lab import Lab
from tests.lab.world.matrix import MATRIX
from tests.lab.world.places import PLACES
from tests.lab.world.servers import FRIEND, TRAVELLER
from tests.lab.world.visits import as_text, visits

_INSIDE = "--inside"
_PERSONAL = "me"


def main(arguments: list[str]) -> int:
    """The exit code of the command, 64 for an unknown place."""
    if arguments[:1] == [_INSIDE]:
        return _inside(Path(arguments[1]), arguments[2], arguments[3])
    if arguments[:1] == ["--matrix"]:
        return _matrix()
    place, command = [*arguments, "", ""][:2]
    if (place or "home") not in PLACES:
        sys.stderr.write(f"There is no {place!r}; there are {', '.join(PLACES)}.\n")
        return 64
    with lab_folder() as folder:
        words = [_INSIDE, str(folder), place or "home", command]
        program = [sys.executable, "-m", "tests.lab", *words]
        return subprocess.run([*entering(), *program], cwd=ROOT, check=False).returncode


def _matrix() -> int:
    """Prints it; 1 where it is not what the table says."""
    with roaming_lab() as lab, visits(lab, PLACES) as under_way:
        made = {place: visit.result() for place, visit in under_way.items()}
    sys.stdout.write(as_text(made) + "\n")
    as_wanted = {place: (row.cells, row.takes) for place, row in MATRIX.items()}
    return int({place: (v.cells, v.takes) for place, v in made.items()} != as_wanted)


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
