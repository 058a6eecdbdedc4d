"""The pictures of the README: the desk of the demonstration as a visitor would meet it, and the reports.

    README_PICTURES=1 pytest tests/browser/test_pictures.py

takes the desk anew, as test_reports.py does the others; otherwise what is committed is looked at.
"""

import os
import struct

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import log_in, wait_for_swap
from tests.services_live.stand import ROOT

PICTURES = ("readme-desk.png", "readme-agreement.png", "readme-judge.png", "readme-routing.png")
PICTURE = ROOT / "static/img/readme-desk.png"
SIZE = {"width": 1280, "height": 800}
MOST_BYTES = 300_000
# An answer with its sources beside it, and long enough to be worth reading.
LEAST_CHARACTERS = 330


@pytest.fixture
def answer_on_the_desk(chromium, demonstration):
    """Ana's desk, with the first sourced answer that fills it."""
    page = log_in(
        chromium, demonstration, "ana", "demonstration", viewport=SIZE, color_scheme="light", reduced_motion="reduce"
    )
    page.locator(".start", has_text="Support replies").get_by_role("button").click()
    page.wait_for_url("**/review/**")
    for _ in range(60):
        if fills_the_desk(page):
            break
        before = page.url
        page.get_by_role("button", name="Postpone").click()
        wait_for_swap(page, before)
    yield page
    page.context.close()


def fills_the_desk(page: Page) -> bool:
    passages = page.locator(".passage")
    text = page.locator(".pane--output").inner_text()
    return passages.count() >= 2 and len(text) >= LEAST_CHARACTERS


def take_picture(page: Page) -> None:
    for key, name in (("Digit1", "complete"), ("Digit3", "tone")):
        page.keyboard.press(key)
        expect(page.locator('.criterion[aria-current="true"]')).to_have_attribute("data-criterion", name)
    expect(page.locator("#save-state")).to_contain_text("Saved")
    expect(page.get_by_text("Demonstration data")).to_be_visible()
    page.locator(".rubric__criteria").evaluate("one => one.scrollTo(0, 0)")
    page.mouse.move(640, 700)  # off the button that was pressed last
    page.screenshot(path=PICTURE)


@pytest.mark.parametrize("name", PICTURES)
def test_the_readme_shows_a_picture_that_is_there(request, name):
    if os.environ.get("README_PICTURES") == "1" and name == PICTURE.name:
        take_picture(request.getfixturevalue("answer_on_the_desk"))
    picture = (ROOT / "static/img" / name).read_bytes()

    assert f"static/img/{name}" in (ROOT / "README.md").read_text(encoding="utf-8")
    assert picture.startswith(b"\x89PNG\r\n\x1a\n")
    assert struct.unpack(">II", picture[16:24]) == (SIZE["width"], SIZE["height"])
    assert len(picture) < MOST_BYTES
