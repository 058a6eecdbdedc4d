"""What known answers come to: a pause, the end of a probation, and from when on labels are in question."""

from datetime import UTC, datetime, timedelta

from labeling.policy.standing import (
    OLDEST_IN_QUESTION,
    Evidence,
    Finding,
    gold_share_for,
    questioned_since,
    what_answers_say,
)
from labeling.stats.sequential import plan_pauses

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
PLAN = plan_pauses(required=0.85, error=0.05, looks=[20, 30, 40])


def test_too_few_answers_say_nothing():
    assert what_answers_say([False] * 19, PLAN) == Finding(None, None)
    assert what_answers_say([], PLAN) == Finding(None, None)


def test_the_first_look_that_says_so_pauses_also_when_nobody_looked_then():
    bad_start = [False] * 20 + [True] * 15

    assert what_answers_say(bad_start, PLAN).pauses == Evidence(0, 20)


def test_between_looks_nothing_is_asked():
    assert what_answers_say([True] * 20 + [False] * 9, PLAN).pauses is None
    assert what_answers_say([True] * 20 + [False] * 10, PLAN).pauses == Evidence(20, 30)


def test_a_first_look_that_is_passed_passes():
    assert what_answers_say([True] * 17 + [False] * 3, PLAN) == Finding(None, Evidence(17, 20))


def test_after_the_last_look_another_plan_begins():
    came_through = [True] * 40

    assert what_answers_say(came_through + [False] * 19, PLAN).pauses is None
    assert what_answers_say(came_through + [False] * 20, PLAN).pauses == Evidence(0, 20)


def test_exactly_at_the_last_look_the_whole_plan_decides():
    assert what_answers_say([True] * 26 + [False] * 14, PLAN).pauses == Evidence(26, 40)


def test_labels_are_in_question_since_the_twentieth_known_answer_before():
    known_at = [NOW - timedelta(hours=hours) for hours in range(30, 0, -1)]

    assert questioned_since(known_at, counted_from=None, now=NOW) == NOW - timedelta(hours=20)


def test_with_fewer_answers_labels_are_in_question_since_counting_began_and_no_older_than_four_weeks():
    began = NOW - timedelta(days=3)

    assert questioned_since([NOW], counted_from=began, now=NOW) == began
    assert questioned_since([NOW], counted_from=None, now=NOW) == NOW - OLDEST_IN_QUESTION
    assert questioned_since([NOW], counted_from=NOW - timedelta(days=90), now=NOW) == NOW - OLDEST_IN_QUESTION


def test_on_probation_known_answers_come_more_often_where_there_are_any():
    assert gold_share_for(0.1, "probation") == 0.3
    assert gold_share_for(0.5, "probation") == 0.5
    assert gold_share_for(0.0, "probation") == 0.0
    assert gold_share_for(0.1, "") == 0.1
