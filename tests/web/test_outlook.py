"""How long the vector lasts: lots of the registers, a demand from the record or the reader, words and a file."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest

from milenari.journal import clock
from milenari.registers import models as table
from milenari.registers import outlook
from milenari.science.planning.projection import Shelf, project
from tests.web.stage import client_of
from tests.web.test_access import text_of
from tests.web.world import today

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("story")]


def test_the_page_shows_released_lots_and_the_days_that_were_computed() -> None:
    day = today()
    coming = outlook.lots(None, day)
    recalled = set(table.Lot.objects.exclude(recalled="").values_list("code", flat=True))
    assert coming and recalled and not recalled & {one.code for one in coming}
    for one in coming:
        assert one.doses == table.Container.objects.filter(lot=one.code, spent_in="").count()
    page = client_of("bcn-vector-manager").get("/vector/outlook?year=40&days=300")
    told = text_of(page)
    found = outlook.outlook(coming, day, 40.0, 300)
    assert found.out_middle is not None
    assert str(day + timedelta(days=found.out_middle)) in told
    assert all(one.code in told for one in coming) and not any(code in told for code in recalled)
    assert "<svg" in page.content.decode()


def test_demand_of_the_record_counts_what_went_into_batches_after_the_first() -> None:
    now = clock.now()
    spent = table.Container.objects.exclude(spent_in="").values_list("spent_in", flat=True)
    began = sorted(b.started_at for b in table.Batch.objects.filter(code__in=spent) if b.started_at)
    used = outlook.used_per_year(None, now)
    assert used == pytest.approx((len(began) - 1) / ((now - began[0]).total_seconds() / 31_557_600))
    assert outlook.used_per_year(None, began[0] + timedelta(days=29)) is None, "too short to tell"
    assert outlook.used_per_year(frozenset(), now) is None, "who sees no lot is told no rate"


def test_the_file_holds_every_day_and_the_same_each_time() -> None:
    client = client_of("bcn-vector-manager")
    answers = [client.get("/vector/outlook?year=40&days=120&form=csv") for _ in range(2)]
    assert answers[0].content == answers[1].content and answers[0]["Content-Type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answers[0].content.decode())))
    assert len(rows) == 120 and rows[0]["day"] == str(today())
    assert all(int(r["doses_p05"]) <= int(r["doses_p50"]) <= int(r["doses_p95"]) for r in rows)


UNFIT = {
    "year=x": "This is no number.", "year=nan": "This is no number.", "year=-3": "more than none",
    "year=40&days=0": "whole days", "year=40&days=2.5": "whole days",
}  # fmt: skip


def test_what_cannot_be_projected_is_said_beside_its_field_and_kept() -> None:
    client = client_of("bcn-vector-manager")
    for query, said in UNFIT.items():
        page = client.get(f"/vector/outlook?{query}")
        assert page.status_code == 400 and said in text_of(page), query
        typed = query.split("&")[-1].split("=")[1]
        assert f'value="{typed}"' in page.content.decode() and "<svg" not in page.content.decode(), query
    assert client.get("/vector/outlook?year=3&days=90").status_code == 200


def test_a_lot_under_test_comes_when_it_may_be_released_and_may_fail() -> None:
    day = today()
    under = outlook.Coming("LV-NEXT", 50, day + timedelta(days=40), None, False)
    found = outlook.outlook([under], day, 50.0, 100, passes=0.5)
    assert found == project([Shelf("LV-NEXT", 50, 40, 101, 0.5)], 50.0, 100)
    assert set(found.high[:40]) == {0} < set(found.high)
    sure = outlook.outlook([outlook.Coming("LV-NEXT", 50, day, None, True)], day, 50.0, 100, passes=0.0)
    assert sure.middle[0] > 0, "a released lot is there whatever is thought of the others"
