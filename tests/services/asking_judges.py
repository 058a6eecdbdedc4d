"""A judge's endpoint in the world, and batches of it; what an endpoint would answer is said by the tests."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from random import Random
from typing import Any

from labeling.models import JudgeBatch, JudgeEndpoint
from labeling.policy.judge_calls import AnswerForm, EndpointTerms, Errand, Reply
from labeling.queries.judge_plans import Choice
from labeling.services.judge_batches import start_batch
from labeling.services.judge_calls import claim_next_call, record_reply
from labeling.services.judge_endpoints import create_endpoint
from tests.gateways.judge import said, verdict

TERMS = EndpointTerms(
    price_in=Decimal("1"),
    price_out=Decimal("10"),
    currency="USD",
    timeout_seconds=60,
    max_output_tokens=300,
    limit_name="max_tokens",
    most_at_once=2,
)
Asked = Callable[[Errand], Reply]


def make_endpoint(world, *, url: str = "https://judge.example.com/v1", **changes: Any) -> JudgeEndpoint:
    given = {"name": "house-judge", "model": "judge-1", "family": "cedar", "key": "sk-hush"}
    terms = replace(TERMS, **{name: changes.pop(name) for name in list(changes) if hasattr(TERMS, name)})
    return create_endpoint(
        project=world.project, url=url, terms=terms, actor=world.ada, now=world.now, **given | changes
    )


def chosen(world, endpoint: JudgeEndpoint, **changes: Any) -> Choice:
    choice = Choice(
        endpoint=endpoint,
        version=world.rubric,
        criteria=("correct",),
        which="newest",
        n_items=100,
        part="",
        in_both_orders=True,
        n_repeats=1,
        temperature=0.0,
        seed=None,
    )
    return replace(choice, **changes)


def make_batch(world, endpoint: JudgeEndpoint | None = None, *, budget: str = "5", **changes: Any) -> JudgeBatch:
    choice = chosen(world, endpoint or make_endpoint(world), **changes)
    return start_batch(choice, budget=Decimal(budget), actor=world.olga, now=world.now)


def answers(text: str, *, usage: Any = (100, 20), form: AnswerForm = "json_schema") -> Asked:
    return lambda errand: Reply(120, form, status=200, body=said(text, usage=usage))


def says(label: Any, **more: Any) -> Asked:
    return answers(verdict(label, **more))


def fails(reason: str, **more: Any) -> Asked:
    return lambda errand: Reply(120, "json_schema", reason=reason, error="It said no.", **more)


def claim(world, batch: JudgeBatch) -> Errand | None:
    return claim_next_call(batch.endpoint_id, now=world.now, boundary="b" * 32)


def record(world, errand: Errand, asked: Asked) -> bool:
    return record_reply(errand, asked(errand), now=world.now, rng=Random(1))


def run(world, batch: JudgeBatch, *asked: Asked, at_most: int = 200) -> int:
    """Ask what is due now, the n-th call the n-th way, or else the last; returns how many calls were made."""
    for n_calls in range(at_most):
        errand = claim(world, batch)
        if errand is None:
            return n_calls
        record(world, errand, asked[min(n_calls, len(asked) - 1)])
    raise AssertionError("the batch never ends")
