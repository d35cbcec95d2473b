"""What is known of one frame, its features, and where their cells lie on the picture."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

FINE_STRIDE = 4


@dataclass(frozen=True, slots=True, eq=False)
class FrameFeatures:
    """What an encoder sees in one frame: unit vectors along the last dimension, float16, on the compute's device.

    `coarse` is (rows, columns, channels), `fine` (rows4, columns4, channels4) at stride 4, or None.
    """

    coarse: Tensor
    fine: Tensor | None

    @property
    def n_bytes(self) -> int:
        """Memory that they take."""
        return sum(part.nbytes for part in (self.coarse, self.fine) if part is not None)

    def on(self, device: torch.device) -> FrameFeatures:
        """Return them on `device`, themselves where they are there already."""
        if self.coarse.device == device:
            return self
        fine = None if self.fine is None else self.fine.to(device)
        return FrameFeatures(self.coarse.to(device), fine)


@dataclass(frozen=True, slots=True)
class CellGrid:
    """Where the cells of a feature map lie on the clip's picture.

    Cell (row, column) is centred on pixel ``x = step_x * column + first_x, y = step_y * row + first_y``.
    """

    rows: int
    columns: int
    step_x: float
    step_y: float
    first_x: float
    first_y: float

    def centre(self, row: float, column: float) -> tuple[float, float]:
        """Return the pixel (x, y) that a cell is centred on."""
        return self.step_x * column + self.first_x, self.step_y * row + self.first_y

    def cell(self, x: float, y: float) -> tuple[int, int]:
        """Return the cell (row, column) nearest to a pixel."""
        row, column = round((y - self.first_y) / self.step_y), round((x - self.first_x) / self.step_x)
        return min(max(row, 0), self.rows - 1), min(max(column, 0), self.columns - 1)
