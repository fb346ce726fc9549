"""Results: a specification with its results, as every paper prints them, in the words of the screens."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from milenari.rules.specification import PASS
from milenari.web import wording
from milenari.web.pages.batch import Requirement, requirements
from milenari.web.papers import blocks as b
from milenari.web.papers.record import Record
from milenari.web.templatetags import milenari as tags
from milenari.web.wording import vocabulary


def table(record: Record, tested: Any) -> b.Block:
    """Test, method, limit, result, verdict and who: one row for each line of the specification."""
    rows = [_row(record, line) for line in requirements(tested)]
    titles = [(_("Attribute"), 1.2), (_("Test and method"), 1.5), (_("Limit"), 1.2), (_("Result"), 1.15),
              (_("Outcome"), 1), (_("By"), 1.75)]  # fmt: skip
    return b.table(titles, rows, _("No specification is set."), size=7.4)


def _row(record: Record, line: Requirement) -> b.Block:
    criterion, result = line.criterion, line.result
    attribute: list[Any] = [b.line(b.said(criterion.attribute or criterion.test), strong=True)]
    if criterion.late:
        attribute.append(b.line(_("late test"), quiet=True))
    if criterion.group:
        attribute.append(b.line(b.labelled(_("one suffices of"), criterion.group), quiet=True))
    limit: list[Any] = [tags.limit(criterion)]
    if criterion.denominator:
        limit.append(b.line(b.said(criterion.denominator), quiet=True))
    value: list[Any] = [b.line(tags.qty(result.value), strong=True)] if result and result.value is not None else []
    if result and result.arithmetic and criterion.per_kg:
        value.append(b.line(wording.arithmetic(result.arithmetic), quiet=True))
    by: list[Any] = record.signed(result.by, result.at) if result and result.by else []
    if result:
        by.append(b.line(wording.word(vocabulary.STATUSES, result.status), quiet=True))
        if result.attempt > 1:
            by.append(b.line(_("repeated"), quiet=True))
    else:
        by.append(b.line(_("not sampled"), quiet=True))
    method = (result.method if result else "") or criterion.method
    return b.row(attribute, [wording.isolated(criterion.test), b.line(b.said(method), quiet=True)], limit, value,
                 outcome(line), by, look="bad" if _failing(line) else "")  # fmt: skip


def _failing(line: Requirement) -> bool:
    return line.outcome not in (PASS, "missing") and line.group != "alternative"


def outcome(line: Requirement) -> b.Block:
    """The verdict in words; a failing line is never only coloured."""
    if line.outcome == PASS:
        return b.line(wording.word(vocabulary.OUTCOMES, line.outcome), "good")
    if line.group == "alternative":
        return b.line(_("fails; the alternative passes"), "soft")
    look = "warn" if line.outcome == "missing" else "bad"
    return b.line(wording.word(vocabulary.OUTCOMES, line.outcome), look)
