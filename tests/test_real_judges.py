"""Judges on public data through the report's own reading: eight set-ups in both orders, and GPT-4 in the run itself."""

import json
from collections import Counter

import pytest

from labeling.policy.judging import judged_item
from labeling.policy.splits import DEVELOPMENT
from labeling.queries.judge_bias import said_again
from labeling.queries.judge_comparison import Comparison, JudgedCriterion
from labeling.services.calibration_numbers import numbers_of

SIDES = {"model_a": "a", "model_b": "b", "invalid": ""}


@pytest.fixture
def set_ups(public_data):
    """By judge and prompt, by pair: what was said as (label, no confidence, run, order)."""
    found = {}
    for line in (public_data("mtbench_pairwise") / "judge_both_orders.jsonl").read_text().splitlines():
        one = json.loads(line)
        order = "ab" if one["shown_first"] in ("model_a", one["model_a"]) else "ba"
        pairs = found.setdefault((one["judge_model"], one["judge_prompt"]), {})
        pairs.setdefault(one["source_index"], []).append((SIDES[one["verdict"]], None, 1, order))
    return found


def preferred(public_data):
    """By comparison what most people voted for, the pair in the order of the alphabet; no entry where they tie."""
    votes = {}
    for line in (public_data("mtbench_pairwise") / "human_votes.jsonl").read_text().splitlines():
        one = json.loads(line)
        first, second = sorted((one["model_a"], one["model_b"]))
        winner = one["winner"] if one["winner"] == "tie" else one[one["winner"]]
        votes.setdefault((one["question_id"], one["turn"], first, second), Counter())[winner] += 1
    tops = {key: counted.most_common(2) for key, counted in votes.items()}
    return {key: top[0][0] for key, top in tops.items() if len(top) == 1 or top[0][1] > top[1][1]}


def test_position_flips_of_eight_set_ups_are_those_of_a_direct_count(set_ups):
    assert len(set_ups) == 8
    for name, pairs in set_ups.items():
        again = {pair: said_again(said) for pair, said in pairs.items()}
        one = JudgedCriterion("preference", "?", "nominal", ["a", "b", "tie"], again=again)

        found = numbers_of(one, Comparison(DEVELOPMENT, [one], {}, {}, {}), most_behind=0, replicates=0, seed=0)

        both = [(first, second) for (first, *_), (second, *_) in pairs.values() if first and second]
        position = found["bias"]["position"]
        assert (len(pairs), position["n"], position["n_missing"]) == (192, len(both), 192 - len(both)), name
        assert position["flips"]["value"] == pytest.approx(sum(a != b for a, b in both) / len(both)), name


def test_vote_share_of_both_orders_is_a_confidence_that_is_mapped_on_folds_it_never_saw(set_ups, public_data):
    raw = (public_data("mtbench_pairwise") / "judge_both_orders.jsonl").read_text().splitlines()
    people, rows = preferred(public_data), []
    for one in {record["source_index"]: record for record in map(json.loads, raw)}.values():
        winner = people.get((one["question_id"], one["turn"], *sorted((one["model_a"], one["model_b"]))))
        if winner in (one["model_a"], one["model_b"]):
            rows.append((one["source_index"], "people", "a" if winner == one["model_a"] else "b"))
    # One set-up says too little to tell a tie from a doubt: all eight together vote sixteen times on a pair.
    votes = {}
    for pairs in set_ups.values():
        for pair, said in pairs.items():
            votes.setdefault(pair, []).extend((label, None) for label, *_ in said if label)
    judged = {pair: one for pair, said in votes.items() if (one := judged_item(said)).label}
    rows = [row for row in rows if row[0] in judged]
    one = JudgedCriterion("preference", "?", "nominal", ["a", "b", "tie"], rows, judged=judged)

    found = numbers_of(one, Comparison(DEVELOPMENT, [one], {}, {}, {}), most_behind=0, replicates=200, seed=0)

    right = [judged[pair].label == value for pair, _, value in rows]
    squares = [(judged[pair].vote_share - hit) ** 2 for (pair, _, _), hit in zip(rows, right, strict=True)]
    assert found["confidence_kind"] == "vote_share"
    assert found["brier"]["value"] == pytest.approx(sum(squares) / len(squares))
    assert found["maps"][0]["brier_after"]["value"] is not None
    assert found["maps"][0]["n_groups"] == len(rows) > 150
