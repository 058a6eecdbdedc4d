"""Labels and final labels: what counts, in an order that never changes, to readers who come back."""

import base64

import pytest

from labeling.api import schemas
from labeling.services.reviews import take_back
from tests.api.producer import assert_problem
from tests.world import BAD, GOOD, chat_row, pair_row

SETTLED = 60


@pytest.fixture
def labelled(world, clock):
    """Three items, reviewed by Ana, whose take-back is over."""
    world.ingest(*(chat_row(f"r-{n}") for n in range(3)))
    for _ in range(3):
        world.review_next(world.ana)
    clock.shift(SETTLED)
    world.settle_all()
    return world


def walk(producer, path, key, limit, **query):
    """Every row, page by page, and how many pages there were."""
    rows, cursor, n_pages = [], None, 0
    while True:
        page = producer.get(path, limit=limit, **query, **({"cursor": cursor} if cursor else {})).json()
        rows += page[key]
        cursor, n_pages = page["next_cursor"], n_pages + 1
        if not page["has_more"]:
            return rows, n_pages, cursor


def test_a_review_becomes_one_row_an_answer(producer, world, clock):
    world.ingest(chat_row("r-1"))
    world.review_next(world.ana, verdict="revise", answers=BAD, note="It is wrong.")
    clock.shift(SETTLED)

    page = producer.get("/labels").json()

    schemas.LabelsAnswer.model_validate(page)
    assert {row["criterion"]: row["value"] for row in page["labels"]} == BAD
    row = page["labels"][0]
    assert row == {
        "review_id": row["review_id"],
        "external_id": "r-1",
        "source_system": "helpdesk",
        "rubric": "support-reply",
        "rubric_version": 1,
        "round": 1,
        "rater": f"rater-{world.rater(world.ana).pk}",
        "criterion": "correct",
        "part": None,
        "value": "no",
        "is_not_applicable": False,
        "rationale": "",
        "verdict": "revise",
        "note": "It is wrong.",
        "correction": None,
        "failure": None,
        "blind_state": "blind",
        "is_first_pass": True,
        "in_question": False,
        "is_gold": False,
        "submitted_at": "2026-11-02T09:00:00Z",
        "inclusion_probability": 1.0,
    }


def test_not_applicable_is_no_value(producer, labelled):
    rows = producer.get("/labels").json()["labels"]

    assert {(row["value"], row["is_not_applicable"]) for row in rows if row["criterion"] == "grounded"} == {
        (None, True)
    }


def test_no_name_of_a_reviewer_is_given_out(producer, labelled):
    text = producer.get("/labels").content.decode()

    assert "ana" not in text.replace("rationale", "")


def test_a_pair_is_labelled_by_its_canonical_side(producer, world, clock):
    world.ingest(pair_row("r-1"))
    hand_out = world.hand_out(world.ana, world.pair_queue)
    world.submit(hand_out, verdict="", answers={"preference": "a"}, note="")
    clock.shift(SETTLED)

    (row,) = producer.get("/labels").json()["labels"]

    assert row["value"] == ("a" if hand_out.order_shown == "ab" else "b")
    assert row["verdict"] is None


def test_gold_is_left_out_unless_asked_for(producer, world, clock):
    world.make_gold(chat_row("g-1"))
    world.set_queue(gold_share=1.0)
    world.ingest(chat_row("r-1"))
    for _ in range(2):
        world.review_next(world.ana)
    clock.shift(SETTLED)

    without, with_gold = (producer.get("/labels", **query).json()["labels"] for query in ({}, {"include_gold": True}))

    assert {(row["external_id"], row["is_gold"]) for row in without} == {("r-1", False)}
    assert {(row["external_id"], row["is_gold"]) for row in with_gold} == {("r-1", False), ("g-1", True)}
    assert {row["inclusion_probability"] for row in with_gold if row["is_gold"]} == {None}


def test_pages_hold_every_review_once_and_whole(producer, labelled):
    whole = producer.get("/labels").json()["labels"]

    rows, n_pages, _ = walk(producer, "/labels", "labels", limit=1)

    assert rows == whole
    assert (n_pages, len(rows)) == (3, 3 * len(GOOD))


def test_rows_that_arrive_meanwhile_come_once_and_none_is_lost(producer, labelled, clock):
    first = producer.get("/labels", limit=2).json()
    labelled.ingest(chat_row("late"))
    labelled.review_next(labelled.ben)
    clock.shift(SETTLED)

    rest = producer.get("/labels", cursor=first["next_cursor"]).json()["labels"]

    ids = [row["external_id"] for row in first["labels"] + rest if row["criterion"] == "correct"]
    assert ids == ["r-0", "r-1", "r-2", "late"]


def test_the_last_cursor_waits_for_what_comes_later(producer, labelled, clock):
    _, _, cursor = walk(producer, "/labels", "labels", limit=10)
    nothing = producer.get("/labels", cursor=cursor).json()
    labelled.ingest(chat_row("late"))
    labelled.review_next(labelled.ben)
    clock.shift(SETTLED)

    later = producer.get("/labels", cursor=nothing["next_cursor"]).json()

    assert (nothing["labels"], nothing["has_more"]) == ([], False)
    assert {row["external_id"] for row in later["labels"]} == {"late"}


def test_a_review_that_may_be_taken_back_is_held_back_with_all_after_it(producer, world, clock):
    world.ingest(chat_row("r-1"), chat_row("r-2"))
    hand_out = world.hand_out(world.ana)
    world.submit(hand_out)
    world.review_next(world.ben)

    early = producer.get("/labels").json()
    take_back(hand_out, now=world.now)
    world.submit(hand_out, verdict="reject", answers=BAD, revision=2)
    clock.shift(SETTLED)
    late = producer.get("/labels", cursor=early["next_cursor"]).json()["labels"]

    assert early["labels"] == []
    verdicts = [(row["external_id"], row["verdict"]) for row in late if row["criterion"] == "correct"]
    assert verdicts == [("r-2", "approve"), ("r-1", "reject")]


def test_finals_come_page_by_page_and_say_how_they_came_about(producer, labelled, clock):
    clock.shift(SETTLED)

    schemas.FinalsAnswer.model_validate(producer.get("/finals").json())
    rows, n_pages, _ = walk(producer, "/finals", "finals", limit=2)

    assert [row["external_id"] for row in rows] == ["r-0", "r-1", "r-2"]
    assert n_pages == 2
    assert (rows[0]["verdict"], rows[0]["is_bad"], rows[0]["source"]) == ("approve", False, "single")
    assert rows[0]["answers"] == GOOD
    assert rows[0]["error_category"] is None


@pytest.mark.parametrize("cursor", ["x", "é", "bGFiZWxz", "////", "a" * 5_000, base64.b64encode(b"finals:3").decode()])
def test_a_cursor_that_is_none_is_refused(producer, cursor):
    assert assert_problem(producer.get("/labels", cursor=cursor), 422)["errors"][0]["field"] == "cursor"


@pytest.mark.parametrize("limit", ["0", "1001", "many"])
def test_a_limit_out_of_range_is_refused(producer, limit):
    assert_problem(producer.get("/labels", limit=limit), 422, "limit")


@pytest.mark.parametrize("path", ["/labels", "/finals"])
def test_more_rows_take_no_more_queries(producer, labelled, clock, path, django_assert_max_num_queries):
    clock.shift(SETTLED)

    with django_assert_max_num_queries(6) as one:
        producer.get(path, limit=1)
    with django_assert_max_num_queries(len(one)):
        producer.get(path, limit=100)
