"""The file of a saved plan: read as it was written, and never otherwise."""

from __future__ import annotations

import json
import random
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given

from ghstate import planfile
from ghstate.errors import PlanChanged, UsageError
from ghstate.model.note import Severity
from ghstate.plan.entries import digest_of
from ghstate.plan.plan import Plan
from ghstate.planfile import Purpose, decode, encode, is_saved_plan
from ghstate.report.document import Document, Line, Phrase, Section, Tone
from ghstate.report.page import as_data, from_data
from ghstate.report.plan_json import encoded
from tests.build import NOW
from tests.report import stories
from tests.report.nasty import nasty
from tests.saved import saved

PLACE = "acme.plan"
SMALL = encode(saved(stories.plan(stories.invites("eve"))))
LARGE = encode(saved())
SCHEMA = json.loads(
    (Path(__file__).parents[2] / "schemas" / "plan.v1.schema.json").read_bytes()
)


def altered(content: bytes) -> str:
    """What is said of a plan that is not as it was written."""
    with pytest.raises(PlanChanged) as error:
        decode(content, place=PLACE)
    assert error.value.hint == "plan again: ghstate plan --out acme.plan"
    return error.value.message


def no_plan(content: bytes) -> str:
    with pytest.raises(UsageError) as error:
        decode(content, place=PLACE)
    assert error.value.hint == "`ghstate plan --out FILE` writes one"
    return error.value.message


def forged(content: bytes = LARGE, **changes: Any) -> bytes:
    """The plan with *changes*, and a seal that fits them."""
    document = json.loads(content) | changes
    rest = {k: held for k, held in document.items() if k != "seal" and held != "GONE"}
    return planfile._sealed(rest)


ALTERED = (
    "acme.plan may not be applied: it was altered or cut off after ghstate wrote it; "
    "nothing was changed"
)

# Written and read --------------------------------------------------------------


@pytest.mark.parametrize(
    "plan",
    [stories.small(), stories.again(), stories.plan()],
    ids=["of every sort", "invited again", "empty"],
)
def test_what_is_written_is_read_again(plan: Plan) -> None:
    made = saved(
        plan,
        allow_removals=4,
        reinvite_left=True,
        targets=('members."a@b.example"', "teams.ops"),
        state=None,
    )

    assert decode(encode(made), place=PLACE) == made


def test_the_same_plan_is_the_same_bytes() -> None:
    assert encode(saved()) == LARGE
    assert encode(decode(LARGE, place=PLACE)) == LARGE


def test_programs_read_a_saved_plan_as_any_other() -> None:
    document = json.loads(LARGE)

    jsonschema.Draft202012Validator(SCHEMA).validate(document)
    assert [*document] == [*saved().document, "saved", "page", "seal"]
    assert {key: document[key] for key in saved().document} == saved().document


@pytest.mark.parametrize("without", ["saved", "page", "seal"])
def test_the_schema_knows_a_saved_plan_from_a_part_of_one(without: str) -> None:
    document = {key: v for key, v in json.loads(LARGE).items() if key != without}

    assert not jsonschema.Draft202012Validator(SCHEMA).is_valid(document)


def test_moments_are_to_the_second() -> None:
    late = timedelta(microseconds=999_999)

    made = decode(encode(saved(made_at=NOW + late)), place=PLACE)

    assert made.binding.made_at == NOW


@given(nasty)
def test_hostile_text_goes_through_unharmed(text: str) -> None:
    note = stories.note(Severity.WARNING, "renamed", text)
    made = saved(stories.plan(notes=[note]))

    read = decode(encode(made), place=PLACE)

    assert read.document["notes"][0]["summary"] == text
    assert read == made


@given(nasty)
def test_r14_no_json_has_an_order_for_the_runner_in_it(text: str) -> None:
    written = encoded({"a": text, text: [text, {"b": [text]}], "c": "##" + text})

    lines = re.split(r"[\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]", written.decode())
    assert "##[" not in written.decode()
    assert not any(line.lstrip().startswith("::") for line in lines)
    assert json.loads(written)["a"] == text


def test_r14_an_order_in_a_name_is_escaped_in_a_plan_and_read_again() -> None:
    order = "##[add-mask]x"
    made = saved(stories.plan(notes=[stories.note(Severity.INFO, "x", order)]))

    content = encode(made)

    assert b"##[" not in content
    assert b"##\\u005badd-mask]x" in content
    assert decode(content, place=PLACE) == made


def test_a_plan_that_could_not_be_read_again_is_not_written(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(planfile, "LIMIT", 2**20)
    large = saved(stories.plan(*(stories.invites(f"u-{n}") for n in range(3000))))

    with pytest.raises(UsageError, match="the plan is larger than 1 MiB"):
        encode(large)


# Altered ------------------------------------------------------------------------


def test_r12_a_plan_changed_in_any_byte_is_refused() -> None:
    chance = random.Random(12)  # noqa: S311 - damage need not be secret
    for at, byte in enumerate(SMALL):
        other = (byte + chance.randrange(1, 256)) % 256
        content = SMALL[:at] + bytes([other]) + SMALL[at + 1 :]
        with pytest.raises((PlanChanged, UsageError)) as error:
            decode(content, place=PLACE)
        assert is_saved_plan(content) is (error.type is PlanChanged)


def test_r12_a_plan_with_any_bit_flipped_is_refused_as_altered() -> None:
    chance = random.Random(73)  # noqa: S311 - damage need not be secret
    for _ in range(500):
        content = bytearray(LARGE)
        content[chance.randrange(len(LARGE))] ^= 1 << chance.randrange(8)
        assert altered(bytes(content)).startswith("acme.plan ")


def test_r12_a_plan_cut_off_anywhere_is_refused() -> None:
    for end in range(len(SMALL)):
        with pytest.raises((PlanChanged, UsageError)):
            decode(SMALL[:end], place=PLACE)


@pytest.mark.parametrize("more", [b"\n", b" ", b"\0", b"{}", SMALL])
def test_r12_a_plan_that_something_was_added_to_is_refused(more: bytes) -> None:
    assert altered(SMALL + more) == ALTERED
    assert altered(more + SMALL) == ALTERED


def _otherwise(**options: Any) -> bytes:
    return json.dumps(json.loads(LARGE), **options).encode()


REWRITTEN = {
    "by another program": _otherwise(indent=4, ensure_ascii=False),
    "in one line": _otherwise(),
    "with its keys sorted": _otherwise(indent=2, ensure_ascii=False, sort_keys=True),
    "with line breaks of another system": LARGE.replace(b"\n", b"\r\n"),
    "with a mark at its start": b"\xef\xbb\xbf" + LARGE,
    "with a key twice": LARGE.replace(
        b'  "refused": false,\n', b'  "refused": true,\n  "refused": false,\n'
    ),
    "with a number in another form": LARGE.replace(b'"id": 77', b'"id": 7.7e1', 1),
    "with a letter escaped": LARGE.replace(b'"bob"', b'"b\\u006fb"', 1),
    "without its last line break": LARGE[:-1],
    "without its seal": LARGE.partition(b',\n  "seal"')[0] + b"\n}\n",
}


@pytest.mark.parametrize("content", REWRITTEN.values(), ids=REWRITTEN)
def test_r12_a_plan_that_says_the_same_in_other_bytes_is_refused(
    content: bytes,
) -> None:
    assert content != LARGE
    assert altered(content) == ALTERED


DEEP = b'{"saved":' * 100_000
STRANGE = {
    "nested without end": DEEP,
    "nested, and closed again": DEEP + b"1" + b"}" * 100_000,
    "a number beyond all": b'{"seal": %s}' % (b"9" * 10_000),
    "a number that is none": b'{"seal": NaN}',
    "an infinite number": b'{"seal": 1e999}',
}


@pytest.mark.parametrize("content", STRANGE.values(), ids=STRANGE)
def test_r12_strange_json_is_refused(content: bytes) -> None:
    with pytest.raises((PlanChanged, UsageError)):
        decode(content, place=PLACE)


# Forged -------------------------------------------------------------------------


def binding(**changes: Any) -> dict[str, Any]:
    return dict(json.loads(LARGE)["saved"]) | changes


def entry(number: int = 0, **changes: Any) -> list[dict[str, Any]]:
    found = json.loads(LARGE)["resource_changes"]
    found[number] |= changes
    return list(found)


FORGED: dict[str, dict[str, Any]] = {
    "no binding": {"saved": "GONE"},
    "a binding that is a list": {"saved": []},
    "an older format": {"saved": binding(format=0)},
    "a format in words": {"saved": binding(format="1")},
    "a key too many": {"saved": binding(admins=["mallory"])},
    "a date without a zone": {"saved": binding(expires_at="2026-11-28T09:12:00")},
    "no date": {"saved": binding(expires_at="tomorrow")},
    "a target that is no address": {"saved": binding(targets=["teams..ops"])},
    "files that are a list": {"saved": binding(files=["members.toml"])},
    "another organization": {"saved": binding(organization={"login": "a", "id": 78})},
    "no organization": {"organization": "GONE"},
    "an organization that is a list": {"organization": []},
    "no changes": {"resource_changes": "GONE"},
    "changes that the digest is not of": {"resource_changes": []},
    "changes that are no list": {"resource_changes": {"members.bob": "invite"}},
    "another digest": {"digest": f"sha256:{'0' * 64}"},
    "no version": {"ghstate_version": "GONE"},
    "a version that is a number": {"ghstate_version": 1},
    "no page": {"page": "GONE"},
    "a page that is a list": {"page": []},
}


@pytest.mark.parametrize("changes", FORGED.values(), ids=FORGED)
def test_r12_a_seal_that_fits_makes_nothing_right(changes: dict[str, Any]) -> None:
    assert altered(forged(**changes)) == ALTERED


ENTRIES: dict[str, list[dict[str, Any]]] = {
    "an entry twice": [*entry(), entry()[0]],
    "an entry twice in another spelling": [*entry(), entry(address='"members".bob')[0]],
    "an address that is none": entry(address="members..bob"),
    "a reason that there is not": entry(action_reason="because"),
    "two actions": entry(change={**entry()[0]["change"], "actions": ["create"] * 2}),
    "an action that there is not": entry(
        change={**entry()[0]["change"], "actions": ["replace"]}
    ),
    "a key too many": entry(then="delete"),
    "an attribute that is a table": entry(
        change={**entry()[0]["change"], "after": {"role": {"admin": True}}}
    ),
}


@pytest.mark.parametrize("changes", ENTRIES.values(), ids=ENTRIES)
def test_r12_forged_entries_are_refused_with_a_digest_that_fits(
    changes: list[dict[str, Any]],
) -> None:
    digest = digest_of(77, changes)

    content = forged(resource_changes=changes, digest=f"sha256:{digest}")

    assert altered(content) == ALTERED


def test_a_forger_who_changes_everything_that_fits_is_not_told_from_the_maker() -> None:
    """So nothing may ever rest on the seal alone."""
    rest = entry()[1:]
    digest = digest_of(77, rest)

    content = forged(resource_changes=rest, digest=f"sha256:{digest}")

    assert len(decode(content, place=PLACE).entries) == len(rest)


def test_a_plan_of_a_newer_format_is_left_alone() -> None:
    content = forged(saved=binding(format=2))

    with pytest.raises(PlanChanged) as error:
        decode(content, place=PLACE)

    assert error.value.message == (
        "acme.plan is a saved plan of format 2, and this ghstate knows 1; nothing was "
        "changed"
    )
    assert is_saved_plan(content)


# No plan at all -----------------------------------------------------------------


NONE = {
    "nothing": (b"", "acme.plan is empty, and no saved plan"),
    "a TOML file": (b"[members]\n", "acme.plan is no saved plan"),
    "Terraform's": (b"PK\x03\x04\xff", "acme.plan is no saved plan"),
    "a plan in UTF-16": (
        LARGE.decode().encode("utf-16"),
        "acme.plan is no saved plan",
    ),
    "a list": (b"[]", "acme.plan is no saved plan"),
    "other JSON": (b'{"terraform_version": "1.11.4"}', "acme.plan is no saved plan"),
    "a plan as it is printed": (
        encoded(dict(saved().document)),
        "acme.plan is a plan as --json prints it, and no saved one",
    ),
}


@pytest.mark.parametrize(("content", "words"), NONE.values(), ids=NONE)
def test_what_is_no_saved_plan_is_told_from_a_damaged_one(
    content: bytes, words: str
) -> None:
    assert no_plan(content) == words
    assert not is_saved_plan(content)


def test_a_whole_plan_is_known_as_one() -> None:
    assert is_saved_plan(SMALL)


FOREIGN = {
    "a plan of Terraform's that is cut off": b'{"format_version":"1.2","terraform_ver',
    "a page of something else": b'{"page": 1, "pages": 3}',
    "a seal of something else": b'{"seal": "of Solomon"}',
}


@pytest.mark.parametrize("content", FOREIGN.values(), ids=FOREIGN)
def test_what_only_looks_like_a_plan_is_not_taken_for_one_that_may_go(
    content: bytes,
) -> None:
    assert not is_saved_plan(content)


# To be shown only -----------------------------------------------------------------


def test_of_a_plan_that_is_only_to_be_shown_nothing_is_said_of_changes() -> None:
    with pytest.raises(PlanChanged) as damaged:
        decode(SMALL[:-1], place=PLACE, purpose=Purpose.SHOW)
    with pytest.raises(PlanChanged) as newer:
        decode(forged(saved=binding(format=2)), place=PLACE, purpose=Purpose.SHOW)

    assert damaged.value.message == (
        "acme.plan cannot be shown: it was altered or cut off after ghstate wrote it"
    )
    assert damaged.value.hint == "plan again: ghstate plan --out acme.plan"
    assert newer.value.message == (
        "acme.plan is a saved plan of format 2, and this ghstate knows 1"
    )


# The page -----------------------------------------------------------------------

PAGE = Document(
    header="acme · 3 people",
    sections=(
        Section(
            title="People",
            lines=(
                Line(Tone.ADD, "eve", "invite as member", "with ops"),
                Line(Tone.PLAIN, "ops", details=(Line(Tone.REMOVE, "bob", "remove"),)),
            ),
            counts=(Phrase("1 to invite", Tone.ADD), Phrase(", ")),
        ),
        Section(
            title="Who",
            lines=(Line(Tone.WAIT, "frank", cells=("member", "")),),
            tone=Tone.ERROR,
            columns=("Role", "Until"),
        ),
        Section(title="Notes", lines=(Line(Tone.NOTE, "", "so", "do"),), remarks=True),
    ),
    summary=(Phrase("Plan: "), Phrase("1 to invite", Tone.ADD)),
    footer="apply it",
)


@pytest.mark.parametrize("page", [PAGE, Document()], ids=["full", "empty"])
def test_a_page_that_is_kept_is_the_same_page(page: Document) -> None:
    assert from_data(json.loads(json.dumps(as_data(page)))) == page


@pytest.mark.parametrize(
    "data",
    [
        {"sections": [{"title": "People", "lines": [{"tone": "purple"}]}]},
        {"sections": [{"lines": [{"cells": ["too many"]}]}]},
        {"sections": "none"},
        {"header": 1},
        {"script": "alert()"},
    ],
    ids=["a tone", "cells", "sections", "a header", "a key"],
)
def test_a_page_that_is_none_is_refused(data: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        from_data(data)


@pytest.mark.parametrize("depth", [9, 100, 480, 900, 100_000])
def test_a_page_that_is_nested_without_end_is_refused(depth: int) -> None:
    line: dict[str, Any] = {}
    for _ in range(depth):
        line = {"details": [line]}

    with pytest.raises(ValueError):
        from_data({"sections": [{"lines": [line]}]})
