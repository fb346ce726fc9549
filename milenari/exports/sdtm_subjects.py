"""SDTM of the participants: demographics, disposition, elements, visits, death, weight, and the adverse events."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal

from milenari.exports.case import At, Case
from milenari.exports.dataset import Dataset, Value, filled
from milenari.exports.study import ARM, ARM_CODE, Taken
from milenari.exports.variables import countries, empty

Row = dict[str, Value]
TREATMENT_DAYS = 28  # the window of dose-limiting toxicity, which this export calls the epoch of treatment
ELEMENTS = (("SCRN", "Screening", "SCREENING"), ("TRT", "CAR-T infusion", "TREATMENT"),
            ("FUP", "Follow-up", "FOLLOW-UP"))  # fmt: skip


def epoch(case: Case, on: date | None) -> str:
    """Before the first infusion, within 28 days of it, or after; nothing where there is no date."""
    if on is None:
        return ""
    first = case.first_given
    if first is None or on < first.on:
        return "SCREENING"
    return "TREATMENT" if on < first.on + timedelta(days=TREATMENT_DAYS) else "FOLLOW-UP"


def usubjid(taken: Taken, case: Case) -> str:
    """The number of a participant; the study's own code already stands before a number given by a protocol."""
    return case.key if case.key.startswith(f"{taken.study.code}-") else f"{taken.study.code}-{case.key}"


def made(taken: Taken, name: str, rows: Iterable[tuple[Case, Row]]) -> Dataset:
    """The dataset with study, domain, subject and a sequence number within each subject."""
    found = empty(name)
    counted: dict[str, int] = {}
    done: list[Row] = []
    for case, row in rows:
        of = usubjid(taken, case)
        full: Row = {"STUDYID": taken.study.code, "USUBJID": of, **row}
        if "DOMAIN" in found.names:
            full["DOMAIN"] = name
        if f"{name}SEQ" in found.names:
            counted[of] = counted.get(of, 0) + 1
            full[f"{name}SEQ"] = counted[of]
        done.append(full)
    return filled(found, done)


def moment(case: Case, prefix: str, at: At | None) -> Row:
    """--DTC and --DY of an instant, with its epoch."""
    if at is None:
        return {}
    return {f"{prefix}DTC": at.iso, f"{prefix}DY": case.day(at.on)}


def span(case: Case, prefix: str, start: At | None, end: At | None) -> Row:
    """--STDTC, --ENDTC and their study days."""
    row: Row = {}
    for name, at in (("ST", start), ("EN", end)):
        if at is not None:
            row |= {f"{prefix}{name}DTC": at.iso, f"{prefix}{name}DY": case.day(at.on)}
    return row


def number(value: Decimal) -> str:
    """A decimal without exponent and trailing noughts, as it was typed."""
    text = format(value.normalize(), "f")
    return text if text != "-0" else "0"


# -- datasets ---------------------------------------------------------------------------------------------


def demographics(taken: Taken) -> Dataset:
    rows: list[tuple[Case, Row]] = []
    for case in taken.cases:
        first, last = case.first_given, case.last_given
        treated = first is not None
        left = case.failed_on or case.withdrawn_on or case.death
        assigned = treated or case.assigned_on is not None
        reason = "" if treated else "ASSIGNED, NOT TREATED" if assigned else (
            "SCREEN FAILURE" if left else "NOT ASSIGNED"
        )  # fmt: skip
        consent = case.consented_on
        rows.append((case, {
            "SUBJID": case.key.removeprefix(f"{taken.study.code}-"), "SITEID": case.site,
            "RFSTDTC": first.iso if first else "", "RFENDTC": last.iso if last else "",
            "RFXSTDTC": first.iso if first else "", "RFXENDTC": last.iso if last else "",
            "RFICDTC": consent.isoformat() if consent else "",
            "RFPENDTC": _ended(case).isoformat(),
            "DTHDTC": case.death.on.isoformat() if case.death else "", "DTHFL": "Y" if case.death else "",
            "AGE": case.age_years, "AGEU": "YEARS",
            "SEX": {"female": "F", "male": "M"}.get(case.sex, "U"),
            "ARMCD": ARM_CODE if assigned else "", "ARM": ARM if assigned else "",
            "ACTARMCD": ARM_CODE if treated else "", "ACTARM": ARM if treated else "", "ARMNRS": reason,
            "COUNTRY": countries()[case.country][0] if case.country in countries() else "",
        }))  # fmt: skip
    return made(taken, "DM", rows)


def _ended(case: Case) -> date:
    """Death, withdrawal, or the last day on which anything is known."""
    if case.death:
        return case.death.on
    return case.withdrawn_on or case.last_on


def demographics_qualifiers(taken: Taken) -> Dataset:
    """SUPPDM: cohort and dose level, where a protocol has them."""
    rows: list[Row] = []
    for case in taken.cases:
        for name, label, value in (("COHORT", "Cohort", case.cohort), ("DOSELVL", "Dose Level", case.dose_level)):
            if value:
                rows.append({"STUDYID": taken.study.code, "RDOMAIN": "DM", "USUBJID": usubjid(taken, case),
                             "QNAM": name, "QLABEL": label, "QVAL": value, "QORIG": "Assigned"})  # fmt: skip
    return filled(empty("SUPPDM"), rows)


def disposition(taken: Taken) -> Dataset:
    rows: list[tuple[Case, Row]] = []
    for case in taken.cases:
        found: list[tuple[date, str, str, str, str]] = []
        for consent in case.consents:
            term = "INFORMED ASSENT OBTAINED" if consent.kind == "child-assent" else "INFORMED CONSENT OBTAINED"
            words = f"{consent.kind.replace('-', ' ')}, form {consent.version}".upper()
            found.append((consent.on, consent.on.isoformat(), term, words, "PROTOCOL MILESTONE"))
        for on, term in ((case.eligible_on, "ELIGIBILITY CRITERIA MET"), (case.enrolled_on, "ENROLLED")):
            if on:
                found.append((on, on.isoformat(), term, term, "PROTOCOL MILESTONE"))
        if case.failed_on:
            term = "SCREEN FAILURE"
            found.append((case.failed_on, case.failed_on.isoformat(), term, term, "DISPOSITION EVENT"))
        if case.withdrawn_on:
            minor = all(c.kind != "own-consent" for c in case.consents)
            term = "WITHDRAWAL BY PARENT/GUARDIAN" if minor else "WITHDRAWAL BY SUBJECT"
            found.append((case.withdrawn_on, case.withdrawn_on.isoformat(), term, term, "DISPOSITION EVENT"))
        if case.death:
            found.append((case.death.on, case.death.on.isoformat(), "DEATH", "DEATH", "DISPOSITION EVENT"))
        for on, text, term, words, category in sorted(found):
            rows.append((case, {"DSTERM": words, "DSDECOD": term, "DSCAT": category, "DSSTDTC": text,
                                "EPOCH": epoch(case, on), "DSSTDY": case.day(on)}))  # fmt: skip
    return made(taken, "DS", rows)


def elements(taken: Taken) -> Dataset:
    """Screening from consent or referral, treatment from the first infusion, follow-up from 28 days after it."""
    rows: list[tuple[Case, Row]] = []
    for case in taken.cases:
        began = min(case.consented_on or case.referred_at.on, case.referred_at.on)
        starts: list[date] = [began]
        texts = [began.isoformat()]
        if case.first_given:
            starts.append(case.first_given.on)
            texts.append(case.first_given.iso)
            later = case.first_given.on + timedelta(days=TREATMENT_DAYS)
            if _ended(case) >= later:
                starts.append(later)
                texts.append(later.isoformat())
        for order, (start, text) in enumerate(zip(starts, texts, strict=True)):
            last = order == len(starts) - 1
            end = max(_ended(case), start) if last else starts[order + 1]
            code, name, of = ELEMENTS[order]
            rows.append((case, {
                "ETCD": code, "ELEMENT": name, "TAETORD": order + 1, "EPOCH": of, "SESTDTC": text,
                "SEENDTC": end.isoformat() if last else texts[order + 1], "SESTDY": case.day(start),
                "SEENDY": case.day(end),
            }))  # fmt: skip
    return made(taken, "SE", rows)


def visits(taken: Taken) -> Dataset:
    planned = {v.code: (n, v) for n, v in enumerate(taken.study.visits, 1)}
    rows: list[tuple[Case, Row]] = []
    for case in taken.cases:
        for seen in case.visits:
            place, visit = planned[seen.code]
            day = case.day(seen.on)
            rows.append((case, {
                "VISITNUM": place, "VISIT": seen.code, "VISITDY": visit.day + 1, "SVSTDTC": seen.on.isoformat(),
                "SVENDTC": seen.on.isoformat(), "SVSTDY": day, "SVENDY": day,
            }))  # fmt: skip
    return made(taken, "SV", rows)


def weights(taken: Taken) -> Dataset:
    rows: list[tuple[Case, Row]] = []
    for case in taken.cases:
        for weight in sorted(case.weights, key=lambda w: w.on):
            text = number(weight.kg)
            rows.append((case, {
                "VSTESTCD": "WEIGHT", "VSTEST": "Weight", "VSORRES": text, "VSORRESU": "kg", "VSSTRESC": text,
                "VSSTRESN": weight.kg, "VSSTRESU": "kg", "EPOCH": epoch(case, weight.on),
                "VSDTC": weight.on.isoformat(), "VSDY": case.day(weight.on),
            }))  # fmt: skip
    return made(taken, "VS", rows)


def death_details(taken: Taken) -> Dataset:
    rows: list[tuple[Case, Row]] = []
    for case in taken.cases:
        if case.death:
            words = case.death.cause.upper()
            rows.append((case, {"DDTESTCD": "PRCDTH", "DDTEST": "Primary Cause of Death", "DDORRES": words,
                                "DDSTRESC": words, "DDDTC": case.death.on.isoformat(),
                                "DDDY": case.day(case.death.on)}))  # fmt: skip
    return made(taken, "DD", rows)


SERIOUS: Mapping[str, str] = {
    "congenital-anomaly": "AESCONG", "disability": "AESDISAB", "death": "AESDTH", "hospitalisation": "AESHOSP",
    "life-threatening": "AESLIFE", "medically-important": "AESMIE",
}  # fmt: skip


# What the safety desk says, to CDISC's list of outcomes (recalled).
OUTCOMES = {
    "event-recovered": "RECOVERED/RESOLVED", "event-recovering": "RECOVERING/RESOLVING",
    "event-ongoing": "NOT RECOVERED/NOT RESOLVED", "event-sequelae": "RECOVERED/RESOLVED WITH SEQUELAE",
    "fatal": "FATAL", "unknown": "UNKNOWN",
}  # fmt: skip


def adverse_events(taken: Taken) -> Dataset:
    """Adverse events as the safety desk keeps them; a serious one says yes to at least one criterion."""
    rows: list[tuple[Case, Row]] = []
    for case in taken.cases:
        for event in sorted(case.events, key=lambda e: (e.began_on, e.code)):
            flags: Row = {name: "Y" if key in event.criteria else "N" for key, name in SERIOUS.items()}
            ended = event.ended_on
            rows.append((case, {
                "AESPID": event.code, "AETERM": event.term, "AEDECOD": "", "AESER": "Y" if event.serious else "N",
                "AEREL": event.relation.upper().replace("-", " "), "AEOUT": OUTCOMES[event.outcome], **flags,
                "AETOXGR": str(event.grade) if event.grade else "", "EPOCH": epoch(case, event.began_on),
                "AESTDTC": event.began_on.isoformat(), "AEENDTC": ended.isoformat() if ended else "",
                "AESTDY": case.day(event.began_on), "AEENDY": case.day(ended),
            }))  # fmt: skip
    return made(taken, "AE", rows)
