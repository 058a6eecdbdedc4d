"""Whether a signal has proved itself: it may let outputs past people only once it is shown to rank errors."""

from dataclasses import dataclass

from labeling.policy.agreement import LEAST_ITEMS

PROVED, INVERTED, UNPROVED, MISSING = "proved", "inverted", "unproved", "missing"
# Fewer of either kind say nothing of how they are ranked.
LEAST_OF_A_KIND = 5
COIN = 0.5


@dataclass(frozen=True, slots=True)
class SignalStanding:
    """What labels say of a signal in a project, and why in words. Only one that `is_proved` may ship by itself."""

    state: str
    words: str

    @property
    def is_proved(self) -> bool:
        return self.state == PROVED


def standing_of_signal(
    auc: float | None, *, low: float | None, high: float | None, n_good: int, n_bad: int
) -> SignalStanding:
    """By the interval of how often a good output scores above a bad one, never by its point."""
    n = n_good + n_bad
    if n < LEAST_ITEMS:
        return SignalStanding(MISSING, f"Not enough yet: {n} of about {LEAST_ITEMS} labelled outputs.")
    if auc is None or low is None or high is None or min(n_good, n_bad) < LEAST_OF_A_KIND:
        return SignalStanding(
            MISSING, f"Not enough yet: {n_bad} bad and {n_good} good outputs say little of a ranking."
        )
    told = f"a good output scores above a bad one in {auc:.0%} of pairs ({low:.0%} to {high:.0%})"
    if low > COIN:
        return SignalStanding(PROVED, f"Ranks errors: {told}.")
    if high < COIN:
        return SignalStanding(INVERTED, f"Inverted: the surer it is, the more often the output is bad; {told}.")
    return SignalStanding(UNPROVED, f"Not shown to rank errors: {told}, and a coin has 50%.")
