"""Who is not trained, asked by token: the same answer as the page, for the sites that the person sees."""

from __future__ import annotations

from milenari.web import competence
from tests.api.conftest import Calling
from tests.api.test_reading import problem
from tests.web import world as worlds
from tests.web.world import World

ASKED = {"procedure": "SOP-ARI", "number": "1"}


def test_who_is_not_trained_is_told_with_what_is_missing(batch_world: World, calling: Calling) -> None:
    told = calling("ROM-OP").get("training/untrained", **ASKED, site="ROM").json()
    assert (told["procedure"], told["number"], told["sites"]) == ("SOP-ARI", "1", ["ROM"])
    same = competence.untrained(["ROM"], worlds.today(), "SOP-ARI", "1")
    assert [(x["person"], x["site"], x["state"]) for x in told["untrained"]] == [
        (w.code, w.site, c.state) for w, c in same
    ]
    names = {x["person"] for x in told["untrained"]}
    assert "ROM-QA" in names and "ROM-OP" not in names  # trained in the set-up


def test_without_a_site_it_is_asked_of_all_that_are_seen(batch_world: World, calling: Calling) -> None:
    told = calling("ROM-OP").get("training/untrained", **ASKED).json()
    assert "ROM" in told["sites"] and {x["site"] for x in told["untrained"]} <= set(told["sites"])


def test_an_unknown_version_and_a_site_not_seen_are_refused(batch_world: World, calling: Calling) -> None:
    caller = calling("ROM-OP")
    problem(caller.get("training/untrained", procedure="SOP-ARI", number="9"), 422, "no-curriculum")
    problem(caller.get("training/untrained", **ASKED, site="NOWHERE"), 404, "subject-unknown")
    problem(caller.get("training/untrained", procedure="SOP-ARI"), 422, "no-curriculum")
