"""Whether a reviewer is asked to guess the source, under which numbers, and what the answers say in words."""

from collections.abc import Collection, Iterable, Mapping

from labeling.policy.agreement import Reading
from labeling.policy.sampling import uniform_draw

LEAST_ANSWERS = 20
# More numbers than this nobody tells apart; the rarer sources go without one.
MOST_SYSTEMS = 6
# Two tests look at the same answers, so each has half of the usual 5 %.
LEVEL_OF_EACH = 0.025


def is_asked(secret: str, *, reviewer_id: int, hand_out_id: int, probe_share: float) -> bool:
    """The dice of the probe. They know the person and the turn alone, so gold and live are asked alike."""
    return uniform_draw(secret, "probe", reviewer_id, hand_out_id) < probe_share


def source_of(*, model: str, version: str) -> str:
    """What counts as one system: a model in one version. Empty where the producer named neither."""
    return f"{model} {version}".strip()


def numbers_to_add(salt: str, *, sources: Iterable[str], taken: Mapping[str, int]) -> dict[str, int]:
    """Numbers for sources that have none, in an order that says nothing; those given out stay as they are."""
    fresh: Collection[str] = sorted({source for source in sources if source} - set(taken))
    shuffled = sorted(fresh, key=lambda source: uniform_draw(salt, "system", source))
    first = max(taken.values(), default=0) + 1
    return {source: first + place for place, source in enumerate(shuffled[: MOST_SYSTEMS - len(taken)])}


def read_probe(
    *,
    n: int,
    right: float | None,
    low: float | None,
    high: float | None,
    chance: float | None,
    p_right: float | None,
    p_apart: float | None,
) -> Reading:
    """What the guesses say of the blinding. Telling apart is a breach too, whatever number they put on it."""
    if n < LEAST_ANSWERS or right is None or chance is None or low is None or high is None:
        return Reading("missing", f"Not enough yet: {n} of about {LEAST_ANSWERS} guesses")
    numbers = f"{right:.0%} right of {n}, chance {chance:.0%}, 95 % interval {low:.0%} to {high:.0%}"
    numbers = numbers.replace("%", " %").replace("95  %", "95 %")
    if p_right is not None and p_right < LEVEL_OF_EACH and right > chance:
        return Reading("danger", f"Reviewers can tell the source: {numbers}")
    if (p_apart is not None and p_apart < LEVEL_OF_EACH) or (p_right is not None and p_right < LEVEL_OF_EACH):
        return Reading("warn", f"Reviewers tell the systems apart, under names of their own: {numbers}")
    return Reading("ok", f"No sign that reviewers can tell the source: {numbers}")
