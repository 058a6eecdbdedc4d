"""The capacity planner: the worked examples of a day, a project's own day, and what an hour costs."""

from decimal import Decimal

import pytest

from labeling.forms.capacity import CapacityForm
from labeling.models import Event, Project
from labeling.queries.capacity import capacity_of
from tests.world import chat_row

PAGE, COSTS = "/p/shop/routing/capacity/", "/p/shop/routing/capacity/hourly-costs/"
HTMX = {"HX-Request": "true"}
NOTHING = {
    "items": "0",
    "review_percent": "0",
    "minutes": "4",
    "overlap": "1",
    "gold_percent": "0",
    "repeat_percent": "0",
}


def plan(**changes):
    """A day of nothing but what the changes say, of reviewers who have 480 minutes."""
    tiers = {f"{tier}_{name}": value for tier in ("high", "medium", "low") for name, value in NOTHING.items()}
    of_reviewer = {"productive_minutes": "480", "utilisation_percent": "100", "shrinkage_percent": "0"}
    return {**tiers, **of_reviewer, "hourly_cost": "90", **changes}


THREE_TIERS = {
    "high_items": "200",
    "high_review_percent": "100",
    "high_minutes": "4",
    "medium_items": "2000",
    "medium_review_percent": "10",
    "medium_minutes": "3",
    "low_items": "8000",
    "low_review_percent": "0.5",
    "low_minutes": "5",
}
ALL_AT_TIER_1 = {"high_items": "10200", "high_review_percent": "100", "high_minutes": "4"}
TEN_THOUSAND = {"high_items": "10000", "high_minutes": "4"}


@pytest.mark.parametrize(
    ("changes", "minutes", "exact", "needed"),
    [
        (THREE_TIERS, 1_600, "3.33", 4),
        (ALL_AT_TIER_1, 40_800, "85.00", 85),
        ({**TEN_THOUSAND, "high_review_percent": "100"}, 40_000, "83.33", 84),
        ({**TEN_THOUSAND, "high_review_percent": "5"}, 2_000, "4.17", 5),
        (
            {**THREE_TIERS, "productive_minutes": "360", "utilisation_percent": "85", "shrinkage_percent": "10"},
            1_600,
            "5.81",
            6,
        ),
    ],
)
def test_worked_examples(owner, changes, minutes, exact, needed):
    answer = owner.get(PAGE, plan(**changes))

    capacity = answer.context["capacity"]
    assert (capacity.total_minutes, capacity.reviewers_needed) == (minutes, needed)
    assert f"{exact} before rounding up" in answer.text


@pytest.mark.parametrize(("percent", "hours", "cost"), [("100", "666.7", "$60,000"), ("5", "33.3", "$3,000")])
def test_worked_costs(owner, percent, hours, cost):
    page = owner.get(PAGE, plan(**TEN_THOUSAND, high_review_percent=percent)).text

    assert hours in page
    assert cost in page


def test_overlap_gold_and_repeats_multiply_the_load():
    form = CapacityForm(plan(**ALL_AT_TIER_1, high_overlap="2", high_gold_percent="20", high_repeat_percent="50"))

    assert form.is_valid(), form.errors
    assert capacity_of(form.plan()).total_minutes == 5 * 40_800


def test_page_begins_with_a_day_of_the_project(owner, world):
    world.ingest(chat_row("r-1", stakes="high"), chat_row("r-2"))
    world.set_queue(doubled_share=0.2, gold_share=0.1, repeat_share=0.03)

    answer = owner.get(PAGE)

    data = answer.context["form"].data
    assert (data["high_items"], data["medium_items"], data["high_review_percent"]) == (1, 1, 100)
    assert data["high_overlap"] == data["medium_overlap"] == 1.2
    assert (data["high_gold_percent"], data["high_repeat_percent"]) == (10, 3)
    assert answer.status_code == 200
    assert "Filled in with a day of this project" in answer.text


def test_a_changed_number_brings_the_numbers_alone(owner):
    page = owner.get(PAGE, plan(**THREE_TIERS), headers=HTMX).text

    assert "3.33 before rounding up" in page
    assert "<html" not in page


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"high_gold_percent": "100"}, "less than or equal to 99.99"),
        ({"shrinkage_percent": "100"}, "less than or equal to 99.99"),
        ({"productive_minutes": "0"}, "greater than or equal to 0.01"),
        ({"low_items": "many"}, "Enter a number"),
    ],
)
def test_a_number_that_cannot_be_is_refused_at_its_field(owner, changes, words):
    answer = owner.get(PAGE, plan(**changes))

    assert answer.status_code == 422
    assert words in answer.text


def test_page_is_for_owners_and_admins(client, ana):
    assert ana.get(PAGE).status_code == 404
    client.logout()
    assert client.get(PAGE).url.startswith("/login/")


def test_page_is_only_read(owner):
    assert owner.post(PAGE).status_code == 405


# --- what an hour costs -----------------------------------------------------------------------------------------------


def test_admin_says_what_an_hour_costs(admin, world):
    answer = admin.post(COSTS, {"hourly_cost": "42.50", "currency": "EUR "}, follow=True)

    project = Project.objects.get(pk=world.project.pk)
    assert (project.hourly_cost, project.currency) == (Decimal("42.50"), "EUR")
    assert Event.objects.filter(kind="project.cost_set").count() == 1
    assert "Saved." in answer.text


def test_saying_it_again_is_no_event_and_it_can_be_taken_back(admin, world):
    for cost in ("42.50", "42.50", "", ""):
        admin.post(COSTS, {"hourly_cost": cost, "currency": "$"})

    assert Project.objects.get(pk=world.project.pk).hourly_cost is None
    assert Event.objects.filter(kind="project.cost_set").count() == 2


def test_a_cost_that_cannot_be_is_refused(admin, world):
    answer = admin.post(COSTS, {"hourly_cost": "-1", "currency": "$"})

    assert answer.status_code == 422
    assert Project.objects.get(pk=world.project.pk).hourly_cost is None


def test_only_an_admin_says_it(owner):
    assert owner.post(COSTS, {"hourly_cost": "1", "currency": "$"}).status_code == 404
    assert owner.get(COSTS).status_code == 405
    assert "What an hour costs here" not in owner.get(PAGE).text
