"""A passport of another site counts item by item, for what the curriculum here asks, after two signatures."""

from dataclasses import replace
from datetime import timedelta

from milenari.rules.fitness import after_months
from milenari.rules.passport import AcceptPassport, ConfirmPassport
from milenari.rules.training import training_state
from tests.rules.cast import DAY, FAR
from tests.rules.test_training import SOP2, beginner, schooled

ON = timedelta(days=1)


def told(item="LOOK", accepted=True, why="", version="2", on=DAY, until_on=None):
    return {"entry": f"act-{item}", "procedure": "SOP-ARI", "version": version, "item": item, "on": on.isoformat(),
            "until_on": until_on.isoformat() if until_on else "", "by": "BCN-TRAINER", "reference": "", "score": "",
            "accepted": accepted, "why": why}  # fmt: skip


def accept(*decisions, **changes):
    given = {"passport": "BCN-OPERATOR-1", "person": "ROM-NEW", "holder": "BCN-OPERATOR", "from_site": "BCN",
             "sha256": "0" * 64, "decisions": list(decisions)}  # fmt: skip
    return AcceptPassport(**{**given, **changes})


CONFIRM = ConfirmPassport(passport="BCN-OPERATOR-1", person="ROM-NEW")
WHY = {"reason": "same process, same device"}


def missing(book):
    return training_state(book, "ROM-NEW", SOP2, DAY, "operator").reasons[0].facts["missing"]


def test_what_is_accepted_counts_after_the_second_signature_and_what_is_not_does_not():
    book = schooled()
    book.refused("reason-missing", accept(told()), "trainer")
    book.do(accept(told(), told("FILL", accepted=False, why="another isolator")), "trainer", **WHY)
    assert "LOOK" in missing(book)
    book.do(CONFIRM, "qa")
    assert missing(book) == ["READ", "RUNS 0/3", "TEST", "FILL"]
    evidence = book.sheet("person:ROM-NEW").evidence[0]
    assert (evidence.by, evidence.passport) == ("BCN-TRAINER", "BCN-OPERATOR-1")


def test_it_counts_no_longer_than_the_curriculum_here_allows_nor_than_was_attested_there():
    book = schooled()
    book.do(accept(told("LOOK", until_on=FAR), told("FILL", until_on=DAY + 9 * ON)), "trainer", **WHY)
    book.do(CONFIRM, "qa")
    ends = {e.item: e.until_on for e in book.sheet("person:ROM-NEW").evidence}
    assert ends == {"LOOK": after_months(DAY, 24), "FILL": DAY + 9 * ON}


def test_a_passport_is_decided_on_once_and_not_by_its_own_site_or_holder():
    book = schooled()
    book.refused("passport-from-here", accept(told(), from_site="ROM"), "trainer", **WHY)
    book.refused("own-training", accept(told(), person="ROM-TRAINER"), "trainer", **WHY)
    book.refused("subject-unknown", accept(told(), person="NOBODY"), "trainer", **WHY)
    book.do(accept(told()), "trainer", **WHY)
    book.refused("subject-exists", accept(told()), "trainer", **WHY)


def test_decisions_are_whole_and_every_refusal_has_its_reason():
    book = schooled()
    lacking = {key: value for key, value in told().items() if key != "by"}
    for wrong in (["LOOK"], [lacking], [{**told(), "accepted": "yes"}], [{**told(), "on": 7}]):
        book.refused("decisions-unreadable", accept(*wrong), "trainer", **WHY)
    book.refused("justification-missing", accept(told(accepted=False, why=" ")), "trainer", **WHY)
    book.do(accept(told(accepted=False, why="no")), "trainer", **WHY)


def test_what_ran_out_or_is_not_asked_here_is_not_accepted():
    book = schooled()
    book.refused("passport-item-expired", accept(told(until_on=DAY - ON)), "trainer", **WHY)
    book.refused("passport-item-not-here", accept(told("NONE")), "trainer", **WHY)
    book.refused("passport-item-not-here", accept(told("LOOK", version="9")), "trainer", **WHY)
    book.refused("passport-item-not-here", accept(told("", until_on=FAR)), "trainer", **WHY)  # the whole
    book.do(accept(told(until_on=DAY)), "trainer", **WHY)


def test_a_statement_on_the_whole_counts_where_there_is_no_curriculum():
    book = beginner()
    book.do(accept(told("", version="7", until_on=FAR)), "trainer", **WHY)
    book.do(CONFIRM, "qa")
    assert book.sheet("person:ROM-NEW").trained("SOP-ARI", "7", DAY)


def test_the_second_signature_is_another_persons_and_for_the_same_person():
    book = schooled()
    book.do(accept(told()), "qa", **WHY)
    book.refused("own-work", CONFIRM, "qa")
    book.refused("passport-of-another", replace(CONFIRM, person="ROM-OPERATOR"), "qa-2")
    book.do(CONFIRM, "qa-2")
    book.refused("already-decided", CONFIRM, "qa-2")
