import dataclasses
import math

import cv2
import numpy as np
import pytest
import torch
from torch import nn

from engines.device import Compute
from engines.training.cycle import CycleRecipe, cut_patch, scaled_down
from engines.training.frame_pool import FramePool
from engines.training.localizer import (
    Localizer,
    affinity,
    alignment_error,
    cell_points,
    inlier_share,
    points_at,
    sample_patch,
)
from engines.training.loop import Training
from engines.training.pictures import load_picture

N, M = 15, 5
SHARE = M / N
CPU = Compute(torch.device("cpu"), torch.float32)


def units(*shape, seed=0):
    features = torch.randn(shape, generator=torch.Generator().manual_seed(seed))
    return nn.functional.normalize(features, dim=1)


def position_codes(shift=(0, 0)):
    """Features of a frame whose cell (row, col) shows the point (row, col) - shift, one-hot; (1, N², N, N)."""
    return torch.eye(N * N).view(1, N * N, N, N).roll(shift, (2, 3))


def at_cell(row, col, angle=0.0):
    """The theta of the patch whose first cell is the frame's cell (row, col)."""
    return torch.tensor([[(2 * col + M) / N - 1, (2 * row + M) / N - 1, angle]])


class PerfectLocalizer(nn.Module):
    """Reads place and angle off an affinity by the least squares of where each patch cell goes."""

    def forward(self, matches):
        to = (matches.transpose(1, 2) @ cell_points(N))[0]  # (m², 2)
        middle = to.mean(0)
        points = cell_points(M)
        x, y = (to - middle).T
        angle = torch.atan2((points[:, 0] * y - points[:, 1] * x).sum(), (points[:, 0] * x + points[:, 1] * y).sum())
        return torch.cat([middle, angle[None]])[None]


def test_each_patch_cell_comes_from_somewhere():
    matches = affinity(units(2, 8, N, N), units(2, 8, M, M, seed=1))
    assert matches.shape == (2, N * N, M * M)
    assert torch.allclose(matches.sum(1), torch.ones(2, M * M))


def test_permuted_frame_cells_permute_the_affinity_only():
    frame, patch = units(1, 8, N, N), units(1, 8, M, M, seed=1)
    order = torch.randperm(N * N)
    permuted = frame.flatten(2)[..., order].view_as(frame)
    assert torch.allclose(affinity(permuted, patch), affinity(frame, patch)[:, order])


@pytest.mark.parametrize(("row", "col"), [(0, 0), (3, 8), (10, 10)])
def test_a_patch_at_its_own_place_is_itself(row, col):
    frame = units(1, 8, N, N)
    patch = sample_patch(frame, at_cell(row, col), M)
    assert torch.allclose(patch, frame[..., row : row + M, col : col + M], atol=1e-5)


def test_a_quarter_turn_turns_the_patch():
    frame = units(1, 8, N, N)
    upright, turned = (sample_patch(frame, at_cell(4, 6, angle), M) for angle in (0.0, math.pi / 2))
    assert torch.allclose(turned, upright.rot90(1, (2, 3)), atol=1e-5)


def test_alignment_error_is_a_squared_distance():
    one, other = torch.tensor([[0.1, -0.2, 0.3]]), torch.tensor([[0.4, 0.2, 0.3]])
    assert alignment_error(one, one, SHARE) == 0
    assert alignment_error(one, other, SHARE) == pytest.approx(0.3**2 + 0.4**2)
    turned = torch.tensor([[0.1, -0.2, -0.9]])
    assert alignment_error(one, turned, SHARE) == pytest.approx(float(alignment_error(turned, one, SHARE)))
    assert alignment_error(one, turned, SHARE) > 0


def test_inliers_are_counted_about_the_place():
    frame = position_codes()
    theta = at_cell(3, 8)
    matches = affinity(frame, sample_patch(frame, theta, M))
    assert inlier_share(matches, theta) > 0.999
    assert inlier_share(matches, at_cell(4, 8)) > 0.999  # a cell away still counts
    assert inlier_share(matches, at_cell(5, 8)) < 0.01
    assert inlier_share(torch.full((1, N * N, M * M), 1 / N**2), theta) == pytest.approx(9 / N**2)


def test_cut_patches_are_where_theta_says():
    """The cells of a cut patch show what the frame shows at the places that theta gives them."""
    picture = cv2.GaussianBlur(cv2.resize(load_picture("chelsea"), (120, 120)), (0, 0), 2)
    theta = np.array([0.15, -0.1, 0.6], np.float32)
    patch = cut_patch(picture, theta, N, M)
    at = (points_at(torch.from_numpy(theta)[None], cell_points(M), SHARE)[0].numpy() + 1) * N / 2 - 0.5  # in cells
    wanted = cv2.remap(picture, *(8 * at.astype(np.float32).reshape(M, M, 2).transpose(2, 0, 1)), cv2.INTER_LINEAR)
    assert np.abs(patch[::8, ::8].astype(int) - wanted).max() <= 2


@pytest.mark.parametrize("step", [(0, 0), (1, 0), (-1, 1)])
@pytest.mark.parametrize("similarity", ["inliers", "inner"])
def test_perfect_features_close_the_cycle(step, similarity):
    """A world that moves by whole cells a frame, and features that tell all points apart."""
    k = 4
    clip = tuple(position_codes((frame * step[0], frame * step[1])) for frame in range(k + 1))
    theta = at_cell(5, 5)
    recipe = dataclasses.replace(scaled_down(), similarity=similarity)
    terms = recipe.cycles(PerfectLocalizer(), clip, sample_patch(clip[-1], theta, M), theta)
    assert terms["long"] < 1e-4 and terms["skip"] < 1e-4
    assert terms["similarity"] == pytest.approx(-k, abs=0.02)


def test_a_wrong_end_costs():
    clip = (position_codes(), position_codes())
    patch = sample_patch(clip[-1], at_cell(5, 5), M)
    recipe = scaled_down()
    terms = recipe.cycles(PerfectLocalizer(), clip, patch, at_cell(5, 8))
    assert terms["long"] == pytest.approx(recipe.long_weight * (2 * 3 / N) ** 2, rel=0.01)


def test_the_localizer_has_the_thesiss_size():
    localizer = Localizer()
    assert sum(one.numel() for one in localizer.parameters()) == pytest.approx(1.98e6, rel=0.01)
    assert localizer(torch.rand(2, 900, 100)).shape == (2, 3)
    assert sum(one.numel() for one in Localizer(N, M).parameters()) == pytest.approx(138e3, rel=0.02)
    with pytest.raises(ValueError, match="too small"):
        Localizer(9, 3)


@pytest.fixture(scope="module")
def pool():
    """A clip of a picture that drifts."""
    picture = cv2.resize(load_picture("coffee"), (120, 90))
    return FramePool([np.stack([np.roll(picture, 2 * frame, 1)[:, :100] for frame in range(12)])], [])


TINY = dataclasses.replace(scaled_down("small"), frame_px=96, n_samples=2, offsets=(0, 2, 4, 5))


def test_a_batch_fits_together(pool):
    batch = TINY.make_batch(pool, np.random.default_rng(3))
    assert batch["frames"].shape == (6, 96, 96, 3) and batch["patches"].shape == (2, 32, 32, 3)
    assert (np.abs(batch["theta"][:, :2]) < 2 / 3 + 1 / 6 + 1e-6).all()
    assert (np.abs(batch["theta"][:, 2]) <= math.pi / 4).all()
    for number in range(2):
        again = cut_patch(batch["frames"][3 * number + 2], batch["theta"][number], TINY.n, TINY.m)
        assert np.array_equal(again, batch["patches"][number])


def test_patches_are_taken_where_something_moves():
    still = np.full((96, 96, 3), 80, np.uint8)
    after = still.copy()
    after[60:90, 60:90] = 200
    pool = FramePool([np.stack([still, after])], [])
    recipe = dataclasses.replace(TINY, offsets=(0, 0, 1), n_samples=30)
    thetas = recipe.make_batch(pool, np.random.default_rng(0))["theta"]
    assert (thetas[:, 1] > -0.1).mean() > 0.9  # mirroring leaves up and down


def test_the_same_seed_gives_the_same_losses_and_every_part_learns(pool):
    runs = []
    for _ in range(2):
        training = Training(TINY, pool, 3, 5, CPU)
        before = {name: value.clone() for name, value in training.encoder.state_dict().items()}
        runs.append([step.losses for step in training.run()])
        after = training.encoder.state_dict()
    assert runs[0] == runs[1]
    assert set(runs[0][0]) == {"similarity", "skip", "long"}
    assert not torch.equal(before["stem.0.weight"], after["stem.0.weight"])
    assert not torch.equal(before["coarse_head.weight"], after["coarse_head.weight"])


def test_gradients_reach_encoder_and_localizer(pool):
    recipe = CycleRecipe(architecture="small", options={}, frame_px=96, n_samples=2, offsets=(0, 2, 4, 5))
    training = Training(recipe, pool, 3, 0, CPU)
    assistants = recipe.assistants()
    terms, cells = recipe.losses(
        training.encoder, assistants, recipe.make_batch(pool, np.random.default_rng(0)), CPU, 0.0, 0
    )
    (terms["long"] + terms["skip"]).backward()
    for part in (training.encoder.stem, training.encoder.coarse_head, assistants):
        assert any(one.grad is not None and one.grad.abs().sum() > 0 for one in part.parameters())
    assert cells.ndim == 2 and not cells.requires_grad
