"""Arrival: a box is here before its data are. What its shipping form proves is booked, the box waits in quarantine.

The receiving site writes about its own subject, since the thing itself still belongs to the sender: an arrival says
that transfer n came, by which proof, in which state, and where it is kept. Custody does not move: that takes the
parcel and the ordinary receipt, which has to agree with what was booked here. ISO 21973:2020 (transport of cells).
The proof is verified at the door, with the network's charter; what it says is frozen into the entry.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from milenari.rules import fields as f
from milenari.rules.action import (
    Accepted,
    Action,
    Asking,
    Book,
    Entry,
    Finding,
    Sheet,
    action,
    after,
    applies,
    checks,
    known,
    refuse_if,
    sheet,
)
from milenari.rules.custody import HANDS, HELD, Receive, arrival_of
from milenari.words import Facts, Meaning, Quantity, Role, split_subject, utc

OPEN, RECEIVED = "arrived", "received"
OUTCOMES = ("never-dispatched", "came-different", "booked-by-mistake")
LONGEST_PROOF = 24_000  # signs: seven codes of the largest size


@sheet("arrival")
class Arrival(Sheet):
    """One thing at one receiving site: the newest transfer that arrived there by proof, and what became of it."""

    what: str = ""
    from_site: str = ""
    number: int = 0
    of: str = ""
    act: str = ""
    leaf: str = ""
    status: str = ""
    seal: str = ""
    intact: str = ""
    warmest: Quantity | None = None
    place: str = ""
    booked_by: str = ""
    booked_at: datetime | None = None
    dispatched_at: datetime | None = None
    cosigned: int = 0
    released: bool = False

    @property
    def name(self) -> str:
        """What lists call it: the thing that arrived."""
        return self.what

    def require_same(self, transfer: int, sent_act: str, intact: str, warmest: Quantity | None) -> None:
        """Refuse a receipt that says otherwise than what was booked when the box came."""
        if self.status != OPEN:
            return
        for differing, booked, found in (
            ("transfer", self.number, transfer),
            ("dispatch", self.act, sent_act),
            ("condition", self.intact, intact if self.intact == "damaged" else self.intact),
        ):
            refuse_if(booked != found, "arrival-contradicted", arrival=self.code, differing=differing,
                      booked=str(booked), found=str(found))  # fmt: skip
        if self.warmest is not None:
            colder = warmest is None or warmest.value < self.warmest.value
            refuse_if(colder, "arrival-contradicted", arrival=self.code, differing="warmest",
                      booked=str(self.warmest), found=str(warmest or ""))  # fmt: skip


# -- actions --------------------------------------------------------------------------------------------


@action("record-arrival", roles=HANDS, meaning=Meaning.PERFORMED)
class RecordArrival(Action):
    """Book that a box has arrived, by the proof on its form, while its data are still on their way."""

    arrival: str = f.ref("arrival", label="Arrival", touch=True)
    what: str = f.ref(*HELD, label="What")
    transfer: int = f.count("Transfer number", low=1)
    proof: str = f.text("Scanned proof", longest=LONGEST_PROOF)
    seal: str = f.choice(("unbroken", "broken", "no-seal"), "Seal")
    seal_number: str = f.code("Number of the seal", required=False)
    intact: str = f.choice(("intact", "damaged"), "Condition")
    temperature: Quantity | None = f.quantity("Cel", "Warmest logged", low="-273", high="60", required=False)
    logger: str = f.code("Number of the logger", required=False)
    place: str = f.code("Place in quarantine")


@action("settle-arrival", roles=(Role.QA,), meaning=Meaning.APPROVED, needs_reason=True)
class SettleArrival(Action):
    """Close an arrival whose dispatch never came, came different, or that was booked by mistake."""

    arrival: str = f.ref("arrival", label="Arrival", touch=True)
    outcome: str = f.choice(OUTCOMES, "Outcome")


# -- checks ---------------------------------------------------------------------------------------------


@checks(RecordArrival)
def _record(act: RecordArrival, asking: Asking, book: Book) -> Accepted:
    expected = split_subject(arrival_of(asking.site, act.what))[1]
    refuse_if(act.arrival != expected, "arrival-code-wrong", found=act.arrival, expected=expected)
    told = book.proven(act.proof)
    sent: Facts = told["dispatch"]
    refuse_if(sent["to_site"] != asking.site, "proof-for-another-site", to=sent["to_site"], site=asking.site)
    refuse_if(sent["what"] != act.what, "proof-of-another-thing", proven=sent["what"], subject=act.what)
    refuse_if(sent["transfer"] != act.transfer, "transfer-number-wrong", expected=sent["transfer"], found=act.transfer)
    for site, country in ((sent["from_site"], sent["from_country"]), (sent["to_site"], sent["to_country"])):
        place = book.sheet(f"site:{site}")
        refuse_if(place.exists and place.country != country, "proof-country-differs", site=site,
                  expected=place.country, found=country)  # fmt: skip
    _require_new(act, sent, book)
    after(asking.happened_at, utc(sent["dispatched_at"]), "dispatch")
    ended = [line["action"] for line in told["release"] if line["action"].startswith(("reject-", "recall-"))]
    findings = []
    if ended:
        findings.append(Finding("arrived-not-releasable", {"subject": act.what, "of": sent["of"]}))
    elif not told["released"] and split_subject(sent["of"])[0] in ("batch", "lot"):
        findings.append(Finding("arrived-without-release", {"subject": act.what, "of": sent["of"]}))
    if not sent["cosigned"]:
        findings.append(Finding("proof-not-cosigned", {"subject": act.what}))
    if act.seal != "unbroken":
        findings.append(Finding("arrived-seal-broken", {"subject": act.what}))
    if act.intact == "damaged":
        findings.append(Finding("received-damaged", {"subject": act.what}))
    return Accepted(findings=tuple(findings), given=told)


def _require_new(act: RecordArrival, sent: Facts, book: Book) -> None:
    """Refuse what was booked already, an old form come back, and what the parcel has told by now."""
    before: Arrival = book.sheet(act.about)
    if before.exists:
        refuse_if(before.number == act.transfer and before.status in (OPEN, RECEIVED), "arrival-already-booked",
                  subject=act.what, transfer=act.transfer)  # fmt: skip
        refuse_if(before.status == OPEN, "arrival-still-open", subject=act.what, transfer=before.number)
        refuse_if(act.transfer < before.number, "transfer-number-passed", found=act.transfer, last=before.number)
    held = book.sheet(act.what)
    refuse_if(held.transfer > act.transfer, "transfer-number-passed", found=act.transfer, last=held.transfer)
    if held.transfer == act.transfer:
        refuse_if(not held.bound_for, "transfer-number-passed", found=act.transfer, last=held.transfer)
        refuse_if(True, "dispatch-known-here", subject=act.what, transfer=act.transfer)


@checks(SettleArrival)
def _settle(act: SettleArrival, asking: Asking, book: Book) -> None:
    found: Arrival = known(book, act.about)
    refuse_if(found.status != OPEN, "arrival-not-open", arrival=act.arrival)
    refuse_if(asking.by == found.booked_by, "own-work", person=asking.by)
    after(asking.happened_at, found.last_at, "arrival")


# -- applies --------------------------------------------------------------------------------------------


@applies(RecordArrival, "arrival")
def _(found: Arrival, act: RecordArrival, entry: Entry) -> Arrival:
    sent = entry.given["dispatch"]
    return replace(
        found, what=act.what, from_site=sent["from_site"], number=act.transfer, of=sent["of"], act=sent["act"],
        leaf=sent["leaf"], status=OPEN, seal=act.seal, intact=act.intact, warmest=act.temperature, place=act.place,
        booked_by=entry.by, booked_at=entry.happened_at, dispatched_at=utc(sent["dispatched_at"]),
        cosigned=len(sent["cosigned"]), released=entry.given["released"],
    )  # fmt: skip


@applies(SettleArrival, "arrival")
def _(found: Arrival, act: SettleArrival, entry: Entry) -> Arrival:
    return replace(found, status=act.outcome)


@applies(Receive, "arrival")
def _(found: Arrival, act: Receive, entry: Entry) -> Arrival:
    return replace(found, status=RECEIVED)
