"""Codes: the proof of a shipment as QR codes on its form, each read back by software before anything is printed.

Alphanumeric QR codes, error correction M or better, four modules of quiet zone (ISO/IEC 18004), a module 0.4 mm wide so
that a phone's camera resolves it at arm's length; two beside each other on A4 even at the largest size.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import segno
import zxingcpp
from django.utils.translation import gettext as _

from milenari.journal.exchange import shipping
from milenari.journal.tree import ProofError
from milenari.rules.action import Refused
from milenari.web import wording
from milenari.web.papers import blocks as b
from milenari.web.papers.runs import runs

QUIET = 4
MODULE_MM = 0.4
DOTS = 3  # a module's side in the picture that is read back: what a 200 dpi printer gives it


def blocks(name: str, transfer: int, upto: int | None) -> list[b.Block]:
    """The part of a form with its codes; Refused when one of them could not be read again."""
    head = b.heading(_("Proof for the receiver"))
    try:
        made = shipping.carried(name, transfer, upto)
    except ProofError as fault:
        return [head, b.banner("bad", _("No proof could be made"), str(fault))]
    shown: list[b.Block] = [head, b.paragraph(_(
        "Scan these codes on arrival, while the data of this shipment may still be on their way. They show who sent "
        "what to whom and who released it. The box may be stored in quarantine on them alone; it is used only after "
        "its data have come and the receipt is booked."
    ))]  # fmt: skip
    titles = {shipping.DISPATCH: _("Dispatch"), shipping.RELEASE: _("Release")}
    for one in made:
        if one.cosigned:
            sites = wording.joined([wording.isolated(site) for site in one.cosigned])
            shown.append(b.paragraph(b.labelled_as(titles[one.of], b.after(_("cosigned by"), sites))))
        else:
            shown.append(b.banner("warn", b.after(titles[one.of], _("not cosigned yet")), _(
                "No other site has signed for this log up to here. The proof rests on the sender's key alone; print "
                "the form again after the next exchange, if there is time."
            )))  # fmt: skip
    if all(one.of != shipping.RELEASE for one in made) and made[0].docket.entries:
        shown.append(b.paragraph(_("There is no code of a release: what is shipped is not released, or needs none."),
                                 "quiet"))  # fmt: skip
    pictures = []
    for one in made:
        for number, text in enumerate(one.texts, 1):
            which = wording.isolated(f"{number}/{len(one.texts)}")
            pictures.append({**drawn(text, titles[one.of]), "caption": runs(b.after(titles[one.of], which))})
    shown.append({"k": "codes", "pictures": pictures})
    return shown


def of_entries(title: Any, made: Sequence[shipping.Carried]) -> list[b.Block]:
    """The codes of dockets that are of one thing, numbered through all of them."""
    texts = [text for one in made for text in one.texts]
    pictures = []
    for number, text in enumerate(texts, 1):
        which = wording.isolated(f"{number}/{len(texts)}")
        pictures.append({**drawn(text, title), "caption": runs(b.after(title, which))})
    return [{"k": "codes", "pictures": pictures}]


def drawn(text: str, alt: Any) -> b.Block:
    """One code as a picture; Refused unless a reader gets the same text back from its dots."""
    symbol = segno.make(text, error="m", mode="alphanumeric", micro=False)
    if read_back(symbol) != text:
        raise Refused("code-not-readable", length=len(text))
    out = io.BytesIO()
    symbol.save(out, kind="svg", border=QUIET, xmldecl=False, svgns=True, nl=False)
    modules = symbol.symbol_size(border=QUIET)[0]
    return {"svg": out.getvalue().decode(), "width": round(modules * MODULE_MM, 2), "alt": str(alt)}


def read_back(symbol: segno.QRCode) -> str:
    """What a reader sees in the dots of a symbol; empty when it sees nothing, or more than one."""
    rows = [bytes(0 if dot else 255 for dot in row) for row in symbol.matrix_iter(scale=DOTS, border=QUIET)]
    dots: Any = b"".join(rows)  # held here: the view lends them only
    view = zxingcpp.ImageView(dots, len(rows[0]), len(rows), zxingcpp.ImageFormat.Lum)
    found = zxingcpp.read_barcodes(view, formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode))
    return found[0].text if len(found) == 1 else ""
