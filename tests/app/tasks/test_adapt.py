"""Learning on a clip is judged on anchors that it has not seen, and taken in only where they say that it helps."""

from dataclasses import replace
from types import SimpleNamespace

import pytest
import torch

from app.errors import UserError
from app.media.clip import open_clip
from app.tasks import adapt as module
from app.tasks.adapt import MOST_FRAMES, Trial, Verdict, adapt, why_not_learn
from app.tasks.engine_loader import EngineLoader
from app.tasks.propagate import propagate_masks, whole_clip_run
from engines.correspondence import adapting
from engines.correspondence.adaptation import Adaptation
from engines.labels.presence import Presence
from engines.labels.rle import RleMask
from engines.propagation.types import MaskAnchor, MaskResult
from tests.app.clips import square, write_frames

N_FRAMES = 7


@pytest.fixture
def clip(tmp_path):
    return open_clip(write_frames(tmp_path / "clip", N_FRAMES))


def anchors(*frames, object_id=1):
    return tuple(MaskAnchor(object_id, frame, RleMask.encode(square(frame))) for frame in frames)


def run_of(frames, engine="learned"):
    return whole_clip_run(N_FRAMES, anchors(*frames), engine, "both", "normal", device="cpu")


def whole(steps):
    shares = []
    while True:
        try:
            shares.append(next(steps))
        except StopIteration as stop:
            return stop.value, shares


@pytest.fixture
def carried(monkeypatch):
    """Let carrying give what the test says, `carried.masks[with what was learned]`, and remember what was asked."""

    def give(_clip, run, engines):
        found.runs.append(run)
        for stretch in run.stretches:
            for frame in range(stretch.first, stretch.last + 1):
                mask = RleMask.encode(found.masks[bool(run.learned)](frame))
                yield MaskResult(stretch.object_id, frame, mask, 1.0, Presence.VISIBLE)

    found = SimpleNamespace(masks={False: square, True: square}, runs=[])
    monkeypatch.setattr(module, "propagate_masks", give)
    return found


def half(frame):
    mask = square(frame)
    mask[:22] = False
    return mask


def test_one_anchor_is_not_enough_and_the_sentence_says_so():
    assert "two anchors" in why_not_learn(anchors(3), N_FRAMES)
    assert "two anchors" in why_not_learn(anchors(3) + anchors(5, object_id=2), N_FRAMES)
    nowhere = MaskAnchor(1, 5, RleMask.empty(64, 48))
    assert "two anchors" in why_not_learn((*anchors(3), nowhere), N_FRAMES)
    assert why_not_learn(anchors(0, 6), N_FRAMES) == ""


def test_anchors_too_far_apart_to_be_tried_are_refused_before_anything_is_done(clip):
    far = (*anchors(0), MaskAnchor(1, MOST_FRAMES + 1, anchors(1)[0].mask))
    assert "further apart" in why_not_learn(far, MOST_FRAMES + 2)
    with pytest.raises(UserError, match="two anchors"):
        next(adapt(clip, run_of((2,)), EngineLoader()))
    with pytest.raises(UserError, match="does not learn"):
        next(adapt(clip, run_of((0, 6), "flow"), EngineLoader()))


@pytest.mark.parametrize(
    ("pairs", "is_better"),
    [
        ([(0.8, 0.84), (0.7, 0.7)], True),
        ([(0.8, 0.84), (0.7, 0.695)], True),
        ([(0.8, 0.9), (0.7, 0.68)], False),
        ([(0.8, 0.803), (0.7, 0.702)], False),
        ([(0.8, 0.8)], False),
    ],
    ids=["better", "one a little worse", "one falls", "hardly better", "as before"],
)
def test_only_what_helps_without_harm_is_taken_in(pairs, is_better):
    verdict = Verdict(tuple(Trial(1, frame, *pair) for frame, pair in enumerate(pairs)), 1.0)
    assert verdict.is_better is is_better
    assert ("taken in" if is_better else "discarded") in str(verdict)


def test_a_verdict_reads_as_its_figures():
    verdict = Verdict((Trial(1, 0, 0.80, 0.83), Trial(1, 9, 0.82, 0.85)), 1.0)
    assert str(verdict) == "IoU on 2 left-out anchors .810 → .840: taken in"


def test_every_anchor_in_turn_is_left_out_of_learning_and_of_carrying(clip, carried, monkeypatch):
    learned_from = []
    fit = adapting.fit

    def watched(cycles, cells, seed=0):
        learned_from.append({each.frame for each in cells})
        return fit(cycles, cells, seed)

    monkeypatch.setattr(adapting, "fit", watched)
    learned, _ = whole(adapt(clip, run_of((0, 3, 6)), EngineLoader()))
    assert [trial.frame for trial in learned.verdict.trials] == [0, 3, 6]
    assert learned_from == [{3, 6}, {0, 6}, {0, 3}, {0, 3, 6}]
    left = [{anchor.frame for anchor in run.anchors} for run in carried.runs]
    assert left == [{3, 6}] * 2 + [{0, 6}] * 2 + [{0, 3}] * 2
    assert [run.learned == b"" for run in carried.runs] == [True, False] * 3
    assert not learned.verdict.is_better, "both ways were right"


def test_a_gain_on_what_was_left_out_is_taken_in_and_a_loss_is_not(clip, carried):
    carried.masks = {False: half, True: square}
    better, _ = whole(adapt(clip, run_of((0, 6)), EngineLoader()))
    carried.masks = {False: square, True: half}
    worse, _ = whole(adapt(clip, run_of((0, 6)), EngineLoader()))
    assert (better.verdict.is_better, worse.verdict.is_better) == (True, False)
    assert better.verdict.after == worse.verdict.before == 1.0


def test_objects_of_one_frame_are_tried_together(clip, carried):
    both = anchors(0, 6) + anchors(0, 2, object_id=2) + anchors(4, object_id=3)
    run = whole_clip_run(N_FRAMES, both, "learned", "both", "normal", device="cpu")
    learned, _ = whole(adapt(clip, run, EngineLoader()))
    assert {(trial.object_id, trial.frame) for trial in learned.verdict.trials} == {(1, 0), (2, 0), (2, 2), (1, 6)}
    assert all(3 in {anchor.object_id for anchor in run.anchors} for run in carried.runs), "with one anchor it stays"


def test_learned_on_a_real_clip_it_fits_its_weights_and_changes_what_is_carried(clip):
    engines = EngineLoader()
    learned, shares = whole(adapt(clip, run_of((0, 6)), engines))
    info = engines.weights_of("learned")
    assert learned.weights == info.fingerprint
    assert shares == sorted(shares)
    assert 0 <= shares[0] < shares[-1] < 1
    again, _ = whole(adapt(clip, run_of((0, 6)), engines))
    assert learned.data == again.data
    assert [(trial.before, trial.after) for trial in learned.verdict.trials] == [
        (trial.before, trial.after) for trial in again.verdict.trials
    ]


def test_what_was_learned_for_other_weights_changes_nothing(clip):
    engines = EngineLoader()
    run = run_of((0,))
    matrix = torch.zeros(64, 64)
    matrix[0, 0] = 1.0  # all that is left of a feature is the sign of one channel

    def confidences(adaptation):
        results = propagate_masks(
            clip, replace(run, learned=adaptation.to_bytes() if adaptation else b""), engines=engines
        )
        return [result.confidence for result in results]

    plain = confidences(None)
    assert confidences(Adaptation(matrix, "other weights")) == plain
    assert confidences(Adaptation(matrix, engines.weights_of("learned").fingerprint)) != plain


def test_left_off_it_leaves_no_thread_and_no_decoder_open(clip):
    steps = adapt(clip, run_of((0, 3, 6)), EngineLoader())
    for _ in range(16):
        next(steps)
    steps.close()
