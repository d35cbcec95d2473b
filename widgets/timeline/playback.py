"""Plays the clip at the rate of its own time stamps, and tells when the screen could not keep up."""

from __future__ import annotations

from PySide6.QtCore import QElapsedTimer, QObject, Qt, QTimer, Signal, Slot

from app.desk.workspace import Workspace
from widgets.timeline.clock import PlaySpan, RateMeter

TICK_MS = 4
"""How often the clock is looked at: far below a frame's time, so that frames change when they are due."""
TOLD_EVERY_MS = 250


class Playback(QObject):
    """Moves the view's frame while `view.is_playing`. GUI thread only.

    The next frame is asked for only when the one before has been shown, so a clip that decodes slower than it
    plays still moves; frames passed over are counted as dropped. `told` carries the rate in words.
    """

    told = Signal(str)

    def __init__(self, workspace: Workspace, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._span: PlaySpan | None = None
        self._meter = RateMeter()
        self._awaited: int | None = None
        self._is_moving = False
        self._clock = QElapsedTimer()
        self._last_told_ms = 0
        self._timer = QTimer(self, interval=TICK_MS, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._on_tick)
        workspace.view.changed.connect(self.on_view_changed)
        workspace.frame_ready.connect(self.on_frame_ready)
        workspace.clip_changed.connect(self.on_clip_changed)

    @Slot()
    def on_clip_changed(self) -> None:
        """Forget the figures of another clip."""
        self.told.emit("")

    @Slot(str)
    def on_view_changed(self, name: str) -> None:
        """Start, stop, or go on from somewhere else."""
        if name == "is_playing":
            self._start() if self._workspace.view.is_playing else self._stop()
        elif self._timer.isActive() and (name in ("loop", "range") or (name == "frame" and not self._is_moving)):
            self._span = self._span_from_here()
            self._clock.restart()
            self._last_told_ms = 0

    @Slot(int, object)
    def on_frame_ready(self, frame: int, _picture: object) -> None:
        """Hear that a frame is on screen."""
        if frame == self._awaited:
            self._awaited = None

    def _start(self) -> None:
        clip = self._workspace.clip
        if clip is None or clip.n_frames < 2:
            self._workspace.view.is_playing = False
            return
        self._meter = RateMeter()
        self._awaited = None
        self._span = self._span_from_here()
        self._move_to(self._span.start)
        self._last_told_ms = 0
        self._clock.start()
        self._timer.start()

    def _stop(self) -> None:
        if self._timer.isActive():
            self._timer.stop()
            dropped = self._meter.n_dropped
            self.told.emit(f"{dropped} {'frame' if dropped == 1 else 'frames'} dropped" if dropped else "")

    def _span_from_here(self) -> PlaySpan:
        """Return what there is to play: the selected range if the view stands in it, else the clip."""
        clip, view = self._workspace.clip, self._workspace.view
        assert clip is not None
        first, last = 0, clip.n_frames - 1
        if view.range is not None and view.range[0] <= view.frame <= view.range[1] and view.range[0] < view.range[1]:
            first, last = view.range
        # Playing at the very end begins again, as everybody expects of a player.
        start = first if view.frame == last and not self._timer.isActive() else view.frame
        return PlaySpan(clip.times_s, first, last, start, view.loop)

    def _move_to(self, frame: int) -> None:
        if frame == self._workspace.view.frame:
            return
        self._awaited = frame
        self._is_moving = True
        self._workspace.request_frame(frame)
        self._is_moving = False

    @Slot()
    def _on_tick(self) -> None:
        assert self._span is not None
        due = self._span.frame_at(self._clock.elapsed() / 1000)
        if due is None:
            self._workspace.view.is_playing = False
            return
        shown = self._workspace.view.frame
        if due == shown or self._awaited is not None:
            return
        self._meter.show(self._clock.elapsed() / 1000, self._span.skipped(shown, due))
        self._move_to(due)
        if self._clock.elapsed() - self._last_told_ms >= TOLD_EVERY_MS:
            self._last_told_ms = self._clock.elapsed()
            self.told.emit(f"{self._meter.rate_fps:.1f} fps · {self._meter.n_dropped} dropped")
