"""The frames that a run still has to label are those a plain look at each frame finds."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.project import pending
from app.project.contents import Contents
from app.project.label_table import LabelTable
from app.project.model import Label, Object, Provenance
from tests.app.project.material import CLIP, N_FRAMES, add_object

FRESH, STALE = "fresh", "stale"
WORLDS = st.lists(
    st.tuples(st.sampled_from([None, "anchor", FRESH, STALE]), st.sampled_from([None, FRESH, STALE])),
    min_size=N_FRAMES,
    max_size=N_FRAMES,
)


def contents_of(world):
    """Return contents of one object whose label and proposal on each frame are as `world` says."""
    anchors = {
        frame: Label(Provenance.ANCHOR, frame + 1) for frame, (label, _) in enumerate(world) if label == "anchor"
    }
    bare = Contents(CLIP, [Object(1, "car", (0, 0, 0))], LabelTable({1: anchors}), LabelTable())

    def derived(frame, state):
        sources = bare.sources(1, frame) if state == FRESH else (777, 777)
        return Label(Provenance.DERIVED, 100 + frame, sources=sources)

    labels = {frame: derived(frame, label) for frame, (label, _) in enumerate(world) if label in (FRESH, STALE)}
    proposals = {frame: derived(frame, state) for frame, (_, state) in enumerate(world) if state is not None}
    return Contents(CLIP, bare.objects.values(), LabelTable({1: anchors | labels}), LabelTable({1: proposals}))


@settings(deadline=None)
@given(WORLDS, st.integers(0, N_FRAMES), st.integers(0, N_FRAMES), st.sampled_from(["forward", "backward", "both"]))
def test_stretches_hold_just_the_frames_that_need_a_label_and_can_get_one(world, start, stop, direction):
    contents = contents_of(world)
    for scope in ("missing", "stale", "all"):
        found = pending.stretches(contents, [1], range(start, stop), direction, scope)
        expected = set()
        for frame in range(start, stop):
            left, right = contents.neighbours(1, frame)
            is_fed = (left is not None and direction != "backward") or (right is not None and direction != "forward")
            is_missing = pending.shown(contents, 1, frame) is None
            is_wanted = scope == "all" or (scope == "missing" and is_missing) or contents.is_stale(1, frame)
            if world[frame][0] != "anchor" and is_fed and is_wanted:
                expected.add(frame)
        frames = [frame for stretch in found for frame in range(stretch.first, stretch.last + 1)]
        assert frames == sorted(expected)
        for stretch in found:
            assert contents.neighbours(1, stretch.first) == (stretch.left, stretch.right)
            assert contents.neighbours(1, stretch.last) == (stretch.left, stretch.right)


@given(WORLDS)
def test_what_is_seen_is_the_anchor_else_the_proposal_else_the_derived_label(world):
    contents = contents_of(world)
    for frame, (label, proposal) in enumerate(world):
        if label == "anchor":
            expected = (contents.label(1, frame), False)
        elif proposal is not None:
            expected = (contents.proposal(1, frame), True)
        else:
            expected = None if label is None else (contents.label(1, frame), False)
        assert pending.shown(contents, 1, frame) == expected


def test_several_objects_come_one_after_another_and_one_without_anchors_not_at_all(project):
    one, two = add_object(project), add_object(project)
    assert pending.stretches(project, [one, two], range(N_FRAMES), "both") == ()


def test_an_unknown_scope_is_refused(project):
    with pytest.raises(ValueError, match="'some'"):
        pending.stretches(project, [1], range(3), "both", "some")
