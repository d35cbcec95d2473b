"""The canvas: the picture, the masks over it, and the tool in the person's hand.

It keeps no label of its own: masks are read from the workspace when something has changed. What
lies where is `ZoomedView`'s, what a gesture does is the tool's, what is drawn the layers'.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRect, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QPainter, QPaintEvent, QRegion
from PySide6.QtWidgets import QWidget

from app.project.edits import Change
from engines.labels.rle import Box
from widgets.canvas.frame_layer import ground
from widgets.canvas.input import CanvasInput
from widgets.canvas.layers import Layers
from widgets.canvas.neighbours_shown import mask_ghosts, point_ghosts, trail
from widgets.canvas.notices import paint_banner, paint_hint
from widgets.canvas.presence_notes import notes_rect, presence_notes
from widgets.canvas.texture_shown import textures_shown
from widgets.canvas.tools.table import TOOLS
from widgets.canvas.tools.tool import Tool
from widgets.canvas.zoomed_view import ZoomedView

if TYPE_CHECKING:
    from app.desk.workspace import Workspace
    from app.media.clip import Clip
    from app.media.picture import Picture

OBJECT_MAX_SCALE = 8.0
REPAINTING_FIELDS = (
    "opacity", "outline", "show_proposals", "show_doubt", "onion_skin", "shows_before", "show_trails", "unsure_below",
    "colour_view", "show_unseen", "show_mesh", "flow_look",
)  # fmt: skip
OUTLINE_REACH_PX = 4
"""Screen pixels by which a mask's look reaches beyond its pixels."""


class Canvas(ZoomedView):
    """Shows the view's frame with its masks, zooms, pans, and hands gestures to the tool. GUI thread only."""

    hovered = Signal(str)
    """What is under the pointer, to be read: position, colour, object; empty when it has left."""

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.workspace = workspace
        self.layers = Layers(workspace, self)
        self._clip: Clip | None = None
        self._damage = ""
        self._points_area = QRect()
        self._overlay = QRect()
        self.tool: Tool = Tool(self)
        self._input = CanvasInput(self, workspace, lambda: self.tool)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAccessibleName("Canvas")
        self.setMinimumSize(200, 150)
        self.moved.connect(self._on_moved)
        self._input.pointed.connect(self._tell)
        self._input.left.connect(self._on_pointer_left)
        workspace.clip_changed.connect(self._on_clip_changed)
        workspace.frame_ready.connect(self._on_frame_ready)
        workspace.changed.connect(self._on_changed)
        workspace.leaving.connect(self._on_leaving)
        workspace.view.changed.connect(self._on_view_changed)
        workspace.inspection.changed.connect(self.refresh_overlay)
        workspace.flow_seen.changed.connect(self.refresh_overlay)
        workspace.textures.drawn.connect(self._on_textures_drawn)
        workspace.colouring.picture_changed.connect(self._on_colours_changed)
        workspace.colouring.hand.changed.connect(self.refresh_overlay)
        workspace.proposer.ghosts.looked_at.connect(self.update)
        self.layers.read_view()
        self._take_tool()
        self._on_clip_changed()

    def sizeHint(self) -> QSize:
        """Ask for most of the window."""
        return QSize(960, 600)

    # what tools and the window may ask for

    @property
    def shown_frame(self) -> int | None:
        """The frame whose picture is on the canvas, None before the first."""
        return self.layers.frame

    @property
    def image(self) -> NDArray[np.uint8] | None:
        """That picture, RGB uint8 (H, W, 3), read-only."""
        return self.layers.frames.image

    @property
    def seen_image(self) -> NDArray[np.uint8] | None:
        """The picture as it is seen, in colour where it is shown so."""
        return self.layers.seen_image

    def describe(self, x: float, y: float) -> str:
        """Return what is at an image position, to be read; empty outside the picture."""
        return self.layers.describe(self.viewport, x, y)

    def zoom_to_object(self) -> None:
        """Bring the selected object into the middle, as large as is sensible."""
        box = self.layers.box_of(self.workspace.view.object_id)
        if box is None:
            self.workspace.say("There is nothing of the selected object on this frame to zoom to.")
        else:
            self.look_at_box(box, OBJECT_MAX_SCALE)

    def refresh(self, box: Box) -> None:
        """Repaint the image pixels of `box` and the outlines around them."""
        if box[0] >= box[2] or box[1] >= box[3]:
            return
        reach = OUTLINE_REACH_PX
        area = QRectF(*self.viewport.rect_of(*box)).adjusted(-reach, -reach, reach, reach)
        self.update(area.intersected(QRectF(self.rect())).toAlignedRect())

    def refresh_points(self) -> None:
        """Repaint all points, where they were and where they are."""
        before, self._points_area = self._points_area, self.layers.points.bounds(self.viewport).toAlignedRect()
        self.update(before)
        self.update(self._points_area)

    def refresh_textures(self) -> None:
        """Show the textures as they are by now, and have drawn what is missing."""
        frame, image, textures = self.shown_frame, self.image, self.layers.textures
        if frame is None or image is None:
            return
        for box in textures.set_shown(textures_shown(self.workspace, textures, frame)):
            self.refresh(box)
        self.workspace.textures.draw(frame, image)

    def refresh_overlay(self) -> None:
        """Repaint what the tool draws over the picture, where it was and where it is."""
        before, self._overlay = self._overlay, self.tool.overlay_bounds().toAlignedRect()
        self.update(before)
        self.update(self._overlay)

    # the pointer

    @Slot()
    def _tell(self) -> None:
        """Say what is under the pointer by now: the picture or the labels may be others, or lie elsewhere."""
        if self._input.position is not None:
            self.hovered.emit(self.describe(*self._input.position))

    @Slot()
    def _on_pointer_left(self) -> None:
        self.hovered.emit("")

    # what has changed

    @Slot()
    def _on_moved(self) -> None:
        self._points_area = self.layers.points.bounds(self.viewport).toAlignedRect()
        self._tell()

    @Slot()
    def _on_clip_changed(self) -> None:
        clip = self.workspace.clip
        if clip is self._clip:  # saved under another name
            return
        self.tool.put_away()
        self._clip, self._damage = clip, ""
        self.layers.clear()
        self._take_tool()
        self.set_picture_size(None if clip is None else (clip.width, clip.height))
        picture = None if clip is None else self.workspace.picture(self.workspace.view.frame)
        if picture is not None:
            self._show(self.workspace.view.frame, picture)
        self.update()

    @Slot()
    def _on_leaving(self) -> None:
        """Let the tool in hand keep what it has begun: the project is about to be run on, or left."""
        self.tool.finish()

    @Slot(int, object)
    def _on_frame_ready(self, frame: int, picture: Picture) -> None:
        if frame != self.shown_frame or picture.image is not self.image:
            self._show(frame, picture)

    def _show(self, frame: int, picture: Picture) -> None:
        """Put another picture and its masks on the canvas; a stroke in hand ends on the frame it began on."""
        self.tool.finish()
        self.layers.frame, self._damage = frame, picture.damage
        self.layers.frames.set_image(picture.image)
        self.layers.colours.read(frame)
        self._read_labels()
        self.refresh_overlay()  # where what the tool draws belongs to the frame
        self.update()
        self._tell()

    @Slot(int)
    def _on_textures_drawn(self, frame: int) -> None:
        if frame == self.shown_frame:
            self.refresh_textures()

    @Slot(object)
    def _on_changed(self, change: Change) -> None:
        hand = self.layers.masks.hand
        project = self.workspace.project
        if hand is not None and not hand.is_new and (project is None or hand.object.object_id not in project.objects):
            self.tool.cancel()
        self._read_labels()
        self.refresh_overlay()  # what the tool says at the pointer may have changed with the labels
        self._tell()

    @Slot()
    def _on_colours_changed(self) -> None:
        """Show the frame as it is coloured by now."""
        self.layers.colours.read(self.shown_frame)
        self.update()
        self._tell()

    @Slot(str)
    def _on_view_changed(self, name: str) -> None:
        layers = self.layers
        if name in ("frame", "object_id"):
            self.tool.finish()
        if name in ("tool", "compare_by"):
            self.tool.finish()
            self._take_tool()
            layers.read_view()
            self._read_labels()
            self.update()
        elif name == "swipe_at":
            whole = self.rect()
            self.update(whole if layers.colours.is_split else layers.comparison.swiped(self.viewport, whole))
        elif name == "brush_radius_px":
            self.refresh_overlay()
        elif name in ("object_id", "marked"):
            layers.read_view()
            for box in [*(one.mask.box for one in layers.masks.shown), *(one.box for one in layers.textures.shown)]:
                self.refresh(box)
            self._read_points()
            self.refresh_points()
        elif name in REPAINTING_FIELDS:
            layers.read_view()
            self._read_labels()
            self.update()

    def _take_tool(self) -> None:
        """Put the view's tool in hand."""
        self.tool.put_away()
        name = self.workspace.view.tool
        self.tool = TOOLS[name].make(self) if name in TOOLS else Tool(self)
        self.refresh_overlay()
        self._input.show_cursor()

    # labels

    def _read_labels(self) -> None:
        """Show the labels that stand now, repainting those that differ."""
        frame, layers = self.shown_frame, self.layers
        if frame is None:
            return
        self._read_notes(frame)
        self._read_points()
        self.refresh_textures()
        if layers.comparison.is_on:
            if layers.comparison.read(frame):
                self.update()
            return
        for box in layers.masks.set_shown(self.workspace.seen.masks(frame), mask_ghosts(self.workspace, frame)):
            self.refresh(box)
        if layers.shows_doubt and layers.doubts.set_shown(self.workspace.seen.doubts(frame)):
            self.update()

    def _read_points(self) -> None:
        """Show the points that stand now, with those of neighbouring frames and their way where the view wants it."""
        frame, workspace = self.shown_frame, self.workspace
        if frame is None:
            return
        shown, ghosts = workspace.seen.points(frame), point_ghosts(workspace, frame)
        if self.layers.points.set_shown(shown, ghosts, trail(workspace, frame)):
            self.refresh_points()

    def _read_notes(self, frame: int) -> None:
        """Tell of the objects that are not plainly to be seen."""
        before, now = self.layers.notes, presence_notes(self.workspace, frame)
        self.layers.notes = now
        if before != now:
            for notes in (before, now):
                self.update(notes_rect(self.size(), notes))

    # drawing

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint what is exposed, piece by piece, so that two far corners do not cost what lies between."""
        painter, room = QPainter(self), self.rect()
        if self.picture_size is None:
            painter.fillRect(room, ground(self.palette()))
            paint_hint(painter, room, self.palette())
            return
        for piece in _pieces(event.region()):
            painter.setClipRect(piece)
            painter.fillRect(piece, ground(self.palette()))
            self.layers.paint(painter, self.viewport, self.picture_size, room, piece, self.devicePixelRatioF())
        painter.setClipRegion(event.region())
        self.layers.colours.paint_line(painter, self.viewport, room)
        self.tool.paint(painter)
        self.layers.paint_words(painter, self.viewport, room)
        if self._damage:
            paint_banner(painter, room, self._damage)


def _pieces(region: QRegion) -> list[QRect]:
    """Return the rectangles to paint one by one: those of the region, or all in one where that is hardly more."""
    whole = region.boundingRect()
    parts: list[QRect] = list(region)  # type: ignore[call-overload]  # it can be gone through; the stubs forget it
    area = sum(part.width() * part.height() for part in parts)
    if len(parts) > 8 or 2 * area > whole.width() * whole.height():
        return [whole]
    return parts
