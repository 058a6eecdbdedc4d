"""The four users do their job in a real browser, from an empty installation to final labels."""

import json
import re
import time
import urllib.request

from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import choose_password, first_log_in, type_password
from tests.browser.test_pages import violations
from tests.world import chat_row, pair_row, rag_row

REVIEWERS = ("ana", "ben", "cleo")
# The grace of thirty seconds, the worker's clock and a busy machine.
PATIENCE_SECONDS = 90


def call_api(installation, token: str, path: str, body=None):
    """What the API answers a producer, as JSON."""
    request = urllib.request.Request(
        f"{installation.address}/api/v1/projects/shop/{path}",
        data=None if body is None else json.dumps(body).encode(),
        headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request) as response:
        return json.load(response)


def set_up_project(admin: Page, installation) -> dict[str, str]:
    """First steps, as an admin would take them; the passwords and the token that were shown on the way."""
    admin.goto(f"{installation.address}/first-steps/")
    admin.locator('[name="name"]').fill("Shop assistant")
    admin.locator('[name="slug"]').fill("shop")
    admin.get_by_role("button", name="Start the project").click()
    shown = {}
    for name, role in [*((name, "reviewer") for name in REVIEWERS), ("olga", "owner")]:
        admin.goto(f"{installation.address}/p/shop/people/")
        admin.locator('[name="username"]').fill(name)
        admin.locator('[name="account"][value="new"]').check()
        admin.locator('[name="role"]').select_option(role)
        admin.get_by_role("button", name="Add", exact=True).click()
        shown[name] = admin.get_by_label(f"Password of {name}").input_value()
    for preset, queue, kind in (("support-reply", "Support", "chat_reply"), ("preference", "Pairs", "pairwise")):
        admin.goto(f"{installation.address}/p/shop/rubrics/")
        admin.locator(f'[name="preset"][value="{preset}"]').check()
        admin.locator('[name="name"]').fill(f"{queue} rubric")
        admin.locator('[name="slug"]').fill(queue.lower())
        admin.locator("main form").last.get_by_role("button").last.click()
        admin.goto(f"{installation.address}/p/shop/queues/")
        admin.locator('[name="name"]').fill(queue)
        admin.locator('[name="slug"]').fill(queue.lower())
        admin.locator('[name="rubric"]').select_option(label=f"{queue} rubric")
        kinds = ("chat_reply", "rag_answer", "pending_action") if kind != "pairwise" else ("pairwise",)
        for one in kinds:
            admin.locator(f'[name="kinds"][value="{one}"]').check()
        admin.locator('[name="overlap"]').fill("3")
        admin.locator('[name="doubled_percent"]').fill("0")
        admin.locator("main form").last.get_by_role("button").last.click()
    admin.goto(f"{installation.address}/p/shop/routing/policies/new/")
    admin.locator('[name="reason"]').fill("The first policy: people see everything.")
    admin.get_by_role("button", name="Publish").click()
    expect(admin.get_by_role("heading", name="Routing")).to_be_visible()
    admin.goto(f"{installation.address}/p/shop/tokens/")
    admin.locator('[name="name"]').fill("helpdesk")
    admin.locator("main form").last.get_by_role("button").last.click()
    shown["token"] = admin.locator('input[value^="rva_"]').input_value()
    return shown


def label_by_keyboard(page: Page, installation, *, finds_it_bad) -> int:
    """Everything that waits in the support queue, with keys only; returns how many items it was."""
    page.locator(".start", has_text="Support").get_by_role("button").press("Enter")
    page.wait_for_url("**/review/**")
    n_items = 0
    while page.locator("#review-form").count():
        token = page.url
        expect(page.locator('fieldset[data-criterion="correct"]')).to_have_attribute("aria-current", "true")
        is_bad = finds_it_bad(page.locator(".pane--output").inner_text())
        for key in ("Digit2" if is_bad else "Digit1", "Digit4", "Digit4", "KeyX"):
            page.keyboard.press(key)
            page.wait_for_timeout(450)
        page.keyboard.press("Digit3" if is_bad else "Digit1")
        if is_bad:
            page.wait_for_timeout(450)
            page.locator('[name="note"]').first.focus()
            page.keyboard.type("The promise is not in the policy.")
            for words in ("Unsupported", "Major"):
                page.keyboard.press("Tab")
                page.keyboard.type(words)
            page.keyboard.press("Control+Enter")
        else:
            page.wait_for_timeout(450)
            page.keyboard.press("Enter")
        page.wait_for_function("address => location.href !== address", arg=token)
        n_items += 1
    return n_items


def wait_on(page: Page, address: str, selector: str) -> Locator:
    """The first match of a page that is loaded again until the worker has done its part."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        page.goto(address)
        if page.locator(selector).count():
            return page.locator(selector).first
        page.wait_for_timeout(1000)
    raise AssertionError(f"{selector} did not appear on {address} within {PATIENCE_SECONDS} s")


def test_from_an_empty_installation_to_final_labels(chromium, empty_installation):
    installation = empty_installation
    admin = type_password(chromium, installation, "ada", installation.admin_password)
    expect(admin.get_by_role("heading", name="Choose your password")).to_be_visible()
    assert violations(admin) == []
    choose_password(admin, installation)
    shown = set_up_project(admin, installation)

    # A producer posts outputs with its token.
    rows = [
        chat_row("calm", output="You can have a replacement or a refund within 30 days."),
        chat_row("split", output="You can have a refund within 90 days."),
        rag_row("sourced"),
    ]
    answer = call_api(installation, shown["token"], "items", [*rows, pair_row("pair")])
    assert [result["status"] for result in answer["results"]] == ["created"] * 4
    assert call_api(installation, shown["token"], "items/calm/release")["cleared"] is False

    # The admin sees how they were routed and why.
    admin.goto(f"{installation.address}/p/shop/items/")
    admin.get_by_role("link", name="split").click()
    expect(admin.get_by_text("no signal has proved itself yet").first).to_be_visible()
    expect(admin.get_by_text("hidden-model").first).to_be_visible()

    # Three reviewers label them by keyboard; one of them sees what the others miss.
    for name in REVIEWERS:
        reviewer = first_log_in(chromium, installation, name, shown[name])
        sees_it = name == "cleo"
        n_items = label_by_keyboard(
            reviewer, installation, finds_it_bad=lambda text, sees_it=sees_it: sees_it and "90 days" in text
        )
        assert n_items == 3
        assert "hidden-model" not in reviewer.content()

    # The owner settles the dispute and reads the final labels.
    owner = first_log_in(chromium, installation, "olga", shown["olga"])
    wait_on(owner, f"{installation.address}/p/shop/disputes/", 'main a[href*="/disputes/"]').click()
    expect(owner.get_by_text("Rater A").first).to_be_visible()
    assert not re.search(r"\b(ana|ben|cleo)\b", owner.locator("main").inner_text())
    owner.locator('label:has([name="answer-correct"][value="no"])').click()
    owner.locator('label:has([name="verdict"][value="reject"])').click()
    owner.locator('[name="reason"]').fill("The policy says 30 days, not 90.")
    owner.locator('[name="error_category"]').select_option("reviewer_error")
    owner.get_by_role("button", name="Settle and next").click()
    expect(owner.get_by_text("hidden-model")).to_have_count(0)
    for external_id in ("calm", "split", "sourced"):
        wait_on(owner, f"{installation.address}/p/shop/labels/", f'main a:text-is("{external_id}")')

    # The producer may release what was approved and nothing else.
    cleared = {
        name: call_api(installation, shown["token"], f"items/{name}/release")["cleared"]
        for name in ("calm", "split", "sourced", "pair")
    }
    assert cleared == {"calm": True, "split": False, "sourced": True, "pair": False}
    assert installation.complaints == []
