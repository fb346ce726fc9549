"""Competence: persons against procedures; the rule's own answer, from folded sheets that are asked for together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from milenari.registers import keeping as registers
from milenari.registers.people import Worker, workers
from milenari.rules.action import Book
from milenari.rules.competence import Standing, standing
from milenari.rules.curriculum import Curriculum
from milenari.rules.training import Trainer, shown_by, trainer_code

WORKING = ("operator", "qa", "qc-analyst", "vector-manager", "trainer")


@dataclass(frozen=True)
class Cell:
    """One person against one version of a procedure."""

    person: str
    procedure: str
    number: str
    found: Standing
    state: str  # trained, ends, partly, inactive, none, not-asked

    @property
    def shown(self) -> int:
        return sum(1 for x in self.found.items if x.fit)


@dataclass(frozen=True)
class Line:
    """One person at one site, with a cell a column."""

    worker: Worker
    cells: tuple[Cell, ...]


class Asked(Book, Protocol):
    """A book that reads many sheets in one question."""

    def expect(self, names: Iterable[str]) -> None:
        """Read the newest versions of these subjects together."""


class Desk:
    """The folded sheets of one question about training, asked for together."""

    cells: type[Cell] = Cell

    def __init__(self, book: Asked, on: date) -> None:
        self.book, self.on = book, on
        self.procedures = registers.codes("curriculum")
        self.trainers = registers.codes("trainer")
        self.book.expect([*(f"curriculum:{p}" for p in self.procedures), *(f"trainer:{t}" for t in self.trainers)])
        self.curricula = {p: self.curriculum(p) for p in self.procedures}
        self.appointed = {t: self._trainer(t) for t in self.trainers}

    def curriculum(self, procedure: str) -> Curriculum:
        found: Curriculum = self.book.sheet(f"curriculum:{procedure}")
        return found

    def _trainer(self, code: str) -> Trainer:
        found: Trainer = self.book.sheet(f"trainer:{code}")
        return found

    def expect(self, persons: Iterable[str], procedures: Iterable[str]) -> None:
        people = list(dict.fromkeys(persons))
        names = [f"{kind}:{p}" for p in people for kind in ("person", "practice")]
        names += [f"trainer:{trainer_code(q, p)}" for q in dict.fromkeys(procedures) for p in people]
        self.book.expect(names)

    def versions(self, procedure: str) -> list[str]:
        """The versions of a procedure that anybody could be trained on, oldest first."""
        told = [v.number for v in self.curricula[procedure].versions] if procedure in self.curricula else []
        stated = [n for p, n in registers.trained_procedures() if p == procedure and n not in told]
        return [*stated, *told]

    def cell(self, worker: Worker, procedure: str, number: str) -> Cell:
        roles = tuple(role.role for role in worker.roles)
        curriculum = self.curricula.get(procedure) or Curriculum(procedure)
        shown = shown_by(self.book, worker.code, procedure)
        found = standing(curriculum, number, shown, self.on, roles, procedure)
        return self.cells(worker.code, procedure, number, found, _state(found, self.on))


def _state(found: Standing, on: date) -> str:
    if found.fit:
        return "ends" if found.soon(on) else "trained"
    if found.known and not found.items:
        return "not-asked"
    if found.inactive and not found.missing:
        return "inactive"
    return "partly" if any(x.have or x.appointed for x in found.items) else "none"


def columns(desk: Desk, procedure: str = "") -> list[tuple[str, str]]:
    """The versions that a matrix shows: all of the procedure asked for, else the last two of each."""
    known = sorted({p for p, _ in registers.trained_procedures()} | set(desk.procedures))
    if procedure:
        return [(procedure, number) for number in desk.versions(procedure)]
    return [(p, number) for p in known for number in desk.versions(p)[-2:]]


def matrix(
    desk: Desk, sites: Iterable[str], role: str = "", procedure: str = ""
) -> tuple[list[tuple[str, str]], list[Line]]:
    """Persons by procedures: the columns and the lines."""
    found = [w for w in workers(sites, desk.on) if any(r.role == role if role else r.role in WORKING for r in w.roles)]
    asked = columns(desk, procedure)
    desk.expect([w.code for w in found], [p for p, _ in asked])
    return asked, [Line(w, tuple(desk.cell(w, p, n) for p, n in asked)) for w in found]


def untrained(desk: Desk, sites: Iterable[str], procedure: str, number: str) -> list[tuple[Worker, Cell]]:
    """Who is not trained on a version of a procedure, of those whom it is asked of, with what is missing."""
    found = [w for w in workers(sites, desk.on) if any(r.role in WORKING for r in w.roles)]
    desk.expect([w.code for w in found], [procedure])
    cells = [(w, desk.cell(w, procedure, number)) for w in found]
    return [(w, cell) for w, cell in cells if not cell.found.fit and cell.state != "not-asked"]


@dataclass(frozen=True)
class Link:
    """One step of a chain of trainers: who was named or attested by whom; depth from where it is looked at."""

    depth: int
    person: str
    how: str  # root | appointed | attested | unknown
    site: str = ""
    until_on: date | None = None
    in_force: bool = True
    items: tuple[str, ...] = ()


def chain_down(desk: Desk, procedure: str) -> list[Link]:
    """The whole tree of a procedure: from whoever the control site named down to the last trainer."""
    named: dict[str, list[tuple[str, Any]]] = {}
    roots: list[tuple[str, Any]] = []
    for code, trainer in desk.appointed.items():
        of, _, person = code.partition("/")
        for a in trainer.appointments if of == procedure else ():
            (roots if a.root else named.setdefault(a.by, [])).append((person, a))
    made: list[Link] = []

    def grow(person: str, appointment: Any, depth: int, above: tuple[str, ...]) -> None:
        covered = appointment.items[0] if appointment.items else ""
        now = appointment.covers(appointment.number, covered, desk.on)
        made.append(Link(depth, person, "appointed", appointment.by_site, appointment.until_on, now, appointment.items))
        for child, a in sorted(named.get(person, ()), key=lambda x: x[0]):
            if child not in above:
                grow(child, a, depth + 1, (*above, person))

    for by in sorted({a.by for _, a in roots}):
        made.append(Link(0, by, "root", next(a.by_site for _, a in roots if a.by == by)))
        for person, a in sorted(roots, key=lambda x: x[0]):
            if a.by == by:
                grow(person, a, 1, (by,))
    return made


def chain_up(desk: Desk, procedure: str, person: str) -> list[Link]:
    """From a person back to the root: who attested, who named that trainer, up to the control site."""
    shown = shown_by(desk.book, person, procedure)
    attested = {e.by for e in shown.evidence if e.procedure == procedure and e.by != person and not e.withdrawn}
    attested |= {t.trainer for t in shown.statements if t.procedure == procedure and not t.withdrawn}
    made: list[Link] = [Link(0, person, "attested")]

    def climb(who: str, depth: int, below: tuple[str, ...]) -> None:
        trainer = desk.appointed.get(trainer_code(procedure, who))
        if trainer is None:
            made.append(Link(depth, who, "unknown"))
            return
        last = trainer.appointments[-1]
        covered = last.items[0] if last.items else ""
        made.append(Link(depth, who, "appointed", last.by_site, last.until_on,
                         last.covers(last.number, covered, desk.on), last.items))  # fmt: skip
        for by in sorted({a.by for a in trainer.appointments}):
            if any(a.root and a.by == by for a in trainer.appointments):
                site = next(a.by_site for a in trainer.appointments if a.by == by)
                made.append(Link(depth + 1, by, "root", site))
            elif by not in below:
                climb(by, depth + 1, (*below, who))

    own = desk.appointed.get(trainer_code(procedure, person))
    for who in sorted(attested | ({a.by for a in own.appointments} if own else set())):
        if own and any(a.root and a.by == who for a in own.appointments):
            made.append(Link(1, who, "root", next(a.by_site for a in own.appointments if a.by == who)))
        else:
            climb(who, 1, (person,))
    return made
