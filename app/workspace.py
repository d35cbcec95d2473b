"""The open project in the window: its only writer, the undo stack, and the one channel of changes.

Everything here runs on the GUI thread. Decoding, opening, runs and exports run on threads of their
own and come back through slots of QObjects that live here.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QUndoStack

from app.colouring import Colouring
from app.errors import UserError
from app.flow_seen import FlowSeen
from app.inspection import Inspection
from app.jobs import Job, JobEnd, Lane, Work
from app.learning import Learner
from app.media.clip import Clip
from app.media.prefetch import FrameServer
from app.media.reader import Picture
from app.opening import Opened, open_anything
from app.project import pending, verbs
from app.project.edits import Edit
from app.project.model import Kind, Label, Object, Provenance
from app.project.project import Project
from app.project.skeleton import Skeleton
from app.project.unsaved import discard, is_unsaved
from app.proposing import Proposer
from app.regroup import Regrouper
from app.rerun import Rerunner
from app.runs import Runner, RunRequest
from app.tasks.propagate import unseen
from app.textures import Textures
from app.undo import EditCommand
from app.view_state import ViewState
from engines.labels.doubt import DoubtMap
from engines.labels.points import Points
from engines.labels.rle import RleMask

FRAME_CACHE_BYTES = 512 << 20
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ShownMask:
    """One visible object's label on a frame, as a person sees it."""

    object: Object
    label: Label
    mask: RleMask
    is_proposal: bool
    is_stale: bool


@dataclass(frozen=True, slots=True)
class ShownPoints:
    """One visible object's points on a frame, as a person sees them."""

    object: Object
    label: Label
    points: Points
    is_proposal: bool
    is_stale: bool


@dataclass(frozen=True, slots=True)
class ShownDoubt:
    """Where one visible object's label on a frame is likely wrong; `doubt` is None where its run did not say."""

    object_id: int
    doubt: DoubtMap | None


class Workspace(QObject):
    """What the window has open. Widgets read through it, ask it for changes and keep no copies."""

    changed = Signal(object)
    """A `Change`: an edit was done or undone, or a run's results arrived."""
    clip_changed = Signal()
    """Another clip and project are open, or none."""
    project_moved = Signal()
    """The open project has another file: it was saved under a name."""
    run_changed = Signal()
    """A run began, went on or ended; see `runner.active` and `runner.last`."""
    leaving = Signal()
    """What is begun by hand has to become a step now: a run is about to start, or the project to close."""
    frame_ready = Signal(int, object)
    """The `Picture` of the frame the view stands on."""
    failed = Signal(object)
    """A `UserError` about something the person asked for."""
    said = Signal(str)
    """A passing remark, one sentence."""

    _picture_arrived = Signal(object, int, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.view = ViewState(self)
        self.undo_stack = QUndoStack(self)
        self.clip: Clip | None = None
        self.project: Project | None = None
        self.runner = Runner(self)
        self.rerunner = Rerunner(self)
        self.learner = Learner(self)
        self.inspection = Inspection(self)
        self.flow_seen = FlowSeen(self)
        self.proposer = Proposer(self)
        self.regrouper = Regrouper(self)
        self.colouring = Colouring(self)
        self.textures = Textures(self)
        self._frames: FrameServer | None = None
        self._opening: Job | None = None
        self._unreadable: set[int] = set()
        """Masks that the project's file does not give back whole."""
        self._opener = Lane("open", self)
        self._io = Lane("io", self)
        self.view.changed.connect(self._on_view_changed)
        self._picture_arrived.connect(self._on_picture_arrived)

    # opening and closing

    def open(self, path: str | Path, clip_path: str | Path | None = None) -> None:
        """Open a clip, a folder of frames, a still or a project; `clip_changed` or `failed` follows.

        `clip_path` says where the clip of a project lies now, when it is no longer where it was.
        """
        wanted = Path(path).expanduser().absolute()
        if self.is_open(wanted):
            self.say(f"{wanted.name} is open already.")
            return
        if self._opening is not None:
            self._opening.cancel()
        where = None if clip_path is None else Path(clip_path)
        self._opening = self._opener.start(lambda: open_anything(wanted, where), "Opening")
        self._opening.progressed.connect(self._on_opened)
        self._opening.ended.connect(self._on_job_ended)

    def is_open(self, path: Path) -> bool:
        """Return whether `path` is the open project, or the clip that is open without a saved project."""
        if self.project is None or self.clip is None:
            return False
        return path == self.project.path or (path == self.clip.path and not self.is_saved_by_user)

    @property
    def is_opening(self) -> bool:
        """Return whether something is being opened."""
        return self._opening is not None and self._opening.end is None

    @Slot(object)
    def _on_opened(self, opened: Opened) -> None:
        if self.sender() is not self._opening:  # overtaken by a later request
            opened.project.close()
            return
        if not self.close():
            opened.project.close()
            return
        self.clip, self.project = opened.clip, opened.project
        self.project.on_write_error = self.failed.emit
        self._frames = FrameServer(opened.clip, self._deliver, budget_bytes=FRAME_CACHE_BYTES)
        first = next(iter(self.project.objects), None)
        self._unreadable.clear()
        self.view.object_id = first
        self.view.marked = ()
        self.view.range = None
        self.view.frame = 0
        self.clip_changed.emit()
        self._frames.request(self.view.frame)  # who heard of the clip may have moved on
        for notice in (*opened.clip.notices, *opened.project.notices):
            self.said.emit(notice)

    def close(self, *, even_unsaved: bool = False) -> bool:
        """Close clip and project and return whether that was possible.

        Where the last changes cannot reach the disk, `failed` says why and everything stays open, unless
        `even_unsaved` gives them up. Waits for the frame in work, no longer.
        """
        self.view.is_playing = False
        self._settle()  # first: a correction may start a run
        self.learner.stop()
        self.proposer.stop()
        self.runner.stop()
        if self.project is not None:
            try:
                self.project.close(even_unsaved=even_unsaved)
            except UserError as error:
                self.failed.emit(error)
                return False
        self.undo_stack.clear()
        frames, self._frames = self._frames, None
        was_open = self.clip is not None
        self.project = self.clip = None
        if frames is not None:
            frames.close()
        if was_open:
            self.clip_changed.emit()
        return True

    def shut_down(self, *, even_unsaved: bool = False) -> bool:
        """Close everything, threads included, before the window goes; False, and nothing closed, as for `close`."""
        if not self.close(even_unsaved=even_unsaved):
            return False
        self._opener.close()
        self._io.close()
        self.runner.shut_down()
        self.proposer.shut_down()
        self.inspection.shut_down()
        self.flow_seen.shut_down()
        self.regrouper.shut_down()
        self.colouring.shut_down()
        self.textures.shut_down()
        return True

    def save_as(self, path: str | Path) -> None:
        """Move the project to a file of the person's choosing and go on there, undo history kept."""
        if self.project is None:
            return
        before = self.project.path
        try:
            self.project.save_as(Path(path))
            if is_unsaved(before) and before != self.project.path:
                discard(before)
        except UserError as error:
            self.failed.emit(error)
            return
        self.project_moved.emit()

    @property
    def is_saved_by_user(self) -> bool:
        """Return whether the project has a file that the person chose (every edit is on disk either way)."""
        return self.project is not None and not is_unsaved(self.project.path)

    @property
    def title(self) -> str:
        """Return the name of what is open, for the window's title."""
        if self.project is None or self.clip is None:
            return ""
        return self.project.path.name if self.is_saved_by_user else self.clip.path.name

    # pictures

    def request_frame(self, frame: int) -> None:
        """Move the view to `frame`, clipped to the clip; the picture follows as `frame_ready`."""
        if self.clip is not None:
            self.view.frame = min(max(frame, 0), self.clip.n_frames - 1)

    def picture(self, frame: int) -> Picture | None:
        """Return the picture of `frame` if it is in the cache."""
        return self._frames.cached(frame) if self._frames is not None else None

    @property
    def cached_pictures(self) -> Callable[[int], Picture | None]:
        """What knows the pictures of the clip that is open now: any thread; none are left once it is closed."""
        return unseen if self._frames is None else self._frames.cached

    def _deliver(self, frame: int, picture: Picture) -> None:
        """Hand a decoded picture to the GUI thread. Decode thread."""
        self._picture_arrived.emit(self._frames, frame, picture)

    @Slot(object, int, object)
    def _on_picture_arrived(self, server: FrameServer, frame: int, picture: Picture) -> None:
        if server is self._frames and frame == self.view.frame:
            self.frame_ready.emit(frame, picture)

    @Slot(str)
    def _on_view_changed(self, name: str) -> None:
        if name == "frame" and self._frames is not None:
            picture = self._frames.cached(self.view.frame)
            if picture is not None:
                self.frame_ready.emit(self.view.frame, picture)
            self._frames.request(self.view.frame)

    # labels

    def shown_masks(self, frame: int) -> list[ShownMask]:
        """Return what is to be seen of the visible objects on `frame`, bottom to top."""
        return self._masks(frame, self.shown)

    def shown_doubts(self, frame: int) -> list[ShownDoubt]:
        """Return how doubtful what is to be seen on `frame` is where, bottom to top; anchors are left out."""
        if self.project is None:
            return []
        return [
            ShownDoubt(shown.object.object_id, self._readable(self.project.doubt, shown.label.mask_id))
            for shown in self.shown_masks(frame)
            if shown.label.provenance is Provenance.DERIVED
        ]

    def compared_masks(self, frame: int) -> tuple[list[ShownMask], list[ShownMask]]:
        """Return what was seen on `frame` before its proposals were made, and what is proposed, as `shown_masks` does.

        The two are alike where nothing is proposed.
        """
        if self.project is None:
            return [], []
        return self._masks(frame, partial(pending.before, self.project)), self._masks(
            frame, partial(pending.shown, self.project)
        )

    def _masks(self, frame: int, look: Callable[[int, int], tuple[Label, bool] | None]) -> list[ShownMask]:
        """Return the masks of the visible objects that `look` finds, by object id and frame."""
        if self.project is None:
            return []
        read = partial(self._readable, self.project.mask)
        seen = self._seen(frame, look, verbs.PAINTED_KINDS)
        found = [(*each, read(each[1].mask_id)) for each in seen]
        return [ShownMask(one, label, mask, *how) for one, label, *how, mask in found if mask is not None]

    def shown_points(self, frame: int) -> list[ShownPoints]:
        """Return what is to be seen of the visible objects of points on `frame`, bottom to top."""
        if self.project is None:
            return []
        read = partial(self._readable, self.project.points)
        found = [(*seen, read(seen[1].mask_id)) for seen in self._seen(frame, self.shown, (Kind.POINTS,))]
        return [ShownPoints(one, label, points, *how) for one, label, *how, points in found if points is not None]

    def points_of(self, object_id: int | None, frame: int) -> Points:
        """Return the points that a person sees of an object, none where it has none there."""
        shown = None if object_id is None else self.shown(object_id, frame)
        found = None if self.project is None or object_id is None else self.project.objects.get(object_id)
        if self.project is None or shown is None or found is None or found.kind is not Kind.POINTS:
            return Points()
        return self._readable(self.project.points, shown[0].mask_id) or Points()

    def _seen(
        self, frame: int, look: Callable[[int, int], tuple[Label, bool] | None], kinds: Container[Kind]
    ) -> Iterator[tuple[Object, Label, bool, bool]]:
        """Yield the visible objects of some kinds that `look` finds on a frame: label, is it proposed, is it stale."""
        assert self.project is not None
        for found in self.project.objects.values():
            shown = None if found.is_hidden or found.kind not in kinds else look(found.object_id, frame)
            if shown is not None:
                yield found, *shown, self.project.is_label_stale(found.object_id, frame, shown[0])

    def _readable(self, look_up: Callable[[int], T], mask_id: int) -> T | None:
        """Return what `look_up` knows of a mask, or None where the file is damaged there, which is told once."""
        try:
            return look_up(mask_id)
        except UserError as error:
            if mask_id not in self._unreadable:
                self._unreadable.add(mask_id)
                self.failed.emit(error)
            return None

    def shown(self, object_id: int, frame: int) -> tuple[Label, bool] | None:
        """Return the label that a person sees and whether it is a proposal: anchor, else proposal, else derived."""
        if self.project is None:
            return None
        if not self.view.show_proposals:
            label = self.project.label(object_id, frame)
            return None if label is None else (label, False)
        return pending.shown(self.project, object_id, frame)

    def do(self, edit: Edit) -> None:
        """Apply one edit, on the undo stack, on its way to disk when this returns. Empty edits are ignored."""
        if edit and self.project is not None:
            command = EditCommand(self, edit)
            self.undo_stack.push(command)
            self.rerunner.follow(edit, command)

    def apply(self, edit: Edit) -> None:
        """Apply an edit without an undo step: for undo commands only."""
        if self.project is not None:
            self.changed.emit(self.project.apply(edit))

    def add_object(self, skeleton: Skeleton | None = None, kind: Kind = Kind.MASK) -> int:
        """Add an object with the next free name and colour, select it and return its id."""
        assert self.project is not None
        edit = verbs.add_object(self.project, skeleton=skeleton, kind=kind)
        object_id = next(iter(edit.objects))
        self.do(edit)
        self.view.object_id = object_id
        return object_id

    @property
    def marked_ids(self) -> list[int]:
        """The marked objects that are there, but for the selected one."""
        there = self.project.objects if self.project is not None else ()
        return [object_id for object_id in self.view.marked if object_id in there and object_id != self.view.object_id]

    def toggle_mark(self, object_id: int) -> None:
        """Mark an object, to be swapped or merged with the selected one, or take its mark away."""
        self.view.marked = {object_id} ^ set(self.view.marked)

    def accept(self, object_ids: Iterable[int] | None = None, frames: Iterable[int] | None = None) -> None:
        """Turn proposals into derived labels, in one step; None means all. Anchors stay as they are.

        Says how many of them are stale.
        """
        labels = self._review(verbs.accept, object_ids, frames).labels
        n_stale = sum(self.project is not None and self.project.is_stale(*key) for key in labels)
        if n_stale:
            stale = "Accepted labels that are stale, made before the latest correction or from one side alone"
            self.say(f"{stale}: {n_stale} of {len(labels)}. Run again (R) to renew them.")

    def reject(self, object_ids: Iterable[int] | None = None, frames: Iterable[int] | None = None) -> None:
        """Drop proposals, in one step; None means all. What was there before their run is there again."""
        self._review(verbs.reject, object_ids, frames)

    def _review(
        self, verb: Callable[..., Edit], object_ids: Iterable[int] | None, frames: Iterable[int] | None
    ) -> Edit:
        """Do what `verb` says and return it, an empty edit where it has to wait."""
        if self.project is None:
            return Edit("")
        if self.runner.active is not None:
            self.say("A run is still going on; cancel it or wait, then review what it found.")
            return Edit("")
        edit = verb(self.project, object_ids, frames)
        self.do(edit)
        if any(swap.new is not None for swap in edit.proposals.values()):
            self.say("What an earlier run proposed there is back; reject again to drop that too.")
        return edit

    # runs and other long work

    def start_run(self, request: RunRequest) -> None:
        """Start a run whose results become a proposal."""
        was_idle = self.runner.active is None
        self._settle()
        if was_idle:
            self.runner.stop()  # the correction that has just become a step needs no run of its own
        self.runner.start(request)

    def go_on(self, request: RunRequest) -> None:
        """Let the run that is paused go on; `request` instead where a correction has made it pointless."""
        self._settle()
        self.runner.go_on(request)

    def _settle(self) -> None:
        """Have all that was done by hand among the labels."""
        self.leaving.emit()
        self.textures.settle()

    def cancel_run(self) -> None:
        """Stop the run within a frame and keep what it has found; where there is none, stop looking for objects."""
        if self.runner.active is not None:
            self.runner.cancel()
        else:
            self.proposer.cancel()

    def start_job(self, work: Work, title: str) -> Job:
        """Run `work` on the I/O lane; a failure is told through `failed`."""
        job = self._io.start(work, title)
        job.ended.connect(self._on_job_ended)
        return job

    @Slot()
    def _on_job_ended(self) -> None:
        job = self.sender()
        if isinstance(job, Job) and job.end is JobEnd.FAILED and job.error is not None:
            self.failed.emit(job.error)

    def say(self, sentence: str) -> None:
        """Make a passing remark to the person."""
        self.said.emit(sentence)
