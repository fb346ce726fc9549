"""Matters between sites: what is due, told or overdue, and complaints with who answers; as the story has them."""

from __future__ import annotations

from datetime import datetime, timedelta

from milenari.demo import story_matters
from milenari.demo.teller import Teller, request
from milenari.journal import clock, perform
from milenari.journal.fold import DiskBook
from milenari.registers import noticing
from tests.web.test_access import text_of
from tests.web.test_pages import demo_client, story  # noqa: F401  a fixture

PAGE = "/agreements/matters"
ALL_TOLD = {
    ("oos", "batch:AMM-E-01", "AMM"), ("oos", "batch:AMM-B-DRILL", "AMM"), ("oos", "batch:BEY-B-002", "BEY"),
    ("recall", "batch:AMM-B-DRILL", "AMM"), ("complaint", f"complaint:{story_matters.ANSWERED}", "BEY"),
    ("change", "change:CHG-1", "BCN"), ("recall", "lot:LV-A3B1-L02", "BCN"), ("deviation", "lot:LV-A3B1-L04", "BCN"),
}  # fmt: skip


def test_what_sites_tell_each_other_has_a_clock_and_complaints_an_owner(story: None) -> None:  # noqa: F811
    now = clock.now()
    lines = noticing.lines(DiskBook(), now, None)
    told = {(x.matter, x.of, x.site) for x in lines if x.state == "told"}
    assert told == ALL_TOLD
    waiting = [x for x in lines if x.state not in ("told", "audit-due")]
    assert [(x.of, x.state, x.owner) for x in waiting] == [(f"complaint:{story_matters.WAITING}", "due", "BCN")]
    _the_plants_deviation_went_to_who_had_its_vector(lines)
    _each_agreement_says_when_its_next_audit_is_due(now)
    late = noticing.lines(DiskBook(), now + timedelta(days=8), ["AMM"])
    assert [x.of for x in late if x.late] == [f"complaint:{story_matters.WAITING}"]
    _the_page_says_so_and_offers_what_one_may_do()
    _it_is_told_answered_and_closed()


def _the_plants_deviation_went_to_who_had_its_vector(lines: list[noticing.Line]) -> None:
    told = {x.to_site: x for x in lines if x.matter == "deviation"}
    assert set(told) == {"BEY", "AMM"}  # Rome never had a container of that lot
    for x in told.values():
        assert x.due_at - x.begun_at == timedelta(hours=72) and x.told_at is not None and x.told_at < x.due_at
    assert "DEV-FREEZER-1" not in text_of(demo_client("rom-qa").get(PAGE))
    shown = text_of(demo_client("bey-qa").get(f"{PAGE}?matter=deviation"))
    assert "LV-A3B1-L04" in shown and "AMM" not in shown.split("What can be done now", 1)[1].split("Complaints")[0]


def _each_agreement_says_when_its_next_audit_is_due(now: datetime) -> None:
    audits = {x.agreement: x for x in noticing.lines(DiskBook(), now, None) if x.matter == "audit"}
    assert {(x.site, x.to_site, x.state) for x in audits.values()} == {
        *(("BCN", site, "audit-due") for site in ("ROM", "BEY", "AMM")),
        *((site, "BCN", "audit-due") for site in ("ROM", "BEY", "AMM")),
    }
    first, again = audits["BCN.ROM.control"], audits["BCN.BEY.control"]
    assert again.begun_at - first.begun_at == timedelta(days=73)  # Beirut was audited since: counted from that day
    later = noticing.lines(DiskBook(), first.due_at + timedelta(seconds=2), ["ROM"])
    assert [x.agreement for x in later if x.state == "audit-overdue" and x.late] == ["BCN.ROM.control"]
    assert "/do/record-partner-audit" in demo_client("bcn-qa").get(f"{PAGE}?matter=audit").content.decode()
    source = demo_client("rom-qa").get(f"{PAGE}?matter=audit").content.decode()
    assert "BCN.ROM.vector%2FROM" in source and "BCN.ROM.control%2F" not in source  # Rome owes the audit of the plant


def _the_page_says_so_and_offers_what_one_may_do() -> None:
    amman = demo_client("amm-qa")
    shown, source = text_of(amman.get(PAGE)), amman.get(PAGE).content.decode()
    assert "to be told" in shown and "told in time" in shown and "to be answered" in shown
    assert "/do/give-notice" in source and "/do/answer-complaint" not in source  # Barcelona owns it
    assert "audit to be done" in shown
    assert "BEY-B-002" not in shown  # of another site
    barcelona = demo_client("bcn-qa").get(PAGE).content.decode()
    assert "/do/answer-complaint" in barcelona and "/do/give-notice" not in barcelona
    assert "No matter fits" in text_of(amman.get(f"{PAGE}?q=nothing-like-it"))
    assert "CHG-1" not in text_of(amman.get(f"{PAGE}?matter=recall"))
    for page in (PAGE, "/agreements"):
        assert PAGE in amman.get("/agreements").content.decode() and amman.get(page).status_code == 200


def _do(person: str, site: str, code: str, reason: str = "", **data: object) -> None:
    perform.perform_all([request(Teller({}, lambda _: None), person, site, code, data, reason)])


def _it_is_told_answered_and_closed() -> None:
    code = story_matters.WAITING
    (line,) = [x for x in noticing.lines(DiskBook(), clock.now(), ["AMM"]) if x.state == "due"]
    _do("amm-qa", "AMM", "give-notice", notice=line.code, agreement=line.agreement, matter=line.matter, of=line.of,
        what="a small line", told="BCN-QA by telephone")  # fmt: skip
    _do("bcn-qa", "BCN", "answer-complaint", answer=code, verdict="not-justified", cause="as agreed", measure="none")
    assert "answered, to be closed" in text_of(demo_client("amm-qa").get(PAGE))
    _do("amm-qa", "AMM", "close-complaint", "the ward is told", complaint=code)
    assert "answered, to be closed" not in text_of(demo_client("amm-qa").get(PAGE))
    assert not [x for x in noticing.lines(DiskBook(), clock.now(), None) if x.told_at is None and x.matter != "audit"]
