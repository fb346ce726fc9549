"""What sites tell each other: failed results, recalls, a change, a deviation of a vector lot; and two complaints.

All of it was told in time. The lot's deviation went to the two sites that had its vector, and not to Rome. One
complaint was answered by Barcelona, whose matter it is by the agreement, and closed; the other arrived yesterday and
waits. Complaints and answers are fictional.
"""

from __future__ import annotations

from milenari.demo.story_agreements import CHANGE, CONTROL
from milenari.demo.story_network import MAKERS
from milenari.demo.story_transfer import LOT
from milenari.demo.story_vector import RECALLED
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
# A lot of Barcelona's that had left for these sites when its freezer gave alarm.
ALARM, HAD_VECTOR = "DEV-FREEZER-1", ("BEY", "AMM")
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
    _plant(teller)
    _complaints(teller)


def _plant(teller: Teller) -> None:
    """The recalled lot is told to every site; the freezer's alarm to those that hold or have used the lot."""
    of = f"lot:{LOT}"
    with teller.scene("told-lot-recall", CONTROL, 49, 12) as s:
        for site in MAKERS:
            _notice(s, agreement_code(CONTROL, site, "vector"), "recall", f"lot:{RECALLED}",
                    "Vector lot recalled: do not use it (drill)",
                    f"Quality assurance of {site} by telephone (fictional)")  # fmt: skip
    with teller.scene("freezer-alarm", CONTROL, 95, 11) as s:
        s.do("vector-manager", "open-deviation", of=of, deviation=ALARM, severity="major",
             what="The freezer of the stored containers gave alarm: 40 minutes at -61 degrees (fictional)")  # fmt: skip
        s.at(94, 10)
        for site in HAD_VECTOR:
            _notice(s, agreement_code(CONTROL, site, "vector"), "deviation", of,
                    "Freezer alarm at the plant after your containers had left; yours were not in it (fictional)",
                    f"Quality assurance of {site} by telephone and letter (fictional)")  # fmt: skip
        s.at(88, 10)
        s.do("qa2", "close-deviation", of=of, deviation=ALARM, root_cause="A door seal; replaced (fictional)",
             disposition="no-impact")  # fmt: skip


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
