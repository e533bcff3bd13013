"""The command line: commands, and one renderer for people and for programs."""
