"""Pictures that were decoded a moment ago, within a budget of bytes."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from threading import Lock

from app.media.picture import Picture


class PictureCache:
    """The pictures used last, by frame, in at most `budget_bytes` (but always the newest one). Any thread."""

    def __init__(self, budget_bytes: int) -> None:
        self._budget_bytes = budget_bytes
        self._pictures: OrderedDict[int, Picture] = OrderedDict()
        self._n_bytes = 0
        self._lock = Lock()

    @property
    def n_bytes(self) -> int:
        """Memory that the pictures take now."""
        return self._n_bytes

    def capacity(self, picture_bytes: int) -> int:
        """Return how many pictures of that size fit in, at least 1."""
        return max(1, self._budget_bytes // max(1, picture_bytes))

    def get(self, frame: int) -> Picture | None:
        """Return the picture of `frame` if it is here; it counts as used now."""
        with self._lock:
            picture = self._pictures.get(frame)
            if picture is not None:
                self._pictures.move_to_end(frame)
            return picture

    def __contains__(self, frame: int) -> bool:
        with self._lock:
            return frame in self._pictures

    def put(self, frame: int, picture: Picture) -> None:
        """Keep a picture; those that were not used for longest make room."""
        with self._lock:
            replaced = self._pictures.pop(frame, None)
            self._n_bytes += picture.n_bytes - (replaced.n_bytes if replaced else 0)
            self._pictures[frame] = picture
            while self._n_bytes > self._budget_bytes and len(self._pictures) > 1:
                _, oldest = self._pictures.popitem(last=False)
                self._n_bytes -= oldest.n_bytes

    def touch(self, frames: Iterable[int]) -> None:
        """Count the pictures of `frames` as used now, the last of them latest."""
        with self._lock:
            for frame in frames:
                if frame in self._pictures:
                    self._pictures.move_to_end(frame)

    def clear(self) -> None:
        """Let go of every picture."""
        with self._lock:
            self._pictures.clear()
            self._n_bytes = 0
