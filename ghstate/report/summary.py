"""The last line of a plan: how much it does, and how much stays undone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from ghstate.model.note import Severity
from ghstate.plan.plan import Plan
from ghstate.report.document import Phrase, Tone
from ghstate.report.drift import undoing
from ghstate.report.wording import counts
from ghstate.report.words import listed, plural

_UNMET: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "invitation-given-up": ("given up", "given up"),
        "left": ("left on their own", "left on their own"),
        "invited-as-manager": ("invited as a manager", "invited as managers"),
        "invitation-role": ("invited in another role", "invited in another role"),
        "email-unclear": ("address unclear", "addresses unclear"),
        "account-gone": ("account gone", "accounts gone"),
    }
)
"""Notes about what the files ask for and the plan does nothing about, for one of them
and for several; errors and what is held back are counted by themselves."""


def summary(plan: Plan) -> Iterator[Phrase]:
    """What would be changed, or that nothing would; and what is there besides."""
    besides = [*undoing(plan), *_besides(plan)]
    if plan.changes:
        yield Phrase("Plan: ")
        counted = counts(plan.changes, at_once=plan.at_once)
        for number, phrase in enumerate(counted):
            if number:
                yield Phrase(", ")
            yield phrase
    elif plan.empty_files:
        yield Phrase("No changes. The files ask for nothing: no members, no teams.")
    elif all(phrase.tone is Tone.WAIT for phrase in besides):
        yield Phrase("No changes. ")
        if plan.targets:
            asked = listed([str(target) for target in plan.targets])
            yield Phrase(f"What is on GitHub at {asked} matches the files.")
        else:
            yield Phrase("The organization matches the files.")
    else:
        yield Phrase("No changes.")
    for more in besides:
        yield Phrase(" · ")
        yield more


def _besides(plan: Plan) -> Iterator[Phrase]:
    if awaited := len(plan.waiting):
        yield Phrase(f"{awaited:,} waiting", Tone.WAIT)
    if plan.held_back:
        yield Phrase(f"{plan.held_back:,} held back", Tone.WARNING)
    found = Counter(
        each.code
        for each in plan.notes
        if each.severity in (Severity.INFO, Severity.WARNING)
    )
    for code, words in _UNMET.items():
        if found[code]:
            yield Phrase(plural(found[code], *words), Tone.WARNING)
    if plan.errors:
        one, several = "entry in error", "entries in error"
        yield Phrase(plural(len(plan.errors), one, several), Tone.ERROR)
    if plan.refusals:
        yield Phrase("refused", Tone.ERROR)
