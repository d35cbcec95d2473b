"""Which textures the canvas shows: those that are drawn, and the one in hand until what it became is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from widgets.canvas.texture_layer import ShownTexture, TextureLayer

if TYPE_CHECKING:
    from app.desk.workspace import Workspace


def textures_shown(workspace: Workspace, layer: TextureLayer, frame: int) -> list[ShownTexture]:
    """Return what to show on a frame, and put a hand away that is not needed any more.

    What is not drawn yet stays as it was shown on this frame before.
    """
    project = workspace.project
    if project is None:
        return []
    is_same = layer.frame == frame
    before = {one.object.object_id: one for one in layer.shown} if is_same else {}
    layer.frame = frame
    hand = layer.hand
    if hand is not None and hand.frame != frame:
        hand = layer.hand = None
    shown = []
    for worn in workspace.textures.worn(frame):
        found = workspace.textures.layer(frame, worn)
        is_in_hand = hand is not None and hand.object.object_id == worn.object_id and hand.is_settled
        if hand is not None and is_in_hand and (found is not None or not hand.is_of(worn.object_id, frame, worn)):
            layer.hand = None
        if found is not None:
            shown.append(ShownTexture(project.objects[worn.object_id], found))
        elif worn.object_id in before:
            shown.append(before[worn.object_id])
    if layer.hand is not None and layer.hand.is_settled:
        object_id = layer.hand.object.object_id
        if all(worn.object_id != object_id for worn in workspace.textures.worn(frame)):
            layer.hand = None  # undone, or hidden
    return shown
