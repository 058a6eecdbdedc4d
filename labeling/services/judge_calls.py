"""Calls of a judge: taken by one worker, recorded, tried again; a verdict is stored once, whoever died meanwhile."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from labeling.formats.rows import JudgeVerdictRow
from labeling.models import JudgeBatch, JudgeCall, JudgeEndpoint
from labeling.policy.blinding import canonical_choice
from labeling.policy.errors import Conflict
from labeling.policy.judge_answers import JudgeAnswer, NotAnAnswer, Usage, read_answer, read_completion, usage_in
from labeling.policy.judge_calls import (
    BARRED,
    CONTRADICTS,
    DIED,
    GONE,
    LONGEST_ERROR,
    MAYBE_CHARGED,
    MOST_TRIES,
    UNREADABLE,
    Errand,
    JudgeRequest,
    NoKey,
    Prices,
    Reply,
    estimated_tokens,
    next_call_at,
    opened_key,
)
from labeling.policy.judge_prompts import is_of_pairs, messages_for, values_of
from labeling.policy.rubrics import NOT_APPLICABLE
from labeling.queries.judge_batches import content_of, is_under_way, may_be_asked, next_call, spent_and_reserved
from labeling.services.events import record_event
from labeling.services.item_signals import add_verdicts
from labeling.services.judge_batches import stop, told

State = JudgeCall.State
# What a lease outlasts the endpoint's own time by: looking up, recording, a busy machine.
LEASE_MARGIN_SECONDS = 30
# How many calls that cannot be asked at all are put aside before others have their turn.
MOST_PUT_ASIDE = 50


@transaction.atomic
def claim_next_call(endpoint_id: int, *, now: datetime, boundary: str) -> Errand | None:
    """Take an endpoint's next due call, with a lease; None when there is none, or it may not be asked now.

    Locks the endpoint: how many calls are under way and what they may cost is counted by one worker at a time. A call
    whose worker died is taken again, and counted as if it had cost the most. A batch that cannot pay for its next call
    is stopped once nothing of it is under way, so a budget is never passed.
    """
    endpoint = JudgeEndpoint.objects.select_for_update(of=("self",), no_key=True).get(pk=endpoint_id)
    if not may_be_asked(endpoint, now=now):
        return None
    unpaid: list[int] = []
    for _ in range(MOST_PUT_ASIDE):
        call = next_call(endpoint, now=now, leaving_out=unpaid)
        if call is None:
            return None
        if call.state == State.LEASED and not survives(call, now=now):
            continue
        request = request_or_end(call, endpoint, boundary=boundary, now=now)
        if request is None:
            continue
        reserved = most_of(call.batch, request)
        spent, under_way = spent_and_reserved(call.batch, but=call)
        if spent + under_way + reserved > call.batch.budget:
            unpaid.append(call.batch_id)
            if not is_under_way(call.batch, but=call):
                put_back(call, now=now)
                stop_at_budget(call.batch, now=now)
            continue
        call.state, call.reserved = State.LEASED, reserved
        call.due_at = now + timedelta(seconds=endpoint.timeout_seconds + LEASE_MARGIN_SECONDS)
        call.n_attempts += 1
        call.n_tries += 1
        call.save()
        return Errand(call.pk, call.n_attempts, request)
    return None


def survives(call: JudgeCall, *, now: datetime) -> bool:
    """Note that a call's worker died, and whether the call is tried again."""
    call.cost += call.reserved
    call.reserved, call.is_estimated = Decimal(0), True
    call.reason, call.status, call.error = DIED, None, "Its worker ended before it said what came of it."
    if call.n_tries >= MOST_TRIES:
        end_call(call, State.FAILED, now=now)
        return False
    put_back(call, now=now)
    return True


def put_back(call: JudgeCall, *, now: datetime) -> None:
    call.state, call.due_at = State.DUE, now
    call.save()


def end_call(call: JudgeCall, state: str, *, now: datetime) -> None:
    call.state, call.due_at, call.ended_at, call.reserved = state, None, now, Decimal(0)
    call.save()


def stop_at_budget(batch: JudgeBatch, *, now: datetime) -> None:
    if stop(batch, state=JudgeBatch.State.OVER_BUDGET, reason="The next call might pass the budget.", now=now):
        told(batch, "judge_batch.stopped", now=now, state=JudgeBatch.State.OVER_BUDGET)


def bar(batch: JudgeBatch, *, reason: str, now: datetime) -> None:
    if stop(batch, state=JudgeBatch.State.BARRED, reason=reason, now=now):
        told(batch, "judge_batch.stopped", now=now, state=JudgeBatch.State.BARRED)


# --- what is asked --------------------------------------------------------------------------------------------------


def request_or_end(call: JudgeCall, endpoint: JudgeEndpoint, *, boundary: str, now: datetime) -> JudgeRequest | None:
    """What to ask; None when there is nothing to ask, which ends the call, or no key, which stops the batch."""
    content = content_of(call)
    if content is None:
        call.reason, call.error = GONE, "The item's words were erased."
        end_call(call, State.FAILED, now=now)
        return None
    try:
        key = opened_key(endpoint.sealed_key, key=settings.SECRET_KEY)
    except NoKey as error:
        put_back(call, now=now)
        bar(call.batch, reason=str(error), now=now)
        return None
    prompt, judge = call.batch.prompt.content, call.batch.judge_version
    is_pair = call.order != JudgeCall.Order.SINGLE
    return JudgeRequest(
        url=endpoint.url,
        key=key,
        model=judge.model,
        messages=messages_for(prompt, call.criterion, content=content, is_pair=is_pair, boundary=boundary),
        values=values_of(prompt, call.criterion),
        # As the judge version has them, whatever the endpoint's terms are by now: they are part of who speaks.
        max_output_tokens=judge.parameters["max_output_tokens"],
        temperature=judge.parameters.get("temperature"),
        seed=judge.parameters.get("seed"),
        limit_name=endpoint.limit_name,
        answer_form=endpoint.answer_form,
        timeout_seconds=float(endpoint.timeout_seconds),
    )


def prices_of(batch: JudgeBatch) -> Prices:
    return Prices(batch.price_in, batch.price_out)


def tokens_asked(request: JudgeRequest) -> int:
    return estimated_tokens(*(message["content"] for message in request.messages))


def most_of(batch: JudgeBatch, request: JudgeRequest) -> Decimal:
    return prices_of(batch).cost(tokens_in=tokens_asked(request), tokens_out=request.max_output_tokens)


# --- what came of it ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Reading:
    """A reply as it was understood: an answer, or the reason why there is none."""

    answer: JudgeAnswer | None
    usage: Usage
    reason: str = ""
    error: str = ""


@transaction.atomic
def record_reply(errand: Errand, reply: Reply, *, now: datetime, rng: Random) -> bool:
    """Note what came of a call, store its verdict, and say when it is tried again. True when it was answered.

    Locks the call by state and attempt: a worker that was so slow that another took over changes nothing. Verdict and
    call are of one transaction, so a call that is repeated finds no half of the other.
    """
    held = JudgeCall.objects.select_for_update(of=("self",), no_key=True)
    mine = held.filter(pk=errand.call_id, state=State.LEASED, n_attempts=errand.attempt)
    call = mine.select_related("batch__endpoint__project", "batch__judge_version", "batch__prompt", "item").first()
    if call is None:
        return False
    reading = reading_of(reply, errand.request)
    charge(call, errand, reply, reading)
    call.latency_ms, call.status = reply.latency_ms, reply.status
    call.reason, call.error = reading.reason, reading.error[:LONGEST_ERROR]
    if reading.answer is not None:
        settle(call, reading.answer, now=now)
    else:
        fail(call, reply, now=now, rng=rng)
    learn(call.batch.endpoint, reply, now=now)
    return call.state == State.DONE


def reading_of(reply: Reply, request: JudgeRequest) -> Reading:
    if reply.reason:
        return Reading(None, Usage(), reply.reason, reply.error)
    try:
        text, usage = read_completion(reply.body)
        return Reading(read_answer(text, request.values), usage)
    except NotAnAnswer as error:
        return Reading(None, usage_in(reply.body), UNREADABLE, str(error))


def charge(call: JudgeCall, errand: Errand, reply: Reply, reading: Reading) -> None:
    """Add what an attempt cost: by the endpoint's own count, else by an estimate, which the call is marked with."""
    if reply.reason:
        if reply.reason in MAYBE_CHARGED:
            call.cost += call.reserved
            call.is_estimated = True
    else:
        told_in, told_out = reading.usage.tokens_in, reading.usage.tokens_out
        tokens_in = tokens_asked(errand.request) if told_in is None else told_in
        tokens_out = estimated_tokens(reply.body) if told_out is None else told_out
        call.is_estimated |= told_in is None or told_out is None
        call.tokens_in += tokens_in
        call.tokens_out += tokens_out
        call.cost += prices_of(call.batch).cost(tokens_in=tokens_in, tokens_out=tokens_out)
    call.reserved = Decimal(0)


def settle(call: JudgeCall, answer: JudgeAnswer, *, now: datetime) -> None:
    """Store the verdict where signals are stored. *Not applicable* is an answer, and no verdict."""
    call.label = answer.label
    if answer.label != NOT_APPLICABLE:
        call.label = label_in_canonical_order(call, answer.label)
        try:
            with transaction.atomic():
                add_verdicts(call.item, [verdict_of(call, answer)], actor_name=call.batch.endpoint.name, now=now)
        except Conflict as error:
            call.reason, call.error = CONTRADICTS, str(error)[:LONGEST_ERROR]
            end_call(call, State.FAILED, now=now)
            return
    end_call(call, State.DONE, now=now)


def label_in_canonical_order(call: JudgeCall, label: str) -> str:
    """The side that was meant, whichever was shown first; only a choice between the two has a side."""
    return canonical_choice(label, call.order) if is_of_pairs(call.batch.prompt.content, call.criterion) else label


def verdict_of(call: JudgeCall, answer: JudgeAnswer) -> JudgeVerdictRow:
    judge = call.batch.judge_version
    return JudgeVerdictRow(
        judge_name=judge.name,
        model=judge.model,
        family=judge.family,
        prompt_hash=judge.prompt_hash,
        parameters=judge.parameters,
        criterion=call.criterion,
        label=call.label,
        score_raw=None,
        confidence=answer.confidence,
        run=call.run,
        order=call.order,
        rationale=answer.rationale,
    )


def fail(call: JudgeCall, reply: Reply, *, now: datetime, rng: Random) -> None:
    call.n_unreadable += call.reason == UNREADABLE
    again_at = next_call_at(
        call.reason,
        n_tries=call.n_tries,
        n_unreadable=call.n_unreadable,
        retry_after=reply.retry_after,
        now=now,
        rng=rng,
    )
    if again_at is None:
        end_call(call, State.FAILED, now=now)
    else:
        call.state, call.due_at = State.DUE, again_at
        call.save()
    if call.reason == BARRED:
        bar(call.batch, reason=call.error, now=now)


def learn(endpoint: JudgeEndpoint, reply: Reply, *, now: datetime) -> None:
    """Keep what an endpoint says of itself: the form of answer that it takes, and until when it wants to be left."""
    if reply.retry_after and reply.reason:
        rests_until = now + timedelta(seconds=reply.retry_after)
        longer = Q(rests_until__isnull=True) | Q(rests_until__lt=rests_until)
        JudgeEndpoint.objects.filter(longer, pk=endpoint.pk).update(rests_until=rests_until)
    if not reply.reason and reply.answer_form != endpoint.answer_form:
        JudgeEndpoint.objects.filter(pk=endpoint.pk).update(answer_form=reply.answer_form)
        record_event(
            "judge_endpoint.answers_otherwise",
            project=endpoint.project,
            now=now,
            endpoint_id=endpoint.pk,
            answer_form=reply.answer_form,
        )
