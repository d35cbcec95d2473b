"""The canvas: the picture, the masks over it, and the tool in the person's hand.

It keeps no label of its own: masks are read from the workspace when something has changed. What
lies where is `Viewport`'s arithmetic, what a gesture does is the tool's, what is drawn the layers'.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QPainter, QPaintEvent, QRegion, QResizeEvent
from PySide6.QtWidgets import QWidget

from app.project.edits import Change
from engines.labels.rle import Box
from widgets.canvas.colour_layer import ColourLayer
from widgets.canvas.comparison import Comparison
from widgets.canvas.doubt_layer import DoubtLayer
from widgets.canvas.frame_layer import FrameLayer, device_grid, ground
from widgets.canvas.input import CanvasInput
from widgets.canvas.mask_layer import MaskLayer
from widgets.canvas.notices import paint_banner, paint_hint
from widgets.canvas.points_layer import PointsLayer, Trail
from widgets.canvas.presence_notes import PresenceNote, notes_rect, paint_notes, presence_notes
from widgets.canvas.texture_layer import TextureLayer
from widgets.canvas.texture_shown import textures_shown
from widgets.canvas.tools.table import TOOLS
from widgets.canvas.tools.tool import Tool
from widgets.canvas.tube_layer import TubeLayer
from widgets.canvas.viewport import Viewport

if TYPE_CHECKING:
    from app.media.clip import Clip
    from app.media.picture import Picture
    from app.workspace import ShownPoints, Workspace

ZOOM_STEP = 1.25
OBJECT_MAX_SCALE = 8.0
TRAIL_FRAMES = 12
"""To either side, how far the way of joints is shown."""
REPAINTING_FIELDS = (
    "opacity", "outline", "show_proposals", "show_doubt", "onion_skin", "shows_before", "show_trails", "unsure_below",
    "colour_view", "show_unseen", "show_mesh", "flow_look",
)  # fmt: skip
OUTLINE_REACH_PX = 4
"""Screen pixels by which a mask's look reaches beyond its pixels."""


class Canvas(QWidget):
    """Shows the view's frame with its masks, zooms, pans, and hands gestures to the tool. GUI thread only."""

    hovered = Signal(str)
    """What is under the pointer, to be read: position, colour, object; empty when it has left."""
    zoomed = Signal(float)
    """Screen pixels per image pixel."""
    moved = Signal()
    """The picture lies elsewhere, or is larger or smaller."""

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.workspace = workspace
        self.viewport = Viewport()
        self._zooming: tuple[QPointF, Viewport] | None = None  # where, and what to go on from, lest roundings add up
        self.frames = FrameLayer()
        self.colours = ColourLayer(workspace)
        self.masks = MaskLayer()
        self.points = PointsLayer()
        self.textures = TextureLayer()
        self._points_area = QRect()
        self.doubts = DoubtLayer()
        self.tubes = TubeLayer(workspace, self.masks)
        self.comparison = Comparison(workspace, self.masks, self)
        self._clip: Clip | None = None
        self._shown_frame: int | None = None
        self._damage = ""
        self._notes: tuple[PresenceNote, ...] = ()
        self._is_fitted = True
        self._overlay = QRect()
        self.tool: Tool = Tool(self)
        self._input = CanvasInput(self)
        self.installEventFilter(self._input)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAccessibleName("Canvas")
        self.setMinimumSize(200, 150)
        workspace.clip_changed.connect(self._on_clip_changed)
        workspace.frame_ready.connect(self._on_frame_ready)
        workspace.changed.connect(self._on_changed)
        workspace.leaving.connect(self._input.finish)
        workspace.view.changed.connect(self._on_view_changed)
        workspace.inspection.changed.connect(self.refresh_overlay)
        workspace.flow_seen.changed.connect(self.refresh_overlay)
        workspace.textures.drawn.connect(self._on_textures_drawn)
        workspace.colouring.picture_changed.connect(self._on_colours_changed)
        workspace.colouring.hand.changed.connect(self.refresh_overlay)
        workspace.proposer.ghosts.looked_at.connect(self.update)
        self._read_view()
        self._take_tool()
        self._on_clip_changed()

    def sizeHint(self) -> QSize:
        """Ask for most of the window."""
        return QSize(960, 600)

    # what tools and the window may ask for

    @property
    def shown_frame(self) -> int | None:
        """The frame whose picture is on the canvas, None before the first."""
        return self._shown_frame

    @property
    def image(self) -> NDArray[np.uint8] | None:
        """That picture, RGB uint8 (H, W, 3), read-only."""
        return self.frames.image

    @property
    def seen_image(self) -> NDArray[np.uint8] | None:
        """The picture as it is seen, in colour where it is shown so."""
        return self.colours.image if self.colours.is_shown else self.image

    def image_to_view(self, x: float, y: float) -> QPointF:
        """Return where an image position lies on the canvas, in logical pixels."""
        return QPointF(*self.viewport.to_view(x, y))

    def view_to_image(self, position: QPointF) -> tuple[float, float]:
        """Return the image position, pixel centres at whole numbers, under a point of the canvas."""
        return self.viewport.to_image(position.x(), position.y())

    def refresh(self, box: Box) -> None:
        """Repaint the image pixels of `box` and the outlines around them."""
        if box[0] >= box[2] or box[1] >= box[3]:
            return
        left, top = self.viewport.to_view(box[0] - 0.5, box[1] - 0.5)
        right, bottom = self.viewport.to_view(box[2] - 0.5, box[3] - 0.5)
        reach = OUTLINE_REACH_PX
        area = QRectF(left - reach, top - reach, right - left + 2 * reach, bottom - top + 2 * reach)
        self.update(area.intersected(QRectF(self.rect())).toAlignedRect())

    def refresh_points(self) -> None:
        """Repaint all points, where they were and where they are."""
        before, self._points_area = self._points_area, self.points.bounds(self.viewport).toAlignedRect()
        self.update(before)
        self.update(self._points_area)

    def refresh_textures(self) -> None:
        """Show the textures as they are by now, and have drawn what is missing."""
        frame, image = self._shown_frame, self.image
        if frame is None or image is None:
            return
        for box in self.textures.set_shown(textures_shown(self.workspace, self.textures, frame)):
            self.refresh(box)
        self.workspace.textures.draw(frame, image)

    def refresh_overlay(self) -> None:
        """Repaint what the tool draws over the picture, where it was and where it is."""
        before, self._overlay = self._overlay, self.tool.overlay_bounds().toAlignedRect()
        self.update(before)
        self.update(self._overlay)

    def pan(self, dx: float, dy: float) -> None:
        """Push the picture by screen pixels."""
        self._is_fitted = False
        self._set_viewport(self.viewport.panned(dx, dy))

    def zoom(self, factor: float, at: QPointF | None = None) -> None:
        """Zoom by a factor around a point of the canvas, its middle if none is given."""
        at = QPointF(self.width() / 2, self.height() / 2) if at is None else at
        self._is_fitted = False
        begun = self._zooming[1] if self._zooming is not None and self._zooming[0] == at else self.viewport
        zoomed = begun.zoomed(factor, at.x(), at.y())
        self._set_viewport(zoomed)
        self._zooming = (at, zoomed)

    def zoom_in(self) -> None:
        """Zoom in by one step."""
        self.zoom(ZOOM_STEP)

    def zoom_out(self) -> None:
        """Zoom out by one step."""
        self.zoom(1 / ZOOM_STEP)

    def actual_size(self) -> None:
        """Show one image pixel as one screen pixel."""
        self.zoom(1 / (self.viewport.scale * self.devicePixelRatioF()))

    def fit(self) -> None:
        """Show all of the picture, and go on doing so when the canvas changes its size."""
        if self._clip is not None:
            self._is_fitted = True
            self._set_viewport(Viewport.fitted(self._picture_size(), self._size()))

    def look_at(self, scale: float, x: float, y: float) -> None:
        """Bring an image position into the middle, at `scale` screen pixels per image pixel."""
        self._is_fitted = False
        centre = (self.width() / 2, self.height() / 2)
        self._set_viewport(Viewport.centred(scale, (x, y), centre))

    @property
    def is_fitted(self) -> bool:
        """Whether all of the picture is shown, and will be at any size of the canvas."""
        return self._is_fitted

    def zoom_to_object(self) -> None:
        """Bring the selected object into the middle, as large as is sensible."""
        for shown in self.masks.shown:
            if shown.object.object_id == self.workspace.view.object_id and shown.mask.area:
                self._is_fitted = False
                self._set_viewport(Viewport.showing(shown.mask.box, self._size(), OBJECT_MAX_SCALE))
                return
        for texture in self.textures.shown:
            if texture.object.object_id == self.workspace.view.object_id and texture.layer.rgba.size:
                self._is_fitted = False
                self._set_viewport(Viewport.showing(texture.layer.box, self._size(), OBJECT_MAX_SCALE))
                return
        for one in self.points.shown:
            if one.object.object_id == self.workspace.view.object_id and one.points.placed:
                self._is_fitted = False
                self._set_viewport(Viewport.showing(one.points.box, self._size(), OBJECT_MAX_SCALE))
                return
        self.workspace.say("There is nothing of the selected object on this frame to zoom to.")

    def describe(self, x: float, y: float) -> str:
        """Return what is at an image position, to be read; empty outside the picture."""
        column, row = math.floor(x + 0.5), math.floor(y + 0.5)
        if self.image is None or not (0 <= row < self.image.shape[0] and 0 <= column < self.image.shape[1]):
            return ""
        seen = self.seen_image
        assert seen is not None
        red, green, blue = (int(value) for value in seen[row, column])
        found = self.masks.object_at(x, y) or self.textures.object_at(x, y)
        name = self.points.name_at(self.viewport, *self.viewport.to_view(x, y)) or ("" if found is None else found.name)
        words = [f"{column}, {row}", f"#{red:02x}{green:02x}{blue:02x}", name]
        words.append(self.doubts.describe(x, y) if self._shows_doubt else "")
        words.append(self.colours.class_at(x, y))
        return "   ".join(filter(None, words))

    # what has changed

    @Slot()
    def _on_clip_changed(self) -> None:
        if self.workspace.clip is self._clip:  # saved under another name
            return
        self.tool.put_away()
        self._clip = self.workspace.clip
        self._shown_frame, self._damage = None, ""
        self.frames.set_image(None)
        self.colours.read(None)
        self.masks.set_shown(())
        self.points.set_shown(())
        self.textures.clear()
        self.comparison.clear()
        self._notes = ()
        self._take_tool()
        self.fit()
        picture = None if self._clip is None else self.workspace.picture(self.workspace.view.frame)
        if picture is not None:
            self._show(self.workspace.view.frame, picture)
        self.update()

    @Slot(int, object)
    def _on_frame_ready(self, frame: int, picture: Picture) -> None:
        if frame != self._shown_frame or picture.image is not self.image:
            self._show(frame, picture)

    def _show(self, frame: int, picture: Picture) -> None:
        """Put another picture and its masks on the canvas; a stroke in hand ends on the frame it began on."""
        self.tool.finish()
        self._shown_frame, self._damage = frame, picture.damage
        self.frames.set_image(picture.image)
        self.colours.read(frame)
        self._read_masks()
        self.refresh_overlay()  # where what the tool draws belongs to the frame
        self.update()
        self._input.tell()

    @Slot(int)
    def _on_textures_drawn(self, frame: int) -> None:
        if frame == self._shown_frame:
            self.refresh_textures()

    @Slot(object)
    def _on_changed(self, change: Change) -> None:
        hand = self.masks.hand
        project = self.workspace.project
        if hand is not None and not hand.is_new and (project is None or hand.object.object_id not in project.objects):
            self.tool.cancel()
        self._read_masks()
        self.refresh_overlay()  # what the tool says at the pointer may have changed with the labels
        self._input.tell()

    @Slot()
    def _on_colours_changed(self) -> None:
        """Show the frame as it is coloured by now."""
        self.colours.read(self._shown_frame)
        self.update()
        self._input.tell()

    @Slot(str)
    def _on_view_changed(self, name: str) -> None:
        if name in ("frame", "object_id"):
            self.tool.finish()
        if name in ("tool", "compare_by"):
            self.tool.finish()
            self._take_tool()
            self._read_view()
            self._read_masks()
            self.update()
        elif name == "swipe_at":
            self.update(self.rect() if self.colours.is_split else self.comparison.swiped(self.viewport, self.rect()))
        elif name == "brush_radius_px":
            self.refresh_overlay()
        elif name in ("object_id", "marked"):
            self._read_view()
            for shown in self.masks.shown:
                self.refresh(shown.mask.box)
            self._read_points()
            self.refresh_points()
        elif name in REPAINTING_FIELDS:
            self._read_view()
            self._read_masks()
            self.update()

    def _read_view(self) -> None:
        view = self.workspace.view
        self.masks.selected_id, self.masks.marked_ids = view.object_id, frozenset(view.marked)
        self.masks.opacity, self.masks.has_outline = view.opacity, view.outline
        self.points.selected_id, self.points.unsure_below = view.object_id, view.unsure_below
        if self._shows_doubt or self.workspace.colouring.is_on:  # colours on colours are not read
            self.masks.opacity, self.masks.has_outline = 0.0, True

    @property
    def _shows_doubt(self) -> bool:
        """Whether the heat map is seen: not where labels are compared."""
        return self.workspace.view.show_doubt and not self.comparison.is_on

    def _read_masks(self) -> None:
        """Show the labels that stand now, repainting those that differ."""
        frame = self._shown_frame
        if frame is None:
            return
        self._read_notes(frame)
        self._read_points()
        self.refresh_textures()
        if self.comparison.is_on:
            if self.comparison.read(frame):
                self.update()
            return
        ghosts = []
        if self.workspace.view.onion_skin:
            ghosts = [*self.workspace.shown_masks(frame - 1), *self.workspace.shown_masks(frame + 1)]
        for box in self.masks.set_shown(self.workspace.shown_masks(frame), ghosts):
            self.refresh(box)
        if self._shows_doubt and self.doubts.set_shown(self.workspace.shown_doubts(frame)):
            self.update()

    def _read_points(self) -> None:
        """Show the points that stand now, with those of neighbouring frames and their way where the view wants it."""
        frame, workspace = self._shown_frame, self.workspace
        if frame is None:
            return
        ghosts: list[ShownPoints] = []
        if workspace.view.onion_skin:
            ghosts = [*workspace.shown_points(frame - 1), *workspace.shown_points(frame + 1)]
        trail = self._trail(frame) if workspace.view.show_trails else None
        if self.points.set_shown(workspace.shown_points(frame), ghosts, trail):
            self.refresh_points()

    def _trail(self, frame: int) -> Trail:
        """Return the way of the selected object's joints around `frame`."""
        object_id = self.workspace.view.object_id
        found = [
            self.workspace.points_of(object_id, at) for at in range(frame - TRAIL_FRAMES, frame + TRAIL_FRAMES + 1)
        ]
        n_slots = max((len(points.joints) for points in found), default=0)
        ways = ((slot, [points.at(slot) for points in found]) for slot in range(n_slots))
        return {slot: [None if joint is None else (joint.x, joint.y) for joint in way] for slot, way in ways}

    def _read_notes(self, frame: int) -> None:
        """Tell of the objects that are not plainly to be seen."""
        before, self._notes = self._notes, presence_notes(self.workspace, frame)
        if before != self._notes:
            for notes in (before, self._notes):
                self.update(notes_rect(self.size(), notes))

    def _take_tool(self) -> None:
        """Put the view's tool in hand."""
        self.tool.put_away()
        name = self.workspace.view.tool
        self.tool = TOOLS[name].make(self) if name in TOOLS else Tool(self)
        self.refresh_overlay()
        self._input.show_cursor()

    # drawing

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint what is exposed, piece by piece, so that two far corners do not cost what lies between."""
        painter = QPainter(self)
        if self._clip is None:
            painter.fillRect(self.rect(), ground(self.palette()))
            paint_hint(painter, self.rect(), self.palette())
            return
        for piece in _pieces(event.region()):
            painter.setClipRect(piece)
            painter.fillRect(piece, ground(self.palette()))
            ratio = self.devicePixelRatioF()
            exposed = device_grid(self.viewport, piece, ratio)
            self.colours.paint(painter, self.frames, self.viewport, self.rect(), piece, exposed, ratio)
            if self._shows_doubt:
                self.doubts.paint(painter, self.viewport, self._picture_size())
            self.textures.paint(painter, self.viewport, piece)
            if self.comparison.is_on:
                self.comparison.paint(painter, self.viewport, exposed, ratio)
            else:
                self.masks.paint(painter, exposed, ratio)
            if self.workspace.view.show_mesh and self.workspace.view.tool != "mesh":
                self.textures.paint_mesh(painter, self.viewport, self.workspace.view.object_id)
            self.points.paint(painter, self.viewport)
            if self._shown_frame is not None:
                opacity = self.workspace.view.opacity
                self.tubes.paint(painter, self.viewport, self._shown_frame, exposed, ratio, opacity)
            self.frames.paint_grid(painter, self.viewport, piece)
        painter.setClipRegion(event.region())
        self.colours.paint_line(painter, self.viewport, self.rect())
        self.tool.paint(painter)
        if self.comparison.is_on:
            self.comparison.paint_words(painter, self.viewport, self.rect())
        paint_notes(painter, self.size(), self._notes)
        if self._shows_doubt:
            self.doubts.paint_legend(painter, self.size())
        if self._damage:
            paint_banner(painter, self.rect(), self._damage)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit again if the picture was fitted; else keep the middle in the middle."""
        if self._is_fitted:
            self.fit()
            return
        before = event.oldSize()
        dx, dy = (self.width() - before.width()) / 2, (self.height() - before.height()) / 2
        self._set_viewport(self.viewport.panned(dx, dy))

    def _set_viewport(self, viewport: Viewport) -> None:
        if self._clip is None:
            return
        self._zooming = None
        viewport = viewport.held(self._picture_size(), self._size()).snapped(self.devicePixelRatioF())
        has_zoomed = viewport.scale != self.viewport.scale
        self.viewport = viewport
        if has_zoomed:
            self.zoomed.emit(viewport.scale)
        self._points_area = self.points.bounds(viewport).toAlignedRect()
        self.update()
        self._input.tell()
        self.moved.emit()

    def _picture_size(self) -> tuple[int, int]:
        assert self._clip is not None
        return (self._clip.width, self._clip.height)

    def _size(self) -> tuple[int, int]:
        return (self.width(), self.height())


def _pieces(region: QRegion) -> list[QRect]:
    """Return the rectangles to paint one by one: those of the region, or all in one where that is hardly more."""
    whole, parts = region.boundingRect(), list(region)
    area = sum(part.width() * part.height() for part in parts)
    if len(parts) > 8 or 2 * area > whole.width() * whole.height():
        return [whole]
    return parts
