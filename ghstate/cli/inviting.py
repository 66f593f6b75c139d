"""`invites`: who waits for an answer, and what can be done about it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

import msgspec
from msgspec.structs import replace

from ghstate.cli.exits import Exit
from ghstate.cli.holding import hold
from ghstate.cli.locking import remind_to_lock
from ghstate.cli.naming import People, find_all
from ghstate.cli.planning import plan_for, policy
from ghstate.cli.seeing import check_named, see
from ghstate.cli.workspace import Workspace
from ghstate.engine.refresh import plan
from ghstate.errors import StateError, UsageError
from ghstate.model.mailbox import Mailbox
from ghstate.model.member import Member
from ghstate.model.names import EmailAddress, Login
from ghstate.model.past import Past
from ghstate.model.resource import Standing
from ghstate.plan.change import Create
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
        found,
        snapshot,
        max_reinvites=allowed.max_reinvites,
        now=workspace.now_after(snapshot.taken_at),
    )
    workspace.printer.document(to_text(shown))
    return Exit.DONE


# Once more ----------------------------------------------------------------------


def run_renew(workspace: Workspace, who: Sequence[str], options: RenewOptions) -> Exit:
    """Send invitations again that wait, so that there are seven days once more."""
    from ghstate.cli import carrying, online  # noqa: PLC0415 - a second of imports

    if not options.auto_approve:
        if not carrying.can_ask():
            # What is wrong with the names is worth more than how to approve them.
            _check_names(workspace, who)
        carrying.must_be_able_to_ask("say --auto-approve")
    return online.run(lambda: _renew(workspace, who, options))


def _check_names(workspace: Workspace, who: Sequence[str]) -> None:
    """Whom the last read knows; before the first one nobody can be looked up."""
    state = workspace.memory().state
    if state.snapshot is not None:
        find_all(People.of(workspace.project.desired, state), who, workspace.printer)


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
        shown = describe(again, now=work.now, place_of=workspace.place_of, digest="")
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
        told: dict[Login, list[str]] = {}
        for login in dict.fromkeys(find_all(people, who, workspace.printer)):
            key = _key(login, state)
            before = past.get(key, Past())
            ended = before.ended(live)
            told[login] = list(_told(before, ended))
            if before != before.reset(live):
                past[key] = before.reset(live)
        if past != state.past:
            memory.write(replace(state, past=past, applied_serial=state.serial + 1))
            invited = _will_be_invited(workspace, memory.state)
            for login in told.keys() & invited:
                told[login].append("the next apply invites them")
    for login, words in told.items():
        workspace.printer.aside(f"{login.spelled}: {'; '.join(words)}")
    if past != state.past:
        remind_to_lock(workspace, memory.state)
    return Exit.DONE


def _will_be_invited(workspace: Workspace, state: State) -> frozenset[Login]:
    """Whom the next apply invites, as far as the last read tells."""
    if state.snapshot is None:
        return frozenset()
    project = workspace.project
    made = plan(project.desired, state, policy(workspace), {}, project.locked)
    if made.refusals:
        return frozenset()
    return frozenset(
        change.after.login
        for change in made.changes
        if isinstance(change, Create) and isinstance(change.after, Member)
    )


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
