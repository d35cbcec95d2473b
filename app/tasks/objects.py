"""What a person can do to whole objects, on a project file: the same edits as in the window, into a new file."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.errors import UserError
from app.os_errors import told_to_the_user
from app.project import identity, pending, verbs
from app.project.edits import Edit
from app.project.model import Kind
from app.project.project import Project
from app.whole_folder import refuse_unwritable
from engines.labels.parts import connected_parts
from engines.labels.presence import Presence


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for: objects by id, `frames` (rising, without gaps), and a presence where one is to be said."""

    object_ids: Sequence[int]
    frames: range
    presence: Presence | None = None


@dataclass(frozen=True, slots=True)
class Action:
    """One verb: what it does, how many objects it takes (None for any number), and the edit."""

    summary: str
    n_objects: int | None
    edit: Callable[[Project, Wanted], Edit]
    takes_presence: bool = False


def _merge(project: Project, wanted: Wanted) -> Edit:
    kept, *others = wanted.object_ids
    return identity.worked_out(identity.merge_objects(project, kept, others))


def _split(project: Project, wanted: Wanted) -> Edit:
    (object_id,), frame = wanted.object_ids, wanted.frames.start
    found = project.objects[object_id]
    if found.kind is not Kind.MASK:
        raise ValueError(f"{found.name} is labelled with {found.kind}, not with masks")
    shown = pending.shown(project, object_id, frame)
    parts = [] if shown is None else connected_parts(project.mask(shown[0].mask_id))
    if shown is None or len(parts) < 2:
        raise ValueError(f"{found.name} is not in several parts on frame {frame}")
    rest = project.mask(shown[0].mask_id).minus(parts[0])
    return identity.worked_out(identity.split_object(project, object_id, frame, rest))


def _swap(project: Project, wanted: Wanted) -> Edit:
    one, other = wanted.object_ids
    return identity.swap_objects(project, one, other, wanted.frames)


def _presence(project: Project, wanted: Wanted) -> Edit:
    assert wanted.presence is not None
    return verbs.set_presence(project, wanted.object_ids[0], wanted.frames.start, wanted.presence)


ACTIONS: dict[str, Action] = {
    "swap": Action(
        "exchange the labels of two objects from --from to --to",
        2,
        _swap,
    ),
    "merge": Action("make one object of several, the first one staying", None, _merge),
    "split": Action("give all but the largest part that an object has on --from to a new one from there on", 1, _split),
    "presence": Action("say --presence of an object on the frame --from", 1, _presence, takes_presence=True),
    "clear": Action(
        "delete the labels of objects from --from to --to",
        None,
        lambda project, wanted: verbs.clear_labels(project, wanted.object_ids, wanted.frames),
    ),
    "delete": Action(
        "delete objects with all their labels",
        None,
        lambda project, wanted: verbs.delete_objects(project, wanted.object_ids),
    ),
}


def change_objects(
    project: Project, action: str, object_ids: Sequence[int], first: int, last: int | None, presence: Presence | None
) -> Edit:
    """Return the edit of an action, `last` standing for the clip's last frame where it is None. Raises UserError."""
    found, n_frames = ACTIONS[action], project.clip.n_frames
    last = n_frames - 1 if last is None else last
    strangers = [object_id for object_id in object_ids if object_id not in project.objects]
    if strangers:
        there = ", ".join(f"{one.object_id} ({one.name})" for one in project.objects.values()) or "none"
        raise UserError(f"There is no object {strangers[0]}", f"the project has {there}")
    if not object_ids or (found.n_objects is not None and len(object_ids) != found.n_objects):
        needed = {None: "at least one object", 1: "one object", 2: "two objects"}[found.n_objects]
        raise UserError(f"{action} takes {needed}, and {len(object_ids)} are given", "give their ids")
    if not 0 <= first <= last < n_frames:
        raise UserError(f"Frames {first} to {last} are none of the clip's", f"it has the frames 0 to {n_frames - 1}")
    if found.takes_presence and presence is None:
        raise UserError("It is not said what the presence is", f"give --presence, one of {', '.join(Presence)}")
    try:
        edit = found.edit(project, Wanted(object_ids, range(first, last + 1), presence))
    except ValueError as error:
        raise UserError(str(error)[0].upper() + str(error)[1:], "unlock or choose other objects or frames") from error
    if not edit:
        raise UserError("That would change nothing", "choose other objects or frames")
    return edit


def changed_copy(project: Project, out: Path, make: Callable[[Project], Edit]) -> Edit:
    """Write a copy of `project` with an edit done to it to `out`, which must not be there, and return the edit.

    The file appears whole or not at all. Raises UserError.
    """
    if out.exists():
        raise UserError(f"{out} already exists, and this makes a new project", "give another name")
    refuse_unwritable(out.parent)
    partial = out.with_name(f".throughline-partial-{secrets.token_hex(6)}")
    with told_to_the_user(out):
        out.parent.mkdir(parents=True, exist_ok=True)
    try:
        project.save_copy(partial)
        with Project.open(partial) as copy:
            edit = make(copy)
            copy.apply(edit)
        with told_to_the_user(out):
            partial.rename(out)
    finally:
        for leftover in out.parent.glob(f"{partial.name}*"):
            leftover.unlink(missing_ok=True)
    return edit
