import dataclasses
import json

import cv2
import numpy as np
import pytest
import torch

from engines.correspondence.encoder import Features
from engines.device import Compute
from engines.training.curve import Curve, columns
from engines.training.frame_pool import FramePool
from engines.training.loop import STATE_FILE, Step, Training, _schedule, read_checkpoint
from engines.training.pictures import load_picture
from engines.training.recipes import RECIPES, build_recipe
from engines.training.validation import Verdict
from engines.training.views import ViewSettings
from engines.training.walk import WalkRecipe

pytestmark = pytest.mark.usefixtures("one_thread")

CPU = Compute(torch.device("cpu"), torch.float32)
TINY = WalkRecipe(flow=1.0, n_samples=2, views=ViewSettings(size_px=32), n_anchors=16, n_strangers=16)


@pytest.fixture(scope="module")
def pool():
    picture = cv2.resize(load_picture("coffee"), (96, 64))
    clip = np.stack([np.roll(picture, 2 * frame, 1) for frame in range(6)])
    return FramePool([clip], [cv2.resize(load_picture("chelsea"), (80, 64))])


def state(training):
    return {name: value.clone() for name, value in training.weights().state_dict().items()}


def same(one, other):
    return all(torch.equal(one[name], other[name]) for name in one)


@pytest.mark.parametrize("seed", [0, 7])
def test_a_resumed_training_ends_bit_for_bit_where_an_unbroken_one_does(pool, tmp_path, seed):
    whole = Training(TINY, pool, 5, seed, CPU)
    losses = [step.losses for step in whole.run()]
    broken = Training(TINY, pool, 5, seed, CPU)
    again = [step.losses for step in broken.run(until=2)]
    broken.save(tmp_path)
    resumed = Training(TINY, pool, 5, seed, CPU)
    resumed.resume(tmp_path)
    assert resumed.number == 2 and resumed.seconds > 0
    again += [step.losses for step in resumed.run()]
    assert again == losses
    assert same(state(whole), state(resumed))


def test_a_full_disk_is_told_as_one_and_the_last_checkpoint_stays(pool, tmp_path, tiny_disk):
    training = Training(TINY, pool, 5, 0, CPU)
    training.save(tmp_path)
    training.number = 3
    with tiny_disk(), pytest.raises(OSError, match=STATE_FILE):
        training.save(tmp_path)
    assert read_checkpoint(tmp_path)["step"] == 0
    assert [file.name for file in tmp_path.iterdir()] == [STATE_FILE]


def test_seeds_differ(pool):
    first, second = ([step.losses for step in Training(TINY, pool, 1, seed, CPU).run()] for seed in (0, 1))
    assert first != second


@pytest.mark.parametrize(
    ("recipe", "n_steps", "seed", "words"),
    [
        (TINY, 6, 0, "n_steps"),
        (TINY, 5, 1, "seed"),
        (dataclasses.replace(TINY, walk=0.0), 5, 0, "constants"),
        (dataclasses.replace(TINY, architecture="large"), 5, 0, "architecture"),
        (build_recipe("cycle", size_px=96, n_samples=1), 5, 0, "recipe"),
    ],
)
def test_foreign_checkpoints_are_refused(pool, tmp_path, recipe, n_steps, seed, words):
    Training(TINY, pool, 5, 0, CPU).save(tmp_path)
    other = Training(recipe, pool, n_steps, seed, CPU)
    before = state(other)
    with pytest.raises(ValueError, match=words):
        other.resume(tmp_path)
    assert same(before, state(other))


@pytest.mark.parametrize("content", [None, b"", b"\xff" * 40, b"\x02\0\0\0\0\0\0\0{}"])
def test_no_checkpoint_is_said(pool, tmp_path, content):
    if content is not None:
        (tmp_path / STATE_FILE).write_bytes(content)
    with pytest.raises(ValueError, match="checkpoint in"):
        read_checkpoint(tmp_path)


def test_an_empty_training_saves_what_it_is(pool, tmp_path):
    Training(TINY, pool, 5, 3, CPU).save(tmp_path / "new")
    about = read_checkpoint(tmp_path / "new")
    assert (about["step"], about["n_steps"], about["seed"], about["recipe"]) == (0, 5, 3, "walk")
    assert [file.name for file in (tmp_path / "new").iterdir()] == [STATE_FILE]


@dataclasses.dataclass(frozen=True)
class Sabotage(WalkRecipe):
    """A recipe whose features are all alike, or whose loss is no number."""

    harm: str = "collapse"

    def losses(self, encoder, *rest):
        terms, cells = super().losses(encoder, *rest)
        if self.harm == "collapse":
            return terms, torch.ones_like(cells)
        return {name: term * float("nan") for name, term in terms.items()}, cells


@pytest.mark.parametrize(("harm", "words"), [("collapse", "alike"), ("nan", "no number")])
def test_a_training_that_fails_says_so(pool, harm, words):
    recipe = Sabotage(harm=harm, **{f.name: getattr(TINY, f.name) for f in dataclasses.fields(WalkRecipe)})
    training = Training(recipe, pool, 3, 0, CPU)
    before = state(training)
    with pytest.raises(ArithmeticError, match=words):
        next(training.run())
    assert same(before, state(training))


def test_every_term_can_be_left_out(pool):
    names = {"warps", "flow", "fine", "fine flow", "walk", "colours"}
    for name in names - {"fine flow"}:
        training = Training(dataclasses.replace(TINY, walk_from=0.0, **{name: 0.0}), pool, 1, 0, CPU)
        (step,) = training.run()
        assert set(step.losses) == {term for term in names if name not in term.split()}


def test_walks_begin_when_features_can_find_a_way(pool):
    steps = list(Training(dataclasses.replace(TINY, walk_from=0.5), pool, 2, 0, CPU).run())
    assert ["walk" in step.losses for step in steps] == [False, True]


def test_training_teaches(pool):
    """On one picture that moves, the first term falls."""
    recipe = dataclasses.replace(TINY, flow=0.0, fine=0.0, walk=0.0, colours=0.0)
    warps = [step.losses["warps"] for step in Training(recipe, pool, 30, 0, CPU).run()]
    assert np.mean(warps[-6:]) < np.mean(warps[:6]) - 0.4


def test_the_average_is_what_is_handed_out(pool):
    training = Training(TINY, pool, 3, 0, CPU)
    assert not training.weights().training
    assert same(state(training), training.encoder.state_dict())
    list(training.run())
    assert not same(state(training), training.encoder.state_dict())
    last = Training(dataclasses.replace(TINY, average=0.0), pool, 3, 0, CPU)
    list(last.run())
    assert same(state(last), last.encoder.state_dict())


def test_the_rate_rises_and_falls():
    rates = [_schedule(progress) for progress in np.linspace(0, 1, 101)]
    assert rates[0] < 0.02 and max(rates) > 0.98 and rates.index(max(rates)) == 5
    assert rates[-1] == pytest.approx(0, abs=1e-9)
    assert all(np.diff(rates[6:]) < 0)


def test_features_with_one_head_do_for_the_cycle_only():
    assert {"resnet18", "resnet50"}.isdisjoint(RECIPES["walk"].architectures)
    assert Features(torch.zeros(1), None).fine is None


@pytest.mark.parametrize("name", RECIPES)
def test_every_recipe_can_be_built_for_every_encoder_it_names(name):
    for architecture in RECIPES[name].architectures:
        recipe = build_recipe(name, architecture)
        assert (recipe.name, recipe.architecture) == (name, architecture)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("fly",), "no recipe fly"),
        (("walk", "resnet18"), "cannot teach"),
        (("walk", "small", 50), "50 px"),
        (("cycle", None, 100), "100 px"),
    ],
)
def test_what_no_recipe_can_do_is_refused(arguments, words):
    with pytest.raises(ValueError, match=words):
        build_recipe(*arguments)


def test_a_curve_comes_back_from_its_file(tmp_path):
    curve = Curve(2)
    verdict = Verdict({1: 0.75, 4: 0.25}, 0.125)
    curve.judge(verdict.figures, 0, 0.0)
    for number in range(1, 6):
        terms = {"warps": float(number)} | ({"walk": 1.0} if number > 2 else {})
        assert curve.add(Step(number, 5, number / 2, terms, 0.5)) == (number in (2, 4, 5))
    curve.judge(verdict.figures, 5, 2.5)
    assert [row["step"] for row in curve.rows] == [0, 2, 4, 5]
    assert [row.get("warps") for row in curve.rows] == [None, 1.5, 3.5, 5]
    assert curve.judged == [curve.rows[0], curve.rows[-1]]
    wanted = ["step", "seconds", "warps", "walk", "spread", "right 1", "right 4", "mean", "stays"]
    assert columns(curve.rows) == wanted
    curve.write(tmp_path / "curve.csv")
    other = Curve(2)
    other.read(tmp_path / "curve.csv", 4)
    assert other.rows == curve.rows[:3]
    assert [file.name for file in tmp_path.iterdir()] == ["curve.csv"]
    assert json.dumps(other.rows)


def test_a_training_goes_on_from_the_network_that_it_is_given(pool):
    first = Training(TINY, pool, 2, 0, CPU)
    list(first.run())
    learnt = first.encoder.state_dict()
    second = Training(TINY, pool, 2, 1, CPU, learnt)
    for network in (second.encoder, second.weights()):
        assert all(torch.equal(value, learnt[name]) for name, value in network.state_dict().items())
