"""Signals beside labels: which rank errors, which are inverted, and what is not known yet."""

import pytest

from labeling.policy.errors import Invalid
from labeling.policy.signal_standing import INVERTED, MISSING, PROVED, UNPROVED, standing_of_signal
from labeling.queries.signals import reports_of, signal_names_of, standing_of
from tests.services.certifying import label_audit_items
from tests.world import chat_row

SIGNAL = "judge_vote_share"
SAMPLED = {"mode": "sampled", "reason": "A pilot."}


@pytest.fixture
def few_are_enough(monkeypatch):
    monkeypatch.setattr("labeling.policy.signal_standing.LEAST_ITEMS", 8)
    monkeypatch.setattr("labeling.policy.signal_standing.LEAST_OF_A_KIND", 2)


def standing(world):
    return standing_of(world.project, SIGNAL, now=world.now)


@pytest.mark.parametrize(
    ("low", "high", "n", "state"),
    [(0.51, 0.8, 60, PROVED), (0.2, 0.49, 60, INVERTED), (0.4, 0.6, 60, UNPROVED), (0.6, 0.9, 49, MISSING)],
)
def test_standing_goes_by_the_interval_and_needs_about_fifty(low, high, n, state):
    assert standing_of_signal(0.5, low=low, high=high, n_good=n - 10, n_bad=10).state == state


def test_few_of_a_kind_say_nothing():
    told = standing_of_signal(0.9, low=0.8, high=1.0, n_good=97, n_bad=3)

    assert (told.state, "3 bad and 97 good" in told.words) == (MISSING, True)


def test_signal_that_ranks_errors_has_its_area_its_bands_and_says_so(world, few_are_enough):
    label_audit_items(world, sure=[False] * 7 + [True], doubtful=[True] * 3 + [False])

    (report,) = [one for one in reports_of(world.project, now=world.now) if one.name == SIGNAL]

    assert (report.standing.state, report.n_bad, report.n_good) == (PROVED, 4, 8)
    # Pairs of a bad and a good one: 3 bad doubtful below 7 good sure, the level ones by half.
    assert report.auc.value == pytest.approx((3 * 7 + 3 * 0.5 + 7 * 0.5) / 32)
    assert [(band.low, band.n_bad, band.share_bad.n) for band in report.bands] == [
        (pytest.approx(2 / 3), 3, 4),
        (1, 1, 8),
    ]


def test_inverted_signal_says_so_and_may_not_ship(world, few_are_enough):
    label_audit_items(world, sure=[True] * 6, doubtful=[False] * 6 + [True])

    assert standing(world).state == INVERTED
    with pytest.raises(Invalid, match="may only send outputs to people"):
        world.publish(cold_start=SAMPLED)


def test_signal_without_enough_labels_ships_only_for_a_reason(world):
    label_audit_items(world, sure=[False] * 2)

    assert standing(world).words == "Not enough yet: 2 of about 50 labelled outputs."
    with pytest.raises(Invalid, match="has not proved itself"):
        world.publish(cold_start={"mode": "proved", "reason": ""})
    assert world.publish(cold_start=SAMPLED).state == "live"


def test_proved_signal_ships_without_a_reason(world, few_are_enough):
    label_audit_items(world, sure=[False] * 7 + [True], doubtful=[True] * 3 + [False])

    assert world.publish(cold_start={"mode": "proved", "reason": ""}).state == "live"


def test_of_a_group_one_counts(world):
    label_audit_items(world, sure=[False])
    world.ingest(chat_row("again", cluster=world.item("a-0").cluster_key))
    world.review_next(world.ana)
    world.settle_all()

    (report,) = [one for one in reports_of(world.project, now=world.now) if one.name == SIGNAL]

    assert (report.n_good, report.n_bad) == (1, 0)


def test_signal_that_outputs_bring_along_is_among_them(world):
    world.ingest(chat_row("r-1", signals=[{"name": "grounded", "kind": "grounding", "value": 0.7}]))

    assert signal_names_of(world.project) == [SIGNAL, "grounded"]


def test_reports_take_the_same_queries_for_10_and_20(world, django_assert_num_queries):
    label_audit_items(world, sure=[False] * 10)
    with django_assert_num_queries(11):
        reports_of(world.project, now=world.now)
    label_audit_items(world, sure=[False] * 10, prefix="more")
    with django_assert_num_queries(11):
        reports_of(world.project, now=world.now)
