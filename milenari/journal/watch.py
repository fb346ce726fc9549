"""Watch: the node looks at its series every night and opens a task for each new signal of drift, once.

Nobody has to look at every chart. What a series shows against its frozen baseline is computed from the registers; the
node signs the task with its own key, as it does what it says in its own name, and a person says what was behind it.
"""

from __future__ import annotations

from milenari.journal import keys
from milenari.journal.fold import DiskBook
from milenari.journal.perform import Request, perform_all
from milenari.registers import drifting
from milenari.rules.drift import RaiseSignal
from milenari.words import Role


def open_signals(site: str) -> list[drifting.NewSignal]:
    """Open every signal of this site's series that has no task yet; gives those that were opened."""
    new = drifting.new_signals(DiskBook(), [site])
    if new:
        pen = keys.node_pen(site)
        perform_all([Request(RaiseSignal.from_data(one.as_action()), pen, site, Role.NODE) for one in new])
    return new
