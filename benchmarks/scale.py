"""One node with millions of entries: what an append takes at its end, and how fast pages and single reads are.

The loader writes fast but truly: every entry is a real act in canonical bytes, signed by its person's Ed25519 key,
its leaf in the site's Merkle tree under a checkpoint that the log key signs, its versions in the index, and the
register rows that its own ``applies`` gives, through the triggers (``journal/pile.py``, as for entries that arrive in
parcels). What is not real: no rule was asked (each act is one that the rule accepts, in the order of
``tests/journal/book``: equipment registered, material received, calibrated, judged), nothing was synced to disk
between batches on SQLite, and all was written within the last hours by two persons. --check takes the proof:
``milenari verify`` on what was loaded. Then acts go through the one door as ever, durable and signed, and pages are
asked for as a person asks. The aim is a node of 5 million:

    python -m benchmarks.scale --engine sqlite --size 5000000 --check
"""

from __future__ import annotations

import os
import sys
import time
from argparse import Namespace
from collections.abc import Iterator
from itertools import islice
from statistics import median
from typing import Any

from benchmarks.common import parser, run

SITE = "S0"
BATCH = 2_000
AIM_APPEND_MS, AIM_READ_MS = 5.0, 5.0


def statements(number: int, site: str) -> Iterator[tuple[dict[str, Any], Any]]:
    """What each act's entry says, and the pen that signs it: as the door words it when the rule says yes."""
    from milenari.journal import clock
    from milenari.rules.fields import subjects_of
    from milenari.words import iso, to_plain
    from tests.journal import book

    for n, request in enumerate(book.work(number, site)):
        action, now = request.action, iso(clock.now())
        version = 1 if n % 4 < 2 else 2
        moves = [["world", action.about, action.kind, "500", "mL"]] if n % 4 == 1 else []
        yield {
            "act": f"load-{site}-{n}", "action": action.code, "by": request.pen.person, "data": to_plain(action.data()),
            "findings": [], "format": 1, "given": {}, "happened_at": now, "meaning": str(action.meaning),
            "moves": moves, "name": f"Person {request.pen.person}", "reason": "", "role": str(request.role),
            "site": site, "subjects": [[name, version] for name in subjects_of(action)], "written_at": now,
            "zone": "Europe/Rome",
        }, request.pen  # fmt: skip


def load(number: int, site: str = SITE) -> float:
    """Write so many entries; returns the seconds it took."""
    from django.db import transaction

    from milenari.journal import fold, models, sign
    from milenari.journal.perform import Desk, Log
    from milenari.journal.pile import Pile
    from milenari.journal.tree import Frontier, leaf_hash

    begin, told, acts = time.perf_counter(), 0, statements(number, site)
    while some := list(islice(acts, BATCH)):
        with transaction.atomic():
            desk, pile = Desk("default"), Pile(fold.DiskBook())
            head = models.Head.objects.select_for_update().get(site=site)
            log = desk.logs[site] = Log(site, head.origin, Frontier.from_bytes(bytes(head.frontier)), head.written_at)
            pile.expect(name for said, _ in some for name, _ in said["subjects"])
            for said, pen in some:
                body = sign.complete(said, pen)
                leaf, entry = leaf_hash(body), fold.entry_of(said)
                pile.add(log.tree.size, entry, body, leaf)
                log.grow(leaf, entry.written_at)
            pile.put_down()
            desk.close()
        told += len(some)
        if told >= 100_000 and told % 100_000 < BATCH:
            rate = told / (time.perf_counter() - begin)
            print(
                f"{told} entries, {rate:.0f} a second, {(number - told) / rate / 60:.0f} minutes left", file=sys.stderr
            )
    return time.perf_counter() - begin


def measure(asked: Namespace) -> dict[str, Any]:
    from django.db import connection

    from milenari.journal import verify
    from milenari.journal.models import Entry
    from milenari.journal.perform import perform_all
    from tests.journal import book

    book.found(SITE)
    if connection.vendor == "sqlite":  # for loading only; the acts below are as durable as the product's
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA synchronous=OFF")
    seconds = load(asked.size)
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA synchronous=FULL")
    else:
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
    found: dict[str, Any] = {"entries": Entry.objects.count(), "loaded_in_seconds": seconds, "bytes": _bytes()}
    if asked.check:
        begin = time.perf_counter()
        report = verify.verify()
        if not report.sound:
            raise SystemExit(f"what was loaded does not verify: {report.first_bad()}")
        found["verified_in_seconds"] = time.perf_counter() - begin
    acts = book.work(10**9, SITE, start=4 * 10**9)
    perform_all(islice(acts, 20))
    appends = []
    for request in islice(acts, asked.acts):
        begin = time.perf_counter()
        perform_all([request])
        appends.append(time.perf_counter() - begin)
    found["append_ms"] = _told(appends)
    found |= reads(asked)
    return found


def reads(asked: Namespace) -> dict[str, Any]:
    """One entry by its act, one subject's sheet and history, one proof; then pages."""
    import random

    from milenari.journal import read

    chance, asks = random.Random(1), {}  # noqa: S311
    for name, ask in (
        ("an entry by its act", lambda n: read.entry_of_act(f"load-{SITE}-{n}")),
        ("the sheet of a subject", lambda n: read.sheet(f"equipment:C-{SITE}-{n // 4}")),
        ("the history of a subject", lambda n: read.entries_about(f"equipment:C-{SITE}-{n // 4}")),
        ("the proof of an entry", lambda n: read.proof_of(read.entry_of_act(f"load-{SITE}-{n}"))),
    ):
        times = []
        for number in chance.choices(range(asked.size), k=asked.acts):
            begin = time.perf_counter()
            ask(number)
            times.append(time.perf_counter() - begin)
        asks[name] = _told(times)
    return {"read_ms": asks, "page_ms": pages(asked)}


def pages(asked: Namespace) -> dict[str, dict[str, float]]:
    """Pages as QA sees them, through URL, view and template."""
    from django.test import Client

    from milenari.journal.models import Credential

    who, _ = Credential.objects.get_or_create(person=f"qa-{SITE.lower()}", defaults={"demo": True})
    client = Client()
    client.force_login(who)
    found = {}
    for path in (
        "/",
        "/stock",
        "/audit",
        f"/about/equipment:C-{SITE}-7",
        f"/entry/load-{SITE}-7",
        "/network",
        "/find?q=C-S0-7",
    ):
        times, status = [], 0
        for _ in range(max(20, asked.acts // 20)):
            begin = time.perf_counter()
            status = client.get(path, follow=True).status_code
            times.append(time.perf_counter() - begin)
        found[f"{path} ({status})"] = _told(times)
    return found


def _bytes() -> int:
    from django.db import connection

    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            return os.path.getsize(connection.settings_dict["NAME"])
        cursor.execute("SELECT pg_database_size(current_database())")
        return int(cursor.fetchone()[0])


def _told(many: list[float]) -> dict[str, float]:
    many = sorted(many)
    at = {"median": 0.5, "p95": 0.95, "p99": 0.99}
    return {
        "median": 1e3 * median(many),
        **{k: 1e3 * many[min(len(many) - 1, int(len(many) * x))] for k, x in at.items()},
    }


def tell(result: dict[str, Any]) -> str:
    size = result["entries"]
    rate = size / result["loaded_in_seconds"]
    lines = [f"{size} entries, {result['bytes'] / 1e9:.2f} GB, loaded at {rate:.0f} a second"]
    if "verified_in_seconds" in result:
        lines.append(f"verified whole in {result['verified_in_seconds']:.0f} s")

    def line(name: str, told: dict[str, float], aim: tuple[str, float] | None = None) -> str:
        met = f"  ({'met' if told[aim[0]] <= aim[1] else 'MISSED'}: {aim[0]} {aim[1]:.0f} ms)" if aim else ""
        return f"{name:<34} median {told['median']:>7.2f}  p95 {told['p95']:>7.2f}  p99 {told['p99']:>7.2f} ms{met}"

    lines.append(line("append, durable and signed", result["append_ms"], ("p99", AIM_APPEND_MS)))
    lines += [line(name, told, ("p95", AIM_READ_MS)) for name, told in result["read_ms"].items()]
    lines += [line(f"page {name}", told) for name, told in result["page_ms"].items()]
    return "\n".join(lines)


def main() -> int:
    made = parser(__doc__ or "", 20_000, "entries to load")
    made.add_argument("--acts", type=int, default=400, help="acts, and reads of each kind (default 400)")
    made.add_argument("--check", action="store_true", help="verify the whole loaded book first")
    return run("benchmarks.scale", made.parse_args(), measure, tell)


if __name__ == "__main__":
    sys.exit(main())
