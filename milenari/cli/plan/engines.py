"""Where replications are computed: on threads of this process, on joblib's processes, or on a Dask cluster.

Whichever it is, the same chunks come back in the same order, so the answer is the same to the last bit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from milenari.science.unfit import Unfit

if TYPE_CHECKING:
    from milenari.science.planning.simulate import SpreadOut

ENGINES = ("threads", "joblib", "dask")
TASKS = 4  # tasks a worker, so that all end at about the same time; a task costs milliseconds by itself
Chunks = list[Sequence[int]]


@dataclass(frozen=True)
class Engine:
    """An engine, how many workers of it, and the address of a Dask scheduler that runs already."""

    name: str = "threads"
    workers: int = 1
    scheduler: str = ""

    def run(self, made: Callable[[SpreadOut], Any]) -> Any:
        """What `made` computes with this engine. Interrupted, it drops what has not begun and ends: the same seed gives
        the same answer next time, so nothing has to be kept."""
        if self.scheduler and self.name != "dask":
            raise Unfit("engine-without-scheduler", f"--scheduler was given, and the engine is {self.name}; say "
                        "--engine dask.", engine=self.name)  # fmt: skip
        if self.name == "joblib":
            return made(self._joblib())
        if self.name == "dask":
            return self._dask(made)
        if self.workers == 1:
            return made(map)
        pool = ThreadPoolExecutor(self.workers)
        try:
            return made(pool.map)
        finally:
            pool.shutdown(cancel_futures=True)

    def _joblib(self) -> SpreadOut:
        try:
            import joblib
        except ImportError as missing:
            raise _missing("joblib") from missing
        parallel = joblib.Parallel(n_jobs=self.workers, backend="loky")

        def spread_out(some: Callable[[Sequence[int]], Any], chunks: Iterable[Sequence[int]]) -> Iterator[Any]:
            made = parallel(joblib.delayed(several)(some, task) for task in tasks(chunks, self.workers))
            return (one for task in made for one in task)

        return spread_out

    def _dask(self, made: Callable[[SpreadOut], Any]) -> Any:
        try:
            import distributed
        except ImportError as missing:
            raise _missing("dask") from missing
        try:
            made_of: Any = distributed.Client
            client = made_of(self.scheduler, timeout="10s") if self.scheduler else made_of(self._cluster())
        except (OSError, ValueError) as fault:
            raise Unfit("engine-unreachable", f"No Dask scheduler answers at {self.scheduler or 'this machine'}: "
                        "start one (dask scheduler), or correct the address.",
                        scheduler=self.scheduler) from fault  # fmt: skip
        workers = max(1, sum(client.nthreads().values())) if self.scheduler else self.workers

        def spread_out(some: Callable[[Sequence[int]], Any], chunks: Iterable[Sequence[int]]) -> Iterator[Any]:
            begun = [client.submit(several, some, task, pure=False) for task in tasks(chunks, workers)]
            return (one for held in begun for one in held.result())

        try:
            return made(spread_out)
        finally:
            cluster = client.cluster
            client.close()
            if cluster is not None and not self.scheduler:
                cluster.close()

    def _cluster(self) -> Any:
        from distributed import LocalCluster

        start: Any = LocalCluster
        return start(n_workers=self.workers, threads_per_worker=1, dashboard_address=None)


def tasks(chunks: Iterable[Sequence[int]], workers: int) -> list[Chunks]:
    """Chunks in their order, a few tasks for each worker."""
    held = list(chunks)
    long = max(1, -(-len(held) // (TASKS * workers)))
    return [held[first : first + long] for first in range(0, len(held), long)]


def several(some: Callable[[Sequence[int]], Any], chunks: Chunks) -> list[Any]:
    """What comes of one task."""
    return [some(chunk) for chunk in chunks]


def _missing(name: str) -> Unfit:
    return Unfit("engine-not-installed", f"The engine {name} is not installed here: pip install 'milenari[sweeps]' "
                 "brings it, or say --engine threads.", engine=name)  # fmt: skip
