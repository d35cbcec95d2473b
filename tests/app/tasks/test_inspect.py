"""The inspector on real pictures and a network with random weights: what comes, in which order, and what is refused."""

import numpy as np
import pytest

from app.errors import UserError
from app.media.clip import open_clip
from app.tasks.engine_loader import EngineLoader
from app.tasks.inspect import Inspector, Point, Sighting, Way
from engines.correspondence.architectures import build_encoder
from engines.correspondence.encoder_weights import save_encoder
from tests.app.clips import HEIGHT, WIDTH, write_frames


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    file = tmp_path_factory.mktemp("weights") / "random.safetensors"
    about = {"name": "random", "title": "Random", "summary": "Not trained."}
    save_encoder(build_encoder("small"), file, architecture="small", options={}, about=about)
    return file


@pytest.fixture
def inspector(tmp_path, weights):
    made = Inspector(open_clip(write_frames(tmp_path / "clip", 5)), EngineLoader(), str(weights))
    yield made
    made.close()


def test_a_sighting_comes_first_and_then_the_way(inspector):
    point = Point(0, 20.0, 20.0)
    sighting, way = (answer for answer in inspector.look(point, 3) if answer is not None)
    assert isinstance(sighting, Sighting)
    assert isinstance(way, Way)
    assert (sighting.point, sighting.other) == (way.point, way.other) == (point, 3)
    assert sighting.heat.shape == (sighting.grid.rows, sighting.grid.columns) == (6, 8)
    assert sighting.heat.sum() == pytest.approx(1, abs=1e-4)
    assert all(-4 <= match.x < WIDTH + 4 and -4 <= match.y < HEIGHT + 4 for match in sighting.matches)
    assert [at.frame for at in way.there] == [0, 1, 2, 3]
    assert [at.frame for at in way.back] == [3, 2, 1, 0]
    assert (way.back[0].x, way.back[0].y) == (way.there[-1].x, way.there[-1].y)
    assert way.cycle_px == pytest.approx(np.hypot(way.back[-1].x - 20, way.back[-1].y - 20))


def test_a_still_ground_stays_where_it_is(tmp_path):
    inspector = Inspector(open_clip(write_frames(tmp_path / "clip", 5)), EngineLoader(), "small")
    *_, way = inspector.look(Point(0, 52.0, 40.0), 2)
    inspector.close()
    assert np.hypot(way.there[-1].x - 52, way.there[-1].y - 40) < 6
    assert way.cycle_px < 6


def test_colours_are_those_of_the_cells(inspector):
    found = inspector.colours(2)
    assert found.frame == 2
    assert found.image.shape == (6, 8, 3)
    assert found.image.dtype == np.uint8


def test_preparing_takes_one_frame_at_a_time(inspector):
    assert list(inspector.prepare((0, 4))) == [None, None]


def test_weights_that_are_not_there_are_told_with_a_remedy(tmp_path):
    clip = open_clip(write_frames(tmp_path / "clip", 2))
    with pytest.raises(UserError, match="nowhere") as failure:
        Inspector(clip, EngineLoader(), "nowhere")
    assert failure.value.remedy
