"""A new reviewer qualifies by keyboard: training with the known answer, a silent screen, and then live work."""

import os

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import ROOT, log_in, up
from tests.browser.desk import answer_all, face, output, submit_by_key
from tests.browser.test_pages import scrolls_sideways, violations
from tests.services_live.stand import run_manage
from tests.world import PASSWORD


@pytest.fixture(scope="module")
def installation(tmp_path_factory):
    """One queue that asks for a qualification, and two new people."""
    folder = tmp_path_factory.mktemp("screening")
    settings = {"SECRET_KEY": "for-this-test-only-" + "x" * 40, "SECURE_COOKIES": "0", "REVIEWAPP_DEMO": "0"}
    environment = {**os.environ, "REVIEWAPP_VAR": str(folder), "PYTHONPATH": str(ROOT), **settings}
    for name in ("DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE"):
        environment.pop(name, None)
    run_manage(environment, "migrate", "-v0")
    run_manage(environment, "shell", "-v0", "-c", (ROOT / "tests/browser/seed_screening.py").read_text())
    with up(folder, "up", **settings) as running:
        yield running


@pytest.fixture
def asking(installation):
    """Nothing on its pages may be complained about."""
    installation.complaints.clear()
    yield installation
    assert installation.complaints == []


def expect_good(page):
    assert violations(page) == []
    assert not scrolls_sideways(page)


def submit_training(page):
    """Submit with Enter and wait for what is known."""
    answer_all(page)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="The known answer is another one")).to_be_visible()
    page.wait_for_function("() => !document.querySelector('.htmx-added, .htmx-settling')")


def test_a_new_reviewer_trains_is_screened_and_is_handed_live_work(chromium, asking):
    page = log_in(chromium, asking, "nia", PASSWORD, viewport={"width": 1280, "height": 800})
    expect_good(page)
    page.get_by_role("link", name="How to qualify").click()
    expect(page.get_by_role("heading", name="What it takes")).to_be_visible()
    expect_good(page)

    page.get_by_role("button", name="Begin the training").press("Enter")
    page.wait_for_url("**/review/**")
    expect(page.locator(".desk-bar__stage")).to_have_text("Training")
    for n_done in (1, 2):
        submit_training(page)
        expect(page.locator(".compared__row--differs").first).to_contain_text("Known")
        expect(page.locator(".desk-bar__stage")).to_contain_text(f"{n_done} of 2 done")
        if n_done == 1:
            expect_good(page)
        submit_by_key(page)

    for _ in range(5):
        expect(page.locator(".desk-bar__stage")).to_have_text("Screen")
        expect(page.locator(".compared__row")).to_have_count(0)
        answer_all(page)
        submit_by_key(page)
    expect(page.get_by_role("heading", name="Your screen is in")).to_be_visible()
    expect_good(page)

    page.keyboard.press("Enter")
    page.wait_for_url("**/screening/")
    expect(page.get_by_text("You are qualified until")).to_be_visible()
    expect(page.get_by_text("5 of 5 right")).to_be_visible()
    expect_good(page)
    page.goto(asking.address)
    page.get_by_role("button", name="Start reviewing").click()
    expect(output(page)).to_contain_text("Live reply")
    expect(page.locator(".desk-bar__stage")).to_have_count(0)


def test_without_scripts_the_same_way_leads_through(chromium, asking):
    page = log_in(chromium, asking, "noa", PASSWORD, java_script_enabled=False)
    page.get_by_role("link", name="How to qualify").click()
    page.get_by_role("button", name="Begin the training").click()
    for name, value in (("correct", "yes"), ("complete", "4"), ("tone", "4"), ("grounded", "supported")):
        face(page, f"answer-{name}", value).click()
    face(page, "verdict", "approve").click()
    page.get_by_role("button", name="Submit").click()

    expect(page.get_by_role("heading", name="The known answer is another one")).to_be_visible()
    page.get_by_role("button", name="Next").press("Enter")
    expect(page.locator("#review-form")).to_be_visible()


def test_an_admin_reads_and_changes_what_it_takes(chromium, asking):
    page = log_in(chromium, asking, "ada", PASSWORD, viewport={"width": 1280, "height": 800})
    page.goto(f"{asking.address}/p/shop/queues/")
    page.get_by_role("link", name="Support replies", exact=True).click()
    page.get_by_text("Change what it takes").click()
    expect_good(page)

    page.get_by_label("Training cases").fill("3")
    page.locator("#id_qualifying-reason").fill("One more kind.")
    page.get_by_role("button", name="Change the qualification").click()

    expect(page.get_by_text("1 training case is missing")).to_be_visible()
    expect_good(page)
