"""Gap assessment: every item of the transfer package as the sending and the receiving site have it, as one paper.

What is missing comes first. How late a measure is depends on the day somebody looks, so the paper prints when it is
due and not whether that has passed: the page says it.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from milenari.rules.gap import GapItem, Gaps
from milenari.rules.package import SECTIONS
from milenari.web import wording
from milenari.web.papers import blocks as b
from milenari.web.papers.press import Paper
from milenari.web.papers.record import Record
from milenari.web.templatetags import milenari as tags
from milenari.web.wording import transfer as words


def paper(record: Record, code: str) -> Paper:
    """The assessment of one site as it stands in its entries."""
    gaps: Gaps = record.sheet(f"gaps:{code}")
    still = sorted((i for i in gaps.items if not i.closed), key=lambda i: (i.due_on or date.max, i.code))
    shown = [_verdict(gaps), _about(record, gaps)]
    if still:
        shown += [b.heading(_("What is missing")), _table(record, still)]
    for section in SECTIONS:
        items = [i for i in gaps.items if i.code.startswith(f"{section}/")]
        if items:
            shown += [b.heading(words.SECTIONS[section]), _table(record, items)]
    shown += [*record.signatures(), *record.source()]
    subject = wording.joined([wording.isolated(gaps.site), wording.isolated(gaps.product)])
    return Paper("gap-assessment", code, _("Gap assessment"), subject, record.at, record.reference,
                 record.checkpoints, shown, record.files())  # fmt: skip


def _verdict(gaps: Gaps) -> b.Block:
    if gaps.unassessed():
        return b.banner("warn", _("Not complete: items are not assessed"))
    if gaps.unclosed():
        return b.banner("warn", _("Assessed; gaps are open"))
    return b.banner("good", _("Assessed; no gap is open"))


def _about(record: Record, gaps: Gaps) -> b.Block:
    total, assessed = len(gaps.items), len(gaps.items) - len(gaps.unassessed())
    sender = next((one.site for one in record.entries("approve-package")), "")
    return b.facts([
        (_("Receiving site"), wording.isolated(gaps.site)),
        (_("Sending site"), wording.isolated(sender) if sender else wording.EMPTY),
        (_("Product"), wording.isolated(gaps.product)),
        (_("Package version"), wording.isolated(gaps.number)),
        (_("Items"), wording.number(total)),
        (_("Assessed"), wording.number(assessed)),
        (_("With a gap open or not assessed"), wording.number(len(gaps.unclosed()))),
    ])  # fmt: skip


def _table(record: Record, items: list[GapItem]) -> b.Block:
    titles = [
        (_("Item"), 1.5), (_("Sending site"), 1.3), (_("Receiving site"), 1.3), (_("Gap and risk"), 0.9),
        (_("Measure, owner, due on"), 1.7), (_("Assessed and closed by"), 1.4),
    ]  # fmt: skip
    return b.table(titles, [_row(record, item) for item in items], size=7.4)


def _row(record: Record, item: GapItem) -> b.Block:
    name = [b.line(b.said(item.title), strong=True), b.line(wording.isolated(item.code), quiet=True)]
    return b.row(name, b.said(item.sending), b.said(item.receiving), _gap(item), _measure(record, item),
                 _signed(record, item), look="" if item.closed else "warn")  # fmt: skip


def _gap(item: GapItem) -> list[Any]:
    if not item.assessed:
        return [b.line(_("not assessed"), "warn")]
    if item.gap == "none":
        return [b.line(words.GAPS["none"], "good")]
    risk = b.line(b.labelled_as(_("Risk"), words.RISKS[item.risk]), quiet=True)
    return [
        b.line(words.GAPS[item.gap]),
        risk,
        b.line(_("closed"), "good") if item.closed else b.line(_("open"), "warn"),
    ]


def _measure(record: Record, item: GapItem) -> list[Any]:
    if not item.measure:
        return []
    found: list[Any] = [b.said(item.measure), b.line(b.labelled_as(_("Owner"), _name(record, item.owner)))]
    if item.due_on:
        found.append(b.line(b.labelled_as(_("Due on"), tags.day(item.due_on))))
    return found


def _signed(record: Record, item: GapItem) -> list[Any]:
    found: list[Any] = []
    if item.assessed_on:
        signed = b.after(_name(record, item.assessed_by), tags.day(item.assessed_on))
        found.append(b.labelled_as(_("Assessed by"), signed))
    if item.closed_on:
        signed = b.after(_name(record, item.closed_by), tags.day(item.closed_on))
        found.append(b.labelled_as(_("Closed by"), signed))
        found.append(b.line(b.labelled(_("Evidence"), item.evidence), quiet=True))
    return found


def _name(record: Record, code: str) -> Any:
    """Printed name as it was when this person signed, if they did, and the code."""
    named = record.names.get(code)
    return wording.joined([b.said(named), wording.isolated(code)]) if named else wording.isolated(code)
