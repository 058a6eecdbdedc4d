"""The loop turns on real outputs: public data sets come in by command, are routed, and are labelled at the desk."""

import json
from collections import Counter

import pytest
from django.core.management import call_command
from django.urls import reverse

from labeling.models import FinalLabel, HandOut, Item, RoutingDecision, Signal
from labeling.policy.presets import CHAT_QUALITY

SAMPLED = {"mode": "sampled", "reason": "Public data: nothing is shipped to anybody."}
MTBENCH_POLICY = {
    "confidence": {"signal": "order_consistency", "cut": 0.9},
    "requires": ["order_consistency"],
    "judge_passes": None,
    "cold_start": SAMPLED,
    "rules": [
        {
            "name": "subjects with one right answer",
            "when": {"field": "intent", "op": "in", "value": ["math", "reasoning", "coding"]},
            "review_share": 1,
            "reason": "field_rule",
        }
    ],
}
LLM_RUBRIC_POLICY = {
    "confidence": {"signal": "judge_probability", "cut": 0.5},
    "requires": [],
    "judge_passes": {"criterion": "Q0", "labels": ["3", "4"]},
    "cold_start": SAMPLED,
}


def run_ingest(capsys, *arguments):
    capsys.readouterr()
    call_command("ingest", *arguments, "--json")
    return json.loads(capsys.readouterr().out)


@pytest.fixture
def mtbench(world, capsys, public_data):
    world.publish(**MTBENCH_POLICY)
    document = run_ingest(capsys, "shop", str(public_data("mtbench_pairwise")), "--format", "mtbench")
    assert (document["read"], document["counts"]["created"]) == (2400, 2400)
    return world


def test_the_2400_pairs_load_once_and_are_routed_by_confidence_and_category(mtbench, capsys, public_data):
    again = run_ingest(capsys, "shop", str(public_data("mtbench_pairwise")), "--format", "auto")
    fired = Counter()
    for decision in RoutingDecision.objects.select_related("item"):
        codes = {reason["code"] for reason in decision.reasons if reason["fired"]}
        fired.update(codes)
        assert ("field_rule" in codes) == (decision.item.intent in ("math", "reasoning", "coding"))
        assert (decision.outcome == "review") == bool(codes)

    assert again["counts"]["unchanged"] == 2400
    # 380 verdicts of GPT-4 contradict themselves when the order is exchanged; three of eight categories are named.
    assert fired["low_confidence"] == 380
    assert fired["field_rule"] == 900
    assert Item.objects.filter(status=Item.Status.SHIPPED).count() > 500


def test_a_real_pair_is_labelled_at_the_desk_and_becomes_final(mtbench, client, clock):
    client.force_login(mtbench.ana)
    client.post(reverse("hand_outs", args=[mtbench.pair_queue.pk]))
    hand_out = HandOut.objects.get()
    page = client.get(reverse("desk", args=[hand_out.token])).content.decode()
    question = hand_out.entry.item.payload.context["conversation"][0]["text"]

    client.post(
        reverse("desk", args=[hand_out.token]), {"answer-preference": "a", "revision": "1", "active_ms": "61000"}
    )
    clock.shift(31)
    mtbench.settle_all()

    assert question.split("\n")[0][:40] in page
    final = FinalLabel.objects.get()
    assert final.answers.get().value == ("a" if hand_out.order_shown == "ab" else "b")
    assert final.source == "single"


def test_the_223_real_dialogues_load_with_their_judge_probabilities_and_are_routed(world, capsys, public_data):
    quality = world.make_rubric(CHAT_QUALITY)
    type(world.queue).objects.filter(pk=world.queue.pk).update(rubric=quality.rubric)
    world.publish(**LLM_RUBRIC_POLICY)

    document = run_ingest(capsys, "shop", str(public_data("llm_rubric")))

    unsure = {
        decision.item_id: decision
        for decision in RoutingDecision.objects.all()
        if any(reason["code"] == "low_confidence" and reason["fired"] for reason in decision.reasons)
    }
    sure = Signal.objects.filter(name="judge_probability").exclude(item_id__in=unsure)
    assert (document["format"], document["read"], document["counts"]["created"]) == ("llm_rubric", 223, 223)
    assert {decision.outcome for decision in unsure.values()} == {"review"}
    assert 0 < len(unsure) < 223
    assert Item.objects.filter(judge_verdicts__criterion="Q0").distinct().count() == 223
    assert min(sure.values_list("value", flat=True)) >= 0.5
    assert isinstance(world.hand_out(world.ana), HandOut)
