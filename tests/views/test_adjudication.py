"""Disputes: what people disagree on, settled by somebody who did not label it and does not see who did."""

import pytest

from labeling.models import Adjudication, FinalLabel, Item, QueueEntry
from labeling.policy.blinding import order_for
from labeling.queries.access import rater_of
from labeling.services.agreement import make_agreement_run
from labeling.services.projects import create_project, create_user
from tests.world import BAD, GOOD, chat_row, pair_row

URL = "/p/shop/disputes/"
REASON = {"reason": "The policy says 30 days.", "error_category": "reviewer_error"}
ANSWER = {
    "answer-correct": "no",
    "answer-complete": "3",
    "answer-tone": "4",
    "answer-grounded": "n/a",
    "verdict": "reject",
    **REASON,
}


@pytest.fixture
def dispute(world, clock):
    """Ana approves, Ben rejects, and no third reviewer breaks the tie."""
    return make_dispute(world, clock, "r-1")


def make_dispute(world, clock, external_id, **row):
    world.set_queue(overlap=2, breaks_ties=False)
    world.ingest(chat_row(external_id, **row))
    world.review_next(world.ana, note="Reads well to me.")
    world.review_next(world.ben, verdict="reject", answers=BAD, note="The amount is invented.")
    clock.shift(60)
    world.settle_all()
    entry = world.entry(external_id)
    assert entry.state == QueueEntry.State.DISPUTED
    return entry


def url_of(entry):
    return f"{URL}{entry.pk}/"


def test_no_dispute_is_said_honestly(owner):
    assert "No open dispute" in owner.get(URL).text


def test_disputes_say_what_people_differ_on(owner, dispute):
    page = owner.get(URL)

    [row] = page.context["rows"]
    assert row["splits"] == ["verdict", "correct", "complete", "tone", "grounded"]
    assert f"Dispute {dispute.pk}" in page.text


def test_the_most_urgent_dispute_comes_first(owner, world, clock):
    make_dispute(world, clock, "later")
    urgent = make_dispute(world, clock, "urgent", stakes="high")

    rows = owner.get(URL).context["rows"]

    assert rows[0]["entry"] == urgent


def test_a_dispute_shows_the_item_and_what_each_rater_chose_without_names(owner, dispute):
    page = owner.get(url_of(dispute))

    assert "My kettle arrived broken" in page.text
    assert "Rater A" in page.text
    assert "Rater B" in page.text
    assert "The amount is invented." in page.text


def test_the_adjudicator_is_blind_to_source_and_raters(owner, dispute):
    main = owner.get(url_of(dispute)).text + owner.get(URL).text

    for hidden in ("hidden-model", "v-7", "aster", "p14", "house-judge", "r-1", ">ana<", ">ben<", "helpdesk"):
        assert hidden not in main


def test_what_all_agree_on_is_chosen_already_and_the_rest_is_not(owner, world, clock):
    world.set_queue(overlap=2, breaks_ties=False)
    world.ingest(chat_row("r-1"))
    world.review_next(world.ana)
    world.review_next(world.ben, verdict="reject", answers={**GOOD, "correct": "no"})
    clock.shift(60)
    world.settle_all()

    questions = owner.get(url_of(world.entry("r-1"))).context["questions"]

    chosen = {
        row["question"].key: [option["value"] for option in row["options"] if option["is_chosen"]] for row in questions
    }
    assert chosen == {"correct": [], "complete": ["4"], "tone": ["4"], "grounded": ["n/a"]}


def test_settling_makes_the_final_label_and_leads_to_the_next(owner, world, clock):
    first, second = make_dispute(world, clock, "r-1"), make_dispute(world, clock, "r-2")

    answer = owner.post(url_of(first), ANSWER)

    label = FinalLabel.objects.get()
    assert answer.url == url_of(second)
    assert (label.verdict, label.source, label.is_bad) == ("reject", "adjudicated", True)
    assert {one.criterion.key: one.value for one in label.answers.all()}["complete"] == "3"
    assert Adjudication.objects.get().has_guideline_gap is False
    assert Item.objects.get(external_id="r-1").status == Item.Status.FINAL


def test_after_the_last_dispute_comes_the_list(owner, dispute):
    page = owner.post(url_of(dispute), ANSWER, follow=True)

    assert "Settled." in page.text
    assert "No open dispute" in page.text


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"reason": ""}, "Say why"),
        ({"reason": "   "}, "Say why"),
        ({"error_category": ""}, "Choose what led to the disagreement."),
        ({"verdict": ""}, "Choose a verdict."),
        ({"verdict": "escalate"}, "Select a valid choice"),
        ({"answer-correct": ""}, "Answer this question."),
        ({"answer-tone": "9"}, "Select a valid choice"),
    ],
)
def test_an_incomplete_adjudication_is_refused_and_loses_nothing(owner, dispute, changes, complaint):
    page = owner.post(url_of(dispute), ANSWER | changes)

    assert page.status_code == 422
    assert complaint in page.text
    assert page.context["form"]["answer-complete"].value() == "3"
    assert not FinalLabel.objects.exists()


def test_a_settled_dispute_is_gone(owner, dispute):
    owner.post(url_of(dispute), ANSWER)

    assert owner.get(url_of(dispute)).status_code == 404
    assert owner.post(url_of(dispute), ANSWER).status_code == 404
    assert FinalLabel.objects.count() == 1


def test_who_labelled_the_item_sees_the_dispute_listed_and_may_not_open_it(client, world, dispute):
    world.join(world.ana, "owner")
    client.force_login(world.ana)

    page = client.get(URL)

    assert "You labelled this item, so somebody else settles it" in page.text
    assert url_of(dispute) not in page.text
    assert client.get(url_of(dispute)).status_code == 403
    assert client.post(url_of(dispute), ANSWER).status_code == 403


def test_an_escalation_says_why_somebody_escalated(owner, world, clock):
    world.ingest(chat_row("r-1"))
    world.review_next(world.ana, verdict="escalate", note="This needs a lawyer.")
    clock.shift(60)
    world.settle_all()

    page = owner.get(url_of(world.entry("r-1")))

    assert "Rater A escalated this item" in page.text
    assert "This needs a lawyer." in page.text
    assert "escalated by a reviewer" in owner.get(URL).text


def test_a_pair_is_settled_in_the_order_in_which_it_was_read(owner, world, clock):
    """Whatever side is called A on this person's screen, the stored choice is of the output they meant."""
    world.set_queue(overlap=2, breaks_ties=False)
    world.ingest(*[pair_row(f"p-{n}") for n in range(2)])
    world.show_both_orders(world.olga)
    seen = set()
    for _ in range(2):
        for user, meant in ((world.ana, "a"), (world.ben, "tie")):
            hand_out = world.hand_out(user, world.pair_queue)
            shown = {"a": "b"}.get(meant, meant) if hand_out.order_shown == "ba" else meant
            world.submit(hand_out, verdict="", answers={"preference": shown}, note="")
    clock.shift(60)
    world.settle_all()

    for entry in QueueEntry.objects.filter(queue=world.pair_queue).order_by("id"):
        order = order_for(
            world.pair_queue.seeding_secret,
            reviewer_id=rater_of(world.olga, world.project).pk,
            item_id=entry.item_id,
            n_texts=2,
        )
        seen.add(order)
        page = owner.get(url_of(entry))
        [row] = page.context["questions"]
        meant = "b" if order == "ba" else "a"
        assert {one["value"]: one["letters"] for one in row["options"] if one["letters"]}[meant]
        first = "Rain is precipitation." if order == "ba" else "Clouds get heavy"
        assert page.text.index(first) == min(
            page.text.index("Rain is precipitation."), page.text.index("Clouds get heavy")
        )
        owner.post(url_of(entry), {"answer-preference": meant, **REASON})
        assert FinalLabel.objects.get(entry=entry).answers.get().value == "a"
    assert seen == {"ab", "ba"}


def test_stored_text_stays_text(owner, world, clock):
    entry = make_dispute(world, clock, "r-1", output="<script>alert(1)</script> hello")

    page = owner.get(url_of(entry))

    assert "<script>alert(1)</script>" not in page.text


def test_disputes_are_for_owners_and_admins_of_this_project(client, world, dispute):
    eve = create_user(username="eve", password="a-long-enough-phrase", now=world.now)
    create_project(slug="other", name="Other", creator=eve, now=world.now)
    for user in (world.cleo, eve):
        client.force_login(user)
        assert client.get(URL).status_code == 404
        assert client.get(url_of(dispute)).status_code == 404
        assert client.post(url_of(dispute), ANSWER).status_code == 404
    assert client.get(f"/p/other/disputes/{dispute.pk}/").status_code == 404


def test_disputes_ask_for_a_login_and_the_list_is_only_read(client, world, dispute):
    assert client.get(URL).status_code == 302
    assert client.get(url_of(dispute)).status_code == 302
    client.force_login(world.olga)
    assert client.post(URL).status_code == 405


def test_the_list_costs_the_same_however_long(owner, world, clock, django_assert_max_num_queries):
    for n in range(6):
        make_dispute(world, clock, f"r-{n}")

    with django_assert_max_num_queries(12):
        owner.get(URL)
    with django_assert_max_num_queries(22):
        owner.get(url_of(world.entry("r-0")))


# --- the hint ---------------------------------------------------------------------------------------------------------


def test_a_split_has_the_consensus_models_hint_and_an_agreed_question_has_none(owner, world, clock):
    world.set_queue(overlap=3, daily_cap=1_000)
    world.ingest(*(chat_row(f"r-{number}") for number in range(24)))
    for user in (world.ana, world.ben, world.cleo):
        for _ in range(24):
            hand_out = world.hand_out(user)
            number = int(hand_out.entry.item.external_id.split("-")[1])
            is_bad = (number % 3 == 0) != (user == world.ben and number == 5)
            world.submit(hand_out, verdict="reject" if is_bad else "approve", answers=BAD if is_bad else GOOD)
    clock.shift(31)
    world.settle_all()
    entry = QueueEntry.objects.get(state=QueueEntry.State.DISPUTED)
    make_agreement_run(world.rubric, now=world.now, replicates=0)

    page = owner.get(url_of(entry))

    correct = next(row for row in page.context["questions"] if row["question"].key == "correct")
    assert (correct["hint"].value, correct["hint"].is_sure) == ("yes", True)
    assert page.content.decode().count("A hint, once you have read the item") == sum(
        row["is_split"] for row in [*page.context["questions"], page.context["verdict"]] if row["hint"]
    )


def test_without_a_run_there_is_no_hint(owner, dispute):
    assert "A hint" not in owner.get(url_of(dispute)).content.decode()
