"""What stands above every form about a fraction: the dose with its arithmetic."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.template.loader import render_to_string

from milenari.web import fraction as fractions
from tests.rules.cast import next_day, released
from tests.rules.recipes import PROTOCOL


@pytest.fixture(autouse=True)
def no_database_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fractions.read, "sheet", lambda name: released().sheet(name))


def test_the_dose_is_cells_by_weight_as_the_protocol_foresees() -> None:
    found = fractions.fraction("B1-F1")
    assert found is not None and found.weight_kg is not None
    assert found.per_kg == (found.cells_e6 / found.weight_kg).quantize(Decimal("0.0001"))
    shares, planned = PROTOCOL["shares_pct"], Decimal(PROTOCOL["planned_per_kg"])
    assert found.per_kg == (planned * Decimal(shares[0]) / 100).quantize(Decimal("0.0001"))
    assert (found.given_before_e6, found.grades) == (Decimal(0), ())


def test_what_was_given_before_and_the_newest_grades_are_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    book = next_day()
    monkeypatch.setattr(fractions.read, "sheet", book.sheet)
    found = fractions.fraction("B1-F2")
    assert found is not None
    assert found.given_before_e6 == book.sheet("dose:B1-F1").cells_e6
    assert [(scale, grade) for scale, grade, _ in found.grades] == [("CRS", 0), ("ICANS", 0)]


def test_the_arithmetic_keeps_its_direction_in_any_language() -> None:
    drawn = render_to_string(
        "web/parts/fraction.html", {"fraction": fractions.fraction("B1-F1"), "acting": {"zone": "Europe/Rome"}}
    )
    start = drawn.index('<p class="dose"><bdi dir="ltr">')
    assert "=" in drawn[start : drawn.index("</p>", start)]


def test_an_unknown_fraction_has_no_panel() -> None:
    assert fractions.fraction("NONE") is None
