"""Record: participants and snapshot, read from the journal as of one size of every log.

The registers say which journeys belong to a study; everything that is said of them is folded from their entries up to
the snapshot, so an export of last year can be made again today, and gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime, time
from decimal import Decimal
from hashlib import sha256
from importlib.metadata import version
from typing import Any
from zoneinfo import ZoneInfo

from milenari.exports import case as c
from milenari.exports import departures
from milenari.exports.case import At
from milenari.exports.study import FORMAT, Criterion, LogAt, PlannedVisit, Snapshot, Study, Taken
from milenari.journal import ledger, read
from milenari.journal.read import Seen
from milenari.registers import exporting, questions
from milenari.registers.exporting import Belonging
from milenari.registers.questions import Sites
from milenari.rules import followup
from milenari.rules.action import Refused, blank, fold_in
from milenari.rules.casebook_form import Item
from milenari.rules.casebook_window import NO_MORE
from milenari.rules.participant import Participant
from milenari.words import Facts, Quantity

EPOCH, NOON = date(2000, 1, 1), time(12)  # any day: only distances from it are taken
VISITS = tuple(PlannedVisit(v.code, (v.due_on - EPOCH).days) for v in followup.schedule(EPOCH))
CUSTODY = {"dispatch": "SHIPPING", "receive": "RECEIVING"}


# -- snapshot ---------------------------------------------------------------------------------------------


def snapshot(study: str, told: dict[str, Any] | None = None) -> Snapshot:
    """The state of all logs now, or again that of an earlier export; Refused when a log does not hold it."""
    sizes = _sizes(study, told) if told is not None else None
    found = tuple(LogAt(*log) for log in ledger.states(sizes))
    if told is not None:
        before = {x["site"]: x["root"] for x in told["logs"]}
        wrong = next((log.site for log in found if log.root != before[log.site]), "")
        if wrong:
            raise Refused("snapshot-other-log", site=wrong)
    at = ledger.newest_at({log.site: log.size for log in found})
    if at is None:
        raise Refused("export-empty", study=study)
    return Snapshot(study, found, at, version("milenari"))


def _sizes(study: str, told: dict[str, Any]) -> dict[str, int]:
    try:
        if told["format"] != FORMAT:
            raise Refused("snapshot-unreadable", detail=str(told["format"]))
        sizes = {str(x["site"]): int(x["size"]) for x in told["logs"]}
        of = str(told["study"])
        _ = [str(x["root"]) for x in told["logs"]]
    except (KeyError, TypeError, ValueError) as fault:
        raise Refused("snapshot-unreadable", detail=f"{type(fault).__name__}: {fault}") from fault
    if of != study:
        raise Refused("snapshot-of-another-study", study=study, found=of)
    held = ledger.sizes()
    short = next((site for site, size in sizes.items() if held.get(site, 0) < size or size < 1), "")
    if short:
        raise Refused("snapshot-not-held", site=short, size=sizes[short], held=held.get(short, 0))
    return sizes


# -- study ------------------------------------------------------------------------------------------------


def take(code: str, sites: Sites = None, told: dict[str, Any] | None = None) -> Taken:
    """Everything exported of a protocol's participants, or a product's, at these sites, as of a snapshot."""
    offered = next((o for o in exporting.studies(sites) if o.code == code), None)
    if offered is None:
        raise Refused("export-empty", study=code)
    state = snapshot(code, told)
    upto = {log.site: log.size for log in state.logs}
    return (_of_protocol if offered.protocol else _of_product)(code, offered.title, sites, state, upto)


def _of_product(code: str, title: str, sites: Sites, state: Snapshot, upto: dict[str, int]) -> Taken:
    process = _folded(f"process:{code}", _before(read.entries_about(f"process:{code}"), upto))
    current = process.current() if process.exists else None
    study = Study(code, getattr(process, "title", "") or title or code, code, current.number if current else "", VISITS)
    belonging = exporting.belonging(code, sites)
    erased = [b for b in belonging if b.erased]
    cases, simulated = _cases(code, [b for b in belonging if not b.erased], upto)
    made = sorted(cases.values(), key=lambda case: case.key)
    return Taken(study, tuple(made), state, (("erased", len(erased)),) if erased else (), simulated)


def _of_protocol(code: str, title: str, sites: Sites, state: Snapshot, upto: dict[str, int]) -> Taken:
    """Participants under their study number; what their journey says is added where one is linked."""
    protocol = _folded(f"protocol:{code}", _before(read.entries_about(f"protocol:{code}"), upto))
    newest = protocol.versions[-1] if protocol.versions else None
    document = newest.document if newest else {}
    criteria = tuple(_criteria(_every_criterion(protocol.versions)))
    study = Study(code, str(document.get("title", title or code)), str(document.get("product", code)),
                  newest.number if newest else "", VISITS, criteria, str(document.get("phase", "")),
                  _parameters(document))  # fmt: skip
    people = [_folded(f"participant:{name}", _before(read.entries_about(f"participant:{name}"), upto))
              for name in exporting.participants(code, sites)]  # fmt: skip
    people = [p for p in people if p.exists]
    belonging = exporting.belonging_to(p.journey for p in people if p.journey)
    erased = {b.journey for b in belonging if b.erased}
    cases, simulated = _cases(code, [b for b in belonging if not b.erased], upto)
    places = questions.sites()
    codes = [p.code for p in people]
    told_, pages = exporting.events_of(codes), exporting.pages_of(codes)
    made = [
        replace(one := _enrolled(p, cases.get(p.journey), places), events=tuple(_events(told_.get(p.code, ()), upto)),
                pages=tuple(_pages(pages.get(p.code, ()), upto, places)),
                departures=departures.once([*one.departures, *_departed(p.code, pages.get(p.code, ()), upto)]))
        for p in people if p.journey not in erased
    ]  # fmt: skip
    left = (("erased", len(erased)),) if erased else ()
    return Taken(study, tuple(sorted(made, key=lambda case: case.key)), state, left, simulated)


def _parameters(document: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    """The protocol's parameters that have a value."""
    kept = document.get("parameters", {})
    return tuple(sorted((name, str(one["value"])) for name, one in kept.items() if one.get("value") is not None))


def _criteria(told: Iterable[dict[str, Any]]) -> Iterable[Criterion]:
    """The protocol's criteria under short names of at most eight characters, as SDTM demands."""
    counted = {"inclusion": 0, "exclusion": 0}
    for one in told:
        counted[one["kind"]] += 1
        inclusion = one["kind"] == "inclusion"
        yield Criterion(f"{'INCL' if inclusion else 'EXCL'}{counted[one['kind']]:02}", one["text"][:200], inclusion,
                        one["code"])  # fmt: skip


def _every_criterion(versions: Iterable[Any]) -> list[dict[str, Any]]:
    """The criteria of the newest version, then those that only an earlier one had: somebody may have failed by one."""
    found: dict[str, dict[str, Any]] = {}
    for written in reversed(tuple(versions)):
        for one in written.document["eligibility"]:
            found.setdefault(one["code"], one)
    return list(found.values())


def _departed(participant: str, pages: Sequence[str], upto: dict[str, int]) -> Iterable[c.Departure]:
    """What the participant's own entries and casebook pages found outside of what was planned."""
    names = [f"participant:{participant}", *(f"casebook-page:{code}" for code in pages)]
    found = sorted((s.entry for s in _before(read.entries_about(*names), upto)), key=lambda e: (e.happened_at, e.act))
    return departures.of_entries(found, participant)


def _events(codes: Iterable[str], upto: dict[str, int]) -> Iterable[c.Event]:
    """Adverse events as they were told last by the snapshot, with the site's newest opinion on the product."""
    for code in codes:
        event = _folded(f"adverseevent:{code}", _before(read.entries_about(f"adverseevent:{code}"), upto))
        if event.exists:
            now, held = event.now, event.opinions[-1].held if event.opinions else None
            yield c.Event(code, now.term, now.begun_on, now.grade, bool(now.criteria), tuple(now.criteria),
                          held.product if held else "", now.outcome, now.ended_on)  # fmt: skip


def _pages(codes: Iterable[str], upto: dict[str, int], places: dict[str, questions.Place]) -> Iterable[c.Page]:
    """Casebook pages as they were last saved by the snapshot, each read by the version of its form."""
    for code in codes:
        page = _folded(f"casebook-page:{code}", _before(read.entries_about(f"casebook-page:{code}"), upto))
        if not page.exists or page.saved_at is None:
            continue
        place = places.get(page.owner)
        name = f"casebook-form:{page.form}"
        form = _folded(name, _before(read.entries_about(name), upto)).form(page.number)
        told_ = ((item, dict(page.values).get(item.id, {})) for item in form.items if not item.source)
        answers = tuple(_answer(item, told) for item, told in told_ if told)
        yield c.Page(code, page.visit, page.form, At(page.saved_at, place.zone if place else "UTC"), answers)


def _answer(item: Item, told: Facts) -> c.Answer:
    domain, variable, test = item.sdtm
    label, value, missing = dict(item.label)["en"], str(told.get("value", "")), str(told.get("missing", ""))
    return c.Answer(item.id, label, item.type, domain, variable, test, value, item.unit, missing)


def _enrolled(p: Participant, case: c.Case | None, places: dict[str, questions.Place]) -> c.Case:
    """A participant's own facts over those of the journey."""
    place = places.get(p.site)
    zone, country = (place.zone, place.country) if place else ("UTC", "")
    screened = At(datetime.combine(p.screened_on or EPOCH, NOON, ZoneInfo(zone)), zone)
    found = case or c.Case(p.code, p.site, country, "", p.age_months, screened)
    signed = [c.Consent("own-consent" if one.signer == "participant" else "guardian-consent", one.form_version, one.on)
              for one in p.consents]  # fmt: skip
    signed += [c.Consent("child-assent", one.form_version, one.on) for one in p.assents if one.agreed]
    left = [one.on for one in p.withdrawals] + ([found.withdrawn_on] if found.withdrawn_on else [])
    return replace(
        found, key=p.code, site=p.site, age_months=p.age_months, referred_at=screened, consents=tuple(signed),
        eligible_on=p.eligible_on, assigned_on=p.enrolled_on, enrolled_on=p.enrolled_on, failed_on=p.failed_on,
        withdrawn_on=min(left, default=None), cohort=p.cohort, dose_level=p.level,
        ended_on=p.ended_on, ended_why=p.ended_why, unmet=p.failed_criteria, adult_care_on=p.adult_care_on,
        follow_up_left_on=min((w.on for w in p.withdrawals if w.mode in NO_MORE), default=None),
    )  # fmt: skip


def _cases(study: str, belonging: Sequence[Belonging], upto: dict[str, int]) -> tuple[dict[str, c.Case], bool]:
    """Each journey's case by its code, and whether any product of theirs is simulated."""
    seen: dict[str, list[Seen]] = {}
    names = [name for one in belonging for name in one.subjects]
    for start in range(0, len(names), exporting.MANY):
        wanted = names[start : start + exporting.MANY]
        for entry in _before(read.entries_about(*wanted), upto):
            for name, _version in entry.entry.subjects:
                if name in wanted:
                    seen.setdefault(name, []).append(entry)
    places = questions.sites()
    made: dict[str, c.Case] = {}
    simulated = False
    for one in belonging:
        if f"journey:{one.journey}" not in seen:
            continue  # referred after the snapshot
        story = _Story(study, one, seen, {code: (p.country, p.zone) for code, p in places.items()})
        made[one.journey] = story.case()
        simulated = simulated or story.simulated
    return made, simulated


def _before(seen: Iterable[Seen], upto: dict[str, int]) -> list[Seen]:
    return [s for s in seen if s.index < upto.get(s.site, 0)]


def _folded(name: str, seen: Iterable[Seen]) -> Any:
    """A subject as its entries make it, in the order of its versions, which is the same on every node."""
    state = blank(name)
    mine = [(version_, s) for s in seen for about, version_ in s.entry.subjects if about == name]
    for number, entry in sorted(mine, key=lambda pair: pair[0]):
        if number == state.version + 1:
            state = fold_in(state, name, entry.entry)
    return state


def pseudonym(study: str, journey: str, coi: str) -> str:
    """A key that tells participants apart and names nobody; of the chain of identity where one was issued."""
    digest = sha256(f"milenari export 1\n{study}\n{coi or journey}".encode()).hexdigest().upper()
    return f"{digest[:4]}-{digest[4:8]}"


class _Story:
    """One journey with its parts, folded; every fact with its place and time."""

    def __init__(self, study: str, one: Belonging, seen: dict[str, list[Seen]],
                 places: dict[str, tuple[str, str]]) -> None:  # fmt: skip
        self.study, self.one, self.seen, self.places = study, one, seen, places
        self.journey = self._sheet(f"journey:{one.journey}")
        self.batches = {code: self._sheet(f"batch:{code}") for code in one.batches}
        self.simulated = any(b.exists and b.simulated for b in self.batches.values())

    def _sheet(self, name: str) -> Any:
        return _folded(name, self.seen.get(name, ()))

    def _entries(self, name: str, *actions: str) -> list[Any]:
        found = [s.entry for s in self.seen.get(name, ()) if s.entry.action.code in actions]
        return sorted(found, key=lambda e: (e.happened_at, e.written_at, e.act))

    def _at(self, instant: datetime | None, site: str) -> At | None:
        return At(instant, self._zone(site)) if instant is not None else None

    def _zone(self, site: str) -> str:
        return self.places[site][1] if site in self.places else "UTC"

    @staticmethod
    def _of(entry: Any) -> At:
        return At(entry.happened_at, entry.zone)

    def case(self) -> c.Case:
        j, name = self.journey, f"journey:{self.one.journey}"
        site = self.one.site
        collections = self._collections()
        products = tuple(self._product(code, b) for code, b in self.batches.items() if b.exists)
        fractions = self._fractions()
        entries = [s.entry for about in self.one.subjects for s in self.seen.get(about, ())]
        newest = max((e.happened_at for e in entries if e.about == name), default=j.referred_at)
        deaths = self._entries(name, "record-death")
        eligible = At(j.eligible_at, self._zone(site)).on if j.eligible_at else None
        return c.Case(
            pseudonym(self.study, self.one.journey, j.coi), site, self.places.get(site, ("", "UTC"))[0], j.sex,
            j.age_months, At(j.referred_at, self._zone(site)),
            tuple(c.Consent(g.kind, g.version, g.on) for g in j.consents), eligible, eligible, None, None,
            j.withdrawn_on,
            tuple(c.Weight(e.action.weight.value, e.action.on) for e in self._entries(name, "record-weight")),
            collections, products, fractions, tuple(self._handlings()), tuple(self._grades(name)),
            tuple(c.Response(e.action.response, self._of(e), e.action.sensitivity)
                  for e in self._entries(name, "record-response")),
            tuple(c.BCells(e.action.b_cells.value, self._of(e), bool(e.given["aplasia"]))
                  for e in self._entries(name, "record-b-cells")),
            tuple(c.Relapse(self._of(e), e.action.where, e.action.cd19) for e in self._entries(name, "record-relapse")),
            tuple(c.Visit(code, on) for code, on in sorted(j.visits, key=lambda v: (v[1], v[0]))), (),
            c.Death(j.died_on, deaths[-1].action.cause) if j.died_on and deaths else None,
            At(newest, self._zone(site)),
            transplants=tuple(c.Transplant(t.on, t.donor, t.remission) for t in j.transplants),
            departures=departures.once(self._departed(name)),
        )  # fmt: skip

    def _departed(self, name: str) -> Iterable[c.Departure]:
        yield from departures.of_entries(self._entries(name, "record-visit"), self.one.site)
        for code, batch in self.batches.items():
            if batch.exists:
                yield from departures.of_product(code, batch.deviations, self._zone(batch.owner))

    def _collections(self) -> tuple[c.Collection, ...]:
        made = []
        for code in self.one.collections:
            bag = self._sheet(f"collection:{code}")
            for entry in self._entries(f"collection:{code}", "collect-cells")[:1]:
                counted = self._entries(f"collection:{code}", "count-cells")
                made.append(c.Collection(code, self._of(entry), entry.site, bag.volume_ml, bag.cd3_e6,
                                         bag.viability_pct, self._of(counted[-1]) if counted else None))  # fmt: skip
        return tuple(made)

    def _product(self, code: str, batch: Any) -> c.Product:
        spent = self._entries(f"batch:{code}", "spend-container")
        lot = str(spent[-1].given.get("lot", "")) if spent else ""
        started = self._entries(f"batch:{code}", "start-batch")
        site = started[0].site if started else batch.owner
        results = []
        for r in batch.results:
            if r.status == "verified":
                criterion = batch.criterion(r.test)
                measured = r.value if isinstance(r.value, Quantity) else None
                number = measured.value if measured is not None and not measured.comparator else None
                results.append(c.Result(r.test, criterion.attribute if criterion else "", str(r.value or ""), number,
                                        measured.unit if measured else "", r.outcome, r.method,
                                        self._at(r.at, site)))  # fmt: skip
        return c.Product(
            code, site, batch.collection, batch.decision, lot, self._at(batch.started_at, site),
            self._at(batch.harvested_at, site), self._at(batch.released_at, site), batch.cells_e6 or None,
            tuple(sorted(results, key=lambda r: r.test)), batch.process_version,
        )  # fmt: skip

    def _fractions(self) -> tuple[c.Fraction, ...]:
        made = []
        for code in self.one.doses:
            name = f"dose:{code}"
            dose = self._sheet(name)
            if not dose.exists:
                continue
            given = self._entries(name, "administer-fraction")
            decided = [e for e in self._entries(name, "decide-fraction") if "weight_kg" in e.given]
            per_kg = _per_kg(decided[-1].given) if decided else None
            at, site = (self._of(given[-1]), given[-1].site) if given else (None, "")
            made.append(c.Fraction(code, dose.batch, dose.part, dose.cells_e6, dose.volume_ml, per_kg, at, site))
        return tuple(made)

    def _handlings(self) -> list[c.Handling]:
        made = []
        for kind, codes in (("collection", self.one.collections), ("dose", self.one.doses)):
            for code in codes:
                for e in self._entries(f"{kind}:{code}", *CUSTODY):
                    made.append(c.Handling(code, CUSTODY[e.action.code], self._of(e), e.site,
                                           getattr(e.action, "to_site", "")))  # fmt: skip
        for code in self.one.collections:
            for e in self._entries(f"collection:{code}", "collect-cells"):
                made.append(c.Handling(code, "COLLECTING", self._of(e), e.site))
        for code in self.one.batches:
            for action, term in (("start-batch", "CULTURING"), ("fill-batch", "FILLING")):
                for e in self._entries(f"batch:{code}", action):
                    made.append(c.Handling(code, term, self._of(e), e.site))
        return sorted(made, key=lambda h: (h.at.instant, h.specimen, h.term))

    def _grades(self, name: str) -> list[c.Grade]:
        made = []
        for e in self._entries(name, "grade-crs", "grade-icans"):
            scale = "CRS" if e.action.code == "grade-crs" else "ICANS"
            parts = [(field, _said(getattr(e.action, field))) for field in e.action.fields if field != "journey"]
            made.append(c.Grade(scale, int(e.given["grade"]), self._of(e), tuple(parts)))
        return made


def _per_kg(given: dict[str, Any]) -> Decimal:
    """Cells per kilogram on the weight of the decision, in millions, to the sixth place."""
    return (Decimal(str(given["cells"])) / Decimal(str(given["weight_kg"]))).quantize(Decimal("0.000001"))


def _said(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
