import numpy as np
import pytest

from app.project.model import Kind
from tests.widgets.canvas.pretend import HEIGHT, WIDTH, make_workspace
from widgets.canvas.canvas import Canvas


@pytest.fixture
def workspace(qapp, tmp_path):
    made = make_workspace(tmp_path)
    yield made
    made.shut_down()


@pytest.fixture
def canvas(workspace, qtbot):
    """A canvas of 800 x 600 on the screen, an object selected, its brush of radius 4."""
    made = Canvas(workspace)
    qtbot.addWidget(made)
    made.resize(800, 600)
    made.show()
    qtbot.waitExposed(made)
    workspace.add_object()
    workspace.undo_stack.clear()
    workspace.view.brush_radius_px = 4.0
    return made


@pytest.fixture
def texture(canvas, workspace):
    """The id of a texture, selected and not painted yet, the brush in hand: red, of radius 6."""
    object_id = workspace.add_object(kind=Kind.TEXTURE)
    workspace.view.tool = "brush"
    workspace.view.brush_radius_px = 6.0
    workspace.view.paint_colour = "#ff0000"
    workspace.undo_stack.clear()
    return object_id


@pytest.fixture
def disc():
    """A function that returns the disc around (x, y), bool (H, W)."""
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    return lambda x, y, radius: (columns - x) ** 2 + (rows - y) ** 2 <= radius**2
