"""Simulated traffic for what is said of all of it: a lenient judge, and people who saw mostly what was routed to them.

The design of ../shared/design/methods.md M13: 10,000 items, 16.2 % fail. 27 % are routed for the judge's doubt and a
quarter of those labelled; of the rest an audit labels 3 %: about 900 labels. The judge passes 7 points too many, more
so among the routed, which is what misleads whoever forgets the weights.
"""

from dataclasses import dataclass

import numpy as np

N_ITEMS, ROUTED = 10_000, 0.27
PASSES = {True: 0.807, False: 0.8495}  # of the routed, and of the rest
JUDGE_PASSES = {True: (0.668, 0.96), False: (0.5216, 0.98)}  # what people fail, and what they pass
CHANCES = {True: 0.25, False: 0.03}


@dataclass(frozen=True)
class Traffic:
    """`labels` NaN where nobody looked; `share` is the pass rate of all of it, which is to be found."""

    labels: np.ndarray
    inclusion: np.ndarray
    judged: np.ndarray
    share: float


def simulate_traffic(rng: np.random.Generator) -> Traffic:
    is_routed = rng.random(N_ITEMS) < ROUTED
    truth = rng.random(N_ITEMS) < np.where(is_routed, PASSES[True], PASSES[False])
    lenient = [np.where(truth, right, wrong) for wrong, right in (JUDGE_PASSES[True], JUDGE_PASSES[False])]
    judged = (rng.random(N_ITEMS) < np.where(is_routed, *lenient)).astype(float)
    inclusion = np.where(is_routed, CHANCES[True], CHANCES[False])
    labels = np.where(rng.random(N_ITEMS) < inclusion, truth.astype(float), np.nan)
    return Traffic(labels, inclusion, judged, float(truth.mean()))
