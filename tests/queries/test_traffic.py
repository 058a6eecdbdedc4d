"""Stored items as columns: decided as they would be one by one, drawn at random, read in few statements."""

import random
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from labeling.models import Item, JudgeVersion
from labeling.policy.assessing import assess
from labeling.policy.columnar import OUTCOMES, decide_all
from labeling.policy.judge_life import Unheard
from labeling.policy.policies import TIERS, parse_policy
from labeling.queries.evidence import evidence_of, with_evidence
from labeling.queries.traffic import StoredTraffic
from labeling.queries.traffic_sample import draw_items
from tests.policy.test_columnar import policies
from tests.policy.worlds import definition_with
from tests.world import action_row, chat_row, judged, pair_row, rag_row

NOBODY_UNHEARD = Unheard()
CHECKS = [
    {"name": "has a text", "kind": "length", "least": 10, "on_failure": "bounce"},
    {"name": "names its source", "kind": "names_its_source", "on_failure": "review"},
    {"name": "is.sure", "kind": "required_fields", "fields": ["confidence", "judge.tone"], "on_failure": "review"},
    {"name": "cites", "kind": "cites_passages", "on_failure": "review", "only": ["rag_answer"]},
]
READS_CHECKS = {
    "any": [
        {"field": "check.is.sure", "op": "==", "value": "failed"},
        {"field": "check.has a text.x", "op": "exists", "value": True},
        {"field": "context.question", "op": "contains", "value": "kettle"},
    ]
}


def varied_rows(n_rows, *, seed=7):
    """Outputs of several kinds, some with nothing, some with much that a rule could read or trip over."""
    dice = random.Random(seed)
    for number in range(n_rows):
        row = dice.choice([chat_row, rag_row, action_row, pair_row])(f"r-{number}")
        row["stakes"] = dice.choice(["high", "medium", "low", None])
        row["intent"] = dice.choice(["returns", "refund", "legal"])
        row["metadata"] = dice.choice(
            [{}, {"plan": "pro"}, {"plan": {"name": True}}, {"plan": [1, "pro"]}, {"plan.name": "pro", "plan": 500}]
        )
        row["review_requested"] = dice.random() < 0.1
        if row["kind"] != "pairwise":
            labels = dice.choice([(), ("pass",), ("pass", "fail"), ("pass", "pass", "fail"), ("pass", "pass", "pass")])
            row["judge_verdicts"] = judged(*labels, confidence=round(dice.random(), 2)) + dice.choice(
                [[], judged("kind", "kind", criterion="tone", judge={"name": "second", "model": "m-2"})]
            )
            row["output"] = dice.choice(["Yes.", "I am hidden-model, and you can return it.", row["output"]])
        row["signals"] = dice.choice([[], [{"name": "grounding", "kind": "grounding", "value": 0.4}]])
        yield {name: value for name, value in row.items() if value is not None}


@pytest.fixture
def varied(world, clock):
    world.ingest(*varied_rows(30))
    clock.shift(timedelta(days=1).total_seconds())
    world.ingest(*({**row, "external_id": f"late {row['external_id']}"} for row in varied_rows(30, seed=8)))
    return world


def evidence_one_by_one(world, *, unheard=NOBODY_UNHEARD):
    items = with_evidence(Item.objects.filter(project=world.project))
    return {item.pk: (item, evidence_of(item, unheard=unheard, maps={})) for item in items}


def assert_decided_alike(stored, evidence, policy, *, at):
    told = decide_all(stored.under(policy, at=at.timestamp()), policy)
    for place, item_id in enumerate(stored.ids):
        item, found = evidence[item_id]
        is_over = item.hold_until is not None and item.hold_until <= at
        one = assess(found, policy, u=item.sampling_u, is_hold_over=is_over).decision
        assert OUTCOMES[told.outcomes[place]] == one.outcome
        assert told.inclusion_probabilities[place] == one.inclusion_probability
        assert TIERS[told.tiers[place]] == one.tier


def test_stored_items_as_columns_are_decided_as_they_are_one_by_one(varied):
    judge = str(JudgeVersion.objects.order_by("id").first().pk)
    rows, n_items = draw_items(varied.project)
    silenced = [Unheard(), Unheard(why={judge: "it changed"}), Unheard(proved_on={judge: frozenset({"tone"})})]
    stored = [
        (StoredTraffic(varied.project, rows, unheard=one, maps={}), evidence_one_by_one(varied, unheard=one))
        for one in silenced
    ]

    @settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(policy=policies(), which=st.sampled_from(stored))
    def decided_alike(policy, which):
        assert_decided_alike(*which, policy, at=varied.now)

    decided_alike()
    assert len(rows) == n_items == 60


@pytest.mark.parametrize("signal", ["judge_vote_share", "grounding"])
@pytest.mark.parametrize("passing", [None, {"criterion": "tone", "labels": ["rude"]}])
def test_checks_and_rules_about_them_say_what_they_say_one_by_one(varied, signal, passing):
    rules = [{"name": "tripped", "when": READS_CHECKS, "review_share": 0.5}]
    policy = parse_policy(
        definition_with(
            checks=CHECKS, rules=rules, confidence={"signal": signal, "cut": 0.5}, judge_passes=passing, requires=[]
        )
    )
    stored = StoredTraffic(varied.project, draw_items(varied.project)[0], unheard=NOBODY_UNHEARD, maps={})
    evidence = evidence_one_by_one(varied)

    assert_decided_alike(stored, evidence, parse_policy(definition_with()), at=varied.now)
    assert_decided_alike(stored, evidence, policy, at=varied.now)


def test_long_words_that_a_rule_reads_are_not_kept(varied, monkeypatch):
    monkeypatch.setattr("labeling.queries.traffic.MOST_CHARACTERS_KEPT", 20)
    when = {"field": "context.question", "op": "contains", "value": "kettle"}
    policy = parse_policy(definition_with(rules=[{"name": "kettles", "when": when, "review_share": 1}]))
    stored = StoredTraffic(varied.project, draw_items(varied.project)[0], unheard=NOBODY_UNHEARD, maps={})

    assert_decided_alike(stored, evidence_one_by_one(varied), policy, at=varied.now)
    assert "context.question" not in stored.kept


# --- which items stand for the traffic --------------------------------------------------------------------------------


def test_every_item_of_a_small_project_is_read_and_no_other(world):
    world.ingest(chat_row("r-1"), chat_row("erased"))
    world.make_gold(chat_row("g-1"))
    world.item("erased").payload.delete()

    rows, n_items = draw_items(world.project)

    assert [row.item_id for row in rows] == [world.item("r-1").pk]
    assert n_items == 2


@pytest.mark.parametrize("density", [0.0, 2.0])
def test_sample_is_as_large_as_stated_and_the_same_for_the_same_seed(world, monkeypatch, density):
    """Drawn from ids, and listed where most of them are another project's."""
    monkeypatch.setattr("labeling.queries.traffic_sample.LEAST_DENSITY", density)
    world.ingest(*(chat_row(f"r-{number}") for number in range(40)))

    ids = [[row.item_id for row in draw_items(world.project, most=10, seed=seed)[0]] for seed in (1, 1, 2)]

    assert len(set(ids[0])) == 10
    assert ids[0] == ids[1] != ids[2]


def test_every_item_is_as_likely_to_be_drawn_as_any_other(world):
    world.ingest(*(chat_row(f"r-{number}") for number in range(12)))
    for number in range(0, 12, 3):
        world.item(f"r-{number}").payload.delete()

    drawn = [row.item_id for seed in range(150) for row in draw_items(world.project, most=4, seed=seed)[0]]

    counts = [drawn.count(item_id) for item_id in set(drawn)]
    assert len(counts) == 8
    # 75 each on average; four standard deviations.
    assert max(counts) - 75 < 4 * 75**0.5 > 75 - min(counts)


@pytest.mark.parametrize("n_items", [10, 20])
def test_reading_takes_the_same_queries_however_many_items(world, n_items, django_assert_num_queries):
    world.ingest(*(chat_row(f"r-{number}") for number in range(n_items)))
    policy = parse_policy(definition_with())

    # How many there are, their ids, the items, signals, verdicts; for a check, sources and words.
    with django_assert_num_queries(7):
        stored = StoredTraffic(world.project, draw_items(world.project)[0], unheard=NOBODY_UNHEARD, maps={})
        stored.under(policy, at=0.0)
    with django_assert_num_queries(0):
        stored.under(parse_policy(definition_with(confidence={"signal": "judge_vote_share", "cut": 0.3})), at=0.0)
