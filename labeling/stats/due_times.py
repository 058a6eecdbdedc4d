"""How much of what goes to people is taken up too late: a line of reviews, simulated week after week."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from labeling.stats.results import Estimate, undefined_because

Floats = NDArray[np.float64]
HOURS_OF_WEEK = 168
N_REPLICATES = 40
# The first week fills the line, the next ones are counted.
WEEKS_BEFORE, WEEKS_COUNTED = 1, 2
LONGEST_DUE_HOURS = float(HOURS_OF_WEEK)


@dataclass(frozen=True, slots=True)
class LateShares:
    """`by_class`: of each class of reviews the share that nobody began by its due time; `load`: work over hours at
    work, in a week. At 1 and above the line grows without end, and what is late grows with the weeks counted."""

    by_class: tuple[Estimate, ...]
    load: float


def simulate_late(
    arrivals: Floats,
    at_work: Floats,
    *,
    minutes: float,
    due_hours: Sequence[float],
    seed: int,
    slot_minutes: float = 10.0,
    n_replicates: int = N_REPLICATES,
    weeks: tuple[int, int] = (WEEKS_BEFORE, WEEKS_COUNTED),
) -> LateShares:
    """The share of reviews in each class that is begun after its due time, in a line of many servers.

    In each slot of δ hours, by class k in order of precedence, with s people at work:
    arrivals A_k ~ Poisson(λ_k δ); departures D ~ Poisson(μ min(s, N) δ), from the first class that has any;
    begun S_k = min(A_k, D_k + what is left of s beside the classes before); late: arrived at t, not begun at t + due_k

    Parameters
    ----------
    arrivals : (n_classes, 168) float, reviews that come in each hour of the week, the class handed out first first
    at_work : (168,) float, people at work in each hour of the week; a broken number is met on average
    minutes : mean length of a review; lengths are exponential
    due_hours : (n_classes,) float above 0; over a week counts as a week
    seed : of the replicates; the same gives the same answer
    weeks : how many fill the line, and how many are counted

    Returns
    -------
    LateShares: for each class the mean share over replicates, with the 2.5 and 97.5 percentiles of single replicates:
    how much one run of these weeks differs from another, not how well the inputs are known. Undefined for a class of
    which nothing comes. `n` = replicates.

    Raises
    ------
    ValueError : no due time, or minutes, above 0

    Notes
    -----
    Poisson arrivals at the rate of the hour; classes in strict precedence, first come first served within; whoever is
    at work reviews what is there, and what they have not finished when they leave waits. Real lengths vary less than
    exponential ones, real arrivals come in bursts: the one makes fewer late, the other more. The line begins empty.
    Nothing finer than a slot is seen: with due times of hours it is nothing. With one class, constant rates and s
    people it is M/M/s, whose P(W > t) = C(s, λ/μ) exp(-(s μ - λ) t), C by Erlang.

    References
    ----------
    Gross, D., Shortle, J. F., Thompson, J. M. & Harris, C. M. (2008). Fundamentals of Queueing Theory, 4th ed., 2.3 and
    3.4. doi:10.1002/9781118625651. Rates that change by the hour: Green, L. V., Kolesar, P. J. & Whitt, W. (2007).
    Coping with time-varying demand when setting staffing requirements for a service system. Production and Operations
    Management 16, 13-39. doi:10.1111/j.1937-5956.2007.tb00164.x.

    Examples
    --------
    >>> quiet = simulate_late(np.full((1, 168), 1.0), np.ones(168), minutes=3, due_hours=[4], seed=1)
    >>> quiet.by_class[0].value, round(quiet.load, 2)
    (0.0, 0.05)
    """
    if minutes <= 0 or not all(hours > 0 for hours in due_hours):
        raise ValueError("a review takes some time, and is due after some")
    line = Line(arrivals, at_work, minutes, slot_minutes, n_replicates, np.random.default_rng(seed))
    n_before, n_counted = (round(n * HOURS_OF_WEEK / line.slot_hours) for n in weeks)
    dues = [max(1, round(min(hours, LONGEST_DUE_HOURS) / line.slot_hours)) for hours in due_hours]
    came, begun = line.run(n_before + n_counted + max(dues))
    counted = range(n_before, n_before + n_counted)
    work, people = arrivals.sum() * minutes / 60, at_work.sum()
    return LateShares(
        tuple(late_share(came[:, k], begun[:, k], due, counted) for k, due in enumerate(dues)),
        load=float(work / people) if people else float("inf") if work else 0.0,
    )


@dataclass
class Line:
    """Slots of a week, over and over; see `simulate_late`."""

    arrivals: Floats
    at_work: Floats
    minutes: float
    slot_minutes: float
    n_replicates: int
    rng: np.random.Generator

    @property
    def slot_hours(self) -> float:
        return self.slot_minutes / 60

    def run(self, n_slots: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """(n_slots, n_classes, n_replicates) each: how many came and how many were begun by the end of each slot."""
        n_classes = len(self.arrivals)
        hour = (np.arange(n_slots) * self.slot_hours).astype(np.int64) % HOURS_OF_WEEK
        rates = self.arrivals[:, hour].T[:, :, None] * self.slot_hours
        came = np.cumsum(self.rng.poisson(rates, (n_slots, n_classes, self.n_replicates)), axis=0)
        # A person and a half is two in half of the slots.
        draws = self.rng.random((n_slots, self.n_replicates))
        people = np.floor(self.at_work[hour][:, None] + draws).astype(np.int64)
        finished_by_one = 60 / self.minutes * self.slot_hours
        done = np.zeros((n_classes, self.n_replicates), dtype=np.int64)
        begun = np.zeros((n_slots, n_classes, self.n_replicates), dtype=np.int64)
        before = np.zeros_like(done)
        for slot in range(n_slots):
            waiting = came[slot] - done
            left = self.rng.poisson(np.minimum(people[slot], waiting.sum(axis=0)) * finished_by_one)
            free = people[slot].copy()
            for k in range(n_classes):
                finished = np.minimum(waiting[k], left)
                left = left - finished
                done[k] += finished
                in_hand = np.minimum(waiting[k] - finished, free)
                free = free - in_hand
                before[k] = np.maximum(before[k], done[k] + in_hand)
            begun[slot] = before
        return came, begun


def late_share(came: NDArray[np.int64], begun: NDArray[np.int64], due: int, counted: range) -> Estimate:
    """Of what came in the slots counted, how much was not begun `due` slots later, first come first served."""
    first, last = counted.start, counted.stop
    came_before = came[first - 1 : last - 1] if first else np.vstack([np.zeros_like(came[:1]), came[: last - 1]])
    n_new = came[first:last] - came_before
    n_late = np.clip(came[first:last] - begun[first + due : last + due], 0, n_new)
    total = n_new.sum(axis=0)
    if not total.any():
        return undefined_because("nothing of it goes to people", n=len(total))
    shares = n_late.sum(axis=0)[total > 0] / total[total > 0]
    low, high = np.quantile(shares, [0.025, 0.975])
    value = float(n_late.sum() / total.sum())
    return Estimate(value, min(float(low), value), max(float(high), value), n=len(total))
