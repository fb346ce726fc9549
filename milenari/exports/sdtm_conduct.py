"""SDTM of how the trial was conducted: criteria not met, departures from what was written, bags accounted for."""

from __future__ import annotations

from milenari.exports.case import Case
from milenari.exports.dataset import Dataset, filled
from milenari.exports.sdtm_product import CELLS
from milenari.exports.sdtm_subjects import Row, epoch, made, moment, number, usubjid
from milenari.exports.study import Taken
from milenari.exports.variables import empty

TERM = 200  # letters of a text in SDTM


def not_met(taken: Taken) -> Dataset:
    """IE: one row per criterion that a screening failure names; none for who met every one."""
    rows: list[tuple[Case, Row]] = []
    known = {one.of: one for one in taken.study.criteria}
    for case in taken.cases:
        for code in case.unmet:
            one, on = known[code], case.failed_on
            answer = "N" if one.inclusion else "Y"
            rows.append((case, {
                "IESPID": code, "IETESTCD": one.code, "IETEST": one.text,
                "IECAT": "INCLUSION" if one.inclusion else "EXCLUSION", "IEORRES": answer, "IESTRESC": answer,
                "EPOCH": epoch(case, on), "IEDTC": on.isoformat() if on else "", "IEDY": case.day(on),
            }))  # fmt: skip
    return made(taken, "IE", rows)


def departures(taken: Taken) -> Dataset:
    """DV: one row per departure; a word longer than SDTM takes is cut, and whole in the record."""
    rows: list[tuple[Case, Row]] = []
    for case in taken.cases:
        for one in case.departures:
            rows.append((case, {
                "DVSPID": one.code, "DVTERM": one.words[:TERM], "DVCAT": one.category,
                "DVSCAT": one.severity.upper(), "EPOCH": epoch(case, one.on), "DVSTDTC": one.on.isoformat(),
                "DVSTDY": case.day(one.on),
            }))  # fmt: skip
    return made(taken, "DV", rows)


def departure_qualifiers(taken: Taken, told: Dataset) -> Dataset:
    """SUPPDV: how quality assurance judged a departure, where it was closed."""
    judged = {(usubjid(taken, case), one.code): one.judged for case in taken.cases for one in case.departures}
    rows: list[Row] = []
    for row in told.dicts():
        word = judged[str(row["USUBJID"]), str(row["DVSPID"])]
        if word:
            rows.append({"STUDYID": taken.study.code, "RDOMAIN": "DV", "USUBJID": row["USUBJID"], "IDVAR": "DVSEQ",
                         "IDVARVAL": str(row["DVSEQ"]), "QNAM": "DVJUDGED", "QLABEL": "Effect on the Product as Judged",
                         "QVAL": word.upper().replace("-", " "), "QORIG": "Assigned"})  # fmt: skip
    return filled(empty("SUPPDV"), rows)


def accountability(taken: Taken) -> Dataset:
    """DA: every bag that was given, whole, with its cells; the record has no act by which one is returned."""
    rows: list[tuple[Case, Row]] = []
    for case in taken.cases:
        for part in case.given:
            at, text = part.given_at, number(part.cells_e6)
            rows.append((case, {
                "DAREFID": part.code, "DATESTCD": "DISPAMT", "DATEST": "Dispensed Amount",
                "DACAT": "CAR-T CELL PRODUCT",
                "DAORRES": text, "DAORRESU": CELLS, "DASTRESC": text, "DASTRESN": part.cells_e6, "DASTRESU": CELLS,
                "EPOCH": epoch(case, at.on if at else None), **moment(case, "DA", at),
            }))  # fmt: skip
    return made(taken, "DA", rows)
