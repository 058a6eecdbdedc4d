"""Coming in: the right password opens, guessing is slowed down, and the answer never tells who has an account."""

import re
import time

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from labeling.models import Event, User
from labeling.policy.errors import NotAllowed
from labeling.services.sessions import choose_password, reset_password
from labeling.views import sessions
from tests.world import PASSWORD

LOGIN, CHOOSING = "/login/", "/login/password/"
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


@pytest.fixture
def given(world):
    """The password that Ada has just made for Ana."""
    return reset_password(world.ana, actor=world.ada, now=world.now)


def chosen(client, page, **more):
    fields = {"proof": page.context["proof"], "new": NEW_PASSWORD, "next": page.context["next"], **more}
    return client.post(CHOOSING, fields)


def test_given_password_opens_nothing_but_the_form_for_ones_own(world, client, given):
    page = log_in(client, password=given)

    assert page.status_code == 200
    assert "Choose your password" in text_of(page)
    assert given not in page.content.decode()
    assert client.get("/").url == "/login/?next=/"


def test_who_chose_a_password_is_in_and_the_given_one_is_worth_nothing(world, client, given):
    page = log_in(client, password=given, next="/account/address/")
    answer = chosen(client, page)

    assert answer.url == "/account/address/"
    assert client.get("/").status_code == 200
    assert log_in(Client(), password=given).status_code == 422
    assert log_in(Client(), password=NEW_PASSWORD).status_code == 302
    assert Event.objects.get(kind="user.password_changed").actor == world.ana


@pytest.mark.parametrize(("new", "complaint"), [("short", "too short"), ("", "Type a new password")])
def test_password_that_is_no_good_is_asked_for_again(world, client, given, new, complaint):
    page = chosen(client, log_in(client, password=given), new=new)

    assert page.status_code == 422
    assert complaint in text_of(page)
    assert chosen(client, page).status_code == 302


def test_the_given_password_cannot_be_chosen(world, client, given):
    page = chosen(client, log_in(client, password=given), new=given)

    assert "Choose another one than you were given" in text_of(page)
    assert client.get("/").status_code == 302


def test_only_the_first_of_two_who_know_a_given_password_chooses(world, given):
    first, second = Client(), Client()
    pages = [log_in(client, password=given) for client in (first, second)]

    answers = [chosen(first, pages[0]), chosen(second, pages[1], new="somebody-elses-phrase")]

    assert [answer.url for answer in answers] == ["/", "/login/"]
    assert second.get("/").status_code == 302
    assert User.objects.get(pk=world.ana.pk).check_password(NEW_PASSWORD)


@pytest.mark.parametrize("meanwhile", ["chosen", "given"])
def test_choice_of_a_password_that_was_changed_meanwhile_is_refused(world, given, meanwhile):
    ana, same = User.objects.get(pk=world.ana.pk), User.objects.get(pk=world.ana.pk)
    if meanwhile == "chosen":
        choose_password(same, password=NEW_PASSWORD, now=world.now)
    else:
        reset_password(same, actor=world.ada, now=world.now)

    with pytest.raises(NotAllowed, match="was changed meanwhile"):
        choose_password(ana, password="somebody-elses-phrase", now=world.now)


@pytest.mark.parametrize("proof", ["", "made-up", "WzEsICJ4Il0:1abcde:signature"])
def test_nobody_chooses_a_password_without_having_typed_the_given_one(world, client, given, proof):
    answer = client.post(CHOOSING, {"proof": proof, "new": NEW_PASSWORD})

    assert answer.url == "/login/"
    assert not User.objects.get(pk=world.ana.pk).check_password(NEW_PASSWORD)


def test_choice_waits_for_a_quarter_of_an_hour(world, client, given, monkeypatch):
    page = log_in(client, password=given)
    later = time.time() + sessions.PROOF_SECONDS + 1
    again = chosen(client, page, new="short")
    monkeypatch.setattr("django.core.signing.time.time", lambda: later)

    assert chosen(client, again).url == "/login/"
    assert "That took too long" in text_of(client.get(LOGIN))


def test_new_password_by_an_admin_ends_a_choice_that_is_open(world, client, given):
    page = log_in(client, password=given)
    reset_password(world.ana, actor=world.ada, now=world.now)

    assert chosen(client, page).url == "/login/"


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
