"""What holds for any story: hypothesis builds every action, and random walks try to break the chain."""

import json
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from milenari.rules.action import ACTIONS, Entry, Finding, Refused, blank, fold_in
from milenari.rules.batch import SpendContainer, VerifyStep
from milenari.rules.custody import Dispatch, Receive, WitnessReceipt
from milenari.rules.followup import RecordDeath
from milenari.rules.hold import HoldBatch, ResumeBatch
from milenari.rules.infusion import ConfirmBedside, ScanBedside
from milenari.rules.referral import WithdrawConsent
from milenari.rules.release import RecallBatch, RejectBatch, ReviewTrail
from milenari.rules.testing import TakeSample
from milenari.rules.vector import AllocateContainer, RecallLot
from milenari.words import UNITS, Quantity, to_plain
from tests.rules.cast import (
    COI,
    DAY,
    OTHER_COI,
    PAIRS,
    ROLES,
    accept_second,
    administer,
    balance,
    certify,
    consent,
    crs,
    decide_,
    fill,
    harvest,
    icans,
    infused,
    make,
    next_day,
    p1,
    p2,
    p3,
    reconcile,
    release,
    review,
    start,
    station,
    test_batch,
    use,
)
from tests.rules.recipes import GOOD

CODES = st.from_regex(r"[A-Z0-9][A-Za-z0-9./_-]{0,20}", fullmatch=True)
WORDS = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), min_size=1, max_size=30).map(
    lambda text: text.strip() or "x"
)
DATES = st.dates(date(2000, 1, 1), date(2100, 1, 1))
DECIMALS = st.decimals(min_value=0, max_value=10**6, places=3)


def quantities(spec):
    low, high = spec.low if spec.low is not None else Decimal(0), spec.high
    numbers = st.decimals(min_value=low, max_value=high if high is not None else 10**9, places=2)
    return st.builds(Quantity, numbers, st.sampled_from(spec.of or tuple(UNITS)))


def values(spec):
    """What a field may hold, from its own description."""
    kinds = {
        "text": lambda: WORDS,
        "code": lambda: CODES,
        "new": lambda: CODES,
        "ref": lambda: st.builds("{}:{}".format, st.sampled_from(spec.of), CODES) if len(spec.of) > 1 else CODES,
        "choice": lambda: st.sampled_from(spec.of),
        "quantity": lambda: quantities(spec),
        "count": lambda: st.integers(int(spec.low), int(spec.high)),
        "on": lambda: DATES,
        "at": lambda: st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)).map(
            lambda instant: instant.replace(microsecond=instant.microsecond // 1000 * 1000)  # as the book writes it
        ),
        "flag": lambda: st.booleans(),
        "codes": lambda: st.lists(CODES, min_size=1, max_size=4).map(tuple),
        "readings": lambda: st.dictionaries(
            CODES, WORDS | st.builds(Quantity, DECIMALS, st.sampled_from(sorted(UNITS))), min_size=1, max_size=3
        ).map(lambda made: tuple(sorted(made.items()))),
        "document": lambda: st.dictionaries(WORDS, WORDS | st.integers() | st.lists(WORDS), min_size=1, max_size=3),
    }
    made = kinds[spec.kind]()
    empty = {"quantity": None, "count": None, "on": None, "at": None, "document": None, "codes": (), "readings": ()}
    return made if spec.required or spec.kind == "flag" else made | st.just(empty.get(spec.kind, ""))


def actions(code):
    cls = ACTIONS[code]
    return st.fixed_dictionaries({name: values(spec) for name, spec in cls.fields.items()}).map(lambda d: cls(**d))


@pytest.mark.parametrize("code", sorted(ACTIONS))
@settings(max_examples=12)
@given(st.data())
def test_every_action_is_read_back_from_what_is_written(code, data):
    act = data.draw(actions(code))
    written = json.loads(json.dumps(act.data()))
    assert type(act).from_data(written) == act
    assert type(act).from_data(written).data() == act.data()


# -- the walk -------------------------------------------------------------------------------------------


@station
def two_released():
    """Two children in Rome, each with a released batch of three fractions."""
    book = accept_second()
    for batch, journey, bag, coi, container in (
        ("B1", "J1", "BAG1", COI, "V1-001"), ("B2", "J2", "BAG2", OTHER_COI, "V1-002"),
    ):  # fmt: skip
        book.do(start(batch, journey, bag, coi), "operator")
        make(book, batch, container)
        book.do(harvest(batch=batch), "operator")
        book.do(fill(batch), "operator")
        book.do(reconcile(batch=batch), "operator-2")
        book.do(TakeSample(of=f"batch:{batch}", sample="S", tests=tuple(GOOD)), "operator")
        test_batch(book, batch=batch)
        review(book, batch)
        book.do(certify(batch=batch), "qp")
        book.do(release(batch=batch), "qp")
    return book


@station
def two_transducing():
    """Two children's batches side by side, both waiting for vector."""
    book = accept_second()
    for batch, journey, bag, coi in (("B1", "J1", "BAG1", COI), ("B2", "J2", "BAG2", OTHER_COI)):
        book.do(start(batch, journey, bag, coi), "operator")
        book.do(use("BEADS-1", "2", batch=batch), "operator")
        book.do(p1(batch), "operator")
        book.do(VerifyStep(batch=batch, phase="P1"), "operator-2")
    return book


PATIENTS = (("J1", COI), ("J2", OTHER_COI))
BATCHES, CONTAINERS = ("B1", "B2"), ("V1-001", "V1-002", "V1-003")
DOSES = [f"{batch}-F{n}" for batch in BATCHES for n in (1, 2, 3)]


def making(rng, book):
    """Something somebody might try while batches are made, right or wrong."""
    batch, container = rng.choice(BATCHES), rng.choice(CONTAINERS)
    journey, coi = rng.choice(PATIENTS)
    if rng.random() < 0.02:
        return HoldBatch(batch=batch)
    return rng.choice([
        start(batch, journey, rng.choice(("BAG1", "BAG2")), coi), use("BEADS-1", rng.choice(("1", "4")), batch=batch),
        p1(batch), VerifyStep(batch=batch, phase="P1"), SpendContainer(batch=batch, container=container),
        SpendContainer(batch=batch, container=container), p2(batch), p3(batch), harvest(batch=batch), fill(batch),
        reconcile(batch=batch), ResumeBatch(batch=batch),
        AllocateContainer(container=container, to_site=rng.choice(("ROM", "BEY"))),
        Dispatch(what=f"container:{container}", to_site="BEY"),
        Receive(what=f"container:{container}", transfer=2, intact="intact"),
        Receive(what=f"container:{container}", transfer=rng.choice((1, 2, 3)), intact="intact"),
        WitnessReceipt(what=f"container:{container}"),
    ])  # fmt: skip


def sensible(dose, book):
    """What a good ward would do next with this fraction."""
    held = book.sheet(f"dose:{dose}")
    if held.decision != "administer":
        return decide_(dose)
    if held.scanned_at is None:
        return ScanBedside(dose=dose, wristband=held.coi, bag=dose)
    if not held.confirmed_by:
        return ConfirmBedside(dose=dose, wristband=held.coi, bag=dose)
    return administer(dose, held.journey)


def giving(rng, book):
    """Something somebody might try on the ward, with the bags and the bands of two children."""
    dose, other = rng.choice(DOSES[:2] + DOSES[3:5]), rng.choice(DOSES)
    journey, coi = rng.choice(PATIENTS)
    graded = [replace(act, journey=journey) for act in (crs(fever=rng.random() < 0.3), icans())]
    rare = [RecallBatch(batch=rng.choice(BATCHES)), RecallLot(lot="V1"), RejectBatch(batch="B2"),
            WithdrawConsent(journey=journey), RecordDeath(journey=journey, died_on=DAY, cause="other"),
            ReviewTrail(of="batch:B1"), consent(journey=journey)]  # fmt: skip
    if rng.random() < 0.004:
        return rng.choice(rare)
    if rng.random() < 0.005:
        return Dispatch(what=f"dose:{other}", to_site="BEY")
    if rng.random() < 0.5:
        return sensible(dose, book)
    bag = dose if rng.random() < 0.8 else other
    decision = "administer" if rng.random() < 0.9 else "hold"
    return rng.choice([
        decide_(dose, decision), ScanBedside(dose=dose, wristband=coi, bag=bag),
        ScanBedside(dose=dose, wristband=coi, bag=bag), ConfirmBedside(dose=dose, wristband=coi, bag=bag),
        ConfirmBedside(dose=dose, wristband=coi, bag=bag), ConfirmBedside(dose=dose, wristband=coi, bag=bag),
        administer(dose, journey), administer(dose, journey), administer(dose, journey), *graded,
        Receive(what=f"dose:{other}", transfer=1, intact="intact"),
    ])  # fmt: skip


def walk(book, choose, seed, attempts):
    """Try acts at random, by whoever may and sometimes by whoever may not; answers the book and a count."""
    rng, tally = Random(seed), Counter()
    people = [*ROLES, *PAIRS, "qa"]
    for _ in range(attempts):
        act = choose(rng, book)
        able = [who for who in people if who.removesuffix("-2") in act.roles]
        who = rng.choice(able if rng.random() < 0.9 else people)
        away = rng.random() < (0.7 if isinstance(act, (Receive, WitnessReceipt)) else 0.05)
        site = "BCN" if isinstance(act, RecallLot) else "BEY" if away else "ROM"
        if rng.random() < 0.01:
            book.later(hours=rng.choice((1, 25)))
        try:
            book.do(act, who, site=site, reason="random")
            tally[type(act).__name__] += 1
        except Refused:
            pass
    return book, tally


def check_chain(book):
    """What no story may break, whatever was tried in it."""
    spent, given_ = Counter(), Counter()
    running: dict[tuple[str, str], Decimal] = {}
    for entry in book.entries:
        if entry.action.code == "spend-container":
            spent[entry.action.container] += 1
        if entry.action.code == "administer-fraction":
            dose, journey = book.sheet(f"dose:{entry.action.dose}"), book.sheet(f"journey:{entry.action.journey}")
            given_[dose.code] += 1
            batch = book.sheet(f"batch:{dose.batch}")
            donor = book.sheet(f"collection:{batch.collection}")
            assert dose.coi == journey.coi == batch.coi == donor.coi
            assert dose.journey == journey.code
        for move in entry.moves:
            assert move.given_by != move.received_by and Decimal(move.amount) > 0
            for account, sign in ((move.given_by, -1), (move.received_by, 1)):
                key = (account, move.item)
                running[key] = running.get(key, Decimal(0)) + sign * Decimal(move.amount)
                kind = account.partition(":")[0]
                if kind in ("container", "dose", "material", "collection", "lot", "batch", "site", "transit"):
                    assert running[key] >= 0, f"{account} gave {move.item} it did not have ({entry.action.code})"
    assert all(n == 1 for n in (*spent.values(), *given_.values()))
    for sheet in book.sheets.values():
        assert not (sheet.bound_for and sheet.bound_for == sheet.owner)


def again(book, through_json=False):
    """The sheets, folded once more from the entries alone."""
    sheets = {}
    for entry in book.entries:
        if through_json:
            entry = from_disk(entry)
        sheets.update({name: fold_in(sheets.get(name, blank(name)), name, entry) for name, _ in entry.subjects})
    return sheets


def from_disk(entry: Entry) -> Entry:
    """The entry as it comes back from canonical JSON: nothing but words, integers, lists and mappings."""

    def plainly(value):
        return json.loads(json.dumps(to_plain(value)))

    return replace(
        entry,
        action=type(entry.action).from_data(plainly(entry.action.data())),
        given=plainly(entry.given),
        findings=tuple(Finding(x.code, plainly(x.facts)) for x in entry.findings),
    )


SEEDS = st.integers(0, 2**32 - 1)


@settings(max_examples=25)
@given(SEEDS)
def test_no_walk_through_manufacture_spends_a_container_twice(seed):
    for begin in (accept_second, two_transducing):
        book, _ = walk(begin(), making, seed, 150)
        check_chain(book)


@settings(max_examples=25)
@given(SEEDS)
def test_no_walk_on_the_ward_gives_a_fraction_twice_or_to_another_child(seed):
    book, _ = walk(two_released(), giving, seed, 400)
    check_chain(book)


def test_the_walks_do_reach_what_they_are_to_try():
    made, given_ = Counter(), Counter()
    for seed in range(12):
        made += walk(two_transducing(), making, seed, 150)[1]
        given_ += walk(two_released(), giving, seed, 400)[1]
    assert made["SpendContainer"] > 5 and made["Receive"] > 0 and made["HarvestBatch"] > 2
    assert given_["AdministerFraction"] > 10 and given_["Receive"] > 3


@settings(max_examples=10)
@given(SEEDS)
def test_folding_the_entries_again_gives_the_same_sheets_also_from_disk(seed):
    book, _ = walk(two_released(), giving, seed, 200)
    assert again(book) == book.sheets
    assert again(book, through_json=True) == book.sheets


def test_the_whole_story_balances():
    book = next_day()
    check_chain(book)
    sums = balance(book)
    assert sums["journey:J1", "CAR+ cells"] == 6
    assert sums["batch:B1", "vector"] == sums["batch:B1", "apheresis"] / 24 == 5
    assert sums["material:BEADS-1", "CD4-BEADS"] == 8 == book.sheet("material:BEADS-1").left
    per_item = Counter()
    for (_, item), amount in sums.items():
        per_item[item] += amount
    assert set(per_item.values()) == {0}


def test_deciding_changes_nothing():
    book = infused()
    before = dict(book.sheets)
    book.copy().do(crs(), "ward-nurse")
    assert book.sheets == before
