"""Comparability report: protocol, agreement, runs, figures against margins, and what was concluded, as one paper.

ICH Q5E; EMA/CHMP/138502/2017. The figures are computed from the entries as of the paper's place in the log; what counts
is the report that was signed, whose lines stand beside them.
"""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from milenari.registers import comparing
from milenari.rules.action import Refused
from milenari.rules.comparability import ARMS, ProtocolConsent, Study
from milenari.web import wording
from milenari.web.charts import study as charts
from milenari.web.pages import studies
from milenari.web.papers import blocks as b
from milenari.web.papers.press import Paper
from milenari.web.papers.record import Record
from milenari.web.wording import comparing as words
from milenari.web.wording import vocabulary
from milenari.words import Facts

LOOKS = {"met": "good", "not-met": "bad", "not-enough-data": "warn", "reported": "soft"}
OUTCOMES = {"comparable": "good", "not-comparable": "bad", "not-enough-data": "warn"}


class _Book:
    """The record as a rule's book: further subjects are folded when they are asked for."""

    def __init__(self, record: Record) -> None:
        self.record = record

    def sheet(self, name: str) -> Any:
        self.record.look_at(name)
        return self.record.sheet(name)

    def proven(self, text: str) -> Facts:
        """No paper carries a proof that a comparison would ask for."""
        raise Refused("proof-refused", detail=text)


def paper(record: Record, code: str) -> Paper:
    """The report of one locked study."""
    book = _Book(record)
    study: Study = record.sheet(f"comparability:{code}")
    if study.locked_at is None:
        raise Refused("comparability-not-locked", study=code)
    found = comparing.comparison(study, book)
    names = studies.attribute_names(book, study.product)
    drawn = [studies.drawn(study, one, names) for one in found.attributes]
    margins = charts.margins(found, words.VERDICTS)
    shown = [
        _verdict(study),
        *_protocol(record, study, book, names),
        *([b.heading(_("Intervals against the margins")), b.picture(margins, 165)] if margins else []),
        *_attributes(drawn),
        *_runs(study, book),
        *_reports(record, study, found),
        *record.signatures(),
        *record.source(),
    ]
    subject = wording.joined([wording.isolated(code), wording.isolated(study.product)])
    return Paper("comparability-report", code, _("Comparability report"), subject, record.at, record.reference,
                 record.checkpoints, shown, record.files())  # fmt: skip


def _verdict(study: Study) -> b.Block:
    look = OUTCOMES.get(study.outcome, "soft")
    if not study.outcome:
        return b.banner(look, words.STATES[study.status], _("Not concluded. Nothing follows from this paper yet."))
    return b.banner(look, words.STATES[study.outcome], b.said(study.root_cause))


def _protocol(record: Record, study: Study, book: _Book, names: dict[str, str]) -> list[b.Block]:
    made = study.protocol or {}
    consent: ProtocolConsent = book.sheet(f"protocolconsent:{study.code}/{study.candidate}")
    least = [wording.filled("%(arm)s %(n)s", {"arm": words.ARMS[arm], "n": wording.number(made["least"][arm])})
             for arm in ARMS]  # fmt: skip
    items = [
        (_("Product"), wording.isolated(study.product)),
        (_("Reference site"), wording.isolated(study.reference)),
        (_("Candidate site"), wording.isolated(study.candidate)),
        (_("Design"), words.DESIGNS[made["design"]]),
        (_("Similarity condition"), b.said(made["condition"])),
        (_("Least number of runs"), wording.joined(least)),
        (_("Drafted by"), wording.isolated(study.drafted_by)),
        (_("Signed for the candidate by"), b.after(wording.isolated(consent.signed_by),
                                                   wording.instant(consent.signed_at, record.zone))),
        (_("Locked by"), b.after(wording.isolated(study.locked_by), wording.instant(study.locked_at, record.zone))),
    ]  # fmt: skip
    rows = [
        b.row([b.line(wording.isolated(row["test"]), strong=True), b.line(b.said(names.get(row["test"])), quiet=True)],
              words.CRITERIA[row["criterion"]], studies.margin_in_words(row), b.said(row.get("rationale", "")))
        for row in study.attributes
    ]  # fmt: skip
    titles = [(_("Attribute"), 1.2), (_("Criterion"), 1.1), (_("Margin or range"), 1.8), (_("Rationale"), 1.6)]
    digest = b.paragraph(b.labelled(_("Digest of the protocol"), study.digest), "quiet")
    return [b.heading(_("Protocol")), b.facts(items), b.table(titles, rows), digest]


def _attributes(drawn: list[studies.Drawn]) -> list[b.Block]:
    made = [b.heading(_("What the figures say"))]
    for one in drawn:
        title = b.after(wording.isolated(one.found.test), b.said(one.attribute))
        said: list[Any] = [one.power, *one.beside]
        parts = [
            b.heading(title, 3),
            b.facts([
                (_("Verdict"), words.VERDICTS[one.verdict]),
                (_("Interval or range"), one.interval or wording.EMPTY),
                (_("Estimate"), one.estimate or wording.EMPTY),
            ]),
            *([b.pictures(one.pictures[:2], 80)] if one.pictures else []),
        ]  # fmt: skip
        made.append(b.together(*parts))
        made += [b.pictures(one.pictures[2:], 80)] if one.pictures[2:] else []
        made.append(b.together(*_variation(one), *(b.paragraph(text, "quiet") for text in said if text)))
    return made


def _variation(one: studies.Drawn) -> list[b.Block]:
    """The sources of variation by the mixed model."""
    if not one.parts:
        return []
    rows = [b.row(part.name, part.levels, part.sd, part.share) for part in one.parts]
    titles = [
        (_("Source"), 1.2),
        (_("How many"), 0.8),
        (_("Standard deviation"), 1.2),
        (_("Share of the variation"), 1.2),
    ]
    return [b.paragraph(_("Where the variation comes from, by the mixed model"), "quiet"), b.table(titles, rows)]


def _runs(study: Study, book: _Book) -> list[b.Block]:
    rows = []
    for run in study.runs:
        batch = book.sheet(f"batch:{run.batch}")
        marks = [_("simulated")] if batch.simulated else []
        marks += [_("earlier batch")] if run.historical else []
        excluded = [b.labelled(_("taken out"), run.excluded)] if run.excluded else []
        rows.append(b.row(words.ARMS[run.arm], b.line(wording.isolated(run.batch), strong=True),
                          wording.isolated(run.pair) if run.pair else "",
                          wording.word(vocabulary.DECISIONS, batch.decision), [*marks, *excluded],
                          look="warn" if run.excluded or batch.simulated else ""))  # fmt: skip
    titles = [(_("Arm"), 0.9), (_("Batch"), 1.3), (_("Donation"), 1), (_("State"), 1.3), (_("Marked"), 1.8)]
    return [b.heading(_("Runs")), b.table(titles, rows, _("No run was taken in."))]


def _reports(record: Record, study: Study, found: comparing.Comparison) -> list[b.Block]:
    if not study.reports:
        return []
    last = study.reports[-1]
    rows = [
        b.row(b.line(wording.isolated(line["test"]), strong=True),
              wording.isolated(f"{line['low']} … {line['high']}", "number") if line.get("low") else "",
              b.line(words.VERDICTS[line["verdict"]], LOOKS[line["verdict"]]), b.said(line["method"]))
        for line in last.lines
    ]  # fmt: skip
    titles = [(_("Attribute"), 1.1), (_("Interval or range"), 2), (_("Verdict"), 1.1), (_("Method and version"), 1.6)]
    signed = b.facts([
        (_("Signed by"), wording.isolated(last.by)), (_("When"), wording.instant(last.at, record.zone)),
        (_("Outcome"), words.STATES[last.outcome]),
    ])  # fmt: skip
    made = [b.heading(_("The report that was signed")), signed, b.table(titles, rows)]
    if last.data != found.figures:
        made.append(b.banner("warn", _("Figures changed since this report was signed."), ""))
    return made
