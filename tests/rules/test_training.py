"""Training: a step refuses the untrained."""

from datetime import timedelta

from milenari.rules.batch import VerifyStep
from milenari.words import Role
from tests.rules.cast import BEADS, DAY, batch_started, enrol, grant, p1, train


def test_a_step_is_refused_to_the_untrained_and_open_to_the_trained():
    book = batch_started()
    book.do(enrol("ROM", "new"), "it-admin")
    book.do(grant("ROM", "new", "operator"), "qa")
    as_new = {"by": "ROM-NEW", "role": Role.OPERATOR}
    book.refused("untrained", BEADS, **as_new)
    book.do(train("ROM", "new", on=DAY), "trainer")
    book.do(BEADS, **as_new)


def test_expired_training_and_training_on_another_version_count_for_nothing():
    book = batch_started()
    book.do(enrol("ROM", "new"), "it-admin")
    book.do(grant("ROM", "new", "operator"), "qa")
    book.do(train("ROM", "new", until_on=DAY - timedelta(days=1)), "trainer")
    other = {**train("ROM", "new").__dict__, "number": "2"}
    book.do(type(train("ROM", "new"))(**other), "trainer")
    book.refused("untrained", BEADS, by="ROM-NEW", role=Role.OPERATOR)


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
    wrong = train("ROM", "qp", on=DAY, until_on=DAY - timedelta(days=1))
    book.refused("dates-reversed", wrong, "trainer")
