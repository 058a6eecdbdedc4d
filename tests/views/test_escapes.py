"""What got past, and drafts begun with a suggested rule."""

import json

import pytest
from django.urls import reverse

from labeling.models import RoutingPolicy
from tests.closing import publish
from tests.world import chat_row


@pytest.fixture
def url(world):
    return reverse("escapes", args=[world.project.slug])


@pytest.fixture
def drafts_url(world):
    return reverse("suggested_drafts", args=[world.project.slug])


SUGGESTED = {"field": "intent", "value": json.dumps("refund")}


def test_an_owner_reads_what_got_past_and_how_it_is_tested(owner, world, url):
    world.ingest(chat_row())
    world.review_next(world.ana)

    text = owner.get(url).content.decode()

    assert "The judge passed it, people did not" in text
    assert "Fisher’s exact test, one-sided, adjusted after Holm" in text


def test_a_reviewer_and_a_stranger_see_nothing_of_it(ana, client, url):
    assert ana.get(url).status_code in (403, 404)
    client.logout()
    assert client.get(url).status_code == 302


def test_an_admin_begins_a_draft_with_one_rule_more(admin, world, drafts_url):
    response = admin.post(drafts_url, SUGGESTED)

    draft = RoutingPolicy.objects.get(state="draft")
    assert response.url == f"{reverse('new_policy', args=[world.project.slug])}?from={draft.number}"
    assert draft.definition["rules"] == [
        {
            "name": "audit: intent is refund",
            "when": {"field": "intent", "op": "==", "value": "refund"},
            "review_share": 1.0,
            "reason": "field_rule",
        }
    ]
    assert "bad more often where intent is refund" in draft.reason
    assert RoutingPolicy.objects.get(state="live").definition["rules"] == []


def test_an_owner_may_not_begin_a_draft(owner, drafts_url):
    assert owner.post(drafts_url, SUGGESTED).status_code in (403, 404)
    assert not RoutingPolicy.objects.filter(state="draft").exists()


def test_asking_for_a_draft_begins_none(admin, drafts_url):
    assert admin.get(drafts_url).status_code == 405
    assert not RoutingPolicy.objects.filter(state="draft").exists()


@pytest.mark.parametrize(
    "sent", [{"field": "intent"}, {"field": "intent", "value": "{"}, {"field": "sauce", "value": '"hot"'}]
)
def test_what_is_no_rule_begins_no_draft(admin, drafts_url, sent):
    assert admin.post(drafts_url, sent).status_code in (302, 400)
    assert not RoutingPolicy.objects.filter(state="draft").exists()


def test_a_rule_that_the_live_policy_has_is_not_added_twice(admin, world, drafts_url):
    admin.post(drafts_url, SUGGESTED)
    publish(world, rules=RoutingPolicy.objects.get(state="draft").definition["rules"])

    admin.post(drafts_url, SUGGESTED)

    assert RoutingPolicy.objects.filter(state="draft").count() == 1
