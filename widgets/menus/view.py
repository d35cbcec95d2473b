"""The commands of the View menu: what is seen and how."""

from __future__ import annotations

from widgets.menus.spec import ActionSpec


def view_rows() -> tuple[ActionSpec, ...]:
    """Return the rows of the menu."""
    toggles = (
        ("outline", "Outlines", "Draw a line around every mask.", "T", "outline"),
        ("onion_skin", "Onion skin", "Show the selected object's outlines on neighbouring frames.", "Shift+T", "onion"),
        ("show_trails", "Trails", "Draw the way of the selected object's joints through time.", "Alt+T", "trails"),
        ("show_mesh", "Mesh", "Show the net on which the selected texture is carried.", "Shift+G", "mesh"),
        ("show_proposals", "Proposals", "Show what runs propose, not only what was accepted.", "Shift+P", "proposal"),
        ("show_doubt", "Doubt", "Show as a heat map where what runs carried is likely wrong.", "Shift+D", "heat"),
    )  # fmt: skip
    panels = (
        ("objects", "Objects"), ("run", "Run"), ("review", "Review"), ("timeline", "Timeline"), ("tubes", "Tubes"),
        ("colour", "Colour"),
    )  # fmt: skip
    flows = (
        ("off", "Not at all", "Show no flow to the other frame.", "Ctrl+Alt+5"),
        ("colours", "Colours", "Show by hue and strength where pixels are on the other frame.", "Ctrl+Alt+1"),
        ("arrows", "Arrows", "Show where pixels are on the other frame by arrows.", "Ctrl+Alt+2"),
        ("beside", "Warp beside", "Show the other frame warped to be like this one, beside it.", "Ctrl+Alt+3"),
        ("swipe", "Warp in a swipe", "Show the other frame, warped, right of a line.", "Ctrl+Alt+4"),
    )  # fmt: skip
    themes = (("system", "As the system"), ("light", "Light"), ("dark", "Dark"))
    return (
        ActionSpec(
            "zoom_in", "View", "Zoom in", "canvas.zoom_in", "Look closer.", ("Ctrl++", "Ctrl+="), "zoom-in",
            needs="clip", repeats=True,
        ),
        ActionSpec(
            "zoom_out", "View", "Zoom out", "canvas.zoom_out", "See more.", ("Ctrl+-",), "zoom-out",
            needs="clip", repeats=True,
        ),
        ActionSpec("fit", "View", "Fit", "canvas.fit", "Show the whole picture.", ("Ctrl+0",), "fit", needs="clip"),
        ActionSpec(
            "actual_size", "View", "Actual size", "canvas.actual_size",
            "Show one pixel of the picture as one of the screen.", ("Ctrl+1",), "actual-size", needs="clip",
        ),
        ActionSpec(
            "zoom_to_object", "View", "Zoom to object", "canvas.zoom_to_object",
            "Show the selected object large.", ("Ctrl+2",), "zoom-object", needs="shown_here",
        ),
        *(
            ActionSpec(
                name, "View", text, "view.toggle", tip, (key,), icon,
                shows=f"field:{name}", argument=name, gap=number == 0,
            )
            for number, (name, text, tip, key, icon) in enumerate(toggles)
        ),
        ActionSpec(
            "more_opaque", "View", "Masks more opaque", "view.change_opacity", "Show more of the masks.",
            ("Shift+Up",), "opacity", argument=0.1, repeats=True, gap=True,
        ),
        ActionSpec(
            "less_opaque", "View", "Masks less opaque", "view.change_opacity", "Show more of the picture.",
            ("Shift+Down",), argument=-0.1, repeats=True,
        ),
        ActionSpec(
            "feature_colours", "View/Inspect", "Feature colours", "view.toggle",
            "Lay the features over both frames as colours: alike in colour is alike to the encoder.",
            ("Alt+Q",), "features", needs="inspecting", shows="field:feature_colours", argument="feature_colours",
        ),
        ActionSpec(
            "other_earlier", "View/Inspect", "Other frame earlier", "inspect.step",
            "Compare with the frame before.", (",",), needs="inspecting", argument=-1, repeats=True, gap=True,
        ),
        ActionSpec(
            "other_later", "View/Inspect", "Other frame later", "inspect.step",
            "Compare with the frame after.", (".",), needs="inspecting", argument=1, repeats=True,
        ),
        ActionSpec(
            "other_pinned", "View/Inspect", "Pin the other frame", "inspect.toggle_pinned",
            "Keep the other frame while the view moves through time.",
            ("Shift+Q",), "lock", needs="inspecting", shows="is_other_pinned",
        ),
        *(
            ActionSpec(
                f"flow_{name}", "View/Flow", text, "inspect.see_flow", tip, (key,),
                needs="inspecting", shows=f"is_flow_seen:{name}", argument=name, gap=name == "beside",
            )
            for name, text, tip, key in flows
        ),
        *(
            ActionSpec(
                f"panel_{name}", "View/Panels", text, "window.toggle_panel", f"Show or hide the panel {text}.",
                (f"Alt+{number}",), shows=f"is_panel_shown:{name}", argument=name,
            )
            for number, (name, text) in enumerate(panels, start=1)
        ),
        *(
            ActionSpec(
                f"theme_{name}", "View/Theme", text, "view.set_theme", f"Colours of the window: {text.lower()}.",
                icon="theme" if name == "system" else "", shows=f"is_theme:{name}", argument=name,
            )
            for name, text in themes
        ),
    )  # fmt: skip
