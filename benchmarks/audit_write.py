"""What it costs to keep an audit trail: milenari's journal beside django-simple-history and django-auditlog.

One act is one row inserted or updated, in its own transaction, with the product's database settings. All four
work in turns on one connection of one process, so what the machine does meanwhile touches them alike; the
table shows the median over the rounds. Each side, for one act:

  plain           writes the row. Nobody knows who did it.
  simple-history  writes the row and a copy of it in a history table, with user and time.
  auditlog        writes the row and a log entry with the difference as JSON, with user and time; for an update
                  it reads the old row first.
  milenari        checks role, dates, custody and the rule of the action from folded state; refuses a repeated
                  act id; signs the act with the person's key; writes the entry, chains it into the site's Merkle
                  log and signs the new checkpoint; writes the index of the subject, the row of the equipment
                  register and the row of the list of subjects, each of them guarded by a trigger.

An update begins, for everybody, with a code and a date: the Django applications read the row by its code and
save it; --held gives them the row in memory for nothing. milenari reads its folded state, from its cache when
it is still true; --cold empties that cache before every update round. Logging in, and unlocking a signing key
with a password (some 50 ms, by intention), are left out for everybody.
"""

from __future__ import annotations

import gc
import sys
import time
from argparse import Namespace
from collections.abc import Callable
from contextlib import nullcontext
from statistics import median
from typing import Any

from benchmarks.common import parser, run

SIDES = ("plain", "simple-history", "auditlog", "milenari")
INSERTS_ONLY = ("floor",)


def measure(asked: Namespace) -> dict[str, Any]:
    from datetime import timedelta

    from auditlog.context import set_actor
    from django.db import transaction

    from benchmarks.floor import floor
    from benchmarks.peers.models import Plain, WithAuditlog, WithHistory
    from milenari.journal import fold
    from milenari.journal.models import Credential
    from tests.journal import book

    book.found()
    user = Credential.objects.create(person="user-1")
    until, later = book.today() + timedelta(days=300), book.today() + timedelta(days=400)
    pen = book.pen_of(book.person_of(book.SITE))
    held: dict[tuple[str, str], Any] = {}
    alone = nullcontext if asked.autocommit else transaction.atomic

    def peer(side: str, model: Any) -> tuple[Callable[[str], None], Callable[[str], None]]:
        def insert(code: str) -> None:
            with alone():
                row = model(code=code, kind="centrifuge", site=book.SITE, calibrated_until=until)
                row._history_user = user
                row.save()
            if asked.held:
                held[side, code] = row

        def update(code: str) -> None:
            with alone():
                row = held[side, code] if asked.held else model.objects.get(code=code)
                row.calibrated_until = later
                row._history_user = user
                row.save()

        return insert, update

    def own_insert(code: str) -> None:
        book.perform(book.register(code), pen.person, pen, site=book.SITE)

    def own_update(code: str) -> None:
        book.perform(book.calibrate(code), pen.person, pen, site=book.SITE)

    sides = {
        "plain": peer("plain", Plain),
        "simple-history": peer("simple-history", WithHistory),
        "auditlog": peer("auditlog", WithAuditlog),
        "milenari": (own_insert, own_update),
        "floor": (floor(until),),
    }
    rates: dict[str, dict[str, list[float]]] = {"insert": {}, "update": {}}
    work: dict[str, dict[str, list[float]]] = {"insert": {}, "update": {}}
    with set_actor(user):  # auditlog's user, set once: in a real application once a request
        for number in range(asked.rounds + 1):
            codes = [f"E-{number}-{n}" for n in range(asked.size if number else 20)]
            for what, step in (("insert", 0), ("update", 1)):
                if asked.cold and step:
                    fold._cache.clear()
                # Another order each round, so that nobody always follows the same neighbour.
                names = SIDES if step else (*SIDES, *INSERTS_ONLY)
                for name in (*names[number % len(names) :], *names[: number % len(names)]):
                    gc.collect()
                    act = sides[name][step]
                    begin, worked = time.perf_counter(), time.process_time()
                    for code in codes:
                        act(code)
                    if number:  # round 0 warms everybody up
                        rates[what].setdefault(name, []).append(len(codes) / (time.perf_counter() - begin))
                        spent = 1e6 * (time.process_time() - worked) / len(codes)
                        work[what].setdefault(name, []).append(spent)
    middles = {what: {name: median(found) for name, found in by.items()} for what, by in rates.items()}
    return {
        "acts_per_second": middles,
        "rounds": {what: {n: [round(x, 1) for x in found] for n, found in by.items()} for what, by in rates.items()},
        "processor_us": {what: {name: median(found) for name, found in by.items()} for what, by in work.items()},
        "ratio": {
            what: {name: by["milenari"] / by[name] for name in SIDES[:3]} for what, by in middles.items()
        },
        "floor_ratio": {name: middles["insert"]["floor"] / middles["insert"][name] for name in SIDES},
    }  # fmt: skip


def tell(result: dict[str, Any]) -> str:
    lines = [f"{'acts per second':<18}{'insert':>9}{'update':>9}   milenari is ... times as fast"]
    spent = result["processor_us"]
    rates, ratios = result["acts_per_second"], result["ratio"]
    for name in SIDES:
        line = f"{name:<18}{rates['insert'][name]:>9.0f}{rates['update'][name]:>9.0f}"
        if name != "milenari":
            line += f"   insert {ratios['insert'][name]:.2f}, update {ratios['update'][name]:.2f}"
        lines.append(line)
    floors = result["floor_ratio"]
    told = ", ".join(f"{floors[name]:.2f} times {name}" for name in SIDES)
    lines.append(f"{'floor':<18}{rates['insert']['floor']:>9.0f}{'':>9}   the floor itself inserts {told}")
    lines.append("processor time of the application, microseconds an act, whatever the disk does meanwhile")
    lines += [f"{name:<18}{spent['insert'][name]:>9.0f}{spent['update'][name]:>9.0f}" for name in SIDES]
    return "\n".join(lines)


def main() -> int:
    made = parser(__doc__ or "", 200, "acts in each round")
    made.add_argument("--rounds", type=int, default=7, help="rounds, taken in turns (default 7)")
    made.add_argument("--held", action="store_true", help="the peers need not read the row they update")
    made.add_argument("--autocommit", action="store_true", help="the peers write outside a transaction, as by default")
    made.add_argument("--cold", action="store_true", help="milenari updates with an empty cache")
    return run("benchmarks.audit_write", made.parse_args(), measure, tell)


if __name__ == "__main__":
    sys.exit(main())
