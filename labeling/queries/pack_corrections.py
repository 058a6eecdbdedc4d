"""The pack's corrections: where a judge mostly said one thing and people finally another."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, Prefetch, prefetch_related_objects

from labeling.formats.writing import Column
from labeling.models import FinalLabel, Item, JudgeVerdict, JudgeVersion, Review
from labeling.policy.blinding import BlindItem, blind_item
from labeling.policy.few_shot import NO_REASON, Candidate
from labeling.policy.judging import declared_value, judged_item
from labeling.queries.exports import finals_with_entrances
from labeling.queries.label_pages import Entrance
from labeling.queries.pack_halves import in_pages
from labeling.queries.packs import Pack
from labeling.queries.ratings import VERDICT, questionings_at
from labeling.queries.routing import judge_passes_of
from labeling.queries.rubrics import answers_of, stated

# Where no policy reads a judge as passing, nothing that it says of the whole compares with people's verdict.
NOTHING_PASSES = ("", frozenset[str]())
LABELS_AT_ONCE = 200
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
    passing = judge_passes_of(pack.project) or NOTHING_PASSES
    n_rows = 0
    for label, entrance in open_finals(pack):
        shown = shown_in_pack(label.item, pack)
        if shown is None:
            continue
        for opinion, human_label in comparisons_of(label, pack, passing):
            if declared_value(opinion.label, [human_label]):
                continue
            pack.version_ids.add(label.entry.rubric_version_id)
            if is_example(label):
                pack.candidates.append(candidate_of(label, opinion, human_label, line=n_rows))
            n_rows += 1
            yield {
                **correction_row(label, shown, opinion, human_label),
                "inclusion_probability": entrance.inclusion_probability,
            }


def is_example(label: FinalLabel) -> bool:
    """Whether a judge may be taught by it: people agreed or it was settled, all were blind, none is in question."""
    reviews = label.entry.reviews.all()
    is_settled = label.source in (FinalLabel.Source.UNANIMOUS, FinalLabel.Source.ADJUDICATED)
    blind = Review.BlindState.BLIND
    return is_settled and bool(reviews) and all(one.blind_state == blind and not one.in_question for one in reviews)


def candidate_of(label: FinalLabel, opinion: Opinion, human_label: str, *, line: int) -> Candidate:
    failure, adjudication = getattr(label, "failure", None), getattr(label, "adjudication", None)
    reason = failure.kind if failure else adjudication.error_category if adjudication else NO_REASON
    judge = opinion.judge_version
    return Candidate(line, judge.name, judge.pk, opinion.criterion, human_label, reason, label.item_id)


def open_finals(pack: Pack) -> Iterator[tuple[FinalLabel, Entrance]]:
    for page in in_pages(finals_with_entrances(pack.project, pack.now), LABELS_AT_ONCE):
        opened = [(label, entrance) for label, entrance in page if pack.is_open(label.item)]
        prefetch_for_corrections([label for label, _ in opened], now=pack.now)
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
    return None if pack.is_near_sealed(item) else shown


def comparisons_of(label: FinalLabel, pack: Pack, passing: tuple[str, frozenset[str]]) -> Iterator[tuple[Opinion, str]]:
    for opinion in opinions_of(label.item, pack):
        human_label = human_label_on(label, opinion, passing)
        if human_label is None:
            pack.counts["n_not_comparable"] += 1
            continue
        pack.counts["n_compared"] += 1
        pack.judge_version_ids.add(opinion.judge_version.pk)
        yield opinion, human_label


def prefetch_for_corrections(labels: Sequence[FinalLabel], *, now: datetime) -> None:
    counted = (
        Review.objects.filter(slot__isnull=False, withdrawal__isnull=True)
        .annotate(in_question=Exists(questionings_at(until=now)))
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


def opinions_of(item: Item, pack: Pack) -> Iterator[Opinion]:
    """What each judge version mostly said, by question. Where two labels tie it has no opinion; that is counted."""
    by_question: dict[tuple[int, str], list[JudgeVerdict]] = {}
    for verdict in item.judge_verdicts.all():
        by_question.setdefault((verdict.judge_version_id, verdict.criterion), []).append(verdict)
    for (_, criterion), verdicts in sorted(by_question.items()):
        label = judged_item([(verdict.label, None) for verdict in verdicts]).label
        if label is None:
            pack.counts["n_judge_ties"] += 1
            continue
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
