"""The lanes of the timeline on their time axis: which of them, and which frames, are in sight."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QAbstractScrollArea, QWidget

from app.desk.proposing_ghosts import Ghost
from app.desk.workspace import Workspace
from app.project.model import Object
from widgets.timeline.axis import TimeAxis
from widgets.timeline.layout import HEADER_W, LANE_H, Layout

SCROLL_STEPS = 10_000
"""The sideways bar counts in these: frames would be too coarse when one is forty pixels wide."""


class ScrolledLanes(QAbstractScrollArea):
    """Keeps the time axis and the two scroll bars in step, and tells what lies under a point. GUI thread only."""

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._axis = TimeAxis.fitted(1, 1)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.horizontalScrollBar().valueChanged.connect(self._on_scrolled_sideways)

    # what there is

    @property
    def axis(self) -> TimeAxis:
        """Return the time axis as it is now."""
        return self._axis

    @property
    def layout_now(self) -> Layout:
        """Return where everything lies in the viewport."""
        size = self.viewport().size()
        return Layout(size.width(), size.height(), len(self.lanes), self.verticalScrollBar().value())

    @property
    def objects(self) -> list[Object]:
        """Return the objects, a lane each."""
        project = self._workspace.project
        return list(project.objects.values()) if project is not None else []

    @property
    def lanes(self) -> list[Object | Ghost]:
        """Return what has a lane, from top to bottom: objects, then tubes that nobody has accepted yet."""
        return [*self.objects, *self._workspace.proposer.ghosts.shown]

    def frame_at(self, x: float) -> int:
        """Return the frame at a place of the viewport."""
        return self._axis.frame_at(x - HEADER_W)

    def lane_at(self, place: QPointF) -> Object | Ghost | None:
        """Return what has the lane under a place of the viewport, None where there is no lane."""
        _, lane = self.layout_now.hit(place.x(), place.y())
        return None if lane is None else self.lanes[lane]

    # what is in sight

    @Slot()
    def zoom_in(self) -> None:
        """Show fewer frames, about the playhead."""
        self.show_axis(self._axis.zoomed(2, self._axis.centre_of(self._workspace.view.frame)))

    @Slot()
    def zoom_out(self) -> None:
        """Show more frames, about the playhead."""
        self.show_axis(self._axis.zoomed(-2, self._axis.centre_of(self._workspace.view.frame)))

    @Slot()
    def fit(self) -> None:
        """Show the whole clip."""
        self.show_axis(TimeAxis.fitted(self._axis.n_frames, self._axis.width_px))

    def show_axis(self, axis: TimeAxis) -> None:
        """Show other frames, or the same ones larger or smaller."""
        if axis != self._axis:
            self._axis = axis
            self.update_bars()
            self.viewport().update()

    def show_clip(self) -> None:
        """Show another clip, the whole of it."""
        clip = self._workspace.clip
        self._axis = TimeAxis.fitted(clip.n_frames if clip is not None else 1, self.layout_now.time_w)
        self.update_bars()
        self.viewport().update()

    def show_lane(self, lane: int) -> None:
        """Scroll just so far that a lane is seen."""
        self.verticalScrollBar().setValue(self.layout_now.scroll_showing(lane))

    def update_bars(self) -> None:
        """Let the bars reach as far as there are lanes and frames by now."""
        self.verticalScrollBar().setRange(0, self.layout_now.most_scroll)
        self.verticalScrollBar().setPageStep(self.layout_now.lanes_h)
        self.verticalScrollBar().setSingleStep(LANE_H)
        bar, axis = self.horizontalScrollBar(), self._axis
        hidden = axis.most_left - axis.least_left
        page = round(SCROLL_STEPS * axis.shown_frames / (axis.shown_frames + hidden))
        bar.blockSignals(True)
        bar.setRange(0, SCROLL_STEPS - page)
        bar.setPageStep(max(1, page))
        bar.setSingleStep(max(1, page // 10))
        bar.setValue(round((SCROLL_STEPS - page) * (axis.left - axis.least_left) / hidden) if hidden else 0)
        bar.blockSignals(False)

    @Slot(int)
    def _on_scrolled_sideways(self, value: int) -> None:
        axis, most = self._axis, self.horizontalScrollBar().maximum()
        if most:
            self._axis = axis.scrolled_to(axis.least_left + (axis.most_left - axis.least_left) * value / most)
            self.viewport().update()

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        """Repaint instead of moving pixels: headers and ruler stay where they are."""
        self.viewport().update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the whole clip in view if it was."""
        self._axis = self._axis.resized(self.layout_now.time_w)
        self.update_bars()
