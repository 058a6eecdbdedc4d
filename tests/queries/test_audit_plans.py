"""The suggested audit: which outputs it is of, and that it looks where errors were found."""

import pytest

from labeling.queries.audit_plans import suggest_audit
from tests.world import BAD, chat_row

TIER = {"review_share": 0, "minutes": 3, "due_hours": 24, "overlap": 1}
SHIPPING = {
    "cold_start": {"mode": "sampled", "reason": "A test that ships."},
    "tiers": {"high": {**TIER, "review_share": 1}, "medium": TIER, "low": TIER},
    "audit_share": 0.1,
}


@pytest.fixture
def shipping(world, monkeypatch):
    monkeypatch.setattr("labeling.queries.audit_plans.LEAST_ITEMS", 4)
    monkeypatch.setattr(
        "labeling.services.ingest.sampling_u", lambda *one, external_id, **more: 0.05 if "drawn" in external_id else 0.5
    )
    world.project.take_back_seconds = 0
    world.project.save()
    world.publish(**SHIPPING)
    return world


def suggested(world):
    return suggest_audit(world.project, now=world.now)


def test_nothing_is_suggested_while_everything_is_reviewed(world):
    world.ingest(chat_row("r-1"))

    assert suggested(world) is None


def test_labels_go_where_errors_were_found_and_everywhere_a_little(shipping):
    shipping.ingest(*(chat_row(f"calm-{number}", intent="calm") for number in range(30)))
    shipping.ingest(*(chat_row(f"risky-{number}", intent="risky") for number in range(10)))
    # Of the parts that labels are read from, so that both of them count.
    for intent, verdict, answers in (("calm", "approve", None), ("risky", "reject", BAD)):
        shipping.ingest_into("development", chat_row(f"{intent}-drawn", intent=intent))
        shipping.review_next(shipping.ana, verdict=verdict, answers=answers)
    shipping.settle_all()
    shipping.ingest(chat_row("rare", intent="rare"), chat_row("high", stakes="high"))

    plan = suggested(shipping)

    by_intent = {one.intent: one for one in plan.strata}
    assert set(by_intent) == {"calm", "risky", "other intents"}
    assert (by_intent["risky"].n_items, by_intent["risky"].n_labelled, by_intent["risky"].n_bad) == (11, 1, 1)
    assert by_intent["calm"].percent_now == pytest.approx(10)
    assert all(one.percent_suggested >= plan.floor_percent for one in plan.strata)
    taken = sum(one.n_items * one.percent_suggested / 100 for one in plan.strata)
    assert taken == pytest.approx(0.1 * plan.n_items, rel=1e-6)
