"""The line of reviews: against Erlang's formula, and what it says when people are few, absent or plenty."""

from math import exp, factorial

import numpy as np
import pytest

from labeling.stats.due_times import simulate_late

HOURS = 168


def erlang_c(servers, offered):
    """The share that waits in M/M/s (Gross et al. 2008, 2.3)."""
    last = offered**servers / factorial(servers) * servers / (servers - offered)
    return last / (sum(offered**n / factorial(n) for n in range(servers)) + last)


def simulated(rates, people, **changes):
    asked = {"minutes": 6.0, "due_hours": [4.0] * len(rates), "seed": 7, **changes}
    return simulate_late(
        np.array([np.full(HOURS, float(rate)) for rate in rates]), np.full(HOURS, float(people)), **asked
    )


def test_erlangs_formula_gives_the_published_value():
    # Gross et al. 2008, example 2.3: lambda 6, mu 3, three servers: nobody waits with 0.556.
    assert erlang_c(3, 2.0) == pytest.approx(0.444, abs=0.001)


@pytest.mark.parametrize(("rate", "people", "due"), [(8.0, 1, 0.5), (18.0, 2, 0.25), (47.0, 5, 0.2)])
def test_one_class_at_even_rates_waits_as_erlang_says(rate, people, due):
    # Ten reviews an hour each; minutes as slots, so that what happens within one is nothing.
    late = simulated([rate], people, due_hours=[due], slot_minutes=1.0, n_replicates=60, weeks=(1, 1)).by_class[0]

    expected = erlang_c(people, rate / 10) * exp(-(10 * people - rate) * due)
    assert late.value == pytest.approx(expected, rel=0.12)
    assert late.low < expected < late.high


def test_what_is_handed_out_first_does_not_wait_for_the_rest():
    alone = simulated([5.0], 1, due_hours=[0.5]).by_class[0]
    first, last = simulated([5.0, 12.0], 1, due_hours=[0.5, 24.0]).by_class

    assert first.value == pytest.approx(alone.value, abs=0.03)
    assert last.value > 0.5


def test_more_than_people_get_through_is_late_for_ever():
    late = simulated([15.0], 1)

    assert late.load == 1.5
    assert late.by_class[0].value > 0.9


def test_nobody_at_work_begins_nothing_and_plenty_begin_all():
    assert simulated([1.0], 0).by_class[0].value == 1.0
    assert simulated([1.0], 0).load == float("inf")
    assert simulated([1.0], 50).by_class[0].value == 0.0


def test_nights_without_people_make_the_evening_late():
    at_work = np.tile([0.0] * 9 + [1.0] * 8 + [0.0] * 7, 7)
    late = simulate_late(np.full((1, HOURS), 2.0), at_work, minutes=6, due_hours=[8], seed=1).by_class[0]

    # Due within 8 hours, 2 an hour, 10 an hour begun: what comes from 17:00 until 01:00 is late, and since the morning
    # begins with it, what comes until 03:00, too.
    assert late.value == pytest.approx(10 / 24, abs=0.02)


def test_a_class_of_which_nothing_comes_is_undefined():
    first, last = simulated([0.0, 2.0], 1).by_class

    assert first.undefined == "nothing of it goes to people"
    assert last.value is not None


def test_same_seed_gives_the_same_answer():
    assert simulated([9.0], 1, due_hours=[1.0]) == simulated([9.0], 1, due_hours=[1.0])
    assert simulated([9.0], 1, due_hours=[1.0], seed=8) != simulated([9.0], 1, due_hours=[1.0])


def test_a_due_time_of_nothing_is_refused():
    with pytest.raises(ValueError, match="due after some"):
        simulated([1.0], 1, due_hours=[0.0])
