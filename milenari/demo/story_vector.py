"""The vector: two campaigns, their lots tested and released, and numbered containers on their way.

Titre and volumes are fictional, within published orders: 5.5 L at 1.5e7 TU/mL (doi:10.1080/21655979.2021.1931644)
and a recovery of 30 % give 2.5e10 TU; at 1.5e8 TU/mL that is 165 mL, or about 1e9 TU in a container of 6.5 mL.
"""

from __future__ import annotations

from typing import Any

from milenari.demo import published, story_labels, story_stability
from milenari.demo.teller import Teller

LOT, RECALLED = "LV-A3B1-L01", "LV-A3B1-L02"

# Fictional results in the order of the 15 published tests: value and unit, or a word.
RESULTS: dict[str, tuple[str, str]] = {
    "total_protein": ("850", "ng/mL"),
    "bsa": ("12", "ng/mL"),
    "benzonase": ("<1", "ng/mL"),
    "plasmid_dna": ("below detection or falling", ""),
    "host_cell_dna": ("310", "{copies}/100ng"),
    "sv40_lta_e1a": ("below detection", ""),
    "sterility": ("no growth 14 d", ""),
    "mycoplasma": ("negative", ""),
    "endotoxin": ("<0.5", "[EU]/mL"),
    "in_vitro_adventitious": ("negative", ""),
    "rcl": ("none detected", ""),
    "infectious_particles": ("150000000", "{TU}/mL"),
    "total_particles": ("42000000000", "{vp}/mL"),
    "ph": ("7.2", "[pH]"),
    "appearance": ("opaque", ""),
}


def result(value: str, unit: str) -> dict[str, Any]:
    """A result's fields: a number with its comparator and unit, or a word."""
    if not unit:
        return {"word": value}
    bare = value.lstrip("<>=")
    number = {"value": bare, "unit": unit}
    if bare != value:
        number["comparator"] = value[: len(value) - len(bare)]
    return {"number": number}


def campaign(
    teller: Teller, number: int, days_ago: int, containers: int, months: int = story_stability.SHELF_MONTHS
) -> str:
    """Campaign, harvest, fill, titre, all release tests, trail review and release of one lot for so many months."""
    lot = f"LV-A3B1-L{number:02d}"
    with teller.scene(f"vector-{number}", "BCN", days_ago) as s:
        s.do("vector-manager", "open-campaign", campaign=f"LV-C{number:02d}", process="LV-A3B1",
             plasmids=["FICT-TRANSFER-01", "FICT-GAGPOL-01", "FICT-REV-01", "FICT-VSVG-01"],
             cell_bank="FICT-MCB-293T-01", scale={"value": "5.5", "unit": "L"})  # fmt: skip
        s.at(days_ago - 6)
        s.do("vector-manager", "harvest-vector", campaign=f"LV-C{number:02d}", lot=lot,
             volume={"value": "165", "unit": "mL"})  # fmt: skip
        s.do("operator", "fill-lot", lot=lot, containers=containers, container_volume={"value": "6.5", "unit": "mL"})
        if number == 1:
            story_labels.of_lot(s, lot)
        s.do("analyst", "take-sample", of=f"lot:{lot}", sample=f"{lot}-S1", tests=list(RESULTS))
        s.at(days_ago - 16)
        s.do("analyst", "record-titre", lot=lot, titre={"value": "150000000", "unit": "{TU}/mL"},
             method="Flow cytometry titration v3 (fictional)", cell_line="Jurkat",
             uncertainty={"value": "25", "unit": "%"})  # fmt: skip
        s.at(days_ago - 50)
        for test, (value, unit) in RESULTS.items():
            s.do("analyst", "record-result", of=f"lot:{lot}", test=test, **result(value, unit),
                 method=f"Fictional result; test of {published.LV_SOURCE}")  # fmt: skip
        s.at(days_ago - 52)
        for test in RESULTS:
            s.do("analyst2", "verify-result", of=f"lot:{lot}", test=test)
        s.at(days_ago - 58)
        s.do("qa", "review-trail", of=f"lot:{lot}", remarks="Fifteen results against raw data, no open points")
        s.do("qp", "release-lot", lot=lot, expires_on=story_stability.expiry(s.day(days_ago - 6), months))
    return lot


def in_testing(teller: Teller, number: int, days_ago: int) -> str:
    """A lot just harvested: sampled, its first results entered, one of them outside its limit and not verified yet."""
    lot = f"LV-A3B1-L{number:02d}"
    with teller.scene(f"vector-{number}", "BCN", days_ago) as s:
        s.do("vector-manager", "open-campaign", campaign=f"LV-C{number:02d}", process="LV-A3B1",
             plasmids=["FICT-TRANSFER-02", "FICT-GAGPOL-01", "FICT-REV-01", "FICT-VSVG-01"],
             cell_bank="FICT-MCB-293T-01", scale={"value": "5.5", "unit": "L"})  # fmt: skip
        s.at(days_ago - 6)
        s.do("vector-manager", "harvest-vector", campaign=f"LV-C{number:02d}", lot=lot,
             volume={"value": "150", "unit": "mL"})  # fmt: skip
        s.do("analyst", "take-sample", of=f"lot:{lot}", sample=f"{lot}-S1", tests=list(RESULTS))
        s.at(days_ago - 7)
        for test, (value, unit) in {**RESULTS, "ph": ("7.9", "[pH]")}.items():
            if test in ("total_protein", "bsa", "appearance", "ph"):
                s.do("analyst", "record-result", of=f"lot:{lot}", test=test, **result(value, unit),
                     method=f"Fictional result; test of {published.LV_SOURCE}")  # fmt: skip
        for test in ("total_protein", "appearance"):
            s.do("analyst2", "verify-result", of=f"lot:{lot}", test=test)
    return lot


def send(teller: Teller, container: str, to_site: str, days_ago: int, journey: str = "", arrives: bool = True) -> None:
    """Promise a container to a site, hand it over with two signatures and take it in as the country asks."""
    what = f"container:{container}"
    name = f"send-{container}".lower()
    with teller.scene(name, "BCN", days_ago) as s:
        s.do("vector-manager", "allocate-container", container=container, to_site=to_site, journey=journey)
        s.do("vector-manager", "dispatch", what=what, to_site=to_site, shipper="FICT-DRYSHIPPER-4")
        s.do("qa", "witness-dispatch", what=what)
    if not arrives:
        return
    with teller.scene(f"take-{container}".lower(), to_site, days_ago - 2, 9) as s:
        s.do("operator", "receive", what=what, transfer=1, intact="intact",
             temperature={"value": "-71.5", "unit": "Cel"})  # fmt: skip
        rules = {c["country"]: c["rules"] for c in published.document("countries")}
        country = {"ROM": "IT", "BEY": "LB", "AMM": "JO"}[to_site]
        if rules[country]["custody_signatures"]["receipt"] > 1:
            s.do("coordinator", "witness-receipt", what=what)


def recall(teller: Teller, lot: str, days_ago: int) -> None:
    with teller.scene(f"recall-{lot}".lower(), "BCN", days_ago) as s:
        s.do("qa", "recall-lot", lot=lot, reason="Drill: retained container of the lot grew on retest (fictional)")
