"""The mask that is being changed right now: begun by a press, ended by one edit or by none."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from app.project import verbs
from app.project.model import Kind, Object
from engines.labels.raster import stamp_segment, union
from engines.labels.rle import Box, RleMask
from widgets.canvas.crops import CropCache
from widgets.canvas.picture_hand import PictureInHand, take_picture
from widgets.canvas.stage import Stage


class MaskInHand:
    """One object's mask on one frame as an array that tools paint in. GUI thread only.

    `pixels` is uint8 (H, W) of 0 and 255. Tools change it in place and say where (`touch`); nothing reaches the
    project before `commit`, and `drop` leaves no trace. `box` holds all set pixels.
    """

    def __init__(self, stage: Stage, object_: Object, frame: int, base: RleMask, *, is_new: bool) -> None:
        self.object = object_
        self.frame = frame
        self.pixels: NDArray[np.uint8] = np.zeros((base.height, base.width), np.uint8)
        self.box: Box = base.box
        self.is_exclusive: bool = stage.workspace.view.exclusive and object_.kind is Kind.MASK
        self._stage = stage
        self._base = base
        self.is_new = is_new
        self._touched: Box = (0, 0, 0, 0)
        self._value = 255
        _paste(self.pixels, base, stage.layers.masks.crops)
        stage.layers.masks.hand = self
        stage.refresh(base.box)

    def begin(self, *, erases: bool = False) -> None:
        """Begin a stroke that paints, or one that erases."""
        self._value = 0 if erases else 255

    def stroke(
        self, start: tuple[float, float], end: tuple[float, float], start_radius_px: float, end_radius_px: float
    ) -> None:
        """Go on with the stroke from one image position to another."""
        self.touch(stamp_segment(self.pixels, start, end, start_radius_px, end_radius_px, self._value))

    def touch(self, box: Box) -> None:
        """Say that pixels inside `box` have changed."""
        self.box = union(self.box, box)
        self._touched = union(self._touched, box)
        self._stage.refresh(box)

    def restore(self) -> None:
        """Go back to the mask as it was taken in hand."""
        left, top, right, bottom = self._touched
        self.pixels[top:bottom, left:right] = 0
        _paste(self.pixels, self._base, self._stage.layers.masks.crops)
        self._stage.refresh(self._touched)
        self._touched, self.box = (0, 0, 0, 0), self._base.box

    def drop(self) -> None:
        """Put the mask away unchanged."""
        self._stage.layers.masks.hand = None
        self._stage.refresh(union(self.box, self._touched))

    def commit(self, verb: str) -> None:
        """Make what was painted the object's anchor on the frame where it began, as one step "`verb` name".

        A mask that is as it was makes no step. An object that did not exist yet is added in the same step.
        """
        left, top, right, bottom = self.box
        height, width = self.pixels.shape
        crop = self.pixels[top:bottom, left:right] != 0
        mask = RleMask.encode_crop(crop, (left, top), width, height)
        self.drop()
        workspace = self._stage.workspace
        project = workspace.project
        if mask == self._base or project is None:
            return
        text = f"{verb} {self.object.name}"
        if self.is_new:
            workspace.undo_stack.beginMacro(text)
            self._paint(workspace.add_object(), mask, text)
            workspace.undo_stack.endMacro()
            return
        refusal = _refusal(project.objects[self.object.object_id])  # it may have been locked meanwhile
        if refusal:
            workspace.say(refusal)
        else:
            self._paint(self.object.object_id, mask, text)

    def _paint(self, object_id: int, mask: RleMask, text: str) -> None:
        workspace = self._stage.workspace
        assert workspace.project is not None
        workspace.do(
            verbs.paint_mask(
                workspace.project, object_id, self.frame, mask, text=text, exclusive_over=self.is_exclusive
            )
        )


def take_hand(stage: Stage) -> MaskInHand | PictureInHand | None:
    """Take in hand what the selected object is painted with, a picture or a mask, or say why not and return None."""
    project, object_id = stage.workspace.project, stage.workspace.view.object_id
    found = None if project is None or object_id is None else project.objects.get(object_id)
    return take_mask(stage) if found is None or found.kind is not Kind.TEXTURE else take_picture(stage, found)


def take_mask(stage: Stage) -> MaskInHand | None:
    """Take the selected object's mask on the present frame in hand, or say why not and return None.

    Playing stops. The mask is what the person sees: the anchor, else the proposal, else the derived label,
    else nothing. With no object selected the first stroke makes one.
    """
    workspace = stage.workspace
    project, view = workspace.project, workspace.view
    if project is None or workspace.clip is None:
        return None
    view.is_playing = False
    if stage.shown_frame != view.frame:
        workspace.say(f"Frame {view.frame} is still being decoded; paint when it is shown.")
        return None
    base = RleMask.empty(workspace.clip.width, workspace.clip.height)
    object_ = project.objects.get(view.object_id)
    if object_ is None:
        edit = verbs.add_object(project)  # not done before there is something to commit
        new = next(iter(edit.objects.values())).new
        assert new is not None
        return MaskInHand(stage, new, view.frame, base, is_new=True)
    refusal = _refusal(object_)
    if refusal:
        workspace.say(refusal)
        return None
    shown = workspace.shown(object_.object_id, view.frame)
    if shown is not None:
        base = project.mask(shown[0].mask_id)
    return MaskInHand(stage, object_, view.frame, base, is_new=False)


def _refusal(object_: Object) -> str:
    """Return why an object cannot be painted on, a sentence, or nothing."""
    if object_.is_locked:
        return f"{object_.name} is locked; unlock it in the object list to paint on it."
    if object_.is_hidden:
        return f"{object_.name} is hidden; show it in the object list to paint on it."
    if object_.kind not in verbs.PAINTED_KINDS:
        return f"{object_.name} has no mask; select an object that has one, or none, to paint."
    return ""


def _paste(pixels: NDArray[np.uint8], mask: RleMask, crops: CropCache) -> None:
    """Copy a mask to its place."""
    left, top, right, bottom = mask.box
    pixels[top:bottom, left:right], _ = crops.crop(mask)
