"""A trial's safety: a SUSAR after a late positive sterility test, a dose hold by the boundary, and its lifting.

All of it is simulated. The boundary is what the design command gives: toxicity, shape pocock, p0 0.05, alpha 0.05,
looks 2-24.
"""

from __future__ import annotations

from typing import Any

from milenari.demo.story_trial import LEVEL, SIMULATED, TRIAL
from milenari.demo.teller import Scene, Teller

RULE = f"{TRIAL}-SEVERE"
FEVER, SEPSIS, COUNTS = f"{TRIAL}-ROM-001/AE-1", f"{TRIAL}-AMM-001/AE-1", f"{TRIAL}-BEY-001/AE-1"
BOUNDARY = [[n, 2 if n < 6 else 3 if n < 14 else 4 if n < 23 else 5] for n in range(2, 25)]
PARAMETERS = {"shape": "pocock", "p0": "0.05", "alpha": "0.05", "looks": "2-24", "achieved": "0.0490"}
CAUSE = {"product": "possible", "lymphodepletion": "unlikely", "procedure": "not-related", "method": "WHO-UMC"}
ROM, AMM, BEY = (f"{TRIAL}-{site}-001" for site in ("ROM", "AMM", "BEY"))


def tell(teller: Teller) -> None:
    with teller.scene("safety-rule", "BCN", 285) as s:
        s.do("statistician", "set-stopping-rule", rule=RULE, protocol=TRIAL, level=LEVEL, window_days=28,
             title="Life-threatening toxicity within four weeks", boundary=BOUNDARY, method="toxicity-pocock 1",
             events={"crs": 4, "icans": 4, "related": 4, "death": True}, parameters=PARAMETERS)  # fmt: skip
    fever(teller)
    with teller.scene("safety-first-look", "BCN", 150) as s:
        s.do("statistician", "record-look", rule=RULE, participants=[ROM])
    sepsis(teller)
    counts(teller)
    with teller.scene("safety-looks", "BCN", 20, 9) as s:
        s.do("statistician", "record-look", rule=RULE, participants=[AMM, BEY, ROM], adverse_events=[SEPSIS, COUNTS])
        s.at(18, 15)
        s.do("coordinator", "lift-hold", f"One came with a contaminated product, which is recalled ({SIMULATED})",
             hold=TRIAL, number=1, reference="Letter of the board (fictional)")  # fmt: skip


def _report(s: Scene, event: str, term: str, **told: Any) -> None:
    known = {"known_at": s.now.isoformat(), **told}
    s.do("investigator", "report-adverse-event", event=event, participant=event.partition("/")[0],
         term=f"{term} ({SIMULATED})", **known)  # fmt: skip


def fever(teller: Teller) -> None:
    """A mild one: the bedside's grade of CRS is linked, nothing is owed."""
    with teller.scene("safety-fever", "ROM", 209, 12) as s:
        _report(s, FEVER, "Fever after the third fraction", begun_on=s.day(), ended_on=s.day(), scale="CRS",
                outcome="event-recovered", taken="treated")  # fmt: skip
        s.do("investigator", "assess-adverse-event", event=FEVER, **{**CAUSE, "product": "definite"})
        s.do("investigator", "close-adverse-event", event=FEVER)


def sepsis(teller: Teller) -> None:
    """The drill's product grew; the child is said to have fallen ill with the same organism: reported in five days."""
    told = {"begun_on": teller.day("AMM", 57), "ctcae": "Sepsis", "ctcae_version": "v5", "grade": 4, "taken": "treated",
            "life_threatening": True, "hospitalisation": True, "meddra": "10040047"}  # fmt: skip
    term = "Sepsis; the organism of the positive sterility test of the product"
    with teller.scene("safety-sepsis", "AMM", 57, 9) as s:
        _report(s, SEPSIS, term, outcome="event-recovering", **told)
        s.do("investigator", "notify-sponsor", event=SEPSIS, how="By telephone to the sponsor's physician")
        s.do("investigator", "assess-adverse-event", event=SEPSIS, **{**CAUSE, "product": "probable"})
    with teller.scene("safety-sepsis-sponsor", "BCN", 56) as s:
        s.do("physician", "review-adverse-event", review=SEPSIS, expectedness="unexpected", information="IB-3", **CAUSE)
        report = {"review": SEPSIS, "case_number": "ES-FICT-0001", "trial_number": "2099-500000-00-00",
                  "recipient": "EudraVigilance (fictional)"}  # fmt: skip
        s.at(52, 10)
        s.do("coordinator", "submit-susar-report", kind="initial", receipt="FICT-R-1",
             narrative=f"Sepsis a week after the first fraction ({SIMULATED}).", **report)  # fmt: skip
        s.at(46, 10)
        s.do("coordinator", "submit-susar-report", kind="follow-up", receipt="FICT-R-2",
             narrative=f"The same organism in product and blood ({SIMULATED}).", **report)  # fmt: skip
    with teller.scene("safety-sepsis-over", "AMM", 40, 9) as s:
        s.do("investigator", "amend-adverse-event", f"Recovered ({SIMULATED})", event=SEPSIS,
             term=f"{term} ({SIMULATED})", outcome="event-recovered", ended_on=s.day(), known_at=s.now.isoformat(),
             **told)  # fmt: skip
        s.do("investigator", "notify-sponsor", event=SEPSIS, how="By the platform")
        s.do("investigator", "close-adverse-event", event=SEPSIS)


def counts(teller: Teller) -> None:
    """A serious reaction that was to be expected, and counts for the stopping rule all the same."""
    with teller.scene("safety-counts", "BEY", 36, 10) as s:
        _report(s, COUNTS, "Few platelets for two weeks, kept in hospital", begun_on=s.day(), outcome="event-ongoing",
                ctcae="Platelet count decreased", ctcae_version="v5", grade=4, taken="treated", hospitalisation=True,
                meddra="10035528")  # fmt: skip
        s.do("investigator", "notify-sponsor", event=COUNTS, how="By the platform")
        s.do("investigator", "assess-adverse-event", event=COUNTS, **CAUSE)
    with teller.scene("safety-counts-sponsor", "BCN", 35, 14) as s:  # dates differ in the network at night
        s.do("physician", "review-adverse-event", review=COUNTS, expectedness="expected", information="IB-3", **CAUSE)
