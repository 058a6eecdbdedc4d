"""The routing pages: the flow, the history and one version. The form of the next one is in test_policies.py."""

import json

import pytest
from django.urls import reverse

from labeling.forms.routing import RULES_EXAMPLE, initial_of
from labeling.models import RoutingPolicy
from labeling.policy.policies import DEFAULT_DEFINITION
from labeling.services.projects import create_project, create_user
from tests.world import chat_row

SAMPLED = {"mode": "sampled", "reason": "A pilot with a person behind it."}


def routing_url(world):
    return reverse("routing", args=[world.project.slug])


def form_url(world):
    return reverse("new_policy", args=[world.project.slug])


def policy_url(world, number=1):
    return reverse("policy", args=[world.project.slug, number])


def filled(**changes):
    return {**initial_of(DEFAULT_DEFINITION), "reason": "Traffic doubled.", **changes}


@pytest.fixture
def bare_project(world):
    return create_project(slug="bare", name="Bare", creator=world.ada, now=world.now)


# --- what went where ----------------------------------------------------------------------------------------------


def test_flow_says_how_much_went_where(owner, world, monkeypatch):
    draws = iter([0.001, 0.9, 0.9, 0.9])
    monkeypatch.setattr("labeling.services.ingest.sampling_u", lambda *arguments, **names: next(draws))
    world.publish("Sampling.", cold_start=SAMPLED)
    world.ingest(*(chat_row(f"r-{number}") for number in range(4)))

    page = owner.get(routing_url(world))

    volumes = {branch.name: (branch.n_items, branch.percent) for branch in page.context["in_all"].branches}
    assert volumes == {
        "Shipped": (3, 75.0),
        "To review": (1, 25.0),
        "Held": (0, 0.0),
        "Bounced": (0, 0.0),
        "Not routed": (0, 0.0),
    }
    assert "75.0 %" in page.content.decode()


def test_last_week_leaves_out_what_came_before(owner, world, clock):
    world.ingest(chat_row("old"))
    clock.shift(8 * 24 * 3600)
    world.ingest(chat_row("new"))

    page = owner.get(routing_url(world))

    assert page.context["lately"].n_items == 1
    assert page.context["in_all"].n_items == 2


def test_reference_is_no_traffic(owner, world):
    world.make_gold(chat_row("g-1"))

    page = owner.get(routing_url(world))

    assert page.context["in_all"].n_items == 0


def test_reasons_are_counted_with_the_number_of_decisions(owner, world, clock):
    world.ingest(chat_row("old", stakes="high"))
    clock.shift(8 * 24 * 3600)
    world.ingest(chat_row("new"))

    counts = owner.get(routing_url(world)).context["reasons"].counts

    by_code = {reason.code: (reason.n_lately, reason.n_in_all) for reason in counts.reasons}
    assert by_code["cold_start"] == (1, 2)
    assert by_code["high_stakes"] == (0, 1)
    assert (counts.n_decisions_lately, counts.n_decisions) == (1, 2)


def test_only_the_newest_decisions_are_opened(owner, world, monkeypatch):
    monkeypatch.setattr("labeling.queries.routing.MOST_DECISIONS_OPENED", 2)
    world.ingest(*(chat_row(f"r-{number}") for number in range(5)))

    page = owner.get(routing_url(world))

    assert page.context["reasons"].counts.n_decisions == 2
    assert "Newest 2 decisions" in page.content.decode()


def test_policy_is_told_in_words(owner, world):
    world.publish("A rule.", rules=json.loads(RULES_EXAMPLE), cold_start=SAMPLED)

    page = owner.get(routing_url(world)).content.decode()

    for words in (
        "action.amount &gt; 500",
        "Locked",
        "An admin allowed sampling on an unproved signal: A pilot",
        "2 %",
    ):
        assert words in page


def test_cold_start_is_explained(owner, world):
    page = owner.get(routing_url(world)).content.decode()

    assert "Everything is reviewed until a signal has proved itself" in page


def test_history_names_who_when_and_why(owner, world):
    world.publish("Second thoughts.")

    page = owner.get(routing_url(world)).content.decode()

    for words in ("Version 1", "Version 2", "Retired", "Live", "ada", "Second thoughts."):
        assert words in page


def test_project_without_a_policy_says_what_to_do(admin, bare_project):
    page = admin.get(reverse("routing", args=["bare"])).content.decode()

    assert "No policy yet" in page
    assert "Publish the first policy" in page


def test_first_policy_lets_people_see_outputs_at_once(admin, bare_project):
    form = admin.get(reverse("new_policy", args=["bare"])).context["form"]

    assert form.initial["required_signals"] == ""
    assert form.initial["cold_start_mode"] == "review_all"


def test_owner_reads_routing_and_is_offered_no_change(owner, world):
    page = owner.get(routing_url(world)).content.decode()

    assert form_url(world) not in page


@pytest.mark.parametrize("n_items", [2, 12])
def test_routing_takes_the_same_queries_whatever_came(owner, world, n_items, django_assert_num_queries):
    world.ingest(*(chat_row(f"r-{number}") for number in range(n_items)))

    with django_assert_num_queries(22):
        owner.get(routing_url(world))


# --- one version --------------------------------------------------------------------------------------------------


def test_version_shows_what_changed_and_how_much_it_decided(owner, world):
    world.publish("More audit.", audit_share=0.05)
    world.ingest(chat_row("r-1"))

    page = owner.get(policy_url(world, 2))

    assert ("added", '  "audit_share": 0.05,') in page.context["diff"]
    assert ("removed", '  "audit_share": 0.02,') in page.context["diff"]
    assert page.context["n_decisions"] == 1
    assert "More audit." in page.content.decode()


def test_first_version_has_nothing_to_compare_with(owner, world):
    page = owner.get(policy_url(world, 1)).content.decode()

    assert "Changed since" not in page


def test_unknown_version_is_not_found(owner, world):
    assert owner.get(policy_url(world, 9)).status_code == 404


# --- doors --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("url", [routing_url, policy_url, form_url])
def test_logged_out_person_is_asked_to_log_in(client, world, url):
    answer = client.get(url(world))

    assert answer.status_code == 302
    assert answer.url.startswith(reverse("login"))


@pytest.mark.parametrize("url", [routing_url, policy_url, form_url])
@pytest.mark.parametrize("who", ["ana", "stranger"])
def test_reviewer_and_admin_of_another_project_find_no_such_page(client, world, url, who):
    stranger = create_user(username="stranger", password="x", now=world.now)
    create_project(slug="elsewhere", name="Elsewhere", creator=stranger, now=world.now)
    client.force_login(world.ana if who == "ana" else stranger)

    assert client.get(url(world)).status_code == 404


def test_owner_may_not_publish(owner, world):
    assert owner.get(form_url(world)).status_code == 404
    assert owner.post(form_url(world), filled()).status_code == 404
    assert RoutingPolicy.objects.filter(project=world.project).count() == 1


def test_owner_sees_no_way_to_roll_back(owner, world):
    world.publish("Second thoughts.")

    assert "Roll back" not in owner.get(policy_url(world, 1)).content.decode()


@pytest.mark.parametrize("url", [routing_url, policy_url])
def test_posting_to_a_page_that_only_shows_is_refused(admin, world, url):
    assert admin.post(url(world)).status_code == 405
