"""An owner writes a rubric from nothing, with every scale, and takes it all the way to use."""

import json

from playwright.sync_api import Page, expect

from tests.browser.test_pages import PROJECT, logged_in, quiet, scrolls_sideways, violations

__all__ = ["quiet"]

SCALES = ("binary", "nominal", "ordinal", "interval", "pairwise", "multi_label", "text")


def start_rubric(page: Page, address: str, name: str) -> None:
    page.goto(f"{address}{PROJECT}rubrics/")
    page.locator('[name="preset"][value="empty"]').check()
    page.locator('[name="name"]').fill(name)
    page.get_by_role("button", name="Make the rubric").click()
    page.wait_for_url("**/draft/")


def add_question(page: Page, question: str, scale: str) -> int:
    """One more question on a scale, by the page's own buttons; returns its place."""
    index = page.locator(".builder__question").count()
    page.get_by_role("button", name="Add a question").click()
    field = page.locator(f'[name="criteria-{index}-question"]')
    expect(field).to_be_focused()
    page.keyboard.type(question)
    if scale != "binary":
        with page.expect_response("**/draft/"):
            page.locator(f'[name="criteria-{index}-scale"]').select_option(scale)
        gone = "options-0-value" if scale in ("interval", "text") else "bounds-low"
        expect(page.locator(f'[name="criteria-{index}-{gone}"]')).to_have_count(0)
        expect(page.locator(f'[name="criteria-{index}-scale"]')).to_be_focused()
    return index


def fill_answers(page: Page, index: int, *answers: str) -> None:
    for number, answer in enumerate(answers):
        prefix = f"criteria-{index}-options-{number}"
        if not page.locator(f'[name="{prefix}-value"]').input_value():
            page.locator(f'[name="{prefix}-value"]').fill(answer.lower())
        page.locator(f'[name="{prefix}-label"]').fill(answer)
        page.locator(f'[name="{prefix}-anchor"]').fill(f"When it is {answer.lower()}.")


def write_every_scale(page: Page) -> None:
    for scale in SCALES:
        index = add_question(page, f"What about {scale.replace('_', ' ')}?", scale)
        if scale in ("nominal", "multi_label"):
            fill_answers(page, index, "First", "Second")
        if scale == "ordinal":
            fill_answers(page, index, "Poor", "Fair", "Good", "Best")
        if scale == "interval":
            page.locator(f'[name="criteria-{index}-bounds-low"]').fill("0")
            page.locator(f'[name="criteria-{index}-bounds-high"]').fill("100")


def save(page: Page) -> None:
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Saved. It is asked of nobody")).to_be_visible()


def test_from_an_empty_rubric_to_one_in_use_and_its_next_version(chromium, quiet, tmp_path):
    with logged_in(chromium, quiet, "olga") as page:
        start_rubric(page, quiet.address, "Every scale")
        write_every_scale(page)

        # What reviewers will see follows what is typed, and says what is missing.
        preview = page.locator("#preview")
        expect(preview.get_by_text("What about ordinal?")).to_be_visible()
        page.locator('[name="criteria-0-question"]').fill("")
        expect(preview.get_by_text("Write the question.")).to_be_visible()
        page.locator('[name="criteria-0-question"]').press_sequentially("Is it right?")
        expect(preview.get_by_text("Is it right?")).to_be_visible()
        assert page.locator('[name="criteria-0-question"]').input_value() == "Is it right?"
        assert violations(page) == []
        assert not scrolls_sideways(page)
        save(page)

        # Down by the keyboard, and one question asked of each claim, only after some answers.
        page.get_by_role("button", name="Move up: question 2").press("Enter")
        expect(page.locator('[name="criteria-0-question"]')).to_have_value("What about nominal?")
        page.locator("#criteria-6 summary").click()
        page.locator('[name="criteria-6-asked_when-key"]').select_option("is-it-right")
        page.locator('[name="criteria-6-asked_when-values"][value="no"]').check()
        page.locator('[name="criteria-1-parts"]').select_option("claim")
        page.get_by_role("button", name="Save", exact=True).click()
        expect(page.get_by_role("alert")).to_contain_text("each claim")
        assert violations(page) == []
        # the browser notes the refusal
        quiet.complaints[:] = [one for one in quiet.complaints if "422" not in one]
        page.locator('[name="criteria-1-parts"]').select_option("")
        save(page)

        # Out as a file, and in again as a rubric of its own.
        page.get_by_role("link", name="Every scale v1").click()
        with page.expect_download() as saved:
            page.get_by_role("link", name="Download").click()
        document = json.loads(saved.value.path().read_text())
        assert sorted(one["scale"] for one in document["criteria"]) == sorted(SCALES)
        file = tmp_path / "rubric.json"
        file.write_text(json.dumps({**document, "name": "Brought in", "key": "brought-in"}))
        page.goto(f"{quiet.address}{PROJECT}rubrics/files/")
        assert violations(page) == []
        page.locator('[name="file"]').set_input_files(file)
        page.get_by_role("button", name="Bring it in").click()
        expect(page.get_by_role("heading", name="Brought in")).to_be_visible()
        page.get_by_role("button", name="Discard the draft").click()

        # Approved and put to use.
        page.get_by_role("link", name="Every scale").first.click()
        put_to_use(page, "The first one.")
        assert violations(page) == []
        assert not scrolls_sideways(page)

        # The next version, its differences, and in use again. While nothing is queued the first could still be changed.
        first = page.url
        page.goto(f"{quiet.address}{PROJECT}rubrics/")
        file.write_text(json.dumps({**document, "criteria": document["criteria"][1:]}))
        page.goto(f"{quiet.address}{PROJECT}rubrics/files/")
        page.locator('[name="file"]').set_input_files(file)
        page.locator('[name="rubric"]').select_option(label="The draft of Every scale")
        page.get_by_role("button", name="Bring it in").click()
        page.get_by_role("link", name="Changes since v1").click()
        expect(page.get_by_text("removed")).to_be_visible()
        assert violations(page) == []
        assert not scrolls_sideways(page)
        page.get_by_role("link", name="Every scale v2").click()
        put_to_use(page, "One question less.")
        page.goto(first)
        expect(page.get_by_text("a later version is now")).to_be_visible()


def put_to_use(page: Page, reason: str) -> None:
    page.get_by_role("button", name="Approve it as it stands").click()
    expect(page.get_by_text("who wrote it")).to_be_visible()
    page.get_by_label("Reason").fill(reason)
    page.get_by_role("button", name="Put it to use").click()
    expect(page.get_by_text("is in use: what comes in from now on")).to_be_visible()


def test_a_rubric_is_written_without_a_script(chromium, quiet):
    with logged_in(chromium, quiet, "olga") as page:
        cookies = page.context.cookies()
    context = chromium.new_context(java_script_enabled=False)
    context.add_cookies(cookies)
    page = context.new_page()
    start_rubric(page, quiet.address, "Without a script")

    page.get_by_role("button", name="Add a question").click()
    page.locator('[name="criteria-0-question"]').fill("How good is it?")
    page.locator('[name="criteria-0-scale"]').select_option("ordinal")
    page.get_by_role("button", name="Use this scale").click()
    page.get_by_role("button", name="Update the preview").click()
    expect(page.locator("#preview").get_by_text("Say what the button says.").first).to_be_visible()
    for number, label in enumerate(("Poor", "Fair", "Good", "Best")):
        page.locator(f'[name="criteria-0-options-{number}-label"]').fill(label)
    page.locator('[name="criteria-0-question"]').press("Control+End")
    page.get_by_role("button", name="Save", exact=True).click()

    expect(page.get_by_text("Saved. It is asked of nobody")).to_be_visible()
    page.get_by_role("link", name="Without a script v1").click()
    page.get_by_role("button", name="Discard the draft").click()
    expect(page.get_by_text("The draft is discarded.")).to_be_visible()
    context.close()
