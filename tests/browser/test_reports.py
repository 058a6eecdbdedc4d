"""The way back, as the four users walk it: a label, what people and judge agree on, another policy, and all of it out.

    README_PICTURES=1 pytest tests/browser/test_reports.py

also takes the README's pictures of the reports anew.
"""

import io
import json
import os
import re
import time
import urllib.request
import zipfile

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import log_in, up
from tests.browser.test_pages import scrolls_sideways, violations
from tests.services_live.stand import ROOT, run_manage

PATIENCE_SECONDS = 90
SIZE = {"width": 1280, "height": 800}
PICTURES = ROOT / "static/img"


@pytest.fixture(scope="module")
def history(tmp_path_factory):
    """The demonstration with its twelve weeks, as `make demo` builds it."""
    folder = tmp_path_factory.mktemp("history")
    environment = {**os.environ, "REVIEWAPP_VAR": str(folder), "REVIEWAPP_DEMO": "1"}
    for name in ("DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE"):
        environment.pop(name, None)
    run_manage(environment, "demo", "--build-only")
    with up(folder, "demo", REVIEWAPP_DEMO="1") as installation:
        yield installation


def enter(chromium, installation, name: str) -> Page:
    options = {"viewport": SIZE, "color_scheme": "light", "reduced_motion": "reduce", "accept_downloads": True}
    return log_in(chromium, installation, name, "demonstration", **options)


def call_api(installation, token: str, path: str):
    request = urllib.request.Request(
        f"{installation.address}/api/v1/projects/fernhill/{path}", headers={"Authorization": f"Bearer {token}"}
    )
    with urllib.request.urlopen(request) as response:
        return json.load(response)


def take_picture(page: Page, name: str, *, of: str) -> None:
    """What the window shows from the element `of` on."""
    if os.environ.get("README_PICTURES") == "1":
        page.locator(of).first.evaluate("one => one.scrollIntoView({block: 'start'})")
        page.mouse.move(1, 1)
        page.screenshot(path=PICTURES / name)


def label_one_item(reviewer: Page) -> None:
    reviewer.locator(".start", has_text="Support replies").get_by_role("button").click()
    reviewer.wait_for_url("**/review/**")
    desk = reviewer.url
    for key in ("Digit1", "Digit4", "Digit4", "KeyX", "Digit1"):
        reviewer.keyboard.press(key)
        reviewer.wait_for_timeout(450)
    reviewer.keyboard.press("Enter")
    reviewer.wait_for_function("desk => location.href !== desk", arg=desk)


def compute_until_new(page: Page, address: str) -> None:
    """Press the button and wait for the worker, as somebody would who looks at the page."""
    page.goto(address)
    expect(page.get_by_text(re.compile(r"\d labels? came since|Since then came")).first).to_be_visible()
    page.get_by_role("button", name="Compute now").click()
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if page.get_by_text(re.compile(r"^No label( and no verdict)? came since")).count():
            return
        page.wait_for_timeout(500)
    raise AssertionError(f"{address} showed no new run within {PATIENCE_SECONDS} s")


def open_a_gap(owner: Page, address: str) -> None:
    """On the first question on which no ruling has opened one yet."""
    for key in ("complete", "tone", "correct", "grounded", "verdict"):
        owner.goto(f"{address}/agreement/?question={key}")
        button = owner.get_by_role("button", name="Open a guideline gap")
        if button.count():
            button.click()
            return
    raise AssertionError("Every question has an open gap already.")


def read_agreement(owner: Page, address: str) -> None:
    """From the sentence to the number, to the labels behind it, to one item."""
    compute_until_new(owner, f"{address}/agreement/")
    expect(owner.locator(".chart__picture svg").first).to_be_visible()
    take_picture(owner, "readme-agreement.png", of="#looked-at")
    for number in ('[href*="cause=rubric"]', '[href*="slice="]'):
        n_items = follow_number(owner, f"#looked-at a{number}")
        assert n_items > 0
        owner.go_back()
    with owner.expect_download() as download:
        owner.locator("summary", has_text="Take along").click()
        owner.get_by_role("link", name="The report, to print or send").click()
    assert "<h1>" in download.value.path().read_text()
    open_a_gap(owner, address)
    expect(owner.get_by_role("heading", name="What it leaves open")).to_be_visible()
    owner.goto(f"{address}/agreement/")
    owner.locator(".matrix a").first.click()
    expect(owner.locator("main table tbody tr").first).to_be_visible()
    owner.locator('main table a[href*="/items/"]').first.click()
    expect(owner.get_by_text("fern-assist").first).to_be_visible()


def follow_number(owner: Page, link: str) -> int:
    """Click a number; how many items stand behind it."""
    owner.locator(link).first.click()
    expect(owner.locator("main table tbody tr").first).to_be_visible()
    return owner.locator("main table tbody tr").count()


def read_judge(owner: Page, address: str) -> None:
    owner.goto(f"{address}/judges/")
    owner.get_by_role("link", name="cedar-large", exact=True).click()
    expect(owner.get_by_text("Triage only").first).to_be_visible()
    compute_until_new(owner, owner.url)
    expect(owner.locator(".chart__picture svg").first).to_be_visible()
    take_picture(owner, "readme-judge.png", of="#overall")
    owner.locator(".judges__confusion a").first.click()
    expect(owner.locator("#cell tbody tr").first).to_be_visible()


def take_the_pack(owner: Page, address: str) -> list[str]:
    owner.goto(f"{address}/judges/")
    with owner.expect_download() as download:
        owner.get_by_role("link", name="calibration pack").click()
    with zipfile.ZipFile(io.BytesIO(download.value.path().read_bytes())) as pack:
        return pack.namelist()


def change_the_policy_and_go_back(admin: Page, address: str) -> None:
    """A draft, what it would do, publishing it with a reason, and the version before it again."""
    admin.goto(f"{address}/routing/")
    live = re.match(r"Version \d+", admin.locator("main p", has_text="live since").first.inner_text())[0]
    admin.get_by_role("link", name="Change the policy").click()
    admin.locator('[name="audit_percent"]').fill("60")
    admin.get_by_role("button", name="Preview").click()
    consequences = admin.locator("#consequences")
    expect(consequences.get_by_text("hours", exact=False).first).to_be_visible(timeout=30_000)
    # The change itself is previewed too, a moment later; leaving before its answer would be reported as an error.
    admin.wait_for_timeout(600)
    expect(admin.locator(".htmx-request")).to_have_count(0, timeout=30_000)
    consequences.locator("summary", has_text="with the reason").click()
    expect(consequences.locator('a[href*="/items/"]').first).to_be_visible()
    take_picture(admin, "readme-routing.png", of="main form")
    admin.locator('[name="reason"]').fill("Look at more of what ships for a week.")
    admin.get_by_role("button", name="Publish").click()
    expect(admin.get_by_role("cell", name="Look at more of what ships for a week.")).to_be_visible()
    admin.get_by_role("link", name=live, exact=True).first.click()
    admin.locator('[name="reason"]').last.fill("The week is over.")
    admin.get_by_role("button", name="Roll back to this version").click()
    expect(admin.get_by_role("cell", name="The week is over.")).to_be_visible()


def make_a_token(admin: Page, address: str) -> str:
    admin.goto(f"{address}/tokens/")
    admin.locator('[name="name"]').fill("judge team")
    for scope in admin.locator('[name="scopes"]').all():
        scope.check()
    admin.get_by_role("button", name="Make the token").click()
    return admin.locator('input[value^="rva_"]').input_value()


def test_labels_become_numbers_a_policy_and_a_pack(chromium, history):
    address = f"{history.address}/p/fernhill"

    label_one_item(enter(chromium, history, "cleo"))

    owner = enter(chromium, history, "olga")
    read_agreement(owner, address)
    read_judge(owner, address)
    files = take_the_pack(owner, address)

    admin = enter(chromium, history, "ada")
    change_the_policy_and_go_back(admin, address)
    token = make_a_token(admin, address)

    agreement = call_api(history, token, "agreement?rubric=support-reply")
    calibration = call_api(history, token, "judges/support-judge/calibration?rubric=support-reply&model=cedar-large")
    labels = call_api(history, token, "labels")

    assert {"corrections.csv", "corrections.jsonl", "labels.csv", "labels.jsonl", "manifest.json"} <= set(files)
    assert {question["key"] for question in agreement["questions"]} >= {"verdict", "correct", "tone"}
    assert agreement["questions"][0]["krippendorff_alpha"]["low"] is not None
    assert calibration["criteria"][0]["n_items"] >= 50
    assert labels["labels"] if "labels" in labels else labels["results"]
    assert history.complaints == []


def test_the_pages_of_judges_with_a_history_are_accessible_and_fit_a_phone(chromium, history):
    """Open as far as they can be opened: what is folded is read, too."""
    owner = enter(chromium, history, "olga")
    judges = f"{history.address}/p/fernhill/judges/"
    owner.goto(judges)
    used, changed = (
        owner.get_by_role("link", name=model, exact=True).evaluate("one => one.href")
        for model in ("cedar-large", "cedar-large-2")
    )
    paths = [judges, used, f"{used}disagreements/", changed, f"{changed}shadow/", f"{judges}new/?name=support-judge"]

    for path in [*paths, f"{history.address}/p/fernhill/reviewers/"]:
        owner.goto(path)
        owner.evaluate("document.querySelectorAll('main details').forEach((one) => { one.open = true })")
        assert violations(owner) == [], path
        assert not scrolls_sideways(owner), path
    assert history.complaints == []
