"""Technology transfer: a package in two versions, four countries' maps, and three sites on their way to it.

Beirut and Amman have treated children from the beginning, under a qualification given site by site before there was a
package; it holds until its end (rules/way.py). The package is how the network means to qualify from now on, so both
walk its way beside their patients. Rome brings much of its evidence from a product of its own, which is accepted in
part. At the end Rome and Beirut are approved by the whole way; Amman has walked it and has one gap open.
Named registrations and announcements are real and second-hand; reports, permits and figures are fictional.
"""

from __future__ import annotations

from milenari.demo import published, story_comparability, story_network, story_runs, story_vector
from milenari.demo.story_network import COUNTRIES
from milenari.demo.story_runs import Run
from milenari.demo.teller import Scene, Teller

PRODUCT, CONTROL = "ARI-0001", "BCN"
SITES = ("ROM", "BEY", "AMM")
SEEN = "Compared on the visit (fictional)"
MISSING = ("equipment/counter", "methods/vcn-qpcr", "training/SOP-ARI-0001")
EARLY_LOT, LOT = "LV-A3B1-L01", "LV-A3B1-L04"

# What each site has shown before, where that was said, and for which needs of an edge it is offered and accepted.
EARLIER = {
    "ROM": "Own autologous lentiviral CD19 CAR-T on the same closed instrument, as registered: NCT04787263, EudraCT "
           "2020-003452-32, phase I/II since March 2021 (registry, read second-hand); its reports here are fictional",
    "BEY": "Cells made on site for a first patient, as announced in September 2025 (aubmc.org.lb, read second-hand); "
           "its reports here are fictional",
    "AMM": "Own CAR-T production in the GMP suite, as announced in September 2024 (Petra, 12 September 2024, read "
           "second-hand); its reports here are fictional",
}  # fmt: skip
OFFERED: dict[str, dict[str, tuple[str, ...]]] = {
    "ROM": {"equipment-qualified": ("processor", "counter"), "engineering-runs": ("run-1", "run-2", "run-3"),
            "comparability-runs": ("report",)},
    "BEY": {"engineering-runs": ("run-1", "run-2")},
    "AMM": {"engineering-runs": ("run-1",)},
}  # fmt: skip
REFUSED = {"counter", "run-3"}  # of Rome: another make of counter; one run has to be of this product
ACCEPTED = "Visit and audit: same instrument and people; vector of another make, so only in part (fictional)"
# Engineering runs: days ago, and what went differently.
ENGINEERING: dict[str, dict[str, tuple[int, dict[str, float]]]] = {
    "ROM": {"ROM-E-01": (140, {})},
    "BEY": {"BEY-E-01": (140, {})},
    "AMM": {"AMM-E-01": (145, {"car_pos_pct": -20.0}), "AMM-E-02": (133, {}), "AMM-E-03": (124, {})},
}  # fmt: skip
FAILED = "AMM-E-01"


def tell(teller: Teller) -> None:
    _package(teller)
    for site in SITES:
        story_runs.instrument(teller, site)
        _gaps(teller, site)
        _earlier(teller, site)
        _edges(teller, site, 139, {
            "gap-assessed": "",
            "equipment-qualified": f"equipment:{site}-P3 equipment:{site}-C1",
            "staff-trained": f"person:{site.lower()}-operator person:{site.lower()}-trainer",
        })  # fmt: skip
    teller.say("Engineering runs, simulated; Amman's first fails its specification")
    _engineering(teller)
    teller.say("Comparability: paired runs of split donations against Barcelona, simulated")
    story_comparability.tell(teller, _containers(teller))
    _edges(teller, "ROM", 114, {"comparability-runs": ""})
    _approve(teller, "ROM", 113)
    for site in ("BEY", "AMM"):
        _edges(teller, site, 3, {"comparability-runs": f"comparability:C-{site}-2"})
    _approve(teller, "BEY", 2)


def way(site: str) -> str:
    return f"{site}.{PRODUCT}"


def _package(teller: Teller) -> None:
    """The package at the control site, each country's law at its own site, and three sites proposed."""
    with teller.scene("package", CONTROL, 148, 10) as s:
        for number, effective in (("1", 148), ("2", -45)):
            s.do("qa", "approve-package", package=PRODUCT, number=number, title="ARI-0001-like cells (demonstration)",
                 process_version="2", effective_on=s.day(effective),
                 content=published.document(f"ari0001_package_v{number}"))  # fmt: skip
    for site, country in COUNTRIES.items():
        with teller.scene(f"law-{site.lower()}", site, 147, 10) as s:
            s.do("qa", "amend-regulatory-map", regulation=country, reason="First map of the country (demonstration)",
                 requirements={"requirements": published.document("regulatory_maps")[country]})  # fmt: skip
    with teller.scene("proposed", CONTROL, 147, 12) as s:
        for site in SITES:
            s.do("qa", "propose-site", qualification=way(site), site=site, product=PRODUCT)


def _gaps(teller: Teller, site: str) -> None:
    """Every item of the package is compared with the site; what lacks is closed on evidence, but for one of Amman's."""
    with teller.scene(f"gaps-{site.lower()}", site, 146) as s:
        _assess(s, site.lower(), closes=30)
        s.at(118, 10)
        for item in MISSING:
            if (site, item) != ("AMM", "methods/vcn-qpcr"):
                s.do("qa", "close-gap", gaps=way(site), item=item, evidence="Report seen (fictional)")


def _assess(s: Scene, low: str, closes: int) -> None:
    """Open the list and state for each item how the site stands."""
    gaps = {"gaps": way(s.site)}
    s.do("coordinator", "open-gaps", package=PRODUCT, number="1", **gaps)
    content = published.document("ari0001_package_v1")
    for section in ("parameters", "attributes", "equipment", "materials", "methods", "training", "acceptance"):
        for item in content[section]:
            code = f"{section}/{item['code']}"
            data = {"gap": "none", "receiving": "As at the sending site (fictional)"}
            if code in MISSING:
                data = {
                    "gap": "partial", "receiving": "In part (fictional)", "risk": "medium", "owner": f"{low}-trainer",
                    "measure": "Bring it to the state of the package", "due_on": s.day(s.days_ago - closes),
                }  # fmt: skip
            s.do("coordinator", "assess-gap", item=code, **gaps, **data)


def _earlier(teller: Teller, site: str) -> None:
    """Evidence from before, offered by the site, and accepted in part by a second person at the control site."""
    with teller.scene(f"earlier-{site.lower()}", site, 145, 15) as s:
        for edge, covers in OFFERED[site].items():
            s.do("coordinator", "offer-evidence", evidence=f"{site}-EV-{edge}", product=PRODUCT, edge=edge,
                 extent="part", covers=list(covers), what=EARLIER[site], until_on=s.day(-300),
                 justification="Same kind of instrument, the same people and methods (fictional)")  # fmt: skip
    with teller.scene(f"accepted-{site.lower()}", CONTROL, 140, 15) as s:
        for edge, covers in OFFERED[site].items():
            s.do("qa", "accept-evidence", qualification=way(site), evidence=f"{site}-EV-{edge}",
                 covers=[need for need in covers if need not in REFUSED], until_on=s.day(-40),
                 justification=ACCEPTED)  # fmt: skip


def _edges(teller: Teller, site: str, days_ago: int, named: dict[str, str]) -> None:
    for edge, evidence in named.items():
        with teller.scene(f"edge-{edge}-{site.lower()}", CONTROL, days_ago, 16) as s:
            s.do("qa", "pass-edge", qualification=way(site), edge=edge, evidence=evidence, judgement=SEEN,
                 until_on=s.day(-300))  # fmt: skip


def _approve(teller: Teller, site: str, days_ago: int) -> None:
    with teller.scene(f"approved-{site.lower()}", CONTROL, days_ago, 10) as s:
        s.do("qa", "qualify-site", site=site, product=PRODUCT, evidence="The whole way (fictional)", from_on=s.day(),
             until_on=s.day(-300))  # fmt: skip


def _engineering(teller: Teller) -> None:
    number = 10
    for site, runs in ENGINEERING.items():
        for batch, (started, shift) in runs.items():
            container = f"{EARLY_LOT}-{number:03d}"
            number += 1
            story_vector.send(teller, container, site, 149)
            run = Run(batch, site, started, container, f"DON-{batch}", "engineering", "healthy-donor", shift=shift)
            story_runs.make(teller, run)
            (story_runs.fail if batch == FAILED else story_runs.conclude)(teller, run)
        good = " ".join(f"batch:{batch}" for batch in runs if batch != FAILED)
        _edges(teller, site, 101 if site == "AMM" else 115, {"engineering-runs": good})


def _containers(teller: Teller) -> dict[str, list[str]]:
    """One vector lot for all pairs: Barcelona keeps seven containers, Beirut gets seven, Amman six."""
    story_network.stock(teller, CONTROL)
    story_network.training(teller, CONTROL, version="2", days_ago=148)
    story_vector.campaign(teller, 4, days_ago=170, containers=24)
    numbers = iter(range(1, 25))
    found: dict[str, list[str]] = {}
    for site, count in ((CONTROL, 7), ("BEY", 7), ("AMM", 6)):
        found[site] = [f"{LOT}-{next(numbers):03d}" for _ in range(count)]
        for container in found[site] if site != CONTROL else ():
            story_vector.send(teller, container, site, 104)
    return found
