"""Signatures that any receiver can check, and tries that come later each time."""

from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from labeling.policy.sendings import (
    MOST_TRIES,
    RETRY_SECONDS,
    Outcome,
    gives_up,
    next_try,
    readable,
    secret_from,
    signed_headers,
)

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


def test_a_signature_is_that_of_the_standards_own_example():
    # The example of the Standard Webhooks libraries: https://github.com/standard-webhooks/standard-webhooks
    headers = signed_headers(
        b'{"test": 2432232314}',
        message_id="msg_p5jXN8AQM9LWM0D4loKWxJek",
        now=datetime.fromtimestamp(1614265330, tz=UTC),
        secrets=["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
    )

    assert headers == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_two_secrets_make_two_signatures_of_which_each_is_the_one_it_would_be_alone():
    first, second = secret_from("a", key="k" * 40), secret_from("b", key="k" * 40)
    both, alone = (
        signed_headers(b"{}", message_id="msg_1", now=NOW, secrets=secrets)["webhook-signature"].split(" ")
        for secrets in ([first, second], [second])
    )

    assert len(set(both)) == 2
    assert both[1] == alone[0]


def test_a_secret_needs_both_the_seed_and_the_installations_key():
    secrets = {secret_from(seed, key=key) for seed in ("a", "b") for key in ("k" * 40, "l" * 40)}

    assert len(secrets) == 4
    assert all(secret.startswith("whsec_") and len(secret) == 6 + 44 for secret in secrets)


@pytest.mark.parametrize(("n_tries", "seconds"), list(enumerate(RETRY_SECONDS, start=1)))
def test_each_try_comes_later_than_the_one_before_give_or_take_a_fifth(n_tries, seconds):
    waits = [(next_try(n_tries, now=NOW, rng=Random(seed)) - NOW).total_seconds() for seed in range(50)]

    assert min(waits) >= 0.8 * seconds
    assert max(waits) <= 1.2 * seconds
    assert len(set(waits)) == 50


def test_after_the_last_try_there_is_none():
    assert next_try(MOST_TRIES, now=NOW, rng=Random(0)) is None
    assert next_try(MOST_TRIES - 1, now=NOW, rng=Random(0)) is not None


@pytest.mark.parametrize(
    ("outcome", "is_delivered"),
    [
        (Outcome(1, status=200), True),
        (Outcome(1, status=204), True),
        (Outcome(1, status=199), False),
        (Outcome(1, status=302, error="It redirects."), False),
        (Outcome(1, status=404), False),
        (Outcome(1, error="No connection."), False),
        (Outcome(1), True),  # a letter that the mail server took has no status
    ],
)
def test_only_a_status_of_the_two_hundreds_is_delivered(outcome, is_delivered):
    assert outcome.is_delivered is is_delivered


@pytest.mark.parametrize(
    ("age", "status", "is_over"),
    [(timedelta(days=2), 500, False), (timedelta(days=3), 500, True), (timedelta(0), 410, True)],
)
def test_a_webhook_is_given_up_after_three_days_or_when_it_says_that_it_is_gone(age, status, is_over):
    assert gives_up(NOW - age, status=status, now=NOW) is is_over


def test_what_is_kept_of_an_answer_is_short_and_printable():
    assert readable("ok\x00\r\n\x1b[31m‮ " + "é" * 500).startswith("ok")
    assert len(readable("é" * 5_000)) == 200
    assert readable("a\x00b").isprintable()
