"""What processes hold open: kept while it is good, let go when it is not, done without while Redis is away."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import redis
from django.core.cache import caches
from django.db import connection

from reviewapp.caches import SteadyRedisCache

ROOT = Path(__file__).resolve().parent.parent
LIMITS = """
import django
from reviewapp.wsgi import application
from django.db import connection
print(connection.settings_dict["OPTIONS"].get("options"))
"""


@pytest.fixture
def away():
    """A cache whose Redis does not answer: nobody listens on port 1."""
    return SteadyRedisCache("redis://127.0.0.1:1/0", {"OPTIONS": {"socket_timeout": 1, "socket_connect_timeout": 1}})


def test_while_redis_is_away_each_process_counts_for_itself(away):
    assert away.add("failures", 0, timeout=60)
    assert not away.add("failures", 0, timeout=60)
    assert away.incr("failures") == 1
    assert away.touch("failures", 60)
    assert away.get("failures") == 1
    assert away.delete("failures")
    with pytest.raises(ValueError, match="failures"):  # what callers know of a cache that lost its count
        away.incr("failures")


def test_nothing_but_a_redis_that_is_away_is_passed_over(away, monkeypatch):
    def fail(*given, **more):
        raise redis.ResponseError("out of memory")

    monkeypatch.setattr("django.core.cache.backends.redis.RedisCache.get", fail)
    assert away.get("failures", 5) == 5

    monkeypatch.setattr("django.core.cache.backends.redis.RedisCache.get", lambda *given, **more: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        away.get("failures")


def test_logging_in_works_while_redis_is_away(world, client, monkeypatch, away):
    monkeypatch.setattr(caches._connections, "default", away, raising=False)

    answer = client.post("/login/", {"username": "ana", "password": "a-long-enough-phrase"})

    assert answer.status_code == 302


@pytest.mark.parametrize("own", ["", "?options=-c%20statement_timeout%3D5s"])
def test_pages_wait_for_postgresql_no_longer_than_their_readers_do_unless_the_url_says_otherwise(tmp_path, own):
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "DJANGO_SETTINGS_MODULE": "reviewapp.settings",
        "REVIEWAPP_DEMO": "1",
        "REVIEWAPP_VAR": str(tmp_path),
        "DATABASE_URL": f"postgres://nobody@127.0.0.1:1/none{own}",
    }

    told = subprocess.run([sys.executable, "-c", LIMITS], env=environment, cwd=ROOT, capture_output=True, text=True)

    limits = told.stdout.split()
    assert "lock_timeout=10s" in limits
    assert [one for one in limits if one.startswith("statement_timeout")][-1] == (
        "statement_timeout=5s" if own else "statement_timeout=60s"
    )


def test_jobs_and_migrations_wait_as_long_as_it_takes(db):
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no such limits")

    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        assert cursor.fetchone() == ("0",)
