"""Long-range flow between two frames of a clip: the work behind the verb `flow` and the window's Inspect tool.

Torch and the networks are imported when the first question comes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from app.media.clip import Clip
from app.tasks.engine_loader import EngineLoader
from app.tasks.weights import chosen_weights
from app.whole_folder import Mark, whole_folder

if TYPE_CHECKING:
    from engines.propagation.long_flow import LongFlow
    from engines.propagation.types import Quality

PICTURES_BYTES = 32 << 20
_MADE_BY = "throughline flow"
_MARK = Mark("flow.json", f'"made_by": "{_MADE_BY}"'.encode())
_FILES = (_MARK.name, "flow.npz", "flow.png", "warp.png")


@dataclass(frozen=True, slots=True, eq=False)
class FoundFlow:
    """Where the pixels of a frame are on another one, and what that makes to look at.

    `warped` is the other frame as the frame would show it, RGB uint8 (H, W, 3) of the clip's size; `colours` the flow
    as colours, RGB uint8 (h, w, 3) of the flow's own size.
    """

    flow: LongFlow
    warped: NDArray[np.uint8]
    colours: NDArray[np.uint8]


class FindsFlow(Protocol):
    """Finds the flow between frames of one clip. One thread."""

    def find(self, frame: int, other: int) -> Iterator[FoundFlow | float]:
        """Yield how much is done (0 to 1) after each step, when it can be stopped, and the flow at last."""

    def close(self) -> None:
        """Give files and memory back."""


class FlowFinder:
    """`FindsFlow` by `LongFlows`. Belongs to the one thread that uses it."""

    def __init__(
        self, clip: Clip, engines: EngineLoader, weights: str = "", quality: Quality = "normal", device: str = "auto"
    ) -> None:
        """Load `weights`, a name or a file, "" being the default. Raises UserError where they cannot be used."""
        chosen = chosen_weights(weights)
        extractor = engines.extractor(chosen, device)
        from engines.propagation.long_flow import LongFlows

        self._frames = clip.open(PICTURES_BYTES)
        self._flows = LongFlows(self._frames, extractor, quality)

    def find(self, frame: int, other: int) -> Iterator[FoundFlow | float]:
        """Yield how much is done after each of `n_steps` but the last, and the flow at last."""
        from engines.propagation.flow_colours import flow_colours

        total = n_steps(frame, other)
        for n_done, flow in enumerate(self._flows.on_the_way(frame, other), 1):
            if flow is None:
                yield n_done / total
            else:
                yield FoundFlow(flow, flow.warped(self._frames.image(other)), flow_colours(flow))

    def close(self) -> None:
        """Close the clip's files."""
        self._frames.close()


def n_steps(frame: int, other: int) -> int:
    """Return how many steps `FindsFlow.find` takes."""
    from engines.propagation.long_flow import stations

    return len(stations(other, frame))


def write_flow(finder: FindsFlow, frame: int, other: int, out: Path) -> Iterator[FoundFlow | float]:
    """Write the flow of `frame`'s pixels to the `other` frame; yields as `FindsFlow.find` does.

    Gives ``flow.npz`` with `flow` float32 (H, W, 2), x and y in pixels of the clip, NaN where a pixel is not seen on
    the other frame, and `certainty` float32 (H, W); ``flow.png``, the flow as colours; ``warp.png``, the other frame
    as the frame would show it; ``flow.json``. All or nothing, see `whole_folder`.
    """
    with whole_folder(out, _MARK, _FILES) as folder:
        for found in finder.find(frame, other):
            if isinstance(found, FoundFlow):
                _write(folder, found)
            yield found


def _write(folder: Path, found: FoundFlow) -> None:
    from engines.propagation.flow_colours import flow_colours

    height, width = found.warped.shape[:2]
    flow = found.flow.resized(width, height)
    seen = np.where(flow.seen[..., None], flow.flow, np.float32(np.nan))
    np.savez_compressed(folder / "flow.npz", flow=seen, certainty=flow.certainty)
    Image.fromarray(flow_colours(flow)).save(folder / "flow.png")
    Image.fromarray(found.warped).save(folder / "warp.png")
    facts = {"made_by": _MADE_BY, "from": flow.frame, "to": flow.other, "seen": round(float(flow.seen.mean()), 5)}
    (folder / _MARK.name).write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")
