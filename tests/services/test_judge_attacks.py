"""What somebody tries who wants a judge that proved nothing to let items past people: each way ends with a person."""

import pytest

from labeling.services.clearances import clear_judge, suspend_judge
from tests.services.judging import CALM, NEXT, SHIPS, examined_by, says, validate, version_of
from tests.world import JUDGE, chat_row

RENAMED = JUDGE | {"name": "house-judge-pro"}
TIER = {"review_share": 0.0, "minutes": 3, "due_hours": 24, "overlap": 1}


@pytest.fixture
def shop(world):
    return publish(world)


def publish(world, **changes):
    world.publish("A pilot.", tiers=dict.fromkeys(("high", "medium", "low"), TIER), **SHIPS | changes)
    return world


def status_of(world, external_id, verdicts):
    """Where an item went; drawn for the audit it goes to people whoever judged it, so the next one is sent then."""
    for number in range(9):
        world.ingest(chat_row(f"{external_id}-{number}", **CALM, judge_verdicts=verdicts))
        item = world.item(f"{external_id}-{number}")
        if item.sampling_u >= 0.02:
            return item.status
    raise AssertionError("nine draws for the audit in a row")


def cleared(world):
    version = examined_by(world, JUDGE, prefix="s")
    validate(world, version)
    clear_judge(version, reason="It agrees with people.", actor=world.olga, now=world.now)


def test_once_a_judge_is_cleared_a_new_name_is_no_way_around_an_examination(shop):
    assert status_of(shop, "early", says(RENAMED)) == "shipped"
    cleared(shop)

    assert status_of(shop, "cleared", says(JUDGE)) == "shipped"
    assert status_of(shop, "renamed", says(RENAMED)) == "in_review"
    # Beside a verdict of the judge under its own name it does not speak either.
    assert status_of(shop, "beside", [*says(NEXT), *says(RENAMED)]) == "in_review"


def test_a_suspended_judge_does_not_come_back_under_another_name(shop):
    assert status_of(shop, "first", says(JUDGE)) == "shipped"
    suspend_judge(version_of(shop, JUDGE), reason="It drifts.", actor=shop.olga, now=shop.now)

    assert status_of(shop, "renamed", says(RENAMED)) == "in_review"


def test_a_judge_that_was_found_broken_does_not_come_back_under_another_name(shop):
    validate(shop, examined_by(shop, JUDGE, prefix="s", n_wrong=30))

    assert status_of(shop, "renamed", says(RENAMED)) == "in_review"


def test_a_cleared_judge_is_heard_on_what_it_was_examined_on_and_on_nothing_else(shop):
    cleared(shop)
    publish(shop, judge_passes={"criterion": "overall", "labels": ["pass"]})
    on_overall = [one | {"criterion": "overall", "label": "pass"} for one in says(JUDGE)]

    assert status_of(shop, "overall", on_overall) == "in_review"
    assert status_of(shop, "both", [*says(JUDGE), *on_overall]) == "in_review"
