"""What the mouse does, as the shortcuts dialog lists it."""

GESTURES: dict[str, tuple[tuple[str, str], ...]] = {
    "Mouse on the canvas": (
        ("Zoom at the pointer", "Wheel"),
        ("Push the picture", "Middle drag, or Space and drag"),
        ("Change the brush's size", "Ctrl and wheel"),
        ("Erase with the brush", "Right drag"),
        ("Paint a straight line from the last stroke", "Shift and click with the brush"),
        ("Close a polygon", "Double click, Enter, or its first corner"),
        ("Cut a polygon out", "Shift while closing it"),
        ("Remove the last corner", "Backspace"),
        ("Drop what is begun", "Esc"),
        ("Remove a piece", "Shift and click with the fill tool"),
        ("Pick an area by colour", "Ctrl and drag with the fill tool"),
        ("Mark for swapping and merging", "Ctrl and click with the select tool"),
        ("Split off what is inside a line, or a part", "Drag or click with the split tool"),
    ),
    "Mouse with the Compare tool": (
        ("Draw the line of a swipe along", "Drag"),
        ("Show the other one of what blinks", "Click"),
        ("Push the picture", "Drag while it blinks or shows the difference"),
    ),
    "Mouse with the Inspect tool": (
        ("Find a pixel in the other frame", "Move over either picture"),
        ("Hold the point, or let it go", "Click"),
        ("Push both pictures", "Drag"),
    ),
    "Mouse on the timeline": (
        ("Scrub", "Drag"),
        ("Select frames for running and reviewing", "Shift and drag"),
        ("Select an object and go to a frame", "Click in its lane"),
        ("Zoom at the pointer", "Wheel"),
        ("Push sideways", "Middle drag, Alt and drag, or Shift and wheel"),
        ("Scroll lanes", "Wheel over the names, or Ctrl and wheel"),
        ("Commands for a label", "Right click in a lane"),
    ),
    "Mouse on tubes, in their panel or their lanes": (
        ("See a tube's box on the canvas", "Move over it"),
        ("Select it and go to its best frame", "Click its picture"),
        ("Select several", "Ctrl and click"),
        ("Make its masks", "Double click"),
        ("Commands for a tube", "Right click"),
    ),
    "Mouse on the object list": (
        ("Rename", "Double click the name"),
        ("Change the colour", "Double click the swatch"),
        ("Hide, lock", "Click the eye, the lock"),
        ("Change the order", "Drag"),
        ("Mark for swapping and merging", "Ctrl and click"),
    ),
}
