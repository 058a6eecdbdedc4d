"""Gold cases: the list with what became of each, making one and retiring one."""

import pytest

from labeling.models import Event, GoldCase, Item, Slot
from labeling.services.gold import plant_gold, retire_gold_case
from labeling.services.projects import create_project, create_user
from labeling.services.queues import take_seat
from tests.world import BAD, GOOD, chat_row

URL = "/p/shop/gold/"
ANSWER = {
    "answer-correct": "no",
    "answer-complete": "2",
    "answer-tone": "3",
    "answer-grounded": "n/a",
    "verdict": "reject",
    "explanation": "The window is 30 days, not 14.",
    "use": "live",
}


@pytest.fixture
def shipped(world):
    """An item that no queue holds."""
    world.ingest(chat_row("s-1"))
    item = world.item("s-1")
    item.entries.all().delete()
    Item.objects.filter(pk=item.pk).update(status=Item.Status.SHIPPED)
    return item


def serve_gold(world, user, **submission):
    """Hand this reviewer a gold turn and submit it."""
    world.set_queue(gold_share=1.0)
    return world.review_next(user, **submission)


def test_a_project_without_gold_says_how_to_begin(owner):
    assert "No gold case yet" in owner.get(URL).text


def test_a_case_shows_how_often_it_was_handed_out_and_answered_right(owner, world):
    world.make_gold(chat_row("g-1"))
    world.ingest(chat_row("r-1"))
    serve_gold(world, world.ana)
    serve_gold(world, world.ben, verdict="reject", answers=BAD)

    page = owner.get(URL)

    [row] = page.context["rows"]
    assert (row.n_hand_outs, row.n_right, row.n_reviews) == (2, 1, 2)
    assert "1 of 2" in page.text
    assert "It follows the policy to the letter." in page.text


def test_right_is_right_in_what_decides(owner, world):
    world.make_gold(chat_row("g-1"))
    world.ingest(chat_row("r-1"))
    serve_gold(world, world.ana, answers={**GOOD, "tone": "2"})

    [row] = owner.get(URL).context["rows"]

    assert (row.n_right, row.n_reviews) == (1, 1)


def test_a_case_nobody_answered_says_so(owner, world):
    world.make_gold(chat_row("g-1"))

    assert "no answer yet" in owner.get(URL).text


def test_a_retired_case_is_handed_out_no_more(owner, world):
    case = world.make_gold(chat_row("g-1"))
    world.set_queue(gold_share=0.5)
    rater = world.rater(world.ana)
    take_seat(world.queue, rater, now=world.now)
    plant_gold(world.queue, rater, now=world.now)
    take_seat(world.queue, world.rater(world.ben), now=world.now)

    page = owner.post(f"{URL}{case.pk}/retirements/", {"because": "by_hand"}, follow=True)
    n_planted = plant_gold(world.queue, world.rater(world.ben), now=world.now)

    assert "is retired" in page.text
    assert [slot.state for slot in Slot.objects.filter(entry__purpose__gold_case=case)] == ["closed"]
    assert n_planted == 0


def test_retiring_twice_is_one_event_and_keeps_the_first_time(world, clock):
    case = world.make_gold(chat_row("g-1"))

    retire_gold_case(case=case, actor=world.olga, now=world.now)
    first = GoldCase.objects.get().retired_at
    clock.shift(60)
    retire_gold_case(case=case, actor=world.olga, now=world.now)

    assert GoldCase.objects.get().retired_at == first
    assert Event.objects.filter(kind="gold.retired").count() == 1


def test_a_turn_somebody_holds_stays_theirs_when_the_case_retires(world):
    case = world.make_gold(chat_row("g-1"))
    world.ingest(chat_row("r-1"))
    world.set_queue(gold_share=1.0)
    hand_out = world.hand_out(world.ana)

    retire_gold_case(case=case, actor=world.olga, now=world.now)
    submitted = world.submit(hand_out)

    assert submitted.outcome == "counted"


def test_a_gold_case_is_made_of_an_item_that_no_queue_holds(owner, shipped):
    page = owner.post(f"/p/shop/items/{shipped.pk}/gold/", ANSWER, follow=True)

    case = GoldCase.objects.get()
    assert "s-1 is a gold case now" in page.text
    assert (case.verdict, case.explanation) == ("reject", ANSWER["explanation"])
    assert {label.criterion.key: label.value for label in case.labels.all()} == {
        "correct": "no",
        "complete": "2",
        "tone": "3",
        "grounded": "",
    }


def test_the_form_asks_the_questions_beside_the_item(owner, shipped, world):
    page = owner.get(f"/p/shop/items/{shipped.pk}/gold/")

    assert "Are all facts, amounts and rules right?" in page.text
    assert "You can choose a replacement or a refund within 30 days." in page.text


def test_no_answer_is_chosen_beforehand(owner, shipped):
    page = owner.get(f"/p/shop/items/{shipped.pk}/gold/")

    assert "checked" not in page.text


def test_a_rubric_for_pairs_is_offered_for_pairs_only(owner, shipped, world):
    page = owner.get(f"/p/shop/items/{shipped.pk}/gold/?version={world.preference_rubric.pk}")

    assert "Which serves the person better?" not in page.text
    assert page.context["version"] == world.rubric


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"explanation": ""}, "reviewers learn from it"),
        ({"answer-correct": ""}, "Answer this question."),
        ({"answer-correct": "n/a"}, "Select a valid choice"),
        ({"verdict": "escalate"}, "Select a valid choice"),
    ],
)
def test_an_incomplete_answer_is_refused(owner, shipped, changes, complaint):
    page = owner.post(f"/p/shop/items/{shipped.pk}/gold/", ANSWER | changes)

    assert page.status_code == 422
    assert complaint in page.text
    assert not GoldCase.objects.exists()


def test_an_item_in_review_cannot_become_gold(owner, world):
    world.ingest(chat_row("r-1"))
    url = f"/p/shop/items/{world.item('r-1').pk}/gold/"

    assert "People have this item in review" in owner.get(url).text
    assert owner.post(url, ANSWER).status_code == 409
    assert not GoldCase.objects.exists()


def test_a_second_case_of_the_same_rubric_is_refused(owner, world):
    item = world.make_gold(chat_row("g-1")).item

    page = owner.post(f"/p/shop/items/{item.pk}/gold/", ANSWER)

    assert page.status_code == 409
    assert "a gold case of this rubric version already" in page.text
    assert GoldCase.objects.count() == 1


def test_gold_is_for_owners_and_admins_of_this_project(client, world, shipped):
    case = world.make_gold(chat_row("g-1"))
    eve = create_user(username="eve", password="a-long-enough-phrase", now=world.now)
    create_project(slug="other", name="Other", creator=eve, now=world.now)
    for user in (world.ana, eve):
        client.force_login(user)
        assert client.get(URL).status_code == 404
        assert client.get(f"/p/shop/items/{shipped.pk}/gold/").status_code == 404
        assert client.post(f"{URL}{case.pk}/retirements/").status_code == 404
    assert client.post(f"/p/other/gold/{case.pk}/retirements/").status_code == 404
    assert GoldCase.objects.get().retired_at is None


def test_gold_asks_for_a_login_and_retiring_is_a_post(client, world):
    case = world.make_gold(chat_row("g-1"))
    assert client.get(URL).status_code == 302
    client.force_login(world.olga)

    assert client.get(f"{URL}{case.pk}/retirements/").status_code == 405
    assert client.post(URL).status_code == 405


@pytest.mark.parametrize("n_cases", [5, 20])
def test_the_page_costs_the_same_however_long(owner, world, django_assert_max_num_queries, n_cases):
    for n in range(n_cases):
        world.make_gold(chat_row(f"g-{n}"))
    world.ingest(chat_row("r-1"))
    serve_gold(world, world.ana)
    serve_gold(world, world.ben)

    with django_assert_max_num_queries(23):
        owner.get(URL)
