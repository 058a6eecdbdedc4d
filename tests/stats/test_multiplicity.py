"""Of many numbers looked at together some are low by chance: the look is corrected for that."""

import numpy as np

from labeling.stats.multiplicity import benjamini_hochberg, holm


def rejected_step_down(p_values, *, level):
    """Holm's procedure as he states it: from the smallest on, until one is above level / (number of those left)."""
    rejected = set()
    for rank, at in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        if p_values[at] > level / (len(p_values) - rank):
            break
        rejected.add(at)
    return rejected


def test_a_look_is_significant_where_the_procedure_rejects():
    p_values = (np.random.default_rng(0).uniform(size=12) ** 4).tolist()
    adjusted = holm(p_values)

    for level in (0.001, 0.01, 0.05, 0.2, 0.5):
        found = {at for at, p in enumerate(adjusted) if p <= level}
        assert found == rejected_step_down(p_values, level=level)


def test_one_look_needs_no_correction_and_none_gives_none():
    assert (holm([0.03]), holm([])) == ([0.03], [])


def test_adjusting_keeps_the_order_and_never_lowers():
    p_values = [0.2, 0.001, 0.9, 0.04, 0.04]

    adjusted = holm(p_values)

    assert all(after >= before for before, after in zip(p_values, adjusted, strict=True))
    assert sorted(range(5), key=adjusted.__getitem__) == sorted(range(5), key=p_values.__getitem__)


def test_twenty_slices_without_a_difference_raise_an_alarm_in_one_report_of_twenty():
    p_values = np.random.default_rng(1).uniform(size=(2_000, 20))

    n_alarms = sum(min(holm(row.tolist())) < 0.05 for row in p_values)

    assert 0.035 < n_alarms / 2_000 < 0.065


def rejected_step_up(p_values, *, level):
    """Benjamini and Hochberg's procedure as they state it: up to the largest rank whose p-value is within its part."""
    order = sorted(range(len(p_values)), key=p_values.__getitem__)
    ranks = [rank for rank, at in enumerate(order, start=1) if p_values[at] <= level * rank / len(p_values)]
    return set(order[: max(ranks, default=0)])


def test_a_discovery_is_what_the_step_up_procedure_rejects():
    p_values = (np.random.default_rng(1).uniform(size=15) ** 3).tolist()
    adjusted = benjamini_hochberg(p_values)

    for level in (0.001, 0.01, 0.05, 0.2, 0.5):
        assert {at for at, p in enumerate(adjusted) if p <= level} == rejected_step_up(p_values, level=level)


def test_the_published_example_of_fifteen_endpoints():
    """Benjamini and Hochberg 1995, section 3.3: at 5 % their procedure rejects four, Hochberg's (as Holm's) three."""
    p_values = [
        *(0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344),
        *(0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0000),
    ]

    assert sum(p <= 0.05 for p in benjamini_hochberg(p_values)) == 4
    assert sum(p <= 0.05 for p in holm(p_values)) == 3


def test_controlling_discoveries_is_never_stricter_than_controlling_any_error():
    p_values = np.random.default_rng(2).uniform(size=30).tolist()

    for looser, stricter in zip(benjamini_hochberg(p_values), holm(p_values), strict=True):
        assert looser <= stricter
