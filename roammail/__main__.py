"""Chooses window or command line; nothing else."""

import sys


def main() -> None:
    """Entry point of `roammail` and of `python -m roammail`."""
    from roammail.cli.app import main as command_line

    sys.exit(command_line())


if __name__ == "__main__":
    main()
