"""What known answers say of one reviewer: how many are right, what is caught and what is let through, apart."""

from collections.abc import Sequence
from dataclasses import dataclass

from labeling.stats.intervals import wilson_share
from labeling.stats.results import Estimate, undefined_because


@dataclass(frozen=True, slots=True)
class Detection:
    """`caught`: the share of bad outputs called bad (sensitivity); `passed`: of fine ones let through (specificity)."""

    caught: Estimate
    passed: Estimate


def estimate_detection(is_bad: Sequence[bool], was_called_bad: Sequence[bool]) -> Detection:
    """Sensitivity and specificity of a reviewer on outputs of which it is known whether they are bad.

    caught = #{bad and called bad} / #{bad},   passed = #{fine and not called bad} / #{fine}

    Parameters
    ----------
    is_bad, was_called_bad : (n,) bool, one a known answer

    Returns
    -------
    Detection, each share in [0, 1] with Wilson's interval and its own n; undefined where there was none of its kind.

    Raises
    ------
    ValueError : sequences of different lengths

    Notes
    -----
    Apart, because a single share hides it: where one output in ten is bad, whoever passes everything is right on 90 %.
    Assumes independent answers; n is small for the rarer kind, so read the interval.

    References
    ----------
    Yerushalmy, J. (1947). Statistical problems in assessing methods of medical diagnosis. Public Health Reports 62,
    1432-1449. doi:10.2307/4586294.

    Examples
    --------
    >>> found = estimate_detection([True] * 10 + [False] * 90, [False] * 100)
    >>> found.caught.value, round(found.caught.high, 3), found.passed.value
    (0.0, 0.278, 1.0)
    """
    pairs = list(zip(is_bad, was_called_bad, strict=True))
    of_bad = [called for bad, called in pairs if bad]
    of_fine = [called for bad, called in pairs if not bad]
    return Detection(
        caught=wilson_share(sum(of_bad), len(of_bad)) if of_bad else undefined_because("no bad output was met", n=0),
        passed=wilson_share(len(of_fine) - sum(of_fine), len(of_fine))
        if of_fine
        else undefined_because("no fine output was met", n=0),
    )


def probability_of_so_few(n_right: int, n: int, required: float) -> float:
    """How probable so few right answers, or fewer, are for somebody of exactly the required accuracy.

    p = P(X <= x), X ~ Bin(n, required): the exact one-sided test of *accuracy >= required*, for one look at a fixed n.

    Parameters
    ----------
    n_right, n : counts, 0 <= n_right <= n
    required : in (0, 1)

    Returns
    -------
    In (0, 1]; 1 for no answer at all.

    Raises
    ------
    ValueError : counts or a share that are none

    Notes
    -----
    For one look: whoever looks again after each answer finds somebody sooner or later (see `plan_pauses` for that).
    Over a panel, correct it (`benjamini_hochberg`).

    References
    ----------
    Clopper, C. J. & Pearson, E. S. (1934). Biometrika 26, 404-413. doi:10.1093/biomet/26.4.404.

    Examples
    --------
    >>> probability_of_so_few(21, 30, 0.85) < 0.05 < probability_of_so_few(22, 30, 0.85)
    True
    """
    from scipy.special import bdtr

    if not 0 <= n_right <= n or not 0 < required < 1:
        raise ValueError(f"{n_right} of {n} against {required} is no test of a share.")
    return float(bdtr(n_right, n, required)) if n else 1.0
