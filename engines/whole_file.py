"""Files that appear completely or not at all, whatever stops the program that writes them."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PART_SUFFIX = ".part"


@contextmanager
def whole_file(file: Path) -> Iterator[Path]:
    """Lend the name of a neighbour for the block to write, which takes the place of `file` when it ends well.

    Until then `file` is as it was, and stays so where the block raises, when nothing else is left either. Folders
    above it are made. The block opens the neighbour itself, so that the permissions are those of any new file;
    where two write the same file at a time, each has a neighbour of its own, and the last one stays.

    Raises OSError as the system does, by the name `file` where it is about the neighbour.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_name(f".{secrets.token_hex(6)}{PART_SUFFIX}")  # of no length that `file` could be too long for
    try:
        yield part
        part.replace(file)
    except OSError as error:
        if error.filename is None or str(error.filename) == str(part):
            error.filename, error.filename2 = str(file), None
        raise
    finally:
        part.unlink(missing_ok=True)
