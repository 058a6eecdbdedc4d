"""What is stored of an item, as the evidence that a policy decides on."""

from django.db.models import Prefetch, QuerySet

from labeling.models import Item, JudgeVerdict
from labeling.policy.assessing import Evidence
from labeling.policy.confidence import MapsInUse, Vote
from labeling.policy.judge_life import Unheard


def with_evidence(items: QuerySet[Item]) -> QuerySet[Item]:
    """The items with all that `evidence_of` reads, in four further queries however many they are."""
    # A judge's rationale is long, and no rule reads it.
    verdicts = Prefetch("judge_verdicts", JudgeVerdict.objects.defer("rationale"))
    return items.prefetch_related("payload", "outputs", verdicts, "item_signals")


def evidence_of(item: Item, *, unheard: Unheard, maps: MapsInUse) -> Evidence:
    """The evidence stored of one item; four queries, or none where the relations are prefetched.

    `unheard` are the judges of its project that may not decide now, and why: see `unheard_judges`; `maps` are those
    through which confidence is read now: see `maps_in_use`.
    """
    return Evidence(
        kind=item.kind,
        stakes=item.stakes,
        intent=item.intent,
        segment=item.segment,
        metadata=item.metadata,
        context=item.payload.context,
        texts=item.payload.texts,
        source_names=[output.model for output in item.outputs.all() if output.model],
        votes=[
            Vote(
                judge=str(verdict.judge_version_id),
                criterion=verdict.criterion,
                run=verdict.run,
                order=verdict.order,
                label=verdict.label,
                confidence=verdict.confidence,
            )
            for verdict in item.judge_verdicts.all()
        ],
        signals={signal.name: signal.value for signal in item.item_signals.all()},
        is_review_requested=item.is_review_requested,
        unheard=unheard,
        maps=maps,
    )
