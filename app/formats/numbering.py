"""The numbers by which formats with few numbers know objects, and names for what they call categories."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable

from app.errors import UserError
from app.formats.bounded import MAX_OBJECTS
from app.formats.interface import LabelSource
from app.project.model import Kind, Object
from app.project.verbs import COLOURS, VOID_COLOUR, VOID_NAME

NO_CLASS = "object"
"""The category of objects without a class, for formats in which everything has one."""


def values(source: LabelSource, highest: int) -> dict[int, int]:
    """Return a number from 1 to `highest` for each thing: its id, or its place where an id is too high.

    Raises UserError where there are more things than numbers.
    """
    object_ids = sorted(found.object_id for found in source.things)
    if len(object_ids) > highest:
        raise UserError(
            f"The project has {len(object_ids)} objects, but this format holds {highest}", "delete some, or split it"
        )
    fits = not object_ids or object_ids[-1] <= highest
    return {object_id: object_id if fits else place for place, object_id in enumerate(object_ids, 1)}


def numbering_losses(source: LabelSource, highest: int) -> tuple[str, ...]:
    """Return the sentence about things that get other numbers than their ids, where there are any."""
    if any(value != object_id for object_id, value in values(source, highest).items()):
        return (f"Objects are numbered anew, because the format has no numbers above {highest}.",)
    return ()


def void_values(source: LabelSource, value: int) -> dict[int, int]:
    """Return `value` for each object that is void."""
    return {found.object_id: value for found in source.objects if found.kind is Kind.VOID}


def void_object(object_id: int) -> Object:
    """Return the object for the void in a file that says no more of it."""
    return Object(object_id, VOID_NAME, VOID_COLOUR, kind=Kind.VOID)


def category(found: Object) -> str:
    """Return the name of an object's category."""
    return found.class_name or NO_CLASS


def categories(source: LabelSource) -> dict[str, int]:
    """Return the categories of the objects, numbered from 1 in alphabetical order."""
    return {name: number for number, name in enumerate(sorted({category(found) for found in source.things}), 1)}


def stranger(object_id: int, place: int, category_name: str = "", name: str = "") -> Object:
    """Return the object for a number in a file that says little about it. `place` counts the file's objects from 0."""
    class_name = "" if category_name == NO_CLASS else category_name
    return Object(object_id, name or f"{class_name or 'object'} {object_id}", COLOURS[place % len(COLOURS)], class_name)


def xml_text(name: str) -> str:
    """Return `name` without the characters that XML 1.0 cannot hold."""
    name = name.encode("utf-8", "replace").decode()
    return "".join(letter if letter >= " " and letter not in "\ufffe\uffff" else " " for letter in name)


class Identities:
    """Gives the labels in a file to objects: by the file's own track ids, else by their order on each frame.

    Where a file has no track ids, the k-th label of a category on each frame is taken for the k-th object of it.
    """

    def __init__(self) -> None:
        self._objects: dict[Hashable, Object] = {}
        self._taken: set[int] = set()
        self._on_frame: dict[Hashable, Counter[str]] = {}
        self._is_guessing = False

    @property
    def objects(self) -> tuple[Object, ...]:
        """The objects so far, in the order in which they came."""
        return tuple(self._objects.values())

    @property
    def notes(self) -> tuple[str, ...]:
        """What a person should know about how labels were given to objects."""
        if not self._is_guessing:
            return ()
        return ("The file does not say which labels belong to one object: their order on each frame was taken for it.",)

    def object_id(self, frame: Hashable, track: int | None, category_name: str = "", name: str = "") -> int:
        """Return the object of a label on `frame`, with the file's own number `track` where there is one.

        Raises ValueError where there get to be too many objects.
        """
        key: Hashable = track
        if track is None:
            self._is_guessing = True
            counts = self._on_frame.setdefault(frame, Counter())
            counts[category_name] += 1
            key = (category_name, counts[category_name])
        known = self._objects.get(key)
        if known is None:
            if len(self._objects) >= MAX_OBJECTS:
                raise ValueError(f"it has more than {MAX_OBJECTS} objects")
            free = track if track is not None and track > 0 and track not in self._taken else self._next_free()
            known = self._objects[key] = stranger(free, len(self._objects), category_name, name)
            self._taken.add(free)
        return known.object_id

    def _next_free(self) -> int:
        number = len(self._taken) + 1
        while number in self._taken:
            number += 1
        return number
