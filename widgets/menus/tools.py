"""The commands of the Tools menu: the canvas's tools and the brush."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from widgets.menus.spec import ActionSpec

BRUSH_STEP = 1.15


def tool_rows(tools: Mapping[str, Any]) -> tuple[ActionSpec, ...]:
    """Return the rows for the canvas's tools, which have a table of their own (title, key, icon, tip)."""
    rows = tuple(
        ActionSpec(
            f"tool_{name}", "Tools", tool.title, "view.pick_tool", f"{tool.tip}.", (tool.key,), tool.icon,
            shows=f"is_tool:{name}", argument=name,
        )
        for name, tool in tools.items()
    )  # fmt: skip
    return (
        *rows,
        ActionSpec(
            "stamp_stripes", "Tools/New stamp", "Stripes", "textures.stamp_stripes",
            "Lay six stripes on the selected texture and warp them by their corners.", needs="texture_object",
        ),
        ActionSpec(
            "stamp_text", "Tools/New stamp", "Words…", "textures.stamp_text",
            "Lay words on the selected texture, in the brush's colour.", needs="texture_object",
        ),
        ActionSpec(
            "stamp_picture", "Tools/New stamp", "Picture…", "textures.stamp_picture",
            "Lay a picture file on the selected texture.", needs="texture_object",
        ),
        ActionSpec(
            "paint_void", "Tools", "Paint void", "objects.paint_void",
            "Paint pixels to be left out of scores; every other tool works on them too. 255 in exported PNGs.",
            ("Shift+V",), "void", needs="clip", shows="is_void", gap=True,
        ),
        ActionSpec(
            "smaller_brush", "Tools", "Smaller brush", "view.scale_brush",
            "Make the brush smaller; Ctrl+wheel on the canvas does so too.", ("[",),
            argument=1 / BRUSH_STEP, repeats=True, gap=True,
        ),
        ActionSpec(
            "larger_brush", "Tools", "Larger brush", "view.scale_brush",
            "Make the brush larger; Ctrl+wheel on the canvas does so too.", ("]",), argument=BRUSH_STEP, repeats=True,
        ),
    )  # fmt: skip
