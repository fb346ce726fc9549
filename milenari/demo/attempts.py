"""Attempts: forbidden acts that the story tries for real, each refused with its code.

Every attempt goes through the one door inside a transaction that is always rolled back, so a node stays as it
was even if a rule should ever give way. Some need a prelude: acts that are allowed and bring the danger about.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from milenari.demo import attempts_transfer, cast
from milenari.demo.attempting import TODAY, Act, Attempt
from milenari.demo.story_patient import CHILDREN
from milenari.demo.story_vector import LOT, RECALLED
from milenari.demo.teller import Teller, request, rolled_back
from milenari.journal import perform
from milenari.rules.action import Refused
from milenari.words import to_plain


def _spend(container: str) -> Act:
    return Act("rom-operator", "spend-container", {"batch": "ROM-B-004", "container": container})


def _consume(material: str) -> Act:
    amount = {"value": "250", "unit": "mL"}
    return Act("rom-operator", "consume-material", {"batch": "ROM-B-003", "material": material, "amount": amount})


def _word(person: str, test: str, word: str) -> Act:
    data = {"of": "batch:BEY-B-001", "test": test, "word": word, "method": "Fictional result"}
    return Act(person, "record-result", data)


def _verify(person: str, test: str) -> Act:
    return Act(person, "verify-result", {"of": "batch:BEY-B-001", "test": test})


def attempts() -> list[Attempt]:
    waiting, other = CHILDREN["AMM-J-001"], CHILDREN["AMM-J-002"]
    dose = f"{waiting.batch}-F1"
    decided = Act("amm-physician", "decide-fraction", {"dose": dose, "decision": "administer"})
    scan = {"dose": dose, "wristband": waiting.coi, "bag": dose}
    scanned = (decided, Act("amm-ward", "scan-bedside", scan), Act("amm-physician", "confirm-bedside", scan))
    verified = Act("rom-trainer", "verify-step", {"batch": "ROM-B-003", "phase": "P080"})
    fresh = CHILDREN["BEY-J-003"]
    held, drill = CHILDREN["BEY-J-001"], CHILDREN["AMM-J-DRILL"]
    graded = {"journey": held.journey, "fever": True, "hypotension": "no-vasopressor", "hypoxia": "none"}
    return [
        Attempt("spend a vector container that is already spent", "container-spent", _spend(f"{LOT}-001")),
        Attempt("spend a container of the recalled lot", "vector-recalled", _spend(f"{RECALLED}-002")),
        Attempt("spend a container that Amman holds", "held-elsewhere", _spend(f"{LOT}-008")),
        Attempt("spend a container that is on its way", "in-transit", _spend(f"{LOT}-009")),
        Attempt("use an expired medium", "material-expired", _consume("ROM-medium-00"), (verified,)),
        Attempt("use a medium in quarantine", "material-not-released", _consume("ROM-medium-02"), (verified,)),
        Attempt("go on before the second person has verified", "step-unverified",
                Act("rom-operator", "sign-step", {"batch": "ROM-B-003", "phase": "P090", "equipment": "ROM-P1",
                    "readings": {"culture_volume": {"value": "200", "unit": "mL"}}})),
        Attempt("verify one's own step", "own-work",
                Act("rom-operator", "verify-step", {"batch": "ROM-B-003", "phase": "P080"})),
        Attempt("skip a step", "step-out-of-order",
                Act("rom-operator", "sign-step", {"batch": "ROM-B-004", "phase": "P060"})),
        Attempt("scan another child's wristband", "another-patient",
                Act("amm-ward", "scan-bedside", {**scan, "wristband": other.coi}), (decided,)),
        Attempt("infuse to another patient", "another-patient",
                Act("amm-ward", "administer-fraction", {"dose": dose, "journey": other.journey}), scanned),
        Attempt("give the second fraction under CRS grade 2", "toxicity-too-high",
                Act("bey-physician", "decide-fraction", {"dose": f"{held.batch}-F2", "decision": "administer"}),
                (Act("bey-physician", "grade-crs", graded),)),
        Attempt("give a fraction of a recalled batch", "batch-recalled",
                Act("amm-physician", "decide-fraction", {"dose": f"{drill.batch}-F2", "decision": "administer"})),
        Attempt("give a fraction twice", "already-given",
                Act("rom-physician", "decide-fraction", {"dose": "ROM-B-001-F3", "decision": "administer"})),
        Attempt("release a batch one has worked on", "own-work",
                Act("bey-qa", "release-batch", {"batch": held.batch, "stage": "final"}),
                (_word("bey-analyst", "sterility", "sterile"), _word("bey-analyst", "mycoplasma", "absent"),
                 _verify("bey-qa", "sterility"), _verify("bey-analyst2", "mycoplasma"),
                 Act("bey-qp", "review-trail", {"of": f"batch:{held.batch}"}),
                 Act("bey-qp", "certify-batch", {"batch": held.batch, "stage": "final"}))),
        Attempt("start a batch at a suspended site", "site-not-qualified",
                Act("bey-operator", "start-batch", {"batch": "BEY-B-003", "journey": fresh.journey,
                    "collection": fresh.bag, "process_version": "2", "label": fresh.coi}),
                (Act("bcn-qa", "suspend-site", {"site": "BEY", "product": "ARI-0001"}, "Fictional finding"),)),
        Attempt("start a batch under the superseded recipe", "process-version-not-in-force",
                Act("bey-operator", "start-batch", {"batch": "BEY-B-003", "journey": fresh.journey,
                    "collection": fresh.bag, "process_version": "1", "label": fresh.coi})),
        Attempt("collect cells without consent and chain of identity", "coi-missing",
                Act("rom-apheresis", "collect-cells", {"collection": "ROM-J-002-A", "journey": "ROM-J-002",
                    "wristband": CHILDREN["ROM-J-002"].coi, "volume": {"value": "100", "unit": "mL"}})),
        Attempt("release as a physician", "role-not-allowed",
                Act("rom-physician", "release-batch", {"batch": "ROM-B-003", "stage": "final"})),
        Attempt("work at a site where one has no role", "role-not-held",
                replace(_spend(f"{LOT}-007"), person="bcn-operator")),
        *attempts_transfer.attempts(),
    ]  # fmt: skip


def ask(teller: Teller, act: Act) -> perform.Request:
    site = act.site or _where(act)
    data = {name: teller.day(site, 0) if value == TODAY else value for name, value in act.data.items()}
    made = request(teller, act.person, site, act.code, data, act.reason)
    return replace(made, happened_at=teller.start)


def _where(act: Act) -> str:
    """The site where the attempt takes place: that of what it is about, else the person's own."""
    about = str(act.data.get("batch", ""))[:3]
    return about if about in cast.SITES else cast.CAST[act.person].site


def attempt(teller: Teller, tried: Attempt) -> dict[str, Any]:
    """Try one forbidden act and say what happened; nothing of it stays."""
    found: dict[str, Any] = {"what": tried.what, "by": tried.act.person, "action": tried.act.code,
                             "expected": tried.expected, "code": "", "facts": {}}  # fmt: skip
    with rolled_back():
        try:
            perform.perform_all([ask(teller, act) for act in tried.prelude])
        except Refused as refused:
            return found | {"code": f"prelude: {refused.code}", "facts": to_plain(refused.facts)}
        try:
            perform.perform_all([ask(teller, tried.act)])
        except Refused as refused:
            return found | {"code": refused.code, "facts": to_plain(refused.facts)}
    return found


def all_attempts(teller: Teller) -> list[dict[str, Any]]:
    return [attempt(teller, tried) for tried in attempts()]
