"""Pages of quality agreements, escalations and changes: tables that people read, and what is overdue, on Home too."""

from __future__ import annotations

import json

from click.testing import CliRunner

from milenari.cli import main
from milenari.demo.teller import Teller, request
from milenari.journal import perform
from milenari.web.pages import changes
from tests.web.test_access import text_of
from tests.web.test_pages import demo_client, story  # noqa: F401  a fixture

ROM = "BCN.ROM.control"
DEVIATION = "ROM-B-003/D-P080-ipc_car_pct"


def test_the_pages_of_agreements_and_changes_tell_the_story(story: None) -> None:  # noqa: F811
    _agreements_stand_in_a_list()
    _one_agreement_is_a_table_of_who_owns_what()
    _home_names_what_is_overdue()
    _escalations_have_a_clock()
    _changes_say_what_is_open_and_with_whom()
    _one_change_shows_every_site_and_its_timeline()
    _what_does_not_exist_is_said()
    _the_command_line_compares_packages()


def _agreements_stand_in_a_list() -> None:
    qa = demo_client("bcn-qa")
    shown = text_of(qa.get("/agreements"))
    assert "in force" in shown and "drafted" in shown and "signature of" in shown and "ends soon" in shown
    assert "BEY" not in text_of(qa.get("/agreements?q=ROM")).partition("Pairs of sites")[2].partition("What")[0]
    assert "No agreement matches" in text_of(qa.get("/agreements?q=nothing-like-it"))
    assert "No agreement matches" in text_of(qa.get("/agreements?state=ended"))


def _one_agreement_is_a_table_of_who_owns_what() -> None:
    shown = text_of(demo_client("rom-qa").get(f"/agreements/of/{ROM}"))
    for word in ("Deviation", "Recall", "Complaint", "Audit", "hours", "waits for the answer", "What happened"):
        assert word in shown, word
    draft = demo_client("bey-qa").get("/agreements/of/BCN.BEY.control")
    assert "waits for the signature of" in text_of(draft) and "Sign a quality agreement" in text_of(draft)
    assert demo_client("rom-qa").get("/agreements/of/BCN.BEY.control").status_code == 403


def _escalations_have_a_clock() -> None:
    rome = text_of(demo_client("rom-qa").get("/agreements/escalations"))
    assert "not told, overdue" in rome and "Escalate a deviation" in rome and "Answer an escalation" not in rome
    _told("rom-qa", "ROM", "escalate-deviation", escalation=DEVIATION, of="batch:ROM-B-003",
          deviation=DEVIATION.partition("/")[2], what="Low share", assessment="Contained", told="bcn-qa")  # fmt: skip
    control = text_of(demo_client("bcn-qa").get("/agreements/escalations"))
    assert "told, not answered" in control and "Answer an escalation" in control
    _told("bcn-qa", "BCN", "acknowledge-escalation", answer=DEVIATION, decision="stop", why="Wait for the sample")
    stopped = text_of(demo_client("rom-qa").get("/agreements/escalations?state=stop"))
    assert "stopped" in stopped and "the release waits" in stopped
    assert "No escalation matches" in text_of(demo_client("bcn-qa").get("/agreements/escalations?q=nothing"))
    assert "No deviation has to be told" in text_of(demo_client("amm-qa").get("/agreements/escalations"))


def _told(person: str, site: str, code: str, **data: str) -> None:
    perform.perform_all([request(Teller({}, lambda _: None), person, site, code, data)])


def _changes_say_what_is_open_and_with_whom() -> None:
    qa = demo_client("bcn-qa")
    shown = text_of(qa.get("/changes"))
    assert "CH-001" in shown and "CH-002" in shown and "to be assessed by" in shown
    assert "CH-002" not in text_of(qa.get("/changes?show=effected")).partition("newest first")[2]
    assert "CH-001" in text_of(qa.get("/changes?show=overdue&kind=material&site=ROM"))
    assert "No change matches" in text_of(qa.get("/changes?q=nothing-like-it"))
    assert "CH-001" not in text_of(demo_client("amm-qa").get("/changes")).partition("Show")[2]


def _one_change_shows_every_site_and_its_timeline() -> None:
    shown = text_of(demo_client("rom-qa").get("/changes/of/CH-001"))
    for word in ("What it means at each site", "overdue", "Change proposed", "Change put into effect", "approved"):
        assert word in shown, word
    open_one = text_of(demo_client("bey-qa").get("/changes/of/CH-002"))
    assert "Assess a change" in open_one and "not assessed" in open_one
    assert demo_client("amm-qa").get("/changes/of/CH-001").status_code == 403
    assert set(changes.OVER) == {"closed", "withdrawn"}


def _home_names_what_is_overdue() -> None:
    for who in ("rom-qa", "bcn-qa"):
        shown = text_of(demo_client(who).get("/"))
        assert "Escalations overdue" in shown and "Changes overdue" in shown, who
    assert "Escalations overdue" not in text_of(demo_client("amm-qa").get("/"))
    assert "Escalations overdue" not in text_of(demo_client("rom-operator").get("/"))


def _what_does_not_exist_is_said() -> None:
    for page in ("agreements/of/X", "changes/of/X"):
        assert "X" in text_of(demo_client("bcn-qa").get(f"/{page}"))


def _the_command_line_compares_packages() -> None:
    found = CliRunner().invoke(main, ["package", "diff", "ARI-0001", "1", "2", "--json"])
    answer = json.loads(found.output)
    assert found.exit_code == 0 and answer["differences"] and "comparability-runs" in answer["edges"]
    told = CliRunner().invoke(main, ["package", "diff", "ARI-0001", "1", "2"])
    assert "edges to walk again" in told.output
    none = CliRunner().invoke(main, ["package", "diff", "ARI-0001", "1", "9", "--json"])
    assert none.exit_code == 1 and json.loads(none.output)["refused"] == "package-version-unknown"
