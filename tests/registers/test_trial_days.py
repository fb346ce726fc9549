"""A trial's milestones are days of the hospital that treats, as those of its visits are."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from milenari.registers.trial import milestones
from milenari.rules.casebook_window import anchors
from milenari.rules.participant import Participant
from milenari.rules.referral import Infused, Journey
from tests.rules.book import ZONES, MemoryBook
from tests.rules.cast import q

LATE = datetime(2026, 3, 10, 22, 30, tzinfo=UTC)  # the tenth in Rome; in Amman it is half past one of the eleventh
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC))


def test_an_infusion_late_in_the_evening_is_of_the_hospitals_own_day():
    told = [("R", "infused", LATE), ("A", "infused", LATE), ("A", "apheresed", None), ("X", "infused", LATE)]
    made = milestones(told, {"R": "Europe/Rome", "A": "Asia/Amman"})
    assert made == {"R": {"infused": date(2026, 3, 10)}, "A": {"infused": date(2026, 3, 11)},
                    "X": {"infused": date(2026, 3, 10)}}  # fmt: skip


def test_of_several_batches_the_first_release_counts():
    told = [("A", "manufactured", LATE), ("A", "manufactured", LATE + timedelta(days=9)), ("A", "manufactured", None)]
    assert milestones(told, {"A": "Asia/Amman"}) == {"A": {"manufactured": date(2026, 3, 11)}}


@given(MOMENTS, st.sampled_from(sorted(ZONES.values())))
def test_the_day_of_the_flow_is_the_day_that_visits_are_counted_from(at: datetime, zone: str):
    book = MemoryBook()
    given_ = (Infused("B-F1", "B", 1, at, q("20", "10*6").value),)
    book.sheets["journey:J"] = Journey(code="J", version=1, owner="ROM", infusions=given_)
    who = Participant(code="P", version=1, owner="ROM", journey="J")
    on = anchors(book, who, zone)["infusion"]
    assert milestones([("J", "infused", at)], {"J": zone}) == {"J": {"infused": on}}
    assert on == at.astimezone(ZoneInfo(zone)).date()
