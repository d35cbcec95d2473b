"""Plain values and NumPy arrays in a pickle, read without unpickling: no name in it is looked up, nothing is called.

A pickle is a program for a small machine with a stack. Here only the instructions for containers, texts and numbers
are known; where it asks for something by name it gets a `Name`, and calling one makes a value only for the few names
with which NumPy writes arrays. All else is refused. See Python's `pickletools` for what each instruction does.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import IO, Any

from app.formats.pickled_arrays import DtypeInMaking, Name, Span, StoredArray, dtype_of, made_by, shape_of

_MAX_INSTRUCTIONS = 5_000_000
_MAX_TEXT_BYTES = 1 << 20
_MAX_LINE = 10_000
_MARK = object()


def read_plain(file: IO[bytes]) -> Any:
    """Return what the pickle in `file` holds: None, bool, int, float, str, bytes, list, tuple, dict, `StoredArray`.

    Bytes and long texts come as `Span`. Raises ValueError, in words for a person, where it is damaged or asks for
    anything else. `file` must be one that can seek.
    """
    return _Machine(file).run()


class _Machine:
    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._size = file.seek(0, 2)
        file.seek(0)
        self._stack: list[Any] = []
        self._memo: dict[int, Any] = {}

    def run(self) -> Any:
        """Go through the instructions up to the end."""
        for _ in range(_MAX_INSTRUCTIONS):
            code = self._file.read(1)
            if code == b".":
                return self.pop()
            do = _INSTRUCTIONS.get(code)
            if do is None:
                raise ValueError(f"it is no pickle of plain arrays: instruction {code!r}")
            do(self)
        raise ValueError("it is longer than any file of points")

    # The stack.

    def push(self, value: Any) -> None:
        self._stack.append(value)

    def pop(self) -> Any:
        if not self._stack or self._stack[-1] is _MARK:
            raise ValueError("it is damaged")
        return self._stack.pop()

    def _top(self, kind: type) -> Any:
        if not self._stack or not isinstance(self._stack[-1], kind):
            raise ValueError("it is damaged")
        return self._stack[-1]

    def drop(self) -> None:
        if not self._stack:
            raise ValueError("it is damaged")
        self._stack.pop()

    def drop_to_mark(self) -> None:
        self.since_mark()

    def since_mark(self) -> list[Any]:
        values: list[Any] = []
        while self._stack:
            value = self._stack.pop()
            if value is _MARK:
                return values[::-1]
            values.append(value)
        raise ValueError("it is damaged")

    # What stands in the file.

    def raw(self, n_bytes: int) -> bytes:
        data = self._file.read(n_bytes)
        if len(data) != n_bytes:
            raise ValueError("it is cut short")
        return data

    def number(self, form: str) -> Any:
        return struct.unpack(form, self.raw(struct.calcsize(form)))[0]

    def line(self, coding: str = "utf-8") -> str:
        data = self._file.readline(_MAX_LINE)
        if not data.endswith(b"\n"):
            raise ValueError("it is cut short")
        return data[:-1].decode(coding)

    def push_span(self, form: str, *, is_text: bool = False) -> None:
        n_bytes = self.number(form)
        start = self._file.tell()
        if not 0 <= n_bytes <= self._size - start:
            raise ValueError("it is cut short")
        if is_text and n_bytes <= _MAX_TEXT_BYTES:
            self.push(self.raw(n_bytes).decode("utf-8", "surrogatepass"))
        else:
            self._file.seek(n_bytes, 1)
            self.push(Span(start, n_bytes, is_text))

    def push_old_text(self, form: str) -> None:
        """Text of Python 2, which is also how it kept bytes."""
        n_bytes = self.number(form)
        if 0 <= n_bytes <= 255:
            self.push(self.raw(n_bytes).decode("latin-1"))
        else:
            self._file.seek(-struct.calcsize(form), 1)
            self.push_span(form)

    def push_line_number(self) -> None:
        told = self.line()
        self.push({"00": False, "01": True}.get(told) if told in ("00", "01") else int(told.rstrip("L")))

    # Containers.

    def tuple_of(self, n_values: int) -> None:
        self.push(tuple(reversed([self.pop() for _ in range(n_values)])))

    def append(self, values: list[Any]) -> None:
        self._top(list).extend(values)

    def set_items(self, values: list[Any]) -> None:
        if len(values) % 2:
            raise ValueError("it is damaged")
        for key, value in zip(values[::2], values[1::2], strict=True):
            if not isinstance(key, (str, int)):
                raise ValueError("a name in it is no text")
            self._top(dict)[key] = value

    def dict_of(self) -> None:
        values = self.since_mark()
        self.push({})
        self.set_items(values)

    # The memo.

    def put(self, place: int) -> None:
        if not self._stack:
            raise ValueError("it is damaged")
        self._memo[place] = self._stack[-1]

    def memoize(self) -> None:
        self.put(len(self._memo))

    def get(self, place: int) -> None:
        if place not in self._memo:
            raise ValueError("it is damaged")
        self.push(self._memo[place])

    # Names, and what arrays are made with.

    def name_on_stack(self) -> None:
        name, module = self.pop(), self.pop()
        if not isinstance(name, str) or not isinstance(module, str):
            raise ValueError("it is damaged")
        self.push(Name(module, name))

    def call(self) -> None:
        arguments, called = self.pop(), self.pop()
        if not isinstance(called, Name) or not isinstance(arguments, tuple):
            raise ValueError("it is damaged")
        self.push(made_by(called, arguments))

    def build(self) -> None:
        state, made = self.pop(), self._top(object)
        if (
            isinstance(made, DtypeInMaking)
            and isinstance(state, tuple)
            and len(state) > 1
            and state[1] in ("<", ">", "|", "=")
        ):
            made.order = state[1]
        elif isinstance(made, StoredArray) and isinstance(state, tuple) and len(state) == 5:
            _, shape, dtype, is_fortran, data = state
            made.dtype, made.shape = dtype_of(dtype), shape_of(shape)
            made.is_fortran, made.data = bool(is_fortran), data
        else:
            raise ValueError("it is no pickle of plain arrays")


def _known_name(machine: _Machine) -> None:
    machine.push(Name(machine.line(), machine.line()))


def _long(machine: _Machine) -> None:
    machine.push(int.from_bytes(machine.raw(machine.number("<B")), "little", signed=True))


_INSTRUCTIONS: dict[bytes, Callable[[_Machine], None]] = {
    b"\x80": lambda machine: machine.number("<B") and None,  # protocol
    b"\x95": lambda machine: machine.number("<Q") and None,  # frame
    b"(": lambda machine: machine.push(_MARK),
    b"0": _Machine.drop,
    b"1": _Machine.drop_to_mark,
    b"N": lambda machine: machine.push(None),
    b"\x88": lambda machine: machine.push(True),
    b"\x89": lambda machine: machine.push(False),
    b"I": _Machine.push_line_number,
    b"L": _Machine.push_line_number,
    b"J": lambda machine: machine.push(machine.number("<i")),
    b"K": lambda machine: machine.push(machine.number("<B")),
    b"M": lambda machine: machine.push(machine.number("<H")),
    b"\x8a": _long,
    b"G": lambda machine: machine.push(machine.number(">d")),
    b"F": lambda machine: machine.push(float(machine.line())),
    b"V": lambda machine: machine.push(machine.line("raw-unicode-escape")),
    b"X": lambda machine: machine.push_span("<I", is_text=True),
    b"\x8c": lambda machine: machine.push_span("<B", is_text=True),
    b"\x8d": lambda machine: machine.push_span("<Q", is_text=True),
    b"U": lambda machine: machine.push_old_text("<B"),
    b"T": lambda machine: machine.push_old_text("<i"),
    b"B": lambda machine: machine.push_span("<I"),
    b"C": lambda machine: machine.push_span("<B"),
    b"\x8e": lambda machine: machine.push_span("<Q"),
    b"\x96": lambda machine: machine.push_span("<Q"),
    b"]": lambda machine: machine.push([]),
    b"l": lambda machine: machine.push(machine.since_mark()),
    b"a": lambda machine: machine.append([machine.pop()]),
    b"e": lambda machine: machine.append(machine.since_mark()),
    b"}": lambda machine: machine.push({}),
    b"d": _Machine.dict_of,
    b"s": lambda machine: machine.set_items([machine.pop(), machine.pop()][::-1]),
    b"u": lambda machine: machine.set_items(machine.since_mark()),
    b")": lambda machine: machine.push(()),
    b"t": lambda machine: machine.push(tuple(machine.since_mark())),
    b"\x85": lambda machine: machine.tuple_of(1),
    b"\x86": lambda machine: machine.tuple_of(2),
    b"\x87": lambda machine: machine.tuple_of(3),
    b"p": lambda machine: machine.put(int(machine.line())),
    b"q": lambda machine: machine.put(machine.number("<B")),
    b"r": lambda machine: machine.put(machine.number("<I")),
    b"\x94": _Machine.memoize,
    b"g": lambda machine: machine.get(int(machine.line())),
    b"h": lambda machine: machine.get(machine.number("<B")),
    b"j": lambda machine: machine.get(machine.number("<I")),
    b"c": _known_name,
    b"\x93": _Machine.name_on_stack,
    b"R": _Machine.call,
    b"b": _Machine.build,
}
