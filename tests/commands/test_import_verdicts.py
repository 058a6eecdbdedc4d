"""Judge verdicts from a file: stored once, every line answered, and what waited for them decided."""

import io
import json

import pytest
from django.core.management import CommandError, call_command

from labeling.models import Event, Item, JudgeCriterion, JudgeVerdict
from labeling.services import verdict_imports
from tests.world import chat_row


def run(path, *options):
    """The answer as a document, whether or not all lines were taken."""
    stdout = io.StringIO()
    try:
        call_command("import_verdicts", "shop", str(path), *options, "--json", stdout=stdout)
    except CommandError as error:
        if error.returncode != 1:
            raise
    return json.loads(stdout.getvalue())


def line(external_id="r-1", **changes):
    judge = {"name": "tone-judge", "model": "gpt-x", "prompt_hash": "h1"}
    return {"external_id": external_id, "judge": judge, "criterion": "tone", "label": "fail", **changes}


@pytest.fixture
def file(tmp_path):
    def written(*lines):
        path = tmp_path / "verdicts.jsonl"
        path.write_text("".join(one if isinstance(one, str) else json.dumps(one) + "\n" for one in lines))
        return path

    return written


@pytest.fixture
def items(world):
    world.ingest(*(chat_row(f"r-{n}", judge_verdicts=[]) for n in range(1, 7)))
    world.ingest(chat_row("r-1", source_system="crm", judge_verdicts=[]))
    return world


def test_every_line_is_answered_once_and_again_they_are_unchanged(items, file):
    path = file(
        line("r-2", score=0.2, higher_is="better"),
        line("r-2"),
        line("r-2", label="pass"),
        line("r-2", label="pass", run=2),
        line("r-3", higher_is="worse"),
        line("r-1"),
        line("r-1", source_system="crm"),
        line("nobody"),
        line("r-4", label=None, score=None),
        line("r-4", label="NA"),
        "no json\n",
    )

    tried = run(path, "--dry-run")
    assert not JudgeVerdict.objects.exists()
    first = run(path)
    second = run(path)

    assert first["read"] == sum(first["counts"].values()) == 11
    assert first["counts"] == {"created": 4, "unchanged": 1, "conflict": 2, "invalid": 4}
    assert tried["counts"] == first["counts"]
    assert second["counts"] == {"created": 0, "unchanged": 5, "conflict": 2, "invalid": 4}
    told = {one["line"]: (one["external_id"], one["field"], one["message"]) for one in first["refusals"]}
    assert told[3][1] == "label"
    assert told[5][:2] == ("r-3", "higher_is")
    assert "--system" in told[6][2]
    assert told[8][:2] == ("nobody", "external_id")
    assert "neither 0 nor a fail" in told[9][2]
    assert set(JudgeVerdict.objects.values_list("item__external_id", "label")) == {
        ("r-2", "fail"), ("r-2", "pass"), ("r-1", "fail"), ("r-4", "NA"),
    }  # fmt: skip
    assert JudgeVerdict.objects.get(label="NA").score_raw is None
    assert JudgeCriterion.objects.get().higher_is == "better"
    assert Event.objects.get(kind="verdicts.imported").subject["n_verdicts"] == 4


def test_a_killed_import_run_again_ends_in_the_same_rows(items, file, monkeypatch):
    monkeypatch.setattr("labeling.services.uploads.CHUNK_ROWS", 2)
    path = file(*(line(f"r-{n}") for n in range(2, 7)))
    chunks = []
    kept = verdict_imports.save_verdicts

    def dies_in_the_second(*arguments, **options):
        kept(*arguments, **options)
        chunks.append(1)
        if len(chunks) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(verdict_imports, "save_verdicts", dies_in_the_second)
    with pytest.raises(KeyboardInterrupt):
        run(path)
    assert JudgeVerdict.objects.count() == 2
    monkeypatch.setattr(verdict_imports, "save_verdicts", kept)

    again = run(path)

    assert again["counts"] == {"created": 3, "unchanged": 2, "conflict": 0, "invalid": 0}
    assert JudgeVerdict.objects.count() == 5


def test_what_waited_for_the_verdict_is_decided_again(world, file):
    world.publish(reason="Wait for it.", requires=["judge_vote_share"])
    world.ingest(chat_row("r-1", judge_verdicts=[]), chat_row("r-2", judge_verdicts=[]))
    waiting = set(Item.objects.filter(status=Item.Status.AWAITING).values_list("external_id", flat=True))
    assert waiting

    run(file(*(line("r-1", criterion="overall", label="pass", run=n) for n in (1, 2, 3))))

    assert world.item("r-1").status != Item.Status.AWAITING
    assert world.item("r-2").status == Item.Status.AWAITING


@pytest.mark.parametrize("n_lines", [10, 20])
def test_more_lines_take_no_more_queries(world, file, n_lines, django_assert_max_num_queries):
    world.ingest(*(chat_row(f"r-{n}", judge_verdicts=[]) for n in range(n_lines)))
    path = file(*(line(f"r-{n}") for n in range(n_lines)))

    with django_assert_max_num_queries(17):
        run(path)


@pytest.mark.parametrize("options", [["--format", "jsonl", "--parameters", "[1]"], ["--parameters", "{"]])
def test_bad_options_are_refused_in_one_line(items, file, options):
    with pytest.raises(CommandError) as refused:
        call_command("import_verdicts", "shop", str(file(line())), *options)

    assert refused.value.returncode == 2
