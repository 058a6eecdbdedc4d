"""Settings that name other machines: understood, or the start is refused without repeating a password."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from reviewapp.environment import read_mail_server, read_reach


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
