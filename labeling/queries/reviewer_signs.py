"""Signs of a rubber stamp for every reviewer of a queue, corrected over all of them together. No database."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median

from labeling.policy.instruments import (
    MOST_CHANCE,
    N_RECENT_TIMES,
    N_RECENT_VERDICTS,
    PRACTICE,
    TEXT_OF,
    SignText,
)
from labeling.queries.known_answers import KnownAnswer
from labeling.queries.reviewer_numbers import shown_points, shown_share
from labeling.queries.reviewer_reviews import LIVE, GivenReview
from labeling.stats.detection import estimate_detection, probability_of_so_few
from labeling.stats.differences import difference_of_shares
from labeling.stats.leaks import fisher_greater
from labeling.stats.multiplicity import benjamini_hochberg
from labeling.stats.streaks import find_streak
from labeling.stats.tempo import compare_tempo


@dataclass(frozen=True, slots=True)
class Sign:
    """One sign of one reviewer: its number with what it lies in, and how probable that is under honest work.

    `probability` is None where there was too little to ask, `why_not` says so; `is_sign` is told after the correction.
    """

    text: SignText
    value: str
    interval: str
    n: int
    probability: float | None
    why_not: str = ""
    adjusted: float | None = None

    @property
    def is_sign(self) -> bool:
        return self.adjusted is not None and self.adjusted <= MOST_CHANCE

    @property
    def shown_p(self) -> str:
        if self.adjusted is None:
            return ""
        return "under 0.001" if self.adjusted < 0.001 else f"{self.adjusted:.3f}"


def nothing_asked(key: str, why: str) -> Sign:
    return Sign(TEXT_OF[key], "", "", 0, None, why)


def signs_of(
    reviews: Sequence[GivenReview], seconds: Sequence[float], answers: Sequence[KnownAnswer], required: float | None
) -> list[Sign]:
    """The five signs of one reviewer, uncorrected."""
    verdicts = [one for one in reviews if one.purpose == LIVE and one.verdict][-N_RECENT_VERDICTS:]
    return [
        sign_of_tempo(seconds),
        sign_of_streak(verdicts),
        sign_of_missed(answers, required),
        sign_of_approvals("late", *late_in_day(verdicts)),
        sign_of_approvals("load", *under_load(verdicts)),
    ]


def corrected(signs: Mapping[int, Sequence[Sign]]) -> dict[int, list[Sign]]:
    """The signs of everybody, corrected over all that were asked."""
    asked = [one.probability for of_one in signs.values() for one in of_one if one.probability is not None]
    adjusted = iter(benjamini_hochberg(asked))
    return {
        reviewer_id: [one if one.probability is None else replace(one, adjusted=next(adjusted)) for one in of_one]
        for reviewer_id, of_one in signs.items()
    }


# --- each of them -----------------------------------------------------------------------------------------------------


def sign_of_tempo(seconds: Sequence[float]) -> Sign:
    tempo = compare_tempo(seconds[:-N_RECENT_TIMES], seconds[-N_RECENT_TIMES:], margin=PRACTICE)
    ratio = shown_share(tempo.ratio)
    if ratio.value is None:
        return nothing_asked("faster", f"too few times: {len(seconds)}, and it takes {N_RECENT_TIMES} and some before")
    value = f"{ratio.shown_value} of the time before"
    return Sign(TEXT_OF["faster"], value, ratio.shown_interval, ratio.n, tempo.probability)


def sign_of_streak(verdicts: Sequence[GivenReview]) -> Sign:
    if not verdicts:
        return nothing_asked("streak", "no verdict was given, or the rubric asks for none")
    streak = find_streak([is_approval(one) for one in verdicts])
    value = f"{streak.longest} in a row"
    expected = f"{streak.low} to {streak.high} by chance, at {100 * streak.n_yes / streak.n:.0f} % approved"
    return Sign(TEXT_OF["streak"], value, expected, streak.n, streak.probability)


def sign_of_missed(answers: Sequence[KnownAnswer], required: float | None) -> Sign:
    bad = [one for one in answers if one.is_bad]
    if not bad:
        return nothing_asked("missed", "no known answer was about a bad output yet")
    n_caught = sum(one.was_called_bad for one in bad)
    missed = shown_share(estimate_detection([True] * len(bad), [not one.was_called_bad for one in bad]).caught)
    if required is None:
        why = "this queue requires no accuracy"
        return Sign(TEXT_OF["missed"], f"{missed.shown_value} missed", missed.shown_interval, len(bad), None, why)
    p = probability_of_so_few(n_caught, len(bad), required)
    return Sign(TEXT_OF["missed"], f"{missed.shown_value} missed", missed.shown_interval, len(bad), p)


def sign_of_approvals(key: str, more: Sequence[GivenReview], fewer: Sequence[GivenReview]) -> Sign:
    """Approvals where a rubber stamp would have more of them, beside the others."""
    if not more or not fewer:
        return nothing_asked(key, "too few days, or all alike")
    of_more, of_fewer = (sum(map(is_approval, more)), len(more)), (sum(map(is_approval, fewer)), len(fewer))
    apart = shown_points(difference_of_shares(*of_more, *of_fewer))
    probability = fisher_greater(*of_fewer, *of_more)
    return Sign(TEXT_OF[key], f"{apart.shown_value} points", apart.shown_interval, apart.n, probability)


def is_approval(review: GivenReview) -> bool:
    return review.verdict == "approve"


def late_in_day(verdicts: Sequence[GivenReview]) -> tuple[list[GivenReview], list[GivenReview]]:
    """The second half of each day's reviews, and the first; of an odd number the middle one is left out."""
    late, early = [], []
    for of_day in by_day(verdicts).values():
        half = len(of_day) // 2
        early += of_day[:half]
        late += of_day[len(of_day) - half :]
    return late, early


def under_load(verdicts: Sequence[GivenReview]) -> tuple[list[GivenReview], list[GivenReview]]:
    """The reviews of days with more of them than the median day, and those of the others."""
    n_of_day = Counter(one.day for one in verdicts)
    if not n_of_day:
        return [], []
    usual = median(n_of_day.values())
    busy = [one for one in verdicts if n_of_day[one.day] > usual]
    return busy, [one for one in verdicts if n_of_day[one.day] <= usual]


def by_day(reviews: Sequence[GivenReview]) -> dict[object, list[GivenReview]]:
    days: dict[object, list[GivenReview]] = {}
    for review in reviews:
        days.setdefault(review.day, []).append(review)
    return days
