"""Draws: uniform, replayable, apart for every name, and nobody's to choose."""

import itertools
import math
from collections import Counter

import pytest

from labeling.policy.sampling import sampling_u, uniform_draw

# The first 53 bits of HMAC-SHA256("salt", "item\\x1fhelpdesk\\x1fr-1") over 2**53, worked apart from the code.
KNOWN_DRAW = 0.8341467966878213


def test_the_same_names_draw_the_same_number_on_every_machine():
    assert sampling_u("salt", source_system="helpdesk", external_id="r-1") == KNOWN_DRAW


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("ab", "c"), ("a", "bc")),
        (("a", ""), ("a",)),
        (("a\x1fb", "c"), ("a", "b\x1fc")),
        (("a\x1eb",), ("a\x1e0b",)),
        (("a\x1e1b",), ("a", "b")),
        (("a\x1e1b",), ("a\x1fb",)),
    ],
)
def test_names_that_differ_draw_differently(one, other):
    assert uniform_draw("salt", *one) != uniform_draw("salt", *other)


def test_another_salt_draws_anew():
    draws = {sampling_u(salt, source_system="s", external_id="1") for salt in ("a", "b", "c")}

    assert len(draws) == 3


def test_draws_lie_in_the_unit_interval_and_spread_evenly():
    n_draws, n_bins = 20_000, 20
    draws = [sampling_u("salt", source_system="s", external_id=str(number)) for number in range(n_draws)]

    counts = Counter(int(draw * n_bins) for draw in draws)
    chi_squared = sum((counts[index] - n_draws / n_bins) ** 2 / (n_draws / n_bins) for index in range(n_bins))

    assert min(draws) >= 0
    assert max(draws) < 1
    # 43.8 is the 0.1 % point of chi-squared with 19 degrees of freedom.
    assert chi_squared < 43.8


def test_neighbouring_ids_draw_independently():
    n_draws = 20_000
    draws = [sampling_u("salt", source_system="s", external_id=str(number)) for number in range(n_draws)]
    pairs = itertools.pairwise(draws)

    correlation = 12 * sum((left - 0.5) * (right - 0.5) for left, right in pairs) / (n_draws - 1)

    assert abs(correlation) < 4 / math.sqrt(n_draws)
