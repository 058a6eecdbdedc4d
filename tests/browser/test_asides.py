"""The lines beside the work: which system wrote the item before, and the hint of a pause. Neither is in the way."""

import pytest
from playwright.sync_api import expect

from tests.browser.desk import answer_all, output, submit_by_key
from tests.browser.test_pages import scrolls_sideways, violations
from tests.services_live.stand import run_manage

SET_PROBE = """
from django.utils import timezone
from labeling.models import Queue, User
from labeling.services.probes import set_probe
for queue in Queue.objects.filter(name="Support replies"):
    set_probe(queue, probe_share={share}, actor=User.objects.get(username="ada"), reason="A test.", now=timezone.now())
"""
AT_IT = """
from datetime import timedelta
from django.utils import timezone
from labeling.models import Rater
now = timezone.now()
Rater.objects.filter(kind="user").update(at_it_since=now - timedelta(minutes=64), last_submitted_at=now)
"""
NEVER_AT_IT = "from labeling.models import Rater\nRater.objects.update(at_it_since=None, last_submitted_at=None)"


@pytest.fixture
def probing(shop):
    """Reviewers of this queue are asked about every item."""
    run_manage(shop.environment, "shell", "-v0", "-c", SET_PROBE.format(share=1.0))
    yield
    run_manage(shop.environment, "shell", "-v0", "-c", SET_PROBE.format(share=0.0))


@pytest.fixture
def tired(shop):
    """Everybody has been at it for an hour."""
    run_manage(shop.environment, "shell", "-v0", "-c", AT_IT)
    yield
    run_manage(shop.environment, "shell", "-v0", "-c", NEVER_AT_IT)


def question(page):
    return page.get_by_text("Which system do you think wrote the output before?")


@pytest.mark.parametrize("viewport", [{"width": 1280, "height": 800}, {"width": 390, "height": 844}])
def test_the_probe_is_answered_beside_the_work_and_goes(probing, sit_down, viewport):
    page = sit_down(viewport=viewport)
    expect(question(page)).to_have_count(0)
    answer_all(page)
    submit_by_key(page)
    expect(question(page)).to_be_visible()
    assert violations(page) == []
    assert not scrolls_sideways(page)
    before = output(page).inner_text()

    page.get_by_role("button", name="Can’t tell").click()

    expect(page.get_by_text("Noted, thank you.")).to_be_visible()
    assert output(page).inner_text() == before


def test_whoever_does_not_answer_the_probe_goes_on_by_keys_alone(probing, sit_down):
    page = sit_down()
    for _ in range(2):
        answer_all(page)
        submit_by_key(page)

    expect(question(page)).to_have_count(1)


@pytest.mark.parametrize("viewport", [{"width": 1280, "height": 800}, {"width": 390, "height": 844}])
def test_the_hint_of_a_pause_is_hidden_and_stays_away(tired, sit_down, viewport):
    page = sit_down(viewport=viewport)
    hint = page.get_by_text("You have been at this for 64 minutes")
    expect(hint).to_be_visible()
    assert violations(page) == []
    assert not scrolls_sideways(page)

    page.get_by_role("button", name="Hide this").click()

    expect(hint).to_have_count(0)
    page.reload()
    expect(hint).to_have_count(0)
