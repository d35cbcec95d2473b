"""Colour one picture by hand: an answer, others mixed in, hints on top, and all that the window asks about it.

Torch and the networks are imported when the first question comes that needs them.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from app.errors import UserError
from app.media.clip import Clip
from app.project.colour_draft import ColourAnswer, ColourDraft
from app.tasks.colorize import Colours, ColourWish, read_still
from app.tasks.colour_flicker import Flicker, FlickerStep, measured_flicker
from app.tasks.colour_levels import SEEN_BELOW, ColourLabel, Level, Still, label_chroma, label_picture
from app.tasks.engine_loader import EngineLoader, pick_device, torch_told
from app.tasks.weights import chosen_weights, weights_told
from engines.cie_lab import luminance
from engines.colour.enlarge import enlarged
from engines.labels.chroma import ChromaMap
from engines.labels.painting import Painting
from engines.labels.rle import RleMask

PICTURES_BYTES = 64 << 20
KEPT_STILLS = 2
AT_ONCE = 3
"""Samples drawn together: three take hardly longer than one (measured). The first is drawn alone, to be seen soon."""
N_SUGGESTIONS = 5
REFERENCE_PX = 320
"""Longer side of a reference as it is shown."""


@dataclass(frozen=True, slots=True, eq=False)
class ColourRequest:
    """One frame to be coloured, with all of the project that it takes, frozen.

    `image` is RGB uint8 (H, W, 3). `regions` are the masks of objects within which hints stay, `labels` what has been
    coloured already of the frame itself and of others that are references.
    """

    frame: int
    image: NDArray[np.uint8]
    draft: ColourDraft
    regions: Mapping[int, RleMask]
    labels: Mapping[int, ColourLabel]
    is_quick: bool = False
    """Whether it is seen for a moment only, as a clip plays."""


@dataclass(frozen=True, slots=True, eq=False)
class Coloured:
    """A coloured frame, RGB uint8 (H, W, 3); `is_final` where it is not a first look at a large one.

    `unseen`, bool (h, w), is where the colours that a run carried had not been seen anywhere; None where none were.
    """

    frame: int
    draft: ColourDraft
    image: NDArray[np.uint8]
    is_final: bool
    unseen: NDArray[np.bool_] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class SampleDrawn:
    """One answer as a small picture, RGB uint8."""

    frame: int
    answer: ColourAnswer
    image: NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class LikelyColours:
    """What is likely at a place: L, a, b and share of each, the likeliest first; `by` says who tells."""

    frame: int
    x: float
    y: float
    colours: tuple[tuple[float, float, float, float], ...]


@dataclass(frozen=True, slots=True, eq=False)
class ClassMap:
    """Which of `CLASS_NAMES` each cell of a frame is likely to be, uint8 (h, w), by the semantic head."""

    frame: int
    classes: NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class KeptColours:
    """A coloured frame as a label of it."""

    frame: int
    draft: ColourDraft
    painting: Painting


@dataclass(frozen=True, slots=True, eq=False)
class ReferencePicture:
    """A reference as a small picture, RGB uint8."""

    answer: ColourAnswer
    image: NDArray[np.uint8]


class ColoursStills(Protocol):
    """Answers questions about frames of one clip. One thread."""

    why_no_network: str
    """Why the network's colours are missing, a sentence with its remedy; "" where they are there."""

    def look(self, request: ColourRequest) -> Iterator[Coloured]:
        """Yield the frame as it is asked for: a large one first roughly, then whole; a quick one roughly alone."""

    def samples(self, request: ColourRequest, seed: int, numbers: Sequence[int]) -> Iterator[SampleDrawn | None]:
        """Yield the single answer and samples of these numbers as they are drawn, None in between."""

    def likely(self, request: ColourRequest, x: float, y: float) -> Iterator[LikelyColours]:
        """Yield what is likely at a place, beside what stands there already."""

    def classes(self, request: ColourRequest) -> Iterator[ClassMap]:
        """Yield what the network takes everything for."""

    def keep(self, request: ColourRequest) -> Iterator[KeptColours]:
        """Yield the frame whole, as a label."""

    def reference(self, request: ColourRequest) -> Iterator[ReferencePicture]:
        """Yield the picture that the request's answer refers to."""

    def flicker(self, labels: Mapping[int, Callable[[], ColourLabel]]) -> Iterator[FlickerStep | Flicker]:
        """Yield how much colours change from frame to frame of those that have labels, read when they are needed."""

    def close(self) -> None:
        """Give files and memory back."""


class StillColourer:
    """`ColoursStills` by the shipped network, or without one. Belongs to the one thread that uses it."""

    def __init__(self, clip: Clip, engines: EngineLoader, weights: str = "") -> None:
        """Load `weights` for colorization, a name or a file, "" being the shipped ones where there are any."""
        self._clip, self._engines = clip, engines
        self._frames = clip.open(PICTURES_BYTES)
        self._stills: OrderedDict[int, Still] = OrderedDict()
        self.why_no_network = ""
        self._network: Colours | None = None
        try:
            self._network = Colours(ColourWish(weights=weights))
        except UserError as error:
            # Options of the command line are no remedy in the window.
            remedy = "train some with `main.py train colorization`" if " --" in error.remedy else error.remedy
            self.why_no_network = f"{error.problem}: {remedy}."

    def close(self) -> None:
        """Give files and memory back."""
        self._stills.clear()
        self._frames.close()

    def look(self, request: ColourRequest) -> Iterator[Coloured]:
        """Yield the frame; see `ColoursStills`."""
        still = self._still(request)
        if request.is_quick:
            levels: tuple[Level, ...] = (still.quick,)
        else:
            levels = (still.rough, still.whole) if still.is_large else (still.whole,)
        for level in levels:
            picture = still.picture(level, self._chroma(still, level, request))
            yield Coloured(request.frame, request.draft, picture, level is still.whole, unseen_cells(request))

    def samples(self, request: ColourRequest, seed: int, numbers: Sequence[int]) -> Iterator[SampleDrawn | None]:
        """Yield small pictures; see `ColoursStills`. Nothing comes where there is no network."""
        still = self._still(request)
        if still.outlook is None:
            return
        single = ColourAnswer()
        yield SampleDrawn(request.frame, single, still.thumbnail(self._answer(still, single, request)))
        waiting = list(numbers)
        while waiting:
            part, waiting = (waiting[:1], waiting[1:]) if still.is_fresh else (waiting[:AT_ONCE], waiting[AT_ONCE:])
            answers = [ColourAnswer("sample", seed, number) for number in part]
            if any(answer not in still.answers for answer in answers):
                rows = []
                for row in still.outlook.rows(part, seed):
                    rows.append(row)
                    yield None
                for answer, chroma in zip(answers, np.stack(rows, 1), strict=True):
                    still.keep(answer, chroma)
            for answer in answers:
                yield SampleDrawn(request.frame, answer, still.thumbnail(still.answers[answer]))

    def likely(self, request: ColourRequest, x: float, y: float) -> Iterator[LikelyColours]:
        """Yield what g makes of a place, where what stands before it is coloured as it is now; see `ColoursStills`."""
        still = self._still(request)
        if still.outlook is None:
            return
        rows, columns = still.outlook.shape
        small = cv2.resize(self._chroma(still, still.rough, request), (columns, rows), interpolation=cv2.INTER_AREA)
        height, width = request.image.shape[:2]
        row, column = min(height - 1, max(0, round(y))), min(width - 1, max(0, round(x)))
        light = float(luminance(request.image[row, column]))
        found = still.outlook.suggestions(x, y, N_SUGGESTIONS, small)
        yield LikelyColours(request.frame, x, y, tuple((light, *each.chroma, each.share) for each in found))

    def classes(self, request: ColourRequest) -> Iterator[ClassMap]:
        """Yield what the network takes everything for; see `ColoursStills`."""
        still = self._still(request)
        if still.outlook is not None:
            yield ClassMap(request.frame, still.outlook.classes.argmax(0).astype(np.uint8))

    def keep(self, request: ColourRequest) -> Iterator[KeptColours]:
        """Yield the frame whole, as a label; see `ColoursStills`."""
        still = self._still(request)
        picture = still.picture(still.whole, self._chroma(still, still.whole, request))
        yield KeptColours(request.frame, request.draft, Painting.encode(cv2.cvtColor(picture, cv2.COLOR_RGB2RGBA)))

    def reference(self, request: ColourRequest) -> Iterator[ReferencePicture]:
        """Yield the reference; see `ColoursStills`."""
        image = self._reference(request.draft.answer, request)
        scale = min(1.0, REFERENCE_PX / max(image.shape[:2]))
        size = max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale))
        yield ReferencePicture(request.draft.answer, cv2.resize(image, size, interpolation=cv2.INTER_AREA))

    def flicker(self, labels: Mapping[int, Callable[[], ColourLabel]]) -> Iterator[FlickerStep | Flicker]:
        """Yield the flicker of labels; see `ColoursStills`."""
        yield from measured_flicker(labels, self._frames)

    def _still(self, request: ColourRequest) -> Still:
        """Return the frame's picture with what is known of it so far."""
        found = self._stills.get(request.frame)
        if found is None or found.image is not request.image:
            found = Still(request.image, self._network)
        _keep(self._stills, request.frame, found)
        return found

    def _chroma(self, still: Still, level: Level, request: ColourRequest) -> NDArray[np.float32]:
        """Return a and b of a frame at a level, with all that the draft says."""
        draft = request.draft

        def whole(answer: ColourAnswer) -> NDArray[np.float32]:
            own = request.labels.get(request.frame) if answer.kind == "label" else None
            key = answer if own is None else (answer, own)
            return level.answer(key, lambda: self._at(level, still, answer, request))

        chroma = whole(draft.answer)
        for mix in draft.mixes:
            share = level.share(mix.region)
            chroma = chroma + share * (whole(mix.answer) - chroma)
        is_alone = not draft.mixes and self._is_nothing(draft.answer, request)
        is_mean = draft.answer.kind == "network" and not draft.mixes and bool(draft.hints)
        belief = still.outlook.belief if is_mean and still.outlook is not None else None
        return level.hinted(chroma, draft.hints, request.regions, belief, is_alone=is_alone)

    def _is_nothing(self, answer: ColourAnswer, request: ColourRequest) -> bool:
        """Return whether an answer has no colour at all."""
        if answer.kind == "label":
            return request.frame not in request.labels
        return answer.kind == "grey" or (answer.kind in ("network", "sample") and self._network is None)

    def _at(self, level: Level, still: Still, answer: ColourAnswer, request: ColourRequest) -> NDArray[np.float32]:
        """Return a and b of an answer at a level's size."""
        if answer.kind == "label" and request.frame in request.labels:
            return label_chroma(request.labels[request.frame], level.light)
        if self._is_nothing(answer, request):
            return np.zeros((*level.light.shape, 2), np.float32)
        return enlarged(self._answer(still, answer, request), level.light)

    def _answer(self, still: Still, answer: ColourAnswer, request: ColourRequest) -> NDArray[np.float32]:
        """Return small a and b of the network's answer, a sample or a reference, which is kept."""
        found = still.answers.get(answer)
        if found is None:
            if answer.kind == "reference":
                found = self._by_reference(still, answer, request)
            else:
                assert still.outlook is not None
                is_sample = answer.kind == "sample"
                found = still.outlook.samples([answer.number], answer.seed)[0] if is_sample else still.outlook.answer()
        if answer.frame < 0:  # a frame of the clip may be coloured otherwise by the next time
            still.keep(answer, found)
        return found

    def _by_reference(self, still: Still, answer: ColourAnswer, request: ColourRequest) -> NDArray[np.float32]:
        """Return the colours of another picture where it looks alike."""
        with weights_told(), torch_told():
            compute = pick_device("auto")
            from engines.colour.reference import blended, colours_of

            encoder = self._engines.encoder(chosen_weights(), compute)
            found = colours_of(request.image, self._reference(answer, request), encoder, compute)
        rest = np.zeros((2, 2, 2), np.float32) if still.outlook is None else still.outlook.answer()
        return blended(rest, *found)

    def _reference(self, answer: ColourAnswer, request: ColourRequest) -> NDArray[np.uint8]:
        """Return the picture that is the reference, as it is coloured by now."""
        if answer.path:
            return read_still(Path(answer.path))
        image = self._frames.image(min(max(answer.frame, 0), self._clip.n_frames - 1))
        return label_picture(image, request.labels[answer.frame]) if answer.frame in request.labels else image


def unseen_cells(request: ColourRequest) -> NDArray[np.bool_] | None:
    """Return where what a run carried to a frame had not been seen anywhere, None where nothing was carried."""
    label = request.labels.get(request.frame)
    return label.decode()[1] < SEEN_BELOW if isinstance(label, ChromaMap) else None


def _keep(kept: OrderedDict[int, Still], frame: int, still: Still) -> None:
    """Put a picture in as the latest, and let the oldest go."""
    kept[frame] = still
    kept.move_to_end(frame)
    while len(kept) > KEPT_STILLS:
        kept.popitem(last=False)
