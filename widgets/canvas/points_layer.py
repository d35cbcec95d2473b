"""The objects' points on the canvas: joints in the colours of their skeleton, bones and rims in their object's."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

from app.project.model import Object, Provenance
from engines.labels.points import Joint, Points
from widgets.canvas.viewport import Viewport

if TYPE_CHECKING:
    from app.desk.seen_labels import ShownPoints

JOINT_PX, SELECTED_JOINT_PX = 3.5, 4.5
"""Radii, on the screen: a joint is a place, and looks alike at any zoom."""
GRAB_PX = 9.0
"""Screen pixels within which a joint is pointed at."""
REACH_PX = 14.0
"""How far beyond its joints anything of an object is drawn."""
BONE_PX, CASING_PX = 2.0, 4.0
_DARK = QColor(0, 0, 0, 150)
_UNSURE = QColor(255, 190, 40)
_TRAIL_ALPHA, _GHOST_ALPHA = 190, 110

Trail = Mapping[int, Sequence[tuple[float, float] | None]]
"""By slot: where a joint is on frame after frame, None where it is not placed."""


@dataclass(frozen=True, slots=True)
class Pick:
    """A joint of an object, by its slot."""

    object_id: int
    slot: int


class PointsLayer:
    """Knows which points are shown and paints them. GUI thread only.

    `hand` are points that are being moved, by object id: they are drawn in place of what is shown. Joints that a run
    is less sure of than `unsure_below` have a ring around them.
    """

    def __init__(self) -> None:
        self.selected_id: int | None = None
        self.unsure_below = 0.0
        self.opacity = 1.0
        self.hand: tuple[int, Points] | None = None
        self._shown: tuple[ShownPoints, ...] = ()
        self._ghosts: tuple[ShownPoints, ...] = ()
        self._trail: Trail = {}

    @property
    def shown(self) -> tuple[ShownPoints, ...]:
        """The objects shown, bottom to top."""
        return self._shown

    def set_shown(
        self, shown: Sequence[ShownPoints], ghosts: Sequence[ShownPoints] = (), trail: Trail | None = None
    ) -> bool:
        """Show these, `ghosts` of neighbouring frames faintly, and the selected one's way; return if it differs."""
        before = self._shown, self._ghosts, self._trail
        self._shown, self._ghosts, self._trail = tuple(shown), tuple(ghosts), trail or {}
        return before != (self._shown, self._ghosts, self._trail)

    def bounds(self, viewport: Viewport) -> QRectF:
        """Return the screen pixels that anything is drawn on."""
        places = [place for one in (*self._shown, *self._ghosts) for place in one.points.placed]
        if self.hand is not None:
            places += self.hand[1].placed
        found = [(joint.x, joint.y) for joint in places]
        found += [place for way in self._trail.values() for place in way if place is not None]
        if not found:
            return QRectF()
        views = [viewport.to_view(*place) for place in found]
        left, top = min(x for x, _ in views), min(y for _, y in views)
        right, bottom = max(x for x, _ in views), max(y for _, y in views)
        return QRectF(left, top, right - left, bottom - top).adjusted(-REACH_PX, -REACH_PX, REACH_PX, REACH_PX)

    def points_of(self, object_id: int | None) -> Points | None:
        """Return what is shown of an object, or is in hand."""
        if self.hand is not None and self.hand[0] == object_id:
            return self.hand[1]
        return next((one.points for one in self._shown if one.object.object_id == object_id), None)

    def joint_at(self, viewport: Viewport, view_x: float, view_y: float) -> Pick | None:
        """Return the joint within reach of a position of the canvas: the selected object's if any, the nearest."""
        found = []
        for one in self._shown:
            skeleton = one.object.skeleton
            for slot, joint in _placed(one.object, self.points_of(one.object.object_id) or one.points):
                x, y = viewport.to_view(joint.x, joint.y)
                distance = math.hypot(x - view_x, y - view_y)
                if distance <= GRAB_PX and skeleton is not None:
                    is_other = one.object.object_id != self.selected_id
                    found.append((is_other, distance, one.object.object_id, slot))
        if not found:
            return None
        *_, object_id, slot = min(found)
        return Pick(object_id, slot)

    def name_at(self, viewport: Viewport, view_x: float, view_y: float) -> str:
        """Return the joint within reach as it is told, "nose of Object 1", "" where there is none."""
        pick = self.joint_at(viewport, view_x, view_y)
        found = next((one.object for one in self._shown if pick and one.object.object_id == pick.object_id), None)
        joint = None if pick is None or found is None or found.skeleton is None else found.skeleton.joint(pick.slot)
        return "" if found is None or joint is None else f"{joint.name} of {found.name}"

    def object_at(self, viewport: Viewport, view_x: float, view_y: float) -> Object | None:
        """Return the object one of whose joints or bones is within reach, the topmost."""
        here = QPointF(view_x, view_y)
        for one in reversed(self._shown):
            skeleton = one.object.skeleton
            at = {slot: QPointF(*viewport.to_view(j.x, j.y)) for slot, j in _placed(one.object, one.points)}
            bones = () if skeleton is None else skeleton.bones
            near = any(_distance(here, place, place) <= GRAB_PX for place in at.values()) or any(
                start in at and end in at and _distance(here, at[start], at[end]) <= GRAB_PX / 2 for start, end in bones
            )
            if near:
                return one.object
        return None

    # drawing

    def paint(self, painter: QPainter, viewport: Viewport) -> None:
        """Paint everything; the painter is untransformed."""
        if not (self._shown or self._ghosts or self.hand):
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        self._paint_trail(painter, viewport)
        for ghost in self._ghosts:
            self._paint_ghost(painter, viewport, ghost)
        for one in sorted(self._shown, key=lambda one: one.object.object_id == self.selected_id):
            self._paint_object(painter, viewport, one)
        painter.restore()

    def _paint_object(self, painter: QPainter, viewport: Viewport, one: ShownPoints) -> None:
        skeleton = one.object.skeleton
        in_hand = self.hand is not None and self.hand[0] == one.object.object_id
        points = self.points_of(one.object.object_id) or one.points
        if skeleton is None:
            return
        is_selected = one.object.object_id == self.selected_id
        painter.setOpacity(0.55 if one.is_stale and not in_hand else 1.0)
        joints = dict(_placed(one.object, points))
        at = {slot: QPointF(*viewport.to_view(joint.x, joint.y)) for slot, joint in joints.items()}
        bones = [(start, end) for start, end in skeleton.bones if start in at and end in at]
        colour = QColor(*one.object.colour)
        for width, pen_colour in ((CASING_PX, _DARK), (BONE_PX, colour)):
            for start, end in bones:
                is_seen = joints[start].is_visible and joints[end].is_visible
                pen = QPen(pen_colour, width if is_seen else width / 2)
                pen.setCapStyle(Qt.PenCapStyle.RoundCap if width == CASING_PX else Qt.PenCapStyle.FlatCap)
                if one.is_proposal and not in_hand and width == BONE_PX:
                    pen.setDashPattern([3, 2])
                painter.setPen(pen)
                painter.drawLine(at[start], at[end])
        radius = SELECTED_JOINT_PX if is_selected else JOINT_PX
        is_own = one.label.provenance is Provenance.ANCHOR or in_hand
        for each in skeleton.joints:
            joint = joints.get(each.slot)
            if joint is not None:
                is_unsure = not is_own and joint.confidence < self.unsure_below
                if is_unsure:
                    painter.setBrush(Qt.BrushStyle.NoBrush)
                    painter.setPen(QPen(_UNSURE, 1.2, Qt.PenStyle.DotLine))
                    painter.drawEllipse(at[each.slot], radius + 4.5, radius + 4.5)
                paint_joint(painter, at[each.slot], QColor(*each.colour), radius, joint.is_visible, colour)

    def _paint_ghost(self, painter: QPainter, viewport: Viewport, one: ShownPoints) -> None:
        skeleton = one.object.skeleton
        if skeleton is None:
            return
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for slot, joint in _placed(one.object, one.points):
            found = skeleton.joint(slot)
            if found is not None:
                painter.setPen(QPen(QColor(*found.colour, _GHOST_ALPHA), 1.2))
                painter.drawEllipse(QPointF(*viewport.to_view(joint.x, joint.y)), JOINT_PX - 0.5, JOINT_PX - 0.5)

    def _paint_trail(self, painter: QPainter, viewport: Viewport) -> None:
        found = next((one.object for one in self._shown if one.object.object_id == self.selected_id), None)
        if found is None or found.skeleton is None:
            return
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for joint in found.skeleton.joints:
            path, is_begun = QPainterPath(), False
            for place in self._trail.get(joint.slot, ()):
                if place is None:
                    is_begun = False
                elif is_begun:
                    path.lineTo(QPointF(*viewport.to_view(*place)))
                else:
                    path.moveTo(QPointF(*viewport.to_view(*place)))
                    is_begun = True
            painter.setPen(QPen(QColor(*joint.colour, _TRAIL_ALPHA), 1.2))
            painter.drawPath(path)


def paint_joint(
    painter: QPainter, at: QPointF, colour: QColor, radius: float, is_visible: bool, rim: QColor | None = None
) -> None:
    """Draw one joint: filled where the picture shows it, a ring where something hides it; with the object's `rim`."""
    painter.setPen(QPen(_DARK, 4.0))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawEllipse(at, radius, radius)
    if is_visible:
        painter.setBrush(colour)
        painter.setPen(QPen(colour if rim is None else rim, 1.5))
    else:
        painter.setPen(QPen(colour, 1.8))
    painter.drawEllipse(at, radius, radius)


def _placed(found: Object, points: Points) -> list[tuple[int, Joint]]:
    """Return the joints that are placed and that the skeleton knows, by slot."""
    skeleton = found.skeleton
    slots = () if skeleton is None else [joint.slot for joint in skeleton.joints]
    return [(slot, joint) for slot in slots if (joint := points.at(slot)) is not None]


def _distance(here: QPointF, start: QPointF, end: QPointF) -> float:
    """Return how far a position is from a line between two others."""
    along, apart = end - start, here - start
    length = along.x() ** 2 + along.y() ** 2
    share = 0.0 if length == 0 else min(1.0, max(0.0, (apart.x() * along.x() + apart.y() * along.y()) / length))
    rest = apart - along * share
    return math.hypot(rest.x(), rest.y())
