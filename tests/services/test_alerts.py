"""Alerts on overdue items: one a queue, told to who manages it, and nothing is approved by them."""

import json

import pytest
from django.db import connection

from labeling import tasks
from labeling.models import Alert, Event, FinalLabel, Item, Membership, Sending
from labeling.policy.sendings import Letter, MailServer
from labeling.queries.alerts import overdue_entries, queues_to_alert
from labeling.queries.deliveries import release_now
from labeling.services.alerts import set_alert_delay, watch_queue
from labeling.services.sendings import claim_next_sending
from labeling.services.webhooks import create_webhook
from tests.services.ruling import disputed, rule
from tests.world import chat_row

DAY = 24 * 3600
MINUTE = 60


@pytest.fixture
def mail(world, settings):
    """Ada, Olga and Ana have an address, and there is a mail server."""
    settings.MAIL_SERVER = MailServer("127.0.0.1", 25, "reviews@example.org")
    for user in (world.ada, world.olga, world.ana):
        type(user).objects.filter(pk=user.pk).update(email=f"{user.username}@example.com")


@pytest.fixture
def hook(world):
    return create_webhook(
        project=world.project,
        name="pager",
        url="https://pager.example.com/",
        hears=["due_breached"],
        actor=world.ada,
        now=world.now,
    )[0]


def wait_until_overdue(world, clock, *, minutes=5, rows=("r-1", "r-2")):
    """Medium stakes are due after a day."""
    world.ingest(*(chat_row(external_id) for external_id in rows))
    clock.shift(DAY + minutes * MINUTE)
    tasks.watch_due_times()


def finish(world, clock, n_items=2):
    for _ in range(n_items):
        world.review_next(world.ana)
    clock.shift(31)
    world.settle_all()
    tasks.watch_due_times()


def test_overdue_items_open_one_alert_for_their_queue(world, clock, hook):
    wait_until_overdue(world, clock)
    tasks.watch_due_times()

    alert = Alert.objects.get()
    assert (alert.queue, alert.n_items, alert.oldest_item) == (world.queue, 2, world.item("r-1"))
    assert json.loads(Sending.objects.get().body)["data"] == {
        "project": "shop",
        "queue": "support",
        "alert_id": alert.pk,
        "state": "open",
        "n_items": 2,
        "oldest": {
            "item_id": world.item("r-1").pk,
            "external_id": "r-1",
            "source_system": "helpdesk",
            "due_at": "2026-11-03T09:00:00Z",
        },
        "opened_at": "2026-11-03T09:05:00Z",
        "closed_at": None,
    }
    assert Event.objects.filter(kind="alert.opened").count() == 1


def test_a_delay_shorter_than_the_project_waits_is_no_alert(world, clock):
    wait_until_overdue(world, clock, minutes=4)

    assert not Alert.objects.exists()


def test_the_project_says_how_long_it_waits(world, clock):
    set_alert_delay(world.project, seconds=60, actor=world.ada, now=world.now)

    wait_until_overdue(world, clock, minutes=2)

    assert Alert.objects.count() == 1


def test_a_breach_approves_nothing_however_long_it_lasts(world, clock, hook, mail):
    wait_until_overdue(world, clock)
    clock.shift(30 * DAY)
    for task in (tasks.watch_due_times, tasks.settle_entries, tasks.route_items, tasks.expire_leases):
        task()

    item = world.item("r-1")
    asked = release_now(item.pk)
    assert (asked.status, asked.release.is_cleared, asked.release.is_decided) == (Item.Status.IN_REVIEW, False, False)
    assert not FinalLabel.objects.exists()


def test_an_alert_closes_by_itself_when_nothing_is_overdue(world, clock, hook):
    wait_until_overdue(world, clock)
    finish(world, clock)

    assert Alert.objects.get().closed_at == world.now
    states = [json.loads(sending.body)["data"]["state"] for sending in Sending.objects.order_by("id")]
    assert states == ["open", "closed"]
    assert Event.objects.filter(kind="alert.closed").count() == 1


def test_an_alert_stays_while_one_item_is_overdue(world, clock):
    wait_until_overdue(world, clock)
    finish(world, clock, n_items=1)

    assert Alert.objects.get().closed_at is None


def dispute_until_overdue(world, clock):
    """Two reviewers differed at once, and nobody decided for a day."""
    disputed(world, clock)
    clock.shift(DAY + 5 * MINUTE)
    tasks.watch_due_times()


def test_a_disputed_item_that_nobody_decides_opens_the_alert_too(world, clock):
    dispute_until_overdue(world, clock)

    alert = Alert.objects.get()
    assert (alert.n_items, alert.oldest_item.external_id) == (1, "r-1")


def test_the_breach_of_a_dispute_decides_nothing(world, clock):
    dispute_until_overdue(world, clock)
    clock.shift(30 * DAY)
    for task in (tasks.watch_due_times, tasks.settle_entries, tasks.route_items, tasks.expire_leases):
        task()

    asked = release_now(world.item("r-1").pk)
    assert (asked.status, asked.release.is_cleared, asked.release.is_decided) == (Item.Status.DISPUTED, False, False)
    assert not FinalLabel.objects.exists()


def test_the_alert_closes_once_the_dispute_is_decided(world, clock):
    dispute_until_overdue(world, clock)
    rule(world, world.olga)
    tasks.watch_due_times()

    assert Alert.objects.get().closed_at == world.now


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL plans by the size of a table")
def test_the_overdue_are_read_off_an_index_that_holds_nothing_settled(world):
    plan = overdue_entries(now=world.now).filter(queue=world.queue).explain()

    assert "unsettled_by_due_time (queue_id=? AND due_at<?)" in plan


def test_an_alert_opens_again_only_half_an_hour_after_it_closed(world, clock):
    wait_until_overdue(world, clock)
    # Due at the same moment, so that it is overdue as soon as it is seen again.
    world.ingest(chat_row("r-3"))
    finish(world, clock)
    type(world.entry("r-3")).objects.filter(pk=world.entry("r-3").pk).update(due_at=world.now)
    n_alerts = []

    for minutes in (6, 23, 1):
        clock.shift(minutes * MINUTE)
        tasks.watch_due_times()
        n_alerts.append(Alert.objects.count())

    assert n_alerts == [1, 1, 2]


def test_gold_that_stands_ready_is_never_overdue(world, clock):
    world.set_queue(gold_share=0.5)
    world.make_gold(chat_row("gold"))
    world.hand_out(world.ana)
    clock.shift(30 * DAY)

    assert queues_to_alert(now=world.now) == []


def test_watching_costs_one_query_however_many_queues(world, clock, django_assert_num_queries):
    for number in range(5):
        world.make_queue(f"q-{number}", f"Queue {number}", world.rubric, kinds=(f"kind-{number}",))

    with django_assert_num_queries(1):
        queues_to_alert(now=world.now)


def test_two_workers_open_one_alert(world, clock):
    wait_until_overdue(world, clock)

    assert watch_queue(world.queue.pk, now=world.now) == ""
    assert Alert.objects.count() == 1


# --- letters --------------------------------------------------------------------------------------------------------


def test_admins_and_owners_with_an_address_get_a_letter_and_reviewers_none(world, clock, mail):
    wait_until_overdue(world, clock)

    letters = Sending.objects.order_by("recipient__username")
    assert [letter.recipient.username for letter in letters] == ["ada", "olga"]
    assert letters[0].title == "[shop] 2 items overdue in queue support"
    assert f"item {world.item('r-1').pk}, due 2026-11-03 09:00 UTC" in letters[0].body
    for hidden in ("kettle", "hidden-model", "ana", "r-1"):
        assert hidden not in letters[0].body


def test_without_a_mail_server_no_letter_is_written(world, clock, mail, settings):
    settings.MAIL_SERVER = None
    wait_until_overdue(world, clock)

    assert Alert.objects.exists()
    assert not Sending.objects.exists()


def test_a_letter_goes_to_the_address_that_holds_when_it_goes(world, clock, mail):
    wait_until_overdue(world, clock)
    type(world.ada).objects.filter(pk=world.ada.pk).update(email="new@example.com")

    outgoing = claim_next_sending(None, now=world.now)

    assert isinstance(outgoing.content, Letter)
    assert outgoing.content.recipient == "new@example.com"


def test_whoever_is_no_manager_any_more_gets_no_letter(world, clock, mail):
    wait_until_overdue(world, clock)
    Membership.objects.filter(user=world.olga).delete()

    first, second = (claim_next_sending(None, now=world.now) for _ in range(2))

    assert (first.content.recipient, second) == ("ada@example.com", None)
    assert Sending.objects.get(recipient=world.olga).state == Sending.State.FAILED


def test_a_letter_that_fails_is_tried_again_like_any_message(world, clock, mail, settings):
    wait_until_overdue(world, clock)
    settings.MAIL_SERVER = MailServer("127.0.0.1", 1, "reviews@example.org")

    tasks.send_lane(None)

    failed = Sending.objects.get(n_attempts=1)
    assert failed.state == Sending.State.WAITING
    assert failed.attempts.get().error.startswith("The mail server did not take it")
    assert 4 <= (failed.due_at - world.now).total_seconds() <= 6
