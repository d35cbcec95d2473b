"""Rich labels of points for every format, and what is left of them after it."""

import math
from dataclasses import replace

from hypothesis import strategies as st

from app.formats.interface import LabelSource
from app.formats.registry import FORMATS
from app.project.model import Kind, Label, Object, Provenance
from app.project.skeleton import Skeleton, skeleton_of
from engines.labels.points import Joint, Points
from engines.labels.presence import Presence
from tests.app.formats import material
from tests.app.formats.material import NAMES, Kept

POINT_FORMATS = {name: row for name, row in FORMATS.items() if row.kinds == {Kind.POINTS}}

COLOURS = st.tuples(*[st.integers(0, 255)] * 3)


@st.composite
def skeletons(draw):
    """Return one to four joints in any script, their slots in any order, with some bones and pairs."""
    names = draw(st.lists(NAMES.filter(bool), min_size=1, max_size=4, unique=True))
    slots = draw(st.permutations(range(len(names) + 1)))
    couples = [(first, second) for place, first in enumerate(names) for second in names[place + 1 :]]
    bones = [couple for couple in couples if draw(st.booleans())]
    pairs = [tuple(names[:2])] if len(names) > 1 and draw(st.booleans()) else []
    colours = {name: draw(COLOURS) for name in names}
    return skeleton_of(
        draw(NAMES) or "animal", names, bones, pairs, colours, dict(zip(names, slots[: len(names)], strict=True))
    )


@st.composite
def joints(draw, skeleton, width, height, *, is_sure):
    """Return where joints are: most in the picture, some hidden, some outside, some not placed."""
    found = [None] * skeleton.n_slots
    for joint in skeleton.joints:
        if draw(st.integers(0, 3)):
            margin = draw(st.sampled_from((0, 0, 9)))
            x, y = (draw(st.floats(-0.5 - margin, side - 0.5 + margin)) for side in (width, height))
            sure = 1.0 if is_sure else draw(st.floats(0, 1, width=32))
            found[joint.slot] = Joint(x, y, draw(st.booleans()), sure)
    return Points.of(found)


@st.composite
def point_sources(draw):
    """Return what a project may have to export: animals of one skeleton, gaps, absences, names in any script."""
    width, height, n_frames = draw(st.integers(2, 40)), draw(st.integers(2, 40)), draw(st.integers(1, 4))
    names = draw(st.sampled_from(((), tuple(f"img_{frame:03d}.png" for frame in range(7, 7 + n_frames)))))
    clip = material.bare_clip(width, height, n_frames, names)
    skeleton = draw(skeletons())
    objects = tuple(
        Object(
            object_id, draw(NAMES) or "x", draw(COLOURS), draw(NAMES), Kind.POINTS, position=place, skeleton=skeleton
        )
        for place, object_id in enumerate(draw(st.lists(st.integers(1, 400), unique=True, min_size=1, max_size=3)))
    )
    stored, labels = [], {}
    for frame in range(n_frames):
        for found in objects:
            if draw(st.integers(0, 2)):
                is_derived = draw(st.booleans())
                points = draw(joints(skeleton, width, height, is_sure=not is_derived))
                presence = points.presence
                if draw(st.integers(0, 3)) == 0:
                    presence = Presence.UNCERTAIN if points.joints else Presence.OCCLUDED
                stored.append(points)
                said = (Provenance.DERIVED, len(stored), presence, draw(st.floats(0, 1)))
                labels.setdefault(frame, {})[found.object_id] = Label(
                    *(said if is_derived else (Provenance.ANCHOR, *said[1:3]))
                )
    return LabelSource(clip, objects, labels, {}.__getitem__, lambda points_id: stored[points_id - 1])


def animals(clip, frames=(0, 1, 3), skeleton=None):
    """Return a small source: two animals, hidden joints, a gap, a derived frame, a label that says "not here"."""
    skeleton = skeleton or skeleton_of(
        "stick", ["head", "left_end", "right_end"], [("head", "left_end"), ("head", "right_end")]
    )
    objects = tuple(
        Object(object_id, name, (1, 2, 3), "stick insect", Kind.POINTS, position=object_id, skeleton=skeleton)
        for object_id, name in ((1, "ann"), (2, "bob"))
    )
    stored, labels = [], {}
    for frame in frames:
        for object_id in (1, 2):
            is_derived = frame == 1
            sure = 0.25 if is_derived else 1.0
            points = Points.of(
                [Joint(2.5 + frame, 3.25 * object_id, True, sure), None, Joint(7, 4.125 + frame, frame == 0, sure)]
            )
            if (object_id, frame) == (2, 3):
                points = Points()
            stored.append(points)
            provenance = Provenance.DERIVED if is_derived else Provenance.ANCHOR
            labels.setdefault(frame, {})[object_id] = Label(provenance, len(stored), points.presence, sure)
    return LabelSource(clip, objects, labels, {}.__getitem__, lambda points_id: stored[points_id - 1])


def sorted_skeleton(skeleton):
    """Return a skeleton with its joints' slots in order, as it comes out of any file."""
    slots = {joint.slot: place for place, joint in enumerate(skeleton.joints)}
    return Skeleton(
        skeleton.name,
        tuple(replace(joint, slot=slots[joint.slot]) for joint in skeleton.joints),
        tuple((slots[left], slots[right]) for left, right in skeleton.bones),
        tuple((slots[left], slots[right]) for left, right in skeleton.pairs),
    )


def expected(source, keeps=lambda joint, clip: True):
    """Return what is left of `source`, as `material.read_back` gives it, of the joints that a format `keeps`."""
    place = {found.object_id: number for number, found in enumerate(source.objects)}
    left = {}
    for frame in source.frames:
        for found, label, points in source.points_on(frame):
            inside = [
                joint if joint is not None and keeps(joint, source.clip) else None
                for joint in (points.at(joint.slot) for joint in found.skeleton.joints)
            ]
            kept = Points.of(inside)
            if points.joints and not kept.joints:
                continue
            presence = label.presence
            if kept != Points.of([points.at(joint.slot) for joint in found.skeleton.joints]):
                presence = presence if presence is Presence.UNCERTAIN else kept.presence
            left[place[found.object_id], frame] = Kept(kept, presence, label.confidence, label.provenance)
    return tuple(replace(found, skeleton=sorted_skeleton(found.skeleton)) for found in source.objects), left


def assert_alike(labels, wanted, reach_px):
    """Check that labels are the same but for places, which may be off by `reach_px`."""
    assert labels.keys() == wanted.keys()
    for key, kept in labels.items():
        assert replace(kept, mask=None) == replace(wanted[key], mask=None)
        assert_near(kept.mask, wanted[key].mask, reach_px)


def assert_near(points, wanted, reach_px):
    """Check that two labels have the same joints, no farther apart than `reach_px`."""
    assert len(points.joints) == len(wanted.joints)
    for joint, told in zip(points.joints, wanted.joints, strict=True):
        assert (joint is None) == (told is None)
        if joint is not None:
            assert math.dist(joint[:2], told[:2]) <= reach_px
            assert joint[2:] == told[2:]
