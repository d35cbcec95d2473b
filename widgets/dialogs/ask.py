"""Questions to the person that do not stop the window: each answer comes through a callback.

Nothing here is `exec`ed. Tests pass an object of their own that answers at once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication, QColorDialog, QDialog, QFileDialog, QInputDialog, QMessageBox, QWidget

from app.errors import UserError

Then = Callable[[Path], None]


class Ask:
    """Opens dialogs over one window. GUI thread only."""

    def __init__(self, window: QWidget) -> None:
        self._window = window

    def open_file(self, title: str, folder: Path, pattern: str, then: Then) -> None:
        """Ask for a file that exists."""
        self._files(title, folder, QFileDialog.FileMode.ExistingFile, then, pattern)

    def open_folder(self, title: str, folder: Path, then: Then) -> None:
        """Ask for a folder that exists."""
        self._files(title, folder, QFileDialog.FileMode.Directory, then)

    def save_file(self, title: str, proposed: Path, pattern: str, suffix: str, then: Then) -> None:
        """Ask for a file to write; one that exists is asked about by the dialog itself."""
        dialog = self._files(title, proposed.parent, QFileDialog.FileMode.AnyFile, then, pattern)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix(suffix)
        dialog.selectFile(str(proposed))

    def _files(
        self, title: str, folder: Path, mode: QFileDialog.FileMode, then: Then, pattern: str = ""
    ) -> QFileDialog:
        dialog = QFileDialog(self._window, title, str(folder), pattern)
        dialog.setFileMode(mode)
        if mode is QFileDialog.FileMode.Directory:
            dialog.setOption(QFileDialog.Option.ShowDirsOnly, False)  # seeing the frames tells the right folder
        dialog.fileSelected.connect(lambda name: then(Path(name)))
        _open(dialog)
        return dialog

    def colour(self, initial: QColor, title: str, then: Callable[[QColor], None]) -> None:
        """Ask for a colour."""
        dialog = QColorDialog(initial, self._window)
        dialog.setWindowTitle(title)
        dialog.colorSelected.connect(then)
        _open(dialog)

    def words(self, title: str, question: str, initial: str, then: Callable[[str], None]) -> None:
        """Ask for some words."""
        dialog = QInputDialog(self._window)
        dialog.setWindowTitle(title)
        dialog.setLabelText(question)
        dialog.setTextValue(initial)
        dialog.textValueSelected.connect(then)
        _open(dialog)

    def choose(self, title: str, text: str, choices: Mapping[str, Callable[[], None]]) -> None:
        """Ask which of several things to do, beside doing nothing; over the dialog that is open, if any."""
        over = QApplication.activeModalWidget() or self._window
        box = QMessageBox(QMessageBox.Icon.Question, title, text, parent=over)
        buttons = {box.addButton(word, QMessageBox.ButtonRole.AcceptRole): act for word, act in choices.items()}
        box.addButton(QMessageBox.StandardButton.Cancel)
        box.buttonClicked.connect(lambda button: buttons.get(button, _nothing)())
        _open(box)

    def tell(self, error: UserError) -> None:
        """Tell that something the person asked for could not be done, and what to do about it."""
        box = QMessageBox(QMessageBox.Icon.Warning, "Throughline", f"{error.problem}.", parent=self._window)
        box.setInformativeText(f"{error.remedy[:1].upper()}{error.remedy[1:]}.")
        box.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        box.addButton(QMessageBox.StandardButton.Close)
        _open(box)


def _open(dialog: QDialog) -> None:
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.open()


def _nothing() -> None:
    pass
