"""Network: the map, how sites stand, small counts that are not told, times with both events; and finding by code."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from milenari.journal import clock, read
from milenari.registers import models as table
from milenari.registers import network
from milenari.rules import carrier
from milenari.web import atlas, rooms
from milenari.web.small_counts import FEWEST
from tests.web.test_access import text_of
from tests.web.test_pages import demo_client, story  # noqa: F401  a fixture
from tests.web.world import JOURNEY, World, logged_in, today


def rows_of(client: Client, caption: str) -> list[list[str]]:
    """The cells of the table under a heading of the network page."""
    source = client.get("/network").content.decode()
    part = source.split(f">{caption}</h2>")[1].split("</section>")[0]
    cells = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.S) for row in re.findall(r"<tr>(.*?)</tr>", part, re.S)]
    return [[re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", cell)).strip() for cell in row] for row in cells]


PATIENTS, TIMES = "Patients waiting, by station and country", "How long the steps of a therapy take"


def test_what_is_shown_of_another_hospital_singles_nobody_out(story: None) -> None:  # noqa: F811
    own, all_of_it = demo_client("bey-physician"), demo_client("bcn-qa")
    rows = {row[1]: row for row in rows_of(own, PATIENTS)}
    assert rows["BEY"][2:] == ["0", "0", "0", "0", "0", "1", "0"]
    assert set(rows["ROM"][2:]) == {"fewer than five"}
    assert {row[1]: row for row in rows_of(all_of_it, PATIENTS)}["ROM"][2:] == ["1", "0", "0", "0", "0", "0", "2"]
    _times_name_both_events_and_hide_what_is_computed_from_few(own, all_of_it)
    _another_hospitals_stock_people_and_work_are_not_shown(own)
    _a_code_finds_what_one_may_see(own, all_of_it)


def _times_name_both_events_and_hide_what_is_computed_from_few(own: Client, all_of_it: Client) -> None:
    seen = [row[-5:] for row in rows_of(own, TIMES)]
    assert ["ROM", "fewer than five", "—", "—", "—"] in seen
    assert any(row[0] == "BEY" and row[1] == "3" and row[2].endswith(" d") for row in seen)
    assert any(row[0] == "AMM" and row[1] == "5" and row[2].endswith(" d") for row in seen)  # five may be told
    assert not any("fewer" in cell for row in rows_of(all_of_it, TIMES) for cell in row)
    shown = text_of(own.get("/network"))
    for named in ("referral to collection", "collection to start of the batch", "start of the batch to harvest",
                  "harvest to release", "collection to first infusion"):  # fmt: skip
        assert named in shown
    chart = own.get("/network").content.decode().split('class="scroll drawing"')[1].split("</svg>")[0]
    assert "BEY" in chart and "AMM" in chart and "ROM" not in chart


def _another_hospitals_stock_people_and_work_are_not_shown(own: Client) -> None:
    for url in ("/", "/stock", "/stock?show=equipment", "/stock?show=containers", "/people", "/stock?site=ROM"):
        shown = text_of(own.get(url))
        assert "BEY" in shown and not re.search(r"\bROM-", shown) and "rom-" not in shown, url


def _a_code_finds_what_one_may_see(own: Client, all_of_it: Client) -> None:
    row = table.Journey.objects.exclude(coi="").filter(site="BEY").first()
    other = table.Journey.objects.exclude(coi="").filter(site="ROM").first()
    assert row and other
    assert own.get("/find", {"q": row.coi})["Location"] == f"/journey/{row.code}"
    assert own.get("/find", {"q": f" {row.coi.lower()} "})["Location"] == f"/journey/{row.code}"
    assert own.get(own.get("/find", {"q": other.coi})["Location"]).status_code == 403
    assert "ROM-J-001" not in text_of(own.get("/find", {"q": "ROM-J-00"}))
    assert "ROM-J-001" in text_of(all_of_it.get("/find", {"q": "ROM-J-00"}))
    dose = table.Dose.objects.filter(site="BEY").first()
    assert dose and own.get("/find", {"q": dose.code})["Location"] == f"/journey/{dose.journey}#{dose.code}"
    result = table.Result.objects.exclude(sample="").filter(of="batch:BEY-B-001").first()
    assert result and own.get("/find", {"q": result.sample})["Location"] == "/batch/BEY-B-001"


def test_a_site_that_no_place_is_kept_for_is_named_beside_the_map(world: World, home: Path) -> None:
    world.do("BCN-QA", "found-site", site="TUN", name="Hospital TUN", country="TN", zone="Africa/Tunis", control=False,
             site_roles=["infusion"], from_on=str(today()))  # fmt: skip
    client = logged_in("ROM-PHY")
    shown = text_of(client.get("/network"))
    assert "Not on the map, because no place is kept for them:" in shown and "Hospital TUN" in shown
    (home / "places.json").write_text(json.dumps({"places": {"TUN": [10.18, 36.8]}}))
    source = client.get("/network").content.decode()
    assert "Not on the map" not in source and source.count('href="/site/TUN"') == 2


def test_the_map_is_one_drawing_with_a_link_for_each_site_and_nothing_that_the_policy_refuses(world: World) -> None:
    source = logged_in("ROM-PHY").get("/network").content.decode()
    drawing = source.split("card map")[1].split("</svg>")[0]
    assert drawing.count('href="/site/') == 2 and "ROM, Hospital ROM" in drawing
    assert "<script" not in drawing and " style=" not in drawing and "The sites of the network" in drawing


def test_the_coastline_is_whole_and_lies_where_the_map_is() -> None:
    found = atlas.land()
    points = [
        p for feature in found for polygon in feature["geometry"]["coordinates"] for ring in polygon for p in ring
    ]
    assert len(points) > 500 and all(-11 <= x <= 44 and 26.5 <= y <= 49.5 for x, y in points)
    assert all(-11 < x < 44 and 26.5 < y < 49.5 for x, y in atlas.places().values())


def test_a_site_stands_by_what_holds_today(world: World) -> None:
    shown = text_of(logged_in("ROM-PHY").get("/site/ROM"))
    assert "N-1" in shown and "AIFA" in shown and "in force" in shown and "left" in shown
    found = network.standing("ROM", today())
    assert found and [q.product for q in found.qualified(today())] == ["ARI"]
    assert [a.number for a in found.authorised(today())] == ["N-1"]
    assert not found.authorised(today(400)) and not found.qualified(today(400)) and not found.in_force(today(-200))
    world.do("BCN-QA", "suspend-site", site="ROM", product="ARI", reason="media fill failed")
    assert "suspended" in text_of(logged_in("ROM-PHY").get("/site/ROM"))
    again = network.standing("ROM", today())
    assert again and not again.qualified(today())
    assert "not qualified today" in text_of(logged_in("ROM-PHY").get("/network"))


def test_a_master_files_newest_edition_in_force_is_named(world: World) -> None:
    world.do("BCN-QA", "effect-master-file", masterfile="ARI", number="2", annexes={"ROM": "1"}, from_on=str(today(9)))
    before, after = network.standing("ROM", today()), network.standing("ROM", today(10))
    assert before and [a.edition for a in before.in_force(today())] == ["1"]
    assert after and [a.edition for a in after.in_force(today(10))] == ["2"]


def test_an_interval_needs_both_events_and_belongs_to_the_treating_site(batch_world: World) -> None:
    found = {(i.code, i.site): i for i in network.intervals()}
    assert set(found) == {("referral-collection", "ROM"), ("collection-start", "ROM")}
    took = found["collection-start", "ROM"]
    assert took.number == 1 and took.median == took.shortest == took.longest
    assert network.Interval("x", "ROM", (1.0, 2.0, 9.0)).median == 2.0


def test_the_fewest_that_may_be_told_are_five() -> None:
    assert FEWEST == 5


# -- finding and the ways through the house -------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "address"),
    [
        (JOURNEY, f"/journey/{JOURNEY}"),
        (JOURNEY.lower(), f"/journey/{JOURNEY}"),
        (f"journey:{JOURNEY}", f"/journey/{JOURNEY}"),
        ("ROM-B-1", "/batch/ROM-B-1"),
        ("ROM-C-1", f"/journey/{JOURNEY}#ROM-C-1"),
        ("BEADS-1", "/about/material:BEADS-1"),
        ("M1", "/about/material:BEADS-1"),  # the maker's lot
        ("PRO-1", "/equipment/equipment:PRO-1"),
        ("ROM/1", "/entry/ROM/1"),
        ("rom/1", "/entry/ROM/1"),
        ("ROM-OP", "/about/person:ROM-OP"),
    ],
)
def test_a_code_leads_straight_to_its_page(batch_world: World, text: str, address: str) -> None:
    client = logged_in("ROM-OP")
    answer = client.get("/find", {"q": text})
    assert answer.status_code == 302 and answer["Location"] == address
    assert client.get(address.split("#")[0]).status_code == 200


def test_an_entry_is_found_by_the_id_of_its_act(world: World) -> None:
    act = read.entries_about(f"journey:{JOURNEY}")[0].act
    assert logged_in("ROM-OP").get("/find", {"q": act.upper()})["Location"] == f"/entry/{act}"


def test_a_labels_symbol_leads_to_what_it_is_on_and_a_damaged_one_says_so(batch_world: World) -> None:
    said = carrier.Carrier("collection-bag", carrier.serial_of("ROM", 7), "ROM-C-1", batch_world.coi)
    client, symbol = logged_in("ROM-OP"), carrier.write(said)
    assert client.get("/find", {"q": symbol})["Location"] == f"/journey/{JOURNEY}#ROM-C-1"
    damaged = client.get("/find", {"q": symbol.replace("ROM-C-1", "ROM-C-2")})
    assert damaged.status_code == 422 and "typing it" in text_of(damaged)


def test_several_that_fit_are_listed_and_none_says_what_can_be_tried(batch_world: World) -> None:
    client = logged_in("ROM-OP")
    several = client.get("/find", {"q": "ROM-"})
    assert several.status_code == 200 and "More than one thing fits" in text_of(several)
    none = client.get("/find", {"q": "NOSUCH-9"})
    assert none.status_code == 404 and "Nothing that you may see has this code." in text_of(none)
    assert "a chain of identity" in text_of(none) and 'value=""' not in none.content.decode().split("<main")[1]
    assert "Scan a label" in text_of(client.get("/find"))


def test_every_page_has_the_box_for_codes_and_a_way_back(batch_world: World) -> None:
    client = logged_in("ROM-OP")
    for url, above in ((f"/journey/{JOURNEY}", "/journeys"), ("/site/ROM", "/network"), ("/people", "/stock")):
        source = client.get(url).content.decode()
        assert 'action="/find"' in source and 'name="q"' in source
        crumbs = source.split('class="crumbs"')[1].split("</nav>")[0]
        assert 'href="/"' in crumbs and f'href="{above}"' in crumbs, url
    assert 'class="crumbs"' not in client.get("/journeys").content.decode()


def test_the_rooms_of_a_role_come_first_and_no_room_twice() -> None:
    from milenari.words import Role

    for role in Role:
        first, more = rooms.rooms(role, "journey")
        codes = [room.code for room in (*first, *more)]
        assert codes[0] == "home" and len(codes) == len(set(codes))
        assert [room.code for room in (*first, *more) if room.here] == ["journeys"]
    operator, nurse = (rooms.rooms(role, "home")[0] for role in (Role.OPERATOR, Role.WARD_NURSE))
    assert [room.code for room in operator] != [room.code for room in nurse]


def test_vector_at_a_site_counts_what_is_usable_today(world: World, monkeypatch: Any) -> None:
    from decimal import Decimal

    lot = table.Lot(key="L", subject="lot:L", entry=1, code="L", site="BCN", decision="final",
                    titre_tu_per_ml=Decimal(10), expires_on=today(5))  # fmt: skip
    held = [("a", "ROM", "", ""), ("b", "ROM", "ROM", ""), ("c", "BCN", "ROM", "ROM")]
    from tests.web.crowd import crowd

    crowd(0)  # takes the guard down
    lot.save()
    for code, site, allocated, bound in held:
        table.Container.objects.create(
            key=code, subject=f"container:{code}", entry=1, code=code, lot="L", site=site, allocated_to=allocated,
            bound_for=bound, volume_ml=Decimal(2),
        )  # fmt: skip
    found = network.vector_by_site(today())["ROM"]
    assert (found.free, found.reserved, found.coming) == (1, 1, 1)
    assert (found.free_tu, found.reserved_tu) == (Decimal(20), Decimal(20))
    assert network.vector_by_site((clock.now() + timedelta(days=9)).date()) == {}
