"""What lies over one another on the canvas, in the order in which it is drawn, and in words what is at a place."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRect
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QWidget

from engines.labels.rle import Box
from widgets.canvas.colour_layer import ColourLayer
from widgets.canvas.comparison import Comparison
from widgets.canvas.doubt_layer import DoubtLayer
from widgets.canvas.frame_layer import FrameLayer, device_grid
from widgets.canvas.mask_layer import MaskLayer
from widgets.canvas.points_layer import PointsLayer
from widgets.canvas.presence_notes import PresenceNote, paint_notes
from widgets.canvas.texture_layer import TextureLayer
from widgets.canvas.tube_layer import TubeLayer
from widgets.canvas.viewport import Viewport

if TYPE_CHECKING:
    from app.desk.workspace import Workspace


class Layers:
    """The layers of one canvas, and which frame they show. What is in each is put there. GUI thread only."""

    def __init__(self, workspace: Workspace, canvas: QWidget) -> None:
        self._workspace = workspace
        self.frame: int | None = None
        """Which frame's picture is shown, None before the first."""
        self.frames = FrameLayer()
        self.colours = ColourLayer(workspace)
        self.masks = MaskLayer()
        self.points = PointsLayer()
        self.textures = TextureLayer()
        self.doubts = DoubtLayer()
        self.tubes = TubeLayer(workspace, self.masks)
        self.comparison = Comparison(workspace, self.masks, canvas)
        self.notes: tuple[PresenceNote, ...] = ()

    @property
    def seen_image(self) -> NDArray[np.uint8] | None:
        """The picture as it is seen, RGB uint8 (H, W, 3), in colour where it is shown so."""
        return self.colours.image if self.colours.is_shown else self.frames.image

    @property
    def shows_doubt(self) -> bool:
        """Whether the heat map is seen: not where labels are compared."""
        return self._workspace.view.show_doubt and not self.comparison.is_on

    def clear(self) -> None:
        """Show nothing: another clip is opened."""
        self.frame = None
        self.frames.set_image(None)
        self.colours.read(None)
        self.masks.set_shown(())
        self.points.set_shown(())
        self.textures.clear()
        self.comparison.clear()
        self.notes = ()

    def read_view(self) -> None:
        """Look as the view says."""
        view = self._workspace.view
        self.masks.selected_id, self.masks.marked_ids = view.object_id, frozenset(view.marked)
        self.masks.opacity, self.masks.has_outline = view.opacity, view.outline
        self.points.selected_id, self.points.unsure_below = view.object_id, view.unsure_below
        if self.shows_doubt or self._workspace.colouring.is_on:  # colours on colours are not read
            self.masks.opacity, self.masks.has_outline = 0.0, True

    # looking

    def box_of(self, object_id: int | None) -> Box | None:
        """Return the pixels that hold what is shown of an object, None where nothing is."""
        boxes = [(one.object, one.mask.box) for one in self.masks.shown if one.mask.area]
        boxes += [(one.object, one.layer.box) for one in self.textures.shown if one.layer.rgba.size]
        boxes += [(one.object, one.points.box) for one in self.points.shown if one.points.placed]
        return next((box for found, box in boxes if found.object_id == object_id), None)

    def describe(self, viewport: Viewport, x: float, y: float) -> str:
        """Return what is at an image position, to be read; empty outside the picture."""
        column, row = math.floor(x + 0.5), math.floor(y + 0.5)
        image = self.frames.image
        if image is None or not (0 <= row < image.shape[0] and 0 <= column < image.shape[1]):
            return ""
        seen = self.seen_image
        assert seen is not None
        red, green, blue = (int(value) for value in seen[row, column])
        found = self.masks.object_at(x, y) or self.textures.object_at(x, y)
        name = self.points.name_at(viewport, *viewport.to_view(x, y)) or ("" if found is None else found.name)
        words = [f"{column}, {row}", f"#{red:02x}{green:02x}{blue:02x}", name]
        words.append(self.doubts.describe(x, y) if self.shows_doubt else "")
        words.append(self.colours.class_at(x, y))
        return "   ".join(filter(None, words))

    # drawing

    def paint(
        self, painter: QPainter, viewport: Viewport, picture: tuple[int, int], room: QRect, piece: QRect, ratio: float
    ) -> None:
        """Paint what lies in `piece` of the canvas `room`, logical pixels, which the painter is clipped to.

        `picture` is its (width, height), `ratio` that of device pixels to logical ones.
        """
        view = self._workspace.view
        exposed = device_grid(viewport, piece, ratio)
        self.colours.paint(painter, self.frames, viewport, room, piece, exposed, ratio)
        if self.shows_doubt:
            self.doubts.paint(painter, viewport, picture)
        self.textures.paint(painter, viewport, piece)
        if self.comparison.is_on:
            self.comparison.paint(painter, viewport, exposed, ratio)
        else:
            self.masks.paint(painter, exposed, ratio)
        if view.show_mesh and view.tool != "mesh":
            self.textures.paint_mesh(painter, viewport, view.object_id)
        self.points.paint(painter, viewport)
        if self.frame is not None:
            self.tubes.paint(painter, viewport, self.frame, exposed, ratio, view.opacity)
        self.frames.paint_grid(painter, viewport, piece)

    def paint_words(self, painter: QPainter, viewport: Viewport, room: QRect) -> None:
        """Write over the canvas what is compared, who is not to be seen, and what the heat map's colours mean."""
        if self.comparison.is_on:
            self.comparison.paint_words(painter, viewport, room)
        paint_notes(painter, room.size(), self.notes)
        if self.shows_doubt:
            self.doubts.paint_legend(painter, room.size())
