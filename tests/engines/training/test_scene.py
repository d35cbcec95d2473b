"""Everything that a scene says of itself is checked against something else that it says, or against its pictures."""

import cv2
import numpy as np
import pytest

from engines.training.scene import Layer, Look, Motion, Scene, SceneFrames
from engines.training.synthetic import blob, place, polygon_matte, random_scene, smooth_bends

WIDTH, HEIGHT, N_FRAMES = 160, 120, 6


@pytest.fixture(scope="module")
def pictures():
    """Smooth pictures, so that a warped one can be compared within a few grey levels."""
    rng = np.random.default_rng(0)
    noise = [rng.random((24, 32, 3), np.float32) for _ in range(6)]
    return [
        (255 * np.clip(cv2.resize(n, (320, 240), interpolation=cv2.INTER_CUBIC), 0, 1)).astype(np.uint8) for n in noise
    ]


@pytest.fixture(scope="module", params=range(4))
def scene(request, pictures):
    drawn = random_scene(request.param, WIDTH, HEIGHT, N_FRAMES, pictures, n_objects=3)
    return Scene(WIDTH, HEIGHT, drawn.layers, Look(np.ones(N_FRAMES)))


def test_the_seed_fixes_the_scene(pictures):
    one, same, other = (random_scene(seed, WIDTH, HEIGHT, N_FRAMES, pictures).render(3) for seed in (7, 7, 8))
    assert np.array_equal(one.image, same.image) and np.array_equal(one.ids, same.ids)
    assert not np.array_equal(one.image, other.image)


def test_forward_undoes_inverse(scene):
    for layer in scene.layers:
        for frame in (0, N_FRAMES - 1):
            source = layer.motion.inverse(frame, (0, 0, WIDTH, HEIGHT))
            h, w = layer.matte.shape
            on_layer = (source[..., 0] > 0) & (source[..., 0] < w - 1) & (source[..., 1] > 0) & (source[..., 1] < h - 1)
            back = layer.motion.forward(frame, source[on_layer].astype(np.float64))
            rows, columns = np.nonzero(on_layer)
            assert np.abs(back - np.column_stack([columns, rows])).max() < 0.05


def test_flow_takes_the_next_frame_to_this_one(scene):
    columns, rows = np.meshgrid(np.arange(WIDTH, dtype=np.float32), np.arange(HEIGHT, dtype=np.float32))
    for frame in range(0, N_FRAMES - 1, 2):
        flow, valid = scene.flow(frame)
        assert flow.dtype == np.float32 and flow.shape == (HEIGHT, WIDTH, 2) and valid.mean() > 0.5
        here, there = scene.render(frame), scene.render(frame + 1)
        warped = cv2.remap(there.image, np.dstack([columns, rows]) + flow, None, cv2.INTER_LINEAR)
        # At the rim of a cut-out both pictures are mixtures of two layers that move differently.
        inner = (
            valid
            & ~near_rims(here.ids)
            & ~cv2.remap(
                near_rims(there.ids).astype(np.uint8), np.dstack([columns, rows]) + flow, None, cv2.INTER_NEAREST
            ).astype(bool)
        )
        difference = np.abs(warped.astype(int) - here.image)[inner]
        assert difference.mean() < 1 and np.quantile(difference, 0.99) < 8


def near_rims(ids):
    return cv2.dilate(cv2.morphologyEx(ids, cv2.MORPH_GRADIENT, np.ones((3, 3))), np.ones((3, 3))) > 0


def test_flow_is_the_way_of_the_points(scene):
    here, there = scene.render(1), scene.render(2)
    flow, _ = scene.flow(1)
    for number in range(1, len(scene.layers)):
        for (x, y), (x_then, y_then), seen in zip(
            here.points[number], there.points[number], here.visible[number], strict=True
        ):
            column, row = round(x), round(y)
            if seen:
                assert np.hypot(*(flow[row, column] - (x_then - x, y_then - y))) < 0.25


def test_masks_are_the_layers_drawn_alone(scene):
    """Draws each layer white on black: what is lit and not covered by a later one is its mask."""
    for frame in (0, 3):
        truth = scene.render(frame)
        free = np.ones((HEIGHT, WIDTH), bool)
        for number in range(len(scene.layers) - 1, 0, -1):
            layer = scene.layers[number]
            black = Layer(np.zeros_like(scene.layers[0].picture), scene.layers[0].matte, scene.layers[0].motion)
            white = Layer(np.full_like(layer.picture, 255), layer.matte, layer.motion)
            lit = Scene(WIDTH, HEIGHT, (black, white), scene.look).render(frame).image[..., 0]
            sure = np.abs(lit.astype(int) - 127) > 1
            assert np.array_equal(((truth.ids == number) & sure), ((lit > 127) & free & sure))
            free &= lit <= 127


def test_points_lie_on_their_layer_and_hide_behind_others(scene):
    for frame in range(N_FRAMES):
        truth = scene.render(frame)
        for number, (points, visible) in enumerate(zip(truth.points, truth.visible, strict=True)):
            for (x, y), seen in zip(points, visible, strict=True):
                column, row = round(x), round(y)
                if not (0 <= column < WIDTH and 0 <= row < HEIGHT):
                    assert not seen
                else:
                    assert seen == (truth.ids[row, column] == number)
                    assert truth.ids[row, column] >= number  # something in front of it, never behind


def test_a_shift_is_a_shift():
    """A layer moved by whole pixels: every truth by hand."""
    rng = np.random.default_rng(1)
    sky = rng.integers(0, 255, (HEIGHT, WIDTH, 3), np.uint8)
    square = rng.integers(0, 255, (20, 20, 3), np.uint8)
    still = np.tile(np.eye(2, 3), (3, 1, 1))
    moving = still + np.array([[[0, 0, 50 + 4 * t], [0, 0, 30 - 2 * t]] for t in range(3)])
    no_bend = {"bends": np.zeros((0, 20, 20, 2), np.float32), "gains": np.zeros((3, 0))}
    layers = (
        Layer(sky, np.ones((HEIGHT, WIDTH), np.float32), Motion(still, **no_bend)),
        Layer(square, np.ones((20, 20), np.float32), Motion(moving, **no_bend), np.array([[3.0, 5.0]])),
    )
    scene = Scene(WIDTH, HEIGHT, layers, Look(np.ones(3)))
    truth = scene.render(1)
    expected = np.zeros((HEIGHT, WIDTH), np.uint8)
    expected[28:48, 54:74] = 1
    assert np.array_equal(truth.ids, expected)
    assert np.array_equal(truth.image[28:48, 54:74], square)
    assert np.array_equal(truth.image[expected == 0], sky[expected == 0])
    assert truth.points[1].tolist() == [[57, 33]] and truth.visible[1].tolist() == [True]
    flow, valid = scene.flow(1)
    assert np.allclose(flow[expected == 1], (4, -2)) and np.allclose(flow[expected == 0], 0)
    assert valid[28:48, 54:74].all()
    assert not valid[26:28, 58:78].any()  # sky that the square comes to cover
    assert scene.flow_between(0, 2)[0][35, 55].tolist() == [8, -4]
    with pytest.raises(IndexError):
        scene.render(3)


def test_the_camera_changes_no_truth(pictures):
    plain = random_scene(5, WIDTH, HEIGHT, N_FRAMES, pictures)
    noisy = Scene(WIDTH, HEIGHT, plain.layers, Look(np.full(N_FRAMES, 0.5), blur_px=1, noise=4, seed=3))
    plain = Scene(WIDTH, HEIGHT, plain.layers, Look(np.ones(N_FRAMES)))
    a, b = plain.render(2), noisy.render(2)
    assert np.array_equal(a.ids, b.ids)
    assert b.image.mean() == pytest.approx(a.image.mean() / 2, rel=0.02)
    assert np.array_equal(b.image, noisy.render(2).image)
    assert not np.array_equal(b.image, noisy.render(3).image)


def test_a_bend_that_folds_is_refused():
    bends = smooth_bends(np.random.default_rng(0), 40, 40, 1)
    Motion(np.eye(2, 3)[None], bends, np.array([[0.3]]))
    with pytest.raises(ValueError, match="slope"):
        Motion(np.eye(2, 3)[None], bends, np.array([[0.6]]))


def test_place_turns_about_the_pivot():
    affine = place(np.array([[50.0, 40.0]]), np.array([np.pi / 2]), np.array([2.0]), (10, 20))
    assert affine[0] @ [10, 20, 1] == pytest.approx([50, 40])
    assert affine[0] @ [11, 20, 1] == pytest.approx([50, 42])  # x turns towards y, which points down


def test_mattes_cover_what_they_should():
    matte = polygon_matte(np.array([[4, 4], [24, 4], [24, 14], [4, 14]]), 30, 20)
    assert matte.sum() == pytest.approx(200, rel=0.06)
    assert matte[9, 14] == 1 and matte[2, 2] == 0
    for seed in range(20):
        shape = blob(np.random.default_rng(seed), 48)
        assert 0.15 < (shape >= 0.5).mean() < 0.9
        assert not shape[[0, -1]].any() and not shape[:, [0, -1]].any()


def test_frames_of_a_scene_are_a_clip(scene):
    frames = SceneFrames(scene)
    assert (len(frames), frames.width, frames.height) == (N_FRAMES, WIDTH, HEIGHT)
    assert np.array_equal(frames.image(2), scene.render(2).image)
    assert frames.fingerprint == SceneFrames(scene).fingerprint
