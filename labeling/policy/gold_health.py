"""What the spread of accuracy over gold cases says: about the rubric and the cases first, and about people last."""

from collections.abc import Sequence
from statistics import quantiles

# A case speaks from so many answers on, and the spread from so many cases on.
LEAST_ANSWERS = 5
LEAST_CASES = 10
# Scale AI's reading of such a curve: a bell at 70 to 80 % is healthy, a mass under 40 % is a bad rubric, and all near
# 90 % is too easy.
LOW, HIGH = 0.4, 0.9
SHARE_OF_A_MASS, SHARE_OF_ALL = 0.25, 0.75


def read_health(accuracies: Sequence[float]) -> str:
    """The spread in words. `accuracies` are shares right, one a case that has answers enough."""
    n = len(accuracies)
    if n < LEAST_CASES:
        return f"Not enough yet: {n} of about {LEAST_CASES} cases have {LEAST_ANSWERS} answers or more."
    n_low = sum(one < LOW for one in accuracies)
    n_high = sum(one >= HIGH for one in accuracies)
    if n_low >= SHARE_OF_A_MASS * n:
        return f"{n_low} of {n} cases are missed by most: look at the rubric and these answers before the people."
    if n_high >= SHARE_OF_ALL * n:
        return f"{n_high} of {n} cases are right for nearly everybody: where audits still disagree, add harder gold."
    first, middle, third = (round(100 * one) for one in quantiles(accuracies, n=4, method="inclusive"))
    return f"The middle half of {n} cases lies from {first} to {third} %, around {middle} %: {shape_of(middle)}."


def shape_of(middle: int) -> str:
    if middle >= 100 * HIGH:
        return "easy, and a few hard ones"
    return "hard enough to tell people apart" if middle >= 65 else "hard; read the most missed ones again"


def is_fast(*, ms_later: float, ms_earlier: float, ms_elsewhere: float | None) -> bool:
    """Whether later answers took less time than earlier ones, and than those to other cases."""
    return ms_later < ms_earlier and (ms_elsewhere is None or ms_later < ms_elsewhere)
