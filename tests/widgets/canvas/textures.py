"""What tests of painted textures look at."""


def wait(qtbot, workspace, canvas):
    """Wait until strokes have become steps and what there is by then is drawn."""
    qtbot.waitUntil(lambda: not workspace.textures.is_working and canvas.layers.textures.hand is None)


def painted(workspace, object_id, frame=0):
    """Return an object's paint on a frame, RGBA uint8 (H, W, 4), or None where it has no label."""
    label = workspace.project.label(object_id, frame)
    return None if label is None else workspace.project.painting(label.mask_id).decode()
