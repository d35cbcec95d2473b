"""Published ways of carrying labels by matching features, as one procedure with their constants.

So that a recipe and the weights that it runs on can be compared apart. Labels live on the feature map's cells; a
cell of a new frame takes the labels of the cells of earlier frames that it looks like, and the picture's mask is the
map enlarged. Constants are those of the authors' code where the papers leave them open.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engines.correspondence.affinity import (
    Keys,
    TopMatches,
    Window,
    match_bytes,
    match_everywhere,
    match_full_softmax,
    match_windows,
    mix,
)
from engines.correspondence.encoder import Encoder
from engines.correspondence.feature_reader import FeatureReader
from engines.labels.presence import Presence
from engines.labels.rle import RleMask
from engines.propagation.cells import to_cells, to_pixels
from engines.propagation.flow_confidence import LOST, crispness
from engines.propagation.soft_labels import GONE, touches_border
from engines.propagation.types import Carried, MaskAnchor

MOST_ANCHORS = 8
"""Anchor frames that are compared with at a time, those nearest to the present one: the published recipes know one."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """One published procedure.

    Each frame is compared with the anchor frames and the `n_recent` frames before it, in `window` cells around its
    own place (on anchor frames only where `anchors_in_window`). The `k` best matches share a query's label by a
    softmax at `temperature`: jointly over all frames, or with `is_joint` False each frame's own by the full
    softmax over its cells, then the mean over frames. `pads` fills up missing recent frames with copies of the anchor.
    `rescale` stretches each class map to 0..1, when it is ``stored`` (and so shown) or only when ``shown``: an object
    that has left comes back as a ghost. `size` gives the (width, height) at which a clip's pictures are encoded.
    """

    title: str
    n_recent: int
    k: int
    temperature: float
    window: Window | None
    anchors_in_window: bool
    is_joint: bool
    pads: bool
    rescale: Literal["never", "stored", "shown"]
    size: Callable[[int, int], tuple[int, int]]


def _square_320(width: int, height: int) -> tuple[int, int]:
    return min(320, width), min(320, height)


def _short_side_480(width: int, height: int) -> tuple[int, int]:
    scale = min(1.0, 480 / min(width, height))  # enlarging would show nothing new
    return max(1, round(width * scale)), max(1, round(height * scale))


RECIPES: dict[str, Recipe] = {
    # Wang, "Learning and Reasoning with Visual Correspondence in Time", section 2.3; the code of TimeCycle.
    "thesis": Recipe(
        "Cycle-consistency of time (TimeCycle)", 7, 5, 512**-0.5, None, False, False, True, "stored", _square_320
    ),
    # Jabri, Owens and Efros, "Space-Time Correspondence as a Contrastive Random Walk", NeurIPS 2020.
    "crw": Recipe(
        "Contrastive random walk", 20, 10, 0.05, Window(12, "circle"), False, True, True, "never", _short_side_480
    ),
    # Caron et al., "Emerging Properties in Self-Supervised Vision Transformers", ICCV 2021; VFS is much the same.
    "dino": Recipe("DINO, VFS", 7, 5, 0.1, Window(12), True, True, False, "shown", _short_side_480),
}


@dataclass(slots=True)
class _Remembered:
    """A frame to compare with: its features, and the class maps (cells, 2) of each object that it has a label of.

    The two classes are the object and what is not it. An object without a label here is in neither.
    """

    frame: int
    cells: Tensor
    labels: dict[int, Tensor]


class RecipeMaps:
    """Class maps of objects carried along one sweep as a `Recipe` says. One thread; holds the features of its frames.

    An object's maps are float32 (cells, 2): the object, and what is not it.
    """

    def __init__(
        self, reader: FeatureReader, recipe: Recipe, anchors: Mapping[tuple[int, int], Callable[[], Tensor]]
    ) -> None:
        """`anchors` makes the maps that a person gave, by (object, frame)."""
        self._reader = reader
        self._recipe = recipe
        self._anchors = anchors
        self._known: dict[int, _Remembered] = {}  # anchor frames, by frame
        self._recent: deque[_Remembered] = deque(maxlen=max(1, recipe.n_recent))

    def hold(self, object_id: int, frame: int, maps: Tensor) -> None:
        """Take `maps` as the truth of an object on `frame`, the one come to last."""
        place = self._known.get(frame)
        if place is None:
            place = self._known[frame] = _Remembered(frame, self._cells(frame), {})
        place.labels[object_id] = maps
        if not self._recent or self._recent[0].frame != frame:
            self._recent.appendleft(_Remembered(frame, place.cells, {}))
        self._recent[0].labels[object_id] = maps

    def carry(self, frame: int, object_ids: list[int]) -> dict[int, Tensor]:
        """Return the maps of some objects on `frame`, the next one."""
        cells = self._cells(frame)
        found = self._match(cells, self._references(frame, object_ids), object_ids)  # (cells, 2 objects)
        maps = {object_id: found[:, 2 * i : 2 * i + 2] for i, object_id in enumerate(object_ids)}
        if self._recipe.rescale == "stored":
            maps = {object_id: rescaled(part) for object_id, part in maps.items()}
        self._recent.appendleft(_Remembered(frame, cells, maps))
        return maps

    def forget_recent(self) -> None:
        """Forget the frames that are no anchors."""
        self._recent.clear()

    def close(self) -> None:
        """Forget all frames."""
        self._known.clear()
        self._recent.clear()

    def _cells(self, frame: int) -> Tensor:
        return self._reader.at(frame).coarse

    def _references(self, frame: int, object_ids: list[int]) -> list[_Remembered]:
        """Return what `frame` is compared with: anchors first, then recent frames."""
        frames = {place for object_id, place in self._anchors if object_id in object_ids} | set(self._known)
        nearest = sorted(frames - {frame}, key=lambda place: (abs(place - frame), place))[:MOST_ANCHORS]
        for place in nearest:
            if place not in self._known:
                self._known[place] = _Remembered(place, self._cells(place), {})
            labels = self._known[place].labels
            for object_id in object_ids:
                anchor = self._anchors.get((object_id, place))
                if anchor is not None and object_id not in labels:
                    labels[object_id] = anchor()
        for place in set(self._known) - set(nearest):
            del self._known[place]
        anchors = [self._known[place] for place in nearest]
        recent = list(self._recent)[: self._recipe.n_recent]
        if self._recipe.pads:
            recent += [anchors[0]] * (self._recipe.n_recent - len(recent))
        return anchors + recent

    def _match(self, cells: Tensor, references: list[_Remembered], object_ids: list[int]) -> Tensor:
        """Return the class maps of the present frame, (cells, 2 objects)."""
        recipe = self._recipe
        queries = cells.float()
        flat = queries.flatten(0, 1)
        best = TopMatches(len(flat), recipe.k, flat.device)
        total = torch.zeros(len(flat), 2 * len(object_ids), device=flat.device)
        places = torch.arange(len(flat), device=flat.device)
        labels = [_stacked(place, object_ids, len(flat)).to(flat.device) for place in references]
        in_windows: list[Keys] = []
        for number, place in enumerate(references):
            keys = place.cells.float()
            if not recipe.is_joint:
                weights, index = match_full_softmax(flat, keys.flatten(0, 1), recipe.k, recipe.temperature)
                total += mix(index, weights, labels[number]) / len(references)
            elif recipe.window is None or (place.frame in self._known and not recipe.anchors_in_window):
                match_everywhere(flat, keys.flatten(0, 1), best, places + number * len(flat))
            else:
                in_windows.append(Keys(keys, number * len(flat)))
        if recipe.window is not None and in_windows:
            match_windows(queries, in_windows, recipe.window, best)
        if recipe.is_joint:
            total = mix(best.index, best.weights(recipe.temperature), torch.cat(labels))
        return total.cpu()


class RecipeTracker:
    """Carries masks along one sweep as a `Recipe` says. One thread; see `RecipeMaps`."""

    def __init__(
        self, reader: FeatureReader, size: tuple[int, int], recipe: Recipe, anchors: Iterable[MaskAnchor]
    ) -> None:
        self._size = size  # of the clip's pictures
        self._recipe = recipe
        self._grid = reader.grid()
        given = {(a.object_id, a.frame): partial(self._masks_label, a.mask) for a in anchors}
        self._maps = RecipeMaps(reader, recipe, given)
        self._held: dict[int, bool] = {}  # by id, whether it touched the border when last seen
        self._frame: int | None = None

    def move_to(self, frame: int) -> dict[int, Carried]:
        """Carry every held object to `frame`; reads nothing while nothing is held."""
        self._frame = frame
        if not self._held:
            self._maps.forget_recent()
            return {}
        maps = self._maps.carry(frame, sorted(self._held))
        return {object_id: self._shown(object_id, part) for object_id, part in maps.items()}

    def hold(self, object_id: int, mask: NDArray[np.bool_]) -> None:
        """Take `mask`, bool (H, W), as the truth of an object on the present frame."""
        if self._frame is None:
            raise ValueError("place the tracker on a frame before giving it a mask to hold")
        self._held[object_id] = touches_border(mask)
        self._maps.hold(object_id, self._frame, self._label(mask))

    def release(self, object_id: int) -> None:
        """Stop carrying an object."""
        self._held.pop(object_id, None)

    def close(self) -> None:
        """Forget all objects and frames."""
        self._held.clear()
        self._maps.close()

    def _masks_label(self, mask: RleMask) -> Tensor:
        return self._label(mask.decode())

    def _label(self, mask: NDArray[np.bool_]) -> Tensor:
        """Return the class maps of a mask, (cells, 2)."""
        inside = torch.from_numpy(to_cells(mask.astype(np.float32), self._grid)).flatten()
        return torch.stack([inside, 1 - inside], 1)

    def _shown(self, object_id: int, maps: Tensor) -> Carried:
        """Return one object's class maps as a label of the clip's size."""
        if self._recipe.rescale == "shown":
            maps = rescaled(maps)
        share = (maps[:, 0] / maps.sum(1).clamp(min=1e-6)).view(self._grid.rows, self._grid.columns)
        soft = np.clip(to_pixels(share.numpy(), self._grid, *self._size), 0, 1)
        mask = soft > 0.5
        if not mask.any():
            at_border = self._held[object_id]
            return Carried(soft, LOST[at_border], GONE[at_border])
        self._held[object_id] = touches_border(mask)
        return Carried(soft, crispness(soft), Presence.VISIBLE)


def recipe_bytes(recipe: Recipe, encoder: Encoder, width: int, height: int, n_objects: int) -> int:
    """Return a bound of what a tracker takes on a clip of this size, its encoder's own work left out."""
    w, h = recipe.size(width, height)
    n_cells = -(-w // encoder.stride) * -(-h // encoder.stride)
    n_references = recipe.n_recent + MOST_ANCHORS
    features = n_cells * (2 * encoder.n_channels + 16 * n_objects) * n_references + n_cells * 8 * encoder.n_channels
    return features + match_bytes(n_cells, n_cells, encoder.n_channels, recipe.k) + width * height * (8 + 4 * n_objects)


def _stacked(place: _Remembered, object_ids: list[int], n_cells: int) -> Tensor:
    """Return the class maps of some objects side by side, (cells, 2 objects), zeros where there is no label."""
    nothing = torch.zeros(n_cells, 2)
    return torch.cat([place.labels.get(object_id, nothing) for object_id in object_ids], 1)


def rescaled(maps: Tensor) -> Tensor:
    """Return each column stretched to 0..1."""
    low, high = maps.amin(0), maps.amax(0)
    return (maps - low) / (high - low).clamp(min=1e-6)
