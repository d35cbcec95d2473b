"""What lies open in the window: clip, project, view, undo steps, and the one channel of their changes.

Everything here runs on the GUI thread. Whatever serves the window (runs, inspection, colour, ...) knows the desk and
the services that it needs, never the `Workspace` that makes them.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QUndoStack

from app.desk.undo import EditCommand
from app.desk.view_state import ViewState
from app.media.clip import Clip
from app.media.prefetch import FrameServer
from app.media.reader import Picture
from app.project import pending
from app.project.edits import Edit
from app.project.model import Label
from app.project.project import Project
from app.tasks.engine_loader import EngineLoader, feature_folder
from app.tasks.propagate import unseen

FRAME_CACHE_BYTES = 512 << 20


class Desk(QObject):
    """What is open, or nothing. All edits pass through `do`."""

    changed = Signal(object)
    """A `Change`: an edit was done or undone, or a run's results arrived."""
    edited = Signal(object, object)
    """An `Edit` was done for the first time, by the `EditCommand` that is on the undo stack."""
    taking_back = Signal(object)
    """An `EditCommand` is about to be undone: what adds to it has to end."""
    clip_changed = Signal()
    """Another clip and project are open, or none."""
    run_changed = Signal()
    """A run began, went on or ended."""
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
        self.engines = EngineLoader(feature_folder())
        """What runs share, and whoever else needs a network: any thread."""
        self._frames: FrameServer | None = None
        self._selected: list[int] = []  # objects, the one selected last at the end, each once
        self.view.changed.connect(self._on_view_changed)
        self._picture_arrived.connect(self._on_picture_arrived)

    def lay(self, clip: Clip, project: Project) -> None:
        """Have a clip and its project open, where nothing was."""
        self.clip, self.project = clip, project
        project.on_write_error = self.failed.emit
        self._frames = FrameServer(clip, self._deliver, budget_bytes=FRAME_CACHE_BYTES)
        self._selected = []
        self.view.object_id = next(iter(project.objects), None)
        self.view.marked = ()
        self.view.range = None
        self.view.frame = 0
        self.clip_changed.emit()
        self._frames.request(self.view.frame)  # who heard of the clip may have moved on

    def clear(self) -> None:
        """Have nothing open. Waits for the frame in work, no longer."""
        self.undo_stack.clear()
        frames, self._frames = self._frames, None
        was_open = self.clip is not None
        self.project = self.clip = None
        if frames is not None:
            frames.close()
        if was_open:
            self.clip_changed.emit()

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
        if name == "object_id" and self.view.object_id is not None:
            self._selected = [*(each for each in self._selected if each != self.view.object_id), self.view.object_id]
        if name == "frame" and self._frames is not None:
            picture = self._frames.cached(self.view.frame)
            if picture is not None:
                self.frame_ready.emit(self.view.frame, picture)
            self._frames.request(self.view.frame)

    # labels

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
            self.edited.emit(edit, command)

    def apply(self, edit: Edit) -> None:
        """Apply an edit without an undo step: for undo commands only."""
        if self.project is not None:
            self.changed.emit(self.project.apply(edit))
            self._select_what_is_there()

    def _select_what_is_there(self) -> None:
        """Select what was selected before, where the selected object is gone: a stroke would begin another object."""
        there = () if self.project is None else self.project.objects
        if self.view.object_id not in there:
            self._selected = [each for each in self._selected if each in there]
            self.view.object_id = self._selected[-1] if self._selected else next(reversed(tuple(there)), None)

    def say(self, sentence: str) -> None:
        """Make a passing remark to the person."""
        self.said.emit(sentence)
