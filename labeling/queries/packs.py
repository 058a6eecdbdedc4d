"""The calibration pack: what whoever runs a judge may learn from people, and nothing of the sealed half."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Count, Prefetch, Q, prefetch_related_objects

from labeling.formats.writing import Column
from labeling.models import (
    EntryPurpose,
    FinalLabel,
    HandOut,
    Item,
    JudgeVerdict,
    JudgeVersion,
    Project,
    Review,
    RubricVersion,
)
from labeling.policy.blinding import BlindItem, blind_item
from labeling.policy.policies import parse_policy
from labeling.policy.rubrics import NOT_APPLICABLE
from labeling.policy.splits import DEVELOPMENT, half_of
from labeling.queries.exports import exported_label, finals_with_entrances, reviews_with_entrances
from labeling.queries.label_pages import Entrance, answers_in_order
from labeling.queries.routing import live_policy_of
from labeling.queries.rubrics import answers_of, question_from, stated

# Raised whenever the same rows could give another pack.
CODE_VERSION = "pack-1"
VERDICT = "verdict"
COUNTED = (
    "n_compared",
    "n_not_comparable",
    "n_judge_ties",
    "n_items_like_a_sealed_one",
    "n_items_without_text",
)
FILTER_IN_WORDS = (
    "The development half only: items are halved by a keyed hash of their cluster, or of the item where it has none; "
    "nothing of the sealed half is in here, nor an item that reads word for word like a sealed one. "
    "labels.jsonl: first-pass, blind, independent labels of live items; gold, withdrawn, extra and adjudicated ones "
    "left out. corrections.jsonl: where a judge version's most frequent label on a question is not the final human "
    "one; ties of the judge left out and counted."
)
CORRECTION_COLUMNS = (
    Column("external_id"),
    Column("source_system"),
    Column("kind"),
    Column("rubric"),
    Column("rubric_version", "whole"),
    Column("criterion"),
    Column("input", "object"),
    Column("outputs", "object"),
    Column("judge"),
    Column("judge_model"),
    Column("judge_prompt_hash"),
    Column("judge_label"),
    Column("n_judge_verdicts", "whole"),
    Column("judge_rationale", "free_text"),
    Column("human_label"),
    Column("human_label_source"),
    Column("human_rationale", "free_text"),
    Column("inclusion_probability", "real"),
    Column("decided_at_utc", "moment"),
)


@dataclass(slots=True)
class Pack:
    """One pack as it is being read: its rows come from here, and the counts grow with them.

    `sealed_twins` are the hashes of what was shown of sealed items and, word for word, of another item too.
    """

    project: Project
    now: datetime
    sealed_twins: Collection[str] = ()
    counts: Counter[str] = field(default_factory=Counter)
    version_ids: set[int] = field(default_factory=set)
    judge_version_ids: set[int] = field(default_factory=set)

    def is_open(self, item: Item) -> bool:
        return is_in_development(self.project, cluster_key=item.cluster_key, item_id=item.pk)


def new_pack(project: Project, *, now: datetime) -> Pack:
    return Pack(project, now, sealed_twins=sealed_twins_of(project))


def is_in_development(project: Project, *, cluster_key: str, item_id: int) -> bool:
    return half_of(project.sampling_salt, cluster_key=cluster_key, item_id=item_id) == DEVELOPMENT


def sealed_twins_of(project: Project) -> set[str]:
    """What was shown of several items of which one is sealed: sent twice, it would unseal itself through its twin."""
    shown = HandOut.objects.filter(entry__item__project=project).order_by()
    twice = shown.values("shown_id").annotate(n=Count("entry__item", distinct=True)).filter(n__gt=1)
    items = shown.filter(shown__in=twice.values("shown_id")).values_list(
        "shown_id", "entry__item__cluster_key", "entry__item_id"
    )
    return {
        shown_id
        for shown_id, cluster_key, item_id in items.distinct().iterator(chunk_size=10_000)
        if not is_in_development(project, cluster_key=cluster_key, item_id=item_id)
    }


def pack_label_rows(pack: Pack) -> Iterator[dict[str, Any]]:
    """The labels of the development half that statistics may rest on, and no others."""
    for review, entrance in reviews_with_entrances(pack.project, pack.now, with_gold=False):
        is_independent = review.blind_state == Review.BlindState.BLIND and review.is_first_pass
        if not is_independent or not pack.is_open(review.entry.item):
            continue
        if review.hand_out.shown_id in pack.sealed_twins:
            continue
        pack.version_ids.add(review.entry.rubric_version_id)
        for answer in answers_in_order(review):
            yield exported_label(review, answer, entrance)


def n_items_by_half(project: Project) -> tuple[int, int]:
    """How many live items that people labelled are in the development and in the sealed half."""
    labelled = Item.objects.filter(
        Q(final_labels__isnull=False)
        | Q(entries__purpose__purpose=EntryPurpose.Purpose.LIVE, entries__reviews__slot__isnull=False),
        project=project,
    )
    groups = labelled.order_by().values_list("id", "cluster_key").distinct()
    halves = Counter(
        is_in_development(project, cluster_key=cluster_key, item_id=item_id)
        for item_id, cluster_key in groups.iterator(chunk_size=10_000)
    )
    return halves[True], halves[False]


# --- corrections ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Opinion:
    """What one judge version mostly said of an item on one question."""

    judge_version: JudgeVersion
    criterion: str
    label: str
    rationale: str
    n_verdicts: int


def correction_rows(pack: Pack) -> Iterator[dict[str, Any]]:
    """One row for each judge version and question on which it and the final human label differ."""
    passing = judge_passes_of(pack.project)
    for label, entrance in open_finals(pack):
        shown = shown_in_pack(label.item, pack)
        if shown is None:
            continue
        for opinion, human_label in comparisons_of(label, pack, passing):
            if human_label == opinion.label:
                continue
            pack.version_ids.add(label.entry.rubric_version_id)
            yield {
                **correction_row(label, shown, opinion, human_label),
                "inclusion_probability": entrance.inclusion_probability,
            }


def open_finals(pack: Pack) -> Iterator[tuple[FinalLabel, Entrance]]:
    for page in in_pages(finals_with_entrances(pack.project, pack.now)):
        opened = [(label, entrance) for label, entrance in page if pack.is_open(label.item)]
        prefetch_for_corrections([label for label, _ in opened])
        yield from opened


def shown_in_pack(item: Item, pack: Pack) -> BlindItem | None:
    """The item as reviewers were shown it: what blinding hides stays hidden here too. None where it stays out."""
    payload = getattr(item, "payload", None)
    if payload is None:
        pack.counts["n_items_without_text"] += 1
        return None
    shown = blind_item(item.kind, payload.context, payload.texts)
    if shown.content_hash() in pack.sealed_twins:
        pack.counts["n_items_like_a_sealed_one"] += 1
        return None
    return shown


def comparisons_of(label: FinalLabel, pack: Pack, passing: tuple[str, frozenset[str]]) -> Iterator[tuple[Opinion, str]]:
    for opinion in opinions_of(label.item, pack):
        human_label = human_label_on(label, opinion, passing)
        if human_label is None:
            pack.counts["n_not_comparable"] += 1
            continue
        pack.counts["n_compared"] += 1
        pack.judge_version_ids.add(opinion.judge_version.pk)
        yield opinion, human_label


def in_pages(rows: Iterable[Any], size: int = 200) -> Iterator[list[Any]]:
    page: list[Any] = []
    for row in rows:
        page.append(row)
        if len(page) == size:
            yield page
            page = []
    if page:
        yield page


def prefetch_for_corrections(labels: Sequence[FinalLabel]) -> None:
    counted = (
        Review.objects.filter(slot__isnull=False, withdrawal__isnull=True)
        .prefetch_related("answers__criterion")
        .order_by("pk")
    )
    verdicts = JudgeVerdict.objects.select_related("judge_version").order_by("pk")
    prefetch_related_objects(
        labels,
        "item__payload",
        Prefetch("item__judge_verdicts", verdicts),
        Prefetch("entry__reviews", counted),
    )


def judge_passes_of(project: Project) -> tuple[str, frozenset[str]]:
    """The question on which the live policy reads a judge as passing, and the labels that pass."""
    policy = live_policy_of(project)
    return (parse_policy(policy.definition).judge_passes if policy else None) or ("", frozenset())


def opinions_of(item: Item, pack: Pack) -> Iterator[Opinion]:
    """What each judge version mostly said, by question. Where two labels tie it has no opinion; that is counted."""
    by_question: dict[tuple[int, str], list[JudgeVerdict]] = {}
    for verdict in item.judge_verdicts.all():
        by_question.setdefault((verdict.judge_version_id, verdict.criterion), []).append(verdict)
    for (_, criterion), verdicts in sorted(by_question.items()):
        counts = Counter(verdict.label for verdict in verdicts).most_common(2)
        if len(counts) == 2 and counts[0][1] == counts[1][1]:
            pack.counts["n_judge_ties"] += 1
            continue
        label = counts[0][0]
        rationale = next((one.rationale for one in verdicts if one.label == label and one.rationale), "")
        yield Opinion(verdicts[0].judge_version, criterion, label, rationale, len(verdicts))


def human_label_on(label: FinalLabel, opinion: Opinion, passing: tuple[str, frozenset[str]]) -> str | None:
    """The final human label in the judge's words, or None where the two did not answer the same question.

    A judge's question that is one of the rubric's compares value with value. The one that the live policy reads as
    *passes* compares with whether the output was bad: where both say the same, the judge's own word is returned.
    """
    answers = answers_of(label)
    if opinion.criterion in answers:
        return answers[opinion.criterion]
    if opinion.criterion == VERDICT:
        return label.verdict or None
    criterion, passing_labels = passing
    if opinion.criterion != criterion or not label.entry.rubric_version.asks_verdict:
        return None
    if (opinion.label in passing_labels) == (not label.is_bad):
        return opinion.label
    return "bad" if label.is_bad else "good"


def correction_row(label: FinalLabel, shown: BlindItem, opinion: Opinion, human_label: str) -> dict[str, Any]:
    item, version = label.item, label.entry.rubric_version
    parts = {name: value for name, value in asdict(shown).items() if value and name not in ("kind", "texts")}
    return {
        "external_id": item.external_id,
        "source_system": item.source_system,
        "kind": item.kind,
        "rubric": version.rubric.key,
        "rubric_version": version.number,
        "criterion": opinion.criterion,
        "input": parts,
        "outputs": list(shown.texts),
        "judge": opinion.judge_version.name,
        "judge_model": opinion.judge_version.model,
        "judge_prompt_hash": opinion.judge_version.prompt_hash,
        "judge_label": opinion.label,
        "n_judge_verdicts": opinion.n_verdicts,
        "judge_rationale": opinion.rationale,
        "human_label": human_label,
        "human_label_source": label.source,
        "human_rationale": human_rationale(label, opinion.criterion),
        "decided_at_utc": label.decided_at,
    }


def human_rationale(label: FinalLabel, criterion: str) -> str:
    """Why people said so: who settled the dispute, or the reviewers on the final side, in the order they wrote."""
    adjudication = getattr(label, "adjudication", None)
    if adjudication is not None:
        return str(adjudication.reason)
    answers = answers_of(label)
    words = []
    for review in label.entry.reviews.all():
        if criterion in answers:
            given = [answer for answer in review.answers.all() if answer.criterion.key == criterion]
            on_final_side = [answer for answer in given if stated(answer) == answers[criterion]]
            words += [answer.rationale or review.note for answer in on_final_side]
        elif review.verdict == label.verdict:
            words.append(review.note)
    return "\n".join(dict.fromkeys(filter(None, words)))


# --- the manifest ---------------------------------------------------------------------------------------------------


def describe_pack(pack: Pack) -> dict[str, Any]:
    """What the pack is, once its rows were read: everything of the manifest but the files."""
    n_development, n_sealed = n_items_by_half(pack.project)
    return {
        "pack": CODE_VERSION,
        "project": pack.project.slug,
        "created_at": pack.now,
        "filter": FILTER_IN_WORDS,
        "half": DEVELOPMENT,
        "counts": {
            "n_items_development": n_development,
            "n_items_sealed_left_out": n_sealed,
            **{name: pack.counts[name] for name in COUNTED},
        },
        "not_applicable_is": NOT_APPLICABLE,
        "rubric_versions": [described_version(version) for version in versions_in(pack)],
        "judge_versions": [
            {
                "name": judge.name,
                "model": judge.model,
                "family": judge.family,
                "prompt_hash": judge.prompt_hash,
                "parameters": judge.parameters,
                "parameters_hash": judge.parameters_hash,
            }
            for judge in JudgeVersion.objects.filter(pk__in=pack.judge_version_ids).order_by("pk")
        ],
        "code_version": CODE_VERSION,
    }


def versions_in(pack: Pack) -> Iterable[RubricVersion]:
    versions = RubricVersion.objects.filter(pk__in=pack.version_ids)
    return versions.select_related("rubric").prefetch_related("criteria").order_by("pk")


def described_version(version: RubricVersion) -> dict[str, Any]:
    return {
        "rubric": version.rubric.key,
        "version": version.number,
        "asks_verdict": version.asks_verdict,
        "criteria": [
            {
                "key": question.key,
                "question": question.question,
                "scale": question.scale,
                "is_gating": question.is_gating,
                "options": [asdict(option) for option in question.options],
            }
            for question in map(question_from, version.criteria.all())
        ],
    }
