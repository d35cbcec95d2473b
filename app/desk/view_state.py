"""How the window looks at the project: remembered, never undoable, never part of an edit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QObject, Signal

from engines.colour.hints import DEFAULT_REACH


@dataclass(frozen=True, slots=True)
class Field:
    """One observable value: where it starts and what it may be."""

    default: Any
    clean: Callable[[Any], Any]


def _clamp(low: float, high: float) -> Callable[[Any], float]:
    return lambda value: min(high, max(low, float(value)))


def _one_of(*choices: str) -> Callable[[Any], str]:
    def clean(value: Any) -> str:
        if value not in choices:
            raise ValueError(f"{value!r} is none of {', '.join(choices)}")
        return str(value)

    return clean


def _rgb(value: Any) -> str:
    text = str(value).lower()
    if len(text) != 7 or text[0] != "#" or any(each not in "0123456789abcdef" for each in text[1:]):
        raise ValueError(f"{value!r} is no colour such as #e6462d")
    return text


def _frame_range(value: Any) -> tuple[int, int] | None:
    if value is None:
        return None
    first, last = sorted(int(end) for end in value)
    return (first, last)


FIELDS: dict[str, Field] = {
    "frame": Field(0, int),
    "tool": Field("brush", str),
    "object_id": Field(None, lambda value: None if value is None else int(value)),
    "marked": Field((), lambda value: tuple(sorted({int(object_id) for object_id in value}))),
    "brush_radius_px": Field(12.0, _clamp(0.5, 500.0)),
    "paint_colour": Field("#e6462d", _rgb),
    "paint_opacity": Field(1.0, _clamp(0.05, 1.0)),
    "stamp": Field("stripes", str),
    "show_mesh": Field(False, bool),
    "opacity": Field(0.45, _clamp(0.0, 1.0)),
    "outline": Field(True, bool),
    "onion_skin": Field(False, bool),
    "show_trails": Field(False, bool),
    "show_proposals": Field(True, bool),
    "show_doubt": Field(False, bool),
    "compare_by": Field("swipe", _one_of("swipe", "blink", "difference")),
    "swipe_at": Field(0.5, _clamp(0.0, 1.0)),
    "shows_before": Field(False, bool),
    "unsure_below": Field(0.8, _clamp(0.0, 1.0)),
    "rerun": Field(True, bool),
    "learn": Field(False, bool),
    "pause_after": Field(0, lambda value: max(0, int(value))),
    "exclusive": Field(True, bool),
    "is_playing": Field(False, bool),
    "loop": Field(True, bool),
    "most_tubes": Field(10, lambda value: max(1, int(value))),
    "range": Field(None, _frame_range),
    "theme": Field("system", str),
    "other_mode": Field("offset", _one_of("offset", "pinned", "anchor")),
    "other_offset": Field(10, int),
    "other_pinned": Field(0, int),
    "feature_colours": Field(False, bool),
    "feature_opacity": Field(0.6, _clamp(0.0, 1.0)),
    "flow_look": Field("off", _one_of("off", "colours", "arrows", "beside", "swipe")),
    "colour_view": Field("coloured", _one_of("coloured", "original", "split")),
    "colour_mode": Field("hint", _one_of("hint", "pick", "region")),
    "colour_reach": Field(DEFAULT_REACH, _clamp(0.01, 2.0)),
    "colour_inside": Field(False, bool),
    "colour_samples": Field(6, lambda value: min(32, max(1, int(value)))),
    "colour_seed": Field(0, lambda value: max(0, int(value))),
    "show_classes": Field(False, bool),
    "show_unseen": Field(True, bool),
}
"""Every field of `ViewState` by name. `range` is the selected frames, (first, last) both included, or None.

`paint_colour` and `paint_opacity` are what brushes paint textures with; `stamp` is what is stamped on them:
``stripes``, ``text:`` and words, or ``picture:`` and a file.

`marked` are the ids of the objects that are to be swapped or merged with the selected one; some may be gone by now.

`other_mode` says which frame the Inspect tool compares with: the one `other_offset` frames on, frame `other_pinned`, or
the nearest anchor of the selected object. `flow_look` says how the flow from the view's frame to that one is seen: as
colours, as arrows, or by that frame warped to be like this one, beside it or in a swipe.

`compare_by` says how the Compare tool shows what is proposed beside what was; `swipe_at` is where its line stands, from
the picture's left border (0) to its right one (1), `shows_before` which of the two is seen now while they blink.

`colour_view` says how a coloured frame is seen, in a split either side of the line at `swipe_at`; `colour_mode` what a
press of the Colour tool does; `colour_reach` how far new hints count, a share of the picture's short side;
`colour_inside` that they stay within the selected object. `colour_samples` are drawn from `colour_seed`.

Of the objects that were found but not accepted the best `most_tubes` are shown.

With `rerun` on, a correction runs the stretches beside it again; see `Rerunner`. With `learn` on, pauses are used to
learn on the clip; see `Learner`.

A frame is unsure where a run's confidence is less than `unsure_below`. After `pause_after` unsure frames in a row a run
pauses; 0 lets it go on.
"""


class ViewState(QObject):
    """The observable view: read `view.frame`, write ``view.frame = 12``, listen to `changed`.

    GUI thread only. `changed` carries the field's name and is emitted only when the cleaned value
    differs. Unknown names raise AttributeError, so a typing slip cannot make a second field.
    """

    changed = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._values = {name: field.default for name, field in FIELDS.items()}

    def __getattr__(self, name: str) -> Any:
        if name in FIELDS:
            return self._values[name]
        raise AttributeError(f"ViewState has no field {name!r}")

    def __setattr__(self, name: str, value: Any) -> None:
        if name not in FIELDS:
            if not name.startswith("_"):
                raise AttributeError(f"ViewState has no field {name!r}")
            super().__setattr__(name, value)
            return
        value = FIELDS[name].clean(value)
        if value != self._values[name]:
            self._values[name] = value
            self.changed.emit(name)
