import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from app.errors import UserError
from app.tasks.engine_loader import FEATURE_MEMORY_BYTES, MOST_ENCODERS, EngineLoader, pick_device
from app.tasks.weights import imported_folder
from engines.correspondence.architectures import build_encoder
from engines.correspondence.encoder_weights import save_encoder
from engines.correspondence.feature_reader import FeatureExtractor
from engines.propagation import registry


@dataclass
class Matcher:
    """Stands in for an engine that matches features."""

    extractor: FeatureExtractor
    recipe: str


@pytest.fixture(autouse=True)
def matcher(monkeypatch):
    info = replace(registry.ENGINES["copy"], name="matcher", needs_weights=True, recipe="own")
    monkeypatch.setitem(registry.ENGINES, "matcher", replace(info, target="pretend:Matcher"))
    monkeypatch.setitem(sys.modules, "pretend", SimpleNamespace(Matcher=Matcher))


@pytest.fixture
def brought_in():
    """A function that puts weights where imported ones are."""

    def make(name):
        about = {"name": name, "title": name, "summary": ""}
        encoder = build_encoder("small")
        return save_encoder(
            encoder, imported_folder() / f"{name}.safetensors", architecture="small", options={}, about=about
        )

    return make


def test_networks_and_features_are_shared_by_all_runs(brought_in):
    first, second = brought_in("a"), brought_in("b")
    engines = EngineLoader()
    engine = engines.load("matcher", "a", "cpu")
    assert (engine.extractor.fingerprint, engine.recipe) == (first.fingerprint, "own")
    assert engine.extractor.compute.device.type == "cpu"
    again, other = engines.load("matcher", "a", "cpu"), engines.load("matcher", str(second.file), "cpu")
    assert again.extractor.encoder is engine.extractor.encoder
    assert other.extractor.encoder is not engine.extractor.encoder
    assert engine.extractor.cache is again.extractor.cache is other.extractor.cache is engines.cache


def test_only_the_latest_networks_are_kept(brought_in):
    engines = EngineLoader()
    names = [brought_in(f"w{n}").name for n in range(MOST_ENCODERS + 1)]
    made = [engines.load("matcher", name, "cpu").extractor.encoder for name in names]
    assert engines.load("matcher", f"w{MOST_ENCODERS}", "cpu").extractor.encoder is made[-1]
    assert engines.load("matcher", "w0", "cpu").extractor.encoder is not made[0]


def test_weights_that_changed_are_loaded_anew(brought_in):
    engines = EngineLoader()
    brought_in("a")
    before = engines.load("matcher", "a", "cpu").extractor.encoder
    brought_in("a")
    assert engines.load("matcher", "a", "cpu").extractor.encoder is not before


def test_weights_and_devices_that_are_not_there_are_told(brought_in):
    brought_in("a")
    with pytest.raises(UserError, match=r"No weights are called b: give one of .*a"):
        EngineLoader().load("matcher", "b")
    with pytest.raises(UserError, match="There is no device tpu here"):
        pick_device("tpu")


def test_an_engine_without_weights_asks_for_none():
    assert EngineLoader().load("copy", "nothing of that name", "tpu") is not None
    with pytest.raises(ValueError, match="no engine is called 'flwo'"):
        EngineLoader().load("flwo")


def test_missing_default_weights_are_told_with_their_remedy(monkeypatch, tmp_path):
    monkeypatch.setattr("app.tasks.weights.SHIPPED_FOLDER", tmp_path)
    with pytest.raises(UserError, match="The weights small, which learned engines use, are not installed: install"):
        EngineLoader().load("matcher")


def test_a_torch_that_cannot_be_loaded_is_told(brought_in, monkeypatch):
    brought_in("a")
    monkeypatch.setitem(sys.modules, "engines.device", None)
    with pytest.raises(UserError, match=r"Torch cannot be loaded .*: run `main\.py doctor`"):
        EngineLoader().load("matcher", "a")


def test_torch_is_not_looked_through_for_garbage():
    program = (
        "import gc; from app.tasks.engine_loader import pick_device; assert gc.get_freeze_count() == 0;"
        "pick_device('cpu'); n = gc.get_freeze_count(); assert n > 50_000, n;"
        "kept = [[] for _ in range(1000)]; pick_device('cpu'); assert gc.get_freeze_count() == n"
    )
    root = Path(__file__).parents[3]
    subprocess.run([sys.executable, "-c", program], cwd=root, check=True)


def test_the_memory_of_features_is_told_and_bounded(brought_in):
    brought_in("a")
    engines = EngineLoader()
    a_frame = 2 * 854 * 480 * (64 / 64 + 32 / 16)
    how = ("matcher", "a", "cpu", (854, 480))
    assert engines.feature_bytes(*how, 10) == pytest.approx(10 * a_frame, rel=0.01)
    assert engines.feature_bytes(*how, 100_000) == FEATURE_MEMORY_BYTES
    assert engines.feature_bytes("copy", "", "cpu", (854, 480), 10) == 0
