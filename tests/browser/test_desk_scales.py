"""Every scale in a reviewer's hands: numbers, boxes, words, parts and conditions, by keys or without a script."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import wait_for_swap
from tests.browser.test_pages import violations

PHONE = {"width": 390, "height": 844}
QUEUE = "Every scale"


def expect_marked(page: Page, name: str) -> None:
    expect(page.locator('.criterion[aria-current="true"]')).to_have_attribute("data-criterion", name)


def hint(page: Page):
    return page.locator(".submit-bar__hint")


def expect_saved(page: Page) -> None:
    expect(page.locator("#save-state")).to_have_text(re.compile(r"^Saved \d\d:\d\d:\d\d$"))


def give_number(page: Page, number: str) -> None:
    expect_marked(page, "score")
    page.keyboard.type(number)
    expect(page.locator('[name="answer-score"]')).to_have_value(number)
    page.keyboard.press("Enter")


def answer_by_keys(page: Page) -> None:
    """The first item from its first question to its verdict, without a pointer."""
    give_number(page, "3.5")
    expect_marked(page, "faults")
    page.keyboard.press("Digit1")
    page.keyboard.press("Digit2")
    page.keyboard.press("Enter")
    expect_marked(page, "supported~claim-1")
    page.keyboard.press("Digit1")
    expect_marked(page, "supported~claim-2")
    page.keyboard.press("Digit2")
    expect_marked(page, "hedged~claim-2")
    page.keyboard.press("Digit2")
    expect_marked(page, "relevant~chunk-1")
    page.keyboard.press("Digit1")
    expect_marked(page, "relevant~chunk-2")
    page.keyboard.press("ArrowDown")
    expect_marked(page, "verdict")
    page.keyboard.press("Digit1")


def test_every_scale_is_answered_by_keys_alone(sit_down):
    page = sit_down(QUEUE)

    answer_by_keys(page)
    expect(hint(page)).to_have_text("Ready to submit")
    before = page.url
    page.keyboard.press("Enter")
    wait_for_swap(page, before)

    expect(page.locator(".desk-bar__progress")).to_contain_text("1 of")
    expect_marked(page, "score")


def test_what_was_taken_back_stands_as_it_was_given(sit_down):
    page = sit_down(QUEUE)
    answer_by_keys(page)
    before = page.url
    page.keyboard.press("Enter")
    wait_for_swap(page, before)

    before = page.url
    page.locator("#main").focus()
    page.keyboard.press("b")
    wait_for_swap(page, before)

    expect(page.locator('[name="answer-score"]')).to_have_value("3.5")
    expect(page.locator(".choices--boxes :checked")).to_have_count(2)
    expect(page.locator('[name="answer-hedged~claim-2"][value="no"]')).to_be_checked()
    expect(hint(page)).to_have_text("Ready to submit")


def test_digits_in_a_number_are_its_own_and_escape_leaves_it(sit_down):
    page = sit_down(QUEUE)

    page.locator('[name="answer-score"]').focus()
    page.keyboard.type("4")
    expect(page.locator('[name="answer-score"]')).to_have_value("4")
    page.keyboard.press("Escape")
    page.keyboard.press("ArrowDown")

    expect_marked(page, "faults")


def test_a_number_out_of_its_bounds_is_missed(sit_down):
    page = sit_down(QUEUE)

    page.locator('[name="answer-score"]').focus()
    page.keyboard.type("9")

    expect(hint(page)).to_contain_text("score (1 (useless) to 5 (nothing to wish for), in steps of 0.1)")


def test_none_of_these_unticks_the_boxes_and_a_box_unticks_it(sit_down):
    page = sit_down(QUEUE)
    page.locator('[name="answer-faults~cold"]').focus()

    page.keyboard.press("Digit1")
    page.keyboard.press("Digit4")
    expect(page.locator(".choices--boxes :checked")).to_have_attribute("value", "none")
    page.keyboard.press("Digit2")

    expect(page.locator(".choices--boxes :checked")).to_have_attribute("name", "answer-faults~long")


def test_not_applicable_empties_the_boxes(sit_down):
    page = sit_down(QUEUE)
    page.locator('[name="answer-faults~cold"]').focus()
    page.keyboard.press("Digit1")

    page.keyboard.press("x")

    expect(page.locator(".choices--boxes :checked")).to_have_count(0)
    expect_marked(page, "supported~claim-1")


def test_a_question_appears_when_it_is_asked_and_keeps_its_words(sit_down):
    page = sit_down(QUEUE)
    story = page.locator('[data-criterion="story"]')
    expect(story).to_be_hidden()

    page.locator('[name="answer-faults~cold"]').focus()
    page.keyboard.press("Digit3")
    expect(story).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.locator('[name="rationale-faults"]')).to_be_focused()
    page.keyboard.type("The lid is made up.")
    page.keyboard.press("Escape")
    page.keyboard.press("ArrowDown")
    expect(page.locator('[name="answer-story"]')).to_be_focused()
    page.keyboard.type("A cover for 2 lids")
    page.keyboard.press("Escape")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Digit3")
    expect(story).to_be_hidden()
    page.keyboard.press("Digit3")

    expect(page.locator('[name="answer-story"]')).to_have_value("A cover for 2 lids")
    expect_saved(page)
    page.reload()
    expect(page.locator('[name="answer-story"]')).to_have_value("A cover for 2 lids")


def test_the_passage_that_is_asked_about_is_marked(sit_down):
    page = sit_down(QUEUE)

    page.locator('[name="answer-relevant~chunk-2"]').first.focus()

    expect(page.locator("[data-asked-of]")).to_have_id("part-chunk-2")


def test_without_a_script_everything_is_asked_and_what_does_not_apply_is_ignored(sit_down):
    page = sit_down(QUEUE, java_script_enabled=False)
    expect(page.get_by_text("Only where “Which faults does it have?” is Invented")).to_be_visible()

    page.locator('[name="answer-score"]').fill("4")
    page.locator('[name="answer-faults"][value="none"] + .choice__face').click()
    page.locator('[name="answer-story"]').fill("Never mind.")
    for claim in (1, 2):
        page.locator(f'[name="answer-supported~claim-{claim}"][value="yes"] + .choice__face').click()
    page.locator('[name="verdict"][value="approve"] + .choice__face').click()
    before = page.url
    page.get_by_role("button", name="Submit").click()

    expect(page).not_to_have_url(before)
    expect(page.locator(".desk-bar__progress")).to_contain_text("1 of")


@pytest.mark.parametrize("viewport", [{"width": 1280, "height": 800}, PHONE])
def test_no_barrier_stands_in_any_scale(sit_down, viewport):
    page = sit_down(QUEUE, viewport=viewport)
    page.locator('[name="answer-faults~invented"] + .choice__face').click()
    page.locator('[name="answer-supported~claim-1"][value="no"] + .choice__face').click()
    expect(page.locator('[data-criterion="hedged~claim-1"]')).to_be_visible()

    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
