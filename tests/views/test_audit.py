"""The audit trail."""

import pytest
from django.db import connection
from django.urls import reverse

from labeling.models import Event
from labeling.services.events import seal_events
from labeling.services.projects import create_project, create_user
from tests.world import chat_row


def audit_url(world, query=""):
    return reverse("audit", args=[world.project.slug]) + query


def tamper(statement, *values):
    """Change the trail as only somebody with the database's own tools could: past the triggers."""
    with connection.cursor() as cursor:
        for table in ("event", "eventseal"):
            for done in ("changed", "deleted"):
                name = f"{table}_is_never_{done}"
                on_table = f" ON labeling_{table}" if connection.vendor == "postgresql" else ""
                cursor.execute(f"DROP TRIGGER IF EXISTS {name}{on_table}")
        cursor.execute(statement, values)


def test_events_are_told_in_words_newest_first(admin, world):
    world.ingest(chat_row("r-1"))
    world.review_next(world.ana)

    page = admin.get(audit_url(world))

    words = [shown.words for shown in page.context["events"]]
    assert words[0] == "Review submitted"
    assert words[-1] == "Project created"
    assert "Routing policy published" in page.content.decode()


def test_event_names_its_actor_and_leads_to_its_subject(admin, world, clock):
    world.ingest(chat_row("r-1"))
    world.review_next(world.ana)
    clock.shift(60)
    world.settle_all()

    page = admin.get(audit_url(world)).content.decode()

    assert "ana" in page
    assert reverse("item", args=[world.project.slug, world.item("r-1").pk]) in page


def test_who_did_it_is_told_by_the_name_that_the_chain_covers(admin, world):
    by_ada = Event.objects.filter(project=world.project, actor=world.ada).last()
    tamper("UPDATE labeling_event SET actor_id = %s WHERE id = %s", world.ben.pk, by_ada.pk)

    page = admin.get(audit_url(world))

    assert {shown.event.pk: shown.actor for shown in page.context["events"]}[by_ada.pk] == "ada"


def test_trail_pages_back_to_its_beginning(admin, world, monkeypatch):
    monkeypatch.setattr("labeling.queries.audit.PAGE_EVENTS", 3)
    n_events = Event.objects.filter(project=world.project).count()

    seen, query = [], ""
    while query is not None:
        page = admin.get(audit_url(world, query))
        seen += [shown.event.pk for shown in page.context["events"]]
        next_before = page.context["next_before"]
        query = f"?before={next_before}" if next_before else None

    assert len(seen) == len(set(seen)) == n_events


def test_sealed_trail_says_how_far_it_is_verified(admin, world):
    n_sealed = seal_events(world.project, now=world.now)
    world.join(world.olga, "reviewer")

    page = admin.get(audit_url(world)).content.decode()

    assert "Verified" in page
    assert f'sequence <span class="number">{n_sealed}</span>' in page
    assert '<span class="number">1</span> event not sealed yet' in page
    assert f"All {n_sealed} sealed events were hashed again" in page


def test_unsealed_trail_says_so(admin, world):
    page = admin.get(audit_url(world)).content.decode()

    assert "Nothing is sealed yet" in page


def test_changed_event_is_named(admin, world):
    seal_events(world.project, now=world.now)
    event = Event.objects.filter(project=world.project).order_by("id")[2]
    tamper("UPDATE labeling_event SET actor_name = 'nobody' WHERE id = %s", event.pk)

    page = admin.get(audit_url(world)).content.decode()

    assert "The chain is broken at sequence 3" in page
    assert f"Event {event.pk}: its content was changed" in page


@pytest.mark.parametrize(
    "query", ["?before=x", "?before=-1", "?before=" + "9" * 18, "?before=" + "9" * 40, "?before=0"]
)
def test_hostile_cursor_breaks_nothing(admin, world, query):
    assert admin.get(audit_url(world, query)).status_code == 200


def test_events_of_other_projects_stay_theirs(admin, world):
    create_project(slug="elsewhere", name="Elsewhere", creator=world.ben, now=world.now)

    page = admin.get(audit_url(world))

    assert {shown.event.project_id for shown in page.context["events"]} == {world.project.pk}


@pytest.mark.parametrize("n_more", [0, 20])
def test_trail_takes_the_same_queries_for_few_and_many(admin, world, n_more, django_assert_num_queries):
    world.ingest(*(chat_row(f"r-{number}") for number in range(n_more)))
    for _ in range(n_more):
        world.review_next(world.ana)
    seal_events(world.project, now=world.now)

    with django_assert_num_queries(8):
        admin.get(audit_url(world))


def test_logged_out_person_is_asked_to_log_in(client, world):
    answer = client.get(audit_url(world))

    assert answer.status_code == 302
    assert answer.url.startswith(reverse("login"))


@pytest.mark.parametrize("who", ["ana", "olga", "stranger"])
def test_whoever_is_no_admin_here_finds_no_such_page(client, world, who):
    stranger = create_user(username="stranger", password="x", now=world.now)
    create_project(slug="elsewhere", name="Elsewhere", creator=stranger, now=world.now)
    client.force_login({"ana": world.ana, "olga": world.olga, "stranger": stranger}[who])

    assert client.get(audit_url(world)).status_code == 404


def test_posting_is_refused(admin, world):
    assert admin.post(audit_url(world)).status_code == 405
