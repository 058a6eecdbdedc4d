"""Reliance on a judge: what people do with its verdict after they have labelled blind."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from labeling.stats.intervals import normal_quantile, wilson_share
from labeling.stats.results import Estimate, undefined_because

# Of each ratio; with 30 cases a share in the middle is known to about ±0.18.
LEAST_CASES = 30


@dataclass(frozen=True, slots=True)
class Reliance:
    """What four labels of each case say together.

    rair : of those first wrong with the judge right, the share that switched to what is right
    rsr : of those first right with the judge wrong, the share that kept what is right
    over_reliance : 1 − rsr
    swayed : of those with the judge wrong, the share that agrees with it after the look minus the share before
    n_cases, n_judge_wrong : all cases, and those with the judge wrong
    """

    rair: Estimate
    rsr: Estimate
    over_reliance: Estimate
    swayed: Estimate
    n_cases: int
    n_judge_wrong: int


def estimate_reliance(
    blind: Sequence[str], judge: Sequence[str], second: Sequence[str], truth: Sequence[str]
) -> Reliance:
    """Relative AI reliance (RAIR), relative self-reliance (RSR) and over-reliance of a group of people on a judge.

    With h the blind label, a the judge's, s the one after seeing it and t the truth, over the cases:

        RAIR = #{h ≠ t, a = t, s = t} / #{h ≠ t, a = t}
        RSR  = #{h = t, a ≠ t, s = t} / #{h = t, a ≠ t}
        over-reliance = 1 − RSR
        swayed = (#{a ≠ t, s = a} − #{a ≠ t, h = a}) / #{a ≠ t}

    Appropriate reliance is RAIR and RSR near 1, both: whoever follows the judge in everything has RAIR 1 and RSR 0,
    whoever never moves RSR 1 and RAIR 0. Cases in which judge and blind label agree say nothing of either.

    Parameters
    ----------
    blind, judge, second, truth : (n_cases,) str, nominal labels in the same terms; none may be missing
        `truth` must not rest on `second`, nor on `blind` alone: then nobody is ever wrong, and RAIR has no cases.

    Returns
    -------
    Reliance. Shares in [0, 1] with Wilson's interval and their own n; `swayed` in [−1, 1], 0 where the look changes
    nothing, with Agresti and Min's interval of a difference of paired shares. Each is undefined where it has no case,
    with the reason, and is not thinned out below `LEAST_CASES`: who shows it says "not enough yet".

    Raises
    ------
    ValueError : sequences of different lengths

    Notes
    -----
    Assumes independent cases. Answers of one person hang together, so with few people the intervals are too narrow,
    and nothing is said about one person. Over-reliance needs cases in which the judge is wrong, which are rare where a
    judge is good: 30 of them may take thousands of looks. Labels after the look are of no other use: they are not
    independent of the judge, and no agreement, calibration or known answer may count them.

    References
    ----------
    Schemmer, M., Kuehl, N., Benz, C., Bartos, A. & Satzger, G. (2023). Appropriate reliance on AI advice:
    conceptualization and the effect of explanations. IUI '23, 410-422, definitions of RAIR and RSR.
    doi:10.1145/3581641.3584066 (arXiv:2302.02187).
    Agresti, A. & Min, Y. (2005). Simple improved confidence intervals for comparing matched proportions. Statistics
    in Medicine 24, 729-740, *Wald+2*. doi:10.1002/sim.1781.

    Examples
    --------
    Four people were wrong where the judge was right, and three of them switched; five were right where it was wrong,
    and four kept their answer:

    >>> found = estimate_reliance(
    ...     blind=["fail"] * 4 + ["pass"] * 5,
    ...     judge=["pass"] * 4 + ["fail"] * 5,
    ...     second=["pass"] * 3 + ["fail"] + ["pass"] * 4 + ["fail"],
    ...     truth=["pass"] * 9,
    ... )
    >>> found.rair.value, found.rair.n, found.rsr.value, found.rsr.n, round(found.over_reliance.value, 2)
    (0.75, 4, 0.8, 5, 0.2)
    >>> found.swayed.value, found.n_judge_wrong
    (0.2, 5)
    """
    cases = list(zip(blind, judge, second, truth, strict=True))
    to_switch = [after == right for before, said, after, right in cases if before != right and said == right]
    to_keep = [after == right for before, said, after, right in cases if before == right and said != right]
    judge_wrong = [(before == said, after == said) for before, said, after, right in cases if said != right]
    rsr = share_of(to_keep, otherwise="nobody was right where the judge was wrong")
    return Reliance(
        rair=share_of(to_switch, otherwise="nobody was wrong where the judge was right"),
        rsr=rsr,
        over_reliance=complement(rsr),
        swayed=paired_difference(
            n_only_after=sum(after and not before for before, after in judge_wrong),
            n_only_before=sum(before and not after for before, after in judge_wrong),
            n=len(judge_wrong),
        ),
        n_cases=len(cases),
        n_judge_wrong=len(judge_wrong),
    )


def share_of(hits: Sequence[bool], *, otherwise: str) -> Estimate:
    return wilson_share(sum(hits), len(hits)) if hits else undefined_because(otherwise, n=0)


def complement(share: Estimate) -> Estimate:
    """One minus a share, its interval turned round."""
    if share.value is None or share.low is None or share.high is None:
        return share
    return Estimate(1 - share.value, 1 - share.high, 1 - share.low, n=share.n, flags=share.flags)


def paired_difference(*, n_only_after: int, n_only_before: int, n: int) -> Estimate:
    """The difference of two shares of the same n cases, with the interval *Wald+2* of Agresti and Min.

        d = (b − c) / (n + 2),   d ± z √(b + c + 1 − (b − c)² / (n + 2)) / (n + 2)

    with b = `n_only_after` and c = `n_only_before`: half a case is added to each of the four cells.

    Parameters
    ----------
    n_only_after, n_only_before : cases with the property after and not before, and the other way round
    n : all cases, also those that have it both times or never

    Returns
    -------
    Estimate (b − c) / n in [−1, 1], the interval cut off there; undefined for n = 0.
    """
    if n == 0:
        return undefined_because("the judge was never wrong", n=0)
    apart = n_only_after - n_only_before
    centre, z = apart / (n + 2), normal_quantile(0.975)
    half_width = z * math.sqrt(n_only_after + n_only_before + 1 - apart**2 / (n + 2)) / (n + 2)
    return Estimate(apart / n, max(-1.0, centre - half_width), min(1.0, centre + half_width), n=n)
