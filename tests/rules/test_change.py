"""Change control: nothing takes effect without the word of every site it touches, nor ends with work open."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from milenari.rules import change as changes
from milenari.rules.action import Refused
from milenari.rules.change import AREAS, CloseMatter, OpenMatter, ProposeChange, WithdrawChange
from milenari.rules.effect import CheckChange, CloseChange, EffectChange
from milenari.rules.impact import AssessChange, ConsentChange, ImplementChange, uncovered
from milenari.rules.procedure import ApproveProcess
from tests.rules.cast import DAY, REASON, MemoryBook, network, station
from tests.rules.recipes import cell_recipe
from tests.rules.transferring import NEAR, package

EFFECT, CLOSE = EffectChange(change="CH-1"), CloseChange(change="CH-1")
WITHDRAW = WithdrawChange(change="CH-1")


def propose(**more: Any) -> ProposeChange:
    given = {"change": "CH-1", "title": "Another reagent", "what": "the reagent of a second maker", "why": "supply",
             "kind": "material", "term": "planned", "sites": ("BCN", "ROM"), "effective_on": DAY}  # fmt: skip
    return ProposeChange(**{**given, **more})


def assess(book: MemoryBook, site: str = "ROM", digest: str = "", **said: str) -> AssessChange:
    digest = digest or book.sheet("change:CH-1").digest
    rows = {area: said.get(area, "no") for area in AREAS}
    return AssessChange(sitechange=f"CH-1/{site}", digest=digest, **rows, **{f"{area}_why": "looked" for area in AREAS})


def consent(book: MemoryBook, site: str = "ROM", said: str = "approved", digest: str = "") -> ConsentChange:
    digest = digest or book.sheet("change:CH-1").digest
    return ConsentChange(sitechange=f"CH-1/{site}", digest=digest, consent=said, why="as assessed")


def matter(code: str = "M-1", area: str = "training", **more: Any) -> OpenMatter:
    given = {"change": "CH-1", "matter": code, "area": area, "what": "read the new version", "owner": "ROM-TRAINER",
             "due_on": NEAR}  # fmt: skip
    return OpenMatter(**{**given, **more})


def done(code: str = "M-1") -> CloseMatter:
    return CloseMatter(change="CH-1", matter=code, evidence="all have read it")


@station
def proposed() -> MemoryBook:
    """A change of Rome that touches Rome and Barcelona."""
    book = network()
    book.do(propose(), "coordinator")
    return book


@station
def consented() -> MemoryBook:
    """Assessed and consented to by both sites; Rome has to train, and that is written down."""
    book = proposed()
    book.do(assess(book, training="yes"), "transfer-lead")
    book.do(assess(book, "BCN"), "transfer-lead", site="BCN")
    book.do(matter(), "coordinator")
    book.do(consent(book), "qa")
    book.do(consent(book, "BCN"), "qa", site="BCN")
    return book


@station
def effected() -> MemoryBook:
    """In effect, and carried out nowhere."""
    book = consented()
    book.do(EFFECT, "qa")
    return book


def implement(site: str) -> ImplementChange:
    return ImplementChange(sitechange=f"CH-1/{site}", how="on the next batch")


def check(outcome: str = "effective") -> CheckChange:
    return CheckChange(change="CH-1", outcome=outcome, observed="three batches as before")


def test_a_change_names_the_control_site_and_an_end_where_it_is_not_for_good():
    book = network()
    book.refused("change-without-control", propose(sites=("ROM",)), "qa")
    book.refused("subject-unknown", propose(sites=("BCN", "PAR")), "qa")
    book.refused("field-unreadable", propose(sites=("BCN", "BCN")), "qa")
    book.refused("change-and-end", propose(term="temporary"), "qa")
    book.refused("change-and-end", propose(until_on=NEAR), "qa")
    book.refused("dates-reversed", propose(term="urgent", until_on=DAY - timedelta(days=1)), "qa")
    book.refused("subject-unknown", propose(product="NONE"), "qa")
    book.do(propose(term="urgent", until_on=NEAR, product="ARI"), "vector-manager")
    held = book.sheet("change:CH-1")
    assert (held.status, held.next_due()) == ("proposed", DAY)


def test_each_site_assesses_on_its_own_subject_what_it_reads_now():
    book = proposed()
    book.refused("sitechange-code-wrong", assess(book, "BCN"), "qa")
    book.refused("site-not-affected", assess(book, "BEY"), "qa", site="BEY")
    book.refused("change-amended", assess(book, digest="0" * 64), "qa")
    book.refused("before-its-cause", assess(book), "qa", at=book.now - timedelta(hours=1))
    book.do(assess(book, training="yes"), "transfer-lead")
    assert book.sheet("sitechange:CH-1/ROM").touched() == ["training"]


def test_consent_is_given_by_another_than_who_assessed_and_by_the_control_site_last():
    book = proposed()
    book.refused("change-not-assessed", consent(book), "qa")
    book.do(assess(book), "qa")
    book.refused("own-work", consent(book), "qa")
    book.do(assess(book, "BCN"), "transfer-lead", site="BCN")
    book.refused("change-amended", consent(book, digest="0" * 64), "qa-2")
    only = proposed()
    only.do(assess(only, "BCN"), "transfer-lead", site="BCN")
    assert only.refused("change-not-assessed", consent(only, "BCN"), "qa", site="BCN")["sites"] == ["ROM"]
    book.do(consent(book), "qa-2")
    book.do(consent(book, "BCN"), "qa", site="BCN")


def test_a_proposal_worded_anew_asks_everybody_anew():
    book = consented()
    book.do(propose(what="a third maker"), "coordinator")
    assert set(book.refused("change-not-assessed", EFFECT, "qa")["sites"]) == {"BCN", "ROM"}
    consented().do(EFFECT, "qa")


def test_nothing_takes_effect_without_every_consent():
    book = proposed()
    book.do(assess(book), "transfer-lead")
    book.do(assess(book, "BCN"), "transfer-lead", site="BCN")
    book.do(consent(book, "BCN"), "qa", site="BCN")
    assert book.refused("change-not-consented", EFFECT, "qa")["sites"] == ["ROM"]
    no = book.copy()
    no.do(consent(no, said="refused"), "qa")
    no.refused("change-refused", EFFECT, "qa")
    book.do(consent(book), "qa")
    book.do(EFFECT, "qa")
    book.refused("change-over", EFFECT, "qa")
    book.refused("change-over", propose(), "coordinator")
    book.refused("change-over", assess(book), "transfer-lead")
    book.refused("change-over", consent(book), "qa")


def test_an_assessment_made_anew_is_seen_again_by_the_control_site():
    book = consented()
    book.do(assess(book), "transfer-lead")
    book.do(consent(book), "qa")
    assert book.refused("change-assessed-anew", EFFECT, "qa")["sites"] == ["ROM"]
    book.do(consent(book, "BCN"), "qa", site="BCN")
    book.do(EFFECT, "qa")


def test_who_proposed_does_not_effect_and_no_impact_stays_without_a_matter():
    book = proposed()
    book.do(assess(book, training="yes", trial="yes"), "transfer-lead")
    book.do(assess(book, "BCN"), "transfer-lead", site="BCN")
    book.do(consent(book), "qa")
    book.do(consent(book, "BCN"), "qa", site="BCN")
    assert book.refused("impact-without-matter", EFFECT, "qa")["areas"] == ["training", "trial"]
    book.do(matter(), "coordinator")
    book.do(matter("M-2", "trial", before=True), "coordinator")
    assert uncovered(book, book.sheet("change:CH-1")) == []
    assert book.refused("matter-open", EFFECT, "qa")["matters"] == ["M-2"]
    book.do(done("M-2"), "coordinator")
    own = book.copy()
    own.sheets["change:CH-1"] = replace(own.sheet("change:CH-1"), proposed_by="ROM-QA")
    own.refused("own-work", EFFECT, "qa")
    book.do(EFFECT, "qa")


def test_a_change_takes_effect_within_its_days():
    book = network()
    book.do(propose(term="temporary", effective_on=DAY + timedelta(days=2), until_on=DAY + timedelta(days=5)), "qa-2")
    for site in ("ROM", "BCN"):
        book.do(assess(book, site), "transfer-lead", site=site)
        book.do(consent(book, site), "qa", site=site)
    book.refused("change-too-early", EFFECT, "qa")
    book.copy().later(days=6).refused("change-ended", EFFECT, "qa")
    book.later(days=3).do(EFFECT, "qa")


def test_matters_are_written_down_once_linked_to_what_exists_and_closed_once():
    book = proposed()
    book.refused("matter-link-unreadable", matter(link="the package"), "qa")
    book.refused("matter-link-unreadable", matter(link="batch:B1"), "qa")
    book.refused("subject-unknown", matter(link="package:ARI"), "qa")
    book.refused("subject-unknown", matter(owner="NOBODY"), "qa")
    book.do(matter(link="process:ARI"), "qa")
    book.refused("subject-exists", matter(), "qa")
    book.refused("matter-not-open", done("M-9"), "qa")
    book.do(done(), "qa")
    book.refused("matter-not-open", done(), "qa")
    book.refused("held-elsewhere", matter("M-2"), "qa", site="BCN")
    held = book.sheet("change:CH-1")
    book.sheets["change:CH-1"] = replace(held, matters=held.matters * changes.MOST_MATTERS)
    book.refused("too-many-matters", matter("M-2"), "qa")


def test_it_is_carried_out_checked_and_closed_by_another_person():
    book = consented()
    book.refused("change-not-effected", implement("ROM"), "qa")
    book.refused("change-not-effected", check(), "qa")
    book.refused("change-not-effected", CLOSE, "qa")
    book = effected()
    book.do(implement("ROM"), "qa")
    book.refused("change-implemented", implement("ROM"), "qa")
    assert book.refused("change-not-implemented", check(), "qa")["sites"] == ["BCN"]
    book.do(implement("BCN"), "qa", site="BCN")
    book.refused("matter-open", CLOSE, "qa-2")
    book.do(done(), "coordinator")
    book.do(check("not-effective"), "qa")
    book.refused("change-not-effective", CLOSE, "qa-2")
    book.do(check(), "qa")
    assert book.sheet("change:CH-1").status == "checked"
    book.refused("own-work", CLOSE, "qa")
    book.do(CLOSE, "qa-2")
    book.refused("change-over", CLOSE, "qa-2")
    book.refused("change-over", matter("M-3"), "qa")
    assert book.sheet("change:CH-1").next_due() is None


def test_a_change_is_withdrawn_before_its_effect_only():
    book = effected()
    book.refused("change-in-effect", WITHDRAW, "qa", reason=REASON)
    book = consented()
    book.do(WITHDRAW, "qa", reason=REASON)
    assert book.sheet("change:CH-1").status == "withdrawn"
    book.refused("change-over", EFFECT, "qa")


def test_a_package_or_process_version_names_only_a_change_in_effect():
    recipe = ApproveProcess(process="ARI", number="2", title="ARI", recipe=cell_recipe(), change="CH-1")
    named = replace(package(), change="CH-1")
    for act in (recipe, named):
        consented().refused("change-not-effected", act, "qa", site="BCN")
        network().refused("subject-unknown", act, "qa", site="BCN")
        effected().do(act, "qa", site="BCN")
        network().do(replace(act, change=""), "qa", site="BCN")
    # An entry written before the field was there is read as one that names no change.
    old = {key: value for key, value in named.data().items() if key != "change"}
    assert type(named).from_data(old) == replace(named, change="")


class Consents(RuleBasedStateMachine):
    """Two sites say what they like in any order; what is in effect was consented to by both, as it read."""

    def __init__(self) -> None:
        super().__init__()
        self.book = network()
        self.book.do(propose(), "coordinator")
        self.read: dict[str, str] = {}

    def try_(self, act: Any, who: str, site: str) -> bool:
        try:
            self.book.do(act, who, site=site)
        except Refused:
            return False
        return True

    @rule(site=st.sampled_from(["ROM", "BCN"]), area=st.sampled_from(AREAS), yes=st.booleans())
    def assess(self, site: str, area: str, yes: bool) -> None:
        if self.try_(assess(self.book, site, **{area: "yes" if yes else "no"}), "transfer-lead", site):
            self.read.pop(site, None)

    @rule(site=st.sampled_from(["ROM", "BCN"]), said=st.sampled_from(["approved", "refused"]))
    def consent(self, site: str, said: str) -> None:
        if self.try_(consent(self.book, site, said), "qa", site):
            self.read.pop(site, None)
            if said == "approved":
                self.read[site] = self.book.sheet("change:CH-1").digest

    @rule(what=st.sampled_from(["one", "another"]))
    def word_anew(self, what: str) -> None:
        self.try_(propose(what=what), "coordinator", "ROM")

    @rule(area=st.sampled_from(AREAS))
    def write_down(self, area: str) -> None:
        self.try_(matter(f"M-{area}", area), "coordinator", "ROM")

    @rule()
    def effect(self) -> None:
        before = self.book.sheet("change:CH-1")
        done = self.try_(EFFECT, "qa", "ROM")
        if done:
            assert self.read == {"ROM": before.digest, "BCN": before.digest}
            assert uncovered(self.book, before) == []

    @invariant()
    def in_effect_means_consented(self) -> None:
        held = self.book.sheet("change:CH-1")
        if held.effected_on:
            assert set(self.read.values()) == {held.digest} and set(self.read) == {"ROM", "BCN"}


TestConsents = Consents.TestCase
TestConsents.settings = settings(
    max_examples=30, stateful_step_count=25, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
