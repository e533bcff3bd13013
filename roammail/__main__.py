"""Chooses window, command line, or the one answer that needs neither; nothing else."""

import sys


def main() -> None:
    """Entry point of `roammail` and of `python -m roammail`."""
    if sys.argv[1:] == ["--version"]:
        from roammail.cli.version import told

        if told():
            return
    from roammail.cli.app import main as command_line

    sys.exit(command_line())


if __name__ == "__main__":
    main()
