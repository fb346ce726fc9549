"""Protocol: a trial's protocol with its versions, each country's approvals, and the sites that work under it.

A version is never changed: an amendment makes the next one. Each site works under the newest version that is approved
in its country, and under none before it was activated. Governing requirements: Regulation (EU) No 536/2014 Articles 8
and 15 to 24 (authorisation and substantial modification per Member State); ICH E6(R3) annex 1, 3.11 and 4
(recalled and not re-read clause by clause). Opening, amending, approving and activating are acts of the control site.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime

from milenari.rules import fields as f
from milenari.rules.action import (
    Action,
    Asking,
    Book,
    Entry,
    Sheet,
    Sheets,
    action,
    after,
    applies,
    checks,
    known,
    refuse_if,
    sheet,
)
from milenari.rules.network import Site, control_site
from milenari.rules.protocol_document import read_document
from milenari.words import Facts, Meaning, Role

SPONSORS = (Role.COORDINATOR, Role.QA)


# -- frozen state ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Version:
    """A version of the protocol as it was written, and why."""

    number: str
    document: Facts
    reason: str
    by: str
    at: datetime


@dataclass(frozen=True)
class Approval:
    """One country's yes to one version: by whom, under which reference, from when."""

    number: str
    country: str
    authority: str
    reference: str
    on: date


@dataclass(frozen=True)
class Activation:
    """A site that may enrol between two days."""

    site: str
    on: date
    closed_on: date | None = None


@sheet("protocol")
class Protocol(Sheet):
    """A trial's protocol; its code is the trial's."""

    versions: tuple[Version, ...] = ()
    approvals: tuple[Approval, ...] = ()
    activations: tuple[Activation, ...] = ()

    @property
    def newest(self) -> Version | None:
        return self.versions[-1] if self.versions else None

    @property
    def title(self) -> str:
        return self.versions[-1].document["title"] if self.versions else ""

    def numbered(self, number: str) -> Version | None:
        return next((one for one in self.versions if one.number == number), None)

    def in_force(self, country: str, on: date) -> Version | None:
        """The newest version that the country had approved by that day; the order is that of writing."""
        approved = {one.number for one in self.approvals if one.country == country and one.on <= on}
        return next((one for one in reversed(self.versions) if one.number in approved), None)

    def active(self, site: str, on: date) -> bool:
        """Whether the site may enrol that day."""
        return any(one.site == site and one.on <= on and (one.closed_on is None or on < one.closed_on)
                   for one in self.activations)  # fmt: skip


# -- actions --------------------------------------------------------------------------------------------


@action("open-protocol", roles=SPONSORS, meaning=Meaning.APPROVED)
class OpenProtocol(Action):
    """Open a trial with the first version of its protocol."""

    protocol: str = f.new("protocol", "Protocol code", help="such as ARI-PED; participants are numbered below it")
    number: str = f.code("Version of the protocol")
    document: Facts = f.document("Protocol as data")


@action("amend-protocol", roles=SPONSORS, meaning=Meaning.APPROVED, needs_reason=True)
class AmendProtocol(Action):
    """Write the next version of a protocol; no site works under it before its country has approved it."""

    protocol: str = f.ref("protocol", label="Protocol", touch=True)
    number: str = f.code("Version of the protocol")
    document: Facts = f.document("Protocol as data")
    amends: str = f.code(
        "Amends the version", required=False, help="from which it was written; it has to be the newest"
    )


@action("approve-protocol-version", roles=SPONSORS, meaning=Meaning.APPROVED)
class ApproveProtocolVersion(Action):
    """Record that the authority of a country approved a version, with its reference and the day."""

    protocol: str = f.ref("protocol", label="Protocol", touch=True)
    number: str = f.code("Version of the protocol")
    country: str = f.ref("country", label="Country")
    authority: str = f.text("Authority", longest=120)
    reference: str = f.text("Reference of the approval", longest=120)
    on: date = f.on("Approved on", past=True)


@action("activate-trial-site", roles=SPONSORS, meaning=Meaning.APPROVED)
class ActivateTrialSite(Action):
    """Let a site screen and enrol under the version approved in its country."""

    protocol: str = f.ref("protocol", label="Protocol", touch=True)
    at_site: str = f.ref("site", label="Site")
    on: date = f.on("Active from", past=True)


@action("close-trial-site", roles=SPONSORS, meaning=Meaning.APPROVED, needs_reason=True)
class CloseTrialSite(Action):
    """Stop a site from screening and enrolling; who is in stays in and is followed."""

    protocol: str = f.ref("protocol", label="Protocol", touch=True)
    at_site: str = f.ref("site", label="Site")
    on: date = f.on("Closed on", past=True)


# -- checks ---------------------------------------------------------------------------------------------


@checks(OpenProtocol)
def _open(act: OpenProtocol, asking: Asking, book: Book) -> None:
    control_site(asking, book)
    refuse_if(book.sheet(act.about).exists, "subject-exists", kind="protocol", code=act.protocol)
    document = read_document(act.document)
    known(book, f"process:{document['product']}")


@checks(AmendProtocol)
def _amend(act: AmendProtocol, asking: Asking, book: Book) -> None:
    control_site(asking, book)
    protocol: Protocol = known(book, act.about)
    refuse_if(protocol.numbered(act.number), "subject-exists", kind="version", code=act.number)
    document = read_document(act.document)
    product = protocol.versions[-1].document["product"]
    refuse_if(document["product"] != product, "protocol-of-another-product", protocol=act.protocol,
              found=document["product"], expected=product)  # fmt: skip
    newest = protocol.versions[-1].number
    refuse_if(act.amends not in ("", newest), "amended-meanwhile", protocol=act.protocol, found=act.amends,
              newest=newest)  # fmt: skip
    refuse_if(document == protocol.versions[-1].document, "nothing-amended", protocol=act.protocol,
              number=protocol.versions[-1].number)  # fmt: skip
    after(asking.happened_at, protocol.versions[-1].at, "version before")


@checks(ApproveProtocolVersion)
def _approve(act: ApproveProtocolVersion, asking: Asking, book: Book) -> None:
    control_site(asking, book)
    protocol: Protocol = known(book, act.about)
    version = protocol.numbered(act.number)
    refuse_if(version is None, "protocol-version-unknown", protocol=act.protocol, number=act.number,
              known=[one.number for one in protocol.versions])  # fmt: skip
    known(book, f"country:{act.country}")
    assert version is not None
    refuse_if(act.country not in version.document["countries"], "country-not-in-protocol", country=act.country)
    again = any((one.number, one.country) == (act.number, act.country) for one in protocol.approvals)
    refuse_if(again, "already-approved", protocol=act.protocol, number=act.number, country=act.country)


@checks(ActivateTrialSite)
def _activate(act: ActivateTrialSite, asking: Asking, book: Book) -> None:
    control_site(asking, book)
    protocol: Protocol = known(book, act.about)
    site: Site = known(book, f"site:{act.at_site}")
    refuse_if(not site.has_role("infusion", act.on), "site-role-missing", site=act.at_site, role="infusion")
    refuse_if(protocol.in_force(site.country, act.on) is None, "protocol-not-approved", protocol=act.protocol,
              country=site.country)  # fmt: skip
    refuse_if(protocol.active(act.at_site, act.on), "trial-site-active", protocol=act.protocol, site=act.at_site)


@checks(CloseTrialSite)
def _close(act: CloseTrialSite, asking: Asking, book: Book) -> None:
    control_site(asking, book)
    protocol: Protocol = known(book, act.about)
    refuse_if(not protocol.active(act.at_site, act.on), "trial-site-not-active", protocol=act.protocol,
              site=act.at_site)  # fmt: skip


BY_SPONSOR = (OpenProtocol, AmendProtocol, ApproveProtocolVersion, ActivateTrialSite, CloseTrialSite)


def check_sponsor(act: Action, site: str, book: Sheets) -> None:
    """Refused when another site than the control site writes about a protocol; asked again of entries that arrive.

    So of two sites that wrote the same version before they heard of each other, the same one counts at every node,
    whichever parcel came first.
    """
    if isinstance(act, BY_SPONSOR):
        here: Site = book.sheet(f"site:{site}")
        refuse_if(not here.control, "not-the-control-site", site=site)


def version_at(book: Sheets, protocol: Protocol, site: str, on: date) -> Version:
    """The version a site works under that day; Refused when its country has approved none."""
    country = known_site(book, site).country
    found = protocol.in_force(country, on)
    refuse_if(found is None, "protocol-not-approved", protocol=protocol.code, country=country)
    assert found is not None
    return found


def require_active(book: Sheets, protocol: Protocol, site: str, on: date) -> Version:
    """The version a site enrols under that day; Refused when none is approved or the site is not active."""
    found = version_at(book, protocol, site, on)
    refuse_if(not protocol.active(site, on), "trial-site-not-active", protocol=protocol.code, site=site)
    return found


def known_site(book: Sheets, code: str) -> Site:
    """The site's sheet, which every node holds."""
    found: Site = book.sheet(f"site:{code}")
    refuse_if(not found.exists, "subject-unknown", kind="site", code=code)
    return found


# -- applies --------------------------------------------------------------------------------------------


@applies(OpenProtocol, "protocol")
def _(protocol: Protocol, act: OpenProtocol, entry: Entry) -> Protocol:
    return replace(protocol, versions=(_written(act.number, act.document, entry),))


@applies(AmendProtocol, "protocol")
def _(protocol: Protocol, act: AmendProtocol, entry: Entry) -> Protocol:
    return replace(protocol, versions=(*protocol.versions, _written(act.number, act.document, entry)))


def _written(number: str, document: Facts, entry: Entry) -> Version:
    return Version(number, document, entry.reason, entry.by, entry.happened_at)


@applies(ApproveProtocolVersion, "protocol")
def _(protocol: Protocol, act: ApproveProtocolVersion, entry: Entry) -> Protocol:
    made = Approval(act.number, act.country, act.authority, act.reference, act.on)
    return replace(protocol, approvals=(*protocol.approvals, made))


@applies(ActivateTrialSite, "protocol")
def _(protocol: Protocol, act: ActivateTrialSite, entry: Entry) -> Protocol:
    return replace(protocol, activations=(*protocol.activations, Activation(act.at_site, act.on)))


@applies(CloseTrialSite, "protocol")
def _(protocol: Protocol, act: CloseTrialSite, entry: Entry) -> Protocol:
    closed = tuple(
        replace(one, closed_on=act.on) if one.site == act.at_site and one.closed_on is None else one
        for one in protocol.activations
    )
    return replace(protocol, activations=closed)
