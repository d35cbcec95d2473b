"""Time stamps of frames in seconds, made strictly increasing where a file's are not."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from app.media.packets import NO_TIME


def presentation_times_s(pts: NDArray[np.int64], time_base: Fraction, rate: Fraction) -> NDArray[np.float64]:
    """Return the time of each frame in seconds, strictly increasing.

    Parameters
    ----------
    pts : (n,)
        Time stamps in presentation order in units of `time_base`; `NO_TIME` where there is none.
        Missing ones are filled in between their neighbours.
    time_base
        Seconds.
    rate
        Frames a second, used where the stamps say nothing.
    """
    frames = np.arange(len(pts))
    known = pts != NO_TIME
    if known.sum() < min(2, len(pts)):
        return frames / float(rate)
    stamps = pts[known].astype(np.float64) * time_base.numerator / time_base.denominator
    return strictly_increasing(np.interp(frames, frames[known], stamps), 1 / float(rate))


def strictly_increasing(times_s: NDArray[np.float64], step_s: float) -> NDArray[np.float64]:
    """Return `times_s` (n,) with jumps back closed up and equal times spread to the next one.

    Times that increase already are returned as they are, bit for bit. `step_s` is taken where no
    two times of the file say how far apart frames are.
    """
    gaps = np.diff(times_s)
    if np.all(gaps > 0):
        return times_s
    if np.any(gaps > 0):
        step_s = float(np.median(gaps[gaps > 0]))
    gaps = np.append(np.where(gaps < 0, step_s, gaps), step_s)  # (n,): the last frame's, too
    # Frame i closes a group of equal times where its own gap is not zero; the gap is shared by the group.
    ends = np.flatnonzero(gaps > 0)
    sizes = np.diff(ends, prepend=-1)
    gaps = np.repeat(gaps[ends] / sizes, sizes)
    return times_s[0] + np.concatenate([[0.0], np.cumsum(gaps[:-1])])


def median_rate_fps(times_s: NDArray[np.float64], fallback_fps: float) -> float:
    """Return frames a second by the median distance of `times_s`, `fallback_fps` for a single frame."""
    return 1 / float(np.median(np.diff(times_s))) if len(times_s) > 1 else fallback_fps


def clock(time_s: float, *, with_fraction: bool = True) -> str:
    """Return a time as "1:02:03.456", without hours where there are none; negative times keep a sign."""
    sign = "-" if time_s < 0 else ""
    millis = round(abs(time_s) * 1000)
    seconds, millis = divmod(millis, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    text = f"{hours}:{minutes:02d}:{seconds:02d}" if hours else f"{minutes}:{seconds:02d}"
    return f"{sign}{text}.{millis:03d}" if with_fraction else f"{sign}{text}"
