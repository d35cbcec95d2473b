"""Starts Qt, opens the window, and waits until it is closed."""

from __future__ import annotations

import gc
import logging
import signal
import sys
from pathlib import Path
from types import TracebackType

from PySide6.QtWidgets import QApplication

from app.desk.workspace import Workspace
from widgets.icons import application_icon
from widgets.main_window import MainWindow
from widgets.settings import Settings

_log = logging.getLogger(__name__)


def run_window(path: str | Path | None = None) -> int:
    """Open the window, with `path` in it if given, and return the exit code once it is closed. Main thread."""
    application = make_application(sys.argv[:1])
    window = MainWindow(Workspace(), Settings())
    _report_faults(window)
    # A kill loses at most the stroke in hand, so Ctrl+C in the terminal may simply be one.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    window.show()
    gc.freeze()  # all this stays: looking through it for garbage takes 35 ms each time (measured)
    if path is not None:
        window.files.open_path(Path(path))
    return application.exec()


def make_application(arguments: list[str]) -> QApplication:
    """Return Qt's application, named and dressed as ours; the one that exists, if it does."""
    existing = QApplication.instance()
    application = existing if isinstance(existing, QApplication) else QApplication(arguments)
    application.setApplicationName("throughline")
    application.setWindowIcon(application_icon())
    application.setStyle("Fusion")
    return application


def _report_faults(window: MainWindow) -> None:
    """Tell the person about an exception that nobody caught, instead of only the terminal."""

    def report(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        _log.error("not caught", exc_info=(kind, error, trace))
        sys.__excepthook__(kind, error, trace)
        window.messages.warn(f"Something went wrong inside ({kind.__name__}: {error}). Your labels are on disk.")

    sys.excepthook = report
