"""Why people differ, or agree and something else is off: whose turn it is to act on an item."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

REVIEWER_ERROR = "reviewer_error"
# In the order in which they are shown: what hurts every number below it comes first.
RUBRIC, TRAINING, JUDGE, CHECKS = "rubric", "training", "judge", "checks"
CAUSES = (RUBRIC, TRAINING, JUDGE, CHECKS)
# As many items of a cause are kept with a run; how many there are is always counted.
MOST_OF_CAUSE = 1_000


@dataclass(frozen=True, slots=True, order=True)
class Beside:
    """What is known of an item beside its labels.

    ruling : the error category by which a dispute was settled; empty where there was none
    judged : the judge's label in the terms of the people's, empty where it has none
    has_passed_checks : there were deterministic checks, and it passed all of them
    is_open : not settled yet, so that nothing may be said of who gave which label
    is_disputed : waits for a ruling
    """

    ruling: str = ""
    judged: str = ""
    has_passed_checks: bool = False
    is_open: bool = False
    is_disputed: bool = False


def causes_of(labels: Sequence[str], beside: Beside, *, same_as: Mapping[str, str], failing: Sequence[str]) -> set[str]:
    """What two or more labels on one question point at.

    People who differ point at the rubric; where one stands alone against two or more who agree, or where a ruling
    found an oversight, at training. People who agree point at the judge that says otherwise, and at the checks where
    what they all fail had passed them.

    Parameters
    ----------
    same_as : what a label comes to in the judge's terms; labels that are not in it (an escalation) are none
    failing : labels by which a person fails the output
    """
    if len(labels) < 2:
        return set()
    counts = Counter(labels).most_common()
    if len(counts) > 1:
        if beside.ruling:
            return {TRAINING if beside.ruling == REVIEWER_ERROR else RUBRIC}
        return {TRAINING if is_one_off(counts, len(labels)) else RUBRIC}
    (label,) = set(labels)
    causes = set()
    if beside.judged and label in same_as and same_as[label] != beside.judged:
        causes.add(JUDGE)
    if beside.has_passed_checks and label in failing:
        causes.add(CHECKS)
    return causes


def is_one_off(counts: Sequence[tuple[str, int]], n_labels: int) -> bool:
    """Whether all but one say the same, and they are two or more."""
    return n_labels >= 3 and counts[0][1] == n_labels - 1


def lone_label(labels: Sequence[str]) -> str:
    """The label that stands alone against two or more others that agree; empty where there is none."""
    counts = Counter(labels).most_common()
    return counts[1][0] if len(counts) == 2 and is_one_off(counts, len(labels)) else ""
