"""Where the project of a clip lives until the person chooses a file: on disk all the same."""

from __future__ import annotations

import re
from hashlib import blake2b
from pathlib import Path

from platformdirs import user_data_path

from app.os_errors import told_to_the_user
from app.project.faults import DamagedFile
from app.project.model import ClipRecord
from app.project.project import Project
from app.project.project_file import remove_file

_PLAIN_NAME = re.compile(r"[0-9A-Za-z_-]{1,80}")


def unsaved_folder() -> Path:
    """Return the unsaved store, a folder of the user's; it may not be there yet."""
    return user_data_path("throughline", appauthor=False) / "unsaved"


def unsaved_path(fingerprint: str) -> Path:
    """Return the file that an unsaved clip's project has, whether it is there or not; its folder is made.

    Raises UserError where the folder cannot be made.
    """
    folder = unsaved_folder()
    with told_to_the_user(folder):
        folder.mkdir(parents=True, exist_ok=True)
    plain = _PLAIN_NAME.fullmatch(fingerprint)
    name = fingerprint if plain else blake2b(fingerprint.encode(), digest_size=16).hexdigest()
    return folder / f"{name}.throughline"


def is_unsaved(path: Path) -> bool:
    """Return whether the project file `path` lies in the unsaved store."""
    return path.resolve().parent == unsaved_folder().resolve()


def open_or_create(clip: ClipRecord) -> Project:
    """Return the unsaved project of a clip, as it was left or new.

    One that is damaged is set aside, its bytes as they are, and a notice of the new project says
    where: it must not keep the person from ever opening the clip again.
    """
    path = unsaved_path(clip.fingerprint)
    notice = ""
    if path.exists():
        try:
            project = Project.open(path)
        except DamagedFile as error:
            aside = _set_aside(path)
            notice = f"{error.problem}; it was kept as {aside}, and a new project begun."
        else:
            project.relocate_clip(clip)
            return project
    project = Project.create(path, clip)
    if notice:
        project.notices.append(notice)
    return project


def discard(path: Path) -> None:
    """Remove an unsaved project that is closed and not needed any more. Raises ValueError for any other file."""
    if not is_unsaved(path):
        raise ValueError(f"{path} is not in the unsaved store")
    with told_to_the_user(path):
        remove_file(path)


def _set_aside(path: Path) -> Path:
    number = 1
    while (aside := path.with_name(f"{path.stem}.damaged-{number}{path.suffix}")).exists():
        number += 1
    with told_to_the_user(path):
        for suffix in ("-wal", ""):
            beside = path.with_name(path.name + suffix)
            if beside.exists():
                beside.rename(aside.with_name(aside.name + suffix))
    return aside
