"""How MOTS numbers objects: a thousand times the class, plus the number of the object; 10000 is to be ignored."""

from __future__ import annotations

from collections.abc import Iterable

from app.formats.interface import LabelSource
from app.formats.numbering import categories, category, values, void_object, void_values
from app.project.model import Object

CLASSES = {"car": 1, "pedestrian": 2}
"""As published; other classes get numbers from 3 on."""
IGNORED = 10
"""The class of regions that scoring leaves out."""
PER_CLASS = 1000


def class_numbers(source: LabelSource) -> dict[str, int]:
    """Return the number of each category."""
    free = (number for number in range(3, PER_CLASS) if number != IGNORED)
    return {name: CLASSES[name] if name in CLASSES else next(free) for name in categories(source)}


def mots_ids(source: LabelSource) -> dict[int, int]:
    """Return the number in MOTS of each object, void being what is to be ignored.

    Raises UserError for more than 999 objects.
    """
    classes = class_numbers(source)
    numbers = values(source, PER_CLASS - 1)
    things = {
        found.object_id: classes[category(found)] * PER_CLASS + numbers[found.object_id] for found in source.things
    }
    return things | void_values(source, IGNORED * PER_CLASS)


def class_name(number: int) -> str:
    """Return the name of a class by its number, "" for one that is not published."""
    return next((name for name, known in CLASSES.items() if known == number), "")


def with_void(objects: Iterable[Object]) -> tuple[Object, ...]:
    """Return the `objects` of a file, the regions to be ignored among them being void."""
    return tuple(
        void_object(found.object_id) if found.object_id // PER_CLASS == IGNORED else found for found in objects
    )
