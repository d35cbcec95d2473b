"""The skeletons that come with the program, and skeletons from files: our own, or those of datasets of points."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from app.formats.bounded import fields, read_json, reading, rows, text
from app.project.skeleton import Skeleton, skeleton_from, skeleton_of

SHIPPED_FOLDER = Path(__file__).resolve().parents[2] / "resources" / "skeletons"


@cache
def shipped() -> tuple[Skeleton, ...]:
    """Return the skeletons that come with the program. Any thread; reads a few small files once."""
    return tuple(read_skeleton(path) for path in sorted(SHIPPED_FOLDER.glob("*.json")))


def read_skeleton(path: Path) -> Skeleton:
    """Return the skeleton in the file `path`: one as in ``resources/skeletons``, or a dataset's JSON with `names`.

    Raises UserError, naming what is wrong.
    """
    with reading(path, "a skeleton"):
        content = fields(read_json(path))
        return skeleton_of_dataset(content, path.parent.name) if "names" in content else skeleton_from(content)


def skeleton_of_dataset(content: Any, name: str) -> Skeleton:
    """Return the skeleton of a dataset's joints, its `names`, and its `bones` and `pairs` where it has any.

    Where it has no bones and a shipped skeleton has the same joints, that one in the dataset's order. Raises ValueError
    where something does not fit.
    """
    names = [text(joint) for joint in rows(content["names"])]
    alike = next((each for each in shipped() if {joint.name for joint in each.joints} == set(names)), None)
    if alike is not None and "bones" not in content:
        slots = {joint.slot: joint.name for joint in alike.joints}
        bones, pairs = (
            [[slots[slot] for slot in couple] for couple in couples] for couples in (alike.bones, alike.pairs)
        )
        return skeleton_of(alike.name, names, bones, pairs, {joint.name: joint.colour for joint in alike.joints})
    bones = [[text(joint) for joint in rows(bone)] for bone in rows(content.get("bones", []))]
    told = content.get("pairs")
    given = None if told is None else [[text(joint) for joint in rows(pair)] for pair in rows(told)]
    return skeleton_of(name, names, bones, given)
