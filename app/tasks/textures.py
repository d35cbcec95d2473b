"""Textures of a project as they are seen on a frame: drawn through their meshes, or as they were painted there.

What is to be seen is asked of the project first (`worn_on`, its own thread) and drawn from that (`Tailor`, any one
thread), so that the window draws, and an export is made, while the project goes on.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from app.errors import UserError
from app.formats.interface import LabelSource, TexturedFrame
from app.media.clip import Clip
from app.project import pending
from app.project.contents import Contents
from app.project.masks import Content
from app.project.model import ABSENT, Kind, Label, Provenance
from app.tasks.mesh_drag import top_sheet
from engines.labels.alpha import multiplied, over, straight
from engines.labels.painting import Painting
from engines.labels.rle import Box, bounding_box
from engines.labels.sheets import Sheet, Sheets, seen_share
from engines.texture.draw import draw_textures, uv_map
from engines.texture.mesh import Mesh, Placement, Texture

_KEPT_PAINTS = 6
"""Pictures of anchors, with their frames, that are kept decoded: as many as fade into one another, for some objects."""

Image = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Worn:
    """One texture on one frame: its label's content, and what is painted on its anchors, both by `mask_id`."""

    object_id: int
    mask_id: int
    paint_ids: tuple[tuple[int, int], ...]
    """(frame, mask_id) of each of its anchors, whose paint a label that a run made shows."""
    beside: tuple[int, int] | None = None
    """Of an anchor, its frame and the mask_id of a label next to it that a run made: that knows the anchor's net."""


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """A texture as a frame shows it: RGBA uint8 (h, w, 4) within `box`, its colours multiplied by alpha."""

    box: Box
    rgba: Image
    sheets: Sheets | None = None
    """What it was drawn through, None where it is as it was painted."""
    net: Sheet | None = None
    """The net on which it lies, the one that shows most; at rest where it was painted, None before it is carried."""


NOTHING = Layer((0, 0, 0, 0), np.zeros((0, 0, 4), np.uint8))


Shown = Callable[[int, int], tuple[Label, bool] | None]


def worn_on(contents: Contents, frame: int, shown: Shown | None = None, hidden: bool = False) -> tuple[Worn, ...]:
    """Return the textures that are seen on a frame, bottom to top: those that are not hidden, or with `hidden` all.

    `shown` says which label of an object is seen, by default proposals before accepted labels. The project's thread.
    """
    look = shown or (lambda object_id, at: pending.shown(contents, object_id, at))
    found = []
    for one in contents.objects.values():
        if one.kind is not Kind.TEXTURE or (one.is_hidden and not hidden):
            continue
        seen = look(one.object_id, frame)
        if seen is None or seen[0].presence in ABSENT:
            continue
        labels = contents.labels_of(one.object_id)
        paint_ids = tuple((anchor, labels[anchor].mask_id) for anchor in contents.anchor_frames(one.object_id))
        beside = _beside(look, one.object_id, frame) if seen[0].provenance is Provenance.ANCHOR else None
        found.append(Worn(one.object_id, seen[0].mask_id, paint_ids, beside))
    return tuple(found)


def _beside(look: Shown, object_id: int, frame: int) -> tuple[int, int] | None:
    """Return `Worn.beside` of an anchor on `frame`."""
    for other in (frame - 1, frame + 1):
        near = look(object_id, other)
        if near is not None and near[0].provenance is not Provenance.ANCHOR and near[0].presence not in ABSENT:
            return frame, near[0].mask_id
    return None


class Tailor:
    """Draws what is worn. One thread; keeps the paint that it used last."""

    def __init__(self, content: Callable[[int], Content], picture: Callable[[int], Image]) -> None:
        """Take what knows a project's contents, and what knows a frame's RGB picture."""
        self._content = content
        self._picture = picture
        self._paints: OrderedDict[tuple[int, int], tuple[Image, Image]] = OrderedDict()

    def layer(self, worn: Worn, picture: Image) -> Layer:
        """Return a texture on `picture`, the frame that it is worn on. Raises UserError for a damaged label."""
        content = self._content(worn.mask_id)
        if isinstance(content, Painting):
            return replace(_cut(content.decode(), content.box), net=self._net_at_rest(worn))
        if not isinstance(content, Sheets) or content.is_nothing:
            return NOTHING
        height, width = picture.shape[:2]
        drawn = draw_textures(
            [(texture, at, sheet.share) for sheet, texture, at in self._placed(worn, content)], picture
        )
        left, top, right, bottom = content.box
        box = (max(0, left), max(0, top), min(width, right), min(height, bottom))
        return replace(_cut(multiplied(drawn.layer), box), sheets=content, net=content.sheets[top_sheet(content)])

    def dressed(self, frame: int, worn: Sequence[Worn], picture: Image) -> TexturedFrame:
        """Return a frame with all that is worn on it."""
        height, width = picture.shape[:2]
        total = np.zeros((height, width, 4), np.uint8)
        uv, source = np.full((height, width, 2), np.nan, np.float32), np.full((height, width), -1, np.int32)
        for one in worn:
            layer = self.layer(one, picture)
            left, top, right, bottom = layer.box
            part = total[top:bottom, left:right]
            part[:] = over(part, layer.rgba)
            for at, found in self._uv(one, frame, picture):
                is_shown = ~np.isnan(found[..., 0])
                uv[is_shown], source[is_shown] = found[is_shown], at
        alpha = total[..., 3:].astype(np.uint16)
        image = (total[..., :3] + (picture * (255 - alpha) + 127) // 255).clip(0, 255).astype(np.uint8)
        return TexturedFrame(frame, image, straight(total), uv, source)

    def _net_at_rest(self, worn: Worn) -> Sheet | None:
        """Return the net of a painted frame as the label beside it has it."""
        if worn.beside is None:
            return None
        frame, mask_id = worn.beside
        try:
            near = self._content(mask_id)
        except UserError:  # told where that label itself is drawn
            return None
        own = [sheet for sheet in near.sheets if sheet.frame == frame] if isinstance(near, Sheets) else []
        return replace(own[0], vertices=own[0].rest, visible=np.full_like(own[0].visible, 255)) if own else None

    def _uv(self, worn: Worn, frame: int, picture: Image) -> Iterator[tuple[int, NDArray[np.float32]]]:
        """Yield the maps of a texture with the frames that they lead to, what shows most last."""
        content = self._content(worn.mask_id)
        if isinstance(content, Painting):
            alpha = content.decode()[..., 3]
            rows, columns = np.indices(alpha.shape, np.float32)
            yield frame, np.where((alpha > 0)[..., None], np.stack([columns, rows], -1), np.float32(np.nan))
        elif isinstance(content, Sheets):
            for sheet, texture, at in sorted(self._placed(worn, content), key=lambda each: each[0].share):
                yield sheet.frame, uv_map(texture, at, picture)

    def _placed(self, worn: Worn, sheets: Sheets) -> list[tuple[Sheet, Texture, Placement]]:
        """Return the sheets whose paint is there, as they are drawn."""
        paint_ids, found = dict(worn.paint_ids), []
        for sheet in sheets.sheets:
            paint = self._paint(sheet.frame, paint_ids.get(sheet.frame, 0))
            if paint is not None:
                mesh = Mesh(sheet.rest, sheet.triangles.astype(np.int32))
                at = Placement(0, sheet.vertices, seen_share(sheet), 1.0)
                found.append((sheet, Texture(sheet.frame, *paint, mesh), at))
        return found

    def _paint(self, frame: int, mask_id: int) -> tuple[Image, Image] | None:
        """Return what is painted on an anchor, straight alpha, and its frame; None where nothing is any more."""
        key = (frame, mask_id)
        if key not in self._paints:
            content = self._content(mask_id) if mask_id else None
            if not isinstance(content, Painting):
                return None
            self._paints[key] = straight(content.decode()), self._picture(frame)
            while len(self._paints) > _KEPT_PAINTS:
                self._paints.popitem(last=False)
        self._paints.move_to_end(key)
        return self._paints[key]


def dresser(
    clip: Clip, content: Callable[[int], Content], labels: Mapping[int, Mapping[int, Label]]
) -> Callable[[LabelSource, int, Image], TexturedFrame]:
    """Return what draws the textures of what is exported; `labels` are all by object and frame. See `LabelSource`."""

    def picture(frame: int) -> Image:
        with clip.open() as reader:
            return np.array(reader.image(frame))

    tailor = Tailor(content, picture)

    def dress(source: LabelSource, frame: int, image: Image) -> TexturedFrame:
        found, seen = [], source.labels.get(frame, {})
        for one in source.objects:
            label = seen.get(one.object_id)
            if one.kind is Kind.TEXTURE and not one.is_hidden and label is not None and label.presence not in ABSENT:
                found.append(Worn(one.object_id, label.mask_id, _paint_ids(labels[one.object_id])))
        return tailor.dressed(frame, found, image)

    return dress


def _paint_ids(labels: Mapping[int, Label]) -> tuple[tuple[int, int], ...]:
    """Return the frames of anchors and what is painted on them, rising."""
    return tuple(
        (frame, label.mask_id) for frame, label in sorted(labels.items()) if label.provenance is Provenance.ANCHOR
    )


def _cut(rgba: Image, box: Box) -> Layer:
    """Return what is painted within `box`, no larger than it is."""
    left, top, right, bottom = box
    if left >= right or top >= bottom:
        return NOTHING
    inner = bounding_box(rgba[top:bottom, left:right, 3] != 0)
    left, top, right, bottom = left + inner[0], top + inner[1], left + inner[2], top + inner[3]
    if left >= right:
        return NOTHING
    return Layer((left, top, right, bottom), np.ascontiguousarray(rgba[top:bottom, left:right]))
