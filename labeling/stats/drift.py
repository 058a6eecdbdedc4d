"""A watch over a stream of misses that finds a change soon and seldom cries wolf: the Bernoulli CUSUM."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

N_PLACES = 20_000


@dataclass(frozen=True, slots=True)
class Cusum:
    """How one watches: from share `usual` of misses to share `raised`, alarming at `threshold`."""

    usual: float
    raised: float
    threshold: float

    def __post_init__(self) -> None:
        if not 0 < self.usual < self.raised < 1 or self.threshold <= 0:
            raise ValueError("The raised share lies above the usual one, both between 0 and 1; a threshold above 0.")

    @property
    def step_down(self) -> float:
        """r1 = ln((1 - p0) / (1 - p1)): what each answer takes away."""
        return math.log((1 - self.usual) / (1 - self.raised))

    @property
    def step_up(self) -> float:
        """r2 = ln(p1 (1 - p0) / (p0 (1 - p1))): what each miss adds before that."""
        return math.log(self.raised * (1 - self.usual) / (self.usual * (1 - self.raised)))


@dataclass(frozen=True, slots=True)
class CusumPath:
    """`values` after each answer, and the places (from 0) of its `alarms`; after an alarm it begins again at 0."""

    values: tuple[float, ...]
    alarms: tuple[int, ...]


def follow(watch: Cusum, misses: Sequence[bool]) -> CusumPath:
    """The path of a Bernoulli CUSUM over a stream of answers.

    S_t = max(0, S_(t-1) + x_t r2 - r1),   alarm where S_t >= h

    Parameters
    ----------
    misses : (n,) bool in the order of time

    Returns
    -------
    CusumPath with a value an answer. The value at an alarm is the one that raised it; the next one begins at 0.

    Notes
    -----
    What it costs is an average run length (`run_length`), not a probability: it alarms some day for everybody. It
    assumes that the usual share is known; where it is estimated, alarms come sooner than promised.

    References
    ----------
    Reynolds, M. R. & Stoumbos, Z. G. (1999). A CUSUM chart for monitoring a proportion when inspecting continuously.
    Journal of Quality Technology 31, 87-108. doi:10.1080/00224065.1999.11979900.

    Examples
    --------
    >>> path = follow(Cusum(0.10, 0.20, 2.0), [False, True, True, True, True])
    >>> [round(value, 2) for value in path.values], path.alarms
    ([0.0, 0.69, 1.39, 2.08, 0.69], (3,))
    """
    level, values, alarms = 0.0, [], []
    for place, is_miss in enumerate(misses):
        level = max(0.0, level + is_miss * watch.step_up - watch.step_down)
        values.append(level)
        if level >= watch.threshold:
            alarms.append(place)
            level = 0.0
    return CusumPath(tuple(values), tuple(alarms))


@lru_cache(maxsize=64)
def run_length(watch: Cusum, share: float) -> float:
    """After how many answers, on average, it alarms while this is the share of misses.

    L(s) = 1 + (1 - p) L(max(0, s - r1)) + p L(s + r2 - r1) [s + r2 - r1 < h], solved where both steps are rounded to
    h / 20,000; the answer is L(0).

    Parameters
    ----------
    share : in (0, 1): at the usual share the result is the distance between false alarms, at the raised one the delay

    Returns
    -------
    A number of answers, 1 or more.

    Raises
    ------
    ValueError : a share outside (0, 1)

    References
    ----------
    Brook, D. & Evans, D. A. (1972). An approach to the probability distribution of cusum run length. Biometrika 59,
    539-549. doi:10.1093/biomet/59.3.539.

    Examples
    --------
    >>> watch = Cusum(0.10, 0.20, 4.0)
    >>> 1_850 < run_length(watch, 0.10) < 1_950, 70 < run_length(watch, 0.20) < 78
    (True, True)
    """
    if not 0 < share < 1:
        raise ValueError("A share of misses lies between 0 and 1.")
    from scipy.sparse import csr_array, eye_array
    from scipy.sparse.linalg import spsolve

    width = watch.threshold / N_PLACES
    down = round(watch.step_down / width)
    up = round(watch.step_up / width) - down
    places = np.arange(N_PLACES)
    goes_on = places[places + up < N_PLACES]
    rows = np.concatenate([places, goes_on])
    targets = np.concatenate([np.maximum(0, places - down), goes_on + up])
    chances = np.concatenate([np.full(N_PLACES, 1 - share), np.full(len(goes_on), share)])
    steps = csr_array((chances, (rows, targets)), shape=(N_PLACES, N_PLACES))
    return float(spsolve((eye_array(N_PLACES) - steps).tocsc(), np.ones(N_PLACES))[0])
