"""Samples of the trial's casebook: expansion and B cells in blood, ferritin, and two alerts of hyperinflammation.

All of it is invented, and each entry says so. The expansion rises to a peak in the second week and falls by two orders
of magnitude, as published for cells of this kind. One alert was answered weeks ago, one is to be judged.
"""

from __future__ import annotations

from milenari.demo.story_casebook import MARROW, REMISSION, Pages
from milenari.demo.story_trial import SIMULATED, TRIAL
from milenari.demo.teller import Scene, Teller

ROM, AMM, BEY, NEW = f"{TRIAL}-ROM-001", f"{TRIAL}-AMM-001", f"{TRIAL}-BEY-001", f"{TRIAL}-BEY-002"
BLOOD = "LAB"  # samples between the protocol's visits
# Days after the first infusion with copies of the transgene per 100 ng of DNA, and B cells per microlitre.
ROME = ((0, "0", "42"), (3, "410", "8"), (7, "18400", "0"), (10, "46200", "0"), (14, "21800", "0"), (21, "6100", "0"),
        (28, "1900", "0"), (61, "620", "0"), (183, "140", "2"))  # fmt: skip
AMMAN = ((0, "0", "31"), (7, "9200", "1"), (14, "14100", "0"), (21, "3900", "0"), (28, "800", "0"))
BEIRUT = ((0, "0", "58"), (7, "1100", "0"), (14, "2300", "0"), (21, "900", "21"), (28, "260", "140"), (35, "90", "165"))

LEUKAEMIA = {"response": "NO-RESPONSE", "blasts": "84", "mrd": "POSITIVE", "mrd_level": "84", "mrd_limit": "0.01",
             "neutrophils": "0.4", "platelets": "21", "imaging": "NONE"}  # fmt: skip


def tell(teller: Teller) -> None:
    expansion(teller, "ROM", ROM, 215, ROME)
    expansion(teller, "AMM", AMM, 64, AMMAN)
    expansion(teller, "BEY", BEY, 41, BEIRUT)
    expansion(teller, "BEY", NEW, 3, ((0, "0", "24"),))
    with teller.scene("samples-rome", "ROM", 216, 10) as s:
        of = Pages(s, ROM)
        inflamed(s, of, 1, "480", "4")
        s.at(208, 10)
        inflamed(s, of, 2, "610", "31")
        s.at(201, 10)
        inflamed(s, of, 3, "420", "6")
    with teller.scene("samples-marrow-amman", "AMM", 70, 12) as s:
        of = Pages(s, AMM)
        marrow(s, of, "62.5")
        s.at(36, 12)
        of.enter("D28", "response", {"assessed_on": s.day(), **REMISSION, "blasts": "1.4"}, post="physician")
    with teller.scene("samples-marrow-beirut", "BEY", 75, 12) as s:
        of = Pages(s, BEY)
        marrow(s, of, "71")
        s.at(13, 12)
        of.enter("D28", "response", {"assessed_on": s.day(), **LEUKAEMIA}, post="physician")
    answered(teller)
    waiting(teller)


def marrow(s: Scene, of: Pages, share: str) -> None:
    """Blasts before the treatment, and the same share as residual disease."""
    told = {**MARROW, "taken_on": s.day(), "blasts": share, "mrd_level": share}
    of.enter("ENR", "disease", told, post="physician")


def expansion(teller: Teller, site: str, who: str, infused: int, samples: tuple[tuple[int, str, str], ...]) -> None:
    """A page a sample, that of the day of infusion taken three hours after it."""
    with teller.scene(f"samples-{who.lower()}", site, infused, 14) as s:
        of = Pages(s, who)
        for repeat, (day, copies, b_cells) in enumerate(samples, 1):
            s.at(infused - day, 14)
            told = {"taken_at": s.now.isoformat(), "b_cells": b_cells, "copies": copies, "method": "FLOW-STANDARD"}
            lost = int(b_cells) > 100 and day > 0
            of.enter(BLOOD, "b-cells", {**told, "lost": "yes" if lost else "no", **({"lost_confirmed": "yes"} if lost
                     else {})}, repeat=repeat)  # fmt: skip


def inflamed(s: Scene, of: Pages, repeat: int, ferritin: str, crp: str, **more: str) -> str:
    """A sample of ferritin taken this hour."""
    told = {"taken_at": s.now.isoformat(), "ferritin": ferritin, "ferritin_upper": "300", "crp": crp,
            "igg_replaced": "no"}  # fmt: skip
    return of.enter(BLOOD, "inflammation", {**told, **more}, repeat=repeat, post="ward")


def answered(teller: Teller) -> None:
    """Ferritin tripled in the first week with few platelets; it was judged, and fell by itself."""
    with teller.scene("samples-alert", "BEY", 42, 10) as s:
        of = Pages(s, BEY)
        inflamed(s, of, 1, "620", "7", fibrinogen="3.1", transaminases="0.8")
        s.at(36, 10)
        begun = inflamed(s, of, 2, "1900", "64", fibrinogen="2.4", transaminases="1.6")
        s.at(34, 14)
        inflamed(s, of, 3, "4300", "71", fibrinogen="1.2", transaminases="3.4")
        s.at(33, 10)
        s.do("physician", "answer-iec-hs-alert", f"No organ is failing; measured daily ({SIMULATED})", alert=BEY,
             begun=begun, judgement="watched")  # fmt: skip
        s.at(27, 12)
        inflamed(s, of, 4, "980", "12", fibrinogen="2.6", transaminases="1.1")
        s.at(26, 10)
        s.do("investigator", "answer-iec-hs-alert", f"Ferritin fell within a week without treatment ({SIMULATED})",
             alert=BEY, begun=begun, judgement="iec-hs", grade=1)  # fmt: skip


def waiting(teller: Teller) -> None:
    """Under CRS of grade two ferritin rose sixfold and fibrinogen fell: to be judged today."""
    with teller.scene("samples-waiting", "BEY", 4, 9) as s:
        of = Pages(s, NEW)
        inflamed(s, of, 1, "540", "9", fibrinogen="2.9", transaminases="0.9")
        s.at(2, 12)
        inflamed(s, of, 2, "1450", "96", fibrinogen="1.9", transaminases="1.8")
        s.at(1, 12)
        inflamed(s, of, 3, "3200", "118", fibrinogen="1.3", transaminases="2.2")
