"""Complaints: what is wrong in the files, before anybody has looked up the line."""

from __future__ import annotations

from enum import Enum, auto

import msgspec

from ghstate.model.resource import KeyPath


class Part(Enum):
    """Which half of ``key = value`` a complaint is about."""

    KEY = auto()
    VALUE = auto()


class Complaint(msgspec.Struct, frozen=True):
    """One thing wrong at *path*: a plain sentence, and what to write instead."""

    path: KeyPath
    message: str
    hint: str = ""
    part: Part = Part.VALUE
