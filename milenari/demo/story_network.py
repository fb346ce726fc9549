"""The network comes into being: sites, people, country rules, processes, authorisations, stock.

Everything here is fictional; authorisation numbers begin with DEMO and no authority gave them.
"""

from __future__ import annotations

from milenari.demo import cast, published
from milenari.demo.teller import ZONES, Scene, Teller
from milenari.journal import keys
from milenari.journal.exchange import charter as charters
from milenari.journal.exchange import succession
from milenari.rules.exchange import CLASSES
from milenari.rules.lease import USUAL_HOURS

MAKERS = ("ROM", "BEY", "AMM")
COUNTRIES = {"BCN": "ES", "ROM": "IT", "BEY": "LB", "AMM": "JO"}
BASES = {
    "inside": "Example: GDPR Articles 6(1)(c) and 9(2)(i)",
    "outside": "Example: standard contractual clauses, Decision (EU) 2021/914, with a transfer assessment",
    "LB": "Example: licence under Law 81/2018, Article 97",
    "JO": "Example: Personal Data Protection Law, Article 15, treatment",
}
AUTHORITIES = {"BCN": "AEMPS", "ROM": "AIFA", "BEY": "Ministry of Public Health", "AMM": "JFDA"}
TITLES = {
    "BCN": "Barcelona, vector plant and control site (demo)",
    "ROM": "Rome, children's hospital (demo)",
    "BEY": "Beirut, university hospital (demo)",
    "AMM": "Amman, cancer centre (demo)",
}
HOSPITAL = ["apheresis", "manufacture", "qc", "infusion", "storage"]

# Material classes of the recipe: unit and how much of each lot was delivered to each site.
MATERIALS = {
    "tubing-set": ("{bag}", "40"),
    "cd4-reagent": ("mL", "300"),
    "cd8-reagent": ("mL", "300"),
    "selection-buffer": ("mL", "60000"),
    "medium": ("mL", "80000"),
    "ab-serum": ("mL", "2000"),
    "activator": ("mL", "200"),
    "il-7": ("[IU]", "4000000"),
    "il-15": ("[IU]", "8000000"),
    "formulation-buffer": ("mL", "30000"),
}


def tell(teller: Teller) -> None:
    found(teller)
    charter()
    rules_and_processes(teller)
    for site in MAKERS:
        stock(teller, site)
    master_file(teller, edition="1", version="1", days_ago=365)
    for site in MAKERS:
        training(teller, site, version="1", days_ago=360)
    agreements(teller)
    leases(teller)


def found(teller: Teller) -> None:
    """The control site founds itself and names the others; each node enrols its first two officers."""
    with teller.scene("founding", "BCN", 400) as s:
        begins = s.day()
        s.do("node", "found-site", site_roles=["vector", "manufacture", "qc", "storage", "control"], from_on=begins,
             control=True, **_site("BCN"))  # fmt: skip
        _first_officers(teller, s, "BCN", begins)
        for site in MAKERS:
            s.do("qa", "found-site", site_roles=HOSPITAL, from_on=begins, **_site(site))
    for site in cast.SITES:
        with teller.scene(f"people-{site.lower()}", site, 399) as s:
            if site != "BCN":
                _first_officers(teller, s, site, s.day(400))
            for player in cast.at(site):
                if player.post not in ("qa", "it"):
                    s.do("it", "enrol-person", **_person(teller, player))
            for player in cast.at(site):
                for role in player.roles if player.post not in ("qa", "it") else ():
                    s.do("qa", "grant-role", person=player.person, granted=str(role), at_site=site,
                         from_on=s.day(399))  # fmt: skip


def charter() -> str:
    """The four sites' charter on this node, signed with every root key; founded once. Three of four change it."""
    if charters.present() is None:
        note = charters.propose([succession.member_here(site) for site in cast.SITES], 3)
        for site in cast.SITES:
            note = charters.sign(note, keys.root_key(site))
        charters.accept(note)
    return charters.newest_note()


def agreements(teller: Teller) -> None:
    """Every site may send its coded record to every other; the legal bases are examples, marked as such."""
    for site in cast.SITES:
        with teller.scene(f"agreements-{site.lower()}", site, 358) as s:
            for other in (other for other in cast.SITES if other != site):
                country = COUNTRIES[other]
                s.do("qa", "agree-exchange", agreement=f"{site}-{other}", to_site=other, data_classes=list(CLASSES),
                     basis=_basis(COUNTRIES[site], country), country=country, from_on=s.day(),
                     to_on=s.day(-730))  # fmt: skip


def leases(teller: Teller) -> None:
    """Each node says that its log holds every recall it knows of; it says so again whenever the demo is started."""
    for site in cast.SITES:
        with teller.scene(f"lease-{site.lower()}", site, 0) as s:
            s.do("node", "grant-lease", lease=site, hours=USUAL_HOURS)


def _basis(from_country: str, to_country: str) -> str:
    """An example of a legal basis; whether it holds is for the hospitals' lawyers."""
    if from_country in BASES:
        return BASES[from_country]
    return BASES["outside"] if to_country in BASES else BASES["inside"]


def _site(site: str) -> dict[str, str]:
    return {"site": site, "name": TITLES[site], "country": COUNTRIES[site], "zone": ZONES[site]}


def _person(teller: Teller, player: cast.Player) -> dict[str, str]:
    key = teller.pen(player.person).key
    return {"person": player.person, "name": player.name, "home": player.site, "key": key}


def _first_officers(teller: Teller, s: Scene, site: str, begins: str) -> None:
    low = site.lower()
    for post in ("qa", "it"):
        s.do("node", "enrol-person", **_person(teller, cast.CAST[f"{low}-{post}"]))
    for post, role in (("it", "it-admin"), ("qa", "qa")):
        s.do("node", "grant-role", person=f"{low}-{post}", granted=role, at_site=site, from_on=begins)


def rules_and_processes(teller: Teller) -> None:
    with teller.scene("rules", "BCN", 380) as s:
        for country in published.document("countries"):
            s.do("qa", "set-country-rules", **country)
        for name in ("ari0001_v1", "lv_a3b1_v1", "hcar19_v1"):
            s.do("qa", "approve-process", **published.document(name))
        s.at(370)
        for site in cast.SITES:
            product = "LV-A3B1" if site == "BCN" else "ARI-0001"
            s.do("qa", "grant-authorisation", site=site, number=f"DEMO-{COUNTRIES[site]}-0001",
                 authority=f"{AUTHORITIES[site]} (fictional number)", basis="trial", product=product,
                 from_on=s.day(), to_on=s.day(-730))  # fmt: skip
            s.do("qa", "qualify-site", site=site, product=product, from_on=s.day(), until_on=s.day(-730),
                 evidence="Fictional: site audit, three engineering runs, media fill")  # fmt: skip
    for site in cast.SITES:
        with teller.scene(f"qp-{site.lower()}", site, 366) as s:
            product = "LV-A3B1" if site == "BCN" else "ARI-0001"
            s.do("qa", "delegate-qp", person=f"{site.lower()}-qp", product=product, at_site=site,
                 from_on=s.day(), to_on=s.day(-730))  # fmt: skip


def master_file(teller: Teller, edition: str, version: str, days_ago: int) -> None:
    with teller.scene(f"master-file-{edition}", "BCN", days_ago) as s:
        s.do("qa", "effect-master-file", masterfile="ARI-0001", number=edition, from_on=s.day(),
             annexes=dict.fromkeys(MAKERS, version))  # fmt: skip


def second_version(teller: Teller) -> None:
    """A second version of the recipe supersedes the first; batches begun before keep theirs."""
    with teller.scene("version-2", "BCN", 150) as s:
        s.do("qa", "approve-process", **published.document("ari0001_v2"))
    master_file(teller, edition="2", version="2", days_ago=149)
    for site in MAKERS:
        training(teller, site, version="2", days_ago=148)


def reference_product(teller: Teller) -> None:
    """What the rules ask before published figures of another product can stand as batches at one site."""
    valid = {"product": "HCAR19", "site": "AMM"}
    with teller.scene("hcar19", "BCN", 140) as s:
        s.do("qa", "grant-authorisation", number="DEMO-JO-REPLAY", basis="trial", from_on=s.day(), to_on=s.day(-730),
             authority="JFDA (fictional number; a replay of published figures, nothing is made)", **valid)  # fmt: skip
        s.do("qa", "qualify-site", from_on=s.day(), until_on=s.day(-730), **valid,
             evidence="Fictional: published figures of another product are replayed, none is made here")  # fmt: skip
        s.do("qa", "effect-master-file", masterfile="HCAR19", number="1", from_on=s.day(), annexes={"AMM": "1"})
    with teller.scene("hcar19-people", "AMM", 139) as s:
        s.do("qa", "delegate-qp", person="amm-qp", product="HCAR19", at_site="AMM", from_on=s.day(),
             to_on=s.day(-730))  # fmt: skip
        data = {"procedure": "SOP-REPLAY", "number": "1", "on": s.day(), "until_on": s.day(-365)}
        s.do("qa", "record-training", person="amm-trainer", **data)
        s.do("trainer", "record-training", person="amm-operator", **data)


def training(teller: Teller, site: str, version: str, days_ago: int) -> None:
    """The trainer trains; who trains the trainer is QA. QA learns the recipe too, to verify a step if need be."""
    low = site.lower()
    with teller.scene(f"training-{low}-{version}", site, days_ago) as s:
        data = {"procedure": "SOP-ARI-0001", "number": version, "on": s.day(), "until_on": s.day(-365)}
        s.do("qa", "record-training", person=f"{low}-trainer", **data)
        for post in ("operator", "qa"):
            s.do("trainer", "record-training", person=f"{low}-{post}", **data)


def stock(teller: Teller, site: str) -> None:
    """Materials and equipment, with two lots that must not be used: one expired, one in quarantine."""
    with teller.scene(f"stock-{site.lower()}", site, 350) as s:
        for kind, (unit, amount) in MATERIALS.items():
            s.do("trainer", "receive-material", material=f"{site}-{kind}-01", kind=kind,
                 maker_lot=f"FICT-{kind[:4].upper()}-77", amount={"value": amount, "unit": unit},
                 expires_on=s.day(-300))  # fmt: skip
        for lot, expires in ((f"{site}-medium-00", 20), (f"{site}-medium-02", -400)):
            s.do("trainer", "receive-material", material=lot, kind="medium", maker_lot="FICT-MEDI-76",
                 amount={"value": "20000", "unit": "mL"}, expires_on=s.day(expires))  # fmt: skip
        s.at(349)
        for kind in MATERIALS:
            s.do("qa", "judge-material", material=f"{site}-{kind}-01", status="released")
        s.do("qa", "judge-material", material=f"{site}-medium-00", status="released")
        for code, kind, until in (("P1", "cell-processor", -300), ("P2", "cell-processor", 15),
                                  ("C1", "cell-counter", -300)):  # fmt: skip
            s.do("qa", "register-equipment", equipment=f"{site}-{code}", kind=kind,
                 calibrated_until=s.day(until))  # fmt: skip
