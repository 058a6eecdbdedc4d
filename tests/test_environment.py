"""Settings that name other machines: understood, or the start is refused without repeating a password."""

import os
import subprocess
import sys

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from reviewapp.environment import read_broker, read_database, read_mail_server, read_reach, read_token


@pytest.mark.parametrize(
    ("url", "port", "use_tls", "use_ssl"),
    [
        ("smtp://mail.example.com", 25, False, False),
        ("smtp+tls://mail.example.com", 587, True, False),
        ("smtps://mail.example.com", 465, False, True),
        ("smtps://mail.example.com:2465/", 2465, False, True),
    ],
)
def test_a_mail_server_is_read_from_its_address(monkeypatch, url, port, use_tls, use_ssl):
    monkeypatch.setenv("EMAIL_URL", url)

    server = read_mail_server("EMAIL_URL", sender="reviews@example.com")

    assert (server.host, server.port, server.use_tls, server.use_ssl) == ("mail.example.com", port, use_tls, use_ssl)


def test_name_and_password_may_hold_anything_percent_encoded(monkeypatch):
    monkeypatch.setenv("EMAIL_URL", "smtp+tls://re%40views:p%2Fw%3A@mail.example.com")

    server = read_mail_server("EMAIL_URL", sender="reviews@example.com")

    assert (server.username, server.password) == ("re@views", "p/w:")


def test_without_an_address_there_is_no_mail(monkeypatch):
    monkeypatch.delenv("EMAIL_URL", raising=False)

    assert read_mail_server("EMAIL_URL", sender="") is None


@pytest.mark.parametrize(
    ("url", "sender"),
    [
        ("http://u:hush@mail.example.com", "a@example.com"),
        ("mail.example.com:hush", "a@example.com"),
        ("smtp://u:hush@", "a@example.com"),
        ("smtp://u:hush@mail.example.com:many", "a@example.com"),
        ("smtp://u:hush@mail.example.com/box", "a@example.com"),
        ("smtp://u:hush@mail.example.com", ""),
        ("smtp://u:hush@mail.example.com", "a@example.com\r\nBcc: b@example.com"),
    ],
)
def test_a_mail_server_that_is_not_understood_stops_the_start(monkeypatch, url, sender):
    monkeypatch.setenv("EMAIL_URL", url)

    with pytest.raises(ImproperlyConfigured) as refused:
        read_mail_server("EMAIL_URL", sender=sender)

    assert "hush" not in str(refused.value)


def test_a_network_that_is_not_understood_stops_the_start(monkeypatch):
    monkeypatch.setenv("WEBHOOK_PRIVATE_HOSTS", "sink.internal, 10.0.0.1/8")

    with pytest.raises(ImproperlyConfigured, match=r"10\.0\.0\.1/8"):
        read_reach("WEBHOOK_PRIVATE_HOSTS", includes_public=True)


def test_a_token_that_could_be_guessed_stops_the_start_and_is_not_repeated(monkeypatch):
    monkeypatch.setenv("METRICS_TOKEN", "hush-hush")

    with pytest.raises(ImproperlyConfigured, match="METRICS_TOKEN is too short") as refused:
        read_token("METRICS_TOKEN")

    assert "hush" not in str(refused.value)


@pytest.mark.parametrize("url", ["", "redis://127.0.0.1:6379/0", "rediss://:pw@cache:6380"])
def test_a_broker_is_redis_or_none(monkeypatch, url):
    monkeypatch.setenv("REDIS_URL", url)

    assert read_broker() == url


@pytest.mark.parametrize(
    "url", ["amqp://me:hush@rabbit", "hush@127.0.0.1:6379", "http://me:hush@redis", "unix:///hush"]
)
def test_another_broker_stops_the_start(monkeypatch, url):
    monkeypatch.setenv("REDIS_URL", url)

    with pytest.raises(ImproperlyConfigured, match="REDIS_URL begins with none of redis://") as refused:
        read_broker()

    assert "hush" not in str(refused.value)


def test_a_database_is_read_from_its_address_or_is_a_file_of_our_own(monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgres://re%40views:p%2Fw@db.example.com:6432/reviews")
    told = read_database("DATABASE_URL", default="sqlite:////data/own.sqlite3", conn_max_age=60)
    monkeypatch.setenv("DATABASE_URL", " ")
    own = read_database("DATABASE_URL", default="sqlite:////data/own.sqlite3", conn_max_age=60)

    assert (told["HOST"], told["PORT"], told["NAME"]) == ("db.example.com", 6432, "reviews")
    assert (told["USER"], told["PASSWORD"], told["CONN_MAX_AGE"]) == ("re@views", "p/w", 60)
    assert (own["ENGINE"], own["NAME"]) == ("django.db.backends.sqlite3", "/data/own.sqlite3")


@pytest.mark.parametrize(
    "url",
    [
        "mysql://me:hush@db/reviews",
        "me:hush@db/reviews",
        "postgres://me:hu/sh@db:x/reviews",
        "postgres://me:hush@db:x/r",
    ],
)
def test_a_database_that_is_not_understood_stops_the_start(monkeypatch, url):
    monkeypatch.setenv("DATABASE_URL", url)

    with pytest.raises(ImproperlyConfigured, match="DATABASE_URL") as refused:
        read_database("DATABASE_URL", default="", conn_max_age=0)

    assert "hu" not in str(refused.value)


def test_a_command_refuses_a_setting_in_one_line_and_with_the_code_of_bad_input():
    environment = {**os.environ, "SECRET_KEY": "x1" * 25, "REDIS_URL": "amqp://me:hush@rabbit"}

    ended = subprocess.run(
        [sys.executable, "manage.py", "check"], cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True
    )

    assert ended.returncode == 2
    assert ended.stderr == "REDIS_URL begins with none of redis://, rediss://.\n"
