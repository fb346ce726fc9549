"""Pages of quality agreements, escalations and changes: tables that people read, and what is overdue, on Home too."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from click.testing import CliRunner

from milenari.cli import main
from milenari.demo import story_agreements
from milenari.demo.teller import Teller, request
from milenari.journal import clock, perform
from milenari.web.pages import agreements, changes, home
from tests.web.test_access import text_of
from tests.web.test_pages import demo_client, story  # noqa: F401  a fixture

ROM = "BCN.ROM.control"
DEVIATION = "ROM-B-003/D-P080-ipc_car_pct"


def test_the_pages_of_agreements_and_changes_tell_the_story(story: None) -> None:  # noqa: F811
    _agreements_stand_in_a_list()
    _one_agreement_is_a_table_of_who_owns_what()
    _escalations_have_a_clock()
    _changes_say_what_is_open_and_with_whom()
    _one_change_shows_every_site_and_its_timeline()
    _what_does_not_exist_is_said()
    _the_command_line_compares_packages()


def _told(person: str, site: str, code: str, **data: Any) -> None:
    perform.perform_all([request(Teller({}, lambda _: None), person, site, code, data)])


def _agreements_stand_in_a_list() -> None:
    qa = demo_client("bcn-qa")
    shown = text_of(qa.get("/agreements"))
    assert "in force" in shown and "Pairs of sites" in shown
    today = clock.now().date()
    _told("bcn-coordinator", "BCN", "draft-quality-agreement", agreement="BCN.BEY.vector", relation="vector",
          giver="BCN", receiver="BEY", number="2", content=story_agreements.duties("BEY"), from_on=str(today),
          until_on=str(today + timedelta(days=30)))  # fmt: skip
    shown = text_of(qa.get("/agreements"))
    assert "drafted" in shown and "signature of" in shown
    assert "BEY" not in text_of(qa.get("/agreements?q=ROM")).partition("Pairs of sites")[2].partition("What can")[0]
    assert "No agreement matches" in text_of(qa.get("/agreements?q=nothing-like-it"))
    assert "No agreement matches" in text_of(qa.get("/agreements?state=ended"))


def _one_agreement_is_a_table_of_who_owns_what() -> None:
    shown = text_of(demo_client("rom-qa").get(f"/agreements/of/{ROM}"))
    for word in ("Deviation", "Recall", "Complaint", "Audit", "hours", "waits for the answer", "What happened"):
        assert word in shown, word
    draft = text_of(demo_client("bey-qa").get("/agreements/of/BCN.BEY.vector"))
    assert "waits for the signature of" in draft and "Sign a quality agreement" in draft
    assert demo_client("rom-qa").get("/agreements/of/BCN.BEY.control").status_code == 403


def _escalations_have_a_clock() -> None:
    control = text_of(demo_client("bcn-qa").get("/agreements/escalations"))
    assert "told, not answered" in control and "Answer an escalation" in control
    assert "Answer an escalation" not in text_of(demo_client("rom-qa").get("/agreements/escalations"))
    _told("bcn-qa", "BCN", "acknowledge-escalation", answer=DEVIATION, decision="stop", why="Wait for the sample")
    stopped = text_of(demo_client("rom-qa").get("/agreements/escalations?state=stop"))
    assert "stopped" in stopped and "the release waits" in stopped
    assert "No escalation matches" in text_of(demo_client("bcn-qa").get("/agreements/escalations?q=nothing"))
    assert "No deviation has to be told" in text_of(demo_client("amm-qa").get("/agreements/escalations"))


def _changes_say_what_is_open_and_with_whom() -> None:
    qa = demo_client("bcn-qa")
    shown = text_of(qa.get("/changes"))
    assert "CHG-1" in shown and "to be assessed by" in shown and "No change matches" not in shown
    for asked in ("show=open", "show=proposed", "kind=method", "site=ROM", "q=digital"):
        assert "No change matches" not in text_of(qa.get(f"/changes?{asked}")), asked
    for asked in ("show=overdue", "show=closed", "kind=supplier", "site=PAR", "q=nothing-like-it"):
        assert "No change matches" in text_of(qa.get(f"/changes?{asked}")), asked


def _one_change_shows_every_site_and_its_timeline() -> None:
    shown = text_of(demo_client("amm-qa").get("/changes/of/CHG-1"))
    for word in ("What it means at each site", "not assessed", "Change proposed", "Change assessed", "Assess a change"):
        assert word in shown, word
    assert set(changes.OVER) == {"closed", "withdrawn"}


def test_home_names_what_is_overdue_to_both_sites(
    story: None,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = clock.now()
    clients = {who: demo_client(who) for who in ("rom-qa", "bcn-qa", "amm-qa", "rom-operator")}
    assert "Escalations overdue" not in text_of(clients["rom-qa"].get("/"))
    late = now + timedelta(days=60)
    assert [line.code for line in agreements.overdue_escalations(late, None)] == [DEVIATION]
    assert [line.code for line in agreements.overdue_escalations(late, ["ROM"])] == [DEVIATION]
    assert agreements.overdue_escalations(late, ["AMM"]) == [] and agreements.overdue_escalations(now, None) == []
    assert [row.code for row in agreements.overdue_changes(late.date(), "ROM")] == ["CHG-1"]
    assert agreements.overdue_changes(now.date(), None) == []
    told = agreements.overdue_escalations(late, None)
    monkeypatch.setattr(home, "overdue_escalations", lambda _now, sites: told if sites != ["AMM"] else [])
    for who, sees in (("rom-qa", True), ("bcn-qa", True), ("amm-qa", False), ("rom-operator", False)):
        assert ("Escalations overdue" in text_of(clients[who].get("/"))) is sees, who


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
