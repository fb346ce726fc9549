"""Passport: a person's training entries with their proofs in one signed file, verified at another site offline.

The file holds the exact bytes of the entries, those that enrolled their signers, and inclusion proofs (extract.py),
under a note that the issuing site's log key has signed. Another node checks it with nothing but the network's charter,
keeps the bytes under their hash, and the door takes no acceptance that says anything else than they do.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import orjson
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS

from milenari.journal import clock, fold, keys, read, shipment, whole
from milenari.journal import docket as dockets
from milenari.journal.canonical import CanonicalError, canonical, parse
from milenari.journal.exchange import charter, standing
from milenari.journal.extract import ExtractError, check, extract
from milenari.journal.models import Head
from milenari.journal.note import NoteError, VerifierKey, open_note, sign_note, split_note
from milenari.journal.tree import ProofError
from milenari.rules.action import Action, Refused, blank, fold_in
from milenari.rules.exchange import Agreement, agreement_code
from milenari.rules.passport import AcceptPassport
from milenari.rules.people import Evidence, Person
from milenari.words import Facts, iso, utc

FORMAT = "milenari passport 1"
HEADING = "milenari training passport\n"
CARRIED = ("record-training", "confirm-reading", "sign-training", "withdraw-training")
HOLDS = timedelta(days=90)  # a passport older than this may not know of what was withdrawn since
LARGEST = 5_000_000
_NAMED = re.compile(r"^[0-9a-f]{64}$")


@dataclass(frozen=True)
class Shown:
    """One item of a passport and whether it may be accepted: good, expired, revoked or not passed."""

    entry: str
    procedure: str
    version: str
    item: str
    on: date
    until_on: date | None
    by: str
    reference: str
    score: str
    state: str

    def facts(self) -> Facts:
        """As a decision on it names it."""
        until = self.until_on.isoformat() if self.until_on else ""
        return {"entry": self.entry, "procedure": self.procedure, "version": self.version, "item": self.item,
                "on": self.on.isoformat(), "until_on": until, "by": self.by, "reference": self.reference,
                "score": self.score}  # fmt: skip


@dataclass(frozen=True)
class Checked:
    """A passport that is what it says: who holds it, who issued it for whom, until when, and its items."""

    sha256: str
    person: str
    name: str
    site: str
    to_site: str
    issued_at: datetime
    valid_until: date
    items: tuple[Shown, ...]

    @property
    def code(self) -> str:
        """The code under which a site decides on it."""
        return f"{self.person[:40]}-{self.sha256[:12]}"


# -- made -----------------------------------------------------------------------------------------------


def make(person: str, to_site: str, using: str = DEFAULT_DB_ALIAS) -> str:
    """The passport of a person of this node for another site; Refused without a legal basis for personnel data."""
    book = fold.DiskBook(using)
    holder: Person = book.sheet(f"person:{person}")
    if not holder.exists:
        raise Refused("subject-unknown", kind="person", code=person)
    now = clock.now()
    basis = _basis(book, holder.home, to_site)
    seen = shown_of(person)
    made = extract(seen, using)
    if made.faults:
        raise Refused("passport-unverified", detail=made.faults[0])
    parts = {"entries": made.entries.decode(), "signers": made.signers.decode(), "proofs": made.proofs.decode()}
    told = {
        "person": person, "name": holder.name, "site": holder.home, "to": to_site, "issued_at": iso(now),
        "valid_until": (now.date() + HOLDS).isoformat(), "basis": basis["personnel"]["basis"],
        "sha256": {name: sha256(text.encode()).hexdigest() for name, text in parts.items()},
    }  # fmt: skip
    note = sign_note(HEADING + canonical(told).decode() + "\n", keys.log_key(holder.home))
    return json.dumps({"format": FORMAT, "note": note, **parts}, ensure_ascii=False, indent=1) + "\n"


def issue(person: str, to_site: str, using: str = DEFAULT_DB_ALIAS) -> str:
    """The same, handed over: noted in the transfer log with its class of data and legal basis."""
    text = make(person, to_site, using)
    _note(person, to_site, text.encode(), using)
    return text


def hand_over(person: str, to_site: str, content: bytes, using: str = DEFAULT_DB_ALIAS) -> None:
    """Note that a passport leaves on paper; Refused without a legal basis, with nothing noted."""
    _note(person, to_site, content, using)


def shown_of(person: str) -> list[read.Seen]:
    """The entries that a passport of this person carries; Refused when there is none."""
    seen = [s for s in read.entries_about(f"person:{person}") if s.entry.action.code in CARRIED]
    if not seen:
        raise Refused("passport-empty", person=person)
    return seen


def _basis(book: fold.DiskBook, home: str, to_site: str) -> dict[str, dict[str, Any]]:
    """Class, basis, country and last day on which a passport may go to another site; Refused without one."""
    code = agreement_code(home, to_site)
    agreement: Agreement = book.sheet(f"agreement:{code}")
    basis = agreement.basis_for("personnel", clock.now().date())
    if basis is None:
        raise Refused("not-agreed", agreement=code, data_class="personnel")
    return {"personnel": {"basis": basis.basis, "country": basis.country, "to_on": basis.to_on.isoformat()}}


def _note(person: str, to_site: str, content: bytes, using: str) -> None:
    book = fold.DiskBook(using)
    home = book.sheet(f"person:{person}").home
    standing.note_handed_over(home, to_site, content, _basis(book, home, to_site), using)


# -- checked --------------------------------------------------------------------------------------------


def check_passport(text: str, trusted: dict[str, str], here: tuple[str, ...], on: date, local: Any = None) -> Checked:
    """The passport, proven by the keys of the charter; Refused with the reason when it is not.

    ``here`` are the sites of this node; ``local`` is what this node itself knows of the holder, if anything: what was
    withdrawn there is revoked, though the passport does not know of it.
    """
    told, parts = _opened(text, trusted)
    site, to_site = str(told["site"]), str(told["to"])
    if to_site not in here:
        raise Refused("passport-for-another", site=to_site)
    if date.fromisoformat(told["valid_until"]) < on:
        raise Refused("passport-expired", until_on=told["valid_until"], site=site)
    try:
        entries = check(parts["entries"].encode(), parts["signers"].encode(), parts["proofs"].encode(), trusted)
    except ExtractError as fault:
        raise Refused("passport-forged", site=site, detail=str(fault)[:200]) from fault
    items = _items(entries, site, str(told["person"]), on, local)
    digest = sha256(text.encode()).hexdigest()
    return Checked(digest, str(told["person"]), str(told["name"]), site, to_site, utc(told["issued_at"]),
                   date.fromisoformat(told["valid_until"]), items)  # fmt: skip


@dataclass(frozen=True)
class Scanned:
    """What the codes on a passport's paper prove: whose they are, of which site, and the items they tell of."""

    person: str
    site: str
    cosigned: tuple[str, ...]
    items: tuple[Shown, ...]


def scanned(text: str, using: str = DEFAULT_DB_ALIAS) -> Scanned:
    """The codes of a passport's paper, proven by the charter alone; Refused with what is wrong about them.

    Each entry stands in the log of its site and is signed by the key it names. Whose key that is the paper cannot
    prove: the file does, and only the file can be decided on.
    """
    made = charter.require_present(using)
    try:
        proven = [shipment.check(docket, made) for docket in dockets.read_codes(text)]
    except ProofError as fault:
        raise Refused("passport-unreadable", detail=str(fault)[:200]) from fault
    site = proven[0].site
    entries = sorted(((n, e) for one in proven for n, _, e in one.entries), key=lambda x: x[0])
    if any(one.site != site for one in proven):
        raise Refused("passport-forged", site=site, detail="its codes are of the logs of several sites")
    person = str(entries[0][1].get("data", {}).get("person", ""))
    book = fold.DiskBook(using)
    on = clock.now().astimezone(ZoneInfo(book.sheet(f"site:{site}").zone or "UTC")).date()
    items = _items([e for _, e in entries], site, person, on, book.sheet(f"person:{person}"))
    cosigned = sorted({by for one in proven for by in one.cosigned})
    return Scanned(person, site, tuple(cosigned), items)


def _items(entries: list[Facts], site: str, person: str, on: date, local: Any) -> tuple[Shown, ...]:
    """The items that proven entries tell of; Refused when one is not about the holder."""
    name = f"person:{person}"
    wrong = next((e for e in entries if e["action"] not in CARRIED or e["site"] != site), None)
    if wrong is not None or any(e["data"]["person"] != person for e in entries):
        raise Refused("passport-forged", site=site, detail="it carries an entry that is not about its holder")
    found: Person = blank(name)
    acts: dict[tuple[str, str, str, str], str] = {}
    for data in entries:
        entry = fold.entry_of(data)
        found = fold_in(found, name, entry)
        act: Any = entry.action
        acts[act.procedure, act.number, getattr(act, "item", ""), str(getattr(act, "on", entry.today))] = entry.act
    return (*_statements(found, acts, on, local), *(_evidence(e, on, local) for e in found.evidence))


def _opened(text: str, trusted: dict[str, str]) -> tuple[Facts, dict[str, str]]:
    """What the issuing site has signed, and the parts it names by their hashes."""
    try:
        held = orjson.loads(text)
        if held["format"] != FORMAT:
            raise ValueError(f"the format is {held['format']!r}")
        body = split_note(held["note"])[0]
        if not body.startswith(HEADING):
            raise ValueError("it does not begin like a passport")
        told = parse(body.removeprefix(HEADING).removesuffix("\n").encode())
        site = str(told["site"])
        parts = {name: str(held[name]) for name in ("entries", "signers", "proofs")}
        hashes = {name: sha256(part.encode()).hexdigest() for name, part in parts.items()}
        for key in ("person", "name", "to", "issued_at", "valid_until", "sha256"):
            told[key]
    except (CanonicalError, NoteError, KeyError, TypeError, ValueError) as fault:
        raise Refused("passport-unreadable", detail=f"{type(fault).__name__}: {fault}"[:200]) from fault
    if site not in trusted:
        raise Refused("passport-stranger", site=site)
    try:
        open_note(held["note"], VerifierKey.parse(trusted[site]))
    except NoteError as fault:
        raise Refused("passport-forged", site=site, detail=str(fault)[:200]) from fault
    if told["sha256"] != hashes:
        raise Refused("passport-forged", site=site, detail="its parts are not those that were signed")
    return told, parts


def _evidence(e: Evidence, on: date, local: Any) -> Shown:
    gone = e.withdrawn or any(x.act == e.act and x.withdrawn for x in getattr(local, "evidence", ()))
    state = _state(gone, e.passed, e.until_on, on)
    return Shown(e.act, e.procedure, e.version, e.item, e.on, e.until_on, e.by, e.reference, e.score, state)


def _statements(found: Person, acts: dict[tuple[str, str, str, str], str], on: date, local: Any) -> list[Shown]:
    made = []
    for t in found.trainings:
        here = [
            x
            for x in getattr(local, "trainings", ())
            if (x.procedure, x.version, x.on) == (t.procedure, t.version, t.on)
        ]
        gone = t.withdrawn or any(x.withdrawn for x in here)
        act = acts[t.procedure, t.version, "", str(t.on)]
        state = _state(gone, True, t.until_on, on)
        made.append(Shown(act, t.procedure, t.version, "", t.on, t.until_on, t.trainer, "", "", state))
    return made


def _state(gone: bool, passed: bool, until_on: date | None, on: date) -> str:
    if gone:
        return "revoked"
    if not passed:
        return "not-passed"
    return "expired" if until_on is not None and until_on < on else "good"


def check_here(text: str, using: str = DEFAULT_DB_ALIAS) -> Checked:
    """The same with the charter in force on this node and what its own book knows."""
    if len(text) > LARGEST:
        raise Refused("passport-unreadable", detail="it is larger than any passport")
    made = charter.require_present(using)
    trusted = {member.site: member.log for member in made.members}
    here = tuple(Head.objects.using(using).filter(own=True).values_list("site", flat=True))
    book, now = fold.DiskBook(using), clock.now()
    told, _ = _opened(text, trusted)
    on = now.astimezone(ZoneInfo(book.sheet(f"site:{told['to']}").zone or "UTC")).date()
    return check_passport(text, trusted, here, on, book.sheet(f"person:{told['person']}"))


# -- kept, and the door ---------------------------------------------------------------------------------


def _place(digest: str) -> Path:
    if not _NAMED.match(digest):
        raise Refused("passport-unverified", detail="its hash is none")
    return Path(settings.HOME) / "passports" / digest


def keep(text: str, using: str = DEFAULT_DB_ALIAS) -> Checked:
    """Check a passport and keep its bytes on this node, so that it can be decided on."""
    found = check_here(text, using)
    whole.put(_place(found.sha256), text.encode())
    return found


def kept(digest: str, using: str = DEFAULT_DB_ALIAS) -> Checked:
    """A passport kept here before, checked again from its bytes."""
    try:
        text = _place(digest).read_text(encoding="utf-8")
    except OSError as fault:
        raise Refused("passport-unverified", detail="no file with this hash was read here") from fault
    if sha256(text.encode()).hexdigest() != digest:
        raise Refused("passport-unverified", detail="the file was altered on this node")
    return check_here(text, using)


def require(action: Action, using: str = DEFAULT_DB_ALIAS) -> None:
    """At the door: an acceptance says what the verified file says, of every item, and accepts only what is good."""
    if not isinstance(action, AcceptPassport):
        return
    found = kept(action.sha256, using)
    said = (action.passport, action.holder, action.from_site)
    if said != (found.code, found.person, found.site):
        raise Refused("passport-unverified", detail="holder, issuer or code is another")
    told_of = [told for told in list[Any](action.decisions) if isinstance(told, dict) and "entry" in told]
    decided: dict[str, Facts] = {told["entry"]: told for told in told_of}
    items = {shown.entry: shown for shown in found.items}
    if len(action.decisions) != len(items) or set(decided) != set(items):
        raise Refused("passport-unverified", detail="not every item is decided on, or one twice")
    for entry, told in decided.items():
        facts = {key: value for key, value in told.items() if key not in ("accepted", "why")}
        if facts != items[entry].facts():
            raise Refused("passport-unverified", detail=f"entry {entry} says something else")
        if told.get("accepted") and items[entry].state != "good":
            raise Refused("passport-item-unfit", item=items[entry].item or items[entry].procedure,
                          state=items[entry].state)  # fmt: skip
