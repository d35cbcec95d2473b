"""Boxes that may hold a whole object, of one frame at a time.

Xiao, "Multimodal Learning with Minimal Human Supervision from Videos and Natural Language" (UC Davis, 2020), section
2.2.1: Edge Boxes on the picture and on its motion, each box scored on both, the product being its objectness. Ours
reads motion less the camera's, as a vector and not as its length, adds the boxes around what moves, and asks of a box
that it moves otherwise than the ring around it.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.propagation.pixel_links import WorkingPicture
from engines.proposals.boxes import Boxes, Integral, distinct
from engines.proposals.edges import EdgeGroups, Edges, edges_of, groups_of
from engines.proposals.motion import STILL_PX, Motion

_LOOK_SMOOTH_PX = 1.2
_LOOK_FULL = 12.0
"""A step of so much in Lab, a pixel, is a full outline."""
_MOTION_SMOOTH_PX = 2.0
_MOTION_FULL = 0.25
"""A change of own motion by so many pixels, a pixel, is a full outline."""

_LEAST_AREA = 0.001
"""Of a box, as a share of the picture."""
_MOST_ASPECT = 4.0
_BOXES_PER_MAP = 250
_STEP_OVERLAP, _MOST_ALIKE = 0.55, 0.7
"""Of Edge Boxes' windows: how far neighbouring ones overlap, and how far two that are kept may."""
_KAPPA = 1.5
"""Of Edge Boxes: how much a larger box must hold to count as much."""

_SPEEDS = (0.15, 0.3, 0.5)
"""Shares of a frame's top speed above which what moves is taken for one thing."""


@dataclass(frozen=True, slots=True, eq=False)
class StaticBoxes:
    """Boxes of one frame, float32 (n, 4) in working pixels, best first, none quite like another.

    `by_look` and `by_motion` are float32 (n,), the scores on either map, whose product is the objectness; `by_motion`
    is None on a frame whose motion is not known. `speed_px` is how fast the fastest part moves by itself.
    """

    boxes: Boxes
    by_look: NDArray[np.float32]
    by_motion: NDArray[np.float32] | None
    speed_px: float


def static_boxes(picture: WorkingPicture, motion: Motion | None, most: int) -> StaticBoxes:
    """Return up to `most` boxes of a frame that hold an outline; without `motion` appearance alone decides."""
    looks = edges_of(picture.lab, _LOOK_SMOOTH_PX, _LOOK_FULL)
    boxes = [_edge_boxes(looks)]
    moves = None
    if motion is not None:
        moves = edges_of(motion.own, _MOTION_SMOOTH_PX, _MOTION_FULL)
        boxes += [_edge_boxes(moves), _moving(motion)]
    every = np.concatenate(boxes)
    by_look = holds(looks, every)
    every, by_look = every[by_look > 0], by_look[by_look > 0]
    by_motion = None
    if motion is not None and moves is not None:
        by_motion = holds(moves, every) * stands_out(motion, every)
    kept = distinct(every, by_look if by_motion is None else by_look * by_motion, 0.9, most)
    speed_px = 0.0 if motion is None else float(np.percentile(motion.speed, 99))
    return StaticBoxes(every[kept], by_look[kept], None if by_motion is None else by_motion[kept], speed_px)


def holds(edges: Edges, boxes: Boxes) -> NDArray[np.float32]:
    """Return how much outline lies wholly in each box (n, 4) and near its rim, float32 (n,).

    The score of Edge Boxes with affinities of 0 and 1: groups that cross a box's border count nothing.
    """
    groups = groups_of(edges)
    if len(groups.boxes) == 0 or len(boxes) == 0:
        return np.zeros(len(boxes), np.float32)
    left_top, right_bottom = boxes[:, :2], boxes[:, 2:]
    sides = right_bottom - left_top
    centre = np.hstack([left_top + sides / 4, right_bottom - sides / 4]).astype(np.float32)
    rim = np.maximum(_held(groups, boxes) - _held(groups, centre), 0)
    return (rim / (2 * np.maximum(sides.sum(1), 1) ** _KAPPA)).astype(np.float32)


def stands_out(motion: Motion, boxes: Boxes) -> NDArray[np.float32]:
    """Return how much faster the inside of each box moves than a ring of its own area around it, in [0, 1]."""
    speeds = Integral(np.minimum(motion.speed, 20))
    sides = (boxes[:, 2:] - boxes[:, :2]) * ((2**0.5 - 1) / 2)
    around = np.hstack([boxes[:, :2] - sides, boxes[:, 2:] + sides]).astype(np.float32)
    whole_in, whole_out = speeds.rounded(boxes), speeds.rounded(around)
    n_in, n_out = (np.prod(whole[:, 2:] - whole[:, :2], 1) for whole in (whole_in, whole_out))
    total_in, total_out = speeds.sums(boxes)[:, 0], speeds.sums(around)[:, 0]
    inside = total_in / np.maximum(n_in, 1)
    ring = (total_out - total_in) / np.maximum(n_out - n_in, 1)
    return np.maximum((inside - ring) / (inside + ring + STILL_PX), 0).astype(np.float32)


def _held(groups: EdgeGroups, boxes: Boxes) -> NDArray[np.float32]:
    """Return the mass of the groups that lie wholly in each box."""
    inside = np.ones((len(boxes), len(groups.boxes)), bool)
    for side in range(4):  # in whole pixels and side by side: ten times as fast as all four at once
        border = np.rint(boxes[:, side, None]).astype(np.int16)
        reach = groups.boxes[None, :, side].astype(np.int16)
        inside &= reach >= border if side < 2 else reach <= border
    return inside.astype(np.float32) @ groups.mass


def _edge_boxes(edges: Edges) -> Boxes:
    """Return what Edge Boxes finds, float32 (n, 4)."""
    if not edges.strength.any():
        return np.zeros((0, 4), np.float32)
    finder = cv2.ximgproc.createEdgeBoxes(
        maxBoxes=_BOXES_PER_MAP,
        minBoxArea=_LEAST_AREA * edges.strength.size,
        maxAspectRatio=_MOST_ASPECT,
        alpha=_STEP_OVERLAP,
        beta=_MOST_ALIKE,
    )
    found, _ = finder.getBoundingBoxes(edges.strength, edges.direction)
    corners = np.asarray(found, np.float32).reshape(-1, 4)  # x, y, width, height
    return np.hstack([corners[:, :2], corners[:, :2] + corners[:, 2:]]).astype(np.float32)


def _moving(motion: Motion) -> Boxes:
    """Return the boxes around what moves at more than some speeds, float32 (n, 4)."""
    smooth = cv2.GaussianBlur(motion.speed, (0, 0), 1.5)
    top = float(np.percentile(smooth, 99.5))
    found = [np.zeros((0, 4), np.float32)]
    for share in _SPEEDS:
        moves = smooth > max(STILL_PX, share * top)
        _, _, stats, _ = cv2.connectedComponentsWithStats(moves.astype(np.uint8), connectivity=8)
        stats = stats[1:][stats[1:, 4] >= _LEAST_AREA * moves.size]
        corner = stats[:, :2].astype(np.float32)
        found.append(np.hstack([corner, corner + stats[:, 2:4]]).astype(np.float32))
    return np.concatenate(found)
