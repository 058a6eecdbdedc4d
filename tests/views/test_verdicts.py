"""The desk beside a verdict: a text to edit, what failed, and to whom it goes; the same with and without scripts."""

import re

import pytest
from django.urls import reverse

from labeling.models import Correction, Draft, Escalation, Failure, Review
from labeling.policy.verdicts import LONGEST_CORRECTION
from labeling.services.reviews import take_back
from tests.views.desks import COMPLETE, desk_url, text_of
from tests.world import chat_row, pair_row

REVISED = {**COMPLETE, "verdict": "revise", "correction": "A better reply."}
REJECTED = {**COMPLETE, "verdict": "reject", "note": "No."}
WHOLE = {"failure_kind": "unsafe", "failure_severity": "critical", "failure_cause": "model"}


@pytest.fixture
def ana(client, world):
    client.force_login(world.ana)
    return client


@pytest.fixture
def desk(world):
    world.ingest(chat_row())
    return world.hand_out(world.ana)


def test_the_output_stands_ready_to_be_edited_and_is_text(world, ana):
    world.ingest(chat_row(output="\nFirst </textarea><script>alert(1)</script>"))

    page = ana.get(desk_url(world.hand_out(world.ana))).text

    assert "\n\nFirst &lt;/textarea&gt;&lt;script&gt;" in page
    assert "<script>alert(1)" not in page


def test_a_pair_and_a_very_long_text_have_nothing_to_edit(world, ana):
    world.ingest(pair_row("p-1"), chat_row("long", output="word " * LONGEST_CORRECTION))

    for queue in (world.pair_queue, world.queue):
        page = ana.get(desk_url(world.hand_out(world.ana, queue)))
        assert 'name="correction"' not in page.text


def test_an_edited_text_is_kept_and_a_note_is_not_needed(ana, desk):
    answer = ana.post(desk_url(desk), REVISED)

    assert answer.status_code == 302
    assert Correction.objects.get().text == "A better reply."


def test_a_revise_with_the_text_as_it_was_needs_a_note(ana, desk):
    page = ana.post(desk_url(desk), {**REVISED, "correction": chat_row()["output"]})

    assert page.status_code == 422
    assert "Say in a sentence what is wrong." in text_of(page)
    assert not Review.objects.exists()


def test_a_reject_asks_what_failed_and_keeps_what_was_said(ana, desk):
    page = ana.post(desk_url(desk), {**REJECTED, "failure_severity": "major"})

    assert page.status_code == 422
    assert "Choose what failed." in text_of(page)
    assert '<option value="major" selected>' in page.text
    assert not Failure.objects.exists()


def test_a_named_failure_is_kept(ana, desk):
    ana.post(desk_url(desk), {**REJECTED, **WHOLE})

    failure = Failure.objects.get()
    assert (failure.kind, failure.severity, failure.cause) == ("unsafe", "critical", "model")


@pytest.mark.parametrize("changes", [{"failure_kind": "\x00"}, {"failure_cause": "x" * 500}, {"correction": "\x00"}])
def test_nonsense_is_refused_and_never_an_error(ana, desk, changes):
    posted = {**REVISED, "note": "", **WHOLE, **changes}

    assert ana.post(desk_url(desk), posted).status_code == 422


def test_an_escalation_by_name_lists_the_people_first_where_there_is_no_script(world, ana, desk):
    escalated = {**COMPLETE, "verdict": "escalate", "note": "A lawyer.", "escalated_to": "person"}

    page = ana.post(desk_url(desk), escalated)

    assert page.status_code == 422
    assert "Choose the person, or one of the roles." in text_of(page)
    assert f'<option value="person-{world.olga.pk}">olga</option>' in page.text
    ana.post(desk_url(desk), {**escalated, "escalated_to": f"person-{world.olga.pk}"})
    assert Escalation.objects.get().person == world.olga


def test_people_to_escalate_to_are_owners_and_admins_and_no_reviewer(world, ana, desk):
    answer = ana.get(reverse("addressees", args=[desk.token])).json()

    assert [one["label"] for one in answer["people"]] == ["ada", "olga"]


def test_people_to_escalate_to_are_for_whoever_holds_the_item(client, world, desk):
    client.force_login(world.ben)

    assert client.get(reverse("addressees", args=[desk.token])).status_code == 404
    assert client.post(reverse("addressees", args=[desk.token])).status_code == 405


def test_the_list_of_people_is_the_same_for_gold(world, ana):
    world.set_queue(gold_share=1.0)
    world.make_gold(chat_row("g-1"))
    world.ingest(chat_row("r-1"))
    gold = world.hand_out(world.ana)
    assert gold.entry.purpose.purpose == "gold"
    listed = ana.get(reverse("addressees", args=[gold.token])).content
    world.submit(gold)
    world.set_queue(gold_share=0.0)
    live = world.hand_out(world.ana)
    assert live.entry.purpose.purpose == "live"

    assert ana.get(reverse("addressees", args=[live.token])).content == listed


def test_an_ordinary_desk_costs_no_query_for_the_people(world, ana, desk):
    assert "person-" not in ana.get(desk_url(desk)).text


def test_a_draft_keeps_the_text_only_while_it_is_a_revise(ana, desk):
    ana.post(desk_url(desk, "draft"), {"verdict": "revise", "correction": "Half a te", "failure_kind": "format"})
    assert Draft.objects.get().content == {
        "verdict": "revise",
        "correction": "Half a te",
        "failure_kind": "format",
    }
    page = ana.get(desk_url(desk)).text
    assert re.search(r"data-changed[^>]*>\s*Half a te</textarea>", page)

    ana.post(desk_url(desk, "draft"), {"verdict": "approve", "correction": "Half a te", "escalated_to": "owner"})

    assert Draft.objects.get().content == {"verdict": "approve"}


def test_a_text_as_long_as_allowed_fits_into_a_draft(ana, desk):
    text = "ä\n" * (LONGEST_CORRECTION // 2)

    answer = ana.post(desk_url(desk, "draft"), {"verdict": "revise", "correction": text, "note": "n" * 10_000})

    assert answer.status_code == 200


def test_what_was_taken_back_stands_in_the_form_again(world, ana, desk):
    ana.post(desk_url(desk), {**REVISED, **WHOLE})
    take_back(desk, now=world.now)

    page = ana.get(desk_url(desk)).text

    assert "A better reply.</textarea>" in page
    assert '<option value="critical" selected>' in page
