"""Results that appear completely or not at all, whatever stops the program that writes them."""

from __future__ import annotations

import mmap
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from app.errors import UserError
from app.os_errors import told_to_the_user, told_where_made, user_error
from app.partial import partial_name


@dataclass(frozen=True, slots=True)
class Mark:
    """A file that a verb always writes, and bytes that are always in it: where they are, the verb was there before."""

    name: str
    content: bytes

    def is_in(self, folder: Path) -> bool:
        """Return whether `folder` has the mark. Raises OSError for a file that cannot be read."""
        path = folder / self.name
        if not path.is_file() or not path.stat().st_size:
            return False
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            return content.find(self.content) >= 0


@contextmanager
def whole_folder(out: Path, mark: Mark | None = None, files: Iterable[str] = ()) -> Iterator[Path]:
    """Lend an empty folder whose files become those of `out` when the block ends well.

    A new `out` appears by one rename. In one that exists, files are replaced, each whole, where it has the `mark` of an
    earlier writing of the same results; otherwise none is. Files of other names are left alone. When the block raises
    (or its generator is closed), nothing is left behind, and what a kill leaves is removed by the next call for the
    same place. Opening it fails at once where `out` cannot be written, or has any of the `files` that are known
    beforehand and may not be replaced, so that no hour of work is lost.

    Raises UserError for a path that cannot be a folder, for a file that would be replaced, and for every `OSError` of
    the block.
    """
    with _empty_folder(out) as partial:
        with told_to_the_user(out):
            _refuse_others(out, mark, files)
        try:
            yield partial
            _publish(partial, out, mark)
        except UserError as error:  # the person knows only the final name
            raise UserError(error.problem.replace(str(partial), str(out)), error.remedy) from error
        except OSError as error:
            inside = error.filename is None or str(error.filename).startswith(str(partial))
            raise user_error(error, out if inside else None) from error


def refuse_unwritable(out: Path) -> None:
    """Raise UserError where no results can be written to `out`, before anything else is said or done."""
    with _empty_folder(out):
        pass


@contextmanager
def _empty_folder(out: Path) -> Iterator[Path]:
    """Lend an empty folder on the disk of `out`, which is gone afterwards unless it was moved away."""
    if out.exists() and not out.is_dir():
        raise UserError(f"{out} is a file, but the results need a folder", "give the name of a new folder")
    # Inside an existing folder rather than beside it: the same disk, the same permissions.
    with told_to_the_user(out):
        inside = out if out.exists() else _nearest_folder(out)
    with partial_name(inside) as partial:
        with told_where_made(out):
            partial.mkdir()
        yield partial


def _nearest_folder(path: Path) -> Path:
    """Return the closest folder above `path` that exists."""
    return next(parent for parent in path.absolute().parents if parent.exists())


def _refuse_others(out: Path, mark: Mark | None, files: Iterable[str]) -> None:
    """Raise UserError, naming the first, where `out` has any of `files` and nothing says that they are results."""
    there = next((name for name in files if (out / name).is_file()), None)
    if there is not None and not (mark is not None and mark.is_in(out)):
        raise UserError(
            f"{out / there} is there already and would be replaced, though it is no result of this command",
            "name another folder, or move the file away",
        )


def _publish(partial: Path, out: Path, mark: Mark | None) -> None:
    """Turn the finished `partial` into `out`."""
    if not out.exists():
        out.parent.mkdir(parents=True, exist_ok=True)
        partial.rename(out)
        return
    files = sorted(file for file in partial.rglob("*") if file.is_file())
    places = {file: out / file.relative_to(partial) for file in files}
    for place in places.values():
        if place.is_dir():
            raise UserError(f"{place} is a folder where a file is needed", "move it away, or choose another")
        blocking = next((folder for folder in place.parents if folder.exists() and not folder.is_dir()), None)
        if blocking is not None:
            raise UserError(f"{blocking} is a file where a folder is needed", "move it away, or choose another")
    _refuse_others(out, mark, (str(file.relative_to(partial)) for file in files))
    for file, place in places.items():
        place.parent.mkdir(parents=True, exist_ok=True)
        file.replace(place)


def refuse_own_folder(out: Path, source: Path) -> None:
    """Raise UserError where results for `out` would lie among the files of `source` that they are made from."""
    folder = source if source.is_dir() else None
    if folder is not None and out.exists() and out.samefile(folder):
        raise UserError(f"{out} is the folder that the results are made from", "give another folder for them")
