"""Allotment: numbered enrolment tokens under a cap, so that a trial never takes in more than it may, links or not.

Escrow: the site that holds the cap hands tokens of one dose level to one site until a day, and that site spends them
alone. Spent and outstanding never exceed the cap, because a token counts as outstanding until the cap's site has
seen the entry that gives it back; a day that has passed frees nothing by itself. After the bounded counter of Balegas
et al., arXiv 1503.09052.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from milenari.rules import fields as f
from milenari.rules.action import (
    Accepted,
    Action,
    Asking,
    Book,
    Entry,
    Sheet,
    action,
    applies,
    checks,
    known,
    refuse_if,
    sheet,
)
from milenari.words import Meaning, Role

GIVERS = (Role.COORDINATOR, Role.QA)
ENROLLERS = (Role.COORDINATOR, Role.PHYSICIAN)


@sheet("cap")
class Cap(Sheet):
    """How many a trial may take in at one dose level, and how many of them are promised."""

    trial: str = ""
    level: str = ""
    most: int = 0
    issued: int = 0
    returned: int = 0  # unspent, and seen to be given back
    next_number: int = 1

    @property
    def committed(self) -> int:
        """Spent and outstanding together, by what this site has seen."""
        return self.issued - self.returned


@sheet("allotment")
class Allotment(Sheet):
    """Numbered tokens of one cap in the hands of one site."""

    cap: str = ""
    trial: str = ""
    level: str = ""
    issuer: str = ""
    to_site: str = ""
    first: int = 0
    count: int = 0
    expires_on: date | None = None
    accepted_at: datetime | None = None
    spent: tuple[tuple[int, str], ...] = ()  # number, for which journey or participant
    closed: bool = False  # on its way back or back: nothing of it is spent any more

    @property
    def left(self) -> tuple[int, ...]:
        """The numbers that are not spent."""
        gone = {number for number, _ in self.spent}
        return tuple(n for n in range(self.first, self.first + self.count) if n not in gone)


@action("set-cap", roles=GIVERS, meaning=Meaning.APPROVED, needs_reason=True)
class SetCap(Action):
    """Say how many a trial may take in at one dose level; never fewer than are promised already."""

    cap: str = f.new("cap", "Cap code")
    trial: str = f.code("Trial")
    level: str = f.code("Dose level")
    most: int = f.count("At most", low=0, high=10_000)


@action("issue-tokens", roles=GIVERS, meaning=Meaning.APPROVED)
class IssueTokens(Action):
    """Hand a number of enrolment tokens to a site, good until a day; the site accepts them."""

    cap: str = f.ref("cap", label="Cap", touch=True)
    allotment: str = f.new("allotment", "Allotment code")
    to_site: str = f.ref("site", label="To site")
    count: int = f.count("Tokens", low=1, high=1000)
    expires_on: date = f.on("Good until")


@action("accept-tokens", roles=ENROLLERS, meaning=Meaning.PERFORMED, takes_custody=True)
class AcceptTokens(Action):
    """Take issued tokens into this site's hands."""

    allotment: str = f.ref("allotment", label="Allotment", touch=True)


@action("spend-token", roles=ENROLLERS, meaning=Meaning.PERFORMED)
class SpendToken(Action):
    """Use one token for one patient; each is used once."""

    allotment: str = f.ref("allotment", label="Allotment", touch=True)
    token: int = f.count("Token", low=1)
    trial: str = f.code("Trial")
    level: str = f.code("Dose level")
    journey: str = f.ref("journey", label="Journey")


@action("return-tokens", roles=ENROLLERS, meaning=Meaning.PERFORMED)
class ReturnTokens(Action):
    """Give back what is not spent, lapsed or not; nothing more of this allotment can be used."""

    allotment: str = f.ref("allotment", label="Allotment", touch=True)


@action("reclaim-tokens", roles=GIVERS, meaning=Meaning.PERFORMED, takes_custody=True)
class ReclaimTokens(Action):
    """Take returned tokens back under the cap, where they can be issued again under new numbers."""

    allotment: str = f.ref("allotment", label="Allotment", touch=True)
    cap: str = f.ref("cap", label="Cap", touch=True)


@checks(SetCap)
def _set(act: SetCap, asking: Asking, book: Book) -> None:
    found: Cap = book.sheet(act.about)
    same = (found.trial, found.level) == (act.trial, act.level)
    refuse_if(found.exists and not same, "subject-exists", kind="cap", code=act.cap)
    refuse_if(act.most < found.committed, "cap-below-promised", most=act.most, promised=found.committed)


@checks(IssueTokens)
def _issue(act: IssueTokens, asking: Asking, book: Book) -> Accepted:
    cap: Cap = known(book, act.about)
    refuse_if(book.sheet(f"allotment:{act.allotment}").exists, "subject-exists", kind="allotment", code=act.allotment)
    known(book, f"site:{act.to_site}")
    left = cap.most - cap.committed
    refuse_if(act.count > left, "cap-reached", cap=act.cap, wanted=act.count, left=left)
    refuse_if(act.expires_on < asking.today, "expiry-passed", expires_on=act.expires_on)
    return Accepted(given={"first": cap.next_number, "trial": cap.trial, "level": cap.level})


@checks(AcceptTokens)
def _accept(act: AcceptTokens, asking: Asking, book: Book) -> None:
    found: Allotment = known(book, act.about)
    open_ = bool(found.bound_for) and found.accepted_at is None
    refuse_if(not open_, "not-in-transit", subject=act.about, owner=found.owner)


@checks(SpendToken)
def _spend(act: SpendToken, asking: Asking, book: Book) -> None:
    known(book, f"journey:{act.journey}")
    require_token(act.allotment, act.token, act.trial, act.level, act.journey, asking, book)


def require_token(
    allotment: str, token: int, trial: str, level: str, whom: str, asking: Asking, book: Book
) -> Allotment:
    """Refused unless the token is this site's to spend that day, of this trial and level, and the only one for whom."""
    found: Allotment = known(book, f"allotment:{allotment}")
    refuse_if(found.to_site != asking.site, "token-of-another-site", allotment=allotment, site=found.to_site)
    refuse_if(found.accepted_at is None, "tokens-not-accepted", allotment=allotment)
    refuse_if(found.closed, "tokens-returned", allotment=allotment)
    other = (trial, level) != (found.trial, found.level)
    ours = f"{found.trial}/{found.level}"
    refuse_if(other, "token-of-another-level", found=f"{trial}/{level}", expected=ours)
    # Today as well as on the day it is said to have happened: nobody backdates past the end.
    days = (asking.today, asking.now.astimezone(ZoneInfo(asking.zone)).date())
    lapsed = found.expires_on is None or max(days) > found.expires_on
    refuse_if(lapsed, "token-expired", allotment=allotment, expires_on=found.expires_on)
    refuse_if(token not in found.left, "token-not-to-spend", token=token, left=list(found.left))
    taken = next((n for n, who in found.spent if who == whom), 0)
    refuse_if(taken, "token-spent-for-patient", journey=whom, token=taken)
    return found


@checks(ReturnTokens)
def _return(act: ReturnTokens, asking: Asking, book: Book) -> None:
    found: Allotment = known(book, act.about)
    refuse_if(found.accepted_at is None, "tokens-not-accepted", allotment=act.allotment)
    refuse_if(found.closed, "tokens-returned", allotment=act.allotment)


@checks(ReclaimTokens)
def _reclaim(act: ReclaimTokens, asking: Asking, book: Book) -> Accepted:
    found: Allotment = known(book, act.about)
    back = found.closed and bool(found.bound_for)
    refuse_if(not back, "not-in-transit", subject=act.about, owner=found.owner)
    refuse_if(found.cap != act.cap, "another-cap", allotment=act.allotment, expected=found.cap, found=act.cap)
    return Accepted(given={"unspent": len(found.left)})


@applies(SetCap, "cap")
def _(cap: Cap, act: SetCap, entry: Entry) -> Cap:
    return replace(cap, trial=act.trial, level=act.level, most=act.most)


@applies(IssueTokens, "cap")
def _(cap: Cap, act: IssueTokens, entry: Entry) -> Cap:
    return replace(cap, issued=cap.issued + act.count, next_number=cap.next_number + act.count)


@applies(IssueTokens, "allotment")
def _(found: Allotment, act: IssueTokens, entry: Entry) -> Allotment:
    return replace(
        found, cap=act.cap, trial=entry.given["trial"], level=entry.given["level"], issuer=entry.site,
        to_site=act.to_site, first=entry.given["first"], count=act.count, expires_on=act.expires_on,
        bound_for=act.to_site,
    )  # fmt: skip


@applies(AcceptTokens, "allotment")
def _(found: Allotment, act: AcceptTokens, entry: Entry) -> Allotment:
    return replace(found, owner=entry.site, bound_for="", accepted_at=entry.happened_at)


@applies(SpendToken, "allotment")
def _(found: Allotment, act: SpendToken, entry: Entry) -> Allotment:
    return replace(found, spent=(*found.spent, (act.token, act.journey)))


@applies(ReturnTokens, "allotment")
def _(found: Allotment, act: ReturnTokens, entry: Entry) -> Allotment:
    return replace(found, closed=True, bound_for=found.issuer)


@applies(ReclaimTokens, "allotment")
def _(found: Allotment, act: ReclaimTokens, entry: Entry) -> Allotment:
    return replace(found, owner=entry.site, bound_for="")


@applies(ReclaimTokens, "cap")
def _(cap: Cap, act: ReclaimTokens, entry: Entry) -> Any:
    return replace(cap, returned=cap.returned + entry.given["unspent"])
