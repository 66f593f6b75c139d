"""How a plan tells what others have changed since the last apply: exact text."""

import json
import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from inline_snapshot import snapshot as exactly
from jsonschema import ValidationError, validate
from msgspec.structs import replace

from ghstate.model.address import Address
from ghstate.model.drift import Author, Drift, Drifted, Hand, Outlook
from ghstate.model.names import Login
from ghstate.model.resource import Observed, Resource
from ghstate.plan.change import Change
from ghstate.plan.document import digest
from ghstate.plan.plan import Plan
from ghstate.report.console import Color, console, show
from ghstate.report.describe import SCREEN, describe
from ghstate.report.drift import resource_drift
from ghstate.report.place import nowhere
from ghstate.report.plan_json import plan_document
from ghstate.report.summary import summary
from ghstate.report.terminal import to_text
from tests.build import NOW, ago, found, invited, member, team, team_member
from tests.report import stories

EARLIER = ago(hours=2)
SCHEMA = Path(__file__).parents[2] / "schemas" / "plan.v1.schema.json"


def drifted(
    was: Resource | None,
    now: Resource | Observed[Any] | None,
    outlook: Outlook = Outlook.UNDONE,
    *,
    by: Author | None = None,
    along: Address | None = None,
    after: datetime = EARLIER,
    before: datetime = NOW,
) -> Drifted:
    thing = (now.resource if isinstance(now, Observed) else now) or was
    assert thing is not None
    return Drifted(
        address=thing.address,
        drift=Drift(
            type=thing.TYPE,
            was=None if was is None else was.document(),
            after=after,
            before=before,
            by=by,
        ),
        now=now if isinstance(now, Observed) or now is None else found(now),
        along=along,
        outlook=outlook,
    )


def by(login: str, hand: Hand = Hand.PERSON) -> Author:
    return Author(Login(login), ago(minutes=30), hand)


def plan(drift: Iterable[Drifted], *changes: Change) -> Plan:
    return replace(stories.plan(*changes), drift=tuple(drift))


def read(plan: Plan) -> str:
    """The plan as it is printed where there is no terminal."""
    stream = StringIO()
    document = describe(plan, now=NOW, place_of=nowhere, digest="")
    show(to_text(document), console(Color.AUTO, stream, {}))
    return stream.getvalue()


def lines(*drift: Drifted) -> list[str]:
    """The lines about the drift, without what stands in front of each."""
    _, _, rest = read(plan(drift)).partition("since the last apply")
    shown = rest.partition("\n\n")[0].splitlines()[1:]
    return [" ".join(re.sub("^  [·!] ", "", line).split()) for line in shown]


A_FEW = (
    drifted(member("Bob"), None, by=by("mallory")),
    drifted(team_member("ops", "Bob"), None, along=Address("members", "bob")),
    drifted(team_member("sre", "Bob"), None, along=Address("members", "bob")),
    drifted(member("carol"), member("carol", "admin"), Outlook.AGREED),
    drifted(None, invited(member("eve", "admin")), by=by("Mallory")),
    drifted(
        team("web", description="Sites"),
        team("web", description="Websites, all of them"),
        Outlook.LEFT,
        after=ago(days=3),
        before=ago(hours=5),
    ),
)


def test_a_few_things_are_told_in_a_line_each() -> None:
    undoes = (stories.invites("Bob"), stories.removes("eve"), stories.adds("x", "zoe"))

    assert read(plan(A_FEW, *undoes)) == exactly("""\
acme · 214 people, 38 teams · snapshot 3 minutes old

Changed on GitHub since the last apply
  ! Bob       removed           with 2 team memberships; 30 minutes ago by mallory; this plan undoes it
  · carol     member → admin    in the last 2 hours; the files ask for it, too
  ! eve       invited as admin  30 minutes ago by Mallory; this plan undoes it
  · team web  description       "Sites" → "Websites, all of them"; between 3 days and 5 hours ago; nothing here undoes it

People
  + Bob       invite as member
  - eve       remove

Teams
    x
      + zoe   add as member

Plan: 1 to invite, 1 to add, 1 to remove · 2 of these undo what was changed on GitHub
""")  # noqa: E501 - a row is as long as what it has to say


@pytest.mark.parametrize(
    ("drift", "sign"),
    [
        (drifted(member("bob"), None, by=by("mallory")), "!"),
        (drifted(member("bob"), None), "!"),
        (drifted(None, team_member("ops", "bob"), Outlook.LEFT), "!"),
        (drifted(member("bob"), member("bob", "admin")), "!"),
        (drifted(member("bob"), invited(member("bob"))), "!"),
        (drifted(member("bob"), None, by=by("bob")), "·"),
        (drifted(member("bob"), None, Outlook.AGREED), "·"),
        (drifted(team("web", description="a"), team("web", description="b")), "·"),
    ],
)
def test_who_got_or_lost_access_by_others_stands_out(drift: Drifted, sign: str) -> None:
    _, _, rest = read(plan([drift])).partition("since the last apply\n")

    assert rest.startswith(f"  {sign} ")


def test_what_the_files_agree_with_is_told_where_nothing_is_to_be_done() -> None:
    assert read(plan([A_FEW[3]])) == exactly("""\
acme · 214 people, 38 teams · snapshot 3 minutes old

Changed on GitHub since the last apply
  · carol  member → admin  in the last 2 hours; the files ask for it, too

No changes. The organization matches the files.
""")


def test_without_drift_nothing_is_said_of_it() -> None:
    assert "Changed on GitHub" not in read(stories.small())
    assert "changed on GitHub" not in read(stories.small())


def crowd(count: int) -> list[Drifted]:
    """*count* people, whom the identity provider has removed, with their places."""
    author = by("acme_admin", Hand.PROVIDER)
    people = [member(f"person-{number:03}") for number in range(count)]
    gone = [drifted(each, None, by=author) for each in people]
    places = [
        drifted(team_member("ops", each.login), None, along=each.address)
        for each in people
    ]
    return [*gone, *places]


def test_many_things_that_changed_alike_are_told_together() -> None:
    shown = read(plan([*crowd(500), *A_FEW]))

    assert shown == exactly("""\
acme · 214 people, 38 teams · snapshot 3 minutes old

Changed on GitHub since the last apply  504 things
  ! 500 people  removed           person-000, person-001 and 498 more; by acme_admin, for the identity provider; this plan undoes it
  ! Bob         removed           with 2 team memberships; 30 minutes ago by mallory; this plan undoes it
  · carol       member → admin    in the last 2 hours; the files ask for it, too
  ! eve         invited as admin  30 minutes ago by Mallory; this plan undoes it
  · team web    description       "Sites" → "Websites, all of them"; between 3 days and 5 hours ago; nothing here undoes it

No changes. The organization matches the files.
""")  # noqa: E501 - a row is as long as what it has to say


def test_many_sorts_are_cut_and_counted() -> None:
    sorts = [
        drifted(None, member(f"person-{n:03}"), by=by(f"owner-{n:03}"))
        for n in range(SCREEN + 5)
    ]

    shown = lines(*sorts)

    assert len(shown) == SCREEN + 1
    assert shown[-1] == "and 5 more sorts; `plan --json` has all"


@pytest.mark.parametrize(
    ("drift", "told"),
    [
        (drifted(member("bob"), None), "bob removed"),
        (drifted(member("bob"), None, by=by("bob")), "bob left"),
        (
            drifted(member("bob"), invited(member("bob"))),
            "bob removed and invited again",
        ),
        (drifted(None, member("bob", "admin")), "bob added as admin"),
        (drifted(None, invited(member("bob"))), "bob invited as member"),
        (drifted(None, team_member("ops", "Bob")), "Bob in ops added as member"),
        (drifted(team_member("ops", "Bob"), None), "Bob in ops removed"),
        (
            drifted(team_member("ops", "b"), team_member("ops", "b", "maintainer")),
            "b in ops member → maintainer",
        ),
        (drifted(None, team("ops")), "team ops created"),
        (drifted(team("ops"), None), "team ops deleted"),
        (drifted(team("a", "A"), team("b", "B b")), 'team b name "A" → "B b"'),
        (
            drifted(team("a", parent="b"), team("a", privacy="secret")),
            "team a privacy, parent closed → secret, b → none",
        ),
        (
            drifted(team("a", notifications=False), team("a")),
            "team a notifications off → on",
        ),
    ],
)
def test_what_happened_is_said_in_a_few_words(drift: Drifted, told: str) -> None:
    [line] = lines(drift)

    assert line.startswith((f"{told} ", f"{told};"))


@pytest.mark.parametrize(
    ("author", "told"),
    [
        (by("Mallory"), "30 minutes ago by Mallory"),
        (
            by("bot", Hand.OWN),
            "30 minutes ago by bot, this token's account (another run?)",
        ),
        (by("sync[bot]", Hand.APP), "30 minutes ago by the app sync"),
        (
            by("acme_admin", Hand.PROVIDER),
            "30 minutes ago by acme_admin, for the identity provider",
        ),
        (by("eve"), "30 minutes ago"),
    ],
)
def test_who_is_behind_it_is_said_where_it_is_known(author: Author, told: str) -> None:
    [line] = lines(drifted(member("eve"), None, by=author))

    assert f" {told}; this plan" in line


@pytest.mark.parametrize(
    ("after", "before", "told"),
    [
        (NOW, NOW, "just now"),
        (ago(minutes=125), NOW, "in the last 3 hours"),
        (ago(minutes=125), ago(minutes=1), "between 3 hours and 1 minute ago"),
        (ago(days=2.5), ago(hours=25), "between 3 days and 1 day ago"),
        (NOW, NOW + timedelta(hours=1), "just now"),
    ],
)
def test_the_time_is_never_told_narrower_than_it_is_known(
    after: datetime, before: datetime, told: str
) -> None:
    [line] = lines(drifted(member("bob"), None, after=after, before=before))

    assert line == f"bob removed {told}; this plan undoes it"


@pytest.mark.parametrize(
    ("outlook", "told"),
    [
        (Outlook.UNDONE, "this plan undoes it"),
        (Outlook.OTHERWISE, "the files ask for something else by now"),
        (Outlook.AGREED, "the files ask for it, too"),
        (Outlook.LEFT, "nothing here undoes it"),
    ],
)
def test_what_becomes_of_it_is_said_of_each(outlook: Outlook, told: str) -> None:
    [line] = lines(drifted(member("bob"), None, outlook))

    assert line.endswith(f"; {told}")


@pytest.mark.parametrize(
    ("undone", "others", "told"),
    [
        (1, 0, "this undoes what was changed on GitHub"),
        (3, 0, "all 3 undo what was changed on GitHub"),
        (1, 1, "1 of these undoes what was changed on GitHub"),
        (2, 1, "2 of these undo what was changed on GitHub"),
        (0, 2, ""),
    ],
)
def test_the_summary_counts_what_only_undoes(
    undone: int, others: int, told: str
) -> None:
    names = [f"p{n}" for n in range(undone)]
    changes = [stories.invites(each) for each in names]
    changes += [stories.invites(f"q{n}") for n in range(others)]
    drift = [drifted(member(each), None) for each in names]
    along = stories.brings("ops", "p0")

    words = "".join(each.text for each in summary(plan(drift, *changes, along)))

    assert words.partition(" · ")[2] == told


# For programs


def test_the_document_tells_it_as_terraform_does_and_who_and_when_besides() -> None:
    document = document_of(plan([A_FEW[0], A_FEW[1], A_FEW[4]]))

    assert document["resource_drift"] == [
        {
            "address": "members.bob",
            "mode": "managed",
            "type": "github_membership",
            "name": "bob",
            "change": {
                "actions": ["delete"],
                "before": {"username": "Bob", "role": "member"},
                "after": None,
            },
            "outlook": "undone",
            "changed_after": "2026-11-21T07:12:00Z",
            "changed_before": "2026-11-21T09:12:00Z",
            "changed_by": {
                "login": "mallory",
                "hand": "person",
                "at": "2026-11-21T08:42:00Z",
            },
        },
        {
            "address": "teams.ops.members.bob",
            "mode": "managed",
            "type": "github_team_membership",
            "name": "bob",
            "change": {
                "actions": ["delete"],
                "before": {"team_id": "ops", "username": "Bob", "role": "member"},
                "after": None,
            },
            "outlook": "undone",
            "changed_after": "2026-11-21T07:12:00Z",
            "changed_before": "2026-11-21T09:12:00Z",
            "along_with": "members.bob",
        },
        {
            "address": "members.eve",
            "mode": "managed",
            "type": "github_membership",
            "name": "eve",
            "change": {
                "actions": ["create"],
                "before": None,
                "after": {"username": "eve", "role": "admin"},
            },
            "outlook": "undone",
            "changed_after": "2026-11-21T07:12:00Z",
            "changed_before": "2026-11-21T09:12:00Z",
            "invited": True,
            "changed_by": {
                "login": "Mallory",
                "hand": "person",
                "at": "2026-11-21T08:42:00Z",
            },
        },
    ]


def document_of(plan: Plan) -> dict[str, Any]:
    return plan_document(
        plan, version="0.1.0", timestamp=NOW, state=None, place_of=nowhere
    )


def test_a_change_is_an_update() -> None:
    [entry] = resource_drift(plan([A_FEW[3]]))

    assert entry["change"] == {
        "actions": ["update"],
        "before": {"username": "carol", "role": "member"},
        "after": {"username": "carol", "role": "admin"},
    }


def test_without_drift_the_document_has_no_key_for_it() -> None:
    assert "resource_drift" not in document_of(stories.small())


def test_the_digest_knows_nothing_of_drift() -> None:
    small = stories.small()

    assert digest(replace(small, drift=A_FEW)) == digest(small)


def test_the_document_keeps_to_its_schema() -> None:
    schema = json.loads(SCHEMA.read_text("utf-8"))
    document = document_of(plan([*A_FEW, *crowd(2)], stories.invites("Bob")))

    validate(document, schema)
    document["resource_drift"][0]["outlook"] = "perhaps"
    with pytest.raises(ValidationError):
        validate(document, schema)
