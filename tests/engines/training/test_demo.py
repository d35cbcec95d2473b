import importlib.util
import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from engines.training.demo import HEIGHT, N_FRAMES, OBJECT_NAMES, POINT_NAMES, WIDTH, demo_scene
from engines.training.pictures import default_pictures, load_picture

ROOT = Path(__file__).parents[3]
DEMO = ROOT / "resources" / "demo"


@pytest.fixture(scope="module")
def scene():
    return demo_scene()


def mask_in(path):
    # A palette PNG's values are the ids; OpenCV would turn them into colours.
    with Image.open(path) as image:
        return np.array(image)


def almost_equal(a, b):
    """Another processor may round a pixel on a rim the other way."""
    return np.count_nonzero(a != b) < 10


@pytest.mark.parametrize("frame", [0, 25, 50, N_FRAMES - 1])
def test_committed_truth_is_what_the_scene_says(scene, frame):
    truth = scene.render(frame)
    assert almost_equal(mask_in(DEMO / "masks" / f"{frame:05d}.png"), truth.ids)
    points = json.loads((DEMO / "points.json").read_text())
    assert tuple(points["names"]) == POINT_NAMES
    (instance,) = points["frames"][f"{frame:05d}"]
    assert np.allclose(np.array(instance)[:, :2], np.concatenate(truth.points), atol=0.006)
    assert [bool(v) for _, _, v in instance] == np.concatenate(truth.visible).tolist()


def test_committed_video_shows_the_scene(scene):
    capture = cv2.VideoCapture(str(DEMO / "demo.mp4"))
    for frame in range(3):
        seen, bgr = capture.read()
        assert seen
        difference = np.abs(bgr[..., ::-1].astype(int) - scene.render(frame).image)
        assert difference.mean() < 6
    capture.release()


def test_the_clip_is_small_and_complete():
    files = [path for path in DEMO.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < 2_000_000
    assert len(list((DEMO / "masks").iterdir())) == N_FRAMES
    assert np.array_equal(cv2.imread(str(DEMO / "first_frame.png")), cv2.imread(str(DEMO / "masks" / "00000.png")))


def test_the_story(scene):
    """All four objects start in the picture, the shuttle leaves and returns, the cup comes in front of the others."""
    ids = [scene.ids(frame) for frame in range(0, N_FRAMES, 4)]
    areas = np.array([[np.count_nonzero(shown == number) for number in OBJECT_NAMES] for shown in ids])
    assert (areas[0] > 1000).all()
    assert (areas[:, [0, 2, 3]] > 1000).all()
    shuttle = areas[:, 1]
    gone = np.flatnonzero(shuttle == 0)
    assert len(gone) >= 3 and shuttle[-1] > 1000 and (np.diff(gone) == 1).all()
    hides = {3: 12, 1: 60, 2: 66}  # object: a frame on which a point of it is in the picture but covered
    for number, frame in hides.items():
        truth = scene.render(frame)
        inside = ((truth.points[number] > 0) & (truth.points[number] < (WIDTH - 1, HEIGHT - 1))).all(1)
        assert (inside & ~truth.visible[number]).any()


def test_flow_of_the_demo_is_exact(scene):
    columns, rows = np.meshgrid(np.arange(WIDTH, dtype=np.float32), np.arange(HEIGHT, dtype=np.float32))
    flow, valid = scene.flow(40)
    warped = cv2.remap(scene.render(41).image, np.dstack([columns, rows]) + flow, None, cv2.INTER_LINEAR)
    difference = np.abs(warped.astype(int) - scene.render(40).image).mean(axis=2)
    assert np.median(difference[valid]) < 3 and difference[valid].mean() < 4  # noise, and rims


def test_the_script_writes_what_is_committed(tmp_path, monkeypatch):
    spec = importlib.util.spec_from_file_location("make_demo_clip", ROOT / "docs" / "make_demo_clip.py")
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    short = demo_scene()

    class FirstFrames:
        width, height, n_frames = WIDTH, HEIGHT, 2
        render = short.render

    monkeypatch.setattr(script, "demo_scene", FirstFrames)
    script.main(tmp_path)
    assert (tmp_path / "demo.mp4").stat().st_size > 10_000
    for name in ("first_frame.png", "masks/00000.png", "masks/00001.png"):
        assert almost_equal(mask_in(tmp_path / name), mask_in(DEMO / name))


def test_pictures_come_from_the_installed_package():
    assert all(p.dtype == np.uint8 and p.ndim == 3 and min(p.shape[:2]) >= 256 for p in default_pictures())
    with pytest.raises(KeyError):
        load_picture("lena")
