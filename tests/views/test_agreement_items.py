"""The items behind a number of the agreement report: exactly those, and no name before it may be told."""

import pytest
from django.urls import reverse

from labeling.models import AgreementRun
from labeling.services.projects import create_project
from tests.views.agreeing import bring_labels, found, items_url, label_twice, make_run, report_url
from tests.world import chat_row


def test_without_a_choice_there_are_the_items_that_alpha_rests_on(owner, world):
    label_twice(world)
    world.ingest(chat_row("once"))
    world.review_next(world.cleo)
    run = make_run(world)

    page = owner.get(items_url(world, run))

    assert found(page) == {f"r-{number}" for number in range(6)}
    assert "6 items with 6 such pairs" in page.content.decode()


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("?first=no&second=yes", {"r-0", "r-1"}),
        ("?first=yes&second=yes", {"r-2", "r-3", "r-4", "r-5"}),
        ("?first=no&second=no", set()),
        ("?a=ben&b=ana&disputed=1", set()),
        ("?a=ana", {"r-2", "r-3", "r-4", "r-5"}),
        ("?a=ana&b=ana", set()),
    ],
)
def test_a_choice_leads_to_exactly_its_items_of_a_rater_to_settled_ones(owner, world, clock, query, expected):
    label_twice(world)
    run = make_run(world)
    clock.shift(60)
    world.settle_all()

    assert found(owner.get(items_url(world, run, query=query))) == expected


def test_every_number_of_the_matrix_and_the_splits_leads_to_as_many_items(owner, world):
    bring_labels(world, n_items=12, n_raters=3, n_differing=5)
    run = make_run(world)
    report = owner.get(report_url(world, "?question=correct")).context["looked_at"]

    for pair in report.pairs:
        page = owner.get(items_url(world, run, query=f"?a={pair['a']}&b={pair['b']}"))
        assert page.context["page_obj"].paginator.count == pair["n"]
    for split in report.splits:
        page = owner.get(items_url(world, run, query=f"?first={split.first}&second={split.second}"))
        assert page.context["found"].n_pairs == split.n_pairs


def test_verdicts_have_their_items_too(owner, world):
    label_twice(world)
    run = make_run(world)

    page = owner.get(items_url(world, run, key="verdict", query="?first=approve&second=reject"))

    assert found(page) == {"r-0", "r-1"}
    assert "Names are hidden until it is settled" in page.content.decode()


def test_labels_that_came_after_the_run_are_not_behind_it(owner, world, clock):
    label_twice(world)
    run = make_run(world)
    clock.shift(60)
    bring_labels(world, n_items=3)

    assert not any(name.startswith("i-") for name in found(owner.get(items_url(world, run))))


def test_names_stay_hidden_while_a_dispute_is_open(owner, world, clock):
    label_twice(world)
    world.set_queue(breaks_ties=False)
    run = make_run(world)
    clock.shift(60)
    world.settle_all()

    page = owner.get(items_url(world, run))

    hidden = {row.item.external_id for row in page.context["found"].rows if row.names_are_hidden}
    assert hidden == {"r-0", "r-1"}
    assert all(not rater for row in page.context["found"].rows if row.names_are_hidden for rater, _ in row.labels)


@pytest.mark.parametrize("query", ["?a=ana&b=ben", "?a=ana&first=no"])
@pytest.mark.parametrize("breaks_ties", [True, False])
def test_a_list_by_rater_leaves_out_what_is_not_settled_and_does_not_say_how_much(
    owner, world, clock, query, breaks_ties
):
    label_twice(world)
    world.set_queue(breaks_ties=breaks_ties)
    run = make_run(world)
    clock.shift(60)
    world.settle_all()

    page = owner.get(items_url(world, run, query=query))

    assert found(page).isdisjoint({"r-0", "r-1"})
    assert "Settled items only" in page.content.decode()


def test_who_stood_alone_leads_to_exactly_these_items(owner, world):
    world.ingest(*(chat_row(f"i-{number}") for number in range(4)))
    alone_on = {0: "kim", 1: "kim", 2: "lee", 3: ""}
    votes = [
        (f"i-{number}", rater, "correct", "no" if rater == alone_on[number] else "yes")
        for number in alone_on
        for rater in ("kim", "lee", "max")
    ]
    world.import_votes(*votes)
    run = make_run(world)

    assert found(owner.get(items_url(world, run, query="?cause=training&a=kim"))) == {"i-0", "i-1"}
    assert found(owner.get(items_url(world, run, query="?cause=training&a=lee"))) == {"i-2"}
    assert found(owner.get(items_url(world, run, query="?cause=training&a=max"))) == set()


@pytest.mark.parametrize("query", ["?a=nobody", "?first=perhaps", "?disputed=yes", "?b=' OR 1=1"])
def test_unknown_choice_is_answered_with_nothing_and_a_message(owner, world, query):
    label_twice(world)
    run = make_run(world)

    page = owner.get(items_url(world, run, query=query))

    assert page.status_code == 422
    assert found(page) == set()
    assert "not understood" in page.content.decode()


def test_unknown_question_and_the_run_of_another_project_are_not_found(owner, world):
    label_twice(world)
    run = make_run(world)
    create_project(slug="other", name="Other", creator=world.olga, now=world.now)

    assert owner.get(items_url(world, run, key="beauty")).status_code == 404
    assert owner.get(reverse("agreement_question", args=["other", run.pk, "correct"])).status_code == 404
    assert owner.get(items_url(world, AgreementRun(pk=999_999))).status_code == 404


@pytest.mark.parametrize(("n_items", "n_raters"), [(4, 2), (12, 5)])
def test_items_take_the_same_queries_for_few_and_many(owner, world, n_items, n_raters, django_assert_num_queries):
    bring_labels(world, n_items=n_items, n_raters=n_raters, n_differing=2)
    run = make_run(world)

    with django_assert_num_queries(10):
        owner.get(items_url(world, run))
