"""Attach: a photograph or file beside the record of a thing, and the way back to its bytes."""

from __future__ import annotations

import uuid
from typing import Any

from django.core import signing as tokens
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from milenari.journal import attached
from milenari.registers import attachments, questions, waiting
from milenari.rules.action import ACTIONS, Refused
from milenari.rules.attachment import KINDS, LARGEST
from milenari.rules.carrier import thing_scanned
from milenari.web import addresses, signing, wording
from milenari.web.access import Acting, acting, page
from milenari.web.files import files_of, require_sight
from milenari.web.forms import Box, at_fault
from milenari.web.wording import labels
from milenari.words import split_subject

ENDINGS = {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp", "application/pdf": "pdf",
           "text/plain": "txt"}  # fmt: skip
_SALT = "milenari.attach"
_FRESH = signing.Attempt()


# -- attaching ------------------------------------------------------------------------------------------


@page
def start(request: HttpRequest) -> HttpResponse:
    """Which thing the file is about: its code is scanned or typed, and the form for it comes."""
    asked = request.GET.get("q", "").strip()
    sentence: Any = ""
    if asked:
        try:
            name = waiting.resolve(thing_scanned(asked), KINDS)
            if split_subject(name)[0] in KINDS and questions.subject(name) is not None:
                return HttpResponseRedirect(reverse("attach", args=[name]))
            sentence = _("Nothing with this code can take a file. Check the code, or scan it again.")
        except Refused as refused:
            sentence = wording.refusal(refused)
    shown = {"asked": asked, "sentence": sentence, "title": wording.title("attach-file")}
    return render(request, "web/attach_start.html", shown, status=422 if sentence else 200)


@page
def attach(request: HttpRequest, name: str) -> HttpResponse:
    who = acting(request)
    kind, code = split_subject(name)
    if kind not in KINDS:
        raise Http404
    if questions.subject(name) is None:
        raise Refused("subject-unknown", kind=kind, code=code)
    require_sight(who, name)
    typed = signing.typed_of(request) if request.method == "POST" else {k: str(v) for k, v in request.GET.items()}
    return _sign(request, who, name, typed) if request.method == "POST" else _draw(request, who, name, typed)


def _sign(request: HttpRequest, who: Acting, name: str, typed: dict[str, str]) -> HttpResponse:
    cls = ACTIONS["attach-file"]
    kept: attached.Kept | None = None
    try:
        kept = _uploaded(request, who, typed)
    except Refused as refused:
        return _draw(request, who, name, typed, signing.Attempt(refused=refused))
    made = typed.get("act", "").replace("-", "")[:12].upper() or uuid.uuid4().hex[:12].upper()
    # The name on the sender's device is not kept: it may be a patient's, and an entry is for ever.
    told = {**typed, "of": name, "attachment": f"AT-{made}", "name": f"AT-{made}.{ENDINGS[kept.media_type]}",
            "sha256": kept.sha256, "media_type": kept.media_type, "size": str(kept.size)}  # fmt: skip
    tried = signing.attempt(lambda: signing.sign(request, cls, told, who))
    if tried.written is None:
        return _draw(request, who, name, typed, tried, kept)
    attached.settle(kept.sha256)
    signing.tell(request, tried.written)
    return HttpResponseRedirect(signing.back_of(request, typed) or addresses.of_subject(name))


def _uploaded(request: HttpRequest, who: Acting, typed: dict[str, str]) -> attached.Kept:
    """The bytes sent now, or those sent a moment ago with a form that was then refused."""
    sent = next((f for key in ("photo", "file") if (f := request.FILES.get(key))), None)
    if isinstance(sent, UploadedFile):
        attached.require_size(sent.size or 0)
        return attached.keep(sent.read())
    try:
        held = tokens.loads(typed.get("kept", ""), salt=_SALT, max_age=attached.WAITS)
    except tokens.BadSignature as fault:
        raise Refused("file-empty") from fault
    found = attached.waiting(held["sha256"]) if held["person"] == who.person else None
    if found is None:
        raise Refused("file-empty")
    return found


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
        "kept": _token(kept, who) if kept else "", "kept_type": kept.media_type if kept else "",
        "largest": str(LARGEST // 1_000_000), "files": files, "names": names, "back": signing.back_of(request, typed),
        "itemised": split_subject(name)[0] in ("batch", "lot"), "zone": who.zone,
    }  # fmt: skip
    shown["act"] = shown["act"] or str(uuid.uuid4())
    return render(request, "web/attach.html", shown, status=tried.status)


def _token(kept: attached.Kept, who: Acting) -> str:
    return tokens.dumps({"sha256": kept.sha256, "person": who.person}, salt=_SALT)


# -- and back -------------------------------------------------------------------------------------------


@page
def file(request: HttpRequest, code: str) -> HttpResponse:
    """The bytes of an attached file, compared with the hash in its entry; pictures may be shown in a page."""
    row = attachments.attachment(code)
    if row is None:
        raise Refused("subject-unknown", kind="attachment", code=code)
    require_sight(acting(request), row.of)
    if row.withdrawn:
        raise Refused("file-withdrawn", attachment=code)
    answer = HttpResponse(attached.open_kept(row.sha256), content_type=row.media_type)
    shown = "inline" if row.media_type.startswith("image/") and "download" not in request.GET else "attachment"
    answer["Content-Disposition"] = f'{shown}; filename="{code}.{ENDINGS.get(row.media_type, "bin")}"'
    answer["X-Content-Type-Options"] = "nosniff"
    return answer
