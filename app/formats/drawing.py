"""Labels drawn over pictures, for showing to people."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from app.formats.interface import LabelSource
from app.media.times import clock
from app.project.model import Kind
from app.project.skeleton import Colour, Skeleton
from engines.labels.alpha import multiplied, over, straight
from engines.labels.points import Points
from engines.labels.rle import RleMask

_SHIFT = 4
"""Bits of a pixel's fraction that OpenCV draws with."""


def draw_labels(image: NDArray[np.uint8], source: LabelSource, frame: int) -> None:
    """Draw what is labelled on `frame` into its picture `image`, RGB uint8 (H, W, 3), in place; hidden not."""
    textured = source.dressed(frame, image)
    if textured is not None:
        image[:] = textured.image
    _draw_things(image, source, frame)


def _draw_things(image: NDArray[np.uint8], source: LabelSource, frame: int) -> None:
    """Draw masks and points into `image`, RGB uint8 (H, W, 3) of the clip's size, in place."""
    for found, _, mask in source.labels_on(frame):
        if not found.is_hidden:
            draw_mask(image, mask, found.colour, source.look.opacity)
    for found, _, points in source.points_on(frame):
        if not found.is_hidden and found.skeleton is not None:
            draw_points(image, points, found.skeleton, found.colour)


def labels_alone(source: LabelSource, frame: int, picture: Callable[[], NDArray[np.uint8]]) -> NDArray[np.uint8]:
    """Return what `draw_labels` draws on a transparent ground, uint8 (H, W, 4) RGBA, not premultiplied.

    It is drawn on black and on white: how far the two differ says how much is seen through. `picture` gives the
    frame, RGB, which textures are shaded after; it is not asked where there are none.
    """
    has_textures = any(found.kind is Kind.TEXTURE for found in source.objects)
    textured = source.dressed(frame, picture()) if has_textures else None
    shape = (source.clip.height, source.clip.width, 3)
    on_black, on_white = np.zeros(shape, np.uint8), np.full(shape, 255, np.uint8)
    _draw_things(on_black, source, frame)
    _draw_things(on_white, source, frame)
    layer = np.zeros((*shape[:2], 4), np.uint8)
    drawn = (on_white != 255).any(axis=2) | on_black.any(axis=2)
    black = on_black[drawn].astype(np.float32)
    alpha = np.clip(255 - (on_white[drawn] - black).mean(axis=1, keepdims=True), 1, 255)
    layer[drawn] = np.concatenate((np.minimum(255, np.rint(black * 255 / alpha)), np.rint(alpha)), axis=1)
    return layer if textured is None else straight(over(multiplied(textured.layer), multiplied(layer)))


def draw_mask(image: NDArray[np.uint8], mask: RleMask, colour: Colour, opacity: float) -> None:
    """Tint the pixels of `mask` in `image`, RGB uint8 (H, W, 3), in place, and draw its outline in full colour.

    The outline lies inside the mask and is a pixel wide for every 400 of the picture's shorter side.
    """
    if mask.area == 0:
        return
    left, top, right, bottom = mask.box
    region = mask.crop()
    patch = image[top:bottom, left:right]
    tinted = patch[region] * (1 - opacity) + np.array(colour) * opacity
    patch[region] = tinted.astype(np.uint8)
    width_px = max(1, round(min(image.shape[:2]) / 400))
    # A border of background, so that the outline also runs along the box.
    padded = cv2.copyMakeBorder(region.astype(np.uint8), width_px, width_px, width_px, width_px, cv2.BORDER_CONSTANT)
    inner = cv2.erode(padded, np.ones((3, 3), np.uint8), iterations=width_px)
    patch[region & ~inner[width_px:-width_px, width_px:-width_px].astype(bool)] = colour


def draw_points(image: NDArray[np.uint8], points: Points, skeleton: Skeleton, colour: Colour) -> None:
    """Draw bones in `colour` and joints in those of their skeleton into `image`, RGB uint8 (H, W, 3), in place.

    A joint that something hides is a ring. A bone is two pixels wide for every 400 of the picture's shorter side.
    """
    size_px = max(1, round(min(image.shape[:2]) / 400))
    at = {
        joint.slot: (round(found.x * 2**_SHIFT), round(found.y * 2**_SHIFT))
        for joint in skeleton.joints
        if (found := points.at(joint.slot)) is not None
    }
    for start, end in skeleton.bones:
        if start in at and end in at:
            cv2.line(image, at[start], at[end], colour, 2 * size_px, cv2.LINE_AA, _SHIFT)
    for joint in skeleton.joints:
        found = points.at(joint.slot)
        if found is not None:
            radius, width = 4 * size_px * 2**_SHIFT, -1 if found.is_visible else 2 * size_px
            cv2.circle(image, at[joint.slot], radius, joint.colour, width, cv2.LINE_AA, _SHIFT)


def stamp_text(source: LabelSource, frame: int) -> str:
    """Return the number and the time stamp of a frame."""
    return f"{frame}  {clock(float(source.clip.times_s[frame]))}"


def draw_stamp(image: NDArray[np.uint8], source: LabelSource, frame: int) -> None:
    """Write number and time stamp of `frame` into the lower left corner of `image`, RGB(A) uint8 (H, W, 3 or 4)."""
    height, width = image.shape[:2]
    size_px = max(11, round(min(height, width) / 20))
    text = stamp_text(source, frame)
    wide, high = round(font(size_px).getlength(text)) + size_px, round(1.6 * size_px)
    plate = Image.fromarray(np.ascontiguousarray(image[max(0, height - high) :, :wide]))
    opaque = (255,) * (image.shape[2] - 3)
    drawing = ImageDraw.Draw(plate)
    drawing.rectangle((0, 0, *plate.size), fill=(0, 0, 0, *opaque))
    drawing.text((size_px / 2, plate.height / 2), text, (255, 255, 255, *opaque), font(size_px), anchor="lm")
    image[max(0, height - high) :, :wide] = np.asarray(plate)


@lru_cache(maxsize=8)
def font(size_px: int) -> ImageFont.FreeTypeFont:
    """Return the typeface that comes with Pillow."""
    found = ImageFont.load_default(size_px)
    assert isinstance(found, ImageFont.FreeTypeFont)
    return found
