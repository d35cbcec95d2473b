"""Stamps are laid, warped and painted; the vertices of a mesh are dragged, and what lies around follows."""

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QRectF, Qt

from app.desk.run_request import RunRequest
from app.project import paint_verbs, verbs
from app.project.model import Provenance
from app.project.project import Project
from engines.labels.painting import Painting
from engines.labels.presence import Presence
from engines.labels.sheets import Sheet, Sheets
from engines.propagation.types import PaintResult, Stretch
from engines.texture.mesh import mesh_over
from tests.gestures import click, double_click, drag, hover, key, move, press, release
from tests.widgets.canvas.pretend import HEIGHT, WIDTH
from tests.widgets.canvas.textures import painted, wait
from widgets.canvas import marks
from widgets.canvas.stamp_image import STRIPES
from widgets.canvas.texture_layer import TextureLayer


@pytest.fixture
def stamp(qtbot, canvas, workspace, texture):
    """A function that takes a stamp in hand."""

    def take(words):
        workspace.view.tool = "brush"
        workspace.view.stamp = words
        workspace.view.tool = "stamp"
        qtbot.waitUntil(lambda: not workspace.textures.is_working)
        return canvas.tool

    return take


def test_stripes_are_laid_by_a_drag_and_painted_by_enter(qtbot, canvas, workspace, texture, stamp):
    tool = stamp("stripes")
    drag(canvas, [(40, 30), (100, 90)])
    assert tool.is_busy and workspace.project.label(texture, 0) is None
    (left, top), _, (right, bottom), _ = tool.corners
    assert (left, top) == pytest.approx((40, 30), abs=0.5) and right - left == pytest.approx(bottom - top)
    key(canvas, Qt.Key.Key_Return)
    wait(qtbot, workspace, canvas)
    rgba = painted(workspace, texture)
    height = (bottom - top) / 6
    found = [tuple(rgba[round(top + (n + 0.5) * height), 70, :3]) for n in range(6)]
    assert np.abs(np.subtract(found, STRIPES)).max() <= 2
    assert not rgba[20, 70].any()
    assert not tool.is_busy and workspace.undo_stack.count() == 1


def test_corners_warp_it_and_its_inside_moves_it(qtbot, canvas, workspace, texture, stamp):
    tool = stamp("stripes")
    drag(canvas, [(40, 30), (100, 90)])
    drag(canvas, [(40, 30), (20, 20), (10, 10)])
    assert tool.corners[0] == pytest.approx((10, 10), abs=0.5)
    rest = tool.corners[1:]
    drag(canvas, [(70, 60), (80, 65)])
    moved = np.subtract(tool.corners[1:], rest)
    assert np.allclose(moved, (10, 5), atol=0.5)
    double_click(canvas, 75, 62)
    wait(qtbot, workspace, canvas)
    rgba = painted(workspace, texture)
    assert rgba[21, 25, 3] > 200, "towards the corner that was dragged out"
    assert not rgba[21, 100].any()


def test_escape_takes_it_away_and_a_click_lays_it_in_a_size_of_its_own(canvas, workspace, texture, stamp):
    tool = stamp("stripes")
    click(canvas, 80, 60)
    assert tool.is_busy
    key(canvas, Qt.Key.Key_Escape)
    assert not tool.is_busy and workspace.undo_stack.count() == 0


def other_frame(workspace):
    workspace.view.frame = 2


def other_frame_whose_picture_is_late(workspace):
    workspace.is_decoding = True
    workspace.view.frame = 2
    workspace.is_decoding = False
    workspace.deliver(2)


def other_object(workspace):
    workspace.view.object_id = 1


def other_tool(workspace):
    workspace.view.tool = "brush"


def run(workspace):
    workspace.start_run(RunRequest(engine="copy"))


LEAVING = (other_frame, other_frame_whose_picture_is_late, other_object, other_tool, run)


@pytest.mark.parametrize("leave", LEAVING)
def test_what_leaves_a_stamp_paints_it_where_it_was_laid_as_one_step(qtbot, canvas, workspace, texture, stamp, leave):
    tool = stamp("stripes")
    drag(canvas, [(40, 30), (100, 90)])
    leave(workspace)
    wait(qtbot, workspace, canvas)
    assert painted(workspace, texture)[60, 70, 3] == 255 and not tool.is_busy
    assert workspace.project.labels_of(texture).keys() == {0}
    assert workspace.undo_stack.count() == 1 and not workspace.sayings
    workspace.undo_stack.undo()
    assert workspace.project.label(texture, 0) is None


def test_closing_paints_a_stamp(canvas, workspace, texture, stamp):
    stamp("stripes")
    drag(canvas, [(40, 30), (100, 90)])
    path = workspace.project.path
    assert workspace.close()
    with Project.open(path) as project:
        assert project.label(texture, 0) is not None
    assert not workspace.sayings


def test_a_stamp_that_cannot_be_painted_waits_on_its_frame(qtbot, canvas, workspace, texture, stamp):
    tool = stamp("stripes")
    drag(canvas, [(40, 30), (100, 90)])
    workspace.do(verbs.set_locked(workspace.project, texture, True))
    workspace.view.frame = 2
    assert "is locked" in workspace.sayings[-1] and not tool.is_busy and tool.corners
    workspace.undo_stack.undo()
    workspace.view.tool = "brush"
    wait(qtbot, workspace, canvas)
    assert painted(workspace, texture)[60, 70, 3] == 255 and workspace.project.label(texture, 2) is None


def test_its_hint_is_whole_on_a_small_canvas(canvas, workspace, stamp, monkeypatch):
    boxes = []
    monkeypatch.setattr(marks, "paint_label", lambda painter, box, text: boxes.append((box, text)))
    stamp("stripes")
    canvas.resize(260, 200)
    drag(canvas, [(100, 60), (158, 118)])
    canvas.grab()
    box, text = boxes[-1]
    assert "Esc" in text and QRectF(canvas.rect()).contains(box)
    assert canvas.tool.overlay_bounds().contains(box)


def test_words_are_in_the_colour_of_the_brush_and_leave_what_is_around_them(qtbot, canvas, workspace, texture, stamp):
    workspace.view.paint_colour = "#00ff00"
    stamp("text:HI")
    drag(canvas, [(10, 30), (110, 100)])
    key(canvas, Qt.Key.Key_Return)
    wait(qtbot, workspace, canvas)
    rgba = painted(workspace, texture)
    alpha = rgba[..., 3]
    assert (alpha > 250).any() and 0.02 < (alpha > 128).mean() < 0.5
    assert not rgba[..., 0].any() and rgba[alpha > 250][:, 1].min() > 240


def test_a_picture_file_is_stamped_with_its_alpha(qtbot, canvas, workspace, texture, stamp, tmp_path):
    picture = np.zeros((40, 60, 4), np.uint8)
    picture[:, :30] = (10, 20, 200, 255)
    Image.fromarray(picture).save(tmp_path / "a.png")
    stamp(f"picture:{tmp_path / 'a.png'}")
    drag(canvas, [(20, 20), (80, 60)])
    key(canvas, Qt.Key.Key_Return)
    wait(qtbot, workspace, canvas)
    rgba = painted(workspace, texture)
    assert tuple(rgba[40, 30]) == (10, 20, 200, 255)
    assert not rgba[40, 70].any()


def test_a_file_that_is_no_picture_is_told_of(qtbot, canvas, workspace, texture, stamp, tmp_path):
    (tmp_path / "a.png").write_text("no picture")
    with qtbot.waitSignal(workspace.failed) as told:
        stamp(f"picture:{tmp_path / 'a.png'}")
    assert "a.png cannot be stamped" in str(told.args[0])
    click(canvas, 80, 60)
    assert not canvas.tool.is_busy


def test_without_a_texture_it_is_said_what_is_missing(canvas, workspace, texture, stamp):
    workspace.view.object_id = 1
    stamp("stripes")
    click(canvas, 80, 60)
    assert "texture" in workspace.sayings[-1] and not canvas.tool.is_busy


@pytest.fixture
def carried(qtbot, canvas, workspace, texture):
    """A texture painted on frame 0 and carried to all others, 20 px to the right; the Mesh tool on frame 2."""
    rgba = np.zeros((HEIGHT, WIDTH, 4), np.uint8)
    rgba[30:80, 30:80] = (255, 0, 0, 255)
    workspace.do(paint_verbs.paint_picture(workspace.project, texture, 0, Painting.encode(rgba)))
    mesh = mesh_over(rgba[..., 3] > 0, 16)
    sheet = Sheet(
        0, mesh.vertices, mesh.triangles, mesh.vertices + np.float32([20, 0]), np.full(len(mesh.vertices), 255)
    )
    run_id = workspace.project.begin_run("ours", "forward", "normal", [Stretch(texture, 1, 5, 0, None)]).run_id
    results = [PaintResult(texture, at, Sheets.of([sheet]), 0.8, Presence.VISIBLE) for at in range(1, 6)]
    workspace.project.add_results(run_id, results)
    workspace.clip.open = lambda: None  # every picture is at hand
    workspace.view.frame = 2
    workspace.view.tool = "mesh"
    qtbot.waitUntil(lambda: len(canvas.layers.textures.shown) == 1)
    return sheet


def test_a_dragged_vertex_is_an_anchor_and_its_neighbours_follow(qtbot, canvas, workspace, texture, carried):
    before = carried.vertices
    vertex = int(np.hypot(*(before - (75, 55)).T).argmin())
    x, y = before[vertex].tolist()
    hover(canvas, x, y)
    press(canvas, x, y)
    move(canvas, x + 3, y + 4)
    move(canvas, x + 6, y + 8)
    assert canvas.tool.is_busy
    release(canvas, x + 6, y + 8)
    qtbot.waitUntil(lambda: workspace.project.label(texture, 2) is not None)
    label = workspace.project.label(texture, 2)
    assert label.provenance is Provenance.ANCHOR and workspace.project.anchor_frames(texture) == [0, 2]
    (after,) = workspace.project.content(label.mask_id).sheets
    way = after.vertices - before
    assert way[vertex] == pytest.approx((6, 8), abs=0.5)
    near = np.argsort(np.hypot(*(before - before[vertex]).T))[1:5]
    assert np.hypot(*way[near].T).min() > 1, "neighbours come along"
    assert workspace.project.is_stale(texture, 3)
    assert "correct" in workspace.undo_stack.undoText()
    workspace.undo_stack.undo()
    assert workspace.project.label(texture, 2) is None and not workspace.project.is_stale(texture, 3)


def test_the_net_lies_where_it_was_painted_too_and_is_repainted_whole(canvas, workspace, texture, carried, qtbot):
    def net():
        (shown,) = canvas.layers.textures.shown
        return shown.layer.net

    assert np.array_equal(net().vertices, carried.vertices)
    workspace.view.frame = 0
    qtbot.waitUntil(lambda: canvas.layers.textures.frame == 0 and len(canvas.layers.textures.shown) == 1)
    assert np.array_equal(net().vertices, carried.rest) and (net().visible == 255).all()
    ((left, top, right, bottom),) = TextureLayer().set_shown(canvas.layers.textures.shown)
    assert (net().vertices >= (left, top)).all() and (net().vertices < (right, bottom)).all()


def test_escape_puts_a_vertex_back(qtbot, canvas, workspace, texture, carried):
    x, y = carried.vertices[5].tolist()
    press(canvas, x, y)
    move(canvas, x + 9, y)
    key(canvas, Qt.Key.Key_Escape)
    release(canvas, x + 9, y)
    qtbot.waitUntil(lambda: not workspace.textures.is_working)
    assert workspace.project.label(texture, 2) is None and not canvas.tool.is_busy


def test_where_there_is_no_mesh_it_is_said(qtbot, canvas, workspace, texture, carried):
    workspace.view.frame = 0
    qtbot.waitUntil(lambda: len(canvas.layers.textures.shown) == 1)
    click(canvas, 50, 50)
    assert "no mesh" in workspace.sayings[-1]
