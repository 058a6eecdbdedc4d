"""What the desk keeps and when it goes on: drafts that cannot lie, lost answers, two presses and two tabs."""

from playwright.sync_api import Route, expect

from tests.browser.conftest import wait_for_swap
from tests.browser.desk import (
    answer_all,
    expect_chosen,
    expect_marked,
    expect_saved,
    output,
    submit_by_key,
)

# --- drafts -------------------------------------------------------------------------------------------------------


def test_a_draft_survives_a_reload(sit_down):
    page = sit_down()
    page.keyboard.press("Digit2")
    expect_marked(page, "complete")
    page.keyboard.press("KeyN")
    page.keyboard.type("Half of it.")
    expect_saved(page)

    page.reload()

    expect_chosen(page, correct="no")
    expect(page.get_by_label("Note on complete")).to_have_value("Half of it.")
    expect_marked(page, "complete")
    expect_saved(page)


def test_a_draft_survives_a_killed_page(sit_down):
    page = sit_down()
    page.keyboard.press("Digit2")
    expect_marked(page, "complete")
    page.keyboard.press("Digit1")
    expect_saved(page)
    address, context = page.url, page.context

    page.close(run_before_unload=False)
    page = context.new_page()
    page.goto(address)

    expect_chosen(page, correct="no", complete="1")


def test_nothing_is_shown_as_saved_before_the_server_confirmed_it(sit_down):
    page = sit_down()
    held: list[Route] = []
    page.route("**/draft/", lambda route: held.append(route), times=1)

    with page.expect_request("**/draft/"):
        page.keyboard.press("Digit1")

    expect(page.locator("#save-state")).to_have_text("Saving")
    held[0].continue_()
    expect_saved(page)


def test_a_change_after_a_save_is_not_called_saved(sit_down):
    page = sit_down()
    page.keyboard.press("Digit1")
    expect_saved(page)
    page.route("**/draft/", lambda route: None)

    with page.expect_request("**/draft/"):
        page.keyboard.press("Digit2")
        assert not page.locator("#save-state").inner_text().startswith("Saved")

    assert not page.locator("#save-state").inner_text().startswith("Saved")


def test_a_failed_save_is_visible_and_tried_again(sit_down, shop):
    page = sit_down()
    page.route("**/draft/", lambda route: route.abort())

    page.keyboard.press("Digit2")
    expect(page.locator("#save-state")).to_have_text("Not saved – retrying")
    page.unroute("**/draft/")

    expect_saved(page)
    page.reload()
    expect_chosen(page, correct="no")
    shop.complaints.clear()  # the browser notes each failed request


def test_a_submission_that_did_not_arrive_says_so_and_its_answers_are_kept(sit_down, shop):
    page = sit_down()
    address = page.url
    answer_all(page)
    expect_saved(page)
    page.route("**/review/*/", lambda route: route.fulfill(status=500, body="no"))

    page.keyboard.press("Digit2")
    page.locator("#note").fill("One more thought.")
    page.keyboard.press("Control+Enter")

    expect(page.get_by_text("The server could not do this. Nothing is lost")).to_be_visible()
    expect_saved(page)
    assert page.url == address
    page.unroute("**/review/*/")
    page.reload()
    expect_chosen(page, correct="yes", verdict="revise")
    expect(page.locator("#note")).to_have_value("One more thought.")
    shop.complaints.clear()  # the browser notes the answer of 500


def test_an_item_with_unsaved_answers_is_not_left_by_postponing(sit_down, shop):
    page = sit_down()
    address = page.url
    page.route("**/draft/", lambda route: route.abort())
    page.keyboard.press("Digit2")

    page.keyboard.press("Shift+P")

    expect(page.get_by_text("Not saved yet, so this item stays on your desk.")).to_be_visible()
    assert page.url == address
    expect_chosen(page, correct="no")
    page.unroute("**/draft/")
    expect_saved(page)
    shop.complaints.clear()  # the browser notes each failed request


# --- the next item ------------------------------------------------------------------------------------------------


def test_submitting_swaps_in_the_next_item_without_loading_a_page(sit_down):
    page = sit_down()
    page.evaluate("window.isTheSamePage = true")
    loads = []
    page.on("request", lambda request: request.is_navigation_request() and loads.append(request.url))
    answer_all(page)

    submit_by_key(page)

    expect(output(page)).to_contain_text("The warranty is two years")
    expect(page.locator("#desk-progress")).to_contain_text("1 of 1000 today")
    expect_marked(page, "correct")
    assert page.evaluate("window.isTheSamePage")
    assert loads == []
    page.reload()
    expect(output(page)).to_contain_text("The warranty is two years")


def test_enter_pressed_twice_submits_one_item(sit_down):
    page = sit_down()
    answer_all(page)
    address = page.url

    page.keyboard.press("Enter")
    page.keyboard.press("Enter")

    wait_for_swap(page, address)
    expect(page.locator("#desk-progress")).to_contain_text("1 of 1000 today")
    expect(output(page)).to_contain_text("The warranty is two years")


def test_two_tabs_show_the_same_item_and_the_second_submit_is_harmless(sit_down, shop):
    page = sit_down()
    other = shop.watch(page.context.new_page())
    other.goto(shop.address)
    other.locator(".start", has_text="Support replies").get_by_role("button", name="Continue").click()
    other.wait_for_url("**/review/**")
    assert other.url == page.url

    for tab in (page, other):
        tab.bring_to_front()
        answer_all(tab)
        expect_saved(tab)
    page.bring_to_front()
    submit_by_key(page)
    other.bring_to_front()
    submit_by_key(other)

    assert other.url == page.url
    expect(other.locator("#desk-progress")).to_contain_text("1 of 1000 today")


def test_answers_given_in_one_tab_after_the_other_submitted_are_called_not_saved(sit_down, shop):
    page = sit_down()
    other = shop.watch(page.context.new_page())
    other.goto(page.url)
    page.bring_to_front()
    answer_all(page)
    submit_by_key(page)

    other.bring_to_front()
    other.keyboard.press("Digit2")

    expect(other.locator("#save-state")).to_have_text("Not saved – This item is submitted already.")
    shop.complaints.clear()  # the browser notes the refusal
