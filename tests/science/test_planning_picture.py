"""What a plan takes, day by day, and what another start would break."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from milenari.rules.plan import Slot, _slot
from milenari.science.planning import moving, occupancy, slots
from milenari.science.planning.checking import scenario
from milenari.science.planning.occupancy import What
from milenari.science.planning.scenario import Person, Scenario, Task
from milenari.science.planning.standing import booked, standing
from milenari.science.unfit import Unfit
from tests.science.planning_cases import changed

DAY = dt.timedelta(days=1)


@cache
def network() -> Scenario:
    """Six patients, a short plan."""
    tree = changed(horizon=90, objective__start_window=10)
    tree["patients"] = tree["patients"][:6]
    return scenario(tree)


@cache
def planned() -> tuple[Slot, ...]:
    made = slots.plan(network())
    assert not made.unplaced
    names = ("hospital", "site", "machine", "lot", "collection", "start", "end", "released", "infusion")
    return tuple(_slot({"journey": one.patient, **{n: getattr(one, n) for n in names}}) for one in made.placed)


def test_every_span_is_the_slots_own_and_nothing_is_taken_twice() -> None:
    held = occupancy.held(network(), planned())
    changeover = network().process.changeover.whole * DAY
    for one in planned():
        machine = next(h for h in held if h.what is What.MACHINE and h.patient == one.journey)
        assert (machine.first, machine.after) == (one.start, one.end + changeover)
        assert (machine.site, machine.code) == (one.site, one.machine)
        bed = next(h for h in held if h.what is What.BED and h.patient == one.journey)
        assert bed.first < one.infusion < bed.after and bed.site == one.hospital
        again = standing(network(), one)
        assert (again.end, again.released) == (one.end, one.released), "its days follow from its start"
    for h in held:
        for other in held:
            if h is not other and (h.what, h.site, h.code, h.lane) == (other.what, other.site, other.code, other.lane):
                assert h.after <= other.first or other.after <= h.first, (h, other)


def test_people_do_what_they_are_trained_for_and_all_the_work_is_done() -> None:
    held = [h for h in occupancy.held(network(), planned()) if h.what is What.PERSON]
    for h in held:
        person = next(p for p in network().site(h.site).people if p.code == h.code)
        assert Task(h.why) in person.trained
    assert max(Counter((h.code, h.first) for h in held).values()) == 1
    work = sum(labour.people for labour in network().process.labour) + 3  # collected, sampled, released
    assert len(held) == work * len(planned())


TASKS = st.sampled_from(list(Task))


@settings(max_examples=60)
@given(st.lists(st.sets(TASKS, min_size=1), max_size=5), st.lists(TASKS, max_size=6))
def test_no_other_way_of_dealing_out_tasks_does_more_of_them(trained: list[set[Task]], tasks: list[Task]) -> None:
    people = [Person(f"P{at}", tuple(some), "day") for at, some in enumerate(trained)]
    made = occupancy.matched(people, [(task, str(at)) for at, task in enumerate(tasks)])
    assert len({who.code for who, _ in made}) == len({of for _, (_, of) in made}) == len(made)
    assert all(task in who.trained for who, (task, _) in made)

    def most(left: list[Task], free: frozenset[int]) -> int:
        if not left:
            return 0
        skipped = most(left[1:], free)
        return max([skipped, *(1 + most(left[1:], free - {at}) for at in free if left[0] in trained[at])])

    assert len(made) == most(tasks, frozenset(range(len(trained))))


def test_a_slots_own_day_breaks_nothing_and_a_day_without_a_machine_does() -> None:
    one = planned()[0]
    same = moving.tried(network(), planned(), one.journey, one.start)
    assert same.breaks == () and same.slot is not None and same.slot.start == one.start
    # With every machine under repair, the same day is refused for that reason.
    tree = changed(horizon=90, objective__start_window=10)
    tree["patients"] = tree["patients"][:6]
    for site in tree["sites"]:
        for machine in site["machines"]:
            machine["out"] = [{"first": str(one.start), "last": str(one.start), "why": "repair"}]
    broken = moving.tried(scenario(tree), planned(), one.journey, one.start)
    assert broken.slot is not None and any(said.startswith("machines ") for said in broken.breaks)


def test_a_day_on_which_nothing_can_start_says_why() -> None:
    one = planned()[0]
    late = moving.tried(network(), planned(), one.journey, one.start + 60 * DAY)
    assert late.slot is None and "a start is planned between" in late.breaks[0]
    with pytest.raises(Unfit, match="no patient NOBODY"):
        moving.tried(network(), planned(), "NOBODY", one.start)


def test_what_was_asked_for_stays_and_the_others_move_as_little_as_possible() -> None:
    one = planned()[-1]
    day = next(d for d in (one.start + n * DAY for n in range(1, 6))
               if moving.tried(network(), planned(), one.journey, d).breaks == ())  # fmt: skip
    wanted = moving.tried(network(), planned(), one.journey, day).slot
    assert wanted is not None
    made = slots.plan(moving.asked(network(), planned(), one.journey, wanted))
    mine = next(s for s in made.placed if s.patient == one.journey)
    assert mine.locked and mine.start == str(day) and mine.infusion == str(wanted.infusion)
    assert made.moved == () and len(made.placed) == len(planned())


def test_a_plan_of_another_scenario_is_refused_by_name() -> None:
    stranger = "NOBODY"
    with pytest.raises(Unfit, match="no patient NOBODY"):
        occupancy.held(network(), [Slot(**{**planned()[0].__dict__, "journey": stranger})])
    with pytest.raises(Unfit, match="no site NEW"):
        occupancy.held(network(), [Slot(**{**planned()[0].__dict__, "site": "NEW"})])
    held = booked(network(), planned(), frozenset({planned()[0].journey}))
    assert [p.code for p in held.patients if p.booked and p.booked.locked] == [planned()[0].journey]
