"""Frames in the colours of a project, for exports."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from app.formats.interface import LabelSource, TexturedFrame
from app.project.masks import Content
from app.project.model import ABSENT, Kind
from app.tasks.colour_levels import label_picture
from engines.labels.chroma import ChromaMap
from engines.labels.painting import Painting

Dress = Callable[[LabelSource, int, NDArray[np.uint8]], TexturedFrame]


def coloured_first(dress: Dress, content: Callable[[int], Content]) -> Dress:
    """Return what does as `dress` on a frame in its colours: those of the lowest object that is not hidden."""

    def coloured(source: LabelSource, frame: int, picture: NDArray[np.uint8]) -> TexturedFrame:
        return dress(source, frame, _in_colour(source, frame, picture, content))

    return coloured


def _in_colour(
    source: LabelSource, frame: int, picture: NDArray[np.uint8], content: Callable[[int], Content]
) -> NDArray[np.uint8]:
    for found, label in source.pictures_on(frame):
        if found.kind is Kind.COLOUR and not found.is_hidden and label.presence not in ABSENT:
            colours = content(label.mask_id)
            if isinstance(colours, Painting | ChromaMap):
                return label_picture(picture, colours)
    return picture
