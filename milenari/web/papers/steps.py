"""Steps: the recipe as it was done, phase by phase, with readings, limits, equipment and the second person."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from milenari.rules.specification import PASS, Criterion, judge
from milenari.web import wording
from milenari.web.papers import blocks as b
from milenari.web.papers.record import Record
from milenari.web.templatetags import milenari as tags
from milenari.words import Facts


def steps(record: Record, batch: Any) -> list[b.Block]:
    """Every phase of the frozen recipe, done or not."""
    shown = [b.heading(_("Steps"))]
    source = (batch.recipe or {}).get("source", "")
    if source:
        shown.append(b.paragraph(b.labelled(_("Source of the recipe"), source), "quiet"))
    done = {step.phase: step for step in batch.steps}
    for defined in batch.phases:
        shown.append(_phase(record, batch, defined, done.get(defined["code"])))
    return shown


def name_of(defined: Facts) -> Any:
    """Code and name of a phase, as its heading says."""
    return wording.joined([wording.isolated(defined["code"]), b.said(defined.get("phase", ""))])


def _phase(record: Record, batch: Any, defined: Facts, done: Any) -> b.Block:
    given = dict(done.readings) if done else {}
    rows = [_reading(one, given.get(one["code"])) for one in defined.get("readings", ())]
    titles = [(_("Reading"), 2), (_("Limit"), 1.5), (_("Value"), 1.3), (_("Outcome"), 1)]
    used = [line for line in batch.consumed if line[0] == defined["code"]]
    materials = [b.after(b.labelled(b.said(kind), lot), tags.written(amount)) for _phase, kind, lot, amount in used]
    if defined.get("vector") and batch.container:
        materials.append(b.labelled(_("Vector container"), batch.container))
    performed: list[Any] = record.signed(done.by, done.at) if done else [b.line(_("not done"), "warn")]
    if done and done.paper:
        performed.append(b.line(b.labelled(_("Paper form"), done.paper), "warn"))
    equipment: list[Any] = [wording.isolated(done.equipment)] if done and done.equipment else []
    if done and done.room:
        equipment.append(b.line(b.labelled(_("Room"), done.room)))
    hands = b.row(materials or b.line(_("none"), quiet=True), equipment, performed,
                  _verified(record, batch, defined, done))  # fmt: skip
    heads = [(_("Materials"), 2), (_("Equipment and room"), 1), (_("Performed by"), 1.5), (_("Verified by"), 1.5)]
    shown = [b.heading(name_of(defined), 3)]
    if rows:
        shown.append(b.table(titles, rows))
    return b.together(*shown, b.table(heads, [hands]))


def _verified(record: Record, batch: Any, defined: Facts, done: Any) -> list[Any]:
    if done and done.verified_by:
        return record.signed(done.verified_by, done.verified_at)
    if defined["code"] in batch.awaiting_verification():
        return [b.line(_("waits for a second person"), "warn")]
    return [b.line(_("by a second person"), quiet=True)] if defined.get("verify") and not done else []


def limit_of(defined: Facts) -> Any:
    """A reading's limit in words, or that it is only reported."""
    if defined.get("op", "report") == "report":
        return b.line(_("to be reported"), quiet=True)
    return tags.limit(defined)


def _reading(defined: Facts, value: Any) -> b.Block:
    outcome: Any = "—"
    failing = False
    if value is not None and defined.get("op", "report") != "report":
        unit = (defined.get("units") or [""])[0]
        criterion = Criterion(defined["code"], "", "", defined["op"], defined.get("limit", ""),
                              defined.get("limit_high", ""), unit)  # fmt: skip
        failing = judge(criterion, value).outcome != PASS
        outcome = b.line(_("outside its limit"), "bad") if failing else b.line(_("within its limit"), "good")
    shown = b.line(tags.qty(value), strong=True) if value is not None else "—"
    label = [b.said(defined.get("label") or defined["code"]), b.line(wording.isolated(defined["code"]), quiet=True)]
    return b.row(label, limit_of(defined), shown, outcome, look="bad" if failing else "")
