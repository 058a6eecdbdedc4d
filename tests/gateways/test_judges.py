"""Asking a judge at a real endpoint on this machine, which answers well, badly, late and not at all."""

import time

import pytest

from labeling.gateways import judges
from labeling.policy.destinations import BadDestination, Reach, parse_reach
from labeling.policy.judge_answers import read_answer, read_completion
from labeling.policy.judge_calls import JudgeRequest
from tests.gateways.judge import asked, http, judged, refused, said
from tests.gateways.receiver import Receiver, drip, head_and_body

pytest.importorskip("openai")

LOCAL = parse_reach(["127.0.0.1"])


@pytest.fixture(autouse=True)
def clock():
    """No still clock here: sockets wait in real time."""


def ask(receiver, *, reach=LOCAL, **changes):
    given = {
        "url": f"http://127.0.0.1:{receiver.port}/v1",
        "key": "sk-hush",
        "model": "judge-1",
        "messages": [{"role": "user", "content": "Is it right?"}],
        "values": ("yes", "no"),
        "max_output_tokens": 300,
        "limit_name": "max_tokens",
        "answer_form": "json_schema",
        "timeout_seconds": 5.0,
        "temperature": 0.0,
    }
    return judges.ask(JudgeRequest(**given | changes), reach=reach)


def test_an_answer_is_asked_for_by_schema_and_comes_back_whole():
    with Receiver([judged("yes")]) as receiver:
        reply = ask(receiver, seed=7)

        request = asked(receiver.requests[0])
        text, usage = read_completion(reply.body)
        assert receiver.requests[0].startswith(b"POST /v1/chat/completions HTTP/1.1\r\n")
        assert (reply.status, reply.reason, reply.answer_form) == (200, "", "json_schema")
        assert read_answer(text, ("yes", "no")).label == "yes"
        assert (usage.tokens_in, usage.tokens_out) == (100, 20)
        assert request["response_format"]["json_schema"]["schema"]["properties"]["label"]["enum"] == ["yes", "no"]
        assert (request["model"], request["temperature"], request["seed"], request["max_tokens"]) == (
            *("judge-1", 0.0, 7),
            300,
        )


def test_an_endpoint_learns_our_key_and_nothing_else_of_this_machine(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-another")
    monkeypatch.setenv("OPENAI_ORG_ID", "org-of-somebody")
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "x-inner: secret")
    with Receiver([judged("yes")]) as receiver:
        ask(receiver)

        headers, _ = head_and_body(receiver.requests[0])
        assert headers["authorization"] == "Bearer sk-hush"
        assert headers["user-agent"] == "Reviewapp"
        assert set(headers) == {
            *("host", "accept-encoding", "authorization", "content-type", "content-length"),
            *("user-agent", "accept", "connection"),
        }
    assert "sk-hush" not in repr(JudgeRequest("u", "sk-hush", "m", [], (), 1, "max_tokens", "text", 1.0))


def test_an_endpoint_that_knows_no_schema_is_asked_in_the_next_form():
    unknown = refused(400, "x" * 900 + " response_format of type json_schema is not supported")
    with Receiver([unknown, unknown, judged("no")]) as receiver:
        reply = ask(receiver)

        forms = [asked(request).get("response_format", {}).get("type") for request in receiver.requests]
        assert forms == ["json_schema", "json_object", None]
        assert (reply.status, reply.answer_form) == (200, "text")


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (refused(429, "slow down"), "busy"),
        (refused(500, "oops"), "broken"),
        (refused(503, "oops"), "broken"),
        (refused(400, "this model is too small for that"), "refused"),
        (refused(401, "bad key"), "barred"),
        (refused(404, "no such model"), "barred"),
        (b"this is no HTTP\r\n\r\n", "unreachable"),
        (b"", "unreachable"),
    ],
)
def test_what_is_no_success_is_told_apart(answer, reason):
    with Receiver([answer]) as receiver:
        reply = ask(receiver)

        assert (reply.reason, reply.body) == (reason, b"")
        assert reply.error
        assert "{" not in reply.error
        assert len(receiver.requests) == 1


def test_how_long_to_wait_is_read_and_not_believed_without_end():
    with Receiver(
        [refused(429, "slow", Retry_After="7"), refused(429, "slow", Retry_After="999999999999")]
    ) as receiver:
        assert (ask(receiver).retry_after, ask(receiver).retry_after) == (7.0, 3_600.0)


def test_words_of_a_refusal_are_cut_and_harmless():
    with Receiver([refused(400, "\x00\x1b[31m" + "x" * 5_000)]) as receiver:
        reply = ask(receiver)

        assert len(reply.error) <= 200
        assert reply.error.isprintable()


def test_an_endpoint_that_repeats_the_key_in_a_refusal_does_not_tell_it():
    answers = [refused(401, "Incorrect API key provided: sk-hush."), refused(403, "x" * 195 + " sk-hush")]
    with Receiver(answers) as receiver:
        assert ask(receiver).error == "Incorrect API key provided: (the key)."
        assert "sk-" not in ask(receiver).error


def test_a_redirect_is_not_followed():
    with Receiver() as other, Receiver() as receiver:
        receiver.answers = [f"HTTP/1.1 307 Go\r\nLocation: {other.url}\r\nContent-Length: 0\r\n\r\n".encode()]

        reply = ask(receiver)

        assert (reply.reason, reply.status) == ("redirected", 307)
        assert other.requests == []


@pytest.mark.parametrize(
    "silence",
    [lambda connection: time.sleep(1), drip(judged("yes"), seconds=0.02)],
    ids=["says nothing", "drips"],
)
def test_silence_ends_at_the_deadline(silence):
    with Receiver([silence]) as receiver:
        reply = ask(receiver, timeout_seconds=0.2)

        assert reply.reason == "silent"
        assert 150 < reply.latency_ms < 900


def test_an_answer_without_end_is_left():
    with Receiver([http(200, said("x" * 3_000_000))]) as receiver:
        assert ask(receiver).reason == "too_large"


def test_an_answer_is_read_as_it_is_and_never_unpacked():
    bomb = b"\x1f\x8b" + b"\x00" * 100
    with Receiver([http(200, bomb, Content_Encoding="gzip")]) as receiver:
        assert ask(receiver).body == bomb


def test_private_addresses_are_asked_only_where_the_installation_names_them():
    with Receiver([judged("yes")]) as receiver:
        reply = ask(receiver, reach=Reach())

        assert reply.reason == "unreachable"
        assert "WEBHOOK_PRIVATE_HOSTS" in reply.error
        assert receiver.requests == []
    with pytest.raises(BadDestination, match="after"):
        judges.check_endpoint("https://judge.example.com/v1?x=1", reach=LOCAL)
