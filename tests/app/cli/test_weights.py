import os

import pytest
import torch

from app.tasks import weights as task
from app.tasks.weights import chosen_weights, imported_folder, known_weights
from engines.correspondence.architectures import build_encoder
from engines.correspondence.encoder_weights import save_encoder
from engines.weights import SHIPPED_FOLDER, weights_in
from tests.engines.correspondence import checkpoints


@pytest.fixture(scope="module")
def walk(tmp_path_factory):
    """A published checkpoint in a file."""
    file = tmp_path_factory.mktemp("walk") / "walk.pth"
    torch.save({"model": checkpoints.crw()}, file)
    return file


@pytest.fixture
def own(tmp_path):
    """A weights file of ours that lies somewhere."""
    about = {"name": "mine", "title": "Mine", "summary": "From last night.", "data": "cats"}
    return save_encoder(
        build_encoder("small"), tmp_path / "w.safetensors", architecture="small", options={}, about=about
    )


def names(run):
    return [row["name"] for row in run("weights", "--json", "--device", "cpu").facts["weights"]]


def test_at_first_there_are_the_shipped_ones(run):
    answer = run("weights", "--device", "cpu", "--json")
    assert answer.code == 0
    assert [row["name"] for row in answer.facts["weights"]] == list(weights_in([SHIPPED_FOLDER]))
    assert all(row["shipped"] for row in answer.facts["weights"])
    assert answer.facts["device"].startswith("cpu (")
    assert answer.facts["default"] == "small"
    assert "run on cpu (" in run("weights", "list", "--device", "cpu").out


def test_a_published_checkpoint_comes_in_is_shown_and_goes(run, walk):
    answer = run("weights", "import", walk, "--json")
    assert answer.code == 0
    assert (answer.facts["name"], answer.facts["architecture"]) == ("crw-resnet18", "resnet18")
    assert answer.facts["left_out"] == {"selfsim_fc": 2, "encoder.model.layer4": 25}
    assert "Left out, because matching does not need them: encoder.model.layer4 (25), selfsim_fc (2)." in answer.err
    assert "pads by reflection" in answer.err
    assert names(run)[-1] == "crw-resnet18"
    rows = {row["name"]: row["best_for"] for row in run("weights", "--json", "--device", "cpu").facts["weights"]}
    assert rows["crw-resnet18"] == "comparing with their paper"
    assert rows["small"].startswith("runs: the fastest")

    told = run("weights", "show", "crw-resnet18").out
    assert "# Contrastive random walk, ResNet-18" in told
    for fact in ("Jabri, Owens and Efros", "walk.pth", "padding reflect", "2.78 M parameters", "terms: those of"):
        assert fact in told
    assert run("weights", "show", "crw-resnet18", "--json").facts["card"].startswith("# Contrastive")

    answer = run("weights", "remove", "crw-resnet18", "--json")
    assert answer.facts["removed"] == "crw-resnet18"
    assert "crw-resnet18" not in known_weights()
    assert not list(imported_folder().iterdir())


def test_name_and_stride_can_be_given(run, walk):
    answer = run("weights", "import", walk, "--name", "walk4", "--stride", "4")
    assert "is in as walk4" in answer.out
    assert chosen_weights("walk4").options == {"padding": "reflect", "stride": 4}
    again = run("weights", "import", walk, "--name", "walk4")
    assert again.code == 1
    assert "There are weights called walk4 already" in again.err


def test_a_file_of_ours_comes_in_as_it_is(run, own):
    answer = run("weights", "import", own.file, "--json")
    assert (answer.facts["name"], answer.facts["fingerprint"]) == ("mine", own.fingerprint)
    run("weights", "import", own.file, "--name", "other")
    info = chosen_weights("other")
    assert (info.name, info.title, info.fingerprint, info.about) == ("other", "Mine", own.fingerprint, {"data": "cats"})
    answer = run("weights", "import", own.file, "--family", "crw")
    assert answer.code == 1
    assert "says itself what it is: leave --family" in answer.err


def test_weights_are_chosen_by_file_too(own):
    assert chosen_weights(str(own.file)) == own


def test_what_cannot_be_used_is_told_and_the_rest_is_listed(run, own):
    run("weights", "import", own.file)
    (imported_folder() / "bad.safetensors").write_bytes(b"bad")
    answer = run("weights", "--json", "--device", "cpu")
    assert answer.code == 0
    assert answer.facts["weights"][-1]["name"] == "mine"
    assert list(answer.facts["unusable"]) == ["bad"]
    assert "bad.safetensors is no safetensors file" in answer.err


@pytest.mark.parametrize(
    "arguments",
    [("import",), ("show",), ("remove",), ("list", "small"), ("polish",), ("import", "x", "--stride", "6")],
)
def test_bad_usage_is_told_as_such(run, arguments):
    answer = run("weights", *arguments)
    assert answer.code == 2
    assert "usage:" in answer.err


def test_mistakes_are_told_in_a_sentence(run, tmp_path, own):
    for arguments, words in (
        (("import", tmp_path / "none.pth"), "There is no"),
        (("import", tmp_path), "is a folder where a file is needed"),
        (("show", "none"), "No weights are called none"),
        (("remove", "none"), "No weights called none were brought in"),
        (("remove", "../own"), "cannot be called"),
        (("remove", own.file), "is a file: give the name"),
    ):
        answer = run("weights", *arguments)
        assert answer.code == 1
        assert words in answer.err
        assert len(answer.err.strip().splitlines()) == 1


def test_shipped_weights_cannot_be_removed(run, own, monkeypatch):
    monkeypatch.setattr(task, "SHIPPED_FOLDER", own.file.parent)
    answer = run("weights", "remove", "w")
    assert answer.code == 1
    assert "came with Throughline" in answer.err
    assert own.file.exists()


class Hostile:
    def __reduce__(self):
        return os.system, ("touch ran",)


def test_a_hostile_file_is_refused(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    torch.save({"model": Hostile()}, tmp_path / "hostile.pth")
    answer = run("weights", "import", tmp_path / "hostile.pth", "--json")
    assert answer.code == 1
    assert "so it was not opened" in answer.facts["error"]
    assert not (tmp_path / "ran").exists()


def test_without_torch_the_list_is_there_all_the_same(run, own, monkeypatch):
    run("weights", "import", own.file)
    monkeypatch.setattr("app.cli.weights.pick_device", missing_torch)
    answer = run("weights", "--json")
    assert answer.code == 0
    assert answer.facts["device"] is None
    assert answer.facts["weights"][-1]["name"] == "mine"
    assert "Torch cannot be loaded" in answer.err


def missing_torch(_name):
    raise ImportError("no torch")
