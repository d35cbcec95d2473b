"""Which frames of a clip are shown, and when."""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from app.errors import UserError
from app.formats.interface import LabelSource

LABELLED = "labelled"
_SPAN = re.compile(r"\s*(\d{1,9})\s*(?:[-–]\s*(\d{1,9})\s*)?")


def shown_frames(source: LabelSource) -> list[int]:
    """Return the frames that `source.look` chooses, rising. Raises UserError where there are none, or not these."""
    return _chosen(source)[:: source.look.step]


def shown_times_s(source: LabelSource, frames: list[int]) -> NDArray[np.float64]:
    """Return the clip's own time stamps of `frames` (n,); of a part of the clip counted from its first frame."""
    times_s = source.clip.times_s[frames]
    return times_s if frames[0] == 0 else times_s - times_s[0]


def hidden_losses(source: LabelSource) -> tuple[str, ...]:
    """Return the sentence about objects that are not drawn, where there are any."""
    n_hidden = sum(found.is_hidden for found in source.objects)
    return (f"Hidden objects are left out: {n_hidden}.",) if n_hidden else ()


def left_out_losses(source: LabelSource, frames: list[int]) -> tuple[str, ...]:
    """Return the sentence about frames that are not shown, where there are any."""
    n_frames = source.clip.n_frames
    return (f"Of {n_frames:,} frames {len(frames):,} are shown.",) if len(frames) < n_frames else ()


def _chosen(source: LabelSource) -> list[int]:
    text, n_frames = source.look.frames.strip(), source.clip.n_frames
    if not text:
        return list(range(n_frames))
    if text == LABELLED:
        if not source.frames:
            raise UserError("No frame has a label", "choose other frames")
        return source.frames
    found: set[int] = set()
    for part in text.split(","):
        span = _SPAN.fullmatch(part)
        if span is None:
            raise UserError(f"“{part.strip():.40}” says no frames", f"write such as 0-99,120, or {LABELLED}")
        first, last = int(span[1]), int(span[2] or span[1])
        if last >= n_frames or first > last:
            raise UserError(
                f"“{part.strip()}” says no frames of a clip that has frames 0 to {n_frames - 1}",
                "choose frames of the clip",
            )
        found.update(range(first, last + 1))
    return sorted(found)
