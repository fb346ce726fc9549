"""The bedside page: two scans, a verdict, the physician's decision, two signatures on one tablet, and the infusion."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from milenari.journal import clock, origin, read, sealed
from milenari.web.pages import bedside
from tests.web.stage import client_of, do, secrets
from tests.web.test_access import text_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("story")]
DOSE, JOURNEY = "AMM-B-001-F1", "AMM-J-001"


def coi(journey: str = JOURNEY) -> str:
    return str(read.sheet(f"journey:{journey}").coi)


def beside(who: str) -> dict[str, str]:
    known = secrets(who)
    return {"beside": "1", "second.person": who, "second.password": known["password"], "second.factor": known["second"]}


def form(answer: Any) -> dict[str, str]:
    """The hidden fields of the step's form, as a browser would send them."""
    body = answer.content.decode().partition('class="card signature at-bed"')[2].partition("</form>")[0]
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', body))


def entries(name: str) -> int:
    return len(read.entries_about(name))


def look(client: Client, wristband: str, bag: str, where: str = "/bedside") -> Any:
    return client.post(where, {"do": "look", "wristband": wristband, "bag": bag})


def verdict_of(answer: Any) -> str:
    found = re.search(r'data-verdict="([a-z]+)"', answer.content.decode())
    return found[1] if found else ""


def test_the_ward_sees_the_next_fraction_of_each_batch_that_waits() -> None:
    shown = text_of(client_of("amm-ward").get("/bedside"))
    assert DOSE in shown and "Fraction 1 of 3" in shown and "AMM-B-001-F2" not in shown
    assert "ROM-B-001" not in shown


def test_a_child_is_given_a_fraction_on_one_tablet_by_nurse_and_physician() -> None:
    nurse = client_of("amm-ward")
    assert "Wait: a physician decides first" in text_of(nurse.get(f"/bedside/{JOURNEY}", follow=True))
    decided = nurse.post(f"/bedside/{DOSE}", {"do": "decide-fraction", "decision": "administer",
                                              **beside("amm-physician")})  # fmt: skip
    assert decided.status_code == 302 and read.sheet(f"dose:{DOSE}").decision == "administer"
    before = entries(f"dose:{DOSE}")
    seen = look(nurse, coi(), DOSE)
    assert (seen.status_code, verdict_of(seen), entries(f"dose:{DOSE}")) == (200, "give", before)
    assert "This bag is for this patient." in text_of(seen) and "Ask for the name" in text_of(seen)
    scanned = nurse.post(f"/bedside/{DOSE}", {**form(seen), **secrets("amm-ward")})
    assert scanned.status_code == 302, text_of(scanned)
    step = nurse.get(f"/bedside/{DOSE}")
    assert "Now a second person scans." in text_of(step) and verdict_of(step) == ""
    confirmed = nurse.post(f"/bedside/{DOSE}", {**form(step), "wristband": coi(), "bag": DOSE,
                                                **beside("amm-physician")})  # fmt: skip
    assert confirmed.status_code == 302, text_of(confirmed)
    step = nurse.get(f"/bedside/{DOSE}")
    assert verdict_of(step) == "give" and "Give this bag to this patient now." in text_of(step)
    given = nurse.post(f"/bedside/{DOSE}", {**form(step), **secrets("amm-ward")})
    assert given.status_code == 302, text_of(given)
    assert "This fraction was given." in text_of(nurse.get(f"/bedside/{DOSE}"))
    sheet = read.sheet(f"dose:{DOSE}")
    assert (sheet.scanned_by, sheet.confirmed_by) == ("amm-ward", "amm-physician") and sheet.given_at
    act: Any = origin.entries_of([f"dose:{DOSE}"], ["scan-bedside"])[0].entry
    assert (act.action.wristband, act.action.bag) == (coi(), DOSE) and act.happened_at <= act.written_at


def decided() -> None:
    do("amm-physician", "decide-fraction", dose=DOSE, decision="administer")


def test_a_wrong_wristband_stops_and_writes_nothing_and_names_whom_to_call() -> None:
    decided()
    nurse, before = client_of("amm-ward"), entries(f"dose:{DOSE}")
    answer = look(nurse, coi("AMM-J-DRILL"), DOSE)
    assert (answer.status_code, verdict_of(answer)) == (422, "stop")
    shown = text_of(answer)
    assert "STOP: this is not the patient of this bag" in shown and "Lina Tarawneh" in shown
    assert "Ask for the name" not in shown and form(answer) == {} and entries(f"dose:{DOSE}") == before


def test_the_second_person_with_another_bag_is_stopped_in_the_same_large_words() -> None:
    decided()
    nurse = client_of("amm-ward")
    assert nurse.post(f"/bedside/{DOSE}", {**form(look(nurse, coi(), DOSE)), **secrets("amm-ward")}).status_code == 302
    before = entries(f"dose:{DOSE}")
    answer = nurse.post(f"/bedside/{DOSE}", {"do": "confirm-bedside", "wristband": coi(), "bag": "AMM-B-001-F2",
                                             **beside("amm-physician")})  # fmt: skip
    assert (answer.status_code, verdict_of(answer)) == (422, "stop") and "STOP: this is another bag" in text_of(answer)
    assert entries(f"dose:{DOSE}") == before
    alone = nurse.post(f"/bedside/{DOSE}", {"do": "confirm-bedside", "wristband": coi(), "bag": DOSE,
                                            **beside("amm-ward")})  # fmt: skip
    assert alone.status_code == 422 and not read.sheet(f"dose:{DOSE}").confirmed_by


def test_a_recalled_a_given_and_an_unknown_bag_each_stop() -> None:
    nurse = client_of("amm-ward")
    drill = read.sheet("journey:AMM-J-DRILL")
    assert "STOP: this product is recalled" in text_of(look(nurse, drill.coi, "AMM-B-DRILL-F2"))
    assert "STOP: this fraction was given already" in text_of(look(nurse, drill.coi, "AMM-B-DRILL-F1"))
    nobody = look(nurse, coi(), "NO-SUCH-BAG")
    assert "STOP: nobody knows this bag" in text_of(nobody) and nobody.status_code == 422
    elsewhere = look(nurse, coi(), "ROM-B-001-F1")
    assert verdict_of(elsewhere) == "stop" and "MLN-ROM" not in text_of(elsewhere)


def test_a_physician_holds_a_fraction_and_the_nurse_is_stopped() -> None:
    held = client_of("amm-physician").post(f"/bedside/{DOSE}", {"do": "decide-fraction", "decision": "hold",
        "remarks": "fever since midnight", **secrets("amm-physician")})  # fmt: skip
    assert held.status_code == 302
    answer = look(client_of("amm-ward"), coi(), DOSE)
    assert verdict_of(answer) == "stop" and "the physician holds this fraction" in text_of(answer)


def test_a_scan_is_only_signed_by_whoever_made_it_and_only_while_it_says_who_lies_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    decided()
    nurse = client_of("amm-ward")
    kept = form(look(nurse, coi(), DOSE))
    other = client_of("amm-physician").post(f"/bedside/{DOSE}", {**kept, **secrets("amm-physician")})
    assert other.status_code == 422 and "Wait: scan wristband and bag again" in text_of(other)
    forged = nurse.post(f"/bedside/{DOSE}", {**kept, "scan": kept["scan"][:-2] + "xx", **secrets("amm-ward")})
    assert forged.status_code == 422
    monkeypatch.setattr(bedside, "SCAN_HOLDS", bedside.SCAN_HOLDS * 0)
    stale = nurse.post(f"/bedside/{DOSE}", {**kept, **secrets("amm-ward")})
    assert stale.status_code == 422 and read.sheet(f"dose:{DOSE}").scanned_at is None
    monkeypatch.undo()
    assert nurse.post(f"/bedside/{DOSE}", {**kept, **secrets("amm-ward")}).status_code == 302


def test_a_wrong_password_keeps_the_verdict_and_the_scans() -> None:
    decided()
    nurse = client_of("amm-ward")
    kept = form(look(nurse, coi(), DOSE))
    answer = nurse.post(f"/bedside/{DOSE}", {**kept, **secrets("amm-ward"), "password": "not it"})
    assert (answer.status_code, verdict_of(answer)) == (422, "give") and form(answer)["scan"] == kept["scan"]
    assert "This was not recorded" in text_of(answer)


def test_a_record_that_moved_on_is_told_once_and_then_signed_over_the_present_state() -> None:
    decided()
    nurse = client_of("amm-ward")
    kept = form(look(nurse, coi(), DOSE))
    do("amm-ward", "record-weight", journey=JOURNEY, weight={"value": "41", "unit": "kg"}, on=str(clock.now().date()))
    do("amm-physician", "decide-fraction", dose=DOSE, decision="administer")
    stale = nurse.post(f"/bedside/{DOSE}", {**kept, **secrets("amm-ward")})
    assert stale.status_code == 422 and read.sheet(f"dose:{DOSE}").scanned_at is None
    assert form(stale)["seen"] != kept["seen"]
    fresh = form(look(nurse, coi(), DOSE))
    assert nurse.post(f"/bedside/{DOSE}", {**fresh, **secrets("amm-ward")}).status_code == 302


def test_a_scanner_without_javascript_sends_after_the_wristband_and_goes_on_to_the_bag() -> None:
    half = client_of("amm-ward").post("/bedside", {"do": "look", "wristband": coi(), "bag": ""})
    body = half.content.decode()
    assert half.status_code == 200 and f'value="{coi()}"' in body
    bag = body[body.index('id="id_bag"') :]
    assert " autofocus" in bag[: bag.index(">")]


def test_the_name_is_shown_to_the_treating_ward_alone_and_that_it_was_seen_is_kept() -> None:
    decided()
    before = len(sealed.readings(JOURNEY))
    seen = look(client_of("amm-ward"), coi(), DOSE)
    assert "Ask for the name" in text_of(seen) and len(sealed.readings(JOURNEY)) == before + 1
    quality = look(client_of("amm-qa"), coi(), DOSE)
    assert verdict_of(quality) == "stop" and "Ask for the name" not in text_of(quality)
    assert len(sealed.readings(JOURNEY)) == before + 1


def test_what_the_last_fractions_did_is_shown_and_missing_grades_are_no_zero() -> None:
    shown = text_of(client_of("bey-ward").get("/bedside/BEY-B-001-F2"))
    assert "Wait: grade the toxicity first" in shown or "STOP: toxicity is too high" in shown
    assert "CRS grade 2" in shown and "After the last fractions" in shown


def test_the_number_of_questions_does_not_grow_with_the_ward(django_assert_max_num_queries: Any) -> None:
    nurse = client_of("amm-ward")
    with django_assert_max_num_queries(30):
        nurse.get("/bedside")
    with django_assert_max_num_queries(70):
        nurse.get(f"/bedside/{DOSE}")
