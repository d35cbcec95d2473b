"""What formats of points share: the skeleton that all objects have, objects of points, arrays of their joints."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.errors import UserError
from app.formats.interface import Found, LabelSource
from app.project.model import Kind, Object
from app.project.skeleton import Skeleton, pairs_of_names
from app.project.verbs import COLOURS
from engines.labels.points import Joint, Points

MAX_NUMBERS = 50_000_000
"""Of one import of arrays: 100,000 frames of 250 joints."""


def one_skeleton(source: LabelSource) -> Skeleton:
    """Return the one skeleton that all objects have. Raises UserError where there is none, or several."""
    some_skeleton(source)
    first, *others = dict.fromkeys(found.skeleton for found in source.objects if found.skeleton is not None)
    if others:
        raise UserError(
            f"One file of points has one skeleton, but the objects have {len(others) + 1}",
            "give all objects the same joints, or delete some in a copy of the project",
        )
    return first


def some_skeleton(source: LabelSource) -> None:
    """Raise UserError where there are no points to export."""
    if not any(found.skeleton is not None for found in source.objects):
        raise UserError("There are no points to export", "choose a format for masks, or add an object of points")


def in_order(points: Points, skeleton: Skeleton) -> list[Joint | None]:
    """Return a label's joints in the skeleton's order."""
    return [points.at(joint.slot) for joint in skeleton.joints]


def couples_by_name(skeleton: Skeleton, couples: Iterable[tuple[int, int]]) -> list[list[str]]:
    """Return bones or pairs by the names of their joints."""
    names = {joint.slot: joint.name for joint in skeleton.joints}
    return [[names[slot] for slot in couple] for couple in couples]


def couples_by_place(skeleton: Skeleton, couples: Iterable[tuple[int, int]]) -> list[list[int]]:
    """Return bones or pairs by the places, from 0, of their joints in the skeleton's order."""
    places = {joint.slot: place for place, joint in enumerate(skeleton.joints)}
    return [[places[slot] for slot in couple] for couple in couples]


def animal(object_id: int, place: int, skeleton: Skeleton, name: str = "", class_name: str = "") -> Object:
    """Return the object of points for one in a file, the `place`-th from 0."""
    called = name or f"{skeleton.name} {object_id}"
    return Object(object_id, called, COLOURS[place % len(COLOURS)], class_name, Kind.POINTS, skeleton=skeleton)


def sided(pairs: Iterable[Sequence[str]], names: Sequence[str]) -> list[tuple[str, str]]:
    """Return pairs as (left, right) where the names tell which is which, else as they are given."""
    told = {frozenset(pair): pair for pair in pairs_of_names(names)}
    return [told.get(frozenset((first, second)), (first, second)) for first, second in pairs]


def series(source: LabelSource, found: Object) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return an object's joints on every frame, (frames, joints, 2), NaN where not placed, and which are seen."""
    joints = found.skeleton.joints if found.skeleton else ()
    positions = np.full((source.clip.n_frames, len(joints), 2), np.nan)
    visible = np.zeros(positions.shape[:2], bool)
    slots = [joint.slot for joint in joints]
    for frame, on_frame in source.labels.items():
        label = on_frame.get(found.object_id)
        if label is not None:
            for place, joint in enumerate(map(source.points(label.mask_id).at, slots)):
                if joint is not None:
                    positions[frame, place], visible[frame, place] = joint[:2], joint.is_visible
    return positions, visible


def plain_numbers(values: NDArray[Any]) -> NDArray[np.float64]:
    """Return numbers of a file as float64, all its sorts of NaN as the one that says nothing when reckoned with."""
    with np.errstate(invalid="ignore", over="ignore"):
        made = values.astype(np.float64)
    made[np.isnan(made)] = np.nan
    return made


def found_on(
    owners: Iterable[int], positions: Iterable[NDArray[np.float64]], visible: Iterable[NDArray[np.bool_]]
) -> tuple[Found, ...]:
    """Return the labels of a frame: of each owner its joints at (joints, 2), NaN where not placed; of none, none."""
    labels = (
        Found(owner, Points.of_arrays(at, seen)) for owner, at, seen in zip(owners, positions, visible, strict=True)
    )
    return tuple(label for label in labels if isinstance(label.mask, Points) and label.mask.joints)


def told_skeleton(read: Skeleton, told: Skeleton | None) -> Skeleton:
    """Return the skeleton `read` with what a side-car has `told` of the same joints."""
    if told is None or {joint.name for joint in read.joints} != {joint.name for joint in told.joints}:
        return read
    slots = {joint.name: joint.slot for joint in read.joints}
    colours = {joint.name: joint.colour for joint in told.joints}

    def ours(couples: tuple[tuple[int, int], ...]) -> tuple[tuple[int, int], ...]:
        return tuple((slots[left], slots[right]) for left, right in couples_by_name(told, couples))

    joints = tuple(replace(joint, colour=colours[joint.name]) for joint in read.joints)
    return Skeleton(told.name, joints, ours(told.bones), ours(told.pairs))


def told_joints(points: Points, skeleton: Skeleton, hidden: frozenset[str], sure: Mapping[str, float]) -> Points:
    """Return `points` with what a side-car says of joints by name: those that are hidden, and how sure they are."""
    if not hidden and not sure:
        return points
    names = {joint.slot: joint.name for joint in skeleton.joints}

    def told(joint: Joint, name: str) -> Joint:
        is_visible = joint.is_visible and name not in hidden
        return joint._replace(is_visible=is_visible, confidence=sure.get(name, joint.confidence))

    return Points.of(
        None if joint is None else told(joint, names.get(slot, "")) for slot, joint in enumerate(points.joints)
    )
