"""Follow-up: toxicity by ASTCT grades, response, B-cell aplasia, relapse, death, and visits to 15 years.

CRS and ICANS: doi:10.1016/j.bbmt.2018.12.758 (grade = the worse of its columns; tremor and haemorrhage do
not count). Children are assessed by CAPD below an age that is a protocol parameter, since the paper's text
and the NCI thesaurus differ. Fifteen years: EMA guideline on follow-up of gene therapy (integrating vectors).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from milenari.rules import fields as f
from milenari.rules.action import (
    Accepted,
    Action,
    Asking,
    Book,
    Entry,
    Finding,
    action,
    after,
    applies,
    checks,
    known,
    refuse_if,
)
from milenari.rules.referral import Grade, Journey
from milenari.words import Meaning, Quantity, Role

CLINIC = (Role.PHYSICIAN, Role.WARD_NURSE)
HYPOTENSION = ("none", "no-vasopressor", "one-vasopressor", "multiple-vasopressors")
HYPOXIA = ("none", "low-flow", "high-flow", "positive-pressure")
CONSCIOUSNESS = ("spontaneous", "voice", "tactile", "unarousable")
SEIZURE = ("none", "resolving", "prolonged")
MOTOR = ("none", "deep-focal-weakness")
OEDEMA = ("none", "focal", "diffuse")
RESPONSES = ("mrd-negative-cr", "cr", "cri", "no-response", "not-evaluable")


# -- decision tables ------------------------------------------------------------------------------------


def crs_grade(fever: bool, hypotension: str, hypoxia: str, treated: bool = False) -> int:
    """ASTCT CRS grade 0 to 4 (5 is death). ``treated``: fever masked by antipyretics or anti-cytokines."""
    if not fever and not treated:
        return 0
    low_pressure = {"none": 1, "no-vasopressor": 2, "one-vasopressor": 3, "multiple-vasopressors": 4}
    oxygen = {"none": 1, "low-flow": 2, "high-flow": 3, "positive-pressure": 4}
    grade = max(low_pressure[hypotension], oxygen[hypoxia])
    # Without fever there is no new grade 1: once treated and free of support, CRS is over.
    return 0 if grade == 1 and not fever else grade


def icans_grade(
    score: int, child: bool, consciousness: str, seizure: str, motor: str, oedema: str, impaired: bool = False
) -> int:
    """ASTCT ICANS grade 0 to 4. ``score``: ICE 0-10 for adults, CAPD 0-32 for children; worst item decides.

    ``impaired`` says that a child's CAPD below 9 goes with new symptoms; CAPD 9 is grade 3.
    """
    items = [0]
    if child:
        items.append(3 if score >= 9 else 1 if impaired else 0)
    elif score == 0:
        items.append(4 if consciousness == "unarousable" else 3)
    else:
        items.append(0 if score == 10 else 1 if score >= 7 else 2 if score >= 3 else 3)
    items.append({"spontaneous": 0, "voice": 2, "tactile": 3, "unarousable": 4}[consciousness])
    items.append({"none": 0, "resolving": 3, "prolonged": 4}[seizure])
    items.append({"none": 0, "deep-focal-weakness": 4}[motor])
    items.append({"none": 0, "focal": 3, "diffuse": 4}[oedema])
    return max(items)


@dataclass(frozen=True)
class Visit:
    """A planned visit with its due date and window."""

    code: str
    due_on: date
    from_on: date
    to_on: date


def schedule(infused_on: date) -> tuple[Visit, ...]:
    """The visits after the first infusion with their windows: weeks, months, then yearly to 15 years."""
    plan = [("D7", 7, 2), ("D14", 14, 3), ("D28", 28, 4), ("M2", 61, 14), ("M3", 91, 14), ("M6", 183, 30)]
    plan += [(f"Y{year}", round(365.25 * year), 60) for year in range(1, 16)]
    return tuple(
        Visit(code, infused_on + timedelta(days=days), infused_on + timedelta(days=days - width),
              infused_on + timedelta(days=days + width))
        for code, days, width in plan
    )  # fmt: skip


# -- actions --------------------------------------------------------------------------------------------


@action("grade-crs", roles=CLINIC, meaning=Meaning.PERFORMED)
class GradeCrs(Action):
    """Assess cytokine release syndrome; the grade follows from what is seen."""

    journey: str = f.ref("journey", label="Journey", touch=True)
    fever: bool = f.flag("Fever of at least 38.0 Cel not otherwise explained")
    treated: bool = f.flag("Fever treated with antipyretics or anti-cytokines")
    hypotension: str = f.choice(HYPOTENSION, "Hypotension")
    hypoxia: str = f.choice(HYPOXIA, "Hypoxia")


@action("grade-icans", roles=CLINIC, meaning=Meaning.PERFORMED)
class GradeIcans(Action):
    """Assess neurotoxicity with ICE, or CAPD for younger children; the worst item decides."""

    journey: str = f.ref("journey", label="Journey", touch=True)
    scale: str = f.choice(("ICE", "CAPD"), "Scale used")
    score: int = f.count("Score", low=0, high=32)
    impaired: bool = f.flag("New symptoms (CAPD)")
    consciousness: str = f.choice(CONSCIOUSNESS, "Awakens")
    seizure: str = f.choice(SEIZURE, "Seizure")
    motor: str = f.choice(MOTOR, "Motor weakness")
    oedema: str = f.choice(OEDEMA, "Cerebral oedema")


@action("record-response", roles=(Role.PHYSICIAN,), meaning=Meaning.PERFORMED)
class RecordResponse(Action):
    """Record the response with the sensitivity of the MRD assay."""

    journey: str = f.ref("journey", label="Journey", touch=True)
    response: str = f.choice(RESPONSES, "Response")
    sensitivity: str = f.text("MRD method and sensitivity", longest=120)


@action("record-b-cells", roles=CLINIC, meaning=Meaning.PERFORMED)
class RecordBCells(Action):
    """Record circulating B cells; the protocol's cut-off says whether aplasia persists."""

    journey: str = f.ref("journey", label="Journey", touch=True)
    b_cells: Quantity = f.quantity("/uL", "CD19+ B cells", low="0", high="100000")


@action("record-relapse", roles=(Role.PHYSICIAN,), meaning=Meaning.PERFORMED)
class RecordRelapse(Action):
    """Record a relapse and whether the blasts still carry CD19."""

    journey: str = f.ref("journey", label="Journey", touch=True)
    cd19: str = f.choice(("positive", "negative", "unknown"), "CD19 on blasts")
    where: str = f.choice(("marrow", "cns", "other", "combined"), "Where")


@action("record-death", roles=(Role.PHYSICIAN,), meaning=Meaning.PERFORMED)
class RecordDeath(Action):
    """Record the patient's death and its cause."""

    journey: str = f.ref("journey", label="Journey", touch=True)
    died_on: date = f.on("Date of death", past=True)
    cause: str = f.choice(("leukaemia", "crs", "neurotoxicity", "infection", "other", "unknown"), "Cause")


@action("record-visit", roles=CLINIC, meaning=Meaning.PERFORMED)
class RecordVisit(Action):
    """Record a scheduled follow-up visit."""

    journey: str = f.ref("journey", label="Journey", touch=True)
    visit: str = f.code("Visit", help="D7, D14, D28, M2, M3, M6, Y1 to Y15")
    on: date = f.on("Seen on", past=True)


# -- checks ---------------------------------------------------------------------------------------------


def alive(act: Action, asking: Asking, book: Book) -> Journey:
    """The journey, refused when the act lies after the patient's death."""
    journey: Journey = known(book, act.about)
    refuse_if(journey.died_on is not None and asking.today > journey.died_on, "patient-died", journey=journey.code)
    return journey


def local(at: datetime, asking: Asking) -> date:
    """The site's own date of an instant: after midnight in Beirut it is still yesterday in UTC."""
    return at.astimezone(ZoneInfo(asking.zone)).date()


def infused(act: Action, asking: Asking, book: Book) -> Journey:
    """The journey after its first infusion, or a refusal."""
    journey = alive(act, asking, book)
    refuse_if(not journey.infusions, "not-infused", journey=journey.code)
    after(asking.happened_at, journey.infusions[0].at if journey.infusions else None, "first infusion")
    return journey


@checks(GradeCrs)
def _crs(act: GradeCrs, asking: Asking, book: Book) -> Accepted:
    infused(act, asking, book)
    support = act.hypotension != "none" or act.hypoxia != "none"
    refuse_if(support and not act.fever and not act.treated, "crs-without-fever", journey=act.journey)
    grade = crs_grade(act.fever, act.hypotension, act.hypoxia, act.treated)
    found = (Finding("severe-toxicity", {"scale": "CRS", "grade": grade}),) if grade >= 3 else ()
    return Accepted(given={"grade": grade}, findings=found)


@checks(GradeIcans)
def _icans(act: GradeIcans, asking: Asking, book: Book) -> Accepted:
    journey = infused(act, asking, book)
    process = known(book, f"process:{journey.process}")
    batch = book.sheet(f"batch:{journey.infusions[0].batch}")
    recipe = batch.recipe or (process.current().recipe if process.current() else {})
    cutoff = int(recipe["protocol"]["capd_below_years"])
    child = journey.age_months_on(asking.today) < cutoff * 12
    wanted = "CAPD" if child else "ICE"
    refuse_if(act.scale != wanted, "icans-wrong-scale", scale=act.scale, wanted=wanted, cutoff=cutoff)
    refuse_if(act.scale == "ICE" and act.score > 10, "reading-impossible", field="score",
              found=str(act.score), unit="1", low="0", high="10")  # fmt: skip
    grade = icans_grade(act.score, child, act.consciousness, act.seizure, act.motor, act.oedema, act.impaired)
    found = (Finding("severe-toxicity", {"scale": "ICANS", "grade": grade}),) if grade >= 3 else ()
    return Accepted(given={"grade": grade}, findings=found)


@checks(RecordResponse)
def _response(act: RecordResponse, asking: Asking, book: Book) -> None:
    infused(act, asking, book)


@checks(RecordBCells)
def _b_cells(act: RecordBCells, asking: Asking, book: Book) -> Accepted:
    journey = infused(act, asking, book)
    recipe = book.sheet(f"batch:{journey.infusions[0].batch}").recipe or {}
    cutoff = int(recipe["protocol"]["b_cell_aplasia_below_per_ul"])
    aplasia = act.b_cells.value < cutoff
    return Accepted(given={"aplasia": aplasia, "cutoff": cutoff})


@checks(RecordRelapse)
def _relapse(act: RecordRelapse, asking: Asking, book: Book) -> None:
    journey = infused(act, asking, book)
    answered = any(name == "response" and what in ("mrd-negative-cr", "cr", "cri") for name, what, _ in journey.events)
    refuse_if(not answered, "relapse-without-response", journey=act.journey)


@checks(RecordDeath)
def _death(act: RecordDeath, asking: Asking, book: Book) -> None:
    journey: Journey = known(book, act.about)
    refuse_if(journey.died_on is not None, "patient-died", journey=act.journey)
    causes = [("referral", journey.referred_at), *(("infusion", i.at) for i in journey.infusions)]
    for cause, at in causes:
        begun = local(at, asking) if at else None
        refuse_if(begun is not None and act.died_on < begun, "before-its-cause", cause=cause, cause_at=begun,
                  happened_at=act.died_on)  # fmt: skip


@checks(RecordVisit)
def _visit(act: RecordVisit, asking: Asking, book: Book) -> Accepted:
    journey = infused(act, asking, book)
    infused_on = local(journey.infusions[0].at, asking)
    died_before = journey.died_on is not None and act.on > journey.died_on
    refuse_if(died_before, "patient-died", journey=journey.code)
    refuse_if(act.on < infused_on, "before-its-cause", cause="first infusion", cause_at=infused_on,
              happened_at=act.on)  # fmt: skip
    planned = {v.code: v for v in schedule(infused_on)}
    refuse_if(act.visit not in planned, "visit-unknown", visit=act.visit, visits=list(planned))
    refuse_if(any(code == act.visit for code, _ in journey.visits), "visit-already-recorded", visit=act.visit)
    visit = planned[act.visit]
    inside = visit.from_on <= act.on <= visit.to_on
    facts = {"visit": act.visit, "from": visit.from_on.isoformat(), "to": visit.to_on.isoformat()}
    return Accepted(findings=() if inside else (Finding("visit-outside-window", facts),))


# -- applies --------------------------------------------------------------------------------------------


@applies(GradeCrs, "journey")
def _(journey: Journey, act: GradeCrs, entry: Entry) -> Journey:
    return replace(journey, grades=(*journey.grades, Grade("CRS", entry.given["grade"], entry.happened_at)))


@applies(GradeIcans, "journey")
def _(journey: Journey, act: GradeIcans, entry: Entry) -> Journey:
    return replace(journey, grades=(*journey.grades, Grade("ICANS", entry.given["grade"], entry.happened_at)))


def _event(journey: Journey, name: str, what: str, entry: Entry) -> Journey:
    return replace(journey, events=(*journey.events, (name, what, entry.happened_at)))


@applies(RecordResponse, "journey")
def _(journey: Journey, act: RecordResponse, entry: Entry) -> Journey:
    return _event(journey, "response", act.response, entry).reached("response", entry)


@applies(RecordBCells, "journey")
def _(journey: Journey, act: RecordBCells, entry: Entry) -> Journey:
    return _event(journey, "b-cells", "aplasia" if entry.given["aplasia"] else "recovered", entry)


@applies(RecordRelapse, "journey")
def _(journey: Journey, act: RecordRelapse, entry: Entry) -> Journey:
    return _event(journey, "relapse", f"{act.where}, CD19 {act.cd19}", entry).reached("relapsed", entry)


@applies(RecordDeath, "journey")
def _(journey: Journey, act: RecordDeath, entry: Entry) -> Journey:
    made = _event(journey, "death", act.cause, entry)
    return replace(made, died_on=act.died_on).reached("died", entry)


@applies(RecordVisit, "journey")
def _(journey: Journey, act: RecordVisit, entry: Entry) -> Journey:
    return replace(journey, visits=(*journey.visits, (act.visit, act.on))).reached("followed", entry)
