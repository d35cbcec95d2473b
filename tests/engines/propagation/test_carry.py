import itertools
import weakref
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engines.labels.presence import Presence
from engines.labels.rle import RleMask
from engines.propagation import spool as spool_module
from engines.propagation.carry import carry, cost
from engines.propagation.schedule import n_results, stretches_of
from engines.propagation.types import MaskAnchor, Stretch
from tests.engines.propagation.clips import HEIGHT, WIDTH, CountingClip, ShiftEngine, anchor, nowhere, square


def run(clip, anchors, direction="both", engine=None, stretches=None, near=None):
    if stretches is None:
        ids = sorted({a.object_id for a in anchors})
        stretches = [
            s
            for i in ids
            for s in stretches_of(i, [a.frame for a in anchors if a.object_id == i], len(clip), direction)
        ]
    results = list(carry(engine or ShiftEngine(), clip, anchors, stretches, direction, near=near))
    assert len(results) == n_results(stretches, direction)
    return results


def final(results):
    kept = {(r.object_id, r.frame): r for r in results if r.is_final}
    assert len(kept) == sum(r.is_final for r in results)
    return kept


def test_one_anchor_forward():
    clip = CountingClip.blank(6)
    results = run(clip, [anchor(1, 2, square(5))], "forward")
    assert [r.frame for r in results] == [3, 4, 5]
    assert all(r.is_final for r in results)
    for r in results:
        assert np.array_equal(r.mask.decode(), square(5 + r.frame - 2))
    assert clip.read == [2, 3, 4, 5]


def test_both_ways_from_the_middle():
    clip = CountingClip.blank(6)
    results = run(clip, [anchor(1, 2, square(5))])
    assert [r.frame for r in results] == [3, 4, 5, 1, 0]
    assert all(np.array_equal(r.mask.decode(), square(3 + r.frame)) for r in results)


@settings(max_examples=40, deadline=None)
@given(
    st.dictionaries(st.integers(1, 3), st.sets(st.integers(0, 11), min_size=1), min_size=1),
    st.sampled_from(["forward", "backward", "both"]),
)
def test_a_consistent_clip_is_filled_exactly(anchor_frames, direction):
    clip = CountingClip.blank(12)
    anchors = [anchor(i, f, square(4 * i + f, 6 * i)) for i, frames in anchor_frames.items() for f in frames]
    engine = ShiftEngine()
    results = run(clip, anchors, direction, engine)
    filled = final(results)
    wanted = {
        (i, f)
        for i, frames in anchor_frames.items()
        for s in stretches_of(i, frames, 12, direction)
        for f in range(s.first, s.last + 1)
    }
    assert set(filled) == wanted  # anchors are never results
    for (i, f), r in filled.items():
        assert np.array_equal(r.mask.decode(), square(4 * i + f, 6 * i))
        assert r.presence is Presence.VISIBLE and 0 <= r.confidence <= 1
    # Early results come before the final one of the same frame.
    place = {(r.object_id, r.frame, r.is_final): n for n, r in enumerate(results)}
    assert all(place[i, f, False] < place[i, f, True] for i, f, is_final in place if not is_final)


@settings(max_examples=40, deadline=None)
@given(
    st.dictionaries(st.integers(1, 2), st.sets(st.integers(0, 11), min_size=1), min_size=1),
    st.sampled_from(["forward", "backward", "both"]),
    st.integers(0, 11),
)
def test_beginning_near_a_frame_changes_the_order_and_nothing_else(anchor_frames, direction, near):
    # The engine is wrong by as much as the anchors differ, so that sides contradict each other.
    anchors = [anchor(i, f, square(2 + 3 * (f % 5), 6 * i)) for i, frames in anchor_frames.items() for f in frames]
    usual = run(CountingClip.blank(12), anchors, direction)
    found = run(CountingClip.blank(12), anchors, direction, near=near)
    assert final(found) == final(usual)
    early = [(r.object_id, r.frame) for r in found if not r.is_final]
    assert len(early) == len(set(early)) == sum(not r.is_final for r in usual)
    place = {(r.object_id, r.frame, r.is_final): number for number, r in enumerate(found)}
    assert all(place[i, f, False] < place[i, f, True] for i, f in early)


def test_the_neighbours_of_a_new_anchor_are_carried_first_and_no_frame_twice_the_same_way():
    clip = CountingClip.blank(30)
    anchors = [anchor(1, frame, square(5)) for frame in (0, 10, 14, 20, 29)]
    stretches = [Stretch(1, 11, 13, 10, 14), Stretch(1, 15, 19, 14, 20)]
    results = run(clip, anchors, stretches=stretches, near=14)
    assert clip.read == [14, 15, 16, 17, 18, 19, 14, 13, 12, 11, 10, 11, 12, 13, 20, 19, 18, 17, 16, 15]
    assert [r.frame for r in results if not r.is_final] == [15, 16, 17, 18, 19, 13, 12, 11]


def test_agreement_of_both_sides_raises_confidence():
    results = run(CountingClip.blank(9), [anchor(1, 0, square(5)), anchor(1, 8, square(13))])
    early = {r.frame: r.confidence for r in results if not r.is_final}
    late = {r.frame: r.confidence for r in results if r.is_final}
    assert all(late[f] > early[f] for f in early)


def test_sides_that_contradict_each_other_meet_in_the_middle():
    # Nothing moves as the engine thinks: each half follows its own anchor, and the engine is not sure.
    anchors = [anchor(1, 0, square(2, 2)), anchor(1, 10, square(30, 20))]
    filled = final(run(CountingClip.blank(11), anchors))
    for f in (1, 2, 3, 4):
        assert np.array_equal(filled[1, f].mask.decode(), square(2 + f, 2))
    for f in (6, 7, 8, 9):
        assert np.array_equal(filled[1, f].mask.decode(), square(20 + f, 20))
    assert all(r.confidence <= 0.9 + 1e-9 for r in filled.values())


def test_frames_outside_the_stretches_are_not_read():
    clip = CountingClip.blank(100)
    anchors = [anchor(1, 10, square(5)), anchor(1, 40, square(20)), anchor(2, 60, square(5))]
    stretches = [Stretch(1, 11, 13, 10, 40), Stretch(2, 61, 62, 60, None)]
    run(clip, anchors, "forward", stretches=stretches)
    assert clip.read == [10, 11, 12, 13, 60, 61, 62]


def test_a_part_of_a_gap_is_reached_through_the_frames_before_it():
    clip = CountingClip.blank(30)
    results = run(clip, [anchor(1, 2, square(4))], "forward", stretches=[Stretch(1, 6, 7, 2, None)])
    assert [r.frame for r in results] == [6, 7]
    assert np.array_equal(results[1].mask.decode(), square(9))
    assert clip.read == [2, 3, 4, 5, 6, 7]


def test_one_tracker_goes_through_many_anchors():
    clip = CountingClip.blank(300)
    engine = ShiftEngine()
    anchors = [anchor(1, f, square(f % 30)) for f in range(0, 300, 3)]
    filled = final(run(clip, anchors, "both", engine))
    assert len(filled) == 200
    assert engine.told.count(("begin",)) == 2
    assert max(clip.read.count(f) for f in range(300)) == 2


def test_anchors_on_every_frame_leave_nothing_to_do():
    clip = CountingClip.blank(5)
    assert run(clip, [anchor(1, f, square(f)) for f in range(5)]) == []
    assert clip.read == []
    assert run(CountingClip.blank(1), [anchor(1, 0, square(3))]) == []


def test_objects_are_independent():
    anchors = [anchor(1, 0, square(5)), anchor(2, 4, square(7)), anchor(2, 9, square(12))]
    alone = [final(run(CountingClip.blank(12), [a for a in anchors if a.object_id == i])) for i in (1, 2)]
    together = final(run(CountingClip.blank(12), anchors))
    assert together == alone[0] | alone[1]


@pytest.mark.parametrize("absence", [Presence.OCCLUDED, Presence.OUT_OF_FRAME])
def test_not_here_carries_nothing_but_where_it_is_and_reads_nothing(absence):
    clip = CountingClip.blank(8)
    results = run(clip, [replace(nowhere(1, 0), absence=absence)], "forward")
    assert clip.read == []
    assert all(r.mask.area == 0 and r.presence is absence for r in results)
    confidence = [r.confidence for r in results]
    assert confidence == sorted(confidence, reverse=True) and confidence[0] > 0.9 and confidence[-1] > 0.5


def test_between_not_here_and_a_mask_each_half_follows_its_anchor():
    anchors = [nowhere(1, 0), anchor(1, 10, square(20))]
    filled = final(run(CountingClip.blank(11), anchors))
    assert all(filled[1, f].mask.area == 0 for f in (1, 2, 3))
    assert all(np.array_equal(filled[1, f].mask.decode(), square(10 + f)) for f in (7, 8, 9))
    assert filled[1, 1].presence is not Presence.VISIBLE and filled[1, 9].presence is Presence.VISIBLE


def test_an_object_that_leaves_is_stopped_by_not_here():
    engine = ShiftEngine()
    anchors = [anchor(1, 0, square(5)), nowhere(1, 3), anchor(1, 6, square(9))]
    run(CountingClip.blank(9), anchors, "forward", engine)
    assert [told for told in engine.told if told[0] == "hold"] == [("hold", 1, 0), ("hold", 1, 6)]


def test_memory_does_not_grow_with_the_stretch(monkeypatch):
    """Counts the labels alive at any time, over a stretch much longer than that."""
    alive = weakref.WeakSet()
    most = 0
    real_crop = spool_module.CroppedLabel

    class Watched(real_crop):
        __slots__ = ("__weakref__",)
        __hash__ = object.__hash__

        def __post_init__(self):
            nonlocal most
            alive.add(self)
            most = max(most, len(alive))

    monkeypatch.setattr("engines.propagation.fusion.CroppedLabel", Watched)
    monkeypatch.setattr("engines.propagation.spool.CroppedLabel", Watched)
    monkeypatch.setattr(spool_module, "IN_MEMORY_BYTES", 1000)
    clip = CountingClip.blank(202)
    anchors = [anchor(1, 0, square(0)), anchor(1, 201, square(20))]
    sizes = []
    original_push = spool_module.LabelSpool.push

    def push(self, stretch, label):
        original_push(self, stretch, label)
        sizes.append(len(self._top))

    monkeypatch.setattr(spool_module.LabelSpool, "push", push)
    for r in carry(ShiftEngine(), clip, anchors, stretches_of(1, [0, 201], 202, "both"), "both"):
        del r
    assert most <= 4
    assert set(sizes) == {1}


def test_closing_cancels_at_once():
    clip = CountingClip.blank(50)
    running = carry(ShiftEngine(), clip, [anchor(1, 0, square(0))], stretches_of(1, [0], 50, "forward"), "forward")
    assert [r.frame for r in itertools.islice(running, 3)] == [1, 2, 3]
    running.close()
    assert clip.read == [0, 1, 2, 3]
    assert list(running) == []


@pytest.mark.parametrize(
    ("anchors", "stretches", "message"),
    [
        ([anchor(1, 9, square(0))], [], "frame 9 of a clip of 5"),
        ([MaskAnchor(1, 0, RleMask.empty(9, 9))], [], f"9 x 9, the clip {WIDTH} x {HEIGHT}"),
        ([anchor(1, 0, square(0))], [Stretch(2, 1, 4, 0, None)], "object 2 has no anchor on frame 0"),
        ([anchor(1, 0, square(0))], [Stretch(1, 1, 5, 0, None)], "outside a clip of 5"),
        ([anchor(1, 0, square(0))], [Stretch(1, 1, 3, 0, None), Stretch(1, 3, 4, 0, None)], "overlap"),
    ],
)
def test_what_does_not_fit_is_refused_before_anything_runs(anchors, stretches, message):
    with pytest.raises(ValueError, match=message):
        carry(ShiftEngine(), CountingClip.blank(5), anchors, stretches, "forward")


def test_cost_adds_up_both_sweeps():
    # Object 1 walks 0..9 both ways (11 frames with its anchors), object 2 only forward from 5 to 14.
    stretches = [Stretch(1, 1, 9, 0, 10), Stretch(2, 6, 14, 5, None)]
    told = cost(ShiftEngine(), WIDTH, HEIGHT, stretches, "both", "normal")
    assert told.n_frames == 14  # frames 1 to 14
    forward = 10 + 10  # frames 0..9 and 5..14, one second for each object and frame
    backward = 10  # frames 10..1
    assert told.seconds == forward + backward
    assert told.peak_bytes > 2 * WIDTH * HEIGHT
    assert cost(ShiftEngine(), WIDTH, HEIGHT, [], "both", "normal").n_frames == 0
