"""Whether the installation lives and can work, for whatever watches over it."""

import pytest
from django.db import OperationalError

from labeling.services.jobs import add_job, beat
from labeling.views import health


@pytest.fixture
def working(world):
    beat("worker", now=world.now)
    return world


def test_alive_needs_no_database(client):
    # No database fixture: a query would fail this test.
    page = client.get("/healthz")

    assert (page.status_code, page.text) == (200, "ok")


def test_ready_with_a_beating_worker(client, working):
    page = client.get("/readyz")

    assert page.status_code == 200
    assert page.json() == {
        "ready": True,
        "database": "ok",
        "migrations": "applied",
        "worker_heartbeat_age_seconds": 0.0,
        "n_overdue_jobs": 0,
        "problems": [],
    }


def test_not_ready_before_a_worker_reported(client, world):
    page = client.get("/readyz")

    assert page.status_code == 503
    assert "No worker has reported yet" in page.json()["problems"][0]


def test_not_ready_when_the_worker_went_silent(client, working, clock):
    clock.shift(300)

    page = client.get("/readyz")

    assert page.status_code == 503
    assert page.json()["worker_heartbeat_age_seconds"] == 300.0


def test_not_ready_when_jobs_lie_undone(client, working, clock):
    add_job("ingest_upload", 1, now=working.now)
    clock.shift(120)
    beat("worker", now=working.now)

    page = client.get("/readyz")

    assert page.status_code == 503
    assert page.json()["n_overdue_jobs"] == 1


def test_a_dead_database_is_said_without_its_secrets(client, working, monkeypatch):
    def refuse():
        raise OperationalError("password authentication failed for user reviewapp at db.internal")

    monkeypatch.setattr("labeling.queries.health.n_missing_migrations", refuse)

    page = client.get("/readyz")

    assert page.status_code == 503
    assert page.json()["database"] == "unreachable"
    assert "db.internal" not in page.text


def test_missing_migrations_are_said(client, working, monkeypatch):
    monkeypatch.setattr("labeling.queries.health.n_missing_migrations", lambda: 2)

    page = client.get("/readyz")

    assert page.status_code == 503
    assert page.json()["migrations"] == "2 missing"


@pytest.mark.parametrize(("is_reachable", "status"), [(True, 200), (False, 503)])
def test_the_broker_counts_where_there_is_one(client, working, settings, monkeypatch, is_reachable, status):
    settings.REDIS_URL = "redis://:secret@broker.internal:6379/0"
    monkeypatch.setattr(health, "is_broker_reachable", lambda url: is_reachable)

    page = client.get("/readyz")

    assert page.status_code == status
    assert "secret" not in page.text


def test_health_is_answered_without_tls_and_everything_else_is_sent_there(client, working, settings):
    settings.SECURE_SSL_REDIRECT = True

    assert client.get("/healthz").status_code == 200
    assert client.get("/readyz").status_code == 200
    assert client.get("/login/").status_code == 301


def test_health_pages_are_only_read(client, world):
    assert client.post("/healthz").status_code == 405
    assert client.post("/readyz").status_code == 405
