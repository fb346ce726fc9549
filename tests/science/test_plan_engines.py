"""Engines of a simulation: whichever computes it, and with however many workers, the same bits; what lacks is said."""

from __future__ import annotations

import builtins
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from milenari.cli.plan import engines
from milenari.cli.plan.engines import Engine
from milenari.science.planning.simulate import Run, replicated
from milenari.science.unfit import Unfit
from tests.science.planning_cases import changed, run, seed

ASKED = Run(20, 60, reorder_at=30, reorder_litres=8)


def answered(engine: Engine) -> list[bytes]:
    found = engine.run(lambda spread_out: replicated(seed(), ASKED, 70, 3, spread_out))
    return [one.tobytes() for one in found]


@pytest.mark.parametrize("workers", [1, 2, 5])
def test_threads_give_the_same_bits(workers: int) -> None:
    assert answered(Engine("threads", workers)) == answered(Engine())


def test_joblib_gives_the_same_bits() -> None:
    pytest.importorskip("joblib")
    assert answered(Engine("joblib", 2)) == answered(Engine())


def test_a_dask_cluster_of_two_gives_the_same_bits_by_its_address() -> None:
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        assert answered(Engine("dask", 1, cluster.scheduler_address)) == answered(Engine())


@for_all(st.integers(0, 200), st.integers(1, 9))
def test_tasks_keep_every_chunk_in_its_order(number: int, workers: int) -> None:
    chunks = [range(at, at + 1) for at in range(number)]
    made = engines.tasks(chunks, workers)
    assert [one for task in made for one in task] == chunks and len(made) <= engines.TASKS * workers


@pytest.mark.parametrize("engine", ["joblib", "dask"])
def test_an_engine_that_is_not_installed_says_what_to_install(
    engine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.json").write_text(json.dumps(changed()))
    words = ["simulate", str(tmp_path / "a.json"), "--replications", "4", "--days", "20", "--warm-up", "5", "--json"]
    brought = builtins.__import__

    def lacking(name: str, *more: Any, **given: Any) -> Any:
        if name.split(".")[0] in ("joblib", "distributed"):
            raise ImportError(name)
        return brought(name, *more, **given)

    monkeypatch.setattr(builtins, "__import__", lacking)
    assert run(*words).exit_code == 0
    refused = run(*words, "--engine", engine)
    assert refused.exit_code == 1 and "milenari[sweeps]" in json.loads(refused.output)["sentence"]


def test_a_scheduler_for_another_engine_or_one_that_does_not_answer_is_refused() -> None:
    with pytest.raises(Unfit) as refused:
        Engine("threads", 2, "tcp://127.0.0.1:1").run(lambda _: None)
    assert refused.value.code == "engine-without-scheduler"
    pytest.importorskip("distributed")
    with pytest.raises(Unfit) as refused:
        Engine("dask", 2, "nonsense://127.0.0.1:1").run(lambda _: None)
    assert refused.value.code == "engine-unreachable"
