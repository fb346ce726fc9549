"""Rooms, upkeep and training by curriculum: the next version of the procedure is taught before it comes into force.

Everything here is fictional. Version 2 was taught by statements on the whole; version 3 has a curriculum.
"""

from __future__ import annotations

from typing import Any

from milenari.demo.teller import Teller

MAKERS = ("ROM", "BEY", "AMM")
PROCEDURE = "SOP-ARI-0001"
CURRICULUM: list[dict[str, Any]] = [
    {"code": "READ", "kind": "read", "title": "Procedure", "reference": PROCEDURE, "version": "3"},
    {"code": "GMP", "kind": "e-learning", "title": "GMP for cell products", "reference": "course GMP-7",
     "valid_months": 24},
    {"code": "RUNS", "kind": "supervised-runs", "title": "Supervised runs", "count": 3, "roles": ["operator"]},
    {"code": "LOOK", "kind": "observation", "title": "Aseptic connection", "valid_months": 24, "roles": ["operator"]},
    {"code": "FILL", "kind": "media-fill", "title": "Media fill", "reference": "SOP-MF", "valid_months": 6,
     "roles": ["operator"]},
    {"code": "TEST", "kind": "assessment", "title": "Written test", "pass_score": "80"},
]  # fmt: skip
TAUGHT = {"procedure": PROCEDURE, "number": "3"}


def rooms(teller: Teller, site: str) -> None:
    """A clean room of grade C with two places, a changing room, and maintenance of the instruments once a year."""
    with teller.scene(f"rooms-{site.lower()}", site, 348) as s:
        for code, title, grade, places in (("R1", "Clean room", "C", 2), ("R2", "Changing room", "D", 1)):
            s.do("qa", "register-room", room=f"{site}-{code}", title=title, grade=grade, places=places,
                 qualified_until=s.day(-60), monitored_until=s.day(-25))  # fmt: skip
        s.do("qa", "plan-upkeep", plan=f"{site}-cell-processor", task="maintenance", every_d=380, warn_d=40)
        for code in ("P1", "P2"):
            s.do("trainer", "record-upkeep", what=f"equipment:{site}-{code}", task="maintenance", on=s.day(),
                 outcome="passed", evidence="service report, fictional")  # fmt: skip
    with teller.scene(f"cleaning-{site.lower()}", site, 6) as s:
        s.do("qa", "schedule-upkeep", what=f"room:{site}-R1", task="cleaning", every_d=7, warn_d=2)
        s.do("trainer", "record-upkeep", what=f"room:{site}-R1", task="cleaning", on=s.day(), outcome="passed",
             evidence="sporicidal agent, fictional lot")  # fmt: skip
        if site == "ROM":
            s.do("trainer", "block-use", "Door seal torn; a technician comes tomorrow.", what=f"room:{site}-R2")


def curriculum(teller: Teller) -> None:
    """Barcelona approves the curriculum and names the first trainers; Rome teaches its operator."""
    with teller.scene("curriculum-3", "BCN", 40) as s:
        document = {"items": CURRICULUM, "inactive_months": 6, "requalify": ["LOOK"]}
        s.do("qa", "approve-curriculum", curriculum=PROCEDURE, number="3", title="Making ARI-0001", document=document)
        for site in MAKERS:
            person = f"{site.lower()}-trainer"
            s.do("qa", "appoint-trainer", trainer=f"{PROCEDURE}/{person}", person=person, from_on=s.day(),
                 until_on=s.day(-320), may_appoint=True, **TAUGHT)  # fmt: skip
    with teller.scene("taught-rom", "ROM", 30) as s:
        held = {"person": "rom-operator", **TAUGHT}
        s.do("operator", "confirm-reading", item="READ", **held)
        for number in (1, 2):
            s.do("trainer", "sign-training", item="RUNS", on=s.day(), reference=f"training run {number}", **held)
        s.do("trainer", "sign-training", item="GMP", on=s.day(), reference="certificate 77", **held)
        s.do("trainer", "sign-training", item="TEST", on=s.day(), score={"value": "88", "unit": "%"}, **held)
