"""A judge changes: stale at once, its items go to people; a sealed examination and an owner bring it back."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PATIENCE_MS, own_shop
from tests.browser.test_pages import scrolls_sideways, violations
from tests.services_live.stand import run_manage

AFTERWARDS = """
from django.utils import timezone
from labeling.models import Item, Project
from labeling.services.ingest import ingest_rows
from tests.services.judging import NEXT, says
from tests.world import chat_row
project = Project.objects.get(slug="shop")
rows = [chat_row(f"after-{number}", judge_verdicts=says(NEXT)) for number in range(8)]
ingest_rows(project, list(enumerate(rows, start=1)), door="api", batch=None, now=timezone.now())
print(*Item.objects.filter(external_id__startswith="after-").values_list("status", flat=True))
"""


@pytest.fixture
def shop(tmp_path):
    with own_shop(tmp_path, "seed_judges.py") as installation:
        yield installation


@pytest.fixture
def page(chromium, shop):
    """The owner's browser."""
    context = chromium.new_context(viewport={"width": 1280, "height": 800})
    context.set_default_timeout(2 * PATIENCE_MS)
    context.add_cookies([{"name": "sessionid", "value": shop.sessions.pop(), "url": shop.address}])
    yield shop.watch(context.new_page())
    context.close()


def looked_at(page):
    assert violations(page) == []
    assert not scrolls_sideways(page)


def test_a_changed_judge_ships_nothing_until_it_is_examined_and_cleared(page, shop):
    judges = f"{shop.address}/p/shop/judges/"

    # It is stale at once, and its items went to people for a reason of their own.
    page.goto(judges)
    expect(
        page.get_by_text("house-judge changed (model judge-model-2) and has not been validated").first
    ).to_be_visible()
    looked_at(page)
    page.goto(f"{shop.address}/p/shop/items/?q=changed")
    page.get_by_role("link", name="changed").first.click()
    expect(page.get_by_text("house-judge changed (model judge-model-2)").first).to_be_visible()

    # What a change costs is said before the next one.
    page.goto(judges)
    page.get_by_role("link", name="A change is coming").click()
    expect(page.get_by_text("hours a day").first).to_be_visible()
    looked_at(page)

    # The sealed part opens once: the second of two who press is shown what the first one found.
    page.goto(judges)
    page.get_by_role("link", name="judge-model-2").click()
    page.get_by_role("link", name="What it would have decided").click()
    expect(page.get_by_text("Items it judged")).to_be_visible()
    looked_at(page)
    page.goto(judges)
    page.get_by_role("link", name="judge-model-2").click()
    second = shop.watch(page.context.new_page())
    second.goto(page.url)
    for one in (page, second):
        one.get_by_text("Examine it on sealed items").click()
        one.locator("#open-why").fill("It changed.")
    looked_at(page)
    page.get_by_role("button", name="Open the sealed part").click()
    expect(page.get_by_text("The sealed part is open for this judge")).to_be_visible()
    second.get_by_role("button", name="Open the sealed part").click()
    expect(second.get_by_text("It opens once; what it found stands below.")).to_be_visible()
    for _ in range(40):
        page.goto(page.url)
        if page.get_by_text("Eligible, which is not switched on.").first.is_visible():
            break
        page.wait_for_timeout(1_000)
    expect(page.get_by_text("The part was opened 1 time for this judge")).to_be_visible()
    looked_at(page)

    # Eligible is not switched on; an owner's word is, with a reason.
    page.get_by_text("Clear it to gate").click()
    page.locator("#clear-why").fill("It agrees with people on sealed items.")
    page.get_by_role("button", name="Clear it").click()
    expect(page.get_by_text("The judge is cleared: it may gate.")).to_be_visible()
    looked_at(page)
    assert run_manage(shop.environment, "shell", "-v0", "-c", AFTERWARDS).split().count("shipped") >= 6
