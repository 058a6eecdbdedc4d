"""Which judges, items and labels are compared, and what is left out and said."""

from labeling.models import JudgeVersion
from labeling.policy.splits import DEVELOPMENT
from labeling.queries.judge_pages import items_behind, newest_runs, shown_judges
from labeling.queries.judges import criteria_to_compare, judges_to_measure
from labeling.services.calibration import make_calibration_run
from labeling.services.standing import pause
from tests.world import JUDGE, chat_row, judged


def judge_of(world):
    return JudgeVersion.objects.get(project=world.project, name=JUDGE["name"])


def label(world, n_items, **row):
    start = world.project.items.count()
    world.ingest_into(DEVELOPMENT, *(chat_row(f"r-{start + number}", **row) for number in range(n_items)))
    for _ in range(n_items):
        world.review_next(world.ana)


def only_criterion(world):
    (one,) = criteria_to_compare(judge_of(world), world.rubric, until=world.now, part=DEVELOPMENT).criteria
    return one


def test_comparing_takes_the_same_queries_for_few_and_many(world, django_assert_max_num_queries):
    label(world, 12)

    with django_assert_max_num_queries(20):
        criteria_to_compare(judge_of(world), world.rubric, until=world.now, part=DEVELOPMENT)


def test_items_without_a_counterpart_are_counted(world):
    label(world, 2)
    label(world, 1, judge_verdicts=judged("pass", judge={**JUDGE, "name": "other-judge"}))
    world.ingest_into(DEVELOPMENT, chat_row("waits"))

    one = only_criterion(world)

    assert sorted(one.judged) == [world.item("r-0").pk, world.item("r-1").pk]
    assert (one.n_without_label, one.n_without_judge) == (1, 1)


def test_an_escalation_is_counted_and_is_no_label(world):
    world.ingest_into(DEVELOPMENT, chat_row("r-1"))
    world.review_next(world.ana, verdict="escalate")

    one = only_criterion(world)

    assert (one.rows, one.n_abstained) == ([], 1)


def test_verdicts_on_what_the_rubric_does_not_ask_are_counted(world):
    label(world, 1, judge_verdicts=[*judged("pass"), *judged("yes", "no", criterion="helpful")])

    assert criteria_to_compare(judge_of(world), world.rubric, until=world.now, part=DEVELOPMENT).n_not_compared == {
        "helpful": 2
    }


def test_the_input_hash_knows_the_judges_labels(world):
    label(world, 1)
    before = criteria_to_compare(judge_of(world), world.rubric, until=world.now, part=DEVELOPMENT).input_hash

    label(world, 1, judge_verdicts=judged("pass", "pass", "fail"))

    assert criteria_to_compare(judge_of(world), world.rubric, until=world.now, part=DEVELOPMENT).input_hash != before


def test_a_night_looks_at_judges_with_something_new_and_leaves_the_rest(world, clock):
    label(world, 1)
    assert judges_to_measure(now=world.now) == [judge_of(world).pk]
    make_calibration_run(judge_of(world), world.rubric, now=world.now, replicates=10)
    clock.shift(60)
    label(world, 1)

    too_early = judges_to_measure(now=world.now)
    clock.shift(24 * 3600)

    assert too_early == []
    assert judges_to_measure(now=world.now) == [judge_of(world).pk]
    make_calibration_run(judge_of(world), world.rubric, now=world.now, replicates=10)
    clock.shift(24 * 3600)
    assert judges_to_measure(now=world.now) == []


def test_a_night_looks_at_judges_again_when_labels_went_into_question(world, clock):
    label(world, 1)
    make_calibration_run(judge_of(world), world.rubric, now=world.now, replicates=10)
    clock.shift(24 * 3600)
    before = judges_to_measure(now=world.now)

    pause(world.queue, world.rater(world.ana), reason="Too fast.", actor=world.olga, now=world.now)

    assert before == []
    assert judges_to_measure(now=world.now) == [judge_of(world).pk]


def test_the_newest_run_of_each_rubric_version_is_shown(world):
    label(world, 1)
    make_calibration_run(judge_of(world), world.rubric, now=world.now, replicates=10)
    label(world, 1)
    newest = make_calibration_run(judge_of(world), world.rubric, now=world.now, replicates=10)

    assert newest_runs(world.project) == [newest]


def test_a_cell_leads_to_its_items_with_what_the_judge_said(world):
    label(world, 1, judge_verdicts=judged("fail", "pass", "fail", rationale="Too short."))
    run = make_calibration_run(judge_of(world), world.rubric, now=world.now, replicates=10)

    n_items, (one,) = items_behind(run, key="overall", human="pass", judge="fail")

    assert n_items == 1
    assert (one.item.external_id, one.n_agreeing, one.n_verdicts, one.rationale) == ("r-0", 2, 3, "Too short.")
    assert items_behind(run, key="overall", human="fail", judge="fail") is None


def test_the_list_takes_the_same_queries_for_few_and_many_judges(world, django_assert_max_num_queries):
    for number in range(6):
        label(world, 1, judge_verdicts=judged("pass", judge={**JUDGE, "name": f"judge {number}"}))
    for judge in JudgeVersion.objects.all():
        make_calibration_run(judge, world.rubric, now=world.now, replicates=10)

    with django_assert_max_num_queries(3):
        listed = shown_judges(world.project)

    assert len(listed) == 6
