"""Files that strangers wrote, read with bounds: of size, of depth, of what a name may point to."""

from __future__ import annotations

import csv
import json
import lzma
import math
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn
from xml.etree.ElementTree import Element, ParseError

import yaml
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import iterparse

from app.errors import UserError
from app.os_errors import user_error

MAX_TEXT_BYTES = 512 << 20
"""Of one text file. 10,000 frames of ten objects are 50 MB of COCO."""
_MAX_YAML_BYTES = 1 << 20
MAX_OBJECTS = 10_000
"""Of one import; a file that claims more is no file of labels."""
MAX_FRAME_NUMBER = 100_000_000

_DAMAGE = (
    ValueError,  # also of json and of decoding
    TypeError,
    AttributeError,
    LookupError,  # of an index, or an encoding that there is not
    OverflowError,
    RuntimeError,  # of depth, and of zipfile where it would want a password
    EOFError,
    SyntaxError,
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    ParseError,
    DefusedXmlException,
    yaml.YAMLError,
    csv.Error,
)


@contextmanager
def reading(path: Path, what: str) -> Iterator[None]:
    """Turn what goes wrong in the block, where `path` is read, into a UserError that says it is no good `what`."""
    remedy = f"give a whole file of {what}, or choose another format"
    try:
        yield
    except UserError:
        raise
    except OSError as error:
        raise user_error(error, path) from error
    except KeyError as error:
        raise UserError(f"{path} cannot be read as {what}: {error} is missing", remedy) from error
    except (MemoryError, *_DAMAGE) as error:
        reason = _in_plain_words(error) or " ".join(str(error).split())[:120] or type(error).__name__
        raise UserError(f"{path} cannot be read as {what}: {reason}", remedy) from error


def _in_plain_words(error: Exception) -> str:
    """Return what a parser's complaint means to a person, "" where it says so itself."""
    match error:
        case json.JSONDecodeError():
            return f"it is not JSON, or damaged in line {error.lineno}"
        case ParseError():
            return f"it is not XML, or damaged in line {error.position[0]}"
        case UnicodeDecodeError():
            return "it is not a text file in UTF-8"
        case zipfile.BadZipFile():
            return "it is not an .npz file, or damaged"
    return ""


def refuse_odd_file(path: Path, max_bytes: int = MAX_TEXT_BYTES) -> None:
    """Raise ValueError for what is no regular file, and for a larger one."""
    facts = path.stat()
    if not stat.S_ISREG(facts.st_mode):
        raise ValueError("it is not a file")
    if facts.st_size > max_bytes:
        raise ValueError(f"it has {facts.st_size >> 20} MiB, more than {max_bytes >> 20}")


def read_bytes(path: Path, max_bytes: int = MAX_TEXT_BYTES) -> bytes:
    """Return the content of a regular file. Raises ValueError for anything else, and for a larger one."""
    refuse_odd_file(path, max_bytes)
    return path.read_bytes()


def read_text(path: Path) -> str:
    """Return the text of a UTF-8 file of a bounded size. Raises ValueError and OSError."""
    return read_bytes(path).decode("utf-8-sig")


def read_json(path: Path) -> Any:
    """Return what a JSON file holds. NaN and infinity are refused, as JSON does. Raises ValueError and OSError."""
    return json.loads(read_text(path), parse_constant=_refuse_constant)


def read_yaml(path: Path) -> Any:
    """Return what a YAML file holds, plain values only. Aliases are refused: with them a few lines stand for billions.

    Raises ValueError, YAMLError and OSError.
    """
    content = read_bytes(path, _MAX_YAML_BYTES).decode("utf-8-sig")
    if any(isinstance(token, yaml.AliasToken) for token in yaml.scan(content)):
        raise ValueError("it repeats a part by an alias")
    return yaml.safe_load(content)


def xml_elements(path: Path) -> Iterator[tuple[str, Element]]:
    """Yield ("start" or "end", element) through an XML file; document types and entities are refused.

    Whoever goes through it clears what it has dealt with, so that memory does not grow with the file.
    """
    refuse_odd_file(path)
    with path.open("rb") as file:
        yield from iterparse(file, events=("start", "end"), forbid_dtd=True)


def whole(value: Any, low: int = 0, high: int = MAX_FRAME_NUMBER) -> int:
    """Return `value` as a whole number within bounds. Raises ValueError for anything else."""
    if isinstance(value, bool) or not isinstance(value, (int, str, float)):
        raise ValueError(f"{_short(value)} is no number")
    number = int(value)
    if number != float(value) or not low <= number <= high:
        raise ValueError(f"{_short(value)} is not a whole number within {low} and {high}")
    return number


def finite(value: Any, limit: float = 1e6) -> float:
    """Return `value` as a number within plus or minus `limit`. Raises ValueError for anything else."""
    if isinstance(value, bool) or not isinstance(value, (int, str, float)):
        raise ValueError(f"{_short(value)} is no number")
    number = float(value)
    if not math.isfinite(number) or abs(number) > limit:
        raise ValueError(f"{_short(value)} is out of range")
    return number


def share(value: Any) -> float | None:
    """Return a confidence in [0, 1], None where there is none. Raises ValueError for what is no number."""
    return None if value is None else min(max(finite(value), 0.0), 1.0)


def text(value: Any) -> str:
    """Return a text. Raises ValueError for anything else."""
    if not isinstance(value, str):
        raise ValueError(f"{_short(value)} is no text")
    return value


def rows(value: Any) -> list[Any]:
    """Return a list. Raises ValueError for anything else."""
    if not isinstance(value, list):
        raise ValueError(f"{_short(value)} is no list")
    return value


def fields(value: Any) -> dict[str, Any]:
    """Return a JSON object. Raises ValueError for anything else."""
    if not isinstance(value, dict):
        raise ValueError(f"{_short(value)} is no object with named fields")
    return value


def inside(folder: Path, name: str) -> Path:
    """Return the file called `name` in `folder`. Raises ValueError where the name, or a link, leads out of it."""
    path = folder / name
    if not name or "\0" in name or not path.resolve().is_relative_to(folder.resolve()):
        raise ValueError(f"{_short(name)} leads out of the folder")
    return path


def one_file(path: Path, *names: str) -> Path:
    """Return `path` itself, or the first of the `names` that lies in the folder `path`. Raises UserError."""
    if not path.exists():
        raise UserError(f"There is no {path}", "check the path")
    if not path.is_dir():
        return path
    for name in names:
        if (path / name).is_file():
            return path / name
    raise UserError(f"There is no {' or '.join(names)} in {path}", "give the file itself, or choose another format")


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")


def _short(value: Any) -> str:
    shown = repr(value)
    return shown if len(shown) <= 40 else f"{shown[:37]}…"
