import importlib.util
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[3] / "docs" / "compare_semantics.py"
FOUND = {"val bits": 3.0, "val bits f": 5.0, "val rmse": 14.0, "val looks": 0.4, "val streets": 0.8, "val entropy": 2.0}


@pytest.fixture
def script(monkeypatch):
    spec = importlib.util.spec_from_file_location("compare_semantics", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "compare_semantics", module)  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


def test_what_is_finished_is_kept_and_heads_that_were_not_taught_have_no_figures(script, tmp_path, monkeypatch, capsys):
    trained = []

    def train(variant, args, data, compute):
        if len(trained) == 2 and variant.name not in trained:
            trained.append(variant.name)
            raise KeyboardInterrupt
        trained.append(variant.name)
        return [{"step": 4.0, "seconds": 1.0, **FOUND}]

    monkeypatch.setattr(script, "train", train)
    monkeypatch.setattr(script, "read_colour_data", lambda *given: None)
    words = ["compare_semantics", "--data", str(tmp_path), "--steps", "4", "--work", str(tmp_path / "work")]
    monkeypatch.setattr(sys, "argv", words)
    with pytest.raises(KeyboardInterrupt):
        script.main()
    assert script.main() == 0
    assert trained == ["colour", "semantic", "pretrained", "pretrained", "joint"]
    colour, semantic, _, joint = (tmp_path / "work" / "table.md").read_text().splitlines()[2:]
    assert colour == "| colours alone | 4 | 3.000 | 5.000 | 14.000 |  |  |  |"
    assert semantic == "| semantics alone, from scratch | 4 |  |  |  | 0.400 | 0.800 | 2.000 |"
    assert joint == "| both together | 4 | 3.000 | 5.000 | 14.000 | 0.400 | 0.800 | 2.000 |"
    monkeypatch.setattr(sys, "argv", [*words, "--seed", "1"])
    with pytest.raises(SystemExit, match="other settings"):
        script.main()
