"""Words in the corner of the canvas: objects that are not plainly to be seen on this frame, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter

from app.project.verbs import CARRIED_KINDS
from engines.labels.presence import Presence
from widgets.timeline.stamps import draw_presence

if TYPE_CHECKING:
    from app.desk.workspace import Workspace

MOST_LINES = 6
_PAD_PX, _LINE_PX, _SWATCH_PX, _WIDTH_PX = 8, 20, 9, 260
_GROUND, _TEXT = QColor(0, 0, 0, 165), QColor(255, 255, 255, 235)


@dataclass(frozen=True, slots=True)
class PresenceNote:
    """One line: an object, and where it is."""

    name: str
    colour: tuple[int, int, int]
    presence: Presence


def presence_notes(workspace: Workspace, frame: int) -> tuple[PresenceNote, ...]:
    """Return a note for each object that is not hidden and has a label on `frame` that is not plainly visible."""
    if workspace.project is None:
        return ()
    notes = []
    for found in workspace.project.objects.values():
        if found.is_hidden or found.kind not in CARRIED_KINDS:
            continue
        shown = workspace.shown(found.object_id, frame)
        if shown is not None and shown[0].presence is not Presence.VISIBLE:
            notes.append(PresenceNote(found.name, found.colour, shown[0].presence))
    return tuple(notes)


def notes_rect(room: QSize, notes: Sequence[PresenceNote]) -> QRect:
    """Return where `notes` lie on a canvas of the size `room`: at the lower left."""
    n_lines = min(len(notes), MOST_LINES)
    if not n_lines:
        return QRect()
    height = n_lines * _LINE_PX + _PAD_PX
    width = min(_WIDTH_PX, room.width() - 2 * _PAD_PX)
    return QRect(_PAD_PX, room.height() - height - _PAD_PX, width, height)


def paint_notes(painter: QPainter, room: QSize, notes: Sequence[PresenceNote]) -> None:
    """Write them on a dark ground, each with the sign that the timeline has for it."""
    if not notes:
        return
    box = notes_rect(room, notes)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(_GROUND)
    painter.drawRoundedRect(box, 4, 4)
    lines = list(notes[:MOST_LINES])
    n_more = len(notes) - len(lines)
    for number, note in enumerate(lines):
        line = QRectF(box.left(), box.top() + _PAD_PX / 2 + number * _LINE_PX, box.width(), _LINE_PX)
        middle = line.center().y()
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(*note.colour))
        painter.drawRoundedRect(QRectF(line.left() + 9, middle - _SWATCH_PX / 2, _SWATCH_PX, _SWATCH_PX), 2, 2)
        draw_presence(painter, QPointF(line.left() + 32, middle), note.presence, _TEXT, QColor(0, 0, 0))
        words = f"{note.name}: {note.presence.words}"
        if n_more and number == len(lines) - 1:
            words = f"and {n_more + 1} others"
        painter.setPen(_TEXT)
        room_for_words = line.adjusted(44, 0, -_PAD_PX, 0)
        elided = painter.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, int(room_for_words.width()))
        painter.drawText(room_for_words, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, elided)
