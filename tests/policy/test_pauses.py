"""The hint of a pause, from submissions alone."""

from datetime import UTC, datetime, timedelta

import pytest

from labeling.policy.pauses import Stretch, minutes_without_pause, stretch_after

START = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


def minute(number):
    return START + timedelta(minutes=number)


def after_submissions(*minutes, active_minutes=0):
    stretch = None
    for number in minutes:
        stretch = stretch_after(stretch, submitted_at=minute(number), active_ms=active_minutes * 60_000)
    return stretch


def test_submissions_close_together_are_one_stretch():
    assert after_submissions(0, 4, 8, 12) == Stretch(minute(0), minute(12))


def test_five_minutes_without_work_start_a_new_stretch():
    assert after_submissions(0, 4, 9) == Stretch(minute(9), minute(9))


def test_a_long_item_is_work_and_no_pause():
    assert after_submissions(10, 20, 30, active_minutes=10) == Stretch(minute(0), minute(30))


def test_active_time_never_reaches_back_beyond_the_submission_before():
    assert after_submissions(0, 1, active_minutes=600) == Stretch(minute(-600), minute(1))


@pytest.mark.parametrize(("now", "said"), [(49, None), (50, 50), (53, 53), (57, None)])
def test_the_hint_comes_after_fifty_minutes_and_goes_with_a_pause(now, said):
    stretch = Stretch(START, minute(min(now, 52)))

    assert minutes_without_pause(stretch, put_away_at=None, now=minute(now)) == said


@pytest.mark.parametrize(("put_away", "said"), [(50, None), (-1, 55)])
def test_put_away_it_stays_away_for_this_stretch(put_away, said):
    stretch = Stretch(START, minute(54))

    assert minutes_without_pause(stretch, put_away_at=minute(put_away), now=minute(55)) == said


def test_nobody_who_has_not_submitted_is_told_to_pause():
    assert minutes_without_pause(None, put_away_at=None, now=START) is None
