"""`manage.py export`: what it writes, that it says so, and that nothing of the sealed half is in a pack."""

import csv
import hashlib
import io
import json
from zipfile import ZipFile

import pytest
from django.core.management import CommandError, call_command

from labeling.models import Event, Item
from labeling.policy.blinding import canonical_choice
from labeling.policy.policies import DEFAULT_DEFINITION
from labeling.policy.splits import half_of
from labeling.services.adjudication import adjudicate
from labeling.services.reviews import take_back
from tests.world import BAD, GOOD, chat_row, judged, pair_row

N_ITEMS = 24


def run(*arguments):
    stdout = io.StringIO()
    call_command("export", *map(str, arguments), stdout=stdout)
    return stdout.getvalue()


def read_csv(text):
    return list(csv.DictReader(io.StringIO(text, newline="")))


@pytest.fixture
def labelled(world, clock):
    """r-1 approved; r-2 disputed and settled by Olga; g-1 a gold case that Ana answered; r-9 still waits."""
    world.ingest(chat_row("r-1"))
    world.review_next(world.ana, note="=HYPERLINK(1)")
    world.set_queue(overlap=2, breaks_ties=False)
    world.ingest(chat_row("r-2"))
    world.review_next(world.ana, answers=BAD, verdict="reject")
    world.review_next(world.ben)
    world.make_gold(chat_row("g-1"))
    world.set_queue(gold_share=1.0)
    # Gold is handed out among what waits, never alone.
    world.ingest(chat_row("r-9"))
    world.review_next(world.ana)
    clock.shift(60)
    world.settle_all()
    adjudicate(
        world.entry("r-2"),
        adjudicator=world.olga,
        verdict="revise",
        answers=GOOD,
        reason="+ the rubric is silent on this",
        error_category="guideline_gap",
        has_guideline_gap=True,
        now=world.now,
    )
    clock.shift(60)
    return world


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


def test_pages_join_without_a_gap_or_a_repeat(world, clock, monkeypatch):
    world.ingest(*(chat_row(f"r-{n}") for n in range(5)))
    for _ in range(5):
        world.review_next(world.ana)
    clock.shift(60)
    world.settle_all()
    clock.shift(60)
    whole = {what: run("shop", what, "--format", "jsonl") for what in ("labels", "finals", "decisions")}

    monkeypatch.setattr("labeling.queries.exports.ROWS_AT_ONCE", 2)

    assert len(whole["finals"].splitlines()) == len(whole["decisions"].splitlines()) == 5
    assert whole == {what: run("shop", what, "--format", "jsonl") for what in whole}


def test_queries_grow_with_pages_and_not_with_rows(labelled, clock, django_assert_max_num_queries):
    labelled.set_queue(gold_share=0, overlap=1)
    labelled.ingest(*(chat_row(f"more-{n}") for n in range(20)))
    for _ in range(20):
        labelled.review_next(labelled.cleo)
    clock.shift(60)
    labelled.settle_all()
    clock.shift(60)

    for what in ("labels", "finals", "decisions"):
        with django_assert_max_num_queries(11):
            run("shop", what, "--format", "jsonl")


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


def test_file_appears_when_it_is_whole_and_the_summary_counts_it(labelled, tmp_path):
    path = tmp_path / "labels.csv"

    summary = json.loads(run("shop", "labels", "--format", "csv", "--output", path, "--json"))

    assert summary == {"what": "labels", "format": "csv", "output": str(path), "counts": {"n_rows": 16}}
    assert len(read_csv(path.read_text())) == 16
    assert [file.name for file in tmp_path.iterdir()] == ["labels.csv"]


def test_every_export_is_an_event_with_counts(labelled, tmp_path):
    run("shop", "labels", "--format", "csv", "--output", tmp_path / "labels.csv")
    run("shop", "finals", "--format", "jsonl")

    subjects = list(Event.objects.filter(kind="labels.exported").order_by("id").values_list("subject", flat=True))
    assert subjects == [
        {"what": "labels", "format": "csv", "n_rows": 16},
        {"what": "finals", "format": "jsonl", "n_rows": 2},
    ]


def test_parquet_without_pyarrow_is_one_line_that_names_the_extra(world, tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pyarrow.parquet", None)

    with pytest.raises(CommandError, match="extra 'parquet'") as refusal:
        run("shop", "labels", "--format", "parquet", "--output", tmp_path / "labels.parquet")

    assert refusal.value.returncode == 2
    assert not list(tmp_path.iterdir())


def test_parquet_has_the_rows(labelled, tmp_path):
    pytest.importorskip("pyarrow", reason="the extra 'parquet' is not installed")
    from pyarrow import parquet

    for what, n_rows in (("labels", 16), ("finals", 2), ("decisions", 3)):
        run("shop", what, "--format", "parquet", "--output", tmp_path / what)
        assert parquet.read_metadata(tmp_path / what).num_rows == n_rows


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nowhere", "labels", "--format", "csv"], "no project 'nowhere'"),
        (["shop", "labels"], "Choose --format csv, jsonl, parquet"),
        (["shop", "pack"], "--output"),
        (["shop", "pack", "--format", "csv", "--output", "x"], "leave --format out"),
        (["shop", "labels", "--format", "parquet"], "--output"),
        (["shop", "labels", "--format", "csv", "--json"], "--output"),
        (["shop", "labels", "--format", "csv", "--output", "/no/such/folder/labels.csv"], "no folder"),
        (["shop", "labels", "--format", "csv", "--output", "/"], "there already"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(world, arguments, words):
    with pytest.raises(CommandError, match=words) as refusal:
        run(*arguments)

    assert refusal.value.returncode == 2
    assert "\n" not in str(refusal.value)


# --- the calibration pack -------------------------------------------------------------------------------------------


@pytest.fixture
def judged_world(world, clock):
    """Items of both halves, each with words of its own: the judge passes all, people reject every third."""
    passes = {"criterion": "overall", "labels": ["pass"]}
    assert DEFAULT_DEFINITION.get("judge_passes") in (None, passes)
    world.publish(reason="The judge's words.", judge_passes=passes)
    for n in range(N_ITEMS):
        world.ingest(
            chat_row(
                f"item-{n:02d}-id",
                output=f"output words {n:02d} end",
                context={"conversation": [{"role": "customer", "text": f"question words {n:02d} end"}]},
                judge_verdicts=[
                    *judged("pass", "pass", "fail"),
                    *judged("yes", criterion="correct"),
                    *judged("3", "4", criterion="complete"),
                ],
            )
        )
        is_rejected = n % 3 == 0
        world.review_next(
            world.ana,
            verdict="reject" if is_rejected else "approve",
            answers=BAD if is_rejected else GOOD,
            note=f"note words {n:02d} end",
        )
    clock.shift(60)
    world.settle_all()
    clock.shift(60)
    return world


def halves(world):
    """The external ids of each half."""
    found = {"development": set(), "sealed": set()}
    for item in Item.objects.filter(project=world.project):
        half = half_of(world.project.sampling_salt, cluster_key=item.cluster_key, item_id=item.pk)
        found[half].add(item.external_id)
    return found


def read_pack(folder):
    rows = {
        name: [json.loads(line) for line in (folder / f"{name}.jsonl").read_text().splitlines()]
        for name in ("labels", "corrections")
    }
    return rows["labels"], rows["corrections"], json.loads((folder / "manifest.json").read_text())


def test_nothing_of_the_sealed_half_is_in_the_packs_bytes(judged_world, tmp_path):
    run("shop", "pack", "--output", tmp_path / "pack")

    content = b"".join(path.read_bytes() for path in (tmp_path / "pack").iterdir()).decode()
    sealed, development = halves(judged_world)["sealed"], halves(judged_world)["development"]
    assert sealed
    assert development
    for external_id in sealed:
        number = external_id.split("-")[1]
        assert external_id not in content
        for words in ("output", "question", "note"):
            assert f"{words} words {number} end" not in content
    assert all(external_id in content for external_id in development)
    assert judged_world.project.sampling_salt not in content


def test_manifest_says_what_is_in_and_what_was_left_out(judged_world, tmp_path):
    run("shop", "pack", "--output", tmp_path / "pack")

    labels, corrections, manifest = read_pack(tmp_path / "pack")
    found = halves(judged_world)
    counts = manifest["counts"]
    assert counts["n_items_development"] == len(found["development"])
    assert counts["n_items_sealed_left_out"] == len(found["sealed"])
    assert counts["n_labels"] == len(labels) == len(found["development"]) * len(GOOD)
    assert counts["n_corrections"] == len(corrections)
    assert counts["n_judge_ties"] == len(found["development"])
    assert "development half only" in manifest["filter"]
    assert [(one["rubric"], one["version"]) for one in manifest["rubric_versions"]] == [("support-reply", 1)]
    assert [one["name"] for one in manifest["judge_versions"]] == ["house-judge"]
    assert manifest["created_at"] == "2026-11-02T09:02:00Z"
    assert manifest["code_version"]
    for name, file in manifest["files"].items():
        content = (tmp_path / "pack" / name).read_bytes()
        assert (file["sha256"], file["n_bytes"]) == (hashlib.sha256(content).hexdigest(), len(content))


def test_corrections_are_where_the_judge_and_people_differ(judged_world, tmp_path):
    run("shop", "pack", "--output", tmp_path / "pack")

    _, corrections, _ = read_pack(tmp_path / "pack")
    rejected = {one for one in halves(judged_world)["development"] if int(one.split("-")[1]) % 3 == 0}
    by_criterion = {
        key: [row for row in corrections if row["criterion"] == key] for key in ("overall", "correct", "complete")
    }
    assert {row["external_id"] for row in by_criterion["overall"]} == rejected
    assert {row["external_id"] for row in by_criterion["correct"]} == rejected
    # The judge said 3 as often as 4: it has no most frequent label there.
    assert by_criterion["complete"] == []
    row = by_criterion["correct"][0]
    number = row["external_id"].split("-")[1]
    assert (row["judge_label"], row["human_label"], row["human_label_source"]) == ("yes", "no", "single")
    assert row["outputs"] == [f"output words {number} end"]
    assert row["input"] == {"conversation": [{"role": "customer", "text": f"question words {number} end"}]}
    assert row["human_rationale"] == f"note words {number} end"
    overall = by_criterion["overall"][0]
    assert (overall["judge_label"], overall["human_label"], overall["n_judge_verdicts"]) == ("pass", "bad", 3)


def test_pack_leaves_out_gold_and_names_no_hidden_source(judged_world, clock, tmp_path):
    for n in range(6):
        judged_world.make_gold(chat_row(f"gold-{n}-id", output=f"gold words {n}"))
    judged_world.set_queue(gold_share=1.0)
    judged_world.ingest(chat_row("waiting"))
    for _ in range(4):
        judged_world.review_next(judged_world.ben)
    clock.shift(60)
    assert "gold-" in run("shop", "labels", "--format", "jsonl")

    run("shop", "pack", "--output", tmp_path / "pack")

    content = b"".join(path.read_bytes() for path in (tmp_path / "pack").iterdir()).decode()
    for hidden in ("gold-", "gold words", "hidden-model", "prompt_version", "aster"):
        assert hidden not in content


def test_item_that_reads_like_a_sealed_one_stays_out(judged_world, clock, tmp_path):
    sealed = sorted(halves(judged_world)["sealed"])[0].split("-")[1]
    twins = [f"twin-{n}" for n in range(12)]
    for twin in twins:
        judged_world.ingest(
            chat_row(
                twin,
                output=f"output words {sealed} end",
                context={"conversation": [{"role": "customer", "text": f"question words {sealed} end"}]},
            )
        )
        judged_world.review_next(judged_world.ben, verdict="reject", answers=BAD)
    clock.shift(60)
    judged_world.settle_all()
    clock.shift(60)
    n_open = len(halves(judged_world)["development"] & set(twins))
    assert n_open > 0

    run("shop", "pack", "--output", tmp_path / "pack")

    content = b"".join(path.read_bytes() for path in (tmp_path / "pack").iterdir()).decode()
    assert f"words {sealed} end" not in content
    assert "twin-" not in content
    assert read_pack(tmp_path / "pack")[2]["counts"]["n_items_like_a_sealed_one"] == n_open


def test_clusters_stay_in_one_half(world, clock, tmp_path):
    world.ingest(*(chat_row(f"c{n % 4}-{n}", cluster=f"talk-{n % 4}") for n in range(16)))
    for _ in range(16):
        world.review_next(world.ana)
    clock.shift(60)

    run("shop", "pack", "--output", tmp_path / "pack")

    labels, _, _ = read_pack(tmp_path / "pack")
    n_by_cluster = {}
    for external_id in {row["external_id"] for row in labels}:
        cluster = external_id.split("-")[0]
        n_by_cluster[cluster] = n_by_cluster.get(cluster, 0) + 1
    assert set(n_by_cluster.values()) <= {4}


def test_judge_of_a_pair_is_compared_in_canonical_sides(world, clock, tmp_path):
    for n in range(8):
        world.ingest(pair_row(f"p-{n}", context={"question": f"Explain rain to child {n}."}))
        hand_out = world.hand_out(world.ana, world.pair_queue)
        world.submit(hand_out, verdict="", answers={"preference": canonical_choice("b", hand_out.order_shown)})
    clock.shift(60)
    world.settle_all()
    clock.shift(60)

    run("shop", "pack", "--output", tmp_path / "pack")

    _, corrections, _ = read_pack(tmp_path / "pack")
    assert {row["external_id"] for row in corrections} == halves(world)["development"]
    assert {(row["judge_label"], row["human_label"]) for row in corrections} == {("a", "b")}
    assert {row["outputs"][1] for row in corrections} == {"Rain is precipitation."}


def test_pack_of_nothing_is_empty_and_says_so(world, tmp_path):
    summary = json.loads(run("shop", "pack", "--output", tmp_path / "pack", "--json"))

    assert set(summary["counts"].values()) == {0}
    assert read_pack(tmp_path / "pack")[:2] == ([], [])


def test_archive_holds_the_same_three_files(judged_world, tmp_path):
    run("shop", "pack", "--output", tmp_path / "pack")
    run("shop", "pack", "--output", tmp_path / "pack.zip")

    with ZipFile(tmp_path / "pack.zip") as archive:
        assert archive.namelist() == ["corrections.jsonl", "labels.jsonl", "manifest.json"]
        for name in archive.namelist():
            assert archive.read(name) == (tmp_path / "pack" / name).read_bytes()


def test_pack_does_not_overwrite_a_folder_with_something_in_it(judged_world, tmp_path):
    (tmp_path / "mine").write_text("mine")

    with pytest.raises(CommandError, match="there already"):
        run("shop", "pack", "--output", tmp_path)

    assert (tmp_path / "mine").read_text() == "mine"
