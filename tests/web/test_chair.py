"""The apheresis chair: the wristband before the needle, wristband and label before the bag leaves."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from milenari.journal import read
from milenari.rules.chain import check_character
from tests.web.stage import client_of, do, secrets
from tests.web.test_access import text_of
from tests.web.test_bedside import coi, form, verdict_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("story")]
JOURNEY, OTHER = "AMM-J-002", "AMM-J-001"


def look(client: Client, where: str, **scans: str) -> Any:
    return client.post(where, {"do": "look", **scans})


def test_the_nurse_sees_who_is_expected() -> None:
    shown = text_of(client_of("amm-apheresis").get("/chair"))
    assert coi(JOURNEY) in shown and coi(OTHER) not in shown


def test_a_child_is_collected_and_the_bag_labelled_at_the_chair() -> None:
    nurse = client_of("amm-apheresis")
    seen = look(nurse, "/chair", wristband=coi(JOURNEY))
    assert (seen.status_code, verdict_of(seen)) == (200, "give")
    assert "This is the patient. Cells may be collected." in text_of(seen)
    assert not read.sheet(f"journey:{JOURNEY}").collections
    typed = {"collection": f"{JOURNEY}-A", "volume": "130", "volume.unit": "mL", **secrets("amm-apheresis")}
    collected = nurse.post(f"/chair/{JOURNEY}", {**form(seen), **typed})
    assert collected.status_code == 302 and collected.url == f"/chair/{JOURNEY}-A", text_of(collected)
    bag = f"/chair/{JOURNEY}-A"
    assert "Now scan wristband and label." in text_of(nurse.get(bag)) and f"{JOURNEY}-A" in text_of(nurse.get("/chair"))
    wrong = look(nurse, bag, wristband=coi(JOURNEY), label=coi(OTHER))
    assert (wrong.status_code, verdict_of(wrong)) == (422, "stop") and form(wrong) == {}
    fits = look(nurse, bag, wristband=coi(JOURNEY), label=coi(JOURNEY))
    assert verdict_of(fits) == "give" and "This label is for this patient." in text_of(fits)
    assert read.sheet(f"collection:{JOURNEY}-A").labelled_at is None
    assert nurse.post(bag, {**form(fits), **secrets("amm-apheresis")}).status_code == 302
    assert read.sheet(f"collection:{JOURNEY}-A").labelled_at and "This bag is labelled." in text_of(nurse.get(bag))


def test_the_wristband_of_another_child_stops_before_the_needle() -> None:
    answer = look(client_of("amm-apheresis"), f"/chair/{JOURNEY}", wristband=coi(OTHER))
    assert (answer.status_code, verdict_of(answer)) == (422, "stop")
    assert "STOP: wristband and therapy do not fit" in text_of(answer)


def test_a_withdrawn_consent_stops_before_the_needle() -> None:
    do("amm-physician", "withdraw-consent", journey=JOURNEY, reason="the family asks")
    answer = look(client_of("amm-apheresis"), "/chair", wristband=coi(JOURNEY))
    assert verdict_of(answer) == "stop" and "STOP: consent is withdrawn" in text_of(answer)


def test_a_misread_wristband_is_scanned_again_and_an_unknown_one_stops() -> None:
    nurse, right = client_of("amm-apheresis"), coi(JOURNEY)
    assert verdict_of(look(nurse, "/chair", wristband=right[1:])) == "wait"
    stranger = "MLN-AMM-2222-2222-2222-" + check_character("MLNAMM222222222222")
    assert verdict_of(look(nurse, "/chair", wristband=stranger)) == "stop"


def test_a_form_without_its_scans_is_refused_and_not_broken() -> None:
    answer = client_of("amm-apheresis").post(f"/chair/{JOURNEY}", {"do": "collect-cells", **secrets("amm-apheresis")})
    assert answer.status_code == 422 and not read.sheet(f"journey:{JOURNEY}").collections


def test_a_refused_volume_keeps_what_was_typed_and_asks_again() -> None:
    nurse = client_of("amm-apheresis")
    seen = look(nurse, "/chair", wristband=coi(JOURNEY))
    typed = {"collection": f"{JOURNEY}-A", "volume": "5000", "volume.unit": "mL", **secrets("amm-apheresis")}
    answer = nurse.post(f"/chair/{JOURNEY}", {**form(seen), **typed})
    assert answer.status_code == 422 and "This was not recorded" in text_of(answer)
    assert 'value="5000"' in answer.content.decode() and not read.sheet(f"journey:{JOURNEY}").collections


def test_another_role_is_told_that_it_does_not_collect() -> None:
    answer = look(client_of("amm-ward"), f"/chair/{JOURNEY}", wristband=coi(JOURNEY))
    assert verdict_of(answer) == "stop" and "your role does not collect cells" in text_of(answer)
