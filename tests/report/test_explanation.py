"""`ghstate explain` for people: the lines, what GitHub has, what the plan does."""

from __future__ import annotations

from datetime import date, timedelta, timezone
from io import StringIO
from textwrap import dedent
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inline_snapshot import snapshot as exactly
from msgspec.structs import replace

from ghstate.model.invitation import InvitationSource
from ghstate.model.note import Severity
from ghstate.model.resource import Keeper
from ghstate.model.way import Effect
from ghstate.plan.change import Create, Reason
from ghstate.report.console import Color, console, show
from ghstate.report.explanation import IN_FULL, explained
from ghstate.report.terminal import to_text
from ghstate.rules.explanation import Decided, Explained, Explanation
from tests.build import (
    NOW,
    declared,
    failed,
    found,
    invited,
    member,
    team,
    team_member,
)
from tests.report import stories
from tests.report.explanations import (
    DECIDED,
    ENDS,
    ONCALL,
    OVER,
    STAFF,
    TAKEN,
    explanation,
    line,
    locate,
    membership,
    not_asked,
    note,
    of_team,
    place,
    way,
)
from tests.report.nasty import nasty


def shown(of: Explanation, color: Color = Color.NEVER) -> str:
    stream = StringIO()
    page = to_text(explained(of, now=NOW, locate=locate))
    show(page, console(color, stream, {"TERM": "xterm"}))
    return stream.getvalue()


def fact(label: str, thing: Explained, **more: Any) -> str:
    """What stands beside *label* about *thing*."""
    lines = shown(explanation(thing, **more)).splitlines()
    [found] = [each for each in lines if each.startswith(f"  {label} ")]
    return found[12:]


def below(label: str, thing: Explained, **more: Any) -> list[str]:
    """The lines below that, up to the next label."""
    lines = shown(explanation(thing, **more)).splitlines()
    at = next(n for n, each in enumerate(lines) if each.startswith(f"  {label} "))
    rest = lines[at + 1 :]
    end = next((n for n, each in enumerate(rest) if each[:12].strip()), len(rest))
    return [each[12:] for each in rest[:end] if each]


# Whole pages ------------------------------------------------------------------------


def test_of_one_thing_alone_the_address_stands_once() -> None:
    told = explanation(membership())
    alone = shown(replace(told, subject="members.bob"))
    assert alone.splitlines()[:3] == [
        "acme · snapshot 3 minutes old",
        "",
        "members.bob",
    ]


def test_everything_of_a_person_reads_from_the_access_to_the_line_behind_it() -> None:
    leavers = not_asked(
        TAKEN[Effect.EXCLUDED],
        found=found(team_member("ops", "bob", "maintainer")),
        decided=Decided(change=stories.takes_out("ops", "bob", "maintainer")),
    )
    mine = membership(
        ways=(
            way(Effect.GIVES, *STAFF),
            way(Effect.OVER, line("members", "bob", period=OVER), role="admin"),
        )
    )
    assert shown(explanation(mine, leavers)) == exactly("""\
bob · acme · snapshot 3 minutes old

members.bob
  files     member
            members.toml:2:1  members               "group:staff" = "member"
            groups.toml:4:12  groups.staff.any      "bob"
  other     members.toml:2:1  members               bob = "admin"             ended on 31 August 2026
  GitHub    member
  plan      nothing to do

teams.ops.members.bob
  files     not asked for: groups.oncall does without bob
            teams.toml:4:12   teams.ops.members     "group:oncall"
            groups.toml:4:12  groups.oncall.any     "group:sre"
            groups.toml:4:26  groups.sre.any        "bob"
  but       groups.toml:4:12  groups.oncall.except  "group:leavers"
            groups.toml:4:12  groups.leavers.any    "bob"
  GitHub    maintainer
  plan      - remove  was a maintainer
""")  # noqa: E501 - a row is as long as what it has to say


def test_a_team_is_told_field_by_field_and_then_its_people() -> None:
    page = explanation(
        DECIDED["describe more"], DECIDED["take out"], subject="teams.ops"
    )
    assert shown(page) == exactly("""\
teams.ops · acme · snapshot 3 minutes old

teams.ops
  files     asked for
            teams.toml:3:1  teams.ops  name = "Operations"
            teams.toml:3:1  teams.ops  notifications = false
            teams.toml:3:1  teams.ops  parent = "engineering"
  GitHub    "Operations", secret, notifications on, "Says \\"hi\\""
  plan      ~ 2 settings
              description   "Old" → "New"
              privacy       closed → secret

teams.ops.members.bob
  files     not asked for: no line names bob, and the files say who is in ops
  GitHub    member
  plan      - remove
""")


def test_a_plan_that_is_refused_says_so_below_and_only_there() -> None:
    refusal = note(Severity.REFUSAL, "protected", "bob is protected", "unprotect bob")
    removed = replace(
        DECIDED["remove"],
        protected=("safety", "protected"),
        decided=Decided(change=stories.removes("bob"), notes=(refusal,)),
    )
    assert shown(explanation(removed, refusals=[refusal])) == exactly("""\
bob · acme · snapshot 3 minutes old

members.bob
  files     not asked for: no line names bob, and the files say who is in the organization
  settings  protected by the settings: bob is never removed or demoted
            safety.toml:2:1  safety.protected
  GitHub    member
  plan      - remove

Refused: nothing of the plan will be done
  ✗ members.bob  bob is protected
                 unprotect bob
""")  # noqa: E501 - a row is as long as what it has to say


# What the files say -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("effect", "words"),
    [
        (Effect.AGREES, "gives the same"),
        (Effect.OUTRANKED, "the line that names bob goes over it"),
        (Effect.OVER, "ended on 31 August 2026"),
        (Effect.TO_COME, "not before 1 June 2027"),
        (Effect.EXCLUDED, "groups.oncall does without bob"),
        (Effect.NOT_IN_ALL, "not in groups.staff"),
        (Effect.NOT_A_MEMBER, "not in the organization on 21 November 2026"),
        (Effect.NEVER, "the settings never give bob anything"),
    ],
)
def test_every_effect_has_its_sentence(effect: Effect, words: str) -> None:
    other = place(ways=(TAKEN[Effect.GIVES], TAKEN[effect]))
    assert fact("other", other).endswith(f"  {words}")
    if effect not in (Effect.AGREES, Effect.OUTRANKED):
        alone = not_asked(TAKEN[effect])
        assert fact("files", alone) == f"not asked for: {words}"


def test_what_gives_is_the_role_and_its_lines() -> None:
    thing = place(ways=(TAKEN[Effect.GIVES],))
    assert fact("files", thing) == "member"
    assert below("files", thing) == exactly(
        [
            'teams.toml:4:12   teams.ops.members  "group:oncall"',
            'groups.toml:4:12  groups.oncall.any  "group:sre"',
            'groups.toml:4:26  groups.sre.any     "bob"',
        ]
    )


@pytest.mark.parametrize(
    ("effect", "lines"),
    [
        (
            Effect.OVER,
            """\
but       groups.toml:3:12  groups.sre         until = 2026-08-31  ended on 31 August 2026
""",  # noqa: E501 - a row is as long as what it has to say
        ),
        (
            Effect.NOT_IN_ALL,
            """\
but       groups.toml:4:12  groups.oncall.all  "group:staff"
""",
        ),
        (
            Effect.NOT_A_MEMBER,
            """\
but       members.toml:2:1  members            bob             ended on 31 August 2026
""",
        ),
        (
            Effect.NEVER,
            """\
but       manage.toml:3:12  manage.never        "group:leavers"
          groups.toml:4:12  groups.leavers.any  "bob"
""",
        ),
    ],
)
def test_what_takes_an_access_away_stands_below_it(effect: Effect, lines: str) -> None:
    text = shown(explanation(not_asked(TAKEN[effect])))
    _, after = text.split("\n  but ")
    but, _ = f"but {after}".split("\n  GitHub")
    assert dedent(f"  {but}\n") == lines


def test_a_line_that_is_over_itself_is_not_told_twice() -> None:
    thing = not_asked(TAKEN[Effect.TO_COME])
    assert below("files", thing) == exactly(
        ['teams.toml:4:19  teams.ops.members  "bob"  not before 1 June 2027']
    )
    assert "  but " not in shown(explanation(thing))


def test_a_day_that_an_access_ends_on_stands_beside_its_line() -> None:
    dated = membership(ways=(way(Effect.GIVES, line("members", "bob", period=ENDS)),))
    assert below("files", dated) == exactly(
        ['members.toml:2:1  members  bob = "member"  until 31 January 2027']
    )


def test_another_line_that_ends_says_when_too() -> None:
    ends = way(Effect.AGREES, line("teams.ops.members", "group:sre", 1, ENDS))
    thing = place(ways=(TAKEN[Effect.GIVES], ends))
    words = "gives the same; until 31 January 2027"
    assert fact("other", thing).endswith(words)
    assert words in shown(explanation(membership(), thing))


def test_somebody_may_be_called_until() -> None:
    assert below("files", membership("until"), subject="until") == exactly(
        ['members.toml:2:1  members  until = "member"']
    )


def test_a_role_that_is_over_is_told_with_what_it_leaves() -> None:
    fallen = way(Effect.GIVES, line("members", "bob", period=OVER), falls_back=True)
    thing = membership(ways=(fallen,))
    assert fact("files", thing) == "member"
    assert below("files", thing) == exactly(
        ["members.toml:2:1  members  bob  ended on 31 August 2026, then member"]
    )


def test_a_team_and_a_glob_are_named_as_the_files_name_them() -> None:
    team_needed = line("groups.oncall.all", "team:platform")
    glob = line("groups.oncall.all", "group:on-*")
    person = line("groups.oncall.all", "ada")
    for step, name in (
        (team_needed, "teams.platform"),
        (glob, "groups.on-*"),
        (person, "ada"),
    ):
        thing = not_asked(way(Effect.NOT_IN_ALL, *ONCALL, because=(step,)))
        assert fact("files", thing) == f"not asked for: not in {name}"


def test_no_line_at_all_is_said_of_what_the_files_manage() -> None:
    assert fact("files", not_asked()) == exactly(
        "not asked for: no line names bob, and the files say who is in ops"
    )
    assert fact("files", membership(asked=None, ways=())) == exactly(
        "not asked for: no line names bob, and the files say who is in the organization"
    )
    assert fact("files", of_team(asked=None, managed=True)) == exactly(
        "not asked for: no line names ops, and the files say which teams there are"
    )


def test_what_the_files_do_not_manage_is_left_alone() -> None:
    assert fact("files", not_asked(managed=False)) == exactly(
        "the files do not say who is in ops: left alone"
    )
    assert fact("files", of_team(asked=None)) == exactly(
        "the files do not say which teams there are: left alone"
    )


def test_a_team_that_the_files_delete_says_where() -> None:
    assert fact("files", DECIDED["delete"]) == exactly(
        "not asked for: the files delete the team"
    )
    assert below("files", DECIDED["delete"]) == exactly(
        ["teams.toml:3:1  teams.ops  absent = true"]
    )


def test_a_team_without_a_field_is_told_with_its_block() -> None:
    bare = of_team(asked=replace(declared(team("ops")), fields=frozenset()))
    assert below("files", bare) == exactly(["teams.toml:2:1  teams.ops"])


def test_what_the_settings_say_of_a_person_stands_with_its_place() -> None:
    thing = membership(ignored=("manage", "ignore", 1))
    assert fact("settings", thing) == exactly(
        "ignored by the settings: ghstate leaves bob alone"
    )
    assert below("settings", thing) == exactly(["manage.toml:3:19  manage.ignore"])


def test_people_are_named_in_their_own_spelling() -> None:
    thing = place(asked=None, ways=(TAKEN[Effect.NEVER],), found=found(member("BoB")))
    assert fact("files", thing) == exactly(
        "not asked for: the settings never give BoB anything"
    )


def test_an_address_stands_in_quotes_where_toml_wants_them() -> None:
    address = "new.hire@acme.example"
    thing = membership(address, found=None)
    assert below("files", thing, subject=address) == exactly(
        ['members.toml:2:1  members  "new.hire@acme.example" = "member"']
    )


# What GitHub has ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("thing", "words"),
    [
        (membership(), "member"),
        (membership(found=None), "not there"),
        (
            membership(found=None, unseen=True),
            "! not seen  GitHub counts more here than it shows",
        ),
        (
            membership(found=invited(member("bob", "admin"))),
            "… invited as admin  3 days ago, 4 days left; by ada",
        ),
        (
            membership(found=invited(member("bob"), source=InvitationSource.SCIM)),
            "… invited as member  3 days ago, 4 days left; by the identity provider",
        ),
        (
            membership(found=invited(member("bob"), invited_at=None, by=None)),
            "… invited as member",
        ),
        (
            membership(found=failed(member("bob"))),
            "! invited as member, which came to nothing  2 days ago; Invitation expired",  # noqa: E501 - a row is as long as what it has to say
        ),
        (
            membership(found=failed(member("bob"), failed_at=None, reason="")),
            "! invited as member, which came to nothing",
        ),
        (
            place(
                found=found(
                    team_member("ops", "bob", "maintainer"), kept_by=Keeper.ENTERPRISE
                )
            ),
            "maintainer  managed by the enterprise",
        ),
        (
            place(
                found=found(team_member("ops", "bob"), kept_by=Keeper.IDENTITY_PROVIDER)
            ),
            "member  managed by the identity provider",
        ),
        (
            of_team(found=found(team("ops", parent="engineering"))),
            '"ops", closed, under engineering, notifications on',
        ),
    ],
)
def test_what_github_has_is_told_with_its_standing(
    thing: Explained, words: str
) -> None:
    assert fact("GitHub", thing) == words


# What the plan does -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("story", "words"),
    [
        ("nothing", "nothing to do"),
        ("invite", "+ invite as member"),
        (
            "again",
            "+ invite again as member  the one sent 9 days ago ended: Invitation expired",  # noqa: E501 - a row is as long as what it has to say
        ),
        ("promote", "~ member → admin  becomes an organization owner"),
        ("remove", "- remove"),
        ("cancel", "- cancel invitation  sent 3 days ago, as member"),
        ("add", "+ add as member"),
        ("bring", "+ add as member  with the invitation"),
        ("take out", "- remove"),
        ("describe", '~ description  "Old" → "New"'),
        ("describe more", "~ 2 settings"),
        ("delete", "- delete"),
        (
            "along with a person",
            "- goes along with removing bob from the organization",
        ),
        (
            "along with an invitation",
            "- goes along with cancelling the invitation of bob",
        ),
        ("along with a team", "- goes along with deleting the team ops"),
        (
            "along with something else",
            "~ goes along with members.bob: member → admin",
        ),
        ("held back", "· held back"),
        ("waits", "… waits for the answer"),
        ("left", "· left as it is"),
        ("impossible", "✗ cannot be carried out"),
    ],
)
def test_every_decision_has_the_words_of_the_plan(story: str, words: str) -> None:
    assert fact("plan", DECIDED[story]) == words


def test_what_the_plan_lets_be_against_the_files_is_not_called_nothing() -> None:
    assert fact("plan", place(found=None)) == "· left as it is"
    assert fact("plan", place(found=failed(member("bob")))) == "· left as it is"
    assert fact("plan", not_asked()) == "· left as it is"
    assert fact("plan", not_asked(managed=False)) == "nothing to do"
    assert fact("plan", not_asked(found=None)) == "nothing to do"
    absent = of_team(asked=None, absent=("teams", "ops"))
    assert fact("plan", absent) == "· left as it is"


def test_there_is_a_story_for_every_reason_and_effect() -> None:
    told = {
        each.decided.change.reason for each in DECIDED.values() if each.decided.change
    }
    elsewhere = {Reason.RENEW, Reason.RENAME, Reason.REPLACE_INVITATION}
    assert told | elsewhere | {Reason.CREATE} == {*Reason}
    assert {*TAKEN} == {*Effect}


def test_notes_stand_below_the_plan_with_the_way_out() -> None:
    assert below("plan", DECIDED["impossible"]) == exactly(
        ["✗ GitHub has no bob", "  write rob?"]
    )


def test_who_is_removed_leaves_the_teams_that_are_told_of() -> None:
    mine = DECIDED["remove"]
    along = DECIDED["along with a person"]
    text = shown(explanation(mine, along))
    assert "plan      - remove  leaves ops\n" in text


def test_an_invitation_brings_the_teams_that_are_told_of() -> None:
    text = shown(explanation(DECIDED["invite"], DECIDED["bring"]))
    assert "plan      + invite as member  with ops\n" in text


def test_where_there_are_no_invitations_people_are_added() -> None:
    assert fact("plan", DECIDED["invite"], at_once=True) == "+ add as member"
    assert fact("plan", DECIDED["bring"], at_once=True) == exactly(
        "+ add as member  with the membership"
    )


def test_what_goes_is_red_and_what_comes_is_green() -> None:
    removed = shown(explanation(DECIDED["remove"]), Color.ALWAYS)
    invites = shown(explanation(DECIDED["invite"]), Color.ALWAYS)
    assert "\x1b[31m-\x1b[0m \x1b[31mremove\x1b[0m" in removed
    assert "\x1b[32m+\x1b[0m \x1b[32minvite as member\x1b[0m" in invites


# The heading --------------------------------------------------------------------------


def test_another_day_than_today_stands_in_the_heading() -> None:
    [first, *_] = shown(explanation(day=date(2027, 2, 1))).splitlines()
    assert first == exactly(
        "bob · acme · snapshot 3 minutes old · the files as on 1 February 2027"
    )


def test_today_is_the_day_in_utc() -> None:
    east = NOW.astimezone(timezone(timedelta(hours=14, minutes=59)))
    assert east.date() != NOW.date()
    page = explained(explanation(), now=east, locate=locate)
    assert page.header == "bob · acme · snapshot 3 minutes old"


def test_a_snapshot_of_this_second_is_just_taken() -> None:
    page = explained(explanation(snapshot_at=NOW), now=NOW, locate=locate)
    assert page.header == "bob · acme · snapshot just taken"


# Much at once -------------------------------------------------------------------------


def test_other_lines_are_shown_in_short_beside_other_things() -> None:
    others = [
        way(Effect.AGREES, line("teams.ops.members", f"group:g{n}", n), ONCALL[-1])
        for n in range(6)
    ]
    busy = place(ways=(TAKEN[Effect.GIVES], *others))
    assert shown(explanation(membership(), busy)).split("\n\n")[2] == exactly("""\
teams.ops.members.bob
  files     member
            teams.toml:4:12   teams.ops.members  "group:oncall"
            groups.toml:4:12  groups.oncall.any  "group:sre"
            groups.toml:4:26  groups.sre.any     "bob"
  other     teams.toml:4:12   teams.ops.members  "group:g0"      gives the same
            teams.toml:4:19   teams.ops.members  "group:g1"      gives the same
            teams.toml:4:26   teams.ops.members  "group:g2"      gives the same
            and 3 lines more: `ghstate explain teams.ops.members.bob`
  GitHub    member
  plan      nothing to do
""")


def test_of_one_thing_alone_every_line_is_shown_in_full() -> None:
    thing = place(
        ways=(TAKEN[Effect.GIVES], TAKEN[Effect.EXCLUDED], TAKEN[Effect.NOT_IN_ALL])
    )
    assert shown(explanation(thing)).split("\n\n")[1] == exactly("""\
teams.ops.members.bob
  files     member
            teams.toml:4:12   teams.ops.members     "group:oncall"
            groups.toml:4:12  groups.oncall.any     "group:sre"
            groups.toml:4:26  groups.sre.any        "bob"
  other     teams.toml:4:12   teams.ops.members     "group:oncall"   groups.oncall does without bob
            groups.toml:4:12  groups.oncall.any     "group:sre"
            groups.toml:4:26  groups.sre.any        "bob"
  but       groups.toml:4:12  groups.oncall.except  "group:leavers"
            groups.toml:4:12  groups.leavers.any    "bob"
  other     teams.toml:4:12   teams.ops.members     "group:oncall"   not in groups.staff
            groups.toml:4:12  groups.oncall.any     "group:sre"
            groups.toml:4:26  groups.sre.any        "bob"
  but       groups.toml:4:12  groups.oncall.all     "group:staff"
  GitHub    member
  plan      nothing to do
""")  # noqa: E501 - a row is as long as what it has to say


def test_of_many_things_those_in_the_plan_come_first_and_the_rest_in_rows() -> None:
    quiet = [place(f"team-{n:02}") for n in range(9)]
    by_sets = place("web", ways=(TAKEN[Effect.GIVES],))
    others = [
        place("x-left", asked=None, managed=False, ways=()),
        place("y-not", asked=None, found=None, ways=(TAKEN[Effect.EXCLUDED],)),
        place("z-gone", asked=None, ways=()),
    ]
    things = [membership(), DECIDED["take out"], *quiet, by_sets, *others]
    assert shown(explanation(*things)) == exactly("""\
bob · acme · snapshot 3 minutes old

members.bob
  files     member
            members.toml:2:1  members  bob = "member"
  GitHub    member
  plan      nothing to do

teams.ops.members.bob
  files     not asked for: no line names bob, and the files say who is in ops
  GitHub    member
  plan      - remove

teams.z-gone.members.bob
  files     not asked for: no line names bob, and the files say who is in z-gone
  GitHub    member
  plan      · left as it is

The others                     files                           GitHub     line             by way of
    teams.team-00.members.bob  member                          member     teams.toml:4:12
    teams.team-01.members.bob  member                          member     teams.toml:4:12
    teams.team-02.members.bob  member                          member     teams.toml:4:12
    teams.team-03.members.bob  member                          member     teams.toml:4:12
    teams.team-04.members.bob  member                          member     teams.toml:4:12
    teams.team-05.members.bob  member                          member     teams.toml:4:12
    teams.team-06.members.bob  member                          member     teams.toml:4:12
    teams.team-07.members.bob  member                          member     teams.toml:4:12
    teams.team-08.members.bob  member                          member     teams.toml:4:12
    teams.web.members.bob      member                          member     teams.toml:4:12  group:oncall → group:sre → bob
    teams.x-left.members.bob   left alone                      member
    teams.y-not.members.bob    groups.oncall does without bob  not there  teams.toml:4:12  group:oncall → group:sre → bob

more about one of them: ghstate explain teams.team-00.members.bob
""")  # noqa: E501 - a row is as long as what it has to say


def test_so_many_changes_that_they_would_fill_screens_stand_in_rows_too() -> None:
    things = [
        membership(
            f"new-{number:02}",
            found=None,
            decided=Decided(change=stories.invites(f"new-{number:02}")),
        )
        for number in range(IN_FULL + 2)
    ]
    text = shown(explanation(*things, subject="members"))
    assert text.count("plan      + invite as member") == IN_FULL
    assert text.split("\n\n")[-2:] == exactly(
        [
            """\
The others          files   GitHub     plan              line
  + members.new-12  member  not there  invite as member  members.toml:2:1
  + members.new-13  member  not there  invite as member  members.toml:2:1\
""",
            "more about one of them: ghstate explain members.new-12\n",
        ]
    )


def test_things_of_which_nothing_is_to_be_told_are_a_table_alone() -> None:
    things = [membership(f"p{number:02}") for number in range(IN_FULL + 1)]
    things.append(of_team(asked=None))
    text = shown(explanation(*things, subject="members"))
    assert text.splitlines()[2:4] == exactly(
        [
            "All              files       GitHub  line",
            "    members.p00  member      member  members.toml:2:1",
        ]
    )
    assert "    teams.ops    left alone  there\n" in text


def test_the_team_that_was_asked_about_is_told_in_full_among_many_people() -> None:
    people = [place(login=f"p{number:02}") for number in range(IN_FULL)]
    text = shown(explanation(of_team(), *people, subject="teams.ops"))
    assert text.split("\n\n")[1].startswith("teams.ops\n  files     asked for\n")
    assert "\nThe others " in text


def test_ten_thousand_things_have_a_row_each_and_a_few_have_more() -> None:
    gone = stories.removes("bob")
    along = Decided(along_with=gone)
    things = [
        place(f"t{number}", asked=None, ways=(), decided=along)
        for number in range(10_000)
    ]
    text = shown(explanation(*things))
    assert text.count("\n  plan ") == IN_FULL
    assert text.count("goes along with removing bob") == len(things)
    assert text.count("\n") < len(things) + 10 * IN_FULL


# Other people's text ------------------------------------------------------------------


@given(nasty, st.sampled_from(["description", "reason", "note", "subject", "place"]))
def test_r14_hostile_text_is_inert(text: str, where: str) -> None:
    match where:
        case "description":
            page = explanation(
                of_team(found=found(team("ops", text, description=text)))
            )
        case "reason":
            page = explanation(
                membership(found=failed(member("bob"), reason=text or "x"))
            )
        case "note":
            said = note(Severity.WARNING, "renamed", text, text)
            page = explanation(membership(decided=Decided(notes=(said,))))
        case "subject":
            page = explanation(membership(text, found=None, asked=None), subject=text)
        case _:
            step = line("teams.ops.members", text)
            page = explanation(place(ways=(way(Effect.GIVES, step),)))
    lines = shown(page).split("\n")
    assert all(each.isprintable() for each in lines)
    assert not any(each.lstrip().startswith("::") for each in lines)
    assert not any("##[" in each for each in lines)


def test_a_name_cannot_leave_its_quotes() -> None:
    step = line("teams.ops.members", 'x" = "admin')
    assert below("files", place(ways=(way(Effect.GIVES, step),))) == exactly(
        ['teams.toml:4:12  teams.ops.members  "x\\" = \\"admin"']
    )


def test_lines_nobody_can_place_are_shown_without_a_place() -> None:
    page = explained(
        explanation(membership()), now=NOW, locate=lambda _path, _part: None
    )
    assert '\n              members  bob = "member"\n' in to_text(page).plain


def test_a_team_to_be_created_is_told_as_the_plan_tells_it() -> None:
    new = Create(team("ops", parent="engineering"), Reason.CREATE)
    thing = of_team(found=None, decided=Decided(change=new))
    assert fact("plan", thing) == exactly("+ create  closed, under engineering")
    assert fact("GitHub", thing) == "not there"
