"""Matters between sites: what is due, told or overdue, and complaints with who answers; as the story has them."""

from __future__ import annotations

from datetime import timedelta

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
    ("change", "change:CHG-1", "BCN"),
}  # fmt: skip


def test_what_sites_tell_each_other_has_a_clock_and_complaints_an_owner(story: None) -> None:  # noqa: F811
    now = clock.now()
    lines = noticing.lines(DiskBook(), now, None)
    told = {(x.matter, x.of, x.site) for x in lines if x.state == "told"}
    assert told == ALL_TOLD
    waiting = [x for x in lines if x.state != "told"]
    assert [(x.of, x.state, x.owner) for x in waiting] == [(f"complaint:{story_matters.WAITING}", "due", "BCN")]
    late = noticing.lines(DiskBook(), now + timedelta(days=8), ["AMM"])
    assert [x.of for x in late if x.late] == [f"complaint:{story_matters.WAITING}"]
    _the_page_says_so_and_offers_what_one_may_do()
    _it_is_told_answered_and_closed()


def _the_page_says_so_and_offers_what_one_may_do() -> None:
    amman = demo_client("amm-qa")
    shown, source = text_of(amman.get(PAGE)), amman.get(PAGE).content.decode()
    assert "to be told" in shown and "told in time" in shown and "to be answered" in shown
    assert "/do/give-notice" in source and "/do/answer-complaint" not in source  # Barcelona owns it
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
    assert not [x for x in noticing.lines(DiskBook(), clock.now(), None) if x.told_at is None]
