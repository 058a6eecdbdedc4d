"""Alpha with 1,000 replicates on 50 raters × 100,000 items, 95 % missing, against a loop over `krippendorff`.

`python -m tests.bench.alpha` measures in a process of its own, so that its peak memory is the kernel's alone.
"""

import json
import resource
import subprocess
import sys
import time

import numpy as np

N_UNITS, N_RATERS, N_CATEGORIES = 100_000, 50, 5
SHARE_MISSING = 0.95
REPLICATES = 1000
N_CALLS = 10


def sparse_codes() -> np.ndarray:
    """Labels around a unit's own level, most of them missing: (n_units, n_raters) int8."""
    rng = np.random.default_rng(0)
    level = rng.integers(0, N_CATEGORIES, size=(N_UNITS, 1), dtype=np.int8)
    codes = level + rng.integers(-1, 2, size=(N_UNITS, N_RATERS), dtype=np.int8)
    np.clip(codes, 0, N_CATEGORIES - 1, out=codes)
    codes[rng.random((N_UNITS, N_RATERS), dtype=np.float32) < SHARE_MISSING] = -1
    return codes


def seconds_of(work) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def mean_seconds(work) -> float:
    return sum(seconds_of(work) for _ in range(N_CALLS)) / N_CALLS


def measure_kernel() -> dict[str, float]:
    """Seconds of our kernel for one value and with replicates, of a report's estimate, and the peak memory in MB."""
    from labeling.stats.alpha import build_kernel, estimate_alpha
    from labeling.stats.ratings import Ratings, count_patterns
    from labeling.stats.resampling import draw_weights
    from labeling.stats.scales import make_scale

    scale = make_scale("ordinal", declared=[str(category + 1) for category in range(N_CATEGORIES)], observed=())
    ratings = Ratings(sparse_codes(), tuple(f"r{rater}" for rater in range(N_RATERS)), scale)

    def value():
        patterns = count_patterns(ratings)
        return build_kernel(patterns, scale).alpha_of(patterns.sample.observed)

    def replicates():
        patterns = count_patterns(ratings)
        kernel = build_kernel(patterns, scale)
        for weights in draw_weights(patterns.sample, replicates=REPLICATES, rng=np.random.default_rng(0)):
            kernel.alpha_of(weights)

    return {
        "value": mean_seconds(value),
        "replicates": mean_seconds(replicates),
        "estimate": seconds_of(lambda: estimate_alpha(ratings, replicates=REPLICATES, rng=np.random.default_rng(0))),
        "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def seconds_of_krippendorff() -> float:
    """One call, as the mean of ten, on the matrix as its users hold it: raters × units, floats with NaN."""
    import krippendorff

    codes = sparse_codes().T.astype(np.float64)
    codes[codes < 0] = np.nan
    return mean_seconds(lambda: krippendorff.alpha(reliability_data=codes, level_of_measurement="ordinal"))


def report() -> list[str]:
    """The figures as lines, each with what it has to reach."""
    measured = subprocess.run(
        [sys.executable, "-m", "tests.bench.alpha"], capture_output=True, text=True, check=True, timeout=600
    )
    own = json.loads(measured.stdout)
    package = seconds_of_krippendorff()
    loop = package * REPLICATES
    return [
        f"alpha, {N_RATERS} raters x {N_UNITS:,} items, {SHARE_MISSING:.0%} missing, ordinal",
        f"  {REPLICATES:,} replicates: {own['replicates']:.2f} s; krippendorff, from {N_CALLS} calls: {loop:,.0f} s",
        f"  ratio {loop / own['replicates']:,.0f} (at least 100)",
        f"  one value: {own['value']:.3f} s; krippendorff: {package:.3f} s; ratio {package / own['value']:.1f} (3)",
        f"  an estimate as reports make it, the value by krippendorff and checked: {own['estimate']:.2f} s",
        f"  peak memory in a process of its own: {own['megabytes']:.0f} MB (under 300 MB)",
    ]


if __name__ == "__main__":
    sys.stdout.write(json.dumps(measure_kernel()))
