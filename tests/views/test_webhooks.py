"""The pages of webhooks: made by admins, secrets shown once, every message with what came of it."""

import socket

import pytest
from django.urls import reverse

from labeling.models import Event, Sending, SendingAttempt, User, Webhook
from labeling.policy.sendings import secret_from
from labeling.services.projects import create_project, create_user
from labeling.services.webhooks import MOST_WEBHOOKS, create_webhook
from tests.world import chat_row

LIST = "/p/shop/webhooks/"
GIVEN = {"name": "crm", "url": "https://hooks.example.com/in?key=hush", "hears": ["final_label"]}


@pytest.fixture(autouse=True)
def names(monkeypatch):
    """What names resolve to, here."""
    found = {"hooks.example.com": "8.8.8.8", "intranet.example.com": "10.0.0.7"}

    def look_up(host, port, **more):
        if host not in found:
            raise socket.gaierror
        return [(2, 1, 6, "", (found[host], port))]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return found


@pytest.fixture
def hook(world):
    return create_webhook(
        project=world.project, actor=world.ada, now=world.now, name="crm", url=GIVEN["url"], hears=["final_label"]
    )[0]


@pytest.fixture
def failed(world, clock, hook):
    """A message that failed, with its log."""
    world.ingest(chat_row())
    world.review_next(world.ana)
    clock.shift(31)
    world.settle_all()
    Sending.objects.update(state=Sending.State.FAILED, due_at=None, n_attempts=2)
    sending = Sending.objects.get()
    for number in (1, 2):
        SendingAttempt.objects.create(
            sending=sending, number=number, ended_at=world.now, duration_ms=12, status=503, answer="<b>busy</b>"
        )
    return sending


def page_of(hook, name="webhook"):
    return reverse(name, args=["shop", hook.pk])


def test_a_webhook_is_made_and_its_secret_shown_once(admin, world, settings):
    answer = admin.post(LIST, GIVEN)
    first, second = admin.get(answer.url), admin.get(answer.url)

    webhook = Webhook.objects.get()
    secret = secret_from(webhook.secret_seed, key=settings.SECRET_KEY)
    assert secret not in answer.url
    assert secret in first.text
    assert secret not in second.text
    assert "hush" not in str(list(Event.objects.values_list("subject", flat=True)))


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"url": "https://intranet.example.com/"}, "no public address"),
        ({"url": "https://nowhere.example.com/"}, "no public address"),
        ({"url": "http://hooks.example.com/"}, "Use https"),
        ({"url": "https://me:pw@hooks.example.com/"}, "Leave name and password out"),
        ({"url": "hooks"}, "This is no address"),
        ({"hears": []}, "Choose at least one thing"),
        ({"hears": ["everything"]}, "Select a valid choice"),
        ({"name": ""}, "This field is required"),
    ],
)
def test_a_webhook_that_cannot_be_made_says_why(admin, changes, complaint):
    page = admin.post(LIST, GIVEN | changes)

    assert page.status_code == 422
    assert complaint in page.text
    assert not Webhook.objects.exists()


def test_a_project_has_only_so_many(admin, world, hook):
    Webhook.objects.bulk_create(
        Webhook(project=world.project, name="x", url="https://x.example/", created_by=world.ada, created_at=world.now)
        for _ in range(MOST_WEBHOOKS - 1)
    )

    page = admin.post(LIST, GIVEN)

    assert page.status_code == 422
    assert Webhook.objects.count() == MOST_WEBHOOKS


def test_the_log_shows_each_attempt_and_obeys_no_answer(admin, hook, failed):
    page = admin.get(page_of(hook))

    assert 'status <span class="number">503</span>' in page.text
    assert "12 ms" in page.text
    assert "&lt;b&gt;busy" in page.text
    assert "Send again" in page.text


def test_the_log_is_filtered_by_state(admin, hook, failed):
    assert failed.message_id in admin.get(page_of(hook) + "?state=failed").text
    assert failed.message_id not in admin.get(page_of(hook) + "?state=sent").text
    assert admin.get(page_of(hook) + "?state=nonsense&page=x").status_code == 200


@pytest.mark.parametrize("name", ["webhook_repeats", "sending_repeats"])
def test_what_failed_is_sent_again(admin, world, hook, failed, name):
    subject = hook if name == "webhook_repeats" else failed

    page = admin.post(page_of(subject, name), follow=True)

    assert "way again" in page.text
    assert Sending.objects.get().state == Sending.State.WAITING
    assert Event.objects.get(kind="sending.repeated").actor == world.ada


def test_a_webhook_is_switched_off_and_on(admin, world, hook):
    off = admin.post(page_of(hook, "webhook_switches"), {"to": "off"}, follow=True)
    on = admin.post(page_of(hook, "webhook_switches"), {"to": "on"}, follow=True)

    assert "Switched off by an admin" in off.text
    assert "Switched off by" not in on.text
    assert list(Event.objects.filter(kind__startswith="webhook.sw").order_by("id").values_list("kind", flat=True)) == [
        "webhook.switched_off",
        "webhook.switched_on",
    ]


def test_a_test_is_written_down_to_be_sent(admin, hook):
    admin.post(page_of(hook, "webhook_tests"))

    assert '"type":"test"' in Sending.objects.get().body


def test_a_test_of_one_that_is_off_is_refused(admin, hook):
    admin.post(page_of(hook, "webhook_switches"), {"to": "off"})

    assert admin.post(page_of(hook, "webhook_tests")).status_code == 409


def test_a_new_secret_is_shown_once_and_the_old_one_holds_for_a_day(admin, hook, settings, clock):
    page = admin.post(page_of(hook, "webhook_secrets"), follow=True)
    clock.shift(24 * 3600)
    admin.force_login(User.objects.get(username="ada"))

    hook.refresh_from_db()
    assert secret_from(hook.secret_seed, key=settings.SECRET_KEY) in page.text
    assert "Two are valid" in page.text
    assert "One is valid" in admin.get(page_of(hook)).text


@pytest.mark.parametrize("who", ["olga", "ana", "eve"])
def test_webhooks_are_for_admins_of_this_project(client, world, hook, failed, who):
    user = create_user(username="eve", password="a-long-enough-phrase", now=world.now)
    create_project(slug="other", name="Other", creator=user, now=world.now)
    client.force_login(User.objects.get(username=who))

    posts = ("webhook_secrets", "webhook_switches", "webhook_tests", "webhook_repeats")
    assert client.get(LIST).status_code == client.get(page_of(hook)).status_code == 404
    assert client.post(LIST, GIVEN).status_code == 404
    assert {client.post(page_of(hook, name)).status_code for name in posts} == {404}
    assert client.post(page_of(failed, "sending_repeats")).status_code == 404
    assert client.get(f"/p/other/webhooks/{hook.pk}/").status_code == 404
    assert client.post(f"/p/other/sendings/{failed.pk}/repeats/").status_code == 404
    assert Webhook.objects.get().off_at is None
    assert Sending.objects.get().state == Sending.State.FAILED


def test_webhooks_ask_for_a_login_and_change_only_by_post(client, world, hook, failed):
    assert client.get(LIST).status_code == client.get(page_of(hook)).status_code == 302
    client.force_login(world.ada)
    for name in ("webhook_secrets", "webhook_switches", "webhook_tests", "webhook_repeats"):
        assert client.get(page_of(hook, name)).status_code == 405
    assert client.get(page_of(failed, "sending_repeats")).status_code == 405


def test_the_pages_cost_the_same_however_long(admin, world, hook, failed, django_assert_max_num_queries):
    Sending.objects.bulk_create(
        Sending(
            project=world.project, webhook=hook, subject=f"s-{n}", body="{}", due_at=world.now, created_at=world.now
        )
        for n in range(60)
    )

    with django_assert_max_num_queries(8):
        admin.get(LIST)
    with django_assert_max_num_queries(9):
        page = admin.get(page_of(hook))

    assert "1–50 of 61" in page.text
