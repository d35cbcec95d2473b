import pytest
from PySide6.QtWidgets import QSplitter

from tests.app.inspecting import PretendInspector
from tests.widgets.canvas.pretend import make_workspace
from widgets.canvas.canvas import Canvas
from widgets.inspect.other_view import OtherView


@pytest.fixture
def workspace(qapp, tmp_path):
    made = make_workspace(tmp_path)
    made.inspection.make_inspector = PretendInspector
    yield made
    made.shut_down()


@pytest.fixture
def inspection(workspace):
    return workspace.inspection


@pytest.fixture
def canvas(workspace, qtbot):
    """A canvas of 400 x 600 with the Inspect tool, its frame 0 compared with frame 2."""
    made = Canvas(workspace)
    made.other_view = OtherView(workspace, made)
    window = made.side_by_side = QSplitter()
    window.setHandleWidth(2)
    window.addWidget(made)
    window.addWidget(made.other_view)
    qtbot.addWidget(window)
    window.resize(802, 600)
    window.setSizes([400, 400])
    window.show()
    qtbot.waitExposed(window)
    workspace.view.other_offset = 2
    workspace.view.tool = "inspect"
    qtbot.waitUntil(lambda: workspace.inspection.is_ready)
    return made


@pytest.fixture
def other_view(canvas):
    return canvas.other_view
