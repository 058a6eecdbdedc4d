"""Coming in: the right password opens, guessing is slowed down, and the answer never tells who has an account."""

import re

import pytest
from django.core.cache import cache
from django.urls import reverse

from labeling.models import Event
from labeling.views import sessions
from tests.world import PASSWORD

LOGIN = "/login/"
NEW_PASSWORD = "another-long-enough-phrase"


@pytest.fixture(autouse=True)
def forgotten_failures():
    cache.clear()


def text_of(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def log_in(client, name="ana", password=PASSWORD, **more):
    return client.post(LOGIN, {"username": name, "password": password, **more})


def test_right_password_opens_the_home_page(world, client):
    response = log_in(client)

    assert response.url == "/"
    assert client.get("/").status_code == 200


def test_next_page_is_kept_over_the_login(world, client):
    assert log_in(client, next="/account/password/").url == "/account/password/"


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
def test_next_page_never_leads_elsewhere(world, client, elsewhere):
    assert log_in(client, next=elsewhere).url == "/"


def test_unknown_name_and_wrong_password_look_the_same(world, client):
    unknown, wrong = log_in(client, name="nobody"), log_in(client, password="wrong")

    assert unknown.status_code == wrong.status_code == 422
    assert "Name and password do not match" in text_of(unknown)
    assert text_of(unknown) == text_of(wrong)


def test_typed_password_is_not_sent_back(world, client):
    assert b"my-wrong-guess" not in log_in(client, password="my-wrong-guess").content


def test_too_many_failures_pause_even_the_right_password(world, client, settings):
    for _ in range(settings.LOGIN_ATTEMPTS):
        log_in(client, password="wrong")

    response = log_in(client)

    assert response.status_code == 422
    assert "Too many attempts. Wait up to 5 minutes" in text_of(response)


def test_guesses_that_are_still_being_checked_count(world, client, settings, monkeypatch):
    settings.LOGIN_ATTEMPTS = 3
    answers = []

    def guess_again(*_, **__):
        answers.append("checked")
        if len(answers) < 10:
            log_in(client, password="wrong")

    monkeypatch.setattr(sessions, "authenticate", guess_again)
    log_in(client, password="wrong")

    assert len(answers) == 3


def test_pause_is_for_one_name_only_and_ends(world, client, settings, clock):
    for _ in range(settings.LOGIN_ATTEMPTS):
        log_in(client, password="wrong")
    assert log_in(client, name="ben").status_code == 302
    client.logout()

    clock.shift(settings.LOGIN_PAUSE_SECONDS + 1)

    assert log_in(client).status_code == 302


def test_pause_does_not_reach_another_address(world, client, settings):
    for _ in range(settings.LOGIN_ATTEMPTS):
        log_in(client, password="wrong")

    response = client.post(LOGIN, {"username": "ana", "password": PASSWORD}, REMOTE_ADDR="192.0.2.7")

    assert response.status_code == 302


@pytest.mark.parametrize(
    ("behind_proxy", "guesser", "owner", "is_let_in"),
    [
        (True, "198.51.100.9", "192.0.2.7", True),
        (True, "192.0.2.7, 198.51.100.9", "192.0.2.7", True),
        (True, "203.0.113.1, 192.0.2.7", "203.0.113.2, 192.0.2.7", False),
        (True, "", "", False),
        (False, "198.51.100.9", "192.0.2.7", False),
    ],
    ids=["another client", "one that claims to be her", "the same, whatever it claims", "told nothing", "no proxy"],
)
def test_behind_a_proxy_clients_are_told_apart_by_what_the_proxy_says(
    world, client, settings, behind_proxy, guesser, owner, is_let_in
):
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if behind_proxy else None
    for _ in range(settings.LOGIN_ATTEMPTS):
        client.post(LOGIN, {"username": "ana", "password": "wrong"}, headers={"X-Forwarded-For": guesser})

    answer = client.post(LOGIN, {"username": "ana", "password": PASSWORD}, headers={"X-Forwarded-For": owner})

    assert (answer.status_code == 302) is is_let_in


def test_success_forgets_earlier_failures(world, client, settings):
    for _ in range(settings.LOGIN_ATTEMPTS - 1):
        log_in(client, password="wrong")
    log_in(client)
    client.logout()

    assert log_in(client, password="wrong").status_code == 422
    assert log_in(client).status_code == 302


def test_empty_form_says_what_to_type(world, client):
    assert "Type the name you were given." in text_of(client.post(LOGIN, {}))


def test_demonstration_accounts_are_offered_in_the_demonstration_only(world, client, settings):
    assert "Demonstration accounts" not in text_of(client.get(LOGIN))
    assert b'value="demonstration"' not in client.get(f"{LOGIN}?as=ana").content

    settings.DEMO = True

    assert "Demonstration accounts" in text_of(client.get(LOGIN))
    assert b'value="demonstration"' in client.get(f"{LOGIN}?as=ana").content


def test_whoever_is_in_goes_straight_on(world, client):
    client.force_login(world.ana)

    assert client.get(LOGIN).url == "/"


def test_password_is_changed_and_the_session_stays(world, client):
    client.force_login(world.ana)

    response = client.post(reverse("change_password"), {"current": PASSWORD, "new": NEW_PASSWORD}, follow=True)

    assert "Your password is changed" in text_of(response)
    world.ana.refresh_from_db()
    assert world.ana.check_password(NEW_PASSWORD)
    assert Event.objects.filter(kind="user.password_changed").count() == 1


@pytest.mark.parametrize(
    ("current", "new", "complaint"),
    [
        ("wrong", NEW_PASSWORD, "This is not your current password."),
        (PASSWORD, "short", "too short"),
        (PASSWORD, "password1234", "too common"),
    ],
)
def test_bad_change_is_refused_and_says_why(world, client, current, new, complaint):
    client.force_login(world.ana)

    response = client.post(reverse("change_password"), {"current": current, "new": new})

    assert response.status_code == 422
    assert complaint in text_of(response)
    world.ana.refresh_from_db()
    assert world.ana.check_password(PASSWORD)


def test_changing_a_password_needs_a_login(world, client):
    assert client.get(reverse("change_password")).url.startswith(LOGIN)
