"""Regulation: a country's map as data, its gates on going live and on what crosses a border."""

from __future__ import annotations

from datetime import timedelta

import pytest

from milenari.rules.custody import Dispatch, WitnessDispatch
from milenari.rules.readiness import reasons
from milenari.rules.regulation import StateRequirement
from milenari.rules.vector import AllocateContainer, ReleaseLot
from tests.rules.cast import DAY, FAR, REASON, accepted, network, start, vector_tested
from tests.rules.transferring import MET, asked, enter_law, law

IT = {"country": "IT", "site": "ROM"}


def state(item: str = "trial-approval", to: str = "met", country: str = "IT", **more: object) -> StateRequirement:
    given = {"evidence": "decision 7" if to == "met" else "", **more}
    return StateRequirement(regulation=country, item=item, state=to, **given)  # type: ignore[arg-type]


def test_a_map_is_kept_by_a_site_of_the_country_or_the_control_site():
    book = network()
    book.refused("map-of-another-country", law(asked(), country="JO"), "qa", site="ROM", reason=REASON)
    book.do(law(asked(), country="JO"), "qa", site="BCN", reason=REASON)
    book.do(law(asked(), country="IT"), "qa", site="ROM", reason=REASON)
    book.refused("held-elsewhere", law(asked(), country="IT"), "qa", site="BCN", reason=REASON)


@pytest.mark.parametrize(
    "wrong",
    [
        {"basis": "custom"}, {"gate": "door"}, {"read": "perhaps"}, {"state": "good"}, {"code": ""}, {"code": "a b"},
        {"source": ""}, {"colour": "red"}, {"things": ["patient"]}, {"products": "ARI"}, {"from_on": "soon"},
    ],
)  # fmt: skip
def test_a_requirement_that_cannot_be_read_is_refused_saying_where(wrong):
    book = network()
    facts = book.refused("map-unreadable", law(asked(**wrong), country="IT"), "qa", site="ROM", reason=REASON)
    assert "1" in facts["where"]
    book.do(law(asked(), country="IT"), "qa", site="ROM", reason=REASON)


def test_a_requirement_stands_in_an_amendment_once_and_its_days_follow_each_other():
    book = network()
    for wrong in ([], [asked(), asked()], ["trial"]):
        book.refused("map-unreadable", law(*wrong, country="IT"), "qa", site="ROM", reason=REASON)
    reversed_ = asked(from_on="2026-05-02", to_on="2026-05-01")
    book.refused("dates-reversed", law(reversed_, country="IT"), "qa", site="ROM", reason=REASON)
    book.do(law(asked(from_on="2026-05-01", to_on="2026-05-02"), country="IT"), "qa", site="ROM", reason=REASON)


def test_a_requirement_is_met_on_evidence():
    book = network()
    book.refused("subject-unknown", state(), "qa", site="ROM")
    enter_law(book, asked(), **IT)
    book.refused("requirement-unknown", state("other"), "qa", site="ROM")
    book.refused("requirement-without-evidence", state(evidence=""), "qa", site="ROM")
    book.refused("dates-reversed", state(from_on=FAR, to_on=DAY), "qa", site="ROM")
    book.do(state(), "qa", site="ROM")
    assert book.sheet("regulation:IT").find("trial-approval").holds(DAY)


def test_no_batch_is_started_while_a_requirement_for_going_live_is_open():
    book = accepted()
    enter_law(book, asked(), **IT)
    book.refused("requirement-not-met", start(), "operator")
    assert "requirement-not-met" in [r.code for r in reasons(book, "ROM", "ARI", [DAY])]
    book.do(state(from_on=DAY, to_on=DAY), "qa", site="ROM")
    book.copy().do(start(), "operator")
    assert [r.code for r in reasons(book, "ROM", "ARI", [DAY + timedelta(days=1)])] == ["requirement-not-met"]


def test_a_requirement_for_another_product_or_one_that_does_not_apply_stops_nothing():
    book = accepted()
    enter_law(book, asked(products=["OTHER"]), asked("gmo", state="not-applicable"), asked("none", "none"), **IT)
    book.do(start(), "operator")


def ready_to_send():
    book = vector_tested()
    book.do(ReleaseLot(lot="V1", expires_on=FAR), "qp")
    book.do(AllocateContainer(container="V1-001", to_site="BEY"), "vector-manager")
    book.do(AllocateContainer(container="V1-002", to_site="ROM"), "vector-manager")
    return book


TO_BEIRUT = Dispatch(what="container:V1-001", to_site="BEY")


@pytest.mark.parametrize(("country", "site", "gate"), [("ES", "BCN", "export"), ("LB", "BEY", "import")])
def test_nothing_crosses_a_border_without_the_permits_of_both_sides(country, site, gate):
    book = ready_to_send()
    book.copy().do(TO_BEIRUT, "vector-manager")
    enter_law(book, asked("permit", gate), country=country, site=site)
    facts = book.refused("permit-missing", TO_BEIRUT, "vector-manager")
    assert facts["country"] == country and facts["requirement"] == "Approval of the trial"
    book.do(state("permit", country=country), "qa", site=site)
    book.do(TO_BEIRUT, "vector-manager")


def test_a_permit_counts_for_what_it_names_and_until_its_day():
    book = ready_to_send()
    enter_law(book, asked("cells", "export", things=["collection"]), asked("other", "export", products=["X"]),
              country="ES", site="BCN")  # fmt: skip
    book.copy().do(TO_BEIRUT, "vector-manager")
    enter_law(book, asked("vector", "export", things=["container"], products=["LV"], to_on="2026-03-01", **MET),
              country="ES", site="BCN")  # fmt: skip
    book.refused("permit-missing", TO_BEIRUT, "vector-manager")
    book.do(state("vector", country="ES", to_on=FAR), "qa", site="BCN")
    book.do(TO_BEIRUT, "vector-manager")


def test_a_permit_that_lapsed_between_the_two_signatures_stops_the_second():
    from milenari.rules.network import SetCountryRules

    book = ready_to_send()
    book.do(SetCountryRules(country="ES", rules={"custody_signatures": {"dispatch": 2}}), "qa")
    enter_law(book, asked("permit", "export", **MET), country="ES", site="BCN")
    book.do(TO_BEIRUT, "vector-manager")
    witness = WitnessDispatch(what="container:V1-001")
    book.copy().do(witness, "vector-manager-2")
    book.do(state("permit", "open", country="ES"), "qa", site="BCN")
    book.refused("permit-missing", witness, "vector-manager-2")


def test_what_changed_since_a_day_is_told_with_what_it_was():
    book = network()
    enter_law(book, asked(), asked("gmo"), **IT)
    book.later(days=3).do(state(), "qa", site="ROM")
    (pair,) = book.sheet("regulation:IT").changed_since(DAY + timedelta(days=1))
    assert pair[0].state == "open" and pair[1].state == "met"
    assert [old for old, _ in book.sheet("regulation:IT").changed_since(DAY)] == [None, None]
