"""Waiting: what the registers say is to be done next, and what a form may offer to choose from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from milenari.registers import models as table
from milenari.registers import transit
from milenari.registers.questions import MOST_CHOICES, sites

# Subjects that belong to the network, not to the site that wrote them.
EVERYWHERE = ("site", "process", "country", "masterfile", "roll", "lot", "person", "casebook-form")
MOVED: dict[str, Any] = {"container": table.Container, "collection": table.Collection, "dose": table.Dose}
RELEASED = ("conditional", "final", "out-of-specification")
NOT_AWAITED = ("rejected", "run-failed")
"""Decisions on a batch after which no test of it is waited for. Of a recalled product somebody still wants to know."""

MOST = 40  # of one kind, the oldest first


@dataclass(frozen=True)
class Choice:
    value: str
    about: str = ""


def choices(kind: str, site: str, full: bool = False) -> list[Choice]:
    """What a reference of this kind may name at this site; ``full`` gives ``kind:code`` names."""
    if kind == "roll":
        return [Choice(place.code, place.name) for place in sites().values()]
    if kind == "country":
        return [Choice(code) for code in sorted({place.country for place in sites().values()})]
    if kind == "masterfile":
        kind = "process"
    found = table.Subject.objects.filter(kind=kind)
    if kind in MOVED:
        coming = MOVED[kind].objects.filter(bound_for=site).values("subject")
        found = found.filter(Q(site=site) | Q(key__in=coming))
    elif kind not in EVERYWHERE:
        found = found.filter(site=site)
    if kind == "material":
        return _materials(site)
    rows = found.order_by("-entry").values_list("key", "code", "state", "about")[:MOST_CHOICES]
    return [
        Choice(key if full else code, " · ".join(x for x in (state, about) if x)) for key, code, state, about in rows
    ]


def _materials(site: str) -> list[Choice]:
    """Lots with something left, each with its expiry: what may be used first, first expiry first."""
    today = timezone.now().date()
    lots = table.Material.objects.filter(site=site, left__gt=0).order_by("expires_on", "code")[:MOST_CHOICES]
    useless = {lot.code: lot.status != "released" or not lot.expires_on or lot.expires_on < today for lot in lots}
    ordered = sorted(lots, key=lambda lot: useless[lot.code])
    return [Choice(lot.code, f"{lot.kind} · {lot.status} · {lot.expires_on}") for lot in ordered]


def resolve(text: str, kinds: tuple[str, ...]) -> str:
    """The full name of a scanned code whose kind the field leaves open; the text itself when none fits."""
    found = table.Subject.objects.filter(kind__in=kinds, code=text).values_list("key", flat=True)[:2]
    return found[0] if len(found) == 1 else text


@dataclass(frozen=True)
class Waiting:
    """One thing that waits for an action at a site."""

    action: str
    subject: str
    query: dict[str, str]
    since: datetime | None
    detail: str = ""
    site: str = ""
    why: str = ""  # where the action alone does not say it


def work_waiting(*where: str, most: int = MOST) -> list[Waiting]:
    """What waits at these sites, oldest first, by the actions that would move it on.

    A constant number of questions, and of each kind the oldest ``most``, however long the registers are.
    """
    here = tuple(where)
    found = [*_custody(here, most), *_journeys(here, most), *_bags(here, most), *_manufacture(here, most),
             *_vector(here, most), *_quality(here, most), *_ward(here, most), *_people(here),
             *_safety(here, most)]  # fmt: skip
    return sorted(found, key=lambda w: (w.since is None, w.since.timestamp() if w.since else 0, w.subject, w.action))


Here = tuple[str, ...]


def _custody(here: Here, most: int) -> list[Waiting]:
    """What is on its way here, lacks a second signature at the door, or came damaged."""
    second = {"dispatching": "witness-dispatch", "receiving": "witness-receipt", "damaged": "judge-damage"}
    found = []
    for model in MOVED.values():
        open_here = Q(bound_for__in=here) | Q(site__in=here, custody__in=tuple(second))
        for row in model.objects.filter(open_here).order_by("entry")[:most]:
            action = second.get(row.custody, "receive")
            place = row.site if row.custody else row.bound_for
            found.append(Waiting(action, row.subject, {"what": row.subject}, None, site=place))
    return found + _arrivals(here, most)


def _arrivals(here: Here, most: int) -> list[Waiting]:
    """Boxes that came by their form and whose data should have followed by now."""
    late = transit.open_arrivals(None).filter(site__in=here, booked_at__lt=timezone.now() - transit.UNTOLD_AFTER)
    rows = list(late[:most])
    return [Waiting("settle-arrival", r.subject, {"arrival": r.code}, r.booked_at, r.what, r.site) for r in rows]


STATIONS = {"referred": "record-consent", "consented": "confirm-eligibility", "eligible": "issue-coi",
            "identified": "book-slot", "slot-booked": "collect-cells"}  # fmt: skip


def _journeys(here: Here, most: int) -> list[Waiting]:
    found = []
    living = table.Journey.objects.filter(site__in=here, withdrawn=False, died_on=None)
    for station, action in STATIONS.items():
        rows = living.filter(station=station).order_by("referred_at")[:most]
        found += [Waiting(action, r.subject, {"journey": r.code}, r.referred_at, site=r.site) for r in rows]
    return found


def _bags(here: Here, most: int) -> list[Waiting]:
    """Bags that can still be used: past its hold time a bag waits for nothing, the deadlines tell it."""
    gone = table.Journey.objects.filter(key=OuterRef("journey")).filter(Q(withdrawn=True) | ~Q(died_on=None))
    bags = table.Collection.objects.filter(~Exists(gone), site__in=here, used_in="")
    bags = bags.exclude(bound_for__gt="").exclude(custody__gt="")
    bags = bags.filter(Q(use_by=None) | Q(use_by__gte=timezone.now()))
    found = []
    for bag in bags.order_by("collected_at")[:most]:
        here_only = {"collection": bag.code}
        if bag.accepted_at is not None:
            query = {"journey": bag.journey, "collection": bag.code}
            found.append(Waiting("start-batch", bag.subject, query, bag.accepted_at, site=bag.site))
            continue
        codes = [*(["label-bag"] if bag.labelled_at is None else []), *(["count-cells"] if bag.cd3_e6 is None else [])]
        for action in codes or ["accept-collection"]:
            found.append(Waiting(action, bag.subject, here_only, bag.collected_at, site=bag.site))
    return found


def _manufacture(here: Here, most: int) -> list[Waiting]:
    held = table.Dose.objects.filter(batch=OuterRef("code"))
    certified = table.Certificate.objects.filter(batch=OuterRef("code")).order_by("-at").values("stage")[:1]
    made = table.Batch.objects.filter(site__in=here).annotate(filled=Exists(held), stage=Subquery(certified))
    rows: list[Any] = []
    for decision in ("", "conditional"):  # asked one by one: two at once are sorted, each alone stands in its index
        rows += made.filter(decision=decision).order_by("started_at")[: most * 4]
    found = []
    for row in sorted(rows, key=lambda batch: batch.started_at)[: most * 4]:
        for phase in row.awaiting.split():
            query = {"batch": row.code, "phase": phase}
            found.append(Waiting("verify-step", row.subject, query, row.started_at, phase, row.site))
        if row.awaiting and not row.on_hold:
            continue  # the next phase is refused until the last is verified
        action, since, detail = next_of_batch(row)
        if action:
            query = {"of": row.subject} if action in ("review-trail", "take-sample") else {"batch": row.code}
            if action == "take-sample":
                query["tests"] = row.unsampled
            found.append(Waiting(action, row.subject, query, since, detail, row.site))
    return found


OOS_PATH = {"": "request-oos-supply", "requested": "evaluate-oos-risk", "evaluated": "accept-oos-risk",
            "accepted": "supply-oos"}  # fmt: skip


def next_of_batch(row: Any) -> tuple[str, datetime | None, str]:
    """The act that moves a batch on, since when it waits, and a detail; no act while only results are awaited."""
    if row.on_hold:
        return "resume-batch", row.started_at, ""
    if row.decision == "conditional":
        if row.verdict != "pass":
            return ("inform-physician" if row.alarm else ""), row.harvested_at, row.alarm
        action = "release-batch" if row.stage == "final" else "certify-batch"
        return (action if row.trail_reviewed else "review-trail"), row.harvested_at, ""
    since = row.harvested_at or row.started_at
    if row.phase:
        return "sign-step", since, row.phase
    if row.harvested_at is None:
        return "harvest-batch", since, ""
    if row.purpose:
        return _of_run(row), since, row.unsampled
    if not row.filled:
        return "fill-batch", since, ""
    if not row.reconciled:
        return "reconcile-batch", since, ""
    if row.unsampled:
        return "take-sample", since, ""
    if row.verdict in ("fail", "undecided"):
        return OOS_PATH.get(row.supply_step, "supply-oos"), since, ""
    if not row.trail_reviewed:
        return "review-trail", since, ""
    return ("release-batch" if row.stage else "certify-batch"), since, ""


def _of_run(row: Any) -> str:
    """What moves a harvested qualification run on: sampling, the review of its trail, then its conclusion."""
    if row.unsampled:
        return "take-sample"
    if row.verdict == "missing":
        return ""  # its results are awaited
    if row.verdict == "pass" and not row.trail_reviewed:
        return "review-trail"
    return "close-qualification-run"


def _vector(here: Here, most: int) -> list[Waiting]:
    found = []
    for run in table.Campaign.objects.filter(site__in=here, lots=0).order_by("opened_at")[:most]:
        found.append(Waiting("harvest-vector", run.subject, {"campaign": run.code}, run.opened_at, site=run.site))
    for lot in table.Lot.objects.filter(site__in=here, decision="", recalled="").order_by("harvested_at")[:most]:
        query = {"lot": lot.code}
        codes = [*(["fill-lot"] if not lot.containers else []), *(["record-titre"] if not lot.titre_tu_per_ml else [])]
        if lot.unsampled:
            tests = {"of": lot.subject, "tests": lot.unsampled}
            found.append(Waiting("take-sample", lot.subject, tests, lot.harvested_at, site=lot.site))
        elif not codes and lot.verdict in ("fail", "undecided"):
            codes = ["reject-lot"]
        elif not codes and lot.verdict == "pass":
            codes = ["release-lot" if lot.trail_reviewed else "review-trail"]
        for action in codes:
            of = {"of": lot.subject} if action == "review-trail" else query
            found.append(Waiting(action, lot.subject, of, lot.harvested_at, site=lot.site))
    return found


def _quality(here: Here, most: int) -> list[Waiting]:
    found = []
    for status, action in (("pending", "record-result"), ("recorded", "verify-result")):
        rows = table.Result.objects.filter(site__in=here, status=status, superseded=False)
        rows = rows.annotate(judged=decision_of_batch()).exclude(judged__in=NOT_AWAITED)
        for row in rows.order_by("due_at", "sampled_at")[:most]:
            query = {"of": row.of, "test": row.test}
            found.append(Waiting(action, row.of, query, row.at or row.sampled_at, row.test, row.site))
    for deviation in _tested_at(table.Deviation, here).filter(closed_by="").order_by("opened_at")[:most]:
        query = {"of": deviation.of, "deviation": deviation.code}
        found.append(Waiting("close-deviation", deviation.of, query, deviation.opened_at, deviation.code,
                             deviation.place))  # fmt: skip
    for inquiry in _tested_at(table.Investigation, here).filter(conclusion="").order_by("opened_at")[:most]:
        query = {"of": inquiry.of, "test": inquiry.test}
        found.append(Waiting("close-investigation", inquiry.of, query, inquiry.opened_at, inquiry.test, inquiry.place))
    for lot in table.Material.objects.filter(site__in=here, status="quarantined").order_by("expires_on")[:most]:
        found.append(Waiting("judge-material", lot.subject, {"material": lot.code}, None, lot.kind, lot.site))
    return found


def _tested_at(model: Any, here: Here) -> QuerySet[Any]:
    """Rows about a batch or lot held here and not rejected, each with its place."""
    # Asked by the subject alone: whoever plans the query would else read every batch of a site for each row.
    batch = table.Batch.objects.filter(subject=OuterRef("of")).exclude(decision="rejected")
    lot = table.Lot.objects.filter(subject=OuterRef("of")).exclude(decision="rejected")
    place = Coalesce(Subquery(batch.values("site")[:1]), Subquery(lot.values("site")[:1]))
    return cast("QuerySet[Any]", model.objects.annotate(place=place).filter(place__in=here))


def decision_of_batch() -> Coalesce:
    """The decision on the batch that a row is of; empty for a lot's."""
    return Coalesce(Subquery(table.Batch.objects.filter(subject=OuterRef("of")).values("decision")[:1]), Value(""))


def _ward(here: Here, most: int) -> list[Waiting]:
    """The next fraction of every released batch that is not all given, where the fraction is."""
    released = table.Batch.objects.filter(key=OuterRef("batch"), decision__in=RELEASED)
    gone = table.Journey.objects.filter(key=OuterRef("journey")).filter(Q(withdrawn=True) | ~Q(died_on=None))
    doses = table.Dose.objects.filter(Exists(released), ~Exists(gone), site__in=here, given_at=None)
    doses = doses.exclude(bound_for__gt="")
    doses = doses.annotate(released=Subquery(released.values("released_at")[:1])).order_by("use_by", "batch", "part")
    found: dict[str, Waiting] = {}
    for dose in doses[: most * 3]:
        action = "administer-fraction" if dose.decision == "administer" else "decide-fraction"
        query = {"dose": dose.code, **({"journey": dose.journey} if action == "administer-fraction" else {})}
        why = "held" if dose.decision == "hold" else ""
        found.setdefault(dose.batch, Waiting(action, dose.subject, query, dose.released, site=dose.site, why=why))
    return list(found.values())


def _people(here: Here) -> list[Waiting]:
    """Emergency access that nobody has commented on yet."""
    rows = table.Role.objects.filter(site__in=here, emergency="open").order_by("from_on", "key")
    return [Waiting("comment-emergency-access", r.subject, {"person": r.person}, None, site=r.site) for r in rows]


def _safety(here: Here, most: int) -> list[Waiting]:
    """Adverse events to assess, to tell the sponsor of, to review for the sponsor; and trials on hold."""
    found = []
    rows = table.AdverseEvent.objects.filter(site__in=here, state="open").order_by("known_at")
    untold, unassessed = rows.filter(untold=True), rows.filter(assessed=False)
    for act, of in (("notify-sponsor", untold), ("assess-adverse-event", unassessed)):
        found += [Waiting(act, r.subject, {"event": r.code}, r.known_at, site=r.site) for r in of[:most]]
    sponsor = table.Site.objects.filter(control=True, code__in=here).values_list("code", flat=True).first()
    if sponsor is None:
        return found
    reviewed = Exists(table.EventReview.objects.filter(code=OuterRef("code")))
    told = table.AdverseEvent.objects.filter(~reviewed, state="open", serious=True, told_at__isnull=False)
    found += [
        Waiting("review-adverse-event", r.subject, {"review": r.code}, r.told_at, site=sponsor)
        for r in told.order_by("told_at")[:most]
    ]
    held = table.TrialHold.objects.filter(site__in=here, lifted_at=None).order_by("placed_at")
    found += [
        Waiting("lift-hold", r.subject, {"hold": r.protocol, "number": str(r.number)}, r.placed_at, site=r.site)
        for r in held[:most]
    ]
    return found
