"""Gold: making cases and laying them ready, so that a gold turn is handed out like any other."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import transaction

from labeling.models import (
    EntryPurpose,
    GoldCase,
    GoldLabel,
    Item,
    Queue,
    Rater,
    Recusal,
    RubricVersion,
    Seat,
    Slot,
    User,
)
from labeling.policy.errors import Conflict, Invalid
from labeling.policy.parts import completed
from labeling.policy.policies import Tier, parse_policy
from labeling.policy.routing import TIER_OF_STAKES
from labeling.policy.rubrics import (
    NOT_APPLICABLE,
    Submission,
    complaints_about,
    criterion_and_part,
    given_answers,
    plain_values,
)
from labeling.policy.seeding import GOLD_STOCK, cases_to_plant
from labeling.queries.gold import why_no_gold
from labeling.queries.planting import bad_cases_among, mix_of, unseen_cases
from labeling.queries.routing import live_policy_of
from labeling.queries.rubrics import asked_of_item
from labeling.services.entries import PRIORITY_OF_TIER, add_reserved_turn, locked_shared_entry, version_for
from labeling.services.events import record_event
from labeling.services.recusals import recuse
from labeling.services.references import reference_from

Use, Source, Retirement = GoldCase.Use, GoldCase.Source, GoldCase.Retirement
# How soon gold is due where no policy says how soon anything is.
HOURS_WITHOUT_POLICY = 24


@transaction.atomic
def create_gold_case(
    *,
    item: Item,
    version: RubricVersion,
    verdict: str,
    answers: Mapping[str, str],
    explanation: str,
    author: User | None,
    now: datetime,
    use: str = Use.LIVE,
    source: str = Source.EXPERT,
) -> GoldCase:
    """Make an item a gold case of a rubric version. Its answers must be complete, like a reviewer's.

    An item of the traffic stays as it is and lends its content to a reference: what shipped stays shipped, what is
    final stays final. Whoever met it is kept from the reference in the same transaction, so that no planter sees the
    case and not who knows it. Refused for one that people may still get: see `why_no_gold`. Locks the item, so that it
    is not routed into review, re-opened or made gold by somebody else meanwhile; the second of two is told so.
    """
    known = known_submission(item, version, verdict=verdict, answers=answers, explanation=explanation)
    item = Item.objects.select_for_update(no_key=True).get(pk=item.pk)
    refusal = why_no_gold(item)
    if refusal:
        raise Conflict(refusal)
    reference = item if item.status == Item.Status.REFERENCE else reference_from(item, now=now)
    if GoldCase.objects.filter(item=reference, rubric_version=version).exists():
        raise Conflict("This item is a gold case of this rubric version already; a retired one does not come back.")
    case = GoldCase.objects.create(
        item=reference,
        rubric_version=version,
        verdict=verdict,
        explanation=explanation.strip(),
        use=use,
        source=source,
        created_at=now,
    )
    save_known_answers(case, known)
    recuse(author, [reference], ground=Recusal.Ground.GOLD_AUTHOR, now=now)
    record_event(
        "gold.created",
        project=item.project,
        now=now,
        actor=author,
        case_id=case.pk,
        item_id=reference.pk,
        use=use,
        source=source,
    )
    return case


def known_submission(
    item: Item, version: RubricVersion, *, verdict: str, answers: Mapping[str, str], explanation: str
) -> Submission:
    """The known answer as a reviewer would submit it, or `Invalid` with what is wrong by field."""
    asked = [question for question in asked_of_item(version, item) if question.is_compared]
    known = completed(
        Submission(given_answers(answers, rationale=explanation), verdict=verdict, note=explanation), asked
    )
    complaints = complaints_about(known, asked, asks_verdict=version.asks_verdict)
    if not explanation.strip():
        complaints["explanation"] = "Explain the answer; reviewers learn from it."
    if complaints:
        raise Invalid(complaints)
    return known


def save_known_answers(case: GoldCase, known: Submission) -> None:
    criteria = {criterion.key: criterion for criterion in case.rubric_version.criteria.all()}
    GoldLabel.objects.bulk_create(
        GoldLabel(
            case=case,
            criterion=criteria[criterion_and_part(key)[0]],
            part=criterion_and_part(key)[1],
            value="" if value == NOT_APPLICABLE else value,
        )
        for key, value in plain_values(known.answers).items()
    )


@transaction.atomic
def retire_gold_case(*, case: GoldCase, actor: User | None, now: datetime, because: str = Retirement.BY_HAND) -> int:
    """Stop handing out a gold case, for a stated reason; returns how many turns that lay ready were closed.

    The case is retired by compare-and-set and its open slots close in one statement: a turn somebody has just been
    handed stays theirs to finish, and labels already given stay. A planter at work meanwhile locks the case and sees
    it retired. That its answer was wrong may be found after it was retired for another reason, and is noted then: from
    that moment on it counts for nobody, in the past neither. Safe to repeat: the second call changes nothing.
    """
    n_retired = GoldCase.objects.filter(pk=case.pk, retired_at__isnull=True).update(
        retired_at=now, retired_because=because
    )
    n_closed = Slot.objects.filter(entry__purpose__gold_case=case, state=Slot.State.OPEN).update(
        state=Slot.State.CLOSED
    )
    subject = {"case_id": case.pk, "item_id": case.item_id, "because": because}
    if n_retired:
        record_event("gold.retired", project=case.item.project, now=now, actor=actor, **subject, n_closed=n_closed)
    elif because == Retirement.WRONG:
        others = GoldCase.objects.filter(pk=case.pk).exclude(retired_because=Retirement.WRONG)
        if others.update(retired_because=Retirement.WRONG):
            record_event("gold.found_wrong", project=case.item.project, now=now, actor=actor, **subject)
    return n_closed


@transaction.atomic
def plant_gold(queue: Queue, reviewer: Rater, *, now: datetime) -> int:
    """Lay gold ready for one reviewer: reserved slots on live cases they never met; returns how many were added.

    Planting ahead is what lets a gold turn be claimed by the same statements as a live one. Locks the reviewer's
    seat, so that worker and page never plant the same case, then the cases, so that none is planted that somebody
    retires meanwhile, and each gold entry before adding its slot. Safe to repeat.
    """
    Seat.objects.select_for_update(no_key=True).get(queue=queue, reviewer=reviewer)
    # What a round, a repeat or a screening has laid ready is no gold, and would keep it away for as long as it lies.
    laid = Slot.objects.filter(queue=queue, reserved_for=reviewer, entry__purpose__purpose=EntryPurpose.Purpose.GOLD)
    n_planted = laid.filter(state=Slot.State.OPEN).count()
    if n_planted >= GOLD_STOCK or queue.gold_share == 0:
        return 0
    version = version_for(queue)
    unseen = dict(unseen_cases(queue, reviewer, version).values_list("id", "verdict"))
    bad = bad_cases_among(version, unseen)
    chosen = cases_to_plant(
        queue.seeding_secret,
        reviewer_id=reviewer.pk,
        bad_case_ids=sorted(bad),
        fine_case_ids=sorted(unseen.keys() - bad),
        share_bad=mix_of(queue).share_bad,
        n_planted=n_planted,
        n_before=laid.count(),
    )
    cases = {
        case.pk: case
        for case in GoldCase.objects.select_for_update(of=("self",), no_key=True)
        .filter(pk__in=chosen, retired_at__isnull=True)
        .select_related("item")
        .order_by("id")
    }
    live_policy = live_policy_of(queue.project)
    tiers = parse_policy(live_policy.definition).tiers if live_policy else {}
    # In the order drawn: what is planted first is handed out first.
    for case_id in chosen:
        if case_id in cases:
            plant_case(cases[case_id], queue=queue, version=version, reviewer=reviewer, tiers=tiers, now=now)
    return len(cases)


def plant_case(
    case: GoldCase,
    *,
    queue: Queue,
    version: RubricVersion,
    reviewer: Rater,
    tiers: Mapping[str, Tier],
    now: datetime,
) -> None:
    """A turn for one reviewer on the case's one entry, as urgent as a live item of its stakes that came in now."""
    tier_name = TIER_OF_STAKES[case.item.stakes]
    hours = tiers[tier_name].due_hours if tiers else HOURS_WITHOUT_POLICY
    entry = locked_shared_entry(
        case.item_id,
        queue=queue,
        version_id=version.pk,
        round=1,
        purpose=EntryPurpose.Purpose.GOLD,
        gold_case=case,
        now=now,
    )
    entry.priority, entry.due_at = PRIORITY_OF_TIER[tier_name], now + timedelta(hours=hours)
    add_reserved_turn(entry, reviewer_id=reviewer.pk)
