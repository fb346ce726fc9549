"""Exchange: which kinds of data may leave a site for which other, on what legal basis, and until when.

Governing requirements: Regulation (EU) 2016/679 (GDPR) Articles 5(2), 6, 9, 30 and 44 to 49: every transfer of
health data has a basis, a recipient and a record; without one nothing is sent.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from milenari.rules import fields as f
from milenari.rules.action import (
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

# What an entry speaks of, by the station its action belongs to. Coded data about a patient are health data (GDPR
# Recital 26: pseudonymous is not anonymous); persons who sign are named, and stock concerns nobody.
CLASSES = {
    "operations": (
        "network procedure curriculum stock upkeep equipment room exchange package gap qualification "
        "regulation lease sighting quality_agreement partner_audit change impact effect casebook_form protocol"
    ).split(),
    "personnel": "people training passport".split(),
    "vector": ["vector"],
    "product": (
        "custody arrival apheresis batch hold qualification_run comparability comparability_report stability drift "
        "filling testing deviation escalation notice complaint release label attachment form"
    ).split(),
    "clinical": (
        "referral infusion followup transplant allotment plan casebook casebook_lock casebook_query participant "
        "enrolment leaving safety safety_review monitoring hyperinflammation_answer"
    ).split(),
}
# What cannot be undone in the world: such an entry is held by a mirror before the act is done (docs/house.md).
ANCHORED = frozenset(
    "dispatch witness-dispatch receive witness-receipt spend-container release-lot release-batch supply-oos "
    "administer-fraction".split()
)
_CLASS_OF = {station: name for name, stations in CLASSES.items() for station in stations}


def class_of(cls: type[Action]) -> str:
    """The data class of an action; KeyError for a station that CLASSES forgot."""
    return _CLASS_OF[cls.__module__.rpartition(".")[2]]


@dataclass(frozen=True)
class Basis:
    """Why one class of data may be sent, and until when."""

    data_class: str
    basis: str
    country: str
    from_on: date
    to_on: date


@sheet("agreement")
class Agreement(Sheet):
    """What one site may send to another; its code is SENDER-RECEIVER."""

    to_site: str = ""
    bases: tuple[Basis, ...] = ()

    def basis_for(self, data_class: str, on: date) -> Basis | None:
        """The newest basis in force that day for a class of data."""
        held = [b for b in self.bases if b.data_class == data_class and b.from_on <= on <= b.to_on]
        return held[-1] if held else None


def agreement_code(from_site: str, to_site: str) -> str:
    """The code of the agreement under which one site sends to another."""
    return f"{from_site}-{to_site}"


@action("agree-exchange", roles=(Role.QA, Role.COORDINATOR), meaning=Meaning.APPROVED)
class AgreeExchange(Action):
    """Allow classes of data to be sent to another site until a date, on a named legal basis."""

    agreement: str = f.ref("agreement", label="Agreement", touch=True, help="sender and receiver, such as ROM-BCN")
    to_site: str = f.ref("site", label="To site")
    data_classes: tuple[str, ...] = f.codes("Data classes", help=", ".join(CLASSES))
    basis: str = f.text("Legal basis", longest=300, help="article, contract or decision it rests on")
    country: str = f.code("Country of the recipient (ISO 3166)")
    from_on: date = f.on("From")
    to_on: date = f.on("Until")


@action("end-exchange", roles=(Role.QA, Role.COORDINATOR), meaning=Meaning.APPROVED, needs_reason=True)
class EndExchange(Action):
    """Stop sending one class of data to another site from a day on; what was sent stays there."""

    agreement: str = f.ref("agreement", label="Agreement", touch=True)
    data_class: str = f.choice(tuple(CLASSES), "Data class")
    last_on: date = f.on("Last day")


@checks(AgreeExchange)
def _agree(act: AgreeExchange, asking: Asking, book: Book) -> None:
    refuse_if(act.to_site == asking.site, "dispatch-to-oneself", site=asking.site)
    unknown = next((name for name in act.data_classes if name not in CLASSES), "")
    refuse_if(unknown, "data-class-unknown", found=unknown, known=list(CLASSES))
    expected = agreement_code(asking.site, act.to_site)
    refuse_if(act.agreement != expected, "agreement-code-wrong", found=act.agreement, expected=expected)
    refuse_if(act.to_on < act.from_on, "dates-reversed", field="to_on")
    place = book.sheet(f"site:{act.to_site}")
    refuse_if(
        place.exists and place.country != act.country, "country-not-of-site",
        site=act.to_site, country=place.country, found=act.country,
    )  # fmt: skip


@checks(EndExchange)
def _end(act: EndExchange, asking: Asking, book: Book) -> None:
    found: Agreement = known(book, act.about)
    refuse_if(
        found.basis_for(act.data_class, asking.today) is None, "not-agreed",
        agreement=act.agreement, data_class=act.data_class,
    )  # fmt: skip


@applies(AgreeExchange, "agreement")
def _(found: Agreement, act: AgreeExchange, entry: Entry) -> Agreement:
    made = tuple(Basis(name, act.basis, act.country, act.from_on, act.to_on) for name in act.data_classes)
    return replace(found, to_site=act.to_site, bases=(*found.bases, *made))


@applies(EndExchange, "agreement")
def _(found: Agreement, act: EndExchange, entry: Entry) -> Agreement:
    bases = tuple(
        replace(b, to_on=min(b.to_on, act.last_on)) if b.data_class == act.data_class else b for b in found.bases
    )
    return replace(found, bases=bases)
