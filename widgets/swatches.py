"""How objects of each kind are told apart in lists: by the pattern of their swatch."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Qt

from app.project.model import Kind

SWATCHES: Mapping[Kind, Qt.BrushStyle] = {
    Kind.VOID: Qt.BrushStyle.DiagCrossPattern,
    Kind.TEXTURE: Qt.BrushStyle.Dense4Pattern,
}
"""Of the kinds whose swatch is not plain."""
