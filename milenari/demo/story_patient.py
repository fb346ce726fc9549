"""A patient's way in: referral, consent, eligibility, chain of identity, collection; and the fractions given.

All children are invented. Their names are sealed like real ones, so that the screens can show what a treating
hospital sees and what the network does not.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from hashlib import sha256

from milenari.demo import story_labels
from milenari.demo.teller import Scene, Teller
from milenari.journal.sealed import Identity
from milenari.rules import chain


@dataclass(frozen=True)
class Child:
    """One fictional patient: journey code, site, what the network may know, and what only the hospital knows."""

    journey: str
    site: str
    sex: str
    weight_kg: str
    family_name: str
    given_name: str
    age_years: int
    hospital_number: str
    process: str = "ARI-0001"

    @property
    def coi(self) -> str:
        """Derived from the journey's code, so that a repeated loading says the same; a real one is random."""
        return chain.mint(self.site, sha256(f"demo {self.journey}".encode()).digest())

    @property
    def bag(self) -> str:
        return f"{self.journey}-A"

    @property
    def batch(self) -> str:
        return self.journey.replace("-J-", "-B-")

    def identity(self, teller: Teller, referred: int) -> Identity:
        on = date.fromisoformat(teller.day(self.site, referred))
        born = date(on.year - self.age_years, 3, 14)
        return Identity(self.family_name, self.given_name, born, self.hospital_number)


CHILDREN = {
    child.journey: child
    for child in (
        Child("ROM-J-001", "ROM", "female", "26", "Immaginari", "Giulia", 8, "FITT-10001"),
        Child("ROM-J-002", "ROM", "male", "17", "D'Esempio", "Niccolò", 5, "FITT-10002"),
        Child("ROM-J-003", "ROM", "male", "21.5", "Prova", "Tommaso", 7, "FITT-10003"),
        Child("ROM-J-004", "ROM", "female", "52", "Finzione", "Beatrice", 15, "FITT-10004"),
        Child("BEY-J-001", "BEY", "male", "18.5", "خيالي", "كريم", 5, "FICT-20001"),
        Child("BEY-J-002", "BEY", "female", "31", "مثال", "نور", 10, "FICT-20002"),
        Child("BEY-J-003", "BEY", "female", "14.2", "Fictif", "Célestine", 3, "FICT-20003"),
        Child("AMM-J-001", "AMM", "male", "41", "افتراضي", "سليم", 13, "FICT-30001"),
        Child("AMM-J-002", "AMM", "female", "36", "تجريبي", "ريم", 11, "FICT-30002"),
        Child("AMM-J-DRILL", "AMM", "male", "27", "Drill", "Patient", 9, "FICT-30003"),
        # Nobody at all: three rows of a publication need a journey each to be replayed as batches.
        Child("AMM-J-H01", "AMM", "female", "22", "Replay", "Published Batch One", 7, "FICT-30011", "HCAR19"),
        Child("AMM-J-H02", "AMM", "male", "19.5", "Replay", "Published Batch Two", 6, "FICT-30012", "HCAR19"),
        Child("AMM-J-H03", "AMM", "female", "33", "Replay", "Published Batch Three", 10, "FICT-30013", "HCAR19"),
    )
}


def refer(s: Scene, child: Child, teller: Teller, days_ago: int) -> None:
    s.at(days_ago, 10)
    s.refer("physician", child.journey, child.identity(teller, days_ago), process=child.process, sex=child.sex)


def accept(s: Scene, child: Child, days_ago: int) -> None:
    """Consents, eligibility, weight and the code that every bag will carry."""
    s.at(days_ago, 11)
    form = {"journey": child.journey, "form_version": "ICF-DEMO-1", "on": s.day()}
    s.do("physician", "record-consent", kind="guardian-consent", **form)
    if child.age_years >= 12:
        s.do("physician", "record-consent", kind="child-assent", **form)
    s.do("physician", "confirm-eligibility", journey=child.journey, protocol="DEMO-PROTOCOL-1")
    weigh(s, child)
    s.do("coordinator", "issue-coi", journey=child.journey, coi=child.coi)


def weigh(s: Scene, child: Child) -> None:
    s.do("ward", "record-weight", journey=child.journey, on=s.day(),
         weight={"value": child.weight_kg, "unit": "kg"})  # fmt: skip


def collect(s: Scene, child: Child, days_ago: int, cd3_e6: str = "2100", language: str = "") -> None:
    """The wristband before the needle and on the label, the count, and the bag into the clean room."""
    s.at(days_ago, 9)
    s.do("apheresis", "collect-cells", collection=child.bag, journey=child.journey, wristband=child.coi,
         volume={"value": "120", "unit": "mL"})  # fmt: skip
    label = story_labels.of_bag(s, child.bag, language) if language else child.coi
    s.do("apheresis", "label-bag", collection=child.bag, wristband=child.coi, label=label)
    s.wait(45)
    s.do("analyst", "count-cells", collection=child.bag, cd3={"value": cd3_e6, "unit": "10*6"},
         viability={"value": "98.8", "unit": "%"})  # fmt: skip
    s.do("operator", "accept-collection", collection=child.bag, label=label)


def give(s: Scene, child: Child, part: int, days_ago: int) -> None:
    """Decided by the physician, scanned by the nurse, confirmed by a second person, given."""
    dose = f"{child.batch}-F{part}"
    s.at(days_ago, 11)
    if part == 1:
        weigh(s, child)
    s.do("physician", "decide-fraction", dose=dose, decision="administer")
    scan = {"dose": dose, "wristband": child.coi, "bag": dose}
    s.do("ward", "scan-bedside", **scan)
    s.do("physician", "confirm-bedside", **scan)
    s.do("ward", "administer-fraction", dose=dose, journey=child.journey)


def grade(s: Scene, child: Child, days_ago: int, fever: bool = False, hypotension: str = "none", hour: int = 8) -> None:
    """Toxicity of the day: CRS by what is seen, ICANS by CAPD for children and ICE from twelve on."""
    s.at(days_ago, hour)
    s.do("physician", "grade-crs", journey=child.journey, fever=fever, hypotension=hypotension, hypoxia="none")
    scale, score = ("CAPD", 2) if child.age_years < 12 else ("ICE", 10)
    s.do("physician", "grade-icans", journey=child.journey, scale=scale, score=score, consciousness="spontaneous",
         seizure="none", motor="none", oedema="none")  # fmt: skip


def visit(s: Scene, child: Child, code: str, days_ago: int, b_cells: str = "0") -> None:
    s.at(days_ago, 10)
    s.do("ward", "record-visit", journey=child.journey, visit=code, on=s.day())
    s.do("ward", "record-b-cells", journey=child.journey, b_cells={"value": b_cells, "unit": "/uL"})
