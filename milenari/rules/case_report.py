"""Case report: which elements of ICH E2B(R3) a report of a SUSAR still lacks; pure, no actions.

The least information and the administrative elements: Regulation (EU) 536/2014 Annex III 2.3(10) and (11), read.
That C.1.3, C.1.4, C.1.5, C.1.7 and the batch header N.1 are mandatory was read in field lists after the EU ICSR
implementation guide (EMA/51938/2013); the other numbers are recalled and marked so in docs/stations/safety.md.
The header N.1 belongs to the gateway that sends the file and is not kept here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from milenari.rules.safety_duty import CRITERIA, OPEN, Judgement, classify


@dataclass(frozen=True)
class Element:
    """One element: its number, the name under which it is known here, and whether its duty was read or is recalled."""

    number: str
    name: str
    read: bool = False


ELEMENTS = (
    Element("C.1.1", "case-number", read=True),
    Element("C.1.4", "first-received", read=True),
    Element("C.1.5", "last-received", read=True),
    Element("C.1.8.1", "worldwide-number", read=True),
    Element("C.2.r.3", "reporter-country"),
    Element("C.2.r.4", "reporter-qualification", read=True),
    Element("C.3.2", "sender", read=True),
    Element("C.5.1.r.1", "trial-number", read=True),
    Element("C.5.3", "sponsor-study", read=True),
    Element("D.1", "patient", read=True),
    Element("E.i.1.1a", "term", read=True),
    Element("E.i.2.1b", "meddra"),
    Element("E.i.3.2", "criteria"),
    Element("E.i.4", "begun"),
    Element("E.i.7", "outcome"),
    Element("G.k.2.2", "product", read=True),
    Element("G.k.9.i.2.r.2", "method"),
    Element("G.k.9.i.2.r.3", "causality", read=True),
    Element("H.1", "narrative"),
)
NUMBERS = {element.name: element.number for element in ELEMENTS}


def missing(told: Mapping[str, object]) -> tuple[Element, ...]:
    """The elements for which nothing is given, in the order of the form."""
    unknown = sorted(set(told) - set(NUMBERS))
    if unknown:
        raise ValueError(f"{', '.join(unknown)}: no element of a case report")
    return tuple(element for element in ELEMENTS if not told.get(element.name))


def of_judgement(held: Judgement) -> dict[str, object]:
    """The elements that a standing judgement fills: why it is serious, and whether something is suspected."""
    serious = [one for one in CRITERIA if one in held.criteria]
    return {"criteria": serious, "causality": "" if held.suspected is None else "judged"}


def reportable(held: Judgement) -> bool:
    """Whether it is a SUSAR, or counts as one until it is judged."""
    return classify(held) in OPEN
