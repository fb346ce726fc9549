"""Quality between two sites, told: agreements with Barcelona as control site and as plant, a deviation, a change.

Rome's open deviation has been told and waits for Barcelona's answer; of the change two sites have said what it means
there, and two have not. The figures of the agreements are examples, not any hospital's.
"""

from __future__ import annotations

from milenari.demo import cast
from milenari.demo.story_network import MAKERS
from milenari.demo.teller import Teller
from milenari.journal import read
from milenari.rules.quality_agreement import GRADES, MATTERS, agreement_code
from milenari.words import Facts

CONTROL, CHANGE = "BCN", "CHG-1"
BATCH, DEVIATION = "ROM-B-003", "D-P080-ipc_car_pct"
AREAS = ("training", "requalification", "comparability", "stability", "regulatory", "trial")
TOUCHED = {"training": "Both analysts learn the digital method", "comparability": "A bridge of ten samples"}


def duties(site: str) -> Facts:
    """Minor deviations stay local; major ones are told in three days, critical ones in one, and the release waits."""
    hours = {"minor": 0, "major": 72, "critical": 24}
    rows: list[Facts] = [
        {"matter": "deviation", "severity": grade, "owner": site}
        | ({"informed": [CONTROL], "within": hours[grade], "period": "hours"} if hours[grade] else {})
        | ({"release_waits": True} if grade == "critical" else {})
        for grade in GRADES
    ]  # fmt: skip
    return {"duties": rows + _others(site, {"every_months": 24})}


def plant_duties(site: str) -> Facts:
    """The plant owns what happens to its lots, and tells the site of major and critical deviations."""
    hours = {"minor": 0, "major": 72, "critical": 24}
    rows: list[Facts] = [
        {"matter": "deviation", "severity": grade, "owner": CONTROL}
        | ({"informed": [site], "within": hours[grade], "period": "hours"} if hours[grade] else {})
        for grade in GRADES
    ]
    # The site that uses the vector audits the plant.
    return {"duties": rows + _others(site, {"every_months": 36, "owner": site, "informed": [CONTROL]})}


def _others(site: str, audit: Facts) -> list[Facts]:
    rows = [{"matter": matter, "owner": CONTROL, "informed": [site], "within": 7, "period": "days"}
            for matter in MATTERS if matter != "deviation"]  # fmt: skip
    return [row | audit if row["matter"] == "audit" else row for row in rows]


def tell(teller: Teller) -> None:
    for site in MAKERS:
        _agree(teller, site, "control", "", duties(site))
        _agree(teller, site, "vector", "vector-", plant_duties(site))
    with teller.scene("audit-bey", CONTROL, 70, 15) as s:
        code = agreement_code(CONTROL, "BEY", "control")
        s.do("qa", "record-partner-audit", audit=f"{code}/{CONTROL}", agreement=code, on=s.day(),
             outcome="audit-with-findings", report="Two days on site; three minor findings, answered by letter "
             "(fictional)")  # fmt: skip
    with teller.scene("escalated-rom", "ROM", 0, 7) as s:
        s.do("qa", "escalate-deviation", escalation=f"{BATCH}/{DEVIATION}", of=f"batch:{BATCH}", deviation=DEVIATION,
             what="CAR-positive cells in process control at 4.2 %, limit 5 %; counted twice (fictional)",
             assessment="The culture is continued; the release test decides (fictional)",
             told="Barcelona's quality assurance by telephone (fictional)")  # fmt: skip
    _change(teller)


def _agree(teller: Teller, site: str, relation: str, name: str, content: Facts) -> None:
    """Drafted by Barcelona, signed by the site, put in force by a second person of Barcelona."""
    code, scene = agreement_code(CONTROL, site, relation), f"{name}{site.lower()}"
    with teller.scene(f"agreement-{scene}", CONTROL, 143) as s:
        s.do("qa", "draft-quality-agreement", agreement=code, relation=relation, giver=CONTROL, receiver=site,
             number="1", content=content, from_on=s.day(), until_on=s.day(-500))  # fmt: skip
    with teller.scene(f"agreement-signed-{scene}", site, 142) as s:
        digest = "held" if s.told() else read.sheet(f"qualityagreement:{code}").draft.digest
        s.do("qa", "consent-quality-agreement", consent=f"{code}/{site}", agreement=code, digest=digest)
    with teller.scene(f"agreement-effected-{scene}", CONTROL, 141) as s:
        s.do("qa2", "effect-quality-agreement", agreement=code)


def _change(teller: Teller) -> None:
    """The digital method of the next package version."""
    with teller.scene("change", CONTROL, 14) as s:
        s.do("coordinator", "propose-change", change=CHANGE, title="Vector copies per cell by digital PCR",
             what="Quantitative PCR is replaced by digital PCR from version 2 of the package on", kind="method",
             term="planned", why="Less scatter between laboratories (demonstration)", sites=list(cast.SITES),
             effective_on=s.day(-45), product="ARI-0001")  # fmt: skip
        s.do("coordinator", "open-matter", change=CHANGE, matter="M1", area="training", owner="amm-trainer",
             what="Amman's analysts learn the method", link="gaps:AMM.ARI-0001", due_on=s.day(-30),
             before=True)  # fmt: skip
    for site in ("ROM", "BEY"):
        with teller.scene(f"change-{site.lower()}", site, 9) as s:
            digest = "held" if s.told() else read.sheet(f"change:{CHANGE}").digest
            said = {area: "yes" if area in TOUCHED else "no" for area in AREAS}
            why = {f"{area}_why": TOUCHED.get(area, "Not touched (demonstration)") for area in AREAS}
            s.do("coordinator", "assess-change", sitechange=f"{CHANGE}/{site}", digest=digest, **said, **why)
