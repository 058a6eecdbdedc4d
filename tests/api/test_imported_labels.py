"""`GET …/labels?source=imported`: labels made elsewhere, in an order of their own, to readers who come back."""

import pytest

from labeling.api.label_shapes import ImportedLabelsAnswer
from tests.api.producer import assert_problem
from tests.world import chat_row

SETTLED = 60


@pytest.fixture
def imported(world, clock):
    """Kim, blind, and Lee, not declared, labelled three items elsewhere; Ana labelled one of them here."""
    world.ingest(*(chat_row(f"r-{n}") for n in range(3)))
    world.review_next(world.ana)
    world.import_votes(*((f"r-{n}", "kim", "correct", "yes") for n in range(3)))
    world.import_votes(("r-0", "lee", "grounded", None), blind="unknown")
    clock.shift(SETTLED)
    return world


def read(producer, **query):
    return producer.get("/labels", source="imported", **query).json()


def test_a_label_made_elsewhere_is_a_row_and_says_how_it_was_declared(producer, imported):
    page = read(producer)

    ImportedLabelsAnswer.model_validate(page)
    first, last = page["labels"][0], page["labels"][-1]
    assert first == {
        **first,
        "external_id": "r-0",
        "source_system": "helpdesk",
        "rubric": "support-reply",
        "rubric_version": 1,
        "criterion": "correct",
        "value": "yes",
        "is_not_applicable": False,
        "blind_state": "blind",
        "is_gold": False,
        "imported_at": "2026-11-02T09:00:00Z",
    }
    assert first["batch_id"] == imported.project.batches.get(file_name="votes.csv", pk=first["batch_id"]).pk
    assert (last["value"], last["is_not_applicable"], last["blind_state"]) == (None, True, "unknown")
    assert (len(page["labels"]), page["has_more"]) == (4, False)


def test_no_name_of_a_rater_or_a_file_is_given_out(producer, imported):
    text = producer.get("/labels", source="imported").content.decode()

    assert not [name for name in ("kim", "lee", "votes") if name in text]


def test_readers_of_reviews_see_what_they_always_saw(producer, imported):
    plain, named = producer.get("/labels").json(), producer.get("/labels", source="reviews").json()

    assert plain == named
    assert {row["external_id"] for row in plain["labels"]} == {"r-0"}
    assert all("review_id" in row for row in plain["labels"])


def test_pages_hold_every_label_once_while_new_ones_arrive(producer, imported, clock):
    first = read(producer, limit=3)
    imported.import_votes(("r-1", "lee", "correct", "no"))
    early = read(producer, cursor=first["next_cursor"])
    clock.shift(SETTLED)
    late = read(producer, cursor=early["next_cursor"])

    ids = [row["label_id"] for page in (first, early, late) for row in page["labels"]]
    assert ids == sorted(set(ids))
    assert (len(ids), first["has_more"], early["has_more"]) == (5, True, False)
    assert [row["value"] for row in late["labels"]] == ["no"]


def test_labels_of_gold_are_left_out_unless_asked_for(producer, world, clock):
    world.make_gold(chat_row("g-1"))
    world.import_votes(("g-1", "kim", "correct", "yes"))
    clock.shift(SETTLED)

    assert read(producer)["labels"] == []
    assert [row["is_gold"] for row in read(producer, include_gold=True)["labels"]] == [True]


def test_a_cursor_of_the_other_listing_is_refused(producer, imported):
    of_imported, of_reviews = read(producer)["next_cursor"], producer.get("/labels").json()["next_cursor"]

    assert_problem(producer.get("/labels", cursor=of_imported), 422)
    assert_problem(producer.get("/labels", source="imported", cursor=of_reviews), 422)


def test_an_unknown_source_is_refused(producer, world):
    assert_problem(producer.get("/labels", source="judges"), 422, "source")


def test_more_labels_take_no_more_queries(producer, imported, django_assert_max_num_queries):
    with django_assert_max_num_queries(7) as one:
        read(producer, limit=1)
    with django_assert_max_num_queries(len(one)):
        read(producer, limit=100)
