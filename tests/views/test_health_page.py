"""The health page of a project's admins: what is wrong, what is late, what did not arrive."""

import pytest
from django.db import connection
from django.urls import reverse

from labeling.models import Sending
from labeling.queries.installation import is_vacuumed
from labeling.services.events import seal_events
from labeling.services.jobs import beat
from labeling.services.webhooks import create_webhook, send_test
from labeling.views import health
from tests.world import chat_row

PAGE = "/p/shop/health/"


@pytest.fixture
def failed(world):
    """A message to a webhook that failed."""
    hook, _ = create_webhook(
        project=world.project,
        name="crm",
        url="https://hooks.example.com/in",
        hears=["final_label"],
        actor=world.ada,
        now=world.now,
    )
    send_test(hook, actor=world.ada, now=world.now)
    Sending.objects.update(state=Sending.State.FAILED, due_at=None)
    return Sending.objects.get()


def shown(client):
    page = client.get(PAGE)
    assert page.status_code == 200
    return " ".join(page.content.decode().split())


def test_when_all_is_well_the_page_says_so(admin, world, monkeypatch):
    monkeypatch.setattr("labeling.queries.installation.is_vacuumed", lambda: True)  # the server of the tests may not be
    beat("worker", now=world.now)
    seal_events(world.project, now=world.now)

    page = shown(admin)

    assert "Everything works, and nothing is late." in page
    assert "None: the worker has one in its own memory" in page
    assert "Nothing failed" in page
    assert "every event is sealed" in page
    assert "<dt>Reviewapp</dt><dd>0." in page


@pytest.mark.parametrize("is_vacuumed", [True, False])
def test_a_database_that_nobody_clears_up_is_told_with_what_to_do(admin, world, monkeypatch, is_vacuumed):
    monkeypatch.setattr("labeling.queries.installation.is_vacuumed", lambda: is_vacuumed)

    beat("worker", now=world.now)
    page = shown(admin)

    assert ("PostgreSQL’s autovacuum is off" in page) is not is_vacuumed
    assert ("Everything works" in page) is is_vacuumed


def test_whether_the_database_is_cleared_up_is_what_it_says_itself(world):
    with connection.cursor() as cursor:
        said = "on"
        if connection.vendor == "postgresql":
            cursor.execute("SHOW autovacuum")
            said = cursor.fetchone()[0]

    assert is_vacuumed() is (said == "on")


def test_a_worker_that_never_reported_is_told_with_what_to_do(admin, world):
    page = shown(admin)

    assert "Never heard" in page
    assert "start one with `manage.py up`" in page
    assert "Everything works" not in page


def test_a_worker_that_fell_silent_is_told_with_what_is_late(admin, world, clock):
    beat("worker", now=world.now)
    world.ingest(chat_row())
    world.review_next(world.ana)
    clock.shift(600)

    page = shown(admin)

    assert "Silent" in page
    assert "The worker last reported 600 seconds ago. Labels are stored; " in page
    assert "Labels that become final: the oldest is 570 seconds late." in page
    assert "570 s late" in page


def test_a_broker_that_does_not_answer_is_told_without_its_address(admin, world, settings, monkeypatch):
    beat("worker", now=world.now)
    settings.REDIS_URL = "redis://:secret@broker.internal:6379/0"
    monkeypatch.setattr(health, "is_broker_reachable", lambda url: False)

    page = shown(admin)

    assert "The broker does not answer" in page
    assert "Everything works" not in page
    assert "broker.internal" not in page


def test_a_failed_delivery_can_be_sent_again_from_here(admin, world, failed):
    page = shown(admin)
    again = reverse("sending_repeats", args=["shop", failed.pk])
    assert f'action="{again}"' in page

    admin.post(again)

    failed.refresh_from_db()
    assert failed.state == Sending.State.WAITING
    assert "Nothing failed" in shown(admin)


def test_what_waits_is_counted(admin, world):
    world.ingest(*(chat_row(f"item-{number}") for number in range(7)))

    assert 'Turns to take</p><p class="stat__value">7</p>' in shown(admin)


def test_it_is_for_admins_alone(client, world):
    assert client.get(PAGE).status_code == 302
    for user, status in ((world.ana, 404), (world.olga, 404), (world.ada, 200)):
        client.force_login(user)
        assert client.get(PAGE).status_code == status


def test_the_page_is_only_read(admin, world):
    assert admin.post(PAGE).status_code == 405
