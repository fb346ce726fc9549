"""The genealogy of vector as SVG, from plasmids to outcomes; the page has the same facts in a table beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from milenari.registers.questions import Branch, Trace
from milenari.web.wording import vocabulary

ROW, TOP, TALL = 46, 30, 19
MOST_ROWS = 60
COLUMNS, WIDTHS = (0, 170, 320, 470, 640, 810, 1050), (140, 120, 120, 140, 140, 210, 190)
MATERIAL, CAMPAIGN, LOT, CONTAINER, BATCH, PATIENT, OUTCOME = range(7)


@dataclass(frozen=True)
class Node:
    column: int
    y: float
    text: str
    below: str
    look: str
    url: str = ""


@dataclass(frozen=True)
class Row:
    """One line of the drawing to the right of a lot; the first node is what the lot's line leads to."""

    made: tuple[tuple[int, str, str, str, str], ...]  # column, text, below, look, url


def genealogy(traces: Sequence[Trace], most: int = MOST_ROWS) -> SafeString:
    """Everything that went into these lots of one campaign, and all that came of them.

    Unspent containers are drawn together, by what they wait for; spent ones beyond ``most`` rows too.
    """
    rows = [(trace, row) for trace in traces for row in _rows(trace, max(4, most // max(1, len(traces))))]
    height = TOP + max(1, len(rows), len(_sources(traces))) * ROW
    nodes: list[Node] = []
    lines: list[tuple[Node, Node]] = []
    lots = []
    for trace in traces:
        mine = [n for n, (of, _row) in enumerate(rows) if of is trace]
        middle = TOP + (sum(mine) / len(mine) if mine else 0) * ROW
        blocked = bool(trace.lot.recalled)
        below = _("recalled") if blocked else _("vector lot")
        look, url = "bad" if blocked else "lot", reverse("lot", args=[trace.lot.code])
        lot = Node(LOT, middle, trace.lot.code, below, look, url)
        lots.append(lot)
        for n in mine:
            before = lot
            for column, text, below, look, url in rows[n][1].made:
                node = Node(column, TOP + n * ROW, text, below, look, url)
                lines.append((before, node))
                nodes.append(node)
                before = node
    nodes += [*lots, *_upstream(traces, lots, height, lines)]
    return format_html(
        '<svg class="tree" viewBox="0 0 {} {}" role="group" aria-labelledby="tree-title" direction="ltr">'
        '<title id="tree-title">{}</title>{}{}</svg>',
        COLUMNS[-1] + WIDTHS[-1] + 10, height,
        _("From plasmids and cell bank by way of the lot to the patients; the table says the same."),
        format_html_join("", '<path class="branch" d="{}"/>', ((_curve(a, b),) for a, b in lines)),
        format_html_join("", "{}", ((_drawn(node),) for node in nodes)),
    )  # fmt: skip


def _sources(traces: Sequence[Trace]) -> list[tuple[str, str]]:
    """What went in, each once: plasmid lots and the cell bank."""
    lots = [trace.lot for trace in traces]
    plasmids = dict.fromkeys(code for lot in lots for code in lot.plasmids.split())
    banks = dict.fromkeys(lot.cell_bank for lot in lots if lot.cell_bank)
    return [*((code, _("plasmid lot")) for code in plasmids), *((code, _("cell bank lot")) for code in banks)]


def _upstream(traces: Sequence[Trace], lots: list[Node], height: float, lines: list[tuple[Node, Node]]) -> list[Node]:
    code = traces[0].lot.campaign if traces else ""
    if not code:
        return []
    middle = sum(lot.y for lot in lots) / len(lots)
    campaign = Node(CAMPAIGN, middle, code, _("campaign"), "plain", reverse("campaign", args=[code]))
    sources = _sources(traces)
    first = min(max(TOP, middle - (len(sources) - 1) / 2 * ROW), max(TOP, height - len(sources) * ROW))
    made = [Node(MATERIAL, first + n * ROW, text, below, "plain") for n, (text, below) in enumerate(sources)]
    lines += [(node, campaign) for node in made] + [(campaign, lot) for lot in lots]
    return [*made, campaign]


def _rows(trace: Trace, most: int) -> list[Row]:
    blocked = bool(trace.lot.recalled)
    spent = [b for b in trace.branches if b.container.spent_in]
    spent.sort(key=lambda b: (not b.given, b.container.code))
    rows = [_branch(branch, blocked) for branch in spent[:most]]
    left = len(spent) - most
    if left > 0:
        rows.append(Row(((CONTAINER, f"{left} ×", _("spent, in the table"), "plain", ""),)))
    return [*rows, *(Row(((CONTAINER, text, below, look, ""),)) for text, below, look in _unspent(trace))]


def _unspent(trace: Trace) -> list[tuple[str, str, str]]:
    stock = trace.stock
    look = "bad" if trace.lot.recalled else "idle"
    named = (
        (stock.free, _("in stock, free")),
        (stock.reserved, _("in stock, reserved")),
        (stock.moving, _("on the way")),
    )
    blocked = _("blocked by the recall")
    return [(f"{count} ×", blocked if trace.lot.recalled else text, look) for count, text in named if count]


def _branch(branch: Branch, blocked: bool) -> Row:
    held = branch.container
    made: list[tuple[int, str, str, str, str]] = [(CONTAINER, held.code, _("spent"), "plain", "")]
    if branch.hidden:
        return Row((*made, (BATCH, _("another site"), held.site, "idle", "")))
    if branch.batch is not None:
        bad = blocked or branch.batch.decision in ("rejected", "recalled", "out-of-specification")
        url = reverse("batch", args=[branch.batch.code])
        made.append((BATCH, branch.batch.code, branch.batch.site, "bad" if bad else "plain", url))
    if branch.journey is not None:
        name = branch.journey.coi or branch.journey.code
        below = _("fractions given: %(number)s") % {"number": branch.given}
        look, url = "reached" if branch.given else "plain", reverse("journey", args=[branch.journey.code])
        made.append((PATIENT, name, below, look, url))
        said = _outcomes(branch)
        if said:
            made.append((OUTCOME, said[0], said[1] if len(said) > 1 else "", "plain", ""))
    return Row(tuple(made))


def _outcomes(branch: Branch) -> list[str]:
    """At most two lines: the newest response, relapse or death, and the worst grades."""
    kept = {found.kind: found.value for found in branch.summary}
    events = [kind for kind in ("death", "relapse", "response") if kind in kept]
    lines = [str(vocabulary.OPTIONS.get(kept[kind], kept[kind])) for kind in events[:1]]
    grades = [f"{scale} {kept[scale]}" for scale in ("CRS", "ICANS") if scale in kept]
    return [*lines, *([" · ".join(grades)] if grades else [])]


def _curve(start: Node, end: Node) -> str:
    x1, x2 = COLUMNS[start.column] + WIDTHS[start.column], COLUMNS[end.column]
    bend = (x1 + x2) / 2
    return f"M{x1} {start.y:g}C{bend:g} {start.y:g} {bend:g} {end.y:g} {x2} {end.y:g}"


def _drawn(node: Node) -> SafeString:
    x, width = COLUMNS[node.column], WIDTHS[node.column]
    box: Any = format_html(
        '<g class="node {}"><rect x="{}" y="{}" width="{}" height="{}" rx="6"/>{}{}</g>',
        node.look, x, f"{node.y - TALL:g}", width, 2 * TALL,
        _line("name", x + 10, node.y - (3 if node.below else -4), node.text, width),
        _line("below", x + 10, node.y + 12, node.below, width) if node.below else "",
    )  # fmt: skip
    return format_html('<a href="{}">{}</a>', node.url, box) if node.url else box


def _line(look: str, x: float, y: float, text: str, width: int) -> SafeString:
    most = width // 8 + 1
    short = text if len(text) <= most else text[: most - 1] + "…"
    return format_html('<text x="{}" y="{}" class="{}">{}</text>', f"{x:g}", f"{y:g}", look, short)
