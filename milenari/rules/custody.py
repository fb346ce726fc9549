"""Custody: dispatch and receipt, so that a bag or a container has exactly one holder at any time.

Whoever holds custody writes. A dispatch names the receiver and a transfer number, the receipt repeats it;
how many signatures each end needs is the country's rule. ISO 21973:2020 (transport of cells).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from typing import Any

from milenari.rules import fields as f
from milenari.rules.action import (
    Accepted,
    Action,
    Asking,
    Book,
    Entry,
    Finding,
    Move,
    Sheet,
    Sheets,
    action,
    after,
    applies,
    checks,
    known,
    refuse_if,
)
from milenari.rules.regulation import require_permits
from milenari.words import CODE, Meaning, Quantity, Role, split_subject

HANDS = (
    Role.VECTOR_MANAGER,
    Role.OPERATOR,
    Role.APHERESIS_NURSE,
    Role.WARD_NURSE,
    Role.QA,
    Role.COORDINATOR,
)
HELD = ("container", "collection", "dose")


def arrival_of(site: str, what: str) -> str:
    """The subject on which a receiving site books that a thing arrived before its dispatch is known."""
    kind, code = split_subject(what)
    made = f"{site}-{kind[0].upper()}-{code}"
    if not CODE.match(made):  # too long for a code: a digest stands for the end of it
        made = f"{made[:39]}-{sha256(what.encode()).hexdigest()[:20]}"
    return f"arrival:{made}"


@dataclass(frozen=True)
class Spoken:
    """The releasing site's word by telephone that a thing may be used: what of, who said it, who heard it."""

    of: str
    confirmed_by: str
    code: str
    by: str
    at: datetime
    witnessed_by: str = ""
    witnessed_at: datetime | None = None


@dataclass(frozen=True)
class Held(Sheet):
    """Something that can be carried: container, collection bag, dose."""

    sending_to: str = ""
    sent_act: str = ""  # the act by which it left, as a proof on its form names it
    sent_by: tuple[str, ...] = ()
    taken_by: tuple[str, ...] = ()
    receipt_open: bool = False
    damaged: bool = False
    spoken: tuple[Spoken, ...] = ()

    def may_leave(self, to_site: str, asking: Asking, book: Book) -> None:
        """Refuse a dispatch that the kind of thing does not allow; each kind says its own."""


def require_in_hand(held: Held, name: str, *, to_use: bool = True) -> None:
    """Refuse what is being dispatched or lacks a receipt signature, and to use what came damaged."""
    refuse_if(to_use and held.damaged, "damage-not-judged", subject=name)
    refuse_if(held.sending_to, "being-dispatched", subject=name, to=held.sending_to)
    refuse_if(held.receipt_open, "receipt-incomplete", subject=name, signed=len(held.taken_by))


@action("dispatch", roles=HANDS, meaning=Meaning.PERFORMED)
class Dispatch(Action):
    """Hand a container or bag over to another site under a new transfer number."""

    what: str = f.ref(*HELD, label="What", touch=True)
    to_site: str = f.ref("site", label="To site")
    shipper: str = f.code("Shipper and logger", required=False)


@action("witness-dispatch", roles=HANDS, meaning=Meaning.VERIFIED)
class WitnessDispatch(Action):
    """Second signature on a dispatch where the country asks for it."""

    what: str = f.ref(*HELD, label="What", touch=True)


@action("cancel-dispatch", roles=HANDS, meaning=Meaning.PERFORMED, needs_reason=True)
class CancelDispatch(Action):
    """Take back a dispatch that still lacks a signature; the thing has not left."""

    what: str = f.ref(*HELD, label="What", touch=True)


@action("receive", roles=HANDS, meaning=Meaning.PERFORMED, takes_custody=True)
class Receive(Action):
    """Take a dispatched container or bag into this site's custody after scanning and inspecting it."""

    what: str = f.ref(*HELD, label="What", touch=True)
    transfer: int = f.count("Transfer number", low=1)
    intact: str = f.choice(("intact", "damaged"), "Condition")
    temperature: Quantity | None = f.quantity("Cel", "Warmest logged", low="-273", high="60", required=False)


@action("judge-damage", roles=(Role.QA,), meaning=Meaning.APPROVED, needs_reason=True)
class JudgeDamage(Action):
    """Decide about a thing that arrived damaged: usable, or never to be used."""

    what: str = f.ref(*HELD, label="What", touch=True)
    verdict: str = f.choice(("usable", "unusable"), "Verdict")


@action("witness-receipt", roles=HANDS, meaning=Meaning.VERIFIED)
class WitnessReceipt(Action):
    """Second signature on a receipt where the country asks for it."""

    what: str = f.ref(*HELD, label="What", touch=True)


def _signatures(book: Sheets, site: str, event: str) -> int:
    country = book.sheet(f"country:{book.sheet(f'site:{site}').country}")
    return int(country.signatures_for(event))


@checks(Dispatch)
def _dispatch(act: Dispatch, asking: Asking, book: Book) -> Accepted:
    held: Any = known(book, act.what)
    known(book, f"site:{act.to_site}")
    require_in_hand(held, act.what, to_use=False)
    refuse_if(act.to_site == asking.site, "dispatch-to-oneself", site=asking.site)
    held.may_leave(act.to_site, asking, book)
    require_permits(book, asking.site, act.to_site, act.what, _product(held, book), asking.today)
    needed = _signatures(book, asking.site, "dispatch")
    leaves = needed <= 1
    return Accepted(
        given={"transfer": held.transfer + 1, "leaves": leaves, "of": _made_of(held)},
        moves=_leaving(act.what, asking.site, held.transfer + 1) if leaves else (),
    )


def _product(held: Any, book: Book) -> str:
    """The product that a thing belongs to; nothing where its record does not say, and then every permit counts."""
    if lot := getattr(held, "lot", ""):
        return str(book.sheet(f"lot:{lot}").process)
    if batch := getattr(held, "batch", ""):
        return str(book.sheet(f"batch:{batch}").process)
    return str(book.sheet(f"journey:{held.journey}").process)


def _made_of(held: Any) -> str:
    """What releases this thing, said in its dispatch: the batch of a dose, the lot of a container."""
    return next((f"{kind}:{getattr(held, kind)}" for kind in ("batch", "lot") if getattr(held, kind, "")), "")


def made_at(site: str, *names: str) -> tuple[Move, ...]:
    """The site where a thing came into being is its first holder, so that custody sums from there."""
    return tuple(Move("world", f"site:{site}", name, "1", "1") for name in names)


def used_at(site: str, name: str) -> Move:
    """What was spent, used or given is in nobody's custody any more."""
    return Move(f"site:{site}", "world", name, "1", "1")


def _leaving(what: str, site: str, transfer: int) -> tuple[Move, ...]:
    return (Move(f"site:{site}", f"transit:{what}#{transfer}", what, "1", "1"),)


@checks(WitnessDispatch)
def _witness_dispatch(act: WitnessDispatch, asking: Asking, book: Book) -> Accepted:
    held: Any = known(book, act.what)
    refuse_if(not held.sending_to, "not-being-dispatched", subject=act.what)
    refuse_if(asking.by in held.sent_by, "own-work", person=asking.by)
    after(asking.happened_at, held.last_at, "dispatch")
    # Asked again: the lot may have been recalled between the two signatures.
    held.may_leave(held.sending_to, asking, book)
    require_permits(book, asking.site, held.sending_to, act.what, _product(held, book), asking.today)
    leaves = len(held.sent_by) + 1 >= _signatures(book, asking.site, "dispatch")
    moves = _leaving(act.what, asking.site, held.transfer + 1) if leaves else ()
    return Accepted(given={"transfer": held.transfer + 1, "leaves": leaves}, moves=moves)


@checks(CancelDispatch)
def _cancel(act: CancelDispatch, asking: Asking, book: Book) -> None:
    held: Any = known(book, act.what)
    refuse_if(not held.sending_to, "not-being-dispatched", subject=act.what)


@checks(JudgeDamage)
def _judge(act: JudgeDamage, asking: Asking, book: Book) -> None:
    held: Any = known(book, act.what)
    refuse_if(not held.damaged, "not-damaged", subject=act.what)
    refuse_if(asking.by in held.taken_by, "own-work", person=asking.by)
    after(asking.happened_at, held.last_at, "receipt")


@checks(Receive)
def _receive(act: Receive, asking: Asking, book: Book) -> Accepted:
    held: Any = known(book, act.what)
    refuse_if(not held.bound_for, "not-in-transit", subject=act.what, owner=held.owner)
    refuse_if(act.transfer != held.transfer, "transfer-number-wrong", expected=held.transfer, found=act.transfer)
    after(asking.happened_at, held.last_at, "dispatch")
    name = arrival_of(asking.site, act.what)
    arrived = book.sheet(name)
    arrived.require_same(act.transfer, held.sent_act, act.intact, act.temperature)
    findings = () if act.intact == "intact" else (Finding("received-damaged", {"subject": act.what}),)
    return Accepted(
        also=(name,) if arrived.status == "arrived" else (),
        findings=findings,
        given={"complete": _signatures(book, asking.site, "receipt") <= 1},
        moves=(Move(f"transit:{act.what}#{act.transfer}", f"site:{asking.site}", act.what, "1", "1"),),
    )


@checks(WitnessReceipt)
def _witness_receipt(act: WitnessReceipt, asking: Asking, book: Book) -> Accepted:
    held: Any = known(book, act.what)
    refuse_if(not held.receipt_open, "receipt-not-open", subject=act.what)
    refuse_if(asking.by in held.taken_by, "own-work", person=asking.by)
    after(asking.happened_at, held.last_at, "receipt")
    complete = len(held.taken_by) + 1 >= _signatures(book, asking.site, "receipt")
    return Accepted(given={"complete": complete})


@applies(Dispatch, *HELD)
def _(held: Any, act: Dispatch, entry: Entry) -> Any:
    return _sent(replace(held, sending_to=act.to_site, sent_by=()), entry)


@applies(WitnessDispatch, *HELD)
def _(held: Any, act: WitnessDispatch, entry: Entry) -> Any:
    return _sent(held, entry)


def _sent(held: Any, entry: Entry) -> Any:
    held = replace(held, sent_by=(*held.sent_by, entry.by))
    if not entry.given["leaves"]:
        return held
    number = entry.given["transfer"]
    return replace(held, bound_for=held.sending_to, sending_to="", transfer=number, sent_act=entry.act)


@applies(Receive, *HELD)
def _(held: Any, act: Receive, entry: Entry) -> Any:
    return replace(
        held, owner=entry.site, bound_for="", taken_by=(entry.by,),
        receipt_open=not entry.given["complete"], damaged=held.damaged or act.intact == "damaged",
    )  # fmt: skip


@applies(CancelDispatch, *HELD)
def _(held: Any, act: CancelDispatch, entry: Entry) -> Any:
    return replace(held, sending_to="", sent_by=())


@applies(JudgeDamage, *HELD)
def _(held: Any, act: JudgeDamage, entry: Entry) -> Any:
    return replace(held, damaged=act.verdict == "unusable")


@applies(WitnessReceipt, *HELD)
def _(held: Any, act: WitnessReceipt, entry: Entry) -> Any:
    return replace(held, taken_by=(*held.taken_by, entry.by), receipt_open=not entry.given["complete"])
