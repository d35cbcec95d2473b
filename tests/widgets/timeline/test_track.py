"""Tracks: what a lane shows of the labels, checked against the plain reading of them."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.project.model import NO_ANCHOR, Label, Provenance
from engines.labels.presence import Presence
from widgets.timeline.axis import TimeAxis
from widgets.timeline.track import Cell, Track, unsure_frames

N = 40


def anchor(mask_id=1, presence=Presence.VISIBLE):
    return Label(Provenance.ANCHOR, mask_id, presence)


def derived(confidence=0.8, sources=(NO_ANCHOR, NO_ANCHOR), presence=Presence.VISIBLE):
    return Label(Provenance.DERIVED, 9, presence, confidence, 1, sources)


def track_of(labels, proposals=None, n_frames=N):
    track = Track(n_frames)
    track.read(range(n_frames), labels, proposals or {})
    return track


any_label = st.one_of(
    st.builds(anchor, st.integers(1, 3)),
    st.builds(derived, st.sampled_from([0.25, 0.5, 1.0]), st.tuples(st.integers(0, 3), st.integers(0, 3))),
)
label_maps = st.dictionaries(st.integers(0, N - 1), any_label, max_size=N)


def stale_by_definition(labels, frame):
    anchors = sorted(f for f, label in labels.items() if label.provenance is Provenance.ANCHOR)
    left = [f for f in anchors if f < frame]
    right = [f for f in anchors if f > frame]
    now = (labels[left[-1]].mask_id if left else NO_ANCHOR, labels[right[0]].mask_id if right else NO_ANCHOR)
    return labels[frame].sources != now


@given(label_maps)
def test_a_label_is_stale_exactly_when_its_sources_are_no_longer_its_neighbours(labels):
    track = track_of(labels)
    for frame in range(N):
        is_derived = frame in labels and labels[frame].provenance is Provenance.DERIVED
        assert track.stale[frame] == (is_derived and stale_by_definition(labels, frame))


@given(label_maps, label_maps, st.sets(st.integers(0, N - 1)))
def test_reading_only_the_changed_frames_gives_the_same_as_reading_all(before, after, more):
    touched = {f for f in range(N) if before.get(f) != after.get(f)} | more
    track = track_of(before)
    track.read(touched, after, {})
    fresh = track_of(after)
    assert np.array_equal(track.cells, fresh.cells)
    assert np.array_equal(track.stale, fresh.stale)
    assert np.array_equal(track.anchors, fresh.anchors)


def test_a_proposal_hides_a_derived_label_but_never_an_anchor():
    track = track_of({3: derived(), 4: anchor()}, {3: derived(0.3), 4: derived(0.3), 5: derived(0.3)})
    assert track.cells[3:6].tolist() == [Cell.PROPOSED, Cell.ANCHOR, Cell.PROPOSED]
    assert track.confidence[3:6].tolist() == pytest.approx([0.3, 1.0, 0.3])


def test_what_an_anchor_says_of_presence_is_kept():
    said = dict(zip((3, 8, 9, 20), Presence, strict=True))
    track = track_of({frame: anchor(presence=presence) for frame, presence in said.items()})
    assert track.anchors.tolist() == [3, 8, 9, 20]
    assert {frame: track.presence(frame) for frame in said} == said


def test_columns_tell_out_of_frame_and_uncertain_from_occluded():
    found = (Presence.OCCLUDED, Presence.OUT_OF_FRAME, Presence.UNCERTAIN, Presence.VISIBLE)
    labels = {frame: replace(derived(), presence=presence) for frame, presence in enumerate(found)}
    columns = track_of(labels).columns(TimeAxis(N, N, 0, 1), N)
    assert columns.is_empty[:4].tolist() == [True, True, False, False]
    assert columns.is_out[:4].tolist() == [False, True, False, False]
    assert columns.is_uncertain[:4].tolist() == [False, False, True, False]
    assert not (columns.is_out | columns.is_uncertain)[4:].any()


@given(label_maps, st.integers(1, 90), st.floats(0, 20), st.floats(0, 50))
@example({1: derived(0.25)}, 8, 7.0, 0.0)
def test_columns_sum_up_exactly_the_frames_they_stand_for(labels, n_columns, notches, at_x):
    track = track_of(labels)
    axis = TimeAxis.fitted(N, n_columns).zoomed(notches, at_x)
    columns = track.columns(axis, n_columns)
    edges = axis.column_frames(n_columns)
    for c in range(n_columns):
        frames = [f for f in range(edges[c], max(edges[c] + 1, edges[c + 1])) if 0 <= f < N]
        found = [labels[f] for f in frames if f in labels and labels[f].provenance is Provenance.DERIVED]
        assert columns.cover[c] == pytest.approx(len(found) / len(frames) if frames else 0)
        assert columns.is_stale[c] == any(track.stale[f] for f in frames)
        if frames:
            assert columns.worst[c] == min((label.confidence for label in found), default=1)


def test_a_single_unsure_frame_among_a_hundred_thousand_is_still_seen():
    labels = {f: derived(1.0) for f in range(20_000)} | {12_345: derived(0.1)}
    columns = track_of(labels, n_frames=20_000).columns(TimeAxis(20_000, 500, 0, 500 / 20_000), 500)
    assert columns.worst.min() == pytest.approx(0.1)
    assert int(columns.worst.argmin()) == 12_345 * 500 // 20_000


def test_unsure_frames_come_worst_first_and_not_next_to_each_other():
    labels = {f: derived(0.5 + abs(f - 20) / 100) for f in range(N)} | {2: derived(0.1)}
    found = unsure_frames([(7, track_of(labels))], Cell.DERIVED, 1.0, spread=5)
    assert [entry[:2] for entry in found[:2]] == [(7, 2), (7, 20)]
    frames = sorted(entry[1] for entry in found)
    assert min(b - a for a, b in itertools.pairwise(frames)) >= 5
    assert [entry[2] for entry in found] == sorted(entry[2] for entry in found)


def test_only_frames_below_the_threshold_are_unsure():
    track = track_of({f: derived(0.3 + f / 100) for f in range(N)})
    found = unsure_frames([(7, track)], Cell.DERIVED, 0.4, spread=1)
    assert [entry[1] for entry in found] == [f for f in range(N) if np.float32(0.3 + f / 100) < 0.4]
