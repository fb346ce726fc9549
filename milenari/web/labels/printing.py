"""Printing: what a page asks to print, planned as the rule plans it, drawn, read back and compared.

The rule and this page ask the same ``plan``; only after every picture said what was planned does the act get its
``read_back``, without which the rule refuses it. So nothing is printed that software could not read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from milenari.journal.ask import Supposed
from milenari.rules import label, labelling
from milenari.rules.action import Asking, Refused
from milenari.rules.label import PrintLabels
from milenari.web.access import Acting
from milenari.web.labels import draw, sizes, tables
from milenari.web.labels.check import Verdict, verdict
from milenari.web.labels.content import Content, contents
from milenari.words import Facts, split_subject

# What is usual; how a product is kept depends on how it is made, so nobody is offered a guess there.
STORED = {"collection-bag": "refrigerated", "vector-container": "deep-frozen", "sample-tube": "refrigerated"}
NOT_YET = "0"


@dataclass
class Job:
    """One printing act before it is signed: what was chosen, what is planned, what was read back."""

    of: str
    chosen: dict[str, str]
    languages: list[str]
    content: list[Content] = field(default_factory=list)
    given: Facts = field(default_factory=dict)
    verdicts: list[Verdict] = field(default_factory=list)
    refused: Refused | None = None

    @property
    def readable(self) -> bool:
        return bool(self.verdicts) and all(one.good for one in self.verdicts)

    @property
    def account(self) -> str:
        return str(self.given.get("account", ""))


def choose(name: str, typed: Mapping[str, str], who: Acting) -> Job:
    """What was chosen, filled up with what is usual for the thing and its country; nothing is drawn yet."""
    kinds = labelling.KINDS_FOR[split_subject(name)[0]]
    kind = typed.get("kind", "") if typed.get("kind") in kinds else kinds[0]
    fitting = sizes.FOR_KIND[kind]
    chosen = {key: str(typed.get(key, "")).strip() for key in PrintLabels.fields if key not in ("account", "read_back")}
    chosen |= {"of": name, "kind": kind, "size": chosen["size"] if chosen["size"] in fitting else fitting[0]}
    chosen["copies"] = chosen["copies"] or "1"
    chosen["resolution"] = chosen["resolution"] or "standard"
    chosen["printer"] = chosen["printer"] or "PDF"
    chosen["storage"] = chosen["storage"] or STORED.get(kind, "")
    chosen["company_prefix"] = tables.company_prefix(who.site) if kind == "shipper" else ""
    book = Supposed()
    used_at = _used_at(chosen, who, book)
    allowed = label.languages(kind, used_at, book) or list(label.LANGUAGES)
    chosen["language"] = chosen["language"] if chosen["language"] in allowed else allowed[0]
    return Job(name, chosen, allowed)


def _used_at(chosen: dict[str, str], who: Acting, book: Supposed) -> str:
    """Where the label will be read; while something is still missing, here."""
    act = _Chosen(**{key: chosen[key] for key in ("of", "kind", "sample", "to_site")})
    try:
        return labelling.planned(act, _asking(who, book), book).used_at
    except Refused:
        return who.site


@dataclass(frozen=True)
class _Chosen:
    of: str
    kind: str
    sample: str
    to_site: str


def _asking(who: Acting, book: Supposed) -> Asking:
    zone = book.sheet(f"site:{who.site}").zone or "UTC"
    return Asking(who.person, who.role, who.site, str(ZoneInfo(zone)), book.now, book.now, "")


def plan(job: Job, who: Acting) -> Job:
    """The labels as they would be printed now; what stands in the way is kept in ``refused``."""
    book = Supposed()
    book.expect(_things(job.of, book))
    try:
        job.chosen["product_text"] = _described(job.chosen, who)
        told: dict[str, Any] = {**job.chosen, "account": "pending", "read_back": NOT_YET}
        job.given = label.plan(PrintLabels.from_data(told), _asking(who, book), book)
        job.content = contents(job.given)
    except Refused as refused:
        job.refused = refused
    return job


def _things(name: str, book: Supposed) -> list[str]:
    """The containers of a lot or the fractions of a batch, so that they are asked for in one question."""
    sheet = book.sheet(name)
    kind = {"lot": "container", "batch": "dose"}.get(split_subject(name)[0], "")
    codes = getattr(sheet, "containers", ()) if kind == "container" else getattr(sheet, "doses", ()) if kind else ()
    return [f"{kind}:{code}" for code in codes]


def _described(chosen: Mapping[str, str], who: Acting) -> str:
    """What the site's own licensed tables say about the product; refused where they are not loaded."""
    if chosen["scheme"] != "isbt-128":
        return ""
    return tables.require_isbt(who.site).require(chosen["din"], chosen["product_code"])


def read_back(job: Job) -> Job:
    """Draw every label at the printer's dots and read it again; a refusal of the drawing is kept."""
    if job.refused is None:
        try:
            pictures = draw.pictures(job.content, job.chosen["resolution"])
        except Refused as refused:
            job.refused = refused
        else:
            job.verdicts = [verdict(one, png) for one, png in zip(job.content, pictures, strict=True)]
    return job


def signable(job: Job) -> dict[str, str]:
    """The fields of the act as they are signed: with the account and the digest of what was read back."""
    return {**job.chosen, "account": job.account, "read_back": label.digest(job.given)}
