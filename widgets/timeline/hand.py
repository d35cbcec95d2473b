"""The mouse on the timeline: selecting, scrubbing, taking a range, panning, zooming."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPoint, QPointF, Qt

from app.desk.proposing_ghosts import Ghost
from app.desk.workspace import Workspace
from widgets.timeline.layout import HEADER_W, LANE_H, Part
from widgets.timeline.scrolled_lanes import ScrolledLanes

NOTCH = 120.0
"""Qt's units for one notch of a wheel."""
PAN_PX_PER_NOTCH = 60


@dataclass(slots=True)
class Drag:
    """A drag in hand: "scrub", "range" or "pan", and where it is."""

    what: str
    x: float
    start_frame: int


class TimelineHand:
    """Turns presses, moves and wheels into changes of the view. GUI thread only."""

    def __init__(self, timeline: ScrolledLanes, workspace: Workspace) -> None:
        self._timeline = timeline
        self._workspace = workspace
        self._drag: Drag | None = None

    @property
    def is_dragging(self) -> bool:
        """Return whether a button that matters is held."""
        return self._drag is not None

    def press(self, place: QPointF, button: Qt.MouseButton, modifiers: Qt.KeyboardModifier) -> None:
        """Select, and begin to scrub, to take a range or to pan."""
        if self._workspace.clip is None:
            return
        part, _ = self._timeline.layout_now.hit(place.x(), place.y())
        frame = self._timeline.frame_at(place.x())
        is_left = button is Qt.MouseButton.LeftButton
        if button is Qt.MouseButton.MiddleButton or (is_left and modifiers & Qt.KeyboardModifier.AltModifier):
            self._drag = Drag("pan", place.x(), frame)
            self._timeline.viewport().setCursor(Qt.CursorShape.ClosedHandCursor)
            return
        view, found = self._workspace.view, self._timeline.lane_at(place)
        if isinstance(found, Ghost):
            self._pick(found, is_more=bool(modifiers & Qt.KeyboardModifier.ControlModifier), part=part)
        elif found is not None:
            view.object_id = found.object_id
        if not is_left or part is Part.HEADER or place.x() < HEADER_W:
            return
        if modifiers & Qt.KeyboardModifier.ShiftModifier:
            self._drag = Drag("range", place.x(), frame)
            view.range = (frame, frame)
        else:
            self._drag = Drag("scrub", place.x(), frame)
            view.is_playing = False
            self._workspace.request_frame(frame)

    def _pick(self, ghost: Ghost, *, is_more: bool, part: Part) -> None:
        """Select a tube, beside others where `is_more`; its header leads to its best frame."""
        ghosts = self._workspace.proposer.ghosts
        if is_more:
            ghosts.toggle(ghost.ghost_id)
        elif part is Part.HEADER:
            ghosts.go_to(ghost.ghost_id)
        else:
            ghosts.select((ghost.ghost_id,))

    def move(self, place: QPointF) -> None:
        """Go on with the drag."""
        drag, timeline = self._drag, self._timeline
        assert drag is not None
        if drag.what == "scrub":
            self._workspace.request_frame(timeline.frame_at(place.x()))
        elif drag.what == "range":
            self._workspace.view.range = (drag.start_frame, timeline.frame_at(place.x()))
        else:
            timeline.show_axis(timeline.axis.panned(place.x() - drag.x))
            drag.x = place.x()

    def release(self) -> None:
        """End the drag; a frame scrubbed to beyond the border comes into view."""
        drag, self._drag = self._drag, None
        self._timeline.viewport().unsetCursor()
        if drag is not None and drag.what == "scrub":
            self._timeline.show_axis(self._timeline.axis.revealing(self._workspace.view.frame))

    def wheel(self, place: QPointF, turn: QPoint, modifiers: Qt.KeyboardModifier) -> None:
        """Zoom at the pointer; pan with Shift or sideways; scroll lanes over their headers."""
        timeline = self._timeline
        if modifiers & Qt.KeyboardModifier.ShiftModifier or abs(turn.x()) > abs(turn.y()):
            timeline.show_axis(timeline.axis.panned((turn.x() or turn.y()) / NOTCH * PAN_PX_PER_NOTCH))
        elif place.x() < HEADER_W or modifiers & Qt.KeyboardModifier.ControlModifier:
            bar = timeline.verticalScrollBar()
            bar.setValue(bar.value() - round(turn.y() / NOTCH * LANE_H))
        else:
            timeline.show_axis(timeline.axis.zoomed(turn.y() / NOTCH, place.x() - HEADER_W))
