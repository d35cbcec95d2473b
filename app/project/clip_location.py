"""Where a project's clip is, and whether it is still the same. A doubt is asked about, never guessed away."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Protocol

from app.errors import UserError
from app.project.model import ClipRecord


class ClipLike(Protocol):
    """What a project needs to know of a clip; `app.media.clip.Clip` has it."""

    @property
    def path(self) -> Path:
        """Where it lies."""

    @property
    def width(self) -> int:
        """Width in pixels."""

    @property
    def height(self) -> int:
        """Height in pixels."""

    @property
    def n_frames(self) -> int:
        """Number of frames."""

    @property
    def fingerprint(self) -> str:
        """Hash of the content."""


class ClipMissing(UserError):  # noqa: N818 - it tells a state of the world, not a fault of ours
    """The clip is in neither of the places that the project remembers. The window asks where it went."""

    def __init__(self, project_path: Path, record: ClipRecord) -> None:
        clip_name = Path(record.absolute_path).name
        super().__init__(
            f"The clip {clip_name} of {project_path.name} is not at {record.absolute_path} any more",
            "put it back, or say where it is now",
        )
        self.project_path = project_path
        self.record = record


def record_of(clip: ClipLike, project_path: Path) -> ClipRecord:
    """Return how the project file `project_path` remembers `clip`."""
    absolute = clip.path.absolute()
    return ClipRecord(
        _relative(absolute, project_path),
        str(absolute),
        clip.fingerprint,
        clip.width,
        clip.height,
        clip.n_frames,
    )


def moved_record(record: ClipRecord, project_path: Path) -> ClipRecord:
    """Return `record` as a project at another place, `project_path`, remembers it."""
    relative = _relative(Path(record.absolute_path), project_path)
    return ClipRecord(relative, record.absolute_path, record.fingerprint, record.width, record.height, record.n_frames)


def locate_clip(project_path: Path, record: ClipRecord) -> Path | None:
    """Return where the clip is now, None where it is in neither place. Whether it is the same `check_clip` says.

    Beside the project comes first: a folder that was moved or sent as a whole keeps working, even
    where an older copy stands in the old place.
    """
    places = [Path(record.absolute_path)]
    if record.relative_path:
        places.insert(0, Path(os.path.normpath(project_path.absolute().parent / record.relative_path)))
    return next((place for place in places if _exists(place)), None)


def check_clip(record: ClipRecord, fingerprint: str, n_frames: int, path: Path) -> None:
    """Raise UserError where the clip found at `path` is not the one that the labels were made on."""
    if fingerprint == record.fingerprint and n_frames == record.n_frames:
        return
    if n_frames != record.n_frames:
        change = f"it has {n_frames} frames instead of {record.n_frames}"
    else:
        change = "its pictures are others"
    raise UserError(
        f"{path.name} is not the clip that the labels were made on ({change})",
        "put the original back, or open this one as a clip of its own",
    )


def _relative(path: Path, project_path: Path) -> str:
    """Return the way from the project's folder, with forward slashes; "" where there is none (another drive)."""
    try:
        return Path(os.path.relpath(path, project_path.absolute().parent)).as_posix()
    except ValueError:
        return ""


def _exists(place: Path) -> bool:
    try:
        return place.exists()
    except (OSError, ValueError):  # no permission on the way, or no path at all ("\0")
        return False
