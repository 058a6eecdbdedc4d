"""Disputes that wait for somebody, adopting what a rater said, and final labels that are opened again."""

import re

import pytest
from django.urls import reverse

from labeling.models import FinalLabel, GuidelineGap, HandOver, Item, Membership, Reopening
from labeling.policy.verdicts import Finding, VerdictDetails
from labeling.services.reopening import reopen
from tests.views.desks import text_of
from tests.world import BAD, chat_row

DISPUTES = "/p/shop/disputes/"
RULING = {
    "answer-correct": "no",
    "answer-complete": "3",
    "answer-tone": "4",
    "answer-grounded": "n/a",
    "verdict": "revise",
    "reason": "The policy says 30 days.",
    "error_category": "reviewer_error",
}
HOSTILE = "Better <script>alert(1)</script> text."


@pytest.fixture
def escalated(world, clock):
    world.ingest(chat_row("r-1"))
    to_olga = VerdictDetails(escalated_to=f"person-{world.olga.pk}")
    world.review_next(world.ana, verdict="escalate", note="Ask a lawyer.", details=to_olga)
    clock.shift(60)
    world.settle_all()
    return world.entry("r-1")


@pytest.fixture
def proposed(world, clock):
    """Ana proposes a text, Ben another one; nobody else is asked."""
    world.set_queue(overlap=2, breaks_ties=False)
    world.ingest(chat_row("r-1"))
    world.review_next(world.ana, verdict="revise", details=VerdictDetails(HOSTILE, Finding("format", "minor")))
    world.review_next(world.ben, verdict="reject", answers=BAD)
    clock.shift(60)
    world.settle_all()
    return world.entry("r-1")


@pytest.fixture
def final(world, clock):
    world.ingest(chat_row("r-1"))
    world.review_next(world.ana, verdict="revise", details=VerdictDetails("Better.", Finding("format", "minor")))
    clock.shift(60)
    world.settle_all()
    return FinalLabel.objects.get()


def url_of(entry):
    return f"{DISPUTES}{entry.pk}/"


def test_whom_a_reviewer_asked_is_named_on_the_items_page_once_it_is_settled(owner, escalated, world):
    page = f"/p/shop/items/{escalated.item_id}/"

    before = owner.get(page).text
    owner.post(url_of(escalated), RULING)

    assert "somebody by name" in before
    assert "somebody by name" not in owner.get(page).text


def reopening_of(label):
    return reverse("reopenings", args=["shop", label.pk])


# --- for whom it waits ------------------------------------------------------------------------------------------------


def test_home_tells_whoever_was_asked_and_nobody_else(client, world, escalated):
    client.force_login(world.olga)
    assert "1 item waits for you" in text_of(client.get("/"))

    client.force_login(world.ada)
    assert "waits for you" not in text_of(client.get("/"))
    assert f"Dispute {escalated.pk}" in text_of(client.get(DISPUTES))


def test_the_list_says_for_whom_and_what_worst_means(owner, escalated):
    text = text_of(owner.get(DISPUTES))

    assert "for you olga" in text
    assert "Worst first" in text


def test_an_escalation_that_fell_back_says_so_without_saying_why(owner, world, escalated):
    world.join(world.cleo, Membership.Role.OWNER)
    Membership.objects.filter(user=world.olga, role="owner").delete()
    owner.force_login(world.cleo)

    text = text_of(owner.get(DISPUTES))

    assert "An eval owner (the person who was asked cannot settle it)" in text
    assert "olga" not in text


def test_a_dispute_is_handed_over_with_a_reason(owner, world, escalated):
    answer = owner.post(f"{url_of(escalated)}hand-overs/", {"handed_to": "admin", "handed_reason": "It is money."})

    assert answer.url == DISPUTES
    owner.force_login(world.ada)
    assert "1 item waits for you" in text_of(owner.get("/"))
    assert "Handed over because: It is money." in text_of(owner.get(url_of(escalated)))


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"handed_reason": " "}, "Say why; it is what they read first."),
        ({"handed_to": ""}, "Choose for whom."),
        ({"handed_to": "person-0"}, "Select a valid choice"),
    ],
)
def test_an_incomplete_hand_over_is_refused_beside_its_field(owner, escalated, changes, complaint):
    posted = {"handed_to": "admin", "handed_reason": "It is money.", **changes}

    page = owner.post(f"{url_of(escalated)}hand-overs/", posted)

    assert page.status_code == 422
    assert complaint in text_of(page)
    assert not HandOver.objects.exists()


def test_who_labelled_it_hands_nothing_over(client, world, escalated):
    world.join(world.ana, Membership.Role.OWNER)
    client.force_login(world.ana)

    assert client.post(f"{url_of(escalated)}hand-overs/", {"handed_to": "admin"}).status_code == 403
    client.force_login(world.cleo)
    assert client.post(f"{url_of(escalated)}hand-overs/", {"handed_to": "admin"}).status_code == 404


# --- adopting ---------------------------------------------------------------------------------------------------------


def test_every_answer_says_by_which_letters_it_was_chosen(owner, proposed):
    page = owner.get(url_of(proposed)).text

    assert re.search(r'name="verdict" value="revise" data-letters="A"', page)
    assert re.search(r'name="verdict" value="reject" data-letters="B"', page)
    assert "Adopt all of A" in page


def test_a_proposed_text_is_shown_as_a_difference_and_stays_text(owner, proposed):
    page = owner.get(url_of(proposed)).text

    assert "<script>alert(1)" not in page
    assert re.search(r"<ins>.*?&lt;script&gt;", page, re.DOTALL)
    assert re.search(r"<del>.*?kettle", page, re.DOTALL)
    assert "Rater A proposes" in page


def test_an_adopted_text_and_failure_become_final(owner, proposed):
    owner.post(
        url_of(proposed),
        {**RULING, "correction_from": "A", "failure_kind": "format", "failure_severity": "minor"},
    )

    label = FinalLabel.objects.get()
    assert (label.correction.text, label.correction.proposed_in.reviewer.name) == (HOSTILE, "ana")
    assert (label.failure.kind, label.failure.severity, label.failure.cause) == ("format", "minor", "")


def test_a_text_of_ones_own_is_taken_only_where_it_was_chosen(owner, proposed):
    owner.post(url_of(proposed), {**RULING, "correction_from": "", "correction": "Mine."})

    assert not hasattr(FinalLabel.objects.get(), "correction")


def test_half_a_failure_is_refused_and_loses_nothing(owner, proposed):
    page = owner.post(url_of(proposed), {**RULING, "failure_kind": "other", "failure_severity": "major"})

    assert page.status_code == 422
    assert "Say in a few words what failed." in text_of(page)
    assert page.context["form"]["reason"].value() == RULING["reason"]
    assert not FinalLabel.objects.exists()


def test_a_gap_leads_to_the_rubric_with_the_case_attached(owner, world, proposed):
    answer = owner.post(
        url_of(proposed),
        {**RULING, "has_guideline_gap": "on", "gap_on": "tone", "gap_statement": "How warm is warm?"},
    )

    gap = GuidelineGap.objects.get()
    assert answer.url == f"/p/shop/rubrics/{world.rubric.pk}/#gap-{gap.pk}"
    page = text_of(owner.get(f"/p/shop/rubrics/{world.rubric.pk}/"))
    assert "How warm is warm?" in page
    assert "Shown by r-1" in page


# --- opening again ----------------------------------------------------------------------------------------------------


def test_an_owner_reopens_a_label_with_a_reason_and_it_stays_as_history(owner, world, final):
    item = reverse("item", args=["shop", final.item_id])
    assert reopening_of(final) in owner.get(item).text

    answer = owner.post(reopening_of(final), {"reason": "A customer complained."})

    assert answer.url == item
    text = text_of(owner.get(item))
    assert "Was final: Revise" in text
    assert "Re-opened by olga" in text
    assert "A customer complained." in text
    assert "re-opened" in text_of(owner.get(DISPUTES))
    assert "It was final and has been re-opened" in text_of(owner.get(url_of(world.entry("r-1"))))


def test_an_item_settled_anew_shows_both_labels(owner, world, final):
    reopen(final, opener=world.olga, reason="A complaint.", now=world.now)

    owner.post(url_of(world.entry("r-1")), {**RULING, "verdict": "reject"})

    text = text_of(owner.get(reverse("item", args=["shop", final.item_id])))
    assert "Revision 2 Final: Reject" in text
    assert "Revision 1 Was final: Revise" in text
    assert "revision 2" in text_of(owner.get("/p/shop/labels/"))
    assert Item.objects.get(pk=final.item_id).status == Item.Status.FINAL


def test_who_settled_it_is_refused_and_told_that_somebody_else_does(owner, world, escalated):
    owner.post(url_of(escalated), RULING)
    owner.post(reopening_of(FinalLabel.objects.get()), {"reason": "On second thoughts."})

    assert "You settled this before it was re-opened" in text_of(owner.get(DISPUTES))
    assert owner.get(url_of(escalated)).status_code == 403
    owner.force_login(world.ada)
    assert owner.post(url_of(escalated), RULING).status_code == 302
    assert FinalLabel.objects.count() == 2


def test_without_a_reason_it_stays_final(owner, final):
    page = owner.post(reopening_of(final), {"reason": " "})

    assert page.status_code == 422
    assert "Say why" in text_of(page)
    assert not Reopening.objects.exists()


def test_a_label_that_clears_is_reopened_with_a_warning(owner, world, clock):
    world.ingest(chat_row("r-1"))
    world.review_next(world.ana)
    clock.shift(60)
    world.settle_all()

    assert "may have released it or carried it out already" in text_of(
        owner.get(reopening_of(FinalLabel.objects.get()))
    )


def test_twice_is_once(owner, final):
    owner.post(reopening_of(final), {"reason": "A complaint."})

    assert owner.post(reopening_of(final), {"reason": "Another."}).status_code == 409
    assert "re-opened already" in text_of(owner.get(reopening_of(final)))


def test_reopening_is_for_owners_of_this_project(client, world, final):
    assert client.get(reopening_of(final)).status_code == 302
    for user in (world.ada, world.ana, world.cleo):
        client.force_login(user)
        assert client.get(reopening_of(final)).status_code == 404
        assert client.post(reopening_of(final), {"reason": "x"}).status_code == 404
    assert not Reopening.objects.exists()


def test_the_item_page_offers_it_to_owners_alone(client, world, final):
    client.force_login(world.ada)

    assert reopening_of(final) not in client.get(reverse("item", args=["shop", final.item_id])).text


# --- failures ---------------------------------------------------------------------------------------------------------


def test_failures_are_counted_by_type_and_severity_and_lead_to_their_labels(owner, world, final):
    text = text_of(owner.get("/p/shop/labels/"))
    assert "1 of 1 final revise or reject name what failed" in text

    found = owner.get("/p/shop/labels/?failure=format&severity=minor")
    none = owner.get("/p/shop/labels/?failure=format&severity=critical")

    assert "r-1" in found.text
    assert "Wrong format, minor" in text_of(found)
    assert "No final label matches" in none.text


def test_a_reopened_label_is_no_failure_any_more(owner, world, final):
    reopen(final, opener=world.olga, reason="A complaint.", now=world.now)

    assert "Failures" not in owner.get("/p/shop/labels/").text


def test_the_item_page_shows_what_a_reviewer_proposed_and_to_whom_they_escalated(owner, world, clock, escalated):
    world.ingest(chat_row("r-2"))
    world.review_next(world.ana, verdict="revise", details=VerdictDetails(HOSTILE, Finding("format", "minor")))

    first = text_of(owner.get(reverse("item", args=["shop", escalated.item_id])))
    second = owner.get(reverse("item", args=["shop", world.item("r-2").pk]))

    assert "Escalated to: somebody by name" in first
    assert "Failure: Wrong format, minor" in text_of(second)
    assert "Proposes another text" in second.text
    assert "<script>alert(1)" not in second.text
