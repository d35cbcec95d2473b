"""Raw clips and stills in memory, from which training draws frames."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]

CLIP_SUFFIXES = (".mp4", ".webm", ".mkv", ".avi", ".mov")
STILL_SUFFIXES = (".jpg", ".jpeg", ".png", ".webp")

SHORT_SIDE_PX = 256
"""Pictures larger than this are reduced to it: crops of some 150 px of them show parts of objects, not texture."""


@dataclass(frozen=True, slots=True, eq=False)
class FramePool:
    """What a training may look at. Read-only after it is made, any thread.

    `clips` are RGB uint8 (n, h, w, 3), each one unbroken shot or nearly so; `stills` uint8 (h, w, 3).
    """

    clips: Sequence[Image]
    stills: Sequence[Image]

    @property
    def n_frames(self) -> int:
        """Number of frames of all clips."""
        return sum(len(clip) for clip in self.clips)

    def sample(self, rng: np.random.Generator, n_frames: int, max_gap: int, still_share: float) -> list[Image]:
        """Return `n_frames` frames of one clip 1 to `max_gap` frames apart, in order of time or in reverse.

        With probability `still_share`, or where there are no clips, it is one still, repeated.
        """
        if not self.clips or (self.stills and rng.random() < still_share):
            return [self.stills[int(rng.integers(len(self.stills)))]] * n_frames
        clip = self._draw_clip(rng)
        gap = min(int(rng.integers(1, max_gap + 1)), (len(clip) - 1) // max(n_frames - 1, 1))
        first = int(rng.integers(len(clip) - gap * (n_frames - 1)))
        frames = [clip[first + gap * number] for number in range(n_frames)]
        return frames[::-1] if rng.random() < 0.5 else frames

    def moment(self, rng: np.random.Generator, offsets: Sequence[int]) -> list[Image]:
        """Return the frames of one clip at these rising offsets, from 0, after a random one; of a still, it repeated.

        Where the clip is shorter than that, offsets shrink in proportion.
        """
        if not self.clips:
            return [self.stills[int(rng.integers(len(self.stills)))]] * len(offsets)
        clip = self._draw_clip(rng)
        last = len(clip) - 1
        shrink = min(1.0, last / max(offsets[-1], 1))
        steps = [int(offset * shrink) for offset in offsets]
        first = int(rng.integers(last - steps[-1] + 1))
        return [clip[first + step] for step in steps]

    def _draw_clip(self, rng: np.random.Generator) -> Image:
        """Return a clip, drawn by the square root of its length, so that long ones do not crowd out the rest."""
        weights = np.sqrt([len(clip) for clip in self.clips])
        return self.clips[int(rng.choice(len(self.clips), p=weights / weights.sum()))]

    def part(self, n_clips: int | None = None, n_stills: int | None = None, seed: int = 0) -> FramePool:
        """Return a pool of that many clips and stills of this one, drawn by `seed`; None keeps all."""
        rng = random.Random(seed)
        clips = list(self.clips) if n_clips is None else rng.sample(list(self.clips), min(n_clips, len(self.clips)))
        stills = (
            list(self.stills) if n_stills is None else rng.sample(list(self.stills), min(n_stills, len(self.stills)))
        )
        return FramePool(clips, stills)


def read_pool(folders: Sequence[Path], short_side_px: int = SHORT_SIDE_PX) -> FramePool:
    """Read every clip and still in `folders`, not in their subfolders, in order of name.

    Raises ValueError where nothing can be read, naming the folders.
    """
    pool = joined([read_files(media_files(folder), short_side_px) for folder in folders])
    if not pool.clips and not pool.stills:
        raise ValueError(f"no clip and no picture can be read in {', '.join(map(str, folders))}")
    return pool


def media_files(folder: Path) -> list[Path]:
    """Return the clips and stills that lie in `folder` itself, by name; of a file, that file.

    Raises OSError as the system does.
    """
    if folder.is_file():
        return [folder]
    suffixes = {*CLIP_SUFFIXES, *STILL_SUFFIXES}
    return sorted(file for file in folder.iterdir() if file.suffix.lower() in suffixes and file.is_file())


def read_files(files: Iterable[Path], short_side_px: int = SHORT_SIDE_PX) -> FramePool:
    """Return the clips and stills of `files`, in order; those that cannot be read are passed over.

    Memory: 0.35 MB a frame of 456 x 256.
    """
    clips: list[Image] = []
    stills: list[Image] = []
    for file in files:
        if file.suffix.lower() in CLIP_SUFFIXES:
            clips.append(_read_clip(file, short_side_px))
        elif (still := _read_still(file, short_side_px)) is not None:
            stills.append(still)
    return FramePool([clip for clip in clips if len(clip)], stills)


def joined(pools: Sequence[FramePool]) -> FramePool:
    """Return all clips and stills of `pools` as one pool."""
    return FramePool(
        [clip for pool in pools for clip in pool.clips], [still for pool in pools for still in pool.stills]
    )


def _read_clip(file: Path, short_side_px: int) -> Image:
    """Return all frames of a video, uint8 (n, h, w, 3); of an unreadable one none."""
    capture = cv2.VideoCapture(str(file))
    frames = []
    while True:
        is_there, image_bgr = capture.read()
        if not is_there:
            break
        frames.append(_reduced(image_bgr, short_side_px))
    capture.release()
    return np.stack(frames) if frames else np.zeros((0, 1, 1, 3), np.uint8)


def _read_still(file: Path, short_side_px: int) -> Image | None:
    try:
        image_bgr = cv2.imdecode(np.fromfile(file, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error:  # an empty file, or one that says it is larger than OpenCV dares
        return None
    return None if image_bgr is None else _reduced(image_bgr, short_side_px)


def _reduced(image_bgr: Image, short_side_px: int) -> Image:
    """Return RGB, made smaller where the short side is longer than that."""
    height, width = image_bgr.shape[:2]
    scale = short_side_px / min(height, width)
    if scale < 1:
        size = round(width * scale), round(height * scale)
        image_bgr = cv2.resize(image_bgr, size, interpolation=cv2.INTER_AREA)
    return cv2.cvtColor(image_bgr, cv2.COLOR_BGR2RGB)
