"""Messages on their way: written with what they tell of, sent at least once, tried again, given up where it is seen."""

import json
from datetime import timedelta
from random import Random

import pytest

from labeling import tasks
from labeling.models import Event, FinalLabel, Item, Sending, SendingAttempt, Webhook
from labeling.policy.destinations import parse_reach
from labeling.policy.errors import Conflict
from labeling.policy.sendings import RETRY_SECONDS, Outcome
from labeling.queries.sendings import lanes_to_serve
from labeling.services.adjudication import settle_entry
from labeling.services.sendings import claim_next_sending, record_attempt, repeat_failed, repeat_sending
from labeling.services.webhooks import create_webhook, rotate_secret, send_test, switch_off, switch_on
from tests.gateways.receiver import OK, Receiver, head_and_body
from tests.services.ruling import disputed, rule
from tests.world import BAD, chat_row

State = Sending.State
REFUSED = Outcome(12, status=500, answer="not today")
TAKEN = Outcome(12, status=200)


@pytest.fixture
def hook(world):
    return make_hook(world)


def make_hook(world, url="https://hooks.example.com/", hears=("final_label",)):
    webhook, _ = create_webhook(project=world.project, name="crm", url=url, hears=hears, actor=world.ada, now=world.now)
    return webhook


def settle_one(world, clock, external_id="r-1", **review):
    world.ingest(chat_row(external_id))
    world.review_next(world.ana, **review)
    clock.shift(31)
    world.settle_all()


def attempt(webhook, outcome, world):
    outgoing = claim_next_sending(webhook.pk, now=world.now)
    return record_attempt(outgoing, outcome, now=world.now, rng=Random(1))


def test_a_final_label_is_written_down_for_whoever_hears_of_it(world, clock, hook):
    make_hook(world, hears=("due_breached",))
    settle_one(world, clock, verdict="reject", answers=BAD, note="a note that stays here")

    message = json.loads(Sending.objects.get(webhook=hook).body)
    label = FinalLabel.objects.get()
    assert Sending.objects.get().words == f"Final label {label.pk}"
    assert message["type"] == "final_label"
    assert message["data"] == {
        "project": "shop",
        "item_id": label.item_id,
        "external_id": "r-1",
        "source_system": "helpdesk",
        "entry_id": label.entry_id,
        "final_label_id": label.pk,
        "rubric": "support-reply",
        "rubric_version": 1,
        "verdict": "reject",
        "is_bad": True,
        "source": "single",
        "revision": 1,
        "has_correction": False,
        "failure": {"type": "factual_error", "severity": "major", "cause": None},
        "answers": BAD,
        "inclusion_probability": 1.0,
        "decided_at": "2026-11-02T09:00:31Z",
    }


def test_a_message_tells_no_text_and_no_name(world, clock, hook):
    settle_one(world, clock, note="a note that stays here")

    body = Sending.objects.get().body
    for hidden in ("kettle", "a note", "ana", "hidden-model", "house-judge", "aster"):
        assert hidden not in body


def test_a_label_that_is_not_stored_is_not_told(world, clock, hook, monkeypatch):
    world.ingest(chat_row())
    world.review_next(world.ana)
    clock.shift(31)
    monkeypatch.setattr("labeling.services.adjudication.record_event", lambda *a, **k: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        settle_entry(world.entry("r-1").pk, now=world.now)

    assert not FinalLabel.objects.exists()
    assert not Sending.objects.exists()


def test_what_an_adjudication_settles_is_told_once(world, clock, hook):
    disputed(world, clock)
    before = Sending.objects.count()

    rule(world, world.olga)

    assert before == 0
    assert json.loads(Sending.objects.get().body)["data"]["source"] == "adjudicated"
    assert "olga" not in Sending.objects.get().body


def test_nobody_listening_costs_a_settlement_one_query(world, clock, django_assert_max_num_queries):
    world.ingest(chat_row())
    world.review_next(world.ana)
    clock.shift(31)

    with django_assert_max_num_queries(24):
        settle_entry(world.entry("r-1").pk, now=world.now)

    assert not Sending.objects.exists()


def test_a_message_is_claimed_once(world, clock, hook):
    settle_one(world, clock)

    first, second = (claim_next_sending(hook.pk, now=world.now) for _ in range(2))

    assert (first.attempt, second) == (1, None)
    assert lanes_to_serve(now=world.now) == []


def test_a_delivered_message_stays_delivered(world, clock, hook):
    settle_one(world, clock)

    assert attempt(hook, TAKEN, world)

    sending = Sending.objects.get()
    assert (sending.state, sending.ended_at) == (State.SENT, world.now)
    assert claim_next_sending(hook.pk, now=world.now + timedelta(days=9)) is None


def test_a_refused_message_comes_again_later_each_time_and_ends_failed(world, clock, hook):
    settle_one(world, clock)
    waits = []

    for _ in range(len(RETRY_SECONDS)):
        attempt(hook, REFUSED, world)
        waits.append((Sending.objects.get().due_at - world.now).total_seconds())
        clock.shift(waits[-1])
    attempt(hook, REFUSED, world)

    sending = Sending.objects.get()
    assert all(0.8 * planned <= wait <= 1.2 * planned for planned, wait in zip(RETRY_SECONDS, waits, strict=True))
    assert (sending.state, sending.n_attempts) == (State.FAILED, 8)
    assert list(SendingAttempt.objects.values_list("status", "answer").distinct()) == [(500, "not today")]


def test_a_message_whose_worker_died_is_sent_again_with_the_same_id(world, clock, hook):
    settle_one(world, clock)
    lost = claim_next_sending(hook.pk, now=world.now)
    clock.shift(61)

    again = claim_next_sending(hook.pk, now=world.now)
    is_late_one_recorded = record_attempt(lost, TAKEN, now=world.now, rng=Random(1))
    record_attempt(again, TAKEN, now=world.now, rng=Random(1))

    assert lost.content.headers["webhook-id"] == again.content.headers["webhook-id"]
    assert lost.content.body == again.content.body
    assert not is_late_one_recorded
    assert [one.number for one in SendingAttempt.objects.order_by("number")] == [1, 2]
    assert SendingAttempt.objects.get(number=1).error.startswith("The worker ended")
    assert Sending.objects.get().state == State.SENT


def test_a_message_that_kills_every_worker_ends_failed(world, clock, hook):
    settle_one(world, clock)
    for _ in range(9):
        claim_next_sending(hook.pk, now=world.now)
        clock.shift(61)

    assert Sending.objects.get().state == State.FAILED
    assert lanes_to_serve(now=world.now) == []


def test_a_failed_message_is_sent_again_when_somebody_asks(world, clock, hook):
    settle_one(world, clock)
    Sending.objects.update(state=State.FAILED, due_at=None, n_tries=8)

    is_first, is_second = (repeat_sending(Sending.objects.get(), actor=world.ada, now=world.now) for _ in range(2))

    sending = Sending.objects.get()
    assert (is_first, is_second) == (True, False)
    assert (sending.state, sending.n_tries) == (State.WAITING, 0)
    assert Event.objects.filter(kind="sending.repeated", actor=world.ada).count() == 1


def test_a_webhook_through_which_nothing_gets_for_three_days_is_switched_off(world, clock, hook, settings):
    settings.MAIL_SERVER = object()
    type(world.ada).objects.filter(pk=world.ada.pk).update(email="ada@example.com")
    settle_one(world, clock)
    attempt(hook, REFUSED, world)
    clock.shift(3 * 24 * 3600)
    settle_one(world, clock, "r-2")

    attempt(hook, REFUSED, world)

    hook.refresh_from_db()
    assert hook.off_reason == Webhook.OffReason.FAILING
    assert set(Sending.objects.filter(webhook=hook).values_list("state", flat=True)) == {State.FAILED}
    assert "switched off" in Sending.objects.get(recipient=world.ada).title
    assert Event.objects.filter(kind="webhook.switched_off", actor_name="system").count() == 1
    assert hook.url not in str(list(Event.objects.values_list("subject", flat=True)))


def test_one_delivery_in_between_makes_a_webhook_healthy(world, clock, hook):
    settle_one(world, clock)
    attempt(hook, REFUSED, world)
    clock.shift(60)
    attempt(hook, TAKEN, world)

    hook.refresh_from_db()
    assert hook.failing_since is None


def test_a_receiver_that_says_it_is_gone_is_believed(world, clock, hook):
    settle_one(world, clock)

    attempt(hook, Outcome(5, status=410), world)

    hook.refresh_from_db()
    assert hook.off_reason == Webhook.OffReason.GONE


def test_a_webhook_that_is_off_is_told_nothing_and_repeats_nothing(world, clock, hook):
    settle_one(world, clock)
    switch_off(hook, actor=world.ada, now=world.now)
    settle_one(world, clock, "r-2")

    for refused in (repeat_failed, send_test):
        with pytest.raises(Conflict):
            refused(hook, actor=world.ada, now=world.now)

    assert [one.state for one in Sending.objects.all()] == [State.FAILED]
    assert lanes_to_serve(now=world.now) == []


def test_what_was_being_sent_when_its_worker_died_fails_when_the_webhook_is_switched_off(world, clock, hook):
    settle_one(world, clock)
    claim_next_sending(hook.pk, now=world.now)
    clock.shift(3600)

    switch_off(hook, actor=world.ada, now=world.now)

    assert [one.state for one in Sending.objects.all()] == [State.FAILED]


def test_a_webhook_that_is_on_again_sends_what_had_failed_when_asked(world, clock, hook):
    settle_one(world, clock)
    switch_off(hook, actor=world.ada, now=world.now)
    switch_on(hook, actor=world.ada, now=world.now)

    n_repeated = repeat_failed(hook, actor=world.ada, now=world.now)

    assert n_repeated == 1
    assert lanes_to_serve(now=world.now) == [hook.pk]


def test_a_failing_receiver_keeps_no_other_waiting(world, clock, hook):
    other = make_hook(world, "https://other.example.com/")
    settle_one(world, clock)
    claim_next_sending(hook.pk, now=world.now)

    assert lanes_to_serve(now=world.now) == [other.pk]


def test_for_a_day_after_a_rotation_messages_carry_both_signatures(world, clock, hook):
    settle_one(world, clock)
    rotate_secret(hook, actor=world.ada, now=world.now)
    signatures = []

    for seconds in (0, 24 * 3600 - 1, 1):
        clock.shift(seconds)
        Sending.objects.update(state=State.WAITING, due_at=world.now)
        outgoing = claim_next_sending(hook.pk, now=world.now)
        signatures.append(len(outgoing.content.headers["webhook-signature"].split(" ")))

    assert signatures == [2, 2, 1]


# --- with a real receiver -------------------------------------------------------------------------------------------


def serve(webhook):
    """What the worker does for one lane."""
    tasks.send_lane(webhook.pk)


def test_a_message_arrives_with_a_signature_that_the_readme_checks(world, clock, settings):
    from tests.test_docs import verification_of_the_readme

    settings.WEBHOOK_REACH = parse_reach(["127.0.0.1"])
    with Receiver() as receiver:
        webhook, secret = create_webhook(
            project=world.project, name="x", url=receiver.url, hears=["final_label"], actor=world.ada, now=world.now
        )
        settle_one(world, clock)

        serve(webhook)

        headers, body = head_and_body(receiver.requests[0])
        is_genuine = verification_of_the_readme()
        assert is_genuine(secret, headers, body)
        assert not is_genuine(secret, headers, body.replace(b"approve", b"reject"))
        assert not is_genuine("whsec_" + "A" * 44, headers, body)
        clock.shift(600)
        assert not is_genuine(secret, headers, body)


def test_a_receiver_that_fails_first_gets_the_message_the_second_time(world, clock, settings):
    settings.WEBHOOK_REACH = parse_reach(["127.0.0.1"])
    with Receiver([b"HTTP/1.1 500 Oh\r\nContent-Length: 3\r\n\r\nno\x00", OK]) as receiver:
        webhook = make_hook(world, receiver.url)
        settle_one(world, clock)

        serve(webhook)
        serve(webhook)
        clock.shift(10)
        serve(webhook)

        assert len(receiver.requests) == 2
        assert list(SendingAttempt.objects.order_by("number").values_list("status", "answer")) == [
            (500, "no"),
            (200, "ok"),
        ]
        assert Sending.objects.get().state == State.SENT


def test_a_worker_killed_between_sending_and_marking_sends_again(world, clock, settings, monkeypatch):
    settings.WEBHOOK_REACH = parse_reach(["127.0.0.1"])

    def killed(*args, **kwargs):
        raise SystemExit

    with Receiver() as receiver:
        webhook = make_hook(world, receiver.url)
        settle_one(world, clock)
        with monkeypatch.context() as dying:
            dying.setattr("labeling.services.sendings.record_attempt", killed)
            with pytest.raises(SystemExit):
                serve(webhook)
        clock.shift(61)

        serve(webhook)

        first, second = (head_and_body(request) for request in receiver.requests)
        assert first[0]["webhook-id"] == second[0]["webhook-id"]
        assert first[1] == second[1]
        assert Sending.objects.get().state == State.SENT


def test_a_submit_never_speaks_to_a_receiver(world, clock, hook, monkeypatch):
    def speak(*args, **kwargs):
        raise AssertionError("somebody looked up a name or opened a connection")

    monkeypatch.setattr("socket.getaddrinfo", speak)
    monkeypatch.setattr("socket.create_connection", speak)
    make_hook(world, hears=("final_label", "due_breached"))

    settle_one(world, clock)

    assert Item.objects.get().status == Item.Status.FINAL
    assert Sending.objects.filter(state=State.WAITING).count() == 2
