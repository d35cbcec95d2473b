import numpy as np
import pytest

from engines.colour.belief import Belief
from engines.colour.enlarge import enlarged
from engines.colour.hints import Hint, HintSolver, scribbled


def halves(height=60, width=100):
    """A dark half on the left and a light one on the right."""
    luminance = np.full((height, width), 20, np.float32)
    luminance[:, width // 2 :] = 80
    return luminance


def at(*places):
    return np.array(places, np.int64)


@pytest.mark.parametrize("shape", [(60, 100), (481, 853), (1, 7)])
def test_hints_are_honoured_exactly(shape):
    rng = np.random.default_rng(0)
    luminance = rng.uniform(0, 100, shape).astype(np.float32)
    answer = rng.uniform(-50, 50, (*shape, 2)).astype(np.float32)
    places = np.column_stack([rng.integers(shape[1], size=9), rng.integers(shape[0], size=9)])
    hints = [Hint(place[None], tuple(rng.uniform(-60, 60, 2))) for place in places]
    found = HintSolver(luminance).apply(answer, hints)
    last = {tuple(hint.places[0]): hint.chroma for hint in hints}
    for (x, y), chroma in last.items():
        assert found[y, x] == pytest.approx(chroma, abs=1e-3)


def test_without_hints_the_answer_stays():
    answer = np.random.default_rng(0).normal(size=(60, 100, 2)).astype(np.float32)
    solver = HintSolver(halves())
    assert np.array_equal(solver.apply(answer, []), answer)
    assert np.array_equal(solver.apply(answer, [Hint(at((500, 3)), (50, 0))]), answer)  # outside the picture


def test_a_hint_fills_what_looks_like_it_and_stops_at_edges():
    found = scribbled(halves(), [Hint(at((10, 30)), (40, -20)), Hint(at((90, 30)), (0, 30))])
    assert np.abs(found[:, :45] - (40, -20)).max() < 3
    assert np.abs(found[:, 55:] - (0, 30)).max() < 3


def test_reach_says_how_far_a_hint_counts():
    luminance = np.full((100, 200), 50, np.float32)
    answer = np.zeros((100, 200, 2), np.float32)
    near, far = (
        HintSolver(luminance).apply(answer, [Hint(at((20, 50)), (40, 0), reach)])[..., 0] for reach in (0.05, 1.0)
    )
    assert far[50, 60] > 2 * near[50, 60]
    assert near[50, 150] < 0.5 and far[50, 25] > near[50, 25]


def test_an_object_is_recoloured_inside_its_mask_only():
    mask = np.zeros((60, 100), bool)
    mask[10:40, 20:70] = True
    answer = np.full((60, 100, 2), 5, np.float32)
    found = HintSolver(np.full((60, 100), 50, np.float32), mask).apply(
        answer, [Hint(at((30, 20)), (50, 10), 3.0), Hint(at((90, 50)), (-50, -50), 3.0)]
    )
    assert np.array_equal(found[~mask], answer[~mask])
    assert found[mask][:, 0].min() > 20


def test_a_scribble_over_the_whole_picture_is_the_picture():
    places = np.stack(np.meshgrid(np.arange(12), np.arange(8)), -1).reshape(-1, 2)
    found = scribbled(np.full((8, 12), 30, np.float32), [Hint(places, (7, 8))])
    assert np.abs(found - (7, 8)).max() < 1e-4


def test_enlarged_chroma_keeps_its_means_and_follows_edges():
    luminance = halves(96, 160)
    luminance[:, 80:] = 80
    small = np.zeros((12, 20, 2), np.float32)
    small[:, 10:, 0] = 60
    found = enlarged(small, luminance)
    assert found.shape == (96, 160, 2)
    assert found[:, :78, 0].max() < 8 and found[:, 82:, 0].min() > 52
    means = found.reshape(12, 8, 20, 8, 2).mean((1, 3))
    assert np.abs(means - small).max() < 2


def two_minds(shape):
    """Return a belief that is of two minds everywhere: red or green, as likely."""
    means = np.zeros((2, 2, *shape), np.float32)
    means[0, 0], means[0, 1] = 50, -50
    return Belief(np.full((2, *shape), 0.5, np.float32), means, np.full_like(means, 5))


def test_a_hint_makes_up_the_mind_of_the_network_around_it():
    light = np.full((120, 160), 50, np.float32)
    belief = two_minds((30, 40))
    answer = enlarged(belief.mean, light)
    assert np.abs(answer).max() < 1
    hint = Hint(np.array([[20, 60]]), (40.0, 0.0), reach=0.3)
    found = HintSolver(light).apply(answer, [hint], belief)
    assert found[60, 20].tolist() == [40.0, 0.0]
    assert found[60, 40, 0] > HintSolver(light).apply(answer, [hint])[60, 40, 0] + 10
    assert (np.diff(found[60, 30:, 0]) < 1).all()  # less and less sure


def test_belief_given_nothing_is_its_mean_and_given_a_sure_colour_is_that():
    rng = np.random.default_rng(0)
    means = rng.normal(0, 30, (2, 4, 3, 5)).astype(np.float32)
    shares = rng.dirichlet(np.ones(4), (3, 5)).astype(np.float32).transpose(2, 0, 1)
    belief = Belief(shares, means, np.full_like(means, 8))
    told = rng.normal(0, 30, (3, 5, 2)).astype(np.float32)
    np.testing.assert_allclose(belief.given(told, np.full((3, 5), 1e5, np.float32)), belief.mean, atol=0.02)
    np.testing.assert_allclose(belief.given(told, np.full((3, 5), 1e-2, np.float32)), told, atol=0.02)
