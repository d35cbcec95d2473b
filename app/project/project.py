"""An open project: what it holds, in memory, and every change of it on its way to the file."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import nullcontext, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Self, TypeVar

from app.errors import UserError
from app.process_lock import ProcessLock
from app.project.clip_location import moved_record
from app.project.contents import Contents
from app.project.edits import Change, Edit, Span, Swap
from app.project.label_table import LabelTable
from app.project.loading import Stored
from app.project.masks import CACHE_BYTES, Content, MaskStore
from app.project.model import (
    ClipRecord,
    Label,
    LabelKey,
    LearnedOnClip,
    RunRecord,
    RunState,
    UsedWeights,
)
from app.project.project_file import ProjectFile, copy_file, create_file, open_file, remove_file
from app.project.runs import RunPlan, interrupted, is_anchor
from app.project.storage import Batch
from engines.labels.doubt import DoubtMap
from engines.labels.painting import Painting
from engines.labels.points import Points
from engines.labels.rle import RleMask
from engines.propagation.types import (
    Direction,
    LabelResult,
    MaskResult,
    Quality,
    Stretch,
)

T = TypeVar("T")

_FRESH_COUNTERS = {"revision": 0, "is_untidy": 0, "object_id": 1, "mask_id": 1, "run_id": 1}


class Project(Contents):
    """The one project file that a window or a command has open.

    One thread at a time, but `content`, `mask`, `points`, `painting`, `doubt`, `flush` and `save_copy`, which any
    thread may call; a project may be opened on one thread and handed to another. Every change is one transaction on an
    I/O thread. A change returns when all before it are on disk, so a kill takes at most the latest one.
    """

    def __init__(self, path: Path, lock: ProcessLock, stored: Stored, cache_bytes: int) -> None:
        """Take over a prepared file; use `create` or `open`."""
        labels, proposals = LabelTable(stored.labels), LabelTable(stored.proposals)
        super().__init__(stored.clip, stored.objects, labels, proposals, stored.drafts)
        self.on_write_error: Callable[[UserError], None] | None = None
        """Called on the I/O thread when changes begin to fail to reach the disk; see `flush`."""
        self.notices: list[str] = []
        """Sentences for the person about how the project was found."""
        self._revision = stored.counters["revision"]
        self._next_object_id = stored.counters["object_id"]
        self._next_run_id = stored.counters["run_id"]
        self._runs = {run.run_id: run for run in stored.runs}
        self._learned = {found.weights: found for found in stored.learned}
        self._plans: dict[int, RunPlan] = {}
        self._touched_masks: set[int] = set()
        self._cache_bytes = cache_bytes
        self._file = self._opened(path, lock, stored.counters["mask_id"])

    @classmethod
    def create(cls, path: str | Path, clip: ClipRecord, *, cache_bytes: int = CACHE_BYTES) -> Self:
        """Make a new project file for `clip`. Raises UserError where one stands there or none can be written."""
        path = Path(path).absolute()
        return cls(path, create_file(path, clip), Stored(clip, [], {}, {}, [], _FRESH_COUNTERS), cache_bytes)

    @classmethod
    def open(cls, path: str | Path, *, cache_bytes: int = CACHE_BYTES) -> Self:
        """Open a project file. `cache_bytes` bounds the masks kept in memory.

        Raises UserError for a file that is missing, damaged (`DamagedFile`), of another program, newer, open
        elsewhere or not writable; it is not written to then. Runs that a kill interrupted are marked so.
        """
        path = Path(path).absolute()
        project = cls(path, *open_file(path), cache_bytes)
        for run in [run for run in project.runs.values() if run.state is RunState.RUNNING]:
            record, notice = interrupted(run, project)
            project.notices.append(notice)
            project._put_run(record)
        return project

    def _opened(self, path: Path, lock: ProcessLock, next_mask_id: int) -> ProjectFile:
        size = (self.clip.width, self.clip.height)
        try:
            return ProjectFile(path, lock, size, next_mask_id, self._cache_bytes, self._on_error)
        except BaseException:
            lock.release()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close(even_unsaved=kind is not None)

    @property
    def path(self) -> Path:
        """Where the project file is, absolute."""
        return self._file.path

    @property
    def revision(self) -> int:
        """The number of changes of objects, labels and proposals since the project was made; it is saved."""
        return self._revision

    @property
    def runs(self) -> Mapping[int, RunRecord]:
        """All runs there have been, by id."""
        return MappingProxyType(self._runs)

    def next_object_id(self) -> int:
        """Return the id for an object to be added. It moves on when an edit with it is applied, and never back."""
        return self._next_object_id

    # what was learned on the clip

    def learned(self, weights: str) -> LearnedOnClip | None:
        """Return what was learned on the clip for the weights of a fingerprint, None where nothing was."""
        return self._learned.get(weights)

    def keep_learned(self, found: LearnedOnClip) -> None:
        """Take in what was learned on the clip, in place of what was learned for these weights before."""
        self._learned[found.weights] = found
        self._put(learned=((found.weights, found),))

    def forget_learned(self, weights: str) -> None:
        """Forget what was learned on the clip for the weights of a fingerprint, if anything was."""
        if self._learned.pop(weights, None) is not None:
            self._put(learned=((weights, None),))

    # masks, points and pictures

    def content(self, mask_id: int) -> Content:
        """Return what a label shows. Any thread. Raises UserError where the file is damaged at that place."""
        return self._look_up(lambda masks: masks.content(mask_id))

    def mask(self, mask_id: int) -> RleMask:
        """Return a mask. Any thread. Raises UserError as `content` does, and where it is none."""
        return self._look_up(lambda masks: masks.get(mask_id, RleMask))

    def points(self, mask_id: int) -> Points:
        """Return the points of a label of an object of points. Any thread. Raises UserError as `mask` does."""
        return self._look_up(lambda masks: masks.get(mask_id, Points))

    def painting(self, mask_id: int) -> Painting:
        """Return what a person painted. Any thread. Raises UserError as `mask` does."""
        return self._look_up(lambda masks: masks.get(mask_id, Painting))

    def doubt(self, mask_id: int) -> DoubtMap | None:
        """Return where a mask is likely wrong, None where nobody said. Any thread. Raises UserError as `mask` does."""
        return self._look_up(lambda masks: masks.doubt(mask_id))

    def _look_up(self, question: Callable[[MaskStore], T]) -> T:
        file = self._file
        try:
            return question(file.masks)
        except sqlite3.ProgrammingError:
            if file is self._file:
                raise
            return question(self._file.masks)  # `save_as` went by on another thread

    def add_mask(self, content: Content, doubt: DoubtMap | None = None) -> int:
        """Return the id of what a label shows: equal ones of equal `doubt` have equal ids.

        It reaches the file with the next change.
        """
        return self._file.masks.add(content, doubt)

    # changes

    def apply(self, edit: Edit) -> Change:
        """Do an edit, in memory now and in the file on its way, and return what it touched.

        Raises ValueError, with nothing changed, where an object or label is not what the edit says it
        was. Proposals that a run has replaced since are left as they are: they can be computed again.
        """
        fitting = self._fitting(edit)
        for swaps in (fitting.labels, fitting.proposals):
            mask_ids = {label.mask_id for _, label in swaps.values() if label is not None}
            for mask_id in (mask_id for mask_id in mask_ids if not 0 < mask_id < self._file.masks.next_id):
                raise ValueError(f"label with a mask {mask_id} that was never added")
        return self._do(fitting)

    def _do(self, edit: Edit) -> Change:
        change = self._swap(edit)
        self.drop_results(edit.moved)
        if not edit:
            return change
        self._revision += 1
        self._next_object_id = max(self._next_object_id, *(object_id + 1 for object_id in edit.objects), 1)
        self._put(edit=edit)
        return change

    def _put(
        self,
        *,
        edit: Edit | None = None,
        runs: tuple[RunRecord, ...] = (),
        clip: ClipRecord | None = None,
        learned: tuple[tuple[str, LearnedOnClip | None], ...] = (),
    ) -> None:
        """Send a change to the file, with the masks that it may point to and the ids that are used up."""
        masks = self._file.masks.take_new()
        self._touched_masks.update(mask.mask_id for mask in masks)
        if edit is not None:
            for swaps in (edit.labels, edit.proposals):
                self._touched_masks.update({label.mask_id for label, _ in swaps.values() if label is not None})
        counters = {
            "revision": self._revision,
            "is_untidy": 1,
            "object_id": self._next_object_id,
            "mask_id": self._file.masks.next_id,
            "run_id": self._next_run_id,
        }
        self._file.put(Batch(counters, masks, edit, runs, clip, learned))

    def relocate_clip(self, clip: ClipRecord) -> None:
        """Remember where the clip is now. Raises ValueError where it is another clip."""
        if replace(clip, relative_path="", absolute_path="") != replace(self.clip, relative_path="", absolute_path=""):
            raise ValueError("another clip under the same labels")
        if clip != self.clip:
            self.clip = clip
            self._put(clip=clip)

    # runs

    def begin_run(
        self,
        engine: str,
        direction: Direction,
        quality: Quality,
        stretches: Iterable[Stretch],
        weights: UsedWeights | None = None,
    ) -> RunRecord:
        """Open a run over `stretches`, freezing the anchors that it starts from.

        Raises ValueError where a stretch does not lie between neighbouring anchors as they are now.
        """
        stretches = tuple(stretches)
        plan = RunPlan(self, self._next_run_id, stretches)
        record = RunRecord(
            self._next_run_id,
            engine,
            direction,
            quality,
            RunState.RUNNING,
            self._revision,
            datetime.now(UTC).isoformat(timespec="seconds"),
            stretches,
            weights,
        )
        self._next_run_id += 1
        self._plans[record.run_id] = plan
        self._put_run(record)
        return record

    def add_results(self, run_id: int, results: Sequence[LabelResult]) -> tuple[Edit, Change]:
        """Put a run's results beside the labels, as proposals, and return what that changed.

        Newer results replace older proposals, those that are not final only where they are better than what is seen
        there (`RunPlan.is_better`). Those for a frame that has become an anchor, for an object that is gone or locked,
        or for labels that have become another object's meanwhile (`Edit.moved`) are dropped. Raises ValueError, with
        nothing changed, for results of a run that has ended, or that it was not asked for.
        """
        plan = self._plans.get(run_id)
        if plan is None:
            raise ValueError(f"results of run {run_id}, which is not going on")
        proposals: dict[LabelKey, Swap[Label]] = {}
        for result in results:
            plan.check(result)
            if plan.is_dropped(result):
                continue
            found = self.objects.get(result.object_id)
            key = (int(result.object_id), int(result.frame))
            if found is None or found.is_locked or is_anchor(self.label(*key)):
                continue
            if plan.is_better(result, self.proposal(*key) or self.label(*key)):
                doubt = result.doubt if isinstance(result, MaskResult) else None
                mask_id = self.add_mask(result.content, doubt)
                label = plan.label_of(result, mask_id)
                proposals[key] = Swap(self.proposal(*key), label)
                self._remember(key, run_id)
        edit = Edit(f"run of {self._runs[run_id].engine}", proposals=proposals)
        return edit, self._do(edit)

    def _remember(self, key: LabelKey, run_id: int) -> None:
        """Remember the earlier run's proposal that a run is about to replace, for whoever rejects it."""
        standing = self.proposal(*key)
        if standing is not None and standing.run_id != run_id:
            self._replaced[run_id, key] = standing

    def drop_results(self, spans: Iterable[Span]) -> None:
        """Take nothing more from runs that go on for stretches that touch `spans`: frames and anchors of other objects.

        Neither frames of such a stretch nor the anchors that it is carried from may lie in one.
        """
        for object_id, frames in spans:
            for plan in self._plans.values():
                plan.drop(object_id, frames)

    def end_run(self, run_id: int, state: RunState) -> None:
        """Close a run; what it found stays. Raises ValueError for a run that is not going on."""
        if run_id not in self._plans or state is RunState.RUNNING:
            raise ValueError(f"run {run_id} cannot end as {state}")
        del self._plans[run_id]
        self._put_run(replace(self._runs[run_id], state=state))

    def _put_run(self, record: RunRecord) -> None:
        self._runs[record.run_id] = record
        self._put(runs=(record,))

    # the file

    def flush(self) -> None:
        """Wait until everything is on disk. Any thread.

        Raises UserError where it cannot get there; everything is kept and tried again with the next
        change or `flush`.
        """
        self._file.flush()

    def save_copy(self, path: str | Path) -> None:
        """Write a whole copy to `path`, replacing what stands there. Any thread. Raises UserError."""
        target = Path(path).absolute()
        self.flush()
        copy_file(self.path, target, moved_record(self.clip, target)).release()

    def save_as(self, path: str | Path) -> None:
        """Move on to a copy at `path`, replacing what stands there; edits made so far can still be undone.

        What the disk so far refuses goes to the new place all the same, so this is the way out of a full
        one. The file so far stays, closed. Raises UserError, with everything as it was but what stood at `path`.
        """
        target = Path(path).absolute()
        self._put()  # masks that no change points to yet
        if target.resolve() == self.path.resolve():
            self.flush()
            return
        with suppress(UserError):
            self.flush()
        clip = moved_record(self.clip, target)
        lock = copy_file(self.path, target, clip)
        moved = self._opened(target, lock, self._file.masks.next_id)
        try:
            for batch in self._file.unwritten():
                moved.put(batch)
            moved.flush()
        except UserError:
            moved.close(())
            remove_file(target)
            raise
        old, self._file, self.clip = self._file, moved, clip
        old.close(self._unused_masks())

    def close(self, *, even_unsaved: bool = False) -> None:
        """Bring everything to disk and let go of the file.

        Raises UserError, and stays open, where that fails; `even_unsaved` closes all the same and
        gives up what is not on disk. Closing twice is closing once.
        """
        if self._file.is_closed:
            return
        with suppress(UserError) if even_unsaved else nullcontext():
            self.flush()
        self._file.close(self._unused_masks())

    def _unused_masks(self) -> set[int]:
        """Return the masks that only the undo stack points to."""
        return self._touched_masks - self._used_among(self._touched_masks)

    def _on_error(self, error: UserError) -> None:
        if self.on_write_error is not None:
            self.on_write_error(error)
