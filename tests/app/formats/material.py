"""Rich labels for every format, and what is left of them after it."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from hypothesis import strategies as st

from app.formats.interface import LabelSource, Trait
from app.formats.placing import Match, placed
from app.formats.registry import FORMATS, reader, writer
from app.media.clip import Clip
from app.project.model import Kind, Label, Object, Provenance
from app.tasks.exchange import fitting
from engines.labels.presence import Presence
from engines.labels.rle import RleMask

NAMES = st.text(st.characters(blacklist_categories=("Cs", "Cc"), blacklist_characters="\ufffe\uffff"), max_size=12).map(
    lambda text: " ".join(text.split())
)

MASK_FORMATS = {name: row for name, row in FORMATS.items() if row.kinds & {Kind.MASK, Kind.BOX}}
"""Those for masks, and for boxes around them."""


def bare_clip(width, height, n_frames, names=(), path=Path("/clips/großer Hund.mp4")):
    """Return a clip that has sizes and times but no pictures."""
    times_s = np.cumsum(np.linspace(0.03, 0.05, n_frames))
    return Clip(path, "sequence" if names else "video", width, height, times_s, tuple(names), "f", (), None)


@st.composite
def masks(draw, width, height):
    """Return masks of a few rectangles, some with a hole, some of them touching at corners, or of nothing."""
    mask = np.zeros((height, width), bool)
    for _ in range(draw(st.integers(0, 3))):
        left, top = draw(st.integers(0, width - 1)), draw(st.integers(0, height - 1))
        wide, high = draw(st.integers(1, width)), draw(st.integers(1, height))
        mask[top : top + high, left : left + wide] = True
        if draw(st.booleans()):
            mask[top + 1 : top + high - 1, left + 1 : left + wide - 1] = False
    return RleMask.encode(mask)


@st.composite
def sources(draw, with_void=True):
    """Return what a project may have to export: overlaps, gaps, empty frames, names in any script, either format."""
    width, height = draw(st.integers(1, 24)), draw(st.integers(1, 24))
    n_frames = draw(st.integers(1, 5))
    names = draw(st.sampled_from(((), tuple(f"img_{frame:03d}.png" for frame in range(7, 7 + n_frames)))))
    clip = bare_clip(width, height, n_frames, names)
    object_ids = draw(st.lists(st.integers(1, 400), unique=True, max_size=4))
    objects = [
        Object(object_id, draw(NAMES) or "x", draw(st.tuples(*[st.integers(0, 255)] * 3)), draw(NAMES), position=place)
        for place, object_id in enumerate(object_ids)
    ]
    if with_void and draw(st.booleans()):
        objects.append(Object(500, "Void", (9, 9, 9), kind=Kind.VOID, position=len(objects)))
    stored, labels = [], {}
    for frame in range(n_frames):
        for found in objects:
            mask = draw(masks(width, height))
            if draw(st.booleans()) and (mask.area or found.kind is Kind.MASK):
                stored.append(mask)
                labels.setdefault(frame, {})[found.object_id] = draw(said(found, mask, len(stored)))
    return LabelSource(clip, tuple(objects), labels, lambda mask_id: stored[mask_id - 1], {}.__getitem__)


@st.composite
def said(draw, found, mask, mask_id):
    """Return a label of `mask` with what can be said of it."""
    if found.kind is Kind.VOID:
        return Label(Provenance.ANCHOR, mask_id)
    there = (Presence.VISIBLE, Presence.UNCERTAIN) if mask.area else (Presence.OUT_OF_FRAME, Presence.OCCLUDED)
    presence = draw(st.sampled_from(there))
    if draw(st.booleans()):
        return Label(Provenance.ANCHOR, mask_id, presence)
    return Label(Provenance.DERIVED, mask_id, presence, draw(st.floats(0, 1)))


@dataclass(frozen=True)
class Kept:
    """A label as it can be compared: of the object with this name, on this frame."""

    mask: RleMask
    presence: Presence
    confidence: float
    provenance: Provenance


def written(name, source, folder):
    """Write `source`, check that just the planned files in the planned steps came of it, and return the folder."""
    folder.mkdir(parents=True)
    fit = fitting(source, FORMATS[name])
    plan = writer(name).plan(fit)
    assert sum(1 for _ in writer(name).write(fit, folder)) == plan.n_steps
    there = {file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file()}
    assert there == set(plan.files) and len(plan.files) == len(there)
    return folder


def read_back(name, folder, clip, match=Match.AUTO):
    """Return what is read: the objects in order, and labels by (place of the object, frame)."""
    found = placed(reader(name).read(folder, clip), clip, match)
    place = {item.object_id: number for number, item in enumerate(found.objects)}
    steps = list(found.labels)
    assert len(steps) == found.n_steps
    flat = [label for step in steps for label in step]
    labels = {
        (place[label.object_id], label.frame): Kept(label.mask, label.presence, label.confidence, label.provenance)
        for label in flat
    }
    assert len(labels) == len(flat)
    return found.objects, labels


def expected(name, source, shaped=lambda mask: mask):
    """Return what the loss report of a format leaves of `source`, as `read_back` gives it."""
    row = FORMATS[name]
    source = fitting(source, row)
    place = {found.object_id: number for number, found in enumerate(source.objects)}
    left = {}
    for frame in source.frames:
        labels = list(source.labels_on(frame))
        if Trait.OVERLAP not in row.holds:  # what a person drew lies over the rest, void over all
            labels.sort(key=lambda one: (one[0].kind is Kind.VOID, one[1].provenance is Provenance.ANCHOR))
        for number, (found, label, mask) in enumerate(labels):
            rest = mask
            if Trait.OVERLAP not in row.holds:
                for _, _, upper in labels[number + 1 :]:
                    rest = rest.minus(upper)
            if mask.area and not rest.area:
                continue  # nothing is left of it
            if Kind.MASK not in row.kinds and mask.area:
                left_px, top, right, bottom = rest.box
                rest = RleMask.encode_crop(
                    np.ones((bottom - top, right - left_px), bool), (left_px, top), mask.width, mask.height
                )
            kept = Kept(shaped(rest), label.presence, label.confidence, label.provenance)
            left[place[found.object_id], frame] = kept
    return source.objects, left


def without_ids(objects):
    """Return objects but for their ids, which a format may have to change."""
    return [replace(found, object_id=0, position=0) for found in objects]
