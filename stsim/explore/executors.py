"""Who computes the blocks of a sweep: this process, a few beside it, or a dask cluster.

Whoever does, the store is the same. A block whose worker was killed is computed again.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any

from stsim.explore import work
from stsim.faults import SweepError

if TYPE_CHECKING:
    from distributed import Client

#: How often a block is begun before it is given up.
TRIES = 3
#: Seconds within which a scheduler must answer.
ANSWER = 10
#: Told of every block that is done: how many of its runs have failed.
Done = Callable[[int, int], None]
QUEUES = {"slurm": "SLURMCluster", "pbs": "PBSCluster"}


def in_processes(folder: str, blocks: Sequence[int], workers: int, done: Done) -> None:
    """Compute blocks here (one worker) or in a few processes, begun anew if one is killed."""
    if workers == 1:
        for number in blocks:
            done(*work.block(folder, number))
        return
    left = dict.fromkeys(blocks, TRIES)
    while left:
        # spawned, not forked: the same start on every system, and no threads in a forked state
        with ProcessPoolExecutor(workers, get_context("spawn")) as pool:
            futures = {pool.submit(work.block, folder, number): number for number in left}
            try:
                for future in as_completed(futures):
                    number, failed = future.result()
                    del left[number]
                    done(number, failed)
            except BrokenProcessPool:
                # those in work when a process was killed cannot be told from those that waited
                left = {number: tries - 1 for number, tries in left.items()}
                if 0 in left.values():
                    raise SweepError(
                        f"{folder}: worker processes were stopped {TRIES} times, perhaps for want "
                        "of memory; what is done is kept: give fewer workers and the same command"
                    ) from None
            finally:
                pool.shutdown(cancel_futures=True)


def on_dask(
    folder: str, blocks: Sequence[int], workers: int, scheduler: str | None, done: Done
) -> None:
    """Compute blocks on a dask cluster, which must see the results folder under the same path."""
    folder = os.path.abspath(folder)
    with _client(scheduler, workers) as client:
        from distributed import as_completed as as_done
        from distributed.scheduler import KilledWorker

        client.register_plugin(_one_thread())
        futures = client.map(work.block, [folder] * len(blocks), blocks, retries=TRIES, pure=False)
        try:
            for _, found in as_done(futures, with_results=True):
                done(*found)
        except KilledWorker:
            raise SweepError(
                f"{folder}: the workers of a block were stopped again and again, perhaps for want "
                "of memory; what is done is kept: give the same command again"
            ) from None


def _one_thread() -> Any:
    """Linear algebra with one thread in every worker, as everywhere."""
    from distributed.diagnostics.plugin import Environ

    return Environ({f"{name}_NUM_THREADS": "1" for name in ("OPENBLAS", "OMP", "MKL")})


@contextmanager
def _client(scheduler: str | None, workers: int) -> Iterator[Client]:
    try:
        import distributed
    except ImportError:
        raise SweepError(
            "sweep.executor=dask needs dask.distributed: pip install 'stsim[cluster]'"
        ) from None
    if scheduler in QUEUES:
        import dask_jobqueue

        try:  # what a job is comes from the jobqueue section of dask's own configuration
            cluster = getattr(dask_jobqueue, QUEUES[scheduler])()
        except ValueError as error:
            why = " ".join(str(error).split())
            raise SweepError(f"sweep.scheduler={scheduler}: {why}") from None
        cluster.scale(jobs=workers)
        with cluster, distributed.Client(cluster) as client:
            yield client
    elif scheduler is None:
        with (
            distributed.LocalCluster(
                n_workers=workers, threads_per_worker=1, host="127.0.0.1", dashboard_address=None
            ) as local,
            distributed.Client(local) as client,
        ):
            yield client
    else:
        key = "scheduler_file" if os.path.isfile(scheduler) else "address"
        try:
            client = distributed.Client(**{key: scheduler}, timeout=ANSWER)
        except (OSError, ValueError) as error:
            why = " ".join(str(error).split())
            raise SweepError(
                f"sweep.scheduler={scheduler}: no scheduler answers within {ANSWER} seconds "
                f"({why[:100]}); give an address such as tcp://host:8786, a scheduler file, slurm "
                "or pbs"
            ) from None
        with client:
            yield client
