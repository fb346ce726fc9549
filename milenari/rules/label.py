"""Label: every label has a number, and what becomes of it is signed: printed, used, destroyed or returned.

Printing is refused unless software has read the pictures back and found what the rule froze (``read_back``).
The labels of one bag, lot or batch at one site are one account that comes to zero: printed = used + destroyed +
returned + open. Governing requirements: EU GMP Part IV section 6 (labels printed, used, destroyed), EU GMP Part I
chapter 5 (reconciliation of printed materials; clause numbers not re-read), house rules LBL-1 and LBL-2.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from typing import Any

from milenari.rules import carrier
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
    applies,
    checks,
    known,
    refuse_if,
    sheet,
)
from milenari.rules.apheresis import LabelBag
from milenari.rules.chain import require_din
from milenari.rules.labelling import KINDS_FOR, Planned, planned
from milenari.words import Facts, Meaning, Role, split_subject, subject

LANGUAGES = ("en", "es", "ca", "it", "fr", "ar")
SIZES = ("vial", "tube", "small-bag", "bag", "large-bag", "a6")
STORAGE = ("vapour-phase", "deep-frozen", "refrigerated", "room-temperature")
RESOLUTIONS = ("standard", "fine", "finest")  # print heads of 203, 300 and 600 dots per inch
SCHEMES = ("own", "isbt-128")
OPEN, USED, DESTROYED, RETURNED = "open", "used", "destroyed", "returned"
MOST_LABELS = 150
HANDS = (
    Role.OPERATOR,
    Role.APHERESIS_NURSE,
    Role.VECTOR_MANAGER,
    Role.QC_ANALYST,
    Role.WARD_NURSE,
    Role.COORDINATOR,
    Role.QA,
)


# -- frozen state ---------------------------------------------------------------------------------------


@sheet("label")
class Label(Sheet):
    """One printed label: what it is for, and what became of it."""

    kind: str = ""
    of: str = ""  # the subject printed for
    thing: str = ""  # the code on the label
    account: str = ""
    coi: str = ""
    language: str = ""
    size: str = ""
    scheme: str = ""
    run: str = ""  # the act that printed it
    copy: int = 1
    status: str = OPEN
    printed_at: datetime | None = None

    def require_said(self, said: carrier.Carrier) -> None:
        """Refuse a symbol that was made elsewhere under a number of ours: it says other than what was printed."""
        forged = (said.code, said.kind, said.coi) != (self.thing, self.kind, self.coi)
        refuse_if(forged, "label-forged", label=self.code, scanned=said.code, expected=self.thing)

    def require_open(self) -> None:
        """Refuse to use a label twice, or one that was destroyed or returned."""
        refuse_if(self.status != OPEN, "label-not-open", label=self.code, status=self.status)


@sheet("labels")
class Account(Sheet):
    """The labels of one bag, lot or batch at one site; ``open`` are those whose fate is not yet written."""

    of: str = ""
    open: tuple[str, ...] = ()
    printed: int = 0
    copies: tuple[tuple[str, int], ...] = ()  # kind and thing, how many were ever printed

    def require_settled(self, of: str) -> None:
        """Refuse to go on while labels that were printed have no fate; where none was printed, none is missing."""
        refuse_if(self.open, "labels-open", of=of, labels=list(self.open[:5]), count=len(self.open))


@sheet("numbering")
class Numbering(Sheet):
    """The last label number given out at a site."""

    last: int = 0


# -- actions --------------------------------------------------------------------------------------------


@action("print-labels", roles=HANDS, meaning=Meaning.PERFORMED)
class PrintLabels(Action):
    """Print numbered labels that software has read back from their pictures and found right."""

    account: str = f.ref("labels", label="Label account", touch=True)
    of: str = f.ref("collection", "container", "dose", "batch", "lot", label="Labels for")
    kind: str = f.choice(tuple(carrier.KINDS), "Kind of label")
    size: str = f.choice(SIZES, "Size of label")
    language: str = f.choice(LANGUAGES, "Language of label")
    copies: int = f.count("Copies of each label", low=1, high=50)
    storage: str = f.choice(STORAGE, "Storage")
    biohazard: bool = f.flag("Biological hazard")
    resolution: str = f.choice(RESOLUTIONS, "Print head")
    read_back: str = f.code("Read back by software", help="the digest of what was decoded from the pictures")
    printer: str = f.code("Printer", required=False)
    sample: str = f.code("Sample", required=False)
    to_site: str = f.ref("site", label="To site", required=False)
    company_prefix: str = f.code("GS1 company prefix", required=False)
    scheme: str = f.choice(SCHEMES, "Scheme of codes", required=False)
    din: str = f.code("Donation identification number", required=False)
    product_code: str = f.code("Product code", required=False)
    product_text: str = f.text("Product description", required=False, longest=120)


@action("use-labels", roles=HANDS, meaning=Meaning.PERFORMED)
class UseLabels(Action):
    """Record that labels were put on what they were printed for, each scanned."""

    account: str = f.ref("labels", label="Label account", touch=True)
    labels: tuple[str, ...] = f.codes("Label scans")


@action("destroy-labels", roles=HANDS, meaning=Meaning.PERFORMED, needs_reason=True)
class DestroyLabels(Action):
    """Record that labels were destroyed: spoiled, left over, or taken off again."""

    account: str = f.ref("labels", label="Label account", touch=True)
    labels: tuple[str, ...] = f.codes("Label scans")


@action("return-labels", roles=HANDS, meaning=Meaning.PERFORMED)
class ReturnLabels(Action):
    """Record that unused labels went back to where labels are kept under lock."""

    account: str = f.ref("labels", label="Label account", touch=True)
    labels: tuple[str, ...] = f.codes("Label scans")


# -- checks ---------------------------------------------------------------------------------------------


def plan(act: PrintLabels, asking: Asking, book: Book) -> Facts:
    """Everything that will stand on the labels of this act, frozen: one object for text and symbol alike.

    ``content`` holds what all share, ``labels`` what each has of its own. Pure; the page that draws the labels and
    the rule that accepts them ask the same function. Raises Refused.
    """
    refuse_if(act.kind not in KINDS_FOR[split_subject(act.of)[0]], "label-kind-not-for", option=act.kind, of=act.of)
    found: Planned = planned(act, asking, book)
    total = len(found.items) * act.copies
    refuse_if(total > MOST_LABELS, "labels-too-many", found=total, longest=MOST_LABELS)
    _require_language(act, found, book)
    if act.scheme == "isbt-128":
        refuse_if(not act.din or not act.product_code, "isbt-facts-missing", of=act.of)
        require_din(act.din)
        refuse_if(len(act.product_code) != 8, "isbt-product-unreadable", found=act.product_code)
    if act.company_prefix:
        good = act.company_prefix.isdigit() and 4 <= len(act.company_prefix) <= 12
        refuse_if(not good, "company-prefix-unreadable", found=act.company_prefix)
    account: Account = book.sheet(subject("labels", account_of(asking.site, found.whole)))
    printed, last = Counter(dict(account.copies)), book.sheet(f"numbering:{asking.site}").last
    labels = []
    for item in found.items:
        for _ in range(act.copies):
            last += 1
            printed[f"{act.kind} {item['code']}"] += 1
            serial = carrier.serial_of(asking.site, last)
            said = carrier.Carrier(act.kind, serial, item["code"], item.get("coi", ""))
            label = {**item, "serial": serial, "copy": printed[f"{act.kind} {item['code']}"],
                     "symbol": carrier.write(said)}  # fmt: skip
            if act.kind == "shipper" and act.company_prefix:
                label["sscc"] = sscc(act.company_prefix, last)
            labels.append(label)
    content = {
        "template": "1", "kind": act.kind, "of": act.of, "size": act.size, "language": act.language,
        "site": asking.site, "zone": asking.zone, "storage": act.storage, "biohazard": act.biohazard,
        "printed_on": asking.today.isoformat(), "scheme": act.scheme or "own", "din": act.din,
        "product_code": act.product_code, "product_text": act.product_text, **found.common,
    }  # fmt: skip
    return {"content": content, "labels": labels, "account": account_of(asking.site, found.whole)}


def account_of(site: str, whole: str) -> str:
    """The account of the labels of a bag, lot or batch at one site: each site settles its own."""
    kind, code = split_subject(whole)
    return f"{site}/{kind}/{code}"


def sscc(prefix: str, number: int) -> str:
    """A GS1 serial shipping container code of 18 digits: extension digit 0, prefix, running number, check digit."""
    room = 16 - len(prefix)
    body = f"0{prefix}{number % 10**room:0{room}d}"
    return body + gs1_check_digit(body)


def gs1_check_digit(body: str) -> str:
    """The check digit of a GS1 code: modulo 10, weights 3 and 1 from the right (General Specifications, 7.9)."""
    total = sum(int(sign) * (3 if n % 2 == 0 else 1) for n, sign in enumerate(reversed(body)))
    return str(-total % 10)


def digest(planned: Facts) -> str:
    """What a page sends as ``read_back`` once every picture said what was planned: 32 hexadecimal digits."""
    told = json.dumps([planned["content"], planned["labels"]], sort_keys=True, separators=(",", ":"))
    return sha256(told.encode()).hexdigest()[:32]


def languages(kind: str, used_at: str, book: Book) -> list[str]:
    """The languages a label may be written in where it is used, the usual one first; none means any.

    What is given to a patient bears the first of them, since the rules of a country name its own language first.
    """
    country = book.sheet(f"site:{used_at}").country
    allowed = list((book.sheet(f"country:{country}").rules or {}).get("label_languages", ()))
    return allowed[:1] if kind == "product-bag" else allowed


def _require_language(act: PrintLabels, found: Planned, book: Book) -> None:
    allowed = languages(act.kind, found.used_at, book)
    wrong = bool(allowed) and act.language not in allowed
    country = book.sheet(f"site:{found.used_at}").country
    refuse_if(wrong, "label-language-not-allowed", language=act.language, country=country, languages=allowed)


@checks(PrintLabels)
def _print(act: PrintLabels, asking: Asking, book: Book) -> Accepted:
    made = plan(act, asking, book)
    refuse_if(made["account"] != act.account, "label-account-wrong", account=act.account, expected=made["account"])
    refuse_if(digest(made) != act.read_back, "label-not-read-back", of=act.of)
    again = [label["code"] for label in made["labels"] if label["copy"] > act.copies]
    refuse_if(again and not asking.reason.strip(), "reprint-needs-reason", codes=list(dict.fromkeys(again))[:5])
    findings = (Finding("labels-reprinted", {"of": act.of, "count": len(again)}),) if again else ()
    names = tuple(subject("label", label["serial"]) for label in made["labels"])
    account = made["account"]
    move = Move("world", f"labels-open:{account}", f"label {act.kind}", str(len(names)), "1")
    also = (f"labels:{account}", f"numbering:{asking.site}", *names)
    return Accepted(also=also, findings=findings, given=made, moves=(move,))


@dataclass(frozen=True)
class _Scanned:
    """Labels that were scanned for one fate, with the accounts they stand on."""

    found: tuple[Label, ...]

    def moved(self, to: str) -> Accepted:
        """All of them moved to another state, as double entry."""
        counts = Counter((label.account, label.status, label.kind) for label in self.found)
        moves = tuple(
            Move(f"labels-{was}:{account}", f"labels-{to}:{account}", f"label {kind}", str(n), "1")
            for (account, was, kind), n in sorted(counts.items())
        )
        accounts = dict.fromkeys(f"labels:{label.account}" for label in self.found)
        given = {"labels": [label.code for label in self.found]}
        return Accepted(also=(*accounts, *(f"label:{x.code}" for x in self.found)), given=given, moves=moves)


def _scanned(scans: Iterable[str], account: str, book: Book) -> _Scanned:
    """The labels scanned, each known, none twice, all of this account."""
    known(book, subject("labels", account))
    found: list[Label] = []
    for text in scans:
        said = carrier.read(text)
        label: Label = known(book, subject("label", said.serial if said else text))
        if said is not None:
            label.require_said(said)
        refuse_if(label.account != account, "label-of-another", scanned=label.thing, expected=account, label=label.code)
        refuse_if(label.code in [x.code for x in found], "label-scanned-twice", label=label.code)
        found.append(label)
    return _Scanned(tuple(found))


@checks(UseLabels)
def _use(act: UseLabels, asking: Asking, book: Book) -> Accepted:
    scanned = _scanned(act.labels, act.account, book)
    for label in scanned.found:
        label.require_open()
    return scanned.moved(USED)


@checks(DestroyLabels)
def _destroy(act: DestroyLabels, asking: Asking, book: Book) -> Accepted:
    scanned = _scanned(act.labels, act.account, book)
    gone = next((label for label in scanned.found if label.status == DESTROYED), None)
    if gone is not None:
        raise Refused("label-not-open", label=gone.code, status=gone.status)
    return scanned.moved(DESTROYED)


@checks(ReturnLabels)
def _return(act: ReturnLabels, asking: Asking, book: Book) -> Accepted:
    scanned = _scanned(act.labels, act.account, book)
    for label in scanned.found:
        label.require_open()
    return scanned.moved(RETURNED)


# -- applies --------------------------------------------------------------------------------------------


@applies(PrintLabels, "label")
def _(label: Label, act: PrintLabels, entry: Entry) -> Label:
    mine = next(x for x in entry.given["labels"] if x["serial"] == label.code)
    return replace(
        label, kind=act.kind, of=act.of, thing=mine["code"], account=entry.given["account"], coi=mine.get("coi", ""),
        language=act.language, size=act.size, scheme=act.scheme or "own", run=entry.act, copy=mine["copy"],
        printed_at=entry.happened_at,
    )  # fmt: skip


@applies(PrintLabels, "labels")
def _(account: Account, act: PrintLabels, entry: Entry) -> Account:
    made = entry.given["labels"]
    copies = Counter(dict(account.copies)) + Counter(f"{act.kind} {label['code']}" for label in made)
    _, kind, code = account.code.split("/", 2)
    return replace(
        account, of=subject(kind, code), open=(*account.open, *(label["serial"] for label in made)),
        printed=account.printed + len(made), copies=tuple(sorted(copies.items())),
    )  # fmt: skip


@applies(PrintLabels, "numbering")
def _(numbering: Numbering, act: PrintLabels, entry: Entry) -> Numbering:
    return replace(numbering, last=numbering.last + len(entry.given["labels"]))


_FATES = {UseLabels.code: USED, LabelBag.code: USED, DestroyLabels.code: DESTROYED, ReturnLabels.code: RETURNED}


@applies(LabelBag, "label")
@applies(UseLabels, "label")
@applies(DestroyLabels, "label")
@applies(ReturnLabels, "label")
def _(label: Label, act: Any, entry: Entry) -> Label:
    return replace(label, status=_FATES[act.code])


@applies(LabelBag, "labels")
@applies(UseLabels, "labels")
@applies(DestroyLabels, "labels")
@applies(ReturnLabels, "labels")
def _(account: Account, act: Any, entry: Entry) -> Account:
    return replace(account, open=tuple(x for x in account.open if x not in entry.given["labels"]))
