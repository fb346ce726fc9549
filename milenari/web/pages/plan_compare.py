"""Designs of a kept scenario side by side, and what a change is worth: what is asked, and what came out."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render

from milenari.journal import calculations, comparisons, scenarios
from milenari.rules.action import Refused
from milenari.science.planning import editing
from milenari.science.planning.reading import NUMBER
from milenari.science.unfit import Unfit
from milenari.web import wording
from milenari.web.access import acting, page
from milenari.web.charts import worth
from milenari.web.pages.scenarios import DEFAULTS, MAY, planners, require_planner
from milenari.web.paging import number_of
from milenari.web.wording import plan_designs
from milenari.web.wording import scenario as words

OUTAGES, RANGES, OTHERS = 3, 5, 50
WHOLE = ("replications", "days", "seed", "reorder_at", "litres")
COLUMNS = ("infused_share", "lost_waiting_share", "to_infusion_d", "vein_to_vein_d", "vector_waited_share",
           "stock_out_d", "machine_wait_d", "cost_per_infused_eur")  # fmt: skip
OF_PLACES = {"infused_share": words.SIMULATED["infused_share"], "lost": words.SIMULATED["lost_waiting_share"],
             "days": words.SIMULATED["to_infusion_d"], "vein": words.SIMULATED["vein_to_vein_d"]}  # fmt: skip


@page
def compare(request: HttpRequest, number: int) -> HttpResponse:
    """The form of a scenario: what is compared, under which rules and outages; a run begins from it."""
    who = acting(request)
    found = scenarios.one(number, who.sees)
    tree, scenario = scenarios.opened(found)
    typed, fault = request.POST or QueryDict(), ""
    if request.method == "POST":
        require_planner(who)
        try:
            kind = typed.get("kind", "")
            if kind not in comparisons.KINDS:
                raise Refused("field-unreadable", field="kind", found=kind[:20], kind=", ".join(comparisons.KINDS))
            asked: dict[str, Any] = {name: _whole(typed.get(name, "")) for name in WHOLE}
            asked["more"] = _more(kind, typed)
            if other := asked["more"].get("other"):
                scenarios.one(other, who.sees)
            comparisons.require(kind, tree, calculations.checked(kind, asked))
            return redirect("plans-run", calculations.launch(kind, found, who.person, asked))
        except Unfit as unfit:
            fault = wording.isolated(unfit.sentence, "sentence")
        except Refused as refused:
            fault = wording.refusal(refused, who.zone)
    others = [scenarios.shown(row) for row in scenarios.kept(who.sees).exclude(pk=number)[:OTHERS]]
    shown = {
        "found": found, "scenario": scenario, "fault": fault, "may": who.role in MAY, "roles": planners(),
        "rules": {name: typed.get(name, DEFAULTS[name]) for name in WHOLE}, "others": others,
        "sites": [(site.code, site.code in typed.getlist("hubs")) for site in scenario.sites],
        "central": typed.get("central", ""), "other": typed.get("other", ""), "measure": typed.get("measure", "days"),
        "measures": list(plan_designs.MEASURES.items()), "troubles": _troubles(scenario),
        "outages": [{name: typed.get(f"outage{n}_{name}", "") for name in ("what", "every", "lasts")} | {"n": n}
                    for n in range(1, OUTAGES + 1)],
        "failing": typed.get("failing", "0"), "figures": _figures(scenario, tree),
        "ranges": [{name: typed.get(f"range{n}_{name}", "") for name in ("field", "low", "high")} | {"n": n}
                   for n in range(1, RANGES + 1)],
        "grids": [{name: typed.get(f"grid{n}_{name}", "") for name in ("field", "values")} | {"n": n} for n in (1, 2)],
    }  # fmt: skip
    return render(request, "web/plan_compare.html", shown, status=422 if fault else 200)


def _whole(text: str) -> int | None:
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else None


def _number(field: str, text: str) -> float:
    text = text.strip()
    if not NUMBER.fullmatch(text):
        raise Refused("comparison-not-a-number", field=field, found=text[:20] or "—")
    return float(text)


def _more(kind: str, typed: QueryDict) -> dict[str, Any]:
    """What a comparison is of, as it was typed; Refused names what is no number."""
    made: dict[str, Any] = {"failing": _whole(typed.get("failing", "") or "0"), "outages": []}
    if made["failing"] is None:
        raise Refused("calculation-bounds", field="failing", least=0, most=100)
    for n in range(1, OUTAGES + 1):
        what, _, at = typed.get(f"outage{n}_what", "").partition(":")
        if what:
            days = [_number(name, typed.get(f"outage{n}_{name}", "")) for name in ("every", "lasts")]
            made["outages"].append([what, at, *days])
    if kind == "designs":
        return made | {"central": typed.get("central", ""), "hubs": typed.getlist("hubs"),
                       "other": number_of(typed.get("other", "")) if typed.get("other") else 0}  # fmt: skip
    if kind == "tornado":
        made |= {"measure": _measure(typed), "ranges": []}
        for n in range(1, RANGES + 1):
            if field := typed.get(f"range{n}_field", ""):
                ends = [_number(field, typed.get(f"range{n}_{name}", "")) for name in ("low", "high")]
                made["ranges"].append([field, *ends])
        return made
    made["measure"] = _measure(typed)
    for n, name in ((1, "first"), (2, "second")):
        field = typed.get(f"grid{n}_field", "")
        made[name] = [field, [_number(field, one) for one in typed.get(f"grid{n}_values", "").split()] if field else []]
    return made


def _measure(typed: QueryDict) -> str:
    found = typed.get("measure", "")
    if found not in plan_designs.MEASURES:
        raise Refused("field-unreadable", field="measure", found=found[:20], kind=", ".join(plan_designs.MEASURES))
    return found


def _troubles(scenario: Any) -> list[tuple[Any, list[tuple[str, str]]]]:
    """What may be chosen to fail: (kind in words, [(value, where)])."""
    country = {site.code: site.country for site in scenario.sites}
    pairs = {"-".join(sorted((country[x.origin], country[x.destination]))) for x in scenario.lanes
             if country[x.origin] != country[x.destination]}  # fmt: skip
    places = {"courier": [lane.code for lane in scenario.lanes],
              "border": [*sorted(set(country.values())), *sorted(pairs)]}  # fmt: skip
    return [(text, [(f"{kind}:{one}", one) for one in places.get(kind, list(country))])
            for kind, text in plan_designs.TROUBLES.items()]  # fmt: skip


def _figures(scenario: Any, tree: Any) -> list[tuple[str, list[tuple[str, str]]]]:
    """Numbers of the scenario by part, for a list to choose from: (part in words, [(path, label)])."""
    made: dict[str, list[tuple[str, str]]] = {}
    for one in editing.numbers(scenario, tree):
        part = one.part.partition("[")[0]
        title = f"{words.PARTS[part]} {scenario.sites[int(one.part[6:-1])].code if part == 'sites' else ''}".strip()
        made.setdefault(title, []).append((one.path, f"{label(one)}: {one.value:.6g} {wording.unit(one.unit)}".strip()))
    return list(made.items())


def label(one: editing.Number) -> str:
    """A number in words: what it is, whose, and which end of a spread."""
    said = [str(words.FIELDS.get(one.name, one.name)), one.of, one.end]
    return " ".join(part for part in said if part)


def labels(run: calculations.Run) -> dict[str, str]:
    """Each number's label by its path, as the run's scenario has them."""
    tree, scenario = scenarios.opened(run.scenario)
    return {one.path: label(one) for one in editing.numbers(scenario, tree)}


# -- what came out --------------------------------------------------------------------------------------


def shown(run: calculations.Run, sees: frozenset[str] | None) -> dict[str, Any]:
    """What the page of a run that compares has beside what every run has."""
    more, answer = run.asked["more"], run.answer
    made: dict[str, Any] = {"outages": [(plan_designs.TROUBLES.get(what, what), at, every, lasts)
                                        for what, at, every, lasts in more["outages"]],
                            "failing": more["failing"]}  # fmt: skip
    if answer is None:
        return made
    if run.kind == "designs":
        return made | _designs(answer) | _scenarios(run, sees)
    named, said = labels(run), str(plan_designs.MEASURES[more["measure"]])
    drawn = worth.tornado(answer, said, named) if run.kind == "tornado" else worth.heat(answer, named)
    share = more["measure"] not in ("days", "cost")
    made |= {"picture": drawn, "measure": said, "share": share, "base": answer["base"]}
    if run.kind == "tornado":
        return made | {"swings": [(named.get(one["field"], one["field"]), one) for one in answer["swings"]]}
    rows = [(row, cells) for row, cells in zip(answer["rows"], answer["cells"], strict=True)]
    return made | {"heat": rows, "columns": answer["columns"],
                   "fields": [named.get(field, field) for field in answer["fields"]]}  # fmt: skip


def named_design(name: str) -> dict[str, Any]:
    """A design's name in parts: words, codes, whether with outages."""
    kind, _, rest = name.removesuffix(" outages").partition(" ")
    return {"text": plan_designs.DESIGNS[kind], "codes": rest.replace(",", ", "), "worse": name.endswith(" outages")}


def _designs(answer: Mapping[str, Any]) -> dict[str, Any]:
    made = answer["designs"]
    figures = [one["figures"] for one in made]
    rows = [(words.SIMULATED[name], name.endswith("share"), [held[name] for held in figures]) for name in COLUMNS]
    others = made[1:]
    return {
        "designs": [named_design(one["name"]) for one in made], "rows": rows,
        "gini": [held["gini"] for held in figures],
        "apart": [(named_design(one["name"]), [one[name] for name in ("infused_more", "lost_more", "days_longer")])
                  for one in others],
        "places": [(text, name in ("infused_share", "lost"), _places(figures, name))
                   for name, text in OF_PLACES.items()],
        "drawn": worth.designs([(said(named_design(one["name"])), one["figures"]) for one in made]),
    }  # fmt: skip


def said(design: Mapping[str, Any]) -> str:
    """A design's name as one text, for a picture or a file."""
    worse = f", {plan_designs.WORSE}" if design["worse"] else ""
    return f"{design['text']} {design['codes']}".strip() + worse


def _places(figures: list[Any], name: str) -> list[tuple[str, bool, list[float | None]]]:
    """(site or country, whether a country, one value a design); a place that a design has not is left empty."""
    hospitals = {one["code"]: one["country"] for held in figures for one in held["hospitals"]}
    countries = list(dict.fromkeys(hospitals.values()))
    made = [(code, False, [_of([x for x in held["hospitals"] if x["code"] == code], name) for held in figures])
            for code in hospitals]  # fmt: skip
    return made + [(land, True, [_of([x for x in held["hospitals"] if x["country"] == land], name) for held in figures])
                   for land in countries]  # fmt: skip


def _of(hospitals: list[Any], name: str) -> float | None:
    """One figure over some hospitals, each by its patients."""
    referred, infused = (sum(one[key]["mean"] for one in hospitals) for key in ("referred", "infused"))
    if name in ("infused_share", "lost"):
        top = infused if name == "infused_share" else sum(x["lost_waiting"]["mean"] * x["referred"]["mean"]
                                                          for x in hospitals)  # fmt: skip
        return top / referred if referred else None
    key = "to_infusion_d" if name == "days" else "vein_to_vein_d"
    return sum(x[key]["mean"] * x["infused"]["mean"] for x in hospitals) / infused if infused else None


def _scenarios(run: calculations.Run, sees: frozenset[str] | None) -> dict[str, Any]:
    """Which figures of the other scenario are others, where one was asked for and may be seen."""
    number = run.asked["more"]["other"]
    if not number:
        return {}
    try:
        other = scenarios.one(number, sees)
    except Refused:
        return {"other_gone": number}
    (tree, mine), (_, theirs) = scenarios.opened(run.scenario), scenarios.opened(other)
    ours, those = dict(mine.figures()), dict(theirs.figures())
    owner = {one.path.rpartition(".")[0]: one for one in editing.numbers(mine, tree)}
    differ = []
    for path in dict.fromkeys((*ours, *those)):
        held = [x.get(path) for x in (ours, those)]
        if held[0] != held[1]:
            name = words.FIELDS.get(path.split(".")[-1], path)
            differ.append((name, owner[path].of if path in owner else path, [_written(one) for one in held]))
    return {"other": other, "differ": differ}


def _written(one: Any) -> str:
    if one is None:
        return "—"
    if hasattr(one, "value"):
        return f"{one.value:.12g} {wording.unit(one.unit)}".strip()
    return " ".join(str(x) for x in (one.shape, f"{one.a:.12g}", "" if one.b is None else f"{one.b:.12g}",
                                     wording.unit(one.unit)) if x)  # fmt: skip


def as_csv(run: calculations.Run) -> HttpResponse:
    """What came out line by line: a design, place, figure; a swing; or a cell; each with its interval."""
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="run-{run.id}.csv"'
    rows, made = csv.writer(answer), run.answer or {}

    def interval(one: Mapping[str, float]) -> list[float]:
        return [one["mean"], one["ci_low"], one["ci_high"]]

    if run.kind == "designs":
        rows.writerow(("design", "site", "country", "figure", "mean", "ci_low", "ci_high"))
        for one in made["designs"]:
            for name, held in one["figures"].items():
                if isinstance(held, dict) and "ci_low" in held:
                    rows.writerow((one["name"], "", "", name, *interval(held)))
            rows.writerow((one["name"], "", "", "gini", one["figures"]["gini"], "", ""))
            for name in ("infused_more", "lost_more", "days_longer"):
                rows.writerow((one["name"], "", "", name, *interval(one[name])))
            for place in one["figures"]["hospitals"]:
                for name, held in place.items():
                    if isinstance(held, dict):
                        rows.writerow((one["name"], place["code"], place["country"], name, *interval(held)))
    elif run.kind == "tornado":
        rows.writerow(("field", "value", "change", "ci_low", "ci_high"))
        for one in made["swings"]:
            rows.writerow((one["field"], one["low"], *interval(one["at_low"])))
            rows.writerow((one["field"], one["high"], *interval(one["at_high"])))
    else:
        rows.writerow((*made["fields"], made["measure"], "ci_low", "ci_high"))
        for row, cells in zip(made["rows"], made["cells"], strict=True):
            for column, cell in zip(made["columns"], cells, strict=True):
                rows.writerow((row, column, *interval(cell)))
    return answer
