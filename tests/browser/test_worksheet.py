"""A worksheet's live verdict: the browser judges what is typed in the same three ways as the rule."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

import milenari
from milenari.rules.specification import Criterion, judge
from milenari.words import Quantity

SCRIPT = Path(milenari.__file__).parent / "web/static/web/qc.js"
PAGE = """<form data-worksheet data-pass="P" data-fail="F" data-undecided="U" data-unreadable="N"><table><tr><td>
<select class="bound"><option value=""></option><option value="<"><</option><option value="<=">≤</option>
<option value=">">></option><option value=">=">≥</option></select>
<input data-op="" data-limit="" data-high="" data-weight=""><output></output></td></tr></table></form>"""
SAID = {"pass": "P", "fail": "F", "undecided": "U"}


def typed(page: Page, cases: list[dict[str, str]]) -> list[str]:
    """What stands beside the field after each case is typed."""
    found: list[str] = page.evaluate(
        """cases => cases.map(c => {
            const field = document.querySelector("input"), bound = document.querySelector("select");
            Object.assign(field.dataset, {op: c.op, limit: c.limit, high: c.high ?? "", weight: c.weight ?? ""});
            bound.value = c.sign ?? ""; field.value = c.text;
            field.dispatchEvent(new Event("input", {bubbles: true}));
            return document.querySelector("output").textContent; })""",
        json.loads(json.dumps(cases)),
    )
    return found


def opened(page: Page) -> Page:
    page.set_content(PAGE)
    page.add_script_tag(path=str(SCRIPT))
    return page


def test_the_browser_judges_as_the_rule_does(page: Page) -> None:
    cases, wanted = [], []
    for op, high in (("ge", ""), ("gt", ""), ("le", ""), ("lt", ""), ("between", "8")):
        for sign in ("", "<", "<=", ">", ">="):
            for text in ("4", "5", "5.5", "8", "9", "0.5e1"):
                criterion = Criterion("t", "a", "m", op, "5", high, "%")
                cases.append({"op": op, "limit": "5", "high": high, "sign": sign, "text": text})
                wanted.append(SAID[judge(criterion, Quantity(Decimal(text), "%", sign)).outcome])
    assert typed(opened(page), cases) == wanted
    signed = [{**case, "sign": "", "text": case["sign"] + case["text"]} for case in cases]
    assert typed(page, signed) == wanted, "a sign may be typed as well as chosen"


def test_a_limit_per_kg_is_judged_by_the_weight_and_words_by_their_word(page: Page) -> None:
    per_kg: dict[str, Any] = {"op": "gt", "limit": "0.5", "weight": "70"}
    cases = [{**per_kg, "text": "35"}, {**per_kg, "text": "36"}, {"op": "eq", "limit": "sterile", "text": "sterile"},
             {"op": "eq", "limit": "sterile", "text": "not sterile"}, {"op": "ge", "limit": "5", "text": "5,5"},
             {"op": "report", "limit": "", "text": "7"}, {"op": "ge", "limit": "5", "text": ""}]  # fmt: skip
    assert typed(opened(page), cases) == ["F", "P", "P", "F", "N", "", ""]
