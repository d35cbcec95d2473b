"""What a tool may see and ask of the canvas."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from engines.labels.rle import Box
from widgets.canvas.viewport import Viewport

if TYPE_CHECKING:
    from app.desk.workspace import Workspace
    from widgets.canvas.layers import Layers


class Stage(Protocol):
    """The canvas as its tools know it; tests put a smaller one in its place. GUI thread only."""

    workspace: Workspace
    layers: Layers
    viewport: Viewport

    @property
    def shown_frame(self) -> int | None:
        """The frame whose picture is on the canvas, None before the first."""

    @property
    def image(self) -> NDArray[np.uint8] | None:
        """That picture, RGB uint8 (H, W, 3), read-only."""

    @property
    def seen_image(self) -> NDArray[np.uint8] | None:
        """The picture as it is seen, in colour where it is shown so."""

    def refresh(self, box: Box) -> None:
        """Repaint the image pixels of `box`."""

    def refresh_points(self) -> None:
        """Repaint all points, where they were and where they are."""

    def refresh_textures(self) -> None:
        """Show the textures as they are by now."""

    def refresh_overlay(self) -> None:
        """Repaint what the tool draws over the picture, before and now."""

    def pan(self, dx: float, dy: float) -> None:
        """Push the picture by screen pixels."""
