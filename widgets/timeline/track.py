"""What the timeline draws of one object: its labels as arrays over the frames. Knows no Qt.

A drawing cache, not a second truth: filled from the project frame by frame, so that ten thousand frames can
be summed up per pixel column by numpy instead of by asking the project on every repaint.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from app.project.model import NO_ANCHOR, Label, Provenance
from engines.labels.presence import Presence
from engines.propagation.types import Direction, Stretch
from widgets.timeline.axis import TimeAxis

PRESENCES = tuple(Presence)
APART_FRAMES = 5
"""Unsure frames nearer to each other than that are one place to look at."""


class Cell(IntEnum):
    """What one frame of one object shows, in the order in which a column of many frames prefers them."""

    MISSING = 0
    DERIVED = 1
    PROPOSED = 2
    ANCHOR = 3


@dataclass(frozen=True, slots=True)
class Columns:
    """An object's labels summed up per pixel column; every array has the length of the columns.

    `cover` is the share, in [0, 1], of the column's frames that a run labelled; `worst` the lowest confidence
    among them (1 where there are none); `is_empty` says that they are all without a visible mask, `is_out` that
    the object is out of the frame on all of them, `is_uncertain` that it is called uncertain on one of them.
    """

    cover: NDArray[np.float32]
    worst: NDArray[np.float32]
    is_proposed: NDArray[np.bool_]
    is_stale: NDArray[np.bool_]
    is_empty: NDArray[np.bool_]
    is_out: NDArray[np.bool_]
    is_uncertain: NDArray[np.bool_]
    is_edge: NDArray[np.bool_]
    """The last column of a frame wide enough to be told from the next."""


class Track:
    """The cells of one object. GUI thread; `read` costs about a microsecond a frame."""

    def __init__(self, n_frames: int) -> None:
        self.cells = np.zeros(n_frames, dtype=np.uint8)
        self.confidence = np.ones(n_frames, dtype=np.float32)
        self._presence = np.zeros(n_frames, dtype=np.uint8)  # places in `PRESENCES`
        self._sources = np.full((n_frames, 2), NO_ANCHOR, dtype=np.int64)
        self._stale: NDArray[np.bool_] | None = np.zeros(n_frames, dtype=bool)
        self._totals: NDArray[np.int32] | None = None
        self._derived_confidence = self.confidence
        self._anchor_ids = np.full(n_frames, NO_ANCHOR, dtype=np.int64)
        self.revision = 0

    def read(self, frames: Iterable[int], labels: Mapping[int, Label], proposals: Mapping[int, Label]) -> None:
        """Take over what `labels` and `proposals` hold on `frames`: anchor, else proposal, else derived label."""
        for frame in frames:
            label, proposal = labels.get(frame), proposals.get(frame)
            anchor = label if label is not None and label.provenance is Provenance.ANCHOR else None
            shown = label if anchor is not None or proposal is None else proposal
            self._anchor_ids[frame] = NO_ANCHOR if anchor is None else anchor.mask_id
            if shown is None:
                self.cells[frame], self.confidence[frame] = Cell.MISSING, 1.0
                continue
            if anchor is not None:
                cell = Cell.ANCHOR
            else:
                cell = Cell.PROPOSED if shown is proposal else Cell.DERIVED
            self.cells[frame], self.confidence[frame] = cell, shown.confidence
            self._presence[frame] = PRESENCES.index(shown.presence)
            self._sources[frame] = shown.sources
        self._stale = self._totals = None
        self.revision += 1

    @property
    def anchors(self) -> NDArray[np.int64]:
        """Return the frames of all anchors, sorted, empty ones included."""
        return np.flatnonzero(self.cells == Cell.ANCHOR)

    def presence(self, frame: int) -> Presence:
        """Return the presence on a frame that has a label or proposal."""
        return PRESENCES[self._presence[frame]]

    @property
    def is_derived(self) -> NDArray[np.bool_]:
        """Return, bool (n_frames,), where a run's label or proposal is shown."""
        return (self.cells == Cell.DERIVED) | (self.cells == Cell.PROPOSED)

    @property
    def stale(self) -> NDArray[np.bool_]:
        """Return, bool (n_frames,), where the anchors that a derived label came from are no longer its neighbours."""
        if self._stale is None:
            anchors = self.anchors
            ids = np.concatenate(([NO_ANCHOR], self._anchor_ids[anchors], [NO_ANCHOR]))
            gaps = np.diff(np.concatenate(([0], anchors, [len(self.cells)])))
            left = np.repeat(ids[:-1], gaps)  # an anchor counts to the gap on its right
            right = np.repeat(ids[1:], gaps)
            self._stale = self.is_derived & ((self._sources[:, 0] != left) | (self._sources[:, 1] != right))
        return self._stale

    def stretches(self, object_id: int, frames: range, direction: Direction, scope: str) -> list[Stretch]:
        """Return what a run would have to label, as `app.project.pending.stretches` does, but in numpy's time.

        The cost of a run is shown after every stroke, and ten thousand frames of ten objects must not
        be gone through one by one for it.
        """
        anchors = self.anchors
        if not len(anchors):
            return []
        is_wanted = self.cells < Cell.ANCHOR
        if scope == "missing":
            is_wanted &= (self.cells == Cell.MISSING) | self.stale
        is_wanted[: frames.start] = False
        is_wanted[frames.stop :] = False
        if direction == "forward":
            is_wanted[: anchors[0]] = False
        if direction == "backward":
            is_wanted[anchors[-1] :] = False
        steps = np.diff(is_wanted.astype(np.int8), prepend=0, append=0)
        firsts, lasts = np.flatnonzero(steps == 1), np.flatnonzero(steps == -1) - 1
        neighbours = [None, *anchors.tolist(), None]
        places = np.searchsorted(anchors, firsts).tolist()
        return [
            Stretch(object_id, first, last, neighbours[place], neighbours[place + 1])
            for first, last, place in zip(firsts.tolist(), lasts.tolist(), places, strict=True)
        ]

    def count(self, cell: Cell) -> int:
        """Return on how many frames `cell` is shown."""
        return int(np.count_nonzero(self.cells == cell))

    def columns(self, axis: TimeAxis, n_columns: int) -> Columns:
        """Sum the cells up for `n_columns` pixel columns of `axis`; columns past the clip are empty."""
        edges = axis.column_frames(n_columns)
        n_frames = len(self.cells)
        is_inside = ((edges[:-1] >= 0) | (edges[1:] > 0)) & (edges[:-1] < n_frames)
        edges = np.maximum(edges, 0)
        begins = np.minimum(edges[:-1], n_frames - 1)
        ends = np.minimum(np.maximum(edges[1:], begins + 1), n_frames)
        totals = self._running_totals()
        # each (n_columns,)
        derived, proposed, stale, visible, out, uncertain = (totals[:, ends] - totals[:, begins]) * is_inside
        cover = (derived / (ends - begins)).astype(np.float32)
        return Columns(
            cover=cover,
            worst=_least(self._derived_confidence, begins, ends),
            is_proposed=(proposed > 0) & is_inside,
            is_stale=(stale > 0) & is_inside,
            is_empty=(visible == 0) & (cover > 0),
            is_out=(out == derived) & (cover > 0),
            is_uncertain=(uncertain > 0) & is_inside,
            is_edge=(np.diff(edges, append=edges[-1])[:-1] > 0) & (axis.scale >= 7),
        )

    def _running_totals(self) -> NDArray[np.int32]:
        """Return running counts of derived cells, int32 (6, n_frames + 1).

        All; those that are proposed; stale; visible or uncertain; out of the frame; uncertain. Kept until the next
        reading: zooming then costs an index per column, however long the clip.
        """
        if self._totals is None:
            is_derived = self.is_derived
            is_proposed, presence = self.cells == Cell.PROPOSED, self._presence
            is_out, is_uncertain = (presence == PRESENCES.index(p) for p in (Presence.OUT_OF_FRAME, Presence.UNCERTAIN))
            is_seen = is_uncertain | (presence == PRESENCES.index(Presence.VISIBLE))
            states = (is_derived & flag for flag in (is_seen, is_out, is_uncertain))
            flags = np.stack((is_derived, is_proposed, self.stale, *states))
            self._totals = np.zeros((6, len(self.cells) + 1), dtype=np.int32)
            np.cumsum(flags, axis=1, out=self._totals[:, 1:])
            self._derived_confidence = np.where(is_derived, self.confidence, np.float32(1))
        return self._totals


def _least(values: NDArray[np.float32], begins: NDArray[np.int64], ends: NDArray[np.int64]) -> NDArray[np.float32]:
    """Return the least value of each half-open span; spans are not empty and in order."""
    if int((ends - begins).max()) == 1:
        return values[begins]
    first, last = int(begins[0]), int(ends[-1])
    padded = np.append(values[first:last], np.float32(1))
    return np.minimum.reduceat(padded, np.stack((begins, ends), axis=1).ravel() - first)[::2]


def unsure_frames(
    tracks: Sequence[tuple[int, Track]], cell: Cell, below: float, *, most: int = 200, spread: int = APART_FRAMES
) -> list[tuple[int, int, float]]:
    """Return ``(object_id, frame, confidence)`` of the frames most worth a look, least sure first.

    Frames of a confidence less than `below` are. Of those of one object less than `spread` apart only the worst is
    listed: its neighbours are bad for the same reason. Ties go to the earlier frame.
    """
    found = [
        (object_id, frame, float(track.confidence[frame]))
        for object_id, track in tracks
        for frame in _worst_apart(track, cell, below, most, spread)
    ]
    return sorted(found, key=lambda entry: (entry[2], entry[1]))[:most]


def _worst_apart(track: Track, cell: Cell, below: float, most: int, spread: int) -> list[int]:
    """Return at most `most` frames, at least `spread` apart, each the worst of those around it."""
    is_unsure = (track.cells == cell) & (track.confidence < below)
    n_blocks = -(-len(track.cells) // spread)
    confidence = np.full(n_blocks * spread, np.inf, dtype=np.float32)
    confidence[: len(track.cells)] = np.where(is_unsure, track.confidence, np.inf)
    # The worst of each block first: only those can be the worst of all frames around them.
    frames = confidence.reshape(n_blocks, spread).argmin(axis=1) + np.arange(n_blocks) * spread
    frames = frames[np.isfinite(confidence[frames])]
    chosen: list[int] = []
    is_taken = np.zeros(len(track.cells), dtype=bool)
    for frame in frames[np.argsort(confidence[frames], kind="stable")[: 2 * most]].tolist():
        if not is_taken[frame] and len(chosen) < most:
            is_taken[max(0, frame - spread + 1) : frame + spread] = True
            chosen.append(frame)
    return chosen
