"""A vertex of a texture's mesh dragged by a person: how the rest of the mesh follows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from engines.labels.sheets import Sheet, Sheets, seen_share
from engines.texture.mesh import Mesh, Pins, Placement


def top_sheet(sheets: Sheets) -> int:
    """Return the place of the sheet that shows most."""
    return max(range(len(sheets.sheets)), key=lambda place: sheets.sheets[place].share)


def moved_sheets(sheets: Sheets, vertex: int, x: float, y: float) -> Sheets:
    """Return sheets with one vertex of the top one at (x, y), all the rest following as little as it must.

    Other sheets show the same surface painted elsewhere in time: what of them lies nearest goes as far. Some
    milliseconds for each sheet.
    """
    top = top_sheet(sheets)
    here = sheets.sheets[top].vertices[vertex]
    way = np.array([x, y], np.float32) - here
    found = []
    for number, sheet in enumerate(sheets.sheets):
        nearest = int(np.hypot(*(sheet.vertices - here).T).argmin())
        found.append(_moved(sheet, vertex if number == top else nearest, way))
    return Sheets.of(found)


def _moved(sheet: Sheet, vertex: int, way: NDArray[np.float32]) -> Sheet:
    from engines.texture.fit import dragged  # its solver takes a while to load

    pins = Pins(0, np.array([vertex], np.int32), (sheet.vertices[vertex] + way)[None].astype(np.float32))
    mesh = Mesh(sheet.rest, sheet.triangles.astype(np.int32))
    placed = Placement(0, sheet.vertices, seen_share(sheet), 1.0)
    return replace(sheet, vertices=dragged(mesh, placed, pins).vertices)
