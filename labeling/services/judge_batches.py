"""Batches of a judge: started from a plan, cancelled, gone on with, ended when every call is over."""

from datetime import datetime
from decimal import Decimal

from django.db import IntegrityError, transaction

from labeling.formats.rows import JudgeVerdictRow
from labeling.models import JudgeBatch, JudgeCall, JudgeEndpoint, JudgePrompt, JudgeVersion, User
from labeling.policy.errors import Conflict, Invalid
from labeling.policy.judge_calls import CONTRADICTS, GONE
from labeling.queries.judge_batches import cost_of, finished_batches
from labeling.queries.judge_plans import MOST_CALLS, MOST_ITEMS, Choice, Plan, plan_for
from labeling.services.events import record_event
from labeling.services.judge_endpoints import locked_endpoint
from labeling.services.judge_versions import version_key_of, versions_of

State = JudgeBatch.State
# What somebody may have gone on with: nothing is lost by going on, and a cancelled one was meant to end.
MAY_GO_ON = (State.OVER_BUDGET, State.BARRED, State.DONE)
# Asked again, these would come to the same.
SETTLED = (GONE, CONTRADICTS)


def start_batch(choice: Choice, *, budget: Decimal, actor: User, now: datetime) -> JudgeBatch:
    """Write down every call of a choice. Planned before the transaction, which only saves.

    Not safe to repeat, but harmless: a judge version has one running batch, and what has a verdict is not asked again.
    """
    if not 1 <= choice.n_items <= MOST_ITEMS:
        raise Invalid({"n_items": f"Choose from 1 to {MOST_ITEMS:,} items."})
    plan = plan_for(choice)
    if not plan.calls:
        raise Invalid({"which": nothing_to_ask(plan)})
    if plan.n_calls > MOST_CALLS:
        raise Invalid({"n_items": f"That is {plan.n_calls:,} calls; a batch has at most {MOST_CALLS:,}."})
    return save_batch(choice, plan, budget=budget, actor=actor, now=now)


def nothing_to_ask(plan: Plan) -> str:
    if plan.n_already:
        return "This very judge has said all of that already; more repeats would be new."
    return "There is no such item to ask about."


@transaction.atomic
def save_batch(choice: Choice, plan: Plan, *, budget: Decimal, actor: User, now: datetime) -> JudgeBatch:
    """Locks the endpoint. Of two that start the same judge at once the second is told so."""
    endpoint = locked_endpoint(choice.endpoint)
    if endpoint.off_at is not None:
        raise Conflict("This endpoint is switched off; switch it on first.")
    prompt, _ = JudgePrompt.objects.get_or_create(
        rubric_version=choice.version,
        prompt_hash=plan.prompt_hash,
        defaults={"content": plan.prompt, "created_at": now},
    )
    judge_version = spoken_version(endpoint, plan, now=now)
    try:
        with transaction.atomic():
            batch = JudgeBatch.objects.create(
                endpoint=endpoint,
                judge_version=judge_version,
                prompt=prompt,
                criteria=list(choice.criteria),
                n_repeats=choice.n_repeats,
                in_both_orders=choice.in_both_orders,
                chosen=choice.in_words,
                budget=budget,
                price_in=endpoint.price_in,
                price_out=endpoint.price_out,
                started_by=actor,
                created_at=now,
            )
    except IntegrityError as error:
        raise Conflict("A batch of this very judge is running; wait for it, or cancel it.") from error
    JudgeCall.objects.bulk_create(
        (
            JudgeCall(
                batch=batch, item_id=one.item_id, criterion=one.criterion, run=one.run, order=one.order, due_at=now
            )
            for one in plan.calls
        ),
        batch_size=1_000,
    )
    told(batch, "judge_batch.started", actor=actor, now=now, n_calls=plan.n_calls, budget=str(budget))
    return batch


def spoken_version(endpoint: JudgeEndpoint, plan: Plan, *, now: datetime) -> JudgeVersion:
    """The judge version that this batch speaks as, made where it is new."""
    spoken = JudgeVerdictRow(
        judge_name=endpoint.name,
        model=endpoint.model,
        family=endpoint.family,
        prompt_hash=plan.prompt_hash,
        parameters=plan.parameters,
        criterion="",
        label="",
        score_raw=None,
        confidence=None,
        run=1,
        order="single",
        rationale="",
    )
    return versions_of(endpoint.project, [spoken], now=now)[version_key_of(spoken)]


@transaction.atomic
def cancel_batch(batch: JudgeBatch, *, actor: User, now: datetime) -> None:
    """Ask nothing more. What is being asked at this moment is still recorded, since it is paid for. Safe to repeat."""
    if stop(batch, state=State.CANCELLED, reason="", now=now):
        told(batch, "judge_batch.cancelled", actor=actor, now=now)


@transaction.atomic
def go_on(batch: JudgeBatch, *, budget: Decimal, actor: User, now: datetime) -> None:
    """Go on where a batch stopped, and ask what failed once more, within a budget that may be another.

    Locks the batch. Of two presses the second finds it running and is told so.
    """
    locked = JudgeBatch.objects.select_for_update(of=("self",), no_key=True).get(pk=batch.pk)
    if locked.state not in MAY_GO_ON:
        raise Conflict("This batch is running, or was cancelled; start another one.")
    if budget <= cost_of(locked):
        raise Invalid({"budget": "So much was spent already; choose a higher budget to go on."})
    again = locked.calls.filter(state=JudgeCall.State.FAILED).exclude(reason__in=SETTLED)
    again.update(state=JudgeCall.State.DUE, due_at=now, ended_at=None, n_tries=0, n_unreadable=0)
    locked.state, locked.reason, locked.ended_at, locked.budget = State.RUNNING, "", None, budget
    try:
        with transaction.atomic():
            locked.save(update_fields=["state", "reason", "ended_at", "budget"])
    except IntegrityError as error:
        raise Conflict("Another batch of this very judge is running; wait for it, or cancel it.") from error
    told(locked, "judge_batch.gone_on", actor=actor, now=now, budget=str(budget))


@transaction.atomic
def end_finished(*, now: datetime) -> int:
    """End the batches of which no call is left; returns how many. Safe to repeat."""
    ended = [batch for batch in finished_batches() if stop(batch, state=State.DONE, reason="", now=now)]
    for batch in ended:
        told(batch, "judge_batch.ended", now=now)
    return len(ended)


def stop(batch: JudgeBatch, *, state: str, reason: str, now: datetime) -> bool:
    """End a running batch in this state, by compare-and-set, inside the caller's transaction."""
    running = JudgeBatch.objects.filter(pk=batch.pk, state=State.RUNNING)
    return running.update(state=state, reason=reason[:300], ended_at=now) == 1


def told(batch: JudgeBatch, kind: str, *, now: datetime, actor: User | None = None, **more: object) -> None:
    about = {"judge_batch_id": batch.pk, "judge_version_id": batch.judge_version_id, **more}
    record_event(kind, project=batch.endpoint.project, now=now, actor=actor, **about)
