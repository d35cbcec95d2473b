"""The main job in the real window, with the mouse: open, show, paint, run, review and correct, save, export."""

import csv
import json
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt

from app.desk.workspace import Workspace
from app.project.model import Provenance
from app.project.project import Project
from engines.labels.rle import RleMask
from engines.metrics.davis import region_similarity
from tests.gestures import click, drag, key
from widgets.main_window import MainWindow
from widgets.settings import Settings

DEMO = Path(__file__).parents[2] / "resources" / "demo"
OBJECT_ID = 1
"""The object of the demo clip that is painted; its truth has the same id."""
FIRST_FRAME, LAST_FRAME = 0, 11
"""Part of the clip that the run carries through, to keep the test short."""


class Answers:
    """Stands in for the dialogs: answers at once with what the test has laid ready."""

    def __init__(self):
        self.path = None
        self.told = []

    def open_file(self, title, folder, pattern, then):
        then(self.path)

    def open_folder(self, title, folder, then):
        then(self.path)

    def save_file(self, title, proposed, pattern, suffix, then):
        then(self.path)

    def tell(self, error):
        self.told.append(str(error))


def truth(frame):
    return np.asarray(Image.open(DEMO / "masks" / f"{frame:05d}.png")) == OBJECT_ID


def strokes_over(mask, step_px):
    """Return horizontal strokes, [(x, y), (x, y)], that cover `mask` row by row."""
    for row in range(0, mask.shape[0], step_px):
        columns = np.flatnonzero(mask[row])
        for run in np.split(columns, np.flatnonzero(np.diff(columns) > 1) + 1):
            if len(run):
                yield [(float(run[0]), float(row)), (float(run[-1]), float(row))]


@pytest.fixture
def answers():
    return Answers()


@pytest.fixture
def window(qtbot, answers):
    window = MainWindow(Workspace(), Settings(), ask=answers)
    qtbot.addWidget(window)
    window.resize(1280, 860)
    window.show()
    yield window
    window.close()


def open_with(qtbot, window, answers, action, path):
    answers.path = path
    with qtbot.waitSignal(window.workspace.frame_ready):
        window.action_set[action].trigger()


def test_the_seven_steps(qtbot, window, answers, tmp_path):
    workspace, canvas = window.workspace, window.canvas

    def do(name):
        """Choose a command, as soon as it can be chosen."""
        qtbot.waitUntil(window.action_set[name].isEnabled)
        window.action_set[name].trigger()

    # 1, 2: open and show
    open_with(qtbot, window, answers, "open_clip", DEMO / "demo.mp4")
    assert workspace.clip.n_frames == len(list((DEMO / "masks").glob("*.png")))
    assert "demo.mp4" in window.windowTitle()
    picture = workspace.picture(0).image
    qtbot.waitUntil(lambda: canvas.grab().toImage().pixelColor(canvas.image_to_view(5, 5).toPoint()).isValid())
    seen = canvas.grab().toImage().pixelColor(canvas.image_to_view(40, 40).toPoint())
    assert np.abs(np.array(seen.getRgb()[:3]) - picture[36:45, 36:45].reshape(-1, 3).mean(axis=0)).max() < 60

    # 3: paint, without having made an object first
    wanted = truth(FIRST_FRAME)
    do("tool_brush")
    workspace.view.brush_radius_px = 2.0
    for stroke in strokes_over(wanted, 3):
        drag(canvas, stroke)
    assert list(workspace.project.objects) == [OBJECT_ID]
    anchor = painted(workspace, FIRST_FRAME)
    assert region_similarity(wanted, anchor) > 0.85
    before_last = workspace.undo_stack.index()
    click(canvas, 4, 4)
    assert painted(workspace, FIRST_FRAME)[4, 4]
    do("undo")
    assert workspace.undo_stack.index() == before_last
    assert (painted(workspace, FIRST_FRAME) == anchor).all()

    # 4: run, seeing results come in
    workspace.view.range = (FIRST_FRAME, LAST_FRAME)
    choose_range(window)
    seen_frames = []
    workspace.changed.connect(lambda change: seen_frames.extend(change.frames))
    do("run")
    qtbot.waitUntil(lambda: workspace.runner.active is None and workspace.runner.last is not None, timeout=60_000)
    assert set(seen_frames) == set(range(FIRST_FRAME + 1, LAST_FRAME + 1))
    for frame in range(FIRST_FRAME + 1, LAST_FRAME + 1):
        assert workspace.shown(OBJECT_ID, frame)[1], "results are proposals until accepted"
        assert region_similarity(truth(frame), painted(workspace, frame)) > 0.6

    # 5: review the least sure frame, correct it, accept the rest
    workspace.view.unsure_below = 1.0
    do("next_unsure")
    unsure = workspace.view.frame
    assert FIRST_FRAME < unsure <= LAST_FRAME
    qtbot.waitUntil(lambda: workspace.picture(unsure) is not None)
    do("tool_eraser")
    rows, columns = np.nonzero(painted(workspace, unsure))
    middle = (float(columns.mean()), float(rows.mean()))
    drag(canvas, [middle, (middle[0] + 6, middle[1])])
    corrected = painted(workspace, unsure)
    assert not corrected[round(middle[1]), round(middle[0])]
    assert workspace.runner.active.correction is not None, "what lies beside a correction is run again"
    qtbot.waitUntil(lambda: workspace.runner.active is None, timeout=60_000)
    do("accept_all")
    assert workspace.project.label(OBJECT_ID, unsure).provenance is Provenance.ANCHOR
    assert (painted(workspace, unsure) == corrected).all()
    other = next(f for f in range(FIRST_FRAME + 1, LAST_FRAME + 1) if f != unsure)
    assert workspace.project.label(OBJECT_ID, other).provenance is Provenance.DERIVED
    assert not any(workspace.project.is_stale(OBJECT_ID, frame) for frame in range(FIRST_FRAME, LAST_FRAME + 1))

    # 6: save, which moves the project to a file of ours
    answers.path = tmp_path / "demo.throughline"
    do("save")
    assert workspace.is_saved_by_user and "demo.throughline" in window.windowTitle()

    # 7: export, complete, anchors bit for bit
    window.files.export_to("davis", tmp_path / "masks")
    qtbot.waitUntil(lambda: (tmp_path / "masks").exists())
    files = sorted((tmp_path / "masks").rglob("*.png"))
    assert len(files) == workspace.clip.n_frames
    exported = {int(file.stem): np.asarray(Image.open(file)) == OBJECT_ID for file in files}
    assert (exported[FIRST_FRAME] == anchor).all() and (exported[unsure] == corrected).all()
    assert not exported[LAST_FRAME + 1].any()
    assert answers.told == []

    # and all of it is still there tomorrow
    window.close()
    with Project.open(tmp_path / "demo.throughline") as project:
        assert project.anchor_frames(OBJECT_ID) == [FIRST_FRAME, unsure]
        assert project.mask(project.label(OBJECT_ID, unsure).mask_id) == RleMask.encode(corrected)


def painted(workspace, frame):
    label, _ = workspace.shown(OBJECT_ID, frame)
    return workspace.project.mask(label.mask_id).decode()


def choose_range(window):
    """Press the run panel's button for the selected range."""
    window.plan.choose("only_range", True)


def test_a_film_that_is_none_is_told_in_one_dialog(qtbot, window, answers, tmp_path):
    answers.path = tmp_path / "notes.mp4"
    answers.path.write_text("not a film")
    window.action_set["open_clip"].trigger()
    qtbot.waitUntil(lambda: bool(answers.told))
    assert len(answers.told) == 1 and "notes.mp4" in answers.told[0]
    assert window.workspace.clip is None


def test_the_same_job_without_a_window(tmp_path, capsys):
    from app.cli.entry import main

    out = tmp_path / "masks"
    labels = DEMO / "first_frame.png"
    assert main(["propagate", str(DEMO / "demo.mp4"), "--labels", str(labels), "--out", str(out), "--json"]) == 0
    facts = json.loads(capsys.readouterr().out.splitlines()[-1])
    with av.open(str(DEMO / "demo.mp4")) as container:
        n_frames = sum(1 for _ in container.decode(video=0))
    assert facts["frames"] == n_frames == len(list(out.glob("*.png")))
    assert (np.asarray(Image.open(out / "00000.png")) == np.asarray(Image.open(labels))).all()
    with (out / "confidence.csv").open() as table:
        assert {int(row["frame"]) for row in csv.DictReader(table)} == set(range(n_frames))
    assert main(["score", "masks", str(DEMO / "masks"), str(out), "--json"]) == 0
    scores = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert main(["propagate", str(DEMO / "demo.mp4"), "--labels", str(labels), "--out", str(tmp_path / "copy"),
                 "--engine", "copy", "--quiet"]) == 0  # fmt: skip
    capsys.readouterr()
    assert main(["score", "masks", str(DEMO / "masks"), str(tmp_path / "copy"), "--json"]) == 0
    floor = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert scores["mean"]["J"] > floor["mean"]["J"]


def test_keys_reach_the_tools(qtbot, window, answers):
    open_with(qtbot, window, answers, "open_clip", DEMO / "demo.mp4")
    radius = window.workspace.view.brush_radius_px
    key(window.canvas, Qt.Key.Key_BracketRight)
    assert window.workspace.view.brush_radius_px > radius
