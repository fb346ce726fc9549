"""Two sites and their quality agreement: drafted in Barcelona, signed in Rome, in force."""

from __future__ import annotations

from datetime import date
from typing import Any

from milenari.rules.action import Action
from milenari.rules.quality_agreement import (
    MATTERS,
    ConsentQualityAgreement,
    DraftQualityAgreement,
    EffectQualityAgreement,
)
from tests.rules.cast import LONG_AGO, MemoryBook, network, station

CODE = "BCN.ROM.control"
UNTIL = date(2026, 12, 31)
EFFECT = EffectQualityAgreement(agreement=CODE)


def deviation(severity: str, within: int = 24, period: str = "hours", **changes: Any) -> dict[str, Any]:
    made = {"matter": "deviation", "severity": severity, "owner": "ROM", "informed": ["BCN"], "within": within,
            "period": period}  # fmt: skip
    return {**made, **changes}


def duties(*changed: dict[str, Any], parties: tuple[str, str] = ("BCN", "ROM")) -> dict[str, Any]:
    """Minor stays local; major in three days, critical in a day and the release waits; all else in a week."""
    giver, receiver = parties
    minor = {"matter": "deviation", "severity": "minor", "owner": receiver}
    rows = [minor, deviation("major", 3, "days"), deviation("critical", release_waits=True)]
    rows = [{**row, "owner": receiver, **({"informed": [giver]} if "informed" in row else {})} for row in rows]
    rows += [{"matter": m, "owner": giver, "informed": [receiver], "within": 7, "period": "days"} for m in MATTERS[1:]]
    named = {(row["matter"], row.get("severity")): row for row in [*rows, *changed]}
    return {"duties": list(named.values())}


def draft(number: str = "1", content: dict[str, Any] | None = None, **changes: Any) -> DraftQualityAgreement:
    given = {"agreement": CODE, "relation": "control", "giver": "BCN", "receiver": "ROM", "number": number,
             "content": content or duties(), "from_on": LONG_AGO, "until_on": UNTIL}  # fmt: skip
    return DraftQualityAgreement(**{**given, **changes})


def consent(book: MemoryBook, code: str = CODE, site: str = "ROM", digest: str = "") -> Action:
    held = book.sheet(f"qualityagreement:{code}")
    digest = digest or (held.draft.digest if held.draft else "none")
    return ConsentQualityAgreement(consent=f"{code}/{site}", agreement=code, digest=digest)


def agree(book: MemoryBook, act: DraftQualityAgreement) -> None:
    """Draft, signature of the other sites, in force."""
    book.do(act, "qa", site="BCN")
    for site in {act.giver, act.receiver} - {"BCN"}:
        book.do(consent(book, act.agreement, site), "qa", site=site)
    book.do(EffectQualityAgreement(agreement=act.agreement), "qa-2", site="BCN")


@station
def agreed() -> MemoryBook:
    """The agreement of Barcelona and Rome in force since long ago."""
    book = network()
    agree(book, draft())
    return book
