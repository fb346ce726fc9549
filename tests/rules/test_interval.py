"""Time: the true moment of an entry lies inside what other sites' clocks prove, and a claim outside is flagged.

Drill 5. A simulation knows the true time; every node writes by its own clock, which may be off by a week, jump, be set
back, or lie. Assumed is what ``rules/interval.py`` states: of the sites other than the entry's own, at most one has a
clock that is wrong by more than ``CLOCK_ERROR``.
"""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from milenari.rules.interval import CLOCK_ERROR, Interval, Known, interval

START = datetime(2026, 3, 2, tzinfo=UTC)
SITES = ("BCN", "ROM", "BEY", "AMM")
WEEK = 7 * 24 * 60


class World:
    """Four logs of (true moment, what its node's clock said), heads that nodes hold of each other, and their links."""

    def __init__(self, clocks):
        self.minute, self.clocks = 0, clocks
        self.logs = {site: [] for site in SITES}
        self.held = {site: dict.fromkeys(SITES, 0) for site in SITES}
        self.known = Known(lambda log, index: self.logs[log][index][1] if index < len(self.logs[log]) else None)

    def true(self):
        return START + timedelta(minutes=self.minute)

    def says(self, site):
        return self.true() + timedelta(minutes=self.clocks[site](self.minute))

    def write(self, site):
        self.logs[site].append((self.true(), self.says(site)))
        return len(self.logs[site]) - 1

    def exchange(self, one, other):
        """Each takes the other's log, signs for it, and writes down what it saw."""
        for here, there in ((one, other), (other, one)):
            size = len(self.logs[there])
            if size > self.held[here][there]:
                self.held[here][there] = size
                self.known.add_signed(there, here, size, self.says(here).replace(microsecond=0))
        for here, there in ((one, other), (other, one)):
            if self.held[here][there]:
                self.known.add_named(here, self.write(here), there, self.held[here][there])

    def intervals(self, site):
        return [(true, said, interval(site, n, self.known)) for n, (true, said) in enumerate(self.logs[site])]


def honest(minute):
    return 0


small = st.floats(-CLOCK_ERROR.total_seconds() / 60, CLOCK_ERROR.total_seconds() / 60)
off = st.integers(-WEEK, WEEK)


@st.composite
def wrong_clocks(draw):
    """Off by up to a week, drifting, jumping ahead, set back: any piecewise shift."""
    jumps = draw(st.lists(st.tuples(st.integers(0, 20_000), off), min_size=1, max_size=4))
    drift = draw(st.floats(-0.5, 0.5))

    def clock(minute):
        shift = [by for at, by in jumps if at <= minute]
        return (shift[-1] if shift else jumps[0][1]) + drift * minute

    return clock


moves = st.lists(
    st.tuples(st.integers(0, 600), st.sampled_from(SITES), st.sampled_from((None, *SITES))), min_size=5, max_size=60
)


def play(world, story):
    for minutes, one, other in story:
        world.minute += minutes
        if other and other != one:
            world.exchange(one, other)
        else:
            world.write(one)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data(), moves, st.sampled_from(SITES), st.sampled_from(SITES))
def test_the_true_time_is_inside_and_every_claim_outside_is_flagged(data, story, own, liar):
    """The entry's own clock may be anything, and so may one more; the clocks of all others are right."""
    clocks = {site: honest for site in SITES}
    for site in {own, liar}:
        clocks[site] = data.draw(wrong_clocks())
    for site in set(SITES) - {own, liar}:
        error = data.draw(small)
        clocks[site] = lambda minute, error=error: error
    world = World(clocks)
    play(world, story)
    for true, said, found in world.intervals(own):
        assert found.not_before is None or found.not_before <= true
        assert found.not_after is None or true <= found.not_after + timedelta(seconds=1)
        outside = (found.not_before and said < found.not_before) or (found.not_after and said > found.not_after)
        assert bool(found.outside(said)) == bool(outside)


def met(clocks):
    """Everybody met before and after an entry of Rome."""
    world = World({**{site: honest for site in SITES}, **clocks})
    for site in SITES:
        world.write(site)
    round_trip(world)
    world.minute += 100
    entry = world.write("ROM")
    world.minute += 100
    round_trip(world)
    return world, entry


def round_trip(world):
    for other in ("BCN", "BEY", "AMM"):
        world.exchange("ROM", other)


@pytest.mark.parametrize(
    "off_by, told", [(0, ""), (50, ""), (-50, ""), (-WEEK, "early"), (WEEK, "late"), (150, "late"), (-150, "early")]
)
def test_a_clock_that_is_wrong_is_found_wrong(off_by, told):
    world, entry = met({"ROM": lambda minute: off_by})
    true, said, found = world.intervals("ROM")[entry]
    assert found.not_before <= true <= found.not_after
    assert found.outside(said) == told
    assert found.not_after - found.not_before <= timedelta(minutes=200) + 2 * CLOCK_ERROR


@pytest.mark.parametrize("off_by", [-WEEK, WEEK])
@pytest.mark.parametrize("liar", ["BCN", "BEY", "AMM"])
def test_one_lying_site_cannot_make_another_look_wrong(liar, off_by):
    world, entry = met({liar: lambda minute: off_by})
    true, said, found = world.intervals("ROM")[entry]
    assert found.not_before <= true <= found.not_after and found.outside(said) == ""


def test_two_lying_sites_can_so_the_assumption_is_needed():
    world, entry = met({"BCN": lambda minute: -WEEK, "BEY": lambda minute: -WEEK})
    true, _, found = world.intervals("ROM")[entry]
    assert not found.not_before <= true <= found.not_after


def test_a_site_cut_off_has_an_open_interval_and_no_flag():
    world, _ = met({"ROM": lambda minute: WEEK})
    world.minute += 5000
    entry = world.write("ROM")
    _, said, found = world.intervals("ROM")[entry]
    assert found.not_after is None and found.not_before is not None and found.outside(said) == ""
    alone = World({site: honest for site in SITES})
    alone.write("ROM")
    assert alone.intervals("ROM")[0][2] == Interval()


def test_one_other_site_alone_proves_nothing_while_one_may_lie():
    world = World({site: honest for site in SITES})
    world.write("BCN")
    world.exchange("ROM", "BCN")
    entry = world.write("ROM")
    world.exchange("ROM", "BCN")
    found = interval("ROM", entry, world.known)
    assert (found.before_by, found.after_by) == (("BCN",), ("BCN",))
    assert found.not_before is None and found.not_after is None
    trusting = interval("ROM", entry, world.known, liars=0)
    assert trusting.not_before is not None and trusting.not_after is not None


def test_sites_that_never_met_are_heard_through_one_that_met_both():
    world = World({site: honest for site in SITES})
    world.write("AMM")
    world.exchange("AMM", "BCN")
    world.exchange("BCN", "ROM")
    entry = world.write("ROM")
    world.exchange("ROM", "BCN")
    world.exchange("BCN", "AMM")
    found = interval("ROM", entry, world.known)
    assert found.before_by == ("AMM", "BCN") and found.after_by == ("AMM", "BCN")
    assert found.not_before is not None and found.not_after is not None


def test_what_happened_may_lie_before_the_writing_and_never_after_its_end():
    found = Interval(START, START + timedelta(hours=2))
    now = START + timedelta(hours=1)
    assert found.outside(now, START - timedelta(days=3)) == ""
    assert found.outside(now, START + timedelta(days=3)) == "ahead"
    assert Interval(START, START - timedelta(hours=1)).crossed and not found.crossed
