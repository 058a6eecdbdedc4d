"""The calibration pack: what is in it, that its manifest says so, and that nothing held back is."""

import csv
import hashlib
import json
from zipfile import ZipFile

import pytest
from django.core.management import CommandError

from labeling.models import Item, ItemPayload, Slot
from labeling.policy.blinding import canonical_choice
from labeling.policy.policies import DEFAULT_DEFINITION
from labeling.policy.splits import part_of
from labeling.services.standing import pause
from tests.commands.exporting import halves, pack_bytes, read_csv, read_pack, run
from tests.world import BAD, GOOD, chat_row, judged, pair_row

N_ITEMS = 24
SUBJECTS = ("foxes", "snow", "a boat", "no sea", "three wells", "mud", "the desert", "ice", "hail", "fog")


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


def test_nothing_of_the_sealed_half_is_in_the_packs_bytes(judged_world, tmp_path):
    run("shop", "pack", "--output", tmp_path / "pack")

    content = pack_bytes(tmp_path / "pack")
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

    content = pack_bytes(tmp_path / "pack")
    for hidden in ("gold-", "gold words", "hidden-model", "prompt_version", "aster"):
        assert hidden not in content


def test_pack_leaves_out_labels_in_question_and_the_export_says_which_they_are(judged_world, tmp_path):
    ana = judged_world.rater(judged_world.ana)
    pause(judged_world.queue, ana, reason="Too fast.", actor=judged_world.olga, now=judged_world.now)

    run("shop", "pack", "--output", tmp_path / "pack")
    exported = read_csv(run("shop", "labels", "--format", "csv"))

    assert (tmp_path / "pack" / "labels.jsonl").read_text() == ""
    assert {row["in_question"] for row in exported} == {"true"}


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

    content = pack_bytes(tmp_path / "pack")
    assert f"words {sealed} end" not in content
    assert "twin-" not in content
    assert read_pack(tmp_path / "pack")[2]["counts"]["n_items_like_a_sealed_one"] == n_open


# --- labels made elsewhere ------------------------------------------------------------------------------------------


def imported_in(folder):
    labels, _, manifest = read_pack(folder)
    return [row for row in labels if row["rater_kind"] == "imported"], manifest


def test_labels_made_elsewhere_are_in_the_pack_for_the_development_half_only(judged_world, clock, tmp_path):
    everything = sorted(one.external_id for one in Item.objects.all())
    judged_world.import_votes(
        *((external_id, "kim", "correct", "yes") for external_id in everything), file_name="by-kim.csv"
    )
    clock.shift(60)

    run("shop", "pack", "--output", tmp_path / "pack")

    imported, manifest = imported_in(tmp_path / "pack")
    found = halves(judged_world)
    assert {row["external_id"] for row in imported} == found["development"]
    assert not [external_id for external_id in found["sealed"] if external_id in pack_bytes(tmp_path / "pack")]
    assert "kim" not in pack_bytes(tmp_path / "pack")
    counts, file = manifest["counts"], manifest["files"]["labels.jsonl"]
    assert counts["n_imported_labels"] == len(imported)
    assert counts["n_labels"] == file["n_rows"] == len(found["development"]) * (len(GOOD) + 1)
    assert file["sha256"] == hashlib.sha256((tmp_path / "pack" / "labels.jsonl").read_bytes()).hexdigest()


def test_items_labelled_only_elsewhere_are_counted_and_their_rubric_is_described(world, clock, tmp_path):
    # Two words differ: of short texts, one would make them near-duplicates.
    world.ingest(*(chat_row(f"r-{n}", output=f"Answer {n} of {n}.") for n in range(12)))
    world.import_votes(*((f"r-{n}", "kim", "correct", "yes") for n in range(12)))
    clock.shift(60)

    run("shop", "pack", "--output", tmp_path / "pack")

    imported, manifest = imported_in(tmp_path / "pack")
    counts, found = manifest["counts"], halves(world)
    assert counts["n_items_development"] == len(found["development"]) == len(imported)
    assert counts["n_items_sealed_left_out"] == len(found["sealed"])
    assert [one["rubric"] for one in manifest["rubric_versions"]] == ["support-reply"]


@pytest.mark.parametrize("declared", ["not_blind", "unknown"])
def test_labels_made_elsewhere_that_were_not_declared_blind_stay_out(world, clock, tmp_path, declared):
    world.ingest(*(chat_row(f"r-{n}", output=f"Answer {n}.") for n in range(8)))
    world.import_votes(*((f"r-{n}", "kim", "correct", "yes") for n in range(8)), blind=declared)
    clock.shift(60)

    run("shop", "pack", "--output", tmp_path / "pack")

    assert imported_in(tmp_path / "pack")[0] == []


def test_labels_made_elsewhere_of_gold_stay_out(world, clock, tmp_path):
    for n in range(8):
        world.make_gold(chat_row(f"g-{n}", output=f"Gold {n}."))
    world.import_votes(*((f"g-{n}", "kim", "correct", "yes") for n in range(8)))
    clock.shift(60)

    run("shop", "pack", "--output", tmp_path / "pack")

    labels, _, manifest = read_pack(tmp_path / "pack")
    assert labels == []
    assert manifest["counts"]["n_items_development"] == manifest["counts"]["n_items_sealed_left_out"] == 0


def cluster_in(world, half):
    """The name of a cluster that falls into this part."""
    salt = world.project.sampling_salt
    return next(key for key in map(str, range(100)) if part_of(salt, cluster_key=key, item_id=0) == half)


@pytest.mark.parametrize("sealed_one_is_labelled", ["here", "elsewhere"])
@pytest.mark.parametrize("open_one_is_labelled", ["here", "elsewhere"])
def test_item_that_reads_like_a_sealed_one_stays_out_wherever_the_two_were_labelled(
    world, clock, tmp_path, sealed_one_is_labelled, open_one_is_labelled
):
    for half, place in (("sealed", sealed_one_is_labelled), ("development", open_one_is_labelled)):
        world.ingest(chat_row(f"{half}-one", cluster=cluster_in(world, half)))
        if place == "here":
            assert world.review_next(world.ana).review.entry.item.external_id == f"{half}-one"
        else:
            world.import_votes((f"{half}-one", "kim", "correct", "yes"))
            Slot.objects.filter(entry=world.entry(f"{half}-one")).update(state=Slot.State.CLOSED)
    clock.shift(60)

    run("shop", "pack", "--output", tmp_path / "pack")

    labels, _, manifest = read_pack(tmp_path / "pack")
    assert labels == []
    n_imported = 1 if open_one_is_labelled == "elsewhere" else 0
    assert manifest["counts"]["n_imported_labels_like_a_sealed_one"] == n_imported


def test_labels_made_elsewhere_of_erased_words_stay_out_and_are_counted(world, clock, tmp_path):
    world.ingest(*(chat_row(f"r-{n}", output=f"Answer {n}.") for n in range(8)))
    world.import_votes(*((f"r-{n}", "kim", "correct", "yes") for n in range(8)))
    ItemPayload.objects.all().delete()
    clock.shift(60)

    run("shop", "pack", "--output", tmp_path / "pack")

    imported, manifest = imported_in(tmp_path / "pack")
    assert imported == []
    assert manifest["counts"]["n_imported_labels_without_text"] == len(halves(world)["development"])


@pytest.mark.parametrize("n_items", [6, 12])
def test_more_labels_made_elsewhere_take_no_more_queries(
    world, clock, tmp_path, n_items, django_assert_max_num_queries
):
    world.ingest(*(chat_row(f"r-{n}", output=f"Answer {n}.") for n in range(n_items)))
    world.import_votes(*((f"r-{n}", rater, "correct", "yes") for n in range(n_items) for rater in ("kim", "lee")))
    clock.shift(60)

    with django_assert_max_num_queries(21):
        run("shop", "pack", "--output", tmp_path / "pack")


# --- clusters, pairs and where the pack goes ------------------------------------------------------------------------


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
        asked = f"Explain rain to {SUBJECTS[n]} who has seen {SUBJECTS[n + 1]} and {SUBJECTS[n + 2]}."
        world.ingest(pair_row(f"p-{n}", context={"question": asked}))
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


def test_archive_holds_the_same_files(judged_world, tmp_path):
    run("shop", "pack", "--output", tmp_path / "pack")
    run("shop", "pack", "--output", tmp_path / "pack.zip")

    with ZipFile(tmp_path / "pack.zip") as archive:
        assert archive.namelist() == [
            "corrections.csv",
            "corrections.jsonl",
            "few_shot.jsonl",
            "labels.csv",
            "labels.jsonl",
            "manifest.json",
            "mlflow_assessments.jsonl",
            "openai_chat.jsonl",
            "otel_evaluations.jsonl",
        ]
        for name in archive.namelist():
            assert archive.read(name) == (tmp_path / "pack" / name).read_bytes()


def test_pack_does_not_overwrite_a_folder_with_something_in_it(judged_world, tmp_path):
    (tmp_path / "mine").write_text("mine")

    with pytest.raises(CommandError, match="there already"):
        run("shop", "pack", "--output", tmp_path)

    assert (tmp_path / "mine").read_text() == "mine"


def test_the_packs_csv_has_the_rows_of_its_json_lines_and_its_own_hash(judged_world, tmp_path):
    run("shop", "pack", "--output", tmp_path / "pack")

    manifest = json.loads((tmp_path / "pack" / "manifest.json").read_text())
    for name in ("labels", "corrections"):
        with (tmp_path / "pack" / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
            rows = list(csv.DictReader(stream))
        lines = [json.loads(line) for line in (tmp_path / "pack" / f"{name}.jsonl").read_text().splitlines()]
        assert rows
        assert [row["external_id"] for row in rows] == [line["external_id"] for line in lines]
        content = (tmp_path / "pack" / f"{name}.csv").read_bytes()
        assert manifest["files"][f"{name}.csv"]["sha256"] == hashlib.sha256(content).hexdigest()
        assert manifest["files"][f"{name}.csv"]["n_rows"] == len(rows)
