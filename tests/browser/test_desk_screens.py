"""The desk without a script, on hostile output and on small screens."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import wait_for_swap
from tests.browser.desk import expect_chosen, face, output

# What can be reached on a screen of 1440 × 900 at 200 % is what can be reached on one of half that size.
ZOOMED = {"width": 720, "height": 450}
PHONE = {"width": 390, "height": 844}


def test_the_desk_works_with_javascript_switched_off(sit_down, shop):
    page = sit_down(java_script_enabled=False)

    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_text("Answer this question.").first).to_be_visible()
    for name, value in {"correct": "yes", "complete": "4", "tone": "4", "grounded": "supported"}.items():
        face(page, f"answer-{name}", value).click()
    face(page, "verdict", "revise").click()
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_text("Say in a sentence what is wrong.")).to_be_visible()
    expect_chosen(page, correct="yes", complete="4", tone="4", grounded="supported", verdict="revise")
    page.locator("#note").fill("Name the days.")
    page.get_by_role("button", name="Submit").click()

    expect(output(page)).to_contain_text("The warranty is two years")
    page.get_by_role("button", name="Take back the last").click()
    expect(page.locator("#note")).to_have_value("Name the days.")
    page.get_by_role("button", name="Postpone").click()
    expect(output(page)).to_contain_text("The warranty is two years")
    shop.complaints.clear()  # the browser notes each refusal


def test_hostile_output_is_text_and_runs_nothing(sit_down):
    page = sit_down("Odd ones")

    for pane in (output(page), page.locator("#context")):
        expect(pane).to_contain_text("<script>window.wasHurt = 1</script>")
        expect(pane).to_contain_text("<img src=x onerror='window.wasHurt = 2'>")
        expect(pane.locator("script, img, style, [onerror], [href^='javascript']")).to_have_count(0)
        expect(pane).to_be_visible()
    for words in ("a kind offer", "a second offer"):
        output(page).get_by_text(words).first.click()
    assert page.evaluate("window.wasHurt") is None
    assert "/review/" in page.url


@pytest.mark.parametrize("viewport", [PHONE, ZOOMED], ids=["phone", "200 percent"])
@pytest.mark.parametrize("queue", ["Support replies", "Comparisons", "Odd ones"])
def test_a_small_screen_never_scrolls_sideways_and_submit_stays_in_reach(sit_down, queue, viewport):
    page = sit_down(queue, viewport=viewport)
    if queue == "Odd ones":
        page.get_by_role("button", name="Postpone").click()
        expect(output(page)).to_contain_text("a-very-long-word")

    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    expect(page.get_by_role("button", name="Submit")).to_be_in_viewport(ratio=1)
    for point in page.locator(".criterion .choice__face").all():
        point.scroll_into_view_if_needed()
        expect(point).to_be_in_viewport(ratio=1)
    covered = page.evaluate(
        """() => {
          scrollTo(0, document.documentElement.scrollHeight);
          const bar = document.querySelector(".submit-bar").getBoundingClientRect();
          const fields = [...document.querySelectorAll(".criterion :is(.choice__face, .check, textarea)")];
          return fields.pop().getBoundingClientRect().bottom > bar.top;
        }"""
    )
    assert not covered


def test_a_phone_answers_by_touch_and_switches_between_the_two_of_a_pair(sit_down):
    page = sit_down("Comparisons", viewport=PHONE, has_touch=True)
    expect(page.locator(".pair__side--b")).to_be_hidden()
    face(page, "pair-view", "b").tap()
    expect(page.locator(".pair__side--b")).to_be_visible()
    before = page.url

    face(page, "answer-preference", "b").tap()
    expect_chosen(page, preference="b")
    page.get_by_role("button", name="Submit").tap()

    wait_for_swap(page, before)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
