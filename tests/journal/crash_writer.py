"""The kill drill: a child writes acts and says so after each; the parent kills it with -9, many times.

    python -m tests.journal.crash_writer --kills 200

runs on the database of DATABASE_URL (migrated, with a founded site) and prints what was found, as JSON. Act
ids and actions depend only on their number, so the next child repeats exactly what was not acknowledged.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import select
import signal
import struct
import sys
import time
from datetime import date
from importlib import import_module
from typing import Any

FARTHEST_S = 30.0


def act_of(number: int) -> tuple[str, Any]:
    """Act id and action of a number: equipment registered, then calibrated, and a material received."""
    from milenari.rules.equipment import CalibrateEquipment, RegisterEquipment
    from milenari.rules.stock import ReceiveMaterial
    from milenari.words import Quantity

    until, code = date(2099, 12, 31), f"K-{number // 3}"
    if number % 3 == 0:
        action: Any = RegisterEquipment(equipment=code, kind="centrifuge", calibrated_until=until)
    elif number % 3 == 1:
        action = CalibrateEquipment(equipment=code, on=date(2026, 1, 5), calibrated_until=until)
    else:
        amount = Quantity.parse("500", "mL")
        action = ReceiveMaterial(material=code, kind="medium", maker_lot="L", amount=amount, expires_on=until)
    return f"kill-{number}", action


def write(number: int) -> Any:
    from tests.journal import book

    act, action = act_of(number)
    return book.do(action, act=act)


def child(first: int, out: int) -> None:
    """Write from ``first`` on, each act followed by its number on the pipe, until killed."""
    from django.db import connection

    connection.ensure_connection()
    os.write(out, struct.pack("<q", -1))
    for number in range(first, first + 10_000):
        write(number)
        os.write(out, struct.pack("<q", number))


def one_kill(first: int, chance: random.Random) -> list[int]:
    """Start a child, kill it at a random moment, and return the numbers it had acknowledged."""
    from django.db import connections

    connections.close_all()
    read_end, write_end = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(read_end)
        try:
            child(first, write_end)
        finally:
            os._exit(1)
    os.close(write_end)
    # Mostly the blow falls in an act after a few acknowledged ones, now and then before the child is ready.
    got, wait_for = b"", 8 * chance.choice([0, 1, 2, 2, 3, 3, 4, 5])
    while len(got) < wait_for and select.select([read_end], [], [], FARTHEST_S)[0]:
        got += os.read(read_end, wait_for - len(got))
    time.sleep(chance.uniform(0, 0.004))
    os.kill(pid, signal.SIGKILL)
    _, status = os.waitpid(pid, 0)
    while part := os.read(read_end, 65536):
        got += part
    os.close(read_end)
    if not os.WIFSIGNALED(status):
        raise SystemExit("the child ended by itself: see its traceback above")
    numbers = [n for (n,) in struct.iter_unpack("<q", got[: len(got) // 8 * 8])]
    return [n for n in numbers if n >= 0]


def drill(kills: int, seed: int) -> dict[str, Any]:
    from milenari.journal.models import Entry
    from milenari.journal.verify import verify

    chance = random.Random(seed)
    write(0)  # warms up what the children inherit
    acknowledged = {0}
    for _ in range(kills):
        acknowledged |= set(one_kill(max(acknowledged) + 1, chance))
    most = max(acknowledged)
    kept = set(Entry.objects.filter(act__startswith="kill-").values_list("act", flat=True))
    lost = [n for n in sorted(acknowledged) if act_of(n)[0] not in kept]
    # Everything once more, as a client does that never heard an answer, and a little beyond.
    again = {n: write(n).repeated for n in range(most + 3)}
    report = verify()
    return {
        "kills": kills,
        "seed": seed,
        "acknowledged": len(acknowledged),
        "lost": lost,
        "written_but_not_acknowledged": len(kept) - len(acknowledged) + len(lost),
        "retried": len(again),
        "repeated": sum(again.values()),
        "not_recognised": [n for n, repeated in again.items() if (act_of(n)[0] in kept) != repeated],
        "entries": Entry.objects.filter(act__startswith="kill-").count(),
        "faults": [str(fault) for fault in report.faults],
    }


def main() -> int:
    made = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    made.add_argument("--kills", type=int, default=200)
    made.add_argument("--seed", type=int, default=0)
    asked = made.parse_args()
    import django

    django.setup()
    import_module("tests.journal.book")  # here, so that no child spends its short life on imports
    print(json.dumps(drill(asked.kills, asked.seed)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
