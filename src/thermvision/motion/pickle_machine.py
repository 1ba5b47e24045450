"""The stack machine of the pickle format without imports and calls: protocols 0 to 5, as CPython's `pickletools` tells them."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

from thermvision.motion.pickled_arrays import (
    SYMBOLS,
    ArrayDraft,
    DtypeDraft,
    PickleRefused,
    Symbol,
    array_from_bytes,
    encoded,
    scalar_from_bytes,
)

MAX_OPERATIONS = 3_000_000  # some 28,000 frames of a LivePortrait template, 15 minutes
MAX_BUILT_BYTES = 256 * 2**20  # of arrays and encoded text: one string may be named many times
KEY_TYPES = (str, bytes, int, float, bool, type(None))  # hashing these runs nothing and does not recurse
_MAX_INTEGER_BYTES, _MAX_NUMBER_CHARACTERS, _MAX_MEMO_NUMBER = 16, 40, 2**31
_MARK = object()
_TRUNCATED = "an end where more should follow (is it truncated?)"


class PickleMachine:
    """Reads operations one by one; every one of them only moves plain values."""

    def __init__(self, content: bytes) -> None:
        self.content, self.place, self.built_bytes = content, 0, 0
        self.stack: list[Any] = []
        self.memo: dict[int, Any] = {}

    def run(self) -> Any:
        """Interpret up to STOP; returns the object on top."""
        for _ in range(MAX_OPERATIONS):
            code = self.content[self.place : self.place + 1]
            self.place += 1
            if code == b".":
                return self.pop()
            if code not in _OPERATIONS:
                raise PickleRefused(f"the operation {code!r}, which plain data does not need" if code else _TRUNCATED)
            _OPERATIONS[code](self)
        raise PickleRefused(f"more than {MAX_OPERATIONS} operations")

    def take(self, count: int) -> bytes:
        """The next bytes of the file."""
        if count > len(self.content) - self.place:
            raise PickleRefused(_TRUNCATED)
        self.place += count
        return self.content[self.place - count : self.place]

    def number(self, form: str) -> Any:
        """A number in the form of `struct`."""
        return struct.unpack(form, self.take(struct.calcsize(form)))[0]

    def line(self, most: int = 1024, encoding: str = "ascii") -> str:
        """The text up to the end of the line."""
        end = self.content.find(b"\n", self.place, self.place + most + 1)
        if end < 0:
            raise PickleRefused("a line without end")
        line = self.take(end - self.place)
        self.place += 1
        return _text(line, encoding)

    def push(self, value: Any) -> None:
        """Lay a value on the stack."""
        self.stack.append(value)

    def pop(self) -> Any:
        """Take the top value, which may not be a mark."""
        value = self.top()
        del self.stack[-1]
        return value

    def pop_mark(self) -> list[Any]:
        """Take all values above the last mark, and the mark."""
        for index in range(len(self.stack) - 1, -1, -1):
            if self.stack[index] is _MARK:
                values = self.stack[index + 1 :]
                del self.stack[index:]
                return values
        raise PickleRefused("an operation without its mark")

    def top(self) -> Any:
        """The top value, left where it is."""
        if not self.stack or self.stack[-1] is _MARK:
            raise PickleRefused("an operation without its operand")
        return self.stack[-1]

    def remember(self, key: int) -> None:
        """Keep the top value in the memo."""
        if key >= _MAX_MEMO_NUMBER:
            raise PickleRefused("a memo number beyond all use")
        self.memo[key] = self.top()

    def recall(self, key: int) -> None:
        """Push a value of the memo."""
        if key not in self.memo:
            raise PickleRefused("a memo that was never kept")
        self.push(self.memo[key])

    def set_items(self, pairs: list[Any]) -> None:
        """Put keys and values, in turn, into the dict on top."""
        target = self.top()
        if type(target) is not dict or len(pairs) % 2 or any(type(key) not in KEY_TYPES for key in pairs[::2]):
            raise PickleRefused("a dict whose keys are no plain words or numbers")
        target.update(zip(pairs[::2], pairs[1::2], strict=True))

    def count_built(self, size: int) -> None:
        """Refuse a file that builds far more than it holds."""
        self.built_bytes += size
        if self.built_bytes > MAX_BUILT_BYTES:
            raise PickleRefused(f"arrays of more than {MAX_BUILT_BYTES // 2**20} MiB")

    def name(self, module: Any, name: Any) -> None:
        """Push the symbol of a name on the list."""
        if type(module) is not str or type(name) is not str or (module, name) not in SYMBOLS:
            raise PickleRefused(
                f"the name {ascii(module)[:60]}.{ascii(name)[:60]}, which is not on the list of plain arrays"
            )
        self.push(SYMBOLS[module, name])

    def reduce(self) -> None:
        """Stand in for the few calls that an array needs."""
        arguments, symbol = self.pop(), self.pop()
        if type(symbol) is not Symbol or type(arguments) is not tuple:
            raise PickleRefused("a call of something else than an array")
        count = len(arguments)
        made: Any
        if symbol is Symbol.RECONSTRUCT and count == 3 and arguments[0] is Symbol.NDARRAY:
            made = ArrayDraft()
        elif symbol is Symbol.DTYPE and count in (1, 3):
            made = DtypeDraft(arguments[0])
        elif symbol is Symbol.SCALAR and count == 2:
            made = scalar_from_bytes(arguments[1], arguments[0])
        elif symbol is Symbol.FROM_BUFFER and count == 4:
            made = ArrayDraft()
            made.array = array_from_bytes(*arguments)
            self.count_built(made.array.nbytes)
        elif symbol is Symbol.BYTES and count == 0:
            made = b""
        elif symbol is Symbol.ENCODE and count == 2:
            made = encoded(*arguments)
            self.count_built(len(made))
        else:
            raise PickleRefused(f"{symbol.value} in an unknown form")
        self.push(made)

    def build(self) -> None:
        """Fill the array or dtype on top."""
        state = self.pop()
        draft = self.top()
        if type(draft) is ArrayDraft:
            self.count_built(draft.build(state))
        elif type(draft) is DtypeDraft:
            draft.build(state)
        else:
            raise PickleRefused("a state for something else than an array")


def _text(raw: bytes, encoding: str) -> str:
    try:
        return raw.decode(encoding, "surrogatepass" if encoding == "utf-8" else "strict")
    except UnicodeDecodeError as error:
        raise PickleRefused("text that is none") from error


def _integer(raw: bytes) -> int:
    if len(raw) > _MAX_INTEGER_BYTES:
        raise PickleRefused("a number of more than 128 bits")
    return int.from_bytes(raw, "little", signed=True)


def _written_number(line: str) -> bool | int | float:
    """A number of protocol 0, written out: 01 and 00 are True and False."""
    if line in ("00", "01"):
        return line == "01"
    if len(line) > _MAX_NUMBER_CHARACTERS:
        raise PickleRefused("a number that is too long")
    for kind in (int, float):
        try:
            return kind(line.removesuffix("L"))
        except ValueError:
            continue
    raise PickleRefused("a number that is none")


def _quoted(line: str) -> str:
    """A string of protocol 0, without escapes other than those of bytes."""
    if len(line) < 2 or line[0] != line[-1] or line[0] not in "'\"" or "\\" in line:
        raise PickleRefused("a quoted string that is none")
    return line[1:-1]


def _check_protocol(protocol: int) -> None:
    if protocol > 5:
        raise PickleRefused(f"protocol {protocol}, which does not exist")


def _memo_number(machine: PickleMachine) -> int:
    line = machine.line(_MAX_NUMBER_CHARACTERS)
    if not line.isdecimal():
        raise PickleRefused("a memo without number")
    return int(line)


def _append(machine: PickleMachine, values: list[Any]) -> None:
    target = machine.top()
    if type(target) is not list:
        raise PickleRefused("an item for something else than a list")
    target.extend(values)


def _push_dict(machine: PickleMachine) -> None:
    pairs = machine.pop_mark()
    machine.push({})
    machine.set_items(pairs)


def _last(machine: PickleMachine, count: int) -> tuple[Any, ...]:
    values = [machine.pop() for _ in range(count)]
    return tuple(reversed(values))


_OPERATIONS: dict[bytes, Callable[[PickleMachine], object]] = {
    b"\x80": lambda m: _check_protocol(m.number("B")),
    b"\x95": lambda m: m.number("<Q"),  # FRAME: a hint for reading ahead, of no use here
    b"(": lambda m: m.push(_MARK),
    b"0": lambda m: m.pop(),
    b"1": lambda m: m.pop_mark(),
    b"2": lambda m: m.push(m.top()),
    b"N": lambda m: m.push(None),
    b"\x88": lambda m: m.push(True),
    b"\x89": lambda m: m.push(False),
    b"I": lambda m: m.push(_written_number(m.line())),
    b"L": lambda m: m.push(_written_number(m.line())),
    b"F": lambda m: m.push(_written_number(m.line())),
    b"J": lambda m: m.push(m.number("<i")),
    b"K": lambda m: m.push(m.number("B")),
    b"M": lambda m: m.push(m.number("<H")),
    b"\x8a": lambda m: m.push(_integer(m.take(m.number("B")))),
    b"\x8b": lambda m: m.push(_integer(m.take(m.number("<I")))),
    b"G": lambda m: m.push(m.number(">d")),
    b"S": lambda m: m.push(_quoted(m.line())),
    b"T": lambda m: m.push(_text(m.take(m.number("<I")), "latin-1")),
    b"U": lambda m: m.push(_text(m.take(m.number("B")), "latin-1")),
    b"V": lambda m: m.push(m.line(len(m.content), "raw-unicode-escape")),
    b"X": lambda m: m.push(_text(m.take(m.number("<I")), "utf-8")),
    b"\x8c": lambda m: m.push(_text(m.take(m.number("B")), "utf-8")),
    b"\x8d": lambda m: m.push(_text(m.take(m.number("<Q")), "utf-8")),
    b"B": lambda m: m.push(m.take(m.number("<I"))),
    b"C": lambda m: m.push(m.take(m.number("B"))),
    b"\x8e": lambda m: m.push(m.take(m.number("<Q"))),
    b"\x96": lambda m: m.push(m.take(m.number("<Q"))),  # BYTEARRAY8: nothing here changes it, so bytes will do
    b"]": lambda m: m.push([]),
    b"l": lambda m: m.push(m.pop_mark()),
    b"a": lambda m: _append(m, [m.pop()]),
    b"e": lambda m: _append(m, m.pop_mark()),
    b")": lambda m: m.push(()),
    b"t": lambda m: m.push(tuple(m.pop_mark())),
    b"\x85": lambda m: m.push((m.pop(),)),
    b"\x86": lambda m: m.push(_last(m, 2)),
    b"\x87": lambda m: m.push(_last(m, 3)),
    b"}": lambda m: m.push({}),
    b"d": _push_dict,
    b"s": lambda m: m.set_items(list(_last(m, 2))),
    b"u": lambda m: m.set_items(m.pop_mark()),
    b"p": lambda m: m.remember(_memo_number(m)),
    b"q": lambda m: m.remember(m.number("B")),
    b"r": lambda m: m.remember(m.number("<I")),
    b"\x94": lambda m: m.remember(len(m.memo)),
    b"g": lambda m: m.recall(_memo_number(m)),
    b"h": lambda m: m.recall(m.number("B")),
    b"j": lambda m: m.recall(m.number("<I")),
    b"c": lambda m: m.name(m.line(), m.line()),
    b"\x93": lambda m: m.name(*_last(m, 2)),
    b"R": lambda m: m.reduce(),
    b"b": lambda m: m.build(),
}
