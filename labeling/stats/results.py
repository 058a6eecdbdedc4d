"""What every estimator returns: a value that knows its interval and its n, or the reason why there is none."""

import math
from dataclasses import dataclass, replace

CONSTANT_RATER = "constant rater"
NO_VARIATION = "no variation"
FEW_UNITS = "fewer than 30 units"
N_FEW_UNITS = 30
# The coefficients beside alpha, and how people call them. Here, so that pages name them without loading numpy.
OTHER_COEFFICIENTS = {
    "fleiss_kappa": "Fleiss' kappa",
    "gwet_ac1": "Gwet's AC1",
    "gwet_ac2_linear": "Gwet's AC2, linear",
    "gwet_ac2_quadratic": "Gwet's AC2, quadratic",
    "brennan_prediger": "Brennan and Prediger",
}


@dataclass(frozen=True, slots=True)
class Estimate:
    """One number with what it takes to read it.

    Parameters
    ----------
    value : float or None, None exactly when `undefined` says why; never NaN, and never 0 in its place
    low, high : ends of the 95 % interval; both None when none was asked for or none can be given (see `flags`)
    n : how many units the value rests on
    undefined : None, or one sentence
    flags : what to know before quoting it, such as *constant rater*
    """

    value: float | None
    low: float | None = None
    high: float | None = None
    n: int = 0
    undefined: str | None = None
    flags: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if (self.value is None) != bool(self.undefined):
            raise ValueError("An estimate has either a value or the reason why it is undefined.")
        if (self.low is None) != (self.high is None):
            raise ValueError("An interval has two ends.")
        if self.value is None and self.low is not None:
            raise ValueError("An undefined estimate has no interval.")
        if not all(math.isfinite(number) for number in (self.value, self.low, self.high) if number is not None):
            raise ValueError("An estimate is a finite number or undefined with a reason, never NaN.")

    def flagged(self, *flags: str) -> "Estimate":
        """The same estimate with further flags, each once."""
        return replace(self, flags=tuple(dict.fromkeys((*self.flags, *flags))))

    def as_document(self) -> dict[str, object]:
        """As it is written into JSON; the keys are a contract."""
        return {
            "value": self.value,
            "low": self.low,
            "high": self.high,
            "n": self.n,
            "undefined": self.undefined,
            "flags": list(self.flags),
        }

    def as_text(self) -> str:
        """As a person reads it: never a value without its interval, its n and its flags."""
        notes = [f"n {self.n}", *self.flags]
        if self.value is None:
            return f"undefined: {self.undefined} ({'; '.join(notes)})"
        interval = "no interval" if self.low is None else f"{self.low:.3f} to {self.high:.3f}"
        return f"{self.value:.3f} ({interval}; {'; '.join(notes)})"


def undefined_because(reason: str, *, n: int, flags: tuple[str, ...] = ()) -> Estimate:
    return Estimate(None, n=n, undefined=reason, flags=flags)


def flags_of_size(n_units: int) -> tuple[str, ...]:
    return (FEW_UNITS,) if n_units < N_FEW_UNITS else ()
