"""The clock of a worker: by steady time, never beside itself, and not to be stopped by what a task raises."""

from itertools import pairwise

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from labeling import tasks
from labeling.management.commands.worker import n_threads, read_queues
from labeling.management.ticker import Ticker

pytestmark = pytest.mark.django_db  # threads of a worker have a connection each, and look after it


class Steady:
    seconds = 0.0

    def __call__(self):
        return self.seconds


class AtOnce:
    """Threads that run what they are given where they are given it."""

    def submit(self, work, *arguments):
        work(*arguments)


class Held:
    """Threads that are all taken: what they are given waits."""

    def __init__(self):
        self.waiting = []

    def submit(self, work, *arguments):
        self.waiting.append((work, arguments))


@pytest.fixture
def steady():
    return Steady()


def test_each_task_runs_once_in_its_period(steady):
    ran = []
    ticker = Ticker({"often": 1, "seldom": 60}, ran.append, threads=AtOnce(), steady_clock=steady)

    for second in range(4):
        steady.seconds = second
        ticker.look()
        ticker.look()

    assert (ran.count("often"), ran.count("seldom")) == (4, 1)


def test_a_jump_of_the_wall_clock_changes_nothing(clock):
    ran = []
    ticker = Ticker({"always": 0, "hourly": 3600}, ran.append, threads=AtOnce())

    for shift in (0, 7200, -14400, 7200):
        clock.shift(shift)
        ticker.look()

    assert (ran.count("always"), ran.count("hourly")) == (4, 1)


def test_a_task_for_which_there_was_no_thread_is_begun_by_a_later_look(steady):
    ran = []

    class Scarce(AtOnce):
        n_refused = 0

        def submit(self, work, *arguments):
            if not self.n_refused:
                self.n_refused += 1
                raise RuntimeError("can't start new thread")
            super().submit(work, *arguments)

    ticker = Ticker({"often": 1}, ran.append, threads=Scarce(), steady_clock=steady)
    for second in (0, 1):
        steady.seconds = second
        ticker.look()

    assert ran == ["often"]


def test_a_task_that_takes_long_is_not_begun_beside_itself(steady):
    ran, threads = [], Held()
    ticker = Ticker({"slow": 1}, ran.append, threads=threads, steady_clock=steady)
    for second in range(5):
        steady.seconds = second
        ticker.look()
    n_begun = len(threads.waiting)

    work, arguments = threads.waiting.pop()
    work(*arguments)
    steady.seconds += 1
    ticker.look()

    assert (n_begun, ran, len(threads.waiting)) == (1, ["slow"], 1)


def test_a_sparing_task_rests_five_times_as_long_as_it_took(steady):
    ran = []

    def work(name):
        ran.append((name, steady.seconds))
        steady.seconds += 3 if name == "sparing" else 0

    ticker = Ticker({"sparing": 1, "usual": 1}, work, threads=AtOnce(), steady_clock=steady, sparing={"sparing"})
    for second in range(0, 40, 2):
        steady.seconds = max(steady.seconds, second)
        ticker.look()

    begun = [at for name, at in ran if name == "sparing"]
    assert [later - earlier for earlier, later in pairwise(begun)] == [18, 18]
    assert [name for name, _ in ran].count("usual") > 15


def test_a_task_that_raises_costs_its_own_run_and_no_other(steady, caplog):
    def work(name):
        raise ConnectionError("the broker is away")

    ticker = Ticker({"dispatch_jobs": 1}, work, threads=AtOnce(), steady_clock=steady)
    for second in range(2):
        steady.seconds = second
        ticker.look()

    assert caplog.text.count("The task dispatch_jobs failed") == 2


def test_every_task_of_the_clock_can_be_run(world):
    for name in tasks.CLOCK:
        tasks.tick(name)


def test_long_jobs_have_threads_of_their_own(settings):
    settings.LONG_JOBS_AT_ONCE = 3

    assert n_threads("long") == 3
    assert n_threads("short") == 4 + settings.JUDGE_CALLS_AT_ONCE


def test_a_worker_can_be_kept_for_one_queue_where_there_are_several_workers(settings):
    settings.REDIS_URL = "redis://127.0.0.1:6379/1"

    assert read_queues("long") == ["long"]
    assert read_queues("short, long") == ["short", "long"]


@pytest.mark.parametrize(
    ("named", "words"), [("long", "has to serve both"), ("slow", "names short, long"), ("", "names")]
)
def test_queues_that_cannot_be_served_are_refused(settings, named, words):
    settings.REDIS_URL = ""

    with pytest.raises(CommandError, match=words) as refusal:
        call_command("worker", queues=named)

    assert refusal.value.returncode == 2
