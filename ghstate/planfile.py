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
from hashlib import sha256
from typing import Any, NoReturn

import msgspec

from ghstate.errors import PlanChanged, UsageError
from ghstate.plan.saved import FORMAT, Binding, Entry, SavedPlan, digest_of

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

_SEALED = b',\n  "seal": "sha256:%s"\n}\n'


def encoded(content: Mapping[str, Any]) -> bytes:
    """*content* as JSON that people can read, too.

    What a terminal would obey instead of show is escaped, as JSON lets everything be.
    """
    text = json.dumps(content, indent=2, ensure_ascii=False) + "\n"
    return _OBEYED.sub(lambda found: json.dumps(found[0])[1:-1], text).encode()


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


def decode(content: bytes, *, place: str) -> SavedPlan:
    """Read what `encode` wrote; *place* is where it was found, for messages.

    Raises `PlanChanged` for a plan that is not, byte for byte, what was written, and
    `UsageError` for what is no saved plan at all.
    """
    document = _parse(content, place)
    _check_format(document, place)
    _check_seal(document, content, place)
    try:
        return _saved(document)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise _altered(place) from error


def is_saved_plan(content: bytes) -> bool:
    """Is it a whole saved plan, of this version or another?"""
    try:
        _check_seal(_parse(content, ""), content, "")
    except (PlanChanged, UsageError):
        return False
    return True


def _sealed(rest: Mapping[str, Any]) -> bytes:
    written = encoded(rest)
    seal = sha256(written).hexdigest().encode()
    return written.removesuffix(b"\n}\n") + _SEALED % seal


def _parse(content: bytes, place: str) -> dict[str, Any]:
    try:
        found = json.loads(content.decode(), parse_constant=_refuse)
    except (ValueError, RecursionError) as error:  # as are those of UTF-8 and JSON
        if any(mark in content for mark in _MARKS):
            raise _altered(place) from error
        raise _no_plan(place, content) from error
    if not isinstance(found, dict) or found.keys().isdisjoint(_OWN_KEYS):
        raise _no_plan(place, content)
    return found


def _refuse(constant: str) -> NoReturn:
    """JSON has no NaN, whatever Python says."""
    raise ValueError(constant)


def _check_format(document: Mapping[str, Any], place: str) -> None:
    binding = document.get("saved")
    found = binding.get("format") if isinstance(binding, dict) else None
    if type(found) is int and found > FORMAT:
        raise PlanChanged(
            f"{place} is a saved plan of format {found}, and this ghstate knows "
            f"{FORMAT}; nothing was changed",
            hint="use the ghstate that made it, or plan again with this one",
        )


def _check_seal(document: Mapping[str, Any], content: bytes, place: str) -> None:
    rest = {key: held for key, held in document.items() if key != "seal"}
    try:
        same = _sealed(rest) == content
    except (ValueError, RecursionError) as error:
        raise _altered(place) from error
    if not same:
        raise _altered(place)


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


def _altered(place: str) -> PlanChanged:
    return PlanChanged(
        f"{place} may not be applied: it was altered or cut off after ghstate wrote "
        "it; nothing was changed",
        hint=f"plan again: ghstate plan --out {place}",
    )


def _no_plan(place: str, content: bytes) -> UsageError:
    hint = "`ghstate plan --out FILE` writes one"
    if not content:
        return UsageError(f"{place} is empty, and no saved plan", hint=hint)
    if all(mark in content for mark in _MARKS[:-1]):
        what = "is a plan as --json prints it, and no saved one"
        return UsageError(f"{place} {what}", hint=hint)
    return UsageError(f"{place} is no saved plan", hint=hint)
