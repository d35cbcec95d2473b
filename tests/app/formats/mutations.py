"""Files of each format with bits turned, ends cut off and hostile values put in, given to its reader.

As a script it makes as many as one likes: ``python -m tests.app.formats.mutations 1000 [FORMAT ...]``.
"""

import random
import re
import shutil
import sys
import tempfile
from pathlib import Path

import numpy as np

from app.errors import UserError
from app.formats.interface import LabelSource
from app.formats.registry import FORMATS
from app.project.model import Label, Object, Provenance
from engines.labels.painting import Painting
from engines.labels.points import Points
from engines.labels.rle import RleMask
from tests.app.formats import joint_material, material
from tests.app.formats.joint_material import POINT_FORMATS
from tests.app.formats.picture_material import PICTURE_FORMATS, paintings

HOSTILE = (
    b"-1", b"0", b"1e999", b"NaN", b"99999999999999999999", b"2147483648", b"65536", b"null", b"true", b"[]", b"{}",
    b'"../../../etc/passwd"', b"\xff\xfe", b"[" * 2000, b"9" * 5000, b"!!python/object/apply:os.system [ls]",
)  # fmt: skip


def sample():
    """Return a small source with two objects, overlaps, a gap and a label that says "not here"."""
    clip = material.bare_clip(16, 12, 4, path=Path("/clips/clip.mp4"))
    stored, labels = [], {}
    for frame in (0, 1, 3):
        for object_id in (1, 2):
            mask = np.zeros((12, 16), bool)
            mask[2 : 2 + 3 * object_id, frame : frame + 6] = object_id != 2 or frame != 1
            stored.append(RleMask.encode(mask))
            provenance = Provenance.DERIVED if frame == 1 else Provenance.ANCHOR
            labels.setdefault(frame, {})[object_id] = Label(provenance, len(stored), confidence=0.5)
    objects = (Object(1, "one", (1, 2, 3), "car"), Object(2, "two", (4, 5, 6)))
    return LabelSource(clip, objects, labels, lambda mask_id: stored[mask_id - 1], {}.__getitem__)


def source_for(name, folder):
    """Return something to export in a format; a clip of pictures, where it needs one, is written to `folder`."""
    if name in PICTURE_FORMATS:
        (kind,) = PICTURE_FORMATS[name].kinds
        return paintings(folder, kind)
    return joint_material.animals(sample().clip) if name in POINT_FORMATS else sample()


def mutated(content, chance):
    """Return `content` with one thing wrong in it."""
    kind = chance.randrange(5)
    if not content or kind == 0:
        return content[: chance.randrange(len(content) + 1)]
    if kind == 1:
        changed = bytearray(content)
        for _ in range(chance.choice((1, 1, 2, 8))):
            changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
        return bytes(changed)
    if kind == 2:
        start = chance.randrange(len(content))
        return content[:start] + content[start + chance.randrange(1, 20) :]
    numbers = list(re.finditer(rb"-?\d+(\.\d+)?", content))
    if kind == 3 and numbers:
        found = chance.choice(numbers)
        return content[: found.start()] + chance.choice(HOSTILE) + content[found.end() :]
    start = chance.randrange(len(content))
    return content[:start] + chance.choice(HOSTILE) + content[start:]


def attack(name, n_files, seed=0):
    """Give `n_files` mutated exports to the reader of a format; return how many it refused with a sentence.

    Anything but a `UserError` of one line comes through. Fails where something outside the folder changed.
    """
    chance = random.Random(f"{name} {seed}")
    n_refused = 0
    with tempfile.TemporaryDirectory() as place, tempfile.TemporaryDirectory() as clips:
        source = source_for(name, Path(clips) / "clip")
        whole = material.written(name, source, Path(place) / "in" / "whole")
        files = sorted(file.relative_to(whole) for file in whole.rglob("*") if file.is_file())
        own = [file for file in files if file.name not in ("objects.json", "frames.json")]
        for _ in range(n_files):
            folder = Path(place) / "in" / "mutated"
            shutil.copytree(whole, folder)
            target = folder / chance.choice(own * 4 + files)
            target.write_bytes(mutated(target.read_bytes(), chance))
            if chance.random() < 0.3:
                for file in ("objects.json", "frames.json"):
                    (folder / file).unlink(missing_ok=True)
            try:
                given = target if target.suffix == ".csv" else folder  # of two that say the same
                _, labels = material.read_back(name, given, source.clip)
                for label in labels.values():
                    assert 0 <= label.confidence <= 1
                    if isinstance(label.mask, Points):
                        assert Points.from_bytes(label.mask.to_bytes()) == label.mask
                    else:
                        assert (label.mask.width, label.mask.height) == (16, 12)
                        shown = label.mask.decode()
                        assert isinstance(label.mask, Painting) or shown.sum() == label.mask.area
            except UserError as error:
                n_refused += 1
                assert "\n" not in str(error) and len(str(error)) < 1000
            finally:
                shutil.rmtree(folder)
        assert sorted(path.name for path in Path(place).iterdir()) == ["in"]
        assert sorted(path.name for path in (Path(place) / "in").iterdir()) == ["whole"]
    return n_refused


if __name__ == "__main__":
    wanted = sys.argv[2:] or [row.name for row in FORMATS.values() if row.can_read]
    for format_name in wanted:
        print(f"{format_name:<14} {attack(format_name, int(sys.argv[1]))} of {sys.argv[1]} refused", flush=True)
