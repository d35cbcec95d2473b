"""What a person can do to objects of points, as pure functions to an `Edit`; see `verbs`."""

from __future__ import annotations

from dataclasses import replace

from app.project import pending
from app.project.edits import Edit, Swap
from app.project.model import Kind, Label, LabelKey, Object, Provenance
from app.project.project import Project
from app.project.skeleton import Skeleton
from app.project.verbs import unlocked
from engines.labels.points import Points


def place_points(project: Project, object_id: int, frame: int, points: Points, *, text: str = "") -> Edit:
    """Make `points` the object's anchor on a frame, all of them a person's; without a joint there is no label.

    Raises ValueError for a locked object, or one that is not labelled with points.
    """
    found = _of_points(project, object_id)
    key = (object_id, int(frame))
    anchor = Label(Provenance.ANCHOR, project.add_mask(points.owned()), points.presence) if points.joints else None
    before, proposal = project.label(*key), project.proposal(*key)
    labels: dict[LabelKey, Swap[Label]] = {} if before == anchor else {key: Swap(before, anchor)}
    proposals: dict[LabelKey, Swap[Label]] = {} if proposal is None else {key: Swap(proposal, None)}
    return Edit(text or f"place {found.name}", labels=labels, proposals=proposals)


def mirror_points(project: Project, object_id: int, frame: int) -> Edit:
    """Exchange left and right of what is seen of an object on a frame, which makes an anchor of it.

    Raises ValueError as `place_points` does, and where nothing is seen.
    """
    found = _of_points(project, object_id)
    shown = pending.shown(project, object_id, frame)
    if shown is None:
        raise ValueError(f"{found.name} has no points on frame {frame}")
    assert found.skeleton is not None
    before = project.points(shown[0].mask_id)
    places = range(max(found.skeleton.n_slots, len(before.joints)))  # joints that were removed keep theirs
    mirrored = Points.of(before.at(found.skeleton.mirrored(place)) for place in places)
    return place_points(project, object_id, frame, mirrored, text=f"mirror {found.name}")


def set_skeleton(project: Project, before: Skeleton, after: Skeleton) -> Edit:
    """Give all objects whose skeleton is `before` the skeleton `after`; their labels stay as they are."""
    changes = {
        found.object_id: Swap(found, replace(found, skeleton=after))
        for found in project.objects.values()
        if found.skeleton == before and before != after
    }
    return Edit(f"change skeleton {before.name}", changes)


def _of_points(project: Project, object_id: int) -> Object:
    found = unlocked(project, object_id)
    if found.kind is not Kind.POINTS:
        raise ValueError(f"points placed on {found.name}, which is labelled with {found.kind}")
    return found
