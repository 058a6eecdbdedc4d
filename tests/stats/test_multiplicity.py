"""Of many numbers looked at together some are low by chance: the look is corrected for that."""

import numpy as np

from labeling.stats.multiplicity import holm


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
