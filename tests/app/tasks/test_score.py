import numpy as np
import pytest

from app.errors import UserError
from app.formats.mask_png import davis_palette, write_mask
from app.tasks.score import MaskScore, score_masks
from engines.metrics.davis import score_object
from tests.app.clips import square, write_label


def folder_of(path, pictures):
    path.mkdir()
    for frame, values in enumerate(pictures):
        write_mask(path / f"{frame:05d}.png", values.astype(np.uint8), davis_palette())
    return path


def score(truth, prediction):
    *steps, found = score_masks(truth, prediction)
    assert isinstance(found, MaskScore)
    assert steps == [(number + 1, len(steps)) for number in range(len(steps))]
    return found


def test_the_truth_scores_1_against_itself(tmp_path):
    truth = folder_of(tmp_path / "t", [square(frame) for frame in range(4)])
    assert score(truth, truth).mean == (1.0, 1.0)


def test_objects_are_scored_apart_and_as_the_metric_says(tmp_path):
    frames = range(5)
    truth = [square(frame) * 1 + np.roll(square(frame), 24, 1) * 2 for frame in frames]
    prediction = [square(frame) * 1 + np.roll(square(0), 24, 1) * 2 for frame in frames]
    found = score(folder_of(tmp_path / "t", truth), folder_of(tmp_path / "p", prediction))
    assert found.objects[1].j.mean == 1.0
    expected = score_object(
        [(a == 2, b == 2) for a, b in zip(truth, prediction, strict=True)],
    )
    assert found.objects[2].j == expected.j
    assert found.objects[2].f == expected.f
    assert found.mean[0] == pytest.approx((1 + expected.j.mean) / 2)


def test_the_first_and_last_frame_do_not_count(tmp_path):
    truth = folder_of(tmp_path / "t", [square(frame) for frame in range(4)])
    prediction = folder_of(tmp_path / "p", [square(frame) * (frame in (1, 2)) for frame in range(4)])
    assert score(truth, prediction).mean == (1.0, 1.0)


def test_a_single_object_needs_no_common_id(tmp_path):
    truth = folder_of(tmp_path / "t", [square(frame) * 3 for frame in range(3)])
    prediction = folder_of(tmp_path / "p", [square(frame) for frame in range(3)])
    found = score(truth, prediction)
    assert found.mean == (1.0, 1.0)
    assert found.notes == ("Object 1 of the prediction was taken for object 3 of the truth.",)


def test_frames_that_only_the_prediction_has_are_told(tmp_path):
    truth = folder_of(tmp_path / "t", [square(frame) for frame in range(3)])
    found = score(truth, folder_of(tmp_path / "p", [square(frame) for frame in range(5)]))
    assert found.n_frames == 3
    assert found.notes == ("The truth has 3 frames; 2 more of the prediction were not scored.",)


def test_a_truth_in_black_and_white_is_compared_with_all_objects_as_one(tmp_path):
    halves = [square(frame) * (1 + (np.arange(square(0).shape[1]) > 20)) for frame in range(3)]
    truth = folder_of(tmp_path / "t", [square(frame) * 255 for frame in range(3)])
    found = score(truth, folder_of(tmp_path / "p", halves))
    assert found.mean == (1.0, 1.0)
    assert list(found.objects) == [255]
    assert "scored as one" in found.notes[0]


def test_void_pixels_of_the_truth_are_left_out_and_void_is_no_object(tmp_path):
    void = np.zeros_like(square(0))
    void[:, 20:] = True
    truth = [np.where(void, 255, square(frame)) for frame in range(4)]
    wrong_in_void = [np.where(void, 1, square(frame)) for frame in range(4)]
    with_void = [np.where(np.roll(void, -5, 0), 255, picture) for picture in truth]
    for name, prediction in (("p", wrong_in_void), ("v", with_void)):
        found = score(folder_of(tmp_path / f"t{name}", truth), folder_of(tmp_path / name, prediction))
        assert found.mean == (1.0, 1.0)
        assert list(found.objects) == [1]
        assert "void" in found.notes[-1]


def test_objects_that_the_truth_does_not_know_are_told(tmp_path):
    truth = folder_of(tmp_path / "t", [square(frame) for frame in range(3)])
    prediction = folder_of(tmp_path / "p", [square(frame) + 6 * (np.roll(square(frame), 20, 1)) for frame in range(3)])
    (note,) = score(truth, prediction).notes
    assert "no object 6" in note


def test_a_truth_of_some_frames_is_enough(tmp_path):
    prediction = folder_of(tmp_path / "p", [square(frame) for frame in range(9)])
    for frame in (0, 4, 8):
        write_label(tmp_path / "t" / f"{frame:05d}.png", frame)
    assert score(tmp_path / "t", prediction).n_frames == 3


def test_what_cannot_be_scored_is_refused(tmp_path):
    truth = folder_of(tmp_path / "t", [square(frame) for frame in range(4)])
    short = folder_of(tmp_path / "short", [square(0)] * 3)
    with pytest.raises(UserError, match=r"lacks 1 of the truth's 4 frames, first 00003\.png"):
        score(truth, short)
    with pytest.raises(UserError, match="2 frames"):
        score(folder_of(tmp_path / "two", [square(0)] * 2), truth)
    with pytest.raises(UserError, match="shows no object"):
        score(folder_of(tmp_path / "empty", [square(0) * 0] * 4), truth)
    with pytest.raises(UserError, match="64 x 47"):
        score(truth, folder_of(tmp_path / "small", [square(0)[1:]] * 4))
    with pytest.raises(UserError, match="one file"):
        score(truth / "00000.png", truth)
    with pytest.raises(UserError, match="There is no"):
        score(truth, tmp_path / "nowhere")
