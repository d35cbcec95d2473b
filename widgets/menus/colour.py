"""The commands of the Colour menu: how frames are coloured, and how that is seen."""

from __future__ import annotations

from widgets.menus.spec import ActionSpec


def colour_rows() -> tuple[ActionSpec, ...]:
    """Return the rows of the menu."""
    views = (
        ("coloured", "Coloured", "Show frames with the colours that they have by now."),
        ("original", "Original", "Show frames as they are in the clip."),
        ("split", "Split", "Show frames as they are on the left of a line, coloured on its right; drag the line."),
    )
    return (
        ActionSpec(
            "colour_keep", "Colour", "Keep as anchor", "colours.keep",
            "Make what is seen an anchor of colour on this frame, from which a run colours others.",
            ("Ctrl+K",), "anchor", needs="colouring",
        ),
        ActionSpec(
            "colour_flicker", "Colour", "Measure flicker", "colours.measure_flicker",
            "Measure how much colours change from frame to frame where the picture does not, in steps of a and b.",
            needs="coloured",
        ),
        ActionSpec(
            "colour_export", "Colour", "Export frames in colour…", "files.export",
            "Write a PNG picture for each frame that has colours, which you kept or accepted.",
            icon="export", needs="coloured", argument="colours",
        ),
        ActionSpec(
            "colour_pick", "Colour", "Pick up a colour", "colours.set_mode",
            "Take the colour under the next press in hand, on any frame; so does the right button.",
            ("Alt+P",), "pipette", needs="colouring", shows="is_colour_mode:pick", argument="pick", gap=True,
        ),
        ActionSpec(
            "colour_inside", "Colour", "Stay within the object", "view.toggle",
            "Let new hints colour the selected object alone, up to the border of its mask.",
            icon="mark", needs="colour_object", shows="field:colour_inside", argument="colour_inside",
        ),
        ActionSpec(
            "colour_next_hint", "Colour", "Next hint", "colours.next_hint",
            "Let go of the selected hint, so that a colour is for the next one; Esc on the picture does so too.",
            needs="colour_hint",
        ),
        ActionSpec(
            "colour_delete_hint", "Colour", "Delete hint", "colours.delete_hint",
            "Remove the selected hint; Delete on the picture does so too.", icon="remove", needs="colour_hint",
        ),
        ActionSpec(
            "colour_anew", "Colour", "Start anew", "colours.start_anew",
            "Forget all hints and choices on this frame. Undo brings them back.", icon="clear", needs="colour_draft",
        ),
        ActionSpec(
            "colour_draw", "Colour", "Draw samples", "colours.draw",
            "Draw other likely colours for the whole picture by chance, to choose from.",
            ("Ctrl+D",), "proposal", needs="colour_network", gap=True,
        ),
        ActionSpec(
            "colour_stop", "Colour", "Stop drawing", "colours.stop", "Leave it at the samples that are there.",
            icon="stop", needs="colour_drawing",
        ),
        ActionSpec(
            "colour_use", "Colour", "Use sample", "colours.use",
            "Colour the whole picture as the selected sample is; hints stay on top.", icon="accept",
            needs="colour_sample",
        ),
        ActionSpec(
            "colour_mix", "Colour", "Mix in region", "colours.mix",
            "Colour the painted region, or else the selected object, as the selected sample is.", icon="merge",
            needs="colour_mix",
        ),
        ActionSpec(
            "colour_region", "Colour", "Paint region", "colours.set_mode",
            "Paint where a sample is to be mixed in; the right button takes away, Ctrl+wheel sets the size.",
            icon="lasso", needs="colouring", shows="is_colour_mode:region", argument="region",
        ),
        ActionSpec(
            "colour_no_region", "Colour", "No region", "colours.clear_region", "Forget the painted region.",
            icon="close", needs="colour_region",
        ),
        ActionSpec(
            "colour_network", "Colour", "Colours of the network", "colours.use_network",
            "Lay the network's single answer under the hints.", icon="features", needs="colour_network", gap=True,
        ),
        ActionSpec(
            "colour_grey", "Colour", "No colours but hints", "colours.use_grey",
            "Lay nothing under the hints: they alone colour what looks alike.", icon="eye-off", needs="colouring",
        ),
        ActionSpec(
            "colour_open_reference", "Colour", "Reference picture…", "colours.open_reference",
            "Choose a picture in colour to take colours from where it looks alike.", icon="open", needs="colouring",
        ),
        ActionSpec(
            "colour_take_frame", "Colour", "This frame as reference", "colours.take_frame",
            "Take this frame as the reference for others: in the colours kept of it, or else in its own.",
            icon="clip", needs="colouring",
        ),
        ActionSpec(
            "colour_use_reference", "Colour", "Colours of the reference", "colours.use_reference",
            "Lay the colours of the reference picture under the hints, where it looks alike.", icon="import",
            needs="colour_reference",
        ),
        ActionSpec(
            "next_colour_view", "Colour", "Coloured, original, split", "colours.next_view",
            "See coloured frames the next way.", ("Alt+G",), "compare", needs="clip", gap=True,
        ),
        *(
            ActionSpec(
                f"colour_view_{name}", "Colour", text, "colours.set_view", tip, shows=f"is_colour_view:{name}",
                argument=name,
            )
            for name, text, tip in views
        ),
        ActionSpec(
            "show_unseen", "Colour", "What was never seen", "view.toggle",
            "Mark with stripes where a run found no colours, with the Colour tool in hand.",
            icon="unsure", shows="field:show_unseen", argument="show_unseen",
        ),
        ActionSpec(
            "show_classes", "Colour", "Classes", "view.toggle",
            "Lay over the picture what the network takes each part for; the status line names it.",
            icon="objects", needs="colour_network", shows="field:show_classes", argument="show_classes",
        ),
    )  # fmt: skip
