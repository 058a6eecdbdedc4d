"""Confidence: how far a judge agrees with itself, worked by hand."""

import pytest

from labeling.policy.confidence import DERIVED_NAMES, WEAK_KINDS, Vote, derive_signals
from labeling.policy.confidence_map import AppliedMap, IsotonicMap, PlattMap
from labeling.policy.policies import DEFAULT_DEFINITION
from tests.policy.worlds import votes_for


def derived(votes):
    return {signal.name: (signal.kind, signal.value, signal.n_votes) for signal in derive_signals(votes)}


@pytest.mark.parametrize(
    ("labels", "share"),
    [
        (["pass", "pass"], 1.0),
        (["pass", "fail"], 0.5),
        (["pass", "pass", "fail"], 2 / 3),
        (["fail", "fail", "fail", "pass"], 3 / 4),
        (["a", "b", "c"], 1 / 3),
    ],
)
def test_the_vote_share_is_that_of_the_most_frequent_label(labels, share):
    assert derived(votes_for(*labels)) == {"judge_vote_share": ("repeats", share, len(labels))}


@pytest.mark.parametrize("votes", [[], votes_for("pass"), votes_for("pass") + votes_for("pass", judge="j2")])
def test_one_vote_of_a_judge_says_nothing_of_its_consistency(votes):
    assert derived(votes) == {}


def test_the_least_share_over_judges_and_criteria_counts():
    votes = [
        *votes_for("pass", "pass"),
        *votes_for("pass", "fail", "pass", "pass", criterion="tone"),
        *votes_for("pass", "pass", "fail", judge="j2"),
    ]

    assert derived(votes)["judge_vote_share"] == ("repeats", 2 / 3, 9)


def test_both_orders_are_told_from_repeats():
    votes = votes_for("a", order="ab") + votes_for("b", order="ba")

    assert derived(votes)["judge_vote_share"] == ("both_orders", 0.5, 2)


def test_the_stated_confidence_is_the_least_one_and_weak():
    votes = [Vote("j1", "overall", run, "single", "pass", stated) for run, stated in ((1, 0.9), (2, 0.4), (3, None))]

    signals = derived(votes)

    assert signals["judge_stated"] == ("stated", 0.4, 2)
    assert signals["judge_stated"][0] in WEAK_KINDS


def test_the_consistency_of_a_judge_is_not_weak():
    assert derived(votes_for("pass", "pass"))["judge_vote_share"][0] not in WEAK_KINDS


def test_every_derived_name_is_reserved():
    votes = [Vote("j1", "overall", run, "single", "pass", 0.9) for run in (1, 2)]

    assert set(derived(votes)) == DERIVED_NAMES


def test_the_default_policy_does_not_rest_on_a_weak_signal():
    votes = [Vote("j1", "overall", run, "single", "pass", 0.9) for run in (1, 2)]

    assert derived(votes)[DEFAULT_DEFINITION["confidence"]["signal"]][0] not in WEAK_KINDS


@pytest.mark.parametrize("confidence", [0.0, 0.5, 1.0])
def test_the_order_of_votes_does_not_matter(confidence):
    votes = [*votes_for("pass", "fail", "pass"), Vote("j2", "tone", 1, "single", "ok", confidence)]

    assert derived(votes) == derived(votes[::-1])


HALVED = PlattMap(slope=0.0, intercept=0.0)
STAIRCASE = IsotonicMap((0.0, 0.5, 1.0), (0.0, 0.1, 0.6))


def test_a_map_reads_what_its_judge_states_on_its_criterion_and_nothing_else():
    votes = [Vote(judge, "overall", 1, "single", "pass", 0.9) for judge in ("j1", "j2")]
    tone = Vote("j1", "tone", 1, "single", "ok", 0.7)

    [stated] = derive_signals([*votes, tone], maps={("j1", "overall"): AppliedMap("stated", HALVED)})
    [other] = derive_signals([tone], maps={("j1", "overall"): AppliedMap("stated", HALVED)})

    assert (stated.kind, stated.value, stated.n_votes, stated.is_mapped) == ("stated", 0.5, 3, True)
    assert (other.value, other.is_mapped) == (0.7, False)


def test_a_map_of_the_vote_share_reads_the_share_and_leaves_what_is_stated():
    votes = [Vote("j1", "overall", run, "single", "pass", 0.9) for run in (1, 2)]

    signals = {
        one.name: (one.value, one.is_mapped)
        for one in derive_signals(votes, maps={("j1", "overall"): AppliedMap("vote_share", STAIRCASE)})
    }

    assert signals == {"judge_vote_share": (0.6, True), "judge_stated": (0.9, False)}


def test_the_least_is_taken_of_what_the_maps_make_of_each_judge():
    votes = [*votes_for("pass", "pass"), *votes_for("pass", "pass", "fail", judge="j2")]

    [share] = derive_signals(votes, maps={("j1", "overall"): AppliedMap("vote_share", STAIRCASE)})

    assert share.value == 0.6
