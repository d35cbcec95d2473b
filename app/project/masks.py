"""The project's masks, points and pictures: an append-only store, each once, of which memory holds a bounded part.

Beside a mask that a run made lies where it is likely wrong: masks go from proposal to label and from object to object,
and it goes along.
"""

from __future__ import annotations

import sqlite3
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from hashlib import blake2b
from pathlib import Path
from typing import Any, TypeVar

from app.project import faults
from app.project.storage import StoredMask
from engines.labels.chroma import ChromaMap
from engines.labels.doubt import DoubtMap
from engines.labels.painting import Painting
from engines.labels.points import Points
from engines.labels.rle import RleMask
from engines.labels.sheets import Sheets

Content = RleMask | Points | Painting | Sheets | ChromaMap
"""What a label shows, by its object's kind: a mask; points; of a texture what a person painted, or where paint lies; of
colour what a person painted, or the chroma that a run found."""

C = TypeVar("C", RleMask, Points, Painting, Sheets, ChromaMap)

_READERS: Mapping[bytes, Callable[[bytes, tuple[int, int]], Content]] = {
    b"TLM1": RleMask.from_bytes,
    b"TLP1": lambda data, _: Points.from_bytes(data),
    b"TLI1": Painting.from_bytes,
    b"TLS1": lambda data, _: Sheets.from_bytes(data),
    b"TLC1": ChromaMap.from_bytes,
}
"""By the first bytes of a content; the clip's (width, height) bounds it."""
_WORDS: Mapping[type, str] = {
    RleMask: "a mask",
    Points: "points",
    Painting: "a picture",
    Sheets: "sheets",
    ChromaMap: "chroma",
}

CACHE_BYTES = 64 << 20

_OBJECT_BYTES = 300
"""What an `RleMask` takes beside its runs (Python 3.11: object, box, integers, cache entry)."""
_JOINT_BYTES = 170
"""What a joint of `Points` takes, with its numbers."""
_TILE_BYTES = 40
"""What a tile of a `Painting` takes beside its pixels."""


def digest_of(data: bytes, doubt: bytes = b"") -> bytes:
    """Return the content hash, BLAKE2b-128, under which a content and, of a mask, its map of doubt are stored."""
    return blake2b(data + doubt, digest_size=16).digest()


class MaskStore:
    """Masks, points and pictures by id. Any thread; looking one up may wait for a read from disk, never for a write.

    New masks stay in memory until the batch that carries them is committed, however many they are; masks on disk
    are kept up to `budget_bytes`, the longest unused going first.
    """

    def __init__(
        self, path: Path, reader: sqlite3.Connection, size: tuple[int, int], next_id: int, budget_bytes: int
    ) -> None:
        """Take over `reader`, a read-only connection. `size` is the clip's (width, height) in pixels."""
        self._lock = threading.Lock()
        self._path = path
        self._reader = reader
        self._size = size
        self._next_id = next_id
        self._budget_bytes = budget_bytes
        self._new: dict[int, StoredMask] = {}
        self._pending: dict[int, tuple[Content, DoubtMap | None]] = {}
        self._pending_ids: dict[bytes, int] = {}
        self._cache: OrderedDict[int, Content] = OrderedDict()
        self._cached_bytes = 0

    @property
    def next_id(self) -> int:
        """The id that the next new content gets."""
        return self._next_id

    @property
    def cached_bytes(self) -> int:
        """What the masks that are also on disk take in memory."""
        return self._cached_bytes

    def add(self, content: Content, doubt: DoubtMap | None = None) -> int:
        """Return the id of `content` with its `doubt`, a new one where both are not in the project yet.

        Raises ValueError for a mask or picture of another size than the clip's.
        """
        if isinstance(content, RleMask | Painting) and (content.width, content.height) != self._size:
            size = f"{_WORDS[type(content)].split()[-1]} of {content.width} x {content.height}"
            raise ValueError(f"{size} in a clip of {self._size[0]} x {self._size[1]}")
        data, doubts = content.to_bytes(), b"" if doubt is None else doubt.to_bytes()
        digest = digest_of(data, doubts)
        with self._lock:
            known = self._pending_ids.get(digest)
            if known is None:
                known = self._stored_id(digest)
            if known is not None:
                return known
            mask_id = self._next_id
            self._next_id += 1
            self._new[mask_id] = StoredMask(mask_id, digest, data, doubts)
            self._pending[mask_id] = content, doubt
            self._pending_ids[digest] = mask_id
            return mask_id

    def get(self, mask_id: int, kind: type[C]) -> C:
        """Return a content of a `kind`. Raises DamagedFile where the file has lost it or holds something else."""
        found = self.content(mask_id)
        if not isinstance(found, kind):
            raise faults.damaged(self._path, f"{mask_id} is {_WORDS[type(found)]} instead of {_WORDS[kind]}")
        return found

    def content(self, mask_id: int) -> Content:
        """Return what has an id. Raises DamagedFile where the file has lost it or holds what is none."""
        with self._lock:
            pending = self._pending.get(mask_id)
            if pending is not None:
                return pending[0]
            found = self._cache.get(mask_id)
            if found is not None:
                self._cache.move_to_end(mask_id)
                return found
            found, _ = self._read(mask_id)
            self._remember(mask_id, found)
            return found

    def doubt(self, mask_id: int) -> DoubtMap | None:
        """Return where a mask is likely wrong, None where nobody said; read anew each time, as few are looked at.

        Raises DamagedFile as `mask` does.
        """
        with self._lock:
            pending = self._pending.get(mask_id)
            return self._read(mask_id)[1] if pending is None else pending[1]

    def take_new(self) -> tuple[StoredMask, ...]:
        """Return the masks that no batch has carried yet; the caller's batch does."""
        with self._lock:
            new = tuple(self._new.values())
            self._new.clear()
            return new

    def on_committed(self, masks: Iterable[StoredMask]) -> None:
        """Note that `masks` are on disk, and need be kept in memory no more than others."""
        with self._lock:
            for stored in masks:
                self._pending_ids.pop(stored.digest, None)
                pending = self._pending.pop(stored.mask_id, None)
                if pending is not None:
                    self._remember(stored.mask_id, pending[0])

    def close(self) -> None:
        """Close the reader; later questions raise `sqlite3.ProgrammingError`."""
        with self._lock:
            self._reader.close()

    def _stored_id(self, digest: bytes) -> int | None:
        """Return the id of a content that is in the file. Under the lock."""
        row = self._row("SELECT mask_id FROM masks WHERE digest = ?", digest)
        return None if row is None else row[0]

    def _read(self, mask_id: int) -> tuple[Content, DoubtMap | None]:
        """Return what the file holds, a mask with its doubt, checked. Under the lock."""
        row = self._row("SELECT digest, data, doubt FROM masks WHERE mask_id = ?", mask_id)
        if row is None:
            raise faults.damaged(self._path, f"mask {mask_id} is lost")
        digest, data, doubt = row
        if not isinstance(data, bytes) or not isinstance(doubt, bytes) or digest != digest_of(data, doubt):
            raise faults.damaged(self._path, f"mask {mask_id} is not what was saved")
        try:
            read = _READERS.get(data[:4])
            if read is None:
                raise ValueError("it is of no kind")
            return read(data, self._size), DoubtMap.from_bytes(doubt, self._size) if doubt else None
        except ValueError as error:
            raise faults.damaged(self._path, f"mask {mask_id}: {error}") from error

    def _row(self, query: str, key: int | bytes) -> Any:
        """Return the first row of an answer, or None. Under the lock."""
        try:
            return self._reader.execute(query, (key,)).fetchone()
        except sqlite3.ProgrammingError:  # closed: a mistake of ours
            raise
        except sqlite3.DatabaseError as error:
            raise faults.unreadable(self._path, error) from error

    def _remember(self, mask_id: int, content: Content) -> None:
        """Put what is on disk into the cache, letting go of others. Under the lock."""
        self._cache[mask_id] = content
        self._cached_bytes += _bytes_of(content)
        while self._cached_bytes > self._budget_bytes and len(self._cache) > 1:
            _, gone = self._cache.popitem(last=False)
            self._cached_bytes -= _bytes_of(gone)


def _bytes_of(content: Content) -> int:
    """Return about what a content takes in memory."""
    match content:
        case RleMask():
            more = len(content.runs)
        case Points():
            more = _JOINT_BYTES * len(content.joints)
        case Painting():
            more = sum(_TILE_BYTES + len(tile) for tile in content.tiles)
        case Sheets():
            more = sum(17 * len(sheet.rest) + 6 * len(sheet.triangles) + _OBJECT_BYTES for sheet in content.sheets)
        case ChromaMap():
            more = len(content.data)
    return _OBJECT_BYTES + more
