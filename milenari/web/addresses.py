"""Addresses: where the page about a subject is."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlencode

from django.urls import reverse

from milenari.registers import questions
from milenari.words import split_subject, subject

AGREEMENTS = {
    "qualityagreement": "agreements-one",
    "change": "changes-one",
    "plan": "plans-one",
    "protocol": "trial-protocol",
    "participant": "trial-participant",
}
# Kinds whose page has another name than theirs.
NAMED = {
    "qualification": "transfer-site", "gaps": "transfer-gaps", "package": "transfer-package", "comparability": "study",
    "stability": "studies-stability",
}  # fmt: skip
OWN_PAGE = ("journey", "batch", "lot", "site", "campaign")


def of_subjects(names: Iterable[str]) -> dict[str, str]:
    """The pages of many subjects, by one question a kind instead of one a subject."""
    found: dict[str, str] = {}
    carried: dict[str, list[str]] = {}
    for name in dict.fromkeys(names):
        kind, code = split_subject(name)
        if kind in CARRIED:
            carried.setdefault(kind, []).append(code)
        else:
            found[name] = of_subject(name)
    for kind, codes in carried.items():
        owners = questions.owners_of(kind, codes)
        for code in codes:
            name, owner = subject(kind, code), owners.get(code, "")
            page = subject(CARRIED[kind], owner)
            found[name] = f"{of_subject(page)}#{code}" if owner else reverse("about", args=[name])
    return found


# What is shown on the page of something else.
CARRIED = {"container": "lot", "dose": "journey", "collection": "journey"}


def of_subject(name: str) -> str:
    """The page on which a subject is shown; one without a page of its own has its entries listed."""
    kind, code = split_subject(name)
    if kind == "label":
        return reverse("labels-for", args=[name])
    if kind in ("equipment", "room"):
        return reverse("equipment-one", args=[name])
    if kind == "labels":
        return reverse("labels-account", args=[code])
    if kind == "form" and (form := questions.subject(name)):
        return reverse("papers", args=[subject("batch", form.about)]) + f"#{code}"
    if kind == "arrival":
        return reverse("shipments") + f"#{code}"
    if kind == "regulation":
        return reverse("transfer-law")
    if kind in NAMED:
        return reverse(NAMED[kind], args=[code])
    if kind in AGREEMENTS:
        return reverse(AGREEMENTS[kind], args=[code])
    if kind == "casebook-page":
        *place, repeat = code.rsplit("/", 3)
        return reverse("casebooks-page", args=[*place, int(repeat)])
    if kind == "casebook":
        return reverse("casebooks-one", args=[code])
    if kind == "casebook-form":
        return reverse("casebooks-form", args=[code])
    if kind == "sitechange":
        return reverse("changes-one", args=[code.rpartition("/")[0]])
    if kind == "qualityconsent":
        return reverse("agreements-one", args=[code.rpartition("/")[0]])
    if kind == "partneraudit":
        return reverse("agreements-one", args=[code.rpartition("/")[0]])
    if kind in ("complaint", "complaintanswer", "notice"):
        return reverse("agreements-matters") + (f"#{code}" if kind != "notice" else "")
    if kind in ("escalation", "escalationanswer"):
        return reverse("agreements-escalations") + "?" + urlencode({"q": code})
    if kind in ("adverseevent", "eventreview"):
        return reverse("safety-event", args=[code])
    if kind == "hyperinflammation":
        return reverse("safety") + "#iec-hs"
    if kind in ("stoppingrule", "trialhold"):
        return reverse("safety-monitoring")
    if kind in OWN_PAGE:
        return reverse(kind, args=[code])
    owner = _shown_on(kind, code)
    return f"{of_subject(owner)}#{code}" if owner else reverse("about", args=[name])


def _shown_on(kind: str, code: str) -> str:
    if kind == "coi":
        journey = questions.journey_by_coi(code)
        return subject("journey", journey) if journey else ""
    if kind == "container" and (row := questions.container(code)):
        return subject("lot", row.lot)
    if kind == "dose" and (dose := questions.dose(code)):
        return subject("journey", dose.journey)
    if kind == "collection" and (bag := questions.collection(code)):
        return subject("journey", bag.journey)
    return ""


AT_BENCH = ("sign-step", "verify-step", "harvest-batch", "fill-batch", "reconcile-batch", "resume-batch")
AT_BED = ("decide-fraction", "scan-bedside", "confirm-bedside", "administer-fraction")
AT_DESK = ("review-trail", "certify-batch", "release-batch", "release-lot", "reject-lot")
BEYOND = ("request-oos-supply", "evaluate-oos-risk", "accept-oos-risk", "supply-oos")


def of_work(code: str, name: str, query: dict[str, str]) -> str:
    """The page made for doing this act about this subject; the general form where there is none."""
    kind, own = split_subject(name)
    if code in AT_BENCH and kind == "batch":
        return reverse("run", args=[own])
    if code in AT_BED and kind == "dose":
        return reverse("bedside-of", args=[own])
    if code in AT_DESK and kind in ("batch", "lot"):
        return reverse("release", args=[name])
    if kind == "batch" and code in (*BEYOND, "inform-physician"):
        return reverse("release-late" if code == "inform-physician" else "release-oos", args=[own])
    if code in ("record-result", "verify-result"):
        page = reverse("qc-enter" if code == "record-result" else "qc-verify")
        return f"{page}?{urlencode({'of': name})}"
    return of_action(code, **query)


def of_action(code: str, **prefilled: str) -> str:
    """The form of an action with some of its fields filled in."""
    if code == "print-labels":  # is previewed and read back before it can be signed
        of = prefilled.get("of", "")
        return reverse("labels-for", args=[of]) if of else reverse("labels")
    if code == "attach-file":  # the page takes the file and computes its hash
        of = prefilled.get("of", "")
        return reverse("attach", args=[of]) if of else reverse("attach-start")
    if code == "draft-comparability":  # a protocol is filled in as lines, not as a document
        return reverse("studies-draft") + (f"?{urlencode(prefilled)}" if prefilled else "")
    if code == "report-comparability" and prefilled.get("study"):  # computed and shown before it is signed
        return reverse("studies-report", args=[prefilled["study"]])
    if code == "compute-shelf-life" and prefilled.get("study"):
        return reverse("studies-stability", args=[prefilled["study"]])
    if code == "keep-plan":  # the files are read and the plan is shown before it is signed
        return reverse("plans-keep") + (f"?{urlencode(prefilled)}" if prefilled else "")
    if code in ("open-protocol", "amend-protocol"):  # written part by part, as a draft, before it is signed
        return reverse("trial-drafts") + (f"?{urlencode(prefilled)}" if prefilled else "")
    if code == "save-form":  # drawn from the form's own definition
        return reverse("casebooks")
    if code == "confirm-trial-eligibility" and prefilled.get("participant"):  # criterion by criterion
        return reverse("trial-eligibility", args=[prefilled["participant"]])
    if code == "record-arrival":  # the codes are scanned and shown before anything is signed
        return reverse("shipments-arrival")
    recalled = {"recall-lot": "lot", "recall-batch": "batch"}.get(code, "")
    if prefilled.get(recalled):  # its whole effect is shown before it can be signed
        return reverse("recall", args=[subject(recalled, prefilled[recalled])])
    query = urlencode({key: value for key, value in prefilled.items() if value})
    return reverse("act", args=[code]) + (f"?{query}" if query else "")
