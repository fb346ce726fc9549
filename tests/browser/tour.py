"""The tour: every page of a demo node with who looks at it, for accessibility, screenshots and whoever comes next.

A page without an address here fails tests/browser/test_accessibility.py: it would be looked at by nobody.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.urls import get_resolver

from milenari.rules.action import ACTIONS
from milenari.words import Role

Address = str | Callable[[], str]
NOBODY = ""


@dataclass(frozen=True)
class Stop:
    """One page as one person sees it; ``name`` is fit for the name of a file."""

    page: str
    who: str
    path: str

    @property
    def name(self) -> str:
        told = re.sub(r"[^A-Za-z0-9]+", "-", self.path.strip("/"))[:60].strip("-")
        return f"{self.page}--{told or 'start'}--{self.who or 'nobody'}"


def newest_entry() -> str:
    from milenari.journal import read

    return read.entries_about("journey:ROM-J-001")[-1].act


def label_account() -> str:
    from milenari.registers import models as table

    found = table.Label.objects.filter(site="BCN").order_by("code").first()
    return f"/labels/account/{found.account}" if found else ""


def study() -> str:
    """A comparability study that is locked, if the story tells of one."""
    from milenari.registers import models as table

    found = table.Study.objects.exclude(locked_at=None).order_by("code").first()
    return f"/study/{found.code}" if found else ""


def stability() -> str:
    from milenari.registers import models as table

    found = table.StabilityStudy.objects.order_by("code").first()
    return f"/studies/stability/{found.code}" if found else ""


def plan() -> str:
    from milenari.registers import models as table

    found = table.Plan.objects.order_by("code").first()
    return f"/plans/of/{found.code}" if found else ""


def plan_of_rome() -> str:
    """A plan in which Rome has a patient; it does not see one kept elsewhere in which it has none."""
    from milenari.registers import models as table

    found = table.PlanSlot.objects.filter(hospital="ROM").order_by("plan").first()
    return f"/plans/of/{found.plan}" if found else ""


def another_day() -> str:
    """The last slot of the last plan whose scenario is kept, if the story tells of one."""
    from milenari.journal import scenarios
    from milenari.registers import models as table

    kept = table.Plan.objects.filter(kind="slots", scenario__in=scenarios.kept(None).values("digest"))
    plan = kept.order_by("-code").first()
    slot = table.PlanSlot.objects.filter(plan=plan.code).order_by("-start").first() if plan else None
    return f"/plans/move/{slot.plan}/{slot.journey}" if slot else ""


def protocol_draft(tab: str = "visits") -> str:
    """A draft of an amendment, begun here if there is none: drafts are notes of a node, of which no story tells."""
    from milenari.journal import protocol_drafts, read
    from milenari.rules.protocol_lines import lines_of

    found = protocol_drafts.of("BCN").first()
    if found is None:
        newest = read.sheet("protocol:ARI-PED").newest
        if newest is None:
            return ""
        lines = lines_of(newest.document)
        lines["visits"][5]["plus"], lines["visits"][6]["day"] = "3", "fourteen"
        protocol_drafts.begin("BCN", "bcn-coordinator", "ARI-PED", "1.2", newest.number, lines)
        found = protocol_drafts.of("BCN")[0]
    return f"/trial/draft/{found.pk}?tab={tab}"


def draft_of_rules() -> str:
    return protocol_draft("stopping")


def draft_to_sign() -> str:
    return protocol_draft("sign")


def scenario() -> str:
    """A scenario of planning, if the story keeps one."""
    from milenari.journal import scenarios

    found = scenarios.kept(None).first()
    return f"/plans/scenarios/{found.pk}" if found else ""


def scenario_table() -> str:
    """The people of a site of that scenario."""
    return f"{scenario()}/rows?table=people&site=BCN" if scenario() else ""


def scenario_row() -> str:
    """A person of that scenario, to be changed."""
    from milenari.journal import scenarios

    found = scenarios.kept(None).first()
    if found is None:
        return ""
    person = scenarios.opened(scenarios.shown(found))[1].site("BCN").people[0]
    return f"{scenario()}/row?table=people&site=BCN&code_before={person.code}"


def scenario_lane() -> str:
    return f"{scenario()}/row?table=lanes&code_before=BCN-ROM" if scenario() else ""


def compared() -> str:
    return f"{scenario()}/compare" if scenario() else ""


def planning_run() -> str:
    from milenari.journal import calculations

    found = calculations.of(None).first()
    return f"/plans/runs/{found.pk}" if found else ""


def adverse_event() -> str:
    """A serious adverse event, if the story tells of one."""
    from milenari.registers import models as table

    found = table.AdverseEvent.objects.filter(serious=True).order_by("code").first()
    return f"/safety/event/{found.code}" if found else ""


def safety_package() -> str:
    from milenari.registers import models as table

    found = table.Subject.objects.filter(kind="protocol").order_by("code").first()
    return f"/safety/package/{found.code}" if found else ""


def casebook_page() -> str:
    """The page of a casebook with most questions that nobody has answered."""
    from milenari.registers import models as table

    found = table.CasebookPage.objects.order_by("-queries_open", "code").first()
    return f"/casebooks/page/{found.code}" if found else ""


def casebook_form() -> str:
    from milenari.registers import models as table

    found = table.CasebookForm.objects.order_by("code").first()
    return f"/casebooks/form/{found.code}" if found else ""


def campaign() -> str:
    from milenari.registers import models as table

    found = table.Campaign.objects.order_by("code").first()
    return f"/campaign/{found.code}" if found else ""


def agreement() -> str:
    from milenari.registers import models as table

    found = table.QualityAgreement.objects.order_by("code").first()
    return f"/agreements/of/{found.code}" if found else ""


def change() -> str:
    from milenari.registers import models as table

    found = table.Change.objects.order_by("code").first()
    return f"/changes/of/{found.code}" if found else ""


# Name of the address -> who looks at which paths; a function is asked once the story is told.
PAGES: dict[str, list[tuple[str, Address]]] = {
    "home": [(who, "/") for who in (
        "rom-operator", "rom-analyst", "rom-qa", "rom-qp", "rom-ward", "rom-apheresis", "rom-physician",
        "rom-coordinator", "rom-it", "rom-trainer", "bcn-vector-manager", "bcn-qa")],
    "login": [(NOBODY, "/login")],
    "journeys": [("rom-coordinator", "/journeys"), ("bcn-qa", "/journeys?q=AMM"),
                 ("rom-qa", "/journeys?q=nothing-like-it")],
    "journey": [("rom-physician", "/journey/ROM-J-001"), ("amm-qa", "/journey/AMM-J-DRILL"),
                ("rom-coordinator", "/journey/ROM-J-002"), ("bey-qa", "/journey/BEY-J-002")],
    "batch": [("rom-qa", "/batch/ROM-B-001"), ("rom-operator", "/batch/ROM-B-003"), ("amm-qp", "/batch/AMM-B-DRILL")],
    "run": [("rom-operator", "/run/ROM-B-003"), ("amm-operator", "/run/AMM-B-001")],
    "attach-start": [("rom-operator", "/attach")],
    "attach": [("rom-operator", "/attach/batch:ROM-B-003")],
    "bedside": [("rom-ward", "/bedside"), ("bey-ward", "/bedside")],
    "bedside-of": [("rom-ward", "/bedside/ROM-B-001-F1"), ("bey-ward", "/bedside/BEY-B-001-F2")],
    "chair": [("rom-apheresis", "/chair"), ("amm-apheresis", "/chair")],
    "chair-of": [("amm-apheresis", "/chair/AMM-J-002"), ("bey-apheresis", "/chair/BEY-J-003")],
    "qc": [("rom-analyst", "/qc"), ("rom-qa", "/qc")],
    "qc-enter": [("bey-analyst", "/qc/enter?of=batch:BEY-B-001")],
    "qc-verify": [("rom-analyst2", "/qc/verify?of=batch:ROM-B-003")],
    "qc-result": [("rom-analyst", "/qc/result?of=batch:ROM-B-001&test=viability_pct")],
    "equipment": [("rom-qa", "/equipment"), ("rom-it", "/equipment"), ("bcn-qa", "/equipment?site=")],
    "equipment-one": [("rom-qa", "/equipment/equipment:ROM-P2"), ("rom-operator", "/equipment/equipment:ROM-P1")],
    "training": [("rom-trainer", "/training"), ("bcn-qa", "/training?site=")],
    "training-version": [("rom-qa", "/training/version?procedure=SOP-ARI-0001&number=3")],
    "training-person": [("rom-trainer", "/training/person/rom-operator")],
    "training-chain": [("bcn-qa", "/training/chain"),
                       ("rom-qa", "/training/chain?procedure=SOP-ARI-0001&person=rom-operator")],
    "training-passport": [("rom-qa", "/training/passport")],
    "training-passport-one": [("rom-qa", "/training/passport/rom-operator")],
    "qc-chart": [("rom-qa", "/qc/chart?series=ARI-0001|viability_pct"),
                 ("rom-qa", "/qc/chart?series=ARI-0001|viability_pct&site=ROM")],
    "release-desk": [("rom-qa", "/release-desk"), ("rom-qp", "/release-desk")],
    "release": [("rom-qp", "/release/batch:ROM-B-003"), ("amm-qa", "/release/batch:AMM-B-001"),
                ("bcn-qa", "/release/lot:LV-A3B1-L02")],
    "release-late": [("amm-qa", "/release-late/AMM-B-DRILL"), ("rom-qa", "/release-late/ROM-B-001")],
    "release-oos": [("bey-physician", "/release-oos/BEY-B-002"), ("bey-qa", "/release-oos/BEY-B-002")],
    "casebooks": [("rom-investigator", "/casebooks")],
    "casebooks-one": [("rom-investigator", "/casebooks/of/ARI-PED-ROM-001"),
                      ("bey-data-manager", "/casebooks/of/ARI-PED-BEY-001")],
    "casebooks-page": [("bey-coordinator", casebook_page),
                       ("rom-physician", "/casebooks/page/ARI-PED-ROM-001/D7/crs/1"),
                       ("rom-data-manager", "/casebooks/page/ARI-PED-ROM-001/SCR/demographics/1"),
                       ("rom-investigator", "/casebooks/page/ARI-PED-ROM-001/INF/infusion/1")],
    "casebooks-visits": [("bcn-data-manager", "/casebooks/visits")],
    "casebooks-queries": [("rom-data-manager", "/casebooks/queries")],
    "casebooks-forms": [("rom-data-manager", "/casebooks/forms")],
    "casebooks-form": [("rom-data-manager", casebook_form)],
    "exports": [("rom-qa", "/exports")],
    "exports-one": [("rom-qa", "/exports/ARI-0001/sdtm"), ("rom-coordinator", "/exports/ARI-0001/analysis")],
    "trial": [("rom-investigator", "/trial")],
    "trial-drafts": [("bcn-coordinator", "/trial/drafts?protocol=ARI-PED")],
    "trial-draft": [("bcn-coordinator", one) for one in (protocol_draft, draft_of_rules, draft_to_sign)],
    "trial-participants": [("rom-investigator", "/trial/participants"), ("bcn-statistician", "/trial/participants")],
    "trial-consents": [("rom-investigator", "/trial/consents")],
    "trial-missed": [("amm-investigator", "/trial/missed")],
    "trial-protocol": [("rom-investigator", "/trial/protocol/ARI-PED")],
    "trial-analysis": [("bcn-statistician", "/trial/analysis/ARI-PED")],
    "trial-flow": [("bcn-statistician", "/trial/flow/ARI-PED")],
    "trial-participant": [("rom-investigator", "/trial/participant/ARI-PED-ROM-001")],
    "trial-eligibility": [("rom-investigator", "/trial/eligibility/ARI-PED-ROM-004")],
    "plans": [("rom-coordinator", "/plans")],
    "plans-keep": [("rom-coordinator", "/plans/keep")],
    "plans-one": [("rom-coordinator", plan_of_rome), ("bcn-coordinator", plan)],
    "plans-move": [("bcn-coordinator", another_day)],
    "plans-scenarios": [("bcn-coordinator", "/plans/scenarios"), ("rom-coordinator", "/plans/scenarios")],
    "plans-scenario": [("bcn-coordinator", scenario)],
    "plans-scenario-rows": [("bcn-coordinator", scenario_table)],
    "plans-scenario-row": [("bcn-coordinator", scenario_row), ("bcn-coordinator", scenario_lane)],
    "plans-compare": [("bcn-coordinator", compared)],
    "plans-runs": [("bcn-coordinator", "/plans/runs")],
    "plans-run": [("bcn-coordinator", planning_run)],
    "network": [("bcn-qa", "/network"), ("rom-coordinator", "/network")],
    "site": [("bcn-qa", "/site/ROM"), ("rom-qa", "/site/ROM")],
    "transfer": [("bcn-qa", "/transfer"), ("bey-coordinator", "/transfer")],
    "transfer-site": [("bcn-qa", "/transfer/site/BEY.ARI-0001"), ("rom-qa", "/transfer/site/ROM.ARI-0001")],
    "transfer-gaps": [("bey-qa", "/transfer/gaps/BEY.ARI-0001"), ("amm-coordinator", "/transfer/gaps/AMM.ARI-0001")],
    "transfer-package": [("bcn-qa", "/transfer/package/ARI-0001?old=1&new=2")],
    "transfer-law": [("bcn-qa", "/transfer/law"), ("rom-qa", "/transfer/law?since=2026-01-01")],
    "studies": [("bcn-qa", "/studies"), ("rom-qa", "/studies")],
    "study": [("bcn-qa", study)],
    "studies-draft": [("bcn-qa", "/studies/draft?product=ARI-0001")],
    "studies-report": [("bcn-qa", lambda: study().replace("/study/", "/studies/report/"))],
    "studies-stability": [("bcn-qa", stability)],
    "qc-signals": [("bcn-qa", "/qc/signals?state=all"), ("rom-qa", "/qc/signals")],
    "network-endpoints": [("bcn-qa", "/network/endpoints"), ("rom-coordinator", "/network/endpoints")],
    "network-review": [("rom-qa", "/network/review?site=ROM")],
    "stock": [("rom-operator", "/stock"), ("rom-qa", "/stock")],
    "stock-people": [("rom-qa", "/people"), ("rom-it", "/people")],
    "find": [("rom-coordinator", "/find?q=ROM-J")],
    "batches": [("rom-operator", "/batches"), ("bcn-qa", "/batches")],
    "labels": [("rom-operator", "/labels"), ("rom-apheresis", "/labels")],
    "labels-for": [("rom-apheresis", "/label/collection:ROM-J-003-A"), ("amm-operator", "/label/dose:AMM-B-001-F1"),
                   ("bcn-vector-manager", "/label/container:LV-A3B1-L02-001")],
    "labels-account": [("bcn-vector-manager", label_account)],
    "campaign": [("bcn-vector-manager", campaign)],
    "recall": [("bcn-qp", "/recall/lot:LV-A3B1-L02"), ("rom-qp", "/recall/batch:ROM-B-001")],
    "papers": [("rom-qa", "/papers/batch:ROM-B-001"), ("bcn-qa", "/papers/lot:LV-A3B1-L01"),
               ("rom-physician", "/papers/journey:ROM-J-001")],
    "audit": [("rom-qa", "/audit"), ("bcn-qa", "/audit?q=rom-operator")],
    "audit-verification": [("rom-qa", "/audit/verification"), ("rom-it", "/audit/verification")],
    "account-tokens": [("rom-it", "/account/tokens"), ("rom-analyst", "/account/tokens")],
    "outlook": [("bcn-vector-manager", "/vector/outlook")],
    "lots": [("bcn-vector-manager", "/lots"), ("rom-operator", "/lots")],
    "lot": [("bcn-qa", "/lot/LV-A3B1-L01"), ("rom-operator", "/lot/LV-A3B1-L02")],
    "acts": [("rom-operator", "/acts"), ("rom-it", "/acts")],
    "act": [("rom-physician", "/do/refer-patient"), ("rom-operator", "/do/sign-step?batch=ROM-B-003"),
            ("rom-analyst", "/do/record-result?of=batch:ROM-B-003"),
            ("rom-ward", "/do/administer-fraction?dose=ROM-B-001-F1"),
            ("rom-qa", "/do/grant-role"), ("rom-operator", "/do/verify-step?batch=ROM-B-003&beside=1&back=/journeys")],
    "about": [("rom-qa", "/about/batch:ROM-B-001"), ("bcn-qa", "/about/process:ARI-0001")],
    "entry": [("rom-qa", lambda: f"/entry/{newest_entry()}")],
    "account": [("rom-physician", "/account"), ("rom-it", "/account")],
    "status": [("rom-it", "/status")],
    "shipments": [("rom-qa", "/shipments"), ("rom-operator", "/shipments")],
    "shipments-arrival": [("rom-operator", "/shipments/arrival")],
    "exchange": [("rom-it", "/exchange"), ("rom-qa", "/exchange")],
    "exchange-read-out": [("bcn-qa", "/exchange/read-out?of=lot:LV-A3B1-L01&site=ROM"),
                          ("bcn-qp", "/exchange/read-out?of=lot:LV-A3B1-L02&site=ROM")],
    "safety": [("rom-investigator", "/safety"), ("bcn-coordinator", "/safety?tab=all"),
               ("rom-qa", "/safety?q=nothing-like-it")],
    "safety-event": [("bcn-coordinator", adverse_event)],
    "safety-monitoring": [("bcn-coordinator", "/safety/monitoring"), ("bcn-statistician", "/safety/monitoring")],
    "safety-package": [("bcn-coordinator", safety_package)],
    "agreements": [("bcn-qa", "/agreements"), ("rom-qa", "/agreements")],
    "agreements-one": [("bcn-qa", agreement)],
    "agreements-matters": [("bcn-qa", "/agreements/matters"), ("amm-qa", "/agreements/matters")],
    "agreements-escalations": [("bcn-qa", "/agreements/escalations"), ("rom-qa", "/agreements/escalations")],
    "changes": [("bcn-qa", "/changes"), ("bey-qa", "/changes")],
    "changes-one": [("bcn-qa", change)],
    "procedures": [("rom-it", "/procedures")],
    "procedure": [("rom-it", "/procedures/restore"), ("rom-qa", "/procedures/key-loss")],
    "audit-clocks": [("rom-qa", "/audit/clocks")],
}  # fmt: skip
# What has an address and is no page to look at; each with its reason.
NO_PAGE = {
    "logout": "answers by going to another page",
    "act-as": "answers by going to another page",
    "set_language": "answers by going to another page",
    "proof": "a text file",
    "attached": "a file",
    "openapi": "a document for programs",
    "exchange-give": "a parcel for another node",
    "exchange-take": "takes a parcel from another node",
    "exchange-charters": "charters for another node",
    "labels-picture": "a picture",
    "labels-sheet": "a PDF of labels",
    "paper": "a PDF",
    "audit-export": "a file",
    "audit-verify": "begins a verification and goes back to its page",
    "account-token-make": "takes a form of the page of tokens",
    "account-token-revoke": "takes a form of the page of tokens",
    "health": "a word for machines",
    "plans-file": "a file",
    "plans-scenario-file": "a file",
    "plans-run-file": "a file",
    "trial-draft-file": "a file",
    "plans-run-stop": "takes a form of the run's page",
    "account-password": "takes a form of the account page",
    "account-factor": "takes a form of the account page",
    "account-factor-confirm": "takes a form of the account page",
    "account-session-end": "takes a form of the account page",
    "account-passkey-begin": "answers the page's script",
    "account-passkey-make": "takes a form of the account page",
    "account-passkey-change": "takes a form of the account page",
}
# Forms that stand for all others in the tour of every action; the rest are drawn from the same fields.
EVERY_FORM = [code for code, cls in ACTIONS.items() if set(cls.roles) != {Role.NODE}]


def named() -> set[str]:
    """The names of all addresses of the node."""
    return {str(name) for name in get_resolver().reverse_dict if isinstance(name, str)} | {
        str(pattern.name) for part in get_resolver().url_patterns for pattern in getattr(part, "url_patterns", [part])
        if getattr(pattern, "name", None)
    }  # fmt: skip


def unvisited() -> set[str]:
    """Addresses that are neither on the tour nor said to be no page."""
    return named() - set(PAGES) - set(NO_PAGE)


def gone() -> set[str]:
    """What the tour still names and the node no longer has."""
    return (set(PAGES) | set(NO_PAGE)) - named()


def stops() -> Iterator[Stop]:
    """Every stop whose subject exists in the story as it was told."""
    for page, visits in PAGES.items():
        for who, address in visits:
            path = address() if callable(address) else address
            if path:
                yield Stop(page, who, path)
