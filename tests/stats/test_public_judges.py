"""Published figures of public judges, straight from the files: scores of dialogues, and votes of sixteen on pairs.

Their flips are in test_self_consistency.py.
"""

import json
from collections import Counter, defaultdict

import numpy as np
import pytest

from labeling.formats.records import read_records
from labeling.stats.calibration import report_calibration
from labeling.stats.maps import report_map
from labeling.stats.scores import compare_scores

CRITERIA = [f"Q{number}" for number in range(9)]


@pytest.fixture
def dialogues(public_data):
    """People's label and the judge's four probabilities of the real dialogues, by criterion; 0 = does not apply."""
    folder = public_data("llm_rubric")
    people = {row.cells["text_id"]: row.cells for row in read_records(folder / "real_human_ratings.tsv").rows}
    judged = {
        (row.cells["criterion"], row.cells["text_id"]): [float(row.cells[f"answer{k}_prob"]) for k in range(1, 5)]
        for row in read_records(folder / "real_judge_probabilities.tsv").rows
    }

    def of(criterion):
        texts = [text for text, cells in sorted(people.items()) if float(cells.get(criterion, 0)) > 0]
        human = np.array([float(people[text][criterion]) for text in texts])
        return human, np.array([judged[criterion, text] for text in texts])

    numbers = json.loads((folder / "published_numbers.json").read_text())
    return of, numbers


def test_rmse_and_pearson_are_those_of_the_readme(dialogues):
    of, numbers = dialogues
    human, chances = of("Q0")
    published = numbers["published"][0]
    scores_of = {"argmax": chances.argmax(axis=1) + 1.0, "expected_value": chances @ np.arange(1, 5)}

    for name, judge in scores_of.items():
        scores = compare_scores(human, judge, replicates=300, rng=np.random.default_rng(0))

        assert scores.n == 223
        assert scores.rmse.value == pytest.approx(published[name]["rmse"], abs=5e-7)
        assert scores.pearson.value == pytest.approx(published[name]["pearson"], abs=5e-7)
        assert scores.rmse.low < scores.rmse.value < scores.rmse.high


@pytest.mark.parametrize("criterion", CRITERIA)
def test_reliability_of_its_probabilities(dialogues, criterion):
    of, numbers = dialogues
    human, chances = of(criterion)
    known = numbers["recomputed_here"]["judge_on_real_set_zero_excluded"][criterion]
    told, right = chances.max(axis=1), chances.argmax(axis=1) + 1 == human

    calibration = report_calibration(
        np.minimum(told, 1.0), right, n_bins=10, replicates=0, rng=np.random.default_rng(0)
    )

    assert calibration.n == known["n"]
    assert round(calibration.ece.value, 4) == known["ece10"]
    assert round(float(right.mean()), 4) == known["accuracy"]
    assert sum(one.n for one in calibration.bins) == known["n"]
    assert sum(one.n * (one.mean_confidence or 0) for one in calibration.bins) / known["n"] == pytest.approx(
        known["mean_confidence"], abs=5e-5
    )


@pytest.mark.parametrize("kind", ["platt", "isotonic"])
def test_an_over_confident_judge_is_mapped_to_what_it_is_worth(dialogues, kind):
    # It tells 0.52 on average and is right in 0.26; a Brier score of its own share would be 0.195.
    of, _ = dialogues
    human, chances = of("Q0")
    told, right = chances.max(axis=1), chances.argmax(axis=1) + 1 == human

    report = report_map(kind, told, right, groups=np.arange(len(told)), replicates=500, rng=np.random.default_rng(0))

    assert report.ece_before.value == pytest.approx(0.257, abs=5e-4)
    assert report.ece_after.value < 0.1
    assert report.ece_change.high < 0
    assert report.brier_change.high < 0


@pytest.fixture
def votes(public_data):
    """Vote share of eight set-ups in both orders on each of 192 pairs, whether the winner is LLMBar's, the question."""
    given, known = defaultdict(Counter), {}
    for record in read_records(public_data("mtbench_pairwise") / "judge_both_orders.jsonl").rows:
        row = record.cells
        known[row["source_index"]] = (row["llmbar_label"], int(row["question_id"]))
        if row["verdict"] != "invalid":
            given[row["source_index"]][row["verdict"]] += 1
    told, right, questions = [], [], []
    for pair, counts in given.items():
        (winner, n_votes), *others = counts.most_common()
        if not others or others[0][1] < n_votes:
            label, question = known[pair]
            told.append(n_votes / counts.total())
            right.append(winner == label)
            questions.append(question)
    return np.array(told), np.array(right), np.array(questions)


def test_vote_share_is_nearly_what_it_says(votes):
    told, right, questions = votes

    calibration = report_calibration(
        told, right, n_bins=10, replicates=500, rng=np.random.default_rng(0), clusters=questions
    )

    # Nine pairs are split eight to eight and have no winner.
    assert calibration.n == 183
    assert (round(float(told.mean()), 3), round(float(right.mean()), 3)) == (0.841, 0.809)
    by_hand = sum(
        abs(right[inside].mean() - told[inside].mean()) * inside.sum() / len(told)
        for inside in ((told > edge / 10) & (told <= (edge + 1) / 10) for edge in range(10))
        if inside.any()
    )
    assert calibration.ece.value == pytest.approx(by_hand)
    assert round(calibration.ece.value, 3) == 0.066


def test_a_map_of_what_is_nearly_calibrated_helps_little_and_the_report_says_so(votes):
    told, right, questions = votes

    report = report_map("platt", told, right, groups=questions, replicates=500, rng=np.random.default_rng(0))

    assert report.ece_change.low < 0 < report.ece_change.high
    assert report.brier_change.value > 0
