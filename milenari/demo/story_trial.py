"""A trial on the same record: simulated participants, linked to the journeys that the story has already told.

The protocol is drawn from published rules, with its sources; nobody in it exists, and every participant is simulated.
One screening failed, one family withdrew, one product could not be made, one country works under the first version.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from milenari.demo import story_patient
from milenari.demo.teller import Scene, Teller
from milenari.journal import read

TRIAL, LEVEL, CAP = "ARI-PED", "DL1", "CAP-ARI-PED"
PROTOCOL = Path(__file__).parents[1] / "web" / "data" / "protocols" / "ari_ped.json"
SIMULATED = "simulated, for demonstration"
TOKENS = {"ROM": 8, "BEY": 8, "AMM": 8}
AUTHORITIES = {"ES": "AEMPS", "IT": "AIFA", "LB": "Ministry of Public Health", "JO": "JFDA"}
AMENDED_IN = {"ES": 22, "IT": 20, "LB": 8}  # days ago; Jordan has not answered yet


@dataclass(frozen=True)
class Simulated:
    """A simulated participant: number at the site, days ago of screening, the journey if there is one, or an age."""

    site: str
    number: int
    screened: int
    journey: str = ""
    age_months: int = 0

    @property
    def code(self) -> str:
        return f"{TRIAL}-{self.site}-{self.number:03d}"

    @property
    def months(self) -> int:
        """Age in whole months: that of the journey where there is one, so that it is not invented twice."""
        return int(read.sheet(f"journey:{self.journey}").age_months) if self.journey else self.age_months


TREATED = (
    Simulated("ROM", 1, 254, "ROM-J-001"),
    Simulated("AMM", 1, 94, "AMM-J-DRILL"),
    Simulated("BEY", 1, 79, "BEY-J-002"),
    Simulated("AMM", 2, 44, "AMM-J-001"),
    Simulated("BEY", 2, 33, "BEY-J-001"),
    Simulated("ROM", 5, 17, "ROM-J-003"),
    Simulated("ROM", 6, 12, "ROM-J-004"),
)


def tell(teller: Teller) -> None:
    opened(teller)
    for who in TREATED[:4]:
        enrolled(teller, who)
    failed(teller)
    withdrawn(teller)
    not_made(teller)
    amended(teller)
    for who in TREATED[4:]:
        enrolled(teller, who)
    waiting(teller)
    outcomes(teller)


@cache
def _text() -> str:
    return PROTOCOL.read_text(encoding="utf-8")


def document(amended: bool = False) -> dict[str, Any]:
    """The protocol as data; the amendment sets the tries before somebody counts as lost, and a new guardian's form."""
    told: dict[str, Any] = json.loads(_text())
    if amended:
        told["parameters"]["contact-attempts"] = {"value": "3", "unit": "1", "source": "amendment (fictional)"}
        told["parameters"]["reconsent-within"] = {"value": "30", "unit": "d", "source": "amendment (fictional)"}
        told["consents"][0] |= {"form_version": "G2", "again": True}
    return told


def opened(teller: Teller) -> None:
    with teller.scene("trial", "BCN", 300) as s:
        s.do("coordinator", "open-protocol", protocol=TRIAL, number="1.0", document=document())
        for country, authority in AUTHORITIES.items():
            s.do("coordinator", "approve-protocol-version", protocol=TRIAL, number="1.0", country=country,
                 authority=f"{authority} (fictional)", reference=f"FICT-{country}-1", on=s.day())  # fmt: skip
        for site in TOKENS:
            s.do("coordinator", "activate-trial-site", protocol=TRIAL, at_site=site, on=s.day())
        s.do("coordinator", "set-cap", "As the protocol says (fictional)", cap=CAP, trial=TRIAL, level=LEVEL, most=24)
        for site, count in TOKENS.items():
            s.do("coordinator", "issue-tokens", cap=CAP, allotment=f"{TRIAL}-{site}", to_site=site, count=count,
                 expires_on=s.day(-300))  # fmt: skip
    for site in TOKENS:
        with teller.scene(f"trial-tokens-{site.lower()}", site, 290) as s:
            s.do("coordinator", "accept-tokens", allotment=f"{TRIAL}-{site}")


def amended(teller: Teller) -> None:
    with teller.scene("trial-amended", "BCN", 25) as s:
        s.do("coordinator", "amend-protocol", "A clearer form for guardians; tries before somebody is lost (fictional)",
             protocol=TRIAL, number="1.1", document=document(amended=True))  # fmt: skip
        for country, days_ago in AMENDED_IN.items():
            s.at(days_ago, 9)
            s.do("coordinator", "approve-protocol-version", protocol=TRIAL, number="1.1", country=country,
                 authority=f"{AUTHORITIES[country]} (fictional)", reference=f"FICT-{country}-2",
                 on=s.day())  # fmt: skip


def screened(s: Scene, who: Simulated, months: int) -> None:
    """A study number, the guardian's consent by the form in force, and the child's word from twelve years."""
    form = "G2" if who.site == "ROM" and who.screened < AMENDED_IN["IT"] else "G1"
    language = "it" if who.site == "ROM" else "ar"
    s.do("investigator", "screen-participant", participant=who.code, protocol=TRIAL, age_months=months)
    told = {"participant": who.code, "language": language, "on": s.day()}
    for part, version in (("guardian", form), ("data", "D1")):
        s.do("investigator", "record-trial-consent", part=part, form_version=version, signer="two-guardians", **told)
    if months >= 12 * 12:
        s.do("investigator", "record-assent", band="A12", form_version="A12-1", word="agreed", **told)


def met() -> dict[str, str]:
    """Every criterion answered as it has to be."""
    return {one["code"]: "yes" if one["kind"] == "inclusion" else "no" for one in document()["eligibility"]}


def enrol(s: Scene, who: Simulated) -> None:
    s.do("investigator", "confirm-trial-eligibility", participant=who.code, answers=met())
    s.do("investigator", "enrol-participant", participant=who.code, cohort="P1", level=LEVEL,
         allotment=f"{TRIAL}-{who.site}", token=token(s, who))  # fmt: skip


def token(s: Scene, who: Simulated) -> int:
    """The participant's own number: each site has as many tokens as it numbers participants."""
    first = dict(zip(TOKENS, range(1, 1000, 8), strict=False))[s.site]
    return first + who.number - 1


def enrolled(teller: Teller, who: Simulated) -> None:
    with teller.scene(f"trial-{who.code.lower()}", who.site, who.screened, 13) as s:
        screened(s, who, who.months)
        s.at(who.screened - 2, 10)
        enrol(s, who)
        s.do("investigator", "link-journey", participant=who.code, journey=who.journey)


def failed(teller: Teller) -> None:
    who = Simulated("ROM", 2, 200, age_months=110)
    with teller.scene("trial-failed", who.site, who.screened) as s:
        screened(s, who, who.months)
        s.at(198, 10)
        s.do("investigator", "fail-screening", participant=who.code, why="not-eligible", criteria=["I4"])


def withdrawn(teller: Teller) -> None:
    who = Simulated("BEY", 3, 50, age_months=70)
    with teller.scene("trial-withdrawn", who.site, who.screened) as s:
        screened(s, who, who.months)
        s.at(48, 10)
        enrol(s, who)
        s.at(45, 10)
        s.do("investigator", "withdraw-participant", f"The family moved abroad ({SIMULATED})", participant=who.code,
             mode="from-follow-up", on=s.day())  # fmt: skip


def not_made(teller: Teller) -> None:
    who = Simulated("AMM", 3, 60, age_months=88)
    with teller.scene("trial-not-made", who.site, who.screened) as s:
        screened(s, who, who.months)
        s.at(58, 10)
        enrol(s, who)
        s.at(30, 10)
        s.do("investigator", "end-participation", f"Too few lymphocytes for a collection ({SIMULATED})",
             participant=who.code, why="manufacture-failed", on=s.day())  # fmt: skip


def waiting(teller: Teller) -> None:
    """One comes of age within weeks, one turns twelve, one is only screened."""
    grown, twelve, new = Simulated("ROM", 3, 100, age_months=213), Simulated("AMM", 4, 40, age_months=142), "ROM"
    with teller.scene("trial-grown", grown.site, grown.screened) as s:
        screened(s, grown, grown.months)
        s.at(98, 10)
        enrol(s, grown)
    with teller.scene("trial-twelve", twelve.site, twelve.screened) as s:
        screened(s, twelve, twelve.months)
        s.at(38, 10)
        enrol(s, twelve)
    with teller.scene("trial-new", new, 1, 9) as s:
        s.do("investigator", "screen-participant", participant=f"{TRIAL}-{new}-004", protocol=TRIAL, age_months=61)


def outcomes(teller: Teller) -> None:
    """What became of two: one in remission after a single fraction is transplanted, one did not respond."""
    one, other = story_patient.CHILDREN["AMM-J-DRILL"], story_patient.CHILDREN["BEY-J-002"]
    flow = f"Flow cytometry 1e-4 ({SIMULATED})"
    with teller.scene("trial-transplant", one.site, 36) as s:
        s.do("ward", "record-b-cells", journey=one.journey, b_cells={"value": "0", "unit": "/uL"})
        s.do("physician", "record-response", journey=one.journey, response="mrd-negative-cr", sensitivity=flow)
        s.at(12, 10)
        s.do("investigator", "record-transplant", f"One fraction only could be given ({SIMULATED})",
             journey=one.journey, on=s.day(), donor="matched-sibling", state="in-remission")  # fmt: skip
    with teller.scene("trial-no-response", other.site, 13) as s:
        story_patient.visit(s, other, "D28", 13, "140")
        s.do("physician", "record-response", journey=other.journey, response="no-response", sensitivity=flow)
        s.at(6, 10)
        s.do("ward", "record-b-cells", journey=other.journey, b_cells={"value": "165", "unit": "/uL"})
