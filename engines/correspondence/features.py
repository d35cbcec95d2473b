"""The features of a clip's frames: computed once, kept in memory and on disk, found again by what they depend on.

Encoding a frame costs more than anything else that is done with it, so that a second run over a clip should pay only
for matching. What is kept is float16, half the size and exact enough for unit vectors; a frame just encoded is rounded
in the same way, so that the first run and the second give the same masks.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import math
import os
import zlib
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

import cv2
import numpy as np
import torch
from torch import Tensor

from engines.correspondence.encoder import Encoder, encode
from engines.device import Compute
from engines.propagation.types import FrameSource
from engines.whole_file import whole_file

if TYPE_CHECKING:
    from engines.correspondence.adaptation import Adaptation

MOST_PIXELS = 480 * 864
"""Larger pictures are encoded at a size of about as many pixels as DAVIS has at 480p, where the figures of every
published recipe were measured; smaller ones as they are."""

FINE_STRIDE = 4

_SUFFIX = ".features"


@dataclass(frozen=True, slots=True, eq=False)
class FrameFeatures:
    """What an encoder sees in one frame: unit vectors along the last dimension, float16, on the compute's device.

    `coarse` is (rows, columns, channels), `fine` (rows4, columns4, channels4) at stride 4, or None.
    """

    coarse: Tensor
    fine: Tensor | None

    @property
    def n_bytes(self) -> int:
        """Memory that they take."""
        return sum(part.nbytes for part in (self.coarse, self.fine) if part is not None)


@dataclass(frozen=True, slots=True)
class CellGrid:
    """Where the cells of a feature map lie on the clip's picture.

    Cell (row, column) is centred on pixel ``x = step_x * column + first_x, y = step_y * row + first_y``.
    """

    rows: int
    columns: int
    step_x: float
    step_y: float
    first_x: float
    first_y: float

    def centre(self, row: float, column: float) -> tuple[float, float]:
        """Return the pixel (x, y) that a cell is centred on."""
        return self.step_x * column + self.first_x, self.step_y * row + self.first_y

    def cell(self, x: float, y: float) -> tuple[int, int]:
        """Return the cell (row, column) nearest to a pixel."""
        row, column = round((y - self.first_y) / self.step_y), round((x - self.first_x) / self.step_x)
        return min(max(row, 0), self.rows - 1), min(max(column, 0), self.columns - 1)


@dataclass(frozen=True, slots=True)
class FeatureKey:
    """What the features of a frame depend on: clip by fingerprint, frame, (width, height) as encoded.

    `made_by` says what computed them, and names everything that changes the numbers.
    """

    clip: str
    made_by: str
    frame: int
    size: tuple[int, int]


class FeatureCache:
    """Features by what they depend on, in bounded memory and, where a folder is given, on bounded disk. Any thread.

    Those that were not used for longest make room. Files are written whole or not at all; a damaged one counts
    as not there, and a disk that takes none costs only the time to compute them again.
    """

    def __init__(self, memory_bytes: int, folder: Path | None = None, disk_bytes: int = 4 << 30) -> None:
        self._memory_bytes = memory_bytes
        self._folder = folder
        self._disk_bytes = disk_bytes
        self._kept: OrderedDict[FeatureKey, FrameFeatures] = OrderedDict()
        self._n_bytes = 0
        self._files: OrderedDict[Path, int] | None = None  # bytes of each, longest unused first; None: not looked yet
        self._n_file_bytes = 0
        self._lock = Lock()

    @property
    def n_bytes(self) -> int:
        """Memory that the features take now."""
        return self._n_bytes

    def get(self, key: FeatureKey) -> FrameFeatures | None:
        """Return the features kept under `key`, on the CPU, or None; they count as used now."""
        with self._lock:
            kept = self._kept.get(key)
            if kept is not None:
                self._kept.move_to_end(key)
                return kept
        file = self._file(key)
        features = None if file is None else _read(file)
        if file is not None and features is not None:
            with self._lock:
                self._remember(key, features)
                self._count_file(file, None)
            with contextlib.suppress(OSError):
                os.utime(file)
        return features

    def put(self, key: FeatureKey, features: FrameFeatures) -> None:
        """Keep `features`."""
        features = _on(torch.device("cpu"), features)
        with self._lock:
            self._remember(key, features)
        file = self._file(key)
        if file is None or self._disk_bytes <= 0:
            return
        with contextlib.suppress(OSError):
            n_bytes = _write(file, features)
            with self._lock:
                self._count_file(file, n_bytes)

    def __contains__(self, key: FeatureKey) -> bool:
        with self._lock:
            if key in self._kept:
                return True
        file = self._file(key)
        return file is not None and file.is_file()

    def clear(self) -> None:
        """Let go of everything, on disk too."""
        with self._lock:
            self._kept.clear()
            self._n_bytes = 0
            if self._folder is None:
                return
            for file in _files_in(self._folder):
                with contextlib.suppress(OSError):
                    file.unlink(missing_ok=True)
            self._files = OrderedDict()
            self._n_file_bytes = 0

    def _remember(self, key: FeatureKey, features: FrameFeatures) -> None:
        replaced = self._kept.pop(key, None)
        self._n_bytes += features.n_bytes - (replaced.n_bytes if replaced else 0)
        self._kept[key] = features
        while self._n_bytes > self._memory_bytes and self._kept:
            _, oldest = self._kept.popitem(last=False)
            self._n_bytes -= oldest.n_bytes

    def _count_file(self, file: Path, n_bytes: int | None) -> None:
        """Count `file` as used now, `n_bytes` being its new size or None for the old one; delete what is too much."""
        if self._files is None:
            self._files = _files_in(file.parents[1])
            self._n_file_bytes = sum(self._files.values())
        known = self._files.pop(file, 0)
        self._files[file] = known if n_bytes is None else n_bytes
        self._n_file_bytes += self._files[file] - known
        while self._n_file_bytes > self._disk_bytes and len(self._files) > 1:
            oldest, size = self._files.popitem(last=False)
            self._n_file_bytes -= size
            with contextlib.suppress(OSError):
                oldest.unlink(missing_ok=True)

    def _file(self, key: FeatureKey) -> Path | None:
        """Return where features are kept on disk: a folder for each clip by what made them and size, a file a frame."""
        if self._folder is None:
            return None
        made_from = f"1 {key.clip} {key.made_by} {key.size[0]}x{key.size[1]}"
        group = hashlib.blake2b(made_from.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
        return self._folder / group / f"{key.frame}{_SUFFIX}"


@dataclass(frozen=True, slots=True, eq=False)
class FeatureExtractor:
    """What makes features of pictures: an encoder, the fingerprint of its weights, where it computes, and a cache.

    Without a cache nothing is kept. Shared by all that look at clips through the same weights; any thread.
    """

    encoder: Encoder
    fingerprint: str
    compute: Compute
    cache: FeatureCache | None = None


class FeatureReader:
    """Gives the features of a clip's frames, from the cache or by encoding. Any thread that may read `frames`.

    `size` is the (width, height) that pictures are encoded at, by default
    `encoding_size` of the clip's. What is kept is as encoded; an `adaptation` is put on what is given.
    """

    def __init__(
        self,
        frames: FrameSource,
        extractor: FeatureExtractor,
        size: tuple[int, int] | None = None,
        adaptation: Adaptation | None = None,
    ) -> None:
        self.size = size or encoding_size(frames.width, frames.height)
        self._adaptation = adaptation
        self._frames = frames
        self._encoder = extractor.encoder
        self._made_by = f"{extractor.fingerprint} on {extractor.compute}"
        self._compute = extractor.compute
        self._cache = extractor.cache
        self._clip = frames.fingerprint if extractor.cache is not None else ""

    def at(self, frame: int) -> FrameFeatures:
        """Return the features of `frame`."""
        features = self._encoded(frame)
        return features if self._adaptation is None else self._adaptation.applied(features)

    def _encoded(self, frame: int) -> FrameFeatures:
        if self._cache is None:
            return self._encode(frame)
        key = FeatureKey(self._clip, self._made_by, frame, self.size)
        features = self._cache.get(key)
        if features is None:
            features = self._encode(frame)
            self._cache.put(key, features)
        return _on(self._compute.device, features)

    def grid(self, stride: int | None = None, shown: tuple[int, int] | None = None) -> CellGrid:
        """Return where the coarse cells, or with `stride` 4 the fine ones, lie on the clip's picture.

        `shown` is the (width, height) of the picture meant where it is the clip's at another size.
        """
        is_coarse = stride is None or stride == self._encoder.stride
        step = self._encoder.stride if stride is None else stride
        centre = self._encoder.centre if is_coarse else 0.0
        width, height = self.size
        shown = shown or (self._frames.width, self._frames.height)
        x_scale, y_scale = shown[0] / width, shown[1] / height
        return CellGrid(
            math.ceil(height / step),
            math.ceil(width / step),
            step * x_scale,
            step * y_scale,
            # The middles of pixels, not their corners, are the whole numbers.
            (centre + 0.5) * x_scale - 0.5,
            (centre + 0.5) * y_scale - 0.5,
        )

    def _encode(self, frame: int) -> FrameFeatures:
        image = self._frames.image(frame)
        if (image.shape[1], image.shape[0]) != self.size:
            image = cv2.resize(image, self.size, interpolation=cv2.INTER_AREA)
        found = encode(self._encoder, np.array(image[None]), self._compute)
        fine = None if found.fine is None else _cells_first(found.fine)
        return FrameFeatures(_cells_first(found.coarse), fine)


def encoding_size(width: int, height: int) -> tuple[int, int]:
    """Return the (width, height) at which pictures of this size are encoded: see `MOST_PIXELS`."""
    scale = min(1.0, math.sqrt(MOST_PIXELS / (width * height)))
    return max(1, round(width * scale)), max(1, round(height * scale))


def _cells_first(features: Tensor) -> Tensor:
    """Return (1, C, h, w) as float16 (h, w, C)."""
    return features[0].permute(1, 2, 0).to(torch.float16).contiguous()


def _on(device: torch.device, features: FrameFeatures) -> FrameFeatures:
    if features.coarse.device == device:
        return features
    fine = None if features.fine is None else features.fine.to(device)
    return FrameFeatures(features.coarse.to(device), fine)


def _files_in(folder: Path) -> OrderedDict[Path, int]:
    """Return the files that earlier runs left, longest unused first."""
    found = []
    for file in folder.glob(f"*/*{_SUFFIX}"):
        with contextlib.suppress(OSError):
            state = file.stat()
            found.append((state.st_mtime_ns, file, state.st_size))
    return OrderedDict((file, size) for _, file, size in sorted(found))


def _write(file: Path, features: FrameFeatures) -> int:
    """Write `features` behind a checksum, whole or not at all, and return the file's size."""
    content = io.BytesIO()
    for part in (features.coarse, features.fine):
        if part is not None:
            np.save(content, part.numpy(), allow_pickle=False)
    data = content.getvalue()
    with whole_file(file) as trial, trial.open("wb") as out:
        out.write(zlib.crc32(data).to_bytes(4, "little"))
        out.write(data)
    return len(data) + 4


def _read(file: Path) -> FrameFeatures | None:
    """Return the features in `file`, None where there are none or they are damaged."""
    try:
        data = file.read_bytes()
        if zlib.crc32(data[4:]) != int.from_bytes(data[:4], "little"):
            return None
        content = io.BytesIO(data[4:])
        parts: list[Tensor] = []
        while content.tell() < len(data) - 4:
            parts.append(torch.from_numpy(np.load(content, allow_pickle=False)))
    except (OSError, ValueError, EOFError, TypeError):
        return None
    if len(parts) not in (1, 2) or any(part.dtype != torch.float16 or part.ndim != 3 for part in parts):
        return None
    return FrameFeatures(parts[0], parts[1] if len(parts) == 2 else None)
