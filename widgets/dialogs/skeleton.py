"""The skeleton dialog: choose the joints of an object of points, and change them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QColor
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.errors import UserError
from app.formats.skeletons import read_skeleton
from app.project.skeleton import Skeleton, skeleton_of
from app.project.skeleton_draft import SkeletonDraft
from widgets.dialogs.ask import Ask
from widgets.wheel import let_wheel_scroll

NO_SIDE = "–"
FILES = "Skeletons and points (*.json);;All files (*)"
NAME, COLOUR, OTHER_SIDE = range(3)


class SkeletonDialog(QDialog):
    """Asks for a skeleton; `wanted` carries the `Skeleton`.

    With `choices` one may start from any of them, from a file, or from nothing; without, `start` is edited. The title
    and the word on the button say what becomes of it. GUI thread only.
    """

    wanted = Signal(object)

    def __init__(
        self,
        ask: Ask,
        folder: Path,
        start: Skeleton,
        choices: Sequence[Skeleton] = (),
        words: tuple[str, str, str] = ("Skeleton", "", "Change"),
        parent: QWidget | None = None,
    ) -> None:
        """`words` are the title, a remark, and the word on the button."""
        super().__init__(parent)
        title, remark, verb = words
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(title)
        self.resize(720, 560)
        self._ask, self._folder = ask, folder
        self._draft = SkeletonDraft(start)
        self._is_filling = False
        self.choice_box = QComboBox()
        for each in choices:
            self.choice_box.addItem(each.name, each)
        self.choice_box.setCurrentIndex(next((n for n, each in enumerate(choices) if each == start), -1))
        self.file_button = QPushButton("From file…")
        self.file_button.setToolTip("Take the joints of a skeleton, or of a dataset of points, from its JSON")
        self.new_button = QPushButton("Empty")
        self.new_button.setToolTip("Begin with one joint")
        self.name_box = QLineEdit()
        self.joint_table = _table(("Joint", "Colour", "Other side"))
        self.bone_table = _table(("Bone from", "to"))
        self.told = QLabel()
        self.told.setWordWrap(True)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.accept_button = self.buttons.addButton(verb, QDialogButtonBox.ButtonRole.AcceptRole)
        self.accept_button.setProperty("primary", True)
        self._lay_out(remark, has_choices=bool(choices))
        let_wheel_scroll(self)
        self.choice_box.activated.connect(self._on_chosen)
        self.file_button.clicked.connect(self.ask_for_file)
        self.new_button.clicked.connect(self._on_new)
        self.name_box.textEdited.connect(self._on_named)
        self.joint_table.itemChanged.connect(self._on_joint_renamed)
        self.joint_table.cellDoubleClicked.connect(self._on_joint_double_clicked)
        self.buttons.accepted.connect(self._on_accepted)
        self.buttons.rejected.connect(self.reject)
        self._fill()

    def _lay_out(self, remark: str, *, has_choices: bool) -> None:
        form = QFormLayout()
        if has_choices:
            start = QHBoxLayout()
            start.addWidget(self.choice_box, 1)
            start.addWidget(self.file_button)
            start.addWidget(self.new_button)
            form.addRow("Start from", start)
        form.addRow("Name", self.name_box)
        joints, bones = QVBoxLayout(), QVBoxLayout()
        joints.addWidget(self.joint_table, 1)
        joints.addLayout(
            _row(
                ("Add", "Add a joint at the end", self._on_joint_added),
                ("Remove", "Remove the joint; labels keep it, so that undo brings it back", self._on_joint_removed),
                ("Up", "Place it earlier", partial(self._on_joint_moved, -1)),
                ("Down", "Place it later", partial(self._on_joint_moved, 1)),
            )
        )
        bones.addWidget(self.bone_table, 1)
        bones.addLayout(
            _row(
                ("Add", "Add a bone between two joints", self._on_bone_added),
                ("Remove", "Remove the bone", self._on_bone_removed),
            )
        )
        tables = QHBoxLayout()
        tables.addLayout(joints, 3)
        tables.addLayout(bones, 2)
        column = QVBoxLayout(self)
        column.addLayout(form)
        column.addLayout(tables, 1)
        if remark:
            note = QLabel(remark)
            note.setWordWrap(True)
            note.setProperty("muted", True)
            column.addWidget(note)
        column.addWidget(self.told)
        column.addWidget(self.buttons)

    @property
    def skeleton(self) -> Skeleton | None:
        """The skeleton as it is now, None where something does not fit."""
        try:
            return self._draft.skeleton()
        except ValueError:
            return None

    def start_from(self, skeleton: Skeleton) -> None:
        """Edit another skeleton."""
        self._draft = SkeletonDraft(skeleton)
        self._fill()

    @Slot()
    def ask_for_file(self) -> None:
        """Let the person choose a file with a skeleton."""
        self._ask.open_file("Skeleton from file", self._folder, FILES, self.read)

    def read(self, path: Path) -> None:
        """Take the skeleton in a file, or tell why there is none."""
        try:
            self.start_from(read_skeleton(path))
        except UserError as error:
            self._ask.tell(error)
            return
        self.choice_box.setCurrentIndex(-1)

    # what is shown

    def _fill(self) -> None:
        """Show the draft."""
        draft, self._is_filling = self._draft, True
        self.name_box.setText(draft.name)
        self.joint_table.setRowCount(len(draft.joints))
        for row, joint in enumerate(draft.joints):
            name = QTableWidgetItem(joint.name)
            self.joint_table.setItem(row, NAME, name)
            swatch = QTableWidgetItem()
            swatch.setBackground(QColor(*joint.colour))
            swatch.setFlags(Qt.ItemFlag.ItemIsEnabled)
            swatch.setToolTip("Double click to change the colour")
            self.joint_table.setItem(row, COLOUR, swatch)
            chosen = draft.other_side(joint.slot)
            box = self._slot_box(chosen, partial(self._on_other_side, joint.slot), but=joint.slot, has_none=True)
            self.joint_table.setCellWidget(row, OTHER_SIDE, box)
        self.bone_table.setRowCount(len(draft.bones))
        for row, bone in enumerate(draft.bones):
            for end, slot in enumerate(bone):
                self.bone_table.setCellWidget(row, end, self._slot_box(slot, partial(self._on_bone_end, row, end)))
        self._is_filling = False
        self._show_fault()

    def _slot_box(
        self, chosen: int | None, then: Callable[[int | None], None], *, but: int | None = None, has_none: bool = False
    ) -> QComboBox:
        """Return a box to choose a joint with."""
        box = QComboBox()
        box.setFrame(False)
        if has_none:
            box.addItem(NO_SIDE, None)
        for joint in self._draft.joints:
            if joint.slot != but:
                box.addItem(joint.name, joint.slot)
        box.setCurrentIndex(box.findData(chosen) if chosen is not None else 0)
        box.activated.connect(lambda place: then(box.itemData(place)))
        let_wheel_scroll(box)
        return box

    def _show_fault(self) -> None:
        try:
            self._draft.skeleton()
        except ValueError as error:
            self.told.setText(f"It cannot be used yet: {error}.")
            self.accept_button.setEnabled(False)
            return
        self.told.setText("")
        self.accept_button.setEnabled(True)

    # what is changed

    @Slot(int)
    def _on_chosen(self, place: int) -> None:
        self.start_from(self.choice_box.itemData(place))

    @Slot()
    def _on_new(self) -> None:
        self.choice_box.setCurrentIndex(-1)
        self.start_from(skeleton_of("New skeleton", ["joint 1"]))

    @Slot(str)
    def _on_named(self, name: str) -> None:
        self._draft.name = name

    @Slot(QTableWidgetItem)
    def _on_joint_renamed(self, item: QTableWidgetItem) -> None:
        if not self._is_filling and item.column() == NAME:
            self._draft.rename(self._draft.joints[item.row()].slot, item.text().strip())
            self._fill()

    @Slot(int, int)
    def _on_joint_double_clicked(self, row: int, column: int) -> None:
        if column == COLOUR:
            joint = self._draft.joints[row]
            then = partial(self._on_coloured, joint.slot)
            self._ask.colour(QColor(*joint.colour), f"Colour of {joint.name}", then)

    def _on_coloured(self, slot: int, colour: QColor) -> None:
        self._draft.recolour(slot, (colour.red(), colour.green(), colour.blue()))
        self._fill()

    def _on_other_side(self, slot: int, other: int | None) -> None:
        self._draft.set_other_side(slot, other)
        self._fill()

    def _on_joint_added(self) -> None:
        self._draft.add_joint()
        self._fill()
        self.joint_table.setCurrentCell(len(self._draft.joints) - 1, NAME)
        self.joint_table.edit(self.joint_table.currentIndex())

    def _on_joint_removed(self) -> None:
        row = self.joint_table.currentRow()
        if row >= 0:
            self._draft.remove_joint(self._draft.joints[row].slot)
            self._fill()

    def _on_joint_moved(self, step: int) -> None:
        row = self.joint_table.currentRow()
        if row >= 0:
            slot = self._draft.joints[row].slot
            self._draft.move_joint(slot, step)
            self._fill()
            self.joint_table.setCurrentCell([joint.slot for joint in self._draft.joints].index(slot), NAME)

    def _on_bone_added(self) -> None:
        self._draft.add_bone()
        self._fill()
        self.bone_table.setCurrentCell(len(self._draft.bones) - 1, 0)

    def _on_bone_removed(self) -> None:
        row = self.bone_table.currentRow()
        if row >= 0:
            del self._draft.bones[row]
            self._fill()

    def _on_bone_end(self, row: int, end: int, slot: int | None) -> None:
        if slot is not None:
            bone = list(self._draft.bones[row])
            bone[end] = slot
            self._draft.bones[row] = (bone[0], bone[1])
            self._fill()

    @Slot()
    def _on_accepted(self) -> None:
        skeleton = self.skeleton
        if skeleton is not None:
            self.wanted.emit(skeleton)
            self.accept()


def _table(titles: Sequence[str]) -> QTableWidget:
    table = QTableWidget(0, len(titles))
    table.setHorizontalHeaderLabels(list(titles))
    table.verticalHeader().hide()
    table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    header = table.horizontalHeader()
    header.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
    if len(titles) > 2:
        header.setSectionResizeMode(COLOUR, QHeaderView.ResizeMode.ResizeToContents)
    return table


def _row(*buttons: tuple[str, str, Callable[[], None]]) -> QHBoxLayout:
    row = QHBoxLayout()
    for word, tip, act in buttons:
        button = QPushButton(word)
        button.setToolTip(tip)
        button.setAutoDefault(False)
        button.clicked.connect(partial(_do, act))
        row.addWidget(button)
    row.addStretch(1)
    return row


def _do(act: Callable[[], None], _checked: bool = False) -> None:
    act()
