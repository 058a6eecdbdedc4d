"""What a policy would make late: with the people, speeds and arrivals of the project."""

from dataclasses import replace

import pytest

from labeling.policy.policies import DEFAULT_DEFINITION, parse_policy
from labeling.queries.due_times import due_times
from labeling.queries.review_speeds import HOURS_OF_WEEK, ReviewSpeeds
from labeling.queries.whatif import replay
from tests.world import chat_row

SAMPLED = {"mode": "sampled", "reason": "A test that ships."}
DAY = 24 * 3600


def policy_with(**changes):
    return parse_policy({**DEFAULT_DEFINITION, "requires": [], "cold_start": SAMPLED, **changes})


def late_under(world, policy, *, at_work=None):
    whatif = replay(world.project, policy, at=world.now)
    if at_work is not None:
        speeds = ReviewSpeeds(at_work={world.queue.pk: [at_work] * HOURS_OF_WEEK})
        whatif = replace(whatif, read=replace(whatif.read, speeds=speeds))
    return due_times(whatif, policy, at=world.now)


def test_people_around_the_clock_make_nothing_late_and_nobody_makes_all(world):
    world.ingest(*(chat_row(f"r-{number}", stakes="high") for number in range(20)))

    plenty = late_under(world, policy_with(), at_work=3.0)
    none = late_under(world, policy_with(), at_work=0.0)

    assert [(tier.name, tier.then.value) for tier in plenty.tiers] == [("high", 0.0)]
    assert (none.tiers[0].then.value, none.overloaded) == (1.0, [world.queue.name])
    assert "at work as in the last four weeks" in plenty.people[0].words


def test_both_policies_are_told_side_by_side(world):
    tiers = {name: {**tier, "review_share": 1.0} for name, tier in DEFAULT_DEFINITION["tiers"].items()}
    world.publish(**{**DEFAULT_DEFINITION, "requires": [], "cold_start": SAMPLED, "audit_share": 0.01})
    world.ingest(*(chat_row(f"r-{number}", stakes="low") for number in range(30)))

    found = late_under(world, policy_with(tiers=tiers), at_work=0.01)

    (low,) = found.tiers
    assert low.now is not None
    assert (low.now.value or 0) < low.then.value
    assert low.is_worse
    assert low.then.low <= low.then.value <= low.then.high


@pytest.mark.parametrize(("n_days", "words"), [(0, "evenly"), (5, "hour of the day"), (20, "hour of the week")])
def test_hours_of_arrival_are_told_apart_as_far_as_there_are_days_for_it(world, clock, n_days, words):
    world.ingest(chat_row("first", stakes="high"))
    clock.shift(n_days * DAY)
    world.ingest(chat_row("last", stakes="high"))

    assert words in late_under(world, policy_with(), at_work=1.0).arrivals


def test_who_is_on_duty_is_taken_to_be_at_work_by_day_until_reviews_tell(world):
    world.ingest(chat_row("r-1", stakes="high"))

    (people,) = late_under(world, policy_with()).people

    assert "reviewers, taken to review from 9 to 17 on weekdays" in people.words
    assert sum(people.at_work) % 40 == 0
