import csv
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from app.formats.label_pictures import read_labels
from app.formats.mask_png import davis_palette, read_mask, write_mask
from app.media.clip import open_clip
from app.tasks.mask_folder import write_masks
from engines.labels.doubt import DoubtMap
from engines.labels.presence import Presence
from engines.labels.rle import RleMask
from engines.propagation.types import MaskResult
from tests.app.clips import HEIGHT, WIDTH, write_frames, write_label

N_FRAMES = 4


@pytest.fixture
def clip(tmp_path):
    return open_clip(write_frames(tmp_path / "clip", N_FRAMES))


def rows_mask(first, last):
    mask = np.zeros((HEIGHT, WIDTH), bool)
    mask[first:last] = True
    return mask


def result(object_id, frame, mask, confidence=0.75, is_final=True):
    return MaskResult(object_id, frame, RleMask.encode(mask), confidence, Presence.VISIBLE, is_final)


def labels_of(tmp_path, clip, *ids):
    picture = np.zeros((HEIGHT, WIDTH), np.uint8)
    for row, object_id in enumerate(ids):
        picture[row] = object_id
    write_mask(tmp_path / "label.png", picture, davis_palette())
    return read_labels(tmp_path / "label.png", clip), picture


def written(clip, labels, results, out):
    n_steps = sum(1 for _ in write_masks(clip, labels, results, out))
    return n_steps, [read_mask(out / f"{frame:05d}.png").values for frame in range(N_FRAMES)]


def test_every_frame_gets_a_picture_and_anchors_come_out_bit_for_bit(tmp_path, clip):
    labels, picture = labels_of(tmp_path, clip, 3, 200)
    _, found = written(clip, labels, [result(3, 2, rows_mask(5, 9))], tmp_path / "out")
    assert np.array_equal(found[0], picture)
    assert not found[1].any()
    assert np.array_equal(found[2], rows_mask(5, 9) * 3)
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        *(f"{frame:05d}.png" for frame in range(N_FRAMES)),
        "confidence.csv",
    ]


def test_doubt_is_written_where_it_is_asked_for_the_most_of_all_objects(tmp_path, clip):
    labels, _ = labels_of(tmp_path, clip, 1, 2)
    halves = [
        replace(result(number, 2, rows_mask(5, 9)), doubt=DoubtMap.encode(np.full((2, 2), chance, np.float32), box))
        for number, chance, box in ((1, 0.25, (0, 0, 40, 30)), (2, 1.0, (30, 0, 60, 30)))
    ]
    for _ in write_masks(clip, labels, halves, tmp_path / "out", with_doubt=True):
        pass
    found = [read_mask(tmp_path / "out" / "doubt" / f"{frame:05d}.png").values for frame in range(N_FRAMES)]
    assert not any(found[frame].any() for frame in (0, 1, 3))
    assert (found[2][:30, :30] == 64).all() and (found[2][:30, 30:60] == 255).all()
    assert not found[2][30:].any() and not found[2][:, 60:].any()


def test_void_is_no_object_and_comes_out_as_it_went_in(tmp_path, clip):
    labels, picture = labels_of(tmp_path, clip, 1, 255)
    assert labels.object_ids == (1,)
    assert "void" in labels.notes[-1]
    _, found = written(clip, labels, [result(1, 2, rows_mask(5, 9))], tmp_path / "out")
    assert np.array_equal(found[0], picture)
    assert np.array_equal(found[2], rows_mask(5, 9))
    alone, _ = labels_of(tmp_path, clip, 255)
    assert (alone.object_ids, alone.void) == ((255,), {})


def test_the_highest_id_takes_a_pixel_in_whatever_order_objects_arrive(tmp_path, clip):
    labels, _ = labels_of(tmp_path, clip, 1, 2)
    lower, upper = rows_mask(0, 20), rows_mask(10, 30)
    orders = (
        [result(1, 1, lower), result(2, 1, upper), result(1, 2, lower), result(2, 2, upper)],
        [result(2, 1, upper), result(2, 2, upper), result(1, 2, lower), result(1, 1, lower)],
    )
    expected = np.where(upper, 2, lower)
    for number, results in enumerate(orders):
        n_steps, found = written(clip, labels, results, tmp_path / f"out{number}")
        assert n_steps == 4
        assert np.array_equal(found[1], expected)
        assert np.array_equal(found[2], expected)


def test_only_final_results_count(tmp_path, clip):
    labels, _ = labels_of(tmp_path, clip, 1)
    results = [result(1, 1, rows_mask(0, 40), is_final=False), result(1, 1, rows_mask(3, 5))]
    _, found = written(clip, labels, results, tmp_path / "out")
    assert np.array_equal(found[1], rows_mask(3, 5))


def test_the_table_of_confidence_has_a_row_for_every_object_on_every_frame(tmp_path, clip):
    labels, _ = labels_of(tmp_path, clip, 1, 5)
    written(clip, labels, [result(5, 2, rows_mask(1, 2), 0.625)], tmp_path / "out")
    with (tmp_path / "out" / "confidence.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(int(row["frame"]), int(row["object"])) for row in rows] == [
        (frame, object_id) for frame in range(N_FRAMES) for object_id in (1, 5)
    ]
    by_key = {(row["frame"], row["object"]): (float(row["confidence"]), row["presence"]) for row in rows}
    assert by_key["0", "1"] == by_key["0", "5"] == (1.0, "visible")
    assert by_key["2", "5"] == (0.625, "visible")
    assert by_key["2", "1"] == (0.0, "uncertain")


def test_an_anchor_that_says_not_here_is_certain_of_it(tmp_path, clip):
    write_label(tmp_path / "labels" / "00000.png")
    write_label(tmp_path / "labels" / "00003.png", value=2)
    written(clip, read_labels(tmp_path / "labels", clip), [], tmp_path / "out")
    lines = (tmp_path / "out" / "confidence.csv").read_text().splitlines()
    assert "0,2,1.0000,out_of_frame" in lines


def test_the_palette_that_came_in_goes_out(tmp_path, clip):
    image = Image.fromarray(np.ones((HEIGHT, WIDTH), np.uint8))
    image.putpalette([1, 2, 3, 250, 150, 50])
    image.save(tmp_path / "m.png")
    written(clip, read_labels(tmp_path / "m.png", clip), [], tmp_path / "out")
    with Image.open(tmp_path / "out" / "00002.png") as found:
        assert found.getpalette()[:6] == [1, 2, 3, 250, 150, 50]


def test_a_run_that_fails_half_way_leaves_nothing(tmp_path, clip):
    labels, _ = labels_of(tmp_path, clip, 1)

    def failing():
        yield result(1, 1, rows_mask(0, 5))
        raise RuntimeError("engine")

    with pytest.raises(RuntimeError, match="engine"):
        written(clip, labels, failing(), tmp_path / "out")
    assert not (tmp_path / "out").exists()
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]
