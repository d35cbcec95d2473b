"""The tools, by name: what the toolbar, the menu and the shortcuts are made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from widgets.canvas.stage import Stage
from widgets.canvas.tools.brush import Brush, Eraser
from widgets.canvas.tools.colour import ColourTool
from widgets.canvas.tools.compare import Compare
from widgets.canvas.tools.fill import Fill
from widgets.canvas.tools.inspect import Inspect
from widgets.canvas.tools.mesh import MeshTool
from widgets.canvas.tools.points import PointsTool
from widgets.canvas.tools.polygon import Polygon
from widgets.canvas.tools.select import Pan, Select
from widgets.canvas.tools.split import Split
from widgets.canvas.tools.stamp import Stamp
from widgets.canvas.tools.tool import Tool


@dataclass(frozen=True, slots=True)
class ToolInfo:
    """One tool as a person meets it. `icon` names a file of the icon folder, without its ending."""

    title: str
    key: str
    icon: str
    tip: str
    make: Callable[[Stage], Tool]


TOOLS: dict[str, ToolInfo] = {
    "select": ToolInfo("Select", "V", "select", "Click an object to select it; drag to push the picture", Select),
    "brush": ToolInfo(
        "Brush",
        "B",
        "brush",
        "Paint the selected object. Right button erases, Shift+click draws a line, Ctrl+wheel sets the size",
        Brush,
    ),
    "eraser": ToolInfo("Eraser", "E", "eraser", "Take pixels away from the selected object", Eraser),
    "polygon": ToolInfo(
        "Polygon",
        "P",
        "polygon",
        "Click the corners; Enter, double click or the first corner closes. Shift while closing cuts out",
        Polygon,
    ),
    "fill": ToolInfo(
        "Fill",
        "G",
        "fill",
        "Click in a closed area to fill it; Shift+click removes a piece; Ctrl+drag picks by colour",
        Fill,
    ),
    "points": ToolInfo(
        "Points",
        "Z",
        "points",
        "Click the joints of the selected object in turn. Tab skips one, H or the right button says that it is hidden",
        PointsTool,
    ),
    "stamp": ToolInfo(
        "Stamp",
        "Shift+K",
        "stamp",
        "Drag to lay stripes, words or a picture on the selected texture; drag its corners to warp it; Enter paints it",
        Stamp,
    ),
    "mesh": ToolInfo(
        "Mesh",
        "Shift+F",
        "mesh",
        "Drag a vertex of the selected texture's net to where it belongs on this frame; the rest follows",
        MeshTool,
    ),
    "colour": ToolInfo(
        "Colour",
        "Alt+C",
        "colour-tool",
        "Click or draw where the picture has the colour in hand; drag a hint elsewhere. The right button picks one up",
        ColourTool,
    ),
    "compare": ToolInfo(
        "Compare",
        "C",
        "compare",
        "See what is proposed beside what was: by a line that is dragged, in turns, or as a difference",
        Compare,
    ),
    "split": ToolInfo(
        "Split",
        "S",
        "split",
        "Draw around a part of the selected object, or click one; it becomes another object from this frame on",
        Split,
    ),
    "inspect": ToolInfo(
        "Inspect",
        "Q",
        "inspect",
        "See where a pixel is found in another frame, side by side, and its way there and back. Click holds the point",
        Inspect,
    ),
    "pan": ToolInfo("Pan", "H", "pan", "Drag to push the picture; also Space or the middle button with any tool", Pan),
}
"""`ViewState.tool` holds one of these names."""
