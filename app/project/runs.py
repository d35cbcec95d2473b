"""What a project knows of its runs: which results one may bring, and what they were carried from."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from app.project.contents import Contents
from app.project.model import ABSENT, NO_ANCHOR, Label, Provenance, RunRecord, RunState
from engines.propagation.types import LabelResult, Stretch


@dataclass(frozen=True, slots=True)
class _Planned:
    stretch: Stretch
    sources: tuple[int, int]


class RunPlan:
    """A run that goes on, with the anchors frozen as they were when it began.

    A result is marked with those, so one that comes after its anchor was changed is stale at once.
    """

    def __init__(self, contents: Contents, run_id: int, stretches: Iterable[Stretch]) -> None:
        """Freeze what `stretches` lie between. Raises ValueError where one does not lie between its anchors."""
        self._run_id = run_id
        self._planned: defaultdict[int, list[_Planned]] = defaultdict(list)
        self._dropped: set[Stretch] = set()
        for stretch in sorted(stretches, key=lambda stretch: stretch.first):
            _check(contents, stretch)
            self._planned[stretch.object_id].append(
                _Planned(stretch, contents.sources(stretch.object_id, stretch.first))
            )

    def check(self, result: LabelResult) -> None:
        """Raise ValueError for a result that was not asked for or makes no sense."""
        if not 0 <= result.confidence <= 1:
            raise ValueError(f"confidence {result.confidence} on frame {result.frame}")
        if self._planned_at(result) is None:
            raise ValueError(f"run {self._run_id} was not asked for object {result.object_id} on frame {result.frame}")

    def drop(self, object_id: int, frames: range) -> None:
        """Take no more results for stretches of an object that touch `frames`, with a frame or an anchor."""
        for planned in self._planned.get(object_id, []):
            stretch = planned.stretch
            touches = stretch.first < frames.stop and stretch.last >= frames.start
            if touches or stretch.left in frames or stretch.right in frames:
                self._dropped.add(stretch)

    def is_dropped(self, result: LabelResult) -> bool:
        """Return whether a result, checked, came too late: its stretch was dropped."""
        planned = self._planned_at(result)
        return planned is not None and planned.stretch in self._dropped

    def is_better(self, result: LabelResult, seen: Label | None) -> bool:
        """Return whether a result, checked, takes the place of what is `seen` there.

        A final one always does. One from a single side will be followed by the final one, unless the run is cancelled:
        until then it replaces a mask only where it is surer of itself, or that mask knows nothing of the nearer anchor,
        as beside a correction.
        """
        if result.is_final or seen is None or seen.presence in ABSENT or result.confidence > seen.confidence:
            return True
        planned = self._planned_at(result)
        assert planned is not None
        left, right = planned.stretch.left, planned.stretch.right
        if left is None or right is None:
            return True
        return planned.sources[0 if result.frame - left <= right - result.frame else 1] not in seen.sources

    def label_of(self, result: LabelResult, mask_id: int) -> Label:
        """Return the label that a result, checked, proposes.

        One that is not final was carried from the left alone while an anchor stands on the right too. Without that
        anchor among its sources it is stale, so where the run is cancelled the next one takes the frame up again.
        """
        planned = self._planned_at(result)
        assert planned is not None
        left, right = planned.sources
        sources = (left, right if result.is_final else NO_ANCHOR)
        return Label(Provenance.DERIVED, mask_id, result.presence, float(result.confidence), self._run_id, sources)

    def _planned_at(self, result: LabelResult) -> _Planned | None:
        planned = self._planned.get(result.object_id, [])
        position = bisect_right(planned, result.frame, key=lambda plan: plan.stretch.first) - 1
        if position < 0 or result.frame > planned[position].stretch.last:
            return None
        return planned[position]


def interrupted(record: RunRecord, contents: Contents) -> tuple[RunRecord, str]:
    """Return a run that a killed program left going on as the record it becomes, and what to tell the person."""
    total: set[int] = set()
    for stretch in record.stretches:
        total.update(range(stretch.first, min(stretch.last, contents.clip.n_frames - 1) + 1))
    done = {
        frame
        for object_id in contents.objects
        for frame, label in contents.proposals_of(object_id).items()
        if label.run_id == record.run_id
    }
    kept = "its results are kept as a proposal" if done else "it had no results yet"
    notice = (
        f"The run with '{record.engine}' of {_clock(record.started_at)} was interrupted"
        f" after {len(done)} of {len(total)} frames; {kept}."
    )
    return replace(record, state=RunState.INTERRUPTED), notice


def _check(contents: Contents, stretch: Stretch) -> None:
    """Raise ValueError where a stretch does not lie between the anchors that it names."""
    object_id = stretch.object_id
    if object_id not in contents.objects:
        raise ValueError(f"run of object {object_id}, which is not there")
    if not 0 <= stretch.first <= stretch.last < contents.clip.n_frames:
        raise ValueError(f"{stretch} reaches outside a clip of {contents.clip.n_frames} frames")
    left, right = contents.neighbours(object_id, stretch.first)
    is_free = contents.neighbours(object_id, stretch.last) == (left, right) and not any(
        is_anchor(contents.label(object_id, frame)) for frame in (stretch.first, stretch.last)
    )
    if not is_free or (stretch.left, stretch.right) != (left, right):
        raise ValueError(f"{stretch} does not lie between neighbouring anchors")


def is_anchor(label: Label | None) -> bool:
    """Return whether there is a label that a person made."""
    return label is not None and label.provenance is Provenance.ANCHOR


def _clock(started_at: str) -> str:
    """Return the local time of a start, with its date where that is not today."""
    try:
        started = datetime.fromisoformat(started_at).astimezone()
    except (ValueError, OverflowError, OSError):
        return "an unknown time"
    is_today = started.date() == datetime.now().astimezone().date()
    return started.strftime("%H:%M" if is_today else "%Y-%m-%d %H:%M")
