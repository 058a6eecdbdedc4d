"""Examples for a judge in the pack: only what people agreed on blind, balanced, and the manifest says how."""

import json

import pytest

from labeling.formats.few_shot import FILES
from tests.commands.exporting import halves, read_pack, run
from tests.world import BAD, GOOD, chat_row, judged

WORDS = (
    "amber",
    "birch",
    "cedar",
    "delta",
    "ember",
    "fjord",
    "grove",
    "heron",
    "ivory",
    "jetty",
    "kelp",
    "lotus",
    "maple",
)


@pytest.fixture
def agreed(world, clock):
    """Every item labelled by two who agree: the judge says that all pass, people reject three of four."""
    passes = {"criterion": "overall", "labels": ["pass"]}
    world.publish(reason="The judge's words.", judge_passes=passes)
    world.set_queue(overlap=2)
    for n, word in enumerate(WORDS):
        says = "fail" if n % 4 == 0 else "pass"
        context = {"conversation": [{"role": "customer", "text": f"question about {word}"}]}
        verdicts = [*judged(says), *judged("no" if n % 4 == 0 else "yes", criterion="correct")]
        world.ingest(chat_row(f"item-{word}", output=f"output on {word}", context=context, judge_verdicts=verdicts))
        is_bad = n % 4 != 0
        for user in (world.ana, world.ben):
            verdict = {"verdict": "reject", "answers": BAD} if is_bad else {"verdict": "approve", "answers": GOOD}
            world.review_next(user, **verdict, note=f"note by somebody on {word}")
    clock.shift(60)
    world.settle_all()
    clock.shift(60)
    return world


def lines(folder, name):
    return [json.loads(line) for line in (folder / name).read_text().splitlines()]


def test_examples_are_balanced_and_the_manifest_says_how(agreed, tmp_path):
    run("shop", "pack", "--output", tmp_path / "pack")

    _, corrections, manifest = read_pack(tmp_path / "pack")
    examples = lines(tmp_path / "pack", "few_shot.jsonl")
    assert examples
    assert {one["external_id"] for one in examples} <= halves(agreed)["development"]
    counts = {}
    for one in examples:
        counts.setdefault(one["criterion"], []).append(one["human_label"])
    for labels in counts.values():
        assert len({labels.count(label) for label in labels}) == 1
    assert manifest["counts"]["n_few_shot"] == len(examples)
    assert manifest["counts"]["n_few_shot_eligible"] == len(corrections)
    assert sum(row["n_chosen"] for row in manifest["few_shot"]["chosen"]) == len(examples)
    assert "keyed draw" in manifest["few_shot"]["rule"]
    assert set(manifest["formats"]) == set(FILES)
    for name in FILES:
        assert manifest["files"][name]["n_rows"] == len(lines(tmp_path / "pack", name))
    assert len(lines(tmp_path / "pack", "openai_chat.jsonl")) == len(examples)
    assert len(lines(tmp_path / "pack", "otel_evaluations.jsonl")) == 2 * len(examples)


def test_same_world_gives_the_same_examples_and_names_nobody(agreed, tmp_path):
    for name in ("one", "other"):
        run("shop", "pack", "--output", tmp_path / name)

    for name in FILES:
        content = (tmp_path / "one" / name).read_text()
        assert content == (tmp_path / "other" / name).read_text()
        for hidden in (agreed.project.sampling_salt, '"ana"', '"ben"', "hidden-model"):
            assert hidden not in content


def test_what_one_person_alone_said_is_a_correction_and_no_example(world, clock, tmp_path):
    for word in WORDS[:6]:
        context = {"conversation": [{"role": "customer", "text": f"question about {word}"}]}
        verdicts = judged("yes", criterion="correct")
        world.ingest(chat_row(f"item-{word}", output=f"output on {word}", context=context, judge_verdicts=verdicts))
        world.review_next(world.ana, verdict="reject", answers=BAD)
    clock.shift(60)
    world.settle_all()
    clock.shift(60)

    run("shop", "pack", "--output", tmp_path / "pack")

    assert read_pack(tmp_path / "pack")[1]
    assert lines(tmp_path / "pack", "few_shot.jsonl") == []
