"""Clips for work that nobody watches."""

from __future__ import annotations

from pathlib import Path

from app.errors import UserError
from app.media.clip import Clip, open_clip
from app.media.container_size import missing_bytes


def open_whole_clip(path: Path) -> Clip:
    """Return the clip at `path`, as `open_clip` does, but refuse a video that is cut short.

    The window shows what there is of one and says so. A command would label half of a clip, and
    whatever comes after it would take that for the whole. Raises UserError.
    """
    clip = open_clip(path)
    n_missing = missing_bytes(clip.path) if clip.kind == "video" else 0
    if n_missing:
        raise UserError(
            f"{clip.path.name} is cut short: {n_missing} bytes are missing, and {clip.n_frames} frames are left",
            f"get the whole file, or make one of what is left with `ffmpeg -i {clip.path.name} -c copy whole.mkv`",
        )
    return clip
