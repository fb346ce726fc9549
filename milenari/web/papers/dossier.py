"""Dossier: one therapy from referral to follow-up, coded, exceptions first; for hand-over, audit and archive."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from milenari.web import wording
from milenari.web.papers import attachments, exceptions, results
from milenari.web.papers import blocks as b
from milenari.web.papers.batch_record import decisions, missing, verdict
from milenari.web.papers.press import Paper
from milenari.web.papers.record import Record
from milenari.web.templatetags import milenari as tags
from milenari.web.wording import vocabulary
from milenari.words import split_subject


def paper(record: Record, code: str) -> Paper:
    """The whole journey as of the newest of its entries."""
    journey = record.sheet(f"journey:{code}")
    of = {kind: [record.sheet(name) for name in record.about if split_subject(name)[0] == kind]
          for kind in ("collection", "batch", "dose")}  # fmt: skip
    parts = {kind: [sheet for sheet in sheets if sheet.exists] for kind, sheets in of.items()}
    lacking = [b.labelled(wording.isolated(batch.code), line) for batch in parts["batch"] for line in missing(batch)]
    shown = [
        b.banner("soft", _("Coded"), _(
            "This dossier names no patient. The identity is sealed at the treating site and is not part of any paper."
        )),
        _header(journey),
        *record.source(),
        *exceptions.of(record, *parts["batch"], missing=lacking),
        *_stations(record, journey),
        *_before(record, journey, parts["collection"]),
    ]  # fmt: skip
    for batch in parts["batch"]:
        shown += _batch(record, batch)
    shown += [*_given(record, journey, parts["dose"]), *_followed(record, journey), *_told(record),
              *record.signatures()]  # fmt: skip
    files = (*record.files(), *attachments.files(record))
    shown += attachments.listed(record, files)
    return Paper("dossier", code, _("Journey dossier"), wording.isolated(code), record.at, record.reference,
                 record.checkpoints, shown, files)  # fmt: skip


def _header(journey: Any) -> b.Block:
    return b.facts([
        (_("Chain of identity"), wording.isolated(journey.coi or "—")), (_("Journey"), wording.isolated(journey.code)),
        (_("Product"), wording.isolated(journey.process)), (_("Treating site"), wording.isolated(journey.owner)),
        (_("Sex"), wording.word(vocabulary.OPTIONS, journey.sex)),
        (_("Age at referral, in months"), wording.number(journey.age_months)),
        (_("Weight"), wording.number(journey.weight_kg, "kg")), (_("Weighed on"), tags.day(journey.weight_on)),
        (_("Consent withdrawn"), vocabulary.YES if journey.withdrawn else vocabulary.NO),
    ])  # fmt: skip


def _stations(record: Record, journey: Any) -> list[b.Block]:
    rows = [
        b.row(b.line(wording.word(vocabulary.STATIONS, name), strong=True), wording.instant(at, record.zone),
              wording.isolated(site))
        for name, at, site in journey.stations
    ]  # fmt: skip
    return [b.heading(_("Stations")), b.table([(_("Station"), 2), (_("When"), 1.5), (_("Site"), 1)], rows)]


def _before(record: Record, journey: Any, bags: Iterable[Any]) -> list[b.Block]:
    consents = [
        b.row(wording.word(vocabulary.OPTIONS, given.kind), wording.isolated(given.version), tags.day(given.on))
        for given in journey.consents
    ]
    rows = [
        b.row(b.line(wording.isolated(bag.code), strong=True), wording.instant(bag.collected_at, record.zone),
              wording.number(bag.volume_ml, "mL"), wording.number(bag.cd3_e6, "10*6"),
              wording.number(bag.viability_pct, "%"), wording.instant(bag.accepted_at, record.zone),
              wording.isolated(bag.used_in or "—"))
        for bag in bags
    ]  # fmt: skip
    titles = [(_("Bag"), 1.1), (_("Collected"), 0), (_("Volume"), 0.7), (_("Cells counted"), 0.8),
              (_("Viability"), 0.7), (_("Accepted"), 0), (_("Used in"), 1)]  # fmt: skip
    return [
        b.heading(_("Consents")),
        b.table([(_("Kind"), 2), (_("Form version"), 1), (_("Signed on"), 1)], consents, _("No consent is recorded.")),
        b.heading(_("Collected cells")), b.table(titles, rows, _("Nothing is collected yet.")),
    ]  # fmt: skip


def _batch(record: Record, batch: Any) -> list[b.Block]:
    return [
        b.heading(wording.subject_name(f"batch:{batch.code}")),
        verdict(batch),
        b.facts([
            (_("Process version"), wording.isolated(batch.process_version)),
            (_("Vector container"), wording.isolated(batch.container or "—")),
            (_("Site"), wording.isolated(batch.owner)),
            (_("Started"), wording.instant(batch.started_at, record.zone)),
            (_("Harvested"), wording.instant(batch.harvested_at, record.zone)),
            (_("Cells harvested"), wording.number(batch.cells_e6, "10*6") if batch.harvested_at else "—"),
        ]),
        b.heading(_("Results against the specification"), 3), results.table(record, batch),
        *({**block, "level": 3} if block["k"] == "h" else block for block in decisions(record, batch)),
        b.paragraph(_("The steps of the batch are printed in its batch record."), "quiet"),
    ]  # fmt: skip


def _given(record: Record, journey: Any, doses: Iterable[Any]) -> list[b.Block]:
    rows = [
        b.row(wording.number(dose.part), b.line(wording.isolated(dose.code), strong=True),
              wording.number(dose.cells_e6, "10*6"), wording.isolated(dose.owner),
              wording.word(vocabulary.DECISIONS, dose.decision), wording.instant(dose.given_at, record.zone))
        for dose in doses
    ]  # fmt: skip
    titles = [(_("Part"), 0.4), (_("Fraction"), 1.4), (_("Cells"), 1), (_("Site"), 0.6), (_("Decision"), 1.2),
              (_("Given"), 0)]  # fmt: skip
    return [b.heading(_("Fractions")), b.table(titles, rows, _("Nothing is filled yet."))]


def _followed(record: Record, journey: Any) -> list[b.Block]:
    grades = [
        b.row(wording.isolated(grade.scale), wording.number(grade.grade), wording.instant(grade.at, record.zone),
              look="bad" if grade.grade > 2 else "")
        for grade in journey.grades
    ]  # fmt: skip
    events = [
        b.row(wording.word(vocabulary.OUTCOME_KINDS, kind), wording.word(vocabulary.OPTIONS, value),
              wording.instant(at, record.zone))
        for kind, value, at in journey.events
    ]  # fmt: skip
    visits = [b.row(wording.isolated(visit), tags.day(on)) for visit, on in journey.visits]
    return [
        b.heading(_("Toxicity")),
        b.table([(_("Scale used"), 1), (_("Grade"), 1), (_("When"), 1)], grades, _("No grade is recorded.")),
        b.heading(_("Outcomes")),
        b.table([(_("What"), 1.5), (_("Value"), 1.5), (_("When"), 1)], events, _("No outcome is recorded.")),
        b.heading(_("Follow-up")),
        b.table([(_("Visit"), 1), (_("Seen on"), 1)], visits, _("No visit is recorded.")),
    ]  # fmt: skip


def _told(record: Record) -> list[b.Block]:
    rows = []
    for told in record.told:
        entry = told.entry
        details = [b.line(b.labelled(detail.label, detail.value)) for detail in told.summary]
        rows.append(b.row(wording.instant(entry.happened_at, entry.zone), b.line(told.what, strong=True),
                          details or "—", wording.isolated(f"{told.seen.site}/{told.seen.index}")))  # fmt: skip
    titles = [(_("When"), 0), (_("What was done"), 1.2), (_("What is recorded"), 3), (_("Entry"), 0)]
    return [b.heading(_("Everything that happened")), b.table(titles, rows, size=7.2)]
