"""Shelf: which papers there are, about what, and how each is made from its subject's record."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from milenari.journal import clock, passport, read
from milenari.registers import questions, reach, sight, yearly
from milenari.rules.action import Refused
from milenari.web.papers import (
    batch_record,
    blank_form,
    casebook,
    certificate,
    comparability_report,
    dossier,
    gap_assessment,
    plan,
    quality_review,
    recall_notice,
    training_passport,
    transfer_form,
)
from milenari.web.papers.press import Paper
from milenari.web.papers.record import Record
from milenari.words import split_subject, subject


@dataclass(frozen=True)
class Wanted:
    """Which paper somebody asks for: about what, as of which entry (SITE/index, "" for all), for which site."""

    name: str
    at: str = ""
    site: str = ""
    year: str = ""

    @property
    def code(self) -> str:
        return split_subject(self.name)[1]


@dataclass(frozen=True)
class Kind:
    """One sort of paper: its title, what it is for, the subjects it can be about, and how it is made."""

    code: str
    title: Any
    purpose: Any
    about: tuple[str, ...]
    make: Callable[[Wanted], Paper]
    for_site: bool = False
    of_site: bool = False  # about a site: for those who see its data, though everybody sees that there is such a site


def _zone(site: str) -> str:
    return questions.zone_of(site)


def _batch(wanted: Wanted) -> Record:
    row = questions.batch(wanted.code)
    if row is None:
        raise Refused("subject-unknown", kind="batch", code=wanted.code)
    about = batch_record.about(wanted.code, row.site, [dose.code for dose in questions.doses_of(wanted.code)])
    return Record(about, wanted.at, _zone(row.site))


def _one(wanted: Wanted) -> Record:
    row = questions.subject(wanted.name)
    if row is None:
        kind, code = split_subject(wanted.name)
        raise Refused("subject-unknown", kind=kind, code=code)
    return Record([wanted.name], wanted.at, _zone(row.site))


def _certificate(wanted: Wanted) -> Paper:
    if split_subject(wanted.name)[0] == "lot":
        return certificate.of_lot(_one(wanted), wanted.code)
    return certificate.of_batch(_batch(wanted), wanted.code)


def _dossier(wanted: Wanted) -> Paper:
    line = questions.journey(wanted.code)
    if line is None:
        raise Refused("subject-unknown", kind="journey", code=wanted.code)
    parts = questions.parts_of(wanted.code)
    about = [wanted.name, *(row.subject for part in ("collections", "batches", "doses") for row in parts[part])]
    return dossier.paper(Record(about, wanted.at, _zone(line.journey.site)), wanted.code)


def _recall(wanted: Wanted) -> Paper:
    things = reach.reached(wanted.name)
    if split_subject(wanted.name)[0] == "batch":
        things = [wanted.name, *things]
    record = Record([wanted.name], wanted.at, _zone(wanted.site), beside=things)
    return recall_notice.paper(record, wanted.name, wanted.site, things)


def _form(wanted: Wanted) -> Paper:
    row = questions.subject(wanted.name)
    if row is None:
        raise Refused("subject-unknown", kind="form", code=wanted.code)
    return blank_form.paper(Record([wanted.name], wanted.at, _zone(row.site)), wanted.code)


def _comparability(wanted: Wanted) -> Paper:
    row = questions.subject(wanted.name)
    if row is None:
        raise Refused("subject-unknown", kind="comparability", code=wanted.code)
    signed = f"protocolconsent:{wanted.code}/{read.sheet(wanted.name).candidate}"
    return comparability_report.paper(Record([wanted.name, signed], wanted.at, _zone(row.site)), wanted.code)


def _gaps(wanted: Wanted) -> Paper:
    row = questions.subject(wanted.name)
    if row is None:
        raise Refused("subject-unknown", kind="gaps", code=wanted.code)
    # The package is part of it: what the sending site has was taken from there.
    about = [wanted.name, f"package:{read.sheet(wanted.name).product}"]
    return gap_assessment.paper(Record(about, wanted.at, _zone(row.site)), wanted.code)


def _passport(wanted: Wanted) -> Paper:
    row = questions.subject(wanted.name)
    if row is None:
        raise Refused("subject-unknown", kind="person", code=wanted.code)
    record = Record([wanted.name], wanted.at, _zone(row.site)).only(*passport.CARRIED)
    return training_passport.paper(record, wanted.code, wanted.site)


def _casebook(wanted: Wanted) -> Paper:
    row = questions.subject(wanted.name)
    if row is None:
        raise Refused("subject-unknown", kind="casebook", code=wanted.code)
    pages = [f"casebook-page:{code}" for code in read.sheet(wanted.name).pages]
    return casebook.paper(Record([wanted.name, *pages], wanted.at, _zone(row.site)), wanted.code)


def _review(wanted: Wanted) -> Paper:
    today = clock.now().date()
    years = yearly.years_of(wanted.code, today)
    year = int(wanted.year) if wanted.year.isdecimal() and int(wanted.year) in years else years[0]
    found = yearly.year_of(wanted.code, year, today)
    about = [wanted.name, *(row.subject for row in (*found.batches, *found.runs))]
    return quality_review.paper(Record(about, wanted.at, _zone(wanted.code)), found)


KINDS: dict[str, Kind] = {kind.code: kind for kind in (
    Kind("batch-record", _("Batch record"),
         _("Everything about one batch, exceptions first, with the signed entries attached."),
         ("batch",), lambda wanted: batch_record.paper(_batch(wanted), wanted.code)),
    Kind("certificate", _("Certificate of analysis"),
         _("Results against the specification and who certified them."), ("batch", "lot"), _certificate),
    Kind("qp-certificate", _("Certificate of the Qualified Person"),
         _("What the Qualified Person certified, with the exceptions that were known."),
         ("batch",), lambda wanted: certificate.qp(_batch(wanted), wanted.code)),
    Kind("dossier", _("Journey dossier"), _("One therapy from referral to follow-up, coded."), ("journey",), _dossier),
    Kind("transfer-form", _("Transfer form"), _("Travels with a bag, fraction or container and is signed on arrival."),
         ("collection", "dose", "container"),
         lambda wanted: transfer_form.paper(_one(wanted), wanted.name)),
    Kind("recall-notice", _("Recall notice"),
         _("What one site holds or has used of what is recalled, what to do, and an answer to return."),
         ("lot", "batch"), _recall, for_site=True),
    Kind("comparability-report", _("Comparability report"),
         _("Protocol, agreement, runs, intervals against the margins, and what was concluded."),
         ("comparability",), _comparability),
    Kind("gap-assessment", _("Gap assessment"),
         _("Every item of the transfer package as both sites have it, with gap, risk, measure and who assessed it."),
         ("gaps",), _gaps),
    Kind("plan", _("Plan"), _("What was advised and decided: every slot, and who has none and why."), ("plan",),
         lambda wanted: plan.paper(_one(wanted), wanted.code)),
    Kind("training-passport", _("Training passport"),
         _("What a person has shown, with its proof as codes, for one other site."),
         ("person",), _passport, for_site=True),
    Kind("quality-review", _("Product quality review"),
         _("One site's year from the record, for quality assurance to judge."), ("site",), _review, of_site=True),
    Kind("casebook", pgettext_lazy("room", "Casebook"),
         _("Every page of one participant's casebook, with its queries and what stood there before."),
         ("casebook",), _casebook),
    Kind("paper-form", _("Paper form of a batch"),
         _("The steps still to do, to be written by hand while the screens are away."), ("form",), _form),
)}  # fmt: skip


def kinds_for(name: str) -> list[Kind]:
    """The papers that can be printed about a subject."""
    return [kind for kind in KINDS.values() if split_subject(name)[0] in kind.about]


def full_name(kind: str, name: str) -> str:
    """``batch:ROM-B-1`` from itself or, where a paper is about one kind of thing only, from the bare code."""
    if kind not in KINDS:
        raise Refused("paper-unknown", paper=kind)
    about = KINDS[kind].about
    if split_subject(name)[0] in about and ":" in name:
        return name
    if len(about) == 1 and ":" not in name:
        return subject(about[0], name)
    raise Refused("subject-unknown", kind=about[0], code=name)


def owner_of(name: str) -> str:
    """The subject whose sight decides who may see a paper about this: of a form, its batch."""
    kind, _code = split_subject(name)
    if kind != "form":
        return name
    row = questions.subject(name)
    return subject("batch", row.about) if row else name


def require_sight(name: str, sees: frozenset[str] | None) -> None:
    """Refuse a paper about what these sites do not see, whatever kind it is."""
    row = questions.subject(name)
    if row is None:
        kind, code = split_subject(name)
        raise Refused("subject-unknown", kind=kind, code=code)
    if not sight.may_see(owner_of(name), sees):
        raise Refused("page-not-for-you", site=row.site)
