import pytest
from hypothesis import given
from hypothesis import strategies as st

from widgets.canvas.viewport import MAX_SCALE, MIN_SCALE, REACH_PX, Viewport

positions = st.floats(-2000, 2000)
viewports = st.builds(Viewport, st.floats(0.05, 40), positions, positions)
sizes = st.tuples(st.integers(1, 4000), st.integers(1, 4000))


@given(viewports, positions, positions)
def test_there_and_back_is_where_it_was(viewport, x, y):
    assert viewport.to_image(*viewport.to_view(x, y)) == pytest.approx((x, y), abs=1e-6)


@given(viewports, st.floats(0.01, 100), positions, positions)
def test_zooming_leaves_in_place_what_is_under_the_cursor(viewport, factor, x, y):
    zoomed = viewport.zoomed(factor, x, y)
    assert MIN_SCALE <= zoomed.scale <= MAX_SCALE
    assert zoomed.to_view(*viewport.to_image(x, y)) == pytest.approx((x, y), abs=1e-6)


@given(sizes, sizes)
def test_a_fitted_picture_is_whole_and_in_the_middle(picture, view):
    viewport = Viewport.fitted(picture, view, margin_px=0)
    left, top, width, height = viewport.rect_of(0, 0, *picture)
    right, bottom = viewport.to_view(picture[0] - 0.5, picture[1] - 0.5)
    assert (left + width, top + height) == pytest.approx((right, bottom))
    assert left + right == pytest.approx(view[0], abs=1e-6)
    assert top + bottom == pytest.approx(view[1], abs=1e-6)
    if viewport.scale > MIN_SCALE:
        assert left >= -1e-6
        assert top >= -1e-6
        assert viewport.scale == MAX_SCALE or min(left, top) == pytest.approx(0, abs=1e-6)


@given(viewports, sizes, sizes)
def test_some_of_the_picture_always_stays_in_the_view(viewport, picture, view):
    held = viewport.held(picture, view)
    for start, length, room in ((held.left, picture[0], view[0]), (held.top, picture[1], view[1])):
        inside = min(start + length * held.scale, room) - max(start, 0)
        assert inside >= min(REACH_PX, length * held.scale, room) - 1e-6
    assert held.held(picture, view) == held


def test_a_box_is_brought_to_the_middle_no_nearer_than_asked():
    viewport = Viewport.showing((10, 20, 12, 24), (800, 600), max_scale=8.0)
    assert viewport.scale == 8.0
    assert viewport.to_view(10.5, 21.5) == pytest.approx((400, 300))
    wide = Viewport.showing((0, 0, 1000, 10), (800, 600), max_scale=8.0)
    assert wide.scale == pytest.approx(0.48)


@given(viewports, st.sampled_from([1.0, 1.25, 2.0]))
def test_a_snapped_picture_begins_on_a_device_pixel(viewport, pixel_ratio):
    snapped = viewport.snapped(pixel_ratio)
    assert snapped.left * pixel_ratio == pytest.approx(round(snapped.left * pixel_ratio), abs=1e-6)
    assert abs(snapped.left - viewport.left) <= 0.5 / pixel_ratio + 1e-9
