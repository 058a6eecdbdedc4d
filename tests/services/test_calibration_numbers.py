"""What a run computes beside kappa: final labels, all traffic, slices, maps, biases and the corrected pass rate."""

import random

import pytest

from labeling.policy.judging import JudgedItem
from labeling.policy.splits import DEVELOPMENT
from labeling.queries.judge_bias import Again, Outputs
from labeling.queries.judge_bias_panel import biases_in, population_in
from labeling.queries.judge_comparison import Comparison, JudgedCriterion, Traits
from labeling.queries.judge_evidence import Traffic
from labeling.queries.judge_panels import maps_in, slices_in
from labeling.services.calibration_numbers import numbers_of

SCALE = ("overall", "?", "nominal", ["pass", "fail"])


def pair_of(human, judge):
    """The labels of one person and the judge, item after item, from strings such as *ppf*."""
    words = {"p": "pass", "f": "fail"}
    rows = [(item, "ana", words[one]) for item, one in enumerate(human, start=1)]
    return rows, {item: JudgedItem(words[one], 1) for item, one in enumerate(judge, start=1)}


def numbers(rows, judged, *, traffic=None, traits=None, outputs=None, family="", **more):
    one = JudgedCriterion(*SCALE, rows, judged=judged, **{"passing": ["pass"], **more})
    around = Comparison(
        DEVELOPMENT, [one], {}, {}, traits or {}, traffic=traffic or Traffic(), outputs=outputs or {}, family=family
    )
    return numbers_of(one, around, most_behind=0, replicates=100, seed=1)


def test_what_a_judge_catches_and_passes_and_what_always_passing_would_score():
    found = numbers(*pair_of("pppppffff", "ppppfffpp"))

    assert (found["caught"]["value"], found["caught"]["n"]) == (0.5, 4)
    assert (found["passed"]["value"], found["passed"]["n"]) == (0.8, 5)
    assert (found["baseline"]["label"], found["baseline"]["percent"]["value"]) == ("pass", pytest.approx(5 / 9))


def test_a_label_counts_as_often_as_such_items_are_not_reviewed_and_one_that_was_not_drawn_is_left_out():
    rows, judged = pair_of("ppppf", "ppfff")
    traffic = Traffic(inclusion={1: 1.0, 2: 1.0, 3: 0.5, 4: 0.5})

    weighted = numbers(rows, judged, traffic=traffic)["all_traffic"]

    assert weighted["percent_agreement"]["value"] == pytest.approx(2 / 6)
    assert weighted["n_effective"] == pytest.approx(6**2 / (1 + 1 + 4 + 4))
    assert (weighted["n_items"], weighted["n_without_probability"]) == (4, 1)


def test_final_labels_are_a_column_of_their_own_that_counts_an_item_once():
    rows, judged = pair_of("pf", "pp")
    rows.append((2, "ben", "pass"))
    final = [(1, "unanimous", "pass"), (2, "adjudicated", "fail")]

    found = numbers(rows, judged, final=final)

    assert (found["n_labels"], found["final"]["n_labels"], found["final"]["n_adjudicated"]) == (3, 2, 1)
    assert found["final"]["percent_agreement"]["value"] == 0.5


def test_the_slice_where_the_judge_may_be_worst_stands_first_and_a_small_one_has_no_number():
    human = "pf" * 65
    rows, judged = pair_of(human, human[:60] + "pppfff" * 10 + human[120:])
    intents = ["easy"] * 60 + ["hard"] * 60 + ["rare"] * 10
    traits = {item: Traits(intent, "low", "") for item, intent in enumerate(intents, start=1)}

    shown = [one for one in slices_in(numbers(rows, judged, traits=traits)) if one.by == "intent"]

    assert [one.name for one in shown] == ["hard", "easy", "rare"]
    assert shown[-1].too_few == "Not enough yet: 10 of about 50 items"


def test_a_map_is_measured_where_it_was_not_fitted_and_helps_a_boaster():
    dice = random.Random(0)
    told = [dice.choice([0.8, 0.9, 1.0]) for _ in range(600)]
    human = "".join(dice.choice("pf") for _ in told)
    judge = "".join(
        one if dice.random() < sure - 0.35 else "pf"[one == "p"] for one, sure in zip(human, told, strict=True)
    )
    rows, judged = pair_of(human, judge)
    judged = {item: JudgedItem(one.label, 1, stated=told[item - 1]) for item, one in judged.items()}

    platt, isotonic = maps_in(numbers(rows, judged))

    assert platt.verdict.startswith("It helps")
    assert isotonic.brier[1].value < isotonic.brier[0].value
    assert (platt.undefined, isotonic.undefined) == ("", "")


def test_one_group_is_no_sample_for_a_map_and_the_page_says_so():
    rows, judged = pair_of("pf", "pp")
    judged = {item: JudgedItem(one.label, 1, stated=0.9) for item, one in judged.items()}

    assert all("groups are too few" in one.undefined for one in maps_in(numbers(rows, judged)))


def test_length_and_family_are_read_with_peoples_label_held_constant():
    dice = random.Random(2)
    human = "pf" * 60
    chances = [0.3 + 0.3 * (one == "p") + 0.3 * (at < 60) for at, one in enumerate(human)]
    judge = "".join("p" if dice.random() < chance else "f" for chance in chances)
    rows, judged = pair_of(human, judge)
    outputs = {item: Outputs([200 if item <= 60 else 50], ["cedar" if item <= 60 else "aster"]) for item in judged}

    shown = {one.name: one for one in biases_in(numbers(rows, judged, outputs=outputs, family="Cedar"))}

    assert shown["Length"].words == "It favours what is long."
    assert shown["Own family"].words == "It favours its own family."


def test_runs_that_differ_are_flips_and_too_few_of_them_say_how_many_it_takes():
    rows, judged = pair_of("p" * 40, "p" * 40)
    again = {item: Again(None, None, ["pass", "fail" if item <= 10 else "pass"]) for item in judged}

    many = numbers(rows, judged, again=again)["bias"]
    few = numbers(rows, judged, again={1: again[1]})["bias"]

    assert (many["repeats"]["flips"]["value"], many["repeats"]["n"]) == (0.25, 40)
    assert few["repeats"]["flips"]["undefined"] == "not enough items judged twice: 1 of 30"
    assert many["position"] is None


def test_pairs_in_both_orders_are_counted_straight():
    rows = [(item, "ana", "a") for item in range(1, 41)]
    judged = {item: JudgedItem("a", 2) for item in range(1, 41)}
    again = {item: Again("a", "b" if item <= 10 else "a", ["a"]) for item in judged}
    again[41] = Again("a", "", ["a"])
    one = JudgedCriterion("preference", "?", "nominal", ["a", "b", "tie"], rows, judged=judged, again=again)

    found = numbers_of(one, Comparison(DEVELOPMENT, [one], {}, {}, {}), most_behind=0, replicates=50, seed=1)

    position = found["bias"]["position"]
    assert (position["n"], position["n_missing"], position["flips"]["value"]) == (40, 1, 0.25)
    assert (position["fairness"]["value"], found["population"]) == (1.0, None)


def test_the_judge_is_corrected_by_final_labels_of_the_audit_part():
    dice = random.Random(3)
    truth = {item: dice.random() < 0.8 for item in range(1, 2001)}
    judge = {item: "pass" if good or dice.random() < 0.5 else "fail" for item, good in truth.items()}
    watched = [(item, judge[item], "pass" if truth[item] else "fail") for item in range(1, 2001) if item % 8 == 0]
    traffic = Traffic(chances=dict.fromkeys(truth, 0.5))

    one = JudgedCriterion(*SCALE, [], traffic=judge, watched=watched, passing=["pass"])
    found = numbers_of(
        one, Comparison(DEVELOPMENT, [one], {}, {}, {}, traffic=traffic), most_behind=0, replicates=10, seed=1
    )

    shown, share = population_in(found), found["population"]["difference"]
    assert share["estimate"]["low"] < sum(truth.values()) / 2000 < share["estimate"]["high"] < share["judge_alone"]
    assert shown.sentence.startswith("True pass rate ")
    assert "Judge alone says" in shown.sentence
    assert "Your 250 labels worked like" in shown.sentence
