"""../shared/design/statistics.md 2.9: the article's tiers are 800 + 600 + 200 minutes a day."""

from fractions import Fraction

import pytest

from labeling.stats.capacity import Tier, plan_capacity

ARTICLE = [
    Tier("high", Fraction(200), Fraction(1), Fraction(4)),
    Tier("medium", Fraction(2000), Fraction("0.1"), Fraction(3)),
    Tier("low", Fraction(10000), Fraction("0.02"), Fraction(1)),
]


def plan_of(tiers, productive, *, utilisation="1", shrinkage="0"):
    return plan_capacity(
        tiers,
        productive_minutes_per_reviewer=Fraction(productive),
        utilisation=Fraction(utilisation),
        shrinkage=Fraction(shrinkage),
    )


@pytest.mark.parametrize(
    ("productive", "utilisation", "shrinkage", "needed"),
    [("480", "1", "0", 4), ("390", "1", "0", 5), ("360", "1", "0", 5), ("360", "0.85", "0.1", 6)],
)
def test_reviewers_of_the_article(productive, utilisation, shrinkage, needed):
    plan = plan_of(ARTICLE, productive, utilisation=utilisation, shrinkage=shrinkage)

    assert plan.reviewers_needed == needed


def test_minutes_of_the_article():
    plan = plan_of(ARTICLE, "480")

    assert plan.minutes_of_tiers == (("high", 800), ("medium", 600), ("low", 200))
    assert plan.total_minutes == 1600
    assert plan.total_hours == Fraction(80, 3)


def test_exact_4_stays_4():
    # In floats 0.1 * 3 * 2000 is 600.0000000000001, and the fourth reviewer needs a fifth.
    plan = plan_of([Tier("medium", Fraction(2000), Fraction("0.1"), Fraction(3))], "150")

    assert plan.reviewers_exact == 4
    assert plan.reviewers_needed == 4


def test_no_work_needs_nobody():
    assert plan_of([Tier("none", Fraction(0), Fraction(1), Fraction(3))], "400").reviewers_needed == 0


def test_reviewer_without_a_minute_is_refused():
    with pytest.raises(ValueError, match="no productive minute"):
        plan_of(ARTICLE, "360", shrinkage="1")
