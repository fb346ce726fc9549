"""Network: sites with dated roles, their authorisations and qualification, and the rules of each country.

Governing requirements: UK SI 2025/87 reg. 17A (control site, sites named in the master file); EU GMP
Part IV section 11. Authorisations are dated: an act is judged by what held on the day it happened.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from milenari.rules import fields as f
from milenari.rules.action import (
    Action,
    Asking,
    Book,
    Entry,
    Refused,
    Sheet,
    action,
    applies,
    checks,
    known,
    refuse_if,
    sheet,
)
from milenari.words import Facts, Meaning, Role

SITE_ROLES = ("vector", "apheresis", "manufacture", "qc", "infusion", "storage", "control")
BASES = ("mia", "mia-imp", "hospital-exemption", "trial", "poc-licence", "registration", "import", "export")
BORDER = ("import", "export")  # permits to cross a border, which say nothing of making or using


# -- frozen state ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Authorisation:
    """A dated legal basis to make or use one product at one site."""

    number: str
    authority: str
    basis: str
    product: str
    from_on: date
    to_on: date


@sheet("site")
class Site(Sheet):
    """A hospital or plant: its dated roles, authorisations and qualifications."""

    name: str = ""
    country: str = ""
    zone: str = ""
    control: bool = False
    roles: tuple[tuple[str, date, date | None], ...] = ()
    authorisations: tuple[Authorisation, ...] = ()
    qualified: tuple[tuple[str, date, date], ...] = ()  # product, from, until
    suspended: tuple[tuple[str, date], ...] = ()

    def qualified_for(self, product: str, on: date) -> bool:
        stopped = any(p == product and since <= on for p, since in self.suspended)
        return not stopped and any(p == product and a <= on <= b for p, a, b in self.qualified)

    def has_role(self, role: str, on: date) -> bool:
        return any(r == role and a <= on and (b is None or on <= b) for r, a, b in self.roles)

    def authorisation_for(self, product: str, on: date) -> Authorisation | None:
        """The newest legal basis to make or use the product that day; a border permit is none."""
        held = [
            a for a in self.authorisations
            if a.product == product and a.from_on <= on <= a.to_on and a.basis not in BORDER
        ]  # fmt: skip
        return held[-1] if held else None


@sheet("country")
class Country(Sheet):
    """What differs by law and custom in one country: data, versioned by its entries."""

    rules: Facts | None = None

    def signatures_for(self, event: str) -> int:
        return int((self.rules or {}).get("custody_signatures", {}).get(event, 1))


# -- actions --------------------------------------------------------------------------------------------


@action("found-site", roles=(Role.NODE, Role.QA), meaning=Meaning.PERFORMED)
class FoundSite(Action):
    """Enter a hospital or plant into the network's list."""

    site: str = f.new("site", "Site code")
    name: str = f.text("Name", longest=120)
    country: str = f.code("Country (ISO 3166)")
    zone: str = f.text("Time zone", longest=40, help="IANA name such as Europe/Rome")
    control: bool = f.flag("Control site of the network")
    site_roles: tuple[str, ...] = f.codes("Site roles", required=False)
    from_on: date = f.on("Roles from")


@action("set-country-rules", roles=(Role.QA,), meaning=Meaning.APPROVED)
class SetCountryRules(Action):
    """Put the rules of a country in force: signatures per custody event, label languages, legal bases."""

    country: str = f.ref("country", label="Country", touch=True)
    rules: Facts = f.document("Rules")


@action("grant-authorisation", roles=(Role.QA,), meaning=Meaning.APPROVED)
class GrantAuthorisation(Action):
    """Record under which legal basis a product may be made or used at a site, and until when."""

    site: str = f.ref("site", label="Site", touch=True)
    number: str = f.code("Number")
    authority: str = f.text("Authority", longest=120)
    basis: str = f.choice(BASES, "Basis")
    product: str = f.ref("process", label="Product")
    from_on: date = f.on("Valid from")
    to_on: date = f.on("Valid to")


@action("qualify-site", roles=(Role.QA,), meaning=Meaning.APPROVED)
class QualifySite(Action):
    """Approve a site for a product on the strength of named evidence, until a date."""

    site: str = f.ref("site", label="Site", touch=True)
    product: str = f.ref("process", label="Product")
    evidence: str = f.text("Evidence")
    from_on: date = f.on("From", past=True)
    until_on: date = f.on("Until")


@action("suspend-site", roles=(Role.QA,), meaning=Meaning.APPROVED, needs_reason=True)
class SuspendSite(Action):
    """Stop a site from starting batches of a product."""

    site: str = f.ref("site", label="Site", touch=True)
    product: str = f.ref("process", label="Product")


# -- checks ---------------------------------------------------------------------------------------------


def control_site(asking: Asking, book: Book) -> Site:
    """Acts on the whole network are done at its control site."""
    here: Site = book.sheet(f"site:{asking.site}")
    refuse_if(not here.control, "not-the-control-site", site=asking.site)
    return here


@checks(FoundSite)
def _found_site(act: FoundSite, asking: Asking, book: Book) -> None:
    refuse_if(book.sheet(act.about).exists, "subject-exists", kind="site", code=act.site)
    refuse_if(asking.role is Role.NODE and act.site != asking.site, "node-founds-only-itself", site=act.site)
    unknown = [r for r in act.site_roles if r not in SITE_ROLES]
    refuse_if(unknown, "field-not-an-option", field="site_roles", found=unknown, options=list(SITE_ROLES))
    try:
        ZoneInfo(act.zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as fault:
        raise Refused("field-unreadable", field="zone", found=act.zone, kind="zone") from fault
    if asking.role is not Role.NODE:
        control_site(asking, book)


@checks(SetCountryRules)
def _set_country_rules(act: SetCountryRules, asking: Asking, book: Book) -> None:
    control_site(asking, book)
    counts = act.rules.get("custody_signatures") if isinstance(act.rules, dict) else None
    good = isinstance(counts, dict) and all(isinstance(n, int) and 1 <= n <= 5 for n in counts.values())
    good = good and isinstance(act.rules.get("assent_from_years", 0), int)
    hours = [act.rules.get(name, 1) for name in ("lease_hours", "lease_warning_hours")] if good else []
    good = good and all(isinstance(n, int) and not isinstance(n, bool) and 1 <= n <= 336 for n in hours)
    refuse_if(not good, "country-rules-unreadable", country=act.country)


@checks(GrantAuthorisation)
def _grant_authorisation(act: GrantAuthorisation, asking: Asking, book: Book) -> None:
    control_site(asking, book)
    known(book, act.about)
    known(book, f"process:{act.product}")
    refuse_if(act.to_on < act.from_on, "dates-reversed", field="to_on")


# -- applies --------------------------------------------------------------------------------------------


@applies(FoundSite, "site")
def _(site: Site, act: FoundSite, entry: Entry) -> Site:
    roles = tuple((role, act.from_on, None) for role in act.site_roles)
    return replace(site, name=act.name, country=act.country, zone=act.zone, control=act.control, roles=roles)


@applies(SetCountryRules, "country")
def _(country: Country, act: SetCountryRules, entry: Entry) -> Country:
    return replace(country, rules=act.rules)


@applies(GrantAuthorisation, "site")
def _(site: Site, act: GrantAuthorisation, entry: Entry) -> Site:
    made = Authorisation(act.number, act.authority, act.basis, act.product, act.from_on, act.to_on)
    return replace(site, authorisations=(*site.authorisations, made))


@applies(QualifySite, "site")
def _(site: Site, act: QualifySite, entry: Entry) -> Site:
    again = tuple(s for s in site.suspended if s[0] != act.product)
    return replace(site, qualified=(*site.qualified, (act.product, act.from_on, act.until_on)), suspended=again)


@applies(SuspendSite, "site")
def _(site: Site, act: SuspendSite, entry: Entry) -> Site:
    return replace(site, suspended=(*site.suspended, (act.product, entry.today)))
