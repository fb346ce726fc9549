"""Readiness: may this site start a batch of this product for a patient that day, and if not, every reason why.

No actions. The page that answers it and the rule that guards start-batch ask the same function, so they cannot differ.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from milenari.rules.action import Book, Refused
from milenari.rules.network import BORDER, Site
from milenari.rules.package import Package
from milenari.rules.procedure import MasterFile, Process
from milenari.rules.quality_agreement import agreement_reasons
from milenari.rules.regulation import Regulation, go_live_reasons
from milenari.rules.way import Ending, Qualification, way_endings, way_lapses, way_of, way_reasons


def reasons(book: Book, code: str, product: str, days: Iterable[date], number: str = "") -> Iterator[Refused]:
    """Everything between the site and a patient's batch; ``days``: when it happens and today, today last.

    ``number`` is the process version that somebody means to use, if one is named.
    """
    asked = list(days)
    on = asked[0]
    site: Site = book.sheet(f"site:{code}")
    if not site.exists:
        yield Refused("subject-unknown", kind="site", code=code)
        return
    if not site.has_role("manufacture", on):
        yield Refused("site-role-missing", site=code, role="manufacture")
    # On the day it happened and today: nobody backdates a start into a time before the suspension.
    if not all(site.qualified_for(product, day) for day in asked):
        yield Refused("site-not-qualified", site=code, product=product)
    way = way_of(book, code, product)
    if way.approved_on is not None or way.withdrawn_on is not None:
        for day in dict.fromkeys(asked):
            yield from way_reasons(book, way, day)
    elif way.exists and not site.qualified_for(product, on):
        yield from way_reasons(book, way, on)  # says what is missing before it can be qualified
    if not way.exists:  # a site qualified before there was a package: an agreement that ran out holds it up as well
        yield from agreement_reasons(book, code, [], on)
    law: Regulation = book.sheet(f"regulation:{site.country}")
    if way.exists and not law.exists:
        yield Refused("no-regulatory-map", country=site.country, site=code)
    yield from go_live_reasons(book, site, product, on)
    if site.authorisation_for(product, on) is None:
        yield Refused("not-authorised", site=code, product=product)
    yield from _master_file(book, code, product, on, number)


def endings(book: Book, way: Qualification, on: date) -> list[Ending]:
    """What the readiness of a site on its way rests on that ends by itself, the soonest first: for warning ahead.

    Beside what its edges rest on, the qualification itself, the authorisation, and requirements met until a day.
    """
    package: Package = book.sheet(f"package:{way.product}")
    current = package.current(on)
    found = way_endings(book, way, current, on) if current else []
    site: Site = book.sheet(f"site:{way.site}")
    qualified = [until for product, _, until in site.qualified if product == way.product]
    if qualified and site.qualified_for(way.product, on):
        found.append(Ending("site-qualification", f"site:{way.site}", max(qualified)))
    held = site.authorisation_for(way.product, on)
    if held is not None:
        found.append(Ending("authorisation", f"site:{way.site}", held.to_on))
    law: Regulation = book.sheet(f"regulation:{site.country}")
    found += [
        Ending("go-live", f"regulation:{site.country}", asked.to_on)
        for asked in law.gates("go-live", way.product) if asked.state == "met" and asked.to_on is not None
    ]  # fmt: skip
    return sorted(found, key=lambda e: (e.until_on, e.edge, e.what))


def lapses(book: Book, way: Qualification, on: date) -> list[Ending]:
    """What the readiness of a site on its way rested on that has ended and holds it up now, the oldest first."""
    found = way_lapses(book, way, on)
    site: Site = book.sheet(f"site:{way.site}")
    if way.withdrawn_on is None and site.authorisation_for(way.product, on) is None:
        ended = [a.to_on for a in site.authorisations if a.product == way.product and a.to_on < on
                 and a.basis not in BORDER]  # fmt: skip
        found += [Ending("authorisation", f"site:{way.site}", max(ended))] if ended else []
    spans = [until for product, _, until in site.qualified if product == way.product]
    if way.withdrawn_on is None and spans and max(spans) < on:
        found.append(Ending("site-qualification", f"site:{way.site}", max(spans)))
    law: Regulation = book.sheet(f"regulation:{site.country}")
    found += [
        Ending("go-live", f"regulation:{site.country}", asked.to_on)
        for asked in law.gates("go-live", way.product)
        if way.withdrawn_on is None and asked.state == "met" and asked.to_on is not None and asked.to_on < on
    ]
    return sorted(found, key=lambda e: (e.until_on, e.edge, e.what))


def from_before(book: Book, way: Qualification, on: date) -> date | None:
    """Until when a site works under a qualification from before there was a transfer package, if it does."""
    site: Site = book.sheet(f"site:{way.site}")
    if way.approved_on is not None or way.withdrawn_on is not None or not site.qualified_for(way.product, on):
        return None
    return max(until for product, begun, until in site.qualified if product == way.product and begun <= on <= until)


def _master_file(book: Book, code: str, product: str, on: date, meant: str) -> Iterator[Refused]:
    master: MasterFile = book.sheet(f"masterfile:{product}")
    if not master.exists:
        yield Refused("subject-unknown", kind="masterfile", code=product)
        return
    edition = master.effective(on)
    number = dict(edition.annexes).get(code) if edition else None
    if number is None:
        yield Refused("site-not-in-master-file", site=code, product=product)
        return
    if meant and meant != number:
        yield Refused("process-version-not-in-force", number=meant, in_force=number)
        return
    process: Process = book.sheet(f"process:{product}")
    version = process.find(number)
    if version is None or version.superseded_on is not None:
        yield Refused("process-version-superseded", process=product, number=number)


def require_ready(book: Book, code: str, product: str, days: Iterable[date], number: str) -> None:
    """Refuse with the first reason there is."""
    for reason in reasons(book, code, product, days, number):
        raise reason
