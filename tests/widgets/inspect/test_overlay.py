"""The overlay alone: a hot cell lies where it is on the picture, at any zoom."""

from types import SimpleNamespace

import numpy as np
import pytest
from PySide6.QtGui import QColor, QImage, QPainter

from app.desk.inspection import Pointed
from app.tasks.inspect import Point, Sighting, Way
from engines.correspondence.frame_features import CellGrid
from engines.correspondence.inspect import Match, Waypoint
from widgets.canvas import marks
from widgets.canvas.inspect_overlay import Overlay, heat_image, percent
from widgets.canvas.viewport import Viewport


def painted(sighting, viewport, size=(300, 200)):
    """Paint heat over grey without marks, and return the screen's red, float (H, W)."""
    inspection = SimpleNamespace(
        pointed=Pointed("here", 0, 0), sighting=sighting, way=None, is_held=False,
        colours_of=lambda side: None, frame_of=lambda side: None,
    )  # fmt: skip
    screen = QImage(*size, QImage.Format.Format_RGB32)
    screen.fill(QColor(0, 0, 0))
    painter = QPainter(screen)
    Overlay(inspection, "there").paint(painter, viewport, (120, 80))
    painter.end()
    pixels = np.frombuffer(screen.constBits(), np.uint8).reshape(size[1], size[0], 4)
    return pixels[..., 2].astype(float)


@pytest.mark.usefixtures("qapp")
@pytest.mark.parametrize("scale", [1.0, 1.7, 2.3])
@pytest.mark.parametrize("first", [0.0, 3.5])
def test_heat_lies_on_its_cell(scale, first):
    grid = CellGrid(10, 15, 8.0, 8.0, first, first)
    heat = np.zeros((10, 15), np.float32)
    heat[4, 7] = 1.0
    far_off = (Match(-500.0, -500.0, 1.0),)
    viewport = Viewport(scale, 11.0, 7.0)
    red = painted(Sighting(Point(0, 0, 0), 1, heat, grid, far_off), viewport)
    rows, columns = np.indices(red.shape)
    weights = np.where(red > 0.2 * red.max(), red, 0)
    centre = ((columns + 0.5) * weights).sum() / weights.sum(), ((rows + 0.5) * weights).sum() / weights.sum()
    assert centre == pytest.approx(viewport.to_view(8 * 7 + first, 8 * 4 + first), abs=0.6)


@pytest.mark.usefixtures("qapp")
def test_heat_ends_with_the_picture():
    grid = CellGrid(10, 15, 8.0, 8.0, 0.0, 0.0)
    sighting = Sighting(Point(0, 0, 0), 1, np.full((10, 15), 1 / 150, np.float32), grid, (Match(-500, -500, 1.0),))
    red = painted(sighting, Viewport(2.0, 20.0, 10.0))
    assert red[10:170, 20:260].min() > 100
    red[10:170, 20:260] = 0
    assert red.max() == 0


@pytest.mark.usefixtures("qapp")
def test_more_heat_is_brighter_and_covers_more():
    image = heat_image(np.array([[0.0, 0.01, 0.3, 1.0]], np.float32))
    pixels = [QColor.fromRgba(image.pixel(x, 1)) for x in range(1, 5)]
    assert [pixel.alpha() for pixel in pixels] == sorted({pixel.alpha() for pixel in pixels})
    values = [pixel.lightness() for pixel in pixels]
    assert values == sorted(set(values))


@pytest.mark.usefixtures("qapp")
@pytest.mark.parametrize("side", ["here", "there"])
@pytest.mark.parametrize("scale", [0.1, 0.4, 1.0, 3.0])
def test_labels_never_lie_on_each_other(monkeypatch, side, scale):
    boxes = {}
    monkeypatch.setattr(marks, "paint_label", lambda _painter, box, text, *_colour: boxes.update({text: box}))
    path = tuple(Waypoint(frame, 40 + 6.0 * frame, 60 + 2.0 * frame, 1.0) for frame in range(13))
    matches = tuple(
        Match(*place, weight) for place, weight in zip(((112, 84), (104, 84), (90, 80)), (0.5, 0.3, 0.2), strict=True)
    )
    grid = CellGrid(10, 15, 8.0, 8.0, 0.0, 0.0)
    inspection = SimpleNamespace(
        pointed=Pointed("here", 40, 60), is_held=True, way=Way(Point(0, 40, 60), 12, path, path[::-1]),
        sighting=Sighting(Point(0, 40, 60), 12, np.full((10, 15), 1 / 150, np.float32), grid, matches),
        colours_of=lambda side: None, frame_of=lambda side: 12 if side == "there" else 0,
    )  # fmt: skip
    screen = QImage(600, 400, QImage.Format.Format_RGB32)
    painter = QPainter(screen)
    Overlay(inspection, side).paint(painter, Viewport(scale, 6.0, 6.0), (120, 80))
    painter.end()
    assert {"frame 0" if side == "here" else "frame 12"} < set(boxes) or scale < 1
    placed = list(boxes.values())
    assert not any(a.intersects(b) for place, a in enumerate(placed) for b in placed[:place])


@pytest.mark.parametrize("share, text", [(0.834, "83%"), (1.0, "100%"), (0.01, "1%"), (0.004, "<1%"), (0.0, "<1%")])
def test_weights_in_words(share, text):
    assert percent(share) == text
