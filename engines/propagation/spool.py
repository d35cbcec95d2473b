"""Labels of the forward sweep, put by until the backward sweep comes to meet them."""

from __future__ import annotations

import struct
import tempfile
import zlib
from types import TracebackType

import numpy as np

from engines.labels.presence import Presence
from engines.propagation.fusion import CroppedLabel
from engines.propagation.types import Stretch

_RECORD = struct.Struct(
    "<q4IdBI"
)  # where the record below begins (-1: none), box, confidence, presence, bytes to follow
_PRESENCES = tuple(Presence)
IN_MEMORY_BYTES = 8 << 20
"""Beyond this the labels go to a temporary file."""


class LabelSpool:
    """A stack of labels for each stretch, on disk when it grows.

    The forward sweep pushes a stretch's labels in frame order, the backward sweep pops them in
    reverse: a stack is all that is needed, and each record points to the one below it, so memory
    holds one number a stretch however long the stretch is. One thread. Raises OSError where the
    temporary folder is full.
    """

    def __init__(self) -> None:
        self._file = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY_BYTES)  # noqa: SIM115  closed by __exit__
        self._top: dict[Stretch, int] = {}
        self._end = 0

    def __enter__(self) -> LabelSpool:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def push(self, stretch: Stretch, label: CroppedLabel) -> None:
        """Put `label` on the stack of `stretch`."""
        body = zlib.compress(label.soft.tobytes(), 1)
        below = self._top.get(stretch, -1)
        head = _RECORD.pack(below, *label.box, label.confidence, _PRESENCES.index(label.presence), len(body))
        self._file.seek(self._end)
        self._file.write(head + body)
        self._top[stretch] = self._end
        self._end += len(head) + len(body)

    def pop(self, stretch: Stretch) -> CroppedLabel:
        """Take the label last pushed for `stretch`. Raises KeyError where there is none left."""
        self._file.seek(self._top[stretch])
        below, left, top, right, bottom, confidence, presence, n_bytes = _RECORD.unpack(self._file.read(_RECORD.size))
        raw = zlib.decompress(self._file.read(n_bytes))
        if below < 0:
            del self._top[stretch]
        else:
            self._top[stretch] = below
        soft = np.frombuffer(raw, np.uint8).reshape(bottom - top, right - left)
        return CroppedLabel((left, top, right, bottom), soft, confidence, _PRESENCES[presence])
