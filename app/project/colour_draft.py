"""How a person colours one frame, as frozen values: an answer, others mixed in, and hints on top.

It is kept beside the picture that is made of it, so that hints can be moved and changed later.
"""

from __future__ import annotations

import base64
import json
import math
from dataclasses import dataclass
from typing import Any, Literal, get_args

from engines.colour.hints import DEFAULT_REACH
from engines.labels.rle import RleMask

AnswerKind = Literal["network", "sample", "reference", "label", "grey"]
MOST_HINTS, MOST_POINTS = 10_000, 100_000
_FARTHEST = 1e6


@dataclass(frozen=True, slots=True)
class ColourAnswer:
    """Colours of a whole picture that nobody set by hand.

    `network` is its single answer, a `sample` one drawn by chance, a `reference` another picture's colours where it
    looks alike and the network's elsewhere, `label` what the frame's label shows, and `grey` none at all.
    """

    kind: AnswerKind = "network"
    seed: int = 0
    number: int = 0
    """Of a sample, from 0."""
    frame: int = -1
    """Of the clip that is the reference, -1 where it is a file."""
    path: str = ""
    """The reference where it is a file."""


@dataclass(frozen=True, slots=True)
class ColourHint:
    """A colour that a person set on a point, or along a line through several.

    `points` are x, y on the picture, `chroma` a and b, `reach` a share of the short side. Where `object_id` is not 0,
    the hint stays within that object's mask.
    """

    points: tuple[tuple[float, float], ...]
    chroma: tuple[float, float]
    width_px: int = 1
    reach: float = DEFAULT_REACH
    object_id: int = 0


@dataclass(frozen=True, slots=True)
class ColourMix:
    """Another answer within a region of the picture."""

    answer: ColourAnswer
    region: RleMask


@dataclass(frozen=True, slots=True)
class ColourDraft:
    """All that a person asked for on one frame. Of two mixes on one pixel the later one counts, of hints too."""

    answer: ColourAnswer = ColourAnswer()
    mixes: tuple[ColourMix, ...] = ()
    hints: tuple[ColourHint, ...] = ()

    @property
    def answers(self) -> tuple[ColourAnswer, ...]:
        """Every answer that goes into it."""
        return (self.answer, *(mix.answer for mix in self.mixes))

    def to_json(self) -> str:
        """Return it as text, for storage."""
        found = {
            "answer": _answer_row(self.answer),
            "mixes": [
                [_answer_row(mix.answer), base64.b64encode(mix.region.to_bytes()).decode()] for mix in self.mixes
            ],
            "hints": [
                [[list(point) for point in hint.points], list(hint.chroma), hint.width_px, hint.reach, hint.object_id]
                for hint in self.hints
            ],
        }
        return json.dumps(found, separators=(",", ":"))


def draft_from_json(text: str, size: tuple[int, int]) -> ColourDraft:
    """Read back `to_json` for pictures of `size`, (width, height). Raises ValueError on anything else."""
    try:
        found = json.loads(text)
        mixes = tuple(
            ColourMix(_answer_of(row), RleMask.from_bytes(base64.b64decode(region, validate=True), size))
            for row, region in found["mixes"]
        )
        hints = tuple(_hint_of(row) for row in found["hints"])
        if len(hints) > MOST_HINTS:
            raise ValueError("too many hints")
        return ColourDraft(_answer_of(found["answer"]), mixes, hints)
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise ValueError("a frame's colour hints make no sense") from error


def _answer_row(answer: ColourAnswer) -> list[Any]:
    return [answer.kind, answer.seed, answer.number, answer.frame, answer.path]


def _answer_of(row: Any) -> ColourAnswer:
    kind, seed, number, frame, path = row
    if kind not in get_args(AnswerKind) or not isinstance(path, str):
        raise ValueError("no answer")
    if not all(type(each) is int and -(1 << 53) <= each <= 1 << 53 for each in (seed, number, frame)):
        raise ValueError("no number")
    return ColourAnswer(kind, seed, max(0, number), frame, path)


def _hint_of(row: Any) -> ColourHint:
    points, chroma, width_px, reach, object_id = row
    (a, b), places = (_number(each) for each in chroma), tuple((_number(x), _number(y)) for x, y in points)
    is_sound = 0 < len(places) <= MOST_POINTS and _number(reach) > 0
    if not is_sound or type(width_px) is not int or not 1 <= width_px <= 1000 or type(object_id) is not int:
        raise ValueError("no hint")
    return ColourHint(places, (a, b), width_px, float(reach), object_id)


def _number(value: Any) -> float:
    if type(value) not in (int, float) or not math.isfinite(value) or abs(value) > _FARTHEST:
        raise ValueError("no number")
    return float(value)
