"""Rough masks of a disc that moves over a picture: boxes that are too wide come to fit, and doubles go."""

import numpy as np
import pytest

from engines.proposals.boxes import pair_overlaps
from engines.proposals.hypercolumns import CellView
from engines.proposals.refining import MOST_SKETCHED, SKETCHED_FRAMES, followed, refined, sketched_frames
from engines.proposals.sketch import SketchBook, alike
from engines.proposals.tubes import USUAL_FILL, Step, Tube

F, ROWS, COLUMNS, CELL = 6, 40, 60, 4
SIZE = (COLUMNS * CELL, ROWS * CELL)
RADIUS = 7
GONE = 4


@pytest.fixture(scope="module")
def disc():
    """Cells in which a disc of its own look and motion goes right over noise, away on one frame; its true boxes."""
    rng = np.random.default_rng(0)
    y, x = np.mgrid[:ROWS, :COLUMNS] + 0.5
    cells, boxes = [], []
    for frame in range(F):
        middle = np.array([18 + 4 * frame, 20])
        inside = (np.hypot(x - middle[0], y - middle[1]) < RADIUS) & (frame != GONE)
        look = rng.normal(0, 0.5, (ROWS, COLUMNS, 8))
        look[inside, :2] += 2
        lab = np.where(inside[..., None], 60.0, 20.0) + np.zeros(3)
        own = np.where(inside[..., None], [3.0, 0.0], 0.0).astype(np.float32)
        cells.append(CellView(look.astype(np.float16), lab.astype(np.float16), own))
        boxes.append([*(middle - RADIUS), *(middle + RADIUS)] if frame != GONE else [np.nan] * 4)
    return SketchBook(cells, SIZE), np.array(boxes, np.float32) * CELL


def tube(boxes, score=0.5):
    return Tube(np.array(boxes, np.float32), score, np.zeros(len(boxes), np.float32))


def wide(boxes):
    return boxes + np.array([-14, -10, 8, 16], np.float32)


def test_a_wide_box_comes_to_fit_and_an_absence_stays(disc):
    book, boxes = disc
    sketch = book.sketch(wide(boxes))
    there = np.arange(F) != GONE
    assert np.isnan(sketch.boxes[GONE]).all() and not sketch.masks[GONE].any()
    before, after = (pair_overlaps(each[there], boxes[there]).mean() for each in (wide(boxes), sketch.boxes))
    assert before < 0.55 and after > 0.8
    assert 0.6 < sketch.fill <= 1 and sketch.at_border == 0
    assert alike(sketch, sketch) == 1


def test_a_tube_without_a_box_has_no_sketch(disc):
    assert disc[0].sketch(np.full((F, 4), np.nan, np.float32)) is None


def test_tubes_of_one_object_become_one(disc):
    book, boxes = disc
    *steps, found = refined([tube(wide(boxes), 0.6), tube(wide(boxes) + 2, 0.4)], book, range(F), SIZE)
    assert [(step.done, step.total) for step in steps] == [(1, 2), (2, 2)]
    assert all(isinstance(step, Step) for step in steps)
    assert len(found) == 1 and 0 < found[0].score < 1 and found[0].fill > USUAL_FILL
    assert pair_overlaps(found[0].boxes, boxes).sum() / (F - 1) > 0.8


def test_those_that_nobody_sketches_stay_behind_the_others(disc):
    book, boxes = disc
    many = [tube(boxes, 0.9 - 0.01 * number) for number in range(MOST_SKETCHED + 2)]
    *_, found = refined(many, book, range(F), SIZE)
    scores = [each.score for each in found]
    assert len(found) == 3 and scores == sorted(scores, reverse=True)


def test_between_sketched_frames_sides_move_in_proportion():
    boxes = np.array([[0, 0, 10, 10], [10, 0, 30, 20], [20, 0, 60, 40]], np.float32)
    better = np.array([[1, 1, 9, 9], [24, 4, 56, 36]], np.float32)
    assert np.allclose(followed(boxes, np.array([0, 2]), better), [[1, 1, 9, 9], [12, 2, 28, 18], [24, 4, 56, 36]])
    assert followed(boxes, np.array([0, 2]), np.full((2, 4), np.nan, np.float32)) is boxes
    away = np.array([[0, 0, 10, 10], [np.nan] * 4, [20, 0, 60, 40]], np.float32)
    assert np.isnan(followed(away, np.array([0, 2]), better)[1]).all()


def test_sketched_frames_reach_both_ends_and_are_few():
    assert sketched_frames([0]) == [0]
    assert sketched_frames([0, 3, 6]) == [0, 3, 6]
    many = sketched_frames(list(range(0, 900, 9)))
    assert len(many) == SKETCHED_FRAMES and (many[0], many[-1]) == (0, 891)
