"""Weights in the window: the list with its cards, bringing in, choosing for runs, and what is remembered."""

import sys
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from PySide6.QtCore import Qt

from app.project import verbs
from app.project.model import UsedWeights
from app.tasks.weights import imported_folder
from engines.correspondence.architectures import build_encoder
from engines.correspondence.encoder_weights import save_encoder
from engines.labels.rle import RleMask
from engines.propagation import registry
from engines.propagation.copy import CopyEngine
from tests.engines.correspondence import checkpoints
from widgets.timeline.telling import run_text


@pytest.fixture
def own():
    """A function that puts weights where those go that were brought in."""

    def make(name="mine"):
        about = {"name": name, "title": name.capitalize(), "summary": f"Taught on {name}.", "data": "cats"}
        file = imported_folder() / f"{name}.safetensors"
        return save_encoder(build_encoder("small"), file, architecture="small", options={}, about=about)

    return make


@pytest.fixture(autouse=True)
def small_is_shipped(tmp_path_factory, monkeypatch):
    """Ship weights called small and none else."""
    folder = tmp_path_factory.mktemp("shipped")
    about = {"name": "small", "title": "Small", "summary": "The default."}
    save_encoder(build_encoder("small"), folder / "small.safetensors", architecture="small", options={}, about=about)
    (folder / "small.md").write_text(
        "# Small\n\nTaught by us.\n\n## Best for\n\nevery day\n\nand more", encoding="utf-8"
    )
    monkeypatch.setattr("app.tasks.weights.SHIPPED_FOLDER", folder)
    monkeypatch.setattr("engines.weights.SHIPPED_FOLDER", folder)


@pytest.fixture(autouse=True)
def matcher(monkeypatch):
    """Give the window an engine that needs weights; it says which it got."""
    got = []

    class Matcher(CopyEngine):
        def __init__(self, extractor, recipe):
            got.append(extractor.fingerprint)

    info = replace(registry.ENGINES["copy"], name="matcher", title="Matcher", needs_weights=True)
    monkeypatch.setitem(registry.ENGINES, "matcher", replace(info, target="pretend:Matcher"))
    monkeypatch.setitem(sys.modules, "pretend", SimpleNamespace(Matcher=Matcher))
    return got


def names(window):
    return list(window.shelf.infos)


def rows(dialog):
    return [
        tuple(dialog.list.topLevelItem(place).text(column) for column in range(4))
        for place in range(dialog.list.topLevelItemCount())
    ]


@pytest.fixture
def dialog(window, qtbot):
    """The dialog of a window that knows its weights."""
    window.action_set["weights"].trigger()
    qtbot.waitUntil(lambda: window.shelf.is_known and "Networks run on" in window.weights.dialog.device_label.text())
    return window.weights.dialog


def test_the_list_says_what_there_is_with_card_device_and_size(own, dialog):
    assert rows(dialog)[0] == ("Small, in use", "every day", "965 kB", "shipped")
    assert "Taught by us." in dialog.card.toPlainText()
    assert "0.47 M parameters" in dialog.card.toPlainText()
    assert "Networks run on" in dialog.device_label.text()
    assert not dialog.remove_button.isEnabled() and not dialog.use_button.isEnabled()


def test_weights_are_chosen_used_and_removed(own, window, dialog, qtbot):
    own()
    window.shelf.look()
    qtbot.waitUntil(lambda: names(window) == ["small", "mine"])
    dialog.stand_on("mine")
    assert "Taught on mine." in dialog.card.toPlainText() and "data: cats" in dialog.card.toPlainText()
    dialog.use_button.click()
    assert window.plan.request.weights == "mine"
    assert [row[:2] for row in rows(dialog)] == [
        ("Small", "every day"),
        ("Mine, in use", "clips like those they learned from"),
    ]
    dialog.remove_button.click()
    qtbot.waitUntil(lambda: names(window) == ["small"])
    assert window.plan.request.weights == "", "back to the default"
    assert rows(dialog)[0][0] == "Small, in use"
    assert not list(imported_folder().iterdir())


def test_a_checkpoint_is_brought_in(window, dialog, ask, tmp_path, qtbot):
    torch.save({"model": checkpoints.crw()}, tmp_path / "walk.pth")
    ask.path = tmp_path / "walk.pth"
    dialog.bring_in_button.click()
    assert ask.asked == ["Bring weights in"]
    qtbot.waitUntil(lambda: "crw-resnet18" in names(window), timeout=30_000)
    qtbot.waitUntil(lambda: dialog.chosen is not None and dialog.chosen.name == "crw-resnet18")
    assert "Jabri, Owens and Efros" in dialog.card.toPlainText()
    assert "Contrastive random walk, ResNet-18 is in as crw-resnet18." in window.messages.history[-1].text


def test_whose_checkpoint_it_is_is_asked_where_the_file_leaves_it_open(window, ask, tmp_path, qtbot):
    plain = checkpoints.filled(checkpoints.resnet(18, 3))
    state = {f"backbone.{checkpoints.openmmlab(name)}": tensor for name, tensor in plain.items()}
    torch.save({"state_dict": state}, tmp_path / "backbone.pth")
    ask.choice = "Spatial-then-temporal"
    window.weights.bring_in(tmp_path / "backbone.pth")
    qtbot.waitUntil(lambda: "spatial-then-temporal-resnet18" in names(window), timeout=30_000)
    assert ask.asked == ["Whose checkpoint is it?"] and not ask.told


def test_what_cannot_come_in_is_told(window, ask, tmp_path, qtbot):
    (tmp_path / "page.pth").write_text("<html>", encoding="utf-8")
    window.weights.bring_in(tmp_path / "page.pth")
    qtbot.waitUntil(lambda: bool(ask.told))
    assert "no checkpoint that torch can read" in ask.told[0].problem
    assert not window.jobs.is_busy


def test_a_file_that_cannot_be_used_says_why(window, dialog, qtbot):
    imported_folder().mkdir(parents=True)
    (imported_folder() / "bad.safetensors").write_bytes(b"bad")
    window.shelf.look()
    qtbot.waitUntil(lambda: len(rows(dialog)) == 2)
    dialog.list.setCurrentItem(dialog.list.topLevelItem(1))
    assert "is no safetensors file" in dialog.card.toPlainText()
    assert not dialog.use_button.isEnabled()
    dialog.remove_button.click()
    qtbot.waitUntil(lambda: len(rows(dialog)) == 1)
    assert not list(imported_folder().iterdir())


def test_the_run_panel_offers_weights_to_engines_that_need_them(own, window, qtbot):
    own()
    window.shelf.look()
    qtbot.waitUntil(lambda: names(window) == ["small", "mine"])
    panel = window.run_panel
    window.plan.choose("engine", "copy")
    assert not panel.weights_box.isEnabled() and panel.weights_box.currentText() == ""
    assert panel.weights_box.placeholderText() == "No weights needed"
    window.plan.choose("engine", "matcher")
    assert panel.weights_box.isEnabled()
    box = panel.weights_box
    assert [box.itemText(place) for place in range(box.count())] == ["Small", "Mine"]
    assert box.currentText() == "Small"
    assert "Taught on mine. 0.5 M parameters." in box.itemData(1, Qt.ItemDataRole.ToolTipRole)
    box.setCurrentIndex(1)
    box.activated.emit(1)
    assert window.plan.request.weights == "mine"


def test_a_run_uses_the_chosen_weights(own, opened, matcher, qtbot):
    info = own()
    window = opened
    window.shelf.look()
    qtbot.waitUntil(lambda: "mine" in names(window))
    window.plan.choose("engine", "copy")
    window.plan.choose("weights", "mine")
    window.plan.choose("engine", "matcher")
    object_id = window.workspace.add_object()
    mask = RleMask.encode(np.ones((48, 64), np.bool_))
    window.workspace.do(verbs.paint_mask(window.workspace.project, object_id, 0, mask, text="paint"))
    qtbot.waitUntil(lambda: window.plan.cost is not None, timeout=30_000)
    window.plan.start()
    qtbot.waitUntil(lambda: window.workspace.runner.active is None, timeout=30_000)
    assert set(matcher) == {info.fingerprint}
    record = window.workspace.project.runs[1]
    assert record.weights == UsedWeights("mine", info.fingerprint)
    assert "with the weights mine." in window.run_panel.end_label.text()
    assert f"weights mine ({info.fingerprint})" in run_text(window.workspace, record.run_id)


def test_what_a_run_needs_is_loaded_once_a_clip_is_open(own, opened, matcher, qtbot):
    info = own()
    opened.plan.choose("engine", "copy")
    opened.plan.choose("weights", "mine")
    assert matcher == []
    opened.plan.choose("engine", "matcher")
    opened.plan.choose("quality", "draft")
    qtbot.waitUntil(lambda: matcher == [info.fingerprint], timeout=30_000)


def test_what_was_chosen_is_remembered(own, make_window, qtbot):
    own()
    first = make_window()
    first.plan.choose("engine", "matcher")
    first.plan.choose("weights", "mine")
    first.plan.choose("quality", "draft")
    first.plan.choose("direction", "forward")
    first.close()
    request = make_window().plan.request
    assert (request.engine, request.weights, request.quality, request.direction) == (
        "matcher", "mine", "draft", "forward",
    )  # fmt: skip


def test_what_is_not_known_any_more_is_forgotten(window, qtbot):
    before = window.plan.request
    window.plan.recall({"engine": "gone", "quality": "best", "weights": "gone", "scope": "all", "direction": "up"})
    assert replace(window.plan.request, weights="") == before
    window.shelf.look()
    qtbot.waitUntil(lambda: window.shelf.is_known)
    window.shelf.changed.emit()
    assert window.plan.request.weights == ""


def test_the_dialog_can_be_closed_and_opened_again(window, dialog, qtbot):
    dialog.close()
    qtbot.waitUntil(lambda: window.weights.dialog is None)
    window.action_set["weights"].trigger()
    assert window.weights.dialog is not None and window.weights.dialog.isVisible()
