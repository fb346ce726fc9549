"""Training: a step refuses the untrained, saying what is missing; who attests it was named for it."""

from dataclasses import replace
from datetime import timedelta

from milenari.rules.batch import VerifyStep
from milenari.rules.fitness import after_months
from milenari.rules.training import (
    AppointTrainer,
    ConfirmReading,
    SignTraining,
    WithdrawTrainer,
    WithdrawTraining,
    training_state,
)
from milenari.words import Role
from tests.rules.cast import BEADS, DAY, FAR, batch_started, enrol, found, grant, p1, q, train
from tests.rules.test_curriculum import FILL, ITEMS, LOOK, READ, RUNS, TEST, approve

ON = timedelta(days=1)
AS_NEW = {"by": "ROM-NEW", "role": Role.OPERATOR}
SOP2 = {"procedure": "SOP-ARI", "version": "2"}


def beginner():
    """A batch in Rome, and an operator who was never trained."""
    book = batch_started()
    book.do(enrol("ROM", "new"), "it-admin")
    book.do(grant("ROM", "new", "operator"), "qa")
    return book


def test_a_step_is_refused_to_the_untrained_and_open_to_the_trained():
    book = beginner()
    book.refused("untrained", BEADS, **AS_NEW)
    book.do(train("ROM", "new", on=DAY), "trainer")
    book.do(BEADS, **AS_NEW)


def test_expired_training_and_training_on_another_version_count_for_nothing():
    book = beginner()
    book.do(train("ROM", "new", until_on=DAY - ON), "trainer")
    other = {**train("ROM", "new").__dict__, "number": "2"}
    book.do(type(train("ROM", "new"))(**other), "trainer")
    book.refused("untrained", BEADS, **AS_NEW)


def test_the_second_person_is_trained_as_well():
    book = batch_started()
    book.do(BEADS, "operator")
    book.do(p1(), "operator")
    book.refused("untrained", VerifyStep(batch="B1", phase="P1"), "qa-2")
    book.do(VerifyStep(batch="B1", phase="P1"), "qa")


def test_nobody_certifies_their_own_training():
    book = batch_started()
    book.refused("own-training", train("ROM", "trainer"), "trainer")
    book.do(train("ROM", "trainer"), "qa")


def test_training_that_ends_before_it_begins_is_refused():
    book = batch_started()
    book.refused("dates-reversed", train("ROM", "qp", on=DAY, until_on=DAY - ON), "trainer")


# -- by curriculum --------------------------------------------------------------------------------------


def appoint(person="ROM-TRAINER", items=(), **changes):
    given = {"trainer": f"SOP-ARI/{person}", "procedure": "SOP-ARI", "person": person, "number": "2",
             "items": items, "may_appoint": False, "from_on": DAY, "until_on": FAR}  # fmt: skip
    return AppointTrainer(**{**given, **changes})


def sign(item, person="ROM-NEW", on=DAY, reference="", score=None, number="2"):
    return SignTraining(person=person, procedure="SOP-ARI", number=number, item=item, on=on, reference=reference,
                        score=score)  # fmt: skip


def read(person="ROM-NEW", item="READ", number="2"):
    return ConfirmReading(person=person, procedure="SOP-ARI", number=number, item=item)


def schooled(**more):
    """The batch's recipe asks for version 2, which has a curriculum; the trainer of Rome is appointed for it."""
    book = beginner()
    book.do(approve("2", ITEMS, **more), "qa", site="BCN")
    book.do(appoint(), "qa", site="BCN")
    batch = book.sheet("batch:B1")
    book.sheets["batch:B1"] = replace(batch, recipe={**batch.recipe, "training": SOP2})
    return book


def shown(book, skip="", on=DAY):
    """Everything of the curriculum but one item."""
    if skip != "READ":
        book.do(read(), **AS_NEW)
    for run in () if skip == "RUNS" else ("B-1", "B-2", "B-3"):
        book.do(sign("RUNS", reference=run, on=on), "trainer")
    for item, score in (("TEST", q("80", "%")), ("FILL", None), ("LOOK", None)):
        if item != skip:
            book.do(sign(item, score=score, on=on), "trainer")
    return book


def test_a_step_says_exactly_what_is_missing_of_the_curriculum():
    book = schooled()
    everything = ["READ", "RUNS 0/3", "TEST", "FILL", "LOOK"]
    assert book.refused("training-incomplete", BEADS, **AS_NEW)["missing"] == everything
    for item in ("READ", "RUNS", "TEST", "FILL", "LOOK"):
        facts = shown(book.copy(), skip=item).refused("training-incomplete", BEADS, **AS_NEW)
        assert facts["missing"] == ["RUNS 0/3" if item == "RUNS" else item]
    shown(book).do(BEADS, **AS_NEW)


def test_only_what_is_asked_of_the_role_is_asked():
    book = schooled()
    book.do(sign("TEST", person="ROM-QA", score=q("90", "%")), "trainer")
    assert training_state(book, "ROM-QA", SOP2, DAY, "qa").reasons[0].facts["missing"] == ["READ"]
    book.do(read("ROM-QA"), "qa")
    assert training_state(book, "ROM-QA", SOP2, DAY, "qa").fit
    assert not training_state(book, "ROM-QA", SOP2, DAY, "operator").fit


def test_a_statement_on_the_whole_is_not_taken_where_a_curriculum_is_to_be_followed():
    book = schooled()
    whole = replace(train("ROM", "new", on=DAY), number="2")
    book.refused("training-by-curriculum", whole, "trainer")
    book.do(train("ROM", "new", on=DAY), "trainer")  # version 1 has none


def test_a_statement_made_before_the_curriculum_holds_until_its_day():
    book = beginner()
    ends = DAY + 10 * ON
    book.do(replace(train("ROM", "new", on=DAY, until_on=ends), number="2"), "trainer")
    book.do(approve("2"), "qa", site="BCN")
    assert training_state(book, "ROM-NEW", SOP2, ends, "operator").until_on == ends
    assert training_state(book, "ROM-NEW", SOP2, ends + ON, "operator").reasons[0].code == "training-incomplete"


def test_an_assessment_below_the_score_is_kept_and_counts_for_nothing():
    book = shown(schooled(), skip="TEST")
    book.refused("score-missing", sign("TEST"), "trainer")
    assert found(book.do(sign("TEST", score=q("79.9", "%")), "trainer")) == ["assessment-failed"]
    book.refused("training-incomplete", BEADS, **AS_NEW)
    assert found(book.do(sign("TEST", score=q("80", "%")), "trainer")) == []
    book.do(BEADS, **AS_NEW)


def test_a_supervised_run_is_named_and_counts_once():
    book = schooled()
    book.refused("run-missing", sign("RUNS"), "trainer")
    book.do(sign("RUNS", reference="B-1"), "trainer")
    book.refused("run-counted", sign("RUNS", reference="B-1"), "trainer")
    book.do(sign("RUNS", reference="B-2"), "trainer")
    told = training_state(book, "ROM-NEW", SOP2, DAY, "operator").reasons[0].facts["missing"]
    assert "RUNS 2/3" in told


def test_reading_is_confirmed_by_the_reader_and_everything_else_by_a_trainer():
    book = schooled()
    book.refused("reading-of-another", read(), "trainer")
    book.refused("item-read-by-oneself", sign("READ"), "trainer")
    book.refused("item-needs-trainer", read(item="LOOK"), **AS_NEW)
    book.refused("item-unknown", read(item="NONE"), **AS_NEW)
    book.refused("no-curriculum", read(number="9"), **AS_NEW)
    book.refused("own-training", sign("LOOK", person="ROM-TRAINER"), "trainer")
    book.do(read(), **AS_NEW)
    book.do(sign("LOOK"), "trainer")


def test_an_item_ends_after_its_months_and_is_shown_again():
    book = shown(schooled())
    ends = after_months(DAY, 6)
    assert training_state(book, "ROM-NEW", SOP2, DAY, "operator").until_on == ends
    warned = training_state(book, "ROM-NEW", SOP2, ends, "operator")
    assert warned.fit and warned.warnings[0].code == "training-ends"
    later = training_state(book, "ROM-NEW", SOP2, ends + ON, "operator")
    assert later.reasons[0].facts["missing"] == ["FILL"]


def test_without_practice_it_ends_and_signed_steps_keep_it_alive():
    book = shown(schooled(inactive_months=3, requalify=["LOOK"]))
    gone = after_months(DAY, 3) + ON
    stopped = training_state(book, "ROM-NEW", SOP2, gone, "operator")
    assert [(r.code, r.facts["missing"]) for r in stopped.reasons] == [("training-inactive", ["LOOK"])]
    book.do(BEADS, **AS_NEW)
    book.later(days=30)
    book.do(p1(), **AS_NEW)
    assert dict(book.sheet("practice:ROM-NEW").last) == {"SOP-ARI": DAY + 30 * ON}
    assert training_state(book, "ROM-NEW", SOP2, gone, "operator").fit


def test_after_too_long_the_step_is_refused_until_it_is_shown_again():
    book = shown(schooled(inactive_months=3, requalify=["LOOK"]))
    book.copy().do(BEADS, **AS_NEW)
    book.later(days=100)
    facts = book.refused("training-inactive", BEADS, **AS_NEW)
    assert facts["missing"] == ["LOOK"] and facts["active_until"] == after_months(DAY, 3)
    book.do(sign("LOOK", on=DAY + 100 * ON), "trainer")
    book.do(BEADS, **AS_NEW)


def test_a_withdrawn_item_or_statement_counts_no_more():
    book = shown(schooled())
    gone = WithdrawTraining(person="ROM-NEW", procedure="SOP-ARI", number="2", item="FILL")
    book.copy().do(BEADS, **AS_NEW)
    book.do(gone, "qa", reason="media fill read wrongly")
    assert book.refused("training-incomplete", BEADS, **AS_NEW)["missing"] == ["FILL"]
    book.refused("nothing-to-withdraw", gone, "qa", reason="again")
    whole = WithdrawTraining(person="ROM-OPERATOR", procedure="SOP-ARI", number="1", item="")
    assert book.sheet("person:ROM-OPERATOR").trained("SOP-ARI", "1", DAY)
    book.do(whole, "qa", reason="wrong person")
    assert not book.sheet("person:ROM-OPERATOR").trained("SOP-ARI", "1", DAY)
    book.refused("nothing-to-withdraw", whole, "qa", reason="again")


# -- who may attest -------------------------------------------------------------------------------------


def test_a_trainer_attests_only_what_the_appointment_covers():
    book = schooled()
    book.do(appoint("ROM-QA-2", items=("LOOK",)), "qa", site="BCN")
    as_second = {"by": "ROM-QA-2", "role": Role.TRAINER}
    book.refused("trainer-not-appointed", sign("FILL"), **as_second)
    book.refused("trainer-not-appointed", sign("LOOK", on=DAY - ON), **as_second)
    book.refused("trainer-not-appointed", sign("FILL"), "trainer", site="BEY")
    book.do(sign("LOOK"), **as_second)


def test_the_chain_of_trainers_begins_at_the_control_site_and_goes_on_by_right():
    book = schooled()
    of_bey = {"by": "BEY-TRAINER", "role": Role.TRAINER, "site": "BEY"}
    book.refused("may-not-appoint", appoint("BEY-TRAINER"), "qa", site="ROM")
    book.refused("may-not-appoint", appoint("BEY-TRAINER"), "trainer", site="BCN")
    root = appoint("BCN-TRAINER", may_appoint=True)
    assert book.do(root, "qa", site="BCN").given == {"root": True}
    book.do(appoint("BEY-TRAINER", may_appoint=True, items=("LOOK", "FILL")), "trainer", site="BCN")
    book.refused("may-not-appoint", appoint("BEY-OPERATOR"), **of_bey)
    book.refused("may-not-appoint", appoint("BEY-OPERATOR", items=("TEST",)), **of_bey)
    assert book.do(appoint("BEY-OPERATOR", items=("LOOK",)), **of_bey).given == {"root": False}
    last = book.sheet("trainer:SOP-ARI/BEY-OPERATOR").appointments[0]
    assert (last.by, last.by_site) == ("BEY-TRAINER", "BEY")


def test_an_appointment_says_whom_for_what_and_how_long():
    book = schooled()
    book.refused("trainer-code-wrong", appoint(trainer="SOP-ARI/BEY-QP"), "qa", site="BCN")
    book.refused("own-appointment", appoint("BCN-QA"), "qa", site="BCN")
    book.refused("dates-reversed", appoint("BEY-TRAINER", until_on=DAY - ON), "qa", site="BCN")
    book.refused("item-unknown", appoint("BEY-TRAINER", items=("NONE",)), "qa", site="BCN")
    book.refused("no-curriculum", appoint("BEY-TRAINER", number="9"), "qa", site="BCN")
    book.do(appoint("BEY-TRAINER"), "qa", site="BCN")


def test_whoever_may_attest_an_item_has_it():
    book = schooled()
    state = training_state(book, "ROM-TRAINER", SOP2, DAY, "operator")
    assert state.fit and state.until_on == FAR
    assert not training_state(book, "ROM-TRAINER", SOP2, FAR + ON, "operator").fit


def test_a_withdrawn_trainer_attests_nothing_more_and_what_was_attested_stands():
    book = shown(schooled())
    end = WithdrawTrainer(trainer="SOP-ARI/ROM-TRAINER")
    book.copy().do(sign("LOOK"), "trainer")
    book.do(end, "qa", site="BCN", reason="left the hospital")
    book.refused("trainer-not-appointed", sign("LOOK"), "trainer")
    book.do(BEADS, **AS_NEW)
    book.refused("not-a-trainer", end, "qa", site="BCN", reason="again")


def test_a_new_version_asks_again_only_for_what_changed():
    book = shown(schooled())
    changed = [{**READ, "version": "2"}, RUNS, TEST, {**FILL, "again": True}, LOOK]
    book.do(approve("3", changed), "qa", site="BCN")
    state = training_state(book, "ROM-NEW", {"procedure": "SOP-ARI", "version": "3"}, DAY, "operator")
    assert state.reasons[0].facts["missing"] == ["READ", "FILL"]
