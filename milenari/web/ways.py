"""Ways: the sheets behind the sites' ways to a product, asked for together, so that a page asks few questions."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from milenari.journal import ask
from milenari.registers import transfer as registers
from milenari.registers.deadlines import Deadline, supports
from milenari.rules.action import Book
from milenari.rules.gap import Gaps
from milenari.rules.training import trainer_code
from milenari.rules.upkeep import plan_code
from milenari.rules.way import Qualification
from milenari.words import split_subject


def codes_of(sites: Iterable[str] | None) -> list[str]:
    """The codes of the ways of these sites; None is all."""
    kept = None if sites is None else set(sites)
    return [code for code in registers.codes("qualification") if kept is None or code.partition(".")[0] in kept]


def gathered(codes: Iterable[str]) -> tuple[Book, list[Qualification]]:
    """A book in which everything that these ways rest on is read already, and the ways."""
    book, wanted = ask.Supposed(), list(codes)
    found: list[Qualification] = [w for w in _read(book, [f"qualification:{code}" for code in wanted]) if w.exists]
    sites, products = sorted({w.site for w in found}), sorted({w.product for w in found})
    evidence = [name for w in found for p in w.passed for name in p.evidence]
    packages = _read(book, [f"package:{p}" for p in products])
    _read(book, [f"evidence:{a.evidence}" for w in found for a in w.accepted] + [f"gaps:{w.code}" for w in found]
          + [f"masterfile:{p}" for p in products] + [f"process:{p}" for p in products])  # fmt: skip
    countries = [site.country for site in _read(book, [f"site:{site}" for site in sites])]
    procedures = sorted({i["code"] for p in packages for v in p.versions for i in v.items("training")})
    named = dict(zip(evidence, _read(book, evidence), strict=True))
    persons = [split_subject(name)[1] for name in named if name.startswith("person:")]
    plans = [plan_code(x.owner, x.kind) for name, x in named.items() if name.startswith("equipment:")]
    partners = _read(book, [f"partners:{site}" for site in sites])
    agreements = [code for each in partners for code in each.agreements]
    _read(book, [*(f"regulation:{c}" for c in countries), *(f"qualityagreement:{code}" for code in agreements),
                 *(f"curriculum:{p}" for p in procedures),
                 *(f"upkeep:{plan}" for plan in plans), *(f"practice:{p}" for p in persons),
                 *(f"trainer:{trainer_code(q, p)}" for q in procedures for p in persons)])  # fmt: skip
    return book, found


def _read(book: ask.Supposed, names: list[str]) -> list[Any]:
    """These sheets, whose newest versions are asked for in one question."""
    book.expect(names)
    return [book.sheet(name) for name in names]


def deadlines_of(sites: Iterable[str] | None, now: datetime) -> tuple[list[Deadline], list[tuple[Gaps, int]]]:
    """For these sites what their readiness rests on that ends, and the gaps that should have been closed."""
    book, found = gathered(codes_of(sites))
    today = now.date()
    kept: list[Gaps] = [book.sheet(f"gaps:{way.code}") for way in found]
    counted = [(gaps, sum(item.overdue(today) for item in gaps.items)) for gaps in kept]
    return supports(book, found, now), [(gaps, number) for gaps, number in counted if number]
