"""What a judge's report is computed from: on each criterion a judge's label of each item beside those of people."""

import hashlib
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from operator import itemgetter
from typing import Any

from labeling.policy.confidence import STATED, VOTE_SHARE
from labeling.policy.judging import JudgedItem, declared_value, judged_item
from labeling.policy.splits import Part
from labeling.queries.judge_bias import Again, Outputs, Said, said_again
from labeling.queries.judge_evidence import Rows, Traffic


@dataclass(frozen=True, slots=True)
class Traits:
    """What an item is, as far as numbers about a judge ask: what slices it, and which group it belongs to."""

    intent: str
    stakes: str
    cluster_key: str


@dataclass(frozen=True, slots=True)
class JudgedCriterion:
    """One judge criterion and what people said in its terms.

    rows : (item id, rater, value) of every label that counts on an item that the judge labelled
    final : (item id, source, value) of the final labels of items that the judge labelled
    judged : the judge's label of each of these items
    watched : (item id, judge's label, final label) of items of the audit part, which no page names
    again : what it said more than once of items inside, labelled or not
    traffic : the judge's label of everything that came in, in whatever part; only ever counted
    passing : the values that pass; None where the rubric calls none a failure
    n_abstained : people who escalated or said that the criterion does not apply, which is no label
    n_held_back : items that both labelled and that are in another part, of which nothing else is said here
    """

    key: str
    question: str
    level: str
    categories: Sequence[str]
    rows: Rows = field(default_factory=list)
    final: Rows = field(default_factory=list)
    judged: dict[int, JudgedItem] = field(default_factory=dict)
    watched: Rows = field(default_factory=list)
    again: dict[int, Again] = field(default_factory=dict)
    traffic: dict[int, str] = field(default_factory=dict)
    passing: Sequence[str] | None = None
    n_tied: int = 0
    n_undeclared: int = 0
    n_without_label: int = 0
    n_without_judge: int = 0
    n_abstained: int = 0
    n_held_back: int = 0

    @property
    def confidence_kind(self) -> str:
        """Stated confidence where the judge states any, else how far its runs agree; the two are never mixed."""
        if any(one.stated is not None for one in self.judged.values()):
            return STATED
        return VOTE_SHARE if any(one.vote_share is not None for one in self.judged.values()) else ""

    def cells(self, *, at_most: int) -> list[list[Any]]:
        """[human label, judge label, number of items, the first of their ids] of every cell that is not empty."""
        items_of_cell: dict[tuple[str, str], set[int]] = {}
        for item_id, _, value in self.rows:
            items_of_cell.setdefault((value, str(self.judged[item_id].label)), set()).add(item_id)
        return [
            [human, judge, len(found), sorted(found)[:at_most]]
            for (human, judge), found in sorted(items_of_cell.items())
        ]

    def as_document(self) -> dict[str, Any]:
        return {
            "key": self.key,
            "question": self.question,
            "level": self.level,
            "categories": list(self.categories),
            "confidence_kind": self.confidence_kind,
            "n_tied": self.n_tied,
            "n_undeclared": self.n_undeclared,
            "n_without_label": self.n_without_label,
            "n_without_judge": self.n_without_judge,
            "n_abstained": self.n_abstained,
            "n_held_back": self.n_held_back,
        }


@dataclass(frozen=True, slots=True)
class Comparison:
    """What there is to compare in one part; `n_not_compared` counts verdicts on criteria that the rubric does not have.

    `traits` knows every item that is compared; of `part` None they are of all parts. `traffic` has the probability
    with which an item entered review, where routing decided that; `outputs` what each was written by, and `family` what
    the judge is of. `audit_groups` has the cluster of items of the audit part, which `traits` does not know.
    """

    part: Part | None
    criteria: Sequence[JudgedCriterion]
    n_not_compared: dict[str, int]
    n_excluded: dict[str, int]
    traits: dict[int, Traits]
    traffic: Traffic = field(default_factory=Traffic)
    outputs: Mapping[int, Outputs] = field(default_factory=dict)
    family: str = ""
    audit_groups: Mapping[int, str] = field(default_factory=dict)

    def group_of(self, item_id: int) -> str | int:
        """What its items tell of each other: its cluster, else the item itself."""
        traits = self.traits.get(item_id)
        return (traits.cluster_key if traits else self.audit_groups.get(item_id)) or item_id

    @property
    def input_hash(self) -> str:
        """A hash of every label and confidence that counts and of every count beside them."""
        counts = (self.part, sorted(self.n_not_compared.items()), sorted(self.n_excluded.items()))
        digest = hashlib.sha256(repr(counts).encode())
        for one in self.criteria:
            judged = sorted((item_id, one.judged[item_id]) for item_id in one.judged)
            weights = sorted((item_id, self.traffic.chances.get(item_id)) for item_id in one.judged)
            counted = (sorted(one.as_document().items()), sorted(one.traffic.items()))
            digest.update(
                repr(
                    (
                        counted,
                        sorted(one.rows),
                        sorted(one.final),
                        sorted(one.watched),
                        judged,
                        weights,
                        sorted(one.again.items(), key=itemgetter(0)),
                    )
                ).encode()
            )
        return digest.hexdigest()


@dataclass(frozen=True, slots=True)
class Places:
    """Where items are: `inside` what is compared, `watching` in the audit part, and what came in at all."""

    inside: Set[int]
    watching: Set[int]
    traffic: Set[int]


def with_judge(
    asked: JudgedCriterion,
    verdicts: dict[int, list[Said]],
    places: Places,
) -> JudgedCriterion:
    """The criterion with the judge's label of each item inside that people labelled, and counts of what has no
    counterpart, is held back or came in at all."""
    inside = places.inside
    labelled = {item_id for item_id, _, _ in asked.rows}
    wanted = labelled | {item_id for item_id, _, _ in asked.final}
    value_of = {label: declared_value(label, asked.categories) or "" for label in labels_in(verdicts)}
    judged: dict[int, JudgedItem] = {}
    watched: dict[int, str] = {}
    again: dict[int, Again] = {}
    came: dict[int, str] = {}
    n_tied = n_undeclared = 0
    # Of most traffic only the label is asked, and a judge has few ways to say it in two or three verdicts.
    label_of: dict[tuple[str, ...], str | None] = {}
    for item_id, given in verdicts.items():
        labels = tuple(value_of[verdict[0]] for verdict in given)
        if labels not in label_of:
            label_of[labels] = judged_item([(label, None) for label in labels]).label
        if label_of[labels] and item_id in places.traffic:
            came[item_id] = label_of[labels] or ""
        if label_of[labels] and item_id in places.watching:
            watched[item_id] = label_of[labels] or ""
        if item_id not in inside:
            continue
        said = [(label, *verdict[1:]) for label, verdict in zip(labels, given, strict=True)]
        one = judged_item([(label, stated) for label, stated, *_ in said])
        repeated = said_again(said)
        if repeated:
            again[item_id] = repeated
        if one.label is None:
            n_tied += 1
        elif not one.label:
            n_undeclared += 1
        else:
            judged[item_id] = one
    return replace(
        asked,
        rows=[row for row in asked.rows if row[0] in judged],
        final=[row for row in asked.final if row[0] in judged],
        watched=[(item_id, watched[item_id], value) for item_id, _, value in asked.final if item_id in watched],
        judged={item_id: one for item_id, one in judged.items() if item_id in wanted},
        again=again,
        traffic=came,
        n_tied=n_tied,
        n_undeclared=n_undeclared,
        n_without_label=len(judged.keys() - labelled),
        n_without_judge=len((labelled & inside) - verdicts.keys()),
        n_held_back=len((labelled & verdicts.keys()) - inside),
    )


def labels_in(verdicts: Mapping[int, Sequence[Said]]) -> set[str]:
    return {said[0] for given in verdicts.values() for said in given}
