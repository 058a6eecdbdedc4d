"""What a writer of the next version has to know: gold, gaps, cases and time."""

from labeling.models import GuidelineGap
from labeling.queries.rubric_versions import (
    n_gold_lacking,
    open_points_for,
    times_of,
)
from labeling.services.rubrics import open_gap
from tests.services.ruling import rule
from tests.services.writing_rubrics import fresh, next_draft
from tests.world import BAD, chat_row

# --- what a writer has to know --------------------------------------------------------------------------------------


def test_gold_of_the_version_before_is_lacking_until_it_is_made_again(world):
    case = world.make_gold(chat_row("g-1"))
    draft = next_draft(world)

    assert n_gold_lacking(draft) == 1
    assert n_gold_lacking(world.rubric) == 0
    assert case.rubric_version == world.rubric


def test_a_settled_gap_is_a_case_of_the_question_on_which_reviewers_differed(world, clock):
    world.set_queue(overlap=2, breaks_ties=False)
    world.ingest(chat_row("r-1"))
    world.review_next(world.ana)
    world.review_next(world.ben, verdict="reject", answers={**BAD, "grounded": "n/a", "tone": "4"})
    clock.shift(31)
    world.settle_all()
    rule(
        world,
        world.olga,
        reason="The rubric does not say what counts as a fact.",
        error_category="guideline_gap",
        has_guideline_gap=True,
    )
    draft = next_draft(world)

    points = open_points_for(fresh(draft))

    assert set(points) == {"correct", "complete"}
    assert points["correct"].cases[0].item == world.item("r-1")
    assert points["correct"].cases[0].reason == "The rubric does not say what counts as a fact."


def test_an_open_gap_stands_at_its_question_and_a_closed_one_does_not(world):
    open_gap(world.rubric, question_key="tone", statement="How warm?", opener=world.olga, now=world.now)
    draft = next_draft(world)

    assert [gap.statement for gap, _ in open_points_for(fresh(draft))["tone"].gaps] == ["How warm?"]

    GuidelineGap.objects.update(closed_at=world.now)
    assert open_points_for(fresh(draft)) == {}


def test_the_time_of_a_version_counts_its_reviews(world):
    world.ingest(chat_row("r-1"))
    world.review_next(world.ana)

    assert times_of(world.rubric).n == 1
    assert not times_of(world.rubric).is_enough
