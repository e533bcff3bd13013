"""Whether RoamMail starts when the person logs in: a file or an entry of the system's own.

The XDG form is run by the tests; those for macOS and Windows are written after the systems'
documentation and have not run there.
"""

import os
import plistlib
import sys
from collections.abc import Sequence
from pathlib import Path

_ID = "org.roammail.RoamMail"
_WINDOWS_KEY = r"Software\Microsoft\Windows\CurrentVersion\Run"


class XdgAutostart:
    """A .desktop file in the autostart folder (Desktop Application Autostart Specification)."""

    def __init__(self, command: Sequence[str], folder: Path | None = None) -> None:
        config = os.environ.get("XDG_CONFIG_HOME")
        home = Path(config) if config else Path.home() / ".config"
        self._file = (folder or home / "autostart") / f"{_ID}.desktop"
        self._command = tuple(command)

    def enabled(self) -> bool:
        """Whether the file is there."""
        return self._file.is_file()

    def set(self, wanted: bool) -> None:
        """Raises OSError."""
        if not wanted:
            self._file.unlink(missing_ok=True)
            return
        self._file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        lines = (
            "[Desktop Entry]",
            "Type=Application",
            "Name=RoamMail",
            f"Exec={' '.join(_quoted(word) for word in self._command)}",
            f"Icon={_ID}",
            "X-GNOME-Autostart-enabled=true",
            "",
        )
        self._file.write_text("\n".join(lines), encoding="utf-8")


class LaunchAgent:
    """A property list in ~/Library/LaunchAgents (launchd.plist). Not run yet."""

    def __init__(self, command: Sequence[str], folder: Path | None = None) -> None:
        self._file = (folder or Path.home() / "Library" / "LaunchAgents") / f"{_ID}.plist"
        self._command = list(command)

    def enabled(self) -> bool:
        """Whether the file is there."""
        return self._file.is_file()

    def set(self, wanted: bool) -> None:
        """Raises OSError."""
        if not wanted:
            self._file.unlink(missing_ok=True)
            return
        self._file.parent.mkdir(parents=True, exist_ok=True)
        content = {"Label": _ID, "ProgramArguments": self._command, "RunAtLoad": True}
        self._file.write_bytes(plistlib.dumps(content))


class RunKey:
    """A value under HKEY_CURRENT_USER's Run key. Not run yet."""

    def __init__(self, command: Sequence[str]) -> None:
        from subprocess import list2cmdline

        self._command = list2cmdline(command)

    def enabled(self) -> bool:
        """Whether the value is there."""
        if sys.platform == "win32":
            import winreg

            try:
                with winreg.OpenKey(winreg.HKEY_CURRENT_USER, _WINDOWS_KEY) as key:
                    winreg.QueryValueEx(key, _ID)
            except FileNotFoundError:
                return False
            return True
        return False

    def set(self, wanted: bool) -> None:
        """Raises OSError."""
        if sys.platform == "win32":
            import winreg

            there = self.enabled()
            with winreg.CreateKey(winreg.HKEY_CURRENT_USER, _WINDOWS_KEY) as key:
                if wanted:
                    winreg.SetValueEx(key, _ID, 0, winreg.REG_SZ, self._command)
                elif there:
                    winreg.DeleteValue(key, _ID)


Autostart = XdgAutostart | LaunchAgent | RunKey


def autostart(command: Sequence[str]) -> Autostart:
    """This system's way; `command` is what is run at login."""
    if sys.platform == "darwin":
        return LaunchAgent(command)
    if sys.platform == "win32":
        return RunKey(command)
    return XdgAutostart(command)


def _quoted(word: str) -> str:
    """As the Desktop Entry Specification wants it in Exec."""
    word = word.replace("%", "%%")
    plain = word and all(c.isalnum() or c in "-_./:@%+," for c in word)
    if plain:
        return word
    inner = "".join(f"\\{c}" if c in '"`$\\' else c for c in word)
    return f'"{inner}"'.replace("\\", "\\\\")


__all__ = ["Autostart", "LaunchAgent", "RunKey", "XdgAutostart", "autostart"]
