"""The desk as a reviewer's hands know it, key by key."""

from playwright.sync_api import expect

from tests.browser.desk import (
    QUESTIONS,
    answer_all,
    expect_chosen,
    expect_marked,
    expect_saved,
    hint,
    output,
    submit_by_key,
)


def test_digits_answer_the_marked_question_and_move_on(sit_down):
    page = sit_down()
    expect_marked(page, "correct")

    page.keyboard.press("Digit2")
    expect_marked(page, "complete")
    page.keyboard.press("Numpad3")
    expect_marked(page, "tone")
    page.keyboard.press("Digit9")

    expect_chosen(page, correct="no", complete="3")
    expect(page.locator('[name="answer-tone"]:checked')).to_have_count(0)
    expect_marked(page, "tone")


def test_a_choice_stays_in_sight_for_a_moment_before_the_next_question_is_marked(sit_down):
    page = sit_down()
    page.keyboard.press("Digit1")

    expect_chosen(page, correct="yes")
    assert page.locator('.criterion[aria-current="true"]').get_attribute("data-criterion") == "correct"
    page.wait_for_timeout(350)
    expect_marked(page, "complete")


def test_arrows_go_through_the_questions_and_stop_at_both_ends(sit_down):
    page = sit_down()

    page.keyboard.press("ArrowUp")
    expect_marked(page, "correct")
    for name in (*QUESTIONS[1:], "verdict"):
        page.keyboard.press("ArrowDown")
        expect_marked(page, name)
    page.keyboard.press("ArrowUp")
    expect_marked(page, "grounded")
    expect(page.locator("input:checked")).to_have_count(1)  # the switch of the shortcuts; no answer was given


def test_tab_goes_from_what_was_asked_over_every_question_to_submit(sit_down):
    page = sit_down()
    page.locator("#main").focus()
    seen = []
    for _ in range(40):
        page.keyboard.press("Tab")
        place = page.evaluate(
            """() => {
              const one = document.activeElement.closest(".pane, .criterion, .submit-bar");
              if (!one) return "elsewhere";
              const marked = document.querySelector('.criterion[aria-current="true"]');
              if (one.matches(".criterion") && one !== marked) return "not marked";
              return one.id || one.dataset.criterion || one.className;
            }"""
        )
        if place not in seen:
            seen.append(place)
        if place == "submit-bar":
            break

    assert seen == ["context", "pane pane--output", *QUESTIONS, "submit-bar"]


def test_enter_names_what_is_missing_and_submits_only_what_is_complete(sit_down):
    page = sit_down()
    address = page.url

    page.keyboard.press("Enter")
    expect(hint(page)).to_have_text("Still missing: correct, complete, tone, grounded, verdict")
    for key, name in (("Digit1", "complete"), ("Digit4", "tone"), ("Digit3", "grounded"), ("KeyX", "verdict")):
        page.keyboard.press(key)
        expect_marked(page, name)
    page.keyboard.press("Enter")

    expect(hint(page)).to_have_text("Still missing: verdict")
    expect(page.locator(".criterion[data-missing]")).to_have_attribute("data-criterion", "verdict")
    assert page.url == address
    page.keyboard.press("Digit1")
    expect(hint(page)).to_have_text("Ready to submit")
    submit_by_key(page)
    expect(output(page)).to_contain_text("The warranty is two years")


def test_a_failing_verdict_asks_for_note_and_failure_and_ctrl_enter_submits_from_inside_it(sit_down):
    page = sit_down()
    answer_all(page, ("Digit2", "Digit4", "Digit3", "Digit3", "Digit3"))

    expect(page.locator("#note")).to_be_focused()
    expect(hint(page)).to_have_text("1 left: note")
    page.keyboard.press("Control+Enter")
    expect(hint(page)).to_have_text("Still missing: note")
    page.keyboard.type("It promises 90 days; the policy says 30.")
    for words, left in (("Factual", "1 left: severity"), ("Major", "Ready to submit")):
        page.keyboard.press("Tab")
        page.keyboard.type(words)
        expect(hint(page)).to_have_text(left)

    submit_by_key(page, "Control+Enter")
    expect(output(page)).to_contain_text("The warranty is two years")


def test_keys_inside_a_text_field_only_type(sit_down):
    page = sit_down()
    address = page.url
    page.keyboard.press("KeyN")
    note = page.get_by_label("Note on correct")
    expect(note).to_be_focused()

    page.keyboard.type("12 nxbcv PE?")
    page.keyboard.press("Enter")
    page.keyboard.type("x")

    expect(note).to_have_value("12 nxbcv PE?\nx")
    expect(page.locator(".rubric input:checked")).to_have_count(0)
    expect(page.locator("#context")).to_be_visible()
    expect(page.locator("#keys")).to_be_hidden()
    assert page.url == address
    page.keyboard.press("Escape")
    page.keyboard.press("Digit1")
    expect_chosen(page, correct="yes")


def test_n_writes_a_note_on_the_marked_question_and_on_the_verdict_its_own(sit_down):
    page = sit_down()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("KeyN")
    expect(page.get_by_label("Note on complete")).to_be_focused()
    page.keyboard.press("Escape")
    for _ in range(3):
        page.keyboard.press("ArrowDown")

    expect_marked(page, "verdict")
    page.keyboard.press("KeyN")

    expect(page.locator("#note")).to_be_focused()


def test_x_means_not_applicable_only_where_the_rubric_allows_it(sit_down):
    page = sit_down()
    page.keyboard.press("KeyX")
    expect(page.locator(".rubric input:checked")).to_have_count(0)
    for _ in range(3):
        page.keyboard.press("ArrowDown")

    page.keyboard.press("KeyX")

    expect_chosen(page, grounded="n/a")
    expect_marked(page, "verdict")


def test_b_takes_the_last_item_back_with_every_answer_and_note(sit_down):
    page = sit_down()
    address = page.url
    expect(page.get_by_role("button", name="Take back the last")).to_have_count(0)
    page.keyboard.press("KeyN")
    page.keyboard.type("Checked against the policy.")
    page.keyboard.press("Escape")
    answer_all(page, ("Digit1", "Digit2", "Digit4", "Digit2", "Digit2"))
    expect(page.locator("#note")).to_be_focused()
    page.keyboard.type("Say which days.")
    submit_by_key(page, "Control+Enter")
    expect(page.get_by_role("button", name="Take back the last")).to_be_visible()

    page.keyboard.press("KeyB")

    page.wait_for_url(address)
    expect_chosen(page, correct="yes", complete="2", tone="4", grounded="partly", verdict="revise")
    expect(page.locator("#note")).to_have_value("Say which days.")
    expect(page.get_by_label("Note on correct")).to_have_value("Checked against the policy.")
    page.locator("#note").fill("Say which days and how.")
    submit_by_key(page, "Control+Enter")
    expect(output(page)).to_contain_text("The warranty is two years")


def test_c_hides_what_was_asked_and_brings_it_back(sit_down):
    page = sit_down()
    button = page.get_by_role("button", name="Source")

    page.keyboard.press("KeyC")
    expect(page.locator("#context")).to_be_hidden()
    expect(button).to_have_attribute("aria-expanded", "false")
    page.keyboard.press("KeyC")

    expect(page.locator("#context")).to_be_visible()
    expect(button).to_have_attribute("aria-expanded", "true")


# Chromium moves the focus out of a closed dialog when it draws the page next; here nothing is drawn in between.
KEYS_AT_ONCE_AFTER_A_DIALOG = """() => {
  const press = (key, code) => document.activeElement.dispatchEvent(
    new KeyboardEvent("keydown", { key, code, bubbles: true, cancelable: true }));
  const dialog = document.getElementById("keys");
  dialog.showModal();
  dialog.removeAttribute("open");
  const isStillThere = dialog.contains(document.activeElement);
  press("1", "Digit1");
  press("Enter", "Enter");
  return isStillThere;
}"""


def test_keys_count_at_once_after_a_dialog_was_closed(sit_down):
    page = sit_down("Comparisons")
    before = page.url

    assert page.evaluate(KEYS_AT_ONCE_AFTER_A_DIALOG)
    page.wait_for_url(lambda url: url != before)


def test_v_marks_the_words_in_which_a_pair_differs(sit_down):
    page = sit_down("Comparisons")
    texts = output(page).inner_text()

    page.keyboard.press("KeyV")
    expect(output(page).locator("ins").first).to_be_visible()
    expect(page.get_by_role("button", name="Differences")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("KeyV")

    expect(output(page).locator("ins")).to_have_count(0)
    assert output(page).inner_text() == texts


def test_a_pair_is_compared_by_keys_until_all_is_done_and_the_last_can_come_back(sit_down):
    page = sit_down("Comparisons")
    last = ""
    for _ in range(2):
        last = page.url
        expect_marked(page, "preference")
        page.keyboard.press("Digit2")
        expect_marked(page, "verdict")
        submit_by_key(page)

    expect(page.get_by_role("heading", name="All done")).to_be_visible()
    with page.expect_response("**/hand-outs/"):
        page.keyboard.press("Enter")  # looks again
    expect(page.locator(".htmx-request, .htmx-added, .htmx-settling")).to_have_count(0)
    page.keyboard.press("KeyB")
    page.wait_for_url(last)
    expect_chosen(page, preference="tie")


def test_shift_p_postpones_the_item_and_keeps_its_draft(sit_down):
    page = sit_down()
    address = page.url
    page.keyboard.press("Digit2")

    page.keyboard.press("Shift+P")

    expect(output(page)).to_contain_text("The warranty is two years")
    page.goto(address)
    expect_chosen(page, correct="no")


def test_shift_e_escalates_and_asks_to_whom_and_why(sit_down):
    page = sit_down()

    page.keyboard.press("Shift+E")

    expect_chosen(page, verdict="escalate")
    expect_marked(page, "verdict")
    expect(page.locator("#note")).to_be_focused()


def test_shift_e_marks_a_pair_for_somebody_else(sit_down):
    page = sit_down("Comparisons")

    page.keyboard.press("Shift+E")

    expect(page.get_by_label("Escalate: somebody else should look at this")).to_be_checked()
    expect_saved(page)


def test_question_mark_shows_every_key_and_keys_rest_while_it_is_open(sit_down):
    page = sit_down()

    page.keyboard.press("?")

    shown = page.get_by_role("dialog", name="Keys")
    for words in ("Answer the marked question", "Take the last item back", "Postpone", "Escalate", "Not applicable"):
        expect(shown.get_by_text(words)).to_be_visible()
    page.keyboard.press("Digit1")
    expect(page.locator(".rubric input:checked")).to_have_count(0)
    page.keyboard.press("Escape")
    expect(shown).to_be_hidden()


def test_shortcuts_can_be_switched_off_and_stay_off_after_a_reload(sit_down):
    page = sit_down()
    page.keyboard.press("?")
    page.get_by_label("Keyboard shortcuts").uncheck()
    page.get_by_role("button", name="Close").click()

    page.reload()
    expect(hint(page)).to_contain_text("5 left:")
    for key in ("Digit1", "KeyC", "Shift+P", "?", "ArrowDown", "KeyX"):
        page.keyboard.press(key)

    expect(page.locator(".rubric input:checked")).to_have_count(0)
    expect(page.locator("#context")).to_be_visible()
    expect(page.locator("#keys")).to_be_hidden()
    expect_marked(page, "correct")
    page.get_by_role("button", name="Keys").click()
    page.get_by_label("Keyboard shortcuts").check()
    page.get_by_role("button", name="Close").click()
    page.keyboard.press("KeyC")
    expect(page.locator("#context")).to_be_hidden()
