"""Whether the installation lives and can work, for whatever watches over it."""

from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext

from labeling.models import Slot
from labeling.services.events import seal_events
from labeling.services.gold import plant_gold
from labeling.services.jobs import add_job, beat, begin_job, end_job, keep_job
from labeling.services.projects import create_project
from labeling.services.queues import take_seat
from labeling.tasks import LIMITS
from labeling.views import health
from tests.world import chat_row

TOKEN = "a-token-for-those-who-watch"


@pytest.fixture
def working(world):
    beat("worker", now=world.now)
    seal_events(world.project, now=world.now)
    return world


def test_alive_needs_no_database(client):
    # No database fixture: a query would fail this test.
    page = client.get("/healthz")

    assert (page.status_code, page.text) == (200, "ok")


def test_ready_with_a_beating_worker(client, working):
    page = client.get("/readyz?all=1")

    assert page.status_code == 200
    assert page.json() == {
        "ready": True,
        "works": True,
        "database": "ok",
        "migrations": "applied",
        "worker_heartbeat_age_seconds": 0.0,
        "n_overdue_jobs": 0,
        "lag_seconds": {"jobs": 0.0, "settling": 0.0, "leases": 0.0, "sending": 0.0, "sealing": 0.0},
        "problems": [],
    }


def asked_both_ways(client):
    """What a load balancer and what a pager get to hear."""
    return client.get("/readyz"), client.get("/readyz?all=1")


def test_it_is_told_that_no_worker_reported_yet(client, world):
    seal_events(world.project, now=world.now)

    for_balancer, for_pager = asked_both_ways(client)

    assert (for_balancer.status_code, for_pager.status_code) == (200, 503)
    assert "No worker has reported yet" in for_balancer.json()["problems"][0]


def test_a_silent_worker_is_told_and_takes_no_web_process_away(client, working, clock):
    clock.shift(300)

    for_balancer, for_pager = asked_both_ways(client)

    assert (for_balancer.status_code, for_pager.status_code) == (200, 503)
    assert for_balancer.json()["ready"]
    assert not for_balancer.json()["works"]
    assert for_balancer.json()["worker_heartbeat_age_seconds"] == 300.0


def test_jobs_that_lie_undone_are_told(client, working, clock):
    add_job("ingest_upload", 1, project=working.project, now=working.now)
    clock.shift(120)
    beat("worker", now=working.now)

    for_balancer, for_pager = asked_both_ways(client)

    assert (for_balancer.status_code, for_pager.status_code) == (200, 503)
    assert (for_pager.json()["n_overdue_jobs"], for_pager.json()["lag_seconds"]["jobs"]) == (1, 120.0)
    assert for_pager.json()["problems"] == ["1 job is overdue by more than 60 seconds."]


def overdue_after(seconds, *, client, working, clock):
    clock.shift(seconds)
    beat("worker", now=working.now)
    return client.get("/readyz?all=1").json()["n_overdue_jobs"]


def test_a_job_that_waits_for_a_place_is_not_late_until_there_is_one(client, working, clock, settings):
    settings.LONG_JOBS_AT_ONCE = 1
    runs, _ = (add_job("ingest_upload", number, project=working.project, now=working.now) for number in (1, 2))
    begin_job(runs.pk, now=working.now, limits=LIMITS, n_places=1)
    asked = {"client": client, "working": working, "clock": clock}

    clock.shift(3600)
    keep_job(runs.pk, attempt=1, now=working.now)
    while_it_runs = overdue_after(20, **asked)
    lag = client.get("/readyz").json()["lag_seconds"]["jobs"]
    end_job(runs.pk, attempt=1, now=working.now)
    when_it_ended, a_minute_later = overdue_after(1, **asked), overdue_after(60, **asked)

    assert (while_it_runs, lag, when_it_ended, a_minute_later) == (0, 0.0, 0, 1)


def test_every_job_needs_a_place():
    # What is counted as late rests on it.
    assert {limit.queue for limit in LIMITS.values()} == {"long"}


def test_jobs_behind_one_whose_worker_died_are_late_with_it(client, working, clock, settings):
    settings.LONG_JOBS_AT_ONCE = 1
    runs, _ = (add_job("ingest_upload", number, project=working.project, now=working.now) for number in (1, 2))
    begin_job(runs.pk, now=working.now, limits=LIMITS, n_places=1)

    assert overdue_after(120, client=client, working=working, clock=clock) == 2


def test_what_the_clocks_have_not_done_in_time_is_told(client, working, clock):
    working.ingest(chat_row("settles"), chat_row("is held"))
    working.review_next(working.ana)
    working.hand_out(working.ana)
    clock.shift(90)
    beat("worker", now=working.now)
    Slot.objects.filter(state=Slot.State.LEASED).update(lease_until=working.now)
    clock.shift(90)
    beat("worker", now=working.now)

    found = client.get("/readyz?all=1").json()

    assert found["lag_seconds"] == {"jobs": 0.0, "settling": 150.0, "leases": 90.0, "sending": 0.0, "sealing": 180.0}
    assert found["problems"] == [
        "Labels that become final: the oldest is 150 seconds late.",
        "Turns that ran out: the oldest is 90 seconds late.",
        "Events put into the chain: the oldest is 180 seconds late.",
    ]


def test_nobody_can_tell_by_asking_whether_the_last_label_was_of_gold(client, working, clock):
    def told_after_a_label(purpose):
        assert working.review_next(working.ana).review.entry.purpose.purpose == purpose
        seal_events(working.project, now=working.now)
        clock.shift(working.project.take_back_seconds + 5)
        beat("worker", now=working.now)
        while_it_waits = client.get("/readyz").json()
        working.settle_all()
        clock.shift(5)
        beat("worker", now=working.now)
        return while_it_waits, client.get("/readyz").json()

    working.ingest(chat_row("live"), chat_row("live, too"))
    after_live = told_after_a_label("live")
    working.make_gold(chat_row("gold"))
    working.set_queue(gold_share=1.0)
    after_gold = told_after_a_label("gold")

    assert after_live == after_gold


def test_a_dead_database_is_said_without_its_secrets(client, working, monkeypatch):
    def refuse():
        raise OperationalError("password authentication failed for user reviewapp at db.internal")

    monkeypatch.setattr("labeling.queries.health.n_missing_migrations", refuse)

    page = client.get("/readyz")

    assert page.status_code == 503
    assert page.json()["database"] == "unreachable"
    assert "db.internal" not in page.text


@pytest.mark.skipif(connection.vendor != "postgresql", reason="only PostgreSQL has standbys; set DATABASE_URL")
def test_a_database_that_takes_no_writes_is_not_ready(client, db):
    with connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION READ ONLY")

    for_balancer, for_pager = asked_both_ways(client)

    assert (for_balancer.status_code, for_pager.status_code) == (503, 503)
    assert for_balancer.json()["database"] == "unwritable"
    assert for_balancer.json()["problems"][0] == "The database takes no writes: no label can be stored."


def test_a_database_that_dies_when_asked_for_the_time_is_away_too(client, working, monkeypatch):
    def refuse():
        raise OperationalError("terminating connection due to administrator command")

    monkeypatch.setattr("labeling.queries.clock.read_clock", refuse)

    assert client.get("/healthz").status_code == 200
    assert (client.get("/readyz").status_code, client.get("/readyz").json()["database"]) == (503, "unreachable")


def test_a_web_process_whose_clock_is_wrong_calls_no_worker_silent(client, working, monkeypatch, clock):
    right = working.now
    monkeypatch.setattr("labeling.queries.clock.read_clock", lambda: right)

    clock.shift(3600)

    assert client.get("/readyz?all=1").json()["problems"] == []


def test_missing_migrations_are_said(client, working, monkeypatch):
    monkeypatch.setattr("labeling.queries.health.n_missing_migrations", lambda: 2)

    page = client.get("/readyz")

    assert page.status_code == 503
    assert page.json()["migrations"] == "2 missing"


@pytest.mark.parametrize(("is_reachable", "status"), [(True, 200), (False, 503)])
def test_the_broker_counts_where_there_is_one(client, working, settings, monkeypatch, is_reachable, status):
    settings.REDIS_URL = "redis://:secret@broker.internal:6379/0"
    monkeypatch.setattr(health, "is_broker_reachable", lambda url: is_reachable)

    for_balancer, for_pager = asked_both_ways(client)

    assert (for_balancer.status_code, for_pager.status_code) == (200, status)
    assert "secret" not in for_pager.text


def test_health_is_answered_without_tls_and_everything_else_is_sent_there(client, working, settings):
    settings.SECURE_SSL_REDIRECT = True

    assert client.get("/healthz").status_code == 200
    assert client.get("/readyz").status_code == 200
    assert client.get("/login/").status_code == 301


def test_health_pages_are_only_read(client, world):
    assert client.post("/healthz").status_code == 405
    assert client.post("/readyz").status_code == 405
    assert client.post("/metrics").status_code == 405


# --- metrics ----------------------------------------------------------------------------------------------------------


def metrics(client, token=TOKEN):
    return client.get("/metrics", headers={"Authorization": f"Bearer {token}"})


def test_metrics_are_off_without_a_token_of_their_own(client, world):
    page = metrics(client)

    assert page.status_code == 404
    assert "shop" not in page.text


@pytest.mark.parametrize("token", ["", "another-token-altogether", "a-token-for-those-who-watch-ü"])
def test_metrics_are_told_to_nobody_without_the_token(client, world, settings, token):
    settings.METRICS_TOKEN = TOKEN

    page = metrics(client, token)

    assert page.status_code == 401
    assert "shop" not in page.text


def test_metrics_tell_what_waits_what_is_late_and_what_is_held(client, working, settings, clock):
    settings.METRICS_TOKEN = TOKEN
    working.ingest(chat_row("is held"), chat_row("waits"), chat_row("waits, too"))
    working.hand_out(working.ana)
    add_job("ingest_upload", 1, project=working.project, now=working.now)
    clock.shift(timedelta(hours=1000))

    lines = metrics(client).text.splitlines()

    assert 'reviewapp_queue_open_turns{project="shop",queue="support"} 2' in lines
    assert 'reviewapp_queue_leases{project="shop",queue="support"} 1' in lines
    assert 'reviewapp_queue_overdue{project="shop",queue="support"} 3' in lines
    assert 'reviewapp_queue_wait_seconds{project="shop",queue="support"} 3600000.0' in lines
    assert 'reviewapp_queue_overdue{project="shop",queue="pairs"} 0' in lines
    assert 'reviewapp_jobs{state="due"} 1' in lines
    assert "reviewapp_jobs_overdue 1" in lines
    assert 'reviewapp_heartbeat_age_seconds{name="worker"} 3600000.0' in lines
    assert 'reviewapp_sendings{state="failed"} 0' in lines
    assert 'reviewapp_lag_seconds{clock="jobs"} 3600000.0' in lines


def test_no_more_is_asked_for_metrics_when_more_waits(client, working, settings, django_assert_num_queries):
    settings.METRICS_TOKEN = TOKEN
    working.ingest(*(chat_row(f"early-{number}") for number in range(10)))
    with CaptureQueriesContext(connection) as few:
        metrics(client)
    working.ingest(*(chat_row(f"later-{number}") for number in range(10)))

    with django_assert_num_queries(len(few)):
        metrics(client)


def test_metrics_ask_two_queries_for_each_queue_and_four_for_each_project(client, working, settings):
    def n_queries():
        with CaptureQueriesContext(connection) as asked:
            assert metrics(client).status_code == 200
        return len(asked)

    settings.METRICS_TOKEN = TOKEN
    before = n_queries()
    working.make_queue("second", "Second looks", working.rubric, kinds=("plan",))
    with_a_queue = n_queries()
    create_project(slug="other", name="Another", creator=working.ada, now=working.now)

    assert (with_a_queue - before, n_queries() - with_a_queue) == (2, 4)


def test_counting_overdue_jobs_stops_like_all_counting(client, working, settings, clock, monkeypatch):
    settings.METRICS_TOKEN = TOKEN
    monkeypatch.setattr("labeling.queries.lags.MOST_COUNTED", 1)
    for number in (1, 2):
        add_job("ingest_upload", number, project=working.project, now=working.now)
    clock.shift(120)

    assert "reviewapp_jobs_overdue 1" in metrics(client).text.splitlines()


def test_gold_is_no_backlog(client, working, settings):
    settings.METRICS_TOKEN = TOKEN
    working.set_queue(gold_share=0.5)
    working.make_gold(chat_row())
    take_seat(working.queue, working.rater(working.ana), now=working.now)
    plant_gold(working.queue, working.rater(working.ana), now=working.now)
    assert Slot.objects.filter(state=Slot.State.OPEN).exists()

    assert 'reviewapp_queue_open_turns{project="shop",queue="support"} 0' in metrics(client).text.splitlines()
