"""Every kind of output in a real browser: seen whole, reached by key, clean in both themes, and never in the way."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import wait_for_swap
from tests.browser.test_pages import scrolls_sideways, violations
from tests.kinds import every_kind, every_pair

QUEUE, PAIRS = "Every kind", "All pairs"
SEEN = {
    "chat_reply": ("The reply to judge", "You can choose a replacement"),
    "summary": ("The summary to judge", "its seal was replaced"),
    "rag_answer": ("The answer to judge", "[P7] leads to no passage"),
    "extraction": ("The extraction to judge", "is a number, not text"),
    "classification": ("The label to judge", "Known labels"),
    "trajectory": ("The run to judge", "End state"),
    "pending_action": ("The action to judge, before it runs", "Cannot be undone"),
    "code_diff": ("The change to judge", "if kettle.is_sealed:"),
    "plan": ("The plan to judge", "Stop the sale."),
    "marketing_copy": ("The copy to judge", "53 characters · 10 words"),
    "poem": ("The output to judge", "It is hot."),
}


def put_off(page: Page) -> None:
    before = page.url
    page.keyboard.press("Shift+KeyP")
    wait_for_swap(page, before)


def go_to(page: Page, words: str) -> None:
    """Postpone until the item with these words is on the desk."""
    for _ in range(len(SEEN) + 1):
        if words in page.locator(".pane--output").inner_text():
            return
        put_off(page)
    raise AssertionError(f"no item says {words!r}")


def test_each_kind_is_seen_whole_and_clean_in_both_themes_and_on_a_phone(sit_down):
    page = sit_down(QUEUE)
    seen = set()

    for _ in every_kind():
        kind = next(kind for kind, (title, _) in SEEN.items() if title == page.locator("#output-title").inner_text())
        seen.add(kind)
        expect(page.locator(".pane--output")).to_contain_text(SEEN[kind][1])
        assert violations(page) == [], kind
        assert not scrolls_sideways(page), kind
        put_off(page)

    assert seen == set(SEEN)


def test_a_pair_of_each_kind_is_compared_word_by_word_with_a_key(sit_down):
    page = sit_down(PAIRS)

    for _ in every_pair():
        before = page.locator(".pair__side--a [data-text]").text_content()
        page.keyboard.press("KeyV")
        page.locator("[data-toggle-diff][aria-pressed=true]").wait_for()
        assert page.locator(".pair__side ins").count() > 0, before
        page.keyboard.press("KeyV")
        page.locator("[data-toggle-diff][aria-pressed=false]").wait_for()
        assert page.locator(".pair__side--a [data-text]").text_content() == before
        assert not scrolls_sideways(page), before
        put_off(page)


def test_texts_too_long_to_compare_are_shown_whole_and_it_is_said(sit_down):
    page = sit_down("Long pairs")

    page.keyboard.press("KeyV")

    expect(page.locator("#too-long-to-compare")).to_contain_text("up to 3,000 are compared")
    expect(page.locator("[data-toggle-diff]")).to_have_attribute("aria-pressed", "false")
    assert page.locator(".pair__side ins").count() == 0
    assert len(page.locator(".pair__side--b").inner_text()) > 190_000


def test_a_citation_leads_to_its_passage_and_back(sit_down):
    page = sit_down(QUEUE)
    go_to(page, "[P7] leads to no passage")

    page.locator("a.citation[href='#part-chunk-2']").click()
    expect(page.locator("#part-chunk-2")).to_be_in_viewport()
    page.locator("#part-chunk-2").get_by_role("link").click()

    assert page.url.endswith("#part-citation-2")
    expect(page.locator("#part-citation-2")).to_be_in_viewport()
    expect(page.locator("#part-citation-2")).to_have_text("ret-2")


@pytest.mark.parametrize("is_on", [True, False])
def test_a_summary_and_its_source_scroll_in_step_until_it_is_switched_off(sit_down, is_on):
    page = sit_down("Long summaries")
    button = page.get_by_role("button", name="Scroll in step")
    expect(button).to_have_attribute("aria-pressed", "true")
    if not is_on:
        button.click()
        expect(button).to_have_attribute("aria-pressed", "false")

    page.locator("#context").evaluate("pane => pane.scrollTo(0, (pane.scrollHeight - pane.clientHeight) / 2)")
    page.wait_for_timeout(300)

    share = page.locator(".pane--output").evaluate("pane => pane.scrollTop / (pane.scrollHeight - pane.clientHeight)")
    assert abs(share - (0.5 if is_on else 0)) < 0.02
    if is_on:
        page.locator(".pane--output").evaluate("pane => pane.scrollTo(0, pane.scrollHeight)")
        page.wait_for_timeout(300)
        assert page.locator("#context").evaluate("pane => pane.scrollHeight - pane.clientHeight - pane.scrollTop") < 3
        page.reload()
        expect(button).to_have_attribute("aria-pressed", "true")


def test_without_a_script_a_summary_stands_beside_its_source_and_nothing_promises_more(sit_down):
    page = sit_down("Long summaries", java_script_enabled=False)

    expect(page.locator("#context")).to_contain_text("Line 1 of the record")
    expect(page.locator(".pane--output")).to_contain_text("Line 1 of the summary")
    expect(page.get_by_role("button", name="Scroll in step")).to_have_count(0)


def test_a_long_observation_is_folded_behind_its_length_and_opens_by_key(sit_down):
    page = sit_down(QUEUE)
    go_to(page, "Thought number 1")
    folded = page.locator(".timeline summary")
    expect(folded).to_contain_text("Observation, 1,200 characters")
    expect(page.locator(".timeline details pre")).to_be_hidden()

    folded.focus()
    page.keyboard.press("Enter")

    expect(page.locator(".timeline details pre")).to_be_visible()


def test_five_hundred_steps_are_drawn_only_where_they_are_looked_at(sit_down):
    page = sit_down("Long runs")

    assert page.locator(".timeline__step").count() == 500
    skipped = page.evaluate(
        "[...document.querySelectorAll('.timeline__step')]"
        ".filter((step) => !step.firstElementChild.checkVisibility({contentVisibilityAuto: true})).length"
    )
    assert skipped > 400
    page.locator("#part-step-500").scroll_into_view_if_needed()
    expect(page.locator("#part-step-500")).to_contain_text("Thought number 500")
