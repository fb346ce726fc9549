"""Labels of the story: a vector lot's, one child's bag and fractions, each used or destroyed in the end.

No paper came out of a printer for them, and the acts say so in the field of the printer. What the pages do before a
print is signed, drawing every label and reading it back, the tests do for each label of the story instead.
"""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from milenari.demo import cast
from milenari.demo.teller import PREFIX, Scene
from milenari.journal import read
from milenari.journal.ask import Supposed
from milenari.rules import label
from milenari.rules.action import Asking
from milenari.rules.label import PrintLabels
from milenari.words import iso, utc

NO_PRINTER = "none-demo"


def printed(s: Scene, post: str, of: str, account: str, reason: str = "", **chosen: Any) -> list[str]:
    """Print the labels of a thing as of the scene's time; returns the text of each one's symbol."""
    s.keep()
    act = f"{PREFIX}{s.name}-{s.number + 1:03d}"
    told = {"account": account, "of": of, "copies": 1, "resolution": "standard", "printer": NO_PRINTER, **chosen}
    if act not in s.teller.held:
        told["read_back"] = label.digest(_planned(s, post, told))
    s.do(post, "print-labels", reason, **told)
    s.keep()
    return [made["symbol"] for made in read.entry_of_act(act).entry.given["labels"]]


def _planned(s: Scene, post: str, told: dict[str, Any]) -> dict[str, Any]:
    book = Supposed()
    zone = book.sheet(f"site:{s.site}").zone
    player = cast.CAST[f"{s.site.lower()}-{post}"]
    at = utc(iso(min(s.now, s.teller.start)))
    asking = Asking(player.person, player.roles[0], s.site, str(ZoneInfo(zone)), book.now, at)
    return label.plan(PrintLabels.from_data({**told, "read_back": "0"}), asking, book)


def of_lot(s: Scene, lot: str) -> None:
    """Every container of a filled lot gets its label; one more is printed for a smeared one, which is destroyed."""
    account = f"{s.site}/lot/{lot}"
    chosen = {"kind": "vector-container", "size": "vial", "language": "es", "storage": "deep-frozen"}
    symbols = printed(s, "operator", f"lot:{lot}", account, **chosen)
    smeared = "Smeared in print (fictional)"
    s.do("operator", "destroy-labels", account=account, labels=symbols[-1:], reason=smeared)
    last = f"container:{lot}-{len(symbols):03d}"
    again = printed(s, "operator", last, account, reason=smeared, **chosen)
    s.do("operator", "use-labels", account=account, labels=[*symbols[:-1], *again])


def of_bag(s: Scene, bag: str, language: str) -> str:
    """One label for a bag of collected cells, to be scanned at the chair."""
    chosen = {"kind": "collection-bag", "size": "bag", "language": language, "storage": "refrigerated"}
    (symbol,) = printed(s, "apheresis", f"collection:{bag}", f"{s.site}/collection/{bag}", **chosen)
    return symbol


def of_batch(s: Scene, batch: str, language: str) -> None:
    """A label on each fraction, all of them used before the batch is reconciled."""
    account = f"{s.site}/batch/{batch}"
    chosen = {"kind": "product-bag", "size": "bag", "language": language, "storage": "vapour-phase"}
    symbols = printed(s, "operator", f"batch:{batch}", account, **chosen)
    s.do("operator", "use-labels", account=account, labels=symbols)
