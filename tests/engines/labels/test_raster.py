import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from engines.labels.raster import connected_region, fill_polygon, similar_region, stamp_segment, union

WIDTH, HEIGHT = 48, 40
ROWS, COLUMNS = np.mgrid[:HEIGHT, :WIDTH]
RIM = 1e-6  # nearer to the rim than this, rounding may decide either way

coordinates = st.floats(-20, 70, allow_nan=False)
points = st.tuples(coordinates, coordinates)
radii = st.floats(0.5, 25)


def swept_distance(p0, p1, radius0, radius1):
    """Signed distance of every pixel centre from a gliding disc, by ternary search along the way."""
    low, high = np.zeros((HEIGHT, WIDTH)), np.ones((HEIGHT, WIDTH))

    def distance(t):
        x, y = p0[0] + t * (p1[0] - p0[0]), p0[1] + t * (p1[1] - p0[1])
        return np.hypot(COLUMNS - x, ROWS - y) - (radius0 + t * (radius1 - radius0))

    for _ in range(50):  # the distance is convex in t
        third = (high - low) / 3
        is_left = distance(low + third) < distance(high - third)
        high = np.where(is_left, high - third, high)
        low = np.where(is_left, low, low + third)
    return np.minimum(distance((low + high) / 2), np.minimum(distance(0), distance(1)))


@settings(max_examples=60, deadline=None)
@given(points, points, radii, radii)
def test_a_segment_paints_what_the_gliding_disc_covers(p0, p1, radius0, radius1):
    mask = np.zeros((HEIGHT, WIDTH), bool)
    stamp_segment(mask, p0, p1, radius0, radius1, True)
    distance = swept_distance(p0, p1, radius0, radius1)
    for x, y in (p0, p1):  # the pixels that hold the ends are painted besides
        distance[(np.floor(x + 0.5) == COLUMNS) & (np.floor(y + 0.5) == ROWS)] = -1
    is_clear = np.abs(distance) > RIM
    np.testing.assert_array_equal(mask[is_clear], (distance <= 0)[is_clear])


@pytest.mark.parametrize("radius", [1, 2, 5, 10, 13])
def test_a_disc_holds_the_pixels_whose_centre_is_within_the_radius(radius):
    mask = np.zeros((HEIGHT, WIDTH), bool)
    box = stamp_segment(mask, (20, 19), (20, 19), radius, radius, True)
    np.testing.assert_array_equal(mask, radius**2 >= (COLUMNS - 20) ** 2 + (ROWS - 19) ** 2)
    assert box == (20 - radius, 19 - radius, 20 + radius + 1, 19 + radius + 1)


@settings(max_examples=50, deadline=None)
@given(points, points)
def test_the_smallest_brush_leaves_an_unbroken_line(p0, p1):
    mask = np.zeros((HEIGHT + 100, WIDTH + 100), bool)
    p0, p1 = (p0[0] + 25, p0[1] + 25), (p1[0] + 25, p1[1] + 25)
    stamp_segment(mask, p0, p1, 0.5, 0.5, True)
    assert mask[int(p0[1] + 0.5), int(p0[0] + 0.5)]
    assert mask[int(p1[1] + 0.5), int(p1[0] + 0.5)]
    assert ndimage.label(mask, np.ones((3, 3)))[1] == 1


def test_radius_one_half_paints_one_pixel():
    for x, y in [(7, 9), (7.3, 8.8), (7.49, 9.49)]:
        mask = np.zeros((HEIGHT, WIDTH), bool)
        assert stamp_segment(mask, (x, y), (x, y), 0.5, 0.5, True) == (7, 9, 8, 10)
        assert mask.sum() == 1


@settings(max_examples=50, deadline=None)
@given(points, points, radii, radii)
def test_the_box_holds_every_change_and_the_value_erases(p0, p1, radius0, radius1):
    mask = np.full((HEIGHT, WIDTH), 255, np.uint8)
    left, top, right, bottom = stamp_segment(mask, p0, p1, radius0, radius1, 0)
    changed = mask == 0
    inside = changed[top:bottom, left:right]
    assert changed.sum() == inside.sum()
    if changed.any():
        assert inside.any(axis=1)[[0, -1]].all()
        assert inside.any(axis=0)[[0, -1]].all()
    else:
        assert (left, top, right, bottom) == (0, 0, 0, 0)


def even_odd(corners):
    """Even-odd rule, pixel by pixel, with the left and upper edges inside."""
    inside = np.zeros((HEIGHT, WIDTH), bool)
    for (x0, y0), (x1, y1) in zip(corners, corners[1:] + corners[:1], strict=True):
        crosses = (y0 < ROWS) != (y1 < ROWS)
        with np.errstate(divide="ignore", invalid="ignore"):
            x = x0 + (ROWS - y0) * ((x1 - x0) / np.float64(y1 - y0))
        inside ^= crosses & (x <= COLUMNS)
    return inside


def distance_to_edges(corners):
    distance = np.full((HEIGHT, WIDTH), np.inf)
    for (x0, y0), (x1, y1) in zip(corners, corners[1:] + corners[:1], strict=True):
        length2 = (x1 - x0) ** 2 + (y1 - y0) ** 2
        t = 0 if length2 == 0 else np.clip(((COLUMNS - x0) * (x1 - x0) + (ROWS - y0) * (y1 - y0)) / length2, 0, 1)
        distance = np.minimum(distance, np.hypot(COLUMNS - x0 - t * (x1 - x0), ROWS - y0 - t * (y1 - y0)))
    return distance


@settings(max_examples=60, deadline=None)
@given(st.lists(points, min_size=3, max_size=9))
def test_a_polygon_holds_the_pixels_whose_centre_it_holds(corners):
    mask = np.zeros((HEIGHT, WIDTH), bool)
    left, top, right, bottom = fill_polygon(mask, corners, True)
    is_clear = distance_to_edges(corners) > RIM
    np.testing.assert_array_equal(mask[is_clear], even_odd(corners)[is_clear])
    assert mask.sum() == mask[top:bottom, left:right].sum()


def test_a_rectangle_between_pixel_centres_is_exact():
    mask = np.zeros((HEIGHT, WIDTH), bool)
    box = fill_polygon(mask, [(3.5, 4.5), (10.5, 4.5), (10.5, 7.5), (3.5, 7.5)], True)
    assert box == (4, 5, 11, 8)
    assert mask.sum() == 7 * 3


def test_polygons_that_share_an_edge_neither_overlap_nor_leave_a_gap():
    count = np.zeros((HEIGHT, WIDTH), int)
    rng = np.random.default_rng(5)
    centre = (20.0, 17.0)
    angles = np.sort(rng.uniform(0, 2 * np.pi, 11))
    rim = [(centre[0] + 60 * np.cos(a), centre[1] + 60 * np.sin(a)) for a in angles]
    for first, second in zip(rim, rim[1:] + rim[:1], strict=True):
        mask = np.zeros((HEIGHT, WIDTH), bool)
        fill_polygon(mask, [centre, first, second], True)
        count += mask
    assert (count == 1).all()


def test_less_than_a_triangle_paints_nothing():
    mask = np.zeros((HEIGHT, WIDTH), bool)
    assert fill_polygon(mask, [(1, 1), (9, 9)], True) == (0, 0, 0, 0)
    assert not mask.any()


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(0, WIDTH - 1), st.integers(0, HEIGHT - 1))
def test_a_region_is_the_connected_component_of_its_seed(seed, x, y):
    mask = np.random.default_rng(seed).random((HEIGHT, WIDTH)) < 0.5
    before = mask.copy()
    (left, top, right, bottom), region = connected_region(mask, x, y)
    components, _ = ndimage.label(mask == mask[y, x])
    expected = components == components[y, x]
    np.testing.assert_array_equal(region, expected[top:bottom, left:right])
    assert region.sum() == expected.sum()
    np.testing.assert_array_equal(mask, before)


def test_a_similar_region_stays_within_the_tolerance_of_the_colour_clicked_on():
    image = np.zeros((10, 30, 3), np.uint8)
    image[..., 1] = np.arange(0, 120, 4)  # a slow ramp: comparing neighbours would leak through it
    box, region = similar_region(image, 5, 3, 12)
    assert box == (2, 0, 9, 10)
    assert region.all()


def test_a_seed_outside_is_refused():
    with pytest.raises(IndexError):
        connected_region(np.zeros((4, 4), bool), 4, 0)
    with pytest.raises(IndexError):
        similar_region(np.zeros((4, 4, 3), np.uint8), 0, -1, 3)


def test_union_of_boxes():
    assert union((0, 0, 0, 0), (3, 4, 5, 6)) == (3, 4, 5, 6)
    assert union((3, 4, 5, 6), (0, 0, 0, 0)) == (3, 4, 5, 6)
    assert union((3, 4, 5, 6), (1, 5, 4, 9)) == (1, 4, 5, 9)
