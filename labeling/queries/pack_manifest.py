"""The pack's manifest: what it holds, by which rule, and how much was left out."""

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from labeling.models import JudgeVersion, RubricVersion
from labeling.policy.near_duplicates import RULE_IN_WORDS
from labeling.policy.rubrics import NOT_APPLICABLE
from labeling.policy.splits import DEVELOPMENT
from labeling.queries.pack_halves import n_items_by_half
from labeling.queries.packs import Pack
from labeling.queries.rubrics import question_from

# Raised whenever the same rows could give another pack.
CODE_VERSION = "pack-4"
COUNTED = (
    "n_compared",
    "n_not_comparable",
    "n_judge_ties",
    "n_items_like_a_sealed_one",
    "n_items_without_text",
    "n_imported_labels",
    "n_imported_labels_like_a_sealed_one",
    "n_imported_labels_without_text",
)
FILTER_IN_WORDS = (
    "The development half only: items are split by a keyed hash of their cluster, or of the item where it has none; "
    "nothing of the sealed and the audit part is in here, nor an item that reads word for word or nearly like one of "
    "theirs, nor one in a cluster or chain of near-duplicates with such an item. "
    "labels: first-pass, blind, independent labels of live items, then those imported that were declared blind "
    "(rater_kind tells them apart); gold, withdrawn, extra and adjudicated ones left out. "
    "corrections: where a judge version's most frequent label on a question is not the final human "
    "one; ties of the judge left out and counted."
)

NEAR_IN_WORDS = f"{RULE_IN_WORDS}. Compared is what was asked and what is judged, of all items with words."


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
            "n_items_near_a_sealed_one": len(pack.left_out_as_near),
        },
        "near_duplicates_are": NEAR_IN_WORDS,
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
