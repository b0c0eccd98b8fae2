"""The works, written once for every Python contender: Dask's client and Frisky's have the same verbs.

A contender gives `open_cluster(work)`, a context manager whose value has: submit(f, *args, worker=None), map(f, xs),
gather(futures), scatter(value), result(future), workers (addresses), scheduler_pid, worker_pids.
Task functions live in this importable module, so both pickle them by name: their fastest case.
"""

import argparse
import json
import os
import platform
import sys
import time

from kernel import count_for_ms, ideal_seconds, kernel
from proc import cpu_seconds, resident_bytes

LARGE_BYTES = 100_000_000


def increment(x):
    return x + 1


def add(x, y):
    return x + y


def random_bytes(size):
    return os.urandom(size)


def length(value):
    return len(value)


def busy(index, count):
    return kernel(count)


def emit(metric, value):
    print(json.dumps({"metric": metric, "value": value}), flush=True)


def unable(metric, because):
    print(json.dumps({"unable": metric, "because": because}), flush=True)


def fresh_memory():
    """Waits until whoever measures has made memory fresh (bench/memory.ts), as close before a measurement as can be."""
    if not sys.stdin.isatty():
        print(json.dumps({"wants": "memory"}), flush=True)
        sys.stdin.readline()


def warm(cluster, size):
    cluster.gather(cluster.map(increment, range(min(2000, max(50, size // 10)))))


def warm_up(action, seconds=1):
    """The same work unmeasured for so long, and at least once: every contender is measured warm."""
    began = time.perf_counter()
    while True:
        action()
        if time.perf_counter() - began >= seconds:
            return


def timed(action):
    began = time.perf_counter()
    answer = action()
    return time.perf_counter() - began, answer


def empty_map(cluster, size):
    warm(cluster, size)
    seconds, answer = timed(lambda: cluster.gather(cluster.map(increment, range(size))))
    assert answer[-1] == size
    emit("map.rate", size / seconds)


def million(cluster, size):
    warm(cluster, 20_000)
    seconds, answer = timed(lambda: cluster.gather(cluster.map(increment, range(size))))
    assert answer[-1] == size
    emit("million.seconds", seconds * 1_000_000 / size)


def round_trip(cluster, size):
    emit("roundtrip.first", round_trips(cluster, size)[size // 2] * 1e3)
    warm_up(lambda: cluster.result(cluster.submit(increment, 1)), seconds=2)
    samples = round_trips(cluster, size)
    emit("roundtrip.p50", samples[size // 2] * 1e3)
    emit("roundtrip.p99", samples[int(size * 0.99)] * 1e3)


def round_trips(cluster, count):
    """The seconds of each, sorted."""
    return sorted(timed(lambda: cluster.result(cluster.submit(increment, i)))[0] for i in range(count))


def chain(cluster, size):
    warm_up(lambda: run_chain(cluster, size))
    seconds, answer = timed(lambda: run_chain(cluster, size))
    assert answer == size
    emit("chain.link", seconds / size * 1e6)


def run_chain(cluster, size):
    future = cluster.submit(increment, 0)
    for _ in range(size - 1):
        future = cluster.submit(increment, future)
    return cluster.result(future)


def tree(cluster, size):
    warm_up(lambda: run_tree(cluster, size))
    seconds, answer = timed(lambda: run_tree(cluster, size))
    assert answer == size * (size + 1) // 2
    emit("tree.rate", (2 * size - 1) / seconds)


def run_tree(cluster, leaves):
    level = cluster.map(increment, range(leaves))
    while len(level) > 1:
        level = [cluster.submit(add, level[i], level[i + 1]) for i in range(0, len(level), 2)]
    return cluster.result(level[0])


def fixed_work(cluster, size):
    count = count_for_ms(1)
    before = ideal_seconds(count, size)
    warm_up(lambda: cluster.gather(cluster.map(busy, range(200), [count] * 200)))
    seconds, _ = timed(lambda: cluster.gather(cluster.map(busy, range(size), [count] * size)))
    after = ideal_seconds(count, size)
    emit("fixed.efficiency", (before + after) / 2 / seconds)
    emit("fixed.kernel", (before + after) / 2 / (size / 2) * 1e3)


def large_values(cluster, size):
    """Scatter ends when a task has read the value: some return before the bytes have left. Gather is of a task's result."""
    value = os.urandom(size)
    cluster.result(cluster.submit(length, cluster.scatter(os.urandom(size))))
    fresh_memory()
    seconds, answer = timed(lambda: cluster.result(cluster.submit(length, cluster.scatter(value))))
    assert answer == size
    emit("bytes.scatter", size / seconds / 1e9)
    made = cluster.submit(random_bytes, size)
    assert cluster.result(cluster.submit(length, made)) == size
    fresh_memory()
    seconds, answer = timed(lambda: cluster.result(made))
    assert len(answer) == size
    emit("bytes.gather", size / seconds / 1e9)


def peer(cluster, size):
    """The value is made on one worker and asked for on the other; what an empty task there costs is in the time."""
    first, second = cluster.workers[:2]
    for worker in (first, second):
        cluster.result(cluster.submit(increment, 1, worker=worker))
    made = cluster.submit(random_bytes, size, worker=first)
    assert cluster.result(cluster.submit(length, made, worker=first)) == size
    fresh_memory()
    seconds, answer = timed(lambda: cluster.result(cluster.submit(length, made, worker=second)))
    assert answer == size
    emit("bytes.peer", size / seconds / 1e9)


def held(cluster, size):
    warm(cluster, 1000)
    pid = cluster.scheduler_pid
    if pid is None or resident_bytes(pid) is None:
        return unable("held.bytes", "the scheduler has no process of its own here, or the system no /proc")
    pids = [os.getpid(), pid, *cluster.worker_pids]
    memory, cpu = resident_bytes(pid), [cpu_seconds(each) for each in pids]
    futures = cluster.map(increment, range(size))
    cluster.gather(futures)
    emit("held.bytes", (resident_bytes(pid) - memory) / size)
    spent = [(cpu_seconds(each) - earlier) / size * 1e6 for each, earlier in zip(pids, cpu, strict=True)]
    emit("held.schedulerCpu", spent[1])
    emit("held.cpu", sum(spent))


def closure(cluster, size):
    """Submitting a function that captures three values, once its code is known to both sides."""
    samples = sorted(submit_closure(cluster, i) for i in range(size))
    emit("closure.submit", samples[size // 2] * 1e3)


def submit_closure(cluster, index):
    a, b, c = index, [index, index + 1], {"name": str(index)}
    seconds, future = timed(lambda: cluster.submit(lambda: (a, b, c["name"])))
    assert cluster.result(future)[0] == index
    return seconds


WORKS = {
    "map": empty_map,
    "million": million,
    "roundtrip": round_trip,
    "chain": chain,
    "tree": tree,
    "fixed": fixed_work,
    "bytes": large_values,
    "peer": peer,
    "held": held,
    "closure": closure,
}


def start_to_first_result(open_cluster):
    began = time.perf_counter()
    with open_cluster("start") as cluster:
        assert cluster.result(cluster.submit(increment, 1)) == 2
        emit("start.seconds", time.perf_counter() - began)


def main(name, version, modes):
    """Runs one work on one mode of this contender; `modes` maps a mode to its open_cluster."""
    parser = argparse.ArgumentParser(description=f"one work on {name}; one JSON line per measurement on stdout")
    parser.add_argument("--mode", choices=sorted(modes), required=True)
    parser.add_argument("--work", choices=["start", *WORKS], required=True)
    parser.add_argument("--size", type=int, required=True)
    options = parser.parse_args()
    print(json.dumps({"about": {name: version, "python": platform.python_version()}}), flush=True)
    if options.work == "start":
        return start_to_first_result(modes[options.mode])
    with modes[options.mode](options.work) as cluster:
        WORKS[options.work](cluster, options.size)
    sys.stdout.flush()
