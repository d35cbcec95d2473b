"""What is to be seen on a frame, and what a run has still to find: stretches that are missing or stale."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal, get_args

from app.project.contents import Contents
from app.project.model import Label, Provenance
from engines.propagation.schedule import stretches_of
from engines.propagation.types import Direction, Stretch

Scope = Literal["missing", "stale", "all"]
"""`missing`: frames with no label, or a stale one; `stale`: only those; `all`: every frame but anchors."""


def shown(contents: Contents, object_id: int, frame: int) -> tuple[Label, bool] | None:
    """Return the label that a person sees and whether it is a proposal: anchor, else proposal, else derived."""
    label = contents.label(object_id, frame)
    if label is None or label.provenance is not Provenance.ANCHOR:
        proposal = contents.proposal(object_id, frame)
        if proposal is not None:
            return proposal, True
    return None if label is None else (label, False)


def before(contents: Contents, object_id: int, frame: int) -> tuple[Label, bool] | None:
    """Return what `shown` gave before the run whose proposal it gives now; the same where that is no proposal."""
    seen = shown(contents, object_id, frame)
    if seen is None or not seen[1]:
        return seen
    replaced, label = contents.replaced(object_id, frame), contents.label(object_id, frame)
    if replaced is not None:
        return replaced, True
    return None if label is None else (label, False)


def stretches(
    contents: Contents, object_ids: Iterable[int], frames: range, direction: Direction, scope: str = "missing"
) -> tuple[Stretch, ...]:
    """Return what a run in `direction` would have to label within `frames`, by object and then by frame.

    A stretch may be a part of the frames between its anchors; all its frames lie in the rising range
    `frames`. Objects without an anchor have none. Raises ValueError for a scope that is not a `Scope`.
    """
    if scope not in get_args(Scope):
        raise ValueError(f"scope {scope!r} is none of {', '.join(get_args(Scope))}")
    n_frames = contents.clip.n_frames
    return tuple(
        Stretch(object_id, part.start, part.stop - 1, whole.left, whole.right)
        for object_id in object_ids
        for whole in stretches_of(object_id, contents.anchor_frames(object_id), n_frames, direction)
        for part in _wanted(contents, whole, frames, scope)
    )


def _wanted(contents: Contents, whole: Stretch, frames: range, scope: str) -> Iterator[range]:
    """Yield the parts of a stretch between two anchors that lie in `frames` and need a label."""
    inside = range(max(whole.first, frames.start), min(whole.last + 1, frames.stop))
    if not inside:
        return
    if scope == "all":
        yield inside
        return
    # Between two anchors the sources that a fresh label must have are the same everywhere.
    sources = contents.sources(whole.object_id, whole.first)
    labels, proposals = contents.labels_of(whole.object_id), contents.proposals_of(whole.object_id)
    start = None
    for frame in inside:
        label = proposals.get(frame) or labels.get(frame)
        is_wanted = scope == "missing" if label is None else label.sources != sources
        if not is_wanted and start is not None:
            yield range(start, frame)
            start = None
        elif is_wanted and start is None:
            start = frame
    if start is not None:
        yield range(start, inside.stop)
