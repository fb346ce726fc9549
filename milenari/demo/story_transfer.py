"""Technology transfer: a package in two versions, four countries' maps, and three sites at three places of their way.

Everything is fictional but the sources named in the maps; permits are marked DEMO. Rome brings earlier evidence of its
own product, Beirut stands after its staff was trained, Amman is still looking for what it lacks.
"""

from __future__ import annotations

from milenari.demo import published
from milenari.demo.story_network import COUNTRIES
from milenari.demo.teller import Scene, Teller

PRODUCT = "ARI-0001"
DAYS_AGO = 12
EARLIER = ("equipment-qualified", "staff-trained", "engineering-runs", "comparability-runs")
MISSING = ("equipment/counter", "methods/vcn-qpcr", "training/SOP-ARI-0001")
SEEN = "Compared on the visit (fictional)"


def tell(teller: Teller) -> None:
    with teller.scene("package", "BCN", 40) as s:
        for number, effective in (("1", 40), ("2", -45)):
            s.do("qa", "approve-package", package=PRODUCT, number=number, title="ARI-0001-like cells (demonstration)",
                 process_version="2", effective_on=s.day(effective),
                 content=published.document(f"ari0001_package_v{number}"))  # fmt: skip
    for site, country in COUNTRIES.items():
        with teller.scene(f"law-{site.lower()}", site, 38) as s:
            s.do("qa", "amend-regulatory-map", regulation=country, reason="First map of the country (demonstration)",
                 requirements={"requirements": published.document("regulatory_maps")[country]})  # fmt: skip
    with teller.scene("proposed", "BCN", 36) as s:
        for site in ("ROM", "BEY", "AMM"):
            s.do("qa", "propose-site", qualification=way(site), site=site, product=PRODUCT)
    _rome(teller)
    _beirut(teller)
    with teller.scene("gaps-amm", "AMM", DAYS_AGO) as s:
        _assess(s, "amm", closes=20, only=("equipment", "parameters"))


def way(site: str) -> str:
    return f"{site}.{PRODUCT}"


def _assess(s: Scene, low: str, closes: int, only: tuple[str, ...] = ()) -> None:
    """Open the list and state for each item how the site stands."""
    gaps = {"gaps": way(s.site)}
    s.do("coordinator", "open-gaps", package=PRODUCT, number="1", **gaps)
    content = published.document("ari0001_package_v1")
    for section in ("parameters", "attributes", "equipment", "materials", "methods", "training", "acceptance"):
        for item in content[section] if section in only or not only else ():
            code = f"{section}/{item['code']}"
            data = {"gap": "none", "receiving": "As at the sending site (fictional)"}
            if code in MISSING:
                data = {
                    "gap": "partial", "receiving": "In part (fictional)", "risk": "medium", "owner": f"{low}-trainer",
                    "measure": "Bring it to the state of the package", "due_on": s.day(s.days_ago - closes),
                }  # fmt: skip
            s.do("coordinator", "assess-gap", item=code, **gaps, **data)


def _rome(teller: Teller) -> None:
    """Earlier evidence for every edge but the gaps, accepted by the control site; approved by the whole way."""
    with teller.scene("gaps-rom", "ROM", 30) as s:
        _assess(s, "rom", closes=10)
        for edge in EARLIER:
            s.do("coordinator", "offer-evidence", evidence=f"ROM-EV-{edge}", product=PRODUCT, edge=edge, extent="whole",
                 what="Validation of the site's own CAR-T product (fictional)", until_on=s.day(-300),
                 justification="Same instrument, people and methods; vector of another make (fictional)")  # fmt: skip
        for item in MISSING:
            s.do("qa", "close-gap", gaps=way("ROM"), item=item, evidence="Report seen (fictional)")
    with teller.scene("way-rom", "BCN", 24) as s:
        for edge in EARLIER:
            s.do("qa", "accept-evidence", qualification=way("ROM"), evidence=f"ROM-EV-{edge}", until_on=s.day(-40),
                 justification="Audit of the site; to be shown with this product in a year (fictional)")  # fmt: skip
        for edge in ("gap-assessed", *EARLIER):
            s.do("qa", "pass-edge", qualification=way("ROM"), edge=edge, judgement=SEEN, until_on=s.day(-300))
        s.do("qa", "qualify-site", site="ROM", product=PRODUCT, evidence="The whole way (fictional)", from_on=s.day(),
             until_on=s.day(-300))  # fmt: skip


def _beirut(teller: Teller) -> None:
    with teller.scene("gaps-bey", "BEY", 28) as s:
        _assess(s, "bey", closes=21)
        s.do("qa", "close-gap", gaps=way("BEY"), item=MISSING[0], evidence="Counter calibrated (fictional)")
    named = {"gap-assessed": "", "equipment-qualified": "equipment:BEY-P1 equipment:BEY-C1",
             "staff-trained": "person:bey-operator person:bey-trainer"}  # fmt: skip
    with teller.scene("way-bey", "BCN", 20) as s:
        for edge, evidence in named.items():
            s.do("qa", "pass-edge", qualification=way("BEY"), edge=edge, evidence=evidence, judgement=SEEN,
                 until_on=s.day(-300))  # fmt: skip
