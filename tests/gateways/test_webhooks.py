"""Posting to a real receiver on this machine: quick, once, to the checked address, and nowhere else."""

import socket
import ssl
import threading
import time
from pathlib import Path

import pytest

from labeling.gateways import webhooks
from labeling.policy.destinations import BadDestination, Reach, parse_reach
from labeling.policy.sendings import WebhookCall
from tests.gateways.receiver import OK, Receiver, drip, head_and_body

LOCAL = parse_reach(["127.0.0.1"])


@pytest.fixture(autouse=True)
def clock():
    """No still clock here: sockets wait in real time."""


def post(url, *, body=b'{"a":1}', reach=LOCAL, **headers):
    return webhooks.post(WebhookCall(url, {"webhook-id": "msg_1", **headers}, body), reach=reach)


def test_a_message_arrives_as_it_was_signed():
    with Receiver() as receiver:
        outcome = post(receiver.url, body='{"name":"é"}'.encode())

        headers, body = head_and_body(receiver.requests[0])
        assert (outcome.status, outcome.answer, outcome.error, outcome.is_delivered) == (200, "ok", "", True)
        assert receiver.requests[0].startswith(b"POST /hook?from=shop HTTP/1.1\r\n")
        assert headers["webhook-id"] == "msg_1"
        assert headers["host"] == f"127.0.0.1:{receiver.port}"
        assert body == '{"name":"é"}'.encode()


def test_a_redirect_is_not_followed():
    with Receiver() as other, Receiver() as receiver:
        receiver.answers = [f"HTTP/1.1 302 Found\r\nLocation: {other.url}\r\n\r\n".encode()]

        outcome = post(receiver.url)

        assert outcome.status == 302
        assert "not followed" in outcome.error
        assert not outcome.is_delivered
        assert other.requests == []


def test_a_receiver_that_never_answers_is_left_after_the_deadline(monkeypatch):
    monkeypatch.setattr(webhooks, "ALL_SECONDS", 0.2)
    with Receiver([lambda connection: time.sleep(2)]) as receiver:
        outcome = post(receiver.url)

        assert outcome.error == webhooks.TOO_SLOW
        assert 150 < outcome.duration_ms < 1_500


def test_a_receiver_that_sends_a_byte_now_and_then_is_left_after_the_deadline_too(monkeypatch):
    monkeypatch.setattr(webhooks, "ALL_SECONDS", 0.3)
    with Receiver([drip(b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 500, seconds=0.02)]) as receiver:
        outcome = post(receiver.url)

        assert outcome.error == webhooks.TOO_SLOW
        assert outcome.duration_ms < 1_500


def test_a_slow_answer_after_its_status_is_delivered_and_left_off(monkeypatch):
    monkeypatch.setattr(webhooks, "ALL_SECONDS", 0.3)

    def answer(connection):
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\nwell")
        drip(b"x" * 500, seconds=0.02)(connection)

    with Receiver([answer]) as receiver:
        outcome = post(receiver.url)

        assert outcome.is_delivered
        assert outcome.answer.startswith("well")
        assert outcome.duration_ms < 1_500


def test_of_a_big_answer_only_the_beginning_is_read():
    sent = [0]

    def answer(connection):
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        for _ in range(10_000):
            sent[0] += connection.send(b"x" * 65_536)

    with Receiver([answer]) as receiver:
        outcome = post(receiver.url)

        assert outcome.is_delivered
        assert outcome.answer == "x" * 200
        assert sent[0] < 50 * 1024 * 1024


def test_headers_without_an_end_are_no_answer():
    with Receiver([b"HTTP/1.1 200 OK\r\n" + b"".join(b"X-%d: y\r\n" % n for n in range(20_000))]) as receiver:
        outcome = post(receiver.url)

        assert outcome.status is None
        assert outcome.error.startswith("The answer is no HTTP")


@pytest.mark.parametrize("answer", [b"", b"hello\r\n", b"HTTP/1.1 abc\r\n\r\n", b"SSH-2.0-OpenSSH_9.6\r\n"])
def test_what_is_no_http_is_no_delivery(answer):
    with Receiver([answer]) as receiver:
        outcome = post(receiver.url)

        assert not outcome.is_delivered
        assert outcome.error


def test_nobody_listening_is_an_error_in_words():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

    outcome = post(f"http://127.0.0.1:{port}/")

    assert outcome.error == "No connection: Connection refused."


def test_a_private_address_is_refused_at_each_sending():
    with Receiver() as receiver:
        outcome = post(receiver.url, reach=parse_reach(["10.0.0.0/8"]))

        assert not outcome.is_delivered
        assert receiver.requests == []


@pytest.mark.parametrize("host", ["127.1", "2130706433", "0x7f.0.0.1", "localhost", "0", "[::1]", "[::ffff:127.0.0.1]"])
def test_other_spellings_of_this_machine_are_refused(host):
    with pytest.raises(BadDestination):
        webhooks.check_destination(f"https://{host}/", reach=Reach())


def test_a_name_that_leads_elsewhere_the_second_time_is_connected_to_where_it_led_the_first_time(monkeypatch):
    answers, connected = iter(["8.8.8.8", "127.0.0.1"]), []
    monkeypatch.setattr(socket, "getaddrinfo", lambda *a, **k: [(2, 1, 6, "", (next(answers), 443))])

    def refuse(address, timeout):
        connected.append(address)
        raise ConnectionRefusedError(111, "Connection refused")

    monkeypatch.setattr(socket, "create_connection", refuse)

    post("https://rebinding.example.com/", reach=Reach())

    assert connected == [("8.8.8.8", 443)]


def test_a_name_that_turned_private_since_it_was_entered_is_refused(monkeypatch):
    monkeypatch.setattr(socket, "getaddrinfo", lambda *a, **k: [(2, 1, 6, "", ("169.254.169.254", 443))])

    outcome = post("https://hooks.example.com/", reach=Reach())

    assert outcome.error.startswith("This host has no public address")


def test_a_name_that_nobody_resolves_in_time_is_refused(monkeypatch):
    monkeypatch.setattr(webhooks, "CONNECT_SECONDS", 0.1)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *a, **k: time.sleep(0.4) or [])

    outcome = post("https://hooks.example.com/", reach=Reach())

    assert "no public address" in outcome.error
    assert outcome.duration_ms < 380


def test_proxies_of_the_environment_are_not_used(monkeypatch):
    with Receiver() as proxy, Receiver() as receiver:
        for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")

        outcome = post(receiver.url)

        assert outcome.is_delivered
        assert proxy.requests == []


def test_plain_text_where_tls_was_asked_for_is_refused():
    def answer_in_plain_text():
        with listener.accept()[0] as connection:
            connection.sendall(OK)
            connection.recv(65_536)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        answering = threading.Thread(target=answer_in_plain_text)
        answering.start()

        outcome = post(f"https://127.0.0.1:{listener.getsockname()[1]}/")
        answering.join()

    assert outcome.error.startswith("TLS failed")


# A key and a certificate for hooks.example.test, signed by itself and good for a hundred years; they open nothing.
CERTIFICATE = Path(__file__).with_name("hooks.example.test.pem")


@pytest.fixture
def secure_receiver(monkeypatch):
    """A receiver with TLS that proves to be hooks.example.test; every name leads to it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    with Receiver(tls=context) as receiver:
        monkeypatch.setattr(socket, "getaddrinfo", lambda *a, **k: [(2, 1, 6, "", ("127.0.0.1", receiver.port))])
        yield receiver


def trust(monkeypatch):
    trusting = ssl.create_default_context(cafile=CERTIFICATE)
    monkeypatch.setattr(webhooks, "tls", lambda: trusting)


def test_a_receiver_that_proves_to_be_the_host_gets_the_message(secure_receiver, monkeypatch):
    trust(monkeypatch)

    outcome = post(f"https://hooks.example.test:{secure_receiver.port}/", reach=parse_reach(["127.0.0.0/8"]))

    assert outcome.is_delivered
    assert len(secure_receiver.requests) == 1


def test_a_receiver_with_the_certificate_of_another_host_gets_nothing(secure_receiver, monkeypatch):
    trust(monkeypatch)

    outcome = post(f"https://other.example.test:{secure_receiver.port}/", reach=parse_reach(["127.0.0.0/8"]))

    assert outcome.error.startswith("TLS failed: Hostname mismatch")
    assert secure_receiver.requests == []


def test_a_receiver_whose_certificate_nobody_vouches_for_gets_nothing(secure_receiver):
    outcome = post(f"https://hooks.example.test:{secure_receiver.port}/", reach=parse_reach(["127.0.0.0/8"]))

    assert outcome.error.startswith("TLS failed: self-signed certificate")
    assert secure_receiver.requests == []
