"""Charts: what is drawn stands where the numbers say, fetches nothing, and says when there is not enough."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

import milenari
from milenari.science.control_chart import FEWEST, individuals
from milenari.web.charts import control, drawing, isolate, svg, theme

# NIST/SEMATECH e-Handbook of Statistical Methods, 6.3.2.2: flow rates of ten batches.
NIST = [Decimal(x) for x in "49.6 47.6 49.9 51.3 47.8 51.2 52.6 52.4 53.6 52.1".split()]


def spec(rows: list[dict[str, Any]], **encoding: Any) -> dict[str, Any]:
    axes = {"x": {"field": "x", "type": "ordinal"}, "y": {"field": "y", "type": "quantitative"}}
    return {"width": 300, "height": 100, "data": {"values": rows}, "mark": "point", "encoding": axes | encoding}


def drawn(made: str) -> ElementTree.Element:
    return ElementTree.fromstring(made)


# -- the drawing ----------------------------------------------------------------------------------------


def test_a_drawing_is_one_named_picture_without_script_or_style() -> None:
    made = svg(spec([{"x": "A & <b>", "y": 1}]), title="Number & title", description="Said <so>")
    root = drawn(made)
    assert root.get("role") == "img" and root.get("direction") == "ltr"
    names = (root.get("aria-labelledby"), root.get("aria-describedby"))
    texts = {part.get("id"): part.text for part in root.iter() if part.tag in ("title", "desc")}
    assert [texts[name] for name in names] == ["Number & title", "Said <so>"]
    tags = {part.tag for part in root.iter()}
    assert not tags & {"script", "style", "image", "foreignObject"}
    held = {key for part in root.iter() for key in part.attrib}
    assert not {key for key in held if key == "style" or key.startswith("on")} and "font-family" not in held
    assert "A &amp; &lt;b&gt;" in made and "X-axis" not in made, "Vega's own English names are not shown"


def test_two_different_drawings_on_a_page_have_different_names() -> None:
    one = drawn(svg(spec([{"x": "A", "y": 1}]), title="t", description="d"))
    two = drawn(svg(spec([{"x": "A", "y": 2}]), title="t", description="d"))
    ids = [part.get("id") for root in (one, two) for part in root.iter() if part.get("id")]
    assert len(ids) == len(set(ids)) >= 4


def test_the_same_drawing_is_the_same_bytes_and_drawn_once() -> None:
    clipped = spec([{"x": "A", "y": 3}]) | {"mark": {"type": "point", "clip": True}}
    first = svg(clipped, title="t", description="d")
    before = drawing._drawn.cache_info().misses
    assert svg(clipped, title="t", description="d") is first
    assert drawing._drawn.cache_info().misses == before
    drawing._drawn.cache_clear()
    svg(spec([{"x": "Z", "y": 9}]) | {"mark": {"type": "bar", "clip": True}}, title="t", description="d")
    assert svg(clipped, title="t", description="d") == first, "nothing counts up from drawing to drawing"


@pytest.mark.parametrize(
    "wrong",
    [
        {"data": {"url": "data.csv"}, "mark": "point"},
        {"data": {"values": []}, "layer": [{"data": {"url": "file:///etc/passwd"}, "mark": "point"}]},
        {"data": {"values": [{"x": 1}]}, "mark": "image"},
        {"data": {"values": [{"x": 1}]}, "mark": {"type": "image"}},
        {"data": {"values": [{"x": 1}]}, "mark": "point", "encoding": {"url": {"field": "x"}}},
        {"data": {"values": [{"href": "https://elsewhere.example/"}]}, "mark": "point"},
        {"data": {"values": [{"href": "//elsewhere.example/"}]}, "mark": "point"},
        {"data": {"values": [{"href": "javascript:alert(1)"}]}, "mark": "point"},
    ],
)
def test_a_description_that_would_fetch_or_lead_away_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="fetches nothing"):
        svg(wrong, title="t", description="d")


def test_a_mark_with_an_address_is_a_named_link_and_one_without_is_none() -> None:
    rows = [
        {"x": "A", "y": 1, "href": "/batch/A?x=1&y=2", "name": "A, 1"},
        {"x": "B", "y": 2, "href": None, "name": "B"},
    ]
    root = drawn(svg(spec(rows, href={"field": "href"}, description={"field": "name"}), title="t", description="d"))
    links = list(root.iter("a"))
    assert [a.get("href") for a in links] == ["/batch/A?x=1&y=2"] and links[0][0].text == "A, 1"
    assert root.get("role") == "group", "what holds links is no single picture"


def test_the_colours_are_the_tokens_of_the_style_sheet() -> None:
    sheet = (Path(milenari.__file__).parent / "web/static/web/milenari.css").read_text()
    tokens = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]+)", sheet))
    names = {"ink": drawing.INK, "quiet": drawing.QUIET, "line": drawing.LINE, "paper": drawing.PAPER,
             "main": drawing.MAIN, "good": drawing.GOOD, "warn": drawing.WARN, "bad": drawing.BAD}  # fmt: skip
    assert {name: tokens[name] for name in names} == names
    assert theme()["axis"]["gridColor"] == tokens["line"]


# -- individuals and moving range -----------------------------------------------------------------------


def test_control_limits_are_those_of_the_published_example() -> None:
    found = individuals(NIST)
    assert found is not None
    assert [round(float(x), 4) for x in (found.centre, found.mean_range)] == [50.81, 1.8778]
    assert [round(float(x), 2) for x in (found.low, found.high)] == [45.82, 55.80]
    assert found.provisional and not any(found.outside(x) for x in NIST)
    assert found.outside(Decimal("55.9")) and found.outside(Decimal("45.8"))


def test_too_few_results_have_no_limits_at_all() -> None:
    assert individuals(NIST[: FEWEST - 1]) is None
    assert individuals(NIST[:FEWEST]) is not None
    assert individuals([]) is None and individuals(NIST[:1], fewest=1) is None


def test_results_that_never_differ_have_no_limits() -> None:
    assert individuals([Decimal(98)] * 30) is None


# -- the control chart ----------------------------------------------------------------------------------


def points(values: list[Decimal], **looks: str) -> list[control.Point]:
    return [control.Point(f"B{n:02d}", float(v), looks.get(f"B{n:02d}", "inside"), f"B{n:02d}", f"/batch/B{n:02d}")
            for n, v in enumerate(values)]  # fmt: skip


def texts(root: ElementTree.Element) -> list[str]:
    return [t.text or "" for t in root.iter("text")]


def heights(root: ElementTree.Element, tag: str, role: str) -> list[float]:
    """How far down each mark of a kind stands, in the drawing's own units."""
    found = []
    for group in root.iter("g"):
        if role in (group.get("class") or ""):
            for mark in group.iter(tag):
                place = re.search(r"translate\(([-\d.e]+),([-\d.e]+)\)", mark.get("transform", ""))
                if place:
                    found.append(float(place[2]))
    return found


def test_a_specification_limit_stands_at_its_number() -> None:
    """Three points, the limit exactly at the middle one: rule and point stand at one height."""
    made = control.control_chart(
        points([Decimal(60), Decimal(70), Decimal(80)]), [control.Line(70.0, "at least")], None, "viability", "t", "d"
    )
    root = drawn(made)
    rule = [h for h in heights(root, "line", "mark-rule role-mark")]
    marks = heights(root, "path", "mark-symbol role-mark")
    assert len(rule) == 1 and len(marks) == 3
    assert abs(rule[0] - marks[1]) < 0.01 and marks[0] > rule[0] > marks[2]
    assert "at least" in texts(root)


def test_without_enough_results_no_centre_and_no_control_limit_is_drawn() -> None:
    few = NIST[:5]
    root = drawn(control.control_chart(points(few), [], individuals(few), "flow", "t", "d"))
    assert heights(root, "line", "mark-rule role-mark") == []
    assert not any("mean" in t or "control limit" in t for t in texts(root))


def test_with_enough_results_centre_and_limits_stand_where_they_were_computed() -> None:
    found = individuals(NIST)
    assert found is not None
    root = drawn(control.control_chart(points(NIST), [], found, "flow", "t", "d"))
    said = texts(root)
    assert f"mean {isolate('50.81')}" in said
    assert f"control limit {isolate('55.8')}" in said and f"control limit {isolate('45.82')}" in said
    rules = heights(root, "line", "mark-rule role-mark")
    assert len(rules) == 5, "three on the results, two on the moving range"
    marks = heights(root, "path", "mark-symbol role-mark")[: len(NIST)]
    per_unit = (marks[1] - marks[8]) / float(NIST[8] - NIST[1])
    centre = marks[0] - (50.81 - 49.6) * per_unit
    assert min(abs(rule - centre) for rule in rules[:3]) < 0.05


def test_what_is_outside_differs_by_shape_and_word_not_only_by_colour() -> None:
    made = control.control_chart(
        points([Decimal(60), Decimal(75), Decimal(80)], B00="outside"),
        [control.Line(70.0, "limit")],
        None,
        "v",
        "t",
        "d",
    )
    root = drawn(made)
    shapes = {mark.get("d") for g in root.iter("g") if "mark-symbol role-mark" in (g.get("class") or "")
              for mark in g.iter("path")}  # fmt: skip
    assert len(shapes) == 2 and "outside" in texts(root)
    assert control.names()["outside"] in texts(root), "the legend names the shape"


def test_a_bound_is_an_arrow_on_no_line() -> None:
    made = control.control_chart(points([Decimal("0.5")] * 3, B00="bound", B01="bound", B02="bound"),
                                 [], None, "endotoxin", "t", "d")  # fmt: skip
    root = drawn(made)
    joined = [p.get("d") or "" for g in root.iter("g") if "mark-line" in (g.get("class") or "") for p in g.iter("path")]
    assert all("L" not in d for d in joined), "nothing joins what is only a bound"
    assert control.names()["bound"] in texts(root)
