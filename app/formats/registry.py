"""The formats there are, by name: a table of strings, so that listing them loads none."""

from __future__ import annotations

from importlib import import_module
from typing import cast

from app.formats.interface import Format, Reader, Writer
from app.project.model import Kind

FORMATS: dict[str, Format] = {
    row.name: row
    for row in (
        Format(
            "davis",
            "DAVIS masks",
            "a folder with one palette PNG a frame, value = object id; names and time stamps beside it as JSON",
            frozenset({Kind.MASK}),
            can_read=True,
            can_write=True,
            module="app.formats.davis",
        ),
        Format(
            "overlay",
            "Overlay video",
            "the clip as H.264 video with the masks drawn over it, at the clip's own time stamps",
            frozenset({Kind.MASK}),
            can_read=False,
            can_write=True,
            module="app.formats.overlay",
        ),
    )
}


def writer(name: str) -> Writer:
    """Return the writing half of the format called `name`, which has to have one."""
    return cast(Writer, import_module(FORMATS[name].module))


def reader(name: str) -> Reader:
    """Return the reading half of the format called `name`, which has to have one."""
    return cast(Reader, import_module(FORMATS[name].module))
