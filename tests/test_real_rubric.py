"""Nine questions with "does not apply", the whole way: what is peculiar about public ratings can be seen in the report.

Every figure is computed here a second time, in a few lines, straight from the file.
"""

import csv
import json
import shutil
from collections import Counter
from itertools import combinations

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from labeling.formats.llm_rubric import NO_TEXT
from labeling.models import ImportedLabel, ImportedLaterLabel, IngestBatch, Item
from labeling.policy.agreement import read_alpha
from labeling.policy.presets import Preset
from labeling.policy.rubrics import Option, Question
from labeling.queries.rating_columns import ratings_of
from labeling.services.agreement import make_agreement_run

QUESTIONS = ("Q0", "Q1", "Q2", "Q3", "Q4", "Q5", "Q6", "Q7", "Q8")
N_ANSWERS = dict.fromkeys(QUESTIONS, 4) | {"Q8": 3}


def preset_for(half):
    return Preset(
        key=f"llm-rubric-{half}",
        name=f"LLM-Rubric, {half} dialogues",
        description="",
        kinds=("chat_reply",),
        instructions="",
        asks_verdict=False,
        questions=tuple(
            Question(
                key, f"{key}?", "ordinal", tuple(Option(str(n), str(n)) for n in range(1, most + 1)), allows_na=True
            )
            for key, most in N_ANSWERS.items()
        ),
    )


@pytest.fixture
def bring(world, capsys, public_data):
    """Ingest one half of the set and import its ratings; gives the rubric version and what both commands said."""
    world.publish(cold_start={"mode": "sampled", "reason": "Public data: nothing is shipped to anybody."})

    def call(half, folder=None):
        folder = str(folder or public_data("llm_rubric"))
        named = [] if half == "real" else ["--format", "llm_rubric_synthetic"]
        version = world.make_rubric(preset_for(half))
        items = run(capsys, "ingest", "shop", folder, *named)
        labels = run(capsys, "import_labels", "shop", f"llm-rubric-{half}", folder, "--blind", "yes", *named)
        return version, items, labels

    return call


def run(capsys, command, *arguments):
    capsys.readouterr()
    call_command(command, *arguments, "--json")
    return json.loads(capsys.readouterr().out)


@pytest.fixture
def rows(public_data):
    """The rows of a half, each with `line` and with answers as whole numbers, None where a cell is empty."""

    def read(half):
        path = public_data("llm_rubric") / f"{half}_human_ratings.tsv"
        with path.open(encoding="utf-8", newline="") as stream:
            found = list(csv.DictReader(stream, delimiter="\t"))
        return [
            {**row, "line": line} | {key: int(float(row[key])) if row[key] else None for key in QUESTIONS}
            for line, row in enumerate(found, start=2)
        ]

    return read


def first_passes(rows):
    """By (dialogue, rater) the row of the earliest round."""
    return {
        (row["text_id"], row["annotator_id"]): row
        for row in sorted(rows, key=lambda row: row.get("round", ""), reverse=True)
    }


def values_by_unit(first, key, *, missing=(None, 0)):
    units = {}
    for (unit, _), row in first.items():
        if row[key] not in missing:
            units.setdefault(unit, []).append(row[key])
    return [values for values in units.values() if len(values) >= 2]


def interval_alpha(units):
    """1 − observed over expected mean squared difference; a pair of a unit of m weighs 1 / (m − 1)."""
    pooled = [value for values in units for value in values]
    within = sum(sum((a - b) ** 2 for a, b in combinations(values, 2)) * 2 / (len(values) - 1) for values in units)
    among = sum((a - b) ** 2 for a in pooled for b in pooled) / (len(pooled) - 1)
    return 1 - within / among


def ordinal_alpha(units):
    """Ordinal distance is the distance of mid-ranks, so this is the interval alpha of these."""
    counts = Counter(value for values in units for value in values)
    midrank = {value: sum(n for v, n in counts.items() if v < value) + n / 2 for value, n in counts.items()}
    return interval_alpha([[midrank[value] for value in values] for values in units])


def numbers_by_key(version):
    made = make_agreement_run(version, now=timezone.now(), replicates=200)
    return made, {question["key"]: question for question in made.numbers["questions"]}


# --- what comes in ------------------------------------------------------------------------------------------------


def test_synthetic_ratings_load_with_zero_as_not_applicable_and_the_later_passes_told(bring, rows):
    _, items, labels = bring("synthetic")
    every = rows("synthetic")
    n_empty = sum(row[key] is None for row in every for key in QUESTIONS)
    n_again = len(every) - len(first_passes(every))

    assert (items["format"], items["counts"]["created"]) == ("llm_rubric_synthetic", 250)
    assert (len(every), n_empty, n_again) == (743, 2, 9)
    assert (labels["read"], labels["blank"]) == (743 * 9 - n_empty, n_empty)
    assert labels["counts"] == {
        "created": (743 - n_again) * 9 - n_empty,
        "unchanged": 0,
        "conflict": 0,
        "invalid": 0,
        "later_pass": n_again * 9,
    }
    check_who_came_again(every)
    check_rows_of_zeros(every)
    check_items()


def check_who_came_again(every):
    """Annotators 11 and 12 met nine dialogues in rounds 2 and 3: what they said in round 2 counts."""
    first = first_passes(every)
    again = [row for row in every if row is not first[row["text_id"], row["annotator_id"]]]
    later = ImportedLaterLabel.objects.select_related("item", "rater", "criterion")

    assert {(row["annotator_id"], row["round"]) for row in again} == {("11", "round3"), ("12", "round3")}
    assert {(one.item.external_id, one.rater.name, one.criterion.key): one.value for one in later} == {
        (row["text_id"], row["annotator_id"], key): str(row[key] or "") for row in again for key in QUESTIONS
    }
    counted = ImportedLabel.objects.get(item__external_id="V5_25", rater__name="11", criterion__key="Q5")
    assert counted.value == str(first["V5_25", "11"]["Q5"]) == "4"


def check_rows_of_zeros(every):
    zeros = [row for row in every if not any(row[key] for key in QUESTIONS)]
    said = {
        (row["text_id"], row["annotator_id"]): ImportedLabel.objects.filter(
            item__external_id=row["text_id"], rater__name=row["annotator_id"]
        ).values_list("is_not_applicable", flat=True)
        for row in zeros
    }

    assert len(zeros) == 8
    assert {tuple(one) for one in said.values()} == {(True,) * 9}


def check_items():
    texts = {text for texts in Item.objects.values_list("payload__texts", flat=True) for text in texts}
    n_judged = Item.objects.filter(judge_verdicts__criterion="Q0").distinct().count()

    assert texts == {NO_TEXT}
    assert n_judged == 225


def test_real_dialogues_have_their_text_and_one_rating_each(bring, rows):
    version, items, labels = bring("real")
    every = rows("real")

    assert (items["format"], items["counts"]["created"]) == ("llm_rubric", 223)
    assert (labels["format"], labels["read"], labels["blank"]) == ("llm_rubric", 223 * 9, 0)
    assert labels["counts"] == {"created": 223 * 9, "unchanged": 0, "conflict": 0, "invalid": 0}
    assert not any(NO_TEXT in texts for texts in Item.objects.values_list("payload__texts", flat=True))
    _, found = numbers_by_key(version)
    for key in QUESTIONS:
        assert found[key]["n_units_pairable"] == 0
        assert found[key]["krippendorff_alpha"]["value"] is None
        assert found[key]["krippendorff_alpha"]["undefined"]
        assert found[key]["n_not_applicable"] == sum(row[key] == 0 for row in every)


def test_answer_outside_of_the_scale_is_refused_with_its_row_and_its_column(bring, tmp_path, public_data):
    folder = tmp_path / "llm_rubric"
    shutil.copytree(public_data("llm_rubric"), folder, copy_function=shutil.copyfile)
    folder.chmod(0o755)
    table = folder / "synthetic_human_ratings.tsv"
    header, first, *others = table.read_text(encoding="utf-8").splitlines()
    cells = dict(zip(header.split("\t"), first.split("\t"), strict=True)) | {"Q8": "4", "Q3": "5"}
    table.write_text("\n".join([header, "\t".join(cells.values()), *others]), encoding="utf-8")

    with pytest.raises(CommandError, match=r"2 label\(s\) were not stored"):
        bring("synthetic", folder)

    refusals = IngestBatch.objects.get(door="labels").outcome["refusals"]
    assert [(one["line"], one["message"]) for one in refusals] == [
        (2, "'5' is not declared for 'Q3'; known are 1, 2, 3, 4"),
        (2, "'4' is not declared for 'Q8'; known are 1, 2, 3"),
    ]


# --- what the report shows ----------------------------------------------------------------------------------------


def test_the_report_of_the_synthetic_half_shows_its_quirks(bring, rows):
    version, _, _ = bring("synthetic")
    first = first_passes(rows("synthetic"))

    made, found = numbers_by_key(version)

    assert made.numbers["n_excluded"]["imported_later_pass"] == 9 * 9
    assert len(made.numbers["rater_ids"]) == len({rater for _, rater in first}) == 24
    check_raters_of_units(version, first)
    for key in QUESTIONS:
        check_question(found[key], first)
    assert found["Q2"]["n_not_applicable"] == 155
    check_that_people_do_not_agree(found["Q1"])
    check_that_people_do_not_agree(found["Q6"])


def check_raters_of_units(version, first):
    """Of the eight who said of every question that it does not apply, no coefficient hears anything."""
    labels = ImportedLabel.objects.filter(criterion__version=version).values_list("item_id", "rater__name").distinct()
    n_of_unit = Counter(unit for unit, _ in first)
    n_heard = Counter(unit for (unit, _), row in first.items() if any(row[key] for key in QUESTIONS))
    ratings = ratings_of(version, until=timezone.now())
    heard = {(item_id, rater) for key in QUESTIONS for item_id, rater, _ in ratings.on(key)}

    stored = Counter(Counter(item_id for item_id, _ in labels).values())
    assert stored == Counter(n_of_unit.values()) == {3: 236, 2: 12, 1: 2}
    assert Counter(Counter(item_id for item_id, _ in heard).values()) == Counter(n_heard.values())
    assert (len(heard), len(n_heard)) == (734 - 8, 248)


def check_question(question, first):
    """The report's level is ordinal; what it counts as missing and as not applicable is told apart."""
    key, alpha = question["key"], question["krippendorff_alpha"]
    units = values_by_unit(first, key)

    assert question["level"] == "ordinal"
    assert question["n_not_applicable"] == sum(row[key] == 0 for row in first.values())
    assert question["n_values"] == sum(row[key] not in (None, 0) for row in first.values())
    assert question["n_units_pairable"] == alpha["n"] == len(units)
    assert alpha["value"] == pytest.approx(ordinal_alpha(units), abs=1e-9)
    assert alpha["low"] < alpha["value"] < alpha["high"]


def check_that_people_do_not_agree(question):
    alpha = question["krippendorff_alpha"]
    reading = read_alpha(value=alpha["value"], low=alpha["low"], n_items=alpha["n"], undefined=alpha["undefined"])

    assert abs(alpha["value"]) < 0.03
    assert -0.1 < alpha["low"] < 0 < alpha["high"] < 0.1
    assert (reading.state, reading.words) == ("danger", "Reviewers do not agree enough to rely on this")


def test_zero_kept_as_a_value_would_make_agreement_out_of_nothing(rows, tmp_path, capsys):
    every = rows("synthetic")
    first = first_passes(every)

    missing, kept = (
        run_on_file(capsys, tmp_path, [(row, row["Q2"] if row["Q2"] or zero else "") for row in every], zero=zero)
        for zero in ("", "0")
    )

    assert round(missing["krippendorff_alpha"]["value"], 2) == -0.01
    assert round(kept["krippendorff_alpha"]["value"], 2) == 0.72
    for document, left_out in ((missing, (None, 0)), (kept, (None,))):
        alpha, units = document["krippendorff_alpha"], values_by_unit(first, "Q2", missing=left_out)
        assert alpha["value"] == pytest.approx(interval_alpha(units), abs=1e-9)
        assert alpha["n"] == len(units)
        assert alpha["low"] < alpha["value"] < alpha["high"]
    assert "157 empty" in missing["filter"]
    assert "of 9 labelled twice by a rater the first label counts" in kept["filter"]


def run_on_file(capsys, tmp_path, answers, *, zero):
    path = tmp_path / f"q2{zero}.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        table = csv.writer(stream)
        table.writerow(["unit", "rater", "value"])
        table.writerows([row["text_id"], row["annotator_id"], answer] for row, answer in answers)
    options = ("--level", "interval", "--duplicates", "first", "--bootstrap", "200")
    return run(capsys, "agreement", str(path), *options)


def test_two_questions_have_changed_places_between_the_halves(bring, rows):
    """Without references nobody can say whether they were cited well: almost all of that system's answers are 0."""
    version_of = {half: bring(half)[0] for half in ("synthetic", "real")}
    without_references = {"synthetic": "V1", "real": "0"}

    shares = {
        (half, key): share_not_applicable(version_of[half], key, system=without_references[half])
        for half in version_of
        for key in ("Q1", "Q2")
    }

    first = {half: first_passes(rows(half)) for half in version_of}
    counted = {
        (half, key): [
            row[key] == 0
            for (unit, _), row in first[half].items()
            if (unit.split("_")[0] if half == "synthetic" else row["dialogue_system"]) == without_references[half]
        ]
        for half, key in shares
    }
    assert shares == {which: (sum(zeros), len(zeros)) for which, zeros in counted.items()}
    assert {which: round(n_zero / n, 2) for which, (n_zero, n) in shares.items()} == {
        ("synthetic", "Q1"): 0.01,
        ("synthetic", "Q2"): 0.99,
        ("real", "Q1"): 1.0,
        ("real", "Q2"): 0.0,
    }


def share_not_applicable(version, key, *, system):
    """(how many labels say that the question does not apply, of how many) on what one system wrote."""
    labels = ImportedLabel.objects.filter(
        criterion__version=version, criterion__key=key, item__outputs__version=system, item__source_system="llm_rubric"
    )
    return labels.filter(is_not_applicable=True).count(), labels.count()
