"""Dask as it comes (`LocalCluster()`), and tuned: saturation inf, own scheduler process, 2 workers of 8 threads."""

import contextlib
import os
import subprocess
import sys
import tempfile
import time

import distributed
from works import main

UP_WITHIN_S = 30


class Cluster:
    """Every task is declared impure: hashing the arguments for a key would only slow Dask down here."""

    def __init__(self, client, scheduler_pid=None, worker_pids=()):
        self._client = client
        self.workers = sorted(client.scheduler_info(n_workers=-1)["workers"])
        self.scheduler_pid = scheduler_pid
        self.worker_pids = worker_pids
        self.gather = client.gather

    def submit(self, function, *args, worker=None):
        return self._client.submit(function, *args, pure=False, workers=None if worker is None else [worker])

    def map(self, function, *iterables):
        return self._client.map(function, *iterables, pure=False)

    def scatter(self, value):
        return self._client.scatter(value, hash=False)

    def result(self, future):
        return future.result()


@contextlib.contextmanager
def open_default(work):
    with distributed.LocalCluster(dashboard_address=None) as cluster, distributed.Client(cluster) as client:
        yield Cluster(client)


@contextlib.contextmanager
def open_tuned(work):
    os.environ["DASK_DISTRIBUTED__SCHEDULER__WORKER_SATURATION"] = "inf"
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-"))
        file = os.path.join(folder, "scheduler.json")
        scheduler = stack.enter_context(running("scheduler", "--scheduler-file", file, *scheduler_options()))
        wait_for(lambda: os.path.exists(file), scheduler)
        workers = stack.enter_context(running("worker", "--scheduler-file", file, *worker_options(folder)))
        client = stack.enter_context(distributed.Client(scheduler_file=file))
        client.wait_for_workers(2, timeout=UP_WITHIN_S)
        pids = [pid for pid in client.run(os.getpid).values() if pid != workers.pid]
        yield Cluster(client, scheduler.pid, pids)


def scheduler_options():
    return ["--host", "127.0.0.1", "--port", "0", "--no-dashboard"]


def worker_options(folder):
    return ["--nworkers", "2", "--nthreads", "8", "--no-dashboard", "--local-directory", folder]


@contextlib.contextmanager
def running(command, *options):
    process = subprocess.Popen(
        [sys.executable, "-m", "dask", command, *options],
        env={**os.environ, "PYTHONPATH": os.path.dirname(os.path.abspath(__file__))},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(UP_WITHIN_S)


def wait_for(condition, process):
    deadline = time.monotonic() + UP_WITHIN_S
    while not condition():
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"Dask's scheduler did not come up (exit code {process.poll()}); run it by hand to see why")
        time.sleep(0.01)


if __name__ == "__main__":
    main("distributed", distributed.__version__, {"default": open_default, "tuned": open_tuned})
