"""People: who may act as what, where and until when."""

from datetime import UTC, date, datetime, timedelta

from milenari.rules.people import (
    CommentEmergencyAccess,
    DelegateQp,
    EndRole,
    EnrolPerson,
    OpenEmergencyAccess,
    ReplaceKey,
    WithdrawKey,
)
from milenari.words import Role
from tests.rules.cast import (
    BEADS,
    DAY,
    FAR,
    REASON,
    MemoryBook,
    batch_started,
    enrol,
    found,
    grant,
    network,
    node,
    receive_material,
    train,
)

YESTERDAY, TOMORROW = DAY - timedelta(days=1), DAY + timedelta(days=1)


def end(who="operator", role="operator", to_on=YESTERDAY):
    return EndRole(person=f"ROM-{who.upper()}", ended=role, at_site="ROM", to_on=to_on)


def emergency(who="coordinator", role="operator", hours=2):
    return OpenEmergencyAccess(person=f"ROM-{who.upper()}", granted=role, hours=hours)


COMMENT = CommentEmergencyAccess(person="ROM-COORDINATOR", comment="night shift, justified")


def test_the_node_enrols_until_there_is_quality_assurance_and_never_after():
    book = MemoryBook()
    for who in ("it-admin", "qa"):
        book.do(enrol("ROM", who), **node("ROM"))
        book.do(grant("ROM", who, who), **node("ROM"))
    book.refused("founding-is-over", enrol("ROM", "qp"), **node("ROM"))
    book.refused("founding-is-over", grant("ROM", "qa", "qp"), **node("ROM"))
    book.do(enrol("ROM", "qp"), "it-admin")
    book.do(grant("ROM", "qp", "qp"), "qa")


def test_a_person_is_enrolled_once_and_at_home():
    book = network()
    book.refused("subject-exists", enrol("ROM", "qa"), "it-admin")
    book.refused("enrolled-at-home-only", enrol("BEY", "guest"), "it-admin")
    book.do(enrol("ROM", "guest"), "it-admin")


def test_one_key_signs_for_one_person():
    book = network()
    shared = EnrolPerson(person="ROM-TWIN", name="Twin", home="ROM", key="key ROM qp")
    book.refused("key-already-used", shared, "it-admin")
    mine = ReplaceKey(person="ROM-QA", key="key ROM qp")
    book.refused("key-already-used", mine, "it-admin", reason=REASON)
    again = ReplaceKey(person="ROM-QA", key="key ROM qa")
    book.refused("key-already-used", again, "it-admin", reason=REASON)
    book.do(ReplaceKey(person="ROM-QA", key="fresh"), "it-admin", reason=REASON)
    assert book.sheet("person:ROM-QA").keys == ("key ROM qa", "fresh")


def test_a_key_is_ended_by_its_person_or_by_it_and_signs_for_nobody_after():
    book = network()
    book.do(ReplaceKey(person="ROM-QA", key="passkey"), "it-admin", reason=REASON)
    end_passkey = WithdrawKey(person="ROM-QA", key="passkey")
    book.refused("key-of-another", end_passkey, "qp", reason=REASON)
    book.do(end_passkey, "qa", reason=REASON)
    assert book.sheet("person:ROM-QA").keys == ("key ROM qa",)
    book.refused("key-not-held", end_passkey, "qa", reason=REASON)
    book.refused("key-already-used", ReplaceKey(person="ROM-QP", key="passkey"), "it-admin", reason=REASON)
    book.refused("last-key", WithdrawKey(person="ROM-QA", key="key ROM qa"), "qa", reason=REASON)
    book.do(ReplaceKey(person="ROM-QA", key="fresh"), "it-admin", reason=REASON)
    book.do(WithdrawKey(person="ROM-QA", key="key ROM qa"), "it-admin", reason=REASON)
    assert book.sheet("person:ROM-QA").keys == ("fresh",)


def test_nobody_replaces_their_own_key():
    network().refused("own-key", ReplaceKey(person="ROM-IT-ADMIN", key="k"), "it-admin", reason=REASON)


def test_nobody_grants_ends_or_delegates_a_role_to_themselves():
    book = network()
    book.refused("own-role", grant("ROM", "qa", "qp"), "qa")
    book.refused("own-role", end("qa", "qa"), "qa", reason=REASON)
    delegate = DelegateQp(person="ROM-QA", product="ARI", at_site="ROM", from_on=DAY, to_on=FAR)
    book.refused("own-role", delegate, "qa")


def test_a_role_is_granted_only_at_home():
    network().refused("granted-at-home-only", grant("BEY", "qp", "trainer"), "qa", site="ROM")


def test_dates_the_wrong_way_round_are_refused():
    book = network()
    book.refused("dates-reversed", grant("ROM", "qp", "trainer", DAY, YESTERDAY), "qa")
    delegate = DelegateQp(person="ROM-QP", product="ARI", at_site="ROM", from_on=DAY, to_on=YESTERDAY)
    book.refused("dates-reversed", delegate, "qa")
    book.do(grant("ROM", "qp", "trainer", DAY, DAY), "qa")


def test_a_role_not_begun_and_one_that_ended_yesterday_are_refused():
    book = network()
    book.do(enrol("ROM", "new"), "it-admin")
    book.do(grant("ROM", "new", "operator", TOMORROW, TOMORROW), "qa")
    as_new = {"by": "ROM-NEW", "role": Role.OPERATOR}
    book.refused("role-not-yet", receive_material("M1"), **as_new)
    book.later(hours=24).do(receive_material("M1"), **as_new)
    book.later(hours=24).refused("role-ended", receive_material("M2"), **as_new)


def test_nobody_backdates_an_act_into_a_time_when_they_still_held_the_role():
    book = batch_started()
    then = book.now
    book.later(hours=30).do(end(to_on=DAY), "qa", reason=REASON)
    book.refused("role-ended", BEADS, "operator", at=then)


def test_ending_a_role_never_lengthens_it():
    book = network()
    book.do(end(), "qa", reason=REASON)
    book.refused("role-not-held", end(to_on=FAR), "qa", reason=REASON)
    book.refused("role-not-held", end(role="qp"), "qa", reason=REASON)
    book.do(grant("ROM", "operator", "operator", TOMORROW), "qa")
    book.do(end(to_on=FAR), "qa", reason=REASON)
    first, second = book.sheet("person:ROM-OPERATOR").grants
    assert (first.to_on, second.to_on) == (YESTERDAY, FAR)


def test_administrators_hold_no_role_over_medicines_not_even_later():
    book = network()
    book.refused("admin-apart-from-gmp", grant("ROM", "it-admin", "qp"), "qa")
    book.refused("admin-apart-from-gmp", grant("ROM", "qp", "it-admin"), "qa")
    book.do(enrol("ROM", "new"), "it-admin")
    book.do(grant("ROM", "new", "it-admin", FAR), "qa")
    book.refused("admin-apart-from-gmp", grant("ROM", "new", "operator", DAY), "qa")
    book.do(grant("ROM", "new", "operator", DAY, FAR - timedelta(days=1)), "qa")


def test_administrators_get_no_emergency_access_to_medicines():
    book = network()
    book.refused("admin-apart-from-gmp", emergency("it-admin"), "it-admin", reason=REASON)


def test_a_qp_is_delegated_only_while_being_qp_there():
    book = network()
    nobody = DelegateQp(person="ROM-TRAINER", product="ARI", at_site="ROM", from_on=DAY, to_on=FAR)
    book.refused("role-not-held", nobody, "qa")
    early = DelegateQp(person="ROM-QP", product="ARI", at_site="ROM", from_on=date(2020, 1, 1), to_on=FAR)
    book.refused("role-not-yet", early, "qa")


def test_emergency_access_is_for_oneself_in_the_open_and_for_a_few_hours():
    book = batch_started()
    book.do(train("ROM", "coordinator"), "trainer")
    as_operator = {"by": "ROM-COORDINATOR", "role": Role.OPERATOR}
    book.refused("role-not-held", BEADS, **as_operator)
    book.refused("emergency-for-oneself-only", emergency("qp"), "coordinator", reason=REASON)
    assert found(book.do(emergency(), "coordinator", reason=REASON)) == ["emergency-access-opened"]
    assert found(book.do(BEADS, **as_operator)) == ["under-emergency-access"]
    book.later(hours=2).refused("role-ended", BEADS, **as_operator)


def test_emergency_access_does_not_reach_back():
    book = batch_started()
    book.do(train("ROM", "coordinator"), "trainer")
    earlier = book.now
    opened = earlier - timedelta(hours=20)
    book.later(hours=1).do(emergency(), "coordinator", reason=REASON, at=opened)
    as_operator = {"by": "ROM-COORDINATOR", "role": Role.OPERATOR}
    book.refused("role-not-yet", BEADS, at=earlier, **as_operator)
    book.do(BEADS, **as_operator)


def test_emergency_access_holds_over_midnight_in_beirut():
    book = network()
    book.now = datetime(2026, 3, 2, 22, 30, tzinfo=UTC)  # half past midnight over there
    access = OpenEmergencyAccess(person="BEY-COORDINATOR", granted="operator", hours=1)
    book.do(access, "coordinator", site="BEY", reason=REASON)
    book.do(receive_material("M1"), by="BEY-COORDINATOR", role=Role.OPERATOR, site="BEY")


def test_the_review_of_emergency_access_ends_it():
    book = batch_started()
    book.refused("no-emergency-access", COMMENT, "qa")
    book.do(train("ROM", "coordinator"), "trainer")
    book.do(emergency(), "coordinator", reason=REASON)
    book.do(BEADS, by="ROM-COORDINATOR", role=Role.OPERATOR)
    book.do(COMMENT, "qa")
    book.refused("role-ended", BEADS, by="ROM-COORDINATOR", role=Role.OPERATOR)
    book.refused("no-emergency-access", COMMENT, "qa")


def test_nobody_reviews_their_own_emergency_access():
    book = network()
    book.do(emergency("qa"), "qa", reason=REASON)
    own = CommentEmergencyAccess(person="ROM-QA", comment="fine")
    book.refused("own-work", own, "qa")
    book.do(own, "qa-2")
