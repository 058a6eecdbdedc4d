"""From a label to the judge and on by keys alone: submit, look, change, next item; Enter alone says nothing."""

import pytest
from playwright.sync_api import expect

from tests.browser.desk import answer_all, output, submit_by_key
from tests.browser.test_pages import scrolls_sideways, violations
from tests.services_live.stand import run_manage

SET_SHARE = """
from django.utils import timezone
from labeling.models import Item, JudgeVerdict, JudgeVersion, Queue
words = "No date is named. <img src=x onerror='window.wasHurt = 9'> " + "a-very-long-word" * 20
queues = Queue.objects.filter(name="Support replies")
for project_id in queues.values_list("project_id", flat=True).distinct():
    judge, _ = JudgeVersion.objects.get_or_create(
        project_id=project_id, name="strict", parameters_hash="", defaults={{"created_at": timezone.now()}}
    )
    for item in Item.objects.filter(project_id=project_id):
        JudgeVerdict.objects.get_or_create(
            item=item,
            judge_version=judge,
            criterion="overall",
            defaults={{"label": "fail", "rationale": words, "received_at": timezone.now()}},
        )
queues.update(reveal_share={share})
"""


@pytest.fixture
def revealing(shop):
    """Reviewers of this queue may look at the judge after every item, and it would fail all of them."""
    run_manage(shop.environment, "shell", "-v0", "-c", SET_SHARE.format(share=1.0))
    yield
    run_manage(shop.environment, "shell", "-v0", "-c", SET_SHARE.format(share=0.0))


@pytest.mark.parametrize(
    "options",
    [
        {"viewport": {"width": 1280, "height": 800}, "color_scheme": "light"},
        {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark"},
    ],
)
def test_submit_look_change_and_go_on_by_keys_alone(revealing, sit_down, options):
    page = sit_down(**options)
    before = output(page).inner_text()
    answer_all(page)
    submit_by_key(page)
    expect(page.get_by_role("heading", name="Would the judge change your mind?")).to_be_visible()
    assert "No date is named" not in page.content()
    assert violations(page) == []
    assert not scrolls_sideways(page)

    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="The judge said: Fail")).to_be_visible()
    assert output(page).inner_text() == before
    assert page.evaluate("window.wasHurt") is None
    assert violations(page) == []
    assert not scrolls_sideways(page)

    page.keyboard.press("Enter")  # says nothing
    page.keyboard.press("KeyB")  # there is nothing to take back any more
    expect(page.get_by_role("button", name="Keep “Approve”")).to_be_visible()
    page.keyboard.press("Digit2")
    expect(page.locator('[data-criterion="correct"]')).to_have_attribute("aria-current", "true")
    expect(page.get_by_role("button", name="Take back the last")).to_have_count(0)
    assert output(page).inner_text() != before


def test_whoever_takes_it_back_by_key_has_their_answers_again(revealing, sit_down):
    page = sit_down()
    answer_all(page)
    submit_by_key(page)

    page.keyboard.press("KeyB")

    expect(page.locator('[name="verdict"][value="approve"]')).to_be_checked()
    expect(page.get_by_role("heading", name="Would the judge change your mind?")).to_have_count(0)
