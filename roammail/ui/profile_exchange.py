"""Profiles in and out of files: asks where, asks for the passphrase, says what became of it.

Files are read and written on the engine's side; the window only names them.
"""

import asyncio
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from roammail.core.errors import BadMessage, UserFacingError
from roammail.core.profile import AuthMethod
from roammail.core.secret import Secret
from roammail.engine.engine import Engine
from roammail.engine.profile_transfer import MAX_TRANSFER, ImportOutcome, ImportResult
from roammail.private_file import write_private
from roammail.ui.context import Context
from roammail.ui.dialogs.passphrase import ExportDialog, PassphraseDialog
from roammail.ui.problem_words import problem_words
from roammail.ui.theme import Tone
from roammail.words.display import display


class ProfileExchange(QObject):
    """`said` carries a sentence and its Tone."""

    said = Signal(str, object)

    def __init__(self, context: Context, window: QWidget) -> None:
        super().__init__(window)
        self._context, self._window = context, window

    def ask_import(self) -> None:
        """Asks for a file, then imports it."""
        say = self._context.say
        dialog = self._file_dialog(say("Import profiles"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(lambda name: self.import_file(Path(name)))
        dialog.open()

    def ask_export(self) -> None:
        """Asks whether with passwords, then where to."""
        dialog = ExportDialog(self._context, self._window)
        dialog.chosen.connect(self._ask_where)
        dialog.open()

    def import_file(self, path: Path, passphrase: Secret | None = None) -> None:
        """Adds the profiles of a file; asks for the passphrase if it has one."""

        async def work(engine: Engine) -> ImportResult:
            return await engine.book.import_profiles(await _read(path), passphrase)

        self._context.bridge.submit(
            work, self._imported, lambda error: self._not_imported(error, path), owner=self
        )

    def export_to(self, path: Path, passphrase: Secret | None) -> None:
        """Writes all profiles; with their passwords where there is a passphrase."""

        async def work(engine: Engine) -> None:
            text = await engine.book.export(passphrase is not None, passphrase)
            await asyncio.to_thread(write_private, path, text)

        words = self._context.say("The profiles are in “{file}”.", file=path.name)
        self._context.bridge.submit(
            work, lambda _done: self.said.emit(words, Tone.GOOD), self._failed, owner=self
        )

    def _ask_where(self, passphrase: object) -> None:
        say = self._context.say
        dialog = self._file_dialog(say("Export profiles"))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.selectFile("roammail-profiles.json")
        secret = passphrase if isinstance(passphrase, Secret) else None
        dialog.fileSelected.connect(lambda name: self.export_to(Path(name), secret))
        dialog.open()

    def _file_dialog(self, title: str) -> QFileDialog:
        dialog = QFileDialog(self._window, title)
        dialog.setNameFilters([self._context.say("Profiles (*.json)"), "* (*)"])
        dialog.finished.connect(dialog.deleteLater)
        return dialog

    def _imported(self, result: ImportResult) -> None:
        say, outcomes = self._context.say, [item.outcome for item in result.profiles]
        added = len(outcomes) - outcomes.count(ImportOutcome.SKIPPED)
        if not result.profiles:
            self.said.emit(say("The file holds no profile."), Tone.WARN)
            return
        words = say.many("{number} profile was added.", "{number} profiles were added.", added)
        lacking = [
            display(item.profile.name, 60)
            for item in result.profiles
            if item.outcome is not ImportOutcome.SKIPPED
            and item.profile.auth is not AuthMethod.NONE
            and not item.has_secret
        ]
        if lacking:
            names = ", ".join(f"“{name}”" for name in lacking[:5])
            words += " " + say("Enter the passwords of: {names}.", names=names)
        self.said.emit(words, Tone.WARN if lacking else Tone.GOOD)

    def _not_imported(self, error: Exception, path: Path) -> None:
        code = error.code if isinstance(error, UserFacingError) else ""
        if code not in ("passphrase-missing", "passphrase-wrong"):
            self._failed(error)
            return
        dialog = PassphraseDialog(self._context, path.name, self._window)
        dialog.show_wrong(code == "passphrase-wrong")
        dialog.entered.connect(lambda secret: self.import_file(path, secret))
        dialog.open()

    def _failed(self, error: Exception) -> None:
        unexpected = self._context.say("That failed. The details are in the log.")
        words = (
            problem_words(error, self._context.say)
            if isinstance(error, UserFacingError)
            else unexpected
        )
        self.said.emit(words, Tone.BAD)


async def _read(path: Path) -> str:
    try:
        octets = await asyncio.to_thread(_octets, path)
        return octets.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadMessage("import-damaged", "The file does not hold exported profiles.") from error
    except OSError as error:
        reason = (error.strerror or "unknown").lower()
        raise BadMessage("file-unreadable", f"“{path}” cannot be read: {reason}.") from error


def _octets(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(MAX_TRANSFER + 1)
