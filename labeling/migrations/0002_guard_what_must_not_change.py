"""Triggers for the guarantees that Django's constraints cannot say, written for both databases.

Append-only tables, versions that are immutable once in use, no slot beyond an entry's number, and no second
counted review on one slot.
"""

from django.db import migrations

from labeling.migrations._guards import guarding, never_changed

APPEND_ONLY = (
    "review",
    "answer",
    "withdrawal",
    "shownitem",
    "handout",
    "routingdecision",
    "event",
    "eventseal",
    "finallabel",
    "finalanswer",
    "adjudication",
    "goldlabel",
    "judgeverdict",
)

GUARDS = [
    *never_changed(APPEND_ONLY),
    (
        "frozen_version_is_never_changed",
        "BEFORE UPDATE",
        "rubricversion",
        "OLD.frozen_at IS NOT NULL",
        "this rubric version has labels and is frozen; make a new version",
    ),
    (
        "frozen_version_is_never_deleted",
        "BEFORE DELETE",
        "rubricversion",
        "OLD.frozen_at IS NOT NULL",
        "this rubric version has labels and is frozen",
    ),
    *[
        (
            f"criterion_of_frozen_version_is_never_{done}",
            f"BEFORE {verb}",
            "criterion",
            (
                "EXISTS (SELECT 1 FROM labeling_rubricversion v"
                f" WHERE v.id = {row}.version_id AND v.frozen_at IS NOT NULL)"
            ),
            "this rubric version has labels and is frozen; make a new version",
        )
        for verb, done, row in (
            ("INSERT", "added", "NEW"),
            ("UPDATE", "changed", "OLD"),
            ("DELETE", "deleted", "OLD"),
        )
    ],
    (
        "criterion_keeps_its_version",
        "BEFORE UPDATE",
        "criterion",
        "NEW.version_id <> OLD.version_id",
        "a criterion stays in its rubric version",
    ),
    (
        "draw_of_an_item_never_changes",
        "BEFORE UPDATE",
        "item",
        "NEW.sampling_u <> OLD.sampling_u",
        "an item is drawn once; another draw would choose what escapes review",
    ),
    (
        "answer_needs_a_frozen_version",
        "BEFORE INSERT",
        "answer",
        (
            "EXISTS (SELECT 1 FROM labeling_criterion c JOIN labeling_rubricversion v ON v.id = c.version_id"
            " WHERE c.id = NEW.criterion_id AND v.frozen_at IS NULL)"
        ),
        "freeze the rubric version before its first label",
    ),
    (
        "answer_is_to_its_own_rubric",
        "BEFORE INSERT",
        "answer",
        (
            "NOT EXISTS (SELECT 1 FROM labeling_review r JOIN labeling_queueentry e ON e.id = r.entry_id"
            " JOIN labeling_criterion c ON c.version_id = e.rubric_version_id"
            " WHERE r.id = NEW.review_id AND c.id = NEW.criterion_id)"
        ),
        "this criterion belongs to another rubric version than the entry",
    ),
    (
        "published_policy_is_never_changed",
        "BEFORE UPDATE",
        "routingpolicy",
        (
            "OLD.published_at IS NOT NULL AND (NEW.definition {distinct} OLD.definition OR NEW.number <> OLD.number"
            " OR NEW.reason <> OLD.reason OR NEW.published_at {distinct} OLD.published_at)"
        ),
        "this policy was published; publish another version",
    ),
    (
        "published_policy_is_never_deleted",
        "BEFORE DELETE",
        "routingpolicy",
        "OLD.published_at IS NOT NULL",
        "this policy was published",
    ),
    (
        "slot_is_within_its_entry",
        "BEFORE INSERT",
        "slot",
        "NEW.slot_no < 1 OR NEW.slot_no > (SELECT e.n_slots FROM labeling_queueentry e WHERE e.id = NEW.entry_id)",
        "this entry has no further slot",
    ),
    (
        "slot_keeps_its_place",
        "BEFORE UPDATE",
        "slot",
        "NEW.slot_no <> OLD.slot_no OR NEW.entry_id <> OLD.entry_id OR NEW.queue_id <> OLD.queue_id",
        "a slot keeps its number, entry and queue",
    ),
    (
        "entry_never_loses_slots",
        "BEFORE UPDATE",
        "queueentry",
        "NEW.n_slots < OLD.n_slots OR NEW.item_id <> OLD.item_id OR NEW.rubric_version_id <> OLD.rubric_version_id",
        "an entry keeps its item, its rubric version and its slots",
    ),
    (
        "review_is_by_the_holder_of_its_slot",
        "BEFORE INSERT",
        "review",
        (
            "NEW.slot_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM labeling_slot s WHERE s.id = NEW.slot_id"
            " AND s.entry_id = NEW.entry_id AND s.reviewer_id = NEW.reviewer_id)"
        ),
        "this slot is held by somebody else",
    ),
    (
        "one_counted_review_per_slot",
        "BEFORE INSERT",
        "review",
        (
            "NEW.slot_id IS NOT NULL AND EXISTS (SELECT 1 FROM labeling_review r WHERE r.slot_id = NEW.slot_id"
            " AND NOT EXISTS (SELECT 1 FROM labeling_withdrawal w WHERE w.review_id = r.id))"
        ),
        "this slot already has a review",
    ),
]


class Migration(migrations.Migration):
    dependencies = [("labeling", "0001_create_the_tables")]

    operations = [guarding(GUARDS)]
