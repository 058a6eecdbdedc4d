"""The clock of a worker: starts each repeating task again and again, by a clock that never jumps."""

import logging
import threading
import time
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import Executor, ThreadPoolExecutor

from django.db import close_old_connections

from reviewapp.logs import told_with

logger = logging.getLogger(__name__)
LOOK_SECONDS = 0.1
REST = 5


class Ticker:
    """Starts every task of a clock in threads of its own, each once in so many seconds and never beside itself.

    It asks neither the wall clock nor the broker. Celery's beat stands still for an hour when the wall clock is put
    back by an hour, and what it sends with a time to live is dropped by a worker whose clock is ahead, for ever. A tick
    that takes longer than its period is late, and does not pile up. One of those that are to be sparing rests five
    times as long as it took: it takes a sixth of a processor at most, however much there is to look at.
    """

    def __init__(
        self,
        periods: Mapping[str, float],
        work: Callable[[str], None],
        *,
        threads: Executor,
        steady_clock: Callable[[], float] = time.monotonic,
        sparing: Collection[str] = (),
    ) -> None:
        self.sparing = sparing
        self.periods, self.work, self.threads, self.steady_clock = periods, work, threads, steady_clock
        self.due_at = dict.fromkeys(periods, steady_clock())
        self.under_way: set[str] = set()
        self.is_ending = threading.Event()

    def look(self) -> None:
        """Start what is due and not under way."""
        for name, seconds in self.periods.items():
            if name not in self.under_way and self.due_at[name] <= self.steady_clock():
                self.due_at[name] = self.steady_clock() + seconds
                self.under_way.add(name)
                try:
                    self.threads.submit(self.tick, name)
                except RuntimeError:  # no thread to be had; nobody would start the clock again
                    self.under_way.discard(name)
                    logger.exception("The task %s could not begin; it is tried again.", name)

    def tick(self, name: str) -> None:
        """One run of one task. What it raises, a broker or a database that is away, costs this run and no other."""
        began = self.steady_clock()
        with told_with(task=name):
            try:
                close_old_connections()
                self.work(name)
            except Exception:
                logger.exception("The task %s failed; its next run tries again.", name)
            finally:
                if name in self.sparing:
                    ended = self.steady_clock()
                    self.due_at[name] = max(self.due_at[name], ended + REST * (ended - began))
                self.under_way.discard(name)
                close_old_connections()

    def run(self) -> None:
        while not self.is_ending.wait(LOOK_SECONDS):
            self.look()

    def start(self) -> None:
        threading.Thread(target=self.run, name="clock", daemon=True).start()

    def stop(self) -> None:
        self.is_ending.set()
        self.threads.shutdown(wait=False, cancel_futures=True)


def threads_for_the_clock(n_threads: int) -> Executor:
    return ThreadPoolExecutor(max_workers=n_threads, thread_name_prefix="tick")
