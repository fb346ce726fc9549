"""The batch record: what is not as written comes first, and every value opens the entry behind it."""

from __future__ import annotations

import re

from milenari.journal import read
from tests.web.test_access import text_of
from tests.web.test_run import BATCH, BESIDE, send, sign_first
from tests.web.test_run import bench as bench
from tests.web.world import World, logged_in

PAGE = "/batch/ROM-B-1"


def section(source: str, title: str) -> str:
    """The part of the page under the heading with this id."""
    start = source.index(f'id="{title}"')
    return source[start : source.index("</section>", start)]


def test_a_batch_in_order_says_that_nothing_deviates(bench: World) -> None:
    answer = logged_in("ROM-OP").get(PAGE)
    assert "Nothing deviates, was changed, is late" in text_of(answer)
    assert "Samples are taken after the harvest." in text_of(answer)


def test_what_is_not_as_written_stands_before_everything_else_with_its_entry(bench: World) -> None:
    client = logged_in("ROM-OP")
    sign_first(client, **{"readings.viability": "60"})
    source = client.get(PAGE).content.decode()
    first = section(source, "attention-title")
    assert source.index('id="attention-title"') < source.index('id="facts-title"') < source.index('id="recipe-title"')
    assert "D-P1-viability" in first and "outside its limit" in first and "Nothing deviates" not in first
    signed = next(e.act for e in read.entries_about(BATCH) if e.entry.action.code == "sign-step")
    assert f"/entry/{signed}" in first


def test_every_value_of_a_phase_opens_the_entry_that_holds_it(bench: World) -> None:
    client = logged_in("ROM-OP")
    sign_first(client)
    send(client, **BESIDE)
    recipe = section(client.get(PAGE).content.decode(), "recipe-title")
    acts = {e.entry.action.code: e.act for e in read.entries_about(BATCH)}
    for code, value in (("sign-step", "95 %"), ("verify-step", "Verified"), ("consume-material", "1 mL")):
        assert f"/entry/{acts[code]}" in recipe and value in recipe, code
    linked = re.search(rf'href="/entry/{acts["consume-material"]}"[^>]*>(.*?)</a>', recipe)
    assert linked and "1 mL" in linked[1]
    shown = text_of(client.get(f"/entry/{acts['sign-step']}"))
    assert "Marco Bellini" in shown and "PRO-1" in shown


def test_bench_and_record_lead_to_each_other_while_the_batch_is_made(bench: World) -> None:
    client = logged_in("ROM-OP")
    assert 'href="/run/ROM-B-1"' in client.get(PAGE).content.decode()
    assert 'href="/batch/ROM-B-1"' in client.get("/run/ROM-B-1").content.decode()
