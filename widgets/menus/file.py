"""The commands of the File menu: files: open, save, import, export."""

from __future__ import annotations

from widgets.menus.spec import ActionSpec


def file_rows() -> tuple[ActionSpec, ...]:
    """Return the rows of the menu."""
    return (
        ActionSpec(
            "open_clip", "File", "Open clip…", "files.open_clip", "Open a video or a still.", ("Ctrl+O",), "clip"
        ),
        ActionSpec(
            "open_folder", "File", "Open folder of frames…", "files.open_folder",
            "Open a folder of numbered pictures as one clip.", ("Ctrl+Shift+O",), "open",
        ),
        ActionSpec(
            "open_project", "File", "Open project…", "files.open_project",
            "Open a project that was saved before.", ("Ctrl+Alt+O",), "project",
        ),
        ActionSpec(
            "next_clip", "File", "Next clip", "folder.step",
            "Open what comes after this clip, or this project, in its folder.",
            ("Ctrl+PgDown",), needs="clip", argument=1, gap=True,
        ),
        ActionSpec(
            "previous_clip", "File", "Previous clip", "folder.step",
            "Open what comes before this clip, or this project, in its folder.",
            ("Ctrl+PgUp",), needs="clip", argument=-1,
        ),
        ActionSpec(
            "save", "File", "Save", "files.save",
            "Every change is on disk already; the first save gives the project a file of its own.",
            ("Ctrl+S",), "save", needs="clip", gap=True,
        ),
        ActionSpec(
            "save_as", "File", "Save as…", "files.save_as", "Go on in another file.", ("Ctrl+Shift+S",), needs="clip"
        ),
        ActionSpec(
            "import_labels", "File", "Import labels…", "files.import_labels",
            "Take labels in another format in as new objects.", ("Ctrl+Shift+I",), "import", needs="clip", gap=True,
        ),
        ActionSpec(
            "export", "File", "Export…", "files.export",
            "Write labels in another format, or as a video with the masks laid over.",
            ("Ctrl+E",), "export", needs="labels",
        ),
        ActionSpec(
            "close", "File", "Close project", "files.close",
            "Close the clip and its project; everything is kept.", ("Ctrl+W",), "close", needs="clip", gap=True,
        ),
        ActionSpec("quit", "File", "Quit", "window.close", "Leave Throughline.", ("Ctrl+Q",), "quit"),
    )  # fmt: skip
