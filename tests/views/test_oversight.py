"""The oversight card: six answers about a queue, and what it claims beside what really happened."""

from datetime import timedelta

import pytest
from django.urls import reverse

from labeling.models import Item
from labeling.queries.oversight import oversight_card
from labeling.services.absences import enter_absence
from tests.closing import TIERS, publish
from tests.services.test_duties import backup, give_duties, regular, today
from tests.services.test_named_decisions import LARGE, enter
from tests.world import action_row, chat_row


@pytest.fixture
def shop(world):
    """Half of what is of medium stakes is reviewed, and final as soon as it is submitted."""
    world.project.take_back_seconds = 0
    world.project.save()
    publish(world, tiers={**TIERS, "medium": {**TIERS["medium"], "review_share": 0.5}})
    return world


def url_of(queue):
    return reverse("oversight_card", args=["shop", queue.pk])


def coverage(world, queue=None):
    card = oversight_card(queue or world.queue, now=world.now)
    return {row.tier: row for row in card.coverage}


def send_drawn(world, monkeypatch, *draws, **changes):
    left = iter(draws)
    monkeypatch.setattr("labeling.services.ingest.sampling_u", lambda *names, **more: next(left))
    before = Item.objects.count()
    world.ingest(*(chat_row(f"r-{before + number}", **changes) for number in range(len(draws))))


def label_all(world, n):
    for _ in range(n):
        world.review_next(world.ana)
        world.settle_all()


def test_coverage_counts_labels_among_all_that_came_in_with_its_interval(shop, monkeypatch):
    send_drawn(shop, monkeypatch, 0.1, 0.2, 0.3, 0.8, 0.9, 0.95)
    label_all(shop, 2)

    row = coverage(shop)["medium"]

    assert (row.claimed, row.actual.value, row.actual.n) == (0.5, pytest.approx(2 / 6), 6)
    # Wilson (1927) for 2 of 6.
    assert (round(row.actual.low, 3), round(row.actual.high, 3)) == (0.097, 0.7)
    assert (row.n_late, row.n_overdue, row.n_in_time) == (0, 0, 1)


def test_what_was_labelled_late_and_what_never_was_is_said(shop, monkeypatch, clock):
    send_drawn(shop, monkeypatch, 0.1, 0.2)
    clock.shift(timedelta(hours=30))
    label_all(shop, 1)

    row = coverage(shop)["medium"]

    assert (row.n_late, row.n_overdue, row.n_in_time, row.actual.value) == (1, 1, 0, 0.5)


def test_a_tier_whose_label_never_came_falls_short_of_its_claim(shop, monkeypatch, clock):
    send_drawn(shop, monkeypatch, *[0.5] * 40, stakes="high")
    in_time = coverage(shop)["high"].falls_short
    clock.shift(timedelta(days=3))

    assert not in_time
    assert coverage(shop)["high"].falls_short
    assert not coverage(shop)["low"].falls_short


def test_what_is_older_than_four_weeks_or_no_traffic_is_left_out(shop, monkeypatch, clock):
    send_drawn(shop, monkeypatch, 0.9)
    clock.shift(timedelta(days=29))
    assert coverage(shop)["medium"].actual.n == 0
    publish(shop, checks=[{"name": "short", "kind": "length", "most": 5, "on_failure": "bounce"}])
    send_drawn(shop, monkeypatch, 0.9)

    assert coverage(shop)["medium"].actual.undefined


def test_a_kind_of_another_queue_is_not_this_queues_traffic(shop, monkeypatch):
    send_drawn(shop, monkeypatch, 0.9)

    assert coverage(shop, shop.pair_queue)["medium"].actual.n == 0
    assert coverage(shop)["medium"].actual.n == 1


def test_under_a_cold_start_everything_is_claimed(shop):
    shop.publish()

    assert {row.claimed for row in coverage(shop).values()} == {1.0}


def test_what_is_reserved_is_the_named_peoples_traffic_and_nobody_elses(shop, monkeypatch):
    publish(shop, rules=[LARGE])
    line = enter(shop)
    shop.ingest(action_row("big", amount=501))

    assert coverage(shop)["medium"].actual.n == 0
    row = coverage(shop, line.queue)["medium"]
    assert (row.actual.n, row.claimed) == (1, 1.0)


def test_an_owner_reads_the_six_answers(owner, shop):
    give_duties(shop, regular(shop, shop.ana), backup(shop, shop.ben, of=shop.ana))

    text = owner.get(url_of(shop.queue)).content.decode()

    for words in (
        "Who reviews?",
        "ana, on duty; ben (backup of ana)",
        "What do they see?",
        "Not the model, the judge",
        "Against which rubric?",
        "Support reply, version 1",
        "With what authority?",
        "approve, reject, revise or escalate",
        "At what sampling rate?",
        "Medium stakes 50 % at least",
        "Within what time?",
        "High stakes 24 h",
        "nothing came in",
    ):
        assert words in text


def test_the_card_says_when_nobody_is_on_duty(owner, shop):
    give_duties(shop, regular(shop, shop.ana))
    days = {"first_day": today(shop), "last_day": today(shop)}
    enter_absence([shop.rater(shop.ana)], **days, actor=shop.ana, now=shop.now)

    assert "Nobody is on duty" in owner.get(url_of(shop.queue)).content.decode()


def test_without_a_policy_the_card_says_so(owner, world):
    world.project.policies.update(state="retired")

    text = owner.get(url_of(world.queue)).content.decode()

    assert "No policy is live: nothing is sampled and nothing ships." in text


def test_reviewers_and_strangers_see_no_card_and_nothing_is_posted(ana, client, shop):
    assert ana.get(url_of(shop.queue)).status_code == 404
    client.logout()
    assert client.get(url_of(shop.queue)).status_code == 302
    client.force_login(shop.olga)
    assert client.post(url_of(shop.queue)).status_code == 405


def test_the_same_queries_for_one_item_and_twenty(shop, monkeypatch, django_assert_max_num_queries):
    send_drawn(shop, monkeypatch, *[0.1] * 20)

    with django_assert_max_num_queries(15):
        oversight_card(shop.queue, now=shop.now)
