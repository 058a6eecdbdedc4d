"""Agreement and judge reports: the newest run as numbers, without names of reviewers and without ids of items."""

import pytest

from labeling.api import report_shapes
from labeling.models import AgreementRun, JudgeVersion
from labeling.policy.splits import DEVELOPMENT
from labeling.queries.agreement import document_of, newest_run_of
from labeling.queries.judge_pages import document_of_calibration, newest_runs
from labeling.services.agreement import make_agreement_run
from labeling.services.calibration import make_calibration_runs
from tests.api.producer import assert_problem
from tests.world import BAD, JUDGE, chat_row, judged

OF_RUBRIC = {"rubric": "support-reply"}
HOUSE = "/judges/house-judge/calibration"


def label_twice(world, *, first=0, n_items=4):
    """Items labelled by Ana and Ben, who differ on the first of them."""
    world.set_queue(overlap=2)
    world.ingest_into(DEVELOPMENT, *(chat_row(f"r-{number}") for number in range(first, first + n_items)))
    for number in range(n_items):
        world.review_next(world.ana)
        world.review_next(world.ben, **({} if number else {"verdict": "reject", "answers": BAD}))


def make_runs(world):
    make_agreement_run(world.rubric, now=world.now, replicates=20)
    for judge in JudgeVersion.objects.all():
        make_calibration_runs(judge.pk, clock=lambda: world.now)


@pytest.fixture
def measured(world):
    label_twice(world)
    make_runs(world)
    return world


def keys_in(found):
    """Every key of a document, however deep."""
    if isinstance(found, dict):
        return set(found).union(*map(keys_in, found.values()))
    return set().union(*map(keys_in, found)) if isinstance(found, list) else set()


def test_agreement_is_the_newest_run_with_what_it_rests_on(producer, measured):
    answer = producer.get("/agreement", **OF_RUBRIC).json()

    run = newest_run_of(measured.rubric)
    report_shapes.AgreementAnswer.model_validate(answer)
    assert (answer["rubric"], answer["rubric_version"], answer["input_hash"]) == ("support-reply", 1, run.input_hash)
    assert [one["key"] for one in answer["questions"]] == ["verdict", "correct", "complete", "tone", "grounded"]
    assert answer["questions"][0]["krippendorff_alpha"] == run.numbers["questions"][0]["krippendorff_alpha"]
    assert answer["questions"][0]["weeks"] == run.numbers["questions"][0]["weeks"]


def test_all_that_a_run_holds_leaves_but_names_and_items(producer, measured):
    agreement = producer.get("/agreement", **OF_RUBRIC).json()
    judge = producer.get(HOUSE, **OF_RUBRIC).json()

    of_agreement = document_of(newest_run_of(measured.rubric))
    (run,) = newest_runs(measured.project)
    left_out = {"rater_ids", "ana", "ben", "disputed", "item_ids", "consensus"}
    assert keys_in(of_agreement) - keys_in(agreement) == left_out
    assert agreement["questions"][0]["causes"] == {
        "items": {"rubric": 1, "training": 0, "judge": 0, "checks": 0},
        "n_judged": 4,
        "n_held_back": 0,
        "alone": [],
    }
    assert keys_in(document_of_calibration(run)) - keys_in(judge) == {"cells"}


def test_raters_are_those_of_the_labels_and_no_name_is_given_out(producer, measured):
    response = producer.get("/agreement", **OF_RUBRIC)

    (pair,) = response.json()["questions"][0]["pairs"]
    raters = {f"rater-{measured.rater(user).pk}" for user in (measured.ana, measured.ben)}
    assert {pair["a"], pair["b"]} == raters
    assert '"ana"' not in response.content.decode()


def test_a_run_that_did_not_keep_its_raters_tells_no_pairs_and_no_weeks(producer, measured):
    run = newest_run_of(measured.rubric)
    old = [{name: value for name, value in one.items() if name != "weeks"} for one in run.numbers["questions"]]
    numbers = {"questions": old, "n_excluded": {}}
    kept = {"filter_name": run.filter_name, "filter_in_words": run.filter_in_words, "method": run.method}
    AgreementRun.objects.create(
        **kept,
        rubric_version=measured.rubric,
        input_hash="old",
        replicates=20,
        seed=0,
        code_version="agreement-1",
        numbers=numbers,
        made_at=measured.now,
    )

    verdict = producer.get("/agreement", **OF_RUBRIC).json()["questions"][0]

    assert (verdict["pairs"], verdict["weeks"]) == ([], [])
    assert verdict["krippendorff_alpha"]["n"] == 4


def test_labels_and_verdicts_that_came_since_are_counted(producer, measured, clock):
    clock.shift(60)
    measured.ingest_into(DEVELOPMENT, chat_row("late"))
    measured.review_next(measured.cleo)

    agreement, judge = producer.get("/agreement", **OF_RUBRIC).json(), producer.get(HOUSE, **OF_RUBRIC).json()

    assert (agreement["n_labels_since"], judge["n_labels_since"], judge["n_verdicts_since"]) == (5, 5, 3)


def test_calibration_is_that_of_the_judge_with_its_numbers(producer, measured):
    answer = producer.get(HOUSE, **OF_RUBRIC).json()

    report_shapes.CalibrationAnswer.model_validate(answer)
    (overall,) = answer["criteria"]
    assert (answer["judge"]["name"], answer["judge"]["model"]) == ("house-judge", "judge-model")
    assert (overall["n_items"], overall["n_labels"], overall["confusion"]["rows"]) == (4, 8, [[7, 0], [1, 0]])
    assert overall["kappa"]["n"] == 8


def test_the_newest_judge_version_is_meant_unless_another_is_named(producer, measured, clock):
    clock.shift(60)
    newer = {**JUDGE, "model": "judge-model-2"}
    measured.ingest_into(DEVELOPMENT, chat_row("new", judge_verdicts=judged("pass", judge=newer)))

    unmeasured = producer.get(HOUSE, **OF_RUBRIC)
    older = producer.get(HOUSE, **OF_RUBRIC, model="judge-model", prompt_hash="p1")

    assert "judge-model-2" in assert_problem(unmeasured, 404, "Compute now")["detail"]
    assert older.json()["judge"]["model"] == "judge-model"


def test_a_judge_may_have_slashes_in_its_name(producer, world):
    named = {**JUDGE, "name": "vendor/judge"}
    world.ingest_into(DEVELOPMENT, chat_row("r-1", judge_verdicts=judged("pass", judge=named)))
    world.review_next(world.ana)
    make_runs(world)

    assert producer.get("/judges/vendor/judge/calibration", **OF_RUBRIC).json()["judge"]["name"] == "vendor/judge"


@pytest.mark.parametrize(
    ("path", "query", "words"),
    [
        ("/agreement", OF_RUBRIC, "Compute now"),
        ("/agreement", {"rubric": "preference", "version": 1}, "preference version 1"),
        ("/agreement", {"rubric": "beauty"}, "support-reply"),
        (HOUSE, OF_RUBRIC, "Compute now"),
        (HOUSE, {"rubric": "beauty"}, "support-reply"),
        (HOUSE, {**OF_RUBRIC, "model": "other"}, "judge-model"),
        ("/judges/nobody/calibration", OF_RUBRIC, "house-judge"),
    ],
)
def test_what_is_not_there_is_a_problem_that_says_what_to_do(producer, world, path, query, words):
    world.ingest_into(DEVELOPMENT, chat_row("r-1"))

    assert_problem(producer.get(path, **query), 404, words)


@pytest.mark.parametrize("path", ["/agreement", HOUSE])
def test_without_a_rubric_the_ones_there_are_are_named(producer, measured, path):
    problem = assert_problem(producer.get(path), 422, "preference, support-reply")

    assert problem["errors"][0]["field"] == "rubric"


@pytest.mark.parametrize("version", ["0", "x", "9" * 30])
def test_a_version_that_cannot_be_is_refused(producer, measured, version):
    assert producer.get("/agreement", **OF_RUBRIC, version=version).status_code in (404, 422)


@pytest.mark.parametrize("path", ["/agreement", HOUSE])
def test_more_labels_take_no_more_queries(producer, measured, path, clock, django_assert_max_num_queries):
    with django_assert_max_num_queries(8) as few:
        producer.get(path, **OF_RUBRIC)
    clock.shift(60)
    label_twice(measured, first=4, n_items=8)
    make_runs(measured)

    with django_assert_max_num_queries(len(few)):
        assert producer.get(path, **OF_RUBRIC).json()["made_at"] == "2026-11-02T09:01:00Z"
