import importlib.util
import re
import sys
from pathlib import Path

import numpy as np
import pytest

from engines.propagation import learned_confidence
from engines.propagation.learned_confidence import LearnedSigns, expected_iou

ROOT = Path(__file__).parents[3]


@pytest.fixture
def script(monkeypatch):
    path = ROOT / "docs" / "calibrate_confidence.py"
    spec = importlib.util.spec_from_file_location("calibrate", path)
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "calibrate", module)  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


def test_a_scene_is_carried_once_and_constants_are_told(script, tmp_path, monkeypatch, capsys):
    for name, value in {"N_FRAMES": 4, "N_FOLDS": 2, "WIDTH": 160, "HEIGHT": 96, "LEAST_AREA": 9}.items():
        monkeypatch.setattr(script, name, value)
    rows = tmp_path / "rows.jsonl"
    monkeypatch.setattr(sys, "argv", ["calibrate", "--scenes", "2", "--rows", str(rows)])
    assert script.main() == 0
    kept, first = rows.read_text(), capsys.readouterr().out
    signs = ("CRISPNESS", "COLOURS", "WAY", "WAVERING")
    told = re.findall(r"^(_[A-Z_]+) = -?[0-9.]+$", first, re.MULTILINE)
    assert told == ["_CONSTANT", *(f"_PER_{sign}" for sign in signs)]
    script.main()
    assert rows.read_text() == kept
    assert "scene 0:" in first and "scene 0:" not in capsys.readouterr().out


def test_the_constants_that_labels_follow_are_found_again(script):
    rng = np.random.default_rng(0)
    names = list(script.DIRECTIONS)
    rows = [dict(zip(names, rng.random(4), strict=True)) for _ in range(400)]
    truth = np.array([expected_iou(LearnedSigns(**row)) for row in rows])
    found = script.fitted(script.inputs(rows), truth, np.ones(len(rows)))
    told = [learned_confidence._CONSTANT, *(getattr(learned_confidence, f"_PER_{name.upper()}") for name in names)]
    assert found == pytest.approx(told, abs=0.2), "but for the ridge"


def test_no_sign_speaks_the_wrong_way(script):
    signs = np.random.default_rng(1).random((300, 4))
    assert script.fitted(signs, 1 - signs[:, 0], np.ones(300))[1] == 0
