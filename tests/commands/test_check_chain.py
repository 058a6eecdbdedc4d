"""Walking every project's chain from a terminal."""

from io import StringIO

from django.core.management import call_command

from labeling.models import Event
from labeling.services.events import seal_events
from labeling.services.projects import create_user


def test_events_of_no_project_are_told_to_be_in_no_chain(world):
    create_user(username="nobody's", password="x", now=world.now)
    seal_events(world.project, now=world.now)
    n_outside = Event.objects.filter(project=None).count()

    told = StringIO()
    call_command("check_chain", stdout=told)

    assert "shop: " in told.getvalue()
    assert f"{n_outside} events of no project, such as new accounts, are in no chain" in told.getvalue()
