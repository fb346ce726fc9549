"""The whole story by hand: one child at Rome, from referral to follow-up, by clicking and typing alone.

Every person of the demo story logs in once, finds the child in the list, and presses the buttons that the pages
offer. The recipe in force, its limits, the stock and the vector come from the node, as a person would read them.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, expect

from milenari import demo
from milenari.demo.story_patient import CHILDREN
from milenari.journal import clock, read, verify
from milenari.registers import models as table
from tests.browser.ward import Ward, box, part

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

JOURNEY, BAG, BATCH = "ROM-J-900", "ROM-J-900-A", "ROM-B-900"
FIRST = f"{BATCH}-F1"
STATIONS = ["Referred", "Consented", "Eligible", "Identified", "Slot booked", "Collected", "In manufacture", "Released",
            "Infused", "Response assessed", "In follow-up"]  # fmt: skip


def within(op: str, limit: str, high: str = "") -> str:
    """A figure or word that a limit of the recipe allows."""
    if op == "eq":
        return limit
    if op == "report":
        return "5"
    low = Decimal(limit)
    value = {"ge": low, "le": low, "gt": low + 1, "lt": low / 2, "between": (low + Decimal(high or 0)) / 2}[op]
    return f"{value:f}"


def today(days: int = 0) -> str:
    return (datetime.now(ZoneInfo("Europe/Rome")).date() + timedelta(days=days)).isoformat()


@pytest.fixture
def ward(browser: Browser, live_server: Any, settings: Any, tmp_path: Path) -> Iterator[Ward]:
    settings.HOME, settings.DEMO = tmp_path, True
    demo.prepare(lambda line: None)
    yield from at_work(Ward(browser, live_server.url))


def at_work(made: Ward) -> Iterator[Ward]:
    yield made
    for context in made.contexts:
        context.close()


def test_a_child_goes_through_the_whole_therapy_by_hand(ward: Ward) -> None:
    whole_therapy(ward)


def whole_therapy(ward: Ward) -> None:
    """Every station of one child, in order; the book is sound at the end."""
    coi = referred(ward)
    collected(ward, coi)
    made(ward, coi)
    filled(ward)
    released(ward)
    given(ward, coi)
    followed(ward)
    told(ward, coi)
    report = verify.verify()
    assert report.sound, report.first_bad()


def referred(ward: Ward) -> str:
    """Refer, consent, assent, weigh, confirm eligibility, issue the chain of identity, book."""
    ward.act("physician", "Refer a patient")
    page = ward.sign("physician", "Patient referred", journey=JOURNEY, process="ARI-0001", sex="female",
                     family_name="Inventata", given_name="Bianca", born_on=today(-4900),
                     hospital_number="FITT-90001")  # fmt: skip
    expect(part(page, "Identity")).to_contain_text("Inventata")
    expect(part(page, "Therapy")).to_contain_text("160")
    outside = ward.at("operator", JOURNEY)
    expect(outside.get_by_text("Sealed. Only clinical roles")).to_be_visible()
    expect(outside.get_by_text("Inventata")).to_have_count(0)
    consent = {"form_version": "ICF-DEMO-1", "on": today()}
    ward.do("physician", JOURNEY, "Record a consent", "Consent recorded", kind="guardian-consent", **consent)
    # Thirteen years old: the guardian's consent alone is not enough.
    ward.open("physician", JOURNEY, "Confirm eligibility")
    ward.refused("physician", "assent", protocol="DEMO-PROTOCOL-1")
    page = ward.do("physician", JOURNEY, "Record a consent", "Consent recorded", kind="child-assent", **consent)
    expect(part(page, "Therapy")).to_contain_text("ICF-DEMO-1")
    page = ward.do("ward", JOURNEY, "Record the weight", "Weight recorded", weight="40", on=today())
    expect(part(page, "Therapy")).to_contain_text("40 kg")
    ward.do("physician", JOURNEY, "Confirm eligibility", "Eligibility confirmed", protocol="DEMO-PROTOCOL-1")
    page = ward.open("coordinator", JOURNEY, "Issue a chain of identity")
    coi = box(page, "coi").input_value()
    assert coi.startswith("MLN-ROM-"), coi
    page = ward.sign("coordinator", "Chain of identity issued")
    expect(page.get_by_role("heading", level=1)).to_contain_text(coi)
    page = ward.do("coordinator", JOURNEY, "Book a slot", "Slot booked", slot_on=today())
    expect(part(page, "Therapy")).to_contain_text(f"Collection day{today()}")
    return coi


def collected(ward: Ward, coi: str) -> None:
    """The wrong wristband stops the collection; the right one begins it. Label, count, clean room."""
    other = CHILDREN["ROM-J-003"].coi
    ward.open("apheresis", JOURNEY, "Collect cells")
    page = ward.refused("apheresis", "STOP", collection=BAG, wristband=other, volume="120")
    for said in (other, coi):
        expect(page.get_by_role("alert")).to_contain_text(said)
    expect(box(page, "wristband")).to_have_attribute("aria-invalid", "true")
    for name, kept in (("journey", JOURNEY), ("collection", BAG), ("wristband", other), ("volume", "120")):
        expect(box(page, name)).to_have_value(kept)
    page = ward.sign("apheresis", "Cells collected", wristband=coi)
    expect(part(page, "Collected cells")).to_contain_text(BAG)
    ward.do("apheresis", JOURNEY, f"Label the bag {BAG}", "Bag labelled", wristband=coi, label=coi)
    page = ward.do("analyst", JOURNEY, f"Count cells {BAG}", "Cells counted", cd3="2100", viability="98.8")
    expect(part(page, "Collected cells")).to_contain_text("98.8 %")
    ward.do("operator", JOURNEY, f"Accept a bag {BAG}", "Bag accepted", label=coi)


def made(ward: Ward, coi: str) -> None:
    """Start, then every phase of the recipe in force: materials, vector, readings, equipment, second person."""
    page = ward.open("operator", JOURNEY, f"Start a batch {BAG}")
    expect(box(page, "process_version")).to_have_value("2")
    ward.sign("operator", "Batch started", batch=BATCH, label=coi)
    for phase in read.sheet(f"batch:{BATCH}").phases:
        code = phase["code"]
        for kind in phase.get("materials", ()):
            lot = table.Material.objects.get(
                site="ROM", kind=kind, status="released", expires_on__gt=clock.now().date()
            )
            ward.do("operator", BATCH, f"Scan material into a step {kind}", "Material scanned", material=lot.code,
                    amount="1", amount__unit=lot.unit)  # fmt: skip
        if phase.get("vector"):
            ward.do("operator", BATCH, "Add the vector", "Vector added", container=vector().code)
        typed = {f"readings.{r['code']}": within(r.get("op", "report"), r.get("limit", ""), r.get("limit_high", ""))
                 for r in phase["readings"]}  # fmt: skip
        if kind := phase.get("equipment"):
            fit = table.Equipment.objects.filter(site="ROM", kind=kind, calibrated_until__gt=clock.now().date())
            typed["equipment"] = fit.order_by("code")[0].code
        page = ward.open("operator", BATCH, f"Sign a step {code}")
        expect(box(page, "phase")).to_have_value(code)
        page = ward.sign("operator", "Step signed", **typed)
        expect(page.locator(".message.warning")).to_have_count(0)
        if phase.get("verify"):
            expect(page.get_by_role("row", name=code)).to_contain_text("waits for a second person")
            page = ward.do("trainer", BATCH, f"Verify a step {code}", "Step verified")
            expect(page.get_by_role("row", name=code)).to_contain_text("Paola Gentile")


def vector() -> Any:
    """A container that lies at Rome, promised to nobody, of a lot that is not recalled."""
    good = table.Lot.objects.filter(decision="final", recalled="").values("code")
    free = table.Container.objects.filter(site="ROM", bound_for="", spent_in="", journey="", lot__in=good)
    return free.order_by("code")[0]


def filled(ward: Ward) -> None:
    ward.do("operator", BATCH, "Harvest a batch", "Batch harvested", cells="450", volume="100")
    page = ward.do("operator", BATCH, "Fill the fractions", "Fractions filled", volume="10")
    expect(page.get_by_role("row", name=FIRST)).to_contain_text("4 ×10⁶")
    # 450 are harvested, 40 are in the three fractions of a child of 40 kg.
    page = ward.do("trainer", BATCH, "Reconcile the cells", "Cells reconciled", sampled="60", retained="200",
                   discarded="150")  # fmt: skip
    expect(part(page, "Under which rules it is made")).to_contain_text("Cells reconciledyes")


def released(ward: Ward) -> None:
    """Samples, the early results, conditional release; the late ones, and everything once more for the final one."""
    criteria = read.sheet(f"batch:{BATCH}").criteria
    page = ward.open("analyst", BATCH, "Take a sample")
    expect(box(page, "tests")).to_have_value(" ".join(c.test for c in criteria))
    ward.sign("analyst", "Sample taken", sample=f"{BATCH}-S1")
    for stage, late in (("conditional", False), ("final", True)):
        tests = [c for c in criteria if c.late is late]
        for found in tests:
            value = within(found.op, found.limit, found.high)
            shown = {"word": value} if found.options else {"number": "450" if found.per_kg else value}
            page = ward.open("analyst", BATCH, f"Record a result {found.test}")
            expect(box(page, "test")).to_have_value(found.test)
            expect(box(page, "number" if found.options else "word")).to_have_count(0)
            ward.sign("analyst", "Result recorded", method=f"{found.method} (fictional)"[:120], **shown)
        for found in tests:
            page = ward.do("analyst2", BATCH, f"Verify a result {found.test}", "Result verified")
        results = part(page, "Results against the specification")
        expect(results.locator("tr.pass")).to_have_count(len(criteria) if late else len(tests))
        expect(results.locator("tr.fail")).to_have_count(0)
        ward.do("qa", BATCH, "Review the audit trail", "Audit trail reviewed", remarks=f"Before the {stage} release")
        page = ward.do("qp", BATCH, "Certify a batch", "Batch certified", stage=stage)
        expect(part(page, "Certificates and supply")).to_contain_text("Giorgio Valli")
        page = ward.open("qp", BATCH, "Release a batch")
        expect(box(page, "stage")).to_have_value(stage)
        page = ward.sign("qp", "Batch released")
        expect(page.locator(".head .tag")).to_have_text("conditionally released" if not late else "released")
        expect(page.locator(".message.warning")).to_have_count(0 if late else 1)


def given(ward: Ward, coi: str) -> None:
    """Weigh, decide on the arithmetic, scan, be refused without the second person, confirm, give."""
    page = ward.do("ward", JOURNEY, "Record the weight", "Weight recorded", weight="41", on=today())
    expect(page.get_by_text("was 40 kg, now 41 kg")).to_be_visible()
    page = ward.open_dose("physician", FIRST, "Decide on a fraction")
    expect(page.locator(".dose")).to_contain_text("4 ×10⁶ / 41 kg = 0.0976 ×10⁶/kg")
    expect(part(page, "Dose of this fraction")).to_contain_text(coi)
    ward.sign("physician", "Fraction decided", decision="administer")
    ward.open_dose("ward", FIRST, "Scan at the bedside")
    ward.sign("ward", "Scanned at the bedside", wristband=coi, bag=FIRST)
    ward.open_dose("ward", FIRST, "Record the infusion")
    ward.refused("ward", f"Fraction {FIRST} lacks a bedside scan. Two persons scan wristband and bag first.")
    ward.open_dose("physician", FIRST, "Confirm at the bedside")
    ward.sign("physician", "Confirmed at the bedside", wristband=coi, bag=FIRST)
    ward.open_dose("ward", FIRST, "Record the infusion")
    page = ward.sign("ward", "Fraction infused")
    expect(page.get_by_role("row", name=FIRST)).to_contain_text("given")


def followed(ward: Ward) -> None:
    page = ward.do("physician", JOURNEY, "Grade cytokine release", "Cytokine release graded", fever="yes",
                   hypotension="no-vasopressor", hypoxia="none")  # fmt: skip
    expect(page.locator(".timeline")).to_contain_text("Cytokine release graded")
    ward.do("physician", JOURNEY, "Grade neurotoxicity", "Neurotoxicity graded", scale="ICE", score="10",
            consciousness="spontaneous", seizure="none", motor="none", oedema="none")  # fmt: skip
    ward.do("physician", JOURNEY, "Record a response", "Response recorded", response="mrd-negative-cr",
            sensitivity="Flow cytometry 1e-4 (fictional)")  # fmt: skip
    page = ward.do("ward", JOURNEY, "Record a visit", "Visit recorded", visit="D7", on=today())
    expect(page.locator(".message.warning")).to_contain_text("D7")  # seen today, a week before it is due
    expect(part(page, "Follow-up")).to_contain_text("outside the window")


def told(ward: Ward, coi: str) -> None:
    """The journey shows every station, and the vector lot names the child that it reached."""
    page = ward.at("physician", JOURNEY)
    assert page.locator(".strip li.reached .station").all_inner_texts() == STATIONS
    ward.press(part(page, "Therapy").get_by_role("link", name="LV-A3B1-L01", exact=True))
    row = page.get_by_role("row", name=BATCH)
    expect(row).to_contain_text(coi)
    expect(row).to_contain_text("released")
    expect(page.locator("svg").first).to_contain_text(coi)
