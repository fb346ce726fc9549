"""Enrolment tokens: spent and outstanding never exceed the cap, whatever is cut off from whom."""

from datetime import date, timedelta

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from milenari.rules.action import Asking, Entry, Refused, blank, decide, fold_in
from milenari.rules.allotment import AcceptTokens, IssueTokens, ReclaimTokens, ReturnTokens, SetCap, SpendToken
from milenari.words import Role
from tests.rules.book import START, ZONES
from tests.rules.cast import FAR, OTHER_COI, authorise, network, refer, refer_fully, referred

CAP = SetCap(cap="T1-DL1", trial="T1", level="DL1", most=5)


def issue(count=3, code="A1", to_site="ROM", expires_on=FAR):
    return IssueTokens(cap="T1-DL1", allotment=code, to_site=to_site, count=count, expires_on=expires_on)


def spend(token=1, code="A1", journey="J1", trial="T1", level="DL1"):
    return SpendToken(allotment=code, token=token, trial=trial, level=level, journey=journey)


ACCEPT, GIVE_BACK = AcceptTokens(allotment="A1"), ReturnTokens(allotment="A1")
RECLAIM = ReclaimTokens(allotment="A1", cap="T1-DL1")


def capped():
    book = referred()
    book.do(CAP, "coordinator", site="BCN", reason="protocol 3")
    return book


def held(expires_on=FAR):
    """Rome holds tokens 1 to 3."""
    book = capped()
    book.do(issue(expires_on=expires_on), "coordinator", site="BCN")
    book.do(ACCEPT, "coordinator")
    return book


def test_a_token_is_spent_once_for_one_patient():
    book = held()
    book.do(spend(), "physician")
    refer_fully(book, "J2", OTHER_COI)
    book.refused("token-not-to-spend", spend(journey="J2"), "physician")
    book.refused("token-spent-for-patient", spend(token=2), "physician")
    book.do(spend(token=2, journey="J2"), "physician")


def test_a_token_that_was_never_issued_is_not_spent():
    book = held()
    assert book.refused("token-not-to-spend", spend(token=4), "physician")["left"] == [1, 2, 3]
    book.do(spend(token=3), "physician")


def test_a_token_is_spent_to_its_last_day_and_nobody_backdates_past_it():
    day = START.date() + timedelta(days=3)
    book = held(expires_on=day)
    book.now = START + timedelta(days=4)
    book.refused("token-expired", spend(), "physician")
    book.refused("token-expired", spend(), "physician", at=book.now - timedelta(days=1))
    book.now = START + timedelta(days=3)
    book.do(spend(), "physician")


def test_a_token_of_another_trial_or_dose_level_is_not_spent():
    book = held()
    book.refused("token-of-another-level", spend(level="DL2"), "physician")
    book.refused("token-of-another-level", spend(trial="T2"), "physician")
    book.do(spend(), "physician")


def test_another_sites_token_is_not_spent():
    book = held()
    book.refused("token-of-another-site", spend(), "physician", site="BEY")
    book.do(spend(), "physician")


def test_tokens_are_spent_only_once_the_site_has_them_in_hand():
    book = capped()
    book.do(issue(), "coordinator", site="BCN")
    book.refused("tokens-not-accepted", spend(), "physician")
    book.refused("tokens-not-accepted", GIVE_BACK, "physician")
    book.refused("bound-for-another-site", ACCEPT, "coordinator", site="BEY")
    book.do(ACCEPT, "coordinator")
    book.refused("not-in-transit", ACCEPT, "coordinator")
    book.do(spend(), "physician")


def test_no_more_is_issued_than_the_cap_allows_and_only_a_seen_return_frees_any():
    book = held(expires_on=START.date() + timedelta(days=1))
    assert book.refused("cap-reached", issue(count=3, code="A2"), "coordinator", site="BCN")["left"] == 2
    book.do(spend(), "physician")
    book.later(days=30)  # lapsed long ago: that alone frees nothing
    book.refused("cap-reached", issue(count=3, code="A2"), "coordinator", site="BCN")
    book.do(GIVE_BACK, "coordinator")
    book.refused("cap-reached", issue(count=3, code="A2"), "coordinator", site="BCN")
    book.do(RECLAIM, "coordinator", site="BCN")
    book.do(issue(count=4, code="A2"), "coordinator", site="BCN")
    assert book.sheet("allotment:A2").first == 4, "numbers are never given twice"
    assert book.sheet("cap:T1-DL1").committed == 5


def test_what_was_given_back_is_spent_no_more_and_taken_back_once():
    book = held()
    book.refused("not-in-transit", RECLAIM, "coordinator", site="BCN")
    book.do(GIVE_BACK, "coordinator")
    book.refused("tokens-returned", spend(), "physician")
    book.refused("tokens-returned", GIVE_BACK, "coordinator")
    other = SetCap(cap="T1-DL2", trial="T1", level="DL2", most=5)
    book.do(other, "coordinator", site="BCN", reason="protocol 3")
    book.refused("another-cap", ReclaimTokens(allotment="A1", cap="T1-DL2"), "coordinator", site="BCN")
    book.do(RECLAIM, "coordinator", site="BCN")
    book.refused("not-in-transit", RECLAIM, "coordinator", site="BCN")


def test_a_cap_is_lowered_to_what_is_promised_and_no_further():
    book = held()
    lower = SetCap(cap="T1-DL1", trial="T1", level="DL1", most=2)
    assert book.refused("cap-below-promised", lower, "qa", site="BCN", reason="x")["promised"] == 3
    book.do(SetCap(cap="T1-DL1", trial="T1", level="DL1", most=3), "qa", site="BCN", reason="safety review")
    changed = SetCap(cap="T1-DL1", trial="T1", level="DL2", most=3)
    book.refused("subject-exists", changed, "qa", site="BCN", reason="x")


def test_tokens_are_issued_once_under_a_code_and_not_for_a_day_that_has_passed():
    book = capped()
    book.refused("expiry-passed", issue(expires_on=date(2026, 3, 1)), "coordinator", site="BCN")
    book.do(issue(count=1), "coordinator", site="BCN")
    book.refused("subject-exists", issue(count=1), "coordinator", site="BCN")
    book.do(issue(count=1, code="A2"), "coordinator", site="BCN")


# -- partitions -------------------------------------------------------------------------------------------

USERS = ("ROM", "BEY", "AMM")
MOST = 6


class Site:
    """What one node knows: it decides by its own sheets, and hears of others' entries only when they are brought."""

    def __init__(self, name, sheets):
        self.name, self.sheets, self.log, self.read = name, dict(sheets), [], {}

    def sheet(self, name):
        return self.sheets[name] if name in self.sheets else blank(name)

    def do(self, act, role, now):
        asking = Asking(f"{self.name}-{role.upper()}", Role(role), self.name, ZONES[self.name], now, now, "x")
        answer = decide(act, asking, self)
        if isinstance(answer, Refused):
            return False
        subjects = tuple((name, self.sheet(name).version + 1) for name in answer.also)
        entry = Entry(
            f"{self.name}-{len(self.log)}", act, asking.by, asking.by, asking.role, act.meaning, self.name,
            asking.zone, now, now, "x", subjects, (), answer.moves, answer.given,
        )  # fmt: skip
        self.log.append(entry)
        self.apply(entry)
        return True

    def apply(self, entry):
        for name, _ in entry.subjects:
            self.sheets[name] = fold_in(self.sheet(name), name, entry)

    def hear(self, other):
        """Take the other's entries as far as each follows from what is known here, as parcels are taken."""
        start = self.read.get(other.name, 0)
        for entry in other.log[start:]:
            if any(version != self.sheet(name).version + 1 for name, version in entry.subjects):
                break
            self.apply(entry)
            self.read[other.name] = self.read.get(other.name, 0) + 1


steps = st.lists(
    st.one_of(
        st.tuples(st.just("issue"), st.sampled_from(USERS), st.integers(1, 4)),
        st.tuples(st.just("spend"), st.sampled_from(USERS), st.integers(1, 40)),
        st.tuples(st.just("accept"), st.sampled_from(USERS), st.just(0)),
        st.tuples(st.just("return"), st.sampled_from(USERS), st.just(0)),
        st.tuples(st.just("reclaim"), st.just("BCN"), st.just(0)),
        st.tuples(st.just("meet"), st.just("BCN"), st.just(0)),
        st.tuples(st.just("hear"), st.sampled_from(("BCN", *USERS)), st.integers(0, 2)),
        st.tuples(st.just("wait"), st.just("BCN"), st.integers(1, 40)),
    ),
    min_size=10,
    max_size=80,
)


WHOLE_WAY = [
    ("issue", "ROM", 4), ("meet", "BCN", 0), ("accept", "ROM", 0), ("spend", "ROM", 1), ("return", "ROM", 0),
    ("meet", "BCN", 0), ("reclaim", "BCN", 0),
]  # fmt: skip


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(steps)
@example(WHOLE_WAY * 3)
def test_spent_and_outstanding_never_exceed_the_cap_whatever_is_cut_off(story):
    book = network()
    book.do(authorise("AMM"), "qa", site="BCN")
    for site in USERS:
        for n in range(8):
            book.do(refer(f"{site}-J{n}"), "physician", site=site)
    nodes = {name: Site(name, book.sheets) for name in ("BCN", *USERS)}
    now, number = book.now, 0
    assert nodes["BCN"].do(SetCap(cap="T1-DL1", trial="T1", level="DL1", most=MOST), "coordinator", now)
    for kind, site, n in story:
        node = nodes[site]
        now += timedelta(days=n) if kind == "wait" else timedelta(minutes=1)
        mine = sorted(k.partition(":")[2] for k in node.sheets if k.startswith("allotment:"))
        if kind == "issue":
            number += 1
            act = issue(n, f"A{number}", site, now.date() + timedelta(days=20))
            nodes["BCN"].do(act, "coordinator", now)
        elif kind == "accept":
            for code in mine:
                node.do(AcceptTokens(allotment=code), "coordinator", now)
        elif kind == "return" and mine:
            node.do(ReturnTokens(allotment=mine[-1]), "coordinator", now)
        elif kind == "spend":
            for code in mine:
                left = node.sheet(f"allotment:{code}").left or (n,)
                for patient in range(8):
                    if node.do(spend(left[n % len(left)], code, f"{site}-J{patient}"), "physician", now):
                        break
        elif kind == "reclaim":
            for code in mine:
                node.do(ReclaimTokens(allotment=code, cap="T1-DL1"), "coordinator", now)
        elif kind == "meet":
            for one in nodes.values():
                for other in nodes.values():
                    if one is not other:
                        one.hear(other)
        elif kind == "hear":
            node.hear(nodes[[s for s in nodes if s != site][n]])
        check(nodes)


def check(nodes):
    """By an all-seeing eye over every log: numbers unique, spent + outstanding within the cap."""
    spent, given_back, issued = [], 0, 0
    for node in nodes.values():
        for entry in node.log:
            act = entry.action
            if isinstance(act, IssueTokens):
                issued += act.count
            elif isinstance(act, SpendToken):
                spent.append(act.token)
            elif isinstance(act, ReclaimTokens):
                given_back += entry.given["unspent"]
    assert len(set(spent)) == len(spent), "a token was spent twice"
    outstanding = issued - given_back - len(spent)
    assert outstanding >= 0 and len(spent) + outstanding <= MOST
