"""The picture of a texture that is being painted: strokes go into it at once, and are coded off the GUI thread."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from app.project import paint_verbs
from app.project.model import Object
from app.tasks.textures import Layer, Worn
from engines.labels.painting import Painting, tiles_of
from engines.labels.raster import EMPTY_BOX, stamp_segment, union
from engines.labels.rle import Box
from widgets.canvas.stage import Stage

_SOFT_FROM_PX = 1.5
"""Brushes of a larger radius have a rim that is soft by a pixel."""

Picture = NDArray[np.uint8]


class PictureInHand:
    """One texture's paint on one frame as an array that tools paint in. GUI thread only.

    `pixels` is RGBA uint8 (H, W, 4), colours multiplied by alpha. A stroke is begun (`begin`), drawn (`stroke`) and
    committed: it is coded while one paints on, and becomes one step when that is done. Until then, and until what the
    project has by then is drawn, the hand is what is shown.
    """

    def __init__(self, stage: Stage, object_: Object, frame: int, worn: Worn | None, base: Layer | None) -> None:
        self.object = object_
        self.frame = frame
        workspace = stage.workspace
        assert workspace.clip is not None and workspace.project is not None
        self.pixels: Picture = np.zeros((workspace.clip.height, workspace.clip.width, 4), np.uint8)
        self._stage = stage
        self._project = workspace.project
        self._worn = worn
        self._n_coding = 0
        self.is_painting = False
        """Whether a stroke is begun."""
        self._before: Picture = np.zeros_like(self.pixels)
        """As it was before the stroke."""
        self._covered: NDArray[np.uint8] = np.zeros(self.pixels.shape[:2], np.uint8)
        self._ink = (np.zeros(4, np.uint8), np.float32(0))
        self._touched: Box = EMPTY_BOX
        self._tiles: set[Box] = set()
        """Those that the stroke has touched: a long stroke touches few of those that its box has."""
        self._uncoded: Box = EMPTY_BOX
        """What is in hand, but in no picture yet: what a run has drawn on this frame."""
        self._coded: Painting | None = None  # the lane's thread only
        if base is not None:
            left, top, right, bottom = base.box
            self.pixels[top:bottom, left:right] = self._before[top:bottom, left:right] = base.rgba
            self._uncoded = base.box
        if frame == stage.shown_frame:
            stage.layers.textures.hand = self

    @property
    def is_settled(self) -> bool:
        """Whether all strokes have become steps."""
        return self._n_coding == 0 and not self.is_painting

    def is_of(self, object_id: int, frame: int, worn: Worn | None) -> bool:
        """Return whether it is what an object shows on a frame: nobody has changed that since."""
        if (self.object.object_id, self.frame) != (object_id, frame):
            return False
        return not self.is_settled or _content(self._worn) == _content(worn)

    # painting

    def begin(self, *, erases: bool = False) -> None:
        """Begin a stroke in the view's colour, its opacity that of the whole stroke, or one that takes paint away."""
        view = self._stage.workspace.view
        red, green, blue = (int(view.paint_colour[place : place + 2], 16) for place in (1, 3, 5))
        ink = (0, 0, 0, 0) if erases else (red, green, blue, 255)
        self._ink = np.array(ink, np.uint8), np.float32(1.0 if erases else view.paint_opacity)
        self.is_painting = True

    def stroke(
        self, start: tuple[float, float], end: tuple[float, float], start_radius_px: float, end_radius_px: float
    ) -> None:
        """Go on with the stroke from one image position to another."""
        box = stamp_segment(self._covered, start, end, start_radius_px, end_radius_px, 255)
        if box[0] >= box[2]:
            return
        height, width = self._covered.shape
        is_soft = max(start_radius_px, end_radius_px) >= _SOFT_FROM_PX
        left, top, right, bottom = box
        if is_soft:
            left, top, right, bottom = max(0, left - 1), max(0, top - 1), min(width, right + 1), min(height, bottom + 1)
        part = (slice(top, bottom), slice(left, right))
        covered = np.ascontiguousarray(self._covered[part])
        if is_soft:
            covered = cv2.blur(covered, (3, 3), borderType=cv2.BORDER_REPLICATE)
        ink, opacity = self._ink
        share = covered * (opacity / np.float32(255))
        self.pixels[part] = cv2.blendLinear(
            np.ascontiguousarray(self._before[part]), np.full((*share.shape, 4), ink, np.uint8), 1 - share, share
        )
        self._touch((left, top, right, bottom))

    def put(self, part: Picture, origin: tuple[int, int]) -> None:
        """Replace what is there by `part`, RGBA uint8 (h, w, 4) multiplied, its corner at `origin`, within a stroke."""
        left, top = origin
        right, bottom = left + part.shape[1], top + part.shape[0]
        self.pixels[top:bottom, left:right] = part
        self._touch((left, top, right, bottom))

    def _touch(self, box: Box) -> None:
        self._touched = union(self._touched, box)
        self._tiles.update(tiles_of(box, *self._size))
        self._stage.refresh(box)

    @property
    def _size(self) -> tuple[int, int]:
        return self.pixels.shape[1], self.pixels.shape[0]

    def drop(self) -> None:
        """Take the stroke back."""
        for left, top, right, bottom in self._ended():
            self.pixels[top:bottom, left:right] = self._before[top:bottom, left:right]
        self._let_go()

    def _ended(self) -> set[Box]:
        """End the stroke and return the tiles that it touched."""
        self._stage.refresh(self._touched)
        tiles, self._tiles = self._tiles, set()
        self.is_painting, self._touched = False, EMPTY_BOX
        for left, top, right, bottom in tiles:
            self._covered[top:bottom, left:right] = 0
        return tiles

    def commit(self, verb: str) -> None:
        """Make the stroke one step "`verb` name", as soon as it is coded."""
        tiles = self._ended()
        if not tiles:
            self._let_go()
            return
        workspace = self._stage.workspace
        tiles.update(tiles_of(self._uncoded, *self._size))
        self._uncoded = EMPTY_BOX
        parts = []
        for left, top, right, bottom in tiles:
            part = self.pixels[top:bottom, left:right].copy()
            self._before[top:bottom, left:right] = part
            parts.append((part, (left, top)))
        self._n_coding += 1
        text = f"{verb} {self.object.name}"
        workspace.textures.work_out(lambda: self._code(parts), lambda painting: self._on_coded(painting, text))

    def _code(self, parts: list[tuple[Picture, tuple[int, int]]]) -> Painting:
        """Return the picture with parts of it replaced. The lane's thread."""
        if self._coded is None:
            found = None if self._worn is None else self._project.content(self._worn.mask_id)
            height, width = self.pixels.shape[:2]
            self._coded = found if isinstance(found, Painting) else Painting.empty(width, height)
        self._coded = self._coded.with_parts(parts)
        return self._coded

    def _on_coded(self, painting: Painting, text: str) -> None:
        """Make a step of what was coded."""
        self._n_coding -= 1
        workspace, object_id = self._stage.workspace, self.object.object_id
        project = workspace.project
        found = None if project is None else project.objects.get(object_id)
        if project is not self._project or found is None or found.is_locked:
            self._let_go()
            return
        edit = paint_verbs.paint_picture(project, object_id, self.frame, painting, text=text)
        after = next((swap.new for swap in edit.labels.values()), project.label(object_id, self.frame))
        self._worn = None if after is None else Worn(object_id, after.mask_id, ())
        workspace.do(edit)
        self._let_go()

    def _let_go(self) -> None:
        """Be shown no longer than until what the project has is drawn."""
        self._stage.refresh_textures()


def take_picture(stage: Stage, found: Object, begun_on: int | None = None) -> PictureInHand | None:
    """Take what is seen of a texture on the present frame in hand, or say why not and return None.

    `begun_on` is the frame of what is begun already, wherever the view has gone by now.
    """
    workspace, frame = stage.workspace, begun_on
    view = workspace.view
    if frame is None:
        view.is_playing = False
        frame = stage.shown_frame
        if frame is None or frame != view.frame:
            workspace.say(f"Frame {view.frame} is still being decoded; paint when it is shown.")
            return None
    if found.is_locked or found.is_hidden:
        state, what = ("locked", "unlock") if found.is_locked else ("hidden", "show")
        workspace.say(f"{found.name} is {state}; {what} it in the object list to paint on it.")
        return None
    worn = next((one for one in workspace.textures.worn(frame) if one.object_id == found.object_id), None)
    hand = stage.layers.textures.hand
    if isinstance(hand, PictureInHand) and hand.is_of(found.object_id, frame, worn):
        return hand
    is_known = worn is None or workspace.textures.layer(frame, worn) is not None
    if workspace.textures.is_working or not is_known:
        workspace.say(f"{found.name} is still being drawn on frame {frame}; paint when it is shown.")
        return None
    layer = None if worn is None else workspace.textures.layer(frame, worn)
    return PictureInHand(stage, found, frame, worn, layer)


def _content(worn: Worn | None) -> int | None:
    return None if worn is None else worn.mask_id
