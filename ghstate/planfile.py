"""The file of a saved plan: the plan document, what it is bound to, and a seal.

It is JSON, and the keys of the plan document stand at the top, so that whatever reads
``ghstate plan --json`` reads this. The seal is the SHA-256 of the file as it would be
without the seal. It tells accidents and carelessness; whoever forges it gains nothing,
because an apply does only what it finds necessary by itself.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import Enum, auto
from hashlib import sha256
from typing import Any, NoReturn, assert_never

import msgspec

from ghstate.errors import PlanChanged, UsageError
from ghstate.plan.entries import Entry, digest_of
from ghstate.plan.saved import FORMAT, Binding, SavedPlan

LIMIT = 64 * 1024 * 1024
"""The most bytes a saved plan may have; one of 50,000 changes takes about 30 MB."""

_OBEYED = re.compile(
    "[\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\ud800-\udfff\ufeff\ufff9-\ufffb\U000e0000-\U000e0fff]"
)
"""Controls beyond ASCII, direction marks, what has no width, and half surrogates."""

_OWN_KEYS = ("saved", "page", "seal")
_MARKS = (b'"format_version"', b'"ghstate_version"', b'"resource_changes"', b'"seal"')
"""What a file has in it that is a plan, however damaged; some stand far apart."""

_OURS = (b'"ghstate_version"', b'"seal": "sha256:')
"""Those that no plan of Terraform's has, cut off or not."""

_SEALED = b',\n  "seal": "sha256:%s"\n}\n'


def encoded(content: Mapping[str, Any]) -> bytes:
    """*content* as JSON that people can read, too.

    What a terminal or GitHub's runner would obey instead of show is escaped, as JSON
    lets everything be. No line begins with other people's text.
    """
    text = json.dumps(content, indent=2, ensure_ascii=False) + "\n"
    text = _OBEYED.sub(lambda found: json.dumps(found[0])[1:-1], text)
    # Only in strings: there is no # elsewhere in JSON.
    return text.replace("##[", "##\\u005b").encode()


def encode(plan: SavedPlan) -> bytes:
    """Write *plan* down; equal plans give equal bytes.

    Raises `UsageError` where it would be too large to be read again.
    """
    content = _sealed(
        {**plan.document, "saved": _plain(plan.binding), "page": plan.page}
    )
    if len(content) > LIMIT:
        raise UsageError(
            f"the plan is larger than {LIMIT // 2**20} MiB, and cannot be saved",
            hint="plan a part of it with --target",
        )
    return content


class Purpose(Enum):
    """What somebody wants of a saved plan, and hears of if it cannot be."""

    APPLY = auto()
    SHOW = auto()


def decode(
    content: bytes, *, place: str, purpose: Purpose = Purpose.APPLY
) -> SavedPlan:
    """Read what `encode` wrote; *place* is where it was found, for messages.

    Raises `PlanChanged` for a plan that is not, byte for byte, what was written, and
    `UsageError` for what is no saved plan at all.
    """
    try:
        document = _parse(content, place)
        _check_format(document)
        _check_seal(document, content)
        return _saved(document)
    except _Newer as error:
        words = (
            f"is a saved plan of format {error.found}, and this ghstate knows {FORMAT}"
        )
        way_out = "use the ghstate that made it, or plan again with this one"
        raise PlanChanged(_in_vain(place, words, purpose), hint=way_out) from error
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        refused = "cannot be shown" if purpose is Purpose.SHOW else "may not be applied"
        words = f"{refused}: it was altered or cut off after ghstate wrote it"
        way_out = f"plan again: ghstate plan --out {place}"
        raise PlanChanged(_in_vain(place, words, purpose), hint=way_out) from error


def is_saved_plan(content: bytes) -> bool:
    """Is it a saved plan, whole or damaged, of this version or another?"""
    try:
        _parse(content, "")
    except UsageError:
        return False
    except ValueError:
        pass
    return any(mark in content for mark in _OURS)


class _Newer(Exception):
    """The format is one that is not known here."""

    def __init__(self, found: int) -> None:
        super().__init__(found)
        self.found = found


def _in_vain(place: str, words: str, purpose: Purpose) -> str:
    match purpose:
        case Purpose.APPLY:
            return f"{place} {words}; nothing was changed"
        case Purpose.SHOW:
            return f"{place} {words}"
        case _:
            assert_never(purpose)


def _sealed(rest: Mapping[str, Any]) -> bytes:
    written = encoded(rest)
    seal = sha256(written).hexdigest().encode()
    return written.removesuffix(b"\n}\n") + _SEALED % seal


def _parse(content: bytes, place: str) -> dict[str, Any]:
    """The document; `ValueError` for one that is damaged."""
    try:
        found = json.loads(content.decode(), parse_constant=_refuse)
    except (ValueError, RecursionError) as error:  # as are those of UTF-8 and JSON
        if any(mark in content for mark in _MARKS):
            raise ValueError("it is not whole") from error
        raise _no_plan(place, content) from error
    if not isinstance(found, dict) or found.keys().isdisjoint(_OWN_KEYS):
        raise _no_plan(place, content)
    return found


def _refuse(constant: str) -> NoReturn:
    """JSON has no NaN, whatever Python says."""
    raise ValueError(constant)


def _check_format(document: Mapping[str, Any]) -> None:
    binding = document.get("saved")
    found = binding.get("format") if isinstance(binding, dict) else None
    if type(found) is int and found > FORMAT:
        raise _Newer(found)


def _check_seal(document: Mapping[str, Any], content: bytes) -> None:
    rest = {key: held for key, held in document.items() if key != "seal"}
    if _sealed(rest) != content:
        raise ValueError("the seal is of something else")


def _saved(document: Mapping[str, Any]) -> SavedPlan:
    binding = msgspec.convert(document["saved"], Binding)
    if binding.format != FORMAT:
        raise ValueError(binding.format)
    binding.addresses()
    changes = document["resource_changes"]
    entries = msgspec.convert(changes, tuple[Entry, ...])
    if len({entry.at for entry in entries}) != len(entries):
        raise ValueError("an address stands there twice")
    organization = document["organization"]["id"]
    digest = digest_of(organization, changes)
    if document["digest"] != f"sha256:{digest}":
        raise ValueError("the digest is of something else")
    if organization != binding.organization.id:
        raise ValueError("there are two organizations")
    return SavedPlan(
        version=msgspec.convert(document["ghstate_version"], str),
        digest=digest,
        entries=entries,
        binding=binding,
        document={k: held for k, held in document.items() if k not in _OWN_KEYS},
        page=msgspec.convert(document["page"], dict[str, Any]),
    )


def _plain(binding: Binding) -> dict[str, Any]:
    """*binding* in JSON's types, with moments to the second."""
    plain = msgspec.to_builtins(binding, builtin_types=(datetime,))
    return {
        key: _moment(held) if isinstance(held, datetime) else held
        for key, held in plain.items()
    }


def _moment(time: datetime) -> str:
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _no_plan(place: str, content: bytes) -> UsageError:
    hint = "`ghstate plan --out FILE` writes one"
    if not content:
        return UsageError(f"{place} is empty, and no saved plan", hint=hint)
    if all(mark in content for mark in _MARKS[:-1]):
        what = "is a plan as --json prints it, and no saved one"
        return UsageError(f"{place} {what}", hint=hint)
    return UsageError(f"{place} is no saved plan", hint=hint)
