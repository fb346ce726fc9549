"""A plan on paper: what was advised, how good it is proven to be, who decided, every slot, and who has none and why.

Drawn from the plan's own entries, so that it is the same wherever its scenario is kept or not.
"""

from __future__ import annotations

from typing import Any

from django.utils.html import format_html
from django.utils.translation import gettext as _

from milenari.rules.plan import Left, Plan, Slot
from milenari.web import wording
from milenari.web.charts import gantt
from milenari.web.papers import blocks as b
from milenari.web.papers.press import Paper
from milenari.web.papers.record import Record
from milenari.web.templatetags import milenari as tags
from milenari.web.wording import planning as words
from milenari.web.wording.plan_reasons import reason

LOOKS = {"accepted": "good", "proposed": "warn"}


def paper(record: Record, code: str) -> Paper:
    """One plan as its entries have it."""
    plan: Plan = record.sheet(f"plan:{code}")
    shown = [b.banner(LOOKS.get(plan.status, ""), words.PLAN_STATES[plan.status], b.said(plan.title)), _about(plan)]
    slots = plan.slots()
    if slots:
        shown += [b.heading(_("Over time")), b.picture(gantt.patients(slots, {}, {}), 180),
                  b.picture(gantt.machines(slots), 180), b.heading(_("Slots")), _slots(slots)]  # fmt: skip
    if plan.kind == "slots":
        shown += [b.heading(_("Without a slot, and why")), _left(plan.left())]
    elif plan.kind == "allocation":
        shown += [b.heading(_("Doses")), _doses(plan)]
    else:
        shown += [b.heading(_("Campaigns")), _campaigns(plan)]
    shown += [*record.signatures(), *record.source()]
    return Paper("plan", code, _("Plan"), b.said(plan.title), record.at, record.reference, record.checkpoints, shown,
                 record.files())  # fmt: skip


def _about(plan: Plan) -> b.Block:
    answer = plan.answer or {}
    unit = words.PLAN_UNITS.get(answer.get("unit", ""), "")
    told: list[tuple[Any, Any]] = [
        (_("Kind of plan"), words.PLAN_KINDS[plan.kind]),
        (_("Method and version"), wording.isolated(plan.method)),
    ]
    for name, label in (("objective", _("Value of the plan")), ("bound", _("No plan can be better than"))):
        if answer.get(name) is not None:
            told.append((label, format_html("{} {}", wording.isolated(answer[name]), unit)))
    if plan.replaces:
        told.append((_("Replaces the plan"), wording.isolated(plan.replaces)))
    if plan.replaced_by:
        told.append((_("Replaced by"), wording.isolated(plan.replaced_by)))
    told.append((_("Digest of the scenario"), wording.isolated(plan.scenario)))
    return b.facts(told)


def _slots(slots: tuple[Slot, ...]) -> b.Block:
    titles = [(_("Journey"), 1.4), (_("Hospital"), 0.8), (_("Made at"), 1.1), (_("Collection"), 1.0), (_("Start"), 1.0),
              (_("Harvest"), 1.0), (_("Release"), 1.0), (_("Infusion"), 1.0), (_("Vector lot"), 1.2)]  # fmt: skip
    rows = [b.row(wording.isolated(s.journey), wording.isolated(s.hospital), wording.isolated(f"{s.site} {s.machine}"),
                  *(tags.day(day) for day in (s.collection, s.start, s.end, s.released, s.infusion)),
                  wording.isolated(s.lot) if s.lot else wording.EMPTY) for s in slots]  # fmt: skip
    return b.table(titles, rows, size=7.4)


def _left(left: tuple[Left, ...]) -> b.Block:
    titles = [(_("Journey"), 1.0), (_("Why"), 5.0)]
    rows = [b.row(wording.isolated(one.journey), [b.line(reason(said)) for said in one.why]) for one in left]
    return b.table(titles, rows, _("Every patient of the plan has a slot."))


def _doses(plan: Plan) -> b.Block:
    titles = [(_("Place"), 0.5), (_("Journey"), 1.3), (_("Country"), 0.7), (_("Dose"), 0.7), (_("Why"), 4.0)]
    rows = [b.row(wording.number(one["place"]), wording.isolated(one["journey"]), wording.isolated(one["country"]),
                  words.GIVEN[one["given"]], b.said(one["reason"])) for one in plan.lines]  # fmt: skip
    return b.table(titles, rows)


def _campaigns(plan: Plan) -> b.Block:
    rows = [b.row(wording.isolated(one["begins"]), wording.isolated(one["litres"])) for one in plan.lines]
    return b.table([(_("Begins"), 1.0), (_("Litres"), 1.0)], rows)
