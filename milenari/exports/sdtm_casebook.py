"""SDTM of the casebook: each form says of its items where they belong, so a form added later is exported as it is.

Findings (LB, MB, GF, QS, CP, VS) have a row per item, interventions and events (CM, MH) a row per page, and a row per
question that was asked whatever the answer. What the record itself holds (exposure, product, grades, response, adverse
events) is exported from there and not a second time from a page.
"""

from __future__ import annotations

from datetime import date, datetime

from milenari.exports.case import Answer, At, Case, Page
from milenari.exports.dataset import Dataset, filled
from milenari.exports.sdtm_subjects import Row, epoch, made, number, usubjid
from milenari.exports.study import Taken
from milenari.exports.variables import empty, names_of_tests

FINDINGS = ("LB", "MB", "GF", "QS", "CP", "VS")
BLOOD, MARROW = "BLOOD", "BONE MARROW"
# UCUM of the forms as CDISC writes it. What is not here is written as it is.
UNITS = {"10*9/L": "10^9/L", "/uL": "cells/uL", "Cel": "C", "/min": "beats/min", "mm[Hg]": "mmHg", "1": "",
         "{copies}/100ng": "copies/100 ng"}  # fmt: skip
IN_MARROW = {("disease", "blasts"), ("disease", "cd19_positive"), ("disease", "mrd"), ("disease", "mrd_level"),
             ("response", "blasts"), ("response", "mrd"), ("response", "mrd_level"),
             ("response", "cd19_relapse")}  # fmt: skip
NOT_DONE = {"not-done": "NOT DONE", "unknown": "UNKNOWN", "declined": "SUBJECT REFUSED"}
# Questions asked of everybody, whatever the answer: what was asked about.
ASKED = {
    "growth_factor": "G-CSF", "igg_replaced": "IMMUNOGLOBULIN", "tocilizumab": "TOCILIZUMAB", "steroids": "STEROIDS",
    "premedicated": "PREMEDICATION", "blinatumomab": "BLINATUMOMAB", "inotuzumab": "INOTUZUMAB OZOGAMICIN",
    "new_treatment": "NEW ANTILEUKAEMIC TREATMENT", "given": "BRIDGING TREATMENT",
}  # fmt: skip


def with_pages(taken: Taken, name: str, held: Dataset | None = None) -> Dataset:
    """A dataset of findings with the rows of the casebook after those that the record gives."""
    rows: list[tuple[Case, Row]] = []
    before = held.dicts() if held is not None else []
    for case in taken.cases:
        of = usubjid(taken, case)
        rows += [(case, row) for row in before if row["USUBJID"] == of]
        rows += [(case, _finding(case, page, one, name)) for page in case.pages for one in page.answers
                 if _asked(one, name)]  # fmt: skip
    return made(taken, name, rows)


def _asked(one: Answer, name: str) -> bool:
    """Whether an item is a row: a result, or the reason why there is none."""
    return one.domain == name and one.variable == f"{name}ORRES" and bool(one.text or one.missing in NOT_DONE)


def _finding(case: Case, page: Page, one: Answer, name: str) -> Row:
    unit = UNITS.get(one.unit, one.unit) if one.text else ""
    value = one.number
    said = number(value) if value is not None else one.text
    row: Row = {
        f"{name}SPID": page.code, f"{name}TESTCD": one.test,
        f"{name}TEST": names_of_tests().get(one.test, one.label[:40]),
        f"{name}ORRES": one.text, f"{name}ORRESU": unit, f"{name}STRESC": said, f"{name}STRESN": value,
        f"{name}STRESU": unit, **when(case, name, "", page.of(f"{name}DTC") or page.taken),
    }  # fmt: skip
    if not one.text:
        row |= {f"{name}STAT": "NOT DONE", f"{name}REASND": NOT_DONE[one.missing]}
    if name in ("LB", "CP", "MB", "GF"):
        row[f"{name}SPEC"] = MARROW if (page.form, one.item) in IN_MARROW else BLOOD
    if name == "CP":
        limit = next((a.number for a in page.answers if a.variable == "CPLLOQ"), None)
        row |= {"CPCAT": page.form.upper(), "CPMETHOD": page.of("CPMETHOD").replace("-", " "),
                "CPLLOQ": limit if one.test.startswith("MRD") else None}  # fmt: skip
    if name == "QS":
        row["QSCAT"] = page.of("QSCAT") or names_of_tests().get(one.test, "")
    return row


def when(case: Case, name: str, which: str, text: str) -> Row:
    """--DTC, --STDTC or --ENDTC with its study day, and the epoch unless it is an end."""
    if not text:
        return {}
    if "T" in text:
        at = At(datetime.fromisoformat(text), case.referred_at.zone)
        on, written = at.on, at.iso
    else:
        on, written = date.fromisoformat(text), text
    row: Row = {f"{name}{which}DTC": written, f"{name}{which}DY": case.day(on)}
    return row if which == "EN" else {**row, "EPOCH": epoch(case, on)}


# -- interventions and events -----------------------------------------------------------------------------


def medications(taken: Taken) -> Dataset:
    """What was given besides the product, page by page, and what was asked about and not given."""
    rows: list[tuple[Case, Row]] = []
    for case in taken.cases:
        for page in case.pages:
            for one in page.answers:
                if one.domain == "CM" and one.variable == "CMOCCUR" and one.text:
                    rows.append((case, _occurrence(case, page, one)))
            if name := _treatment(page):
                rows.append((case, _medication(case, page, name)))
    return made(taken, "CM", rows)


def _treatment(page: Page) -> str:
    """The treatment that a page names: the words beside "other" where that was chosen."""
    told = [a for a in page.answers if a.variable == "CMTRT" and a.text]
    return told[-1].text.upper() if told else ""


def _occurrence(case: Case, page: Page, one: Answer) -> Row:
    started = when(case, "CM", "ST", page.of("CMSTDTC")) if one.text == "yes" and not _treatment(page) else {}
    return {"CMSPID": page.code, "CMTRT": ASKED.get(one.item, one.label.upper()), "CMPRESP": "Y",
            "CMOCCUR": "Y" if one.text == "yes" else "N", **when(case, "CM", "", page.taken), **started}  # fmt: skip


def _medication(case: Case, page: Page, name: str) -> Row:
    dose = next((a for a in page.answers if a.variable == "CMDOSE" and a.text), None)
    return {
        "CMSPID": page.code, "CMTRT": name, "CMCAT": page.of("CMCAT") or page.form.upper(),
        "CMINDC": page.of("CMINDC"), "CMDOSE": dose.number if dose else None, "CMDOSU": dose.unit if dose else "",
        "CMROUTE": ROUTES.get(page.of("CMROUTE"), ""), **_lasted(case, page, "CM"),
    }  # fmt: skip


ROUTES = {"IV": "INTRAVENOUS", "ORAL": "ORAL", "IT": "INTRATHECAL", "SC": "SUBCUTANEOUS", "OTHER": "OTHER"}


def _lasted(case: Case, page: Page, name: str) -> Row:
    """From when to when; "ongoing" is said as of the day on which the page was saved."""
    row = {**when(case, name, "ST", page.of(f"{name}STDTC")), **when(case, name, "EN", page.of(f"{name}ENDTC"))}
    if page.of(f"{name}ENRF") == "yes":
        row |= {f"{name}ENRTPT": "ONGOING", f"{name}ENTPT": page.saved_at.on.isoformat()}
    return row


def history(taken: Taken) -> Dataset:
    rows: list[tuple[Case, Row]] = [
        (case, {"MHSPID": page.code, "MHTERM": page.of("MHTERM").upper(), "MHCAT": page.of("MHCAT").replace("-", " "),
                "MHPTCD": next((a.number for a in page.answers if a.variable == "MHPTCD" and a.number), None),
                **_lasted(case, page, "MH")})
        for case in taken.cases for page in case.pages if page.of("MHTERM")
    ]  # fmt: skip
    return made(taken, "MH", rows)


def history_qualifiers(taken: Taken, told: Dataset) -> Dataset:
    """SUPPMH: how many lines of treatment there were before."""
    lines = {(usubjid(taken, case), page.code): one for case in taken.cases for page in case.pages
             for one in page.answers if one.variable == "MHORRES" and one.text}  # fmt: skip
    rows: list[Row] = []
    for row in told.dicts():
        if one := lines.get((str(row["USUBJID"]), str(row["MHSPID"]))):
            rows.append({"STUDYID": taken.study.code, "RDOMAIN": "MH", "USUBJID": row["USUBJID"], "IDVAR": "MHSEQ",
                         "IDVARVAL": str(row["MHSEQ"]), "QNAM": "MHLINES", "QLABEL": "Lines of Treatment Before",
                         "QVAL": one.text, "QORIG": "Collected"})  # fmt: skip
    return filled(empty("SUPPMH"), rows)
