"""Indexes that took long to make, kept in the user's cache folder for the next time.

Only a spare copy: a file that is missing, of another version, or damaged is as good as none.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import zipfile
import zlib
from pathlib import Path

import av
import numpy as np
import platformdirs

from app.media.fingerprint import video_fingerprint
from app.media.index import VideoIndex
from app.media.packets import PacketTable
from app.media.survey import VideoFacts
from engines.whole_file import whole_file

_VERSION = 1
_MAX_FILES = 16
"""Of about 6 MB for an hour of video each."""

_PACKET_ARRAYS = ("pts", "dts", "position", "size", "is_key", "is_shown")
_INDEX_ARRAYS = ("packet_of_frame", "frame_of_packet", "key_packets", "key_frames")


def load_facts(path: Path) -> VideoFacts | None:
    """Return what was found out about the file at `path` before, None if nothing was, or the file has changed."""
    try:
        with _cache_file(path).open("rb") as file, np.load(file, allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
            facts = json.loads(str(arrays["facts"]))
            index = VideoIndex(
                packets=PacketTable(**{name: arrays[name] for name in _PACKET_ARRAYS}),
                **{name: arrays[name] for name in _INDEX_ARRAYS},
                bad_packets=frozenset(facts["bad_packets"]),
                is_checked=facts["is_checked"],
            )
            turns, mirrored = facts["orientation"]
            size = facts["width"], facts["height"]
            return VideoFacts(path, index, arrays["times_s"], *size, (turns, mirrored), tuple(facts["notices"]))
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile, zlib.error):
        return None


def store_facts(facts: VideoFacts) -> None:
    """Keep what was found out; say nothing if that is not possible."""
    rest = {
        "bad_packets": sorted(int(packet) for packet in facts.index.bad_packets),
        "is_checked": facts.index.is_checked,
        "width": facts.width,
        "height": facts.height,
        "orientation": facts.orientation,
        "notices": facts.notices,
    }
    arrays = {name: getattr(facts.index.packets, name) for name in _PACKET_ARRAYS}
    arrays |= {name: getattr(facts.index, name) for name in _INDEX_ARRAYS}
    target = _cache_file(facts.path)
    with contextlib.suppress(OSError):
        with whole_file(target) as part, part.open("wb") as file:
            np.savez(file, times_s=facts.times_s, facts=np.array(json.dumps(rest)), **arrays)
        _make_room(target.parent)


def _cache_file(path: Path) -> Path:
    """Return where the facts about the file as it is now are kept."""
    state = path.stat()
    name = hashlib.blake2b(digest_size=16)
    known = (_VERSION, av.library_versions, path.name, state.st_size, state.st_mtime_ns)
    name.update(f"{known}{video_fingerprint(path, np.empty(0))}".encode("utf-8", "surrogatepass"))
    return platformdirs.user_cache_path("throughline") / "indexes" / f"{name.hexdigest()}.npz"


def _make_room(folder: Path) -> None:
    """Delete the oldest files beyond `_MAX_FILES`."""
    files = sorted(folder.glob("*.npz"), key=lambda file: file.stat().st_mtime)
    for file in files[:-_MAX_FILES]:
        file.unlink(missing_ok=True)
