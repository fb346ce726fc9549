"""How long a shipping form's proof takes from a picture of its code to a verified dispatch (goal: 50 ms), and its size.

Run from the project: ``python -m benchmarks.shipping_proof``. Needs no node and no database.
The goal is judged by the processor time of this process, since others may keep the machine busy; the clock is told too.
"""

from __future__ import annotations

import io
import statistics
import time
from collections.abc import Callable

import segno

from milenari.journal import docket as dockets
from milenari.journal import pictures, shipment
from milenari.journal.exchange import members
from tests.journal import shipped

ROUNDS = 40
ONCE = "charters followed"  # when the program starts, not for each form
GOAL_MS, GOAL_BYTES = 50.0, 2331


def main() -> None:
    notes = shipped.founded()[0]
    made = shipped.docket([11, 12], size=1 << 16)
    code = made.codes[0]
    out = io.BytesIO()
    segno.make(code, error="m", mode="alphanumeric", micro=False).save(out, kind="png", scale=4, border=4)
    picture = out.getvalue()
    charter = members.follow(notes)
    told = shipment.dispatch_of(shipment.check(dockets.read_codes(code)[0], charter), charter)
    assert told is not None and told["to_site"] == "ROM"
    size = len(dockets.pack(made.docket))
    print(
        f"docket: {size} bytes, {len(code)} signs, QR {segno.make(code, error='m').designator}; log of 65,536 entries"
    )
    print(f"size at most {GOAL_BYTES} bytes: {'pass' if size <= GOAL_BYTES else 'FAIL'}")
    steps: list[tuple[str, Callable[[], object]]] = [
        ("picture to text", lambda: pictures.codes_in(picture)),
        (ONCE, lambda: members.follow(notes)),
        ("text to verified dispatch", lambda: shipment.dispatch_of(
            shipment.check(dockets.read_codes(code)[0], charter), charter)),
    ]  # fmt: skip
    total = 0.0
    for name, step in steps:
        clock, own = [], []
        for _ in range(ROUNDS):
            begun, used = time.perf_counter(), time.process_time()
            step()
            clock.append((time.perf_counter() - begun) * 1000)
            own.append((time.process_time() - used) * 1000)
        if name != ONCE:
            total += statistics.median(own)
        print(f"{name}: processor {statistics.median(own):.2f} ms, clock {statistics.median(clock):.2f} ms (medians)")
    print(f"picture to verified dispatch {total:.1f} ms of {GOAL_MS:.0f}: {'pass' if total <= GOAL_MS else 'FAIL'}")


if __name__ == "__main__":
    main()
