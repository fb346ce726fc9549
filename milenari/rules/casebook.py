"""Casebook: forms of a trial filled in at the hospital, compared with their source, signed, frozen and locked.

The page is the hospital's: whoever manages data holds that role at the hospital and works on its node. Governing
requirements: ICH E6(R3) annex 1, 2.12 and 4.2 (records, corrections traceable; clauses recalled and not re-read);
21 CFR 11.10(e) (earlier entries stay readable), 11.50 and 11.70 (signature bound to its record).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from milenari.rules import fields as f
from milenari.rules.action import (
    Accepted,
    Action,
    Asking,
    Book,
    Entry,
    Finding,
    Refused,
    action,
    applies,
    checks,
    known,
    refuse_if,
)
from milenari.rules.casebook_compare import differing
from milenari.rules.casebook_form import CasebookForm, Form
from milenari.rules.casebook_page import (
    Casebook,
    CasebookPage,
    Query,
    Said,
    Verified,
    changes_of,
    form_of,
    page_code,
    page_in,
)
from milenari.rules.casebook_value import doubts, from_record, lacking, read_values, require_coded, require_hard
from milenari.rules.casebook_window import beyond, day_of, planned
from milenari.rules.participant import Participant
from milenari.words import Facts, Meaning, Role

ENTERS = (Role.INVESTIGATOR, Role.PHYSICIAN, Role.WARD_NURSE, Role.COORDINATOR)
MANAGES = (Role.DATA_MANAGER,)
LONGEST_REASON = 500


# -- actions --------------------------------------------------------------------------------------------


@action("save-form", roles=(*ENTERS, Role.DATA_MANAGER), meaning=Meaning.PERFORMED)
class SaveForm(Action):
    """Enter or correct a form; what stood there before stays in its history."""

    page: str = f.ref("casebook-page", label="Page of the casebook", touch=True)
    participant: str = f.ref("participant", label="Participant")
    visit: str = f.code("Visit")
    form: str = f.ref("casebook-form", label="Form of the casebook")
    number: int = f.count("Number of the version", low=1, high=999)
    repeat: int = f.count("Repeat", low=1, high=999)
    values: Facts = f.document("Values of the form", required=False)
    explained: Facts = f.document("Why unlikely values stand", required=False)


@action("verify-source", roles=(Role.DATA_MANAGER, Role.QA), meaning=Meaning.VERIFIED)
class VerifySource(Action):
    """Say that items of a page agree with their source document; without items, all that have a value."""

    page: str = f.ref("casebook-page", label="Page of the casebook", touch=True)
    items: tuple[str, ...] = f.codes("Items", required=False, help="none named: all that were entered")


@action("sign-form", roles=(Role.INVESTIGATOR,), meaning=Meaning.APPROVED)
class SignForm(Action):
    """Sign a page as investigator: it is complete, attributed and true."""

    page: str = f.ref("casebook-page", label="Page of the casebook", touch=True)


@action("freeze-form", roles=MANAGES, meaning=Meaning.PERFORMED)
class FreezeForm(Action):
    """Stop entry on a page while it is reviewed; queries go on."""

    page: str = f.ref("casebook-page", label="Page of the casebook", touch=True)


@action("lock-form", roles=MANAGES, meaning=Meaning.APPROVED)
class LockForm(Action):
    """Lock a page that is signed and has no query left."""

    page: str = f.ref("casebook-page", label="Page of the casebook", touch=True)


@action("unlock-form", roles=MANAGES, meaning=Meaning.APPROVED, needs_reason=True)
class UnlockForm(Action):
    """Open a frozen or locked page again, saying why."""

    page: str = f.ref("casebook-page", label="Page of the casebook", touch=True)


# -- checks ---------------------------------------------------------------------------------------------


@checks(SaveForm)
def _save(act: SaveForm, asking: Asking, book: Book) -> Accepted:
    participant = known(book, f"participant:{act.participant}")
    refuse_if(participant.owner != asking.site, "held-elsewhere", subject=f"participant:{act.participant}",
              owner=participant.owner)  # fmt: skip
    page: CasebookPage = book.sheet(act.about)
    form = _form_for(act, page, book)
    if page.exists:
        page = page_in(book, act.about, "open", "signed")
    kept = read_values(form, act.values or {})
    require_hard(form, kept)
    recorded = from_record(form, book, journey_of(book, act.participant), act.repeat)
    changed = _changed(page, kept, asking, form)
    refuse_if(page.exists and not changed and dict(page.recorded) == recorded
              and dict(page.explained) == (act.explained or {}), "nothing-changed", page=act.page)  # fmt: skip
    refuse_if(not page.exists and not kept and not recorded, "form-empty", page=act.page)
    before = dict(page.values)
    corrected = [name for name in changed if name in before]
    refuse_if(corrected and not asking.reason.strip(), "change-without-reason", field="reason", items=corrected)
    found = doubts(form, kept)
    reasons = _explained(act, [one.code for one in found])
    for one in found:
        refuse_if(one.code not in reasons, "value-unlikely", field=f"why.{one.code}", item=one.item, check=one.code,
                  **one.facts)  # fmt: skip
    voids = any(not _is_coding(form, name) for name in changed)
    told = tuple(Finding("unlikely-value-stands", {"item": one.item, "check": one.code}) for one in found)
    told += _outside(act, participant, form, {**kept, **recorded}, asking, book)
    told += differing(act.form, kept, journey_of(book, act.participant), asking.zone)
    # Kept in one spelling: a time is typed with the site's zone and kept in UTC.
    respelled = {name: row for name, row in kept.items() if row != (act.values or {})[name]}
    given = {"recorded": recorded, "doubts": [[one.code, one.item] for one in found], "voids": voids,
             "protocol": participant.protocol, "respelled": respelled}  # fmt: skip
    whole: Casebook = book.sheet(f"casebook:{act.participant}")
    refuse_if(whole.locked_at, "casebook-locked", casebook=act.participant)
    new = () if act.page in whole.pages else (f"casebook:{act.participant}",)
    return Accepted(findings=told, given=given, also=new)


def _outside(act: SaveForm, participant: Participant, form: Form, kept: Facts, asking: Asking,
             book: Book) -> tuple[Finding, ...]:  # fmt: skip
    """That the day on the page lies outside the window of its visit, when it does."""
    on = day_of(form, kept, asking.zone)
    visit = next((one for one in planned(book, participant, asking.zone)[0] if one.code == act.visit), None)
    if on is None or visit is None or visit.from_on is None or visit.to_on is None or not beyond(visit, on):
        return ()
    window = {"from": visit.from_on.isoformat(), "to": visit.to_on.isoformat()}
    return (Finding("visit-outside-window", {"visit": act.visit, **window, "days": beyond(visit, on)}),)


def _form_for(act: SaveForm, page: CasebookPage, book: Book) -> Form:
    """The form to be filled in: the version of the page, or the newest; Refused where code or repeat do not fit."""
    expected = page_code(act.participant, act.visit, act.form, act.repeat)
    refuse_if(act.page != expected, "page-code-wrong", field="page", found=act.page, expected=expected)
    defined: CasebookForm = known(book, f"casebook-form:{act.form}")
    wanted = {page.number, defined.newest} if page.exists else {defined.newest}
    refuse_if(act.number not in wanted, "form-version-superseded", field="number", form=act.form,
              number=act.number, newest=defined.newest)  # fmt: skip
    form = defined.form(act.number)
    refuse_if(act.repeat > 1 and not form.repeats, "form-does-not-repeat", field="repeat", form=act.form)
    before = page_code(act.participant, act.visit, act.form, act.repeat - 1)
    gap = act.repeat > 1 and not book.sheet(f"casebook-page:{before}").exists
    refuse_if(gap, "repeat-out-of-order", field="repeat", page=before)
    return form


def _changed(page: CasebookPage, kept: Facts, asking: Asking, form: Form) -> list[str]:
    """Items whose value differs; Refused where they are not for this role: coding is the data manager's alone."""
    before = dict(page.values)
    changed = [name for name in sorted({*before, *kept}) if before.get(name) != kept.get(name)]
    for name in changed:
        mine = _is_coding(form, name) == (asking.role is Role.DATA_MANAGER)
        refuse_if(not mine, "not-your-item", field=name, item=name, role=asking.role)
    return changed


def _is_coding(form: Form, name: str) -> bool:
    item = form.item(name)
    return item is not None and item.coding != ""


def _explained(act: SaveForm, wanted: list[str]) -> dict[str, str]:
    """Why each unlikely value stands; Refused for words that answer nothing, or hold an identity."""
    given = act.explained or {}
    for code, text in given.items():
        refuse_if(code not in wanted, "nothing-to-explain", field=f"why.{code}", check=code)
        fits = isinstance(text, str) and 0 < len(text.strip()) <= LONGEST_REASON
        refuse_if(not fits, "explanation-unfit", field=f"why.{code}", check=code, longest=LONGEST_REASON)
        require_coded(text, f"why.{code}")
    return dict(given)


def journey_of(book: Book, participant: str) -> Any:
    """The journey of a participant, or None while none is linked."""
    code = book.sheet(f"participant:{participant}").journey
    found = book.sheet(f"journey:{code}") if code else None
    return found if found is not None and found.exists else None


@checks(VerifySource)
def _verify(act: VerifySource, asking: Asking, book: Book) -> Accepted:
    page = page_in(book, act.about, "open", "signed", "frozen")
    refuse_if(asking.by in page.authors, "own-work", person=asking.by)
    for name in act.items:
        refuse_if(name not in dict(page.values), "item-empty", field="items", item=name)
    named = list(act.items) or sorted(dict(page.values))
    done = {one.item for one in page.verified}
    left = [name for name in named if name not in done]
    refuse_if(not left, "nothing-left-to-verify", page=act.page)
    return Accepted(given={"items": left})


@checks(SignForm)
def _sign(act: SignForm, asking: Asking, book: Book) -> Accepted:
    page = page_in(book, act.about, "open", "frozen")
    refuse_if(
        page.signed_at is not None, "page-in-another-state", page=act.page, page_state="signed", page_states=["open"]
    )
    form = form_of(book, page)
    missing = lacking(form, page.kept)
    refuse_if(missing, "form-incomplete", page=act.page, items=list(missing))
    _require_settled(page)
    journey = journey_of(book, page.participant)
    now = from_record(form, book, journey, page.repeat)
    moved = sorted(name for name in {*now, *dict(page.recorded)} if now.get(name) != dict(page.recorded).get(name))
    refuse_if(moved, "record-moved-on", page=act.page, items=moved)
    return Accepted(findings=differing(page.form, page.kept, journey, asking.zone))


def _require_settled(page: CasebookPage) -> None:
    open_ = [one.number for one in page.unsettled()]
    refuse_if(open_, "queries-open", page=page.code, queries=open_)


@checks(FreezeForm)
def _freeze(act: FreezeForm, asking: Asking, book: Book) -> None:
    page_in(book, act.about, "open", "signed")


@checks(LockForm)
def _lock(act: LockForm, asking: Asking, book: Book) -> None:
    page = page_in(book, act.about, "signed", "frozen")
    if page.signed_at is None:
        raise Refused("page-not-signed", page=act.page)
    _require_settled(page)


@checks(UnlockForm)
def _unlock(act: UnlockForm, asking: Asking, book: Book) -> None:
    page = page_in(book, act.about, "frozen", "locked")
    whole: Casebook = book.sheet(f"casebook:{page.participant}")
    refuse_if(whole.locked_at, "casebook-locked", casebook=page.participant)


# -- applies --------------------------------------------------------------------------------------------


@applies(SaveForm, "casebook-page")
def _(page: CasebookPage, act: SaveForm, entry: Entry) -> CasebookPage:
    values = {**(act.values or {}), **entry.given["respelled"]}
    recorded = dict(entry.given["recorded"])
    made = changes_of(page, {**values, **recorded}, entry)
    touched, coder = {one.item for one in made}, entry.role is Role.DATA_MANAGER
    saved = replace(
        page, participant=act.participant, protocol=entry.given["protocol"], visit=act.visit, form=act.form,
        number=act.number, repeat=act.repeat,
        values=tuple(sorted(values.items())), recorded=tuple(sorted(recorded.items())),
        explained=tuple(sorted((act.explained or {}).items())), changes=(*page.changes, *made),
        verified=tuple(one for one in page.verified if one.item not in touched),
        authors=page.authors if coder or entry.by in page.authors else (*page.authors, entry.by),
        saved_at=entry.happened_at,
    )  # fmt: skip
    if entry.given["voids"] or touched & set(recorded):
        saved = replace(saved, signed_by="", signed_at=None)
    return _asked_by_itself(saved, [(code, item) for code, item in entry.given["doubts"]], touched, entry)


def _asked_by_itself(page: CasebookPage, found: list[tuple[str, str]], touched: set[str], entry: Entry) -> CasebookPage:
    """Queries raised by soft bounds and checks: answered at once by the reason given, settled when the value fits."""
    reasons, doubted = dict(page.explained), {code for code, _ in found}
    for query in page.unsettled():
        if query.check and query.check not in doubted:
            closed = Said("settled", "", entry.by, str(entry.role), entry.happened_at)
            page = page.with_query(replace(query, state="closed", thread=(*query.thread, closed)))
    for code, item in found:
        answered = Said("answered", reasons[code], entry.by, str(entry.role), entry.happened_at)
        mine = [one for one in page.queries if one.check == code]
        last = mine[-1] if mine else None
        if last is not None and last.state == "closed" and item not in touched:
            continue  # looked at and closed for this very value
        if last is None or last.state == "closed":
            raised = Said("raised", "", entry.by, str(entry.role), entry.happened_at)
            page = page.with_query(Query(len(page.queries) + 1, item, code, "answered", (raised, answered)))
        elif last.thread[-1].text != reasons[code]:
            page = page.with_query(replace(last, state="answered", thread=(*last.thread, answered)))
    return page


@applies(SaveForm, "casebook")
def _(whole: Casebook, act: SaveForm, entry: Entry) -> Casebook:
    return replace(whole, pages=(*whole.pages, act.page))


@applies(VerifySource, "casebook-page")
def _(page: CasebookPage, act: VerifySource, entry: Entry) -> CasebookPage:
    made = tuple(Verified(name, entry.by, entry.happened_at) for name in entry.given["items"])
    return replace(page, verified=(*page.verified, *made))


@applies(SignForm, "casebook-page")
def _(page: CasebookPage, act: SignForm, entry: Entry) -> CasebookPage:
    return replace(page, signed_by=entry.by, signed_at=entry.happened_at)


@applies(FreezeForm, "casebook-page")
def _(page: CasebookPage, act: FreezeForm, entry: Entry) -> CasebookPage:
    return replace(page, frozen=True)


@applies(LockForm, "casebook-page")
def _(page: CasebookPage, act: LockForm, entry: Entry) -> CasebookPage:
    return replace(page, locked_by=entry.by, locked_at=entry.happened_at)


@applies(UnlockForm, "casebook-page")
def _(page: CasebookPage, act: UnlockForm, entry: Entry) -> CasebookPage:
    return replace(page, frozen=False, locked_by="", locked_at=None)
