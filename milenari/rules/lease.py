"""Lease: how long another site's silence may be taken for "no recall", and what has to be said aloud after that.

Whether something was recalled cannot be proven from old news. So the site that released a lot or batch says again and
again, in its own log, that the log holds every recall and hold it knows of. Whoever holds that entry holds all entries
before it: one signature speaks for everything the site ever released. Use elsewhere needs such a word no older than its
hours, or a spoken confirmation heard by two persons, which is a finding. EU GMP Part I chapter 8 (recall), Annex 16.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any

from milenari.rules import fields as f
from milenari.rules.action import (
    Action,
    Asking,
    Book,
    Entry,
    Finding,
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
from milenari.rules.custody import Held, Spoken
from milenari.words import Meaning, Role

# Assumed, not prescribed anywhere we read: long enough for a weekend without a link, since a recall of the gravest
# class is also told by telephone within a day (EU rapid alert). A country's rules say otherwise with lease_hours.
USUAL_HOURS = 72
MOST_HOURS = 336
# Ahead of its end a lease is named as ending; assumed: a working day to repair a link. Rules: lease_warning_hours.
WARNING_HOURS = 24
# A lease from further in our future than this is not believed: one of the two clocks is wrong.
CLOCK_AHEAD = timedelta(hours=1)
# How long a spoken confirmation serves: a shift. Assumed.
SPOKEN_HOLDS = timedelta(hours=12)
LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's: none sounds or looks like another
SPOKEN_LENGTH = 6
HEARERS = (Role.OPERATOR, Role.WARD_NURSE, Role.PHYSICIAN, Role.VECTOR_MANAGER, Role.QA, Role.QP)


@sheet("lease")
class Lease(Sheet):
    """A site's newest word on what it released; its code is the site's."""

    granted_at: datetime | None = None
    hours: int = 0
    withheld: tuple[tuple[str, str], ...] = ()  # lot or batch, reason

    def until(self, most_hours: int) -> datetime | None:
        """When it ends for a user whose country allows so many hours."""
        return self.granted_at and self.granted_at + timedelta(hours=min(self.hours, most_hours))

    def holds(self, asking: Asking, most_hours: int) -> bool:
        """Whether it speaks of the moment asked about, by the clock of whoever asks."""
        until = self.until(most_hours)
        if self.granted_at is None or until is None or self.granted_at > asking.now + CLOCK_AHEAD:
            return False
        return asking.happened_at <= until

    def reason_withheld(self, of: str) -> str:
        return dict(self.withheld).get(of, "")


# -- actions --------------------------------------------------------------------------------------------


@action("grant-lease", roles=(Role.NODE, Role.QA, Role.QP), meaning=Meaning.APPROVED)
class GrantLease(Action):
    """State that this site's log holds every recall and hold it knows of, and for how many hours that holds."""

    lease: str = f.ref("lease", label="Site that states it", touch=True)
    hours: int = f.count("Valid for hours", low=1, high=MOST_HOURS)


@action("withhold-use", roles=(Role.QA, Role.QP), meaning=Meaning.REJECTED, needs_reason=True)
class WithholdUse(Action):
    """Stop the use of a released lot or batch at once, everywhere, until it is permitted again or recalled."""

    lease: str = f.ref("lease", label="Site that states it", touch=True)
    of: str = f.ref("lot", "batch", label="Batch or lot")


@action("permit-use", roles=(Role.QA, Role.QP), meaning=Meaning.APPROVED, needs_reason=True)
class PermitUse(Action):
    """Let a lot or batch be used again whose use was withheld."""

    lease: str = f.ref("lease", label="Site that states it", touch=True)
    of: str = f.ref("lot", "batch", label="Batch or lot")


@action("confirm-use", roles=HEARERS, meaning=Meaning.PERFORMED, needs_reason=True)
class ConfirmUse(Action):
    """Record that the releasing site said aloud that nothing is recalled or withheld, and the code it read out."""

    what: str = f.ref("container", "dose", label="What", touch=True)
    of: str = f.ref("lot", "batch", label="Batch or lot")
    confirmed_by: str = f.text("Who confirmed it there", longest=120)
    spoken: str = f.code("Code they read out")


@action("witness-use", roles=HEARERS, meaning=Meaning.VERIFIED)
class WitnessUse(Action):
    """Second person who heard the releasing site confirm the use, and enters the code again."""

    what: str = f.ref("container", "dose", label="What", touch=True)
    of: str = f.ref("lot", "batch", label="Batch or lot")
    spoken: str = f.code("Code they read out")


# -- what others ask ------------------------------------------------------------------------------------


def lease_hours(book: Book, site: str) -> int:
    """How old a lease may be at a site: what its country's rules say, else the usual."""
    return _of_country(book, site, "lease_hours", USUAL_HOURS)


def warning_hours(book: Book, site: str) -> int:
    """How long before its end a site wants to be told of what ends."""
    return _of_country(book, site, "lease_warning_hours", WARNING_HOURS)


def _of_country(book: Book, site: str, name: str, usual: int) -> int:
    country = book.sheet(f"country:{book.sheet(f'site:{site}').country}")
    return int((country.rules or {}).get(name, usual))


def spoken_code(of: str, at_site: str, on: date) -> str:
    """The code that the releasing site reads out for one lot or batch, one user and one day (UTC).

    Both nodes can work it out, so it guards against mishearing and the wrong record, not against a liar.
    """
    said = f"milenari spoken\n{of}\n{at_site}\n{on.isoformat()}\n"
    number = int.from_bytes(sha256(said.encode()).digest()[:8], "big")
    made = ""
    for _ in range(SPOKEN_LENGTH):
        number, place = divmod(number, len(LETTERS))
        made += LETTERS[place]
    return made


def sources_of(what: str, book: Book) -> tuple[str, ...]:
    """The lots and batches whose recall would stop the use of a container or dose."""
    thing = book.sheet(what)
    if what.startswith("container:"):
        return (f"lot:{thing.lot}",)
    vector = book.sheet(f"batch:{thing.batch}").container
    lot = book.sheet(f"container:{vector}").lot if vector else ""
    return (f"batch:{thing.batch}", *((f"lot:{lot}",) if lot else ()))


def require_leases(what: str, asking: Asking, book: Book) -> tuple[Finding, ...]:
    """Refuse the use of what others released without fresh word from them; a spoken confirmation is a finding."""
    found = []
    held: Held = book.sheet(what)
    for of in sources_of(what, book):
        lease = _lease_of(of, book)
        if not _wanting(of, lease, asking, book):
            continue
        word = _heard(held.spoken, of, asking)
        if word is None:
            raise Refused("lease-stale", of=of, site=lease.code, until=lease.until(lease_hours(book, asking.site)))
        facts = {"of": of, "site": lease.code, "confirmed_by": word.confirmed_by, "spoken": word.code}
        found.append(Finding("used-on-spoken-word", facts))
    return tuple(found)


def require_not_withheld(what: str, to_site: str, book: Book) -> None:
    """Refuse to send on what the releasing site withholds from use; back to that site it may go."""
    for of in sources_of(what, book):
        lease = _lease_of(of, book)
        reason = lease.reason_withheld(of)
        refuse_if(reason and lease.code != to_site, "use-withheld", of=of, site=lease.code, reason=reason)


def _lease_of(of: str, book: Book) -> Lease:
    lease: Lease = book.sheet(f"lease:{book.sheet(of).owner}")
    return lease


def _wanting(of: str, lease: Lease, asking: Asking, book: Book) -> bool:
    """Whether fresh word is missing here; Refused when the releasing site withholds the use."""
    reason = lease.reason_withheld(of)
    refuse_if(reason, "use-withheld", of=of, site=lease.code, reason=reason)
    return lease.code != asking.site and not lease.holds(asking, lease_hours(book, asking.site))


def _heard(spoken: Iterable[Spoken], of: str, asking: Asking) -> Spoken | None:
    """The newest confirmation that two persons heard and that still serves."""
    good = [s for s in spoken if s.of == of and s.witnessed_at is not None
            and s.witnessed_at <= asking.happened_at <= s.at + SPOKEN_HOLDS]  # fmt: skip
    return good[-1] if good else None


# -- checks ---------------------------------------------------------------------------------------------


def _own(lease: str, asking: Asking) -> None:
    refuse_if(lease != asking.site, "lease-of-another-site", lease=lease, site=asking.site)


@checks(GrantLease)
def _grant(act: GrantLease, asking: Asking, book: Book) -> None:
    _own(act.lease, asking)
    # What a node says is asked again wherever its parcel is taken, perhaps before the country's rules have arrived
    # there; it keeps to them itself (journal/exchange/renewal.py), and every user's country has the last word.
    most = MOST_HOURS if asking.role is Role.NODE else lease_hours(book, asking.site)
    refuse_if(act.hours > most, "lease-too-long", hours=act.hours, most=most)
    after(asking.happened_at, book.sheet(act.about).last_at, "earlier lease")


@checks(WithholdUse)
def _withhold(act: WithholdUse, asking: Asking, book: Book) -> None:
    _own(act.lease, asking)
    made = known(book, act.of)
    refuse_if(made.owner != asking.site, "held-elsewhere", subject=act.of, owner=made.owner)
    lease: Lease = book.sheet(act.about)
    refuse_if(lease.reason_withheld(act.of), "use-withheld", of=act.of, site=act.lease,
              reason=lease.reason_withheld(act.of))  # fmt: skip


@checks(PermitUse)
def _permit(act: PermitUse, asking: Asking, book: Book) -> None:
    _own(act.lease, asking)
    lease: Lease = book.sheet(act.about)
    refuse_if(not lease.reason_withheld(act.of), "use-not-withheld", of=act.of)


def _asked_for(act: Any, asking: Asking, book: Book) -> Held:
    """The thing of a spoken confirmation, its lot or batch really wanting one, and the code right."""
    held: Held = known(book, act.what)
    refuse_if(act.of not in sources_of(act.what, book), "not-of-this", subject=act.what, of=act.of)
    lease = _lease_of(act.of, book)
    wanting = _wanting(act.of, lease, asking, book)
    refuse_if(not wanting, "lease-holds", of=act.of, site=lease.code)
    days = (asking.happened_at.date(), (asking.happened_at - timedelta(days=1)).date())
    good = {spoken_code(act.of, asking.site, day) for day in days}
    refuse_if(act.spoken.upper() not in good, "spoken-code-wrong", of=act.of, site=lease.code, found=act.spoken)
    return held


@checks(ConfirmUse)
def _confirm(act: ConfirmUse, asking: Asking, book: Book) -> None:
    _asked_for(act, asking, book)


@checks(WitnessUse)
def _witness(act: WitnessUse, asking: Asking, book: Book) -> None:
    held = _asked_for(act, asking, book)
    open_ = [s for s in held.spoken if s.of == act.of and s.witnessed_at is None]
    if not open_:
        raise Refused("not-confirmed", of=act.of, subject=act.what)
    refuse_if(open_[-1].by == asking.by, "own-work", person=asking.by)
    after(asking.happened_at, open_[-1].at, "spoken confirmation")


# -- applies --------------------------------------------------------------------------------------------


@applies(GrantLease, "lease")
def _(lease: Lease, act: GrantLease, entry: Entry) -> Lease:
    return replace(lease, granted_at=entry.happened_at, hours=act.hours)


@applies(WithholdUse, "lease")
def _(lease: Lease, act: WithholdUse, entry: Entry) -> Lease:
    return replace(lease, withheld=(*lease.withheld, (act.of, entry.reason)))


@applies(PermitUse, "lease")
def _(lease: Lease, act: PermitUse, entry: Entry) -> Lease:
    return replace(lease, withheld=tuple(pair for pair in lease.withheld if pair[0] != act.of))


@applies(ConfirmUse, "container", "dose")
def _(held: Any, act: ConfirmUse, entry: Entry) -> Any:
    made = Spoken(act.of, act.confirmed_by, act.spoken.upper(), entry.by, entry.happened_at)
    return replace(held, spoken=(*held.spoken, made))


@applies(WitnessUse, "container", "dose")
def _(held: Any, act: WitnessUse, entry: Entry) -> Any:
    *_, last = [s for s in held.spoken if s.of == act.of]
    heard = replace(last, witnessed_by=entry.by, witnessed_at=entry.happened_at)
    return replace(held, spoken=(*(s for s in held.spoken if s is not last), heard))
