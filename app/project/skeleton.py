"""Skeletons: which joints an object of points has, which of them bones join, and which are left and right of a pair.

A joint keeps its `slot`, the place that it has in every label, for good: joints can be renamed, sorted, added and
removed without touching a label, and undo brings back what was placed.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engines.labels.points import MAX_JOINTS

Colour = tuple[int, int, int]
LEFT, RIGHT, MIDDLE = (60, 140, 230), (245, 140, 40), (90, 200, 90)
"""Colours of joints that have no other: by side, as most programs have them."""

MAX_NAME = 200
_SIDES = (("left", "right"), ("Left", "Right"), ("LEFT", "RIGHT"), ("L", "R"), ("l", "r"))
"""What tells left from right in names."""


@dataclass(frozen=True, slots=True)
class SkeletonJoint:
    """One joint: what it is called, how it is drawn, and its place in labels."""

    name: str
    colour: Colour
    slot: int


@dataclass(frozen=True, slots=True)
class Skeleton:
    """Joints in the order in which they are placed; `bones` and `pairs` (left, right) are of slots."""

    name: str
    joints: tuple[SkeletonJoint, ...]
    bones: tuple[tuple[int, int], ...] = ()
    pairs: tuple[tuple[int, int], ...] = ()

    @property
    def n_slots(self) -> int:
        """How many places a label needs for all joints."""
        return max((joint.slot for joint in self.joints), default=-1) + 1

    def joint(self, slot: int) -> SkeletonJoint | None:
        """Return the joint of a slot, None where it was removed."""
        return next((joint for joint in self.joints if joint.slot == slot), None)

    def mirrored(self, slot: int) -> int:
        """Return the slot of the other side's joint, the same for one without a side."""
        for left, right in self.pairs:
            if slot in (left, right):
                return right if slot == left else left
        return slot

    def to_json(self) -> str:
        """Return it as one line of text, for storage; see `skeleton_from`."""
        names = {joint.slot: joint.name for joint in self.joints}
        return json.dumps(
            {
                "name": self.name,
                "joints": [
                    {"name": joint.name, "colour": list(joint.colour), "slot": joint.slot} for joint in self.joints
                ],
                "bones": [[names[slot] for slot in bone] for bone in self.bones],
                "pairs": [[names[slot] for slot in pair] for pair in self.pairs],
            },
            ensure_ascii=False,
        )


def skeleton_of(
    name: str,
    joints: Sequence[str],
    bones: Iterable[Sequence[str]] = (),
    pairs: Iterable[Sequence[str]] | None = None,
    colours: Mapping[str, Colour] | None = None,
    slots: Mapping[str, int] | None = None,
) -> Skeleton:
    """Return a skeleton of joints, bones and pairs given by name.

    Where no `pairs` are given they are those that the names tell; joints without a colour get that of their side, and
    slots are in order where none are given. Raises ValueError, in words for a person, where something does not fit.
    """
    names = [_cleaned(joint) for joint in joints]
    if not names:
        raise ValueError("it has no joints")
    if not all(names):
        raise ValueError("a joint has no name")
    twice = next((joint for joint in names if names.count(joint) > 1), None)
    if twice is not None:
        raise ValueError(f"two joints are called {twice}")
    slot_of = {joint: place for place, joint in enumerate(names)} if slots is None else {j: slots[j] for j in names}
    if len(set(slot_of.values())) < len(names) or not all(0 <= slot < MAX_JOINTS for slot in slot_of.values()):
        raise ValueError(f"its joints do not each have a place below {MAX_JOINTS}")
    found_pairs = _both_known("pair", pairs_of_names(names) if pairs is None else pairs, slot_of)
    sided = [slot for pair in found_pairs for slot in pair]
    if len(set(sided)) < len(sided):
        raise ValueError("a joint is in two pairs")
    colour_of = dict.fromkeys(slot_of.values(), MIDDLE)
    for left, right in found_pairs:
        colour_of[left], colour_of[right] = LEFT, RIGHT
    for joint, colour in (colours or {}).items():
        colour_of[slot_of[joint]] = colour
    found_bones = _both_known("bone", bones, slot_of)
    if len({frozenset(bone) for bone in found_bones}) < len(found_bones):
        raise ValueError("a bone is there twice")
    return Skeleton(
        _cleaned(name) or "Skeleton",
        tuple(SkeletonJoint(joint, colour_of[slot_of[joint]], slot_of[joint]) for joint in names),
        found_bones,
        found_pairs,
    )


def skeleton_from(content: Any) -> Skeleton:
    """Return the skeleton that parsed JSON holds, as `to_json` writes it; slots and colours may be missing.

    Raises ValueError, in words for a person, where it does not hold one.
    """
    try:
        joints = content["joints"]
        names = [_text(joint["name"]) for joint in joints]
        colours = {_cleaned(_text(joint["name"])): _colour(joint["colour"]) for joint in joints if "colour" in joint}
        has_slots = all("slot" in joint for joint in joints)
        slots = {_cleaned(_text(joint["name"])): _slot(joint["slot"]) for joint in joints} if has_slots else None
        bones = [tuple(map(_text, bone)) for bone in content.get("bones", [])]
        pairs = [tuple(map(_text, pair)) for pair in content["pairs"]] if "pairs" in content else None
        return skeleton_of(_text(content["name"]), names, bones, pairs, colours, slots)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(
            "it is no skeleton: it lacks a name, joints with names, or has them in another form"
        ) from error


def skeleton_from_json(text: str) -> Skeleton:
    """Return the skeleton that `Skeleton.to_json` wrote. Raises ValueError where it is something else."""
    try:
        return skeleton_from(json.loads(text))
    except RecursionError as error:
        raise ValueError("it is no skeleton") from error


def pairs_of_names(names: Sequence[str]) -> list[tuple[str, str]]:
    """Return the (left, right) pairs that joints' names tell: `left_eye` with `right_eye`, `wingL` with `wingR`."""
    found: list[tuple[str, str]] = []
    taken: set[str] = set()
    known = set(names)
    for name in names:
        others = [
            name[:at] + right + name[at + len(left) :]
            for left, right in _SIDES
            for at in range(len(name) - len(left) + 1)
            if name[at : at + len(left)] == left
        ]
        other = next((other for other in others if other in known and not {name, other} & taken), None)
        if other is not None:
            found.append((name, other))
            taken |= {name, other}
    return found


def _both_known(what: str, couples: Iterable[Sequence[str]], slot_of: Mapping[str, int]) -> tuple[tuple[int, int], ...]:
    found = []
    for couple in couples:
        if len(couple) != 2 or couple[0] == couple[1]:
            raise ValueError(f"a {what} does not join two joints")
        stray = next((name for name in couple if _cleaned(name) not in slot_of), None)
        if stray is not None:
            raise ValueError(f"a {what} names {stray}, which is no joint")
        found.append((slot_of[_cleaned(couple[0])], slot_of[_cleaned(couple[1])]))
    return tuple(found)


def _cleaned(name: str) -> str:
    return " ".join(name.encode("utf-8", "replace").decode().split())[:MAX_NAME]


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r:.40} is no text")
    return value


def _slot(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{value!r:.40} is no place")
    return value


def _colour(value: Any) -> Colour:
    red, green, blue = value
    if not all(isinstance(part, int) and 0 <= part <= 255 for part in (red, green, blue)):
        raise ValueError("a colour is not three numbers from 0 to 255")
    return (red, green, blue)
