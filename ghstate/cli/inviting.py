"""`invites`: who waits for an answer, and what can be done about it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

import msgspec
from msgspec.structs import replace

from ghstate.cli.exits import Exit
from ghstate.cli.holding import hold
from ghstate.cli.naming import People, find_all
from ghstate.cli.planning import plan_for, policy
from ghstate.cli.seeing import check_named, see
from ghstate.cli.workspace import Workspace
from ghstate.errors import StateError, UsageError
from ghstate.model.mailbox import Mailbox
from ghstate.model.member import Member
from ghstate.model.names import EmailAddress, Login
from ghstate.model.past import Past
from ghstate.model.resource import Standing
from ghstate.report.describe import describe
from ghstate.report.invites import invites
from ghstate.report.invites_shown import invites_document, invites_json
from ghstate.report.terminal import to_text
from ghstate.report.words import plural
from ghstate.statefile import State


class InvitesOptions(msgspec.Struct, frozen=True, kw_only=True):
    json: bool = False
    refresh: bool | None = None
    max_wait: timedelta = timedelta(minutes=5)


class RenewOptions(msgspec.Struct, frozen=True, kw_only=True):
    auto_approve: bool = False
    lock_timeout: timedelta = timedelta(0)
    max_wait: timedelta = timedelta(minutes=5)


def run_invites(workspace: Workspace, options: InvitesOptions) -> Exit:
    """Show who waits, and whose invitation came to nothing."""
    seen = see(workspace, refresh=options.refresh, max_wait=options.max_wait)
    allowed = policy(workspace)
    made = plan_for(workspace, seen, allowed)
    snapshot, state = seen.snapshot, seen.state
    found = invites(
        workspace.project.desired, snapshot, state.bindings, state.past, made
    )
    if options.json:
        document = invites_json(found, snapshot, max_reinvites=allowed.max_reinvites)
        workspace.printer.text(document.decode())
        return Exit.DONE
    shown = invites_document(
        found, snapshot, max_reinvites=allowed.max_reinvites, now=workspace.now
    )
    workspace.printer.document(to_text(shown))
    return Exit.DONE


# Once more ----------------------------------------------------------------------


def run_renew(workspace: Workspace, who: Sequence[str], options: RenewOptions) -> Exit:
    """Send invitations again that wait, so that there are seven days once more."""
    from ghstate.cli import carrying, online  # noqa: PLC0415 - a second of imports

    if not options.auto_approve:
        carrying.must_be_able_to_ask("say --auto-approve")
    return online.run(lambda: _renew(workspace, who, options))


async def _renew(
    workspace: Workspace, who: Sequence[str], options: RenewOptions
) -> Exit:
    from ghstate.cli.carrying import (  # noqa: PLC0415 - a second of imports
        ask,
        at_work,
    )
    from ghstate.engine.renew import renew  # noqa: PLC0415 - for this only

    allowed = policy(workspace)
    desired = workspace.project.desired
    async with at_work(
        workspace, "invites renew", options.lock_timeout, options.max_wait
    ) as work:
        apply = work.engine(allowed, by_hand=True)
        made = await work.prepare(apply)
        state = work.memory.state
        logins = find_all(People.of(desired, state), who, workspace.printer)
        renewal = renew(logins, made, desired, state, allowed)
        for refused in renewal.refused.values():
            workspace.printer.error(UsageError(refused.why, hint=refused.hint))
        if renewal.refused:
            return Exit.ERROR
        again = renewal.plan
        shown = describe(
            again, now=workspace.now, place_of=workspace.place_of, digest=""
        )
        workspace.printer.document(to_text(shown))
        if not options.auto_approve:
            mails = plural(len(again.changes), "invitation", "invitations")
            ask(f"Send {mails} again?")
        return await work.carry_out(apply, again)


# Anew ---------------------------------------------------------------------------


def run_reset(
    workspace: Workspace, who: Sequence[str], lock_timeout: timedelta
) -> Exit:
    """Forget what keeps people from being invited again."""
    with hold(workspace, "invites reset", lock_timeout) as memory:
        state = memory.state
        check_named(workspace, state)
        if state.organization is None:
            raise StateError(
                "nothing is remembered of anybody yet", hint="run `ghstate refresh`"
            )
        people = People.of(workspace.project.desired, state)
        past = dict(state.past)
        live = _live(state)
        told: list[str] = []
        for login in dict.fromkeys(find_all(people, who, workspace.printer)):
            key = _key(login, state)
            before = past.get(key, Past())
            ended = before.ended(live)
            told.append(f"{login.spelled}: {'; '.join(_told(before, ended))}")
            if before != before.reset(live):
                past[key] = before.reset(live)
        if past != state.past:
            memory.write(replace(state, past=past, applied_serial=state.serial + 1))
    for line in told:
        workspace.printer.aside(line)
    if past != state.past and workspace.project.locked is not None:
        workspace.printer.aside("run `ghstate lock`, and commit it")
    return Exit.DONE


def _key(login: Login, state: State) -> Login:
    """Under what the state remembers somebody."""
    if isinstance(login, EmailAddress) and state.organization is not None:
        return Mailbox.of(login, state.organization.id).key
    return login


def _live(state: State) -> frozenset[int]:
    """The invitations that still wait, as far as is known."""
    if state.snapshot is None:
        return frozenset()
    found = (
        *(
            each.invitation
            for each in state.snapshot.each(Member)
            if each.standing is Standing.INVITED
        ),
        *state.snapshot.others,
    )
    return frozenset(each.id for each in found if each and each.id is not None)


def _told(past: Past, ended: int) -> Iterator[str]:
    if ended:
        count = plural(ended, "invitation counts", "invitations count")
        yield f"{count} no more"
    if past.left:
        yield "having left counts no more"
    if past.joined or past.taken:
        yield "whose address it may be is asked no more"
    if not (ended or past.left or past.joined or past.taken):
        yield "there is nothing to reset"
