"""What thresholds would have let through on public data: as a direct count has it, and what may be promised."""

import csv
import json
from collections import Counter

import pytest

from tests.bench.thresholds import dialogues, pairs, promise_for, report


def rows_of(path):
    return list(csv.DictReader(path.read_text().splitlines(), delimiter="\t"))


def test_dialogues_that_the_judge_finds_satisfying_are_those_of_a_direct_count(public_data):
    folder = public_data("llm_rubric")
    people = {row["text_id"]: row["Q0"] for row in rows_of(folder / "real_human_ratings.tsv")}
    counted = Counter()
    for row in rows_of(folder / "real_judge_probabilities.tsv"):
        if row["criterion"] == "Q0" and float(row["answer3_prob"]) + float(row["answer4_prob"]) > 0.5:
            counted[people[row["text_id"]] in ("1", "2")] += 1

    found = dialogues(folder, half="real")

    assert (len(found.confidence), int(found.is_wrong.sum())) == (counted.total(), counted[True]) == (220, 70)


def test_a_judge_whose_confidence_ranks_next_to_nothing_gets_no_threshold(public_data):
    found = dialogues(public_data("llm_rubric"), half="real")

    states = {target: promise_for(found, target)[0].state for target in (0.05, 0.10, 0.20)}

    assert set(states.values()) == {"all_to_people"}
    # The published flaw of this judge: it is sure of nearly everything.
    assert "AUC 0.55" in report(found)[0]


@pytest.mark.parametrize("target", [0.10])
def test_what_a_hand_would_type_is_looser_than_what_may_be_promised(public_data, target):
    for found in (dialogues(public_data("llm_rubric"), half="synthetic"), pairs(public_data("mtbench_pairwise"))):
        certificate, by_hand = promise_for(found, target)

        assert certificate.state == "inconclusive"
        assert certificate.threshold is None
        assert by_hand is not None


def test_both_orders_of_192_pairs_vote_on_those_that_people_do_not_tie_on(public_data):
    folder = public_data("mtbench_pairwise")
    lines = (folder / "judge_both_orders.jsonl").read_text().splitlines()

    found = pairs(folder)

    assert len({json.loads(line)["source_index"] for line in lines}) == 192
    assert (len(found.confidence), int(found.is_wrong.sum())) == (166, 27)
    assert found.confidence.min() >= 0.5
