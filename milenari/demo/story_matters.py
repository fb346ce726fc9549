"""What sites tell each other beside deviations: failed results, a recall, a change; and two complaints.

All of it was told in time. One complaint was answered by Barcelona, whose matter it is by the agreement, and closed;
the other arrived yesterday and waits. Complaints and answers are fictional.
"""

from __future__ import annotations

from milenari.demo.story_agreements import CHANGE, CONTROL
from milenari.demo.story_network import MAKERS
from milenari.demo.teller import Scene, Teller
from milenari.rules.notice import notice_code
from milenari.rules.quality_agreement import agreement_code

BY_PHONE = "Barcelona's quality assurance by telephone and letter (fictional)"
# Which site told Barcelona what, about which of its batches, how many days ago.
TOLD = (
    ("AMM", "oos", "AMM-E-01", 134, "Too few CAR-positive cells in the first engineering run (simulated)"),
    ("AMM", "oos", "AMM-B-DRILL", 57, "Sterility positive after conditional release (drill)"),
    ("AMM", "recall", "AMM-B-DRILL", 57, "Batch recalled, the physician is informed (drill)"),
    ("BEY", "oos", "BEY-B-002", 49, "Potency below both limits; the inquiry goes on (fictional)"),
)
ANSWERED, WAITING = "CMP-BEY-1", "CMP-AMM-1"


def tell(teller: Teller) -> None:
    for site, matter, batch, days_ago, what in TOLD:
        with teller.scene(f"told-{matter}-{batch.lower()}", site, days_ago, 15) as s:
            _notice(s, agreement_code(CONTROL, site, "control"), matter, f"batch:{batch}", what, BY_PHONE)
    with teller.scene("told-change", CONTROL, 13, 15) as s:
        for site in MAKERS:
            _notice(s, agreement_code(CONTROL, site, "control"), "change", f"change:{CHANGE}",
                    "Vector copies per cell by digital PCR from the next package on",
                    f"Quality assurance of {site} by letter (fictional)")  # fmt: skip
    _complaints(teller)


def _notice(s: Scene, agreement: str, matter: str, of: str, what: str, told: str) -> None:
    s.do("qa", "give-notice", notice=notice_code(agreement, matter, of), agreement=agreement, matter=matter, of=of,
         what=what, told=told)  # fmt: skip


def _complaints(teller: Teller) -> None:
    with teller.scene("complaint-bey", "BEY", 40, 10) as s:
        s.do("physician", "record-complaint", complaint=ANSWERED, of="batch:BEY-B-002",
             what="The bag's port was hard to open; the infusion began ten minutes late",
             source="Ward (fictional)")  # fmt: skip
        _notice(s, agreement_code(CONTROL, "BEY", "control"), "complaint", f"complaint:{ANSWERED}",
                "A port that is hard to open, nothing lost", BY_PHONE)  # fmt: skip
    with teller.scene("complaint-answered", CONTROL, 36, 10) as s:
        s.do("qa", "answer-complaint", answer=ANSWERED, verdict="justified",
             cause="The port's cap was closed with a tool at filling (fictional)",
             measure="Caps are closed by hand; the instruction says so, the maker of the bag is told")  # fmt: skip
    with teller.scene("complaint-closed", "BEY", 34, 10) as s:
        s.do("qa", "close-complaint", "The ward is told of cause and measure", complaint=ANSWERED)
    with teller.scene("complaint-amm", "AMM", 1, 16) as s:
        s.do("coordinator", "record-complaint", complaint=WAITING, of="batch:AMM-B-001",
             what="The label's Arabic line is smaller than the ward is used to",
             source="Ward (fictional)")  # fmt: skip
