"""How often the 95 % interval of alpha holds the true alpha: `python -m tests.bench.coverage --streams 10000`.

The design: nominal, three raters, three categories with shares 0.5, 0.3 and 0.2. A rater sees the item's true
category with probability s and else deals one by the shares, so that two raters agree on s² + (1 - s²) Σ π² of the
items and would by chance on Σ π²: alpha is s² exactly, here 0.589. The clustered design has conversations of five
turns; a turn repeats, truth and labels, what its conversation began with in seven cases out of ten, which leaves the
true alpha as it is.

An interval is the product's own, of 1,000 replicates: `count_patterns`, `build_kernel`, `draw_weights` and
`estimate_from_draws`, which is what `estimate_alpha` does but for asking the `krippendorff` package to confirm the
value; tests/stats/test_coverage.py holds the two against each other.
"""

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from labeling.stats.alpha import build_kernel
from labeling.stats.intervals import estimate_from_draws
from labeling.stats.ratings import Ratings, count_patterns
from labeling.stats.resampling import draw_weights
from labeling.stats.results import Estimate, undefined_because
from labeling.stats.scales import make_scale

SEED = 20_240
REPLICATES = 1000
N_ITEMS = (40, 80, 200)
N_RATERS = 3
SHARES = (0.5, 0.3, 0.2)
# A tenth of the items is "b" and none "c": where the interval does worse, and the methods page says so.
RARE_SHARES = (0.9, 0.1, 0.0)
SEES = 0.7675
TRUE_ALPHA = SEES**2
N_CLUSTERS, N_TURNS, REPEATS = 60, 5, 0.7
LOWEST, HIGHEST = 0.93, 0.96

SCALE = make_scale("nominal", declared=["a", "b", "c"], observed=())
RATERS = tuple(f"r{rater}" for rater in range(N_RATERS))


@dataclass(frozen=True)
class Coverage:
    """Of `n_streams` simulated data sets, the share whose interval holds the truth, missing it below or above."""

    n_streams: int
    covered: float
    too_low: float
    too_high: float
    mean_width: float

    @property
    def standard_error(self) -> float:
        """Of `covered`, from the number of streams alone."""
        return float(np.sqrt(self.covered * (1 - self.covered) / self.n_streams))


def simulate_codes(n_items: int, rng: np.random.Generator, shares: tuple[float, ...] = SHARES) -> np.ndarray:
    """(n_items, n_raters) int8 codes of raters whose true alpha is `TRUE_ALPHA`."""
    truth = rng.choice(len(shares), size=(n_items, 1), p=shares)
    dealt = rng.choice(len(shares), size=(n_items, N_RATERS), p=shares)
    return np.where(rng.random((n_items, N_RATERS)) < SEES, truth, dealt).astype(np.int8)


def simulate_clusters(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Codes of `N_CLUSTERS` conversations, and the conversation of each turn."""
    clusters = np.repeat(np.arange(N_CLUSTERS), N_TURNS)
    beginnings, own = simulate_codes(N_CLUSTERS, rng), simulate_codes(len(clusters), rng)
    repeats = rng.random((len(clusters), 1)) < REPEATS
    return np.where(repeats, beginnings[clusters], own), clusters


def interval_of(codes: np.ndarray, clusters: np.ndarray | None, rng: np.random.Generator) -> Estimate:
    patterns = count_patterns(Ratings(codes, RATERS, SCALE, clusters))
    if np.count_nonzero(patterns.counts.sum(axis=0)) == 1:
        return undefined_because("no variation", n=patterns.sample.n_units)
    kernel = build_kernel(patterns, SCALE)
    chunks = draw_weights(patterns.sample, replicates=REPLICATES, rng=rng)
    draws = np.concatenate([kernel.alpha_of(weights) for weights in chunks])
    value = float(kernel.alpha_of(patterns.sample.observed)[0])
    return estimate_from_draws(value, draws, n=patterns.sample.n_units)


def coverage_of(intervals: Iterator[Estimate]) -> Coverage:
    """An estimate without an interval (nobody disagreed, or there was one label only) counts as not covering."""
    ends = np.array([(np.nan, np.nan) if each.low is None else (each.low, each.high) for each in intervals])
    low, high = ends.T
    return Coverage(
        n_streams=len(ends),
        covered=float(np.mean((low <= TRUE_ALPHA) & (high >= TRUE_ALPHA))),
        too_low=float(np.mean(high < TRUE_ALPHA)),
        too_high=float(np.mean(low > TRUE_ALPHA)),
        mean_width=float(np.nanmean(high - low)),
    )


def cover_items(n_items: int, *, n_streams: int, seed: int = SEED, shares: tuple[float, ...] = SHARES) -> Coverage:
    rngs = (np.random.default_rng([seed, n_items, stream]) for stream in range(n_streams))
    return coverage_of(interval_of(simulate_codes(n_items, rng, shares), None, rng) for rng in rngs)


def cover_clusters(*, by_cluster: bool, n_streams: int, seed: int = SEED) -> Coverage:
    """The same data both times; `by_cluster` says what is drawn."""

    def intervals() -> Iterator[Estimate]:
        for stream in range(n_streams):
            rng = np.random.default_rng([seed, N_CLUSTERS, N_TURNS, stream])
            codes, clusters = simulate_clusters(rng)
            yield interval_of(codes, clusters if by_cluster else None, rng)

    return coverage_of(intervals())


def line_of(name: str, coverage: Coverage) -> str:
    return (
        f"  {name:<28} {coverage.covered:.4f} ± {coverage.standard_error:.4f}   below {coverage.too_low:.4f}, "
        f"above {coverage.too_high:.4f}   mean width {coverage.mean_width:.3f}"
    )


def report(n_streams: int) -> Iterator[str]:
    """The figures as lines, as they come; ± is the Monte Carlo standard error."""
    yield f"coverage of alpha's 95 % interval, true alpha {TRUE_ALPHA:.3f}, {N_RATERS} raters, {n_streams:,} streams,"
    yield f"{REPLICATES:,} replicates, seed {SEED}; wanted {LOWEST} to {HIGHEST}"
    for n_items in N_ITEMS:
        yield line_of(f"{n_items} items", cover_items(n_items, n_streams=n_streams))
    yield "two categories of 90 % and 10 %; not held to the band"
    for n_items in N_ITEMS:
        yield line_of(f"{n_items} items", cover_items(n_items, n_streams=n_streams, shares=RARE_SHARES))
    yield f"{N_CLUSTERS} conversations of {N_TURNS} turns, of which {REPEATS:.0%} repeat the first"
    for name, by_cluster in (("conversations drawn", True), ("turns drawn, wrongly", False)):
        yield line_of(name, cover_clusters(by_cluster=by_cluster, n_streams=n_streams))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--streams", type=int, default=10_000, help="simulated data sets a line")
    for text in report(parser.parse_args().streams):
        print(text, flush=True)
    sys.exit(0)
