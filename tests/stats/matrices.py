"""What the tests of stats share: matrices as papers print them, and reports of them."""

import numpy as np

from labeling.stats.agreement import report_agreement
from labeling.stats.ratings import make_ratings
from labeling.stats.scales import make_scale, read_label

# Krippendorff (2011), "Computing Krippendorff's Alpha-Reliability", section C: 4 observers, 12 units, . = missing.
FOUR_BY_TWELVE = """
    1 2 3 3 2 1 4 1 2 . . .
    1 2 3 3 2 2 4 1 2 5 . 3
    . 3 3 3 2 3 4 2 2 5 1 .
    1 2 3 3 2 4 4 1 2 5 1 .
"""


def rows_of_matrix(matrix):
    """(unit, rater, label) rows of a printed matrix: a line per rater, a column per unit."""
    lines = [line.split() for line in matrix.strip().splitlines()]
    return [
        (f"u{unit:03}", f"r{rater}", label)
        for rater, line in enumerate(lines)
        for unit, label in enumerate(line)
        if label != "."
    ]


def rows_of_table(table, *, categories):
    """(unit, rater, label) rows of a contingency table of two raters."""
    rows = []
    for first, line in zip(categories, table, strict=True):
        for second, n in zip(categories, line, strict=True):
            for _ in range(n):
                unit = f"u{len(rows):06}"
                rows += [(unit, "a", first), (unit, "b", second)]
    return rows


def ratings_of_rows(rows, level, *, declared=None, cluster_of_unit=None):
    rows = [(unit, rater, read_label(label, level=level)) for unit, rater, label in rows]
    scale = make_scale(level, declared=declared, observed={label for _, _, label in rows})
    return make_ratings(rows, scale=scale, cluster_of_unit=cluster_of_unit)


def report_of_rows(rows, level="nominal", *, replicates=0, seed=0, **options):
    ratings = ratings_of_rows(rows, level, **options)
    return report_agreement(ratings, replicates=replicates, rng=np.random.default_rng(seed))
