"""What features remember of objects: where on a new frame is what was seen on the anchors and on late frames.

Flow follows pixels and drifts with them; features tell what a place looks like, whenever it was last seen. A cell of
a new frame is compared with the anchor frames (near the object everywhere, elsewhere thinned out: whatever the
motion, it is found) and with recent frames (in a window around where flow says that it was). Its best matches over
all of these vote on its label. One affinity serves all objects. Only cells near an object's edge are asked; an object
that was lost is searched for all over the picture (`search.py`).
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engines.correspondence.affinity import Keys, TopMatches, Window, match_everywhere, match_windows, mix
from engines.correspondence.frame_features import CellGrid, FrameFeatures
from engines.propagation.anchor_check import anchor_odds
from engines.propagation.cells import reached, thinned, to_cells, to_pixels
from engines.propagation.experts import LabelledCells, explained_by_matching, heard
from engines.propagation.learned_confidence import MOST_WAVERING, wavering
from engines.propagation.pixel_links import PixelLink
from engines.propagation.search import found_again
from engines.propagation.soft_labels import log_odds, near
from engines.propagation.targets import Reader, Targets
from engines.propagation.types import MaskAnchor
from engines.propagation.witness import Testimony
from engines.spread import Spread, in_turn

_KEYS_AROUND = 0.3
"""Width of the surroundings on an anchor frame that are compared with whole, in square roots of the object's area."""

_LONG_AGO = 0.05
"""Taken off the scores of anchors and far frames, since looks change: where late frames match well, they decide."""

_JUDGED = 4
"""Anchors, the nearest ones, on which matching is judged where an object is set down; each costs some 10 ms."""


@dataclass(frozen=True, slots=True)
class MatchSettings:
    """One quality level: with how many frames cells are compared, and how.

    These are the `n_anchors` nearest anchor frames, the last `n_recent` frames, and `n_far` of every `far_every`-th
    frame before them. `k`, `temperature` and `radius` (in cells) are those of the affinity. `band` is the width in
    cells, on either side of an object's edge, in which every cell is asked. `weight` is that of the log-odds,
    `target_weight` that of what a `TargetModel` says.
    """

    n_anchors: int = 6
    n_recent: int = 4
    n_far: int = 0
    far_every: int = 5
    k: int = 10
    temperature: float = 0.07
    radius: int = 4
    band: int = 5
    weight: float = 1.0
    target_weight: float = 1.0


@dataclass(slots=True, eq=False)
class _Seen:
    """A frame in memory: features (h, w, C), the label of each object float32 (h, w), the cells to compare with."""

    frame: int
    cells: Tensor
    labels: dict[int, NDArray[np.float32]]
    keys: Tensor | None = None


class FeatureMemory:
    """A `Witness` that matches features. One thread, that of its reader; holds a few frames' features."""

    def __init__(
        self,
        reader: Reader,
        size: tuple[int, int],
        settings: MatchSettings,
        anchors: Iterable[MaskAnchor],
        spread: Spread = in_turn,
    ) -> None:
        """Remember `anchors`; `size` is the (width, height) of the working pictures; `spread` does the matching."""
        self._reader = reader
        self._spread = spread
        self._size = size
        self._settings = settings
        self._grid = reader.grid(shown=size)
        self._given = {(anchor.object_id, anchor.frame): anchor for anchor in anchors}
        self._anchors: dict[int, _Seen] = {}
        self._recent: deque[_Seen] = deque(maxlen=max(1, settings.n_recent))
        self._far: deque[_Seen] = deque(maxlen=max(1, settings.n_far))
        self._likeness: dict[int, float] = {}  # by id, how well it matched the anchors when last seen, a mean cosine
        self._heard: dict[int, list[float]] = {}  # by id, how much matching and its target model count
        self._set_down: dict[int, int] = {}  # by id, its anchor's frame, until it was carried to another one
        self._moved_on: dict[int, int] = {}  # likewise, until its experts are judged
        self._now: tuple[int, FrameFeatures] | None = None
        self._targets = Targets(reader, size, self._given)

    def hold(self, object_id: int, frame: int, soft: NDArray[np.float32]) -> None:
        """Take `soft`, float32 (h, w) at the working size, as the truth of an object on `frame`."""
        label = to_cells(soft, self._grid)
        self._likeness[object_id] = 1.0
        anchor = self._anchors.get(frame)
        if anchor is None:
            anchor = self._anchors[frame] = _Seen(frame, self._cells(frame), {})
        anchor.labels[object_id] = label
        anchor.keys = None
        if not self._recent or self._recent[0].frame != frame:
            self._recent.appendleft(_Seen(frame, anchor.cells, {}))
        self._recent[0].labels[object_id] = label
        self._targets.hold(object_id, frame, soft)
        self._heard[object_id] = [1.0, 1.0]
        self._set_down[object_id] = frame

    def release(self, object_id: int) -> None:
        """Forget an object."""
        self._likeness.pop(object_id, None)
        self._heard.pop(object_id, None)
        self._set_down.pop(object_id, None)
        self._moved_on.pop(object_id, None)
        self._targets.release(object_id)

    def testify(
        self, frame: int, moved: Mapping[int, NDArray[np.float32]], links: Sequence[tuple[int, PixelLink]]
    ) -> dict[int, Testimony]:
        """Return what is known of each object on `frame`; see `Witness`."""
        references = self._references(frame)
        self._judge_experts(references)
        followed = {object_id: soft for object_id, soft in moved.items() if (soft > 0.5).any()}
        told = self._follow(frame, followed, links, references) if followed else {}
        for object_id in moved.keys() - followed.keys():
            told[object_id] = self._search(object_id, frame, moved[object_id], references)
        return told

    def _follow(
        self,
        frame: int,
        moved: Mapping[int, NDArray[np.float32]],
        links: Sequence[tuple[int, PixelLink]],
        references: list[_Seen],
    ) -> dict[int, Testimony]:
        """Return what is known of objects that flow has not lost."""
        settings, grid = self._settings, self._grid
        queries = self._cells(frame).float()
        expected = {object_id: to_cells(soft, grid) for object_id, soft in moved.items()}
        counted = {object_id: near(soft).astype(np.float32) for object_id, soft in moved.items()}
        around = {object_id: reached(pixels, grid) for object_id, pixels in counted.items()}
        asked = {object_id: self._asked(expected[object_id], around[object_id]) for object_id in moved}
        every = np.logical_or.reduce(list(asked.values()))
        checked = every | (np.logical_or.reduce(list(around.values())) & thinned(every.shape))
        best = TopMatches(grid.rows * grid.columns, settings.k, queries.device)
        from_anchors = self._match_anchors(queries, every, checked, references, best)
        self._match_recent(queries, every, references, links, frame, best)
        labels = torch.cat([_stacked(place, list(moved), grid) for place in references]).to(queries.device)
        votes = self._votes(best, labels, np.ones_like(checked))
        by_anchors = self._votes(from_anchors, labels, checked)
        likeness = np.zeros(every.shape, np.float32)
        likeness[checked] = from_anchors.scores.amax(1).cpu().numpy()
        evidence: dict[int, Testimony] = {}
        for number, (object_id, told) in enumerate(expected.items()):
            share = np.where(asked[object_id], _share(votes, number, told), told)
            inside = asked[object_id] & (share > 0.5)
            if inside.any():
                self._likeness[object_id] = float(likeness[inside].mean())
            is_known = checked & (by_anchors[..., 2 * number + 1] > 0)
            lasting = anchor_odds(_share(by_anchors, number, told), is_known, told > 0.5, around[object_id])
            places = self._mended(share, told, self._heard[object_id][0]) + to_pixels(lasting, grid, *self._size)
            weight = np.float32(settings.target_weight * self._heard[object_id][1])
            looks = weight * self._targets.odds(object_id, frame, counted[object_id])
            evidence[object_id] = Testimony(places, looks, wavering(share, asked[object_id], float(told.sum())))
        return evidence

    def _search(self, object_id: int, frame: int, soft: NDArray[np.float32], references: Sequence[_Seen]) -> Testimony:
        """Return what is known of an object that flow has lost, `soft` being what is left of it."""
        anchors = [seen for seen in references if seen.frame in self._anchors and object_id in seen.labels]
        if not anchors:
            return Testimony(np.zeros_like(soft), np.zeros_like(soft), MOST_WAVERING)
        shape = self._grid.rows, self._grid.columns
        cells = [_labelled(seen, object_id, _keys([seen.labels[object_id]], shape)) for seen in anchors]
        how = self._likeness[object_id], self._settings.k, self._settings.temperature
        share = found_again(self._cells(frame).float(), cells, *how)
        if (share > 0.5).any():
            self._heard[object_id] = [1.0, 1.0]  # what it grows from again is what matches
        places = self._mended(share, to_cells(soft, self._grid))  # heard in full: it is asked where flow says nothing
        return Testimony(places, np.zeros_like(soft), MOST_WAVERING)

    def _mended(self, share: NDArray[np.float32], told: NDArray[np.float32], heard: float = 1.0) -> NDArray[np.float32]:
        """Return what the votes `share` of cells, `heard` so much, add to the log-odds of pixels, float32 (h, w).

        Less what flow `told` of the cell as a whole: else cells that hold little of a thin object would argue against
        it, and the surer the better they match.
        """
        found, before = (log_odds(to_pixels(cells, self._grid, *self._size)) for cells in (share, told))
        return np.float32(self._settings.weight * heard) * (found - before)

    def learn(self, frame: int, softs: Mapping[int, NDArray[np.float32]]) -> None:
        """Take note of what was decided on `frame`."""
        labels = {object_id: to_cells(soft, self._grid) for object_id, soft in softs.items()}
        if len(self._recent) == self._recent.maxlen and self._recent[-1].frame % self._settings.far_every == 0:
            self._far.appendleft(self._recent[-1])
        self._recent.appendleft(_Seen(frame, self._cells(frame), labels))
        for object_id, soft in softs.items():
            self._targets.learn(object_id, frame, soft)

    def _votes(self, matches: TopMatches, labels: Tensor, checked: NDArray[np.bool_]) -> NDArray[np.float32]:
        """Return what `matches` of the cells `checked` say of `labels` (keys, L), float32 (h, w, L), 0 elsewhere."""
        votes = np.zeros((*checked.shape, labels.shape[1]), np.float32)
        votes[checked] = mix(matches.index, matches.weights(self._settings.temperature), labels).cpu().numpy()
        return votes

    def _features(self, frame: int) -> FrameFeatures:
        """Return the features of a frame, those of the present one read once."""
        if self._now is None or self._now[0] != frame:
            self._now = frame, self._reader.at(frame)
        return self._now[1]

    def _cells(self, frame: int) -> Tensor:
        return self._features(frame).coarse

    def _asked(self, told: NDArray[np.float32], around: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Return the cells that are asked about an object, bool (h, w)."""
        inside = (told > 0.5).astype(np.uint8)
        if not inside.any():
            return around
        band = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * self._settings.band + 1,) * 2)
        return (cv2.dilate(inside, band) > 0) & (cv2.erode(inside, band, borderValue=1) == 0) & around

    def _judge_experts(self, references: Sequence[_Seen]) -> None:
        """Look at other anchors of objects that were carried one frame: the first one is not kept waiting for it."""
        for object_id, frame in self._moved_on.items():
            by_target = self._targets.look_around(object_id, frame)
            anchors = [seen for seen in references if seen.frame in self._anchors and object_id in seen.labels]
            cells = [_labelled(seen, object_id, self._keys_of(seen)) for seen in anchors[:_JUDGED]]
            by_matching = explained_by_matching(cells, self._settings.k, self._settings.temperature)
            self._heard[object_id] = heard([by_matching, by_target])
        self._moved_on, self._set_down = self._set_down, {}

    def _keys_of(self, seen: _Seen) -> Tensor:
        """Return the numbers of the cells of an anchor or far frame to compare with, found once."""
        if seen.keys is None:
            seen.keys = _keys(seen.labels.values(), (self._grid.rows, self._grid.columns)).to(seen.cells.device)
        return seen.keys

    def _references(self, frame: int) -> list[_Seen]:
        """Return the frames to compare `frame` with: anchors and far ones, then recent ones from the newest."""
        nearest = self._nearest_anchors(frame)
        for place in nearest:
            if place not in self._anchors:
                self._anchors[place] = _Seen(place, self._reader.at(place).coarse, {})
            seen = self._anchors[place]
            for object_id in self._likeness:
                anchor = self._given.get((object_id, place))
                if anchor is not None and object_id not in seen.labels:
                    soft = cv2.resize(anchor.mask.decode().astype(np.float32), self._size, interpolation=cv2.INTER_AREA)
                    seen.labels[object_id] = to_cells(soft, self._grid)
                    seen.keys = None
        self._anchors = {place: self._anchors[place] for place in nearest}
        far = list(self._far)[: self._settings.n_far]
        recent = list(self._recent)[: self._settings.n_recent]
        return [*self._anchors.values(), *far, *(seen for seen in recent if seen.frame not in self._anchors)]

    def _nearest_anchors(self, frame: int) -> list[int]:
        """Return the frames of the anchors to compare `frame` with, the nearest first, every held object among them."""

        def distance(place: int) -> tuple[int, int]:
            return abs(place - frame), place

        own: dict[int, set[int]] = {object_id: set() for object_id in self._likeness}
        remembered = ((object_id, seen.frame) for seen in self._anchors.values() for object_id in seen.labels)
        for object_id, place in chain(self._given, remembered):
            if object_id in own and place != frame:
                own[object_id].add(place)
        nearest = sorted(set().union(*own.values()), key=distance)[: self._settings.n_anchors]
        # However many anchors of other objects are nearer.
        least = {min(places, key=distance) for places in own.values() if places}
        if self._set_down.keys() >= own.keys():  # the frame beside a correction is not kept waiting for the others
            return sorted(least, key=distance)
        return sorted({*nearest, *least}, key=distance)

    def _is_long_ago(self, seen: _Seen) -> bool:
        """Return whether `seen` is an anchor or a far frame, where flow says nothing of places."""
        return seen.frame in self._anchors or any(seen is far for far in self._far)

    def _match_anchors(
        self,
        queries: Tensor,
        asked: NDArray[np.bool_],
        checked: NDArray[np.bool_],
        references: list[_Seen],
        best: TopMatches,
    ) -> TopMatches:
        """Compare the cells `asked` with the anchors' and far frames' keys; return what anchors say of those `checked`.

        All cells that are asked are checked too.
        """
        n_cells = self._grid.rows * self._grid.columns
        chosen = torch.from_numpy(np.flatnonzero(checked)).to(queries.device)
        own = queries.flatten(0, 1)[chosen]
        found = TopMatches(len(chosen), best.k, queries.device)
        from_anchors = found
        long_ago = [(number, seen) for number, seen in enumerate(references) if self._is_long_ago(seen)]
        for number, seen in sorted(long_ago, key=lambda place: place[1].frame not in self._anchors):  # anchors first
            if from_anchors is found and seen.frame not in self._anchors:
                from_anchors = found.copy()
            self._match_keys(own, seen, number * n_cells, found)
        is_asked = torch.from_numpy(asked.ravel()).to(queries.device)[chosen]
        best.scores[chosen[is_asked]] = found.scores[is_asked] - _LONG_AGO
        best.index[chosen[is_asked]] = found.index[is_asked]
        return from_anchors

    def _match_keys(self, queries: Tensor, seen: _Seen, first: int, best: TopMatches) -> None:
        """Compare `queries` (q, C) with the keys of an anchor or far frame, whose cells are numbered from `first`."""
        keys = self._keys_of(seen)
        match_everywhere(queries, seen.cells.flatten(0, 1)[keys].float(), best, keys + first, self._spread)

    def _match_recent(
        self,
        queries: Tensor,
        banded: NDArray[np.bool_],
        references: list[_Seen],
        links: Sequence[tuple[int, PixelLink]],
        frame: int,
        best: TopMatches,
    ) -> None:
        """Compare the cells in `banded` with recent frames, in windows where flow says that they were."""
        n_cells = self._grid.rows * self._grid.columns
        recent = [
            Keys(seen.cells.float(), number * n_cells, self._centres(abs(frame - seen.frame), links))
            for number, seen in enumerate(references)
            if not self._is_long_ago(seen)
        ]
        if recent:
            wanted = torch.from_numpy(banded).to(queries.device)
            match_windows(queries, recent, Window(self._settings.radius), best, wanted, self._spread)

    def _centres(self, distance: int, links: Sequence[tuple[int, PixelLink]]) -> Tensor | None:
        """Return where flow says that each cell was `distance` frames ago, int64 (h, w, 2), from the longest link."""
        known = [(step, link) for step, link in links if step <= distance]
        if not known:
            return None
        grid = self._grid
        step, link = max(known, key=lambda pair: pair[0])
        rows, columns = np.meshgrid(np.arange(grid.rows), np.arange(grid.columns), indexing="ij")
        x, y = (to_cells(np.ascontiguousarray(link.positions[..., axis]), grid) for axis in (0, 1))
        # Cells whose centres lie outside the picture see its edge: what counts is how far flow goes, not where it ends.
        height, width = link.positions.shape[:2]
        from_x = np.clip(grid.step_x * columns + grid.first_x, 0, width - 1)
        from_y = np.clip(grid.step_y * rows + grid.first_y, 0, height - 1)
        there_row = rows + np.rint((y - from_y) / grid.step_y * (distance / step))
        there_column = columns + np.rint((x - from_x) / grid.step_x * (distance / step))
        return torch.from_numpy(np.stack([there_row, there_column], -1).astype(np.int64))


def _share(votes: NDArray[np.float32], number: int, otherwise: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the share (h, w) of `votes` (see `_stacked`) for an object; where nobody knows it, that is `otherwise`."""
    yes, known = votes[..., 2 * number], votes[..., 2 * number + 1]
    return np.where(known > 0, yes / np.maximum(known, np.float32(1e-6)), otherwise).astype(np.float32)


def _keys(labels: Iterable[NDArray[np.float32]], shape: tuple[int, int]) -> Tensor:
    """Return the numbers of the cells of an anchor frame to compare with: all near its objects, few elsewhere."""
    chosen = thinned(shape)
    for label in labels:
        radius = max(2, round(_KEYS_AROUND * math.sqrt(label.sum())))
        disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1,) * 2)
        chosen |= cv2.dilate((label > 0).astype(np.uint8), disc) > 0
    return torch.from_numpy(np.flatnonzero(chosen))


def _labelled(seen: _Seen, object_id: int, keys: Tensor) -> LabelledCells:
    """Return the cells of an anchor numbered `keys`, and an object's label there."""
    return LabelledCells(seen.cells.flatten(0, 1)[keys], seen.labels[object_id].ravel()[keys.cpu().numpy()])


def _stacked(seen: _Seen, object_ids: Sequence[int], grid: CellGrid) -> Tensor:
    """Return for each object its label and whether there is one, side by side, (cells, 2 objects)."""
    columns = np.zeros((grid.rows * grid.columns, 2 * len(object_ids)), np.float32)
    for number, object_id in enumerate(object_ids):
        label = seen.labels.get(object_id)
        if label is not None:
            columns[:, 2 * number] = label.ravel()
            columns[:, 2 * number + 1] = 1
    return torch.from_numpy(columns)
