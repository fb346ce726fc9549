"""Transfer pages: where sites stand, why a site may not start, gaps as a working list, differences, and the law."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

from django.db import connection
from django.test.utils import CaptureQueriesContext

from milenari.journal import clock
from milenari.journal.fold import DiskBook
from milenari.registers.deadlines import Deadline, end_of, together
from milenari.rules import readiness
from milenari.web.ways import gathered
from tests.web.test_access import text_of
from tests.web.test_pages import demo_client, story  # noqa: F401  a fixture

ROM, BEY, AMM = (f"{site}.ARI-0001" for site in ("ROM", "BEY", "AMM"))


def test_the_transfer_pages_tell_the_story(story: None) -> None:  # noqa: F811
    qa = demo_client("bcn-qa")
    shown = text_of(qa.get("/transfer"))
    assert "Where each site stands" in shown and "Overdue" in shown
    source = qa.get("/transfer").content.decode()
    reached = [part.count('class="done"') for part in source.split("<article")[1:]]
    assert reached == [5, 6, 6]  # Amman with all but its approval, Beirut and Rome approved
    _the_page_of_a_site_says_what_the_rule_says()
    _gaps_are_a_working_list()
    _two_versions_stand_side_by_side()
    _the_law_is_compared_and_unverified_is_said()
    _what_does_not_exist_is_said()
    _home_warns_ahead_of_what_readiness_rests_on()
    _a_site_qualified_from_before_says_until_when()


def _home_warns_ahead_of_what_readiness_rests_on() -> None:
    rests = "the readiness of the site rests on it"
    for who in ("bcn-qa", "rom-qa"):
        shown = text_of(demo_client(who).get("/"))
        assert rests in shown
    assert "ROM-EV-staff-trained" not in text_of(demo_client("bey-qa").get("/"))  # of another site
    assert rests not in text_of(demo_client("rom-operator").get("/"))  # of another role


def _a_site_qualified_from_before_says_until_when() -> None:
    today, book = clock.now().date(), DiskBook()
    ends = {code: readiness.from_before(book, book.sheet(f"qualification:{code}"), today) for code in (ROM, BEY, AMM)}
    assert ends[ROM] is None and ends[BEY] is None and ends[AMM] is not None
    for code, end in ends.items():
        shown = text_of(demo_client("bcn-qa").get(f"/transfer/site/{code}"))
        assert ("keeps that qualification until" in shown) == (end is not None)
        assert end is None or str(end) in shown


def test_many_ways_are_gathered_with_as_many_questions_as_one(story: None) -> None:  # noqa: F811
    asked = []
    for codes in ([BEY], [ROM, BEY, AMM]):
        gathered(codes)  # what a worker folds once is not the page's
        with CaptureQueriesContext(connection) as seen:
            book, _ = gathered(codes)
            for code in codes:
                readiness.endings(book, book.sheet(f"qualification:{code}"), clock.now().date())
        asked.append(len(seen))
    assert asked[1] <= asked[0] + 1, asked


def test_an_end_is_told_once_and_as_what_a_qualification_rests_on() -> None:
    day = clock.now().date()
    of_way = [Deadline("support", "equipment:E", "ROM", end_of(day), day, "equipment-qualified")]
    plain = [
        Deadline("equipment", "equipment:E", "ROM", end_of(day), day), Deadline("equipment", "equipment:F", "ROM",
        end_of(day), day), Deadline("lot", "lot:E", "ROM", end_of(day), day),
    ]  # fmt: skip
    told = [(d.kind, d.subject) for d in together(plain, of_way)]
    assert told == [("equipment", "equipment:F"), ("lot", "lot:E"), ("support", "equipment:E")]


def _the_page_of_a_site_says_what_the_rule_says() -> None:
    today = clock.now().date()
    for code in (ROM, BEY, AMM):
        site, _, product = code.partition(".")
        why = list(readiness.reasons(DiskBook(), site, product, [today]))
        shown = text_of(demo_client("bcn-qa").get(f"/transfer/site/{code}"))
        assert ("No, for these reasons" in shown) == bool(why)
    # In six weeks the accepted evidence is over, the next package not there yet: the same question answers no.
    later = list(readiness.reasons(DiskBook(), "ROM", "ARI-0001", [today + timedelta(days=42)]))
    assert {reason.code for reason in later} >= {"report-missing", "runs-missing"}
    assert "not shown to you" in text_of(demo_client("rom-qa").get(f"/transfer/site/{BEY}"))
    assert "Batches in process" in text_of(demo_client("bey-qa").get(f"/transfer/site/{BEY}"))


def _gaps_are_a_working_list() -> None:
    qa = demo_client("bey-qa")
    assert "Assess an item" in text_of(qa.get(f"/transfer/gaps/{BEY}"))
    amman = demo_client("amm-qa")
    shown = text_of(amman.get(f"/transfer/gaps/{AMM}"))
    rows = list(csv.DictReader(io.StringIO(amman.get(f"/transfer/gaps/{AMM}?form=csv").content.decode())))
    assert rows and all(row["site"] == "AMM" for row in rows) and "Close a gap" in shown
    late = list(csv.DictReader(io.StringIO(amman.get(f"/transfer/gaps/{AMM}?form=csv&show=overdue").content.decode())))
    assert {row["code"] for row in late} < {row["code"] for row in rows}
    assert "No item matches" in text_of(qa.get(f"/transfer/gaps/{BEY}?q=nothing-like-it"))
    assert "Assess an item" not in text_of(demo_client("rom-qa").get(f"/transfer/gaps/{BEY}"))


def _two_versions_stand_side_by_side() -> None:
    shown = text_of(demo_client("bcn-qa").get("/transfer/package/ARI-0001?old=1&new=2"))
    assert "What differs" in shown and "Residual activation reagent" in shown and "comparability runs" in shown
    assert "What differs" not in text_of(demo_client("bcn-qa").get("/transfer/package/ARI-0001?old=1&new=1"))


def _the_law_is_compared_and_unverified_is_said() -> None:
    qa = demo_client("bcn-qa")
    shown = text_of(qa.get("/transfer/law"))
    assert all(country in shown for country in ("ES", "IT", "JO", "LB")) and "not verified" in shown
    assert "not in the map" in text_of(qa.get("/transfer/law?since=2020-01-01"))
    assert "Nothing was entered" in text_of(qa.get("/transfer/law?since=2999-01-01"))
    assert "no day that can be read" in text_of(qa.get("/transfer/law?since=soon"))


def _what_does_not_exist_is_said() -> None:
    for page in ("site/X.Y", "gaps/X.Y", "package/X"):
        assert "X" in text_of(demo_client("bcn-qa").get(f"/transfer/{page}"))
