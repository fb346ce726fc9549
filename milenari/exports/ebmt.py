"""EBMT worksheet: what the record can say for the day-100 form of the Cellular Therapy registry, per participant.

There is no interface to upload to: a person reads the sheet beside the registry's own form. The form itself was not
read when this was written, so every field is marked recalled; what the record does not hold is said to be missing.
"""

from __future__ import annotations

from datetime import timedelta

from milenari.exports.case import Case
from milenari.exports.dataset import Codelist, Collected, Column, Dataset, Term, Value, filled
from milenari.exports.sdtm_findings import episodes
from milenari.exports.study import Taken

DAY = 100
COLUMNS = (
    Column("participant", "Participant", key=1, origin="Assigned"),
    Column("place", "Place in the worksheet", "integer", key=2, origin="Assigned"),
    Column("section", "Section", origin="Assigned"),
    Column("field", "Field", origin="Assigned"),
    Column("value", "Value", origin="Derived"),
    Column("unit", "Unit", origin="Assigned"),
    Column("mark", "What the field rests on", codelist="MARK", origin="Assigned"),
)
MARKS = Codelist("MARK", "What a field rests on", (
    Term("recalled", "From the record; that the form asks for it is recalled, the form was not read"),
    Term("not-recorded", "The record does not hold this: to be filled in by hand"),
))  # fmt: skip
EMPTY = Dataset("ebmt_day100", "EBMT day-100 worksheet", "WORKSHEET", "One record per participant and field", COLUMNS)
MISSING = (("Treatment before infusion", "Bridging therapy"), ("Treatment before infusion", "Lymphodepletion"),
           ("Toxicity", "Tocilizumab"), ("Toxicity", "Corticosteroids"), ("Toxicity", "Intensive care"),
           ("Outcome", "Second malignancy"), ("Outcome", "Haematopoietic recovery"))  # fmt: skip


def ebmt(taken: Taken) -> Collected:
    """The worksheets of everybody who was infused: the registry takes no one else on this form."""
    rows: list[dict[str, Value]] = []
    for case in taken.cases:
        if case.first_given is None:
            continue
        told = [(section, field, value, unit, "recalled") for section, field, value, unit in _told(taken, case)]
        told += [(section, field, "", "", "not-recorded") for section, field in MISSING]
        for place, (section, field, value, unit, mark) in enumerate(told, 1):
            rows.append({"participant": case.key, "place": place, "section": section, "field": field, "value": value,
                         "unit": unit, "mark": mark})  # fmt: skip
    return Collected(taken.study.code, (filled(EMPTY, rows),), {"MARK": MARKS})


def _told(taken: Taken, case: Case) -> list[tuple[str, str, str, str]]:
    first = case.first_given
    assert first is not None  # asked for by the caller
    until = first.on + timedelta(days=DAY)
    before = [f for f in case.given if f.given_at and f.given_at.on <= until]
    batch = before[0].batch
    product = next((p for p in case.products if p.code == batch), None)
    collected = min((b.at.on for b in case.collections), default=None)
    response = case.best_response(DAY)
    relapse = min((r.at.on for r in case.relapses if r.at.on <= until), default=None)
    dead = case.death if case.death and case.death.on <= until else None
    known = min(case.last_on, until)
    transplant = min((t for t in case.transplants if t.on <= until), key=lambda t: t.on, default=None)
    remission = ("in remission" if transplant.remission else "not in remission") if transplant else ""
    outside = "yes" if product and product.decision == "out-of-specification" else "no"
    rows = [
        ("Patient", "Sex", case.sex, ""), ("Patient", "Age at referral", str(case.age_months), "month"),
        ("Disease", "Indication", "Acute lymphoblastic leukaemia" if taken.study.product else "", ""),
        ("Product", "Name", taken.study.product, ""), ("Product", "Batch", batch, ""),
        ("Product", "Donor", "autologous", ""),
        ("Product", "Out of specification", outside, ""),
        ("Collection", "Date", collected.isoformat() if collected else "", ""),
        ("Infusion", "Date of the first", first.on.isoformat(), ""),
        ("Infusion", "Infusions by day 100", str(len(before)), ""),
        ("Infusion", "Cells infused", format(sum(f.cells_e6 for f in before), "f"), "10*6"),
    ]  # fmt: skip
    for scale in ("CRS", "ICANS"):
        assessed = any(g.scale == scale and g.at.on <= until for g in case.grades)
        mine = [e for e in episodes(case) if e.scale == scale and e.start.on <= until]
        worst = max((g.grade for g in case.grades if g.scale == scale and g.at.on <= until), default=None)
        rows += [
            ("Toxicity", scale, ("yes" if mine else "no") if assessed else "not assessed", ""),
            ("Toxicity", f"{scale}: highest grade (ASTCT)", str(worst) if worst is not None else "", ""),
            ("Toxicity", f"{scale}: first day", mine[0].start.on.isoformat() if mine else "", ""),
        ]
    return [*rows,
        ("Outcome", "Best response", response.response if response else "", ""),
        ("Outcome", "Date of best response", response.at.on.isoformat() if response else "", ""),
        ("Outcome", "Relapse", "yes" if relapse else "no", ""),
        ("Outcome", "Date of relapse", relapse.isoformat() if relapse else "", ""),
        ("Outcome", "Transplant after the infusion", "yes" if transplant else "none recorded", ""),
        ("Outcome", "Transplant: date", transplant.on.isoformat() if transplant else "", ""),
        ("Outcome", "Transplant: donor", transplant.donor if transplant else "", ""),
        ("Outcome", "Transplant: state of the disease", remission, ""),
        ("Outcome", "Alive", "no" if dead else "yes", ""),
        ("Outcome", "Cause of death", dead.cause if dead else "", ""),
        ("Outcome", "Date of last contact", known.isoformat(), ""),
    ]  # fmt: skip
