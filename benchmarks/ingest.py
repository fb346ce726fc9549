"""How fast a node takes in what another has written: parcels checked whole and applied, as ``milenari receive`` does.

A sending site writes --size real acts (equipment registered and calibrated, material received and judged), each by its
rule and signed. They travel as parcels to a receiving node with a database of its own, which checks the outside and
inside of each parcel, the tree against the signed checkpoint, and of every entry canonical bytes, signature, authority,
custody and versions, and posts the registers. Two ways: all parcels in one call (a memory stick), and one by one (the
wire). Each runs in a process of its own, so that its peak memory is its own. --shares says where the time goes.

On PostgreSQL the peer is its own logical replication of the same tables to a subscriber that was away meanwhile, in the
same cluster. It copies rows: no signature, no hash, no authority, no custody, no version is checked, the guard's
triggers do not run on the subscriber, and whoever may write to the publisher may write anything to everybody.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from argparse import Namespace
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from resource import RUSAGE_SELF, getrusage
from typing import Any

from benchmarks.common import parser, ready, run, scratch

FULL = 100_000
WAYS = ("together", "one by one")
SENDER, RECEIVER = "S0", "S1"
CLASSES = ("operations", "personnel", "vector", "product", "clinical")


def prepare(folder: Path, size: int) -> None:
    """At the sender: write the acts, found the network, and pack everything for a receiver that has nothing."""
    from datetime import timedelta

    from django.conf import settings

    ready()
    from milenari.journal import keys
    from milenari.journal.exchange import charter, outgoing, succession
    from milenari.journal.exchange.parcel import waybill_of
    from milenari.journal.perform import perform_all
    from milenari.rules.exchange import AgreeExchange
    from tests.journal import book

    book.found(SENDER, RECEIVER)
    today = book.today()
    book.do(AgreeExchange(agreement=f"{SENDER}-{RECEIVER}", to_site=RECEIVER, data_classes=CLASSES, basis="a benchmark",
                          country="IT", from_on=today, to_on=today + timedelta(days=99)), SENDER)  # fmt: skip
    acts = book.work(size, SENDER)
    while batch := list(islice(acts, 500)):
        perform_all(batch)
    note = charter.propose([succession.member_here(site) for site in (SENDER, RECEIVER)], 2)
    for site in (SENDER, RECEIVER):
        note = charter.sign(note, keys.root_key(site))
    charter.accept(note)
    (folder / "charter").write_text(note)
    shutil.copytree(Path(settings.HOME) / "keys", folder / "keys")
    for number, data in enumerate(outgoing.moving(RECEIVER)):
        log = waybill_of(data).log
        (folder / f"{log}-{number:04d}.parcel").write_bytes(data)


def receive(parcels: Path, way: str, shares: bool) -> dict[str, Any]:
    """At the receiver, in a process of its own: take up its own log, then the sender's parcels under the clock."""
    from django.conf import settings

    ready()
    from milenari.journal import models
    from milenari.journal.exchange import charter, incoming, standing

    (Path(settings.HOME) / "keys").mkdir(parents=True)
    for path in (parcels / "keys").glob(f"{RECEIVER}.*"):
        shutil.copy(path, Path(settings.HOME) / "keys")
    charter.accept((parcels / "charter").read_text())
    standing.begin_recovery(RECEIVER)
    incoming.receive(path.read_bytes() for path in parcels.glob(f"{RECEIVER}-*.parcel"))
    standing.end_recovery(RECEIVER, without=[SENDER])
    files = sorted(parcels.glob(f"{SENDER}-*.parcel"))
    clocks = Clocks() if shares else None
    before, begin, busy = peak(), time.perf_counter(), time.process_time()
    for some in [files] if way == WAYS[0] else [[path] for path in files]:
        for outcome in incoming.receive(path.read_bytes() for path in some):
            if outcome.state != "applied":
                raise SystemExit(f"a parcel was {outcome.state}: {outcome.refused}")
    seconds, busy = time.perf_counter() - begin, time.process_time() - busy
    entries = models.Head.objects.get(site=SENDER).size
    return {
        "entries": entries, "parcels": len(files), "bytes": sum(p.stat().st_size for p in files), "seconds": seconds,
        "entries_per_second": entries / seconds, "cpu_seconds": busy, "peak_mb": peak(), "before_mb": before,
        "shares": clocks.told(seconds) if clocks else {},
    }  # fmt: skip


def measure(asked: Namespace) -> dict[str, Any]:
    """One engine: each way on a fresh database; on PostgreSQL then what its own replication takes for the same rows."""
    found: dict[str, Any] = {"ways": {}}
    parcels = Path(asked.parcels)
    for way in WAYS:
        with fresh() as env, replica(env.get("DATABASE_URL", "") if way == WAYS[0] else "") as caught_up:
            command = [sys.executable, "-m", "benchmarks.ingest", "--way", way, "--parcels", str(parcels)]
            command += ["--shares"] if asked.shares else []
            done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, env=env)  # noqa: S603
            found["ways"][way] = json.loads(done.stdout.splitlines()[-1])
            found |= caught_up(found["ways"][way]["entries"])
    if "replication" in found:
        rate = found["ways"][WAYS[0]]["entries_per_second"]
        found["ratio"] = {"checked to replicated": rate / found["replication"]["entries_per_second"]}
    return found


@contextlib.contextmanager
def fresh() -> Iterator[dict[str, str]]:
    """The environment of one more empty node on this process's engine."""
    home, url = tempfile.mkdtemp(prefix="milenari-ingest-"), os.environ.get("DATABASE_URL", "")
    env = {**os.environ, "MILENARI_HOME": home}
    try:
        if url:
            name = f"ingest_{time.time_ns()}"
            admin(url, f"CREATE DATABASE {name}")
            env["DATABASE_URL"] = url.rpartition("/")[0] + f"/{name}"
        yield env
    finally:
        shutil.rmtree(home, ignore_errors=True)


def admin(url: str, *statements: str) -> list[Any]:
    import psycopg

    rows: list[Any] = []
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            done = connection.execute(statement.encode())
            rows = done.fetchall() if done.description else []
    return rows


@contextlib.contextmanager
def replica(url: str) -> Iterator[Any]:
    """A subscriber with the same tables, away until asked to catch up; nothing without a PostgreSQL ``url``."""
    if not url:
        yield lambda entries: {}
        return
    other = url + "_replica"
    command = [sys.executable, "-c", "from benchmarks.common import ready; ready()"]
    for one in (url, other):
        if one == other:
            admin(url, f"CREATE DATABASE {other.rpartition('/')[2]}")
        subprocess.run(command, env={**os.environ, "DATABASE_URL": one}, check=True)  # noqa: S603
    tables = [
        name for (name,) in admin(url, "SELECT tablename FROM pg_tables WHERE tablename ~ '^(journal|registers)_'")
    ]
    admin(url, f"CREATE PUBLICATION milenari FOR TABLE {', '.join(tables)}",
          "SELECT pg_create_logical_replication_slot('milenari', 'pgoutput')")  # fmt: skip
    admin(other, f"CREATE SUBSCRIPTION milenari CONNECTION '{url.replace('postgres:', 'postgresql:')}' PUBLICATION "
                 "milenari WITH (create_slot = false, copy_data = false, enabled = false)")  # fmt: skip
    start = admin(url, "SELECT pg_current_wal_lsn()::text")[0][0]

    def caught_up(entries: int) -> dict[str, Any]:
        count = "SELECT count(*) FROM journal_entry"
        wanted = admin(url, count)[0][0]
        wal = int(admin(url, f"SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '{start}')::bigint")[0][0])
        begin = time.perf_counter()
        admin(other, "ALTER SUBSCRIPTION milenari ENABLE")
        while admin(other, count)[0][0] < wanted:
            time.sleep(0.05)
        seconds = time.perf_counter() - begin
        told = {"seconds": seconds, "entries_per_second": entries / seconds, "log_bytes": wal}
        return {"replication": told}

    try:
        yield caught_up
    finally:
        admin(other, "ALTER SUBSCRIPTION milenari DISABLE", "ALTER SUBSCRIPTION milenari SET (slot_name = NONE)",
              "DROP SUBSCRIPTION milenari")  # fmt: skip
        admin(url, "SELECT pg_drop_replication_slot('milenari')")


class Clocks:
    """Where the time goes: each named piece's own time, without what it calls of the others."""

    def __init__(self) -> None:
        from milenari.journal import fold, perform, pile, sealed, sign
        from milenari.journal.exchange import incoming, standing
        from milenari.journal.exchange.parcel import Parcel
        from milenari.journal.tree import Frontier

        self.own: dict[str, float] = {}
        self.running: list[float] = []
        for name, place, function in (
            ("outside of the parcel: waybill, signature, basis", incoming, "look"),
            ("unpacking, digest", Parcel, "unpack"),
            ("tree: leaf hashes", incoming, "leaf_hash"),
            ("tree: roots", Frontier, "extend"),
            ("canonical bytes", sign, "read_entry"),
            ("entry into action", fold, "entry_of"),
            ("order of logs, versions", incoming, "merge"),
            ("act ids", incoming.Receiving, "_acts"),
            ("signature of the person", sign, "verify"),
            ("authority", incoming, "check_authority"),
            ("custody, versions", incoming.Receiving, "_allowed"),
            ("folding, rows", pile.Pile, "add"),
            ("database: writing", pile.Pile, "put_down"),
            ("database: looking up", pile.Pile, "expect"),
            ("sealed data", sealed, "obey"),
            ("database", perform, "trip"),
            ("database", fold, "trip"),
            ("cosignature", standing, "cosign"),
            ("marks, transfer log", standing, "mark"),
            ("marks, transfer log", standing, "note_transit"),
        ):
            self.wrap(name, place, function)

    def wrap(self, name: str, place: Any, function: str) -> None:
        whole, clock, running = getattr(place, function), time.perf_counter, self.running
        self.own.setdefault(name, 0.0)

        def timed(*given: Any, **named: Any) -> Any:
            begin = clock()
            running.append(0.0)
            try:
                return whole(*given, **named)
            finally:
                spent = clock() - begin
                self.own[name] += spent - running.pop()
                if running:
                    running[-1] += spent

        setattr(place, function, timed)

    def told(self, seconds: float) -> dict[str, float]:
        return {**{name: own / seconds for name, own in self.own.items()}, "rest": 1 - sum(self.own.values()) / seconds}


def peak() -> float:
    return getrusage(RUSAGE_SELF).ru_maxrss / 1024


def tell(result: dict[str, Any]) -> str:
    lines = []
    for way, found in result["ways"].items():
        rate = found["entries_per_second"]
        lines.append(
            f"{way:<12}{found['entries']} entries in {found['parcels']} parcels: {found['seconds']:.1f} s, "
            f"{rate:.0f} entries/s, {1e5 / rate:.0f} s per 100000 ({'met' if rate >= 1e5 / 60 else 'MISSED'}: 60 s), "
            f"{found['cpu_seconds'] * 1e5 / found['entries']:.0f} s of that this process's own work, "
            f"{found['peak_mb']:.0f} MB at most ({found['before_mb']:.0f} before), "
            f"{found['bytes'] / found['entries']:.0f} bytes an entry"
        )
        for name, share in sorted(found["shares"].items(), key=lambda x: -x[1]):
            lines.append(f"  {share:>5.1%}  {name}")
    if "replication" in result:
        peer = result["replication"]
        lines.append(
            f"logical replication of the same rows: {peer['seconds']:.1f} s, "
            f"{peer['entries_per_second']:.0f} entries/s, "
            f"{peer['log_bytes'] / 1e6:.0f} MB of write-ahead log kept meanwhile; it checks nothing of the above\n"
            f"checked to replicated: {result['ratio']['checked to replicated']:.2f} times as fast"
        )
    return "\n".join(lines)


def main() -> int:
    made = parser(__doc__ or "", 10_000, "entries to take in")
    made.add_argument("--full", action="store_true", help=f"{FULL} entries, whatever --size says")
    made.add_argument("--shares", action="store_true", help="where the time goes (the clocks cost some of it)")
    made.add_argument("--way", choices=WAYS, help="(used by itself) receive on the database of the environment")
    made.add_argument("--parcels", help="(used by itself) where the sender's parcels are")
    made.add_argument("--prepare", action="store_true", help="(used by itself) write them")
    asked = made.parse_args()
    asked.server = {"wal_level": "logical"}
    size = FULL if asked.full else asked.size
    if asked.prepare:
        prepare(Path(asked.parcels), size)
        return 0
    if asked.way:
        print(json.dumps(receive(Path(asked.parcels), asked.way, asked.shares)))
        return 0
    if asked.child:
        return run("benchmarks.ingest", asked, measure, tell)
    with tempfile.TemporaryDirectory(prefix="milenari-parcels-", dir=asked.dir) as folder:
        sys.argv += ["--parcels", folder]
        with scratch("sqlite", asked.dir) as env:
            command = [sys.executable, "-m", "benchmarks.ingest", "--prepare", "--parcels", folder, "--size", str(size)]
            subprocess.run(command, env=env, check=True)  # noqa: S603
        return run("benchmarks.ingest", asked, measure, tell)


if __name__ == "__main__":
    sys.exit(main())
