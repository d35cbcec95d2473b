"""What the menus offer that open where one clicks: commands by name, "" for a line between them."""

from __future__ import annotations

LANE_MENU = (
    "confirm_label", "clear_label", "clear_range", "", "presence_visible", "presence_occluded",
    "presence_out_of_frame", "presence_uncertain", "mirror_points", "", "swap_objects", "swap_in_range",
    "split_parts", "", "accept_frame", "reject_frame",
    "accept_object", "reject_object", "", "range_start", "range_end", "range_none",
)  # fmt: skip
OBJECT_MENU = (
    "rename_object", "recolour_object", "edit_skeleton", "hide_object", "lock_object", "", "raise_object",
    "lower_object", "", "mark_object", "swap_objects", "swap_in_range", "merge_objects", "split_parts", "",
    "zoom_to_object", "accept_object", "reject_object", "", "delete_object",
)  # fmt: skip
TUBE_MENU = (
    "open_tube", "accept_tube", "reject_tube", "", "merge_tubes", "split_tube", "", "next_tube", "previous_tube",
)  # fmt: skip
