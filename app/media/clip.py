"""A clip: what a person opens, whatever it is made of."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from app.errors import UserError
from app.media.cache import PictureCache
from app.media.fingerprint import pictures_fingerprint, video_fingerprint
from app.media.index_cache import load_facts, store_facts
from app.media.picture import PictureSource
from app.media.picture_file import probe_picture
from app.media.reader import FrameReader
from app.media.sequence import SEQUENCE_RATE_FPS, PictureFiles, PictureFilesSource, survey_folder, survey_still
from app.media.survey import VideoFacts, survey
from app.media.times import median_rate_fps
from app.media.video import VideoSource

DEFAULT_CACHE_BYTES = 256 << 20

KEPT_FROM_S = 1.0
"""What was found out about a video is kept for the next time if it took longer than this."""

_SMALL_BYTES = 4 << 20
"""Files up to this size are looked into anew each time."""


@dataclass(frozen=True, eq=False)
class Clip:
    """A video, an image sequence or a still, as it was when it was opened. Immutable; any thread."""

    path: Path
    kind: Literal["video", "sequence", "still"]
    width: int
    height: int
    """In pixels, as shown: turned as the file asks for."""
    times_s: NDArray[np.float64]
    """(n,) strictly increasing, read-only: the file's own presentation times in seconds."""
    names: tuple[str, ...]
    """The file name of each frame of a sequence or still; empty for a video."""
    fingerprint: str
    """Hash of the content, the same wherever the clip lies."""
    notices: tuple[str, ...]
    """What a person should know about the clip, a sentence each."""
    content: VideoFacts | PictureFiles = field(repr=False)

    @property
    def n_frames(self) -> int:
        """Number of frames."""
        return len(self.times_s)

    @property
    def rate_fps(self) -> float:
        """Frames a second by the median distance of two; 25 for a still."""
        return median_rate_fps(self.times_s, SEQUENCE_RATE_FPS)

    def source(self) -> PictureSource:
        """Return a newly opened source of the pictures, with nothing kept in memory."""
        return VideoSource(self.content) if isinstance(self.content, VideoFacts) else PictureFilesSource(self.content)

    def open(self, cache_bytes: int = DEFAULT_CACHE_BYTES) -> FrameReader:
        """Return a reader of its own, for one thread, that keeps up to `cache_bytes` of pictures.

        Raises
        ------
        UserError
            If the file has gone since.
        """
        return self.open_with(PictureCache(cache_bytes))

    def open_with(self, cache: PictureCache) -> FrameReader:
        """Return a reader that keeps its pictures in `cache`."""
        if not self.path.exists():
            raise _no_such_file(self.path)
        return FrameReader(
            self.source(),
            n_frames=self.n_frames,
            width=self.width,
            height=self.height,
            fingerprint=self.fingerprint,
            cache=cache,
        )


def open_clip(path: str | Path) -> Clip:
    """Return the clip at `path`: a video file, a picture, or a folder of pictures.

    Raises
    ------
    UserError
        If there is nothing to see there; one sentence says why and what to do.
    """
    path = Path(path).absolute()
    try:
        if path.is_dir():
            return _pictures_clip(path, "sequence", survey_folder(path))
        if not path.exists():
            raise _no_such_file(path)
        if not path.is_file():
            raise UserError(f"{path.name} is not a file", "choose a video, a picture or a folder of pictures")
        return _file_clip(path)
    except PermissionError as error:
        raise UserError(f"{path.name} cannot be read", "ask its owner for permission to read it") from error
    except OSError as error:
        raise UserError(f"{path.name} cannot be read ({error.strerror})", "check the disk or the network") from error


def _file_clip(path: Path) -> Clip:
    """Return the clip in one file."""
    picture = probe_picture(path)
    if picture is None:
        return _video_clip(path, _facts(path))
    if picture.is_moving:
        moving = _moving_picture(path)
        if moving is not None:
            return moving
    return _pictures_clip(path, "still", survey_still(path))


def _facts(path: Path) -> VideoFacts:
    """Return what there is to know about a video file: what was kept from the last time, if anything was."""
    facts = load_facts(path) if path.stat().st_size > _SMALL_BYTES else None
    if facts is None:
        start_s = time.monotonic()
        facts = survey(path)
        if time.monotonic() - start_s > KEPT_FROM_S:
            store_facts(facts)
    return facts


def _moving_picture(path: Path) -> Clip | None:
    """Return an animated picture as a video, None where it cannot be decoded as one."""
    try:
        facts = survey(path)
    except UserError:
        return None
    return _video_clip(path, facts) if len(facts.times_s) > 1 else None


def _video_clip(path: Path, facts: VideoFacts) -> Clip:
    facts.times_s.setflags(write=False)
    fingerprint = video_fingerprint(path, facts.times_s)
    return Clip(path, "video", facts.width, facts.height, facts.times_s, (), fingerprint, facts.notices, facts)


def _pictures_clip(path: Path, kind: Literal["sequence", "still"], files: PictureFiles) -> Clip:
    files.times_s.setflags(write=False)
    names = tuple(file.name for file in files.paths)
    fingerprint = pictures_fingerprint(files.paths)
    return Clip(path, kind, files.width, files.height, files.times_s, names, fingerprint, files.notices, files)


def _no_such_file(path: Path) -> UserError:
    return UserError(f"{path.name} does not exist in {path.parent}", "check the name, or choose another file")
