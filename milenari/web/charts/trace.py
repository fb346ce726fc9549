"""The tree from a vector lot to the patients, drawn as SVG; the page has the same facts in a table beside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from milenari.registers.questions import Branch, Trace

ROW, TOP = 46, 30
COLUMNS, WIDTHS = (0, 220, 450, 680), (170, 180, 180, 240)


@dataclass(frozen=True)
class Node:
    column: int
    y: float
    text: str
    below: str
    look: str
    url: str = ""


def trace_tree(trace: Trace) -> SafeString:
    """Lot -> containers -> batches -> patients. Unspent containers are drawn together, by what they wait for."""
    spent = [b for b in trace.branches if b.container.spent_in]
    groups = _unspent(trace)
    rows = max(1, len(spent) + len(groups))
    middle = TOP + (rows - 1) * ROW / 2
    blocked = bool(trace.lot.recalled)
    root = Node(0, middle, trace.lot.code, _("recalled") if blocked else _("vector lot"), "bad" if blocked else "lot")
    nodes = [root]
    lines: list[tuple[Node, Node]] = []
    for number, branch in enumerate(spent):
        made = _branch(branch, TOP + number * ROW, blocked)
        lines += zip([root, *made], made, strict=False)
        nodes += made
    for number, (text, below, look) in enumerate(groups, len(spent)):
        node = Node(1, TOP + number * ROW, text, below, look)
        lines.append((root, node))
        nodes.append(node)
    height = TOP + rows * ROW
    return format_html(
        '<svg class="tree" viewBox="0 0 {} {}" role="img" aria-labelledby="tree-title" direction="ltr">'
        '<title id="tree-title">{}</title>{}{}</svg>',
        COLUMNS[-1] + WIDTHS[-1] + 10, height, _("From the vector lot to the patients; the table says the same."),
        format_html_join("", '<path class="branch" d="{}"/>', ((_curve(a, b),) for a, b in lines)),
        format_html_join("", "{}", ((_drawn(node),) for node in nodes)),
    )  # fmt: skip


def _unspent(trace: Trace) -> list[tuple[str, str, str]]:
    stock = trace.stock
    look = "bad" if trace.lot.recalled else "idle"
    named = (
        (stock.free, _("in stock, free")),
        (stock.reserved, _("in stock, reserved")),
        (stock.moving, _("on the way")),
    )
    blocked = _("blocked by the recall")
    return [
        (f"{count} ×", f"{text}: {blocked}" if trace.lot.recalled else text, look) for count, text in named if count
    ]


def _branch(branch: Branch, y: float, blocked: bool) -> list[Node]:
    held = branch.container
    made = [Node(1, y, held.code, _("spent"), "plain")]
    if branch.hidden:
        return [*made, Node(2, y, _("another site"), held.site, "idle")]
    if branch.batch is not None:
        look = "bad" if branch.batch.decision in ("rejected", "recalled", "out-of-specification") else "plain"
        made.append(Node(2, y, branch.batch.code, branch.batch.site, look, reverse("batch", args=[branch.batch.code])))
    if branch.journey is not None:
        name = branch.journey.coi or branch.journey.code
        below = _("fractions given: %(number)s") % {"number": branch.given}
        look = "reached" if branch.given else "plain"
        made.append(Node(3, y, name, below, look, reverse("journey", args=[branch.journey.code])))
    return made


def _curve(start: Node, end: Node) -> str:
    x1, x2 = COLUMNS[start.column] + WIDTHS[start.column], COLUMNS[end.column]
    bend = (x1 + x2) / 2
    return f"M{x1} {start.y:g}C{bend:g} {start.y:g} {bend:g} {end.y:g} {x2} {end.y:g}"


def _drawn(node: Node) -> SafeString:
    x, width = COLUMNS[node.column], WIDTHS[node.column]
    box: Any = format_html(
        '<g class="node {}"><rect x="{}" y="{}" width="{}" height="38" rx="6"/>{}{}</g>',
        node.look, x, f"{node.y - 19:g}", width,
        _line("name", x + 10, node.y - 3, node.text, width), _line("below", x + 10, node.y + 12, node.below, width),
    )  # fmt: skip
    return format_html('<a href="{}">{}</a>', node.url, box) if node.url else box


def _line(look: str, x: float, y: float, text: str, width: int) -> SafeString:
    most = width // 8 + 2
    short = text if len(text) <= most else text[: most - 1] + "…"
    return format_html('<text x="{}" y="{}" class="{}">{}</text>', f"{x:g}", f"{y:g}", look, short)
