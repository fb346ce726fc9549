"""Comparability: does the receiving site make the same product, by a protocol locked before any result was seen.

The protocol states first what is compared, by which criterion and margin, in which unit, and who agreed; both sites
sign it, then it is locked. Runs are enrolled before their results are known, so that none is chosen for its figures.
Governing requirements: ICH Q5E; EMA reflection paper on statistical methodology for the comparative assessment of
quality attributes, EMA/CHMP/138502/2017 (similarity condition agreed first, similarity criterion computable);
questions and answers on comparability of ATMP, EMA/CAT/499821/2019 (number recalled, not re-read).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from milenari.rules import fields as f
from milenari.rules.action import (
    Accepted,
    Action,
    Asking,
    Book,
    Entry,
    Finding,
    Refused,
    Sheet,
    action,
    after,
    applies,
    checks,
    known,
    refuse_if,
    sheet,
)
from milenari.rules.batch import Batch
from milenari.rules.digest import digest_of
from milenari.rules.network import control_site
from milenari.words import UNITS, Facts, Meaning, Role

DESIGNS = ("paired", "unpaired")
CRITERIA = ("tost", "quality-range", "report")
SCALES = ("difference", "ratio")
ARMS = ("reference", "candidate")
MOST_ATTRIBUTES, MOST_RUNS = 40, 200
ATTRIBUTE_KEYS = {"test", "criterion", "low", "high", "unit", "scale", "alpha", "k", "rationale"}
PROTOCOL_KEYS = {"design", "condition", "attributes", "least", "historical"}


# -- frozen state ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Enrolled:
    """A batch in the comparison; ``pair`` joins the two halves of one starting material."""

    batch: str
    arm: str
    pair: str = ""
    historical: bool = False
    excluded: str = ""  # why, if it was taken out


@dataclass(frozen=True)
class Reported:
    """What was computed from which data, by whom; the report with the highest number speaks."""

    lines: tuple[Facts, ...]
    data: str
    by: str
    at: datetime
    outcome: str


@sheet("comparability")
class Study(Sheet):
    """One comparison of a candidate site's product with a reference site's."""

    product: str = ""
    reference: str = ""
    candidate: str = ""
    repeats: str = ""
    protocol: Facts | None = None
    digest: str = ""
    drafted_by: str = ""
    locked_at: datetime | None = None
    locked_by: str = ""
    runs: tuple[Enrolled, ...] = ()
    reports: tuple[Reported, ...] = ()
    outcome: str = ""
    concluded_at: datetime | None = None
    concluded_by: str = ""
    root_cause: str = ""
    corrected: str = ""

    @property
    def status(self) -> str:
        """Where the study stands, as lists and searches show it."""
        if self.outcome:
            return self.outcome
        return "reported" if self.reports else "locked" if self.locked_at else "drafted"

    @property
    def attributes(self) -> list[Facts]:
        return list((self.protocol or {}).get("attributes", ()))

    def counted(self, arm: str) -> tuple[Enrolled, ...]:
        """The runs of an arm that were not taken out."""
        return tuple(run for run in self.runs if run.arm == arm and not run.excluded)

    def find(self, batch: str) -> Enrolled | None:
        return next((run for run in self.runs if run.batch == batch), None)


@sheet("protocolconsent")
class ProtocolConsent(Sheet):
    """The candidate site's signature under a protocol; its code is STUDY/SITE."""

    digest: str = ""
    signed_at: datetime | None = None
    signed_by: str = ""


# -- actions --------------------------------------------------------------------------------------------


@action("draft-comparability", roles=(Role.QA,), meaning=Meaning.PERFORMED)
class DraftComparability(Action):
    """Write a comparison's protocol: attributes, criteria, margins and the number of runs, before any result."""

    study: str = f.ref("comparability", label="Comparability study", touch=True)
    product: str = f.ref("process", label="Product")
    reference: str = f.ref("site", label="Reference site")
    candidate: str = f.ref("site", label="Candidate site")
    protocol: Facts = f.document("Comparability protocol")
    repeats: str = f.code("Repeats the study", required=False)


@action("consent-protocol", roles=(Role.QA,), meaning=Meaning.APPROVED)
class ConsentProtocol(Action):
    """Sign the drafted protocol for the candidate site."""

    consent: str = f.ref("protocolconsent", label="Consent", touch=True, help="study and site, such as C-ROM-1/ROM")
    study: str = f.ref("comparability", label="Comparability study")
    digest: str = f.text("Digest of the protocol", longest=64)


@action("lock-comparability", roles=(Role.QA,), meaning=Meaning.APPROVED)
class LockComparability(Action):
    """Lock the protocol that both sites have signed; from now on it cannot change."""

    study: str = f.ref("comparability", label="Comparability study", touch=True)


@action("enrol-comparability-run", roles=(Role.QA,), meaning=Meaning.PERFORMED)
class EnrolComparabilityRun(Action):
    """Take a batch into the comparison before any of its results is known."""

    study: str = f.ref("comparability", label="Comparability study", touch=True)
    batch: str = f.ref("batch", label="Batch")


@action("exclude-comparability-run", roles=(Role.QA,), meaning=Meaning.APPROVED, needs_reason=True)
class ExcludeComparabilityRun(Action):
    """Take a run out of the comparison for a technical reason; it stays in the report with its figures."""

    study: str = f.ref("comparability", label="Comparability study", touch=True)
    batch: str = f.ref("batch", label="Batch")


# -- the protocol as data -------------------------------------------------------------------------------


def read_protocol(protocol: Any, tests: set[str]) -> Facts:
    """The protocol, or Refused with the place and the fault; ``tests`` are those of the product's specification."""

    def bad(where: str, fault: str) -> Refused:
        return Refused("comparability-protocol-unreadable", where=where, fault=fault)

    if not isinstance(protocol, dict):
        raise bad("protocol", "is not a mapping")
    for key in ("design", "condition", "attributes", "least"):
        if not protocol.get(key):
            raise bad(key, "is missing")
    if unknown := sorted(set(protocol) - PROTOCOL_KEYS):
        raise bad(unknown[0], "is unknown")
    if protocol["design"] not in DESIGNS:
        raise bad("design", f"is none of {', '.join(DESIGNS)}")
    least = protocol["least"]
    if (
        not isinstance(least, dict)
        or set(least) != set(ARMS)
        or not all(type(n) is int and n > 0 for n in least.values())
    ):
        raise bad("least", "needs a whole number of runs for reference and candidate")
    historical = protocol.get("historical", [])
    if not isinstance(historical, list) or not all(isinstance(code, str) for code in historical):
        raise bad("historical", "is no list of batches")
    if historical and protocol["design"] == "paired":
        raise bad("historical", "cannot be paired: a pair shares one starting material")
    rows = protocol["attributes"]
    if not isinstance(rows, list) or not 0 < len(rows) <= MOST_ATTRIBUTES:
        raise bad("attributes", f"needs one to {MOST_ATTRIBUTES} lines")
    for number, row in enumerate(rows, 1):
        _read_attribute(row, f"attribute {number}", tests, bad)
    named = [row["test"] for row in rows]
    if len(set(named)) < len(named):
        raise bad("attributes", "name a test twice")
    return protocol


def _read_attribute(row: Any, where: str, tests: set[str], bad: Any) -> None:
    if not isinstance(row, dict) or set(row) - ATTRIBUTE_KEYS or not row.get("test"):
        raise bad(where, "needs a test and may have " + ", ".join(sorted(ATTRIBUTE_KEYS)))
    where = f"{where}, {row['test']}"
    if row["test"] not in tests:
        raise bad(where, "is no test of the product's specification")
    if row.get("criterion") not in CRITERIA:
        raise bad(where, f"criterion is none of {', '.join(CRITERIA)}")
    if row.get("unit") not in UNITS:
        raise bad(where, "unit is no known UCUM unit")
    if row["criterion"] == "report":
        return
    if not row.get("rationale"):
        raise bad(where, "has no rationale for its margin")
    if row["criterion"] == "quality-range":
        if not 0 < _number(where, "k", row.get("k"), bad) <= 10:
            raise bad(where, "k is not between nought and ten")
        return
    if row.get("scale") not in SCALES:
        raise bad(where, f"scale is none of {', '.join(SCALES)}")
    low, high = (_number(where, key, row.get(key), bad) for key in ("low", "high"))
    same = Decimal(0) if row["scale"] == "difference" else Decimal(1)
    if not low < same < high or (row["scale"] == "ratio" and low <= 0):
        raise bad(where, "margins do not enclose equality")
    if not 0 < _number(where, "alpha", row.get("alpha"), bad) <= Decimal("0.2"):
        raise bad(where, "alpha is not between 0 and 0.2")


def _number(where: str, key: str, value: Any, bad: Any) -> Decimal:
    try:
        found = Decimal(value) if isinstance(value, str) else Decimal("NaN")
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite():
        raise bad(where, f"{key} is not a decimal written as text")
    return found


# -- checks ---------------------------------------------------------------------------------------------


@checks(DraftComparability)
def _draft(act: DraftComparability, asking: Asking, book: Book) -> Accepted:
    control_site(asking, book)
    found: Study = book.sheet(act.about)
    refuse_if(found.locked_at, "comparability-locked", study=act.study)
    process = known(book, f"process:{act.product}")
    refuse_if(act.reference == act.candidate, "comparability-with-itself", site=act.candidate)
    for site in (act.reference, act.candidate):
        known(book, f"site:{site}")
    version = process.current()
    rows = (version.recipe if version else {}).get("specification", [])
    read_protocol(act.protocol, {row["test"] for row in rows})
    for code in act.protocol.get("historical", []):
        batch: Batch = known(book, f"batch:{code}")
        fits = batch.process == act.product and batch.owner == act.reference
        refuse_if(not fits, "run-of-another-arm", batch=code, site=batch.owner, expected=act.reference)
    if act.repeats:
        before: Study = known(book, f"comparability:{act.repeats}")
        refuse_if(before.outcome != "not-comparable" and before.outcome != "not-enough-data", "nothing-to-repeat",
                  study=act.repeats)  # fmt: skip
        refuse_if(not before.root_cause, "comparability-not-investigated", study=act.repeats)
    return Accepted(given={"digest": digest_of(act.protocol)})


@checks(ConsentProtocol)
def _consent(act: ConsentProtocol, asking: Asking, book: Book) -> None:
    study: Study = known(book, f"comparability:{act.study}")
    expected = f"{act.study}/{asking.site}"
    refuse_if(act.consent != expected, "agreement-code-wrong", found=act.consent, expected=expected)
    refuse_if(asking.site != study.candidate, "not-the-candidate-site", site=asking.site, expected=study.candidate)
    refuse_if(study.locked_at, "comparability-locked", study=act.study)
    refuse_if(act.digest != study.digest, "protocol-changed", study=act.study)


@checks(LockComparability)
def _lock(act: LockComparability, asking: Asking, book: Book) -> None:
    control_site(asking, book)
    study: Study = known(book, act.about)
    refuse_if(study.locked_at, "comparability-locked", study=act.study)
    refuse_if(study.drafted_by == asking.by, "own-work", person=asking.by)
    consent: ProtocolConsent = book.sheet(f"protocolconsent:{act.study}/{study.candidate}")
    refuse_if(consent.digest != study.digest, "protocol-not-consented", study=act.study, site=study.candidate)
    after(asking.happened_at, consent.signed_at, "consent of the candidate site")


def locked(book: Book, name: str) -> Study:
    """The study, locked and not concluded; Refused otherwise."""
    study: Study = known(book, name)
    refuse_if(study.locked_at is None, "comparability-not-locked", study=study.code)
    refuse_if(study.outcome, "already-decided", of=name, decision=study.outcome)
    return study


def known_results(study: Study, batch: Batch) -> list[str]:
    """Those of the protocol's attributes of which a result of the batch stands in the record."""
    named = {row["test"] for row in study.attributes}
    return sorted(r.test for r in (*batch.results, *batch.superseded) if r.test in named and r.status != "pending")


@checks(EnrolComparabilityRun)
def _enrol(act: EnrolComparabilityRun, asking: Asking, book: Book) -> Accepted:
    control_site(asking, book)
    study = locked(book, act.about)
    refuse_if(study.reports, "comparability-reported", study=act.study)
    batch: Batch = known(book, f"batch:{act.batch}")
    refuse_if(study.find(act.batch), "run-enrolled-already", batch=act.batch, study=act.study)
    refuse_if(len(study.runs) >= MOST_RUNS, "too-many-runs", most=MOST_RUNS)
    sites = {study.reference: "reference", study.candidate: "candidate"}
    fits = batch.process == study.product and batch.owner in sites
    refuse_if(not fits, "run-of-another-arm", batch=act.batch, site=batch.owner,
              expected=", ".join(sites))  # fmt: skip
    seen = known_results(study, batch)
    # Whoever may look first and enrol afterwards compares what they chose.
    refuse_if(seen, "results-seen", batch=act.batch, tests=seen)
    arm, pair = sites[batch.owner], ""
    if study.protocol and study.protocol["design"] == "paired":
        refuse_if(not batch.donation, "pair-missing", batch=act.batch)
        pair = batch.donation
        twice = any(run.pair == pair and run.arm == arm for run in study.counted(arm))
        refuse_if(twice, "pair-complete", batch=act.batch, pair=pair)
    return Accepted(given={"arm": arm, "pair": pair, "simulated": batch.simulated})


@checks(ExcludeComparabilityRun)
def _exclude(act: ExcludeComparabilityRun, asking: Asking, book: Book) -> Accepted:
    control_site(asking, book)
    study = locked(book, act.about)
    run = study.find(act.batch)
    if run is None:
        raise Refused("run-not-enrolled", batch=act.batch, study=act.study)
    refuse_if(run.excluded, "run-not-enrolled", batch=act.batch, study=act.study)
    seen = known_results(study, known(book, f"batch:{act.batch}"))
    facts = {"batch": act.batch, "tests": seen}
    return Accepted(findings=(Finding("excluded-after-results", facts),) if seen else ())


# -- applies --------------------------------------------------------------------------------------------


@applies(DraftComparability, "comparability")
def _(study: Study, act: DraftComparability, entry: Entry) -> Study:
    return replace(
        study, product=act.product, reference=act.reference, candidate=act.candidate, protocol=act.protocol,
        digest=entry.given["digest"], drafted_by=entry.by, repeats=act.repeats,
    )  # fmt: skip


@applies(ConsentProtocol, "protocolconsent")
def _(consent: ProtocolConsent, act: ConsentProtocol, entry: Entry) -> ProtocolConsent:
    return replace(consent, digest=act.digest, signed_at=entry.happened_at, signed_by=entry.by)


@applies(LockComparability, "comparability")
def _(study: Study, act: LockComparability, entry: Entry) -> Study:
    past = tuple(Enrolled(code, "reference", historical=True) for code in (study.protocol or {}).get("historical", ()))
    return replace(study, locked_at=entry.happened_at, locked_by=entry.by, runs=past)


@applies(EnrolComparabilityRun, "comparability")
def _(study: Study, act: EnrolComparabilityRun, entry: Entry) -> Study:
    made = Enrolled(act.batch, entry.given["arm"], entry.given["pair"])
    return replace(study, runs=(*study.runs, made))


@applies(ExcludeComparabilityRun, "comparability")
def _(study: Study, act: ExcludeComparabilityRun, entry: Entry) -> Study:
    runs = tuple(replace(r, excluded=entry.reason) if r.batch == act.batch else r for r in study.runs)
    return replace(study, runs=runs)
