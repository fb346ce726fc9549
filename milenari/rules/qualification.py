"""Qualification: a receiving site's way to a product, edge by edge, each on named evidence and one signature.

proposed, gap assessed, equipment qualified, staff trained, engineering runs, comparability runs, approved; suspended or
withdrawn. Evidence is looked at again on every day of use: what has lapsed since holds nothing up. The control site
decides here; what a receiving site states is on subjects of its own. UK SI 2025/87 reg. 22; EU GMP Part IV section 11.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from milenari.rules import fields as f
from milenari.rules.action import (
    Accepted,
    Action,
    Asking,
    Book,
    Entry,
    Finding,
    Refused,
    action,
    applies,
    checks,
    known,
    refuse_if,
)
from milenari.rules.gap import LEADS, way_code
from milenari.rules.network import QualifySite, Site, SuspendSite, control_site
from milenari.rules.package import EDGES, Package
from milenari.rules.regulation import go_live_reasons
from milenari.rules.way import (
    NAMED,
    Acceptance,
    Evidence,
    Passed,
    Qualification,
    needs,
    simulated,
    unsupported,
    way_reasons,
)
from milenari.words import Meaning, Role, split_subject

EXTENTS = ("whole", "part")


# -- actions --------------------------------------------------------------------------------------------


@action("propose-site", roles=(Role.QA, Role.COORDINATOR, Role.TRANSFER_LEAD), meaning=Meaning.PERFORMED)
class ProposeSite(Action):
    """Propose that a site shall make a product: its way to approval begins."""

    qualification: str = f.ref("qualification", label="Way of the site", touch=True, help="site, full stop, product")
    site: str = f.ref("site", label="Site")
    product: str = f.ref("process", label="Product")


@action("offer-evidence", roles=LEADS, meaning=Meaning.APPROVED)
class OfferEvidence(Action):
    """Offer earlier evidence of this site for an edge of its way, in whole or part, with the reason why it counts."""

    evidence: str = f.new("evidence", "Evidence code")
    product: str = f.ref("process", label="Product")
    edge: str = f.choice(EDGES[1:], "Stage")
    extent: str = f.choice(EXTENTS, "Extent")
    covers: tuple[str, ...] = f.codes("What it covers", required=False, help="needs of the stage, if in part")
    what: str = f.text("What it is", longest=600)
    justification: str = f.text("Why it counts", longest=1000)
    until_on: date = f.on("Valid until")


@action("withdraw-evidence", roles=LEADS, meaning=Meaning.APPROVED, needs_reason=True)
class WithdrawEvidence(Action):
    """Take back evidence that no longer holds; what rested on it rests on nothing from then on."""

    evidence: str = f.ref("evidence", label="Evidence", touch=True)


@action("accept-evidence", roles=(Role.QA,), meaning=Meaning.APPROVED)
class AcceptEvidence(Action):
    """Accept a site's earlier evidence for an edge as second person, in whole or part, with the reason why."""

    qualification: str = f.ref("qualification", label="Way of the site", touch=True)
    evidence: str = f.ref("evidence", label="Evidence")
    covers: tuple[str, ...] = f.codes("What it covers", required=False, help="needs of the stage, if in part")
    justification: str = f.text("Why it counts", longest=1000)
    until_on: date = f.on("Valid until")


@action("pass-edge", roles=(Role.QA,), meaning=Meaning.APPROVED)
class PassEdge(Action):
    """Let a site pass an edge of its way on the strength of named evidence that is checked now."""

    qualification: str = f.ref("qualification", label="Way of the site", touch=True)
    edge: str = f.choice(EDGES, "Stage")
    evidence: str = f.text("Evidence named", required=False, longest=1000, help="codes such as equipment or batch")
    judgement: str = f.text("Judgement", longest=1000)
    until_on: date = f.on("Valid until")


@action("withdraw-site", roles=(Role.QA,), meaning=Meaning.APPROVED, needs_reason=True)
class WithdrawSite(Action):
    """End a site's qualification for a product for good; only a new way from the beginning leads back."""

    site: str = f.ref("site", label="Site", touch=True)
    product: str = f.ref("process", label="Product")


# -- checks ---------------------------------------------------------------------------------------------


def _way(book: Book, act_about: str) -> Qualification:
    way: Qualification = known(book, act_about)
    refuse_if(way.withdrawn_on is not None, "site-withdrawn", site=way.site, product=way.product)
    return way


@checks(ProposeSite)
def _propose(act: ProposeSite, asking: Asking, book: Book) -> None:
    control_site(asking, book)
    known(book, f"site:{act.site}")
    known(book, f"process:{act.product}")
    expected = way_code(act.site, act.product)
    refuse_if(act.qualification != expected, "way-code-wrong", expected=expected, found=act.qualification)
    known(book, f"package:{act.product}")
    held: Qualification = book.sheet(act.about)
    refuse_if(held.exists and held.withdrawn_on is None, "subject-exists", kind="qualification",
              code=act.qualification)  # fmt: skip


@checks(OfferEvidence)
def _offer(act: OfferEvidence, asking: Asking, book: Book) -> None:
    refuse_if(book.sheet(act.about).exists, "subject-exists", kind="evidence", code=act.evidence)
    package: Package = known(book, f"package:{act.product}")
    refuse_if(act.until_on < asking.today, "dates-reversed", field="until_on")
    refuse_if((act.extent == "part") != bool(act.covers), "extent-and-needs", extent=act.extent)
    _require_needs(package, act.edge, act.covers, asking.today)


def _require_needs(package: Package, edge: str, covers: tuple[str, ...], on: date) -> None:
    """Refuse needs that the package of the day does not know for the edge."""
    version = package.current(on)
    if version is None:
        raise Refused("package-not-in-force", package=package.code)
    unknown = sorted(set(covers) - set(needs(version, edge)))
    refuse_if(unknown, "need-unknown", edge=edge, found=unknown, known=needs(version, edge))


@checks(WithdrawEvidence)
def _withdraw_evidence(act: WithdrawEvidence, asking: Asking, book: Book) -> None:
    held: Evidence = known(book, act.about)
    refuse_if(held.withdrawn, "evidence-withdrawn", evidence=act.evidence, reason=held.withdrawn)


@checks(AcceptEvidence)
def _accept(act: AcceptEvidence, asking: Asking, book: Book) -> Accepted:
    control_site(asking, book)
    way = _way(book, act.about)
    offered: Evidence = known(book, f"evidence:{act.evidence}")
    refuse_if(offered.withdrawn, "evidence-withdrawn", evidence=act.evidence, reason=offered.withdrawn)
    here = (offered.site, offered.product) == (way.site, way.product)
    refuse_if(not here, "evidence-of-another", evidence=act.evidence, site=offered.site, product=offered.product)
    refuse_if(offered.offered_by == asking.by, "own-work", person=asking.by)
    beyond = offered.until_on is None or act.until_on > offered.until_on
    refuse_if(beyond, "beyond-the-offer", evidence=act.evidence, until_on=offered.until_on)
    wider = offered.covers and not set(act.covers or ["all"]) <= set(offered.covers)
    refuse_if(wider, "more-than-offered", evidence=act.evidence, offered=list(offered.covers))
    _require_needs(book.sheet(f"package:{way.product}"), offered.edge, act.covers, asking.today)
    return Accepted(given={"edge": offered.edge})


@checks(PassEdge)
def _pass(act: PassEdge, asking: Asking, book: Book) -> Accepted:
    control_site(asking, book)
    way = _way(book, act.about)
    before = EDGES[: EDGES.index(act.edge)]
    missing = [edge for edge in before if way.last(edge) is None]
    refuse_if(missing, "edge-out-of-order", edge=act.edge, next=missing[:1])
    package: Package = known(book, f"package:{way.product}")
    version = package.current(asking.today)
    if version is None:
        raise Refused("package-not-in-force", package=way.product)
    refuse_if(act.until_on < asking.today, "dates-reversed", field="until_on")
    named = tuple(dict.fromkeys(act.evidence.replace(",", " ").split()))
    for name in named:
        kind, code = split_subject(name)
        useful = NAMED[act.edge]
        refuse_if(kind not in useful or not code, "evidence-of-no-use", edge=act.edge, found=name, kinds=list(useful))
        known(book, name)
    made = Passed(act.edge, version.number, named, act.until_on, asking.by, asking.today, act.judgement)
    for reason in unsupported(book, way, made, version, asking.today):
        raise reason
    drawn = simulated(book, made)
    findings = (Finding("edge-on-simulated-run", {"edge": act.edge, "batches": drawn}),) if drawn else ()
    return Accepted(findings=findings, given={"number": version.number, "named": list(named)})


@checks(WithdrawSite)
def _withdraw(act: WithdrawSite, asking: Asking, book: Book) -> Accepted:
    control_site(asking, book)
    known(book, act.about)
    name = f"qualification:{way_code(act.site, act.product)}"
    _way(book, name)
    return Accepted(also=(name,))


@checks(QualifySite)
def _qualify_site(act: QualifySite, asking: Asking, book: Book) -> Accepted | None:
    """The last edge. Where a transfer package exists, nobody is approved but by the whole way."""
    control_site(asking, book)
    known(book, act.about)
    known(book, f"process:{act.product}")
    refuse_if(act.until_on < act.from_on, "dates-reversed", field="until_on")
    if not book.sheet(f"package:{act.product}").exists:
        return None
    name = f"qualification:{way_code(act.site, act.product)}"
    way = _way(book, name)
    site: Site = book.sheet(act.about)
    lawful = book.sheet(f"regulation:{site.country}").exists
    refuse_if(not lawful, "no-regulatory-map", country=site.country, site=act.site)
    for reason in (*way_reasons(book, way, asking.today), *go_live_reasons(book, site, act.product, asking.today)):
        raise reason
    return Accepted(also=(name,))


@checks(SuspendSite)
def _suspend_site(act: SuspendSite, asking: Asking, book: Book) -> None:
    control_site(asking, book)
    site: Site = known(book, act.about)
    refuse_if(not site.qualified_for(act.product, asking.today), "site-not-qualified",
              site=act.site, product=act.product)  # fmt: skip


# -- applies --------------------------------------------------------------------------------------------


@applies(ProposeSite, "qualification")
def _(way: Qualification, act: ProposeSite, entry: Entry) -> Qualification:
    begun = Qualification(code=way.code, version=way.version, owner=way.owner)
    return replace(begun, site=act.site, product=act.product, proposed_on=entry.today, proposed_by=entry.by)


@applies(OfferEvidence, "evidence")
def _(held: Evidence, act: OfferEvidence, entry: Entry) -> Evidence:
    return replace(
        held, site=entry.site, product=act.product, edge=act.edge, extent=act.extent, covers=act.covers,
        what=act.what, justification=act.justification, until_on=act.until_on, offered_by=entry.by,
    )  # fmt: skip


@applies(WithdrawEvidence, "evidence")
def _(held: Evidence, act: WithdrawEvidence, entry: Entry) -> Evidence:
    return replace(held, withdrawn=entry.reason)


@applies(AcceptEvidence, "qualification")
def _(way: Qualification, act: AcceptEvidence, entry: Entry) -> Qualification:
    made = Acceptance(
        act.evidence, entry.given["edge"], act.covers, act.until_on, entry.by, entry.today, act.justification
    )  # fmt: skip
    return replace(way, accepted=(*way.accepted, made))


@applies(PassEdge, "qualification")
def _(way: Qualification, act: PassEdge, entry: Entry) -> Qualification:
    named = tuple(entry.given["named"])
    made = Passed(act.edge, entry.given["number"], named, act.until_on, entry.by, entry.today, act.judgement)
    return replace(way, passed=(*way.passed, made))


@applies(QualifySite, "qualification")
def _(way: Qualification, act: QualifySite, entry: Entry) -> Qualification:
    return replace(way, approved_on=entry.today, approved_by=entry.by)


@applies(WithdrawSite, "qualification")
def _(way: Qualification, act: WithdrawSite, entry: Entry) -> Qualification:
    return replace(way, withdrawn_on=entry.today, approved_on=None)


@applies(WithdrawSite, "site")
def _(site: Site, act: WithdrawSite, entry: Entry) -> Site:
    return replace(site, suspended=(*site.suspended, (act.product, entry.today)))
