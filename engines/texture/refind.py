"""Where a surface is again after it was hidden: local features of the anchor, matched over the whole frame.

SIFT (Lowe, "Distinctive Image Features from Scale-Invariant Keypoints", IJCV 2004) as OpenCV ships it, because a
surface may come back turned and of another size; those matches count that one similarity explains (RANSAC).
"""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

_MOST_PIXELS = 250_000
"""Of the pictures that are looked through."""
_RATIO = 0.8
"""Of the distances to the best and the second best match, Lowe's."""
_MISS_PX = 5.0
"""By which a match may miss the similarity: surfaces bend."""
_LEAST_MATCHES = 6
_SIZES = (0.2, 5.0)
"""Least and largest growth since the anchor."""
_CLEAR = 0.02
"""Least contrast of a feature: half of OpenCV's default, for fur and cloth."""


class Finder:
    """Looks for one surface in frames. One thread."""

    def __init__(self, image: NDArray[np.uint8], region: NDArray[np.bool_]) -> None:
        """Learn how `region`, bool (H, W), of `image`, RGB uint8 (H, W, 3), looks."""
        self._sift = cv2.SIFT.create(nfeatures=3000, contrastThreshold=_CLEAR)
        self._scale = min(1.0, math.sqrt(_MOST_PIXELS / (image.shape[0] * image.shape[1])))
        grey = self._grey(image)
        mask = cv2.resize(region.astype(np.uint8), grey.shape[::-1], interpolation=cv2.INTER_NEAREST)
        self._places, self._looks = self._features(grey, mask)

    def find(self, image: NDArray[np.uint8]) -> NDArray[np.float64] | None:
        """Return the similarity, float64 (2, 3), that takes the anchor's x, y to this frame's; None for not found."""
        places, looks = self._features(self._grey(image), None)
        if len(self._places) < _LEAST_MATCHES or len(places) < _LEAST_MATCHES:
            return None
        apart = self._looks @ looks.T  # of unit vectors
        best = np.argsort(-apart, 1)[:, :2]
        every = np.arange(len(apart))
        near, next_ = (np.sqrt(np.maximum(2 - 2 * apart[every, best[:, k]], 0)) for k in range(2))
        good = near < _RATIO * next_
        if np.count_nonzero(good) < _LEAST_MATCHES:
            return None
        here, there = self._places[good], places[best[good, 0]]
        found, inliers = cv2.estimateAffinePartial2D(
            here, there, method=cv2.RANSAC, ransacReprojThreshold=_MISS_PX / self._scale, maxIters=2000
        )
        if found is None or np.count_nonzero(inliers) < _LEAST_MATCHES:
            return None
        size = math.hypot(found[0, 0], found[1, 0])
        similarity: NDArray[np.float64] = found
        return similarity if _SIZES[0] < size < _SIZES[1] else None

    def _grey(self, image: NDArray[np.uint8]) -> NDArray[np.uint8]:
        grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
        if self._scale == 1:
            return grey
        return cv2.resize(grey, None, fx=self._scale, fy=self._scale, interpolation=cv2.INTER_AREA)

    def _features(
        self, grey: NDArray[np.uint8], mask: NDArray[np.uint8] | None
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return places in the clip's pixels (n, 2) and looks (n, 128), unit vectors."""
        found, looks = self._sift.detectAndCompute(grey, mask)
        if not found:
            return np.zeros((0, 2), np.float32), np.zeros((0, 128), np.float32)
        places = (np.array([each.pt for each in found], np.float32) + 0.5) / self._scale - 0.5
        looks = np.sqrt(looks / np.maximum(looks.sum(1, keepdims=True), 1e-6))  # Arandjelovic and Zisserman, 2012
        return places.astype(np.float32), looks.astype(np.float32)
