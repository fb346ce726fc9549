"""Pictures of safety: a boundary with the way so far, and toxicity by day with days that nobody graded."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from milenari.rules.referral import Grade
from milenari.web.charts.boundary import boundary
from milenari.web.charts.toxicity import cells, strip

AT = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)  # the second of March in Rome
LIMIT = ((3, 3), (6, 4), (9, 5))


def test_a_boundary_is_drawn_with_the_way_so_far_and_without_one_nothing_is() -> None:
    drawn = boundary(LIMIT, ((0, 0), (1, 0), (2, 1)), 2)
    assert drawn.count("<path") >= 4 and "participants who count" in drawn and "if the next had events" in drawn
    assert boundary((), ((0, 0),)) == ""
    assert "<svg" in boundary(((1, 2), (2, 2)), ())  # what cannot be reached after one is left out


def test_days_are_local_and_the_gravest_grade_of_a_day_counts() -> None:
    grades = [Grade("CRS", 1, AT), Grade("CRS", 3, AT + timedelta(hours=3)), Grade("ICANS", 4, AT),
              Grade("CRS", 0, AT + timedelta(hours=25))]  # fmt: skip
    found = cells(grades, "CRS", AT, "Europe/Rome", 3)
    assert [c.grade for c in found] == [3, 0, None, None]  # 25 hours later is the third of March
    assert [c.grade for c in cells(grades, "ICANS", AT, "Europe/Rome", 1)] == [4, None]


def test_a_day_without_a_grade_is_not_nought() -> None:
    drawn = strip([Grade("CRS", 0, AT), Grade("ICANS", 4, AT)], AT, "Europe/Rome", 2)
    assert drawn.count('class="none"') == 4 and drawn.count("not graded") == 4
    assert (
        '<td class="g0"><bdi dir="ltr">0</bdi></td>' in drawn and '<td class="g4"><bdi dir="ltr">4</bdi></td>' in drawn
    )
    assert strip([], None, "Europe/Rome") == ""
