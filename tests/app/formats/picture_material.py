"""Small paintings of textures and colour as something to export."""

import numpy as np
from PIL import Image

from app.formats.interface import LabelSource
from app.formats.registry import FORMATS
from app.media.clip import open_clip
from app.project.model import PICTURE_KINDS, Label, Object, Provenance
from app.tasks.colours_shown import coloured_first
from app.tasks.textures import dresser
from engines.labels.alpha import multiplied
from engines.labels.painting import Painting

PICTURE_FORMATS = {
    name: row for name, row in FORMATS.items() if row.can_read and row.kinds and row.kinds <= set(PICTURE_KINDS)
}


def paintings(folder, kind):
    """Return two objects of `kind`, painted on frames 0, 1 and 3 of a clip of 16 x 12 that is written to `folder`."""
    folder.mkdir()
    for frame in range(4):
        Image.new("RGB", (16, 12), (40 * frame, 90, 120)).save(folder / f"{frame:05d}.png")
    clip = open_clip(folder)
    rng = np.random.default_rng(0)
    stored, labels = [], {}
    for frame in (0, 1, 3):
        for object_id in (1, 2):
            rgba = rng.integers(0, 256, (12, 16, 4), dtype=np.uint8)
            stored.append(Painting.encode(multiplied(rgba)))
            labels.setdefault(frame, {})[object_id] = Label(Provenance.ANCHOR, len(stored))
    objects = tuple(Object(number, f"paint {number}", (1, 2, 3), kind=kind) for number in (1, 2))
    by_object = {number: {frame: labels[frame][number] for frame in labels} for number in (1, 2)}

    def content(mask_id):
        return stored[mask_id - 1]

    dress = coloured_first(dresser(clip, content, by_object), content)
    return LabelSource(clip, objects, labels, content, content, dress=dress)
