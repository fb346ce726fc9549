"""The trial's casebook: pages of three simulated participants, entered, compared, signed, asked about, locked.

What the journey knows stands on the pages from the record; every other value is invented, and its entry says so. Rome's
first participant is documented to month six; Beirut's first has a visit that was late, and a query that waits.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from milenari.demo.story_trial import SIMULATED, TRIAL
from milenari.demo.teller import Scene, Teller
from milenari.rules.casebook_page import page_code

FORMS = Path(__file__).parents[1] / "web" / "data" / "forms"
UNITS: dict[str, dict[str, str]] = {}
ROM, FAILED, BEY = f"{TRIAL}-ROM-001", f"{TRIAL}-ROM-002", f"{TRIAL}-BEY-001"
COUNTS = ("haemoglobin", "leukocytes", "neutrophils", "lymphocytes", "platelets")
ELIGIBLE = {"all_b": "yes", "relapsed": "yes", "performance_scale": "LANSKY", "performance": "90", "organs": "yes",
            "infection": "no", "gvhd": "no", "cns3": "no", "pregnancy": "NOT-APPLICABLE",
            "eligible": "yes"}  # fmt: skip
MARROW = {"blasts": "38.5", "cd19_positive": "98", "mrd_method": "FLOW", "mrd": "POSITIVE", "mrd_level": "38.5",
          "mrd_limit": "0.01", "cns": "CNS-1", "extramedullary": "no"}  # fmt: skip
DEPLETED = {"flu_given": "yes", "flu_dose": "30", "flu_days": "3", "cy_given": "yes", "cy_dose": "300", "cy_days": "3",
            "fit": "yes"}  # fmt: skip
GIVEN = {"premedicated": "yes", "interrupted": "no", "reaction": "no"}
QUIET = {"blunted": "no", "hypotension": "NONE", "hypoxia": "NONE", "grade": "0", "tocilizumab": "no", "steroids": "no",
         "intensive": "no"}  # fmt: skip
CLEAR = {"scale": "CAPD", "capd": "0", "arousal": "AWAKE", "seizure": "NONE", "motor": "no", "oedema": "NONE",
         "grade": "0"}  # fmt: skip
REMISSION = {"response": "CR", "blasts": "0.8", "mrd": "NEGATIVE", "mrd_limit": "0.01", "neutrophils": "2.1",
             "platelets": "164", "imaging": "NONE"}  # fmt: skip


def tell(teller: Teller) -> None:
    with teller.scene("casebook-forms", "BCN", 298) as s:
        for code in sorted(path.stem for path in FORMS.glob("*.json")):
            s.do("data-manager", "define-form", "As the protocol says (fictional)", form=code, number=1,
                 definition=definition(code))  # fmt: skip
    rome(teller)
    failed(teller)
    beirut(teller)


def definition(form: str) -> dict[str, Any]:
    """A form that comes with the platform; the units of its items are remembered for what is typed into it."""
    told: dict[str, Any] = json.loads((FORMS / f"{form}.json").read_text(encoding="utf-8"))
    UNITS[form] = {item["id"]: item.get("unit", "") for item in told["items"]}
    return told


class Pages:
    """The pages of one participant, within a scene at the participant's site."""

    def __init__(self, s: Scene, participant: str) -> None:
        self.s, self.participant = s, participant

    def enter(self, visit: str, form: str, values: dict[str, str], repeat: int = 1, post: str = "coordinator",
              **explained: str) -> str:  # fmt: skip
        """A page with its values, each number with the unit of its item; gives the page's code."""
        page = page_code(self.participant, visit, form, repeat)
        if form not in UNITS:
            definition(form)
        kept = {name: {"value": text, "unit": unit} if (unit := UNITS[form][name]) else {"value": text}
                for name, text in values.items()}  # fmt: skip
        reasons = {name.replace("_", "-"): f"{text} ({SIMULATED})" for name, text in explained.items()}
        self.s.do(post, "save-form", SIMULATED, page=page, participant=self.participant, visit=visit, form=form,
                  number=1, repeat=repeat, values=kept or None, explained=reasons or None)  # fmt: skip
        return page

    def signed(self, *told: Any, **more: Any) -> str:
        """The same, signed by the investigator."""
        page = self.enter(*told, **more)
        self.s.do("investigator", "sign-form", page=page)
        return page

    def counts(self, visit: str, *figures: str, factor: str = "no") -> str:
        """A blood count taken this hour, its figures in the order of the form."""
        told = dict(zip(COUNTS, figures, strict=True)) | {"blasts": "0", "transfused": "no", "growth_factor": factor}
        return self.enter(visit, "blood-count", {"taken_at": self.s.now.isoformat(), **told}, post="ward")

    def locked(self, *pages: str) -> None:
        """Compared with the source and locked by the data manager."""
        for page in pages:
            self.s.do("data-manager", "verify-source", page=page)
            self.s.do("data-manager", "lock-form", page=page)


def rome(teller: Teller) -> None:
    """Screened to month six: the first pages locked, later ones signed, one compared, one frozen, one answered."""
    with teller.scene("casebook-rome", "ROM", 248, 10) as s:
        of = Pages(s, ROM)
        consent = {"consented_on": s.day(254), "assented": "NOT-REQUIRED", "screened_on": s.day(254)}
        first = [
            of.signed("SCR", "demographics", {**consent, "height": "129", "weight": "26"}),
            of.signed("SCR", "eligibility", {"assessed_on": s.day(252), **ELIGIBLE}, post="physician"),
            of.signed("ENR", "disease", {"taken_on": s.day(253), **MARROW}, post="physician"),
        ]
        s.at(230, 11)
        first.append(of.signed("APH", "apheresis", {"access": "PERIPHERAL", "minutes": "190", "complication": "no"}))
        s.at(220, 11)
        began = {"flu_began_on": s.day(220), "cy_began_on": s.day(220)}
        of.signed("LD", "lymphodepletion", {**DEPLETED, **began}, post="physician")
        s.at(208, 15)
        for part in (1, 2, 3):
            of.signed("INF", "infusion", GIVEN, repeat=part, post="ward")
        of.enter("D7", "crs", {"on": s.day(208), "temperature": "38.2", **QUIET}, post="physician",
                 crs_fever="A cold, and the swab agrees")  # fmt: skip
        of.signed("D7", "icans", {"on": s.day(208), **CLEAR}, post="physician")
        count = of.counts("D7", "8.9", "0.74", "0.31", "0.22", "38", factor="yes")
        s.do("investigator", "sign-form", page=count)
        s.at(201, 11)
        count = of.counts("D14", "9.6", "1.85", "0.98", "0.41", "61")
        s.do("investigator", "sign-form", page=count)
        s.at(187, 12)
        count = of.counts("D28", "11.2", "3.6", "2.1", "0.7", "164")
        s.do("investigator", "sign-form", page=count)
        late = of.signed("D28", "response", {"assessed_on": s.day(187), **REMISSION}, post="physician")
        s.at(180, 9)
        of.locked(*first)
        s.do("data-manager", "verify-source", page=late)
        s.do("data-manager", "raise-query", page=count, item="lymphocytes",
             text=f"The printout has another decimal place. Is it the same sample? ({SIMULATED})")  # fmt: skip
        s.do("physician", "answer-query", page=count, query=1,
             text=f"The same sample; the printout rounds differently. ({SIMULATED})")  # fmt: skip
        s.do("data-manager", "close-query", page=count, query=1)
        later(s, of)


def later(s: Scene, of: Pages) -> None:
    """Months three and six."""
    s.at(124, 12)
    cells = {"car_cells": "14.2", "car_share": "1.9", "method": "FLOW-STANDARD", "lost": "no"}
    b_cells = {"taken_at": s.now.isoformat(), "b_cells": "1", **cells}
    asked = of.signed("M3", "b-cells", b_cells, post="physician")
    frozen = of.signed("M3", "response", {"assessed_on": s.day(124), **REMISSION, "platelets": "201"}, post="physician")
    s.at(110, 10)
    s.do("data-manager", "freeze-form", page=frozen)
    s.do("data-manager", "raise-query", page=asked, item="lost",
         text=f"One B cell was counted. Is the aplasia lost by the protocol? ({SIMULATED})")  # fmt: skip
    s.at(108, 10)
    s.do("investigator", "answer-query", page=asked, query=1,
         text=f"No: the protocol asks for a second sample above its limit. ({SIMULATED})")  # fmt: skip
    s.at(30, 12)
    of.counts("M6", "12.1", "5.2", "3.0", "1.4", "226")


def failed(teller: Teller) -> None:
    """A screening that failed: two pages, and the casebook locked whole."""
    with teller.scene("casebook-failed", "ROM", 196, 10) as s:
        of = Pages(s, FAILED)
        consent = {"consented_on": s.day(200), "assented": "NOT-REQUIRED", "screened_on": s.day(200)}
        of.signed("SCR", "demographics", {**consent, "height": "131", "weight": "29"})
        not_met = {"organs": "no", "eligible": "no", "not_eligible": f"Creatinine above the limit ({SIMULATED})"}
        of.signed("SCR", "eligibility", {"assessed_on": s.day(198), **ELIGIBLE, **not_met}, post="physician")
        s.at(150, 10)
        s.do("data-manager", "lock-casebook", casebook=FAILED)


def beirut(teller: Teller) -> None:
    """To two weeks, of which the second count was taken late; the query about it waits."""
    with teller.scene("casebook-beirut", "BEY", 70, 10) as s:
        of = Pages(s, BEY)
        consent = {"consented_on": s.day(79), "assented": "NOT-REQUIRED", "screened_on": s.day(79)}
        of.signed("SCR", "demographics", {**consent, "height": "138", "weight": "31"})
        of.signed("SCR", "eligibility", {"assessed_on": s.day(77), **ELIGIBLE, "performance": "80"}, post="physician")
        s.at(40, 15)
        of.signed("INF", "infusion", GIVEN, post="ward")
        s.at(34, 12)
        count = of.counts("D7", "8.1", "0.42", "0.12", "0.18", "19", factor="yes")
        s.do("investigator", "sign-form", page=count)
        s.at(22, 12)  # five days after the day of the visit, whose window is three
        asked = of.counts("D14", "8.8", "1.1", "0.52", "0.3", "24")
        s.do("investigator", "sign-form", page=asked)
        s.at(15, 10)
        s.do("data-manager", "raise-query", page=asked, item="taken_at",
             text=f"The sample lies outside the window of the visit. Why was it late? ({SIMULATED})")  # fmt: skip
