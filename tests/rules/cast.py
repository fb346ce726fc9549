"""A fixed cast and a ladder of stations: each answers a book that stands there, ready for the next act.

Four sites: BCN (Barcelona, control and vector), ROM (Rome), BEY (Beirut), AMM (Amman), each with one person
a role (``ROM-QP``), a second one where two must act (``ROM-OPERATOR-2``), and one stranger whom nobody knows.
The story: vector from Barcelona, a girl of eight in Rome with 20 kg, one batch, three fractions.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache

from milenari.rules import chain
from milenari.rules.apheresis import AcceptCollection, CollectCells, CountCells, LabelBag
from milenari.rules.batch import ConsumeMaterial, SignStep, SpendContainer, StartBatch, VerifyStep
from milenari.rules.custody import Dispatch, Receive
from milenari.rules.equipment import RegisterEquipment
from milenari.rules.filling import FillBatch, HarvestBatch, ReconcileBatch
from milenari.rules.followup import GradeCrs, GradeIcans
from milenari.rules.infusion import AdministerFraction, ConfirmBedside, DecideFraction, ScanBedside
from milenari.rules.lease import GrantLease
from milenari.rules.network import FoundSite, GrantAuthorisation, QualifySite, SetCountryRules
from milenari.rules.people import DelegateQp, EnrolPerson, GrantRole
from milenari.rules.procedure import ApproveProcess, EffectMasterFile
from milenari.rules.referral import (
    BookSlot,
    ConfirmEligibility,
    IssueCoi,
    RecordConsent,
    RecordWeight,
    ReferPatient,
)
from milenari.rules.release import CertifyBatch, ReleaseBatch, ReviewTrail
from milenari.rules.stock import JudgeMaterial, ReceiveMaterial
from milenari.rules.testing import RecordResult, TakeSample, VerifyResult
from milenari.rules.training import RecordTraining
from milenari.rules.vector import (
    AllocateContainer,
    FillLot,
    HarvestVector,
    OpenCampaign,
    RecordTitre,
    ReleaseLot,
)
from milenari.words import Quantity, Role
from tests.rules.book import MemoryBook, found, refused
from tests.rules.recipes import GOOD, LATE, cell_recipe, vector_recipe, vector_specification

__all__ = ["MemoryBook", "found", "refused"]

SITES = {
    "BCN": ("Barcelona", "ES", "Europe/Madrid", ("vector", "control", "qc", "storage")),
    "ROM": ("Rome", "IT", "Europe/Rome", ("apheresis", "manufacture", "qc", "infusion")),
    "BEY": ("Beirut", "LB", "Asia/Beirut", ("apheresis", "manufacture", "qc", "infusion")),
    "AMM": ("Amman", "JO", "Asia/Amman", ("apheresis", "manufacture", "qc", "infusion")),
}
ROLES = [str(role) for role in Role if role not in (Role.NODE, Role.QA)]
PAIRS = ["operator-2", "qc-analyst-2", "ward-nurse-2", "vector-manager-2", "qp-2"]
STRANGER = "STRANGER"
DAY = date(2026, 3, 2)
FAR = date(2028, 12, 31)
LONG_AGO = date(2025, 1, 1)
COI = chain.mint("ROM", bytes(range(12)))
OTHER_COI = chain.mint("ROM", bytes(range(7, 19)))
REASON = "as agreed with the control site"


def q(text: str, unit: str) -> Quantity:
    return Quantity.parse(text, unit)


def station(build: Callable[[], MemoryBook]) -> Callable[[], MemoryBook]:
    """Build a station once; every caller gets a copy of its own (sheets are frozen, so copies are cheap)."""
    kept = cache(build)

    def stand() -> MemoryBook:
        return kept().copy()

    stand.__doc__ = build.__doc__
    stand.__test__ = False  # type: ignore[attr-defined]  # `tested` is a station, not a test
    return stand


def node(site: str) -> dict[str, object]:
    return {"by": f"{site}-NODE", "role": Role.NODE, "site": site}


def enrol(site: str, who: str) -> EnrolPerson:
    return EnrolPerson(person=f"{site}-{who.upper()}", name=f"{who} of {site}", home=site, key=f"key {site} {who}")


def grant(site: str, who: str, role: str, from_on: date = LONG_AGO, to_on: date | None = None) -> GrantRole:
    return GrantRole(person=f"{site}-{who.upper()}", granted=role, at_site=site, from_on=from_on, to_on=to_on)


def _role(who: str) -> str:
    return who.removesuffix("-2")


def found_site(site: str, /, **changes: object) -> FoundSite:
    name, country, zone, roles = SITES[site]
    given = {"site": site, "name": name, "country": country, "zone": zone, "site_roles": roles,
             "control": site == "BCN", "from_on": LONG_AGO}  # fmt: skip
    return FoundSite(**{**given, **changes})  # type: ignore[arg-type]


@station
def network() -> MemoryBook:
    """Four founded sites with their people, one approved process and vector, everybody trained."""
    book = MemoryBook()
    book.site = "BCN"
    for site, (_, country, _, _) in SITES.items():
        as_founder = node("BCN") if site == "BCN" else {"who": "qa"}
        book.do(found_site(site), **as_founder)
        for who in [*ROLES, *PAIRS, "qa-2", "qa"]:
            book.do(enrol(site, who), **node(site))
            book.do(grant(site, who, _role(who)) if who != "qa-2" else grant(site, who, "trainer"), **node(site))
        book.do(grant(site, "qa-2", "qa"), "qa", site=site)
        two = 2 if country == "LB" else 1
        signatures = {"custody_signatures": {"dispatch": two, "receipt": two}, "lease_hours": 336}
        book.do(SetCountryRules(country=country, rules=signatures), "qa")
    approve = ApproveProcess(process="ARI", number="1", title="ARI-0001", recipe=cell_recipe())
    book.do(approve, "qa")
    book.do(ApproveProcess(process="LV", number="1", title="ARI vector", recipe=vector_recipe()), "qa")
    book.do(EffectMasterFile(masterfile="ARI", number="E1", annexes={"ROM": "1", "BEY": "1"}, from_on=DAY), "qa")
    for site in ("ROM", "BEY"):
        book.do(authorise(site), "qa")
        book.do(QualifySite(site=site, product="ARI", evidence="PPQ", from_on=DAY, until_on=FAR), "qa")
    for site, product in (("BCN", "LV"), ("ROM", "ARI")):
        for qp in ("QP", "QP-2"):
            delegate = DelegateQp(person=f"{site}-{qp}", product=product, at_site=site, from_on=DAY, to_on=FAR)
            book.do(delegate, "qa", site=site)
    for who in ("operator", "operator-2", "qa"):
        book.do(train("ROM", who), "trainer", site="ROM")
    book.site = "ROM"
    book.do(RegisterEquipment(equipment="PRODIGY-1", kind="prodigy", calibrated_until=FAR), "qa")
    book.do(receive_material("BEADS-1"), "operator")
    book.do(JudgeMaterial(material="BEADS-1", status="released"), "qa")
    return book


def authorise(site: str, basis: str = "trial") -> GrantAuthorisation:
    return GrantAuthorisation(
        site=site, number=f"A-{site}", authority="the authority", basis=basis, product="ARI",
        from_on=DAY, to_on=FAR,
    )  # fmt: skip


def train(site: str, who: str, on: date = LONG_AGO, until_on: date = FAR) -> RecordTraining:
    person = f"{site}-{who.upper()}"
    return RecordTraining(person=person, procedure="SOP-ARI", number="1", on=on, until_on=until_on)


def receive_material(code: str, expires_on: date = FAR, kind: str = "CD4-BEADS") -> ReceiveMaterial:
    return ReceiveMaterial(
        material=code, kind=kind, maker_lot="M-77", amount=q("10", "mL"), expires_on=expires_on
    )  # fmt: skip


def judge_material(code: str, status: str = "released") -> JudgeMaterial:
    return JudgeMaterial(material=code, status=status)


def use(code: str = "M1", text: str = "1", unit: str = "mL", batch: str = "B1") -> ConsumeMaterial:
    return ConsumeMaterial(batch=batch, material=code, amount=q(text, unit))


def record(of: str, test: str, text: str, unit: str) -> RecordResult:
    if not unit:
        return RecordResult(of=of, test=test, word=text, method="SOP-QC 1")
    return RecordResult(of=of, test=test, number=q(text, unit), method="SOP-QC 1")


@station
def vector_filled() -> MemoryBook:
    """A vector lot in Barcelona, filled into four containers, sampled, nothing tested yet."""
    book = network()
    book.site = "BCN"
    campaign = OpenCampaign(
        campaign="C1", process="LV", plasmids=("PL1", "PL2"), cell_bank="HEK-1", scale=q("10", "L")
    )  # fmt: skip
    book.do(campaign, "vector-manager")
    book.do(HarvestVector(campaign="C1", lot="V1", volume=q("30", "mL")), "operator")
    book.do(FillLot(lot="V1", containers=4, container_volume=q("5", "mL")), "operator")
    tests = tuple(row["test"] for row in vector_specification())
    book.do(TakeSample(of="lot:V1", sample="S1", tests=tests), "operator")
    return book


def test_lot(book: MemoryBook, skip: str = "") -> None:
    """Every printed lot test passes, entered by one analyst and verified by the other."""
    for row in vector_specification():
        if row["test"] == skip:
            continue
        number = {"lt": "<0.5", "between": "7.2", "report": "12"}.get(row["op"])
        unit = row.get("unit", "ng/mL")
        act = record("lot:V1", row["test"], *((number, unit) if number else (row["limit"], "")))
        book.do(act, "qc-analyst")
        book.do(VerifyResult(of="lot:V1", test=row["test"]), "qc-analyst-2")


test_lot.__test__ = False  # type: ignore[attr-defined]
TITRE = RecordTitre(
    lot="V1", titre=q("1e8", "{TU}/mL"), method="flow, SOP-T 3", cell_line="HT1080", uncertainty=q("20", "%")
)


@station
def vector_tested() -> MemoryBook:
    """The lot with every test passed, a titre and a reviewed trail."""
    book = vector_filled()
    test_lot(book)
    book.do(TITRE, "qc-analyst")
    book.do(ReviewTrail(of="lot:V1"), "qa")
    return book


def send(book: MemoryBook, what: str, to: str, transfer: int = 1) -> None:
    """Dispatch from the book's site and receive over there, one signature each."""
    book.do(Dispatch(what=what, to_site=to), "vector-manager")
    book.do(Receive(what=what, transfer=transfer, intact="intact"), "operator", site=to)


@station
def vector_released() -> MemoryBook:
    """The lot released; two of its containers allocated to Rome, carried there and received."""
    book = vector_tested()
    book.do(ReleaseLot(lot="V1", expires_on=FAR), "qp")
    book.do(GrantLease(lease="BCN", hours=336), **node("BCN"))
    for container in ("V1-001", "V1-002"):
        book.do(AllocateContainer(container=container, to_site="ROM"), "vector-manager")
        send(book, f"container:{container}", "ROM")
    book.site = "ROM"
    return book


def refer(journey: str = "J1", months: int = 96) -> ReferPatient:
    return ReferPatient(journey=journey, process="ARI", age_months=months, sex="female", commitment="c0ffee")


def consent(kind: str = "guardian-consent", on: date = DAY, journey: str = "J1") -> RecordConsent:
    return RecordConsent(journey=journey, kind=kind, form_version="F2", on=on)


def weigh(kg: str = "20", on: date = DAY, journey: str = "J1") -> RecordWeight:
    return RecordWeight(journey=journey, weight=q(kg, "kg"), on=on)


def refer_fully(book: MemoryBook, journey: str, coi: str, months: int = 96) -> None:
    book.do(refer(journey, months), "physician")
    book.do(consent("guardian-consent" if months < 216 else "own-consent", journey=journey), "physician")
    book.do(ConfirmEligibility(journey=journey, protocol="BE-03Ped.4"), "physician")
    book.do(weigh(journey=journey), "ward-nurse")
    book.do(IssueCoi(journey=journey, coi=coi), "coordinator")
    book.do(BookSlot(journey=journey, slot_on=date(2026, 3, 9)), "coordinator")


@station
def referred() -> MemoryBook:
    """A girl of eight referred in Rome, consented for, eligible, weighed, with her chain of identity."""
    book = vector_released()
    refer_fully(book, "J1", COI)
    return book


def collect(bag: str = "BAG1", journey: str = "J1", coi: str = COI) -> CollectCells:
    return CollectCells(collection=bag, journey=journey, wristband=coi, volume=q("120", "mL"))


def collect_fully(book: MemoryBook, bag: str, journey: str, coi: str) -> None:
    book.do(collect(bag, journey, coi), "apheresis-nurse")
    book.do(CountCells(collection=bag, cd3=q("2000", "10*6"), viability=q("98", "%")), "qc-analyst")
    book.do(LabelBag(collection=bag, wristband=coi, label=coi), "apheresis-nurse")


@station
def collected() -> MemoryBook:
    """Her cells collected, counted and labelled."""
    book = referred()
    collect_fully(book, "BAG1", "J1", COI)
    return book


@station
def accepted() -> MemoryBook:
    """Her bag in the clean room, ready for a batch."""
    book = collected()
    book.do(AcceptCollection(collection="BAG1", label=COI), "operator")
    return book


@station
def accept_second() -> MemoryBook:
    """A second child in Rome, J2, whose bag BAG2 lies in the clean room beside BAG1."""
    book = accepted()
    refer_fully(book, "J2", OTHER_COI)
    collect_fully(book, "BAG2", "J2", OTHER_COI)
    book.do(AcceptCollection(collection="BAG2", label=OTHER_COI), "operator")
    return book


def start(batch: str = "B1", journey: str = "J1", bag: str = "BAG1", coi: str = COI, number: str = "1") -> StartBatch:
    return StartBatch(batch=batch, journey=journey, collection=bag, process_version=number, label=coi)


@station
def batch_started() -> MemoryBook:
    """Her batch started from her bag."""
    book = accepted()
    book.do(start(), "operator")
    return book


BEADS = ConsumeMaterial(batch="B1", material="BEADS-1", amount=q("2", "mL"))
VECTOR = SpendContainer(batch="B1", container="V1-001")


def p1(batch: str = "B1", viability: str = "95", equipment: str = "PRODIGY-1", room: str = "") -> SignStep:
    readings = (("viability", q(viability, "%")),)
    return SignStep(batch=batch, phase="P1", readings=readings, equipment=equipment, room=room)


def p2(batch: str = "B1") -> SignStep:
    return SignStep(batch=batch, phase="P2")


def p3(batch: str = "B1", look: str = "cloudy") -> SignStep:
    return SignStep(batch=batch, phase="P3", readings=(("glucose", q("5", "ng/mL")), ("look", look)))


def make(book: MemoryBook, batch: str = "B1", container: str = "V1-001") -> None:
    """All phases of the recipe, in order, with their second signatures."""
    book.do(ConsumeMaterial(batch=batch, material="BEADS-1", amount=q("2", "mL")), "operator")
    book.do(p1(batch), "operator")
    book.do(VerifyStep(batch=batch, phase="P1"), "operator-2")
    book.do(SpendContainer(batch=batch, container=container), "operator")
    book.do(p2(batch), "operator")
    book.do(p3(batch), "operator")


def harvest(cells: str = "1000", batch: str = "B1") -> HarvestBatch:
    return HarvestBatch(batch=batch, cells=q(cells, "10*6"), volume=q("100", "mL"))


def fill(batch: str = "B1") -> FillBatch:
    return FillBatch(batch=batch, volume=q("20", "mL"))


def reconcile(discarded: str = "880", batch: str = "B1") -> ReconcileBatch:
    """60 in the fractions (3e6/kg at 20 kg), 30 sampled, 30 retained, the rest discarded: 1000."""
    return ReconcileBatch(
        batch=batch, sampled=q("30", "10*6"), retained=q("30", "10*6"), discarded=q(discarded, "10*6")
    )


@station
def batch_made() -> MemoryBook:
    """Every phase signed, nothing harvested yet."""
    book = batch_started()
    make(book)
    return book


@station
def batch_filled() -> MemoryBook:
    """Harvested, filled into three fractions (6, 18 and 36 x 10^6) and reconciled."""
    book = batch_made()
    book.do(harvest(), "operator")
    book.do(fill(), "operator")
    book.do(reconcile(), "operator-2")
    return book


@station
def sampled() -> MemoryBook:
    """All 13 published tests sampled, none entered."""
    book = batch_filled()
    book.do(TakeSample(of="batch:B1", sample="S1", tests=tuple(GOOD)), "operator")
    return book


def result(test: str, text: str = "", batch: str = "B1") -> RecordResult:
    """The published value of a test, or another number in the same unit."""
    good, unit = GOOD[test]
    return record(f"batch:{batch}", test, text or good, unit)


def verify(test: str, batch: str = "B1") -> VerifyResult:
    return VerifyResult(of=f"batch:{batch}", test=test)


def test_batch(book: MemoryBook, skip: tuple[str, ...] = LATE, batch: str = "B1", **values: str) -> None:
    for name in GOOD:
        if name not in skip:
            book.do(result(name, values.get(name, ""), batch), "qc-analyst")
            book.do(verify(name, batch), "qc-analyst-2")


test_batch.__test__ = False  # type: ignore[attr-defined]


@station
def tested() -> MemoryBook:
    """Every early result verified; sterility and mycoplasma are still growing."""
    book = sampled()
    test_batch(book)
    return book


def review(book: MemoryBook, batch: str = "B1") -> None:
    book.do(ReviewTrail(of=f"batch:{batch}"), "qa")


def certify(stage: str = "conditional", batch: str = "B1") -> CertifyBatch:
    return CertifyBatch(batch=batch, stage=stage)


def release(stage: str = "conditional", batch: str = "B1") -> ReleaseBatch:
    return ReleaseBatch(batch=batch, stage=stage)


@station
def certified() -> MemoryBook:
    """Trail reviewed and certified conditionally, not released."""
    book = tested()
    review(book)
    book.do(certify(), "qp")
    return book


@station
def released() -> MemoryBook:
    """Released conditionally."""
    book = certified()
    book.do(release(), "qp")
    return book


def decide_(dose: str = "B1-F1", decision: str = "administer") -> DecideFraction:
    return DecideFraction(dose=dose, decision=decision)


def scan(dose: str = "B1-F1", wristband: str = COI) -> ScanBedside:
    return ScanBedside(dose=dose, wristband=wristband, bag=dose)


def confirm(dose: str = "B1-F1", wristband: str = COI) -> ConfirmBedside:
    return ConfirmBedside(dose=dose, wristband=wristband, bag=dose)


def administer(dose: str = "B1-F1", journey: str = "J1") -> AdministerFraction:
    return AdministerFraction(dose=dose, journey=journey)


@station
def at_bedside() -> MemoryBook:
    """The first fraction decided, scanned and confirmed."""
    book = released()
    prepare(book)
    return book


def prepare(book: MemoryBook, dose: str = "B1-F1", coi: str = COI) -> None:
    book.do(decide_(dose), "physician")
    book.do(scan(dose, coi), "ward-nurse")
    book.do(confirm(dose, coi), "ward-nurse-2")


def give(book: MemoryBook, dose: str = "B1-F1", journey: str = "J1", coi: str = COI) -> None:
    prepare(book, dose, coi)
    book.do(administer(dose, journey), "ward-nurse")


@station
def infused() -> MemoryBook:
    """The first fraction given."""
    book = at_bedside()
    book.do(administer(), "ward-nurse")
    return book


def crs(fever: bool = False, hypotension: str = "none", hypoxia: str = "none", treated: bool = False) -> GradeCrs:
    return GradeCrs(journey="J1", fever=fever, hypotension=hypotension, hypoxia=hypoxia, treated=treated)


def icans(score: int = 0, scale: str = "CAPD", consciousness: str = "spontaneous", journey: str = "J1") -> GradeIcans:
    return GradeIcans(
        journey=journey, scale=scale, score=score, consciousness=consciousness, seizure="none",
        motor="none", oedema="none",
    )  # fmt: skip


@station
def next_day() -> MemoryBook:
    """A day after the first fraction, no toxicity on either scale: the second may be given."""
    book = infused().later(hours=25)
    book.do(crs(), "ward-nurse")
    book.do(icans(), "ward-nurse")
    return book


def balance(book: MemoryBook) -> dict[tuple[str, str], Decimal]:
    """What every account holds of every item after the whole story."""
    sums: dict[tuple[str, str], Decimal] = {}
    for entry in book.entries:
        for move in entry.moves:
            for account, sign in ((move.given_by, -1), (move.received_by, 1)):
                key = (account, move.item)
                sums[key] = sums.get(key, Decimal(0)) + sign * Decimal(move.amount)
    return sums


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
