"""`explain`: why somebody has an access, or has it not."""

from __future__ import annotations

import re
from datetime import date, timedelta

import msgspec

from ghstate import __version__
from ghstate.cli.exits import Exit
from ghstate.cli.naming import People
from ghstate.cli.planning import check_at, plan_for, policy
from ghstate.cli.seeing import Seen, see
from ghstate.cli.workspace import Workspace
from ghstate.engine.refresh import known_of
from ghstate.errors import UsageError
from ghstate.model.address import Address
from ghstate.model.groups import ANY_TEAM
from ghstate.model.kinds import is_place
from ghstate.model.names import EmailAddress, Login
from ghstate.model.team import Team
from ghstate.plan.target import nearest
from ghstate.report.explanation import explained
from ghstate.report.explanation_json import explanation_document
from ghstate.report.plan_json import encoded
from ghstate.report.terminal import to_text
from ghstate.report.words import quoted
from ghstate.rules.explanation import Explanation, explain

_SET = re.compile(r"(group|team):|groups\.", re.IGNORECASE)


class ExplainOptions(msgspec.Struct, frozen=True, kw_only=True):
    json: bool = False
    refresh: bool | None = None
    """None: when the snapshot is older than the settings allow."""

    at: date | None = None
    """The day that the files count for; None for today."""

    max_wait: timedelta = timedelta(minutes=5)


def run_explain(workspace: Workspace, subject: str, options: ExplainOptions) -> Exit:
    """Show the lines behind an access, what GitHub has, and what the plan does.

    *subject* is an address, a login or an e-mail address, as somebody wrote it.
    """
    if options.at is not None:
        check_at(workspace, options.at)
    seen = see(workspace, refresh=options.refresh, max_wait=options.max_wait)
    if options.at is not None:
        workspace = workspace.on(options.at)
    day = options.at or workspace.today
    explanation = _explanation(workspace, seen, subject, day)
    locate = workspace.project.locate
    now = workspace.now_after(explanation.snapshot_at)
    if options.json:
        document = explanation_document(
            explanation, version=__version__, timestamp=now, locate=locate
        )
        workspace.printer.text(encoded(document).decode())
    else:
        page = explained(explanation, now=now, locate=locate)
        workspace.printer.document(to_text(page))
    return Exit.DONE


def _explanation(workspace: Workspace, seen: Seen, text: str, day: date) -> Explanation:
    """`UsageError` if neither the files nor GitHub know what *text* means."""
    project = workspace.project
    if _SET.match(text):
        raise _no_access(text)
    address = _address(text)
    unknown: UsageError | None = None
    subject: Address | Login
    if address is not None:
        subject = address
    else:
        people = People.of(project.written, seen.state)
        try:
            subject = people.find(text)
        except UsageError as error:
            # Sets may name somebody whom they keep out of everything.
            subject, unknown = _named(text), error
    wanted = policy(workspace)
    found = explain(
        subject,
        sets=project.sets,
        files=project.desired,
        snapshot=seen.snapshot,
        known=known_of(seen.state, seen.accounts, project.locked),
        policy=wanted,
        plan=plan_for(workspace, seen, wanted),
        day=day,
    )
    if not found.things:
        raise _nothing(workspace, seen, text, unknown)
    return found


def _address(text: str) -> Address | None:
    """The address that *text* is, if that could be the address of anything."""
    try:
        address = Address.parse(text)
    except ValueError:
        return None
    return address if is_place(address) else None


def _no_access(text: str) -> UsageError:
    """What there is to say of a set of people, which gives nobody anything."""
    name = text.partition(":")[2]
    team = text.lower().startswith("team:") and name and name != ANY_TEAM
    about = f"teams.{name.lower()}" if team else "teams.SLUG"
    return UsageError(
        f"{quoted(text)} is a set of people, and a set is no access",
        hint=f"ask about somebody in it, `ghstate explain LOGIN`, or about what it is"
        f" used for, `ghstate explain {about}`",
    )


def _named(text: str) -> Login:
    return EmailAddress(text) if "@" in text else Login(text)


def _nothing(
    workspace: Workspace, seen: Seen, text: str, unknown: UsageError | None
) -> UsageError:
    files, observed = workspace.project.written, seen.snapshot.observed
    there = {*files.declared, *files.absent, *observed}
    if unknown is None:
        near = nearest(Address.parse(text), there)
        hint = f"did you mean {near}?" if near else ""
        message = f"{text}: there is no such thing in the files or on GitHub"
        return UsageError(message, hint=hint)
    team = Team.at(text.lower())
    return (
        UsageError(unknown.message, hint=f"did you mean {team}?")
        if team in there
        else unknown
    )
