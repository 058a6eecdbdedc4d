"""What the rows of `manage.py export` say: labels made here and elsewhere, final labels and decisions."""

import json

from labeling.services.reviews import take_back
from tests.commands.exporting import read_csv, read_jsonl, run
from tests.world import GOOD, chat_row


def test_labels_say_who_said_what_of_which_item_and_how_it_came_to_people(labelled):
    rows = read_csv(run("shop", "labels", "--format", "csv"))

    assert [(row["external_id"], row["criterion"]) for row in rows[:4]] == [("r-1", key) for key in GOOD]
    first = rows[0]
    hand_out = labelled.entry("r-1").hand_outs.get()
    assert first == {
        **first,
        "source_system": "helpdesk",
        "rubric": "support-reply",
        "rubric_version": "1",
        "purpose": "live",
        "rater": f"rater-{labelled.rater(labelled.ana).pk}",
        "value": "yes",
        "is_not_applicable": "false",
        "verdict": "approve",
        "blind_state": "blind",
        "is_first_pass": "true",
        "order_shown": "single",
        "shown_sha256": hand_out.shown_id,
        "active_ms": "9000",
        "inclusion_probability": "1.0",
        "policy_version": "1",
        "submitted_at_utc": "2026-11-02T09:00:00Z",
    }
    assert first["note"] == "'=HYPERLINK(1)"
    assert {row["value"] for row in rows if row["is_not_applicable"] == "true"} == {""}


def test_gold_is_in_the_labels_and_marked(labelled):
    rows = read_csv(run("shop", "labels", "--format", "csv"))

    assert {row["external_id"]: row["purpose"] for row in rows} == {"r-1": "live", "r-2": "live", "g-1": "gold"}


def test_jsonl_says_the_same_and_changes_no_text(labelled):
    rows = [json.loads(line) for line in run("shop", "labels", "--format", "jsonl").splitlines()]

    assert rows[0]["note"] == "=HYPERLINK(1)"
    assert rows[0]["is_first_pass"] is True
    assert len(rows) == len(read_csv(run("shop", "labels", "--format", "csv"))) == 16


def test_what_was_taken_back_or_still_can_be_is_not_in_the_labels(world, clock):
    world.ingest(chat_row("r-1"), chat_row("r-2"))
    taken_back = world.review_next(world.ana)
    take_back(taken_back.review.hand_out, now=world.now)
    clock.shift(60)
    world.review_next(world.ben)

    assert read_csv(run("shop", "labels", "--format", "csv")) == []


# --- labels made elsewhere ------------------------------------------------------------------------------------------


def test_a_label_made_elsewhere_is_a_row_with_its_file_and_how_it_was_declared(labelled, clock):
    imported = labelled.import_votes(("r-1", "kim", "correct", "no"), blind="unknown", file_name="=kim.csv")
    clock.shift(60)

    row = read_csv(run("shop", "labels", "--format", "csv"))[-1]

    assert {name: cell for name, cell in row.items() if cell} == {
        "external_id": "r-1",
        "source_system": "helpdesk",
        "rubric": "support-reply",
        "rubric_version": "1",
        "purpose": "live",
        "rater": row["rater"],
        "criterion": "correct",
        "value": "no",
        "is_not_applicable": "false",
        "blind_state": "unknown",
        "rater_kind": "imported",
        "imported_at_utc": "2026-11-02T09:02:00Z",
        "batch_id": str(imported.batch.pk),
        "file_name": "'=kim.csv",
    }


def test_what_is_not_known_of_a_label_made_elsewhere_is_null(labelled, clock):
    labelled.import_votes(("r-1", "kim", "grounded", None))
    clock.shift(60)

    row = read_jsonl(run("shop", "labels", "--format", "jsonl"))[-1]

    unknown = {"review_id", "round", "rationale", "verdict", "note", "is_first_pass", "order_shown", "shown_sha256"}
    unknown |= {
        "in_question",
        "active_ms",
        "inclusion_probability",
        "policy_version",
        "submitted_at_utc",
        "part",
        "correction",
    }
    unknown |= {f"failure_{part}" for part in ("type", "severity", "cause", "words")}
    assert {name for name, value in row.items() if value is None} == {"value", *unknown}
    assert row["is_not_applicable"] is True


def test_labels_made_here_come_first_and_say_so(labelled, clock):
    labelled.import_votes(("r-1", "kim", "correct", "no"))
    clock.shift(60)

    rows = read_jsonl(run("shop", "labels", "--format", "jsonl"))

    assert [row["rater_kind"] for row in rows] == ["user"] * 16 + ["imported"]
    assert {row["imported_at_utc"] for row in rows[:-1]} == {None}


def test_labels_made_elsewhere_of_a_gold_case_are_marked(labelled, clock):
    labelled.import_votes(("g-1", "kim", "correct", "no"))
    clock.shift(60)

    assert read_csv(run("shop", "labels", "--format", "csv"))[-1]["purpose"] == "gold"


def test_labels_that_have_only_just_come_wait_for_the_next_export(labelled):
    labelled.import_votes(("r-1", "kim", "correct", "no"))

    assert {row["rater_kind"] for row in read_jsonl(run("shop", "labels", "--format", "jsonl"))} == {"user"}


# --- final labels and decisions -------------------------------------------------------------------------------------


def test_finals_tell_how_each_came_about(labelled):
    single, adjudicated = (json.loads(line) for line in run("shop", "finals", "--format", "jsonl").splitlines())

    assert (single["external_id"], single["source"], single["is_bad"]) == ("r-1", "single", False)
    assert single["adjudication_reason"] is None
    assert adjudicated["answers"] == GOOD
    assert (adjudicated["source"], adjudicated["is_bad"], adjudicated["error_category"]) == (
        "adjudicated",
        True,
        "guideline_gap",
    )
    assert adjudicated["adjudication_reason"] == "+ the rubric is silent on this"
    assert read_csv(run("shop", "finals", "--format", "csv"))[1]["adjudication_reason"].startswith("'+")


def test_decisions_tell_reasons_draw_and_probability(world):
    world.ingest(chat_row("r-1", stakes="high"))

    [row] = (json.loads(line) for line in run("shop", "decisions", "--format", "jsonl").splitlines())

    item = world.item("r-1")
    assert (row["external_id"], row["outcome"], row["policy_version"]) == ("r-1", "review", 1)
    assert (row["sampling_u"], row["inclusion_probability"]) == (item.sampling_u, 1.0)
    assert "cold_start" in row["reasons"]
