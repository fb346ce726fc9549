"""i-SHIPMENT: published optima, an enumeration by other means, and what an unreadable file is told."""

from __future__ import annotations

import itertools
import json
import random
from pathlib import Path

import pytest

from milenari.science.computed import Unfit
from milenari.science.planning import ishipment
from tests.science.planning_cases import PUBLISHED, needs_published, run


def written(patients: list[tuple[str, int]], lines: tuple[int, int] = (1, 2), cvm: bool = True) -> str:
    """A small instance with two sites and two facilities, m1 cheap to run and m2 near to c2."""
    rows = [f"p{at} {centre} {day} 1" for at, (centre, day) in enumerate(patients, 1)]
    routes = [(c, m, j) for c in ("1", "2") for m in ("1", "2") for j in ("1", "2")]
    usd = {route: 900 * int(route[2] == "1") + 700 * int(route[0] != route[1]) + 300 for route in routes}
    return "\n".join([
        "# Data for pyomo", "set c := c1 c2;", "set h := h1 h2;", "set j := j1 j2;", "set m := m1 m2;",
        f"set p := {' '.join(f'p{at}' for at in range(1, len(patients) + 1))};",
        "param CIM := m1 10 m2 25;", *(["param CVM := m1 20 m2 50;"] if cvm else []),
        f"param FCAP := m1 {lines[0]} m2 {lines[1]};", "param TT1 := j1 1 j2 2;", "param TT3 := j1 1 j2 2;",
        "param U1 :=", *(f"c{c} m{m} j{j} {usd[c, m, j]}" for c, m, j in routes), ";",
        "param U3 :=", *(f"m{m} h{c} j{j} {usd[c, m, j] + 10}" for c, m, j in routes), ";",
        "param INC :=", *rows, ";", "param FMAX := 1 ;", "param FMIN := 0 ;", "param TAD := 0 ;", "param TLS := 1 ;",
    ])  # fmt: skip


def enumerated(given: ishipment.Instance, most: int) -> float | None:
    """The optimum by trying every facility, way in and way out of every patient; nothing of the solver is used."""
    patients = [key for key, n in sorted(given.groups.items()) for _ in range(n)]
    choices = [(m, i, o) for m in given.facilities for i in given.days_in for o in given.days_out
               if 1 + given.days_in[i] + 14 + given.days_out[o] <= 18]  # fmt: skip
    best: float | None = None
    for plan in itertools.product(choices, repeat=len(patients)):
        opened = {m for m, _, _ in plan}
        if len(opened) > most:
            continue
        starts = [(m, day + 1 + given.days_in[i]) for (m, i, _), (_, day) in zip(plan, patients, strict=True)]
        if any(sum(m == n and s <= t < s + 7 for n, s in starts) > given.lines[m] for m, t in starts):
            continue
        usd = sum(given.fixed_usd[m] for m in opened) + ishipment.THERAPY * len(patients)
        for (m, i, o), (centre, _) in zip(plan, patients, strict=True):
            usd += given.cost_in[centre, m, i] + given.cost_out[m, given.home[centre], o]
        best = usd if best is None else min(best, usd)
    return best


@pytest.mark.parametrize("seed", range(6))
def test_the_plan_is_the_best_of_all_plans(seed: int) -> None:
    chance = random.Random(seed)
    patients = [(f"c{chance.randint(1, 2)}", chance.randint(1, 9)) for _ in range(4)]
    given = ishipment.instance(written(patients), "small.dat")
    for most in (1, 2):
        made, best = ishipment.solve(given, most), enumerated(given, most)
        assert made.objective_usd == pytest.approx(best) if best is not None else made.status == "infeasible"
        assert made.status == "infeasible" or (made.gap == 0 and sum(p.patients for p in made.placed) == 4)


def test_what_cannot_be_met_is_told_with_the_days_that_are_too_full() -> None:
    given = ishipment.instance(written([("c1", 3)] * 3, lines=(1, 1)), "full.dat")
    made = ishipment.solve(given, 2)
    assert made.status == "infeasible" and made.objective_usd is None and not made.placed
    assert "3 patients are collected on days 3 to 3" in made.reasons[0] and "at most 2 lines" in made.reasons[0]
    fits = ishipment.solve(ishipment.instance(written([("c1", 3)] * 2, lines=(1, 1)), "half.dat"), 2)
    assert fits.status == "optimal" and len(fits.open) == 2


@needs_published
@pytest.mark.parametrize(
    ("first", "usd"), [(4, 3_096_888.9), (12, 3_273_512.9)], ids=["4 patients", "12 patients: published, 642 s there"]
)
def test_the_published_model_has_the_same_optimum_to_the_cent(first: int, usd: float) -> None:
    text = (PUBLISHED / "ishipment" / "Data200_profileA.dat").read_text()
    made = ishipment.solve(ishipment.instance(text, "200A", first))
    assert made.status == "optimal" and made.gap == 0 and made.objective_usd == pytest.approx(usd, abs=0.005)


@needs_published
@pytest.mark.parametrize(
    ("file", "most", "per_therapy", "opened"),
    [(200, 2, 142_736, ("m1", "m4")), (500, 2, 143_746, ("m3", "m6")), (1000, 2, 112_991, ("m2",)),
     (2000, 2, 113_261, ("m2", "m5")), (2000, 6, 94_782, None), (3000, 2, 116_881, ("m2", "m7"))],
)  # fmt: skip
def test_every_published_file_is_proven_optimal(file: int, most: int, per_therapy: float,
                                                opened: tuple[str, ...] | None) -> None:  # fmt: skip
    """Costs of 200 A, 2000 A and 2000 A without limit are published by others; the rest is what was proven here."""
    text = (PUBLISHED / "ishipment" / f"Data{file}_profileA.dat").read_text()
    made = ishipment.solve(ishipment.instance(text, f"{file}A"), most)
    assert made.status == "optimal" and (made.gap or 0) < 1e-9
    assert made.per_therapy_usd == pytest.approx(per_therapy, abs=0.5) and (opened is None or made.open == opened)
    assert any("m7" in one and "324260" in one for one in made.assumed) == (file == 3000)


def test_the_command_tells_plan_bound_and_time(tmp_path: Path) -> None:
    (tmp_path / "a.dat").write_text(written([("c1", 2), ("c2", 5)], cvm=False))
    made = json.loads(run("plan", "solve", str(tmp_path / "a.dat"), "--json").output)
    assert made["status"] == "optimal" and made["gap"] == 0 and made["bound_usd"] == made["objective_usd"]
    assert made["seconds"] >= 0 and len(made["assumed"]) == 2 and "default of the published" in made["assumed"][0]
    said = run("plan", "solve", str(tmp_path / "a.dat"))
    assert said.exit_code == 0 and "Proven best" in said.output and "Not in the file: CVM of m1" in said.output


@pytest.mark.parametrize(
    ("code", "said", "old", "new"),
    [
        ("dat-unreadable", "line 7 has 'ten' in param CIM", "m1 10", "m1 ten"),
        ("dat-unreadable", "no day, capacity or cost here is negative", "m1 10", "m1 -10"),
        ("dat-unreadable", "begins a statement that no semicolon ends", "param TLS := 1 ;", "param TLS := 1"),
        ("dat-unreadable", "not known; known are CIM", "param TAD", "param TDA"),
        ("dat-unreadable", "gives c a second time", "set h :=", "set c :="),
        ("dat-unreadable", "names c1 twice", "c1 c2;", "c1 c1;"),
        ("dat-unreadable", "not a multiple of 2", "m2 25;", "m2;"),
        ("dat-unreadable", "gives CIM[m1] a second time", "m1 10 m2 25", "m1 10 m1 25"),
        ("dat-unreadable", "arrives at c9", "p1 c1 2 1", "p1 c9 2 1"),
        ("dat-unreadable", "on day '2.5'", "p1 c1 2 1", "p1 c1 2.5 1"),
        ("dat-missing", "p2 never arrives", "p2 c2 5 1", ""),
        ("dat-missing", "FCAP has no value for m2", " m2 2;", ";"),
        ("dat-missing", "no set m", "set m := m1 m2;", ""),
        ("not-a-count", "FCAP of m1 is 0", "FCAP := m1 1", "FCAP := m1 0"),
    ],
)  # fmt: skip
def test_an_unreadable_instance_is_refused_with_where(code: str, said: str, old: str, new: str) -> None:
    text = written([("c1", 2), ("c2", 5)])
    assert ishipment.solve(ishipment.instance(text, "a.dat")).status == "optimal"
    assert old in text
    with pytest.raises(Unfit) as refused:
        ishipment.instance(text.replace(old, new, 1), "a.dat")
    assert refused.value.code == code and said in refused.value.sentence


@pytest.mark.parametrize(
    ("code", "words"),
    [("not-a-count", ["--facilities", "0"]), ("not-a-time", ["--seconds", "0"]), ("not-a-share", ["--gap", "1"])],
)
def test_limits_that_say_nothing_are_refused(tmp_path: Path, code: str, words: list[str]) -> None:
    (tmp_path / "a.dat").write_text(written([("c1", 2)]))
    answered = run("plan", "solve", str(tmp_path / "a.dat"), *words, "--json")
    assert answered.exit_code == 1 and json.loads(answered.output)["refused"] == code


def test_a_solver_without_an_answer_in_time_says_so(tmp_path: Path) -> None:
    days = [("c1" if at % 2 else "c2", 1 + at // 3) for at in range(60)]
    (tmp_path / "a.dat").write_text(written(days, lines=(6, 6)))
    answered = run("plan", "solve", str(tmp_path / "a.dat"), "--seconds", "0.000001", "--json")
    made = json.loads(answered.output)
    assert answered.exit_code == 0 and made["status"] in ("unknown", "feasible") and made["status"] != "optimal"
