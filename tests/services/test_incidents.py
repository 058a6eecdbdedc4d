"""Incidents: reported, closed once with a lesson, and their items made gold."""

import pytest

from labeling.models import Event, Incident, Item
from labeling.policy.errors import Conflict, Invalid
from labeling.queries.gold import why_no_gold
from labeling.queries.incidents import gold_of, incidents_of
from labeling.services.gold import create_gold_case
from labeling.services.incidents import close_incident, report_incident
from tests.world import GOOD, chat_row


def report(world, **changes):
    given = {
        "title": "A refund was promised twice",
        "words": "A customer wrote.",
        "severity": "major",
        "item": None,
        "reporter": world.olga,
        "now": world.now,
    }
    return report_incident(world.project, **{**given, **changes})


def settle_alone(world, clock):
    world.ingest(chat_row("r-1"))
    world.review_next(world.ana)
    clock.shift(31)
    world.settle_all()
    return world.item("r-1")


def test_an_incident_is_kept_with_who_reported_it(world):
    incident = report(world)

    assert (incident.reported_by, incident.closed_at) == (world.olga, None)
    assert Event.objects.get(kind="incident.reported").subject == {"incident_id": incident.pk, "severity": "major"}


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"title": " "}, "title"), ({"title": "x" * 121}, "title"), ({"severity": "bad"}, "severity")],
)
def test_an_incident_without_title_or_severity_is_refused(world, changes, field):
    with pytest.raises(Invalid) as refusal:
        report(world, **changes)

    assert field in refusal.value.complaints
    assert not Incident.objects.exists()


def test_an_incident_is_closed_with_a_lesson_and_only_once(world, clock):
    incident = report(world)
    clock.shift(60)

    close_incident(incident, lesson="Check the ledger first.", closer=world.ada, now=world.now)

    with pytest.raises(Conflict, match="closed this incident"):
        close_incident(incident, lesson="Another.", closer=world.olga, now=world.now)
    incident.refresh_from_db()
    assert (incident.lesson, incident.closed_by) == ("Check the ledger first.", world.ada)
    assert Event.objects.filter(kind="incident.closed").count() == 1


def test_an_incident_is_not_closed_without_a_lesson(world):
    with pytest.raises(Invalid):
        close_incident(report(world), lesson=" ", closer=world.ada, now=world.now)


def test_open_incidents_come_first(world, clock):
    closed = report(world, title="Old")
    close_incident(closed, lesson="Learnt.", closer=world.ada, now=world.now)
    clock.shift(-3600)
    open_one = report(world, title="Open")

    assert list(incidents_of(world.project)) == [open_one, closed]


def test_what_one_person_let_through_becomes_gold_once_an_incident_told_of_it(world, clock):
    item = settle_alone(world, clock)
    before = why_no_gold(item)

    report(world, item=item)

    assert before
    assert why_no_gold(item) == ""


def test_an_incident_says_what_became_of_its_item(world, clock):
    item = settle_alone(world, clock)
    report(world, item=item)
    before = gold_of(item)

    case = create_gold_case(
        item=item,
        version=world.rubric,
        verdict="reject",
        answers={**GOOD, "correct": "no"},
        explanation="It promised twice.",
        author=world.olga,
        source="incident",
        now=world.now,
    )

    assert (before.case, before.refusal) == (None, "")
    assert gold_of(item).case == case
    assert item.status == Item.Status.FINAL


def test_an_item_in_review_says_why_it_cannot_be_gold(world):
    world.ingest(chat_row("r-1"))

    assert "in review" in gold_of(world.item("r-1")).refusal
