"""The timeline itself: ruler, confidence plot and one lane per object, with the mouse on them."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, Qt, Signal, Slot
from PySide6.QtGui import (
    QContextMenuEvent,
    QHelpEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPixmap,
    QWheelEvent,
)
from PySide6.QtWidgets import QFrame, QToolTip, QWidget

from app.desk.proposing_ghosts import Ghost
from app.desk.workspace import Workspace
from app.project.edits import Change
from app.project.model import Object
from widgets.theme import LIGHT, Theme
from widgets.timeline import painting, telling
from widgets.timeline.ghosts import GhostLanes
from widgets.timeline.hand import TimelineHand
from widgets.timeline.layout import HEADER_W, LANE_H, PLOT_H, RULER_H, Layout, Part
from widgets.timeline.scrolled_lanes import ScrolledLanes
from widgets.timeline.tracks import Tracks


class TimelineView(ScrolledLanes):
    """Shows where every object has labels and moves the view through time. GUI thread only.

    Lanes are drawn once into pixmaps and kept until their track, the axis or the theme changes; moving the
    playhead repaints two narrow strips.
    """

    hovered = Signal(str)
    menu_requested = Signal(QPoint)
    ghost_menu_requested = Signal(QPoint)

    def __init__(self, workspace: Workspace, tracks: Tracks, parent: QWidget | None = None) -> None:
        super().__init__(workspace, parent)
        self._tracks = tracks
        self._theme: Theme = LIGHT
        self._drawn: dict[tuple[int, str], tuple[object, QPixmap]] = {}
        self._ghosts = workspace.proposer.ghosts
        self._ghost_lanes = GhostLanes(workspace)
        self._hand = TimelineHand(self, workspace)
        self._playhead = 0
        self._pointer: QPointF | None = None
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setMinimumHeight(RULER_H + PLOT_H + LANE_H + 14)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName("Timeline")
        self.viewport().setMouseTracking(True)
        workspace.clip_changed.connect(self.on_clip_changed)
        workspace.changed.connect(self.on_changed)
        workspace.view.changed.connect(self.on_view_changed)
        tracks.updated.connect(self.on_track_updated)
        self._ghosts.changed.connect(self.on_ghosts_changed)
        self.on_clip_changed()

    # what is shown

    def set_theme(self, theme: Theme) -> None:
        """Draw in other colours."""
        self._theme = theme
        self.viewport().update()

    @Slot()
    def on_clip_changed(self) -> None:
        """Show another clip, the whole of it."""
        self._drawn.clear()
        self._ghost_lanes.clear()
        self._playhead = self._workspace.view.frame
        self.show_clip()
        if self._pointer is not None:
            QToolTip.hideText()  # it is about the clip before
        self._tell()

    @Slot(object)
    def on_changed(self, change: Change) -> None:
        """Follow objects that came, went or changed their looks; labels arrive through the tracks."""
        if change.objects_changed:
            self._drawn = {key: drawn for key, drawn in self._drawn.items() if self._tracks.of(key[0]) is not None}
            self.update_bars()
            self.viewport().update()
        self._tell()

    @Slot()
    def on_ghosts_changed(self) -> None:
        """Follow tubes that came, went, were selected, or have their picture now."""
        self.update_bars()
        lanes, current = self.lanes, self._ghosts.current
        if current in lanes:
            self.show_lane(lanes.index(current))
        self.viewport().update()

    @Slot(int)
    def on_track_updated(self, object_id: int) -> None:
        """Repaint one lane, and the plot if it is that object's."""
        for lane, found in enumerate(self.objects):
            if found.object_id == object_id:
                self.viewport().update(0, self.layout_now.lane_top(lane), self.viewport().width(), LANE_H)
        if object_id == self._workspace.view.object_id:
            self.viewport().update(0, RULER_H, self.viewport().width(), PLOT_H)

    @Slot(str)
    def on_view_changed(self, name: str) -> None:
        """Follow the view state."""
        if name == "frame":
            self._move_playhead()
        elif name == "object_id":
            self._show_selected_lane()
            self.viewport().update()
        elif name in ("range", "show_proposals", "unsure_below"):
            self.viewport().update()

    def _move_playhead(self) -> None:
        frame = self._workspace.view.frame
        before, self._playhead = self._playhead, frame
        if not self._hand.is_dragging:
            self.show_axis(self.axis.revealing(frame))
        for place in (before, frame):
            x = HEADER_W + self.axis.x_of(place)
            reach = painting.PLAYHEAD_REACH_PX
            self.viewport().update(int(x) - reach, 0, int(self.axis.scale) + 2 * reach + 2, self.viewport().height())

    def _show_selected_lane(self) -> None:
        for lane, found in enumerate(self.objects):
            if found.object_id == self._workspace.view.object_id:
                self.show_lane(lane)

    # painting

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw what the event asks for, lanes from their pixmaps."""
        painter = QPainter(self.viewport())
        dirty, layout, theme = event.rect(), self.layout_now, self._theme
        painter.fillRect(dirty, theme.colour("base"))
        lanes = self.lanes
        painter.save()
        painter.setClipRect(QRect(0, layout.lanes_top, layout.width, layout.lanes_h))
        for lane in layout.lanes_between(dirty.top(), dirty.bottom() + 1):
            self._paint_lane(painter, layout.lane_top(lane), lanes[lane])
        painter.restore()
        clip = self._workspace.clip
        painter.fillRect(QRect(0, 0, HEADER_W, layout.lanes_top), theme.colour("panel"))
        if clip is not None:
            self._paint_time(painter, dirty, layout)
        painter.setPen(theme.colour("border"))
        painter.drawLine(HEADER_W - 1, 0, HEADER_W - 1, layout.height)
        for y in (RULER_H - 1, layout.lanes_top - 1):
            painter.drawLine(0, y, layout.width, y)

    def _paint_lane(self, painter: QPainter, top: int, found: Object | Ghost) -> None:
        theme = self._theme
        if isinstance(found, Ghost):
            is_selected = self._ghost_lanes.is_selected(found)
        else:
            is_selected = found.object_id == self._workspace.view.object_id
        if is_selected:
            tint = theme.colour("selection")
            tint.setAlphaF(0.35)
            painter.fillRect(QRect(HEADER_W, top, self.layout_now.time_w, LANE_H), tint)
        if isinstance(found, Ghost):
            self._ghost_lanes.paint(painter, top, found, self.axis, theme, self.devicePixelRatioF())
        else:
            painter.setOpacity(0.45 if found.is_hidden else 1.0)
            self._paint_kept(painter, QPointF(HEADER_W, top), found.object_id, "lane")
            painter.setOpacity(1.0)
            painting.draw_header(painter, top, found, theme, is_selected=is_selected)
        painter.setPen(theme.colour("panel"))
        painter.drawLine(0, top + LANE_H - 1, self.layout_now.width, top + LANE_H - 1)

    def _paint_kept(self, painter: QPainter, place: QPointF, object_id: int, what: str) -> None:
        """Paint an object's "lane" or "plot" from its pixmap, drawing that first if it is out of date."""
        track = self._tracks.of(object_id)
        if track is None:
            return
        ratio = self.devicePixelRatioF()
        key = (track.revision, self.axis, self._theme.name, ratio)
        drawn = self._drawn.get((object_id, what))
        if drawn is None or drawn[0] != key:
            draw = painting.lane_pixmap if what == "lane" else painting.plot_pixmap
            drawn = self._drawn[object_id, what] = (key, draw(track, self.axis, self._theme, ratio))
        painter.drawPixmap(place, drawn[1])

    def _paint_time(self, painter: QPainter, dirty: QRect, layout: Layout) -> None:
        clip, view, theme = self._workspace.clip, self._workspace.view, self._theme
        assert clip is not None
        painter.save()
        painter.setClipRect(QRect(HEADER_W, 0, layout.time_w, layout.height).intersected(dirty))
        painter.translate(HEADER_W, 0)
        if dirty.top() < layout.lanes_top:
            painting.draw_ruler(painter, self.axis, clip.times_s, theme)
            painter.translate(0, RULER_H)
            painting.draw_plot_ground(painter, self.axis.width_px, view.unsure_below, theme)
            if view.object_id is not None:
                self._paint_kept(painter, QPointF(), view.object_id, "plot")
            painter.translate(0, -RULER_H)
        if view.range is not None:
            painting.draw_range(painter, self.axis, view.range, layout.height, theme)
        painting.draw_playhead(painter, self.axis, self._playhead, layout.height, theme)
        painter.restore()
        if dirty.left() < HEADER_W and view.object_id is not None:
            painter.setPen(theme.colour("muted"))
            painter.drawText(QRect(11, RULER_H, HEADER_W - 18, PLOT_H - 1), Qt.AlignmentFlag.AlignVCenter, "Confidence")

    # mouse

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Select, and begin a drag."""
        self._hand.press(event.position(), event.button(), event.modifiers())

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Make the masks of a tube; elsewhere it is a press like any other."""
        found = self.lane_at(event.position())
        if isinstance(found, Ghost) and event.button() is Qt.MouseButton.LeftButton:
            self._workspace.proposer.open()
        else:
            self.mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Go on with the drag, or tell what lies under the pointer."""
        self._pointer = event.position()
        if self._hand.is_dragging:
            self._hand.move(event.position())
        else:
            found = self.lane_at(event.position())
            self._ghosts.point(found.ghost_id if isinstance(found, Ghost) else None)
        self._tell()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End the drag."""
        self._hand.release()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom, pan or scroll."""
        self._hand.wheel(event.position(), event.angleDelta(), event.modifiers())
        event.accept()

    def viewportEvent(self, event: QEvent) -> bool:
        """Tell the frame under the pointer in a tooltip, and ask for a lane's menu."""
        if isinstance(event, QHelpEvent) and event.type() is QEvent.Type.ToolTip:
            part, lane = self.layout_now.hit(event.pos().x(), event.pos().y())
            text = ""
            found = None if lane is None else self.lanes[lane]
            if isinstance(found, Ghost):
                text = self._ghost_lanes.tooltip(found)
            elif part is Part.LANE and found is not None:
                text = telling.lane_tooltip(self._workspace, found.object_id, self.frame_at(event.pos().x()))
            elif part is Part.RULER:
                text = "Drag to scrub. Shift and drag to select a range. Wheel to zoom, middle drag to pan."
            QToolTip.showText(event.globalPos(), text, self.viewport())
            return True
        if event.type() is QEvent.Type.Leave:
            self._pointer = None
            self.hovered.emit("")
            self._ghosts.point(None)
        return super().viewportEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Ask for the menu of the lane, which the right button has selected, on the frame pointed at."""
        part, _ = self.layout_now.hit(event.pos().x(), event.pos().y())
        if part is Part.LANE and event.reason() is event.Reason.Mouse:
            self._workspace.request_frame(self.frame_at(event.pos().x()))
        if self._workspace.project is not None and part in (Part.LANE, Part.HEADER):
            is_ghost = isinstance(self.lane_at(QPointF(event.pos())), Ghost)
            (self.ghost_menu_requested if is_ghost else self.menu_requested).emit(event.globalPos())

    def _tell(self) -> None:
        """Say what is under the pointer by now: there may be another clip there, or other labels."""
        if self._pointer is not None:
            self.hovered.emit(self._text_at(self._pointer))

    def _text_at(self, place: QPointF) -> str:
        part, _ = self.layout_now.hit(place.x(), place.y())
        if self._workspace.clip is None or part in (Part.NOTHING, Part.HEADER):
            return ""
        frame, found = self.frame_at(place.x()), self.lane_at(place)
        if found is None:
            return telling.frame_text(self._workspace, frame)
        if isinstance(found, Ghost):
            return self._ghost_lanes.text(found, frame)
        return telling.cell_text(self._workspace, found.object_id, frame)
