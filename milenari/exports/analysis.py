"""Analysis set: one flat row per participant, as statisticians start from, and as ``milenari analyse`` reads it.

Not ADaM. Days are counted from the event that the column names; a column about an event that has not been is empty, and
the censoring column beside it says which. Denominators are left to the analysis: everybody referred is here.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from milenari.exports.case import Case
from milenari.exports.dataset import Codelist, Collected, Column, Dataset, Term, Value, filled
from milenari.exports.study import Taken

RESPONDED = ("mrd-negative-cr", "cr", "cri")
TOXICITY_DAYS, RESPONSE_DAYS = 28, 91

YESNO = Codelist("YESNO", "Yes or no", (Term("0", "No"), Term("1", "Yes")))
_LAST = "else to the last day known"
_GRADE = "highest ASTCT grade; empty where it was never assessed, which is not grade nought"


def _flag(name: str, label: str, note: str = "") -> Column:
    return Column(name, label, "integer", "YESNO", "Derived", 0, note)


def _days(name: str, label: str, note: str) -> Column:
    return Column(name, label, "integer", "", "Derived", 0, note)


COLUMNS = (
    Column("study", "Study", origin="Protocol", key=1),
    Column("participant", "Participant", origin="Assigned", key=2, note="number in the study, or a pseudonym"),
    Column("site", "Treating site", origin="Assigned"),
    Column("cohort", "Cohort", origin="Assigned", note="where a protocol has them"),
    Column("dose_level", "Dose level", origin="Assigned", note="where a protocol has them"),
    _flag("enrolled", "Enrolled", "under a protocol; empty outside of one"),
    Column("country", "Country", origin="Assigned", note="ISO 3166, two letters"),
    Column("sex", "Sex"),
    Column("age_months", "Age at referral", "integer", note="whole months; no birth date leaves its site"),
    Column("weight_kg", "Body weight", "decimal", note="kg; last weighing by the first infusion, else the last"),
    _flag("eligible", "Eligibility confirmed"),
    _flag("apheresed", "Cells collected"),
    _flag("manufactured", "A product released", "decision conditional, final or out of specification"),
    _flag("infused", "At least one fraction infused"),
    _flag("out_of_spec", "Infused with a product out of specification"),
    Column("fractions", "Fractions infused", "integer", origin="Derived"),
    Column("cells_e6", "Cells infused", "decimal", origin="Derived", note="million CAR+ viable cells, all fractions"),
    Column("dose_e6_per_kg", "Dose infused", "decimal", origin="Derived",
           note="million CAR+ viable cells per kilogram, all fractions, each on the weight of its decision"),
    Column("vector_lot", "Vector lot", origin="Assigned", note="of the batch infused first"),
    Column("made_at", "Manufacturing site", origin="Assigned", note="of the batch infused first; a stratum"),
    Column("viability_pct", "Viability of the product", "decimal", note="per cent; verified result of that batch"),
    _days("referral_to_apheresis_d", "Referral to apheresis", "days between local dates"),
    _days("apheresis_to_infusion_d", "Apheresis to first infusion", "days between local dates"),
    Column("best_response", "Best response", origin="Derived", note=f"by day {RESPONSE_DAYS} after the first infusion"),
    _flag("responded", "CR or CRi by then", "empty where no response was assessed by then"),
    _flag("mrd_negative", "MRD-negative CR by then", "empty where no response was assessed by then"),
    Column("crs_grade", "CRS", "integer", origin="Derived", note=_GRADE),
    Column("icans_grade", "ICANS", "integer", origin="Derived", note=_GRADE),
    _days("efs_d", "Event-free time", f"days from the first infusion to either, {_LAST}; 0 without response"),
    _flag("efs_event", "Event", "relapse, death or no response by the end of the window"),
    _days("os_d", "Survival time", f"days from the first infusion to death, {_LAST}"),
    _flag("died", "Died"),
    _days("os_enrolled_d", "Survival time from enrolment", f"days to death, {_LAST}; else from eligibility"),
    _days("relapse_d", "Time to relapse or death in response", f"days from the first response to either, {_LAST}"),
    Column("relapse_cause", "What ended it", "integer", "RELAPSE", "Derived", note="competing causes"),
    _days("transplant_d", "Time to transplant", "days from the first infusion; the first one after it"),
    _flag("transplant_remission", "Transplant in remission", "a competing event; empty without a transplant"),
    _days("b_cell_recovery_d", "B cells back", "days from the first infusion; after aplasia was seen"),
    _flag("withdrawn", "Consent withdrawn"),
)  # fmt: skip
CODELISTS = {
    "YESNO": YESNO,
    "RELAPSE": Codelist("RELAPSE", "End of response", (
        Term("0", "Neither: censored"), Term("1", "Relapse"), Term("2", "Death without relapse"),
    )),
}  # fmt: skip
EMPTY = Dataset("participants", "One row per participant", "ANALYSIS", "One record per participant", COLUMNS)


def analysis(taken: Taken) -> Collected:
    """The set, with what its codes mean."""
    rows = [_row(taken, case) for case in taken.cases]
    return Collected(taken.study.code, (filled(EMPTY, rows),), CODELISTS)


def _row(taken: Taken, case: Case) -> dict[str, Value]:
    first = case.first_given
    on = first.on if first else None
    given = case.given
    product = next((p for p in case.products if given and p.code == given[0].batch), None)
    collected = min((b.at.on for b in case.collections), default=None)
    best = case.best_response(RESPONSE_DAYS)
    viability = next((r.number for r in product.results if r.test == "viability"), None) if product else None
    per_kg = [f.per_kg_e6 for f in given]
    whole = all(dose is not None for dose in per_kg)
    released = any(p.released_at is not None for p in case.products)
    row: dict[str, Value] = {
        "study": taken.study.code, "participant": case.key, "site": case.site, "country": case.country,
        "sex": case.sex, "cohort": case.cohort, "dose_level": case.dose_level,
        "enrolled": int(case.enrolled_on is not None) if taken.study.criteria else None,
        "age_months": case.age_months, "weight_kg": _weight(case, on),
        "eligible": int(case.eligible_on is not None), "apheresed": int(bool(case.collections)),
        "manufactured": int(released), "infused": int(bool(given)), "fractions": len(given),
        "out_of_spec": int(any(p.decision == "out-of-specification" and p.code in {f.batch for f in given}
                               for p in case.products)),
        "cells_e6": sum((f.cells_e6 for f in given), Decimal(0)) if given else None,
        "dose_e6_per_kg": sum((d for d in per_kg if d is not None), Decimal(0)) if given and whole else None,
        "vector_lot": product.vector_lot if product else "", "made_at": product.site if product else "",
        "viability_pct": viability,
        "referral_to_apheresis_d": _between(case.referred_at.on, collected),
        "apheresis_to_infusion_d": _between(collected, on),
        "best_response": best.response if best else "",
        "responded": int(best.response in RESPONDED) if best else None,
        "mrd_negative": int(best.response == "mrd-negative-cr") if best else None,
        "crs_grade": case.worst("CRS"), "icans_grade": case.worst("ICANS"),
        "died": int(case.death is not None), "withdrawn": int(case.withdrawn_on is not None),
        "os_enrolled_d": _between(case.assigned_on, _end(case)),
    }  # fmt: skip
    return {**row, **_times(case, on)}


def _times(case: Case, on: date | None) -> dict[str, Value]:
    """Event-free and overall time, end of response, return of B cells: all from the first infusion on."""
    if on is None:
        return {}
    last, best = _end(case), case.best_response(RESPONSE_DAYS)
    ended = [r.at.on for r in case.relapses] + ([case.death.on] if case.death else [])
    failed = best is not None and best.response not in RESPONDED
    told: dict[str, Value] = {
        "os_d": _between(on, last),
        "efs_d": 0 if failed else _between(on, min(ended, default=last)), "efs_event": int(failed or bool(ended)),
    }  # fmt: skip
    answered = [r.at.on for r in case.responses if r.response in RESPONDED]
    if answered:
        start = min(answered)
        relapse = min((r.at.on for r in case.relapses), default=None)
        cause = 1 if relapse else 2 if case.death else 0
        told |= {"relapse_d": _between(start, relapse or last), "relapse_cause": cause}
    ordered = sorted(case.b_cells, key=lambda b: b.at.instant)
    lost = next((place for place, b in enumerate(ordered) if b.aplasia), None)
    back = next((b.at.on for b in ordered[lost:] if not b.aplasia), None) if lost is not None else None
    first = min(case.transplants, key=lambda t: t.on, default=None)
    told |= {"transplant_d": _between(on, first.on), "transplant_remission": int(first.remission)} if first else {}
    return {**told, "b_cell_recovery_d": _between(on, back)}


def _end(case: Case) -> date:
    return case.death.on if case.death else case.last_on


def _between(start: date | None, end: date | None) -> int | None:
    return (end - start).days if start is not None and end is not None else None


def _weight(case: Case, first: date | None) -> Decimal | None:
    ordered = sorted(case.weights, key=lambda w: w.on)
    before = [w for w in ordered if first is None or w.on <= first]
    chosen = before or ordered
    return chosen[-1].kg if chosen else None
