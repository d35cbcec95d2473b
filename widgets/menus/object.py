"""The commands of the Object menu: objects."""

from __future__ import annotations

from widgets.menus.spec import ActionSpec


def object_rows() -> tuple[ActionSpec, ...]:
    """Return the rows of the menu."""
    return (
        ActionSpec(
            "add_object", "Object", "New object", "objects.add", "Add an object and select it.",
            ("N",), "add", needs="clip",
        ),
        ActionSpec(
            "add_points", "Object", "New object of points…", "points.add",
            "Choose a skeleton, and add an object whose joints you place on the picture.",
            ("Shift+N",), "points", needs="clip",
        ),
        ActionSpec(
            "add_texture", "Object", "New texture", "textures.add",
            "Add a texture, to be painted in colour on a frame and carried with the surface that it is painted on.",
            ("Shift+B",), "texture", needs="clip",
        ),
        ActionSpec(
            "rename_object", "Object", "Rename", "window.rename_object",
            "Give the selected object another name.", ("F2",), "rename", needs="object",
        ),
        ActionSpec(
            "recolour_object", "Object", "Colour…", "objects.recolour",
            "Give the selected object another colour.", ("Shift+C",), "colour", needs="object",
        ),
        ActionSpec(
            "edit_skeleton", "Object", "Skeleton…", "points.edit_skeleton",
            "Change the joints, bones and sides of the selected object of points, and of all that are like it.",
            needs="points_object",
        ),
        ActionSpec(
            "hide_object", "Object", "Hide", "objects.toggle_hidden", "Hide or show the selected object.",
            ("Shift+H",), "eye-off", needs="object", shows="is_hidden", gap=True,
        ),
        ActionSpec(
            "lock_object", "Object", "Lock", "objects.toggle_locked",
            "Keep tools and runs from changing the selected object.", ("L",), "lock", needs="object", shows="is_locked",
        ),
        ActionSpec(
            "raise_object", "Object", "Move up", "objects.move", "Move the object up in the list.",
            ("Ctrl+Shift+Up",), "up", needs="object", argument=-1,
        ),
        ActionSpec(
            "lower_object", "Object", "Move down", "objects.move", "Move the object down in the list.",
            ("Ctrl+Shift+Down",), "down", needs="object", argument=1,
        ),
        ActionSpec(
            "previous_object", "Object", "Previous object", "objects.select_by", "Select the object above.",
            ("Alt+Up",), needs="clip", argument=-1, gap=True, repeats=True,
        ),
        ActionSpec(
            "next_object", "Object", "Next object", "objects.select_by", "Select the object below.",
            ("Alt+Down",), needs="clip", argument=1, repeats=True,
        ),
        *(
            ActionSpec(
                f"select_{number}", "Object/Select", f"Object {number}", "objects.select",
                f"Select the object in place {number} of the list.", (str(number),),
                needs=f"nth_object:{number}", says=f"nth_object_text:{number}", argument=number,
            )
            for number in range(1, 10)
        ),
        ActionSpec(
            "mark_object", "Object", "Mark", "objects.toggle_mark",
            "Mark the object, to be swapped or merged with the one selected then; or Ctrl+click it.",
            ("M",), "mark", needs="thing", shows="is_marked", gap=True,
        ),
        ActionSpec(
            "swap_objects", "Object", "Swap from here on", "objects.swap",
            "Exchange the labels of the selected and the marked object from this frame to the end.",
            ("Shift+W",), "swap", needs="partner",
        ),
        ActionSpec(
            "swap_in_range", "Object", "Swap in range", "objects.swap_in_range",
            "Exchange the labels of the selected and the marked object on the selected frames.",
            ("Alt+W",), needs="partner_in_range",
        ),
        ActionSpec(
            "merge_objects", "Object", "Merge", "objects.merge",
            "Make one object of the selected and the marked ones, their masks united; it stays the selected one.",
            ("Shift+M",), "merge", needs="partners",
        ),
        ActionSpec(
            "split_parts", "Object", "Split off parts from here on", "objects.split_parts",
            "Give all but the largest connected part to a new object, from this frame on. The Split tool cuts freely.",
            ("Shift+S",), "split", needs="mask_here",
        ),
        ActionSpec(
            "delete_object", "Object", "Delete object everywhere", "objects.delete",
            "Delete the selected object with all its labels. Undo brings it back.",
            ("Ctrl+Delete",), "remove", needs="editable_object", gap=True,
        ),
    )  # fmt: skip
