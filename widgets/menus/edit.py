"""The commands of the Edit menu: labels of the frame in view, and undo."""

from __future__ import annotations

from widgets.menus.spec import ActionSpec


def edit_rows() -> tuple[ActionSpec, ...]:
    """Return the rows of the menu."""
    presences = (
        ("visible", "Visible", "Say that this is what is to be seen of the object: an anchor.",
         "Alt+V", "visible", "thing_here"),
        ("occluded", "Occluded", "Say that the object is hidden on this frame; runs stop there.",
         "Alt+O", "occluded", "thing"),
        ("out_of_frame", "Out of frame", "Say that the object is not in the picture on this frame; runs stop there.",
         "0", "out", "thing"),
        ("uncertain", "Uncertain", "Keep this as an anchor, and say that you are not sure of it.",
         "Alt+U", "uncertain", "thing_here"),
    )  # fmt: skip
    return (
        ActionSpec(
            "undo", "Edit", "Undo", "undo_stack.undo", "Take the last change back, a whole run included.",
            ("Ctrl+Z",), "undo", needs="undo", says="undo_text", repeats=True,
        ),
        ActionSpec(
            "redo", "Edit", "Redo", "undo_stack.redo", "Do again what was taken back.",
            ("Ctrl+Shift+Z", "Ctrl+Y"), "redo", needs="redo", says="redo_text", repeats=True,
        ),
        ActionSpec(
            "confirm_label", "Edit", "Make this an anchor", "labels.confirm",
            "Take the derived label or proposal on this frame as it is, as a label of your own.",
            ("K",), "anchor", needs="derived_here", gap=True,
        ),
        *(
            ActionSpec(
                f"presence_{presence}", "Edit/Presence", text, "labels.set_presence", tip, (key,), f"presence-{icon}",
                needs=need, shows=f"is_presence:{presence}", argument=presence,
            )
            for presence, text, tip, key, icon, need in presences
        ),
        ActionSpec(
            "mirror_points", "Edit", "Mirror left and right", "points.mirror",
            "Exchange the left and the right joints of the selected object on this frame.",
            ("Shift+Z",), "mirror", needs="points_here",
        ),
        ActionSpec(
            "clear_label", "Edit", "Delete label here", "labels.clear",
            "Delete the object's label on this frame only.", ("Delete",), "clear", needs="label_here",
        ),
        ActionSpec(
            "clear_range", "Edit", "Delete labels in range", "labels.clear_range",
            "Delete the object's labels on all selected frames.", ("Shift+Delete",), needs="editable_range",
        ),
        ActionSpec(
            "exclusive", "Edit", "Paint exclusively", "view.toggle",
            "Paint takes its pixels from other objects that are visible and not locked.",
            ("Shift+E",), "exclusive", shows="field:exclusive", argument="exclusive", gap=True,
        ),
    )  # fmt: skip
