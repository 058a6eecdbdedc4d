"""Judge verdicts: storing them once each, and deciding again what waited for them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from labeling.formats.rows import JudgeVerdictRow
from labeling.models import Item, JudgeVerdict
from labeling.policy.errors import Conflict
from labeling.services.ensembles import speak_for_ensembles
from labeling.services.events import record_event
from labeling.services.judge_versions import key_of_version, version_key_of, versions_of
from labeling.services.new_rows import insert_rows
from labeling.services.routing import decide_again, locked_items

VERDICT_COLUMNS = (
    "item_id",
    "judge_version_id",
    "criterion",
    "run",
    "order",
    "label",
    "score_raw",
    "confidence",
    "rationale",
    "received_at",
)


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
    return (*key_of_version(verdict.judge_version), verdict.criterion, verdict.run, verdict.order)


def identity_of_row(verdict: JudgeVerdictRow) -> tuple[Any, ...]:
    return (*version_key_of(verdict), verdict.criterion, verdict.run, verdict.order)


def save_verdicts(verdicts_by_item: Sequence[tuple[Item, Sequence[JudgeVerdictRow]]], *, now: datetime) -> None:
    """Store verdicts of one project that are known to be new, and what ensembles say to them. Inside the caller's
    transaction."""
    if not verdicts_by_item:
        return
    project = verdicts_by_item[0][0].project
    versions = versions_of(project, [one for _, verdicts in verdicts_by_item for one in verdicts], now=now)
    insert_rows(
        JudgeVerdict,
        VERDICT_COLUMNS,
        (
            (
                item.pk,
                versions[version_key_of(verdict)].pk,
                verdict.criterion,
                verdict.run,
                verdict.order,
                verdict.label,
                verdict.score_raw,
                verdict.confidence,
                verdict.rationale,
                now,
            )
            for item, verdicts in verdicts_by_item
            for verdict in verdicts
        ),
    )
    speak_for_ensembles(project, [item.pk for item, _ in verdicts_by_item], now=now)
