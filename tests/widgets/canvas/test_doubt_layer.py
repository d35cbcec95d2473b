"""The heat map: off at first, of what runs carried alone, bright where labels are doubtful, and said in words."""

import numpy as np
import pytest
from PySide6.QtGui import QColor

from app.desk.seen_labels import ShownDoubt
from app.project import verbs
from app.project.edits import Edit, Swap
from app.project.model import Label, Provenance
from app.project.project import Project
from engines.labels.doubt import DoubtMap
from engines.labels.rle import RleMask
from tests.gestures import hover
from widgets.canvas import doubt_layer
from widgets.canvas.doubt_layer import TABLE, DoubtLayer, heat_image, shades

BOX = (40, 30, 120, 90)


def doubt(chances):
    return DoubtMap.encode(np.float32(chances), BOX)


HALF = doubt([[0, 0, 0.5, 0.5]] * 3)
"""Nothing on the left, as likely wrong as right on the right."""


def propose(workspace, mask, found, object_id=1, frame=0):
    mask_id = workspace.project.add_mask(RleMask.encode(mask), found)
    label = Label(Provenance.DERIVED, mask_id, confidence=0.5)
    workspace.do(Edit("propose", proposals={(object_id, frame): Swap(None, label)}))


def lightness(canvas, x, y):
    position = canvas.image_to_view(x, y).toPoint()
    return QColor(canvas.grab().toImage().pixel(position)).lightness()


def said(canvas, x, y):
    heard = []
    canvas.hovered.connect(heard.append)
    hover(canvas, x, y)
    return heard[-1]


def test_the_ramp_gets_lighter_and_thicker_with_the_chance():
    chances = np.linspace(0, 0.5, 256, dtype=np.float32)
    colours = TABLE[shades(chances)].astype(int)
    assert (np.diff(shades(chances).astype(int)) >= 0).all()
    assert (np.diff(colours[:, 3]) >= 0).all() and colours[0, 3] == 0
    light = colours[:, :3] @ [0.07, 0.72, 0.21]
    assert (np.diff(light) > -2).all() and light[-1] > 150
    assert (shades(np.float32([0.5, 0.9, 1])) == 255).all()


def test_nothing_is_changed_before_it_is_switched_on_and_after_it_is_off_again(canvas, workspace, disc):
    propose(workspace, disc(80, 60, 20), HALF)
    assert "doubt" not in said(canvas, 100, 60)
    before = canvas.grab().toImage()
    workspace.view.show_doubt = True
    assert canvas.grab().toImage() != before
    workspace.view.show_doubt = False
    assert canvas.grab().toImage() == before


def test_heat_is_bright_where_a_label_is_doubtful_on_a_dimmed_picture(canvas, workspace, disc):
    propose(workspace, disc(80, 60, 20), HALF)
    plain = lightness(canvas, 20, 20)
    workspace.view.show_doubt = True
    assert lightness(canvas, 20, 20) < plain
    assert lightness(canvas, 110, 60) > lightness(canvas, 50, 60) + 60
    assert "doubt 50%" in said(canvas, 110, 60) and "doubt 0%" in said(canvas, 50, 60)


def test_of_several_objects_the_most_doubtful_is_told(canvas, workspace, disc):
    workspace.add_object()
    propose(workspace, disc(80, 60, 20), doubt([[0.25]]), 1)
    propose(workspace, disc(80, 60, 10), doubt([[0.125]]), 2)
    workspace.view.show_doubt = True
    assert "doubt 25%" in said(canvas, 80, 60)
    workspace.do(verbs.set_hidden(workspace.project, 1, True))
    assert "doubt 13%" in said(canvas, 80, 60)


def test_an_anchor_has_no_doubt_and_the_legend_says_why_there_are_no_colours(canvas, workspace, disc):
    workspace.view.show_doubt = True
    assert canvas.layers.doubts.words == doubt_layer.NOTHING_CARRIED
    propose(workspace, disc(80, 60, 20), None)
    assert canvas.layers.doubts.words == doubt_layer.NOTHING_KEPT
    propose(workspace, disc(80, 60, 20), HALF, frame=1)
    workspace.view.frame = 1
    assert canvas.layers.doubts.words == ""
    workspace.do(verbs.confirm(workspace.project, [1], [1]))
    assert canvas.layers.doubts.words == doubt_layer.NOTHING_CARRIED
    assert "doubt" not in said(canvas, 110, 60)
    workspace.undo_stack.undo()
    assert canvas.layers.doubts.words == ""


def test_the_compare_tool_is_left_alone(canvas, workspace, disc):
    propose(workspace, disc(80, 60, 20), HALF)
    workspace.view.tool = "compare"
    before = canvas.grab().toImage()
    workspace.view.show_doubt = True
    assert canvas.grab().toImage() == before
    assert canvas.layers.masks.opacity == workspace.view.opacity
    workspace.view.tool = "brush"
    assert canvas.layers.masks.opacity == 0


def test_doubt_is_there_after_the_project_was_opened_again_accepted_or_not(canvas, workspace, disc):
    propose(workspace, disc(80, 60, 20), HALF)
    propose(workspace, disc(80, 60, 20), HALF, frame=1)
    workspace.accept(frames=[1])
    path = workspace.project.path
    workspace.project.close()
    workspace.project = Project.open(path)
    assert [workspace.seen.doubts(frame)[0].doubt for frame in (0, 1)] == [HALF, HALF]


@pytest.mark.parametrize("zoom", [1, 4])
def test_heat_lies_where_its_map_says(canvas, workspace, disc, zoom):
    propose(workspace, disc(80, 60, 5), doubt(np.full((12, 16), 0.5)))
    workspace.view.show_doubt = True
    canvas.zoom(zoom, canvas.image_to_view(BOX[2], 40))
    inside, outside = (lightness(canvas, BOX[2] - 0.5 + away, 40) for away in (-24, 8))
    assert inside > outside + 60


def test_heat_goes_out_before_its_map_ends_but_not_before_the_picture_does():
    found = DoubtMap.encode(np.full((30, 30), 0.3, np.float32), (0, 20, 90, 110))
    image = heat_image(found, (200, 300))
    alpha = np.array([[image.pixelColor(x, y).alpha() for x in range(32)] for y in range(32)])
    assert (alpha[0] == 0).all() and (alpha[-1] == 0).all() and (alpha[:, -1] == 0).all()
    assert np.abs(np.diff(alpha.astype(int), axis=0)).max() < 50 and np.abs(np.diff(alpha.astype(int))).max() < 50
    assert (alpha[16, :20] == alpha[16, 16]).all() and alpha[16, 16] > 200


def test_the_same_doubt_is_not_painted_again(workspace):
    layer = DoubtLayer()
    assert layer.set_shown([workspace_doubt(1)])
    assert not layer.set_shown([workspace_doubt(1)])
    assert layer.set_shown([workspace_doubt(2)])


def workspace_doubt(object_id):
    return ShownDoubt(object_id, HALF)
