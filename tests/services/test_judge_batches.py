"""Batches of a judge: what is planned, for whom, and which judge it makes."""

import pytest
from django.db import IntegrityError, transaction

from labeling.models import Item, JudgeBatch, JudgeCall, JudgePrompt, JudgeVerdict, JudgeVersion
from labeling.policy.errors import Conflict, Invalid
from labeling.policy.splits import part_of
from labeling.queries.judge_plans import plan_for
from labeling.services.judge_batches import end_finished
from tests.services.asking_judges import (
    chosen,
    claim,
    make_batch,
    make_endpoint,
    run,
    says,
)
from tests.world import chat_row, pair_row

pytest.importorskip("cryptography")

State = JudgeBatch.State
Call = JudgeCall.State


def calls(batch):
    return list(JudgeCall.objects.filter(batch=batch).order_by("id"))


# --- planning -------------------------------------------------------------------------------------------------------


def test_a_batch_asks_each_question_of_each_item_and_ends(world):
    world.ingest(chat_row("r-1", judge_verdicts=[]), chat_row("r-2", judge_verdicts=[]))
    batch = make_batch(world, criteria=("correct", "tone"))

    n_calls = run(world, batch, lambda errand: says(errand.request.values[0])(errand))
    end_finished(now=world.now)

    batch.refresh_from_db()
    verdict = JudgeVerdict.objects.filter(criterion="correct").first()
    assert (n_calls, JudgeVerdict.objects.count(), batch.state) == (4, 4, State.DONE)
    assert (verdict.label, verdict.confidence, verdict.rationale, verdict.run) == ("yes", 0.9, "It says so.", 1)
    assert verdict.judge_version == batch.judge_version
    assert batch.judge_version.family == "cedar"
    assert batch.judge_version.parameters == {
        "host": "judge.example.com",
        "address": "b3746645442a",
        "temperature": 0.0,
        "max_output_tokens": 300,
    }


def test_a_pair_is_asked_in_both_orders_and_its_label_is_canonical(world):
    world.ingest(pair_row(judge_verdicts=[]))
    batch = make_batch(world, version=world.preference_rubric, criteria=("preference",), n_repeats=2)

    # It always likes what stands first.
    run(world, batch, says("a"))

    labels = JudgeVerdict.objects.order_by("run", "order").values_list("run", "order", "label")
    assert list(labels) == [(1, "ab", "a"), (1, "ba", "b"), (2, "ab", "a"), (2, "ba", "b")]


def test_the_second_order_shows_the_second_text_first_and_no_source(world):
    world.ingest(pair_row(judge_verdicts=[]))
    batch = make_batch(world, version=world.preference_rubric, criteria=("preference",))

    shown = [claim(world, batch).request.messages[1]["content"] for _ in range(2)]

    first, second = "Clouds get heavy", "Rain is precipitation"
    assert shown[0].index(first) < shown[0].index(second)
    assert shown[1].index(second) < shown[1].index(first)
    assert not any("model-one" in text or "helpdesk" in text for text in shown)


def test_gold_and_items_of_kinds_that_the_rubric_is_not_for_are_left_out(world):
    world.ingest(chat_row("r-1", judge_verdicts=[]), pair_row(judge_verdicts=[]))
    world.make_gold(chat_row("gold"))

    plan = plan_for(chosen(world, make_endpoint(world)))

    assert [call.item_id for call in plan.calls] == [world.item("r-1").pk]


@pytest.mark.parametrize("part", ["development", "sealed", "audit"])
def test_only_items_of_one_part_are_asked_about_when_that_was_chosen(world, part):
    world.ingest(*(chat_row(f"r-{number}", judge_verdicts=[]) for number in range(12)))

    plan = plan_for(chosen(world, make_endpoint(world), part=part))

    drawn = {
        item.pk
        for item in Item.objects.all()
        if part_of(world.project.sampling_salt, cluster_key=item.cluster_key, item_id=item.pk) == part
    }
    assert {call.item_id for call in plan.calls} == drawn


def test_planning_takes_as_many_queries_for_ten_items_as_for_twenty(world, django_assert_max_num_queries):
    endpoint = make_endpoint(world)
    for number in range(20):
        world.ingest(chat_row(f"r-{number}", judge_verdicts=[]))

    for n_items in (10, 20):
        with django_assert_max_num_queries(7):
            assert plan_for(chosen(world, endpoint, n_items=n_items)).n_calls == n_items


def test_what_the_very_judge_said_before_is_not_asked_again_and_more_repeats_are(world):
    world.ingest(chat_row(judge_verdicts=[]))
    endpoint = make_endpoint(world)
    run(world, make_batch(world, endpoint), says("yes"))
    end_finished(now=world.now)

    with pytest.raises(Invalid, match="said all of that already"):
        make_batch(world, endpoint)
    batch = make_batch(world, endpoint, n_repeats=3)

    assert [call.run for call in calls(batch)] == [2, 3]
    assert JudgeVersion.objects.filter(verdicts__isnull=False).distinct().count() == 1


def test_another_temperature_or_another_rubric_is_another_judge(world):
    world.ingest(chat_row(judge_verdicts=[]))
    endpoint = make_endpoint(world)
    versions = {make_batch(world, endpoint, temperature=heat).judge_version_id for heat in (0.0, 0.7, None)}

    assert len(versions) == 3
    assert JudgePrompt.objects.count() == 1


def test_a_prompt_is_never_changed(world):
    world.ingest(chat_row(judge_verdicts=[]))
    make_batch(world)

    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        JudgePrompt.objects.update(content={})


def test_the_same_judge_runs_once_at_a_time(world):
    world.ingest(chat_row(judge_verdicts=[]))
    endpoint = make_endpoint(world)
    make_batch(world, endpoint)

    with pytest.raises(Conflict, match="is running"):
        make_batch(world, endpoint)

    assert JudgeBatch.objects.count() == 1
