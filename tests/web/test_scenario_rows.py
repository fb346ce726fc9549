"""Rows of a scenario on screen: added, changed, taken out in a draft; refused at the box; kept as another, or left."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest

from milenari.journal import scenarios
from milenari.registers import recorded
from milenari.web.pages import scenario_rows
from tests.web.stage import client_of
from tests.web.test_access import text_of
from tests.web.test_planning_pages import keep, small

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("story")]

PERSON = {"table": "people", "site": "BCN", "code": "BCN-O9", "trained": ["qc"], "shift": "evening",
          "days": ["mon", "tue"], "away.0.first": "2027-03-01", "away.0.last": "2027-03-05",
          "away.0.why": "leave"}  # fmt: skip


def put(client: Any, one: scenarios.Kept, **form: Any) -> Any:
    return client.post(f"/plans/scenarios/{one.id}/row", form)


def do(client: Any, one: scenarios.Kept, what: str, **form: str) -> Any:
    return client.post(f"/plans/scenarios/{one.id}/rows", {"table": "people", "site": "BCN", "do": what, **form})


def test_a_draft_of_people_lanes_and_patients_is_kept_as_another_scenario() -> None:
    client, one = client_of("bcn-coordinator"), keep(small())
    assert put(client, one, **PERSON).status_code == 302
    listed = client.get(f"/plans/scenarios/{one.id}/rows?table=people&site=BCN")
    assert "BCN-O9" in text_of(listed) and "Nothing of this is kept yet" in text_of(listed)
    assert "You have a draft" in text_of(client.get(f"/plans/scenarios/{one.id}"))
    lane = client.get(f"/plans/scenarios/{one.id}/row?table=lanes&code_before=BCN-ROM").content.decode()
    form = {name: value for name, value in re.findall(r'name="([^"]+)" value="([^"]*)"', lane) if name != "more"}
    chosen = re.findall(r'<select id="[^"]*" name="([^"]+)".*?<option value="([^"]+)" selected', lane)
    written = re.findall(r'<textarea id="[^"]*" name="([^"]+)"[^>]*>([^<]*)<', lane)
    form |= dict(chosen) | {name: html.unescape(text) for name, text in written}
    form |= {"carries": ["frozen"], "planned.value": "3", "closed.0.first": "2027-02-01",
                            "closed.0.last": "2027-02-02", "closed.0.why": "a strike"}  # fmt: skip
    assert put(client, one, **form).status_code == 302
    assert do(client, one, "remove", table="patients", code="P07").status_code == 302
    told = text_of(client.get(f"/plans/scenarios/{one.id}/rows?table=patients"))
    assert "P07 taken out" in told and "BCN-O9 added" in told and "BCN-ROM changed" in told
    before = scenarios.kept(None).count()
    kept = do(client, one, "keep")
    made = scenarios.opened(scenarios.one(int(kept["Location"].split("/")[3]), None))[1]
    person, lane_made = made.sites[0].people[-1], next(x for x in made.lanes if x.code == "BCN-ROM")
    assert (person.code, person.trained, [str(d) for d in person.days]) == ("BCN-O9", ("qc",), ["mon", "tue"])
    assert (lane_made.planned.whole, lane_made.carries, lane_made.closed[0].why) == (3, ("frozen",), "a strike")
    assert lane_made.transit == next(x for x in scenarios.opened(one)[1].lanes if x.code == "BCN-ROM").transit
    assert [p.code for p in made.patients] == ["P02"] and scenarios.kept(None).count() == before + 1
    assert "the one before is unchanged" in text_of(client.get(kept["Location"]))
    assert len(scenarios.opened(one)[1].patients) == 2, "the first is as it was"
    assert "Nothing of this is kept" not in text_of(client.get(f"/plans/scenarios/{one.id}/rows"))


def test_a_draft_that_is_left_or_taken_back_changes_nothing() -> None:
    client, one = client_of("bcn-coordinator"), keep(small())
    before = scenarios.kept(None).count()
    put(client, one, **PERSON)
    put(client, one, **PERSON | {"code": "BCN-O8"})
    do(client, one, "back")
    told = text_of(client.get(f"/plans/scenarios/{one.id}/rows"))
    assert "BCN-O9 added" in told and "BCN-O8" not in told
    do(client, one, "leave")
    assert "BCN-O9" not in text_of(client.get(f"/plans/scenarios/{one.id}/rows"))
    assert scenarios.kept(None).count() == before
    for what in ("keep", "back"):
        assert do(client, one, what).status_code in (409, 422), "there is nothing to keep or take back"
    # What is put as it stands is no change.
    person = scenarios.opened(one)[0]["sites"][0]["people"][0]
    put(client, one, table="people", site="BCN", code_before=person["code"], **person)
    assert "Nothing of this is kept" not in text_of(client.get(f"/plans/scenarios/{one.id}/rows"))


@pytest.mark.parametrize(
    ("spoil", "box", "said"),
    [
        ({"shift": "night"}, "id_shift_error", "This names something that is not in the scenario"),
        ({"code": "BCN-O1"}, "id_code_error", "This code is taken by another row"),
        ({"away.0.last": "2027-01-01"}, "id_away_0_last_error", "These days are in the wrong order"),
        ({"away.0.why": ""}, "id_away_0_why_error", "What stands here cannot be read"),
    ],
)
def test_a_row_that_cannot_stand_is_refused_at_its_box_with_all_that_was_typed(spoil: Any, box: str, said: str) -> None:
    client, one = client_of("bcn-coordinator"), keep(small())
    page = put(client, one, **PERSON | spoil)
    body = page.content.decode()
    assert page.status_code == 422 and f'id="{box}"' in body and said in text_of(page)
    assert f'aria-describedby="{box}"' in body
    typed = PERSON | spoil
    assert f'value="{typed["code"]}"' in body and f'value="{typed["away.0.first"]}"' in body
    assert re.search(r'value="qc" checked', body) and not re.search(r'value="sun" checked', body)
    assert "Nothing of this is kept" not in text_of(client.get(f"/plans/scenarios/{one.id}/rows"))


def test_what_others_rest_on_stays_and_the_reason_is_told() -> None:
    client, one = client_of("bcn-coordinator"), keep(small())
    page = do(client, one, "remove", table="rooms", code="BCN-CR1")
    assert page.status_code == 422 and "sites[0].machines[0].room is" in text_of(page)
    assert "BCN-CR1" in text_of(client.get(f"/plans/scenarios/{one.id}/rows?table=rooms&site=BCN"))
    gone = do(client, one, "remove", code="NOBODY")
    assert gone.status_code == 422 and "has no NOBODY" in text_of(gone)


def test_every_table_and_a_row_of_each_is_shown_searched_and_paged() -> None:
    tree = recorded.example()
    tree["patients"] = [{**tree["patients"][0], "code": f"X{at:02d}"} for at in range(30)]
    tree["outages"] = [{"code": "CUT", "kind": "campaign", "at": "BCN", "lost": tree["vector"]["rejection"]}]
    client, one = client_of("bcn-coordinator"), keep(tree)
    for name, code in (("people", "BCN-O1"), ("machines", "BCN-PRODIGY"), ("rooms", "BCN-CR1"), ("lanes", "BCN-ROM"),
                       ("lots", "LV-26-07"), ("patients", "X00"), ("outages", "CUT")):  # fmt: skip
        assert code in text_of(client.get(f"/plans/scenarios/{one.id}/rows?table={name}"))
        page = client.get(f"/plans/scenarios/{one.id}/row?table={name}&code_before={code}")
        assert page.status_code == 200 and f'value="{code}"' in page.content.decode()
        assert client.get(f"/plans/scenarios/{one.id}/row?table={name}").status_code == 200
    assert "X29" in text_of(client.get(f"/plans/scenarios/{one.id}/rows?table=patients&page=2"))
    found = text_of(client.get(f"/plans/scenarios/{one.id}/rows?table=patients&q=x07"))
    assert "X07" in found and "X08" not in found
    assert "No row has these words" in text_of(client.get(f"/plans/scenarios/{one.id}/rows?table=patients&q=zz"))
    body = client.post(f"/plans/scenarios/{one.id}/row", PERSON | {"more": "3"}).content.decode()
    assert "away.6.first" in body and 'value="leave"' in body, "more lines, and nothing typed is lost"
    for wrong in ("table=costs", "table=people&site=PAR", "table=people&site=BCN&code_before=NOBODY"):
        assert client.get(f"/plans/scenarios/{one.id}/row?{wrong}").status_code == 404


def test_who_does_not_plan_looks_and_changes_nothing_and_a_draft_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    one = keep(small())
    qa = client_of("bcn-qa")
    page = qa.get(f"/plans/scenarios/{one.id}/rows")
    assert page.status_code == 200 and "Scenarios are changed by" in text_of(page) and "Take out" not in text_of(page)
    assert put(qa, one, **PERSON).status_code == 403 and do(qa, one, "remove", code="BCN-O1").status_code == 403
    assert client_of("rom-coordinator").get(f"/plans/scenarios/{one.id}/rows").status_code == 404
    monkeypatch.setattr(scenario_rows, "MOST", 1)
    client = client_of("bcn-coordinator")
    assert put(client, one, **PERSON).status_code == 302
    assert "as many as it holds" in text_of(put(client, one, **PERSON | {"code": "BCN-O8"}))
