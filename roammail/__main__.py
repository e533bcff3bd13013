"""Chooses window, command line, or the one answer that needs neither; nothing else."""

import sys


def main() -> None:
    """Entry point of `roammail` and of `python -m roammail`."""
    args = sys.argv[1:]
    if args == ["--version"]:
        from roammail.cli.version import told

        if told():
            return
    from roammail.cli.window_start import plainly_asked, start

    plain = plainly_asked(args)
    if plain is None:
        from roammail.cli.app import main as command_line

        sys.exit(command_line(args))
    what, hidden = plain
    try:
        code = start(what, hidden=hidden)
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001  (the edge, see ended_by)
        from roammail.cli.app import ended_by

        code = ended_by(error)
    sys.exit(code)


if __name__ == "__main__":
    main()
