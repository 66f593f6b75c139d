"""Ids and cursors in GitHub's shapes, which a client passes back unread.

Both wrap a MessagePack list: `T_kgDO…` is [0, organization, team] behind a prefix, and
a cursor is the sort key of the row it stands at, so it stays good when rows move.
"""

from base64 import b64decode, b64encode, urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from functools import lru_cache
from typing import TypeAlias

Key: TypeAlias = int | tuple[str, int]

_CURSOR = b"cursor:v2:"
_MAX_TEXT = 0xFF


class Unreadable(ValueError):
    """Nothing this server ever gave out."""


def _pack(values: tuple[int | str, ...]) -> bytes:
    packed = bytearray([0x90 | len(values)])
    for value in values:
        if isinstance(value, str):
            text = value.encode()[:_MAX_TEXT]
            packed += bytes([0xD9, len(text)]) + text
        elif value < 0x80:
            packed.append(value)
        else:
            packed += b"\xcf" if value >> 32 else b"\xce"
            packed += value.to_bytes(8 if value >> 32 else 4, "big")
    return bytes(packed)


def _unpack(packed: bytes) -> tuple[int | str, ...]:
    if not packed or packed[0] & 0xF0 != 0x90:
        raise Unreadable
    values: list[int | str] = []
    at = 1
    for _ in range(packed[0] & 0x0F):
        if at >= len(packed):
            raise Unreadable
        mark = packed[at]
        at += 1
        if mark < 0x80:
            values.append(mark)
        elif mark in {0xCE, 0xCF}:
            size = 4 if mark == 0xCE else 8
            values.append(int.from_bytes(packed[at : at + size], "big"))
            at += size
        elif mark == 0xD9 and at < len(packed):
            end = at + 1 + packed[at]
            values.append(packed[at + 1 : end].decode(errors="replace"))
            at = end
        else:
            raise Unreadable
    return tuple(values)


@lru_cache(maxsize=200_000)
def node_id(prefix: str, *numbers: int) -> str:
    """A global id: `U` for users, `O`, `T`, and `OI` for invitations."""
    return f"{prefix}_{urlsafe_b64encode(_pack((0, *numbers))).decode().rstrip('=')}"


def read_node_id(text: str) -> tuple[str, int]:
    """The prefix of a global id, and the last number in it: the thing's own."""
    prefix, _, rest = text.partition("_")
    try:
        packed = urlsafe_b64decode(rest + "=" * (-len(rest) % 4))
    except (NotBase64, ValueError) as error:
        raise Unreadable(text) from error
    numbers = _unpack(packed)
    if not numbers or not isinstance(numbers[-1], int):
        raise Unreadable(text)
    return prefix, numbers[-1]


def cursor(key: Key) -> str:
    values = key if isinstance(key, tuple) else (key,)
    return b64encode(_CURSOR + _pack(values)).decode()


def read_cursor(text: str) -> Key:
    try:
        raw = b64decode(text, validate=True)
    except (NotBase64, ValueError) as error:
        raise Unreadable(text) from error
    if not raw.startswith(_CURSOR):
        raise Unreadable(text)
    match _unpack(raw.removeprefix(_CURSOR)):
        case (int() as number,):
            return number
        case (str() as name, int() as number):
            return name, number
        case _:
            raise Unreadable(text)
