"""Way: how far a receiving site has come to a product, and whether what its edges rest on still holds that day.

No actions; they are in qualification. Everything is looked at again on the day of use: evidence that lapsed since, a
calibration that ran out, a person whose training ended. Nothing here reads a clock, so nothing can be forgotten.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from milenari.rules.action import Book, Refused, Sheet, sheet
from milenari.rules.equipment import equipment_state
from milenari.rules.gap import Gaps, way_code
from milenari.rules.network import Site
from milenari.rules.package import EDGES, Package, PackageVersion, forced
from milenari.rules.quality_agreement import agreement_reasons, agreements_of
from milenari.rules.training import training_ends, training_state
from milenari.words import split_subject

# What may be named for an edge; a comparability report is either a subject of its own or an attached file.
NAMED = {
    "gap-assessed": ("gaps",),
    "equipment-qualified": ("equipment",),
    "staff-trained": ("person",),
    "engineering-runs": ("batch",),
    "comparability-runs": ("comparability", "attachment"),
}


@dataclass(frozen=True)
class Passed:
    """An edge walked: under which package version, on what, by whom, until when."""

    edge: str
    number: str
    evidence: tuple[str, ...]
    until_on: date
    by: str
    on: date
    judgement: str = ""


@dataclass(frozen=True)
class Acceptance:
    """Earlier evidence that the control site lets stand for an edge, or for some of its needs."""

    evidence: str
    edge: str
    covers: tuple[str, ...]  # needs of the edge; none named means all
    until_on: date
    by: str
    on: date
    justification: str


@sheet("qualification")
class Qualification(Sheet):
    """One site's way to one product; its code is SITE.PRODUCT."""

    site: str = ""
    product: str = ""
    proposed_on: date | None = None
    proposed_by: str = ""
    passed: tuple[Passed, ...] = ()
    accepted: tuple[Acceptance, ...] = ()
    approved_on: date | None = None
    approved_by: str = ""
    withdrawn_on: date | None = None

    def last(self, edge: str) -> Passed | None:
        """The newest time an edge was walked on the present way."""
        return next((p for p in reversed(self.passed) if p.edge == edge), None)

    def stands_at(self) -> str:
        """How far the way has been walked: the last edge before the first that is missing, or approved."""
        if self.withdrawn_on is not None:
            return "withdrawn"
        if self.approved_on is not None:
            return "approved"
        reached = "proposed"
        for edge in EDGES:
            if self.last(edge) is None:
                break
            reached = edge
        return reached


@sheet("evidence")
class Evidence(Sheet):
    """What a receiving site offers from before: for which edge, what it covers, why it counts, until when."""

    site: str = ""
    product: str = ""
    edge: str = ""
    extent: str = ""
    covers: tuple[str, ...] = ()
    what: str = ""
    justification: str = ""
    until_on: date | None = None
    offered_by: str = ""
    withdrawn: str = ""


# -- what an edge needs ---------------------------------------------------------------------------------


def needs(version: PackageVersion, edge: str) -> list[str]:
    """What an edge asks for under a package version, each by a code that evidence can cover."""
    if edge == "equipment-qualified":
        return [item["code"] for item in version.items("equipment")]
    if edge == "staff-trained":
        return [item["code"] for item in version.items("training")]
    if edge == "engineering-runs":
        return [f"run-{n}" for n in range(1, version.runs("engineering") + 1)]
    return ["report"] if edge == "comparability-runs" else []


def covered(book: Book, way: Qualification, edge: str, asked: list[str], on: date) -> set[str]:
    """The needs of an edge that accepted evidence still covers that day."""
    found: set[str] = set()
    for accepted in way.accepted:
        if accepted.edge == edge and not lapsed(book, accepted, on):
            found |= set(accepted.covers or asked)
    return found & set(asked)


def lapsed(book: Book, accepted: Acceptance, on: date) -> bool:
    """Whether accepted evidence holds nothing up any more: its day is over, or its site took it back."""
    return on > accepted.until_on or bool(book.sheet(f"evidence:{accepted.evidence}").withdrawn)


# -- what holds an edge up ------------------------------------------------------------------------------

# How a named thing answers for an edge; each yields what is missing.
Reasons = Iterator[Refused]


def unsupported(book: Book, way: Qualification, passed: Passed, version: PackageVersion, on: date) -> Reasons:
    """Everything that keeps an edge from being passed, or from holding, on that day."""
    if passed.edge == "gap-assessed":
        yield from _gaps(book, way, version)
        return
    asked = needs(version, passed.edge)
    still = [need for need in asked if need not in covered(book, way, passed.edge, asked, on)]
    if passed.edge == "equipment-qualified":
        yield from _equipment(book, way, passed, version, still, on)
    elif passed.edge == "staff-trained":
        yield from _staff(book, way, passed, version, still, on)
    elif passed.edge == "engineering-runs":
        yield from _runs(book, way, passed, version, still)
    else:
        yield from _report(book, way, passed, still)


def _gaps(book: Book, way: Qualification, version: PackageVersion) -> Reasons:
    gaps: Gaps = book.sheet(f"gaps:{way.code}")
    if not gaps.exists or gaps.number != version.number:
        yield Refused("gaps-not-opened", site=way.site, product=way.product, number=version.number)
    elif gaps.unassessed():
        yield Refused("gaps-not-assessed", site=way.site, items=gaps.unassessed())


def _equipment(
    book: Book, way: Qualification, passed: Passed, version: PackageVersion, still: list[str], on: date
) -> Reasons:
    named = [(name, book.sheet(name)) for name in passed.evidence]
    for item in version.items("equipment"):
        if item["code"] not in still:
            continue
        fitting = [(name, found) for name, found in named if found.kind == item["kind"] and found.owner == way.site]
        states = {name: equipment_state(book, found.code, on) for name, found in fitting}
        if any(state.fit for state in states.values()):
            continue
        for name, state in states.items():
            yield Refused("support-lapsed", edge=passed.edge, subject=name, until_on=state.until_on, site=way.site)
        if not fitting:
            yield Refused("equipment-need-open", need=item["code"], kind=item["kind"], site=way.site)


def _staff(
    book: Book, way: Qualification, passed: Passed, version: PackageVersion, still: list[str], on: date
) -> Reasons:
    people = [book.sheet(name) for name in passed.evidence]
    for item in version.items("training"):
        if item["code"] not in still:
            continue
        asked = {"procedure": item["code"], "version": item["version"]}
        trained = [p for p in people if p.home == way.site and training_state(book, p.code, asked, on).fit]
        if len(trained) < item["people"]:
            yield Refused("training-need-open", procedure=item["code"], number=item["version"], site=way.site,
                          needed=item["people"], found=len(trained))  # fmt: skip


def _runs(book: Book, way: Qualification, passed: Passed, version: PackageVersion, still: list[str]) -> Reasons:
    good = 0
    for name in passed.evidence:
        run = book.sheet(name)
        fits = run.owner == way.site and run.process == way.product
        fits = fits and run.process_version == version.process_version
        if not fits:
            yield Refused("run-of-another", batch=run.code, site=run.owner, product=run.process,
                          number=run.process_version)  # fmt: skip
        elif run.purpose != "engineering" or not run.decision:
            yield Refused("run-not-concluded", batch=run.code)
        elif run.decision != "run-accepted":
            yield Refused("run-not-accepted", batch=run.code)
        else:
            good += 1
    if good < len(still):
        yield Refused("runs-missing", site=way.site, needed=len(still), found=good)


def simulated(book: Book, passed: Passed) -> list[str]:
    """Runs named for an edge whose figures were drawn, not measured: allowed for rehearsals, and said for ever."""
    runs = [book.sheet(name) for name in passed.evidence if name.startswith("batch:")]
    runs += [book.sheet(f.of) for n in passed.evidence if n.startswith("attachment:") and (f := book.sheet(n)).of]
    return sorted({run.code for run in runs if getattr(run, "simulated", False)})


def _report(book: Book, way: Qualification, passed: Passed, still: list[str]) -> Reasons:
    """A comparability report: a subject of its own with an outcome, or a file attached to one of the site's runs."""
    if not still:
        return
    for name in passed.evidence:
        kind, code = split_subject(name)
        found = book.sheet(name)
        if kind == "comparability":
            here = (found.candidate, found.product) == (way.site, way.product)
            if not here or found.outcome != "comparable":
                yield Refused("report-not-comparable", report=code)
            continue
        run = book.sheet(found.of) if found.of.startswith("batch:") else None
        if run is None or run.owner != way.site or run.process != way.product or not run.purpose:
            yield Refused("report-not-of-run", attachment=code)
        elif found.withdrawn:
            yield Refused("report-withdrawn", attachment=code)
        elif found.by == passed.by:
            yield Refused("own-work", person=passed.by)
    if not passed.evidence:
        yield Refused("report-missing", site=way.site, product=way.product)


# -- the whole way --------------------------------------------------------------------------------------


def way_reasons(book: Book, way: Qualification, on: date) -> Reasons:
    """Everything that keeps the way from being whole that day: edges not walked, outdated, expired or unsupported."""
    if way.withdrawn_on is not None:
        yield Refused("site-withdrawn", site=way.site, product=way.product)
        return
    package: Package = book.sheet(f"package:{way.product}")
    current = package.current(on)
    if current is None:
        yield Refused("package-not-in-force", package=way.product)
        return
    for edge in EDGES:
        passed = way.last(edge)
        if passed is None:
            yield Refused("edge-not-passed", edge=edge, site=way.site, product=way.product)
            continue
        yield from edge_reasons(book, way, passed, package, current, on)
    gaps: Gaps = book.sheet(f"gaps:{way.code}")
    if gaps.exists and gaps.unclosed() and way.approved_on is None:
        yield Refused("gaps-not-closed", site=way.site, items=gaps.unclosed())
    yield from agreement_reasons(book, way.site, current.agreements(), on)


def edge_reasons(
    book: Book, way: Qualification, passed: Passed, package: Package, current: PackageVersion, on: date
) -> Reasons:
    """What keeps one edge that was walked from holding that day."""
    if on > passed.until_on:
        yield Refused("edge-expired", edge=passed.edge, site=way.site, until_on=passed.until_on)
    walked = package.find(passed.number) or current
    opened = forced(walked, current).get(passed.edge, [])
    if opened:
        yield Refused("edge-outdated", edge=passed.edge, site=way.site, number=walked.number,
                      current=current.number, items=[f"{d.section}/{d.code}" for d in opened])  # fmt: skip
    else:
        yield from unsupported(book, way, passed, walked, on)


@dataclass(frozen=True)
class Ending:
    """Something an edge rests on, and the last day on which it does."""

    edge: str
    what: str
    until_on: date


def way_endings(book: Book, way: Qualification, version: PackageVersion, on: date) -> list[Ending]:
    """What the way rests on that ends by itself, the soonest first: for warning ahead."""
    found: list[Ending] = []
    for edge in EDGES:
        passed = way.last(edge)
        if passed is None:
            continue
        found.append(Ending(edge, f"qualification:{way.code}", passed.until_on))
        for name in passed.evidence:
            kind, _ = split_subject(name)
            thing = book.sheet(name)
            if kind == "equipment" and (until := equipment_state(book, thing.code, on).until_on):
                found.append(Ending(edge, name, until))
            if kind == "person":
                asked = [{"procedure": i["code"], "version": i["version"]} for i in version.items("training")]
                ends = [s.until_on for s in (training_state(book, thing.code, a, on) for a in asked) if s.until_on]
                found += [Ending(edge, name, min(ends))] if ends else []  # the first to go is what to warn of
    found += [
        Ending(a.edge, f"evidence:{a.evidence}", a.until_on)
        for a in way.accepted if not book.sheet(f"evidence:{a.evidence}").withdrawn
    ]  # fmt: skip
    held = ((a.code, a.until(on)) for a in agreements_of(book, way.site))
    found += [Ending("approved", f"qualityagreement:{code}", until) for code, until in held if until]
    return sorted(found, key=lambda e: (e.until_on, e.edge, e.what))


def way_lapses(book: Book, way: Qualification, on: date) -> list[Ending]:
    """What an edge rested on that has ended by itself and leaves the edge unsupported that day, the oldest first."""
    package: Package = book.sheet(f"package:{way.product}")
    current = package.current(on)
    if current is None or way.withdrawn_on is not None:
        return []
    found: list[Ending] = []
    for edge in EDGES:
        passed = way.last(edge)
        if passed is None or next(edge_reasons(book, way, passed, package, current, on), None) is None:
            continue
        ended = [(f"qualification:{way.code}", passed.until_on)]
        ended += [(f"evidence:{a.evidence}", a.until_on) for a in way.accepted if a.edge == edge]
        walked = package.find(passed.number) or current
        ended += [(name, last) for name in passed.evidence if (last := _last_fit(book, name, walked, on))]
        found += [Ending(edge, what, last) for what, last in ended if last < on]
    return sorted(found, key=lambda e: (e.until_on, e.edge, e.what))


def _last_fit(book: Book, name: str, version: PackageVersion, on: date) -> date | None:
    """The last day on which a named instrument or person answered for its edge; None while it does or never did."""
    kind, code = split_subject(name)
    if kind == "equipment":
        reasons = equipment_state(book, code, on).reasons
        ends = [r.facts.get("due_on") or r.facts.get("calibrated_until") for r in reasons]
        return min((end for end in ends if end is not None), default=None)
    if kind != "person":
        return None
    lasts = []
    for item in version.items("training"):
        asked = {"procedure": item["code"], "version": item["version"]}
        if not (now := training_state(book, code, asked, on)).fit:
            days = {r.facts["active_until"] for r in now.reasons if r.facts.get("active_until")}
            days |= training_ends(book.sheet(name), item["code"])
            lasts += [day for day in sorted(days) if day < on and training_state(book, code, asked, day).fit][-1:]
    return min(lasts, default=None)


def state_on(book: Book, way: Qualification, on: date) -> str:
    """How the site stands that day: how far it walked, or approved, suspended, withdrawn."""
    stands = way.stands_at()
    if stands != "approved":
        return stands
    site: Site = book.sheet(f"site:{way.site}")
    if not site.qualified_for(way.product, on) or next(way_reasons(book, way, on), None) is not None:
        return "suspended"
    return "approved"


def way_of(book: Book, site: str, product: str) -> Qualification:
    """A site's way to a product; blank when it was never proposed."""
    found: Qualification = book.sheet(f"qualification:{way_code(site, product)}")
    return found
