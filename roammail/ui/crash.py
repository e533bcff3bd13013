"""What happens when something of ours fails: it is logged, and shown with a report to copy.

The report holds versions, the place in our code, and the end of the log: no value of any
variable, no mail, no password (the log keeps none). The outbox is on disk and safe.
"""

import logging
import sys
import threading
from collections import deque
from collections.abc import Callable
from types import TracebackType

import PySide6
from PySide6.QtCore import QMessageLogContext, QObject, QtMsgType, Signal, qInstallMessageHandler

from roammail import __version__

_log = logging.getLogger(__name__)

#: Log lines that a report holds, and characters of one.
_LINES, _LINE = 60, 300
_LEVELS = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}

Error = type[BaseException]


class LogTail(logging.Handler):
    """Keeps the last lines, for the report."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.lines: deque[str] = deque(maxlen=_LINES)

    def emit(self, record: logging.LogRecord) -> None:
        # The record's own text only: what an exception says may hold what it failed on.
        kind = record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else ""
        said = f"{record.levelname} {record.name}: {record.getMessage()}"
        self.lines.append(f"{said} {kind}".strip()[:_LINE])


class CrashWatch(QObject):
    """`crashed` carries the report; it comes on the GUI thread, once until it is dismissed."""

    crashed = Signal(str)

    def __init__(
        self, note: Callable[[BaseException], object], parent: QObject | None = None
    ) -> None:
        """`note` writes the details into the log file."""
        super().__init__(parent)
        self._note = note
        self.tail = LogTail()
        self._before: tuple[object, ...] = ()

    def watch(self) -> None:
        """From now on."""
        logging.getLogger().addHandler(self.tail)
        self._before = (sys.excepthook, threading.excepthook)
        sys.excepthook = self._failed
        threading.excepthook = self._thread_failed
        qInstallMessageHandler(self._qt_said)

    def leave(self) -> None:
        """As it was before."""
        logging.getLogger().removeHandler(self.tail)
        if self._before:
            sys.excepthook, threading.excepthook = self._before  # type: ignore[assignment]
        qInstallMessageHandler(None)

    def report(self, kind: Error, trace: TracebackType | None) -> str:
        """What a person can send to those who mend it."""
        import platform
        import traceback

        places = [
            f"  {frame.filename.rpartition('roammail')[2] or frame.filename}:{frame.lineno} "
            f"{frame.name}"
            for frame in traceback.extract_tb(trace)
        ]
        system = f"Python {platform.python_version()}, {platform.system()} {platform.release()}"
        lines = [
            f"RoamMail {__version__}, PySide6 {PySide6.__version__}, {system}",
            "",
            f"{kind.__name__} at:",
            *places[-30:],
            "",
            "Before that:",
            *self.tail.lines,
        ]
        return "\n".join(lines)

    def _failed(self, kind: Error, error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            return
        report = self.report(kind, trace)
        self._note(error)
        self.crashed.emit(report)

    def _thread_failed(self, args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None and args.exc_type is not SystemExit:
            self._failed(args.exc_type, args.exc_value, args.exc_traceback)

    def _qt_said(self, kind: QtMsgType, context: QMessageLogContext, message: str) -> None:
        _log.log(_LEVELS.get(kind, logging.WARNING), "Qt: %s", message[:_LINE])
