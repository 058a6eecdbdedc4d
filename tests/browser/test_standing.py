"""A reviewer's way through: onboarding, qualification, live work, a pause, an appeal, probation, and back."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Installation, log_in
from tests.browser.test_pages import scrolls_sideways, violations
from tests.services_live.stand import ROOT, run_manage
from tests.world import PASSWORD

POINTS = (("answer-correct", "yes"), ("answer-complete", "4"), ("answer-tone", "4"), ("answer-grounded", "supported"))
# The rule looks every five seconds, at answers whose second of grace is over.
UNTIL_IT_LOOKED_MS = 30_000


@pytest.fixture
def shop_with_gold(empty_installation):
    seed(empty_installation, "seed_standing.py")
    yield empty_installation
    assert [one for one in empty_installation.complaints if "403" not in one] == []


def seed(installation: Installation, name: str) -> None:
    environment = {**installation.environment, "PYTHONPATH": str(ROOT)}
    run_manage(environment, "shell", "-v0", "-c", (ROOT / "tests/browser" / name).read_text())


def looked_at(page: Page) -> None:
    assert violations(page) == []
    assert not scrolls_sideways(page)


def approve(page: Page) -> None:
    """Full marks by pointer, and the item is gone."""
    for name, value in (*POINTS, ("verdict", "approve")):
        page.locator(f'label:has([name="{name}"][value="{value}"]) .choice__face').click()
    before = page.url
    page.locator("#review-form").get_by_role("button", name="Submit").click()
    page.wait_for_function("before => location.href !== before || !document.querySelector('#review-form')", arg=before)


def qualify(page: Page) -> None:
    """From the page of the screening through one training case and two of the screen to its result."""
    page.get_by_role("button", name="Begin the training").click()
    page.wait_for_url("**/review/**")
    approve(page)
    expect(page.get_by_role("heading", name="As known, all of it")).to_be_visible()
    looked_at(page)
    page.keyboard.press("Enter")
    for _ in range(2):
        expect(page.locator("#review-form")).to_be_visible()
        approve(page)


def until_it_says(page: Page, address: str, words: str) -> None:
    """Load a page until what a clock does behind it is seen there."""
    for _ in range(UNTIL_IT_LOOKED_MS // 1_000):
        page.goto(address)
        if page.get_by_text(words).first.is_visible():
            return
        page.wait_for_timeout(1_000)
    expect(page.get_by_text(words).first).to_be_visible()


def decide(page: Page, address: str, outcome: str, why: str) -> None:
    page.goto(address)
    expect(page.get_by_text("1 appeal waits for a decision")).to_be_visible()
    page.get_by_role("link", name="See it").click()
    looked_at(page)
    page.locator("tbody").get_by_role("link", name="ana").first.click()
    looked_at(page)
    page.get_by_label(outcome).check()
    page.get_by_label("Why").fill(why)
    page.get_by_role("button", name="Decide").click()
    expect(page.get_by_text("Decided; ana reads it on their page.")).to_be_visible()


def test_from_onboarding_through_a_pause_and_probation_back_to_work(chromium, shop_with_gold):
    installation = shop_with_gold
    home = installation.address
    ana = log_in(chromium, installation, "ana", PASSWORD, viewport={"width": 1280, "height": 800})
    olga = log_in(chromium, installation, "olga", PASSWORD, viewport={"width": 1280, "height": 800})

    # She qualifies, and is handed live work.
    ana.goto(f"{home}/queues/1/screening/")
    looked_at(ana)
    qualify(ana)
    until_it_says(ana, f"{home}/queues/1/screening/", "You are qualified until")
    until_it_says(ana, home, "items wait for you")

    # She approves nineteen of what should be rejected, and one more at the desk.
    seed(installation, "seed_known_answers.py")
    ana.goto(home)
    ana.locator(".start", has_text="Support").get_by_role("button").click()
    ana.wait_for_url("**/review/**")
    approve(ana)
    until_it_says(ana, home, "You are paused here")
    looked_at(ana)

    # She reads why and appeals; Olga looks at the answers behind it and dismisses it.
    ana.get_by_role("link", name="Why, and the way back").click()
    expect(ana.get_by_text("0 of the first 20 known answers")).to_be_visible()
    looked_at(ana)
    ana.get_by_label("What is wrong with it").fill("The policy is new to me.")
    ana.get_by_role("button", name="Appeal").click()
    expect(ana.get_by_text("waits for a decision")).to_be_visible()
    decide(olga, home, "Dismiss it", "It is the one you were trained on.")
    ana.reload()
    expect(ana.get_by_text("It is the one you were trained on.")).to_be_visible()
    looked_at(ana)

    # She trains again, passes the screen, and is on probation.
    ana.get_by_role("link", name="Train again and pass the screen").click()
    looked_at(ana)
    qualify(ana)
    until_it_says(ana, f"{home}/queues/1/standing/", "It ends by itself once twenty")
    looked_at(ana)

    # Against that she appeals as well, is right, and is back.
    ana.get_by_label("What is wrong with it").fill("Olga has read my last answers.")
    ana.get_by_role("button", name="Appeal").click()
    expect(ana.get_by_text("Your appeal is in.")).to_be_visible()
    decide(olga, home, "Uphold the appeal", "I have, and they are good.")
    ana.goto(home)
    expect(ana.get_by_text("on probation")).to_have_count(0)
    ana.locator(".start", has_text="Support").get_by_role("button").click()
    ana.wait_for_url("**/review/**")
    expect(ana.locator("#review-form")).to_be_visible()

    # Olga reads all of it on Ana's page.
    olga.goto(f"{home}/p/shop/reviewers/")
    olga.get_by_role("link", name="ana").first.click()
    expect(olga.get_by_text("Too many known answers were missed.").first).to_be_visible()
    looked_at(olga)
