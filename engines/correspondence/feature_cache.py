"""The features of frames, kept in memory and on disk, found again by what they depend on.

Encoding a frame costs more than anything else that is done with it, so that a second run over a clip should pay only
for matching.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import zlib
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

import numpy as np
import torch
from torch import Tensor

from engines.correspondence.frame_features import FrameFeatures
from engines.whole_file import whole_file

_SUFFIX = ".features"


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
        features = features.on(torch.device("cpu"))
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
