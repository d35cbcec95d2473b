"""The tracks of all objects, kept in step with the project in slices that never hold the window up."""

from __future__ import annotations

import time
from collections.abc import Iterable

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from app.desk.workspace import Workspace
from app.project.edits import Change
from widgets.timeline.track import Track

SLICE_FRAMES = 2000
"""Labels read at a time: 2 to 3 ms."""
TELL_S = 0.1
"""While many slices are read, they are told of this often."""


class Tracks(QObject):
    """One `Track` per object. GUI thread only.

    Small changes are taken over at once; large ones (a project opening, a long run accepted) in slices
    between which the window reacts. `updated` carries the object whose track has changed.
    """

    updated = Signal(int)

    def __init__(self, workspace: Workspace, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._tracks: dict[int, Track] = {}
        self._queue: dict[int, list[int]] = {}  # unread frames by object; one may be there twice
        self._untold: set[int] = set()
        self._told_at_s = 0.0
        self._timer = QTimer(self, interval=0)
        self._timer.timeout.connect(self._read_slice)
        workspace.clip_changed.connect(self.reset)
        workspace.changed.connect(self.on_changed)
        self.reset()

    def of(self, object_id: int) -> Track | None:
        """Return the track of one object; None where there is no such object."""
        return self._tracks.get(object_id)

    def items(self) -> list[tuple[int, Track]]:
        """Return object ids with their tracks, in the order of the list."""
        project = self._workspace.project
        order = project.objects if project is not None else ()
        return [(object_id, self._tracks[object_id]) for object_id in order if object_id in self._tracks]

    @property
    def is_reading(self) -> bool:
        """Return whether some labels are still to be read."""
        return bool(self._queue)

    @Slot()
    def reset(self) -> None:
        """Read another project from the start."""
        project = self._workspace.project
        self._tracks.clear()
        self._queue.clear()
        self._untold.clear()
        for object_id in project.objects if project is not None else ():
            self._begin(object_id)
        self._go_on()

    @Slot(object)
    def on_changed(self, change: Change) -> None:
        """Take over one change."""
        project = self._workspace.project
        if project is None:
            return
        for object_id in change.object_ids:
            if object_id not in project.objects:
                self._tracks.pop(object_id, None)
                self._queue.pop(object_id, None)
                self._untold.discard(object_id)
            elif object_id not in self._tracks:
                self._begin(object_id)
            else:
                self._put(object_id, change.frames)
        self._go_on()

    def _begin(self, object_id: int) -> None:
        project = self._workspace.project
        assert project is not None
        self._tracks[object_id] = Track(project.clip.n_frames)
        self._put(object_id, project.labels_of(object_id))
        self._put(object_id, project.proposals_of(object_id))

    def _put(self, object_id: int, frames: Iterable[int]) -> None:
        self._queue.setdefault(object_id, []).extend(frames)

    def _go_on(self) -> None:
        """Read what is small at once, and the rest when the window has nothing better to do."""
        self._read_slice()
        if self._queue:
            self._timer.start()

    @Slot()
    def _read_slice(self) -> None:
        project = self._workspace.project
        room = SLICE_FRAMES
        while self._queue and room > 0 and project is not None:
            object_id, waiting = next(iter(self._queue.items()))
            frames = waiting[-room:]
            del waiting[-room:]
            if not waiting:
                del self._queue[object_id]
            self._tracks[object_id].read(frames, project.labels_of(object_id), project.proposals_of(object_id))
            self._untold.add(object_id)
            room -= max(1, len(frames))
        if not self._queue:
            self._timer.stop()
        # Who hears of a change draws it, which costs more than reading a slice.
        now_s = time.monotonic()
        if not self._queue or now_s - self._told_at_s > TELL_S:
            self._told_at_s = now_s
            untold, self._untold = self._untold, set()
            for object_id in untold:
                self.updated.emit(object_id)
