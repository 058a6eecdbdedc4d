"""A reviewer's hands at the desk: what they press, and what they wait for."""

import re

from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import wait_for_swap

QUESTIONS = ("correct", "complete", "tone", "grounded", "verdict")
ANSWERS = ("Digit1", "Digit4", "Digit3", "Digit1", "Digit1")


def expect_marked(page: Page, name: str) -> None:
    expect(page.locator('.criterion[aria-current="true"]')).to_have_attribute("data-criterion", name)


def answer_all(page: Page, keys: tuple[str, ...] = ANSWERS) -> None:
    """Answer every question by its key, waiting each time until the next one is marked."""
    for name, key in zip(QUESTIONS, keys, strict=True):
        expect_marked(page, name)
        page.keyboard.press(key)
        expect(page.locator(f'[data-criterion="{name}"] input:checked')).to_have_count(1)


def expect_chosen(page: Page, **values: str) -> None:
    for name, value in values.items():
        field = "verdict" if name == "verdict" else f"answer-{name}"
        expect(page.locator(f'[name="{field}"][value="{value}"]')).to_be_checked()


def face(page: Page, field: str, value: str) -> Locator:
    """What a pointer presses to choose a point; the input itself is out of sight."""
    return page.locator(f'[name="{field}"][value="{value}"] + .choice__face')


def expect_saved(page: Page) -> None:
    expect(page.locator("#save-state")).to_have_text(re.compile(r"^Saved \d\d:\d\d:\d\d$"))


def submit_by_key(page: Page, key: str = "Enter") -> None:
    """Submit and wait until the next item, or the page that says why there is none, stands on the desk."""
    before = page.url
    page.keyboard.press(key)
    wait_for_swap(page, before)
    expect(page.locator("#main")).to_be_focused()


def hint(page: Page) -> Locator:
    return page.locator(".submit-bar__hint")


def output(page: Page) -> Locator:
    return page.locator(".pane--output")
