"""Recall leases: what another site released is used only on fresh word from it, or on what two persons heard."""

from datetime import date, timedelta

import pytest

from milenari.rules.custody import Dispatch, Receive
from milenari.rules.lease import (
    USUAL_HOURS,
    ConfirmUse,
    GrantLease,
    PermitUse,
    WithholdUse,
    WitnessUse,
    require_not_withheld,
    sources_of,
    spoken_code,
)
from milenari.rules.network import SetCountryRules
from milenari.rules.vector import AllocateContainer, RecallLot
from tests.rules.cast import (
    BEADS,
    VECTOR,
    VerifyStep,
    administer,
    batch_started,
    confirm,
    decide_,
    found,
    network,
    node,
    p1,
    prepare,
    released,
    scan,
    vector_released,
)

HOURS = 336  # what the cast's countries allow; Barcelona's lease was granted when its lot was released


def at_vector():
    """Rome at the step that takes the vector, which Barcelona released."""
    book = batch_started()
    book.do(BEADS, "operator")
    book.do(p1(), "operator")
    book.do(VerifyStep(batch="B1", phase="P1"), "operator-2")
    return book


def ends(book):
    return book.sheet("lease:BCN").until(HOURS)


def grant(book, hours=HOURS, site="BCN"):
    return book.do(GrantLease(lease=site, hours=hours), **node(site))


def heard(book, what="container:V1-001", of="lot:V1", day=None):
    """The right code, as Barcelona reads it out for Rome."""
    return {"what": what, "of": of, "spoken": spoken_code(of, "ROM", day or book.now.date())}


def confirmed(book, **told):
    data = heard(book, **told)
    book.do(ConfirmUse(confirmed_by="Quim Serra", **data), "operator", reason="link down since Friday")
    return data


def test_vector_of_another_site_is_spent_to_the_last_minute_of_the_lease_and_not_after():
    book = at_vector()
    last = ends(book)
    book.now = last + timedelta(minutes=1)
    facts = book.refused("lease-stale", VECTOR, "operator")
    assert facts == {"of": "lot:V1", "site": "BCN", "until": last}
    book.now = last
    assert found(book.do(VECTOR, "operator")) == []


def test_vector_is_spent_again_when_the_lease_is_renewed():
    book = at_vector()
    book.now = ends(book) + timedelta(days=1)
    book.refused("lease-stale", VECTOR, "operator")
    grant(book)
    book.do(VECTOR, "operator")


def test_without_any_lease_nothing_of_another_site_is_used():
    book = at_vector()
    del book.sheets["lease:BCN"]
    assert book.refused("lease-stale", VECTOR, "operator")["until"] is None


def test_a_fraction_waits_for_word_on_its_vector_before_it_is_thawed_and_when_it_is_given():
    book = released()
    lease = book.sheets.pop("lease:BCN")
    book.do(decide_(), "physician")
    book.refused("lease-stale", scan(), "ward-nurse")
    book.sheets["lease:BCN"] = lease
    book.do(scan(), "ward-nurse")
    book.do(confirm(), "ward-nurse-2")
    gone = book.copy()
    gone.sheets.pop("lease:BCN")
    gone.refused("lease-stale", administer(), "ward-nurse")
    book.do(administer(), "ward-nurse")


def test_what_a_site_released_itself_needs_no_lease():
    book = released()
    assert "lease:ROM" not in book.sheets
    assert sources_of("dose:B1-F1", book) == ("batch:B1", "lot:V1")
    prepare(book)
    book.do(administer(), "ward-nurse")


def test_a_dose_made_elsewhere_needs_word_of_its_maker_and_of_the_vectors():
    book = released()
    book.do(Dispatch(what="dose:B1-F1", to_site="BCN"), "operator")
    book.do(Receive(what="dose:B1-F1", transfer=1, intact="intact"), "operator", site="BCN")
    asking = dict(who="ward-nurse", site="BCN")
    book.do(decide_(), "physician", site="BCN")
    stale = book.refused("lease-stale", scan(), **asking)
    assert (stale["of"], stale["site"]) == ("batch:B1", "ROM"), "the vector is Barcelona's own"
    grant(book, site="ROM")
    book.do(scan(), **asking)


def test_a_recall_that_arrives_ends_use_whatever_the_lease_says():
    book = at_vector()
    book.do(RecallLot(lot="V1"), "qa", site="BCN", reason="contamination")
    book.refused("vector-recalled", VECTOR, "operator")


@pytest.mark.parametrize("hours", [1, 24])
def test_the_country_of_the_user_may_allow_fewer_hours(hours):
    book = at_vector()
    since = book.sheet("lease:BCN").granted_at
    rules = {**book.sheet("country:IT").rules, "lease_hours": hours}
    book.do(SetCountryRules(country="IT", rules=rules), "qa", site="BCN")
    book.now = since + timedelta(hours=hours, minutes=1)
    book.refused("lease-stale", VECTOR, "operator")
    book.now = since + timedelta(hours=hours)
    book.do(VECTOR, "operator")


@pytest.mark.parametrize("bad", [0, 337, "72", True])
def test_the_hours_of_a_country_are_whole_and_bounded(bad):
    book = network()
    good = {"custody_signatures": {"dispatch": 1}, "lease_hours": 48, "lease_warning_hours": 12}
    book.refused("country-rules-unreadable", SetCountryRules(country="IT", rules={**good, "lease_hours": bad}), "qa",
                 site="BCN")  # fmt: skip
    book.do(SetCountryRules(country="IT", rules=good), "qa", site="BCN")


def test_a_lease_is_no_longer_than_its_country_allows_and_the_usual_where_nothing_is_said():
    book = vector_released()
    rules = {"custody_signatures": {"dispatch": 1}}
    book.do(SetCountryRules(country="ES", rules=rules), "qa", site="BCN")
    book.refused("lease-too-long", GrantLease(lease="BCN", hours=USUAL_HOURS + 1), "qp", site="BCN")
    book.do(GrantLease(lease="BCN", hours=USUAL_HOURS), "qp", site="BCN")


def test_a_lease_is_granted_by_the_site_itself_by_its_node_or_its_quality():
    book = vector_released()
    act = GrantLease(lease="BCN", hours=24)
    book.refused("lease-of-another-site", act, "qa", site="ROM")
    book.refused("role-not-allowed", act, "operator", site="BCN")
    for how in (node("BCN"), {"who": "qa", "site": "BCN"}, {"who": "qp", "site": "BCN"}):
        book.copy().do(act, **how)


def test_a_lease_is_not_dated_before_the_one_before_it():
    book = vector_released()
    act = GrantLease(lease="BCN", hours=24)
    book.refused("before-its-cause", act, "qa", site="BCN", at=book.sheet("lease:BCN").granted_at - timedelta(hours=1))
    book.do(act, "qa", site="BCN")


def test_a_lease_from_the_future_is_not_believed():
    """Barcelona's clock is a week ahead, or Rome's was set back: one of the two is wrong."""
    book = at_vector()
    book.now += timedelta(days=7)
    grant(book)
    book.now -= timedelta(days=7)
    book.refused("lease-stale", VECTOR, "operator")
    book.now += timedelta(days=7)
    book.do(VECTOR, "operator")


def test_a_withheld_lot_is_used_nowhere_until_it_is_permitted_again():
    book = at_vector()
    stop = WithholdUse(lease="BCN", of="lot:V1")
    book.do(stop, "qa", site="BCN", reason="particles seen")
    assert book.refused("use-withheld", VECTOR, "operator")["reason"] == "particles seen"
    book.refused("use-withheld", stop, "qp", site="BCN", reason="again")
    grant(book)
    book.refused("use-withheld", VECTOR, "operator")
    permit = PermitUse(lease="BCN", of="lot:V1")
    book.do(permit, "qp", site="BCN", reason="they were bubbles")
    book.refused("use-not-withheld", permit, "qp", site="BCN", reason="again")
    book.do(VECTOR, "operator")


def test_what_is_withheld_is_not_sent_on_until_it_is_permitted_again():
    book = vector_released()
    book.site = "BCN"
    send = Dispatch(what="container:V1-003", to_site="ROM")
    book.do(AllocateContainer(container="V1-003", to_site="ROM"), "vector-manager")
    book.copy().do(send, "vector-manager")
    book.do(WithholdUse(lease="BCN", of="lot:V1"), "qa", reason="particles seen")
    assert book.refused("use-withheld", send, "vector-manager")["of"] == "lot:V1"
    book.do(PermitUse(lease="BCN", of="lot:V1"), "qp", reason="they were bubbles")
    book.do(send, "vector-manager")


def test_a_fraction_that_is_withheld_goes_back_to_the_site_that_withholds_it_and_nowhere_else():
    book = released()
    book.do(WithholdUse(lease="ROM", of="batch:B1"), "qp", reason="a culture looks turbid")
    book.refused("use-withheld", Dispatch(what="dose:B1-F1", to_site="BEY"), "operator")
    assert book.sheet("dose:B1-F1").exists
    require_not_withheld("dose:B1-F1", "ROM", book)


def test_ones_own_batch_that_is_withheld_is_not_given():
    book = released()
    prepare(book)
    book.do(WithholdUse(lease="ROM", of="batch:B1"), "qp", reason="a culture looks turbid")
    book.refused("use-withheld", administer(), "ward-nurse")
    book.do(PermitUse(lease="ROM", of="batch:B1"), "qp", reason="second culture clear")
    book.do(administer(), "ward-nurse")


def test_only_the_site_that_made_a_lot_withholds_it():
    book = vector_released()
    book.refused("lease-of-another-site", WithholdUse(lease="BCN", of="lot:V1"), "qa", reason="x")
    book.refused("held-elsewhere", WithholdUse(lease="ROM", of="lot:V1"), "qa", reason="x")
    book.refused("lease-of-another-site", PermitUse(lease="BCN", of="lot:V1"), "qa", reason="x")
    book.do(WithholdUse(lease="BCN", of="lot:V1"), "qa", site="BCN", reason="x")


# -- spoken confirmation ----------------------------------------------------------------------------------


def stale():
    book = at_vector()
    book.now = ends(book) + timedelta(days=1)
    return book


def test_two_persons_who_heard_the_releasing_site_may_go_on_and_it_is_a_finding():
    book = stale()
    data = confirmed(book)
    book.refused("lease-stale", VECTOR, "operator")
    book.do(WitnessUse(**data), "operator-2")
    entry = book.do(VECTOR, "operator")
    assert found(entry) == ["used-on-spoken-word"]
    assert entry.findings[0].facts == {
        "of": "lot:V1", "site": "BCN", "confirmed_by": "Quim Serra", "spoken": data["spoken"],
    }  # fmt: skip


def test_one_person_cannot_hear_it_twice():
    book = stale()
    data = confirmed(book)
    book.refused("own-work", WitnessUse(**data), "operator")
    book.do(WitnessUse(**data), "operator-2")


def test_nobody_witnesses_what_nobody_confirmed():
    book = stale()
    data = heard(book)
    book.refused("not-confirmed", WitnessUse(**data), "operator-2")
    confirmed(book)
    book.do(WitnessUse(**data), "operator-2")


def test_the_code_is_that_of_this_lot_this_site_and_this_day():
    book = stale()
    today = book.now.date()
    for wrong in (
        spoken_code("lot:V2", "ROM", today),
        spoken_code("lot:V1", "BEY", today),
        spoken_code("lot:V1", "ROM", today - timedelta(days=2)),
    ):
        act = ConfirmUse(what="container:V1-001", of="lot:V1", confirmed_by="Quim Serra", spoken=wrong)
        book.refused("spoken-code-wrong", act, "operator", reason="link down")
    confirmed(book, day=today - timedelta(days=1))  # read out just before midnight


def test_a_code_is_short_and_has_no_letters_that_sound_alike():
    made = {spoken_code(f"lot:V{n}", "ROM", date(2026, 3, 2)) for n in range(500)}
    assert len(made) == 500 and all(len(code) == 6 and not set(code) & set("ILOU") for code in made)


def test_a_spoken_confirmation_serves_a_shift():
    book = stale()
    data = confirmed(book)
    book.do(WitnessUse(**data), "operator-2")
    late = book.copy().later(hours=12)
    late.refused("lease-stale", VECTOR, "operator")
    book.later(hours=11).do(VECTOR, "operator")


def test_a_spoken_confirmation_is_only_for_what_lacks_fresh_word():
    book = stale()
    other = ConfirmUse(what="container:V1-001", of="batch:B1", confirmed_by="Q", spoken="000000")
    book.refused("not-of-this", other, "operator", reason="x")
    grant(book)
    act = ConfirmUse(confirmed_by="Q", **heard(book))
    book.refused("lease-holds", act, "operator", reason="x")
    book.now = ends(book) + timedelta(minutes=1)
    book.do(ConfirmUse(confirmed_by="Q", **heard(book)), "operator", reason="x")


def test_no_spoken_word_frees_what_is_withheld():
    book = stale()
    data = confirmed(book)
    book.do(WitnessUse(**data), "operator-2")
    book.do(WithholdUse(lease="BCN", of="lot:V1"), "qa", site="BCN", reason="particles")
    book.refused("use-withheld", VECTOR, "operator")
    book.refused("use-withheld", ConfirmUse(confirmed_by="Q", **data), "operator", reason="x")


def test_a_container_that_another_site_holds_cannot_be_spoken_for_here():
    book = stale()
    act = ConfirmUse(confirmed_by="Q", **heard(book, what="container:V1-003"))
    assert book.refused("held-elsewhere", act, "operator", reason="x")["owner"] == "BCN"
