import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from widgets.canvas.sampling import Grid, coverage, halved, level_for

WIDTH, HEIGHT = 70, 50


def blob(seed=3):
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    mask = np.zeros((HEIGHT, WIDTH), bool)
    for _ in range(4):
        x, y, radius = rng.uniform(10, 60), rng.uniform(10, 40), rng.uniform(3, 12)
        mask |= (columns - x) ** 2 + (rows - y) ** 2 <= radius**2
    return mask


def cropped(mask):
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    box = (columns[0], rows[0], columns[-1] + 1, rows[-1] + 1)
    return mask[box[1] : box[3], box[0] : box[2]].astype(np.uint8) * 255, (int(box[0]), int(box[1]))


def looked_up(mask, grid, offset=(0.0, 0.0)):
    """The mask at the centres of device pixels moved by `offset`, one by one."""
    x = np.floor((np.arange(grid.left, grid.left + grid.width) + 0.5 + offset[0] - grid.origin[0]) / grid.scale)
    y = np.floor((np.arange(grid.top, grid.top + grid.height) + 0.5 + offset[1] - grid.origin[1]) / grid.scale)
    inside = ((y >= 0) & (y < HEIGHT))[:, None] & ((x >= 0) & (x < WIDTH))
    values = mask[np.clip(y, 0, HEIGHT - 1).astype(int)[:, None], np.clip(x, 0, WIDTH - 1).astype(int)]
    return np.where(inside, values, False)


@settings(max_examples=30, deadline=None)
@given(st.floats(2, 40), st.floats(-300, 300), st.floats(-300, 300), st.integers(-50, 200), st.integers(-50, 200))
def test_magnified_every_device_pixel_shows_the_pixel_under_its_centre(scale, x, y, left, top):
    mask = blob()
    grid = Grid(scale, (x, y), left, top, 90, 60)
    crop, corner = cropped(mask)
    np.testing.assert_array_equal(coverage(crop, corner, grid), looked_up(mask, grid) * np.uint8(255))


@settings(max_examples=30, deadline=None)
@given(st.floats(0.5, 1.99), st.integers(-40, 40), st.integers(-40, 40))
def test_between_edges_are_soft_and_everything_else_is_exact(scale, x, y):
    mask = blob()
    grid = Grid(scale, (x, y), -60, -60, 260, 240)
    crop, corner = cropped(mask)
    covered = coverage(crop, corner, grid)
    # Half an image pixel, and what aligning with the lattice of the screen may miss: 0.3 device pixels near scale 1.
    reach = 0.5 * max(1.0, scale) + 0.3
    offsets = np.linspace(-reach, reach, 5)
    around = [looked_up(mask, grid, (dx, dy)) for dx in offsets for dy in offsets]
    assert (covered[np.all(around, axis=0)] == 255).all()
    assert (covered[~np.any(around, axis=0)] == 0).all()
    assert abs(covered.sum() / 255 / scale**2 - mask.sum()) < 0.02 * mask.sum()


@settings(max_examples=30, deadline=None)
@given(st.floats(0.05, 3), st.integers(-40, 40), st.integers(0, 60), st.integers(0, 40), st.integers(1, 40))
def test_a_piece_is_what_the_whole_shows_there(scale, x, left, top, size):
    mask = blob()
    level = level_for(scale)
    crop, corner = halved(*cropped(mask), level)
    whole = coverage(crop, corner, Grid(scale, (x, 3), 0, 0, 110, 90).halved(level))
    piece = coverage(crop, corner, Grid(scale, (x, 3), left, top, size, size).halved(level))
    expected = whole[top : top + size, left : left + size]
    assert np.abs(piece.astype(int) - expected).max() <= 16  # 2 / 64 of an edge


def test_halving_keeps_the_area_and_the_place():
    mask = blob()
    crop, corner = halved(*cropped(mask), 2)
    assert crop.sum() / 255 * 16 == pytest.approx(mask.sum(), rel=0.01)
    rows, columns = np.nonzero(mask)
    small_rows, small_columns = np.mgrid[: crop.shape[0], : crop.shape[1]]
    assert (small_columns * crop).sum() / crop.sum() + corner[0] == pytest.approx(columns.mean() / 4 - 3 / 8, abs=0.02)
    assert (small_rows * crop).sum() / crop.sum() + corner[1] == pytest.approx(rows.mean() / 4 - 3 / 8, abs=0.02)


def test_levels_leave_at_most_a_halving():
    for scale in (0.013, 0.1, 0.25, 0.26, 0.49, 0.5, 0.51, 1.0, 30.0):
        rest = scale * 2 ** level_for(scale)
        assert 0.5 < rest <= 1.0 or scale > 0.5


def test_around_a_box_the_grid_holds_all_it_can_reach_and_stays_in_bounds():
    grid = Grid(2.5, (10.0, -5.0), 0, 0, 100, 80)
    assert grid.around((4, 8, 10, 12), 3) == Grid(2.5, (10.0, -5.0), 17, 12, 21, 16)
    assert grid.around((400, 8, 410, 12), 3).is_empty


def test_the_image_box_under_a_grid():
    assert Grid(0.5, (10.0, 10.0), 20, 10, 10, 10).image_box(1, 100, 15) == (19, 0, 41, 15)
