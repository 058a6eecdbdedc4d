"""Judges of different families as one: the majority once all spoke, nothing where there is none."""

import pytest

from labeling.policy.confidence import Vote
from labeling.policy.ensembles import EnsembleVotes, ensemble_votes, why_not_together

THREE = EnsembleVotes("e", frozenset("abc"))


def said(**labels):
    return [Vote(judge, "overall", 1, "single", label) for judge, label in labels.items()]


def test_more_than_half_give_the_label_and_their_share_is_its_confidence():
    [vote] = ensemble_votes(said(a="pass", b="pass", c="fail"), [THREE])

    assert (vote.judge, vote.label, vote.confidence) == ("e", "pass", pytest.approx(2 / 3))


@pytest.mark.parametrize(
    "votes",
    [
        said(a="pass", b="pass"),
        said(a="pass", b="fail", c="tie"),
        [*said(a="pass", b="fail", c="pass"), Vote("c", "overall", 2, "single", "fail")],
    ],
)
def test_nothing_is_said_before_all_spoke_nor_where_none_has_more_than_half(votes):
    assert ensemble_votes(votes, [THREE]) == []


def test_runs_of_one_member_are_one_vote():
    runs = [Vote("a", "overall", run, "single", "fail") for run in range(5)]

    [vote] = ensemble_votes([*runs, *said(b="pass", c="pass")], [THREE])

    assert vote.label == "pass"


@pytest.mark.parametrize(
    ("members", "words"),
    [
        ([("a", "oak")], "from two"),
        ([("a", "oak"), ("b", " OAK ")], "a and b are of one family"),
        ([("a", "oak"), ("b", "")], "b does not state its family"),
        ([("a", "oak"), ("b", "elm")], ""),
    ],
)
def test_one_family_has_one_vote(members, words):
    why_not = why_not_together(members)

    assert words in why_not
    assert bool(why_not) == bool(words)
