"""Reviews as plain rows, as the tests of reviewers make them without a database."""

from datetime import UTC, datetime, timedelta

from labeling.queries.known_answers import KnownAnswer
from labeling.queries.reviewer_reviews import GivenReview

FIRST_DAY = datetime(2026, 8, 3, 9, 0, tzinfo=UTC)


def given(number, verdict="approve", *, reviewer=1, item=None, day=0, seconds=60.0, purpose="live", **changes):
    """One review; those of a day follow each other by minutes."""
    return GivenReview(
        **{
            "review_id": number,
            "reviewer_id": reviewer,
            "item_id": number if item is None else item,
            "version_id": 1,
            "purpose": purpose,
            "verdict": verdict,
            "label": verdict,
            "active_ms": round(1_000 * seconds),
            "submitted_at": FIRST_DAY + timedelta(days=day, minutes=number % 400),
            "day": (FIRST_DAY + timedelta(days=day)).date(),
            "is_independent": purpose == "live",
            **changes,
        }
    )


def known(number, *, is_right=True, is_bad=False, was_called_bad=None, day=0):
    return KnownAnswer(
        review_id=number,
        case_id=number,
        queue_id=1,
        reviewer_id=1,
        submitted_at=FIRST_DAY + timedelta(days=day, minutes=number),
        active_ms=60_000,
        is_right=is_right,
        is_bad=is_bad,
        was_called_bad=is_bad if was_called_bad is None else was_called_bad,
        wrong_on=() if is_right else ("verdict",),
    )
