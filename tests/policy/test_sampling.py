"""Draws: uniform, replayable, apart for every name, and nobody's to choose."""

import itertools
import math
from collections import Counter

import pytest

from labeling.policy.sampling import sampling_u, staging_draw, uniform_draw

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


# --- staging ----------------------------------------------------------------------------------------------------------

N_DRAWN = 20_000


def staged_below(share):
    draws = (staging_draw("salt", source_system="helpdesk", external_id=f"r-{number}") for number in range(N_DRAWN))
    return {number for number, draw in enumerate(draws) if draw < share}


@pytest.mark.parametrize("share", [0.01, 0.1, 0.25, 0.5, 0.9])
def test_the_share_that_is_staged_is_the_stated_one(share):
    # Five standard deviations: for these names and this salt it is one number for ever.
    assert abs(len(staged_below(share)) / N_DRAWN - share) < 5 * math.sqrt(share * (1 - share) / N_DRAWN)


def test_a_wider_share_only_adds_items():
    shares = [staged_below(share) for share in (0.05, 0.2, 0.6, 0.95)]

    assert all(narrow < wide for narrow, wide in itertools.pairwise(shares))


def test_who_is_staged_says_nothing_of_who_is_sampled():
    staged = staged_below(0.3)
    sampled = {
        number
        for number in range(N_DRAWN)
        if sampling_u("salt", source_system="helpdesk", external_id=f"r-{number}") < 0.2
    }

    assert abs(len(staged & sampled) / N_DRAWN - 0.06) < 5 * math.sqrt(0.06 * 0.94 / N_DRAWN)
