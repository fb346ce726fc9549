"""Many sites on one PostgreSQL: what the questions take with 400 sites loaded, and what partitions by site would gain.

Each site is founded through the door and has its share of --size entries, loaded as ``benchmarks.scale`` does (signed,
in each site's own tree, posted through the triggers). First named questions of the registers and the book are asked as
the product asks them. Then journal_entry and two registers are copied into tables partitioned by site, with the same
indexes, and the same SQL is put to both. The copies lack what the book rests on: PostgreSQL enforces uniqueness inside
one partition only, so neither the act id nor a register's key would be unique over all sites any more.
"""

from __future__ import annotations

import random
import sys
import time
from argparse import Namespace
from collections.abc import Callable
from statistics import median
from typing import Any

from benchmarks.common import parser, run
from benchmarks.scale import load

AIM_MS = 100.0
COPIED = ("journal_entry", "registers_equipment", "registers_material")


def measure(asked: Namespace) -> dict[str, Any]:
    from django.db import connection

    from milenari.journal import read
    from milenari.registers import questions
    from milenari.registers import stock as stores
    from tests.journal import book

    sites = [f"S{n}" for n in range(asked.sites)]
    begin = time.perf_counter()
    book.found(*sites)
    founded = time.perf_counter() - begin
    each = asked.size // asked.sites
    begin = time.perf_counter()
    for site in sites:
        load(each, site)
    loaded = time.perf_counter() - begin
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    chance = random.Random(1)  # noqa: S311
    named: dict[str, Callable[[str, int], object]] = {
        "all sites": lambda site, n: questions.sites(),
        "a subject": lambda site, n: questions.subject(f"equipment:C-{site}-{n // 4}"),
        "the stock of a site": lambda site, n: list(stores.table.Material.objects.filter(site=site)[:25]),
        "an entry by its act": lambda site, n: read.entry_of_act(f"load-{site}-{n}"),
        "the history of a subject": lambda site, n: read.entries_about(f"equipment:C-{site}-{n // 4}"),
    }
    asks = {name: _times(ask, sites, each, asked.asks, chance) for name, ask in named.items()}
    result = {"sites": asked.sites, "entries": each * asked.sites, "founded_in_seconds": founded,
              "loaded_in_seconds": loaded, "milliseconds": asks}  # fmt: skip
    if connection.vendor == "postgresql":
        result["partitions"] = partitions(sites, each, asked.asks, chance)
    return result


def partitions(sites: list[str], each: int, asks: int, chance: random.Random) -> dict[str, dict[str, Any]]:
    """The same SQL on the tables as they are, and on copies partitioned by site."""
    from django.db import connection

    with connection.cursor() as cursor:
        for table in COPIED:
            cursor.execute(f"CREATE TABLE {table}_p (LIKE {table}) PARTITION BY LIST (site)")
            for site in sites:
                cursor.execute(f"CREATE TABLE {table}_p_{site} PARTITION OF {table}_p FOR VALUES IN ('{site}')")
            cursor.execute(f"INSERT INTO {table}_p SELECT * FROM {table}")  # noqa: S608
            cursor.execute("SELECT indexdef FROM pg_indexes WHERE tablename = %s", [table])
            for number, (definition,) in enumerate(cursor.fetchall()):
                columns = definition.partition(" USING ")[2]
                cursor.execute(f"CREATE INDEX {table}_p_{number} ON {table}_p USING {columns}")
            cursor.execute(f"ANALYZE {table}_p")
    questions = {
        "newest entries of a site": 'SELECT id, act FROM {e} WHERE site = %(site)s ORDER BY "index" DESC LIMIT 25',
        "an entry by its act (no site known)": "SELECT id FROM {e} WHERE act = %(act)s",
        "what somebody did at all sites": "SELECT id FROM {e} WHERE person = %(person)s ORDER BY id DESC LIMIT 25",
        "instruments of a site": "SELECT key FROM {q} WHERE site = %(site)s ORDER BY calibrated_until LIMIT 25",
        "material that ends first, at all sites": "SELECT key FROM {m} ORDER BY expires_on LIMIT 25",
    }
    found: dict[str, dict[str, Any]] = {}
    for name, sql in questions.items():
        found[name] = {}
        for way, tail in (("as it is", ""), ("partitioned", "_p")):
            tables = dict(zip("eqm", (f"{table}{tail}" for table in COPIED), strict=True))

            def ask(site: str, n: int, sql: str = sql.format(**tables)) -> None:
                told = {"site": site, "act": f"load-{site}-{n}", "person": f"qa-{site.lower()}"}
                with connection.cursor() as cursor:
                    cursor.execute(sql, told)
                    cursor.fetchall()

            found[name][way] = _times(ask, sites, each, asks, chance)
    return found


def _times(
    ask: Callable[[str, int], object], sites: list[str], each: int, asks: int, chance: random.Random
) -> dict[str, float]:
    times = []
    for _ in range(asks):
        site, number = chance.choice(sites), chance.randrange(each)
        begin = time.perf_counter()
        ask(site, number)
        times.append(1e3 * (time.perf_counter() - begin))
    times.sort()
    return {"median": median(times), "p95": times[int(len(times) * 0.95)]}


def tell(result: dict[str, Any]) -> str:
    lines = [f"{result['sites']} sites, {result['entries']} entries loaded in {result['loaded_in_seconds']:.0f} s"]
    for name, told in result["milliseconds"].items():
        met = "met" if told["p95"] <= AIM_MS else "MISSED"
        lines.append(f"{name:<40} median {told['median']:>7.2f}  p95 {told['p95']:>7.2f} ms  ({met}: {AIM_MS:.0f} ms)")
    for name, ways in result.get("partitions", {}).items():
        told = ", ".join(f"{way} {x['median']:.2f} / {x['p95']:.2f} ms" for way, x in ways.items())
        lines.append(f"{name:<40} median / p95: {told}")
    return "\n".join(lines)


def main() -> int:
    made = parser(__doc__ or "", 40_000, "entries in all")
    made.add_argument("--sites", type=int, default=400, help="sites (default 400)")
    made.add_argument("--asks", type=int, default=300, help="times each question is asked (default 300)")
    return run("benchmarks.sites", made.parse_args(), measure, tell)


if __name__ == "__main__":
    sys.exit(main())
