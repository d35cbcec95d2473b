"""Masks carried by optical flow, kept honest by colour.

Each pixel asks where it was one, two and four frames ago (several ways back, so that one bad flow
field does not decide) and takes the labels found there, each as far as its link is believed. Where
no link is, colours decide; an edge-aware filter draws the label back to the picture's edges. The
idea of several chains and the best of them is Neoral et al., "MFT: Long-Term Tracking of Every Pixel"
(WACV 2024); ours chains labels, not positions, with classical flow.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.frame_source import FrameSource
from engines.labels.presence import Presence
from engines.propagation import learned_confidence
from engines.propagation.colour_model import ColourModel
from engines.propagation.flow_confidence import LOST, Signs, crispness, expected_iou
from engines.propagation.flow_settings import SETTINGS, FlowSettings, pixel_linker, working_size
from engines.propagation.learned_confidence import LearnedSigns, agreement_of_colours, agreement_of_way
from engines.propagation.long_way import LongWay
from engines.propagation.look_ahead import FRAMES_AHEAD, KEPT_PICTURES, KeptFrames, LookAhead
from engines.propagation.pixel_links import PixelLink, WorkingPicture
from engines.propagation.soft_labels import (
    GONE,
    log_odds,
    near,
    speck_share,
    surroundings_px,
    touches_border,
    without_strays,
)
from engines.propagation.types import Carried, Cost, MaskAnchor, Quality
from engines.propagation.witness import Testimony, Witness

# Chosen by the mean J over the ten DAVIS development sequences, one setting for all of them.

_COLOUR_WEIGHT = 0.6
"""What a pixel's colour adds to its label's log-odds each frame, beside what comes along the links."""

_DOUBT_OF_FLOW = 0.7
"""Share of its log-odds that a label loses where no link is believed."""

_LOOKS_SHARE = 0.5
"""Share of their weight that colours and looks have where links are fully believed."""

_ANCHOR_WEIGHT = 1.0
"""That of the anchor's own label, brought along the surest way from there, as far as it is believed."""

_SHARPEN = 2.0
"""Steepness about one half after the edge filter, without which labels blur from frame to frame."""

_EDGE_RADIUS_PX = 4
_EDGE_EPS = 1e-4 * 255**2
"""Of the guided filter (He, Sun and Tang, "Guided Image Filtering", PAMI 2013), on the working picture."""

_FAINTEST_LINK = 1e-3
"""Weight of a link that is not believed at all: where none is, they still say more than nothing."""

_COLLAPSED = 0.05
_AREA_KEPT = 0.9
"""An object that within some ten frames shrinks to less than a twentieth is gone: what is left of it are specks of
its colour in the surroundings, and they would stay for ever."""

_FOUND_AGAIN = 0.6
"""Share of its confidence that an object keeps which was lost and found: often only a part of it is."""

# Seconds on one core, medians over 480p, 1080p and 2160p of a two-core virtual machine that had other work: within a
# factor of two of the truth elsewhere, which is what a person wants to know before a run.
_OBJECT_SECONDS = 0.2  # of one object on one frame, per working megapixel
_SHRINK_SECONDS = 0.005  # of making a working picture, per megapixel of the clip
_ENLARGE_SECONDS = 0.004  # of bringing a label to the clip's size, per megapixel of the clip

_SCRATCH_BYTES = 400
"""Per working pixel, of one link and one label under way, DIS's and the edge filter's own included. The bound
was about twice the growth of the process from 480p to 2160p."""


class FlowEngine:
    """Engine of this module."""

    def cost(self, width: int, height: int, n_objects: int, n_frames: int, quality: Quality) -> Cost:
        """Estimate one pass on one core; more cores make DIS faster."""
        settings = SETTINGS[quality]
        w, h = working_size(width, height, settings)
        megapixels, full_megapixels = w * h / 1e6, width * height / 1e6
        n_links, n_labels = len(settings.steps), max(settings.steps)
        seconds = n_links * megapixels * settings.link_seconds + full_megapixels * _SHRINK_SECONDS
        seconds += n_objects * (megapixels * _OBJECT_SECONDS + full_megapixels * _ENLARGE_SECONDS)
        # A picture of 20 bytes a pixel for each frame looked back to or ahead, a link of 12, a label of 4 each.
        n_at_once = FRAMES_AHEAD + 1
        working_bytes = 20 * (n_labels + n_at_once) + 12 * n_links * n_at_once
        # Objects that were set down on different frames have ways of their own.
        working_bytes += n_objects * (4 + 16 * n_labels) + n_at_once * _SCRATCH_BYTES
        full_bytes = 8 + 3 * KEPT_PICTURES + 4 * n_objects
        return Cost(n_frames, n_frames * seconds, w * h * working_bytes + width * height * full_bytes + 4_000_000)

    def begin(self, frames: FrameSource, anchors: Iterable[MaskAnchor], quality: Quality, path: range) -> FlowTracker:
        """Start a sweep; only what is held counts, so `anchors` are not looked at."""
        settings, kept = SETTINGS[quality], KeptFrames(frames)
        size = working_size(frames.width, frames.height, settings)
        ahead = LookAhead(kept, path, size, pixel_linker(*size, settings), settings.steps, lambda frame: None)
        return FlowTracker(frames, settings, ahead)


@dataclass(slots=True)
class _HeldObject:
    """One object under way: where it was set down, its labels on the last frames, newest first, what is known of it."""

    anchor: int
    softs: deque[NDArray[np.float32]]
    colours: ColourModel
    area: float  # in working pixels, the largest of late
    touched_border: bool  # when it was last seen
    given: NDArray[np.float32]  # its label where it was set down
    speck: float  # see `speck_share`
    doubt: float = 0.0  # see `Signs`
    was_lost: bool = False


class FlowTracker:
    """Carries the objects of one sweep. One thread; holds a few frames and labels at the working size."""

    def __init__(
        self,
        frames: FrameSource,
        settings: FlowSettings,
        ahead: LookAhead[Any],
        witness: Witness | None = None,
    ) -> None:
        self._frames = frames
        self._ahead = ahead
        self._settings = settings
        self._witness = witness
        self._size = working_size(frames.width, frames.height, settings)
        self._held: dict[int, _HeldObject] = {}
        self._ways: dict[int, LongWay] = {}  # by frame on which objects were set down
        self._frame: int | None = None

    def move_to(self, frame: int) -> dict[int, Carried]:
        """Carry every held object to `frame`; reads no picture while nothing is held."""
        self._frame = frame
        if not self._held:
            self._ahead.forget()
            return {}
        picture = self._ahead.picture(frame)
        links = self._ahead.links(frame, max(len(held.softs) for held in self._held.values()))
        moved = {object_id: _moved(held, links) for object_id, held in self._held.items()}
        set_down = {held.anchor for held in self._held.values()}
        self._ways = {anchor: way for anchor, way in self._ways.items() if anchor in set_down}
        ways = {anchor: way.extend(links) for anchor, way in self._ways.items()}
        evidence: Mapping[int, Testimony] = {}
        if self._witness is not None:
            evidence = self._witness.testify(frame, {i: label for i, (label, _) in moved.items()}, links)
        carried = {
            object_id: self._settle(held, frame, picture, *moved[object_id], ways[held.anchor], evidence.get(object_id))
            for object_id, held in self._held.items()
        }
        if self._witness is not None:
            self._witness.learn(frame, {object_id: held.softs[0] for object_id, held in self._held.items()})
        return carried

    def hold(self, object_id: int, mask: NDArray[np.bool_]) -> None:
        """Take `mask`, bool (H, W), as the truth of an object on the present frame."""
        if self._frame is None:
            raise ValueError("place the tracker on a frame before giving it a mask to hold")
        soft = cv2.resize(mask.astype(np.float32), self._size, interpolation=cv2.INTER_AREA)
        cells = self._ahead.picture(self._frame).cells
        colours = ColourModel(cells, soft, near(soft))
        softs = deque([soft], maxlen=max(self._settings.steps))
        area = int(np.count_nonzero(soft > 0.5))
        border, speck = touches_border(soft), speck_share(mask)
        self._held[object_id] = _HeldObject(self._frame, softs, colours, area, border, soft, speck)
        if self._frame not in self._ways:
            self._ways[self._frame] = LongWay(self._size, max(self._settings.steps))
        if self._witness is not None:
            self._witness.hold(object_id, self._frame, soft)

    def release(self, object_id: int) -> None:
        """Stop carrying an object."""
        self._held.pop(object_id, None)
        if self._witness is not None:
            self._witness.release(object_id)

    def close(self) -> None:
        """Stop looking ahead and forget all objects."""
        self._held.clear()
        self._ahead.close()

    def _settle(
        self,
        held: _HeldObject,
        frame: int,
        picture: WorkingPicture,
        moved: NDArray[np.float32],
        support: NDArray[np.float32],
        way: PixelLink,
        evidence: Testimony | None,
    ) -> Carried:
        """Decide on one object's label on `frame` and return it at the clip's size."""
        is_lost = not (moved > 0.5).any()
        if evidence is not None and is_lost:
            # Flow has lost it: where it is again, if anywhere, others must say; old labels without it are no help.
            moved = 1 / (1 + np.exp(-(log_odds(moved) + evidence.places)))
            if (moved > 0.5).any():
                held.softs.clear()
                held.was_lost = True
        box = _box_around(moved)  # the rest of the picture is not looked at
        moved, support, cells = moved[box], support[box], picture.cells[box]
        colour_odds = held.colours.log_odds(cells)
        # Where flow is sure it knows better than colours: they would creep on into whatever looks alike.
        looks = _COLOUR_WEIGHT * colour_odds
        odds = log_odds(moved) * (1 - _DOUBT_OF_FLOW * np.exp(-support))
        told = None
        if evidence is not None and not is_lost:
            told = evidence.places[box] + evidence.looks[box]
            odds += evidence.places[box]
            looks += evidence.looks[box]
        odds += looks * (_LOOKS_SHARE + (1 - _LOOKS_SHARE) * np.exp(-support))
        from_anchor = way.fetch(held.given)[box]
        odds += _ANCHOR_WEIGHT * way.weight[box] * log_odds(from_anchor)
        soft = np.where(near(moved), 1 / (1 + np.exp(-odds)), np.float32(0))
        soft = cv2.ximgproc.guidedFilter(np.ascontiguousarray(picture.image[box]), soft, _EDGE_RADIUS_PX, _EDGE_EPS)
        soft = without_strays(np.clip((soft - 0.5) * _SHARPEN + 0.5, 0, 1), moved, told, held.speck)
        area = int(np.count_nonzero(soft > 0.5))
        if area < _COLLAPSED * held.area:
            soft = np.zeros_like(soft)
        held.area = max(area, _AREA_KEPT * held.area)
        around = near(soft)
        held.colours.learn(cells, soft, around)
        whole = np.zeros(picture.grey.shape, np.float32)
        whole[box] = soft
        held.softs.appendleft(whole)
        full = cv2.resize(whole, (self._frames.width, self._frames.height), interpolation=cv2.INTER_LINEAR)
        if not around.any():
            return Carried(full, LOST[held.touched_border], GONE[held.touched_border])
        held.touched_border = touches_border(whole)
        held.doubt += float((np.exp(-support) * soft).sum()) / float(soft.sum())
        if evidence is None:
            confidence = expected_iou(_signs(held, frame, soft, around, colour_odds))
        else:
            signs = LearnedSigns(
                crispness(soft),
                agreement_of_colours(soft, around, colour_odds),
                agreement_of_way(soft, around, from_anchor, way.weight[box]),
                evidence.wavering,
            )
            confidence = learned_confidence.expected_iou(signs) * (_FOUND_AGAIN if held.was_lost else 1.0)
        return Carried(full, confidence, Presence.VISIBLE)


def _box_around(soft: NDArray[np.float32]) -> tuple[slice, slice]:
    """Return the rows and columns of a label and twice the surroundings that count, as far as there is a picture."""
    inside = soft > 0.5
    rows, columns = np.flatnonzero(inside.any(1)), np.flatnonzero(inside.any(0))
    if len(rows) == 0:
        return slice(0, 1), slice(0, 1)
    room = math.ceil(2 * surroundings_px(int(np.count_nonzero(inside)))) + 2 * _EDGE_RADIUS_PX
    return (
        slice(max(0, rows[0] - room), rows[-1] + room + 1),
        slice(max(0, columns[0] - room), columns[-1] + room + 1),
    )


def _moved(
    held: _HeldObject, links: Sequence[tuple[int, PixelLink]]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return one object's label as its links bring it along, and how far they are believed, both (h, w)."""
    own = [(held.softs[step - 1], link) for step, link in links if step <= len(held.softs)]
    support = np.add.reduce([link.weight for _, link in own])
    moved = np.add.reduce([(link.weight + _FAINTEST_LINK) * link.fetch(soft) for soft, link in own])
    moved /= support + _FAINTEST_LINK * len(own)
    return moved, support


def _signs(
    held: _HeldObject,
    frame: int,
    soft: NDArray[np.float32],
    around: NDArray[np.bool_],
    colour_odds: NDArray[np.float32],
) -> Signs:
    """Return what tells how good a label is that has a mask."""
    inside = soft > 0.5
    outside = around & ~inside
    contrast = float(colour_odds[inside].mean()) - (float(colour_odds[outside].mean()) if outside.any() else 0.0)
    return Signs(abs(frame - held.anchor), held.doubt, crispness(soft), contrast)
