"""Opening whatever a person hands over: a clip, a folder of frames, a still or a project. No Qt.

A clip that has never been saved gets a project of its own in the unsaved store, so that from the
first stroke on everything is on disk, and opening the clip again finds it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from app.errors import UserError
from app.media.clip import Clip, open_clip
from app.project.clip_location import ClipMissing, check_clip, locate_clip, record_of
from app.project.project import Project
from app.project.unsaved import open_or_create, unsaved_path

PROJECT_SUFFIX = ".throughline"


@dataclass(frozen=True, slots=True)
class Opened:
    """A clip with its project, ready to work on. Whoever takes it closes the project."""

    clip: Clip
    project: Project


def open_anything(path: Path, clip_path: Path | None = None, unsaved: Clip | None = None) -> Iterator[Opened]:
    """Yield the one `Opened` that `path` stands for. Worker thread.

    `clip_path` is where the person says a project's clip lies now; it is taken only if its fingerprint
    is that of the project's clip. `unsaved` is the clip that is open here with a project in the unsaved store, if one
    is. Raises UserError, `ClipMissing` where only the clip is not found.
    """
    path = path.expanduser().absolute()
    opened = open_project(path, clip_path) if path.suffix == PROJECT_SUFFIX else open_clip_with_project(path, unsaved)
    try:
        yield opened
    except GeneratorExit:  # overtaken by a later request before anybody took it
        opened.project.close()
        raise


def open_project(path: Path, clip_path: Path | None = None) -> Opened:
    """Open a project and its clip."""
    project = Project.open(path)
    try:
        found = clip_path or locate_clip(path, project.clip)
        if found is None:
            raise ClipMissing(path, project.clip)
        clip = open_clip(found)
        check_clip(project.clip, clip.fingerprint, clip.n_frames, clip.path)
        project.relocate_clip(record_of(clip, path))
    except UserError:
        project.close()
        raise
    return Opened(clip, project)


def open_clip_with_project(path: Path, unsaved: Clip | None = None) -> Opened:
    """Open a clip with the unsaved project that it has, or a new one. See `open_anything`."""
    clip = open_clip(path)
    if unsaved is not None and unsaved.fingerprint == clip.fingerprint:
        raise UserError(
            f"{clip.path.name} shows the same pictures as {unsaved.path.name}, which is open: it has the same labels",
            "go on there, or close that clip first",
        )
    return Opened(clip, open_or_create(record_of(clip, unsaved_path(clip.fingerprint))))
