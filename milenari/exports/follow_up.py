"""Follow-up to fifteen years, as a registry reads it: who is alive, each visit due, and late effects looked for.

Everybody who was infused is in it, as of the snapshot's day. Visits and windows are those of the therapy's schedule
(EMA guideline on follow-up of patients given gene therapy asks for fifteen years; not re-read). Alive means known alive
on the day of the last contact, no later. A registry's own form was not read: this is a table, not its upload.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from milenari.exports.case import Case
from milenari.exports.dataset import Codelist, Collected, Column, Dataset, Term, Value, filled
from milenari.exports.study import Taken
from milenari.rules.followup import Visit, schedule

Row = dict[str, Value]
STATUS = Codelist("STATUS", "How a participant stands", (
    Term("alive", "Known alive on the day of the last contact"), Term("dead", "Dead"),
    Term("lost", "Lost to follow-up, after the protocol's number of tries"),
    Term("left", "Left follow-up by withdrawal or at the end of participation"),
))  # fmt: skip
VISIT = Codelist("VISIT", "How a visit stands", (
    Term("seen", "Seen within its window"), Term("seen-outside", "Seen outside its window"),
    Term("missed", "Its window closed without the participant"), Term("open", "Its window is open"),
    Term("to-come", "Its window is to come"), Term("not-due", "Nobody is expected: dead, lost or left before"),
))  # fmt: skip
EFFECT = Codelist("EFFECT", "What was looked for", (
    Term("second-malignancy", "A second malignancy"), Term("rcl", "Replication-competent lentivirus"),
    Term("transgene", "Transgene in blood"), Term("b-cells", "B cells in blood"),
    Term("aplasia-lost", "Loss of B-cell aplasia, as the protocol defines it"),
))  # fmt: skip
# Items of casebook pages that tell of a late effect.
ASKED = {"second_malignancy": "second-malignancy", "rcl": "rcl", "copies": "transgene", "lost": "aplasia-lost"}
_WHO = Column("participant", "Participant", origin="Assigned", key=1, note="number in the study, or a pseudonym")
PEOPLE = Dataset("participants", "Participants in follow-up", "REGISTRY", "One record per participant infused", (
    _WHO, Column("site", "Treating site", origin="Assigned"), Column("sex", "Sex"),
    Column("age_months", "Age at referral", "integer", note="whole months; no birth date leaves its site"),
    Column("infused_on", "First infusion", "date"),
    Column("days_followed", "Days from the first infusion to the last contact", "integer", origin="Derived"),
    Column("status", "Status", codelist="STATUS", origin="Derived"),
    Column("last_contact_on", "Last contact", "date", origin="Derived"),
    Column("died_on", "Died on", "date"), Column("cause", "Cause of death"),
    Column("lost_on", "Lost to follow-up on", "date"), Column("left_on", "Left follow-up on", "date"),
    Column("adult_care_on", "Taken over by an adult clinic on", "date"),
    Column("seen", "Visits seen", "integer", origin="Derived"),
    Column("missed", "Visits missed", "integer", origin="Derived"),
    Column("next_visit", "Next visit", origin="Derived"), Column("next_due_on", "Next visit due on", "date",
                                                                 origin="Derived"),
))  # fmt: skip
VISITS = Dataset("visits", "Visits to fifteen years", "REGISTRY", "One record per planned visit per participant", (
    _WHO, Column("due_on", "Due on", "date", origin="Derived", key=2),
    Column("visit", "Visit", origin="Protocol", key=3),
    Column("from_on", "Window from", "date", origin="Derived"), Column("to_on", "Window to", "date", origin="Derived"),
    Column("seen_on", "Seen on", "date"), Column("state", "How it stands", codelist="VISIT", origin="Derived"),
))  # fmt: skip
EFFECTS = Dataset("late_effects", "Late effects looked for", "REGISTRY", "One record per finding per participant", (
    _WHO, Column("found_on", "Looked for on", "date", key=2), Column("effect", "What", codelist="EFFECT", key=3),
    Column("source", "Where it stands", origin="Assigned", key=4, note="casebook page, or the act on the record"),
    Column("visit", "Visit"), Column("result", "Result"), Column("number", "Result as a number", "decimal"),
    Column("unit", "Unit", note="UCUM"), Column("missing", "Why there is no result"),
))  # fmt: skip


def follow_up(taken: Taken) -> Collected:
    """The three tables of everybody infused."""
    today = taken.snapshot.written_at.date()
    people: list[Row] = []
    visits: list[Row] = []
    effects: list[Row] = []
    for case in taken.cases:
        if case.first_given is not None:
            mine = [_visit(case, planned, today) for planned in schedule(case.first_given.on)]
            people.append(_person(case, mine))
            visits += mine
            effects += _effects(case)
    tables = (filled(PEOPLE, people), filled(VISITS, visits), filled(EFFECTS, effects))
    return Collected(taken.study.code, tables, {"STATUS": STATUS, "VISIT": VISIT, "EFFECT": EFFECT})


def _person(case: Case, visits: list[Row]) -> Row:
    first = case.first_given
    assert first is not None  # asked by the caller
    lost = case.ended_on if case.ended_why == "lost-to-follow-up" else None
    left = min((on for on in (case.follow_up_left_on, case.ended_on) if on and not lost), default=None)
    last = min(case.last_on, case.death.on) if case.death else case.last_on
    status = "dead" if case.death else "lost" if lost else "left" if left else "alive"
    ahead = [row for row in visits if row["state"] in ("open", "to-come")]
    return {
        "participant": case.key, "site": case.site, "sex": case.sex, "age_months": case.age_months,
        "infused_on": first.on.isoformat(), "days_followed": (last - first.on).days, "status": status,
        "last_contact_on": last.isoformat(), "died_on": _iso(case.death.on if case.death else None),
        "cause": case.death.cause if case.death else "", "lost_on": _iso(lost), "left_on": _iso(left),
        "adult_care_on": _iso(case.adult_care_on),
        "seen": sum(1 for row in visits if str(row["state"]).startswith("seen")),
        "missed": sum(1 for row in visits if row["state"] == "missed"),
        "next_visit": ahead[0]["visit"] if ahead else "", "next_due_on": ahead[0]["due_on"] if ahead else "",
    }  # fmt: skip


def _visit(case: Case, planned: Visit, today: date) -> Row:
    seen = min((v.on for v in case.visits if v.code == planned.code), default=None) or _by_page(case, planned.code)
    over = min((on for on in (case.death.on if case.death else None, case.ended_on, case.follow_up_left_on) if on),
               default=None)  # fmt: skip
    if seen is not None:
        state = "seen" if planned.from_on <= seen <= planned.to_on else "seen-outside"
    elif over is not None and over <= planned.to_on:
        state = "not-due"
    else:
        state = "missed" if planned.to_on < today else "open" if planned.from_on <= today else "to-come"
    return {"participant": case.key, "visit": planned.code, "due_on": planned.due_on.isoformat(),
            "from_on": planned.from_on.isoformat(), "to_on": planned.to_on.isoformat(), "seen_on": _iso(seen),
            "state": state}  # fmt: skip


def _by_page(case: Case, code: str) -> date | None:
    """The day on the casebook's page of a visit, where no act on the therapy tells of it."""
    days = [a.text for page in case.pages if page.visit == code for a in page.answers if a.item == "seen_on" and a.text]
    return min((date.fromisoformat(day[:10]) for day in days), default=None)


def _effects(case: Case) -> list[Row]:
    rows: list[Row] = [
        {"participant": case.key, "found_on": seen.at.on.isoformat(), "effect": "b-cells",
         "source": f"record {seen.at.iso}", "result": "aplasia" if seen.aplasia else "no aplasia",
         "number": seen.per_ul, "unit": "/uL"}
        for seen in case.b_cells
    ]  # fmt: skip
    for page in case.pages:
        on = page.taken[:10] or page.saved_at.on.isoformat()
        for answer in page.answers:
            if answer.item in ASKED and (answer.text or answer.missing):
                number: Decimal | None = answer.number
                rows.append({"participant": case.key, "found_on": on, "effect": ASKED[answer.item], "source": page.code,
                             "visit": page.visit, "result": answer.text, "number": number, "unit": answer.unit,
                             "missing": answer.missing})  # fmt: skip
    return rows


def _iso(on: date | None) -> str:
    return on.isoformat() if on else ""
