"""Stations of a site's way: Amman is to make ARI, which nobody qualified it for, under a transfer package."""

from __future__ import annotations

from datetime import date
from typing import Any

from milenari.rules.attachment import AttachFile
from milenari.rules.batch import ConsumeMaterial, SpendContainer, VerifyStep
from milenari.rules.equipment import RegisterEquipment
from milenari.rules.gap import AssessGap, CloseGap, OpenGaps
from milenari.rules.lease import GrantLease
from milenari.rules.network import QualifySite
from milenari.rules.package import ApprovePackage
from milenari.rules.procedure import EffectMasterFile
from milenari.rules.qualification import AcceptEvidence, OfferEvidence, PassEdge, ProposeSite
from milenari.rules.qualification_run import CloseQualificationRun, StartQualificationRun
from milenari.rules.regulation import AmendRegulatoryMap
from milenari.rules.stock import JudgeMaterial
from milenari.rules.testing import TakeSample
from milenari.rules.vector import AllocateContainer, ReleaseLot
from tests.rules.cast import (
    DAY,
    FAR,
    REASON,
    MemoryBook,
    authorise,
    harvest,
    node,
    p1,
    p2,
    p3,
    q,
    receive_material,
    review,
    send,
    station,
    test_batch,
    train,
    vector_tested,
)
from tests.rules.recipes import GOOD

WAY = "AMM.ARI"
NEAR = date(2026, 6, 30)


def content(**changes: Any) -> dict[str, Any]:
    """A small package: one instrument, one procedure for two people, one run of each kind."""
    made: dict[str, Any] = {
        "parameters": [{"code": "moi", "title": "Multiplicity of infection", "detail": "as the recipe says"}],
        "attributes": [{"code": "viability_pct", "title": "Viability"}],
        "equipment": [{"code": "processor", "title": "Cell processor", "kind": "prodigy"}],
        "materials": [{"code": "beads", "title": "CD4 beads"}],
        "methods": [{"code": "flow", "title": "Flow cytometry", "version": "1"}],
        "training": [{"code": "SOP-ARI", "title": "Making ARI", "version": "1", "people": 2}],
        "acceptance": [{"code": "cells", "title": "Viable cells within the margin"}],
        "runs": {"engineering": 1, "comparability": 1},
    }
    return {**made, **changes}


def package(number: str = "1", effective_on: date = DAY, process_version: str = "1", **changes: Any) -> ApprovePackage:
    return ApprovePackage(package="ARI", number=number, title="ARI", process_version=process_version,
                          content=content(**changes), effective_on=effective_on)  # fmt: skip


PROPOSE = ProposeSite(qualification=WAY, site="AMM", product="ARI")
OPEN = OpenGaps(gaps=WAY, package="ARI", number="1")
QUALIFY = QualifySite(site="AMM", product="ARI", evidence="the whole way", from_on=DAY, until_on=FAR)


def assess(item: str, gap: str = "none", **changes: Any) -> AssessGap:
    given: dict[str, Any] = {"gaps": WAY, "item": item, "receiving": "as at the sending site", "gap": gap}
    if gap != "none":
        given |= {"risk": "high", "measure": "buy one", "owner": "AMM-OPERATOR", "due_on": NEAR}
    return AssessGap(**{**given, **changes})


def edge(name: str, *evidence: str, until_on: date = FAR) -> PassEdge:
    return PassEdge(qualification=WAY, edge=name, evidence=" ".join(evidence), judgement="seen", until_on=until_on)


def offer(name: str = "staff-trained", *covers: str, code: str = "EV-1", until_on: date = FAR) -> OfferEvidence:
    return OfferEvidence(
        evidence=code, product="ARI", edge=name, extent="part" if covers else "whole", covers=covers,
        what="their own product of last year", justification="the same instrument and people", until_on=until_on,
    )  # fmt: skip


def accept(*covers: str, code: str = "EV-1", until_on: date = FAR) -> AcceptEvidence:
    return AcceptEvidence(qualification=WAY, evidence=code, covers=covers, until_on=until_on,
                          justification="audited there")  # fmt: skip


def law(*items: dict[str, Any], country: str = "JO") -> AmendRegulatoryMap:
    return AmendRegulatoryMap(regulation=country, requirements={"requirements": list(items)})


def asked(code: str = "trial-approval", gate: str = "go-live", **changes: Any) -> dict[str, Any]:
    made = {"code": code, "basis": "clinical-trial", "requirement": "Approval of the trial", "source": "the law",
            "read": "source-read", "gate": gate}  # fmt: skip
    return {**made, **changes}


MET = {"state": "met", "evidence": "decision 7"}


def enter_law(book: MemoryBook, *items: dict[str, Any], country: str = "JO", site: str = "AMM") -> None:
    book.do(law(*items, country=country), "qa", site=site, reason=REASON)


@station
def packaged() -> MemoryBook:
    """The package approved; Amman has two trained people, an instrument, released beads and vector."""
    book = vector_tested()
    book.do(ReleaseLot(lot="V1", expires_on=FAR), "qp")
    book.do(GrantLease(lease="BCN", hours=336), **node("BCN"))
    for container in ("V1-001", "V1-002", "V1-003"):
        book.do(AllocateContainer(container=container, to_site="AMM"), "vector-manager")
        send(book, f"container:{container}", "AMM")
    book.do(package(), "qa")
    for who in ("operator", "operator-2", "qa"):
        book.do(train("AMM", who), "trainer", site="AMM")
    book.site = "AMM"
    book.do(RegisterEquipment(equipment="PRODIGY-2", kind="prodigy", calibrated_until=NEAR), "qa")
    book.do(receive_material("BEADS-2"), "operator")
    book.do(JudgeMaterial(material="BEADS-2", status="released"), "qa")
    enter_law(book, asked(**MET))
    return book


@station
def proposed() -> MemoryBook:
    """Amman proposed, its gap assessment open."""
    book = packaged()
    book.do(PROPOSE, "qa", site="BCN")
    book.do(OPEN, "transfer-lead")
    return book


@station
def gaps_assessed() -> MemoryBook:
    """Every item assessed, one gap found, the first edge passed."""
    book = proposed()
    for item in book.sheet(f"gaps:{WAY}").items:
        book.do(assess(item.code, "partial" if item.code == "equipment/processor" else "none"), "transfer-lead")
    book.do(edge("gap-assessed"), "qa", site="BCN")
    return book


@station
def staffed() -> MemoryBook:
    """Equipment and staff: the second and third edge passed."""
    book = gaps_assessed()
    book.do(edge("equipment-qualified", "equipment:PRODIGY-2"), "qa", site="BCN")
    book.do(edge("staff-trained", "person:AMM-OPERATOR", "person:AMM-OPERATOR-2"), "qa", site="BCN")
    return book


def begin_run(batch: str = "RUN-1", purpose: str = "engineering", **changes: Any) -> StartQualificationRun:
    given: dict[str, Any] = {
        "batch": batch, "process": "ARI", "process_version": "1", "purpose": purpose, "origin": "healthy-donor",
        "donation": f"D-{batch}", "weight": q("20", "kg"),
    }  # fmt: skip
    return StartQualificationRun(**{**given, **changes})


def run_made(book: MemoryBook, batch: str = "RUN-1", container: str = "V1-001", purpose: str = "engineering",
             **changes: Any) -> None:  # fmt: skip
    """A qualification run through every phase to its harvest, with every result verified."""
    book.do(begin_run(batch, purpose, **changes), "operator")
    book.do(ConsumeMaterial(batch=batch, material="BEADS-2", amount=q("2", "mL")), "operator")
    book.do(p1(batch, equipment="PRODIGY-2"), "operator")
    book.do(VerifyStep(batch=batch, phase="P1"), "operator-2")
    book.do(SpendContainer(batch=batch, container=container), "operator")
    book.do(p2(batch), "operator")
    book.do(p3(batch), "operator")
    book.do(harvest(batch=batch), "operator")
    book.do(TakeSample(of=f"batch:{batch}", sample=f"S-{batch}", tests=tuple(GOOD)), "operator")
    test_batch(book, (), batch)
    review(book, batch)


def conclude(batch: str = "RUN-1", conclusion: str = "accepted") -> CloseQualificationRun:
    return CloseQualificationRun(batch=batch, conclusion=conclusion)


@station
def engineered() -> MemoryBook:
    """One engineering run concluded, the fourth edge passed."""
    book = staffed()
    run_made(book)
    book.do(conclude(), "qa", reason=REASON)
    book.do(edge("engineering-runs", "batch:RUN-1"), "qa", site="BCN")
    return book


@station
def compared() -> MemoryBook:
    """The report of a comparability run attached and accepted: the whole way but approval; its gap closed."""
    book = engineered()
    run_made(book, "RUN-2", "V1-002", "comparability")
    book.do(conclude("RUN-2"), "qa", reason=REASON)
    report = AttachFile(of="batch:RUN-2", attachment="A-1", sha256="0" * 64, name="report.pdf",
                        media_type="application/pdf", size=9, shows="Comparability report")  # fmt: skip
    book.do(report, "qa")
    book.do(edge("comparability-runs", "attachment:A-1"), "qa", site="BCN")
    book.do(CloseGap(gaps=WAY, item="equipment/processor", evidence="PRODIGY-2 qualified"), "qa")
    return book


@station
def approved() -> MemoryBook:
    """Amman approved by the whole way, authorised, in the master file: it may start a patient's batch."""
    book = compared()
    book.do(QUALIFY, "qa", site="BCN")
    book.do(authorise("AMM"), "qa", site="BCN")
    annexes = {"ROM": "1", "BEY": "1", "AMM": "1"}
    book.do(EffectMasterFile(masterfile="ARI", number="E2", annexes=annexes, from_on=DAY), "qa", site="BCN")
    return book
