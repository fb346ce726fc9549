"""How people conduct themselves, told by those it happens to.

Each scenario starts from the demo network as it stands after the story, is told in the first person, and is undone
afterwards. ``I.do`` is an act that must be allowed; ``I.cannot`` is one that must be refused, with its code.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from milenari.demo.story_patient import CHILDREN
from milenari.demo.teller import Teller, request
from milenari.journal import perform, read, sealed, verify
from milenari.rules.action import Refused

AMMAN, OTHER = CHILDREN["AMM-J-001"], CHILDREN["AMM-J-002"]
DOSE = f"{AMMAN.batch}-F1"


class Somebody:
    """A person of the cast at their own site, acting at the hour at which the story was loaded."""

    def __init__(self, teller: Teller, person: str) -> None:
        self.teller, self.person, self.site = teller, person, person[:3].upper()

    def do(self, code: str, reason: str = "", **data: Any) -> perform.Written:
        asked = request(self.teller, self.person, self.site, code, data, reason)
        return perform.perform_all([replace(asked, happened_at=self.teller.start)])[0]

    def cannot(self, code: str, because: str, reason: str = "", **data: Any) -> dict[str, Any]:
        with pytest.raises(Refused) as caught:
            self.do(code, reason, **data)
        assert caught.value.code == because, str(caught.value)
        return caught.value.facts


@pytest.fixture
def who(apart: Teller) -> Any:
    return lambda person: Somebody(apart, person)


def test_i_am_the_nurse_who_takes_the_wrong_bag(who: Any) -> None:
    """It is late, two children are to be treated, and I scan the neighbour's wristband with this child's bag."""
    i, doctor = who("amm-ward"), who("amm-physician")
    doctor.do("decide-fraction", dose=DOSE, decision="administer")
    facts = i.cannot("scan-bedside", "another-patient", dose=DOSE, wristband=OTHER.coi, bag=DOSE)
    assert (facts["scanned"], facts["expected"]) == (OTHER.coi, AMMAN.coi)
    # I go to the right bed, scan again, and cannot be my own second person.
    scan = {"dose": DOSE, "wristband": AMMAN.coi, "bag": DOSE}
    i.do("scan-bedside", **scan)
    i.cannot("confirm-bedside", "own-work", **scan)
    i.cannot("administer-fraction", "not-scanned", dose=DOSE, journey=AMMAN.journey)
    doctor.do("confirm-bedside", **scan)
    i.do("administer-fraction", dose=DOSE, journey=AMMAN.journey)
    i.cannot("administer-fraction", "already-given", dose=DOSE, journey=AMMAN.journey)


def test_i_am_the_operator_who_wants_to_go_on_alone(who: Any) -> None:
    """My colleague is at lunch and the cells are waiting. I may not verify myself, nor go on without her."""
    i, colleague = who("rom-operator"), who("rom-trainer")
    medium = {"batch": "ROM-B-003", "material": "ROM-medium-01", "amount": {"value": "250", "unit": "mL"}}
    i.cannot("consume-material", "step-unverified", **medium)
    i.cannot("verify-step", "own-work", batch="ROM-B-003", phase="P080")
    colleague.do("verify-step", batch="ROM-B-003", phase="P080")
    i.do("consume-material", **medium)


def test_i_am_the_operator_at_the_freezer(who: Any) -> None:
    """Vector is added today. The first container I take is of the recalled lot, the second is empty."""
    i = who("rom-operator")
    batch = {"batch": "ROM-B-004"}
    i.cannot("spend-container", "vector-recalled", container="LV-A3B1-L02-002", **batch)
    i.cannot("spend-container", "container-spent", container="LV-A3B1-L01-001", **batch)
    i.do("spend-container", container="LV-A3B1-L01-007", **batch)
    i.cannot("spend-container", "vector-already-added", container="LV-A3B1-L01-007", **batch)


def test_i_am_the_qa_officer_who_helped_out(who: Any) -> None:
    """The laboratory was short of hands and I confirmed a result. Now I may neither review nor release."""
    i, analyst, batch = who("bey-qa"), who("bey-analyst"), "BEY-B-001"
    analyst.do("record-result", of=f"batch:{batch}", test="sterility", word="sterile", method="Ph. Eur. 2.6.27")
    i.do("verify-result", of=f"batch:{batch}", test="sterility")
    i.cannot("review-trail", "own-work", of=f"batch:{batch}")
    i.cannot("release-batch", "own-work", batch=batch, stage="final")


def test_i_am_the_physician_whose_patient_has_fever(who: Any) -> None:
    """The second fraction is thawing in my thoughts only: grade 2 holds it, and grading must be recent."""
    i, child = who("bey-physician"), CHILDREN["BEY-J-001"]
    seen = {"journey": child.journey, "hypoxia": "none"}
    awake = {"consciousness": "spontaneous", "seizure": "none", "motor": "none", "oedema": "none"}
    second = {"dose": f"{child.batch}-F2", "decision": "administer"}
    i.do("grade-crs", fever=True, hypotension="no-vasopressor", **seen)
    assert i.cannot("decide-fraction", "toxicity-too-high", **second)["grade"] == 2
    i.do("grade-crs", fever=False, hypotension="none", **seen)
    i.do("grade-icans", journey=child.journey, scale="CAPD", score=1, **awake)
    # Two grades at one instant: the worse one counts, so the fraction stays held until a later look.
    i.cannot("decide-fraction", "toxicity-too-high", **second)


def test_i_am_the_parent_who_takes_consent_back(who: Any) -> None:
    """I say no this morning. From then on nothing is done to my child, and nothing is erased of what was."""
    doctor, nurse, child = who("amm-physician"), who("amm-apheresis"), OTHER
    before = read.search(subject=f"journey:{child.journey}")[1]
    doctor.do("withdraw-consent", "Withdrawn by the mother", journey=child.journey)
    nurse.cannot("collect-cells", "consent-withdrawn", collection=child.bag, journey=child.journey,
                 wristband=child.coi, volume={"value": "100", "unit": "mL"})  # fmt: skip
    assert read.search(subject=f"journey:{child.journey}")[1] == before + 1


def test_i_am_the_mother_who_asks_to_be_forgotten(who: Any) -> None:
    """My name goes, the record of what was given stays, and the book still verifies."""
    officer, child = who("rom-qa"), CHILDREN["ROM-J-001"]
    held = sealed.open_sealed(child.journey)
    assert held is not None and held.family_name == child.family_name
    officer.do("erase-identity", "Asked for by the parents", journey=child.journey)
    sealed.forget(child.journey)
    assert sealed.open_sealed(child.journey) is None
    assert len(read.sheet(f"journey:{child.journey}").infusions) == 3
    assert verify.verify().sound


def test_i_am_in_amman_and_a_container_arrives(who: Any) -> None:
    """The dry shipper is at the door. The paper says transfer 2, so it is not the one announced."""
    i, witness, what = who("amm-operator"), who("amm-coordinator"), "container:LV-A3B1-L01-009"
    i.cannot("receive", "transfer-number-wrong", what=what, transfer=2, intact="intact")
    who("bey-operator").cannot("receive", "bound-for-another-site", what=what, transfer=1, intact="intact")
    i.do("receive", what=what, transfer=1, intact="intact")
    i.cannot("witness-receipt", "own-work", what=what)
    witness.do("witness-receipt", what=what)
    assert read.sheet(what).owner == "AMM"


def test_i_am_the_administrator_and_may_not_touch_the_product(who: Any) -> None:
    """I keep the machine running. That is all I can do, and nobody gives me more by mistake."""
    i, officer = who("rom-it"), who("rom-qa")
    i.cannot("release-batch", "role-not-allowed", batch="ROM-B-003", stage="final")
    officer.cannot("grant-role", "admin-apart-from-gmp", person="rom-it", granted="operator", at_site="ROM",
                   from_on="2026-01-01")  # fmt: skip
    i.cannot("replace-key", "own-key", "lost", person="rom-it", key="ed25519:AAAA")


def test_i_am_asked_whether_the_vector_can_leave_before_release(who: Any) -> None:
    """The lot is harvested, the child is waiting, the tests are not in: the answer is no at every door."""
    i = who("bcn-vector-manager")
    i.do("open-campaign", campaign="LV-C03", process="LV-A3B1", plasmids=["FICT-1"], cell_bank="FICT-2",
         scale={"value": "1", "unit": "L"})  # fmt: skip
    i.do("harvest-vector", campaign="LV-C03", lot="LV-A3B1-L03", volume={"value": "20", "unit": "mL"})
    i.do("fill-lot", lot="LV-A3B1-L03", containers=2, container_volume={"value": "6.5", "unit": "mL"})
    i.cannot("allocate-container", "vector-not-released", container="LV-A3B1-L03-001", to_site="ROM")
    i.cannot("dispatch", "vector-not-released", what="container:LV-A3B1-L03-001", to_site="ROM")
