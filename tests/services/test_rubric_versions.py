"""Drafts of a rubric: written, approved, put to use and discarded; the rows, the events, the second call."""

from datetime import date

import pytest
from django.db import IntegrityError, transaction

from labeling.models import Event, GuidelineGap, Rubric, RubricApproval, RubricVersion
from labeling.policy.errors import Conflict, Invalid
from labeling.policy.rubric_files import fingerprint_of
from labeling.policy.rubric_rules import WrittenRubric
from labeling.queries.gold import gold_versions_for
from labeling.queries.rubric_versions import (
    may_be_changed,
    own_rubrics_to_look_at,
    rubrics_to_look_at,
    version_in_use,
    written_rubric_of,
)
from labeling.queries.rubrics import questions_of
from labeling.services.queues import create_queue
from labeling.services.rubric_versions import (
    approve_version,
    discard_draft,
    save_questions,
    set_care,
    write_version,
)
from labeling.services.rubrics import open_gap, write_rubric
from tests.services.writing_rubrics import approve, change, fresh, last_event, next_draft, reworded, use
from tests.world import chat_row

# --- drafts ---------------------------------------------------------------------------------------------------------


def test_a_draft_begins_as_a_copy_under_the_next_number(world):
    draft = next_draft(world)

    assert (draft.number, draft.in_use_from) == (2, None)
    assert questions_of(draft) == questions_of(world.rubric)
    assert last_event("rubric.drafted").subject == {"version_id": draft.pk, "number": 2}


def test_a_rubric_has_one_draft_at_a_time(world):
    draft = next_draft(world)

    with pytest.raises(Conflict, match="Version 2 is being written already"):
        next_draft(world)
    with pytest.raises(IntegrityError), transaction.atomic():
        RubricVersion.objects.create(rubric=draft.rubric, number=3, created_at=world.now)


def test_what_comes_in_is_queued_against_the_version_in_use_while_there_is_a_draft(world):
    draft = next_draft(world)
    change(world, draft)
    approve(world, draft)

    world.ingest(chat_row("r-1"))

    assert world.entry("r-1").rubric_version == world.rubric
    assert version_in_use(draft.rubric) == world.rubric


def test_a_draft_is_offered_to_no_gold_case_and_no_new_queue(world):
    next_draft(world)
    only_draft = write_rubric(
        project=world.project, key="new", name="New", written=WrittenRubric(), author=world.olga, now=world.now
    )
    world.make_gold(chat_row("g-1"))

    offered = gold_versions_for(world.item("g-1"))

    assert world.rubric in offered
    assert not any(version.is_draft for version in offered)
    with pytest.raises(Invalid, match="still a draft"):
        create_queue(
            project=world.project, slug="q", name="Q", rubric=only_draft.rubric, author=world.ada, now=world.now
        )


def test_a_draft_cannot_be_frozen(world):
    draft = next_draft(world)

    with pytest.raises(IntegrityError), transaction.atomic():
        RubricVersion.objects.filter(pk=draft.pk).update(frozen_at=world.now)


def test_saving_replaces_the_questions_and_takes_the_approval_away(world):
    draft = next_draft(world)
    approve(world, draft)

    assert change(world, draft)

    assert questions_of(fresh(draft))[0].question == "Is every word of it right?"
    assert not RubricApproval.objects.exists()
    assert last_event("rubric.changed").subject == {"version_id": draft.pk, "lost_approval": True}


def test_saving_the_same_again_changes_nothing(world):
    draft = next_draft(world)
    approve(world, draft)

    assert not change(world, draft, written_rubric_of(fresh(draft)))

    assert RubricApproval.objects.filter(version=draft).exists()
    assert not Event.objects.filter(kind="rubric.changed").exists()


def test_the_second_of_two_who_started_from_the_same_is_refused(world):
    draft = next_draft(world)
    start = fingerprint_of(written_rubric_of(fresh(draft)))
    save_questions(draft, reworded(fresh(draft)), based_on=start, author=world.olga, now=world.now)

    with pytest.raises(Conflict, match="Somebody else saved"):
        save_questions(draft, reworded(draft, "Mine?"), based_on=start, author=world.ada, now=world.now)

    assert questions_of(fresh(draft))[0].question == "Is every word of it right?"


def test_what_cannot_be_so_is_refused_with_its_path(world):
    draft = next_draft(world)

    with pytest.raises(Invalid) as refused:
        change(world, draft, reworded(draft, ""))

    assert list(refused.value.complaints) == ["criteria[0].question"]


def test_a_version_in_use_may_change_until_something_is_queued_against_it(world):
    assert change(world, world.rubric)

    world.ingest(chat_row("r-1"))

    assert not may_be_changed(fresh(world.rubric))
    with pytest.raises(Conflict, match="write its next version"):
        change(world, world.rubric)


def test_a_version_in_use_never_becomes_one_that_asks_nothing(world):
    with pytest.raises(Invalid, match="at least one question"):
        change(world, world.preference_rubric, WrittenRubric())


def test_a_version_that_gold_answers_stays_as_it_is(world):
    world.make_gold(chat_row("g-1"))

    assert not may_be_changed(world.rubric)


# --- approval and use -----------------------------------------------------------------------------------------------


def test_an_approval_is_of_what_was_read(world):
    draft = next_draft(world)
    read = fingerprint_of(written_rubric_of(fresh(draft)))
    change(world, draft)

    with pytest.raises(Conflict, match="changed since you read it"):
        approve_version(draft, based_on=read, approver=world.ada, now=world.now)


def test_approving_twice_is_approving_once(world):
    draft = next_draft(world)
    approve(world, draft)
    approve(world, draft)

    assert RubricApproval.objects.get(version=draft).approved_by == world.ada
    assert Event.objects.filter(kind="rubric.approved").count() == 1


def test_a_draft_is_put_to_use_with_its_reason_and_what_it_changes(world):
    draft = next_draft(world)
    change(world, draft)
    approve(world, draft)
    world.make_gold(chat_row("g-1"))

    use(world, draft)

    stored = fresh(draft)
    assert (stored.in_use_from, stored.in_use_by, stored.reason) == (world.now, world.olga, "Clearer.")
    assert version_in_use(stored.rubric) == stored
    assert last_event("rubric.put_to_use").subject == {
        "version_id": draft.pk,
        "number": 2,
        "reason": "Clearer.",
        "added": [],
        "removed": [],
        "changed": ["correct"],
        "n_gold_lacking": 1,
        "gap_ids": [],
        "n_qualifications_ended": 0,
    }
    world.ingest(chat_row("r-1"))
    assert world.entry("r-1").rubric_version == stored


def test_what_is_queued_keeps_its_version(world):
    world.ingest(chat_row("r-1"))
    draft = next_draft(world)
    approve(world, draft)

    use(world, draft)

    assert world.entry("r-1").rubric_version == world.rubric
    assert world.review_next(world.ana)


def test_a_draft_that_nobody_approved_is_not_put_to_use(world):
    draft = next_draft(world)

    with pytest.raises(Conflict, match="approve it first"):
        use(world, draft)

    assert fresh(draft).is_draft


def test_putting_to_use_takes_a_reason_and_happens_once(world):
    draft = next_draft(world)
    approve(world, draft)

    with pytest.raises(Invalid, match="Say why"):
        use(world, draft, reason=" ")
    use(world, draft)
    with pytest.raises(Conflict, match="in use already"):
        use(world, draft)

    assert Event.objects.filter(kind="rubric.put_to_use").count() == 1


def test_an_empty_draft_is_neither_approved_nor_used(world):
    draft = write_rubric(
        project=world.project, key="new", name="New", written=WrittenRubric(), author=world.olga, now=world.now
    )

    with pytest.raises(Invalid, match="at least one question"):
        approve(world, draft)


def test_gaps_that_were_chosen_are_closed_by_the_version(world):
    gap, other = (
        open_gap(world.rubric, question_key=key, statement="It does not say.", opener=world.olga, now=world.now)
        for key in ("tone", "complete")
    )
    draft = next_draft(world)
    approve(world, draft)

    use(world, draft, closes=[gap.pk])

    assert GuidelineGap.objects.get(pk=gap.pk).closed_by_version_id == draft.pk
    assert GuidelineGap.objects.get(pk=other.pk).closed_at is None


def test_labels_from_elsewhere_answer_the_version_in_use(world):
    draft = next_draft(world)
    world.ingest(chat_row("r-1"))
    world.import_votes(("r-1", "kim", "correct", "yes"))

    assert fresh(world.rubric).frozen_at is not None
    assert fresh(draft).frozen_at is None


# --- throwing away, bringing in, looking after ----------------------------------------------------------------------


def test_a_discarded_draft_leaves_the_rubric_as_it_was(world):
    draft = next_draft(world)

    discard_draft(draft, actor=world.olga, now=world.now)

    assert not RubricVersion.objects.filter(pk=draft.pk).exists()
    assert version_in_use(world.rubric.rubric) == world.rubric
    assert last_event("rubric.discarded").subject["number"] == 2
    with pytest.raises(Conflict, match="discarded this draft meanwhile"):
        discard_draft(draft, actor=world.olga, now=world.now)


def test_the_only_draft_of_a_rubric_takes_the_rubric_with_it(world):
    draft = write_rubric(
        project=world.project, key="new", name="New", written=WrittenRubric(), author=world.olga, now=world.now
    )

    discard_draft(draft, actor=world.olga, now=world.now)

    assert not Rubric.objects.filter(key="new").exists()


def test_a_version_in_use_is_not_discarded(world):
    with pytest.raises(Conflict, match="stays"):
        discard_draft(world.rubric, actor=world.olga, now=world.now)


def test_a_file_becomes_the_draft_or_replaces_it(world):
    first = write_version(world.rubric.rubric, reworded(world.rubric), author=world.olga, now=world.now)
    second = write_version(world.rubric.rubric, reworded(world.rubric, "And now?"), author=world.olga, now=world.now)

    assert first == second
    assert questions_of(fresh(first))[0].question == "And now?"


def test_a_taken_key_is_refused(world):
    with pytest.raises(Invalid, match="already has a rubric"):
        write_rubric(
            project=world.project,
            key="support-reply",
            name="Other",
            written=WrittenRubric(),
            author=world.olga,
            now=world.now,
        )


def test_who_looks_after_a_rubric_is_one_of_its_managers(world):
    rubric = world.rubric.rubric
    day = date(2020, 1, 1)

    assert rubric.owner == world.olga
    assert set_care(rubric, owner=world.ada, review_on=day, actor=world.olga, now=world.now)
    assert not set_care(rubric, owner=world.ada, review_on=day, actor=world.olga, now=world.now)
    with pytest.raises(Invalid, match="owner or admin"):
        set_care(rubric, owner=world.ana, review_on=None, actor=world.olga, now=world.now)

    assert last_event("rubric.care_set").subject["review_on"] == "2020-01-01"
    assert Event.objects.filter(kind="rubric.care_set").count() == 1


def test_an_overdue_rubric_is_told_to_its_owner_from_the_day_after(world):
    day = date(2026, 5, 1)
    set_care(world.rubric.rubric, owner=world.olga, review_on=day, actor=world.ada, now=world.now)

    assert not rubrics_to_look_at(world.project, today=day)
    assert list(rubrics_to_look_at(world.project, today=date(2026, 5, 2))) == [world.rubric.rubric]
    assert list(own_rubrics_to_look_at(world.olga, today=date(2026, 5, 2))) == [world.rubric.rubric]
    assert not own_rubrics_to_look_at(world.ada, today=date(2026, 5, 2))
