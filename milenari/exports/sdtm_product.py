"""SDTM of the product: fractions given, apheresis, and every bag and batch with who held it when."""

from __future__ import annotations

import re
from decimal import Decimal

from milenari.exports.case import At, Case, Product, Result
from milenari.exports.dataset import Dataset
from milenari.exports.sdtm_subjects import Row, epoch, made, moment, number, span
from milenari.exports.study import Taken

CELLS = "10^6 CELLS"
PER_KG = "10^6 CELLS/kg"
# How the units of the record (UCUM) are written in SDTM.
UNITS = {"mL": "mL", "%": "%", "10*6": CELLS, "10*6/kg": PER_KG, "{copies}/{cell}": "copies/cell",
         "[EU]/mL": "EU/mL", "1": "RATIO", "{ratio}": "RATIO"}  # fmt: skip


def exposure(taken: Taken) -> Dataset:
    """One row per fraction given, per kilogram on the weight at the decision."""
    return _given(taken, "EX")


def exposure_as_collected(taken: Taken) -> Dataset:
    """The same as the cells in the bag."""
    return _given(taken, "EC")


def _given(taken: Taken, name: str) -> Dataset:
    rows: list[tuple[Case, Row]] = []
    for case in taken.cases:
        for part in case.given:
            at = part.given_at
            dose = part.per_kg_e6 if name == "EX" else part.cells_e6
            rows.append((case, {
                f"{name}REFID": part.code, f"{name}TRT": taken.study.product, f"{name}DOSE": dose,
                f"{name}DOSU": (PER_KG if name == "EX" else CELLS) if dose is not None else "",
                f"{name}DOSFRM": "INJECTION, SUSPENSION", f"{name}DOSFRQ": "ONCE", f"{name}ROUTE": "INTRAVENOUS",
                f"{name}LOT": part.batch, "EPOCH": epoch(case, at.on if at else None), **span(case, name, at, at),
            }))  # fmt: skip
    return made(taken, name, rows)


def procedures(taken: Taken) -> Dataset:
    """Apheresis, and a transplant after the infusion."""
    rows: list[tuple[Case, Row]] = []
    for case in taken.cases:
        for bag in sorted(case.collections, key=lambda c: c.at.instant):
            rows.append((case, {
                "PRREFID": bag.code, "PRTRT": "LEUKAPHERESIS", "PRCAT": "STARTING MATERIAL",
                "EPOCH": epoch(case, bag.at.on), **span(case, "PR", bag.at, None),
            }))  # fmt: skip
        for one in sorted(case.transplants, key=lambda t: t.on):
            rows.append((case, {
                "PRTRT": "HAEMATOPOIETIC STEM CELL TRANSPLANT", "PRCAT": one.donor.upper().replace("-", " "),
                "EPOCH": epoch(case, one.on), "PRSTDTC": one.on.isoformat(), "PRSTDY": case.day(one.on),
            }))  # fmt: skip
    return made(taken, "PR", rows)


def biospecimen_events(taken: Taken) -> Dataset:
    """Collected, shipped, received, cultured, filled: each with the site that answered for it then."""
    rows: list[tuple[Case, Row]] = []
    for case in taken.cases:
        drawn = {bag.code: bag.at for bag in case.collections}
        source = {**{p.code: p.collection for p in case.products},
                  **{f.code: _collection(case, f.batch) for f in case.fractions}}  # fmt: skip
        harvested = {p.code: p.harvested_at for p in case.products}
        for one in sorted(case.handlings, key=lambda h: (h.at.instant, h.specimen, h.term)):
            end = harvested.get(one.specimen) if one.term == "CULTURING" else None
            collected = drawn.get(one.specimen) or drawn.get(source.get(one.specimen, ""))
            rows.append((case, {
                "BEREFID": one.specimen, "BETERM": one.words or one.term, "BEDECOD": one.term,
                "BECAT": "PRODUCT CUSTODY", "BEPARTY": "SITE", "BEPRTYID": one.site,
                "EPOCH": epoch(case, one.at.on), **moment(case, "BE", collected), **span(case, "BE", one.at, end),
            }))  # fmt: skip
    return made(taken, "BE", rows)


def _collection(case: Case, batch: str) -> str:
    return next((p.collection for p in case.products if p.code == batch), "")


def related_specimens(taken: Taken) -> Dataset:
    """The bag collected, the product made from it, the fractions filled from that."""
    rows: list[tuple[Case, Row]] = []
    for case in taken.cases:
        for bag in case.collections:
            rows.append((case, {"REFID": bag.code, "SPEC": "LEUKAPHERESIS PRODUCT", "LEVEL": 1}))
        for product in case.products:
            rows.append((case, {"REFID": product.code, "SPEC": "CAR-T CELL PRODUCT", "PARENT": product.collection,
                                "LEVEL": 2}))  # fmt: skip
        for part in case.fractions:
            rows.append((case, {"REFID": part.code, "SPEC": "CAR-T CELL PRODUCT FRACTION", "PARENT": part.batch,
                                "LEVEL": 3}))  # fmt: skip
    return made(taken, "RELSPEC", rows)


def biospecimen_findings(taken: Taken) -> Dataset:
    """Volume, cells and viability of what was collected, and the verified results of the product."""
    codes = test_codes(taken)
    rows: list[tuple[Case, Row]] = []
    for case in taken.cases:
        for bag in sorted(case.collections, key=lambda c: c.at.instant):
            measured = (("VOLUME", "Volume", bag.volume_ml, "mL"), ("CD3CNT", "CD3+ Cell Count", bag.cd3_e6, CELLS),
                        ("VBLSPCT", "Viable Cells", bag.viability_pct, "%"))  # fmt: skip
            for code, test, value, unit in measured:
                if value is not None:
                    rows.append((case, _measured(case, bag.code, code, test, "STARTING MATERIAL", value, unit,
                                                 "LEUKAPHERESIS PRODUCT", bag.at)))  # fmt: skip
        for product in case.products:
            bag_at = next((b.at for b in case.collections if b.code == product.collection), None)
            for result in product.results:
                rows.append((case, _result(case, product, result, codes[result.test], bag_at)))
    return made(taken, "BS", rows)


def _measured(case: Case, ref: str, code: str, test: str, category: str, value: Decimal, unit: str, spec: str,
              at: At | None) -> Row:  # fmt: skip
    text = number(value)
    return {"BSREFID": ref, "BSTESTCD": code, "BSTEST": test, "BSCAT": category, "BSORRES": text, "BSORRESU": unit,
            "BSSTRESC": text, "BSSTRESN": value, "BSSTRESU": unit, "BSSPEC": spec,
            **_when(case, at)}  # fmt: skip


def _when(case: Case, at: At | None) -> Row:
    if at is None:
        return {}
    return {"EPOCH": epoch(case, at.on), **moment(case, "BS", at)}


def _result(case: Case, product: Product, result: Result, code: str, at: At | None) -> Row:
    unit = UNITS.get(result.unit, "") if result.number is not None else ""
    return {"BSREFID": product.code, "BSTESTCD": code, "BSTEST": test_name(result), "BSCAT": "PRODUCT RELEASE",
            "BSORRES": result.value, "BSORRESU": unit, "BSSTRESC": result.value, "BSSTRESN": result.number,
            "BSSTRESU": unit, "BSSPEC": "CAR-T CELL PRODUCT", "BSMETHOD": result.method.upper(),
            **_when(case, at)}  # fmt: skip


def test_name(result: Result) -> str:
    """What is tested, in at most 40 characters, as --TEST demands."""
    return (result.attribute or result.test.replace("_", " "))[:40]


def test_codes(taken: Taken) -> dict[str, str]:
    """A short name of at most 8 letters and digits for each test, unlike any other; viability has CDISC's own."""
    made_codes: dict[str, str] = {}
    for test in sorted({r.test for c in taken.cases for p in c.products for r in p.results}):
        letters = re.sub(r"[^A-Z0-9]", "", test.upper()) or "TEST"
        code = "VBLSPCT" if test == "viability" else (letters if letters[0].isalpha() else f"T{letters}")[:8]
        number_ = 2
        while code in made_codes.values():
            code, number_ = f"{letters[:7]}{number_}", number_ + 1
        made_codes[test] = code
    return made_codes
