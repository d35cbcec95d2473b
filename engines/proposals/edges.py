"""Where a picture, or its motion, has outlines, and which pieces of outline belong together.

Edge Boxes (Zitnick and Dollar, "Edge Boxes: Locating Object Proposals from Edges", ECCV 2014) reads outlines from a
forest that was taught with drawn ones. Ours come from gradients alone: those of many channels together, less what
texture around them has.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.proposals.boxes import Boxes

_TEXTURE_SHARE = 0.6
_TEXTURE_REACH_PX = 8.0
"""An outline stands alone; an edge of texture has others within this reach, and loses this share of their mean."""

_MOST_EDGE_PIXELS = 0.05
"""Share of a picture that may be outline: Edge Boxes takes minutes for what is all texture."""

_N_DIRECTIONS = 8
"""Pieces of outline are joined while they keep to one of so many directions, each overlapping its neighbours."""


@dataclass(frozen=True, slots=True, eq=False)
class Edges:
    """Thin outlines of one picture.

    `strength` is float32 (h, w) in [0, 1], 0 but on outlines; `direction` float32 (h, w) in [0, pi), across them.
    """

    strength: NDArray[np.float32]
    direction: NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class EdgeGroups:
    """Pieces of outline: the box around each, float32 (n, 4), and the strength of its pixels together (n,)."""

    boxes: Boxes
    mass: NDArray[np.float32]


def edges_of(channels: NDArray[np.float32], smooth_px: float, full_strength: float) -> Edges:
    """Return the outlines of `channels`, float32 (h, w, c), smoothed by `smooth_px` first.

    A gradient of `full_strength` a pixel, and whatever is steeper, has strength 1.
    """
    smooth = cv2.GaussianBlur(channels, (0, 0), smooth_px)
    smooth = smooth if smooth.ndim == 3 else smooth[..., None]
    squares = np.zeros((3, *smooth.shape[:2]), np.float32)  # of x, of y, of both: Di Zenzo's tensor
    for channel in np.moveaxis(smooth, -1, 0):
        right = cv2.Scharr(np.ascontiguousarray(channel), cv2.CV_32F, 1, 0, scale=1 / 32)
        down = cv2.Scharr(np.ascontiguousarray(channel), cv2.CV_32F, 0, 1, scale=1 / 32)
        squares += np.stack([right * right, down * down, right * down])
    difference, both = squares[0] - squares[1], 2 * squares[2]
    steepest = np.sqrt(np.maximum((squares[0] + squares[1] + np.hypot(difference, both)) / 2, 0))
    across = (0.5 * np.arctan2(both, difference)).astype(np.float32)
    strength = np.minimum(steepest / np.float32(full_strength), 1)
    strength = np.maximum(strength - _TEXTURE_SHARE * cv2.GaussianBlur(strength, (0, 0), _TEXTURE_REACH_PX), 0)
    thin = _thinned(strength, across)
    n_most = int(_MOST_EDGE_PIXELS * thin.size)
    if np.count_nonzero(thin) > n_most:
        faintest = np.partition(thin.ravel(), -n_most)[-n_most]
        thin[thin < faintest] = 0
    return Edges(thin, np.mod(across, np.float32(np.pi)))


def groups_of(edges: Edges) -> EdgeGroups:
    """Return the connected pieces of `edges` that keep to about one direction.

    Edge Boxes adds up groups until their direction has turned by a right angle; ours are cut where it leaves one of
    `_N_DIRECTIONS` sectors, which takes one pass for each of them and no chain of affinities.
    """
    sector = np.floor(edges.direction * np.float32(_N_DIRECTIONS / np.pi)).astype(np.int32) % _N_DIRECTIONS
    found: list[tuple[Boxes, NDArray[np.float32]]] = []
    is_edge = edges.strength > 0
    for number in range(0, _N_DIRECTIONS, 2):
        chosen = is_edge & ((sector == number) | (sector == number + 1))
        count, labels, stats, _ = cv2.connectedComponentsWithStats(chosen.astype(np.uint8), connectivity=8)
        if count > 1:
            mass = np.bincount(labels.ravel(), edges.strength.ravel(), count)[1:].astype(np.float32)
            corner = stats[1:, :2].astype(np.float32)
            found.append((np.hstack([corner, corner + stats[1:, 2:4]]).astype(np.float32), mass))
    if not found:
        return EdgeGroups(np.zeros((0, 4), np.float32), np.zeros(0, np.float32))
    return EdgeGroups(np.concatenate([boxes for boxes, _ in found]), np.concatenate([mass for _, mass in found]))


def _thinned(strength: NDArray[np.float32], across: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return `strength` where it is no less than on either side across the edge, else 0."""
    height, width = strength.shape
    columns, rows = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    right, down = np.cos(across), np.sin(across)
    keep = strength > 0
    for side in (1, -1):
        beside = cv2.remap(
            strength, columns + side * right, rows + side * down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )
        keep &= strength >= beside
    return np.where(keep, strength, 0).astype(np.float32)
