"""Form: a numbered sheet of paper is issued for the steps left, and accounted for when it comes back."""

from datetime import timedelta

from milenari.rules.form import IssuePaperForm, SettlePaperForm
from milenari.rules.hold import HoldBatch
from milenari.rules.release import RejectBatch
from tests.rules.cast import BEADS, batch_made, batch_started, found, p1
from tests.rules.test_paper import WHY, from_paper

ISSUE = IssuePaperForm(form="F-0007", batch="B1")
DOWN = "the network will be down tonight"


def settle(fate: str) -> SettlePaperForm:
    return SettlePaperForm(form="F-0007", fate=fate)


def issued():
    book = batch_started()
    book.do(BEADS, "operator")
    book.do(ISSUE, "operator", reason=DOWN)
    return book.later(hours=2)


def entered():
    """One step was written on the form and entered."""
    book = issued()
    book.do(from_paper(p1()), "operator", at=book.now - timedelta(hours=1), reason=WHY)
    return book


def test_a_form_holds_the_steps_left_and_is_issued_once():
    book = batch_started()
    book.refused("reason-missing", ISSUE, "operator")
    book.do(ISSUE, "operator", reason=DOWN)
    form = book.sheet("form:F-0007")
    assert form.phases == tuple(phase["code"] for phase in book.sheet("batch:B1").phases)
    assert (form.status, form.issued_by, form.title) == ("issued", "ROM-OPERATOR", "B1")
    book.refused("subject-exists", ISSUE, "qa", reason=DOWN)


def test_a_later_form_leaves_out_what_is_done():
    book = entered()
    book.do(IssuePaperForm(form="F-0008", batch="B1"), "qa", reason=DOWN)
    assert "P1" in book.sheet("form:F-0007").phases
    assert "P1" not in book.sheet("form:F-0008").phases


def test_no_form_for_a_batch_unknown_on_hold_finished_or_decided():
    book = batch_started()
    book.refused("subject-unknown", IssuePaperForm(form="F-1", batch="B9"), "operator", reason=DOWN)
    held = book.copy()
    held.do(HoldBatch(batch="B1"), "operator", reason="leak")
    held.refused("batch-on-hold", ISSUE, "operator", reason=DOWN)
    rejected = book.copy()
    rejected.do(RejectBatch(batch="B1"), "qp", reason="leak")
    rejected.refused("already-decided", ISSUE, "operator", reason=DOWN)
    book.refused("before-its-cause", ISSUE, "operator", reason=DOWN, at=book.now - timedelta(days=1))
    book.do(ISSUE, "operator", reason=DOWN)
    batch_made().refused("no-step-left", ISSUE, "operator", reason=DOWN)


def test_an_unused_form_is_accounted_for_once():
    book = issued()
    book.refused("form-not-entered", settle("entered"), "qa")
    book.refused("subject-unknown", SettlePaperForm(form="F-9", fate="unused"), "qa")
    book.refused("before-its-cause", settle("unused"), "qa", at=book.now - timedelta(hours=3))
    assert found(book.do(settle("unused"), "qa")) == []
    assert book.sheet("form:F-0007").status == "unused"
    book.refused("form-settled", settle("unused"), "qa")


def test_a_form_from_which_a_step_was_entered_was_not_unused():
    book = entered()
    book.refused("form-was-used", settle("unused"), "qa")
    book.do(settle("entered"), "qa")
    assert book.sheet("form:F-0007").status == "entered"


def test_a_lost_form_needs_a_reason_and_comes_to_light():
    book = issued()
    book.refused("reason-missing", settle("lost"), "operator")
    assert found(book.do(settle("lost"), "operator", reason="not found after the shift")) == ["form-lost"]


def test_what_became_of_a_form_is_written_about_its_batch_too():
    book = issued()
    entry = book.do(settle("unused"), "qa")
    assert [name for name, _version in entry.subjects] == ["form:F-0007", "batch:B1"]
