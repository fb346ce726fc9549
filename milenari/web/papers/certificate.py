"""Certificates: of analysis for a batch or a vector lot, and the Qualified Person's for a batch.

What is not certified is headed as such, and what is out of specification says so before anything else: neither
can be taken for a conforming certificate. EU GMP Annex 16 (certification), Part IV sections 11 and 12.
"""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from milenari.rules.action import Refused
from milenari.rules.testing import failed_requirements
from milenari.web import wording
from milenari.web.papers import blocks as b
from milenari.web.papers import exceptions, results
from milenari.web.papers.batch_record import missing, verdict
from milenari.web.papers.press import Paper
from milenari.web.papers.record import Record
from milenari.web.templatetags import milenari as tags
from milenari.web.wording import vocabulary

FALLEN = ("rejected", "recalled", "out-of-specification")


def of_batch(record: Record, code: str) -> Paper:
    """Certificate of analysis of a batch, conditional or final; a report of results while nobody has certified."""
    batch = record.sheet(f"batch:{code}")
    certified = bool(batch.certificates) and batch.decision not in FALLEN
    doses = [record.sheet(f"dose:{dose}") for dose in batch.doses]
    use_by = min((dose.use_by for dose in doses if dose.use_by), default=None)
    header = b.facts([
        (_("Product"), wording.isolated(batch.process)),
        (_("Batch"), wording.isolated(code)),
        (_("Chain of identity"), wording.isolated(batch.coi)),
        (_("Made and tested at"), wording.isolated(batch.owner)),
        (_("Process version"), wording.isolated(batch.process_version)),
        (_("Authorisation"), wording.isolated(batch.authorisation)),
        (_("Started"), wording.instant(batch.started_at, record.zone)),
        (_("Harvested"), wording.instant(batch.harvested_at, record.zone)),
        (_("To be used by"), wording.instant(use_by, record.zone)),
        (_("Fractions"), wording.number(len(doses))),
        (_("Weight for the dose"), wording.number(batch.weight_kg, "kg")),
    ])  # fmt: skip
    return _paper(record, "certificate", code, _title(batch, certified), batch, _stage_banner(batch), header,
                  certificates(record, batch), missing(batch))  # fmt: skip


def of_lot(record: Record, code: str) -> Paper:
    """Certificate of analysis of a vector lot."""
    lot = record.sheet(f"lot:{code}")
    certified = lot.decision == "final" and not lot.recalled
    titre: Any = _("no titre yet")
    if lot.titre:
        titre = wording.number(lot.titre.value, "{TU}/mL")
    header = b.facts([
        (_("Vector lot"), wording.isolated(code)),
        (_("Product"), wording.isolated(lot.process)),
        (_("Made at"), wording.isolated(lot.owner)),
        (_("Process version"), wording.isolated(lot.process_version)),
        (_("Campaign"), wording.isolated(lot.campaign)),
        (_("Cell bank lot"), wording.isolated(lot.cell_bank)),
        (_("Plasmid lots"), wording.joined(wording.isolated(one) for one in lot.plasmids)),
        (_("Harvested"), wording.instant(lot.harvested_at, record.zone)),
        (_("Expiry or retest date"), tags.day(lot.expires_on)),
        (_("Containers"), wording.number(len(lot.containers))),
        (_("Volume per container"), wording.number(lot.container_ml, "mL")),
        (_("Titre"), titre),
        (_("Method and version"), b.said(lot.titre.method) if lot.titre else "—"),
        (_("Cell line"), wording.isolated(lot.titre.cell_line) if lot.titre else "—"),
        (_("Relative standard uncertainty"), wording.number(lot.titre.uncertainty_pct, "%") if lot.titre else "—"),
    ])  # fmt: skip
    if lot.recalled:
        top = b.banner("bad", _("RECALLED."), b.said(lot.recalled))
    elif lot.decision == "final":
        top = b.banner("good", wording.word(vocabulary.DECISIONS, "final"))
    else:
        look = "bad" if lot.decision == "rejected" else "warn"
        top = b.banner(look, wording.word(vocabulary.DECISIONS, lot.decision), _("This lot is not released for use."))
    lacking = [b.labelled(_("No verified result"), n) for n, o in lot.requirements().items() if o == "missing"]
    return _paper(record, "certificate", code, _title(lot, certified), lot, top, header,
                  certificates(record, lot), lacking)  # fmt: skip


def _title(tested: Any, certified: bool) -> str:
    if tested.decision in FALLEN or failed_requirements(tested):
        return _("Report of results, not conforming")
    return _("Certificate of analysis") if certified else _("Report of results, not certified")


def _stage_banner(batch: Any) -> b.Block:
    if batch.decision in FALLEN or batch.alarm:
        return verdict(batch)
    stages = [stage for stage, _by, _at in batch.certificates]
    if "final" in stages:
        return b.banner("good", _("Final certificate"))
    if "conditional" in stages:
        return b.banner("warn", _("Conditional certificate"), _(
            "Late results are pending. This certificate becomes final when they pass; until then it says nothing "
            "about them."
        ))  # fmt: skip
    return b.banner("warn", _("NOT CERTIFIED."), _("No Qualified Person has certified this batch."))


def _paper(
    record: Record, kind: str, code: str, title: str, tested: Any, top: b.Block, header: b.Block,
    signed: list[b.Block], lacking: list[Any],
) -> Paper:  # fmt: skip
    shown = [top, header, b.heading(_("Results against the specification")), results.table(record, tested)]
    shown.append(b.heading(_("Missing")))
    shown.append(b.bullets(lacking) if lacking else b.paragraph(_("Nothing is missing."), "quiet"))
    shown += [*signed, *record.source()]
    return Paper(kind, code, title, wording.isolated(code), record.at, record.reference, record.checkpoints, shown,
                 record.files())  # fmt: skip


def certificates(record: Record, tested: Any) -> list[b.Block]:
    """Who certified what, with the sentence that the signature says (21 CFR 11.50)."""
    rows = []
    for told in record.told:
        entry = told.entry
        if entry.action.code not in ("certify-batch", "release-batch", "release-lot", "reject-lot", "reject-batch",
                                     "recall-lot", "recall-batch", "supply-oos"):  # fmt: skip
            continue
        stage = getattr(entry.action, "stage", "")
        what = [b.line(told.what, strong=True), *([wording.word(vocabulary.OPTIONS, stage)] if stage else [])]
        said = wording.word(vocabulary.MEANINGS, entry.meaning)
        rows.append(b.row(what, said, record.signer(told), wording.instant(entry.happened_at, entry.zone),
                          wording.isolated(f"{told.seen.site}/{told.seen.index}")))  # fmt: skip
    titles = [(_("What"), 1.2), (_("Meaning"), 1.8), (_("Signed by"), 1.5), (_("When"), 0), (_("Entry"), 0)]
    return [b.heading(_("Certified and released by")), b.table(titles, rows, _("Nobody has certified or released it."))]


def qp(record: Record, code: str) -> Paper:
    """The Qualified Person's certificate of a batch; refused while there is none, or once the batch has fallen."""
    batch = record.sheet(f"batch:{code}")
    made = record.entries("certify-batch")
    if not made or batch.decision in FALLEN:
        raise Refused("not-certified", batch=code, stage="final")
    entry = made[-1].entry
    says = wording.word(vocabulary.MEANINGS, entry.meaning)
    conditional = entry.action.stage == "conditional"
    shown = [
        b.banner("warn" if conditional else "good",
                 _("Conditional certificate") if conditional else _("Final certificate"), says),
        b.facts([
            (_("Product"), wording.isolated(batch.process)), (_("Batch"), wording.isolated(code)),
            (_("Chain of identity"), wording.isolated(batch.coi)),
            (_("Made and tested at"), wording.isolated(batch.owner)),
            (_("Process version"), wording.isolated(batch.process_version)),
            (_("Master file edition"), wording.isolated(batch.edition)),
            (_("Authorisation"), wording.isolated(batch.authorisation)),
            (_("Fractions"), wording.joined(wording.isolated(dose) for dose in batch.doses)),
            (_("Harvested"), wording.instant(batch.harvested_at, record.zone)),
        ]),
        b.heading(_("Certified by")),
        b.facts([
            (_("Printed name"), b.said(entry.name)), (_("Person code"), wording.isolated(entry.by)),
            (_("Role"), wording.word(vocabulary.ROLES, entry.role)),
            (_("Meaning"), wording.word(vocabulary.MEANING_WORDS, entry.meaning)),
            (_("When"), wording.instant(entry.happened_at, entry.zone)),
            (_("Entry"), wording.isolated(f"{made[-1].site}/{made[-1].index}")),
        ]),
        *exceptions.of(record, batch, missing=missing(batch)),
        *record.source(),
    ]  # fmt: skip
    return Paper("qp-certificate", code, _("Certificate of the Qualified Person"), wording.isolated(code), record.at,
                 record.reference, record.checkpoints, shown, record.files())  # fmt: skip
