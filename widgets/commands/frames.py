"""Commands that move the view through time."""

from __future__ import annotations

from bisect import bisect_left, bisect_right

from app.desk.workspace import Workspace


class FrameCommands:
    """Targets of the Frame menu. GUI thread only."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    @property
    def _last(self) -> int:
        clip = self._workspace.clip
        return clip.n_frames - 1 if clip is not None else 0

    def _go(self, frame: int) -> None:
        self._workspace.view.is_playing = False
        self._workspace.request_frame(frame)

    def toggle_playing(self) -> None:
        """Play, or stop."""
        self._workspace.view.is_playing = not self._workspace.view.is_playing

    def step(self, n_frames: int) -> None:
        """Go on by `n_frames`, back where negative, as far as the clip goes."""
        self._go(self._workspace.view.frame + n_frames)

    def first(self) -> None:
        """Go to the first frame."""
        self._go(0)

    def last(self) -> None:
        """Go to the last frame."""
        self._go(self._last)

    def _anchors(self) -> list[int]:
        project, object_id = self._workspace.project, self._workspace.view.object_id
        return project.anchor_frames(object_id) if project is not None and object_id is not None else []

    def previous_anchor(self) -> None:
        """Go to the selected object's last anchor before this frame."""
        anchors = self._anchors()
        place = bisect_left(anchors, self._workspace.view.frame)
        if place > 0:
            self._go(anchors[place - 1])

    def next_anchor(self) -> None:
        """Go to the selected object's first anchor after this frame."""
        anchors = self._anchors()
        place = bisect_right(anchors, self._workspace.view.frame)
        if place < len(anchors):
            self._go(anchors[place])

    def begin_range(self) -> None:
        """Let the selected frames begin here; they end where they did, or at the clip's end."""
        view = self._workspace.view
        end = view.range[1] if view.range is not None else self._last
        view.range = (view.frame, max(view.frame, end))

    def end_range(self) -> None:
        """Let the selected frames end here; they begin where they did, or at the clip's start."""
        view = self._workspace.view
        begin = view.range[0] if view.range is not None else 0
        view.range = (min(view.frame, begin), view.frame)

    def clear_range(self) -> None:
        """Select no frames."""
        self._workspace.view.range = None
