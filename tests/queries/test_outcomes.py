"""What final labels come to: each measure from the criteria that are declared to feed it."""

import pytest
from django.urls import reverse

from labeling.models import FinalLabel
from labeling.policy.outcomes import MEASURES, measures_for
from labeling.policy.presets import Preset
from labeling.policy.rubrics import Option, Question
from labeling.queries.outcomes import LabelledItem, outcomes_of, shown_outcome
from labeling.services.reopening import reopen
from tests.world_scales import SCORE, Panel, two_claims

YES_NO = (Option("yes", "Yes"), Option("no", "No"))
SUPPORT = (Option("supported", "Supported"), Option("unsupported", "Not", is_passing=False))


def asked(key, *, parts="", options=YES_NO, **more):
    return Question(key, f"About {key}?", "nominal", options, parts=parts, **more)


RAG = Preset(
    key="rag",
    name="RAG",
    description="",
    kinds=("rag_answer",),
    instructions="",
    asks_verdict=False,
    questions=(
        asked("claim-supported", parts="claim", options=SUPPORT),
        asked("chunk-relevant", parts="chunk"),
        asked("asserted"),
        asked("hedged"),
    ),
)


def measure(key):
    return next(one for one in MEASURES if one.key == key)


def item(task="", **answers):
    return LabelledItem(task, {key.replace("_", "-"): dict(given) for key, given in answers.items()})


def whole(**answers):
    return item(**{key: {"": value} for key, value in answers.items()})


def value_of(key, *items):
    return shown_outcome(measure(key), items).estimate.value


# --- which measures there are -----------------------------------------------------------------------------------------


def test_a_measure_needs_its_criterion_asked_of_its_part():
    named = [one.key for one in measures_for({"claim-supported": "claim"})]

    assert named == ["faithfulness"]
    assert measures_for({"claim-supported": ""}) == []


def test_a_rubric_without_declared_criteria_has_no_outcomes(world):
    assert [one.name for one in outcomes_of(world.preference_rubric)] == []


# --- by hand ----------------------------------------------------------------------------------------------------------


def test_faithfulness_is_supported_claims_of_all():
    first = item(claim_supported={"claim-1": "supported", "claim-2": "unsupported"})
    second = item(claim_supported={"claim-1": "supported", "claim-2": "n/a"})

    assert value_of("faithfulness", first, second) == pytest.approx(2 / 3)


def test_recall_looks_at_passages_in_their_order_past_nine():
    chunks = {f"chunk-{rank}": "yes" if rank in (2, 10) else "no" for rank in range(1, 11)}

    assert value_of("recall_at_3", item(chunk_relevant=chunks)) == 0.5
    assert value_of("precision", item(chunk_relevant=chunks)) == 0.2


@pytest.mark.parametrize(
    ("asserted", "claim", "hedged", "value"),
    [
        ("yes", "unsupported", "no", 1),
        ("yes", "unsupported", "yes", 0),
        ("yes", "supported", "no", 0),
        ("no", "unsupported", "no", 0),
        ("n/a", "unsupported", "no", None),
    ],
)
def test_confident_wrong_is_asserted_unsupported_and_not_hedged(asserted, claim, hedged, value):
    one = item(asserted={"": asserted}, claim_supported={"claim-1": claim}, hedged={"": hedged})

    assert value_of("confident_wrong", one) == value


def test_abstention_is_appropriate_where_nothing_can_be_answered():
    outputs = [
        whole(answerable="no", abstained="yes"),
        whole(answerable="no", abstained="no"),
        whole(answerable="yes", abstained="yes"),
        whole(answerable="yes", abstained="no"),
        whole(answerable="yes", abstained="no"),
    ]

    assert value_of("appropriate_abstention", *outputs) == 0.5
    assert value_of("needless_abstention", *outputs) == pytest.approx(1 / 3)


def test_tool_and_arguments_are_told_apart():
    run = item(
        tool_choice={"step-1": "yes", "step-2": "no", "step-3": "n/a"},
        arguments={"step-1": "yes", "step-2": "yes", "step-3": "n/a"},
    )

    assert (value_of("tool_choice", run), value_of("arguments", run)) == (0.5, 1.0)


def test_steps_that_were_needed_and_steps_that_loop():
    run = item(
        step_needed={"step-1": "yes", "step-2": "no", "step-3": "no", "step-4": "yes"},
        repeats={"step-1": "no", "step-2": "no", "step-3": "yes", "step-4": "no"},
    )

    assert (value_of("step_efficiency", run), value_of("loop_share", run)) == (0.5, 0.25)


def test_recovery_speaks_of_runs_in_which_something_went_wrong():
    assert value_of("recovery", whole(recovered="yes"), whole(recovered="no"), whole(recovered="n/a")) == 0.5


def test_outcome_and_process_may_part():
    runs = [
        whole(outcome="yes", process="1"),
        whole(outcome="yes", process="4"),
        whole(outcome="no", process="3"),
        whole(outcome="no", process="2"),
        whole(outcome="no", process="1"),
    ]

    assert value_of("lucky", *runs) == 0.5
    assert value_of("unlucky", *runs) == pytest.approx(1 / 3)


def test_runs_of_one_task_share_a_cluster_key():
    runs = [item("task-a", outcome={"": value}) for value in ("yes", "yes", "no")]
    runs += [item("task-b", outcome={"": value}) for value in ("yes", "yes")]
    alone = item("", outcome={"": "no"})

    assert value_of("pass_hat_2", *runs, alone) == pytest.approx((1 / 3 + 1) / 2)


RIGHT = {
    "asserted": "yes",
    "hedged": "no",
    "chunk-relevant~chunk-1": "yes",
    "chunk-relevant~chunk-2": "no",
    "claim-supported~claim-1": "supported",
    "claim-supported~claim-2": "supported",
}


def value_in(name, version):
    return next(one.estimate.value for one in outcomes_of(version) if one.name == name)


# --- from the database ------------------------------------------------------------------------------------------------


def test_outcomes_rest_on_final_labels(world, clock, client):
    panel = Panel(world, RAG)
    panel.ingest(two_claims("r-1"), two_claims("r-2", output="It lasts. It boils."))
    given = {"asserted": "yes", "hedged": "no", "chunk-relevant~chunk-1": "yes", "chunk-relevant~chunk-2": "no"}
    for second in ("supported", "unsupported"):
        claims = {"claim-supported~claim-1": "supported", "claim-supported~claim-2": second}
        panel.review(world.ana, {**given, **claims}, verdict="", note="")
    before = {one.name: one.estimate.undefined for one in outcomes_of(panel.version)}
    clock.shift(31)
    world.settle_all()

    found = {one.name: one for one in outcomes_of(panel.version)}

    assert before["Faithfulness"] == "no part was labelled"
    assert (found["Faithfulness"].estimate.value, found["Faithfulness"].n_items) == (0.75, 2)
    assert found["Confident and wrong"].estimate.value == 0.5
    assert found["Recall at 1"].estimate.value == 1.0
    client.force_login(world.olga)
    page = client.get(reverse("rubric_version", args=[world.project.slug, panel.version.pk])).content.decode()
    assert "Supported claims of all claims" in page
    assert "4 parts of 2 items" in page


def test_a_label_that_was_reopened_feeds_no_outcome(world, clock):
    panel = Panel(world, RAG)
    panel.ingest(two_claims("r-1"))
    panel.review(world.ana, RIGHT, verdict="", note="")
    clock.shift(31)
    world.settle_all()
    before = value_in("Faithfulness", panel.version)

    reopen(FinalLabel.objects.get(), opener=world.olga, reason="The second claim is wrong.", now=world.now)

    assert (before, value_in("Faithfulness", panel.version)) == (1.0, None)


def test_a_weighted_score_leaves_out_what_does_not_apply(world, clock):
    first = Question("accuracy", "?", "interval", (), bounds=SCORE.bounds, weight=3)
    second = Question("style", "?", "interval", (), bounds=SCORE.bounds, weight=1, allows_na=True)
    preset = Preset("content", "Content", "", ("rag_answer",), "", asks_verdict=False, questions=(first, second))
    panel = Panel(world, preset)
    panel.ingest(two_claims("r-1"), two_claims("r-2", output="Another."))
    panel.review(world.ana, {"accuracy": "4", "style": "2"}, verdict="", note="")
    panel.review(world.ana, {"accuracy": "3", "style": "n/a"}, verdict="", note="")
    clock.shift(31)
    world.settle_all()

    (score,) = outcomes_of(panel.version)

    # (3 × 4 + 2) / 4 = 3.5, and 3 alone.
    assert (score.name, score.estimate.value, score.n_items) == ("Weighted score", 3.25, 2)
