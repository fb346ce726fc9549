"""FHIR R4B: participants of a study as one bundle of resources, without anything that says who they are.

ResearchStudy, Organization, Patient (a pseudonym and a sex), ResearchSubject, Procedure, BiologicallyDerivedProduct,
Observation, AdverseEvent. hl7.org/fhir/R4B. References are uuids made from the study and the key: the same each time.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid5

from milenari.exports.case import At, Case, Fraction
from milenari.exports.sdtm_findings import TERMS, Episode, episodes
from milenari.exports.sdtm_subjects import number, usubjid
from milenari.exports.study import ARM, Taken

SPACE = UUID("6ba7b811-9dad-11d1-80b4-00c04fd430c8")  # RFC 4122, appendix C: names that are addresses
SYSTEM = "urn:milenari"
UCUM = "http://unitsofmeasure.org"
GENDER = {"female": "female", "male": "male"}
Resource = dict[str, Any]


class _Bundle:
    def __init__(self, taken: Taken) -> None:
        self.taken, self.entries = taken, list[Resource]()

    def url(self, kind: str, code: str) -> str:
        return f"urn:uuid:{uuid5(SPACE, f'{SYSTEM}:{self.taken.study.code}:{kind}:{code}')}"

    def ref(self, kind: str, code: str) -> Resource:
        return {"reference": self.url(kind, code)}

    def add(self, kind: str, code: str, /, **told: Any) -> None:
        resource = {"resourceType": kind, **{key: value for key, value in told.items() if value not in (None, [], "")}}
        self.entries.append({"fullUrl": self.url(kind, code), "resource": resource})

    def identifier(self, of: str, value: str) -> list[Resource]:
        return [{"system": f"{SYSTEM}:{of}", "value": value}]


def bundle(taken: Taken) -> Resource:
    """The bundle, in the order study, sites, participants."""
    made = _Bundle(taken)
    code = taken.study.code
    made.add("ResearchStudy", code, identifier=made.identifier("study", code), title=taken.study.title,
             status="active", arm=[{"name": ARM}])  # fmt: skip
    sites = {c.site for c in taken.cases} | {p.site for c in taken.cases for p in c.products}
    sites |= {b.site for c in taken.cases for b in c.collections} | {h.site for c in taken.cases for h in c.handlings}
    for site in sorted(sites):
        made.add("Organization", site, identifier=made.identifier("site", site), name=site)
    for case in taken.cases:
        _participant(made, case)
        _products(made, case)
        _seen(made, case)
    return {"resourceType": "Bundle", "type": "collection", "timestamp": taken.snapshot.created,
            "identifier": {"system": f"{SYSTEM}:snapshot", "value": taken.snapshot.words},
            "entry": made.entries}  # fmt: skip


def _text(words: str) -> Resource:
    return {"text": words}


def _participant(made: _Bundle, case: Case) -> None:
    key = usubjid(made.taken, case)
    made.add("Patient", key, identifier=made.identifier("participant", key), gender=GENDER.get(case.sex, "unknown"),
             managingOrganization=made.ref("Organization", case.site))  # fmt: skip
    consent = case.consented_on
    status = "withdrawn" if case.withdrawn_on else "off-study" if case.death else (
        "follow-up" if case.given else "on-study" if case.assigned_on else "candidate"
    )  # fmt: skip
    period = {"start": (consent or case.referred_at.on).isoformat()}
    if case.withdrawn_on or case.death:
        period["end"] = (case.death.on if case.death else case.withdrawn_on or case.last_on).isoformat()
    made.add("ResearchSubject", key, identifier=made.identifier("participant", key), status=status, period=period,
             study=made.ref("ResearchStudy", made.taken.study.code), individual=made.ref("Patient", key),
             assignedArm=ARM if case.assigned_on else "", actualArm=ARM if case.given else "")  # fmt: skip


def _products(made: _Bundle, case: Case) -> None:
    """The bag collected, the batch made from it, each fraction with its infusion."""
    key = usubjid(made.taken, case)
    for bag in case.collections:
        made.add("Procedure", bag.code, identifier=made.identifier("procedure", bag.code), status="completed",
                 code=_text("Leukapheresis"), subject=made.ref("Patient", key),
                 performedDateTime=bag.at.offset_iso)  # fmt: skip
        _derived(made, bag.code, "Leukapheresis product", "", case, bag.at, bag.site)
    for product in case.products:
        _derived(made, product.code, made.taken.study.product, product.collection, case, None, "")
    for part in case.fractions:
        _derived(made, part.code, f"{made.taken.study.product}, fraction", part.batch, case, None, "",
                 available=part.given_at is None)  # fmt: skip
        if part.given_at is not None:
            _infusion(made, key, part, part.given_at)


def _derived(made: _Bundle, code: str, name: str, parent: str, case: Case, at: At | None, site: str, *,
             available: bool = False) -> None:  # fmt: skip
    collection: Resource = {"source": made.ref("Patient", usubjid(made.taken, case))}
    if at is not None:
        collection |= {"collectedDateTime": at.offset_iso, "collector": made.ref("Organization", site)}
    made.add("BiologicallyDerivedProduct", code, identifier=made.identifier("specimen", code), productCategory="cells",
             productCode=_text(name), status="available" if available else "unavailable", collection=collection,
             parent=[made.ref("BiologicallyDerivedProduct", parent)] if parent else [])  # fmt: skip


def _infusion(made: _Bundle, key: str, part: Fraction, at: At) -> None:
    made.add("Procedure", part.code, identifier=made.identifier("procedure", part.code), status="completed",
             code=_text("Infusion of CAR-T cells"), subject=made.ref("Patient", key),
             performedDateTime=at.offset_iso)  # fmt: skip
    dose, of = part.per_kg_e6, [made.ref("Procedure", part.code)]
    if dose is not None:
        _observe(made, key, f"{part.code}-dose", "Cells per kilogram of body weight", at,
                 valueQuantity=_quantity(number(dose), "10*6/kg"), partOf=of)  # fmt: skip


def _quantity(value: str, unit: str) -> Resource:
    return {"value": float(value), "unit": unit, "system": UCUM, "code": unit}


def _observe(made: _Bundle, key: str, code: str, name: str, at: At | str, **told: Any) -> None:
    when = at if isinstance(at, str) else at.offset_iso
    made.add("Observation", code, identifier=made.identifier("observation", code), status="final", code=_text(name),
             subject=made.ref("Patient", key), effectiveDateTime=when, **told)  # fmt: skip


def _seen(made: _Bundle, case: Case) -> None:
    key = usubjid(made.taken, case)
    for n, weight in enumerate(sorted(case.weights, key=lambda w: w.on), 1):
        _observe(made, key, f"{key}-weight-{n}", "Body weight", weight.on.isoformat(),
                 valueQuantity=_quantity(number(weight.kg), "kg"))  # fmt: skip
    for n, grade in enumerate(case.grades, 1):
        _observe(made, key, f"{key}-{grade.scale}-{n}", f"{TERMS[grade.scale]}: ASTCT grade", grade.at,
                 valueInteger=grade.grade)  # fmt: skip
    for n, response in enumerate(case.responses, 1):
        note = [{"text": response.sensitivity}] if response.sensitivity else []
        _observe(made, key, f"{key}-response-{n}", "Response of the leukaemia", response.at,
                 valueString=response.response, note=note)  # fmt: skip
    for n, seen in enumerate(case.b_cells, 1):
        _observe(made, key, f"{key}-b-cells-{n}", "CD19+ B cells in blood", seen.at,
                 valueQuantity=_quantity(number(seen.per_ul), "/uL"))  # fmt: skip
    for episode in episodes(case):
        _toxicity(made, key, episode)
    for event in case.events:
        made.add("AdverseEvent", event.code, identifier=made.identifier("event", event.code)[0], actuality="actual",
                 event=_text(event.term), subject=made.ref("Patient", key), date=event.began_on.isoformat(),
                 seriousness=_text("serious" if event.serious else "not serious"),
                 study=[made.ref("ResearchStudy", made.taken.study.code)])  # fmt: skip
    if case.death:
        _observe(made, key, f"{key}-death", "Death", case.death.on.isoformat(), valueString=case.death.cause)


def _toxicity(made: _Bundle, key: str, episode: Episode) -> None:
    made.add("AdverseEvent", f"{key}-{episode.link}", identifier=made.identifier("event", f"{key}-{episode.link}")[0],
             actuality="actual", event=_text(f"{TERMS[episode.scale]}, highest ASTCT grade {episode.worst}"),
             subject=made.ref("Patient", key), date=episode.start.offset_iso,
             study=[made.ref("ResearchStudy", made.taken.study.code)])  # fmt: skip
