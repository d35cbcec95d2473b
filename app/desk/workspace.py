"""The open project in the window: its only writer, and all that serves the window.

Everything here runs on the GUI thread. Decoding, opening, runs and exports run on threads of their
own and come back through slots of QObjects that live here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from app.desk.colouring import Colouring
from app.desk.desk import Desk
from app.desk.flow_seen import FlowSeen
from app.desk.inspection import Inspection
from app.desk.jobs import Job, JobEnd, Lane, Work
from app.desk.learning import Learner
from app.desk.proposing import Proposer
from app.desk.regroup import Regrouper
from app.desk.rerun import Rerunner
from app.desk.run_request import RunRequest
from app.desk.runs import Runner
from app.desk.seen_labels import SeenLabels
from app.desk.textures import Textures
from app.errors import UserError
from app.opening import Opened, open_anything
from app.project import verbs
from app.project.edits import Edit
from app.project.model import Kind
from app.project.skeleton import Skeleton
from app.project.unsaved import discard, is_unsaved


class Workspace(Desk):
    """The desk with all that serves it. Widgets read through it, ask it for changes and keep no copies."""

    project_moved = Signal()
    """The open project has another file: it was saved under a name."""
    leaving = Signal()
    """What is begun by hand has to become a step now: a run is about to start, or the project to close."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.seen = SeenLabels(self)
        self.runner = Runner(self)
        self.rerunner = Rerunner(self, self.runner)
        self.proposer = Proposer(self, self.runner)
        self.learner = Learner(self, self.runner, self.proposer)
        self.inspection = Inspection(self)
        self.flow_seen = FlowSeen(self, self.inspection)
        self.regrouper = Regrouper(self)
        self.colouring = Colouring(self)
        self.textures = Textures(self)
        self._opening: Job | None = None
        self._opener = Lane("open", self)
        self._io = Lane("io", self)

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
        unsaved = None if self.is_saved_by_user else self.clip
        self._opening = self._opener.start(lambda: open_anything(wanted, where, unsaved), "Opening")
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
        self.lay(opened.clip, opened.project)
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
        self.clear()
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

    # labels

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
