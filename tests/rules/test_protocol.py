"""Protocol: read strictly, never changed but by a new version, in force country by country."""

from __future__ import annotations

import copy
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from milenari.rules.action import Refused
from milenari.rules.protocol import CloseTrialSite, OpenProtocol
from milenari.rules.protocol_document import parameter, parameters, read_document, to_be_set, visits
from tests.rules.cast import DAY, network
from tests.rules.trial import AMEND, CONTROL, OPEN, TRIAL, activate, approve, document, open_trial, screen


def test_the_shipped_protocol_is_whole_and_every_value_has_its_source() -> None:
    told = read_document(document())
    assert all(one.source for one in parameters(told))
    unset = to_be_set(told)
    assert {"age-from", "DL2/dose", "stopping/S-CRS"} <= set(unset)
    for one in parameters(told):
        assert (one.value is None) == one.source.startswith("parameter-to-be-set") == (one.name in unset)
    fractions = [parameter(told, f"DL1/F{n}").value for n in (1, 2, 3)]
    assert [str(share) for share in fractions] == ["10", "30", "60"]
    assert [one["condition"] for one in told["levels"][0]["fractions"]] == ["none", "no-crs", "no-crs"]
    assert (str(parameter(told, "DL1/low").value), str(parameter(told, "DL1/high").value)) == ("0.4", "5")


def test_a_parameter_that_nobody_set_is_refused_where_it_is_needed() -> None:
    with pytest.raises(Refused) as caught:
        parameter(document(), "contact-attempts")
    assert caught.value.code == "parameter-to-be-set"
    assert parameter(document(), "follow-up").value == 15


def _without(told: Any, *path: Any) -> Any:
    del _at(told, path[:-1])[path[-1]]
    return told


def _with(told: Any, value: Any, *path: Any) -> Any:
    _at(told, path[:-1])[path[-1]] = value
    return told


def _at(told: Any, path: tuple[Any, ...]) -> Any:
    for step in path:
        told = told[step]
    return told


FAULTS = [
    (("eligibility", 0, "source"), None, "eligibility 1"),
    (("eligibility", 0, "kind"), "maybe", "eligibility 1, kind"),
    (("eligibility", 0, "code"), "I2", "eligibility I2"),
    (("visits", 0, "anchor"), "birth", "visits 1, anchor"),
    (("visits", 0, "minus"), -1, "visits 1, minus"),
    (("levels", 0, "fractions", 0, "share", "value"), "11", "levels 1, fractions"),
    (("levels", 0, "dose", "unit"), "spoon", "levels 1, dose"),
    (("levels", 0, "dose", "value"), None, "levels 1, dose"),  # its source does not say that it is to be set
    (("levels", 0, "tokens"), "yes", "levels 1, tokens"),
    (("cohorts", 0, "levels"), ["DL9"], "cohort P1"),
    (("analyses", 0, "endpoint"), "NONE", "analysis A1"),
    (("stopping", 0, "boundary"), [[3, 3], [2, 3]], "stopping 1, boundary"),
    (("consents", 0, "languages"), [], "consents 1, languages"),
    (("consents", 0, "required"), False, "consents"),
    (("countries", "IT", "bands", 1, "from_years"), 11, "country IT, band 2"),
    (("countries", "IT", "majority_years", "value"), "many", "country IT"),
    (("parameters", "age-from", "source"), "none known", "parameter age-from"),
    (("title",), " ", "title"),
    (("product",), None, "protocol"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "value", "where"), FAULTS, ids=[row[2] for row in FAULTS])
def test_a_document_with_one_fault_is_refused_with_its_place(path: tuple[Any, ...], value: Any, where: str) -> None:
    good = document()
    read_document(copy.deepcopy(good))
    gone = value is None and path[-1] != "value"
    wrong = _without(good, *path) if gone else _with(good, value, *path)
    with pytest.raises(Refused) as caught:
        read_document(wrong)
    assert caught.value.code == "protocol-unreadable" and str(caught.value.facts["where"]).startswith(where)


def test_what_is_not_known_there_is_refused() -> None:
    with pytest.raises(Refused, match="unknown colour"):
        read_document({**document(), "colour": "red"})


def test_a_protocol_is_opened_once_at_the_control_site() -> None:
    book = network()
    book.refused("not-the-control-site", OPEN, "coordinator", site="ROM")
    book.refused("role-not-allowed", OPEN, "operator", **CONTROL)
    book.refused("subject-unknown", replace(OPEN, document=document(product="NONE")), "coordinator", **CONTROL)
    book.refused("protocol-unreadable", replace(OPEN, document={"title": "x"}), "coordinator", **CONTROL)
    book.do(OPEN, "coordinator", **CONTROL)
    book.refused("subject-exists", OPEN, "coordinator", **CONTROL)


def test_an_amendment_is_another_version_with_a_reason() -> None:
    book = open_trial()
    book.refused("reason-missing", AMEND, "coordinator", **CONTROL)
    how: dict[str, Any] = {**CONTROL, "reason": "attempts set"}
    book.refused("nothing-amended", replace(AMEND, document=document()), "coordinator", **how)
    book.refused("subject-exists", replace(AMEND, number="1.0"), "coordinator", **how)
    book.refused("protocol-of-another-product", replace(AMEND, document=document(product="LV")), "coordinator", **how)
    book.do(AMEND, "coordinator", **how)
    protocol = book.sheet(f"protocol:{TRIAL}")
    assert [one.number for one in protocol.versions] == ["1.0", "1.1"] and protocol.versions[1].reason == "attempts set"


def test_of_two_amendments_from_one_version_the_second_is_refused() -> None:
    book = open_trial()
    how: dict[str, Any] = {**CONTROL, "reason": "attempts set"}
    other = replace(AMEND, number="1.2", amends="1.0", document=document(title="Another"))
    book.copy().do(other, "coordinator", **how)  # had it been the first
    book.do(replace(AMEND, amends="1.0"), "coordinator", **how)
    book.refused("amended-meanwhile", other, "coordinator", **how)
    book.do(replace(other, amends="1.1"), "coordinator", **how)  # written again from the newest


def test_a_country_approves_a_version_that_exists_once() -> None:
    book = open_trial()
    book.refused("protocol-version-unknown", approve(number="9"), "coordinator", **CONTROL)
    book.refused("subject-unknown", approve("XX"), "coordinator", **CONTROL)
    book.refused("already-approved", approve(), "coordinator", **CONTROL)
    book.do(approve("LB"), "coordinator", **CONTROL)


def test_a_country_the_protocol_says_nothing_of_cannot_approve_it() -> None:
    book = network()
    told = document()
    del told["countries"]["LB"]
    book.do(OpenProtocol(protocol=TRIAL, number="1.0", document=told), "coordinator", **CONTROL)
    book.refused("country-not-in-protocol", approve("LB"), "coordinator", **CONTROL)
    book.do(approve("IT"), "coordinator", **CONTROL)


def test_a_site_is_active_only_where_its_country_approved() -> None:
    book = open_trial()
    book.refused("protocol-not-approved", activate("BEY"), "coordinator", **CONTROL)
    book.refused("site-role-missing", activate("BCN"), "coordinator", **CONTROL)
    book.refused("trial-site-active", activate("ROM"), "coordinator", **CONTROL)
    book.do(approve("LB"), "coordinator", **CONTROL)
    book.do(activate("BEY"), "coordinator", **CONTROL)


def test_a_closed_site_screens_nobody() -> None:
    book = open_trial()
    close = CloseTrialSite(protocol=TRIAL, at_site="ROM", on=DAY)
    book.copy().do(screen(), "investigator")
    book.do(close, "coordinator", **CONTROL, reason="full")
    book.refused("trial-site-not-active", close, "coordinator", **CONTROL, reason="full")
    book.refused("trial-site-not-active", screen(), "investigator")
    book.do(activate("ROM"), "coordinator", **CONTROL)  # opened again
    book.do(screen(), "investigator")


def test_each_country_works_under_its_newest_approved_version() -> None:
    book = open_trial()
    book.do(approve("LB"), "coordinator", **CONTROL)
    book.do(AMEND, "coordinator", **CONTROL, reason="attempts set")
    protocol = book.sheet(f"protocol:{TRIAL}")
    assert [protocol.in_force(c, DAY).number for c in ("IT", "LB")] == ["1.0", "1.0"]
    book.do(approve("IT", "1.1"), "coordinator", **CONTROL)
    protocol = book.sheet(f"protocol:{TRIAL}")
    assert [protocol.in_force(c, DAY).number for c in ("IT", "LB")] == ["1.1", "1.0"]
    assert protocol.in_force("JO", DAY) is None and protocol.in_force("IT", date(2026, 1, 1)) is None


def test_visits_are_counted_from_their_anchors() -> None:
    found = {one.code: one for one in visits(document(), {"infusion": date(2026, 6, 1)})}
    assert (found["D28"].from_on, found["D28"].due_on, found["D28"].to_on) == (
        date(2026, 6, 25), date(2026, 6, 29), date(2026, 7, 3),
    )  # fmt: skip
    assert found["LD"].due_on == date(2026, 5, 27) and found["APH"].due_on is None
    assert found["Y15"].due_on == date(2041, 6, 1)
