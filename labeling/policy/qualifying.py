"""When a screen is passed, and from when on a qualification may be earned again."""

from datetime import date

# So long before its end a qualification may be earned anew, and its holder is told that it ends.
RENEWAL_DAYS = 14


def is_passed(n_right: int, n_cases: int, *, passing_share: float) -> bool:
    """Whether a screen is passed: the share right is the one that is asked for, or more. Nothing answered passes
    nothing."""
    return n_cases > 0 and n_right / n_cases >= passing_share


def fewest_right(n_cases: int, *, passing_share: float) -> int:
    """How many of so many cases have to be right, as `is_passed` has it."""
    return next(n for n in range(n_cases + 1) if is_passed(n, n_cases, passing_share=passing_share))


def may_qualify(last_day: date | None, *, today: date) -> bool:
    """Whether somebody may earn a qualification: they hold none, or today is among the last days of theirs."""
    return last_day is None or (last_day - today).days < RENEWAL_DAYS


def first_day_to_renew(last_day: date) -> date:
    """The first of the last days of a qualification."""
    return date.fromordinal(last_day.toordinal() - RENEWAL_DAYS + 1)
