"""Judge verdicts: storing them once each, and deciding again what waited for them."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from labeling.formats.rows import JudgeVerdictRow
from labeling.models import Item, JudgeVerdict, JudgeVersion, Project
from labeling.policy.errors import Conflict
from labeling.services.events import record_event
from labeling.services.outbox import tell_judge_version
from labeling.services.routing import decide_again, locked_items


@transaction.atomic
def add_verdicts(item: Item, verdicts: Sequence[JudgeVerdictRow], *, actor_name: str, now: datetime) -> int:
    """Store judge verdicts of one item and, if it waited for signals, decide it again; returns how many were new.

    Locks the item. The same verdict twice is stored once; the same run with another label is refused and nothing
    of the call is stored. Safe to repeat.
    """
    Item.objects.select_for_update(no_key=True).get(pk=item.pk)
    stored = {identity_of(verdict): verdict for verdict in item.judge_verdicts.select_related("judge_version")}
    new = []
    for verdict in verdicts:
        earlier = stored.get(identity_of_row(verdict))
        if earlier is None:
            new.append(verdict)
            stored[identity_of_row(verdict)] = verdict  # one call may say the same thing twice
        elif earlier.label != verdict.label:
            raise Conflict(
                f"Run {verdict.run} ({verdict.order}) of {verdict.judge_name} on {verdict.criterion} already says "
                f"{earlier.label!r}; send a changed verdict as another run."
            )
    save_verdicts([(item, new)], now=now)
    if new:
        record_event(
            "verdicts.added", project=item.project, now=now, actor_name=actor_name, item_id=item.pk, n_verdicts=len(new)
        )
        decide_again(locked_items(pk=item.pk, status=Item.Status.AWAITING), project=item.project, now=now)
    return len(new)


def identity_of(verdict: JudgeVerdict) -> tuple[Any, ...]:
    judge = verdict.judge_version
    version = (judge.name, judge.model, judge.prompt_hash, judge.parameters_hash)
    return (*version, verdict.criterion, verdict.run, verdict.order)


def identity_of_row(verdict: JudgeVerdictRow) -> tuple[Any, ...]:
    return (*version_key_of(verdict), verdict.criterion, verdict.run, verdict.order)


def version_key_of(verdict: JudgeVerdictRow) -> tuple[str, str, str, str]:
    """What tells one judge version from another, as the unique constraint has it."""
    return (verdict.judge_name, verdict.model, verdict.prompt_hash, hash_of_parameters(verdict.parameters))


def save_verdicts(verdicts_by_item: Sequence[tuple[Item, Sequence[JudgeVerdictRow]]], *, now: datetime) -> None:
    """Store verdicts that are known to be new. Inside the caller's transaction."""
    versions: dict[tuple[str, ...], JudgeVersion] = {}
    JudgeVerdict.objects.bulk_create(
        JudgeVerdict(
            item=item,
            judge_version=judge_version_of(verdict, project=item.project, known=versions, now=now),
            criterion=verdict.criterion,
            run=verdict.run,
            order=verdict.order,
            label=verdict.label,
            score_raw=verdict.score_raw,
            confidence=verdict.confidence,
            rationale=verdict.rationale,
            received_at=now,
        )
        for item, verdicts in verdicts_by_item
        for verdict in verdicts
    )


def judge_version_of(
    verdict: JudgeVerdictRow, *, project: Project, known: dict[tuple[str, ...], JudgeVersion], now: datetime
) -> JudgeVersion:
    key = version_key_of(verdict)
    if key not in known:
        name, model, prompt_hash, parameters_hash = key
        known[key], is_new = JudgeVersion.objects.get_or_create(
            project=project,
            name=name,
            model=model,
            prompt_hash=prompt_hash,
            parameters_hash=parameters_hash,
            defaults={"family": verdict.family, "parameters": verdict.parameters, "created_at": now},
        )
        if is_new:
            tell_judge_version(known[key], now=now)
    return known[key]


def hash_of_parameters(parameters: Mapping[str, Any]) -> str:
    text = json.dumps(parameters, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
