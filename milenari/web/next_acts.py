"""Next acts: what is sensible to do about a subject now. A suggestion only: the rule decides when asked.

An act that another role does is shown with that role, never left out.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.safestring import SafeString

from milenari.rules.action import ACTIONS
from milenari.web import addresses, wording
from milenari.web.access import Acting
from milenari.web.wording import vocabulary
from milenari.words import Role


@dataclass(frozen=True)
class Next:
    code: str
    url: str
    title: SafeString
    mine: bool
    roles: SafeString
    about: SafeString | str = ""


def offer(acting: Acting, code: str, about: Any = "", **prefilled: str) -> Next:
    cls = ACTIONS[code]
    mine = any(role in cls.roles for role in acting.here)
    roles = wording.joined(wording.word(vocabulary.ROLES, r) for r in cls.roles if r is not Role.NODE)
    return Next(code, addresses.of_action(code, **prefilled), wording.title(code), mine, roles, about)


def for_journey(acting: Acting, journey: Any, collections: Iterable[Any], batches: Iterable[Any]) -> list[Next]:
    """``journey`` is its sheet; ``collections`` and ``batches`` are register rows."""
    here = {"journey": journey.code}
    codes: list[str] = []
    if journey.died_on is None:
        if journey.eligible_at is None:
            codes += ["record-consent", "confirm-eligibility"]
        elif not journey.coi:
            codes.append("issue-coi")
        elif journey.slot_on is None:
            codes.append("book-slot")
        elif not journey.collections:
            codes.append("collect-cells")
        codes.append("record-weight")
        if journey.infusions:
            codes += ["grade-crs", "grade-icans", "record-visit", "record-response", "record-b-cells"]
            if any(kind == "response" for kind, _, _ in journey.events):
                codes.append("record-relapse")
            codes.append("record-transplant")
        codes.append("record-death")
        if journey.consents and not journey.withdrawn:
            codes.append("withdraw-consent")
    if not journey.erased:
        codes.append("erase-identity")
    found = [offer(acting, code, **here) for code in codes]
    bags = [n for bag in collections for n in for_collection(acting, bag)]
    working = [n for row in batches if not row.decision for n in for_batch_row(acting, row)[:1]]
    return [*bags, *working, *found]


def for_collection(acting: Acting, bag: Any) -> list[Next]:
    about = wording.isolated(bag.code)
    if bag.bound_for:
        return [offer(acting, "receive", about, what=f"collection:{bag.code}")]
    if bag.used_in:
        return []
    if bag.accepted_at is not None:
        return [offer(acting, "start-batch", about, journey=bag.journey, collection=bag.code)]
    codes = ["count-cells"] if bag.cd3_e6 is None else []
    steps = [offer(acting, code, about, collection=bag.code) for code in [*codes, "label-bag", "accept-collection"]]
    return [offer(acting, "print-labels", about, of=f"collection:{bag.code}"), *steps]


def for_batch_row(acting: Acting, row: Any) -> list[Next]:
    about = wording.isolated(row.code)
    if row.on_hold:
        return [offer(acting, "resume-batch", about, batch=row.code)]
    if row.phase:
        return [offer(acting, "sign-step", about, batch=row.code)]
    code = "harvest-batch" if row.harvested_at is None else "reconcile-batch"
    return [offer(acting, code, about, batch=row.code)] if not row.reconciled else []


def for_batch(acting: Acting, batch: Any) -> list[Next]:
    """``batch`` is its folded sheet."""
    of, here = f"batch:{batch.code}", {"batch": batch.code}
    found: list[Next] = []
    following = batch.next_phase()
    if batch.on_hold:
        found.append(offer(acting, "resume-batch", **here))
    elif not batch.decision:
        found += [offer(acting, "verify-step", wording.isolated(p), batch=batch.code, phase=p)
                  for p in batch.awaiting_verification()]  # fmt: skip
        if following is not None:
            found += [
                offer(acting, "consume-material", wording.isolated(m), **here) for m in following.get("materials", ())
            ]
            if following.get("vector") and not batch.container:
                found.append(offer(acting, "spend-container", **here))
            found.append(offer(acting, "sign-step", wording.isolated(following["code"]), **here))
        elif batch.harvested_at is None:
            found.append(offer(acting, "harvest-batch", **here))
        elif batch.purpose:
            found.append(offer(acting, "close-qualification-run", **here))
        elif not batch.doses:
            found.append(offer(acting, "fill-batch", **here))
        elif not batch.reconciled:
            found.append(offer(acting, "reconcile-batch", **here))
        found.append(offer(acting, "hold-batch", **here))
    found += for_tested(acting, of, batch)
    if batch.doses and batch.decision not in ("rejected", "recalled"):
        found += _decision(acting, batch)
    if batch.doses:
        found.append(offer(acting, "print-labels", of=of))
    found.append(offer(acting, "open-deviation", of=of))
    return found


def _decision(acting: Acting, batch: Any) -> list[Next]:
    here = {"batch": batch.code}
    if batch.decision in ("final", "out-of-specification"):
        codes = ["recall-batch"]
    elif any(r not in ("pass", "missing") for r in batch.requirements().values()):
        done = {step for step, _, _ in batch.supply}
        path = (
            ("requested", "request-oos-supply"),
            ("evaluated", "evaluate-oos-risk"),
            ("accepted", "accept-oos-risk"),
        )
        codes = [next((code for step, code in path if step not in done), "supply-oos"), "reject-batch"]
    else:
        stage = "final" if batch.decision == "conditional" else ""
        certified = [c[0] for c in batch.certificates]
        released = ["release-batch"] if (certified and certified[-1] != batch.decision) else ["certify-batch"]
        stage = certified[-1] if released == ["release-batch"] else stage
        first = [offer(acting, code, stage=stage, **here) for code in released]
        codes = ["recall-batch"] if batch.decision == "conditional" else ["reject-batch"]
        return [*first, *(offer(acting, code, **here) for code in codes)]
    if batch.alarm:
        codes.append("inform-physician")
    return [offer(acting, code, **here) for code in codes]


def for_tested(acting: Acting, of: str, tested: Any) -> list[Next]:
    """Samples, results, investigations, deviations and the review of a batch or a lot."""
    found: list[Next] = []
    unsampled = [c.test for c in tested.criteria if tested.result(c.test) is None]
    if unsampled and getattr(tested, "harvested_at", None):
        found.append(offer(acting, "take-sample", of=of, tests=" ".join(unsampled)))
    for result in tested.results:
        if result.status in ("pending", "recorded"):
            code = "record-result" if result.status == "pending" else "verify-result"
            found.append(offer(acting, code, wording.isolated(result.test), of=of, test=result.test))
    found += [offer(acting, "close-investigation", wording.isolated(i.test), of=of, test=i.test)
              for i in tested.open_investigations()]  # fmt: skip
    found += [offer(acting, "close-deviation", wording.isolated(d.code), of=of, deviation=d.code)
              for d in tested.open_deviations()]  # fmt: skip
    if tested.changed_version > tested.reviewed_version and getattr(tested, "harvested_at", None):
        found.append(offer(acting, "review-trail", of=of))
    return found


def for_lot(acting: Acting, lot: Any) -> list[Next]:
    of, here = f"lot:{lot.code}", {"lot": lot.code}
    found: list[Next] = []
    if not lot.containers:
        found.append(offer(acting, "fill-lot", **here))
    if lot.titre is None and not lot.decision:
        found.append(offer(acting, "record-titre", **here))
    found += for_tested(acting, of, lot)
    if not lot.decision:
        found += [offer(acting, code, **here) for code in ("release-lot", "reject-lot")]
    elif lot.decision == "final":
        found.append(offer(acting, "extend-lot", **here))
    if not lot.recalled and lot.decision != "rejected":
        found.append(offer(acting, "recall-lot", **here))
    if lot.containers:
        found.append(offer(acting, "print-labels", of=of))
    found.append(offer(acting, "open-deviation", of=of))
    return found


def for_dose(acting: Acting, dose: Any) -> list[Next]:
    about = wording.isolated(dose.code)
    if dose.given_at is not None:
        return []
    if dose.bound_for:
        return [offer(acting, "receive", about, what=f"dose:{dose.code}")]
    codes = ["decide-fraction"]
    if dose.decision == "administer":
        codes = ["scan-bedside", "confirm-bedside"]
    found = [offer(acting, code, about, dose=dose.code) for code in codes]
    if dose.decision == "administer":
        found.append(offer(acting, "administer-fraction", about, dose=dose.code, journey=dose.journey))
    return found
