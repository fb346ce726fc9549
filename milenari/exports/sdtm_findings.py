"""SDTM of what was seen: CRS and ICANS, response, relapse, B cells; and which records belong together."""

from __future__ import annotations

from dataclasses import dataclass

from milenari.exports.case import At, Case, Grade
from milenari.exports.dataset import Dataset, filled
from milenari.exports.sdtm_subjects import Row, epoch, made, moment, number, span, usubjid
from milenari.exports.study import Taken
from milenari.exports.variables import empty

TERMS = {"CRS": "Cytokine release syndrome", "ICANS": "Immune effector cell-associated neurotoxicity syndrome"}
PARTS = {
    "fever": ("FEVER", "Fever"), "treated": ("FEVTRT", "Fever Treated"), "hypotension": ("HYPOTEN", "Hypotension"),
    "hypoxia": ("HYPOXIA", "Hypoxia"), "scale": ("SCALE", "Encephalopathy Scale"),
    "score": ("ENCSCORE", "Encephalopathy Score"), "impaired": ("IMPAIRED", "New Symptoms"),
    "consciousness": ("CONSCIOU", "Depressed Level of Consciousness"), "seizure": ("SEIZURE", "Seizure"),
    "motor": ("MOTOR", "Motor Weakness"), "oedema": ("OEDEMA", "Cerebral Oedema"),
}  # fmt: skip
RESPONSES = {"mrd-negative-cr": "CR", "cr": "CR", "cri": "CRi", "no-response": "NR", "not-evaluable": "NE"}


@dataclass(frozen=True)
class Episode:
    """One time above grade nought: from the first assessment that saw it to the first that saw it gone."""

    scale: str
    link: str
    start: At
    end: At | None
    worst: int
    grades: tuple[Grade, ...]


def episodes(case: Case) -> tuple[Episode, ...]:
    """Every episode of CRS and ICANS. One that nobody saw end has no end."""
    found: list[Episode] = []
    for scale in TERMS:
        running: list[Grade] = []
        of_scale = sorted((g for g in case.grades if g.scale == scale), key=lambda g: g.at.instant)
        count = 0
        for grade in of_scale:
            if grade.grade > 0:
                running.append(grade)
            elif running:
                count += 1
                found.append(_episode(scale, count, running, grade.at))
                running = []
        if running:
            found.append(_episode(scale, count + 1, running, None))
    return tuple(found)


def _episode(scale: str, place: int, grades: list[Grade], end: At | None) -> Episode:
    worst = max(g.grade for g in grades)
    return Episode(scale, f"{scale}-{place}", grades[0].at, end, worst, tuple(grades))


def clinical_events(taken: Taken) -> Dataset:
    rows: list[tuple[Case, Row]] = []
    for case in taken.cases:
        for one in episodes(case):
            rows.append((case, {
                "CELNKID": one.link, "CETERM": TERMS[one.scale].upper(), "CECAT": one.scale,
                "CETOXGR": str(one.worst), "EPOCH": epoch(case, one.start.on), **span(case, "CE", one.start, one.end),
            }))  # fmt: skip
        for relapse in case.relapses:
            term = f"RELAPSE OF ACUTE LYMPHOBLASTIC LEUKAEMIA, {relapse.where}, CD19 {relapse.cd19}".upper()
            rows.append((case, {"CETERM": term, "CECAT": "RELAPSE", "EPOCH": epoch(case, relapse.at.on),
                                **span(case, "CE", relapse.at, None)}))  # fmt: skip
    return made(taken, "CE", rows)


def findings_about(taken: Taken) -> Dataset:
    """Each ASTCT assessment: the grade, and what it was graded from."""
    rows: list[tuple[Case, Row]] = []
    for case in taken.cases:
        links = {id(g): e.link for e in episodes(case) for g in e.grades}
        for grade in sorted(case.grades, key=lambda g: (g.at.instant, g.scale)):
            link = links.get(id(grade), "")
            base: Row = {"FALNKID": link, "FAOBJ": TERMS[grade.scale].upper(), "FACAT": "ASTCT",
                         "EPOCH": epoch(case, grade.at.on), **moment(case, "FA", grade.at)}  # fmt: skip
            text = str(grade.grade)
            rows.append((case, {**base, "FATESTCD": "ASTCTGR", "FATEST": "ASTCT Grade", "FAORRES": text,
                                "FASTRESC": text, "FASTRESN": grade.grade}))  # fmt: skip
            for name, value in grade.parts:
                code, test = PARTS[name]
                numeric = int(value) if name == "score" else None
                words = value.upper()
                rows.append((case, {**base, "FATESTCD": code, "FATEST": test, "FAORRES": words, "FASTRESC": words,
                                    "FASTRESN": numeric}))  # fmt: skip
    return made(taken, "FA", rows)


def responses(taken: Taken) -> Dataset:
    """Overall response, and whether residual disease was below what the assay sees."""
    rows: list[tuple[Case, Row]] = []
    for case in taken.cases:
        for one in sorted(case.responses, key=lambda r: r.at.instant):
            base: Row = {"RSCAT": "ACUTE LYMPHOBLASTIC LEUKAEMIA", "RSEVAL": "INVESTIGATOR",
                         "EPOCH": epoch(case, one.at.on), **moment(case, "RS", one.at)}  # fmt: skip
            answer = RESPONSES[one.response]
            rows.append((case, {**base, "RSTESTCD": "OVRLRESP", "RSTEST": "Overall Response",
                                "RSORRES": one.response.upper(), "RSSTRESC": answer}))  # fmt: skip
            if one.response == "mrd-negative-cr":
                rows.append((case, {**base, "RSTESTCD": "MRDRESP", "RSTEST": "Minimal Residual Disease Response",
                                    "RSORRES": "NEGATIVE", "RSSTRESC": "NEGATIVE"}))  # fmt: skip
    return made(taken, "RS", rows)


def response_qualifiers(taken: Taken, assessed: Dataset) -> Dataset:
    """SUPPRS: the method and sensitivity of the assay beside each overall response."""
    rows: list[Row] = []
    told = [row for row in assessed.dicts() if row["RSTESTCD"] == "OVRLRESP"]
    for case in taken.cases:
        of = usubjid(taken, case)
        mine = sorted((r for r in told if r["USUBJID"] == of), key=lambda r: int(str(r["RSSEQ"])))
        for row, response in zip(mine, sorted(case.responses, key=lambda r: r.at.instant), strict=True):
            if response.sensitivity:
                rows.append({"STUDYID": taken.study.code, "RDOMAIN": "RS", "USUBJID": of, "IDVAR": "RSSEQ",
                             "IDVARVAL": str(row["RSSEQ"]), "QNAM": "RSSENS",
                             "QLABEL": "MRD Method and Sensitivity", "QVAL": response.sensitivity,
                             "QORIG": "Collected"})  # fmt: skip
    return filled(empty("SUPPRS"), rows)


def b_cells(taken: Taken) -> Dataset:
    rows: list[tuple[Case, Row]] = []
    for case in taken.cases:
        for seen in sorted(case.b_cells, key=lambda b: b.at.instant):
            text = number(seen.per_ul)
            rows.append((case, {
                "CPTESTCD": "BLYCE", "CPTEST": "B Lymphocytes", "CPCAT": "B-CELL APLASIA", "CPORRES": text,
                "CPORRESU": "cells/uL", "CPSTRESC": text, "CPSTRESN": seen.per_ul, "CPSTRESU": "cells/uL",
                "CPSPEC": "BLOOD", "CPMETHOD": "FLOW CYTOMETRY", "EPOCH": epoch(case, seen.at.on),
                **moment(case, "CP", seen.at),
            }))  # fmt: skip
    return made(taken, "CP", rows)


def related_records(taken: Taken, present: set[str]) -> Dataset:
    """How datasets belong together: an episode with its assessments, exposure as collected with exposure."""
    pairs = [("CEFA", (("CE", "CELNKID", "ONE"), ("FA", "FALNKID", "MANY"))),
             ("ECEX", (("EC", "ECREFID", "ONE"), ("EX", "EXREFID", "ONE")))]  # fmt: skip
    rows: list[Row] = []
    for relation, sides in pairs:
        if all(name in present for name, _, _ in sides):
            rows += [{"STUDYID": taken.study.code, "RDOMAIN": name, "USUBJID": "", "IDVAR": variable,
                      "RELTYPE": kind, "RELID": relation} for name, variable, kind in sides]  # fmt: skip
    return filled(empty("RELREC"), rows)
