"""The import dialog: which file, in which format, how its frames are matched and what its labels become."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.formats.placing import Match
from app.formats.registry import FORMATS
from app.tasks.exchange import Becomes
from widgets.dialogs.ask import Ask
from widgets.wheel import let_wheel_scroll

_MATCHES = {
    Match.AUTO: "as the file allows: by number, else by name, else by time",
    Match.NUMBER: "by number, counted from 0",
    Match.NAME: "by file name",
    Match.TIME: "by time stamp",
}
_BECOME = {
    Becomes.ANCHORS: "anchors",
    Becomes.DERIVED: "derived labels",
    Becomes.AS_TOLD: "what the file says they are, else anchors",
}


class ImportDialog(QDialog):
    """Asks what to import; `wanted` carries the path, the format's name, a `Match` and a `Becomes`."""

    wanted = Signal(Path, str, object, object)

    def __init__(self, ask: Ask, folder: Path, format_name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Import labels")
        self.setMinimumWidth(560)
        self._ask = ask
        self._folder = folder
        self.format_box = QComboBox()
        for name, found in FORMATS.items():
            if found.can_read:
                self.format_box.addItem(found.title, name)
        self.format_box.setCurrentIndex(max(0, self.format_box.findData(format_name)))
        self.summary = QLabel()
        self.summary.setWordWrap(True)
        self.summary.setProperty("muted", True)
        self.path_box = QLineEdit()
        file_button, folder_button = QPushButton("File…"), QPushButton("Folder…")
        file_button.clicked.connect(self.ask_for_file)
        folder_button.clicked.connect(self.ask_for_folder)
        self.match_box = QComboBox()
        for match, words in _MATCHES.items():
            self.match_box.addItem(words, match)
        self.become_box = QComboBox()
        for becomes, words in _BECOME.items():
            self.become_box.addItem(words, becomes)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.import_button = self.buttons.addButton("Import", QDialogButtonBox.ButtonRole.AcceptRole)
        self.import_button.setProperty("primary", True)
        self.buttons.accepted.connect(self._on_accepted)
        self.buttons.rejected.connect(self.reject)

        place = QHBoxLayout()
        place.addWidget(self.path_box, 1)
        place.addWidget(file_button)
        place.addWidget(folder_button)
        form = QFormLayout()
        form.addRow("Format", self.format_box)
        form.addRow("", self.summary)
        form.addRow("File or folder", place)
        form.addRow("Match frames", self.match_box)
        form.addRow("Labels become", self.become_box)
        told = QLabel(
            "They come as new objects: nothing that is in the project is changed, and it is one step to undo."
        )
        told.setWordWrap(True)
        told.setProperty("muted", True)
        form.addRow("", told)
        column = QVBoxLayout(self)
        column.addLayout(form)
        column.addStretch(1)
        column.addWidget(self.buttons)
        let_wheel_scroll(self)
        self.format_box.currentIndexChanged.connect(self._show_format)
        self.path_box.textChanged.connect(self._show_readiness)
        self._show_format()
        self._show_readiness()

    @Slot()
    def ask_for_file(self) -> None:
        """Let the person choose a file."""
        self._ask.open_file("Labels to import", self._folder, "All files (*)", self._set_path)

    @Slot()
    def ask_for_folder(self) -> None:
        """Let the person choose a folder."""
        self._ask.open_folder("Folder of labels to import", self._folder, self._set_path)

    def _set_path(self, path: Path) -> None:
        self.path_box.setText(str(path))

    @Slot()
    def _show_format(self) -> None:
        summary = FORMATS[self.format_box.currentData()].summary
        self.summary.setText(f"{summary[:1].upper()}{summary[1:]}.")

    @Slot()
    def _show_readiness(self) -> None:
        self.import_button.setEnabled(bool(self.path_box.text().strip()))

    @Slot()
    def _on_accepted(self) -> None:
        path = Path(self.path_box.text().strip()).expanduser()
        self.wanted.emit(
            path,
            self.format_box.currentData(),
            Match(self.match_box.currentData()),
            Becomes(self.become_box.currentData()),
        )
        self.accept()
