"""Routing rules written in fields on the page of the next policy."""

import pytest
from django.urls import reverse

from labeling.forms.routing import initial_of
from labeling.models import RoutingPolicy
from labeling.policy.policies import DEFAULT_DEFINITION
from tests.world import action_row

HTMX = {"HX-Request": "true"}
RULE = {
    "rules-0-name": "large refunds",
    "rules-0-reason": "named_decision",
    "rules-0-percent": "100",
    "rules-0-joiner": "",
    "rules-0-parts-0-field": "action.amount",
    "rules-0-parts-0-op": ">",
    "rules-0-parts-0-value": "500",
}


@pytest.fixture
def address(world):
    return reverse("new_policy", args=[world.project.slug])


def filled(**changes):
    whole = {**initial_of(DEFAULT_DEFINITION), "reason": "Traffic doubled.", "rules_as": "fields", **RULE, **changes}
    return whole if "rules" in changes else {name: value for name, value in whole.items() if name != "rules"}


def live_rules(world):
    return RoutingPolicy.objects.get(project=world.project, state="live").definition["rules"]


def test_rules_in_fields_are_published_as_the_grammar_has_them(admin, world, address):
    admin.post(address, filled(**{"rules-0-locked": "on"}))

    when = {"field": "action.amount", "op": ">", "value": 500}
    (rule,) = live_rules(world)
    assert rule == {
        "name": "large refunds",
        "when": when,
        "review_share": 1.0,
        "reason": "named_decision",
        "locked": True,
    }


def test_the_page_begins_with_the_live_rules_in_fields(admin, world, address):
    admin.post(address, filled())

    page = admin.get(address).content.decode()

    assert 'name="rules-0-parts-0-value" value="500"' in page
    assert 'name="rules_as" value="fields"' in page


def test_what_is_wrong_with_a_rule_stands_at_its_field_and_nothing_is_published(admin, world, address):
    answer = admin.post(address, filled(**{"rules-0-parts-0-value": "much"}))

    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'aria-describedby="wrong_rules-0-parts-0-value"' in page
    assert "compares with a number" in page
    assert live_rules(world) == []


def test_a_button_adds_a_condition_and_stores_nothing(admin, world, address):
    answer = admin.post(address, filled(action="rules:add-part:0"), headers=HTMX)

    page = answer.content.decode()
    assert answer.status_code == 200
    assert "<html" not in page
    assert 'name="rules-0-parts-1-field" value=""' in page
    assert RoutingPolicy.objects.filter(project=world.project).count() == 1


def test_without_a_script_a_button_answers_with_the_whole_page(admin, address):
    page = admin.post(address, filled(action="rules:remove:0")).content.decode()

    assert "<html" in page
    assert "rules-0-name" not in page
    assert "No rule yet" in page


def test_rules_go_to_json_and_back(admin, address):
    as_json = admin.post(address, filled(action="rules:json"), headers=HTMX).content.decode()
    assert "&quot;field&quot;: &quot;action.amount&quot;" in as_json

    when = '{"field": "intent", "op": "in", "value": ["refund", "legal"]}'
    rules = f'[{{"name": "a", "when": {when}, "review_share": 0.29}}]'
    given = filled(action="rules:fields", rules_as="json", rules=rules)
    as_fields = admin.post(address, given, headers=HTMX).content.decode()
    assert 'name="rules-0-parts-0-value" value="refund, legal"' in as_fields
    assert 'name="rules-0-percent" value="29"' in as_fields


@pytest.mark.parametrize("rules", ["[{", '[{"name": "a"}]', "[3]"])
def test_json_that_no_fields_can_show_stays_and_says_why(admin, address, rules):
    page = admin.post(address, filled(action="rules:fields", rules_as="json", rules=rules), headers=HTMX)

    assert page.status_code == 422
    assert 'name="rules_as" value="json"' in page.content.decode()
    assert "field__error" in page.content.decode()


def test_fields_that_came_lately_are_offered_by_name_and_not_by_value(admin, world, address):
    world.ingest(action_row("r-1", metadata={"reviewed_by": "someone-unnamed"}))

    page = admin.get(address).content.decode()

    assert '<option value="action.amount">' in page
    assert '<option value="metadata.reviewed_by">' in page
    assert "someone-unnamed" not in page


def test_a_reviewer_gets_no_rules(client, world, address):
    client.force_login(world.ana)

    assert client.post(address, filled(action="rules:add"), headers=HTMX).status_code in (403, 404)
