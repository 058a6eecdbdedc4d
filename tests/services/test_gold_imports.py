"""Gold from a file: every bad row named, nothing half-written, and safe to repeat."""

import pytest

from labeling.formats import Line, RowError
from labeling.models import Event, GoldCase, Item
from labeling.services.gold_imports import import_gold
from tests.world import BAD, GOOD, chat_row


def known(external_id="g-1", **gold):
    given = {"verdict": "approve", "answers": GOOD, "explanation": "It follows the policy.", **gold}
    return chat_row(external_id) | {"gold": {key: value for key, value in given.items() if value is not ...}}


def take(world, *rows, is_trial=False):
    lines = [row if isinstance(row, Line) else Line(number, row) for number, row in enumerate(rows, start=1)]
    return import_gold(world.rubric, lines, author=world.olga, now=world.now, is_trial=is_trial)


def test_each_line_becomes_a_reference_and_its_case(world):
    imported = take(world, known("g-1"), known("g-2", verdict="reject", answers=BAD, use="training"))

    second = GoldCase.objects.get(item=world.item("g-2"))
    assert (imported.n_made, imported.n_unchanged, imported.bad) == (2, 0, ())
    assert (second.verdict, second.use, second.item.status) == ("reject", "training", Item.Status.REFERENCE)
    assert Event.objects.get(kind="gold.imported").subject["n_made"] == 2


def test_the_same_file_again_changes_nothing(world):
    take(world, known("g-1"), known("g-2"))

    again = take(world, known("g-1"), known("g-2"), known("g-3"))

    assert (again.n_made, again.n_unchanged, again.bad) == (1, 2, ())
    assert GoldCase.objects.count() == 3


def test_not_applicable_is_null_or_said(world):
    imported = take(
        world, known("g-1", answers={**GOOD, "grounded": None}), known("g-2", answers={**GOOD, "grounded": "n/a"})
    )

    assert imported.bad == ()
    assert not GoldCase.objects.get(item=world.item("g-1")).labels.get(criterion__key="grounded").value


@pytest.mark.parametrize(
    ("row", "field", "message"),
    [
        (known(verdict=...), "gold.verdict", "Choose a verdict"),
        (known(verdict="escalate"), "gold.verdict", "write one of approve, revise, reject"),
        (known(explanation="  "), "gold.explanation", "Explain the answer"),
        (known(answers={"correct": "yes"}), "gold.answers.tone", ""),
        (known(answers={**GOOD, "tone": "9"}), "gold.answers.tone", ""),
        (known(answers={**GOOD, "tone": 4}), "gold.answers.tone", "must be text"),
        (known(answers={**GOOD, "tnoe": "4"}), "gold.answers.tnoe", "is not asked"),
        (known(answers=["yes"]), "gold.answers", "must be a JSON object"),
        (known(use="live gold"), "gold.use", "write one of live, training, screen"),
        (known(explnation="x"), "gold.explnation", "unknown field"),
        (chat_row("g-1"), "gold", "is required"),
        (known() | {"kind": None}, "kind", ""),
        (known(explanation="nul \x00"), "gold.explanation", ""),
        (Line(1, error=RowError("", "is not JSON")), "", "is not JSON"),
    ],
)
def test_a_row_that_cannot_be_taken_is_named_with_line_and_field(world, row, field, message):
    imported = take(world, row, known("g-2"))

    [bad, *_] = [one for one in imported.bad if one.field == field] or imported.bad
    assert (bad.line, bad.field) == (1, field)
    assert message in bad.message
    assert not GoldCase.objects.exists()


def test_one_bad_row_and_nothing_is_stored_and_all_of_them_are_named(world):
    imported = take(world, known("g-1"), known("g-2", explanation=""), known("g-3", verdict="fine"))

    assert [str(one).split(":")[0] for one in imported.bad] == ["line 2", "line 3"]
    assert not Item.objects.exists()
    assert not Event.objects.filter(kind__startswith="gold").exists()


def test_a_trial_says_what_would_be_made_and_stores_nothing(world):
    imported = take(world, known("g-1"), is_trial=True)

    assert (imported.n_made, imported.bad) == (1, ())
    assert not Item.objects.exists()


def test_an_id_that_holds_other_content_is_refused(world):
    take(world, known("g-1"))

    [bad] = take(world, known("g-1") | {"output": "Something else."}).bad

    assert bad.field == "external_id"
    assert "other content" in bad.message


def test_another_answer_to_a_case_that_is_here_is_refused(world):
    take(world, known("g-1"))

    [bad] = take(world, known("g-1", answers={**GOOD, "tone": "3"})).bad

    assert bad.field == "gold.answers"
    assert "retire that one first" in bad.message


def test_an_item_that_people_have_in_review_is_refused(world):
    world.ingest(chat_row("r-1"))

    [bad] = take(world, known("r-1")).bad

    assert "People have this item in review" in bad.message


def test_a_file_is_not_too_long(world, monkeypatch):
    monkeypatch.setattr("labeling.services.gold_imports.MOST_CASES", 2)

    imported = take(world, known("g-1"), known("g-2"), known("g-3"))

    assert [(one.line, one.message) for one in imported.bad] == [
        (3, "a file holds at most 2 cases; make several files of it")
    ]
    assert not GoldCase.objects.exists()
