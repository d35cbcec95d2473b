"""The commands of the Frame menu: moving through time."""

from __future__ import annotations

from widgets.menus.spec import ActionSpec


def frame_rows() -> tuple[ActionSpec, ...]:
    """Return the rows of the menu."""
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
