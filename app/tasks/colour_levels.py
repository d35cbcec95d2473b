"""A picture at one size or two, and chroma laid over it: answers, regions and hints."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

from app.project.colour_draft import ColourAnswer, ColourHint
from engines.cie_lab import luminance, to_lab, to_rgb
from engines.colour.enlarge import enlarged
from engines.colour.hints import Hint, HintSolver, pixels_of
from engines.labels.chroma import ChromaMap
from engines.labels.painting import Painting
from engines.labels.rle import RleMask

if TYPE_CHECKING:
    from app.tasks.colorize import Colours
    from engines.colour.belief import Belief
    from engines.colour.colorizer import Outlook

ColourLabel = Painting | ChromaMap
"""What a label of colour shows: a picture that a person made, or what a run carried."""

SEEN_BELOW = 0.5
"""Where less sure than this, a pixel counts as never seen."""
MOST_PREVIEW_PX = 420_000
"""A change of a hint takes 140 ms of one core at 854 x 480 (measured); larger pictures are coloured small first."""
QUICK_PX = 100_000
"""While a clip plays: a third of the time, and colours are seen less finely than light anyway."""
_KEPT, _KEPT_SMALL = 4, 32
THUMBNAIL_PX = 96
"""Longer side of a sample's picture."""
_FEATHER = 0.004
"""Of the picture's short side: how softly a region ends."""


def preview_size(width: int, height: int, most_px: int) -> tuple[int, int]:
    """Return the (width, height) of a picture made so small that it has `most_px` pixels at most."""
    scale = min(1.0, math.sqrt(most_px / (width * height)))
    return (width, height) if scale == 1 else (max(1, round(width * scale)), max(1, round(height * scale)))


def grey_picture(light: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Return the picture without colour, RGB uint8 (H, W, 3), that has this luminance (H, W)."""
    greys = np.zeros((1001, 3), np.float32)
    greys[:, 0] = np.linspace(0, 100, 1001)
    table = to_rgb(greys)[:, 0]
    return cv2.cvtColor(table[np.rint(light * 10).astype(np.int64)], cv2.COLOR_GRAY2RGB)


def label_picture(image: NDArray[np.uint8], label: ColourLabel) -> NDArray[np.uint8]:
    """Return a frame, RGB uint8 (H, W, 3), with the colours of its label over its own luminance."""
    light = luminance(image)
    return to_rgb(np.concatenate([light[..., None], label_chroma(label, light)], -1))


def label_chroma(label: ColourLabel, light: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return a and b of a label, float32 (H, W, 2), at the size of `light`, the frame's luminance."""
    height, width = light.shape
    if isinstance(label, ChromaMap):
        chroma, _ = label.decode()
        return chroma if chroma.shape[:2] == light.shape else enlarged(chroma, light)
    chroma = to_lab(label.decode()[..., :3])[..., 1:]
    same = chroma.shape[:2] == light.shape
    return chroma if same else cv2.resize(chroma, (width, height), interpolation=cv2.INTER_AREA)


class Level:
    """One size of a picture. One thread; what depends on the picture alone is computed once."""

    def __init__(self, light: NDArray[np.float32], scale: float = 1.0) -> None:
        """Take luminance (H, W) in 0..100, of a picture that is `scale` as large as the frame."""
        self.light = light
        self._scale = scale
        self._answers: OrderedDict[Hashable, NDArray[np.float32]] = OrderedDict()
        self._solvers: OrderedDict[Hashable, HintSolver] = OrderedDict()

    def answer(self, key: Hashable, make: Callable[[], NDArray[np.float32]]) -> NDArray[np.float32]:
        """Return the a and b of an answer, which `make` makes where they are not known."""
        found = self._answers.pop(key, None)
        self._answers[key] = make() if found is None else found
        while len(self._answers) > _KEPT:
            self._answers.popitem(last=False)
        return self._answers[key]

    def share(self, region: RleMask) -> NDArray[np.float32]:
        """Return how much a region counts at each pixel, (H, W, 1) in 0..1, softly at its border."""
        soft = self._mask(region).astype(np.float32)
        return cv2.GaussianBlur(soft, (0, 0), max(0.5, _FEATHER * min(self.light.shape)))[..., None]

    def hinted(
        self,
        chroma: NDArray[np.float32],
        hints: Sequence[ColourHint],
        regions: Mapping[int, RleMask],
        belief: Belief | None,
        *,
        is_alone: bool,
    ) -> NDArray[np.float32]:
        """Return `chroma` with all hints: those for the whole picture first, then those within each object's mask.

        Hints within an object that has no mask here count for nothing. `belief` is what `chroma` is the mean of.
        """
        wanted = dict.fromkeys((0, *(hint.object_id for hint in hints)))
        for object_id in wanted:
            region = regions.get(object_id)
            own = [self._hint(hint) for hint in hints if hint.object_id == object_id]
            if own and (object_id == 0 or region is not None):
                solver = self._solver(region)
                chroma = solver.apply(chroma, own, belief, is_alone=is_alone and object_id == 0)
                belief = None  # what is changed by hints is no mean of it any more
        return chroma

    def _hint(self, hint: ColourHint) -> Hint:
        """Return a hint as the solver takes it, on this size's pixels."""
        height, width = self.light.shape
        points = [((x + 0.5) * self._scale - 0.5, (y + 0.5) * self._scale - 0.5) for x, y in hint.points]
        places = pixels_of(points, max(1, round(hint.width_px * self._scale)), width, height)
        return Hint(np.clip(places, 0, (width - 1, height - 1)), hint.chroma, hint.reach)

    def _solver(self, region: RleMask | None) -> HintSolver:
        """Return what solves for hints within a region, or everywhere."""
        found = self._solvers.pop(region, None)
        self._solvers[region] = found or HintSolver(self.light, None if region is None else self._mask(region))
        while len(self._solvers) > _KEPT:
            self._solvers.popitem(last=False)
        return self._solvers[region]

    def _mask(self, region: RleMask) -> NDArray[np.bool_]:
        """Return a region at this size."""
        mask = region.decode()
        if mask.shape == self.light.shape:
            return mask
        return cv2.resize(mask.astype(np.uint8), self.light.shape[::-1], interpolation=cv2.INTER_NEAREST) > 0


class Still:
    """One picture with what is known of it so far. One thread."""

    def __init__(self, image: NDArray[np.uint8], network: Colours | None) -> None:
        """Take a frame, RGB uint8 (H, W, 3)."""
        self.image = image
        self._network = network
        self.answers: OrderedDict[ColourAnswer, NDArray[np.float32]] = OrderedDict()
        """Small a and b (h, w, 2), the latest last."""
        height, width = image.shape[:2]
        self.is_large = width * height > MOST_PREVIEW_PX

    @property
    def is_fresh(self) -> bool:
        """Whether no sample of it has been drawn."""
        return not any(answer.kind == "sample" for answer in self.answers)

    @cached_property
    def whole(self) -> Level:
        """The picture as it is."""
        return Level(luminance(self.image))

    @cached_property
    def rough(self) -> Level:
        """The picture made small where it is large, to be coloured while a person waits."""
        return self._level(MOST_PREVIEW_PX)

    @cached_property
    def quick(self) -> Level:
        """The picture made smaller still, to be coloured while a clip plays."""
        return self._level(QUICK_PX)

    def _level(self, most_px: int) -> Level:
        height, width = self.image.shape[:2]
        size = preview_size(width, height, most_px)
        if size == (width, height):
            return self.whole
        return Level(luminance(cv2.resize(self.image, size, interpolation=cv2.INTER_AREA)), size[0] / width)

    @cached_property
    def outlook(self) -> Outlook | None:
        """What the network makes of it, None where there is no network."""
        return None if self._network is None else self._network.outlook(self.image)

    @cached_property
    def _grey(self) -> NDArray[np.uint8]:
        return grey_picture(self.whole.light)

    def keep(self, answer: ColourAnswer, chroma: NDArray[np.float32]) -> None:
        """Keep an answer for later."""
        self.answers[answer] = chroma
        while len(self.answers) > _KEPT_SMALL:
            self.answers.popitem(last=False)

    def picture(self, level: Level, chroma: NDArray[np.float32]) -> NDArray[np.uint8]:
        """Return the picture in colour, as large as the frame: what a small one has more than grey, laid over grey."""
        picture = to_rgb(np.concatenate([level.light[..., None], chroma], -1))
        if level.light.shape == self.image.shape[:2]:
            return picture
        grey = grey_picture(level.light)
        more, less = (
            cv2.resize(each, self.image.shape[1::-1], interpolation=cv2.INTER_LINEAR)
            for each in (cv2.subtract(picture, grey), cv2.subtract(grey, picture))
        )
        return cv2.subtract(cv2.add(self._grey, more), less)

    def thumbnail(self, chroma: NDArray[np.float32]) -> NDArray[np.uint8]:
        """Return an answer, a and b (h, w, 2), as a small picture to be chosen from others."""
        height, width = self.image.shape[:2]
        scale = THUMBNAIL_PX / max(width, height)
        size = max(1, round(width * scale)), max(1, round(height * scale))
        light = luminance(cv2.resize(self.image, size, interpolation=cv2.INTER_AREA))
        colours = cv2.resize(np.ascontiguousarray(chroma), size, interpolation=cv2.INTER_LINEAR)
        return to_rgb(np.concatenate([light[..., None], colours], -1))
