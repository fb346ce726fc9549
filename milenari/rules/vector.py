"""Vector: a lentiviral campaign, its lot, and the numbered containers that are each spent once.

Stock is counted in transducing units by a stated method; a titre never travels without its method, cell
line and uncertainty (the same stock moved more than 50-fold between methods: gvt-journal 2:6).
Governing requirements: EU GMP Part IV sections 7, 11, 12; release tests after doi:10.1038/cgt.2014.81.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from milenari.rules import fields as f
from milenari.rules.action import (
    Accepted,
    Action,
    Asking,
    Book,
    Entry,
    Finding,
    Move,
    Refused,
    Sheet,
    action,
    after,
    applies,
    checks,
    known,
    refuse_if,
    sheet,
)
from milenari.rules.custody import Held, made_at, require_in_hand
from milenari.rules.escalation import require_answered
from milenari.rules.lease import require_not_withheld
from milenari.rules.plan import require_vector_of_plan
from milenari.rules.procedure import Process
from milenari.rules.specification import from_rows, read_specification, to_rows
from milenari.rules.stability import require_within_shelf_life
from milenari.rules.testing import Tested, require_releasable, worked
from milenari.words import Facts, Meaning, Quantity, Role, plain, subject

# -- frozen state ---------------------------------------------------------------------------------------


@sheet("campaign")
class Campaign(Sheet):
    """One production run of vector, from named plasmids and a cell bank."""

    process: str = ""
    process_version: str = ""
    plasmids: tuple[str, ...] = ()
    cell_bank: str = ""
    scale_l: Decimal = Decimal(0)
    opened_at: datetime | None = None
    lots: tuple[str, ...] = ()
    recipe: Facts | None = None


@dataclass(frozen=True)
class Titre:
    """Transducing units per mL, with the method and cell line it means nothing without."""

    value: Decimal  # TU/mL
    method: str
    cell_line: str
    uncertainty_pct: Decimal
    at: datetime


@sheet("lot")
class Lot(Tested):
    """A purified and filled vector lot, tested and released as a whole."""

    campaign: str = ""
    process: str = ""
    process_version: str = ""
    plasmids: tuple[str, ...] = ()
    cell_bank: str = ""
    harvested_at: datetime | None = None
    volume_ml: Decimal = Decimal(0)
    filled_ml: Decimal = Decimal(0)
    containers: tuple[str, ...] = ()
    container_ml: Decimal = Decimal(0)
    titre: Titre | None = None
    expires_on: date | None = None
    recalled: str = ""

    def require_usable(self, on: date) -> None:
        """Refuse a lot that is recalled, not released, or past its expiry."""
        refuse_if(self.recalled, "vector-recalled", lot=self.code, reason=self.recalled)
        refuse_if(self.decision != "final", "vector-not-released", lot=self.code)
        refuse_if(self.expires_on is None or self.expires_on < on, "vector-expired", lot=self.code,
                  expires_on=self.expires_on)  # fmt: skip

    def made_on(self, zone: str) -> date | None:
        """The local day of the harvest, from which shelf life counts."""
        return self.harvested_at.astimezone(ZoneInfo(zone)).date() if self.harvested_at else None

    def tu_per_container(self) -> Decimal:
        return self.titre.value * self.container_ml if self.titre else Decimal(0)


@sheet("container")
class Container(Held):
    """One numbered container of a lot, spent once."""

    lot: str = ""
    volume_ml: Decimal = Decimal(0)
    allocated_to: str = ""
    journey: str = ""
    spent_in: str = ""

    def may_leave(self, to_site: str, asking: Asking, book: Book) -> None:
        """Only usable, unspent vector leaves, and only to the site it was promised to."""
        book.sheet(f"lot:{self.lot}").require_usable(asking.today)
        refuse_if(self.spent_in, "container-spent", container=self.code, batch=self.spent_in)
        refuse_if(self.allocated_to != to_site, "container-not-allocated", container=self.code,
                  allocated_to=self.allocated_to, site=to_site)  # fmt: skip
        require_not_withheld(f"container:{self.code}", to_site, book)


# -- actions --------------------------------------------------------------------------------------------

MAKER = (Role.VECTOR_MANAGER, Role.OPERATOR)


@action("open-campaign", roles=(Role.VECTOR_MANAGER,), meaning=Meaning.PERFORMED)
class OpenCampaign(Action):
    """Begin a vector campaign from named plasmid lots and a cell bank lot."""

    campaign: str = f.new("campaign", "Campaign code")
    process: str = f.ref("process", label="Vector process")
    plasmids: tuple[str, ...] = f.codes("Plasmid lots")
    cell_bank: str = f.code("Cell bank lot")
    scale: Quantity = f.quantity("L", "Scale", low="0", high="2000")


@action("harvest-vector", roles=MAKER, meaning=Meaning.PERFORMED)
class HarvestVector(Action):
    """Pool and purify the harvest into a lot."""

    campaign: str = f.ref("campaign", label="Campaign", touch=True)
    lot: str = f.new("lot", "Lot code")
    volume: Quantity = f.quantity("mL", "Volume after purification", low="0", high="2000000")


@action("fill-lot", roles=MAKER, meaning=Meaning.PERFORMED)
class FillLot(Action):
    """Fill the lot into numbered containers; their volumes may not exceed what was harvested."""

    lot: str = f.ref("lot", label="Lot", touch=True)
    containers: int = f.count("Containers", low=1, high=200)
    container_volume: Quantity = f.quantity("mL", "Volume per container", low="0", high="10000")


@action("record-titre", roles=(Role.QC_ANALYST,), meaning=Meaning.PERFORMED)
class RecordTitre(Action):
    """Enter the functional titre with the method, cell line and uncertainty that it depends on."""

    lot: str = f.ref("lot", label="Lot", touch=True)
    titre: Quantity = f.quantity("{TU}/mL", "Titre", low="0", high="1000000000000")
    method: str = f.text("Method and version", longest=120)
    cell_line: str = f.code("Cell line")
    uncertainty: Quantity = f.quantity("%", "Relative standard uncertainty", low="0", high="100")


@action("release-lot", roles=(Role.QP,), meaning=Meaning.RELEASED)
class ReleaseLot(Action):
    """Release a vector lot for use until its expiry or retest date."""

    lot: str = f.ref("lot", label="Lot", touch=True)
    expires_on: date = f.on("Expiry or retest date")


@action("reject-lot", roles=(Role.QP, Role.QA), meaning=Meaning.REJECTED, needs_reason=True)
class RejectLot(Action):
    """Reject a vector lot for good."""

    lot: str = f.ref("lot", label="Lot", touch=True)


@action("extend-lot", roles=(Role.QA,), meaning=Meaning.APPROVED, needs_reason=True)
class ExtendLot(Action):
    """Move the expiry of a released lot on the strength of a retest."""

    lot: str = f.ref("lot", label="Lot", touch=True)
    expires_on: date = f.on("New expiry or retest date")


@action("recall-lot", roles=(Role.QA, Role.QP), meaning=Meaning.REJECTED, needs_reason=True)
class RecallLot(Action):
    """Recall a vector lot: every unused container is blocked at once."""

    lot: str = f.ref("lot", label="Lot", touch=True)


@action("allocate-container", roles=(Role.VECTOR_MANAGER, Role.COORDINATOR), meaning=Meaning.APPROVED)
class AllocateContainer(Action):
    """Promise a container to a site, for a named journey if there is one."""

    container: str = f.ref("container", label="Container", touch=True)
    to_site: str = f.ref("site", label="Site")
    journey: str = f.code("Journey", required=False)
    plan: str = f.ref("plan", label="Plan", required=False, help="the accepted plan that this follows")


# -- checks ---------------------------------------------------------------------------------------------


@checks(OpenCampaign)
def _open(act: OpenCampaign, asking: Asking, book: Book) -> Accepted:
    refuse_if(book.sheet(act.about).exists, "subject-exists", kind="campaign", code=act.campaign)
    process: Process = known(book, f"process:{act.process}")
    version = process.current()
    if version is None or version.recipe["kind"] != "vector":
        raise Refused("not-a-vector-process", process=act.process)
    site = known(book, f"site:{asking.site}")
    refuse_if(not site.has_role("vector", asking.today), "site-role-missing", site=asking.site, role="vector")
    return Accepted(given={"process_version": version.number, "recipe": version.recipe})


@checks(HarvestVector)
def _harvest(act: HarvestVector, asking: Asking, book: Book) -> Accepted:
    campaign: Campaign = known(book, f"campaign:{act.campaign}")
    refuse_if(book.sheet(f"lot:{act.lot}").exists, "subject-exists", kind="lot", code=act.lot)
    after(asking.happened_at, campaign.opened_at, "campaign")
    given = {
        "process": campaign.process, "process_version": campaign.process_version,
        "plasmids": list(campaign.plasmids), "cell_bank": campaign.cell_bank,
        "criteria": to_rows(read_specification((campaign.recipe or {})["specification"])),
    }  # fmt: skip
    move = Move(f"campaign:{act.campaign}", f"lot:{act.lot}", "vector", plain(act.volume.value), "mL")
    return Accepted(given=given, moves=(move,))


@checks(FillLot)
def _fill(act: FillLot, asking: Asking, book: Book) -> Accepted:
    lot: Lot = known(book, act.about)
    refuse_if(lot.containers, "lot-already-filled", lot=act.lot)
    after(asking.happened_at, lot.harvested_at, "harvest")
    each = plain(act.container_volume.value)
    refuse_if(act.container_volume.value <= 0, "reading-impossible", field="container_volume", found=each,
              unit="mL", low="0", high=None)  # fmt: skip
    total = act.container_volume.value * act.containers
    refuse_if(total > lot.volume_ml, "more-than-there-is", wanted=plain(total), left=plain(lot.volume_ml), unit="mL")
    also = tuple(subject("container", f"{act.lot}-{n:03d}") for n in range(1, act.containers + 1))
    moves = tuple(Move(act.about, name, "vector", each, "mL") for name in also)
    return Accepted(also=also, moves=(*moves, *made_at(asking.site, *also)))


@checks(RecordTitre)
def _titre(act: RecordTitre, asking: Asking, book: Book) -> None:
    lot: Lot = known(book, act.about)
    after(asking.happened_at, lot.harvested_at, "harvest")
    refuse_if(lot.decision, "already-decided", of=act.about, decision=lot.decision)


@checks(ReleaseLot)
def _release(act: ReleaseLot, asking: Asking, book: Book) -> None:
    lot: Lot = known(book, act.about)
    refuse_if(lot.decision, "already-decided", of=act.about, decision=lot.decision)
    refuse_if(lot.recalled, "vector-recalled", lot=act.lot, reason=lot.recalled)
    refuse_if(not lot.containers, "lot-not-filled", lot=act.lot)
    refuse_if(lot.titre is None, "titre-missing", lot=act.lot)
    person = book.sheet(f"person:{asking.by}")
    refuse_if(not person.may_certify(lot.process, asking.site, asking.today), "qp-not-delegated",
              person=asking.by, product=lot.process, site=asking.site)  # fmt: skip
    refuse_if(act.expires_on <= asking.today, "expiry-passed", expires_on=act.expires_on)
    require_within_shelf_life(book, lot.process, lot.made_on(asking.zone), act.expires_on)
    require_releasable(lot, asking)
    require_answered(book, act.about, lot)


@checks(RejectLot)
def _reject(act: RejectLot, asking: Asking, book: Book) -> None:
    lot: Lot = known(book, act.about)
    refuse_if(lot.decision, "already-decided", of=act.about, decision=lot.decision)
    refuse_if(asking.by in lot.workers, "own-work", person=asking.by)


@checks(ExtendLot)
def _extend(act: ExtendLot, asking: Asking, book: Book) -> None:
    lot: Lot = known(book, act.about)
    refuse_if(lot.recalled, "vector-recalled", lot=act.lot, reason=lot.recalled)
    refuse_if(lot.decision != "final", "vector-not-released", lot=act.lot)
    refuse_if(asking.by in lot.workers, "own-work", person=asking.by)
    refuse_if(lot.expires_on is not None and act.expires_on <= lot.expires_on, "not-an-extension",
              expires_on=lot.expires_on)  # fmt: skip
    require_within_shelf_life(book, lot.process, lot.made_on(asking.zone), act.expires_on)


@checks(RecallLot)
def _recall(act: RecallLot, asking: Asking, book: Book) -> Accepted:
    lot: Lot = known(book, act.about)
    refuse_if(lot.recalled, "vector-recalled", lot=act.lot, reason=lot.recalled)
    return Accepted(findings=(Finding("recall", {"lot": act.lot, "containers": len(lot.containers)}),))


@checks(AllocateContainer)
def _allocate(act: AllocateContainer, asking: Asking, book: Book) -> None:
    container: Container = known(book, act.about)
    require_in_hand(container, act.about)
    book.sheet(f"lot:{container.lot}").require_usable(asking.today)
    refuse_if(container.spent_in, "container-spent", container=act.container, batch=container.spent_in)
    site = known(book, f"site:{act.to_site}")
    refuse_if(not site.has_role("manufacture", asking.today), "site-role-missing", site=act.to_site, role="manufacture")
    if act.plan:
        refuse_if(not act.journey, "field-missing", field="journey")
        require_vector_of_plan(book, act.plan, act.journey, act.to_site, container.lot)


def require_container(book: Book, code: str, site: str, on: date) -> Container:
    """The container, fit to be spent here today: released, in date, not recalled, here, unspent."""
    container: Container = known(book, f"container:{code}")
    refuse_if(container.spent_in, "container-spent", container=code, batch=container.spent_in)
    refuse_if(container.bound_for, "in-transit", subject=f"container:{code}", bound_for=container.bound_for)
    refuse_if(container.owner != site, "held-elsewhere", subject=f"container:{code}", owner=container.owner)
    require_in_hand(container, f"container:{code}")
    book.sheet(f"lot:{container.lot}").require_usable(on)
    refuse_if(container.allocated_to not in ("", site), "container-not-allocated", container=code,
              allocated_to=container.allocated_to, site=site)  # fmt: skip
    return container


# -- applies --------------------------------------------------------------------------------------------


@applies(OpenCampaign, "campaign")
def _(campaign: Campaign, act: OpenCampaign, entry: Entry) -> Campaign:
    return replace(
        campaign, process=act.process, process_version=entry.given["process_version"],
        plasmids=act.plasmids, cell_bank=act.cell_bank, scale_l=act.scale.value,
        opened_at=entry.happened_at, recipe=entry.given["recipe"],
    )  # fmt: skip


@applies(HarvestVector, "campaign")
def _(campaign: Campaign, act: HarvestVector, entry: Entry) -> Campaign:
    return replace(campaign, lots=(*campaign.lots, act.lot))


@applies(HarvestVector, "lot")
def _(lot: Lot, act: HarvestVector, entry: Entry) -> Any:
    return worked(
        lot, entry, campaign=act.campaign, volume_ml=act.volume.value, harvested_at=entry.happened_at,
        process=entry.given["process"], process_version=entry.given["process_version"],
        plasmids=tuple(entry.given["plasmids"]), cell_bank=entry.given["cell_bank"],
        criteria=from_rows(entry.given["criteria"]),
    )  # fmt: skip


@applies(FillLot, "lot")
def _(lot: Lot, act: FillLot, entry: Entry) -> Any:
    names = tuple(n.removeprefix("container:") for n, _ in entry.subjects if n.startswith("container:"))
    each = act.container_volume.value
    return worked(lot, entry, containers=names, container_ml=each, filled_ml=each * act.containers)


@applies(FillLot, "container")
def _(container: Container, act: FillLot, entry: Entry) -> Container:
    return replace(container, lot=act.lot, volume_ml=act.container_volume.value)


@applies(RecordTitre, "lot")
def _(lot: Lot, act: RecordTitre, entry: Entry) -> Any:
    titre = Titre(act.titre.value, act.method, act.cell_line, act.uncertainty.value, entry.happened_at)
    return worked(lot, entry, titre=titre)


@applies(ReleaseLot, "lot")
def _(lot: Lot, act: ReleaseLot, entry: Entry) -> Lot:
    return replace(lot, decision="final", expires_on=act.expires_on, released_at=entry.happened_at)


@applies(RejectLot, "lot")
def _(lot: Lot, act: RejectLot, entry: Entry) -> Lot:
    return replace(lot, decision="rejected")


@applies(ExtendLot, "lot")
def _(lot: Lot, act: ExtendLot, entry: Entry) -> Lot:
    return replace(lot, expires_on=act.expires_on)


@applies(RecallLot, "lot")
def _(lot: Lot, act: RecallLot, entry: Entry) -> Lot:
    return replace(lot, recalled=entry.reason, recalled_at=entry.happened_at)


@applies(AllocateContainer, "container")
def _(container: Container, act: AllocateContainer, entry: Entry) -> Container:
    return replace(container, allocated_to=act.to_site, journey=act.journey)
