"""Referral: consents, eligibility and the chain of identity."""

from datetime import date, timedelta

from milenari.rules.chain import mint
from milenari.rules.followup import RecordDeath
from milenari.rules.network import SetCountryRules
from milenari.rules.referral import (
    BookSlot,
    ConfirmEligibility,
    EraseIdentity,
    IssueCoi,
    WithdrawConsent,
    own_consent_from,
)
from tests.rules.cast import (
    COI,
    DAY,
    OTHER_COI,
    REASON,
    administer,
    collect,
    consent,
    found,
    infused,
    prepare,
    refer,
    referred,
    released,
    vector_released,
    weigh,
)

ELIGIBLE = ConfirmEligibility(journey="J1", protocol="BE-03Ped.4")
WITHDRAW = WithdrawConsent(journey="J1")


def coi(journey="J1", text=COI):
    return IssueCoi(journey=journey, coi=text)


def slot(on=DAY):
    return BookSlot(journey="J1", slot_on=on)


def test_a_patient_is_referred_once_where_the_product_may_be_given():
    book = vector_released()
    book.refused("site-role-missing", refer(), "physician", site="BCN")
    book.refused("not-authorised", refer(), "physician", site="AMM")
    book.do(refer(), "physician")
    book.refused("subject-exists", refer(), "physician")


def test_a_child_of_eight_needs_a_guardian_and_one_of_twelve_assents_too():
    book = vector_released()
    book.do(refer(months=96), "physician")
    book.refused("consent-missing", ELIGIBLE, "physician")
    book.refused("minor-cannot-consent", consent("own-consent"), "physician")
    book.do(consent(), "physician")
    book.do(ELIGIBLE, "physician")
    book = vector_released()
    book.do(refer(months=144), "physician")
    book.do(consent(), "physician")
    assert book.refused("consent-missing", ELIGIBLE, "physician")["consent"] == "child-assent"
    book.do(consent("child-assent"), "physician")
    book.do(ELIGIBLE, "physician")


def test_the_age_of_assent_is_the_countrys():
    rules = {"custody_signatures": {}, "assent_from_years": 7}
    book = vector_released()
    book.do(SetCountryRules(country="IT", rules=rules), "qa", site="BCN")
    book.do(refer(months=96), "physician")
    book.do(consent(), "physician")
    book.refused("consent-missing", ELIGIBLE, "physician")


def test_an_adult_consents_alone():
    book = vector_released()
    book.do(refer(months=216), "physician")
    book.refused("adult-consents-alone", consent(), "physician")
    book.do(consent("own-consent"), "physician")
    book.do(ELIGIBLE, "physician")


def test_who_comes_of_age_during_treatment_consents_again():
    book = vector_released()
    book.do(refer(months=215), "physician")
    for kind in ("guardian-consent", "child-assent"):
        book.do(consent(kind), "physician")
    book.do(ELIGIBLE, "physician")
    book.do(coi(), "coordinator")
    book.later(days=40)
    assert book.refused("consent-missing", collect(), "apheresis-nurse")["consent"] == "own-consent"
    book.do(consent("own-consent", DAY + timedelta(days=40)), "physician")
    book.do(collect(), "apheresis-nurse")


def test_the_day_from_which_ones_own_consent_is_asked_is_the_first_on_which_the_guardians_is_not_enough():
    book = vector_released()
    book.do(refer(months=215), "physician")
    journey = book.sheet("journey:J1")
    asked = own_consent_from(journey)
    assert asked and journey.age_months_on(asked) == 216 and journey.age_months_on(asked - timedelta(days=1)) == 215
    book.later(days=40)
    book.do(consent("own-consent", DAY + timedelta(days=40)), "physician")
    assert own_consent_from(book.sheet("journey:J1")) is None


def test_ones_own_consent_is_not_asked_of_who_withdrew_or_died():
    for ends in (WITHDRAW, RecordDeath(journey="J1", died_on=DAY, cause="leukaemia")):
        book = referred()
        assert own_consent_from(book.sheet("journey:J1")) is not None
        book.do(ends, "physician", reason=REASON)
        assert own_consent_from(book.sheet("journey:J1")) is None


def test_a_consent_does_not_count_before_it_was_signed():
    book = vector_released()
    book.do(refer(), "physician")
    then = book.now
    book.later(days=1).do(consent(on=DAY + timedelta(days=1)), "physician")
    book.refused("consent-missing", ELIGIBLE, "physician", at=then)


def test_a_withdrawn_consent_stops_everything_until_it_is_given_anew():
    book = vector_released()
    book.do(refer(), "physician")
    book.refused("no-consent-to-withdraw", WITHDRAW, "physician", reason=REASON)
    book = referred()
    book.do(WITHDRAW, "physician", reason="the mother decided so")
    book.refused("consent-withdrawn", collect(), "apheresis-nurse")
    book.refused("consent-withdrawn", slot(), "coordinator")
    book.do(consent(), "physician")
    book.do(collect(), "apheresis-nurse")


def test_an_assent_after_withdrawal_does_not_revive_the_guardians_consent():
    book = referred()
    book.do(WITHDRAW, "physician", reason="the mother decided so")
    book.do(consent("child-assent"), "physician")
    assert book.refused("consent-missing", collect(), "apheresis-nurse")["consent"] == "guardian-consent"


def test_a_form_signed_before_the_withdrawal_does_not_undo_it():
    book = referred().later(days=2)
    book.do(WITHDRAW, "physician", reason="the mother decided so")
    book.refused("before-its-cause", consent(on=DAY), "physician")


def test_withdrawal_on_the_ward_stops_the_infusion():
    book = released()
    prepare(book)
    book.do(WITHDRAW, "physician", reason="the mother decided so")
    book.refused("consent-withdrawn", administer(), "ward-nurse")


def test_eligibility_is_not_confirmed_before_the_referral():
    book = vector_released()
    book.do(refer(), "physician")
    book.do(consent(), "physician")
    book.refused("before-its-cause", ELIGIBLE, "physician", at=book.now - timedelta(hours=3))


def test_a_chain_of_identity_is_issued_once_by_its_own_site_to_the_eligible():
    book = vector_released()
    book.do(refer(), "physician")
    book.refused("coi-missing", slot(), "coordinator")
    book.refused("coi-missing", collect(), "apheresis-nurse")
    book.do(consent(), "physician")
    book.refused("not-eligible", coi(), "coordinator")
    book.do(ELIGIBLE, "physician")
    book.refused("coi-unreadable", coi(text="MLN-ROM-1"), "coordinator")
    wrong = COI[:-1] + ("A" if COI[-1] != "A" else "B")
    book.refused("coi-check-wrong", coi(text=wrong), "coordinator")
    book.refused("coi-of-another-site", coi(text=mint("BEY", bytes(12))), "coordinator")
    book.do(coi(), "coordinator")
    book.refused("coi-already-issued", coi(text=OTHER_COI), "coordinator")


def test_two_patients_never_share_a_chain_of_identity():
    book = referred()
    book.do(refer("J2"), "physician")
    book.do(consent(journey="J2"), "physician")
    book.do(ConfirmEligibility(journey="J2", protocol="BE-03Ped.4"), "physician")
    book.refused("coi-taken", coi("J2"), "coordinator")
    book.do(coi("J2", OTHER_COI), "coordinator")


def test_a_slot_is_not_booked_in_the_past():
    book = referred()
    book.refused("slot-in-the-past", slot(DAY - timedelta(days=1)), "coordinator")
    book.do(slot(), "coordinator")


def test_a_tenth_of_the_weight_is_asked_about_and_an_older_weighing_does_not_replace_a_newer():
    book = referred().later(days=3)
    assert found(book.do(weigh("23", date(2026, 3, 5)), "ward-nurse")) == ["weight-jump"]
    book.do(weigh("19", date(2026, 3, 1)), "ward-nurse")
    assert book.sheet("journey:J1").weight_kg == 23


def test_identity_is_erased_once_and_the_record_stays():
    book = infused()
    erase = EraseIdentity(journey="J1")
    book.do(erase, "qa", reason="asked for by the patient")
    book.refused("identity-already-erased", erase, "qa", reason=REASON)
    assert book.sheet("journey:J1").infusions


def test_nothing_is_collected_from_the_dead():
    book = referred()
    book.do(RecordDeath(journey="J1", died_on=DAY, cause="leukaemia"), "physician")
    book.refused("patient-died", collect(), "apheresis-nurse")
