"""Lane bars: missing is blank, proposals and stale stretches look different, unsure is told from sure."""

import itertools

import numpy as np

from widgets.timeline.lane_image import lane_image, plot_image, plot_y
from widgets.timeline.ramp import FLOOR, RAMP, SURE_RGB, UNSURE_RGB, colour_of, to_oklab
from widgets.timeline.track import Columns

W, H = 48, 12


def columns(**changes):
    values = {
        "cover": np.ones(W, np.float32),
        "worst": np.ones(W, np.float32),
        "is_proposed": np.zeros(W, bool),
        "is_stale": np.zeros(W, bool),
        "is_empty": np.zeros(W, bool),
        "is_out": np.zeros(W, bool),
        "is_uncertain": np.zeros(W, bool),
        "is_edge": np.zeros(W, bool),
    }
    return Columns(**(values | changes))


def draw(**changes):
    return lane_image(columns(**changes), H, (0, 0, 0))


def test_missing_frames_stay_blank():
    cover = np.ones(W, np.float32)
    cover[10:20] = 0
    image = draw(cover=cover)
    assert not image[:, 10:20].any()
    assert image[:, :10, 3].all()


def test_a_sure_bar_is_solid_in_the_colour_of_sureness():
    assert (draw()[:, :, :3] == SURE_RGB).all()
    assert (draw(worst=np.zeros(W, np.float32))[:, :, :3] == UNSURE_RGB).all()


def test_proposals_are_paler_inside_and_dashed_at_the_border():
    image = draw(is_proposed=np.ones(W, bool))
    assert image[H // 2, :, 3].max() < 128
    assert {0, 4} <= {int(i) % 8 for i in np.flatnonzero(np.diff(image[0, :, 3].astype(int), prepend=0))}
    assert image[0, :, 3].max() == 255


def test_stale_stretches_are_hatched_along_diagonals():
    image = draw(is_stale=np.ones(W, bool))
    dark = image[:, :, :3].sum(axis=2) < 10
    assert 0.2 < dark.mean() < 0.5
    assert np.array_equal(dark[1:, :-1], dark[:-1, 1:])


def test_frames_where_the_object_was_found_absent_are_a_thin_line():
    image = draw(is_empty=np.ones(W, bool))
    assert 1 <= np.count_nonzero(image[:, 5, 3]) <= 4


def test_presences_differ_in_shape_not_only_in_colour():
    everywhere = np.ones(W, bool)
    looks = [
        draw()[:, :, 3] > 0,
        draw(is_empty=everywhere)[:, :, 3] > 0,
        draw(is_empty=everywhere, is_out=everywhere)[:, :, 3] > 0,
        draw(is_uncertain=everywhere)[:, :, 3] > 0,
    ]
    for one, other in itertools.combinations(looks, 2):
        assert np.count_nonzero(one != other) > 0.05 * W * H


def test_pixels_are_premultiplied():
    rng = np.random.default_rng(0)
    image = draw(worst=rng.random(W).astype(np.float32), is_proposed=rng.random(W) < 0.5, is_stale=rng.random(W) < 0.5)
    assert (image[:, :, :3].max(axis=2) <= image[:, :, 3]).all()


def test_the_ramp_grows_lighter_evenly_as_confidence_falls():
    lightness = to_oklab(RAMP)[:, 0]
    steps = np.diff(lightness)
    assert (steps <= 1e-3).all() and lightness[0] - lightness[-1] > 0.25
    assert colour_of(0.0) == colour_of(0.4) == UNSURE_RGB
    assert colour_of(1.0) == SURE_RGB


def test_ends_of_the_ramp_differ_by_blue_against_yellow_not_red_against_green():
    ends = to_oklab(RAMP[[0, -1]])
    assert abs(ends[0, 2] - ends[1, 2]) > 3 * abs(ends[0, 1] - ends[1, 1])


def test_the_plot_is_higher_where_the_run_was_surer_and_blank_where_nothing_is_known():
    worst = np.linspace(0, 1, W, dtype=np.float32)
    cover = np.ones(W, np.float32)
    cover[20:25] = 0
    image = plot_image(columns(worst=worst, cover=cover), 40)
    tops = (image[:, :, 3] > 0).argmax(axis=0)
    assert (np.diff(tops[:20]) <= 0).all() and tops[0] > tops[19] > tops[-1]
    assert not image[:, 20:25].any()
    assert image.dtype == np.uint8 and (image[:, :, :3].max(axis=2) <= image[:, :, 3]).all()
    assert image[tops[-1], -1, 3] == 255 > image[-1, -1, 3] > 0


def test_the_plot_spreads_what_the_colours_tell_apart():
    assert plot_y(1.0, 40) < plot_y(0.8, 40) < plot_y(FLOOR, 40) == plot_y(0.0, 40) < 40
