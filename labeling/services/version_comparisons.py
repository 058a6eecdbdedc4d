"""A judge version beside the one before it on the same items: computed at night, kept for the same labels once."""

import hashlib
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import transaction

from labeling.models import VersionComparison
from labeling.policy.splits import DEVELOPMENT
from labeling.queries.judge_comparison import Comparison, JudgedCriterion
from labeling.queries.judges import (
    criteria_to_compare,
    judge_version_by_id,
    previous_version_of,
    rubric_versions_of_judge,
)
from labeling.services.events import record_event

REPLICATES = 1000


def compare_with_previous(judge_version_id: int, *, clock: Callable[[], datetime]) -> list[VersionComparison]:
    """One comparison for each rubric version on whose items both versions spoke. Reading and computing hold no lock.
    Safe to repeat: the same labels give the comparison that is there."""
    after, now = judge_version_by_id(judge_version_id), clock()
    before = previous_version_of(after)
    if before is None:
        return []
    made = []
    for version in rubric_versions_of_judge(after):
        old = criteria_to_compare(before, version, until=now, part=DEVELOPMENT)
        new = criteria_to_compare(after, version, until=now, part=DEVELOPMENT)
        input_hash = hashlib.sha256(f"{old.input_hash} {new.input_hash}".encode()).hexdigest()
        identity = {"before": before, "after": after, "rubric_version": version, "input_hash": input_hash}
        found = VersionComparison.objects.filter(**identity).first()
        if found is None and (criteria := compared_criteria(old, new)):
            found = save_comparison(identity, {"criteria": criteria, "replicates": REPLICATES}, now=now)
        if found is not None:
            made.append(found)
    return made


def compared_criteria(old: Comparison, new: Comparison) -> list[dict[str, Any]]:
    later = {one.key: one for one in new.criteria}
    pairs = [(one, later[one.key]) for one in old.criteria if one.key in later]
    return [numbers_of_pair(one, other, new) for one, other in pairs if one.judged.keys() & other.judged.keys()]


def numbers_of_pair(old: JudgedCriterion, new: JudgedCriterion, around: Comparison) -> dict[str, Any]:
    """People's labels on the items that both judged, resampled by whole groups: their items tell of each other."""
    # numpy and scipy cost a web process a hundred megabytes; only who computes loads them.
    import numpy as np

    from labeling.stats.paired import compare_versions
    from labeling.stats.scales import make_scale, read_label

    scale = make_scale(new.level, declared=new.categories, observed=())
    code_of = {category: code for code, category in enumerate(scale.categories)}
    rows = sorted(row for row in new.rows if row[0] in old.judged)
    groups = {item_id: around.group_of(item_id) for item_id, _, _ in rows}
    group_no = {group: number for number, group in enumerate(dict.fromkeys(groups.values()))}

    def codes(labels: list[str]) -> Any:
        return np.array([code_of[read_label(label, level=new.level)] for label in labels], dtype=np.int64)

    found = compare_versions(
        codes([value for _, _, value in rows]),
        codes([str(old.judged[item_id].label) for item_id, _, _ in rows]),
        codes([str(new.judged[item_id].label) for item_id, _, _ in rows]),
        scale=scale,
        replicates=REPLICATES,
        rng=np.random.default_rng(0),
        weighting="quadratic" if new.level == "ordinal" else "none",
        clusters=np.array([group_no[groups[item_id]] for item_id, _, _ in rows], dtype=np.int64),
    )
    return {
        "key": new.key,
        "n": found.n,
        "only_before": found.only_before,
        "only_after": found.only_after,
        "p": found.p,
        "percent_change": found.percent_change.as_document(),
        "kappa_before": found.kappa_before.as_document(),
        "kappa_after": found.kappa_after.as_document(),
        "kappa_change": found.kappa_change.as_document(),
    }


@transaction.atomic
def save_comparison(identity: dict[str, Any], numbers: dict[str, Any], *, now: datetime) -> VersionComparison:
    """The second of two gets the first one's."""
    comparison, is_new = VersionComparison.objects.get_or_create(
        **identity, defaults={"numbers": numbers, "made_at": now}
    )
    if is_new:
        project, version = comparison.after.project, comparison.after
        record_event("judge.compared", project=project, now=now, judge_version_id=version.pk, row_id=comparison.pk)
    return comparison
