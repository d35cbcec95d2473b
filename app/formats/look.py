"""How videos and pictures for looking are made: what a person may choose, as a table for the dialog and the verbs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Look:
    """What was chosen. Each format takes the options that its row names, and passes the others over."""

    codec: str = "h264"
    ground: str = "clip"
    opacity: float = 0.45
    """Strong enough to tell objects apart, weak enough to see what is under them."""
    frames: str = ""
    step: int = 1
    stamps: bool = False
    layout: str = "beside"
    tiles: int = 24
    side: int = 400


@dataclass(frozen=True, slots=True)
class Option:
    """A field of `Look`: its title in the dialog, what it says, and what it may be, within `low` and `high`.

    `choices` are the values of a text and what they are called; a text without any is free. `words` stand in the
    dialog's field itself: beside a box to tick, or in an empty line.
    """

    name: str
    title: str
    summary: str
    choices: Mapping[str, str] = field(default_factory=dict)
    low: float = 0
    high: float = 1
    words: str = ""

    @property
    def default(self) -> Any:
        """What it is where nobody says otherwise; its type says what it may be."""
        return getattr(Look(), self.name)


OPTIONS: dict[str, Option] = {
    option.name: option
    for option in (
        Option(
            "codec",
            "Coded as",
            "h264 plays everywhere; vp9 (WebM) and prores (4444, MOV) can be transparent",
            {"h264": "H.264 (MP4)", "vp9": "VP9 (WebM)", "prores": "ProRes 4444 (MOV)"},
        ),
        Option(
            "ground",
            "Labels lie on",
            "what labels lie on: the clip, or nothing, to be laid over it in an editing program",
            {"clip": "the clip", "nothing": "nothing: transparent"},
        ),
        Option("opacity", "Opacity", "how opaque masks are, from 0, outlines alone, to 1"),
        Option(
            "frames",
            "Frames",
            "such as 0-99,120, or `labelled` for those that have a label; all where nothing is said",
            words="all",
        ),
        Option("step", "Step", "of these frames every so many", low=1, high=10_000),
        Option("stamps", "", "write frame number and time stamp into a corner", words="Frame number and time stamp"),
        Option(
            "layout",
            "Labelled picture",
            "where the labelled picture stands",
            {"beside": "beside the clip's", "below": "below the clip's"},
        ),
        Option("tiles", "Pictures at most", "pictures at most, spread evenly over the frames", low=1, high=400),
        Option("side", "Longer side, px", "longer side of each picture in pixels; none is enlarged", low=32, high=2000),
    )
}
"""What may be chosen, by name. The dialog and the verbs are made of it."""
