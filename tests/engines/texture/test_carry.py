"""Textures carried through scenes whose truth is exact."""

import cv2
import numpy as np
import pytest

from engines.texture.carry import carry_texture
from engines.texture.mesh import Pins, Texture, mesh_over
from engines.training.scene import SceneFrames
from engines.training.sheet import SHEET_ID, sheet_scene, true_places

N_FRAMES = 16
WIDTH, HEIGHT = 320, 180


class Stage:
    """A rendered sheet with a texture over it."""

    def __init__(self, number=2, painted=0):
        self.scene = sheet_scene(number, WIDTH, HEIGHT, N_FRAMES)
        self.frames = SceneFrames(self.scene)
        shown = (self.scene.ids(painted) == SHEET_ID).astype(np.uint8)
        self.region = cv2.erode(shown, np.ones((5, 5), np.uint8)) > 0
        picture = self.frames.image(painted)
        paint = np.dstack([picture, self.region.astype(np.uint8) * np.uint8(255)])
        self.texture = Texture(painted, paint, picture, mesh_over(self.region))

    def carry(self, **how):
        return {each.frame: each for each in carry_texture(self.frames, self.texture, self.region, **how)}

    @property
    def inner(self):
        """Vertices on the sheet, not on the rim around it."""
        columns, rows = np.rint(self.texture.mesh.vertices).astype(int).T
        return np.flatnonzero(self.region[np.clip(rows, 0, HEIGHT - 1), np.clip(columns, 0, WIDTH - 1)])

    def off(self, placement):
        """Return how far each inner vertex is from its truth, and whether the frame shows it."""
        mesh = self.texture.mesh
        true = true_places(self.scene, self.texture.frame, mesh.vertices[self.inner], placement.frame)
        columns, rows = np.clip(np.rint(true).astype(int), 0, (WIDTH - 1, HEIGHT - 1)).T
        shown = self.scene.ids(placement.frame)[rows, columns] == SHEET_ID
        return np.hypot(*(placement.vertices[self.inner] - true).T), shown


@pytest.fixture(scope="module")
def stage():
    return Stage()


@pytest.fixture(scope="module")
def carried(stage):
    return stage.carry(quality="draft")


def test_a_sheet_is_followed_lost_and_found(stage, carried):
    assert sorted(carried) == list(range(1, N_FRAMES))
    errors, agreed, n_shown = [], [], []
    for placement in carried.values():
        off, shown = stage.off(placement)
        n_shown.append(shown.mean())
        errors.append(off[shown])
        agreed.append((placement.visible[stage.inner] >= 0.5) == shown)
    assert min(n_shown) == 0, "the sheet is hidden once"
    assert np.median(np.concatenate(errors)) < 0.6 and np.concatenate(errors).mean() < 2
    assert np.concatenate(agreed).mean() > 0.9
    last, shown = stage.off(carried[N_FRAMES - 1])
    assert shown.mean() > 0.8 and last[shown].mean() < 0.6


def test_confidence_falls_where_the_sheet_is_hidden(stage, carried):
    shown = np.array([stage.off(carried[frame])[1].mean() for frame in sorted(carried)])
    confidence = np.array([carried[frame].confidence for frame in sorted(carried)])
    assert ((confidence >= 0) & (confidence <= 1)).all()
    assert confidence[shown > 0.8].min() > confidence[shown < 0.1].max()


def test_only_what_is_wanted_and_the_same_every_time(stage, carried):
    few = stage.carry(quality="draft", wanted=range(4))
    assert sorted(few) == [1, 2, 3]
    for frame, placement in few.items():
        assert np.array_equal(placement.vertices, carried[frame].vertices)
    assert stage.carry(direction="backward") == {}


def test_backward_is_forward_turned_round():
    stage = Stage(painted=N_FRAMES - 1)
    found = stage.carry(quality="draft", direction="both", wanted=range(N_FRAMES - 4, N_FRAMES))
    assert sorted(found) == [N_FRAMES - 4, N_FRAMES - 3, N_FRAMES - 2]
    off, shown = stage.off(found[N_FRAMES - 4])
    assert off[shown].mean() < 0.6


def test_a_correction_holds_exactly_and_helps_the_frames_around_it(stage, carried):
    hidden = next(f for f in sorted(carried) if not stage.off(carried[f])[1].any())
    true = true_places(stage.scene, 0, stage.texture.mesh.vertices, hidden).astype(np.float32)
    which = np.arange(0, len(true), 3, dtype=np.int32)
    found = stage.carry(quality="draft", pins=[Pins(hidden, which, true[which])], wanted=range(hidden + 2))
    assert sorted(found) == list(range(1, hidden + 2))
    assert np.array_equal(found[hidden].vertices[which], true[which])
    assert found[hidden].visible[which].mean() > 0.5, "nobody said that it is hidden"
    before, after = (stage.off(each[hidden])[0].mean() for each in (carried, found))
    assert after < 1 < before


class PanelFrames:
    """A car's side, smooth but for a few lines, that goes left before noise; noise on top as a camera has it."""

    width, height = WIDTH, HEIGHT

    def __init__(self, n_frames=6):
        chance = np.random.default_rng(1)
        ground = cv2.GaussianBlur(chance.integers(0, 256, (HEIGHT, WIDTH, 3)).astype(np.float32), (0, 0), 2)
        self._pictures = []
        for frame in range(n_frames):
            picture, left = ground.copy(), 120 - 6 * frame
            panel = picture[40:130, left : left + 170]
            panel[:] = 180
            panel[40:44] = panel[:, 25:28] = panel[:, 134:138] = 60
            panel[20:26, 110:125] = 90
            self._pictures.append((picture + chance.normal(0, 2, picture.shape)).clip(0, 255).astype(np.uint8))

    def __len__(self):
        return len(self._pictures)

    def image(self, frame):
        return self._pictures[frame]


def test_paint_on_a_smooth_surface_has_no_holes_and_goes_where_the_surface_does():
    frames = PanelFrames()
    region = np.zeros((HEIGHT, WIDTH), bool)
    region[50:120, 135:260] = True
    paint = np.dstack([frames.image(0), region.astype(np.uint8) * np.uint8(255)])
    texture = Texture(0, paint, frames.image(0), mesh_over(region))
    columns, rows = np.rint(texture.mesh.vertices).astype(int).T
    inner = region[rows, columns]
    for placement in carry_texture(frames, texture, region, quality="draft"):
        true = texture.mesh.vertices - np.float32([6 * placement.frame, 0])
        assert np.hypot(*(placement.vertices - true)[inner].T).mean() < 2
        assert (placement.visible[inner] >= 0.5).mean() > 0.95, "flow cannot tell where a smooth place went"


def test_what_does_not_fit_is_refused(stage):
    for frame, region in ((N_FRAMES, stage.region), (0, stage.region[1:])):
        wrong = Texture(frame, stage.texture.paint, stage.texture.picture, stage.texture.mesh)
        with pytest.raises(ValueError, match="fit"):
            list(carry_texture(stage.frames, wrong, region))
