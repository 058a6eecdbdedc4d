"""A new version of the rubric: what was earned on the one before ends, and what was granted by hand stays."""

from dataclasses import replace
from datetime import timedelta

import pytest

from labeling.models import Event, Qualification, Screening, Slot
from labeling.queries.days import day_of
from labeling.queries.rubric_versions import written_rubric_of
from labeling.queries.screening_results import n_earned_on
from labeling.services.duties import grant_qualification
from tests.services.qualifying import ask_for_qualification, begin, go_through, screen, take
from tests.services.writing_rubrics import approve, change, last_event, next_draft, use
from tests.world import chat_row


@pytest.fixture
def qualified(world, clock):
    """Ana earned hers, Ben has somebody's word, and Cleo is in the middle of a screening."""
    ask_for_qualification(world)
    screen(world, world.ana, clock)
    grant_qualification(
        world.queue,
        world.rater(world.ben),
        reason="He wrote the guideline.",
        last_day=day_of(world.now) + timedelta(days=90),
        actor=world.olga,
        now=world.now,
    )
    begin(world, world.cleo)
    go_through(world, world.cleo, n_turns=1)
    return world


def put_to_use(world, *, is_changed=True, with_cases=False):
    draft = next_draft(world)
    if is_changed:
        change(world, draft)
    approve(world, draft)
    if with_cases:
        ask_for_qualification(world, version=draft)
    return use(world, draft)


def standing(world, user):
    return Qualification.objects.filter(reviewer=world.rater(user), withdrawn_at__isnull=True)


def test_the_draft_tells_how_many_would_end(qualified, client):
    draft = next_draft(qualified)
    client.force_login(qualified.olga)

    page = client.get(f"/p/shop/rubrics/{draft.pk}/")

    assert n_earned_on(qualified.rubric.rubric, now=qualified.now) == 1
    assert "1 qualification that was earned on v1 ends" in page.text


def test_what_was_earned_ends_and_what_was_granted_stays(qualified):
    put_to_use(qualified, with_cases=True)

    ended = Qualification.objects.get(reviewer=qualified.rater(qualified.ana))
    assert (ended.withdrawn_at, ended.withdrawn_by) == (qualified.now, None)
    assert ended.withdrawal_reason == "Version 2 of the rubric was put to use."
    assert standing(qualified, qualified.ben).count() == 1
    assert last_event("qualification.ended").subject["qualification_id"] == ended.pk
    assert last_event("rubric.put_to_use").subject["n_qualifications_ended"] == 1


def test_whoever_is_in_a_screening_begins_anew_on_the_new_version(qualified, clock):
    held = take(qualified, qualified.cleo)
    put_to_use(qualified, with_cases=True)

    broken_off = Screening.objects.get(reviewer=qualified.rater(qualified.cleo))
    assert (broken_off.has_passed, broken_off.n_cases) == (False, None)
    assert not Slot.objects.filter(reserved_for=broken_off.reviewer, state__in=["open", "leased"]).exists()
    assert qualified.submit(held).outcome == "extra"
    assert last_event("screening.broken_off").subject["screening_id"] == broken_off.pk
    clock.shift(1)
    assert begin(qualified, qualified.cleo).rubric_version.number == 2


def test_it_is_earned_again_on_the_new_version(qualified, clock):
    qualified.ingest(chat_row("live"))
    put_to_use(qualified, with_cases=True)
    refused = take(qualified, qualified.ana).reason
    clock.shift(1)

    again = screen(qualified, qualified.ana, clock)

    assert refused == "not_qualified"
    assert (again.rubric_version.number, again.has_passed) == (2, True)
    assert take(qualified, qualified.ana).entry.item.external_id == "live"


def test_where_there_is_nothing_to_qualify_on_it_goes_on_for_fourteen_days(qualified):
    qualified.ingest(chat_row("live"))

    put_to_use(qualified)

    goes_on = standing(qualified, qualified.ana).get()
    assert (goes_on.last_day - day_of(qualified.now)).days == 13
    assert "goes on for a while" in goes_on.reason
    assert take(qualified, qualified.ana).entry.item.external_id == "live"
    assert Event.objects.filter(kind="qualification.ended").count() == 1


def test_what_goes_on_never_goes_on_longer_than_it_was_earned_for(qualified, clock):
    earned_until = standing(qualified, qualified.ana).get().last_day
    clock.shift((earned_until - day_of(qualified.now)).days * 24 * 3600 - 3 * 24 * 3600)

    put_to_use(qualified)

    assert standing(qualified, qualified.ana).get().last_day == earned_until


def test_a_version_that_differs_in_nothing_ends_nothing(qualified):
    put_to_use(qualified, is_changed=False)

    assert standing(qualified, qualified.ana).count() == 1
    assert Screening.objects.filter(ended_at__isnull=True).count() == 1


def test_queues_of_other_rubrics_are_left_alone(qualified):
    draft = next_draft(qualified, qualified.preference_rubric)
    written = written_rubric_of(draft)
    change(qualified, draft, replace(written, instructions="Look at both to the end."))
    approve(qualified, draft)

    use(qualified, draft)

    assert standing(qualified, qualified.ana).count() == 1
