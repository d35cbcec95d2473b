"""Every command of the window, in one table: menus, tool bars, shortcuts and their dialog are made from it.

`target` names a callable as ``root.method``; the window gives the roots. `needs` names a method of
`Conditions` that returns why the command cannot be used now, and `shows` one that returns whether it is
switched on; both may carry an argument after a colon. The order of rows is the order in the menus.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

BRUSH_STEP = 1.15


@dataclass(frozen=True, slots=True)
class ActionSpec:
    """One command."""

    name: str
    menu: str
    """Path of menus, such as "View/Theme"."""
    text: str
    target: str
    tip: str
    shortcuts: tuple[str, ...] = ()
    icon: str = ""
    icon_on: str = ""
    """The icon while it is switched on, where that differs."""
    needs: str = ""
    shows: str = ""
    says: str = ""
    """A method of `Conditions` that returns the text as it reads now, such as "Undo paint car"."""
    argument: Any = None
    """Passed to the target if not None."""
    gap: bool = False
    """Whether a line separates it from the row above."""
    repeats: bool = False
    """Whether holding the key down goes on."""


def _file_rows() -> tuple[ActionSpec, ...]:
    return (
        ActionSpec(
            "open_clip", "File", "Open clip…", "files.open_clip", "Open a video or a still.", ("Ctrl+O",), "clip"
        ),
        ActionSpec(
            "open_folder", "File", "Open folder of frames…", "files.open_folder",
            "Open a folder of numbered pictures as one clip.", ("Ctrl+Shift+O",), "open",
        ),
        ActionSpec(
            "open_project", "File", "Open project…", "files.open_project",
            "Open a project that was saved before.", ("Ctrl+Alt+O",), "project",
        ),
        ActionSpec(
            "save", "File", "Save", "files.save",
            "Every change is on disk already; the first save gives the project a file of its own.",
            ("Ctrl+S",), "save", needs="clip", gap=True,
        ),
        ActionSpec(
            "save_as", "File", "Save as…", "files.save_as", "Go on in another file.", ("Ctrl+Shift+S",), needs="clip"
        ),
        ActionSpec(
            "import_labels", "File", "Import labels…", "files.import_labels",
            "Take labels in another format in as new objects.", ("Ctrl+Shift+I",), "import", needs="clip", gap=True,
        ),
        ActionSpec(
            "export", "File", "Export…", "files.export",
            "Write labels in another format, or as a video with the masks laid over.",
            ("Ctrl+E",), "export", needs="labels",
        ),
        ActionSpec(
            "close", "File", "Close project", "files.close",
            "Close the clip and its project; everything is kept.", ("Ctrl+W",), "close", needs="clip", gap=True,
        ),
        ActionSpec("quit", "File", "Quit", "window.close", "Leave Throughline.", ("Ctrl+Q",), "quit"),
    )  # fmt: skip


def _edit_rows() -> tuple[ActionSpec, ...]:
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


def _object_rows() -> tuple[ActionSpec, ...]:
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


def _view_rows() -> tuple[ActionSpec, ...]:
    toggles = (
        ("outline", "Outlines", "Draw a line around every mask.", "T", "outline"),
        ("onion_skin", "Onion skin", "Show the selected object's outlines on neighbouring frames.", "Shift+T", "onion"),
        ("show_trails", "Trails", "Draw the way of the selected object's joints through time.", "Alt+T", "trails"),
        ("show_proposals", "Proposals", "Show what runs propose, not only what was accepted.", "Shift+P", "proposal"),
        ("show_doubt", "Doubt", "Show as a heat map where what runs carried is likely wrong.", "Shift+D", "heat"),
    )  # fmt: skip
    panels = (
        ("objects", "Objects"), ("run", "Run"), ("review", "Review"), ("timeline", "Timeline"), ("tubes", "Tubes"),
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


def _frame_rows() -> tuple[ActionSpec, ...]:
    return (
        ActionSpec(
            "play", "Frame", "Play", "frames.toggle_playing", "Play at the clip's own rate, or stop.",
            ("Space",), "play", "pause", needs="moving_clip", shows="is_playing",
        ),
        ActionSpec(
            "loop", "Frame", "Loop", "view.toggle", "Begin again at the end, of the selected range where there is one.",
            ("Shift+L",), "loop", shows="field:loop", argument="loop",
        ),
        ActionSpec(
            "step_back", "Frame", "Frame back", "frames.step", "One frame back.", ("Left",), "step-back",
            needs="moving_clip", argument=-1, gap=True, repeats=True,
        ),
        ActionSpec(
            "step_forward", "Frame", "Frame forward", "frames.step", "One frame forward.", ("Right",), "step-forward",
            needs="moving_clip", argument=1, repeats=True,
        ),
        ActionSpec(
            "leap_back", "Frame", "10 frames back", "frames.step", "Ten frames back.", ("Shift+Left",),
            needs="moving_clip", argument=-10, repeats=True,
        ),
        ActionSpec(
            "leap_forward", "Frame", "10 frames forward", "frames.step", "Ten frames forward.", ("Shift+Right",),
            needs="moving_clip", argument=10, repeats=True,
        ),
        ActionSpec(
            "first_frame", "Frame", "First frame", "frames.first", "Go to the first frame.", ("Home",), "first",
            needs="moving_clip",
        ),
        ActionSpec(
            "last_frame", "Frame", "Last frame", "frames.last", "Go to the last frame.", ("End",), "last",
            needs="moving_clip",
        ),
        ActionSpec(
            "go_to_frame", "Frame", "Go to frame…", "window.go_to_frame", "Type the number of a frame.",
            ("Ctrl+G",), needs="moving_clip",
        ),
        ActionSpec(
            "previous_anchor", "Frame", "Previous anchor", "frames.previous_anchor",
            "Go to the selected object's anchor before this frame.", ("Ctrl+Left",), "anchor-previous",
            needs="anchors", repeats=True, gap=True,
        ),
        ActionSpec(
            "next_anchor", "Frame", "Next anchor", "frames.next_anchor",
            "Go to the selected object's anchor after this frame.", ("Ctrl+Right",), "anchor-next",
            needs="anchors", repeats=True,
        ),
        ActionSpec(
            "range_start", "Frame", "Range begins here", "frames.begin_range",
            "Select frames from this one on, for running and reviewing.", ("I",), "range-start",
            needs="moving_clip", gap=True,
        ),
        ActionSpec(
            "range_end", "Frame", "Range ends here", "frames.end_range",
            "Select frames up to this one, for running and reviewing.", ("O",), "range-end", needs="moving_clip",
        ),
        ActionSpec(
            "range_none", "Frame", "No range", "frames.clear_range", "Select no frames.", ("Shift+O",), "range-clear",
            needs="range",
        ),
        ActionSpec(
            "timeline_in", "Frame", "Timeline closer", "timeline.zoom_in", "Show fewer frames in the timeline.",
            ("Ctrl+Alt+=",), "zoom-in", needs="moving_clip", gap=True, repeats=True,
        ),
        ActionSpec(
            "timeline_out", "Frame", "Timeline wider", "timeline.zoom_out", "Show more frames in the timeline.",
            ("Ctrl+Alt+-",), "zoom-out", needs="moving_clip", repeats=True,
        ),
        ActionSpec(
            "timeline_fit", "Frame", "Timeline whole", "timeline.fit", "Show the whole clip in the timeline.",
            ("Ctrl+Alt+0",), "fit", needs="moving_clip",
        ),
    )  # fmt: skip


def _run_rows() -> tuple[ActionSpec, ...]:
    verdicts = (
        ("frame", "this frame", "here", "Y", "X", "proposal_here"),
        ("range", "selected range", "in the selected range", "Alt+Y", "Alt+X", "proposal_in_range"),
        ("object", "this object", "of the selected object", "Shift+Y", "Shift+X", "proposal_of_object"),
        ("all", "everything", "of every object", "Ctrl+Shift+Y", "Ctrl+Shift+X", "proposal"),
    )
    ways = (
        ("swipe", "Swipe", "Show what was left of a line, and what is proposed right of it; drag the line.", "W"),
        ("blink", "Blink", "Show what was and what is proposed in turns; the key again shows the other one.", "A"),
        (
            "difference",
            "Difference",
            "Show which pixels a proposal adds and which it removes, with their numbers.",
            "D",
        ),
    )
    tubes = (
        ("next_tube", "Next tube", "step", "Select the next tube and go to its best frame.",
         "PgDown", "", "tubes", 1),
        ("previous_tube", "Previous tube", "step", "Select the tube before and go to its best frame.",
         "PgUp", "", "tubes", -1),
        ("open_tube", "Show masks", "open", "Make the masks of the selected tube, the frame in view first.",
         "Alt+F", "eye", "tube", None),
        ("accept_tube", "Accept", "accept", "Make an object of each selected tube; its masks are derived labels.",
         "Alt+A", "accept", "tube", None),
        ("merge_tubes", "Merge", "merge", "Make one tube of the selected ones, the box around theirs on each frame.",
         "Alt+M", "merge", "two_tubes", None),
        ("split_tube", "Split here", "split", "Make two tubes of the selected one: before this frame, and from it on.",
         "Alt+S", "split", "tube_on_both_sides", None),
        ("reject_tube", "Reject", "reject", "Drop the selected tubes from the list.",
         "Alt+R", "reject", "tube", None),
    )  # fmt: skip
    return (
        ActionSpec(
            "run", "Run", "Run", "plan.start", "Carry labels through the frames that miss one, as the Run panel says.",
            ("R", "Ctrl+Return"), "run", needs="run", says="run_text",
        ),
        ActionSpec(
            "cancel_run", "Run", "Cancel run", "plan.cancel",
            "Stop the run, whose results stay as a proposal; or looking for objects and making masks of them.",
            ("Esc",), "stop", needs="running",
        ),
        ActionSpec(
            "rerun", "Run", "Run again after corrections", "view.toggle",
            "Where you correct what a run carried, run the two stretches beside it again at once; one step for undo.",
            ("Shift+R",), "run", shows="field:rerun", argument="rerun",
        ),
        ActionSpec(
            "learn_now", "Run", "Learn on this clip", "learner.start",
            "Learn how to compare features on this clip; kept only where anchors left out say that it helps.",
            needs="learn", gap=True,
        ),
        ActionSpec(
            "learn", "Run", "Learn while idle", "view.toggle",
            "Learn on the clip by itself whenever nothing has changed for some seconds; a run ends it at once.",
            shows="field:learn", argument="learn",
        ),
        ActionSpec(
            "forget_learned", "Run", "Forget what was learned", "learner.forget",
            "Run with the weights as they are again; labels stay.", needs="learned",
        ),
        ActionSpec(
            "next_unsure", "Run", "Next unsure frame", "review.next_unsure",
            "Go down the list of unsure frames, least sure first.", ("U",), "unsure", needs="unsure",
            gap=True, repeats=True,
        ),
        ActionSpec(
            "previous_unsure", "Run", "Previous unsure frame", "review.previous_unsure",
            "Go up the list of unsure frames.", ("Shift+U",), needs="unsure", repeats=True,
        ),
        ActionSpec(
            "next_suggested", "Run", "Next suggested frame", "review.next_suggested",
            "Go where one more anchor is worth most; again for the next best.", ("J",), "anchor-next",
            needs="suggested", repeats=True,
        ),
        ActionSpec(
            "find_objects", "Run", "Find objects", "tubes.find",
            "Look for objects that nobody has drawn: by their outlines, and by what moves otherwise than the rest.",
            ("F",), "find", needs="find", gap=True,
        ),
        *(
            ActionSpec(
                name, "Run/Tubes", text, f"tubes.{verb}", tip, (key,), icon,
                needs=need, argument=argument, repeats=argument is not None,
            )
            for name, text, verb, tip, key, icon, need, argument in tubes
        ),
        *(
            ActionSpec(
                f"compare_{way}", "Run/Compare", text, "review.compare", tip, (key,), "compare",
                needs="clip", shows=f"is_compared_by:{way}", argument=way,
            )
            for way, text, tip, key in ways
        ),
        *(
            ActionSpec(
                f"accept_{what}", "Run", f"Accept {text}", "review.accept", f"Take over what is proposed {where}.",
                (key,), "accept-all" if what == "all" else "accept", needs=need, argument=what, gap=number == 0,
            )
            for number, (what, text, where, key, _, need) in enumerate(verdicts)
        ),
        *(
            ActionSpec(
                f"reject_{what}", "Run", f"Reject {text}", "review.reject",
                f"Drop what is proposed {where}; what was there before is there again.",
                (key,), "reject", needs=need, argument=what, gap=number == 0,
            )
            for number, (what, text, where, _, key, need) in enumerate(verdicts)
        ),
        ActionSpec(
            "weights", "Run", "Weights…", "weights.show",
            "See the weights that learned engines can use, with card and size; bring published ones in.",
            ("Ctrl+Shift+W",), "weights", gap=True,
        ),
        ActionSpec(
            "bring_in_weights", "Run", "Bring weights in…", "weights.ask_for_file",
            "Read a published checkpoint that you have downloaded.", icon="import",
        ),
    )  # fmt: skip


def _help_rows() -> tuple[ActionSpec, ...]:
    return (
        ActionSpec(
            "shortcuts", "Help", "Keyboard and mouse…", "window.show_shortcuts",
            "Find any command, its keys, and what the mouse does.", ("F1", "?"), "keyboard",
        ),
        ActionSpec("messages", "Help", "Messages…", "window.show_messages", "Read again what was said.", icon="info"),
    )  # fmt: skip


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


MENUS = ("File", "Edit", "Object", "Tools", "View", "Frame", "Run", "Help")
"""Menus from left to right."""


def all_actions(tools: Mapping[str, Any]) -> tuple[ActionSpec, ...]:
    """Return every command, tools included."""
    rows = (_file_rows(), _edit_rows(), _object_rows(), tool_rows(tools), _view_rows(), _frame_rows(), _run_rows())
    return tuple(row for group in (*rows, _help_rows()) for row in group)
