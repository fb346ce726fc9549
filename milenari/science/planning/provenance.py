"""What a scenario rests on: its figures counted by how they are known, with every source."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from milenari.science.computed import Computed
from milenari.science.planning.figure import Basis, Figure, Spread
from milenari.science.planning.scenario import Scenario

VERSION = "1"


@dataclass(frozen=True)
class Known:
    """One figure of a scenario: where it stands, what it says, how it is known."""

    field: str
    said: str
    basis: Basis
    source: str


@dataclass(frozen=True)
class Provenance(Computed):
    """Every figure with its basis; `published`, `assumed` and `calibrated` count them."""

    scenario: str
    sites: tuple[str, ...]
    patients: int
    published: int
    assumed: int
    calibrated: int
    figures: tuple[Known, ...]


def of(scenario: Scenario) -> Provenance:
    """The provenance of every figure, in the order of the file."""
    known = tuple(Known(path, _said(one), one.basis, one.source) for path, one in scenario.figures())
    counts = Counter(one.basis for one in known)
    return Provenance(
        method="scenario-provenance", version=VERSION, reference="docs/planning.md", scenario=scenario.name,
        sites=tuple(site.code for site in scenario.sites), patients=len(scenario.patients),
        published=counts[Basis.PUBLISHED], assumed=counts[Basis.ASSUMED], calibrated=counts[Basis.CALIBRATED],
        figures=known,
    )  # fmt: skip


def _said(one: Figure | Spread) -> str:
    if isinstance(one, Figure):
        return f"{one.value:g} {one.unit}"
    return f"{one.shape} {one.a:g}{'' if one.b is None else f', {one.b:g}'} {one.unit}"
