import subprocess
import sys

import numpy as np
import pytest

from engines.correspondence.encoder import build_encoder
from engines.propagation.carry import carry
from engines.propagation.copy import CopyEngine, confidence_at
from engines.propagation.registry import DEFAULT_ENGINE, ENGINES, load_engine
from engines.propagation.schedule import stretches_of
from engines.tensor_file import WeightsError
from engines.weights import save_encoder
from tests.engines.propagation.clips import HEIGHT, WIDTH, CountingClip, anchor, square


def test_copy_repeats_the_mask_and_reads_nothing():
    clip = CountingClip.blank(30)
    results = list(carry(CopyEngine(), clip, [anchor(1, 5, square(8))], stretches_of(1, [5], 30, "both"), "both"))
    assert len(results) == 29
    assert all(np.array_equal(r.mask.decode(), square(8)) for r in results)
    assert clip.read == []
    assert all(r.confidence == confidence_at(r.frame - 5) for r in results)


def test_copy_trusts_itself_less_with_distance():
    confidence = [confidence_at(d) for d in range(200)]
    assert confidence[0] == 1 and confidence == sorted(confidence, reverse=True) and confidence[-1] > 0


def test_copy_must_be_placed_first():
    with pytest.raises(ValueError, match="place the tracker"):
        CopyEngine().begin(CountingClip.blank(2), [], "normal", range(2)).hold(1, square(3))


def test_every_engine_listed_can_be_loaded(tmp_path):
    about = {"name": "tiny", "title": "Tiny", "summary": ""}
    file = tmp_path / "tiny.safetensors"
    weights = save_encoder(build_encoder("small"), file, architecture="small", options={}, about=about)
    for name in ENGINES:
        told = load_engine(name, weights).cost(WIDTH, HEIGHT, 2, 10, "normal")
        assert told.seconds > 0 and told.peak_bytes > 0
    assert DEFAULT_ENGINE in ENGINES
    with pytest.raises(ValueError, match=r"'flwo'.*copy, .*flow"):
        load_engine("flwo")


def test_an_engine_that_needs_weights_says_so_where_there_are_none(monkeypatch, tmp_path):
    monkeypatch.setattr("engines.weights.default_weights.__defaults__", ((tmp_path,),))
    for name in (name for name, info in ENGINES.items() if info.needs_weights):
        with pytest.raises(WeightsError, match="The weights small, which learned engines use, are not installed: "):
            load_engine(name)


def test_asking_what_there_is_imports_no_engine():
    code = "import sys, engines.propagation.registry; assert not {'cv2', 'torch', 'scipy'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
