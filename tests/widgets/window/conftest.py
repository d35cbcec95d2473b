from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtGui import QColor

from app.desk.workspace import Workspace
from widgets.application import make_application
from widgets.main_window import MainWindow
from widgets.settings import Settings


class Answers:
    """Stands in for the dialogs: gives prepared answers at once and remembers what was asked and told."""

    def __init__(self):
        self.path: Path | None = None
        self.choice = ""
        self.asked, self.told = [], []

    def open_file(self, title, _folder, _pattern, then):
        self._answer(title, then)

    def open_folder(self, title, _folder, then):
        self._answer(title, then)

    def save_file(self, title, proposed, _pattern, _suffix, then):
        self.proposed = proposed
        self._answer(title, then)

    def choose(self, title, text, choices):
        self.asked.append(title)
        self.text = text
        if self.choice in choices:
            choices[self.choice]()

    def colour(self, _initial, title, then):
        self.asked.append(title)
        then(QColor(10, 20, 30))

    def words(self, title, _question, _initial, then):
        self.asked.append(title)
        then("some words")

    def tell(self, error):
        self.told.append(error)

    def _answer(self, title, then):
        self.asked.append(title)
        if self.path is not None:
            then(self.path)


@pytest.fixture
def clip_folder(tmp_path):
    """Eight small frames."""
    folder = tmp_path / "clip"
    folder.mkdir()
    for frame in range(8):
        Image.new("RGB", (64, 48), (frame * 20, 80, 120)).save(folder / f"{frame:05d}.png")
    return folder


@pytest.fixture
def ask():
    return Answers()


@pytest.fixture
def make_window(qapp, qtbot, ask):
    make_application([])
    made = []

    def make(size=None):
        window = MainWindow(Workspace(), Settings(), ask)
        made.append(window)
        if size is not None:
            window.resize(*size)
        window.show()
        qtbot.waitExposed(window)
        return window

    yield make
    for window in made:
        if window.isVisible():
            window.close()
        window.deleteLater()


@pytest.fixture
def window(make_window):
    return make_window()


@pytest.fixture
def opened(window, clip_folder, qtbot):
    """A window with the clip open and its first frame on the canvas."""
    window.files.open_path(clip_folder)
    qtbot.waitUntil(lambda: window.canvas.shown_frame == 0)
    return window
