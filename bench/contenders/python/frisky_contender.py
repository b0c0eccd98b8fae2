"""Frisky: the scheduler and workers of Dask rewritten in Rust, under a Python client."""

import contextlib
import multiprocessing
import os
import tempfile

import frisky
from works import main

TWO_WORKERS = {"peer", "fixed"}


class Cluster:
    def __init__(self, client, workers, scheduler_pid=None, worker_pids=()):
        self._client = client
        self.workers = workers
        self.scheduler_pid = scheduler_pid
        self.worker_pids = worker_pids
        self.map = client.map
        self.gather = client.gather

    def submit(self, function, *args, worker=None):
        return self._client.submit(function, *args, **({} if worker is None else {"workers": [worker]}))

    def scatter(self, value):
        return self._client.scatter([value])[0]

    def result(self, future):
        return future.result()


@contextlib.contextmanager
def local_cluster(work, processes):
    """One worker of two threads; two of one where the work needs two, or where the GIL would halve it."""
    workers, threads = (2, 1) if work in TWO_WORKERS else (1, 2)
    cluster = frisky.LocalCluster(
        n_workers=workers, threads_per_worker=threads, processes=processes, silence_summary=True
    )
    try:
        with cluster.get_client() as client:
            addresses = cluster._worker_addresses or [worker.address for worker in cluster.workers]
            yield Cluster(client, addresses)
    finally:
        cluster.close()


def open_processes(work):
    return separate_scheduler() if work == "held" else local_cluster(work, processes=True)


def open_in_process(work):
    return local_cluster(work, processes=False)


@contextlib.contextmanager
def separate_scheduler():
    """LocalCluster keeps the scheduler in the client's process; to weigh it alone it gets its own."""
    context = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        address = f"unix://{os.path.join(folder, 'scheduler.sock')}"
        ready, done = context.Event(), context.Event()
        scheduler = context.Process(target=run_scheduler, args=(address, ready, done))
        scheduler.start()
        addresses = context.SimpleQueue()
        worker = context.Process(target=run_worker, args=(address, addresses))
        try:
            if not ready.wait(20):
                raise RuntimeError("Frisky's scheduler was not up in 20 s; run the contender alone to see its output")
            worker.start()
            with frisky.Client(address) as client:
                worker_address = addresses.get()
                yield Cluster(client, [worker_address], scheduler.pid, [worker.pid])
                client.close_worker(worker_address, "bench-over")
        finally:
            done.set()
            for process in (worker, scheduler):
                stop(process)


def run_scheduler(address, ready, done):
    scheduler = frisky.Scheduler(address)
    ready.set()
    done.wait()
    scheduler.close()


def run_worker(address, addresses):
    worker = frisky.Worker(address, nthreads=2)
    addresses.put(worker.address)
    worker.wait_closed()


def stop(process):
    """Asked to close it goes by itself; a worker that is terminated would leave a dump behind."""
    if process.pid is not None:
        process.join(2)
        process.terminate()
        process.join()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="bench-") as dumps:
        os.environ.update(FRISKY_SUMMARY="off", FRISKY_DEATH_DUMP_DIR=dumps)
        main("frisky", frisky.__version__, {"processes": open_processes, "in-process": open_in_process})
