"""People with their roles, and tokens: who comes in, and secrets that are shown once."""

import pytest
from django.test import Client

from labeling.models import ApiToken, Event, Membership, Project, Rater, User
from labeling.services.projects import (
    add_member,
    create_first_admin,
    create_member,
    create_project,
    create_user,
    remove_member,
)
from labeling.services.sessions import choose_password
from tests.world import PASSWORD

PEOPLE, TOKENS = "/p/shop/people/", "/p/shop/tokens/"
NEW = {"username": "dana", "account": "new", "role": "reviewer"}
TOKEN = {"name": "crm", "scopes": ["items:write"], "expires_in_days": "90"}


@pytest.fixture
def elsewhere(world):
    """An admin of another project."""
    user = create_user(username="eve", password="a-long-enough-phrase", now=world.now)
    create_project(slug="other", name="Other", creator=user, now=world.now)
    return user


def test_people_are_listed_with_their_roles(admin, world):
    page = admin.get(PEOPLE)

    for name in ("ada", "olga", "ana", "ben", "cleo"):
        assert name in page.text
    assert "the last admin stays" in page.text


def test_a_reviewer_who_is_an_owner_too_is_called_not_blind(admin, world):
    before = admin.get(PEOPLE).text.count("Not blind")

    world.join(world.ana, Membership.Role.OWNER)

    assert (before, admin.get(PEOPLE).text.count("Not blind")) == (0, 1)


def test_a_new_account_gets_a_password_that_is_shown_once_and_works(admin, world, client):
    answer = admin.post(PEOPLE, NEW)
    first, second = admin.get(PEOPLE), admin.get(PEOPLE)

    password = first.context["shown_once"]["password"]
    assert answer.status_code == 302
    assert password not in answer.url
    assert password in first.text
    assert password not in second.text
    assert User.objects.get(username="dana").check_password(password)
    assert Membership.objects.get(user__username="dana").role == "reviewer"
    assert Rater.objects.filter(user__username="dana", project=world.project).exists()
    assert not [event for event in Event.objects.all() if password in str(event.subject)]


def passwords_of(user):
    return f"{PEOPLE}{Membership.objects.filter(user=user, project__slug='shop').first().pk}/passwords/"


def test_who_lost_their_password_gets_a_new_one_that_is_shown_once(admin, world):
    client = Client()
    client.force_login(world.ana)
    offered = "New password…" in admin.get(PEOPLE).text
    answer = admin.post(passwords_of(world.ana))
    first, second = admin.get(PEOPLE), admin.get(PEOPLE)

    password = first.context["shown_once"]["password"]
    assert offered
    assert password not in answer.url
    assert password in first.text
    assert password not in second.text
    assert client.get("/").status_code == 302  # logged out
    assert not client.login(username="ana", password=PASSWORD)
    assert User.objects.get(username="ana").check_password(password)
    assert "Made for them" in second.text
    told = Event.objects.get(kind="user.password_reset")
    assert (told.actor, told.subject["user_id"]) == (world.ada, world.ana.pk)
    assert not [event for event in Event.objects.all() if password in str(event.subject)]


def test_nobody_gives_a_password_to_who_may_do_or_decide_more_than_a_reviewer(admin, world, elsewhere):
    create_first_admin(username="root", password="a-long-enough-phrase", now=world.now)
    for name in ("eve", "root"):
        admin.post(PEOPLE, {"username": name, "account": "existing", "role": "reviewer"})
    root = User.objects.get(username="root")

    answers = [admin.post(passwords_of(user)).status_code for user in (world.ada, world.olga, elsewhere, root)]

    assert answers == [403] * 4
    assert [user.check_password("a-long-enough-phrase") for user in (elsewhere, root)] == [True, True]
    assert admin.get(PEOPLE).text.count("New password…") == len(world.reviewers)
    assert not Event.objects.filter(kind="user.password_reset").exists()


def test_nobody_gives_a_password_to_who_was_in_a_project_of_others_and_may_come_back(admin, world, elsewhere):
    other = Project.objects.get(slug="other")
    carl, _ = create_member(project=other, username="carl", role="reviewer", actor=elsewhere, now=world.now)
    choose_password(carl, password="a-phrase-of-carls-own", now=world.now)
    remove_member(membership=Membership.objects.get(user=carl), actor=elsewhere, now=world.now)
    admin.post(PEOPLE, {"username": "carl", "account": "existing", "role": "reviewer"})

    assert admin.post(passwords_of(carl)).status_code == 403


def test_nobody_takes_in_an_account_whose_password_an_admin_elsewhere_may_know(admin, world, elsewhere):
    other = Project.objects.get(slug="other")
    carl, _ = create_member(project=other, username="carl", role="reviewer", actor=elsewhere, now=world.now)
    taken_in = {"username": "carl", "account": "existing", "role": "reviewer"}

    refused = admin.post(PEOPLE, taken_in)
    choose_password(carl, password="a-phrase-of-carls-own", now=world.now)
    admitted = admin.post(PEOPLE, taken_in)

    assert (refused.status_code, admitted.status_code) == (422, 302)
    assert "carl has not chosen a password yet" in refused.text


def test_an_admin_of_both_projects_does_not_take_in_what_another_admin_may_open(admin, world, elsewhere):
    other = Project.objects.get(slug="other")
    add_member(project=other, user=world.ada, role="admin", actor=elsewhere, now=world.now)
    create_member(project=other, username="carl", role="reviewer", actor=elsewhere, now=world.now)

    refused = admin.post(PEOPLE, {"username": "carl", "account": "existing", "role": "reviewer"})

    assert refused.status_code == 422
    assert not Membership.objects.filter(user__username="carl", project=world.project).exists()


def test_who_made_an_account_gives_it_a_second_role_before_its_first_login(admin, world):
    admin.post(PEOPLE, NEW)

    answer = admin.post(PEOPLE, {"username": "dana", "account": "existing", "role": "owner"})

    assert answer.status_code == 302
    assert Membership.objects.filter(user__username="dana").count() == 2


@pytest.mark.parametrize("name", ["olga", "ana"])
def test_only_an_admin_gives_a_password(client, world, name):
    client.force_login(getattr(world, name))

    assert client.post(passwords_of(world.ben)).status_code == 404
    assert User.objects.get(username="ben").check_password(PASSWORD)


def test_a_password_waits_only_on_the_page_of_its_project(admin, world):
    create_project(slug="second", name="Second", creator=world.ada, now=world.now)
    admin.post(PEOPLE, NEW)

    assert admin.get("/p/second/people/").context["shown_once"] is None
    assert admin.get(PEOPLE).context["shown_once"] is not None


def test_somebody_with_an_account_is_added_whatever_the_capitals(admin, world, elsewhere):
    page = admin.post(PEOPLE, {"username": "EVE", "account": "existing", "role": "owner"}, follow=True)

    assert "eve is in as eval owner" in page.text
    assert Membership.objects.filter(user=elsewhere, project=world.project, role="owner").count() == 1


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({**NEW, "username": "Ana"}, "This name is taken"),
        ({**NEW, "account": "existing"}, "There is no account of this name"),
        ({**NEW, "username": "no spaces"}, "Enter a valid username"),
        ({**NEW, "role": "king"}, "Select a valid choice"),
    ],
)
def test_what_cannot_be_added_says_why(admin, given, complaint):
    page = admin.post(PEOPLE, given)

    assert page.status_code == 422
    assert complaint in page.text
    assert User.objects.count() == 5


def test_a_role_is_taken_away(admin, world):
    membership = Membership.objects.get(user=world.ana)

    page = admin.post(f"{PEOPLE}{membership.pk}/removals/", follow=True)

    assert "ana is no longer reviewer here" in page.text
    assert not Membership.objects.filter(user=world.ana).exists()


def test_the_last_admin_stays(admin, world):
    membership = Membership.objects.get(user=world.ada)

    page = admin.post(f"{PEOPLE}{membership.pk}/removals/")

    assert page.status_code == 409
    assert Membership.objects.filter(pk=membership.pk).exists()


def test_who_gives_up_their_own_admin_role_lands_at_home(admin, world):
    world.join(world.olga, Membership.Role.ADMIN)
    membership = Membership.objects.get(user=world.ada, role="admin")

    answer = admin.post(f"{PEOPLE}{membership.pk}/removals/")

    assert answer.url == "/"


def test_a_role_in_another_project_is_out_of_reach(admin, elsewhere):
    membership = Membership.objects.get(user=elsewhere)

    assert admin.post(f"{PEOPLE}{membership.pk}/removals/").status_code == 404
    assert Membership.objects.filter(pk=membership.pk).exists()


def test_a_tokens_secret_is_shown_once_and_its_hash_kept(admin, world):
    answer = admin.post(TOKENS, TOKEN)
    first, second = admin.get(TOKENS), admin.get(TOKENS)

    secret = first.context["shown_once"]["secret"]
    token = ApiToken.objects.get(name="crm")
    assert secret not in answer.url
    assert secret in first.text
    assert secret not in second.text
    assert token.scopes == ["items:write"]
    assert (token.expires_at - token.created_at).days == 90
    assert token.prefix in second.text


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"scopes": []}, "Choose at least one thing"),
        ({"scopes": ["everything"]}, "Select a valid choice"),
        ({"expires_in_days": "0"}, "greater than or equal to 1"),
        ({"expires_in_days": "99999"}, "less than or equal to 730"),
        ({"name": ""}, "This field is required."),
    ],
)
def test_a_token_that_cannot_be_made_says_why(admin, changes, complaint):
    page = admin.post(TOKENS, TOKEN | changes)

    assert page.status_code == 422
    assert complaint in page.text
    assert ApiToken.objects.count() == 1


def test_a_token_is_revoked_and_stays_in_the_list(admin, world):
    page = admin.post(f"{TOKENS}{world.token.pk}/revocations/", follow=True)

    assert "is revoked" in page.text
    assert "Revoked" in page.text
    assert ApiToken.objects.get().revoked_at is not None


def test_a_token_of_another_project_is_out_of_reach(client, world, elsewhere):
    client.force_login(elsewhere)

    assert client.post(f"/p/other/tokens/{world.token.pk}/revocations/").status_code == 404
    assert ApiToken.objects.get().revoked_at is None


def test_an_expired_token_is_called_expired(admin, clock):
    admin.post(TOKENS, TOKEN)
    clock.shift(91 * 24 * 3600)
    admin.force_login(User.objects.get(username="ada"))

    assert "Expired" in admin.get(TOKENS).text


@pytest.mark.parametrize("url", [PEOPLE, TOKENS])
@pytest.mark.parametrize("who", ["olga", "ana", "eve"])
def test_people_and_tokens_are_for_admins_of_this_project(client, world, elsewhere, url, who):
    client.force_login(User.objects.get(username=who))

    assert client.get(url).status_code == 404
    assert client.post(url, NEW | TOKEN).status_code == 404


@pytest.mark.parametrize("url", [PEOPLE, TOKENS])
def test_people_and_tokens_ask_for_a_login(client, world, url):
    assert client.get(url).status_code == 302


def test_removing_and_revoking_are_posts(admin, world):
    membership = Membership.objects.get(user=world.ana)

    assert admin.get(f"{PEOPLE}{membership.pk}/removals/").status_code == 405
    assert admin.get(f"{TOKENS}{world.token.pk}/revocations/").status_code == 405


def test_the_lists_cost_the_same_however_long(admin, world, django_assert_max_num_queries):
    for n in range(10):
        user = create_user(username=f"person-{n}", password="a-long-enough-phrase", now=world.now)
        world.join(user, Membership.Role.REVIEWER)
        admin.post(TOKENS, TOKEN)
    admin.get(TOKENS)

    with django_assert_max_num_queries(9):
        admin.get(PEOPLE)
    with django_assert_max_num_queries(6):
        admin.get(TOKENS)
