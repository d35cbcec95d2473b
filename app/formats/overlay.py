"""The clip as a video with its masks and joints drawn over it, for showing to people."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from app.formats.interface import LabelSource, Plan
from app.media.video_writer import VideoWriter
from app.project.skeleton import Colour, Skeleton
from engines.labels.points import Points
from engines.labels.rle import RleMask

FILE_NAME = "overlay.mp4"
_SHIFT = 4
"""Bits of a pixel's fraction that OpenCV draws with."""
OPACITY = 0.45
"""Strong enough to tell objects apart, weak enough to see what is under them."""


def plan(source: LabelSource) -> Plan:
    """Return what `write` would write, and what does not come into the video."""
    n_hidden = sum(found.is_hidden for found in source.objects)
    hidden = (f"Hidden objects are left out of the video: {n_hidden}.",) if n_hidden else ()
    return Plan((FILE_NAME,), source.clip.n_frames, hidden)


def write(source: LabelSource, folder: Path) -> Iterator[None]:
    """Write the video into `folder`; yields once a frame."""
    clip = source.clip
    path = folder / FILE_NAME
    with VideoWriter(path, clip.width, clip.height, clip.times_s) as writer, clip.open() as frames:
        for frame in range(clip.n_frames):
            image = np.array(frames.image(frame))
            for found, _, mask in source.labels_on(frame):
                if not found.is_hidden:
                    draw_mask(image, mask, found.colour)
            for found, _, points in source.points_on(frame):
                if not found.is_hidden and found.skeleton is not None:
                    draw_points(image, points, found.skeleton, found.colour)
            writer.write(image)
            yield


def draw_mask(image: NDArray[np.uint8], mask: RleMask, colour: tuple[int, int, int]) -> None:
    """Tint the pixels of `mask` in `image`, RGB uint8 (H, W, 3), in place, and draw its outline in full colour.

    The outline lies inside the mask and is a pixel wide for every 400 of the picture's shorter side.
    """
    if mask.area == 0:
        return
    left, top, right, bottom = mask.box
    region = mask.crop()
    patch = image[top:bottom, left:right]
    tinted = patch[region] * (1 - OPACITY) + np.array(colour) * OPACITY
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
