"""Labelling: which things a label act is for, and what has to stand on each; pure, no actions.

Required statements and where they come from:

- ``autologous-only``: Regulation (EC) 1394/2007, Annex III (unique patient identifier and "For autologous use only").
- ``trial-only``: Regulation (EU) 536/2014, Annex VI (products in a clinical trial say so).
- ``not-for-infusion``, ``do-not-irradiate``: FACT-JACIE standards, labelling of cellular therapy products; starting
  material and vector are for further manufacture only (EU GMP Part IV, sections 7 and 6).
- ``gm-organisms``, ``gm-cells``: Directive 2009/41/EC and Directive 2001/18/EC, Annex IV (labelling of GMOs).
- ``biohazard``: FACT-JACIE labelling table, where it applies; the person who prints says whether it does.
- ``urgent-material``: ISO 21973:2020 (labelling of the transport of cells; table of contents only, text not read).

No name, birth date or hospital number is among them: a label carries the chain of identity and coded data only.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from milenari.rules.action import Asking, Book, Refused, known, refuse_if
from milenari.words import Facts, iso, plain, split_subject

# Which labels may be printed for which kind of subject; a lot or batch stands for all its containers or fractions.
KINDS_FOR: dict[str, tuple[str, ...]] = {
    "collection": ("collection-bag", "shipper"),
    "container": ("vector-container", "shipper"),
    "dose": ("product-bag", "shipper"),
    "lot": ("vector-container", "sample-tube"),
    "batch": ("product-bag", "sample-tube"),
}


@dataclass(frozen=True)
class Planned:
    """What an act of printing is for: the facts of each thing, those they share, and who accounts for them."""

    items: tuple[Facts, ...]
    common: Facts
    whole: str  # the bag, lot or batch on whose account the labels stand
    used_at: str  # the site whose country says in which language


def planned(act: Any, asking: Asking, book: Book) -> Planned:
    """The things of a printing act with their facts; refused where there is nothing here to label."""
    of: Any = known(book, act.of)
    kind, _ = split_subject(act.of)
    if kind not in ("lot", "batch"):
        _require_here(of, act.of, asking)
    made = _shipper(act, of, kind, asking, book) if act.kind == "shipper" else _PLANS[act.kind](act, of, asking, book)
    refuse_if(not made.items, "nothing-to-label", of=act.of, option=act.kind)
    return made


def _require_here(held: Any, name: str, asking: Asking) -> None:
    """Only who holds a thing labels it."""
    refuse_if(held.bound_for, "in-transit", subject=name, bound_for=held.bound_for)
    refuse_if(held.owner != asking.site, "held-elsewhere", subject=name, owner=held.owner)


def _here(held: Any, asking: Asking) -> bool:
    return held.owner == asking.site and not held.bound_for


def _collection(act: Any, bag: Any, asking: Asking, book: Book) -> Planned:
    refuse_if(bag.used_in, "collection-used", collection=bag.code, batch=bag.used_in)
    use_by = bag.use_by()
    item = {
        "code": bag.code, "coi": bag.coi, "volume_ml": plain(bag.volume_ml),
        "made_at": iso(bag.collected_at) if bag.collected_at else "", "use_by": iso(use_by) if use_by else "",
    }  # fmt: skip
    product = book.sheet(f"journey:{bag.journey}").process
    common = {"product": product, "statements": ["autologous-only", "not-for-infusion", "do-not-irradiate"]}
    return Planned((item,), common, f"collection:{bag.code}", asking.site)


def _containers(act: Any, of: Any, asking: Asking, book: Book) -> Planned:
    single = split_subject(act.of)[0] == "container"
    lot: Any = book.sheet(f"lot:{of.lot}") if single else of
    names = (of.code,) if single else lot.containers
    held = [x for x in (book.sheet(f"container:{name}") for name in names) if not x.spent_in and _here(x, asking)]
    refuse_if(single and of.spent_in, "container-spent", container=of.code, batch=getattr(of, "spent_in", ""))
    items = tuple({"code": x.code, "volume_ml": plain(x.volume_ml)} for x in held)
    statements = ["not-for-infusion", "gm-organisms"]
    common = {
        "product": lot.process, "lot": lot.code, "statements": statements,
        "expires_on": lot.expires_on.isoformat() if lot.expires_on else "",
        "made_at": iso(lot.harvested_at) if lot.harvested_at else "",
    }  # fmt: skip
    used_at = of.allocated_to if single and of.allocated_to else asking.site
    return Planned(items, common, f"lot:{lot.code}", used_at)


def _doses(act: Any, of: Any, asking: Asking, book: Book) -> Planned:
    single = split_subject(act.of)[0] == "dose"
    batch: Any = book.sheet(f"batch:{of.batch}") if single else of
    refuse_if(single and of.given_at is not None, "already-given", doses=[of.code])
    doses = [of] if single else [book.sheet(f"dose:{code}") for code in batch.doses]
    items = tuple(
        {"code": x.code, "coi": x.coi, "part": x.part, "parts": len(batch.doses), "cells_e6": plain(x.cells_e6),
         "volume_ml": plain(x.volume_ml), "use_by": iso(x.use_by) if x.use_by else ""}
        for x in doses if x.given_at is None and _here(x, asking)
    )  # fmt: skip
    statements = ["autologous-only", "intravenous", "gm-cells", "do-not-irradiate"]
    made_at = book.sheet(f"site:{batch.owner}")
    basis = next((a.basis for a in made_at.authorisations if a.number == batch.authorisation), "")
    statements += ["trial-only"] if basis == "trial" else []
    statements += ["out-of-specification"] if batch.decision == "out-of-specification" else []
    common = {"product": batch.process, "batch": batch.code, "statements": statements, "made_by": batch.owner}
    # It is read where the patient is treated, whoever makes it.
    treated_at = book.sheet(f"journey:{batch.journey}").owner or asking.site
    return Planned(items, common, f"batch:{batch.code}", treated_at)


def _sample(act: Any, of: Any, asking: Asking, book: Book) -> Planned:
    refuse_if(not act.sample, "field-missing", field="sample")
    refuse_if(of.owner != asking.site, "held-elsewhere", subject=act.of, owner=of.owner)
    kind, code = split_subject(act.of)
    item = {"code": act.sample, "coi": getattr(of, "coi", "")}
    taken = next((r.sampled_at for r in of.results if r.sample == act.sample), None)
    item |= {"made_at": iso(taken)} if taken else {}
    common = {"product": of.process, kind: code, "statements": ["not-for-infusion"]}
    return Planned((item,), common, act.of, asking.site)


def _shipper(act: Any, held: Any, kind: str, asking: Asking, book: Book) -> Planned:
    to = act.to_site or held.sending_to or getattr(held, "allocated_to", "")
    if not to:
        raise Refused("field-missing", field="to_site")
    known(book, f"site:{to}")
    refuse_if(to == asking.site, "dispatch-to-oneself", site=asking.site)
    whole = {"collection": act.of, "container": f"lot:{getattr(held, 'lot', '')}",
             "dose": f"batch:{getattr(held, 'batch', '')}"}[kind]  # fmt: skip
    item = {"code": held.code, "transfer": held.transfer + 1}
    statements = ["urgent-material", "do-not-irradiate"] + (["gm-organisms"] if kind == "container" else [])
    names = {"from_name": book.sheet(f"site:{asking.site}").name, "to_name": book.sheet(f"site:{to}").name}
    common = {"thing": kind, "to_site": to, "statements": statements, **names}
    return Planned((item,), common, whole, to)


_PLANS: dict[str, Callable[[Any, Any, Asking, Book], Planned]] = {
    "collection-bag": _collection,
    "vector-container": _containers,
    "product-bag": _doses,
    "sample-tube": _sample,
}

__all__ = ["KINDS_FOR", "Planned", "planned"]
