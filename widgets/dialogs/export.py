"""The export dialog: which format, what goes along, where to, which files will be there and what gets lost."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QDoubleSpinBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.errors import UserError
from app.formats.look import OPTIONS, Look
from app.formats.registry import FORMATS
from app.formats.tree import folded
from app.tasks.exchange import ExportPlan, Wanted
from widgets.dialogs.option_field import option_field
from widgets.wheel import let_wheel_scroll

_TREE_LINES = 8
_TREE_MOST = 500
"""Lines of the tree that are shown: more nobody reads, and the window must not wait for them."""


class ExportDialog(QDialog):
    """Asks what to export where. Never stops the window.

    `changed` asks for a plan of what is chosen, which `show_plan` takes whenever it comes. `wanted_now` says that it is
    to be exported, and who hears that ends the dialog with `accept`, or leaves it open.
    """

    changed = Signal()
    wanted_now = Signal()

    def __init__(self, proposed: Path, format_name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Export")
        self.setMinimumWidth(620)
        self._proposed = proposed
        self.plan: ExportPlan | None = None
        """What an export of what is chosen would write, once that is known."""
        self.format_box = QComboBox()
        for name, found in FORMATS.items():
            if found.can_write:
                self.format_box.addItem(found.title, name)
        self.format_box.setCurrentIndex(max(0, self.format_box.findData(format_name)))
        self.summary = _wrapped(muted=True)
        self.anchors_box = QCheckBox("Anchors alone")
        self.anchors_box.setToolTip("Leave out what runs made.")
        self.confidence_box = QDoubleSpinBox(minimum=0, maximum=1, singleStep=0.05, decimals=2)
        self.confidence_box.setButtonSymbols(QDoubleSpinBox.ButtonSymbols.NoButtons)
        self.confidence_box.setToolTip("Derived labels that a run was less sure of are left out.")
        self.pictures_box = QCheckBox("The clip's pictures, as JPEG")
        self.options = {name: option_field(option, self._on_changed) for name, option in OPTIONS.items()}
        self.tree = QPlainTextEdit()
        self.tree.setReadOnly(True)
        self.tree.setFixedHeight(self.tree.fontMetrics().lineSpacing() * (_TREE_LINES + 1))
        self.notes = _wrapped(muted=False)
        self.folder_box = QLineEdit()
        browse = QPushButton("Browse…")
        browse.clicked.connect(self._on_browse)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.export_button = self.buttons.addButton("Export", QDialogButtonBox.ButtonRole.AcceptRole)
        self.export_button.setProperty("primary", True)
        self.buttons.accepted.connect(self.wanted_now)
        self.buttons.rejected.connect(self.reject)

        place = QHBoxLayout()
        place.addWidget(self.folder_box, 1)
        place.addWidget(browse)
        self._form = self._filled_form(place)
        self._column = QVBoxLayout(self)
        self._column.addLayout(self._form)
        self._column.addStretch(1)
        self._column.addWidget(self.buttons)
        let_wheel_scroll(self)
        self.format_box.currentIndexChanged.connect(self.show_format)
        self.anchors_box.toggled.connect(self._on_changed)
        self.confidence_box.valueChanged.connect(self._on_changed)
        self.pictures_box.toggled.connect(self._on_changed)
        self.folder_box.textChanged.connect(self._show_readiness)
        self.show_format()

    def _filled_form(self, place: QHBoxLayout) -> QFormLayout:
        form = QFormLayout()
        form.addRow("Format", self.format_box)
        form.addRow("", self.summary)
        form.addRow("Labels", self.anchors_box)
        form.addRow("Derived from confidence", self.confidence_box)
        form.addRow("Beside them", self.pictures_box)
        for name, (editor, _) in self.options.items():
            form.addRow(OPTIONS[name].title, editor)
        form.addRow("New folder", place)
        form.addRow("What will be there", self.tree)
        form.addRow("What gets lost", self.notes)
        return form

    @property
    def format_name(self) -> str:
        """Return the chosen format."""
        return self.format_box.currentData()

    @property
    def wanted(self) -> Wanted:
        """Return what is to go into the export."""
        with_pictures = self.pictures_box.isChecked() and self.pictures_box.isEnabled()
        look = Look(**{name: self.options[name][1]() for name in FORMATS[self.format_name].options})
        return Wanted(self.anchors_box.isChecked(), self.confidence_box.value(), with_pictures, look)

    @property
    def folder(self) -> Path:
        """Return where the export is to be."""
        return Path(self.folder_box.text().strip()).expanduser()

    @Slot()
    def show_format(self) -> None:
        """Say what the format is, and propose a folder."""
        chosen = FORMATS[self.format_name]
        self.summary.setText(f"{chosen.summary[:1].upper()}{chosen.summary[1:]}.")
        self.pictures_box.setEnabled(bool(chosen.pictures))
        self._form.setRowVisible(self.pictures_box, not chosen.options)
        for name, (editor, _) in self.options.items():
            self._form.setRowVisible(editor, name in chosen.options)
        self.folder_box.setText(str(self._proposed.with_name(f"{self._proposed.name}-{chosen.name}")))
        self._on_changed()

    def show_plan(self, plan: ExportPlan | UserError) -> None:
        """Show what an export of what is chosen would write and lose, or why there can be none."""
        self.plan = plan if isinstance(plan, ExportPlan) else None
        if isinstance(plan, ExportPlan):
            lines = folded(plan.files)
            more = [f"… and {len(lines) - _TREE_MOST:,} more"] if len(lines) > _TREE_MOST else []
            self.tree.setPlainText("\n".join(lines[:_TREE_MOST] + more))
            self.notes.setText("\n".join(plan.notes) or "Nothing.")
        else:
            self.tree.clear()
            self.notes.setText(str(plan))
        # Qt keeps no window as high as wrapped words need; the notes would lie over the tree.
        self._column.activate()
        self.setMinimumHeight(self._column.totalHeightForWidth(self.minimumWidth()))
        self._show_readiness()

    @Slot()
    def _on_changed(self) -> None:
        self.confidence_box.setEnabled(not self.anchors_box.isChecked())
        self.plan = None
        self._show_readiness()
        self.changed.emit()

    @Slot()
    def _show_readiness(self) -> None:
        self.export_button.setEnabled(self.plan is not None and bool(self.folder_box.text().strip()))

    @Slot()
    def _on_browse(self) -> None:
        dialog = QFileDialog(self, "Folder for the export", str(Path(self.folder_box.text()).parent))
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self.folder_box.setText)
        dialog.open()


def _wrapped(*, muted: bool) -> QLabel:
    made = QLabel()
    made.setWordWrap(True)
    made.setProperty("muted", muted)
    return made
