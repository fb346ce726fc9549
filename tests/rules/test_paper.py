"""Paper: a step entered afterwards says when, why and from which form, and a second person compares it."""

from dataclasses import replace
from datetime import timedelta

from milenari.rules.batch import SignStep, VerifyStep
from milenari.rules.form import IssuePaperForm, SettlePaperForm
from tests.rules.cast import BEADS, VECTOR, batch_started, found, p1, p2, p3
from tests.rules.test_batch import transducing

WHY = "the network was down, written by hand"
HOUR = timedelta(hours=1)
# A spare form that no node printed: taken, and said to be one.
FROM_SPARE = ["transcribed-from-paper", "form-not-issued-here"]


def from_paper(step: SignStep, form: str = "F-0007") -> SignStep:
    return replace(step, paper=form)


def compare(phase: str, form: str = "F-0007") -> VerifyStep:
    return VerifyStep(batch="B1", phase=phase, paper=form)


def at_paper():
    """The first phase's material is in, and an hour has passed on paper."""
    book = batch_started()
    book.do(BEADS, "operator")
    return book.later(hours=2)


def test_a_step_from_paper_says_when_it_was_done_and_why_it_was_on_paper():
    book = at_paper()
    earlier = book.now - HOUR
    book.refused("paper-time-missing", from_paper(p1()), "operator", reason=WHY)
    book.refused("reason-missing", from_paper(p1()), "operator", at=earlier)
    assert found(book.do(from_paper(p1()), "operator", at=earlier, reason=WHY)) == FROM_SPARE
    (done,) = book.sheet("batch:B1").steps
    assert (done.paper, done.at) == ("F-0007", earlier)
    assert book.sheet("batch:B1").deviations == ()


def test_a_step_on_the_screen_needs_neither():
    book = at_paper()
    assert found(book.do(p1(), "operator")) == []
    assert book.sheet("batch:B1").steps[0].paper == ""


def test_a_step_from_paper_is_compared_by_a_second_person_with_that_very_form():
    book = at_paper()
    book.do(from_paper(p1()), "operator", at=book.now - HOUR, reason=WHY)
    book.refused("own-work", compare("P1"), "operator")
    book.refused("paper-form-differs", compare("P1", ""), "operator-2")
    book.refused("paper-form-differs", compare("P1", "F-0008"), "operator-2")
    book.do(compare("P1"), "operator-2")
    assert book.sheet("batch:B1").steps[0].verified_by == "ROM-OPERATOR-2"


def test_even_a_step_that_the_recipe_lets_pass_waits_for_the_second_person_when_it_came_from_paper():
    book = transducing()
    book.do(VECTOR, "operator")
    assert not next(p for p in book.sheet("batch:B1").phases if p["code"] == "P2").get("verify")
    screen, paper = book.copy(), book
    screen.later(hours=2).do(p2(), "operator")
    screen.do(p3(), "operator")
    paper.later(hours=2).do(from_paper(p2()), "operator", at=book.now - HOUR, reason=WHY)
    assert paper.sheet("batch:B1").awaiting_verification() == ("P2",)
    paper.refused("step-unverified", p3(), "operator")
    paper.do(compare("P2"), "qa")
    paper.do(p3(), "operator")


def test_a_limit_is_judged_on_paper_as_on_the_screen():
    book = at_paper()
    entry = book.do(from_paper(p1(viability="60")), "operator", at=book.now - HOUR, reason=WHY)
    assert found(entry) == ["out-of-limit", *FROM_SPARE]
    assert [d.code for d in book.sheet("batch:B1").open_deviations()] == ["D-P1-viability"]


def issued(form: str = "F-0007"):
    book = batch_started()
    book.do(BEADS, "operator")
    book.do(IssuePaperForm(form=form, batch="B1"), "operator", reason="the network will be down tonight")
    return book.later(hours=2)


def test_a_step_from_a_form_that_was_issued_is_one_of_that_form_and_done_after_it_was_issued():
    book = issued()
    step, earlier = from_paper(p1()), book.now - HOUR
    book.refused("before-its-cause", step, "operator", at=book.now - 3 * HOUR, reason=WHY)
    assert found(book.copy().do(step, "operator", at=earlier, reason=WHY)) == ["transcribed-from-paper"]
    form = book.sheet("form:F-0007")
    for changed in ({"batch": "B2"}, {"phases": ("P2", "P3")}):
        book.sheets["form:F-0007"] = replace(form, **changed)
        book.refused("paper-form-not-for-step", step, "operator", at=earlier, reason=WHY)


def test_no_step_is_entered_from_a_form_that_was_accounted_for():
    book = issued()
    book.do(SettlePaperForm(form="F-0007", fate="unused"), "qa")
    book.refused("form-settled", from_paper(p1()), "operator", at=book.now - HOUR, reason=WHY)
    assert found(book.do(p1(), "operator")) == []
