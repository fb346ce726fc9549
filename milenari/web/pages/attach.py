"""Attach: a photograph or file beside the record of a thing, and the way back to its bytes."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from django.core import signing as tokens
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render

from milenari.journal import attached
from milenari.registers import attachments, questions
from milenari.rules.action import ACTIONS, Refused
from milenari.rules.attachment import KINDS, LARGEST
from milenari.web import addresses, signing, wording
from milenari.web.access import Acting, acting, page
from milenari.web.forms import Box, at_fault
from milenari.web.wording import labels
from milenari.words import split_subject

ENDINGS = {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp", "application/pdf": "pdf",
           "text/plain": "txt"}  # fmt: skip
# Seen by whoever is in the network, as their entries are.
NETWORK_WIDE = ("lot", "container")
_SALT = "milenari.attach"
_FRESH = signing.Attempt()


@dataclass(frozen=True)
class File:
    """One attached file as a page lists it: its row, and whether its bytes are ``there``."""

    row: Any
    state: str

    @property
    def picture(self) -> bool:
        return self.state == "there" and self.row.media_type.startswith("image/")


def files_of(*names: str) -> list[File]:
    """The files beside these subjects, for the page that shows them; what is withdrawn says so."""
    return [
        File(row, "withdrawn" if row.withdrawn else attached.state_of(row.sha256, row.size))
        for row in attachments.attachments_of(*names)
    ]


# -- attaching ------------------------------------------------------------------------------------------


@page
def attach(request: HttpRequest, name: str) -> HttpResponse:
    who = acting(request)
    kind, code = split_subject(name)
    if kind not in KINDS:
        raise Http404
    if questions.subject(name) is None:
        raise Refused("subject-unknown", kind=kind, code=code)
    _require_sight(who, name)
    typed = signing.typed_of(request) if request.method == "POST" else {k: str(v) for k, v in request.GET.items()}
    return _sign(request, who, name, typed) if request.method == "POST" else _draw(request, who, name, typed)


def _sign(request: HttpRequest, who: Acting, name: str, typed: dict[str, str]) -> HttpResponse:
    cls = ACTIONS["attach-file"]
    kept: attached.Kept | None = None
    try:
        kept, typed["name"] = _uploaded(request, who, typed)
    except Refused as refused:
        return _draw(request, who, name, typed, signing.Attempt(refused=refused))
    made = typed.get("act", "").replace("-", "")[:12].upper() or uuid.uuid4().hex[:12].upper()
    told = {**typed, "of": name, "attachment": f"AT-{made}", "sha256": kept.sha256,
            "media_type": kept.media_type, "size": str(kept.size)}  # fmt: skip
    tried = signing.attempt(lambda: signing.sign(request, cls, told, who))
    if tried.written is None:
        return _draw(request, who, name, typed, tried, kept)
    attached.settle(kept.sha256)
    signing.tell(request, tried.written)
    return HttpResponseRedirect(signing.back_of(request, typed) or addresses.of_subject(name))


def _uploaded(request: HttpRequest, who: Acting, typed: dict[str, str]) -> tuple[attached.Kept, str]:
    """The bytes sent now, or those sent a moment ago with a form that was then refused."""
    sent = next((f for key in ("photo", "file") if (f := request.FILES.get(key))), None)
    if isinstance(sent, UploadedFile):
        attached.require_size(sent.size or 0)
        return attached.keep(sent.read()), _bare(sent.name or "")
    try:
        held = tokens.loads(typed.get("kept", ""), salt=_SALT, max_age=attached.WAITS)
    except tokens.BadSignature as fault:
        raise Refused("file-empty") from fault
    found = attached.waiting(held["sha256"]) if held["person"] == who.person else None
    if found is None:
        raise Refused("file-empty")
    return found, str(held["name"])


def _bare(name: str) -> str:
    """A file's name as the sender gave it, without folders and signs that are not letters; only a memory aid."""
    last = name.replace("\\", "/").rpartition("/")[2]
    return "".join(c for c in last if c.isprintable())[:120].strip() or "file"


def _draw(request: HttpRequest, who: Acting, name: str, typed: dict[str, str], tried: signing.Attempt = _FRESH,
          kept: attached.Kept | None = None) -> HttpResponse:  # fmt: skip
    cls = ACTIONS["attach-file"]
    drawn = signing.signature(request, cls, typed, who)
    sentence = tried.sentence(who.zone, cls.code)
    shows = Box("shows", "text", wording.label("What it shows"), value=typed.get("shows", ""), longest=300)
    item = Box("item", "code", wording.label("Result or deviation"), wording.help_text(cls.fields["item"].help),
               required=False, value=typed.get("item", ""))  # fmt: skip
    reason = Box("reason", "text", labels.COMMON["reason"], required=False, value=typed.get("reason", ""), longest=2000)
    culprit = ""
    if tried.refused:
        culprit = drawn.blame(tried.refused, sentence)
        boxes = {box.name: box for box in (shows, item, reason)}
        if not culprit and (at := at_fault(tried.refused, boxes)):
            boxes[at].error, culprit = sentence, boxes[at].id
    files = files_of(name)
    names = questions.names_of(found.row.by for found in files)
    again = tried.refused is not None and tried.refused.code == "act-id-reused"
    shown = {
        "name": name, "shows": shows, "item": item, "reason": reason, "signature": drawn, "sentence": sentence,
        "culprit": culprit, "act": "" if again else typed.get("act", ""), "title": wording.title(cls.code),
        "kept": _token(kept, typed, who) if kept else "", "kept_name": typed.get("name", ""),
        "largest": str(LARGEST // 1_000_000), "files": files, "names": names, "back": signing.back_of(request, typed),
        "itemised": split_subject(name)[0] in ("batch", "lot"), "zone": who.zone,
    }  # fmt: skip
    shown["act"] = shown["act"] or str(uuid.uuid4())
    return render(request, "web/attach.html", shown, status=tried.status)


def _token(kept: attached.Kept, typed: dict[str, str], who: Acting) -> str:
    held = {"sha256": kept.sha256, "person": who.person, "name": typed.get("name", "")}
    return tokens.dumps(held, salt=_SALT)


# -- and back -------------------------------------------------------------------------------------------


@page
def file(request: HttpRequest, code: str) -> HttpResponse:
    """The bytes of an attached file, compared with the hash in its entry; pictures may be shown in a page."""
    row = attachments.attachment(code)
    if row is None:
        raise Refused("subject-unknown", kind="attachment", code=code)
    _require_sight(acting(request), row.of)
    if row.withdrawn:
        raise Refused("file-withdrawn", attachment=code)
    answer = HttpResponse(attached.open_kept(row.sha256), content_type=row.media_type)
    shown = "inline" if row.media_type.startswith("image/") and "download" not in request.GET else "attachment"
    answer["Content-Disposition"] = f'{shown}; filename="{code}.{ENDINGS.get(row.media_type, "bin")}"'
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


def _require_sight(who: Acting, name: str) -> None:
    if split_subject(name)[0] not in NETWORK_WIDE:
        who.require_sight(*sorted(questions.sites_of(name)))
