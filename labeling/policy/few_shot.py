"""Which corrections a judge's prompt is shown: as many of each class, and within it of each reason in turn."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from labeling.policy.sampling import uniform_draw

MOST_PER_CLASS = 20
NO_REASON = "none given"
RULE_IN_WORDS = (
    "corrections whose human label is unanimous or adjudicated, by people who all were blind and none of whose labels "
    "is in question. For each judge version and criterion the same number of each human label that occurs: that of the "
    f"rarest, at most {MOST_PER_CLASS}. Within a label, reasons in turn (the type of failure, else why an adjudicator "
    "said that people erred), each in the order of a keyed draw: the same rows give the same choice, and nobody "
    "outside can foresee it"
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """One correction that may be shown: its line, whose it is, and what people said and why."""

    line: int
    judge: str
    judge_version_id: int
    criterion: str
    human_label: str
    reason: str
    item_id: int


def choose_balanced(candidates: Iterable[Candidate], *, salt: str) -> list[Candidate]:
    """The chosen ones, in the order of their lines."""
    by_class: dict[tuple[int, str], dict[str, list[Candidate]]] = defaultdict(lambda: defaultdict(list))
    for one in candidates:
        by_class[one.judge_version_id, one.criterion][one.human_label].append(one)
    chosen: list[Candidate] = []
    for classes in by_class.values():
        n_of_each = min(MOST_PER_CLASS, *(len(of_class) for of_class in classes.values()))
        for of_class in classes.values():
            chosen += reasons_in_turn(of_class, salt=salt)[:n_of_each]
    return sorted(chosen, key=lambda one: one.line)


def reasons_in_turn(candidates: Sequence[Candidate], *, salt: str) -> list[Candidate]:
    """The first of each reason, then the second of each, and so on; who comes first is drawn."""

    def draw(one: Candidate) -> float:
        return uniform_draw(salt, "few-shot", one.judge_version_id, one.criterion, one.item_id)

    turns: Counter[str] = Counter()
    ranked = []
    for one in sorted(candidates, key=lambda one: (draw(one), one.line)):
        turns[one.reason] += 1
        ranked.append((turns[one.reason], draw(one), one.line, one))
    return [one for *_, one in sorted(ranked, key=lambda rank: rank[:3])]


def describe_choice(candidates: Sequence[Candidate], chosen: Sequence[Candidate]) -> list[dict[str, Any]]:
    """How many of each class and reason there were, and how many were chosen."""

    def key(one: Candidate) -> tuple[str, int, str, str, str]:
        return (one.judge, one.judge_version_id, one.criterion, one.human_label, one.reason)

    there, taken = Counter(map(key, candidates)), Counter(map(key, chosen))
    return [
        {
            "judge": one[0],
            "criterion": one[2],
            "human_label": one[3],
            "reason": one[4],
            "n_eligible": there[one],
            "n_chosen": taken[one],
        }
        for one in sorted(there)
    ]
