"""Fixed work: a count of integer operations, so that a preempted task does not look busy (see bench/work.ts)."""

import multiprocessing
import time

WORD = 0xFFFFFFFF


def kernel(count):
    """The xorshift step of bench/work.ts, `count` times; the answer keeps it from being skipped."""
    x = 2463534242
    for _ in range(count):
        x ^= (x << 13) & WORD
        x ^= x >> 17
        x ^= (x << 5) & WORD
    return x


def count_for_ms(target_ms):
    """How many steps take `target_ms` on one undisturbed core: the fastest of several tries."""
    count = 1000
    while fastest_ms(count, 1) < 5:
        count *= 2
    return max(1, round(count * target_ms / fastest_ms(count, 9)))


def fastest_ms(count, tries):
    best = float("inf")
    for _ in range(tries):
        began = time.perf_counter()
        kernel(count)
        best = min(best, (time.perf_counter() - began) * 1e3)
    return best


def ideal_seconds(count, calls, processes=2):
    """Wall time of `calls` kernels split over `processes` with nothing between them: what the machine allows."""
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(processes)
    answers = context.SimpleQueue()
    share = calls // processes
    children = [
        context.Process(target=_run_share, args=(barrier, answers, count, share)) for _ in range(processes)
    ]
    for child in children:
        child.start()
    walls = [answers.get() for _ in children]
    for child in children:
        child.join()
    return max(walls)


def _run_share(barrier, answers, count, share):
    for _ in range(20):
        kernel(count)
    barrier.wait()
    began = time.perf_counter()
    for _ in range(share):
        kernel(count)
    answers.put(time.perf_counter() - began)
