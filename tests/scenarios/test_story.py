"""The story plays as promised, and the book it leaves behind is whole."""

from __future__ import annotations

import json
from collections import defaultdict
from decimal import Decimal
from typing import Any

import pytest
from django.apps import apps
from django.test import override_settings

from milenari import demo
from milenari.demo import published, story, story_network, teller
from milenari.demo.attempts import attempts
from milenari.demo.report import EXPECTED
from milenari.demo.story_trial import SIMULATED
from milenari.journal import clock, read, verify
from milenari.registers.models import CasebookPage, Posting
from milenari.rules.procedure import fractions, read_recipe
from milenari.rules.specification import PASS, judge, overall, read_specification
from milenari.words import Quantity, utc

pytestmark = pytest.mark.usefixtures("story")


@pytest.fixture(scope="module")
def report(story: list[str]) -> dict[str, Any]:
    return demo.report()


def journey(report: dict[str, Any], code: str) -> dict[str, Any]:
    return next(j for j in report["journeys"] if j["journey"] == code)


def test_the_story_meets_its_own_expectations(report: dict[str, Any]) -> None:
    assert report["problems"] == []
    assert json.loads(json.dumps(report)) == report
    assert len(report["journeys"]) == len(EXPECTED) == 13
    assert report["continued"] == 0
    assert any("sound" in line for line in demo.lines(report))


def test_the_whole_book_verifies(report: dict[str, Any]) -> None:
    assert report["verification"]["sound"] is True
    assert set(report["verification"]["sites"]) == {"BCN", "ROM", "BEY", "AMM"}
    assert sum(site["entries"] for site in report["verification"]["sites"].values()) == report["entries"] > 800


def test_stations_follow_each_other_in_time(report: dict[str, Any]) -> None:
    for found in report["journeys"]:
        times = [station["at"] for station in found["stations"]]
        assert times == sorted(times), found["journey"]
        assert times[-1] < report["loaded_at"]


def test_one_child_went_all_the_way(report: dict[str, Any]) -> None:
    found = journey(report, "ROM-J-001")
    names = [station["station"] for station in found["stations"]]
    assert (
        names
        == (
            "referred consented eligible identified slot-booked collected manufacture-started infused followed response"
        ).split()
    )
    assert [v["visit"] for v in found["visits"]] == ["D7", "D14", "D28", "M2", "M3", "M6"]
    assert [Decimal(f["cells_e6"]) for f in found["fractions"]] == [Decimal("2.6"), Decimal("7.8"), Decimal("15.6")]
    assert found["batch"]["process_version"] == "1"
    assert set(found["batch"]["requirements"].values()) == {PASS}


@pytest.mark.parametrize(
    ("code", "lot"), [("ROM-J-001", "ARI0001/01"), ("BEY-J-001", "ARI0001/02"), ("AMM-J-001", "ARI0001/03")]
)
def test_a_replayed_batch_carries_the_published_figures_and_their_source(code: str, lot: str) -> None:
    batch = read.sheet(f"batch:{read.sheet(f'journey:{code}').batches[0]}")
    printed = published.ari_lot(lot)
    assert len(printed) == len(batch.results) == 13
    for result in batch.results:
        if result.status == "pending":
            assert result.test in ("sterility", "mycoplasma") and code == "BEY-J-001"
            continue
        value = result.value
        shown = value if isinstance(value, str) else f"{value.comparator}{value.value.normalize():f}"
        wanted = printed[result.test]
        assert shown == wanted or Decimal(shown) == Decimal(wanted), result.test
        assert published.ARI_SOURCE in result.method and lot in result.method
        assert result.outcome == PASS


@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_published_batch_of_another_product_is_judged_released_and_never_given(
    report: dict[str, Any], number: int
) -> None:
    code, printed = f"AMM-J-H{number:02d}", published.hcar_batch(number)
    found = journey(report, code)
    batch = read.sheet(f"batch:{read.sheet(f'journey:{code}').batches[0]}")
    assert (found["site"], batch.owner, batch.process, batch.decision) == ("AMM", "AMM", "HCAR19", "final")
    units = {c.test: c.unit for c in batch.criteria}
    assert [r.test for r in batch.results] == list(units) == list(printed) and len(printed) == 10
    for result in batch.results:
        wanted, unit = printed[result.test], units[result.test]
        assert result.value == (Quantity.parse(wanted, unit) if unit else wanted), result.test
        assert (result.outcome, result.status) == (PASS, "verified")
        assert result.method.endswith(f"Replay of published HCAR19 batch {number}, {published.HCAR_SOURCE}")
    assert set(found["batch"]["requirements"].values()) == {PASS}
    assert set(found["batch"]["requirements"]) == set(printed)
    # It says everywhere that it is a replay, and nothing of this network went into it or came out of it.
    assert found["batch"]["replay_of"] == f"HCAR19 batch {number}"
    process = read.sheet("process:HCAR19")
    [reviewed] = read.search(subject=f"batch:{batch.code}", action="review-trail")[0]
    remarks = str(reviewed.entry.action.data()["remarks"])
    said = (found["batch"]["source"], batch.recipe["source"], process.title, remarks)
    assert all("made nowhere in this network" in text for text in said)
    assert all(published.HCAR_SOURCE in text for text in (said[0], said[1], said[3]))
    assert ("No beads" in said[3]) == (number == 1)
    assert not batch.container and not batch.consumed and not batch.deviations
    [dose] = [read.sheet(f"dose:{name}") for name in batch.doses]
    assert (dose.decision, dose.given_at, found["fractions"]) == ("hold", None, [])


def test_the_conditional_release_waits_for_two_results_and_the_second_fraction_is_held(
    report: dict[str, Any],
) -> None:
    found = journey(report, "BEY-J-001")
    missing = {name for name, outcome in found["batch"]["requirements"].items() if outcome == "missing"}
    assert missing == {"sterility", "mycoplasma"}
    assert read.sheet("dose:BEY-B-001-F2").decision == "hold"
    assert max(g["grade"] for g in found["grades"] if g["scale"] == "CRS") == 2


def test_a_step_waits_and_a_reading_opened_a_deviation(report: dict[str, Any]) -> None:
    found = journey(report, "ROM-J-003")["batch"]
    assert found["awaiting_verification"] == ["P080"]
    assert found["open_deviations"] == ["D-P080-ipc_car_pct"]


def test_out_of_specification_is_supplied_and_never_called_conforming(report: dict[str, Any]) -> None:
    found = journey(report, "BEY-J-002")["batch"]
    assert found["requirements"]["potency"] == "fail"
    assert found["decision"] == "out-of-specification"
    batch = read.sheet("batch:BEY-B-002")
    assert [step for step, _, _ in batch.supply] == ["requested", "evaluated", "accepted"]
    assert batch.investigations[0].conclusion == "confirmed"


def test_the_drill_ends_in_two_recalls(report: dict[str, Any]) -> None:
    found = journey(report, "AMM-J-DRILL")["batch"]
    assert (found["decision"], found["alarm"]) == ("recalled", "sterility")
    recalled = next(lot for lot in report["lots"] if lot["lot"] == "LV-A3B1-L02")
    assert recalled["recalled"] and list(recalled["spent"]) == ["LV-A3B1-L02-001"]


def test_the_casebook_has_pages_at_every_stage_and_says_that_they_are_simulated() -> None:
    pages = [read.sheet(f"casebook-page:{row.code}") for row in CasebookPage.objects.all()]
    begun = ("ROM-001", "ROM-002", "BEY-001", "BEY-002", "AMM-001")
    assert {page.participant for page in pages} == {f"ARI-PED-{code}" for code in begun}
    assert {page.state for page in pages} == {"open", "signed", "frozen", "locked"}
    assert {query.state for page in pages for query in page.queries} == {"open", "answered", "closed"}
    assert read.sheet("casebook:ARI-PED-ROM-002").status == "locked"
    assert {one.reason for page in pages for one in page.changes} == {SIMULATED}


@pytest.mark.parametrize("number", range(len(attempts())))
def test_what_is_forbidden_is_refused(report: dict[str, Any], number: int) -> None:
    refusal = report["refusals"][number]
    assert refusal["code"] == refusal["expected"], refusal["what"]


def test_trying_leaves_no_trace(report: dict[str, Any]) -> None:
    before = read.search(limit=1)[1]
    demo.report()
    assert read.search(limit=1)[1] == before == report["entries"]


def test_every_posting_sums_to_zero(report: dict[str, Any]) -> None:
    acts: dict[Any, Decimal] = defaultdict(Decimal)
    things: dict[str, Decimal] = defaultdict(Decimal)
    holding: dict[str, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for line in Posting.objects.all():
        acts[line.act, line.item, line.unit] += line.amount
        if line.item.startswith(("container:", "collection:", "dose:")):
            things[line.item] += line.amount
            holding[line.item][line.account] += line.amount
    assert not [key for key, amount in acts.items() if amount]
    assert not [key for key, amount in things.items() if amount]
    assert {name.partition(":")[0] for name in things} == {"container", "collection", "dose"}
    for name, accounts in holding.items():
        held = read.sheet(name)
        gone = getattr(held, "spent_in", "") or getattr(held, "used_in", "") or getattr(held, "given_at", None)
        holders = {account for account, amount in accounts.items() if amount > 0 and account != "world"}
        place = f"transit:{name}#{held.transfer}" if held.bound_for else f"site:{held.owner}"
        assert holders == (set() if gone else {place}), name


def test_a_second_loading_changes_nothing(report: dict[str, Any]) -> None:
    roots = {site: found["root"] for site, found in report["verification"]["sites"].items()}
    said: list[str] = []
    assert demo.prepare(said.append) is False
    assert {site: found["root"] for site, found in verify.verify().sites.items()} == roots


def rows() -> dict[str, list[Any]]:
    return {
        table.__name__: sorted(table._default_manager.values_list(), key=repr)
        for table in apps.get_app_config("registers").get_models()
    }


def test_registers_rebuilt_from_the_journal_are_the_same(apart: teller.Teller) -> None:
    before = rows()
    count = verify.rebuild()
    assert rows() == before
    assert count == sum(len(found) for found in before.values()) > 1000
    assert verify.verify().sound


def test_every_entry_says_that_the_loader_signed_it() -> None:
    """No person stood at a screen, so none claims a password and a second factor."""
    offset, seen = 0, 0
    while True:
        page, total = read.search(offset=offset, limit=200)
        for entry in page:
            components = tuple(entry.signature["components"])
            assert components == (("log-key",) if entry.entry.by.startswith("node-") else ("demo-loader",))
        seen, offset = seen + len(page), offset + 200
        if offset >= total:
            break
    assert seen == total


def test_an_interrupted_loading_is_taken_up_where_it_stopped(
    story: list[str], django_db_blocker: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first scenes are told again in an empty book, stopped in the middle, and told to the end."""
    wanted = teller.told()
    with override_settings(HOME=tmp_path), teller.rolled_back():
        _empty_the_book()
        plain, stop = demo.story.out_of_specification, RuntimeError("the power went")

        def stopped(one: teller.Teller) -> None:
            raise stop

        monkeypatch.setattr(demo.story, "out_of_specification", stopped)
        with pytest.raises(RuntimeError, match="the power went"):
            demo.prepare(lambda line: None)
        halfway = teller.told()
        assert 400 < len(halfway) < len(wanted)
        monkeypatch.setattr(demo.story, "out_of_specification", plain)
        said: list[str] = []
        assert demo.prepare(said.append) is True
        assert f"stopped after {len(halfway)} acts" in said[0] and "--fresh" in said[0]
        told = teller.told()
        assert set(told) == set(wanted)
        assert all(told[act] == at for act, at in halfway.items())
        assert demo.report()["problems"] == []


@pytest.mark.once
@pytest.mark.parametrize(
    "instant", ["2026-03-29T00:40:00+00:00", "2028-02-29T22:30:00+00:00", "2027-01-01T05:00:00+00:00"]
)
def test_the_story_can_be_told_on_any_day(
    story: list[str], tmp_path: Any, monkeypatch: pytest.MonkeyPatch, instant: str
) -> None:
    """The night the clocks change, a leap day with two dates in the network, and New Year's morning."""
    begun, started = clock.now(), utc(instant)
    monkeypatch.setattr(clock, "now", lambda real=clock.now: started + (real() - begun))
    with override_settings(HOME=tmp_path), teller.rolled_back():
        _empty_the_book()
        assert demo.prepare(lambda line: None)
        found = demo.report()
        assert found["problems"] == []
        assert found["loaded_at"][:10] == instant[:10]


def _empty_the_book() -> None:
    """What only a test may do, inside a transaction that is rolled back: drop the guards and the rows."""
    from django.db import connection

    from milenari.journal import guard

    tables = ["journal_touch", "journal_entry", "journal_head", "journal_credential", "journal_sealed"]
    tables += ["journal_charter"]
    tables += guard.register_tables()
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in tables:
            if connection.vendor == "postgresql":
                cursor.execute(f'ALTER TABLE "{table}" DISABLE TRIGGER USER')
            else:
                cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = %s", [table])
                for (name,) in cursor.fetchall():
                    cursor.execute(f'DROP TRIGGER "{name}"')
            cursor.execute(f'DELETE FROM "{table}"')
        if connection.vendor == "postgresql":
            for table in tables:
                cursor.execute(f'ALTER TABLE "{table}" ENABLE TRIGGER USER')
    guard.install()


def test_a_home_with_another_book_is_refused(apart: teller.Teller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(teller, "PREFIX", "another-")
    with pytest.raises(demo.NotADemo, match="another book"):
        demo.prepare(lambda line: None)
    with override_settings(DEMO=False), pytest.raises(demo.NotADemo, match="MILENARI_DEMO"):
        demo.prepare(lambda line: None)


def test_the_printed_logins_open_a_pen() -> None:
    from milenari.journal import person

    found = demo.logins()
    printed = [login for login in found if login["printed"]]
    assert len(found) == 53 and len({login["role"] for login in printed}) == len(printed) == 14
    for login in printed[:3]:
        pen = person.open_pen(str(login["person"]), str(login["password"]), str(login["pin"]))
        assert pen.components == ("password", "second-factor")


# -- the published figures behind it ----------------------------------------------------------------------


def value(text: str, unit: str) -> Quantity | str:
    return Quantity.parse(text, unit) if unit else text


def test_the_specification_is_the_published_table() -> None:
    rows = {row["test"]: row for row in published.document("ari0001_v2")["recipe"]["specification"]}
    table = published.table("ari0001_release_spec")
    assert [row["parameter"] for row in table] == list(rows)
    for row in table:
        mine = rows[row["parameter"]]
        assert mine["op"] == row["op"]
        limit = row["limit"]
        if row["parameter"] == "car_pos_cells":
            assert Decimal(mine["limit"]) * 10**6 == Decimal(limit) and mine["unit"] == "10*6/kg"
        else:
            assert mine["limit"] == limit
    groups = {row["test"] for row in rows.values() if row.get("group") == "potency"}
    assert groups == {"potency_a", "potency_b"}
    assert {row["test"] for row in rows.values() if row.get("late")} == {"sterility", "mycoplasma"}


def test_the_vector_specification_is_the_published_table() -> None:
    rows = published.document("lv_a3b1_v1")["recipe"]["specification"]
    table = published.table("lv_qc_tests")
    assert len(rows) == len(table) == 15
    reported = [mine for mine, row in zip(rows, table, strict=True) if row["criterion"].startswith("report")]
    assert all(mine["op"] == "report" for mine in reported) and len(reported) == 6


@pytest.mark.parametrize("batch", [1, 2, 3])
def test_the_three_published_hcar19_batches_conform(batch: int) -> None:
    criteria = read_specification(published.document("hcar19_v1")["recipe"]["specification"])
    printed = published.hcar_batch(batch)
    assert [c.test for c in criteria] == list(printed)
    outcomes = {c.test: judge(c, value(printed[c.test], c.unit)).outcome for c in criteria}
    assert set(overall(criteria, outcomes).values()) == {PASS}


def test_the_criteria_of_hcar19_are_the_printed_ones() -> None:
    signs = {"ge": ">=", "gt": ">", "lt": "<", "eq": ""}
    rows = published.document("hcar19_v1")["recipe"]["specification"]
    for mine, row in zip(rows, published.table("hcar19_gmp_lots"), strict=True):
        assert mine["test"] == row["parameter"]
        if mine["limit"] in ("detected", "achieved"):  # a limit is printed, but of the results only a word
            assert row["criterion"] == ">50" and "above 50 " in mine["method"] and "unit" not in mine
        else:
            assert signs[mine["op"]] + mine["limit"] == row["criterion"]


@pytest.mark.parametrize("name", ["ari0001_v1", "ari0001_v2", "lv_a3b1_v1", "hcar19_v1"])
def test_every_recipe_can_be_executed_and_says_where_its_figures_come_from(name: str) -> None:
    recipe = published.document(name)["recipe"]
    assert read_recipe(recipe)
    assert recipe["source"] and recipe["sources"]["specification"].startswith("published")
    if recipe["kind"] == "cell-product" and name.startswith("ari"):
        assert sum(fractions(recipe["protocol"])) == Decimal(1)
        for key in recipe["protocol"]:
            told = f"protocol.{key}" in recipe["sources"]
            assert told or key == "name", key
        for phase in recipe["phases"]:
            for reading in phase["readings"]:
                if reading.get("op", "eq") not in ("eq", "report"):
                    assert f"phases.{phase['code']}.{reading['code']}" in recipe["sources"]


def test_country_rules_say_that_they_are_assumed() -> None:
    found = published.document("countries")
    assert {c["country"] for c in found} == set(story_network.COUNTRIES.values())
    assert all(c["rules"]["source"].startswith("Assumed for the demonstration") for c in found)


def test_the_last_scene_is_the_last() -> None:
    newest, _ = read.search(limit=1)
    assert newest[0].act == story.LAST


def test_the_plans_of_the_weeks_ahead_are_kept_with_their_scenarios(report: dict[str, Any]) -> None:
    from milenari.demo import story_plan
    from milenari.journal import scenarios

    plans = {code: read.sheet(f"plan:{code}") for code in (story_plan.DECLINED, story_plan.IN_FORCE, story_plan.ASKED)}
    assert [plan.status for plan in plans.values()] == ["declined", "accepted", "proposed"]
    for code, plan in plans.items():
        assert scenarios.of_digest(plan.scenario) is not None, code
    for code in (story_plan.IN_FORCE, story_plan.ASKED):
        plan = plans[code]
        planned = {slot.journey for slot in plan.slots()} | {one.journey for one in plan.left()}
        assert {"ROM-J-002", "AMM-J-002"} <= planned and len(planned) == 8
        assert plan.answer is not None and plan.answer["objective"] == plan.answer["bound"], "proven best"
    assert "AMM-NEXT-6" in {one.journey for one in plans[story_plan.IN_FORCE].left()}
