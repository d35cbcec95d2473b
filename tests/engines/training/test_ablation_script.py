import importlib.util
import json
import sys
from pathlib import Path

import cv2
import pytest

from engines.training.validation import Validation
from tests.engines.training.test_frame_pool import write_clip

ROOT = Path(__file__).parents[3]


@pytest.fixture
def script(monkeypatch):
    monkeypatch.setattr(Validation.__init__, "__defaults__", (1, (1, 16)))
    spec = importlib.util.spec_from_file_location("ablate", ROOT / "docs" / "ablate_correspondence.py")
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "ablate", module)  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


def test_variants_are_trained_once_and_written_as_table_and_picture(script, tmp_path, monkeypatch, capsys, qapp):
    data = tmp_path / "data"
    data.mkdir()
    write_clip(data / "a.avi", 6)
    words = ["--data", data, "--steps", 4, "--size", 32, "--samples", 2, "--only", "whole", "no-walk", "half"]
    words += ["--work", tmp_path / "work", "--picture", tmp_path / "curves.png"]
    monkeypatch.setattr(sys, "argv", ["ablate", *map(str, words)])
    assert script.main() == 0
    lines = (tmp_path / "work" / "table.md").read_text().splitlines()
    assert [line.split(" | ")[:2] for line in lines[2:]] == [
        ["| the whole recipe", "4"],
        ["| without walks through time", "4"],
        ["| half the steps", "2"],
    ]
    assert cv2.imread(str(tmp_path / "curves.png")).shape[:2] == (640, 1280)
    found = json.loads((tmp_path / "work" / "results.json").read_text())["variants"]
    assert [step for step, _ in found["whole"]["curve"]] == [0, 1, 2, 3, 4]
    monkeypatch.setattr(script, "train", None)  # nothing is trained again
    capsys.readouterr()
    assert script.main() == 0
    assert capsys.readouterr().out.splitlines()[:-1] == lines
    monkeypatch.setattr(sys, "argv", [*sys.argv, "--seed", "1"])
    with pytest.raises(SystemExit, match="other settings"):
        script.main()


@pytest.mark.parametrize(("low", "high"), [(0, 40), (0.29, 0.44), (0, 10000), (0.5, 0.5), (-3, 7), (0, 1.01)])
def test_ticks_are_few_round_and_enclose(low, high, script):
    ticks = sys.modules["docs.curves"].nice_ticks(low, high)
    assert ticks[0] <= low and high <= ticks[-1]
    assert 2 <= len(ticks) <= 9
