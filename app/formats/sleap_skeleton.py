"""A skeleton as SLEAP has it in the `json` of its ``metadata``: a graph as networkx and jsonpickle write one.

Joints are numbered in a list `nodes` of the whole file; a link is a bone or a symmetry by its `type`, an
``EdgeType`` that is spelt out where it first occurs and referred to by its number after that.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from app.formats.bounded import fields, rows, text, whole
from app.formats.joints import couples_by_place, sided
from app.formats.skeletons import skeleton_of_dataset
from app.project.skeleton import Skeleton
from engines.labels.points import MAX_JOINTS

_BONE, _SYMMETRY = 1, 2


def coded(skeleton: Skeleton) -> dict[str, Any]:
    """Return what `json` says of a skeleton whose joints are all the file's nodes."""
    bones = couples_by_place(skeleton, skeleton.bones)
    links = [_link(bone, _BONE) | {"edge_insert_idx": place} for place, bone in enumerate(bones)]
    links += [_link(pair, _SYMMETRY) for pair in couples_by_place(skeleton, skeleton.pairs)]
    return {
        "directed": True,
        "graph": {"name": skeleton.name, "num_edges_inserted": len(bones)},
        "links": links,
        "multigraph": True,
        "nodes": [{"id": place} for place in range(len(skeleton.joints))],
    }


def decoded(content: dict[str, Any]) -> list[Skeleton]:
    """Return the skeletons in `json`. Raises ValueError and KeyError where something does not fit."""
    nodes = [text(fields(node)["name"]) for node in rows(content["nodes"])]
    if len(nodes) > MAX_JOINTS:
        raise ValueError(f"it has {len(nodes)} joints")
    return [_skeleton(fields(found), nodes) for found in rows(content["skeletons"])]


def _link(couple: Sequence[int], kind: int) -> dict[str, Any]:
    edge_type = {"py/reduce": [{"py/type": "sleap.skeleton.EdgeType"}, {"py/tuple": [kind]}]}
    return {"key": 0, "source": couple[0], "target": couple[1], "type": edge_type}


def _skeleton(found: dict[str, Any], nodes: Sequence[str]) -> Skeleton:
    ids = [whole(fields(node)["id"], high=len(nodes) - 1) for node in rows(found["nodes"])]
    kinds: dict[int, int] = {}
    couples: dict[int, dict[frozenset[str], list[str]]] = {_BONE: {}, _SYMMETRY: {}}
    for link in map(fields, rows(found.get("links", []))):
        kind = _kind(fields(link["type"]), kinds)
        couple = [nodes[whole(link[end], high=len(nodes) - 1)] for end in ("source", "target")]
        if kind in couples and couple[0] != couple[1]:
            couples[kind].setdefault(frozenset(couple), couple)  # a symmetry is there both ways
    name = fields(found.get("graph", {})).get("name")
    names = [nodes[number] for number in ids]
    content = {
        "names": names,
        "bones": list(couples[_BONE].values()),
        "pairs": [list(pair) for pair in sided(couples[_SYMMETRY].values(), names)],
    }
    return skeleton_of_dataset(content, text(name or "animal"))


def _kind(told: dict[str, Any], kinds: dict[int, int]) -> int:
    """Return what sort of link it is; `kinds` are those spelt out before, by number."""
    if "py/reduce" in told:
        value = whole(rows(fields(rows(told["py/reduce"])[1])["py/tuple"])[0])
        kinds[len(kinds) + 1] = value
        return value
    number = whole(told["py/id"])
    return kinds.get(number, number)
