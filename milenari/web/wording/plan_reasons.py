"""Why a plan has no slot for somebody, or what another day runs into, in the reader's language.

The science says it in English, and so a kept plan has it. Each shape of those sentences is read here and worded again;
what no shape fits, such as the name that somebody gave to an outage, stays as it is and is marked as English.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from milenari.web import wording
from milenari.web.wording.scenario import LISTS

TASKS = LISTS[0]
CODE, DAY = r"\S+", r"\d{4}-\d{2}-\d{2}"
# What is short, and of what somebody has too few.
THINGS = [
    (rf"machines (?P<what>{CODE}) at (?P<site>{CODE})", _("machines %(what)s at %(site)s")),
    (rf"room (?P<what>{CODE}) at (?P<site>{CODE})", _("room %(what)s at %(site)s")),
    (rf"beds at (?P<site>{CODE})", _("beds at %(site)s")),
    (rf"collection places at (?P<site>{CODE})", _("collection places at %(site)s")),
    (rf"laboratory of (?P<site>{CODE})", _("laboratory of %(site)s")),
    (rf"the reserve for failed batches on (?P<what>{CODE}) at (?P<site>{CODE})",
     _("the reserve for failed batches on %(what)s at %(site)s")),
    (r"vector doses", _("vector doses")),
    (rf"people trained for (?P<tasks>{CODE}(?: or {CODE})*) at (?P<site>{CODE}) \((?P<shift>[^)]*)\)",
     _("people trained for %(tasks)s at %(site)s (%(shift)s)")),
]  # fmt: skip
RULES = [
    (r"cells are held (?P<days>[\d.]+) days at most", _("cells are held %(days)s days at most")),
    (r"the product is held (?P<days>\d+) days at most", _("the product is held %(days)s days at most")),
    (rf"nothing goes from (?P<origin>{CODE}) to (?P<site>{CODE})", _("nothing goes from %(origin)s to %(site)s")),
    (rf"the way (?P<way>{CODE}) is closed: (?P<why>.+)", _("the way %(way)s is closed: %(why)s")),
    (rf"(?P<site>{CODE}) is out: (?P<why>.+)", _("%(site)s is out: %(why)s")),
    (rf"the due date is (?P<on>{DAY})", _("the due date is %(on)s")),
    (r"the plan ends before the infusion", _("the plan ends before the infusion")),
    (r"nothing: a slot is free, and the plan found it dearer than none",
     _("nothing: a slot is free, and the plan found it dearer than none")),
]  # fmt: skip
_TAKEN = re.compile(rf"(?P<thing>.+), taken, out or too few between (?P<first>{DAY}) and (?P<last>{DAY})")
_SHORT = _("%(thing)s, taken, out or too few between %(first)s and %(last)s")


def reason(said: str) -> SafeString:
    """One reason of a plan, worded for the reader; English, marked as such, where no shape is known."""
    taken = _TAKEN.fullmatch(said)
    thing = _worded(taken["thing"] if taken else said, THINGS)
    if thing is not None and taken is not None:
        days = {name: wording.isolated(taken[name]) for name in ("first", "last")}
        return wording.filled(_SHORT, {"thing": thing, **days})
    found = thing if thing is not None else _worded(said, RULES)
    return found if found is not None else format_html('<bdi lang="en">{}</bdi>', said)


def _worded(said: str, shapes: Sequence[tuple[str, object]]) -> SafeString | None:
    for shape, template in shapes:
        if found := re.fullmatch(shape, said):
            return wording.filled(template, {name: _fact(name, fact) for name, fact in found.groupdict().items()})
    return None


def _fact(name: str, fact: str) -> SafeString:
    if name == "tasks":
        return wording.joined(wording.word(TASKS, task) for task in fact.split(" or "))
    if name in ("why", "shift"):
        return format_html("<bdi>{}</bdi>", fact)  # somebody's own words
    return wording.isolated(fact)


__all__ = ["reason"]
