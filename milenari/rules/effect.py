"""Effect: a change takes effect when every site it touches consents, is looked at again, and closed by another person.

ICH Q10 3.2.3 (effectiveness of a change is evaluated; recalled, clause not read again); EU GMP Part I chapter 1.
"""

from __future__ import annotations

from dataclasses import replace

from milenari.rules import fields as f
from milenari.rules.action import (
    Action,
    Asking,
    Book,
    Entry,
    action,
    applies,
    checks,
    refuse_if,
)
from milenari.rules.change import Change, going
from milenari.rules.impact import refusing, unassessed, unconsented, uncovered, unimplemented, words_of
from milenari.words import Meaning, Role

EFFECTS = ("effective", "not-effective")


# -- actions --------------------------------------------------------------------------------------------


@action("effect-change", roles=(Role.QA,), meaning=Meaning.APPROVED)
class EffectChange(Action):
    """Put a change into effect to which every site it touches has consented; not by who proposed it."""

    change: str = f.ref("change", label="Change", touch=True)


@action("check-change", roles=(Role.QA,), meaning=Meaning.REVIEWED)
class CheckChange(Action):
    """Look at whether a change has done what it was made for, once every site has carried it out."""

    change: str = f.ref("change", label="Change", touch=True)
    outcome: str = f.choice(EFFECTS, "Effect of the change")
    observed: str = f.text("What was observed", longest=2000)


@action("close-change", roles=(Role.QA,), meaning=Meaning.APPROVED)
class CloseChange(Action):
    """Close a change that is carried out, checked and has nothing open; a second person does."""

    change: str = f.ref("change", label="Change", touch=True)


# -- checks ---------------------------------------------------------------------------------------------


@checks(EffectChange)
def _effect(act: EffectChange, asking: Asking, book: Book) -> None:
    change = going(book, act.about)
    refuse_if(change.effected_on, "change-over", change=act.change, stands=change.status)
    refuse_if(change.proposed_by == asking.by, "own-work", person=asking.by)
    refused = refusing(book, change)
    refuse_if(refused, "change-refused", change=act.change, sites=refused)
    missing = unassessed(book, change)
    refuse_if(missing, "change-not-assessed", change=act.change, sites=missing)
    missing = unconsented(book, change)
    refuse_if(missing, "change-not-consented", change=act.change, sites=missing)
    for site, said in words_of(book, change).items():
        if not book.sheet(f"site:{site}").control:
            continue
        # The control site consented to what it saw; an assessment made anew since has to be seen again.
        now = {other: word.assessments for other, word in words_of(book, change).items()}
        anew = sorted(other for other in now if (said.seen or {}).get(other) != now[other])
        refuse_if(anew, "change-assessed-anew", change=act.change, sites=anew, control=site)
    areas = uncovered(book, change)
    refuse_if(areas, "impact-without-matter", change=act.change, areas=areas)
    still = [m.code for m in change.open_matters() if m.before]
    refuse_if(still, "matter-open", change=act.change, matters=still)
    refuse_if(change.effective_on and asking.today < change.effective_on, "change-too-early", change=act.change,
              effective_on=change.effective_on)  # fmt: skip
    refuse_if(change.until_on and change.until_on < asking.today, "change-ended", change=act.change,
              until_on=change.until_on)  # fmt: skip


@checks(CheckChange)
def _check(act: CheckChange, asking: Asking, book: Book) -> None:
    change = going(book, act.about)
    refuse_if(change.effected_on is None, "change-not-effected", change=act.change)
    missing = unimplemented(book, change)
    refuse_if(missing, "change-not-implemented", change=act.change, sites=missing)


@checks(CloseChange)
def _close(act: CloseChange, asking: Asking, book: Book) -> None:
    change = going(book, act.about)
    refuse_if(change.effected_on is None, "change-not-effected", change=act.change)
    still = [m.code for m in change.open_matters()]
    refuse_if(still, "matter-open", change=act.change, matters=still)
    refuse_if(change.checked != "effective", "change-not-effective", change=act.change)
    refuse_if(asking.by in (change.proposed_by, change.checked_by), "own-work", person=asking.by)


# -- applies --------------------------------------------------------------------------------------------


@applies(EffectChange, "change")
def _(held: Change, act: EffectChange, entry: Entry) -> Change:
    return replace(held, effected_by=entry.by, effected_on=entry.today)


@applies(CheckChange, "change")
def _(held: Change, act: CheckChange, entry: Entry) -> Change:
    return replace(
        held, checked=act.outcome, checked_by=entry.by, checked_on=entry.today, observed=act.observed
    )  # fmt: skip


@applies(CloseChange, "change")
def _(held: Change, act: CloseChange, entry: Entry) -> Change:
    return replace(held, closed_by=entry.by, closed_on=entry.today)
