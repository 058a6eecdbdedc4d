"""A verdict with its details by keyboard, an escalation that reaches its owner, and a label that is opened again."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import first_log_in, log_in, wait_for_swap
from tests.browser.test_journey import wait_on
from tests.browser.test_pages import scrolls_sideways, violations
from tests.services_live.stand import ROOT, run_manage
from tests.world import PASSWORD

MOVED_ON_MS = 450


@pytest.fixture
def shop_of_two(empty_installation):
    seed = (ROOT / "tests/browser/seed_verdicts.py").read_text()
    environment = {**empty_installation.environment, "PYTHONPATH": str(ROOT)}
    run_manage(environment, "shell", "-v0", "-c", seed)
    yield empty_installation
    assert [one for one in empty_installation.complaints if "403" not in one] == []


def answer_by_keys(page: Page) -> None:
    expect(page.locator('fieldset[data-criterion="correct"]')).to_have_attribute("aria-current", "true")
    for key in ("Digit1", "Digit4", "Digit4", "Digit1"):
        page.keyboard.press(key)
        page.wait_for_timeout(MOVED_ON_MS)


def answer_by_clicks(page: Page) -> None:
    for name, value in (("correct", "yes"), ("complete", "4"), ("tone", "4"), ("grounded", "supported")):
        click_on(page, f"answer-{name}", value)


def click_on(page: Page, name: str, value: str) -> None:
    page.locator(f'label:has([name="{name}"][value="{value}"]) .choice__face').click()


def looked_at(page: Page) -> None:
    assert violations(page) == []
    assert not scrolls_sideways(page)


def test_from_an_edit_by_keyboard_to_a_label_that_is_settled_anew(chromium, shop_of_two):
    installation = shop_of_two
    ana = log_in(chromium, installation, "ana", PASSWORD, viewport={"width": 1280, "height": 800})
    ana.locator(".start", has_text="Support").get_by_role("button").press("Enter")
    ana.wait_for_url("**/review/**")

    # She edits the reply with keys alone; the difference says what is wrong, so no note is asked for.
    answer_by_keys(ana)
    ana.keyboard.press("KeyE")
    expect(ana.locator("#correction")).to_be_focused()
    expect(ana.locator(".submit-bar__hint")).to_contain_text("1 left: note")
    ana.keyboard.press("Control+End")
    ana.keyboard.type(" We pay for the parcel.")
    expect(ana.locator(".submit-bar__hint")).to_have_text("Ready to submit")
    looked_at(ana)
    first = ana.url
    ana.locator("#correction").focus()
    ana.keyboard.press("Control+Enter")
    wait_for_swap(ana, first)

    # She rejects, is asked what failed, thinks again and escalates to a role.
    answer_by_keys(ana)
    ana.keyboard.press("Digit3")
    expect(ana.locator("#note")).to_be_focused()
    ana.keyboard.type("This gives away money.")
    ana.keyboard.press("Control+Enter")
    expect(ana.locator("#failure-kind")).to_be_focused()
    expect(ana.locator(".submit-bar__hint")).to_contain_text("type of failure")
    looked_at(ana)
    ana.locator("#failure-kind").focus()
    ana.keyboard.press("Escape")
    ana.keyboard.press("Shift+E")
    expect(ana.locator("#escalated-to option", has_text="olga")).to_have_count(1)
    expect(ana.locator("#escalated-to option")).to_have_count(5)
    looked_at(ana)
    ana.locator("#note").focus()
    ana.keyboard.press("Tab")
    expect(ana.locator("#escalated-to")).to_be_focused()
    ana.keyboard.type("An eval")
    expect(ana.locator("#escalated-to")).to_have_value("owner")
    second = ana.url
    ana.keyboard.press("Control+Enter")
    wait_for_swap(ana, second)

    # Its owner finds it on her home, adopts by a key what the rater chose, and says that the rubric has a gap.
    olga = log_in(chromium, installation, "olga", PASSWORD, viewport={"width": 1280, "height": 800})
    wait_on(olga, installation.address + "/", "text=1 item waits for you")
    looked_at(olga)
    olga.get_by_role("link", name="See it").click()
    expect(olga.get_by_text("for you")).to_be_visible()
    olga.locator('main a[href*="/disputes/"]').first.click()
    olga.locator("h1").click()
    olga.keyboard.press("KeyA")
    expect(olga.locator('[name="answer-tone"][value="4"]')).to_be_checked()
    olga.locator('[name="verdict"]').first.focus()
    olga.keyboard.press("Digit1")
    expect(olga.locator('[name="verdict"][value="approve"]')).to_be_checked()
    olga.locator('[name="reason"]').fill("It may be kept; the voucher rule says so.")
    olga.locator('[name="error_category"]').select_option("guideline_gap")
    olga.locator('[name="has_guideline_gap"]').check()
    olga.locator('[name="gap_statement"]').fill("Whether a gift counts as a refund.")
    looked_at(olga)
    olga.get_by_role("button", name="Settle and next").click()
    expect(olga.get_by_text("Whether a gift counts as a refund.")).to_be_visible()
    looked_at(olga)

    # The case is attached; from it she opens the label again, and may not settle it a second time.
    olga.locator("#main, main").get_by_role("link", name="to-escalate").click()
    olga.get_by_role("link", name="Re-open").click()
    expect(olga.get_by_text("This label clears the output")).to_be_visible()
    looked_at(olga)
    olga.locator('[name="reason"]').fill("There is no voucher rule.")
    olga.get_by_role("button", name="Re-open").click()
    expect(olga.get_by_text("Was final:")).to_be_visible()
    looked_at(olga)
    olga.goto(installation.address + "/p/shop/disputes/")
    expect(olga.get_by_text("You settled this before it was re-opened")).to_be_visible()
    looked_at(olga)

    # Somebody else settles it anew, with what failed and the text as it should be.
    ada = first_log_in(
        chromium, installation, "ada", installation.admin_password, viewport={"width": 1280, "height": 800}
    )
    ada.goto(installation.address + "/p/shop/disputes/")
    ada.locator('main a[href*="/disputes/"]').first.click()
    expect(ada.get_by_text("It was final and has been re-opened")).to_be_visible()
    ada.locator("h1").click()
    ada.keyboard.press("KeyA")
    ada.locator('[name="verdict"]').first.focus()
    ada.keyboard.press("Digit2")
    ada.locator('[name="failure_kind"]').select_option("policy_breach")
    ada.locator('[name="failure_severity"]').select_option("critical")
    ada.locator('[name="correction_from"][value="own"]').check()
    ada.locator('textarea[name="correction"]').fill("Please send the kettle back.")
    ada.locator('[name="reason"]').fill("No rule gives away both.")
    ada.locator('[name="error_category"]').select_option("reviewer_error")
    looked_at(ada)
    ada.get_by_role("button", name="Settle and next").click()
    ada.goto(installation.address + "/p/shop/labels/")
    expect(ada.get_by_text("Policy breach, critical")).to_be_visible()
    expect(ada.get_by_text("revision 2")).to_be_visible()
    looked_at(ada)

    # The edit of the first item is its final text, and shows where it differs.
    ada.get_by_role("link", name="to-revise").click()
    ada.get_by_text("Proposes another text").click()
    expect(ada.locator("ins", has_text=re.compile("We pay for the parcel"))).to_be_visible()
    looked_at(ada)


def test_without_a_script_every_part_of_a_verdict_can_be_given(chromium, shop_of_two):
    installation = shop_of_two
    context = {"viewport": {"width": 1280, "height": 800}, "java_script_enabled": False}
    ana = log_in(chromium, installation, "ana", PASSWORD, **context)
    ana.locator(".start", has_text="Support").get_by_role("button").click()
    ana.wait_for_url("**/review/**")
    answer_by_clicks(ana)
    expect(ana.locator("#correction")).to_be_hidden()
    click_on(ana, "verdict", "escalate")
    ana.locator("#note").fill("Ask somebody who knows.")
    ana.locator("#escalated-to").select_option("person")
    ana.get_by_role("button", name="Submit").click()
    expect(ana.get_by_text("Choose the person, or one of the roles.")).to_be_visible()
    ana.locator("#escalated-to").select_option(label="olga")
    address = ana.url
    ana.get_by_role("button", name="Submit").click()
    ana.wait_for_url(lambda url: url != address)

    answer_by_clicks(ana)
    click_on(ana, "verdict", "revise")
    expect(ana.locator("#correction")).to_be_visible()
    ana.locator("#correction").fill("Please send it back.")
    ana.get_by_role("button", name="Submit").click()
    expect(ana.get_by_role("heading", name="All done")).to_be_visible()
    installation.complaints[:] = [one for one in installation.complaints if "422" not in one]
