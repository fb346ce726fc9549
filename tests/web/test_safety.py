"""Safety on screen: an event from its report to the authority's receipt; a rule that holds a trial, and its lifting."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from milenari import web
from milenari.journal import clock, read
from milenari.journal.fold import DiskBook
from milenari.registers import hyperinflammation, monitoring, safety, waiting
from milenari.rules.action import Refused
from tests.web.stage import client_of, do
from tests.web.test_access import text_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("story")]
TRIAL, WHO = "TST", "TST-ROM-001"
EVENT = f"{WHO}/AE-1"
DOCUMENT = Path(web.__file__).parent / "data" / "protocols" / "ari_ped.json"
RELATED = {"lymphodepletion": "unlikely", "procedure": "not-related", "method": "WHO-UMC"}


def trial() -> None:
    """A trial of the shipped protocol at Rome with one participant in screening."""
    today = str(clock.now().date())
    do("bcn-coordinator", "open-protocol", protocol=TRIAL, number="1.0", document=json.loads(DOCUMENT.read_text()))
    do("bcn-coordinator", "approve-protocol-version", protocol=TRIAL, number="1.0", country="IT", authority="AIFA",
       reference="T-1", on=today)  # fmt: skip
    do("bcn-coordinator", "activate-trial-site", protocol=TRIAL, at_site="ROM", on=today)
    do("rom-investigator", "screen-participant", participant=WHO, protocol=TRIAL, age_months="96")


def reported(hours: int = 2, **changes: Any) -> None:
    at = clock.now() - timedelta(hours=hours)
    told = {"event": EVENT, "participant": WHO, "term": "fever and shivering", "begun_on": str(at.date()),
            "outcome": "event-ongoing", "taken": "treated", "hospitalisation": True}  # fmt: skip
    told["known_at"] = at.isoformat()
    do("rom-investigator", "report-adverse-event", **{**told, **changes})


def shown(client: Client, path: str) -> str:
    page = client.get(path)
    assert page.status_code == 200, text_of(page)
    return text_of(page)


def test_an_event_goes_from_its_report_to_the_receipt_of_the_authority() -> None:
    trial()
    desk = client_of("bcn-qa")
    assert "No adverse event fits" in shown(desk, "/safety?q=nothing-like-it")
    reported(hours=30)
    now = clock.now()
    (line,) = [x for x in safety.lines(DiskBook(), now, None) if x.row.code == EVENT]
    assert (line.kind, line.state, line.late) == ("possible-susar", "overdue", True)
    said = shown(desk, "/safety")
    assert EVENT in said and "overdue" in said and "counts as SUSAR until judged" in said
    assert {w.action for w in waiting.work_waiting("ROM") if w.subject == f"adverseevent:{EVENT}"} == {
        "notify-sponsor", "assess-adverse-event"}  # fmt: skip
    assert EVENT in shown(client_of("rom-investigator"), "/")  # owed, on Home
    written = do("rom-investigator", "notify-sponsor", event=EVENT, how="telephone")
    assert [f.code for f in written.entry.findings] == ["sponsor-told-late"]
    assert "review-adverse-event" in {w.action for w in waiting.work_waiting("BCN")}
    do("rom-investigator", "assess-adverse-event", event=EVENT, product="possible", **RELATED)
    do("bcn-physician", "review-adverse-event", review=EVENT, product="not-related", expectedness="unexpected",
       information="IB-3", **RELATED)  # fmt: skip
    said = shown(client_of("bcn-coordinator"), f"/safety/event/{EVENT}")
    assert "what stands" in said and "E.i.2.1b" in said and "Record a report to the authority" in said
    report = {"review": EVENT, "kind": "initial", "case_number": "ES-1", "trial_number": "2026-500001-11-00",
              "narrative": "simulated", "recipient": "EudraVigilance", "receipt": "EVR-7"}  # fmt: skip
    with pytest.raises(Refused, match="report-incomplete"):
        do("bcn-coordinator", "submit-susar-report", **report)
    assert [x.kind for x in safety.owed(DiskBook(), now, ["BCN"]) if x.code == EVENT] == ["authority"]
    do("bcn-coordinator", "submit-susar-report", meddra="10037660", **report)
    assert not [x for x in safety.owed(DiskBook(), now, None) if x.code == EVENT]
    said = shown(desk, f"/safety/event/{EVENT}")
    assert "EVR-7" in said and "reported in time" in said and "reported late" in said
    assert EVENT in shown(desk, "/safety?tab=susar") and EVENT not in shown(desk, "/safety?tab=closed")
    with pytest.raises(Refused, match="subject-unknown"):
        do("rom-investigator", "notify-sponsor", event="TST-ROM-009/1", how="x")


def test_an_event_is_seen_where_it_happened_and_by_the_sponsor_only() -> None:
    trial()
    reported(hospitalisation=False)
    assert EVENT in shown(client_of("rom-qa"), "/safety") and EVENT not in shown(client_of("bey-qa"), "/safety")
    assert client_of("bey-qa").get(f"/safety/event/{EVENT}").status_code in (403, 409)
    assert client_of("bcn-qa").get("/safety/event/none/AE-1").status_code in (404, 409)
    said = shown(client_of("rom-qa"), f"/safety/event/{EVENT}")
    assert "Nobody has judged the cause yet" in said and "Nothing of this event has to be reported" in said


def test_an_amendment_begins_with_what_is_told_now() -> None:
    trial()
    reported()
    source = client_of("rom-investigator").get(f"/safety/event/{EVENT}").content.decode()
    for part in ("/do/amend-adverse-event?", "event=TST-ROM-001%2FAE-1", "term=fever", "hospitalisation=on"):
        assert part in source, part
    assert "known_at=" not in source


def test_a_rule_is_drawn_with_who_counts_and_a_hold_is_lifted_where_it_stands() -> None:
    trial()
    desk = client_of("bcn-coordinator")
    do("bcn-statistician", "set-stopping-rule", rule="TST-CRS", protocol=TRIAL, title="Severe CRS", events={"crs": 3},
       window_days="28", boundary=[[3, 3], [6, 4]], method="toxicity-pocock 1", parameters={"p0": "0.2"})  # fmt: skip
    rule, here = read.sheet("stoppingrule:TST-CRS"), monitoring.people(DiskBook(), TRIAL)
    count = monitoring.count(DiskBook(), rule, here, clock.now())
    assert (count.n, count.events, count.headroom, count.stop_at) == (0, 0, 3, 3)
    assert dict(count.states) == {WHO: "not-infused"}
    page = desk.get(f"/safety/monitoring?trial={TRIAL}")
    said = text_of(page)
    assert "<svg" in page.content.decode() and "Severe CRS" in said and "not reached" in said
    assert "The trial was never on hold" in said and "not infused" in said
    do("bcn-physician", "place-hold", "a case in another trial", hold=TRIAL)
    assert "lift-hold" in {w.action for w in waiting.work_waiting("BCN")}
    assert "/do/lift-hold?hold=TST&amp;number=1" in desk.get("/safety/monitoring").content.decode()
    do("bcn-coordinator", "lift-hold", "not related", hold=TRIAL, number="1", reference="board, letter of today")
    assert "board, letter of today" in shown(desk, "/safety/monitoring")
    reported()
    said = shown(desk, f"/safety/package/{TRIAL}")
    for part in (
        "fever and shivering",
        "counts as SUSAR until judged",
        "Nobody has died",
        "never graded",
        "Severe CRS",
    ):
        assert part in said, part
    assert desk.get("/safety/package/NONE").status_code in (404, 409)
    assert client_of("bey-qa").get(f"/safety/package/{TRIAL}").status_code in (403, 409)


def test_the_story_tells_of_a_susar_and_of_a_hold_that_was_lifted() -> None:
    lines = {x.row.code: x for x in safety.lines(DiskBook(), clock.now(), None, tab="susar") if x.row.code[:3] == "ARI"}
    assert [(x.kind, x.state) for x in lines.values()] == [("susar", "done")]
    assert not safety.owed(DiskBook(), clock.now(), None)
    said = shown(client_of("bcn-coordinator"), "/safety/monitoring?trial=ARI-PED")
    assert "reached, weighed by the board" in said and "one event more holds the trial again" in said
    assert "Letter of the board" in said


def test_an_alert_of_hyperinflammation_is_judged_on_the_desk_and_leaves_home() -> None:
    physician, new, old = client_of("bey-physician"), "ARI-PED-BEY-002", "ARI-PED-BEY-001"
    (open_,) = [x for x in hyperinflammation.raised(DiskBook(), ["BEY"]) if x.answer is None]
    assert (open_.participant, open_.crs, open_.alert.over) == (new, 2, False)
    said = shown(physician, "/safety")
    for part in (new, "more than 2 times the value before the infusion", "Fibrinogen 1.3 g/L: below 1.5 g/L",
                 "to be judged", "Ferritin rises rapidly", "(recalled)", "assumed", old,
                 "Ferritin fell within a week"):  # fmt: skip
        assert part in said.replace("\u2068", "").replace("\u2069", ""), part
    assert "Alerts of hyperinflammation" not in shown(client_of("rom-investigator"), "/safety")
    waits = [w.action for w in hyperinflammation.waiting(DiskBook(), "BEY")]
    assert waits == ["answer-iec-hs-alert"] and "HLH-like syndrome" in shown(physician, "/")
    do("bey-physician", "answer-iec-hs-alert", alert=new, begun=open_.alert.begun, judgement="another-cause")
    assert hyperinflammation.waiting(DiskBook(), "BEY") == []
    assert "another cause explains the values" in shown(physician, "/safety")
