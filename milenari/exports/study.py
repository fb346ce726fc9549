"""Study: what is exported of a trial itself, and the state of the logs that all of it was read from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from milenari.exports.case import Case

FORMAT = "milenari snapshot 1"
ARM_CODE, ARM = "CART", "CAR-T cells"


@dataclass(frozen=True)
class LogAt:
    """One log at a size: its origin and the root of its tree, which says that nothing before was changed."""

    site: str
    origin: str
    size: int
    root: str  # base64, as in the checkpoint


@dataclass(frozen=True)
class Snapshot:
    """The state of every log that was read. The same snapshot gives the same bytes."""

    study: str
    logs: tuple[LogAt, ...]
    written_at: datetime  # of the newest entry in it
    software: str

    @property
    def created(self) -> str:
        """The time that files carry as their creation: the snapshot's, not the clock's."""
        return self.written_at.strftime("%Y-%m-%dT%H:%M:%S+00:00")

    @property
    def words(self) -> str:
        """The logs in one line, as a header of files that have no field for it."""
        return "; ".join(f"{log.origin} {log.size} {log.root}" for log in self.logs)

    def told(self) -> dict[str, Any]:
        """As JSON, to be read back by ``milenari export --snapshot``."""
        logs = [{"site": x.site, "origin": x.origin, "size": x.size, "root": x.root} for x in self.logs]
        return {"format": FORMAT, "study": self.study, "logs": logs, "written_at": self.created,
                "software": self.software}  # fmt: skip


@dataclass(frozen=True)
class PlannedVisit:
    code: str
    day: int  # days after the first infusion


@dataclass(frozen=True)
class Criterion:
    code: str
    text: str
    inclusion: bool = True
    of: str = ""  # the protocol's own code


@dataclass(frozen=True)
class Study:
    """A trial or a product under which participants are treated."""

    code: str
    title: str
    product: str
    version: str
    visits: tuple[PlannedVisit, ...] = ()
    criteria: tuple[Criterion, ...] = ()
    phase: str = ""
    parameters: tuple[tuple[str, str], ...] = ()  # of the protocol, those that are set


@dataclass(frozen=True)
class Taken:
    """Everything an export is made from: the study, its participants, the snapshot, and who was left out and why."""

    study: Study
    cases: tuple[Case, ...]
    snapshot: Snapshot
    left_out: tuple[tuple[str, int], ...] = ()
    simulated: bool = False
