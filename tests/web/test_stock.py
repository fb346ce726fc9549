"""Stock and people: what is there, what ends first, who may do what about it, who is trained in what."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from milenari.web.pages import stock
from tests.web.test_access import text_of
from tests.web.test_home import visible
from tests.web.world import World, logged_in, today


def book_in(world: World, code: str, days: int, kind: str = "medium", released: bool = True) -> None:
    world.do("ROM-OP", "receive-material", material=code, kind=kind, maker_lot=f"MAKER-{code}",
             amount={"value": "5", "unit": "mL"}, expires_on=str(today(days)))  # fmt: skip
    if released:
        world.do("ROM-QA", "judge-material", material=code, status="released")


def row_of(client: Client, url: str, code: str) -> str:
    """The text of the table row of one code."""
    found = [
        row
        for row in re.findall(r"<tr>(.*?)</tr>", visible(client.get(url).content.decode()), re.S)
        if f">{code}<" in row
    ]
    assert len(found) == 1, f"{code} stands in {len(found)} rows"
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", found[0]))


def test_the_usable_lot_that_ends_first_is_to_be_used_first(world: World) -> None:
    for code, days, released in (("LATER", 90, True), ("SOON", 5, True), ("GONE", -2, True), ("HELD", 3, False)):
        book_in(world, code, days, released=released)
    client = logged_in("ROM-OP")
    assert "use first" in row_of(client, "/stock", "SOON") and "soon" in row_of(client, "/stock", "SOON")
    for code in ("LATER", "GONE", "HELD"):
        assert "use first" not in row_of(client, "/stock", code)
    assert "passed" in row_of(client, "/stock", "GONE") and "in quarantine" in row_of(client, "/stock", "HELD")
    listed = client.get("/stock").content.decode()
    assert listed.index(">GONE<") < listed.index(">HELD<") < listed.index(">SOON<") < listed.index(">LATER<")


def test_a_day_ends_where_the_thing_is_and_not_at_midnight_of_utc(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    book_in(world, "ENDS", 1)
    world.do("ROM-QA", "record-training", person="ROM-OP", procedure="SOP-ARI", number="1", on=str(today(-20)),
             until_on=str(today(1)))  # fmt: skip
    client, rome = logged_in("ROM-QA"), ZoneInfo("Europe/Rome")

    def at(days: int, hour: int) -> None:
        """The pages' clock reads this hour of Rome's own day."""
        shown = datetime.combine(today(days), time(hour, 30), rome).astimezone(UTC)
        monkeypatch.setattr(stock, "clock", SimpleNamespace(now=lambda: shown))

    at(1, 23)
    assert "use first" in row_of(client, "/stock", "ENDS") and "passed" not in row_of(client, "/stock", "ENDS")
    assert "ends soon" in text_of(client.get("/people")) and "ran out" not in text_of(client.get("/people"))
    at(2, 0)  # the next day in Rome, and the day before in UTC still
    assert "use first" not in row_of(client, "/stock", "ENDS") and "passed" in row_of(client, "/stock", "ENDS")
    assert "ran out" in text_of(client.get("/people"))


def test_an_act_is_offered_to_whoever_may_do_it_where_the_thing_is(world: World) -> None:
    book_in(world, "HELD", 30, released=False)
    assert "Judge material" in row_of(logged_in("ROM-QA"), "/stock", "HELD")
    assert "Judge material" not in row_of(logged_in("ROM-OP"), "/stock", "HELD")
    assert "Judge material" not in row_of(logged_in("BCN-QA"), "/stock", "HELD")  # the lot is in Rome
    assert "Receive material" in text_of(logged_in("ROM-OP").get("/stock"))


def test_a_row_leads_to_its_history(world: World) -> None:
    book_in(world, "LOT-9", 30)
    client = logged_in("ROM-OP")
    assert 'href="/about/material:LOT-9"' in client.get("/stock").content.decode()
    assert "Olivia" not in text_of(client.get("/about/material:LOT-9"))
    assert "Marco Bellini" in text_of(client.get("/about/material:LOT-9"))


def test_stock_is_searched_by_code_class_and_makers_lot_and_by_state(world: World) -> None:
    book_in(world, "ALPHA", 30)
    book_in(world, "BETA", 30, kind="serum", released=False)
    client = logged_in("ROM-OP")
    for query, found, other in (("q=alpha", "ALPHA", "BETA"), ("q=serum", "BETA", "ALPHA"),
                                ("q=maker-beta", "BETA", "ALPHA"), ("state=quarantined", "BETA", "ALPHA")):  # fmt: skip
        shown = text_of(client.get(f"/stock?{query}"))
        assert found in shown and other not in shown, query
    assert "Nothing matches this search" in text_of(client.get("/stock?q=zzz"))


def test_an_empty_shelf_says_how_it_fills(world: World) -> None:
    client = logged_in("ROM-OP")
    assert "No material yet." in text_of(client.get("/stock"))
    assert "No instrument yet." in text_of(client.get("/stock?show=equipment"))
    assert "No vector container" in text_of(client.get("/stock?show=containers"))
    assert client.get("/stock?show=nonsense&page=x").status_code == 200


def test_an_instrument_shows_how_long_its_calibration_holds(world: World) -> None:
    for code, days in (("OUT", -3), ("NEAR", 3), ("FAR", 200)):
        world.do("ROM-QA", "register-equipment", equipment=code, kind="counter", calibrated_until=str(today(days)))
    client = logged_in("ROM-QA")
    for code, told in (("OUT", "passed"), ("NEAR", "soon"), ("FAR", "in time")):
        assert told in row_of(client, "/stock?show=equipment", code)
        assert "Record a calibration" in row_of(client, "/stock?show=equipment", code)


def test_the_matrix_tells_trained_from_ended_and_from_never(world: World) -> None:
    for person, days in (("ROM-OP", 200), ("ROM-TWO", 10)):
        world.do("ROM-QA", "record-training", person=person, procedure="SOP-ARI", number="1", on=str(today(-20)),
                 until_on=str(today(days)))  # fmt: skip
    world.do("ROM-QA", "record-training", person="ROM-NUR", procedure="SOP-ARI", number="1", on=str(today(-20)),
             until_on=str(today(-1)))  # fmt: skip
    source = logged_in("ROM-QA").get("/people").content.decode().split("Training matrix</h2>")[1]
    rows = {name: re.sub(r"<[^>]+>", " ", row) for row in re.findall(r"<tr>(.*?)</tr>", source, re.S)
            for name in re.findall(r'row"><bdi>(.*?)</bdi>', row)}  # fmt: skip
    assert "until" in rows["Marco Bellini"] and "ends soon" in rows["Paola Gentile"]
    assert "ran out" in rows["Ilaria Fontana"] and "not trained" in rows["Lucia De Santis"]


def test_people_are_shown_with_their_roles_and_the_ends_of_these(world: World) -> None:
    world.do("ROM-QA", "grant-role", person="ROM-OP", granted="trainer", at_site="ROM", from_on=str(today()),
             to_on=str(today(30)))  # fmt: skip
    shown = row_of(logged_in("ROM-QA"), "/people", "ROM-OP")
    assert "operator" in shown and "trainer" in shown and str(today(30)) in shown
    assert "ROM-OP" not in text_of(logged_in("BCN-QA").get("/people?site=BCN"))


def test_the_batches_in_process_say_what_moves_them_on(batch_world: World) -> None:
    client = logged_in("ROM-OP")
    shown = row_of(client, "/batches", "ROM-B-1")
    assert batch_world.coi in shown and "Sign a step" in shown and "The next phase is not signed." in shown
    assert 'href="/run/ROM-B-1"' in client.get("/batches").content.decode()
    assert "ROM-B-1" in text_of(client.get(f"/batches?q={batch_world.coi[4:12]}"))
    assert "ROM-B-1" in text_of(client.get("/batches?decision=every"))
    assert "No batch matches this search" in text_of(client.get("/batches?decision=final"))


def test_a_list_without_batches_says_how_one_begins(world: World) -> None:
    assert "No batch is in process" in text_of(logged_in("ROM-OP").get("/batches"))
