"""A small clip and masks to fill projects with."""

import numpy as np

from app.project import verbs
from app.project.model import ClipRecord
from engines.labels.presence import Presence
from engines.labels.rle import RleMask
from engines.propagation.types import MaskResult

WIDTH, HEIGHT, N_FRAMES = 16, 12, 10
CLIP = ClipRecord("clip.mp4", "/nowhere/clip.mp4", "fingerprint", WIDTH, HEIGHT, N_FRAMES)


def block(left, top, right, bottom):
    """Return a filled rectangle."""
    mask = np.zeros((HEIGHT, WIDTH), bool)
    mask[top:bottom, left:right] = True
    return RleMask.encode(mask)


def pattern(number):
    """Return a mask that is another one for every `number` below 2**64."""
    bits = np.frombuffer(int(number).to_bytes(8, "little"), np.uint8)
    mask = np.zeros((HEIGHT, WIDTH), bool)
    mask[2:6] = np.unpackbits(bits).reshape(4, WIDTH)
    return RleMask.encode(mask)


def result(object_id, frame, mask, confidence=0.5, is_final=True):
    return MaskResult(object_id, frame, mask, confidence, Presence.VISIBLE, is_final)


def add_object(project, **settings):
    """Add an object and return its id."""
    edit = verbs.add_object(project, **settings)
    project.apply(edit)
    return next(iter(edit.objects))


def paint(project, object_id, frame, mask, **settings):
    """Paint and return the edit."""
    edit = verbs.paint_mask(project, object_id, frame, mask, **settings)
    project.apply(edit)
    return edit


def content_of(project, object_id, label):
    """Return what a label shows."""
    return project.content(label.mask_id)


def snapshot(project):
    """Return all that a project holds, masks and points by content, as one value to compare."""
    tables = []
    for table in (project.labels_of, project.proposals_of):
        tables.append(
            {
                (object_id, frame): (label, content_of(project, object_id, label))
                for object_id in project.objects
                for frame, label in table(object_id).items()
            }
        )
    return dict(project.objects), *tables
