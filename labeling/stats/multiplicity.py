"""Looking at many numbers at once: some are low by chance alone, and the look has to know it."""

from collections.abc import Sequence


def holm(p_values: Sequence[float]) -> list[float]:
    """P-values of m looks adjusted so that all of them together err with the stated probability at most.

    adjusted_(i) = max_{j <= i} min(1, (m - j + 1) p_(j)), with p_(1) <= ... <= p_(m).

    Parameters
    ----------
    p_values : each in [0, 1], in any order, of tests that may depend on each other

    Returns
    -------
    Adjusted p-values in the order given.

    Notes
    -----
    Controls the chance of even one false alarm (familywise), whatever the dependence; uniformly more powerful than
    Bonferroni.

    References
    ----------
    Holm, S. (1979). A simple sequentially rejective multiple test procedure. Scandinavian Journal of Statistics 6,
    65-70. https://www.jstor.org/stable/4615733.

    Examples
    --------
    >>> [round(p, 3) for p in holm([0.01, 0.04, 0.03, 0.005])]
    [0.03, 0.06, 0.06, 0.02]
    """
    m = len(p_values)
    adjusted, worst = [0.0] * m, 0.0
    for rank, at in enumerate(sorted(range(m), key=p_values.__getitem__)):
        worst = max(worst, min(1.0, (m - rank) * p_values[at]))
        adjusted[at] = worst
    return adjusted


def benjamini_hochberg(p_values: Sequence[float]) -> list[float]:
    """P-values of m looks adjusted so that of those called out, the stated share at most is called out wrongly.

    adjusted_(i) = min_{j >= i} min(1, m p_(j) / j), with p_(1) <= ... <= p_(m).

    Parameters
    ----------
    p_values : each in [0, 1], in any order, of tests that are independent or depend on each other positively

    Returns
    -------
    Adjusted p-values in the order given, never above Holm's.

    Notes
    -----
    Controls the false discovery rate: right for a list that somebody looks through, where one name too many costs a
    second look. Where an error costs a person their work, the chance of any error counts: see `holm`.

    References
    ----------
    Benjamini, Y. & Hochberg, Y. (1995). Controlling the false discovery rate. JRSS B 57, 289-300, equation (1).
    doi:10.1111/j.2517-6161.1995.tb02031.x.

    Examples
    --------
    >>> [round(p, 3) for p in benjamini_hochberg([0.01, 0.04, 0.03, 0.005])]
    [0.02, 0.04, 0.04, 0.02]
    """
    m = len(p_values)
    adjusted, best = [0.0] * m, 1.0
    for rank, at in reversed(list(enumerate(sorted(range(m), key=p_values.__getitem__), start=1))):
        best = min(best, m * p_values[at] / rank)
        adjusted[at] = best
    return adjusted


def benjamini_yekutieli(p_values: Sequence[float]) -> list[float]:
    """P-values adjusted as by Benjamini and Hochberg, for looks that depend on each other in any way.

    adjusted_(i) = min_{j >= i} min(1, m c(m) p_(j) / j), c(m) = 1 + 1/2 + ... + 1/m.

    Parameters
    ----------
    p_values : each in [0, 1], in any order

    Returns
    -------
    Adjusted p-values in the order given, never below Benjamini and Hochberg's.

    References
    ----------
    Benjamini, Y. & Yekutieli, D. (2001). The control of the false discovery rate in multiple testing under dependency.
    Annals of Statistics 29, 1165-1188, theorem 1.3. doi:10.1214/aos/1013699998.

    Examples
    --------
    >>> [round(p, 4) for p in benjamini_yekutieli([0.01, 0.04, 0.03, 0.005])]
    [0.0417, 0.0833, 0.0833, 0.0417]
    """
    m = len(p_values)
    dependence = sum(1 / rank for rank in range(1, m + 1))
    adjusted, best = [0.0] * m, 1.0
    for rank, at in reversed(list(enumerate(sorted(range(m), key=p_values.__getitem__), start=1))):
        best = min(best, m * dependence * p_values[at] / rank)
        adjusted[at] = best
    return adjusted
