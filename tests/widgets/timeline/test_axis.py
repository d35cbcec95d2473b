"""The time axis: every frame can be hit, zooming keeps what is under the cursor, nothing scrolls out of bounds."""

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from widgets.timeline.axis import END_ROOM_PX, MAX_CELL_PX, TimeAxis

sizes = st.tuples(st.integers(1, 120_000), st.floats(50, 4000))


@st.composite
def axes(draw):
    axis = TimeAxis.fitted(*draw(sizes))
    for _ in range(draw(st.integers(0, 4))):
        axis = axis.zoomed(draw(st.floats(-8, 30)), draw(st.floats(0, axis.width_px)))
        axis = axis.panned(draw(st.floats(-1e5, 1e5)))
    return axis


@given(axes())
def test_the_middle_of_every_visible_cell_hits_its_frame(axis):
    for frame in list(axis.visible())[:50]:
        assert axis.frame_at(axis.centre_of(frame)) == frame


@given(axes())
def test_an_axis_never_leaves_the_clip(axis):
    room = END_ROOM_PX / axis.scale
    assert axis.left >= -room
    assert axis.left + min(axis.shown_frames, axis.n_frames + room) <= axis.n_frames + room + 1e-6
    assert axis.scale <= MAX_CELL_PX
    assert 0 <= axis.frame_at(-100) <= axis.frame_at(axis.width_px + 100) < axis.n_frames


@given(axes(), st.floats(0, 1), st.floats(-5, 5))
def test_zooming_keeps_the_frame_under_the_cursor_unless_a_border_is_in_the_way(axis, share, notches):
    x = share * axis.width_px
    zoomed = axis.zoomed(notches, x)
    under, now = axis.left + x / axis.scale, zoomed.left + x / zoomed.scale
    at_border = zoomed.left in (zoomed.least_left, zoomed.most_left)
    assert at_border or abs(under - now) < 1e-6 * axis.n_frames


@given(axes(), st.integers(0, 119_999))
def test_revealing_shows_the_frame_and_leaves_a_visible_one_alone(axis, frame):
    frame = min(frame, axis.n_frames - 1)
    shown = axis.revealing(frame)
    assert shown.x_of(frame + 1) > -1e-6 and shown.x_of(frame) < axis.width_px + 1e-6
    if axis.x_of(frame) >= 0 and axis.x_of(frame + 1) <= axis.width_px:
        assert shown == axis


@given(sizes)
def test_a_mark_on_the_first_or_the_last_frame_is_seen_whole(size):
    axis = TimeAxis.fitted(*size)
    for shown in (axis, axis.zoomed(4, 0).panned(1e9), axis.zoomed(4, 0).panned(-1e9)):
        frame = 0 if shown.left <= 0 else shown.n_frames - 1
        assert END_ROOM_PX - 1e-3 <= shown.centre_of(frame) <= shown.width_px - END_ROOM_PX + 1e-3


@given(axes(), st.integers(1, 3000))
def test_columns_stand_for_every_visible_frame_once_and_in_order(axis, n_columns):
    edges = axis.column_frames(n_columns)
    assert len(edges) == n_columns + 1
    assert np.all(np.diff(edges) >= 0)
    assert edges[0] == math.floor(axis.left + 1e-9)
    assert edges[-1] <= axis.n_frames


@given(axes())
def test_labelled_ticks_do_not_run_into_each_other(axis):
    assert axis.tick_step() * axis.scale >= 84
    assert axis.tick_step() % axis.minor_step() == 0


def test_a_resized_axis_still_shows_the_whole_clip_if_it_did_before():
    assert TimeAxis.fitted(1000, 500).resized(800).is_fitted
    zoomed = TimeAxis.fitted(1000, 500).zoomed(3, 100)
    assert zoomed.resized(800).scale == zoomed.scale


def test_a_still_has_one_cell_of_a_sane_width():
    axis = TimeAxis.fitted(1, 900)
    assert axis.scale == MAX_CELL_PX
    assert axis.frame_at(700) == 0
