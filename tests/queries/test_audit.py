"""Walking the chain of events again."""

import re
from pathlib import Path

import pytest

from labeling.models import Event, EventSeal
from labeling.queries.audit import EVENTS, verify_chain
from labeling.services import events
from labeling.services.events import seal_events
from tests.views.test_audit import tamper


@pytest.fixture
def sealed(world):
    """The events of the world, sealed in order."""
    seal_events(world.project, now=world.now)
    return list(EventSeal.objects.filter(project=world.project).order_by("sequence"))


def test_untouched_chain_holds(world, sealed):
    report = verify_chain(world.project)

    assert report.holds
    assert report.is_whole
    assert (report.n_checked, report.verified_sequence) == (len(sealed), len(sealed))
    assert report.verified_until == sealed[-1].event.happened_at


def test_chain_holds_across_several_sealings_and_pages(world, sealed, monkeypatch):
    monkeypatch.setattr("labeling.queries.audit.WALKED_AT_ONCE", 4)
    world.join(world.olga, "reviewer")
    seal_events(world.project, now=world.now)

    report = verify_chain(world.project)

    assert report.holds
    assert report.n_checked == len(sealed) + 1


def test_empty_chain_says_that_nothing_is_sealed(world):
    report = verify_chain(world.project)

    assert report.holds
    assert report.n_seals == 0
    assert report.verified_until is None
    assert report.n_unsealed == Event.objects.filter(project=world.project).count()


def test_only_the_last_seals_are_walked_when_bounded(world, sealed):
    tamper("UPDATE labeling_event SET kind = 'other' WHERE id = %s", sealed[0].event_id)

    bounded, whole = verify_chain(world.project, at_most=3), verify_chain(world.project)

    assert bounded.holds
    assert not bounded.is_whole
    assert bounded.n_checked == 3
    assert whole.broken_event_id == sealed[0].event_id


@pytest.mark.parametrize(
    ("statement", "complaint"),
    [
        ("UPDATE labeling_event SET kind = 'other' WHERE id = %s", "content was changed"),
        ("UPDATE labeling_event SET content_hash = 'x' WHERE id = %s", "content was changed"),
        ("UPDATE labeling_eventseal SET chain_hash = 'x' WHERE event_id = %s", "link does not follow"),
        ("UPDATE labeling_event SET project_id = NULL WHERE id = %s", "another project"),
    ],
)
def test_first_broken_event_is_named(world, sealed, statement, complaint):
    tamper(statement, sealed[4].event_id)

    report = verify_chain(world.project)

    assert not report.holds
    assert (report.broken_event_id, report.broken_sequence) == (sealed[4].event_id, 5)
    assert complaint in report.complaint
    assert report.verified_sequence == 4


def test_an_event_that_points_at_another_account_is_named(world, sealed):
    by_ada = next(seal for seal in sealed if seal.event.actor == world.ada)
    tamper("UPDATE labeling_event SET actor_id = %s WHERE id = %s", world.ben.pk, by_ada.event_id)

    report = verify_chain(world.project)

    assert report.broken_event_id == by_ada.event_id
    assert report.complaint == "it points at the account of ben and says ada"


def test_content_changed_together_with_its_hash_breaks_the_link(world, sealed):
    from labeling.policy.sealing import hash_of_event

    event = sealed[4].event
    event.actor_name = "nobody"
    tamper(
        "UPDATE labeling_event SET actor_name = 'nobody', content_hash = %s WHERE id = %s",
        hash_of_event(event),
        event.pk,
    )

    report = verify_chain(world.project)

    assert report.broken_event_id == event.pk
    assert "link does not follow" in report.complaint


def test_missing_seal_is_found(world, sealed):
    tamper("DELETE FROM labeling_eventseal WHERE event_id = %s", sealed[4].event_id)

    report = verify_chain(world.project)

    assert report.broken_sequence == 5
    assert "missing" in report.complaint


def test_queries_grow_with_pages_only(world, sealed, django_assert_num_queries):
    with django_assert_num_queries(3):
        verify_chain(world.project)


def test_every_kind_of_event_that_services_write_has_words():
    written = set()
    for module in Path(events.__file__).parent.glob("*.py"):
        written |= set(re.findall(r'record_event\(\s*"([\w.]+)"', module.read_text()))

    assert "policy.published" in written
    assert written <= set(EVENTS)
