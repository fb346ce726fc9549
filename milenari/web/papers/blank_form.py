"""Blank form: every step of a batch that was to be done when it was issued, to be written by hand.

Numbered and issued by signature (``issue-paper-form``); the number stands on every page and as a code on every
step, and whoever enters the steps afterwards scans it. EU GMP Chapter 4 (control of blank forms).
"""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from milenari.rules.form import ISSUED
from milenari.web import wording
from milenari.web.papers import blocks as b
from milenari.web.papers.press import Paper
from milenari.web.papers.record import Record
from milenari.web.papers.steps import name_of
from milenari.web.templatetags import milenari as tags
from milenari.web.wording import vocabulary
from milenari.words import Facts


def paper(record: Record, code: str) -> Paper:
    """The form as it was issued; its steps are those of the batch's frozen recipe."""
    form = record.sheet(f"form:{code}")
    record.look_at(f"batch:{form.batch}")
    batch = record.sheet(f"batch:{form.batch}")
    issue = record.entries("issue-paper-form")[0].entry
    top = b.banner("soft", _("For use only while the screens are away"), _(
        "Write with ink. Do not leave a field empty; strike out and sign what is corrected, with date and reason. "
        "Enter every step afterwards with the number of this form; a second person compares it with this sheet."
    ))  # fmt: skip
    if form.status != ISSUED:
        fate = wording.word(vocabulary.OPTIONS, form.status)
        top = b.banner("bad", _("This form is accounted for. Do not write on it."), fate)
    shown = [
        top,
        b.facts([
            (_("Form number"), wording.isolated(code)), (_("Batch"), wording.isolated(form.batch)),
            (_("Chain of identity"), wording.isolated(batch.coi)), (_("Product"), wording.isolated(batch.process)),
            (_("Process version"), wording.isolated(batch.process_version)), (_("Site"), wording.isolated(batch.owner)),
            (_("Issued by"), wording.joined([b.said(issue.name), wording.isolated(issue.by)])),
            (_("Issued"), wording.instant(issue.happened_at, issue.zone)), (_("Reason"), b.said(issue.reason)),
        ]),
    ]  # fmt: skip
    for defined in batch.phases:
        if defined["code"] in form.phases:
            shown.append(_step(code, defined))
    shown += [_harvest(code), b.heading(_("Return of this form")), b.by_hand([
        _("All steps are entered and compared with this form"), _("Received by quality assurance")
    ])]  # fmt: skip
    subject = wording.joined([wording.isolated(code), b.labelled(_("Batch"), form.batch)])
    return Paper("paper-form", code, _("Paper form of a batch"), subject, record.at, record.reference,
                 record.checkpoints, shown)  # fmt: skip


def _step(code: str, defined: Facts) -> b.Block:
    notes: list[Any] = []
    if "within_h" in defined:
        hours = wording.number(defined["within_h"], "h")
        notes.append(b.filled(_("To be begun at most %(hours)s after the step before."), hours=hours))
    if defined.get("equipment"):
        notes.append(b.labelled(_("Equipment class"), defined["equipment"]))
    asked = defined.get("clearance") or {}
    if defined.get("room"):
        notes.append(b.labelled(_("Room grade"), defined["room"]))
    fields = [_field(one) for one in defined.get("readings", ())]
    for kind in defined.get("materials", ()):
        lot = b.after(_("Material lot"), b.said(kind))
        fields.append((lot, "", [], ""))
        fields.append((b.after(_("Amount"), b.said(kind)), "", [], ""))
    if defined.get("vector"):
        fields.append((_("Vector container"), "", [], ""))
    if defined.get("equipment"):
        fields.append((_("Equipment code"), "", [], ""))
    if defined.get("room"):
        fields.append((_("Room code"), "", [], ""))
    for kind in asked.get("of", ()):
        what = wording.word(vocabulary.KINDS, kind)
        fields.append((b.after(_("Cleared before the step, by"), what), "", [], ""))
        if asked.get("second_person"):
            fields.append((b.after(_("Clearance confirmed by"), what), "", [], ""))
    hands = [_("Done at, with time zone"), _("Performed by: name and signature")]
    second = defined.get("verify")
    hands.append(_("Second person: name, signature, time") if second else _("Remarks"))
    # The code beside each step is the number of the form: whoever enters the step scans it into its field.
    return b.by_fields(wording.joined([b.said(code), name_of(defined)]), fields, hands, notes, code)


def _field(defined: Facts) -> tuple[Any, Any, list[Any], Any]:
    units = defined.get("units") or [""]
    limit: Any = tags.limit(defined) if defined.get("op", "report") != "report" else _("to be reported")
    options = [b.said(option) for option in defined.get("options", ())]
    label = b.two_lines(defined.get("label") or defined["code"], wording.isolated(defined["code"]))
    return label, limit, options, wording.isolated(wording.unit(units[0])) if units[0] else ""


def _harvest(code: str) -> b.Block:
    fields: list[tuple[Any, Any, list[Any], Any]] = [
        (_("Viable CAR-positive cells"), "", [], wording.isolated(wording.unit("10*6"))),
        (_("Volume"), "", [], wording.isolated("mL")),
    ]
    hands = [_("Done at, with time zone"), _("Performed by: name and signature"),
             _("Second person: name, signature, time")]  # fmt: skip
    return b.by_fields(wording.joined([b.said(code), wording.title("harvest-batch")]), fields, hands)
