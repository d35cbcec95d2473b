"""The export dialog: which format, where to, and what will not survive it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.formats.interface import LabelSource
from app.formats.registry import FORMATS
from app.tasks.exchange import export_notes


class ExportDialog(QDialog):
    """Asks what to export where; `wanted` carries the format's name and the folder. Never stops the window."""

    wanted = Signal(str, Path)

    def __init__(self, source: LabelSource, proposed: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Export")
        self.setMinimumWidth(520)
        self._source = source
        self._proposed = proposed
        self.format_box = QComboBox()
        for name, found in FORMATS.items():
            if found.can_write:
                self.format_box.addItem(found.title, name)
        self.summary = _wrapped(muted=True)
        self.notes = _wrapped(muted=False)
        self.folder_box = QLineEdit()
        browse = QPushButton("Browse…")
        browse.clicked.connect(self._on_browse)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.export_button = self.buttons.addButton("Export", QDialogButtonBox.ButtonRole.AcceptRole)
        self.export_button.setProperty("primary", True)
        self.buttons.accepted.connect(self._on_accepted)
        self.buttons.rejected.connect(self.reject)

        place = QHBoxLayout()
        place.addWidget(self.folder_box, 1)
        place.addWidget(browse)
        form = QFormLayout()
        form.addRow("Format", self.format_box)
        form.addRow("", self.summary)
        form.addRow("New folder", place)
        form.addRow("", self.notes)
        column = QVBoxLayout(self)
        column.addLayout(form)
        column.addStretch(1)
        column.addWidget(self.buttons)
        self.format_box.currentIndexChanged.connect(self.show_format)
        self.folder_box.textChanged.connect(self._on_folder_typed)
        self.show_format()

    @property
    def format_name(self) -> str:
        """Return the chosen format."""
        return self.format_box.currentData()

    @Slot()
    def show_format(self) -> None:
        """Say what the format is, what it cannot hold, and propose a folder."""
        chosen = FORMATS[self.format_name]
        self.summary.setText(f"{chosen.summary[:1].upper()}{chosen.summary[1:]}.")
        self.notes.setText("\n".join(export_notes(self._source, chosen.name)))
        self.folder_box.setText(str(self._proposed.with_name(f"{self._proposed.name}-{chosen.name}")))

    @Slot()
    def _on_folder_typed(self) -> None:
        self.export_button.setEnabled(bool(self.folder_box.text().strip()))

    @Slot()
    def _on_browse(self) -> None:
        dialog = QFileDialog(self, "Folder for the export", str(Path(self.folder_box.text()).parent))
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self.folder_box.setText)
        dialog.open()

    @Slot()
    def _on_accepted(self) -> None:
        self.wanted.emit(self.format_name, Path(self.folder_box.text().strip()).expanduser())
        self.accept()


def _wrapped(*, muted: bool) -> QLabel:
    made = QLabel()
    made.setWordWrap(True)
    made.setProperty("muted", muted)
    return made
