"""What a worker process does for the jobs it runs: keeps their leases, ends in time, and ends when one hangs."""

import logging
import os
import threading
from collections.abc import Callable
from datetime import datetime
from random import Random

from django.db import close_old_connections

from labeling.services.attempts import Attempts
from labeling.services.jobs import put_off_job

logger = logging.getLogger(__name__)
KEEP_SECONDS = 5
# `up` waits for 20 seconds, and containers mostly for longer.
STOP_SECONDS = 12
# A database that does not answer must not hold up an end.
LAST_WORDS_SECONDS = 3
HUNG = "It did not say how far it was and took longer than it may; its worker was ended."
EXIT_HUNG = 70


class Keeper:
    """Two threads: one keeps what runs, and one ends the process in time once it is told to end."""

    def __init__(
        self, attempts: Attempts, *, clock: Callable[[], datetime], end_process: Callable[[int], object] = os._exit
    ) -> None:
        self.attempts, self.clock, self.end_process = attempts, clock, end_process

    def start(self) -> None:
        threading.Thread(target=self.run, name="keeper", daemon=True).start()

    def run(self) -> None:
        while not self.attempts.is_ending.wait(KEEP_SECONDS):
            self.look()
            close_old_connections()  # one that broke is opened anew for the next look
        # Still kept while the process ends: another worker would begin what this one may yet finish.
        self.look()

    def look(self) -> None:
        """Renew the leases; when an attempt is past its hard limit, end the process: no thread can be ended alone.

        Its container, or `up`, starts it again, and whatever else it ran comes again from the tables.
        """
        hung = self.attempts.past_hard_limit()
        if hung:
            logger.critical("Jobs %s are past their hard limit; this worker ends.", [job_id for job_id, _ in hung])
            self.say_and_end(lambda: self.let_go(hung), exit_code=EXIT_HUNG)
            return
        try:
            self.attempts.keep(now=self.clock())
        except Exception:
            logger.exception("The leases of what runs here were not renewed; the next look tries again.")

    def let_go(self, hung: list[tuple[int, int]]) -> None:
        for job_id, attempt in hung:
            put_off_job(job_id, attempt=attempt, error=HUNG, now=self.clock(), rng=Random())
        self.attempts.give_back(now=self.clock())

    def end_soon(self) -> None:
        """Told to end: what speaks gives itself back, and what does not within `STOP_SECONDS` is given back here."""
        if not self.attempts.is_ending.is_set():
            self.attempts.is_ending.set()
            timer = threading.Timer(STOP_SECONDS, self.end_now)
            timer.daemon = True
            timer.start()

    def end_now(self) -> None:
        under_way = self.attempts.under_way()
        if under_way:
            logger.warning("%d jobs did not end in time; they go on with the next worker.", len(under_way))
        self.say_and_end(lambda: self.attempts.give_back(now=self.clock()), exit_code=0)

    def say_and_end(self, last_words: Callable[[], None], *, exit_code: int) -> None:
        """The last words in a thread of their own, and the end of the process whether or not they are through."""
        speaking = threading.Thread(target=last_words, daemon=True)
        speaking.start()
        speaking.join(LAST_WORDS_SECONDS)
        self.end_process(exit_code)
