"""Several judges as one: who may be together, and what their votes come to."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from labeling.policy.confidence import Vote
from labeling.policy.judging import judged_item

ENSEMBLE = "ensemble"
MAJORITY = "majority"
MOST_MEMBERS = 15


@dataclass(frozen=True, slots=True)
class EnsembleVotes:
    """An ensemble, by its id as a judge, and those of its members."""

    judge: str
    members: frozenset[str]


def why_not_together(members: Sequence[tuple[str, str]]) -> str:
    """Why judges, each a name and a family, are no ensemble; or nothing. One family has one vote.

    Judges of one family err alike, so that two of them are not a majority of anything but themselves.
    """
    if not 2 <= len(members) <= MOST_MEMBERS:
        return f"Choose from two to {MOST_MEMBERS} judges; an odd number has fewer ties."
    owner_of: dict[str, str] = {}
    for name, family in members:
        key = family.strip().casefold()
        if not key:
            return f"{name} does not state its family, so nobody can say that it differs from the others."
        if key in owner_of:
            return f"{owner_of[key]} and {name} are of one family ({family.strip()}), which has one vote."
        owner_of[key] = name
    return ""


def ensemble_votes(votes: Iterable[Vote], ensembles: Sequence[EnsembleVotes]) -> list[Vote]:
    """What each ensemble says of one item: the label of more than half of its members on a criterion, once all of them
    spoke, with the share of them as its confidence. No label has it where none has more than half."""
    said: dict[tuple[str, str], list[tuple[str, float | None]]] = {}
    for vote in votes:
        said.setdefault((vote.criterion, vote.judge), []).append((vote.label, None))
    criteria = sorted({criterion for criterion, _ in said})
    found = []
    for ensemble in ensembles:
        for criterion in criteria:
            given = {judge: said[criterion, judge] for judge in ensemble.members if (criterion, judge) in said}
            if given.keys() == ensemble.members and (majority := majority_of(given)):
                label, share = majority
                found.append(Vote(ensemble.judge, criterion, 1, "single", label, share))
    return found


def majority_of(given: Mapping[str, Sequence[tuple[str, float | None]]]) -> tuple[str, float] | None:
    """The label of more than half of the judges and their share. One whose own runs tie has no label, and counts."""
    labels = [judged_item(verdicts).label for verdicts in given.values()]
    for label in labels:
        if label is not None and 2 * labels.count(label) > len(labels):
            return label, labels.count(label) / len(labels)
    return None
