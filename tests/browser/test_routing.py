"""An admin moves a threshold with open eyes: drags, reads, tries it in shadow, compares, goes live and rolls back."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PATIENCE_MS, own_shop
from tests.browser.test_pages import scrolls_sideways, violations
from tests.services_live.stand import run_manage

LATER = """
from django.utils import timezone
from labeling.models import Project
from labeling.services.ingest import ingest_rows
from tests.browser.seed_routing import rows
project = Project.objects.get(slug="shop")
ingest_rows(project, list(enumerate(rows("later", 30), start=1)), door="api", batch=None, now=timezone.now())
"""
STATUSES = """
from collections import Counter
from labeling.models import Item
print(Counter(Item.objects.filter(external_id__startswith="NAME-").values_list("status", flat=True)))
"""


@pytest.fixture
def shop(tmp_path):
    with own_shop(tmp_path, "seed_routing.py") as installation:
        yield installation


@pytest.fixture
def page(chromium, shop):
    """The admin's browser."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(3 * PATIENCE_MS)
    context.add_cookies([{"name": "sessionid", "value": shop.sessions.pop(), "url": shop.address}])
    yield shop.watch(context.new_page())
    context.close()


def looked_at(page):
    assert violations(page) == []
    assert not scrolls_sideways(page)


def drag(page, slider, *, to: float):
    """With the mouse, from where its thumb is to a share of its length."""
    box = slider.bounding_box()
    low, high, value = (float(slider.get_attribute(name) or 0) for name in ("min", "max", "value"))
    middle, start = box["y"] + box["height"] / 2, float(slider.input_value() or value)
    page.mouse.move(box["x"] + box["width"] * (start - low) / (high - low), middle)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * (to - low) / (high - low), middle, steps=8)
    page.mouse.up()


def step(page, title: str, why: str, button: str):
    """Take one step of a version's life, with its reason."""
    page.get_by_text(title, exact=True).click()
    form = page.locator("details[open] form").filter(has=page.get_by_role("button", name=button))
    form.get_by_label("Why").fill(why)
    form.get_by_role("button", name=button).click()


def test_a_threshold_is_dragged_read_shadowed_compared_published_and_rolled_back(page, shop):
    routing = f"{shop.address}/p/shop/routing/"

    # Dragged: what would change is said beside it, with items to read.
    page.goto(f"{routing}policies/new/")
    consequences = page.locator("#consequences")
    expect(consequences).to_contain_text("change sides")
    drag(page, page.get_by_role("slider").first, to=0.6)
    cut = page.locator('[name="confidence_cut"]')
    assert 0.5 < float(cut.input_value()) < 0.667
    expect(consequences).to_contain_text("reviewed now, shipped then")
    expect(consequences).to_contain_text("it is on its way")
    looked_at(page)

    # A draft, which routes nothing, then in shadow, which ships nothing.
    page.locator('[name="reason"]').fill("Two of three votes are enough.")
    page.get_by_role("button", name="Save draft").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Draft of version 3")
    page.goto(f"{routing}policies/3/")
    step(page, "Try it in shadow", "A day beside the live one.", "Begin")
    run_manage(shop.environment, "shell", "-v0", "-c", LATER)
    at_work = run_manage(shop.environment, "shell", "-v0", "-c", STATUSES.replace("NAME", "later"))
    assert "'in_review': 1" in at_work  # ten or more, whatever the audit drew

    # Compared, on the same items.
    page.goto(f"{routing}policies/3/comparison/")
    for _ in range(30):
        if page.get_by_text("would go elsewhere").count():
            break
        page.wait_for_timeout(1000)
        page.reload()
    expect(page.get_by_text(re.compile("Of 30 items"))).to_be_visible()
    looked_at(page)

    # Live, and back again.
    page.goto(f"{routing}policies/3/")
    step(page, "Make it live", "The shadow shipped nothing that people would not.", "Publish")
    page.goto(routing)
    expect(page.locator("main")).to_contain_text("Version 3, live since")
    page.goto(f"{routing}policies/2/")
    page.get_by_label("Why go back").fill("One got out.")
    page.get_by_role("button", name="Roll back to this version").click()
    page.wait_for_url(routing)
    expect(page.locator("main")).to_contain_text("Version 4, live since")
    expect(page.locator("main")).to_contain_text("Rolled back to version 2: One got out.")
    looked_at(page)


def test_rules_are_written_in_fields_while_every_change_is_replayed(page, shop):
    page.goto(f"{shop.address}/p/shop/routing/policies/new/")
    rules = page.locator("#rules .rule")
    before = rules.count()

    page.get_by_role("button", name="Add a rule", exact=True).click()

    expect(rules).to_have_count(before + 1)
    expect(page.locator(f"[name=rules-{before}-name]")).to_be_focused()
    expect(page.locator("#consequences")).to_contain_text("Mend first")
    page.get_by_role("button", name=f"Remove rule {before + 1}").click()
    expect(rules).to_have_count(before)
    expect(page.locator("#consequences")).to_contain_text("change sides")
    # A rule without a name cannot be replayed: Chromium calls the refusal an error.
    shop.complaints[:] = [one for one in shop.complaints if "422" not in one]
