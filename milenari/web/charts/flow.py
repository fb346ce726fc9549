"""The flow of a trial's participants as SVG: a column of steps, and beside each who was lost there and why."""

from __future__ import annotations

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from milenari.rules.trial_flow import Flow, Step
from milenari.web.wording import trial as words

WIDE, ASIDE, LEFT, RIGHT = 240, 330, 10, 320
TALL, GAP, LINE = 56, 22, 18


def drawn(made: Flow) -> SafeString:
    """The steps from top to bottom; the page has the same numbers in a table."""
    y, parts = 10.0, []
    for n, step in enumerate(made.steps):
        last = n == len(made.steps) - 1
        told = _aside(step)
        height = max(TALL, 26 + LINE * len(told))
        parts.append(_step(step, y, height, told))
        if not last:
            parts.append(
                format_html('<path class="branch" d="M{} {}V{}"/>', LEFT + WIDE / 2, y + height, y + height + GAP)
            )
        y += height + GAP
    return format_html(
        '<svg class="tree consort" viewBox="0 0 {} {}" role="img" aria-labelledby="flow-title" direction="ltr">'
        '<title id="flow-title">{}</title>{}</svg>',
        RIGHT + ASIDE + 10, f"{y:g}", _("How many participants reached each step; the table says the same."),
        format_html_join("", "{}", ((part,) for part in parts)),
    )  # fmt: skip


def _aside(step: Step) -> list[tuple[str, int]]:
    told = [(str(words.LOSSES.get(reason, reason)), count) for reason, count in step.lost]
    return [*told, *([(_("under way"), step.under_way)] if step.under_way else [])]


def _step(step: Step, y: float, height: float, told: list[tuple[str, int]]) -> SafeString:
    middle = y + height / 2
    box = format_html(
        '<g class="node {}"><rect x="{}" y="{}" width="{}" height="{}" rx="6"/>'
        '<text x="{}" y="{}" class="name">{}</text>'
        '<text x="{}" y="{}" class="name figure" text-anchor="end">{}</text></g>',
        "reached" if step.reached else "idle", LEFT, y, WIDE, height, LEFT + 14, middle + 4,
        words.STATES[step.name], LEFT + WIDE - 14, middle + 4, step.reached,
    )  # fmt: skip
    if not told:
        return box
    lines = format_html_join(
        "", '<text x="{}" y="{}" class="{}">{}: {}</text>',
        ((RIGHT + 12, y + 22 + LINE * n, "below", text, count) for n, (text, count) in enumerate(told)),
    )  # fmt: skip
    return format_html(
        '{}<path class="branch" d="M{} {}H{}"/><g class="node plain"><rect x="{}" y="{}" width="{}" height="{}" '
        'rx="6"/>{}</g>',
        box, LEFT + WIDE, middle, RIGHT, RIGHT, y, ASIDE, height, lines,
    )  # fmt: skip
