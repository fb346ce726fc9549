"""SDTM: every dataset of a study that the record fills, in the order of a submission.

SDTMIG 3.4. A dataset for which the record holds nothing is left out rather than shown empty; demographics, disposition
and the design of the trial are always there.
"""

from __future__ import annotations

from dataclasses import replace

from milenari.exports import sdtm_casebook, sdtm_conduct, sdtm_findings, sdtm_product, sdtm_subjects
from milenari.exports.dataset import Collected, Dataset, filled
from milenari.exports.sdtm_subjects import ELEMENTS, TREATMENT_DAYS, Row
from milenari.exports.study import ARM, ARM_CODE, Taken
from milenari.exports.variables import IG, MODEL, codelists, empty

ALWAYS = ("TA", "TE", "TV", "TS", "DM", "DS")


def sdtm(taken: Taken) -> Collected:
    """All datasets of the study."""
    assessed = sdtm_findings.responses(taken)
    history, departed = sdtm_casebook.history(taken), sdtm_conduct.departures(taken)
    made = [
        arms(taken), elements(), visits(taken), criteria(taken), summary(taken),
        sdtm_subjects.demographics(taken), sdtm_subjects.elements(taken), sdtm_subjects.visits(taken),
        sdtm_product.exposure_as_collected(taken), sdtm_product.exposure(taken), sdtm_product.procedures(taken),
        sdtm_casebook.medications(taken), history,
        sdtm_subjects.adverse_events(taken), sdtm_product.biospecimen_events(taken),
        sdtm_findings.clinical_events(taken), sdtm_subjects.disposition(taken), departed,
        sdtm_conduct.accountability(taken), sdtm_conduct.not_met(taken),
        sdtm_product.biospecimen_findings(taken),
        sdtm_casebook.with_pages(taken, "CP", sdtm_findings.b_cells(taken)),
        sdtm_subjects.death_details(taken),
        sdtm_findings.findings_about(taken), assessed,
        sdtm_casebook.with_pages(taken, "VS", sdtm_subjects.weights(taken)),
        *(sdtm_casebook.with_pages(taken, name) for name in ("LB", "MB", "GF", "QS")),
        sdtm_product.related_specimens(taken), sdtm_findings.response_qualifiers(taken, assessed),
        sdtm_subjects.demographics_qualifiers(taken), sdtm_casebook.history_qualifiers(taken, history),
        sdtm_conduct.departure_qualifiers(taken, departed),
    ]  # fmt: skip
    made = [_studied(d, taken) for d in made]
    kept = [d for d in made if d.rows or d.name in ALWAYS]
    relations = sdtm_findings.related_records(taken, {d.name for d in kept})
    if relations.rows:
        kept.append(relations)
    named = {c.codelist for d in kept for c in d.columns if c.codelist}
    lists = {k: v for k, v in codelists().items() if k in named}
    places = {case for d in kept if "COUNTRY" in d.names for case in d.column("COUNTRY")}
    lists["COUNTRY"] = replace(lists["COUNTRY"], terms=tuple(t for t in lists["COUNTRY"].terms if t.code in places))
    return Collected(taken.study.code, tuple(kept), lists)


def _studied(dataset: Dataset, taken: Taken) -> Dataset:
    """The design's datasets carry the study too, though no participant."""
    if not dataset.reference:
        return dataset
    rows: list[Row] = [{**row, "STUDYID": taken.study.code, "DOMAIN": dataset.name} for row in dataset.dicts()]
    return filled(empty(dataset.name), rows)


def arms(taken: Taken) -> Dataset:
    rows: list[Row] = [
        {"STUDYID": taken.study.code, "DOMAIN": "TA", "ARMCD": ARM_CODE, "ARM": ARM, "TAETORD": place, "ETCD": code,
         "ELEMENT": name, "EPOCH": of, "TABRANCH": "Assigned when eligible" if place == 1 else ""}
        for place, (code, name, of) in enumerate(ELEMENTS, 1)
    ]  # fmt: skip
    return filled(empty("TA"), rows)


def elements() -> Dataset:
    """When each element begins and ends, as the export itself decides it."""
    rules = (
        ("Consent or referral, whichever is first", "First infusion, or the end of participation", ""),
        ("First infusion", f"{TREATMENT_DAYS} days after the first infusion", f"P{TREATMENT_DAYS}D"),
        (f"{TREATMENT_DAYS} days after the first infusion", "End of participation", ""),
    )
    rows: list[Row] = [
        {"STUDYID": "", "DOMAIN": "TE", "ETCD": code, "ELEMENT": name, "TESTRL": start, "TEENRL": end, "TEDUR": lasts}
        for (code, name, _), (start, end, lasts) in zip(ELEMENTS, rules, strict=True)
    ]
    return filled(empty("TE"), rows)


def visits(taken: Taken) -> Dataset:
    rows: list[Row] = [
        {"STUDYID": taken.study.code, "DOMAIN": "TV", "VISITNUM": place, "VISIT": v.code, "VISITDY": v.day + 1,
         "ARMCD": ARM_CODE, "TVSTRL": f"{v.day} days after the first infusion"}
        for place, v in enumerate(taken.study.visits, 1)
    ]  # fmt: skip
    return filled(empty("TV"), rows)


def criteria(taken: Taken) -> Dataset:
    rows: list[Row] = [
        {"STUDYID": taken.study.code, "DOMAIN": "TI", "IETESTCD": c.code, "IETEST": c.text,
         "IECAT": "INCLUSION" if c.inclusion else "EXCLUSION"}
        for c in taken.study.criteria
    ]  # fmt: skip
    return filled(empty("TI"), rows)


def summary(taken: Taken) -> Dataset:
    """What the record itself can say of the trial, the snapshot above all."""
    snapshot = taken.snapshot
    told = [
        *(
            ("DCUTDESC", "Data Cutoff Description", f"Journal checkpoint: {log.origin} {log.size} {log.root}")
            for log in snapshot.logs
        ),
        ("DCUTDTC", "Data Cutoff Date", snapshot.created[:19]),
        ("SDTIGVER", "SDTM IG Version", IG),
        ("SDTMVER", "SDTM Version", MODEL),
        ("TITLE", "Trial Title", taken.study.title),
        ("TRT", "Investigational Therapy or Treatment", taken.study.product),
    ]
    if taken.study.phase:
        told.append(("TPHASE", "Trial Phase Classification", taken.study.phase))
    counted: dict[str, int] = {}
    rows: list[Row] = []
    for code, name, value in told:
        counted[code] = counted.get(code, 0) + 1
        rows.append({"STUDYID": taken.study.code, "DOMAIN": "TS", "TSSEQ": counted[code], "TSPARMCD": code,
                     "TSPARM": name, "TSVAL": value})  # fmt: skip
    return filled(empty("TS"), rows)
