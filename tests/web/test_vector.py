"""Vector: stock by site and state, the campaign's page, and the genealogy drawn and listed."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from milenari.registers import models as table
from milenari.registers import questions, vector
from milenari.web import charts
from tests.web.stage import client_of, sampled_lot
from tests.web.test_access import text_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("story")]
LOT = "LV-A3B1-L01"
TODAY = datetime.now(UTC).date()


def test_stock_counts_every_container_once_by_site_and_state() -> None:
    lot = table.Lot.objects.get(code=LOT)
    stock = vector.stocks([lot], TODAY)[0]
    containers = list(table.Container.objects.filter(lot=LOT))
    assert stock.containers + stock.spent == len(containers) == lot.containers
    for site, shelf in stock.shelves.items():
        mine = [c for c in containers if c.site == site and not c.spent_in]
        assert shelf.counts["moving"] == sum(bool(c.bound_for) for c in mine)
        assert shelf.counts["reserved"] == sum(bool(c.allocated_to) and not c.bound_for for c in mine)
        assert shelf.containers == len(mine)
        assert stock.tu(site) == sum((lot.titre_tu_per_ml * c.volume_ml for c in mine), Decimal(0))
    assert stock.tu() == sum((line.in_stock for line in stock.lines if line.in_stock), Decimal(0))


def test_a_lot_without_a_titre_has_no_transducing_units_rather_than_none_in_stock() -> None:
    name = sampled_lot().removeprefix("lot:")
    stock = vector.stocks([table.Lot.objects.get(code=name)], TODAY)[0]
    assert stock.tu() is None
    shown = text_of(client_of("bcn-vector-manager").get("/lots?state=waiting"))
    assert name in shown and "no titre yet" in shown and LOT not in shown


def test_the_stock_page_draws_and_lists_the_same_and_finds_by_container() -> None:
    client = client_of("bcn-qa")
    answer = client.get("/lots")
    source = answer.content.decode()
    assert "<svg" in source and "Unspent containers of usable lots by site" in source
    assert 'class="tag bad">recalled' in source
    assert LOT in text_of(client.get(f"/lots?q={LOT}-003")) and "No vector lot matches" in text_of(
        client.get("/lots?q=zzz")
    )
    assert LOT in text_of(client.get("/lots?state=usable"))
    assert LOT not in text_of(client.get("/lots?state=unusable"))


def test_a_hospital_sees_the_lots_that_concern_it_alone() -> None:
    assert vector.concerns(LOT, {"ROM"}) and not vector.concerns(LOT, {"XXX"}) and vector.concerns(LOT, None)


def test_the_genealogy_runs_from_plasmids_to_outcomes_and_its_list_says_the_same() -> None:
    client = client_of("bcn-qa")
    source = client.get(f"/lot/{LOT}").content.decode()
    tree = source.partition('<svg class="tree"')[2].partition("</svg>")[0]
    row = table.Lot.objects.get(code=LOT)
    for code in (*row.plasmids.split(), row.cell_bank, row.campaign, LOT, f"{LOT}-001", "ROM-B-001"):
        assert code in tree, code
    assert "MLN-ROM" in tree and "in stock, free" in tree and "CRS 2" in tree
    listed = source.partition("Spent containers, batches, patients and outcomes")[2].partition("</table>")[0]
    spent = table.Container.objects.filter(lot=LOT).exclude(spent_in="")
    for container in spent:
        assert container.code in tree and container.code in listed and container.spent_in in listed


def test_two_hundred_containers_stay_readable() -> None:
    trace = questions.trace(LOT, TODAY)
    assert trace is not None
    one = next(b for b in trace.branches if b.container.spent_in)
    many = questions.Trace(trace.lot, trace.stock, (*[one] * 150, *trace.unspent))
    drawn = charts.genealogy([many])
    rows = drawn.count("spent</text>")
    assert rows == 40 and "110 ×" in drawn and drawn.count("in stock, free") == 1


def test_a_recalled_lot_is_drawn_as_blocked() -> None:
    row = table.Lot.objects.exclude(recalled="").get()
    source = client_of("bcn-qa").get(f"/lot/{row.code}").content.decode()
    assert "blocked by the recall" in source and 'class="node bad"' in source


def test_the_campaign_names_what_went_in_and_opens_the_entry_behind_it() -> None:
    row = table.Lot.objects.get(code=LOT)
    client = client_of("bcn-qa")
    source = client.get(f"/campaign/{row.campaign}").content.decode()
    facts = source.partition("What it was made from")[2].partition("</section>")[0]
    assert all(code in facts for code in row.plasmids.split()) and 'class="datum" href="/entry/' in facts
    act = facts.partition('href="/entry/')[2].partition('"')[0]
    assert "Vector campaign opened" in text_of(client.get(f"/entry/{act}"))
    assert client.get("/campaign/NONE").status_code == 404


@pytest.mark.parametrize("url", ["/lots", f"/lot/{LOT}"])
def test_the_pages_of_vector_ask_a_bounded_number_of_questions(url: str, django_assert_max_num_queries: Any) -> None:
    client = client_of("bcn-qa")
    with django_assert_max_num_queries(45):
        client.get(url)
