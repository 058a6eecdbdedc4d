"""What an agreement number means in words, judged by its interval and never by its point."""

from dataclasses import dataclass

# Krippendorff's conventions; an owner may set others.
TRUSTED_ALPHA = 0.80
TENTATIVE_ALPHA = 0.667
# Fewer items than this make no badge: the interval would span every word below.
LEAST_ITEMS = 50
# A slice of fewer doubly labelled items is named and has no number: half of all such numbers would be noise.
LEAST_IN_SLICE = 20
# By what the items of a report are sliced, and where it stands in (intent, stakes, …).
SLICINGS = {"intent × stakes": (0, 1), "intent": (0,), "stakes": (1,)}
MOST_CHANCE = 0.05


@dataclass(frozen=True, slots=True)
class Reading:
    """A number in words: `state` is ok, warn, danger or missing, for the look of it."""

    state: str
    words: str


def read_alpha(*, value: float | None, low: float | None, n_items: int, undefined: str | None) -> Reading:
    """What an alpha with its lower bound on `n_items` doubly labelled items says about the people."""
    if value is None:
        return Reading("missing", f"Not computable: {undefined}")
    if n_items < LEAST_ITEMS:
        return Reading("missing", f"Not enough yet: {n_items} of about {LEAST_ITEMS} items labelled by two or more")
    if low is None:
        return Reading("missing", "No interval, so no judgement")
    if low >= TRUSTED_ALPHA:
        return Reading("ok", "Reviewers agree well")
    if low >= TENTATIVE_ALPHA:
        return Reading("warn", "Reviewers agree enough for tentative conclusions")
    if value >= TENTATIVE_ALPHA:
        return Reading("warn", "Reviewers may agree enough; the interval does not exclude that they do not")
    return Reading("danger", "Reviewers do not agree enough to rely on this")


def read_splits(splits: dict[tuple[str, str], int]) -> str:
    """The most frequent disagreement, as a share of all disagreeing pairs; nothing below ten of them."""
    n_pairs = sum(splits.values())
    if n_pairs < 10:
        return ""
    (first, second), n_most = max(splits.items(), key=lambda item: (item[1], item[0]))
    return f"{n_most} of {n_pairs} disagreeing pairs are {first} against {second}"
