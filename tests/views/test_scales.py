"""Every scale on the pages: the desk with and without answers, its refusals, the dispute and the gold case."""

import pytest
from django.urls import reverse

from labeling.models import Answer, Draft, FinalAnswer, GoldLabel, QueueEntry, Review
from labeling.services.ingest import ingest_reference
from tests.views.desks import desk_url, text_of
from tests.world_scales import CLEAN, Panel, two_claims

POSTED = {
    "answer-score": "3.50",
    "answer-faults~cold": "yes",
    "answer-supported~claim-1": "yes",
    "answer-supported~claim-2": "no",
    "answer-hedged~claim-2": "no",
    "verdict": "approve",
    "revision": "1",
    "active_ms": "9000",
}


@pytest.fixture
def panel(world):
    return Panel(world, overlap=2, breaks_ties=False)


@pytest.fixture
def hand_out(world, panel):
    panel.ingest(two_claims())
    return world.hand_out(world.ana, panel.queue)


def stored():
    return {(one.criterion.key, one.part): one.value for one in Answer.objects.select_related("criterion")}


def test_a_desk_names_each_part_it_asks_of(hand_out, ana):
    page = text_of(ana.get(desk_url(hand_out)))

    assert "The warranty is two years [P1]." in page
    assert "Only where “Is the claim supported?” is No" in page
    assert "1 (useless) to 5 (nothing to wish for), in steps of 0.1" in page


def test_every_scale_is_submitted_from_plain_fields(hand_out, ana):
    ana.post(desk_url(hand_out), POSTED)

    assert stored() == {
        ("score", ""): "3.5",
        ("faults", "cold"): "yes",
        ("faults", "long"): "no",
        ("faults", "invented"): "no",
        ("supported", "claim-1"): "yes",
        ("supported", "claim-2"): "no",
        ("hedged", "claim-2"): "no",
    }


def test_what_is_wrong_is_said_at_its_row_and_nothing_is_lost(hand_out, ana):
    wrong = {**POSTED, "answer-score": "9", "answer-supported~claim-2": "", "answer-faults": "none"}

    response = ana.post(desk_url(hand_out), wrong)

    page = text_of(response)
    assert response.status_code == 422
    assert "Give a number from 1 to 5." in page
    assert "Choose what applies or none, not both." in page
    assert "look at the marked questions" in page
    assert b'value="9"' in response.content
    assert not Review.objects.exists()


def test_a_draft_keeps_parts_boxes_and_words(hand_out, ana):
    fields = {**POSTED, "answer-story": "The lid.", "answer-supported~claim-7": "yes", "rationale-faults": "Curt."}

    ana.post(reverse("draft", args=[hand_out.token]), fields)

    content = Draft.objects.get().content
    assert (content["answer-story"], content["rationale-faults"]) == ("The lid.", "Curt.")
    assert content["answer-faults~cold"] == "yes"
    assert "answer-supported~claim-7" not in content
    page = ana.get(desk_url(hand_out)).content.decode()
    assert 'name="answer-faults~cold" value="yes" checked' in page
    assert "The lid.</textarea>" in page


def test_a_hundred_parts_of_many_questions_are_accepted(hand_out, ana):
    many = {f"rationale-supported~claim-{number}": "" for number in range(1_500)}

    response = ana.post(reverse("draft", args=[hand_out.token]), {**POSTED, **many})

    assert response.status_code == 200


def test_a_desk_without_parts_is_drawn_once_and_one_with_parts_for_each_item(world, panel, ana):
    panel.ingest(two_claims("r-1"), two_claims("r-2", output="Only this."))
    first = world.hand_out(world.ana, panel.queue)

    next_page = text_of(ana.post(desk_url(first), POSTED, follow=True))

    assert "Only this." in next_page
    assert "It covers the lid." not in next_page


def test_an_adjudicator_sees_each_part_and_types_a_number(world, panel, client, clock):
    panel.ingest(two_claims())
    panel.review(world.ana, CLEAN)
    panel.review(world.ben, {**CLEAN, "score": "2", "supported~claim-2": "no", "hedged~claim-2": "yes"})
    clock.shift(31)
    world.settle_all()
    client.force_login(world.olga)
    address = reverse("dispute", args=[world.project.slug, QueueEntry.objects.get().pk])
    page = text_of(client.get(address))
    ruling = {f"answer-{key}": value for key, value in CLEAN.items() if key != "faults"}
    ruling |= {f"answer-faults~{option}": "no" for option in ("cold", "long", "invented")}
    ruling |= {"answer-score": "2.5", "verdict": "approve", "reason": "The lid is covered."}

    response = client.post(address, {**ruling, "error_category": "reviewer_error"})

    assert "Is the claim supported? · It covers the lid." in page
    assert response.status_code == 302
    assert FinalAnswer.objects.get(criterion__key="score").value == "2.5"
    assert FinalAnswer.objects.get(criterion__key="supported", part="claim-2").value == "yes"


def test_a_gold_case_is_made_part_by_part(world, panel, client):
    item = ingest_reference(world.project, two_claims("g-1"), now=world.now)
    client.force_login(world.olga)
    address = reverse("new_gold_case", args=[world.project.slug, item.pk]) + f"?version={panel.version.pk}"
    known = {f"answer-{key}": value for key, value in CLEAN.items() if key != "faults"}
    known |= {f"answer-faults~{option}": "no" for option in ("cold", "long", "invented")}

    page = text_of(client.get(address))

    response = client.post(address, {**known, "use": "live", "verdict": "approve", "explanation": "Both are in P1."})

    assert "From 1 to 5, in steps of 0.1" in page
    assert response.status_code == 302
    assert GoldLabel.objects.filter(criterion__key="supported").count() == 2
