"""The commands of the Run menu: runs, what they propose, and what they learn from."""

from __future__ import annotations

from widgets.menus.spec import ActionSpec


def run_rows() -> tuple[ActionSpec, ...]:
    """Return the rows of the menu."""
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
        ("open_tube", "Show masks of tube", "open", "Make the masks of the selected tube, the frame in view first.",
         "Alt+F", "eye", "tube", None),
        ("accept_tube", "Accept tube", "accept", "Make an object of each selected tube; its masks are derived labels.",
         "Alt+A", "accept", "tube", None),
        ("merge_tubes", "Merge tubes", "merge", "Make one tube of those selected: the box around theirs on each frame.",
         "Alt+M", "merge", "two_tubes", None),
        ("split_tube", "Split tube here", "split", "Make two tubes of one: before this frame, and from it on.",
         "Alt+S", "split", "tube_on_both_sides", None),
        ("reject_tube", "Reject tube", "reject", "Drop the selected tubes from the list.",
         "Alt+R", "reject", "tube", None),
        ("cancel_tubes", "Cancel finding objects", "cancel", "Leave off looking for objects, or making masks.",
         "", "stop", "finding", None),
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
            "find_objects", "Run", "Find objects", "window.find_objects",
            "Look for objects that nobody has drawn: by their outlines, and by what moves otherwise than the rest.",
            ("F",), "find", needs="find", gap=True,
        ),
        *(
            ActionSpec(
                name, "Run/Tubes", text, f"tubes.{verb}", tip, (key,) if key else (), icon,
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
