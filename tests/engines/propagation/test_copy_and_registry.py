import subprocess
import sys

import numpy as np
import pytest

from engines.correspondence.feature_reader import FeatureExtractor
from engines.correspondence.handmade import HandmadeEncoder
from engines.device import pick_compute
from engines.propagation.carry import carry
from engines.propagation.copy import CopyEngine, confidence_at
from engines.propagation.registry import DEFAULT_ENGINE, ENGINES, load_engine
from engines.propagation.schedule import stretches_of
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


def test_every_engine_listed_can_be_loaded():
    extractor = FeatureExtractor(HandmadeEncoder(), "handmade", pick_compute("cpu", half=False))
    for name in ENGINES:
        told = load_engine(name, extractor).cost(WIDTH, HEIGHT, 2, 10, "normal")
        assert told.seconds > 0 and told.peak_bytes > 0
    assert DEFAULT_ENGINE in ENGINES
    with pytest.raises(ValueError, match=r"'flwo'.*copy, .*flow"):
        load_engine("flwo")
    with pytest.raises(ValueError, match="learned needs features"):
        load_engine("learned")


def test_asking_what_there_is_imports_no_engine():
    code = "import sys, engines.propagation.registry; assert not {'cv2', 'torch', 'scipy'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
