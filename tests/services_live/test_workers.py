"""Workers that are killed, told to end, cut off from their broker or given another time: every job ends once."""

import os
import sys
from datetime import UTC, datetime, timedelta

import pytest

from labeling.management.keeper import EXIT_HUNG
from tests.services_live.stand import free_port, seeded
from tests.services_live.working import (
    BREAKING,
    HANGING,
    JUMPING,
    N_ROWS,
    PATIENCE_SECONDS,
    SEED,
    WHOLE,
    ask,
    throwaway_redis,
    wait_for,
    working,
)


def is_in_the_middle(state):
    return state["state"] == "running" and 0 < state["n_done"] < N_ROWS


def has_ended(state):
    return state["state"] not in ("due", "running")


def assert_ended_once(state):
    assert (state["state"], state["items"], state["n_done"], state["events"]) == ("done", N_ROWS, N_ROWS, 1)
    assert state["counts"] == WHOLE


def test_a_worker_told_to_end_gives_its_job_back_and_the_next_goes_on_at_once(tmp_path):
    with seeded(tmp_path, database="sqlite", seed=SEED) as environment:
        with working(environment, log=tmp_path / "log") as first:
            wait_for(environment, is_in_the_middle)
        given_back = ask(environment)
        with working(environment, log=tmp_path / "log"):
            ended = wait_for(environment, has_ended)

    assert first.returncode == 0
    assert (given_back["state"], given_back["n_given_back"]) == ("due", 1)
    assert 0 < given_back["items"] < N_ROWS
    assert_ended_once(ended)
    assert ended["n_attempts"] == 2


def test_jobs_end_though_redis_is_emptied_and_restarted_and_a_worker_is_killed(tmp_path):
    port = free_port()
    with (
        throwaway_redis(port) as (start_redis, stop_redis),
        seeded(tmp_path, database="sqlite", seed=SEED) as environment,
    ):
        environment["REDIS_URL"] = f"redis://127.0.0.1:{port}/0"
        with working(environment, log=tmp_path / "log") as first:
            wait_for(environment, is_in_the_middle)
            first.kill()
            first.wait()
        stop_redis()
        with working(environment, log=tmp_path / "log") as second:
            start_redis()
            wait_for(environment, lambda state: state["n_attempts"] == 2 and is_in_the_middle(state))
            stop_redis()
            start_redis()
            ended = wait_for(environment, has_ended)
            is_alive = second.poll() is None

    assert is_alive
    assert_ended_once(ended)


def test_a_worker_that_its_broker_breaks_gives_its_job_back_and_begins_anew_in_the_same_process(tmp_path):
    with (
        seeded(tmp_path, database="sqlite", seed=SEED) as environment,
        working(environment, command=[sys.executable, "-c", BREAKING], log=tmp_path / "log") as worker,
    ):
        ended = wait_for(environment, has_ended)
        is_alive = worker.poll() is None

    assert is_alive
    assert "this worker begins anew" in (tmp_path / "log").read_text()
    assert_ended_once(ended)
    assert ended["n_given_back"] == 1


def test_a_job_that_hangs_ends_its_worker_and_goes_on_with_the_next(tmp_path):
    hanging = [sys.executable, "-c", HANGING]
    with seeded(tmp_path, database="sqlite", seed=SEED) as environment:
        with working(environment, command=hanging, log=tmp_path / "log") as first:
            exit_code = first.wait(timeout=PATIENCE_SECONDS)
        left = ask(environment)
        with working(environment, log=tmp_path / "log"):
            ended = wait_for(environment, has_ended)

    assert exit_code == EXIT_HUNG
    assert "past their hard limit" in (tmp_path / "log").read_text()
    assert (left["state"], left["n_attempts"], left["items"]) == ("due", 1, 0)
    assert_ended_once(ended)


# --- a clock that jumps -------------------------------------------------------------------------------------------

LEASED = (
    SEED
    + """
from labeling.services.queues import hand_out_next, take_seat
world.ingest(chat_row("held"))
world.set_queue(overlap=1)
take_seat(world.queue, world.rater(world.ana), now=timezone.now())
assert hand_out_next(world.queue, world.rater(world.ana), now=timezone.now())
"""
)
TICKS = """
import json
from labeling.models import *
print(json.dumps({
    "job": Job.objects.get().state, "n_attempts": Job.objects.get().n_attempts,
    "leased": Slot.objects.filter(state="leased").count(),
    "beaten_at": Heartbeat.objects.get().beaten_at.isoformat() if Heartbeat.objects.exists() else "",
}))
"""


@pytest.mark.skipif("LIVE_POSTGRES_URL" not in os.environ, reason="LIVE_POSTGRES_URL is not set")
def test_a_worker_whose_clock_jumps_keeps_ticking_and_takes_nothing_from_anybody(tmp_path):
    jumping = [sys.executable, "-c", JUMPING]
    with (
        seeded(tmp_path, database="postgresql", seed=LEASED) as environment,
        working(environment, command=jumping, log=tmp_path / "log"),
    ):
        beats = {""}
        # Ahead and back at least twice each: the clock beats every five seconds and jumps every four.
        ended = wait_for(environment, lambda state: has_beaten(beats, state, times=6), script=TICKS)

    assert (ended["job"], ended["n_attempts"], ended["leased"]) == ("done", 1, 1)
    half_an_hour = timedelta(minutes=30)
    told = [datetime.fromisoformat(beat) for beat in beats if beat]
    assert all(abs(datetime.now(UTC) - beat) < half_an_hour for beat in told)


def has_beaten(beats, state, *, times):
    beats.add(state["beaten_at"])
    return state["job"] == "done" and len(beats) > times
