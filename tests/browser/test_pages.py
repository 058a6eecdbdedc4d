"""Every page of the demonstration: readable for everybody, quiet, at home on a phone, open to whom it should be."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import BrowserContext, Page, Response, expect

from tests.browser.conftest import PATIENCE_MS, log_in, wait_for_swap

WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
PASSWORD = "demonstration"
PROJECT = "/p/fernhill/"
# What a dark page can get wrong that the light one has right: its colours.
OF_COLOUR = ["color-contrast", "link-in-text-block"]
ADMIN_ONLY = ("import/", "people/", "absences/", "tokens/", "webhooks/", "jobs/", "audit/")


def looks(page: Page) -> Iterator[str]:
    """The page in light and then in dark, once its colours have arrived."""
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        page.evaluate("document.getAnimations().forEach((one) => one.finish())")
        yield scheme


def violations(page: Page) -> list[str]:
    """What axe finds on the page as it stands, in light and in dark."""
    found = []
    for scheme in looks(page):
        # Sent through the debugger, not as a script of the page: the policy of the page stays in force.
        page.evaluate(f"() => {{ if (!window.axe) {{ {AXE_SCRIPT} }} }}")
        rules = {"type": "tag", "values": WCAG} if scheme == "light" else {"type": "rule", "values": OF_COLOUR}
        answer = page.evaluate(
            "rules => axe.run(document, {resultTypes: ['violations'], runOnly: rules})",
            rules,
        )
        found += [
            f"{page.url} {scheme} {violation['id']}: {node['html'][:160]}"
            for violation in answer["violations"]
            for node in violation["nodes"]
        ]
    return found


def scrolls_sideways(page: Page) -> bool:
    page.set_viewport_size({"width": 390, "height": 844})
    is_wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
    page.set_viewport_size({"width": 1280, "height": 800})
    return is_wide


@contextmanager
def logged_in(chromium, installation, name: str) -> Iterator[Page]:
    page = log_in(chromium, installation, name, PASSWORD, viewport={"width": 1280, "height": 800})
    try:
        yield page
    finally:
        page.context.close()


@pytest.fixture
def quiet(demonstration):
    """Nothing may be complained about: no script error, no refusal by the content policy, no other host."""
    demonstration.complaints.clear()
    yield demonstration
    assert demonstration.complaints == []


def links_of(html: str) -> set[str]:
    return {href.replace("&amp;", "&") for href in re.findall(r'\b(?:href|action|hx-post)="([^"]+)"', html)}


def shape_of(address: str) -> str:
    """Pages that differ only in a number or a filter are one page here."""
    parts = urlsplit(address)
    return re.sub(r"\d+", "N", parts.path) + "?" + "&".join(re.findall(r"(\w+)=", parts.query))


def walk(context: BrowserContext, origin: str, start: str = "/") -> dict[str, tuple[str, int, str]]:
    """Every page that can be reached by following links, one of each shape: address, status and text by shape."""
    seen: dict[str, tuple[str, int, str]] = {}
    waiting = [start]
    while waiting:
        path = waiting.pop(0)
        shape = shape_of(path)
        if shape in seen or urlsplit(path).path.startswith("/static/"):
            continue
        answer = context.request.get(origin + path)
        is_download = "attachment" in answer.headers.get("content-disposition", "")
        is_page = "text/html" in answer.headers["content-type"] and not is_download
        seen[shape] = (path, answer.status, answer.text() if is_page else "")
        if is_page:
            for href in re.findall(r'<a\b[^>]*\bhref="([^"#]+)', answer.text()):
                href = href.replace("&amp;", "&")
                waiting.append(urlsplit(path).path + href if href.startswith("?") else href.removeprefix(origin))
    return seen


# --- who may open what --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["ana", "olga", "ada"])
def test_every_link_that_a_person_sees_opens(chromium, quiet, name):
    with logged_in(chromium, quiet, name) as page:
        seen = walk(page.context, quiet.address)

        assert {path: status for path, status, _ in seen.values() if status != 200} == {}
        assert all(path.startswith("/") for path, *_ in seen.values()), "a link leads to another host"


def test_nobody_is_shown_a_link_or_form_to_what_they_may_not_open(chromium, quiet):
    seen = {}
    for name in ("ana", "olga", "ada"):
        with logged_in(chromium, quiet, name) as page:
            seen[name] = walk(page.context, quiet.address)
    shown = {
        name: {shape_of(href) for *_, html in pages.values() for href in links_of(html)} for name, pages in seen.items()
    }
    admin_pages = {shape_of(PROJECT + part) for part in ADMIN_ONLY} | {"/first-steps/?"}
    policy_form = shape_of(PROJECT + "routing/policies/new/")

    assert admin_pages | {policy_form} <= shown["ada"]
    assert {shape for shape in shown["ana"] if shape.startswith("/p/")} == set()
    assert shown["ana"] & (admin_pages | {"/api/vN/docs?"}) == set()
    assert {shape for shape in shown["olga"] if shape.startswith(tuple(page[:-1] for page in admin_pages))} == set()
    assert policy_form not in shown["olga"]


@pytest.mark.parametrize("name", ["ana", "olga"])
def test_what_is_not_shown_does_not_open_either(chromium, quiet, name):
    with logged_in(chromium, quiet, "ada") as page:
        every = walk(page.context, quiet.address)
    with logged_in(chromium, quiet, name) as page:
        own = walk(page.context, quiet.address)
        hidden = [path for shape, (path, *_) in every.items() if shape not in own and path.startswith(PROJECT)]
        hidden = [path for path in hidden if name == "ana" or any(part in path for part in ADMIN_ONLY)]

        assert len(hidden) >= len(ADMIN_ONLY)
        assert {path: page.request.get(quiet.address + path).status for path in hidden} == dict.fromkeys(hidden, 404)


# --- what every page looks like -----------------------------------------------------------------------------------


def test_every_page_of_a_project_is_accessible_quiet_and_fits_a_phone(chromium, quiet):
    with logged_in(chromium, quiet, "ada") as page:
        # What has no text is no page: a download.
        pages = [path for path, _, text in walk(page.context, quiet.address).values() if text]
        # A filter or a page number changes the rows, not the page.
        paths = [path for path in pages if "?" not in path and not path.startswith("/api/")]
        found, wide = [], []
        for path in paths:
            page.goto(quiet.address + path)
            found += violations(page)
            wide += [path] if scrolls_sideways(page) else []

        assert len(paths) > 15
        assert found == []
        assert wide == []


def is_answer_to_a_form(answer: Response) -> bool:
    return answer.request.method == "POST" and answer.request.is_navigation_request()


def refused_forms(page: Page, origin: str) -> Iterator[str]:
    """Every form of an admin, sent as wrongly as a browser lets it."""
    for path, wrong in {
        "first-steps/": {"name": ""},
        "p/fernhill/people/": {"username": "no spaces, please"},
        "p/fernhill/tokens/": {"name": "", "expires_in_days": "0"},
        "p/fernhill/queues/": {"name": "", "overlap": "99"},
        "p/fernhill/queues/1/": {"name": "", "overlap": "99"},
        "p/fernhill/queues/1/duties/": {"on_duty": "-1"},
        "p/fernhill/queues/1/qualifications/": {"last_day": ""},
        "p/fernhill/absences/": {"first_day": ""},
        "p/fernhill/rubrics/": {"name": ""},
        "p/fernhill/import/": {},
        "p/fernhill/routing/policies/new/": {"reason": "", "rules-0-name": "", "confidence_cut": "7"},
        "p/fernhill/webhooks/": {"name": "", "url": "https://10.0.0.1/"},
        "p/fernhill/alerts/": {"minutes": "-1"},
        "account/password/": {"current": "wrong", "new": "short"},
        "account/address/": {"address": "nonsense"},
    }.items():
        page.goto(f"{origin}/{path}")
        for field, value in wrong.items():
            page.locator(f'main [name="{field}"]').fill(value)
        form = page.locator("main form:not([action*='/re'])").last
        # The policy's form has a preview too, which asks by itself: only the page's own answer is waited for.
        publish, buttons = form.get_by_role("button", name="Publish"), form.get_by_role("button")
        with page.expect_response(is_answer_to_a_form) as answer:
            (publish if publish.count() else buttons.last).click()
        page.wait_for_load_state()
        assert answer.value.status == 422, path
        yield path


def test_a_refused_form_is_accessible_and_keeps_to_the_screen(chromium, quiet):
    with logged_in(chromium, quiet, "ada") as page:
        for path in refused_forms(page, quiet.address):
            expect(page.locator("main [aria-invalid='true'], main .field__error").first).to_be_visible()
            assert violations(page) == []
            assert not scrolls_sideways(page), path
    only_refusals(quiet)


def test_a_webhook_with_its_secret_and_its_log_is_accessible(chromium, quiet):
    with logged_in(chromium, quiet, "ada") as page:
        page.goto(quiet.address + PROJECT + "webhooks/")
        page.locator('[name="name"]').fill("Helpdesk")
        page.locator('[name="url"]').fill("http://127.0.0.1:9/nobody-listens-here")
        page.get_by_role("button", name="Make the webhook").click()
        expect(page.get_by_label("Secret", exact=True)).to_have_value(re.compile("whsec_"))
        assert violations(page) == []
        page.get_by_role("button", name="Send a test").click()
        page.wait_for_load_state()
        for _ in range(30):
            if page.get_by_text("Connection refused").count():
                break
            page.wait_for_timeout(500)
            page.reload()

        expect(page.get_by_text("Connection refused").first).to_be_visible()
        assert violations(page) == []
        assert not scrolls_sideways(page)


def test_a_refused_dispute_is_accessible(chromium, quiet):
    with logged_in(chromium, quiet, "olga") as page:
        page.goto(quiet.address + PROJECT + "disputes/")
        page.locator('main a[href*="/disputes/"]').first.click()
        page.get_by_role("button", name="Settle and next").click()

        expect(page.locator("main .field__error").first).to_be_visible()
        assert violations(page) == []
        assert not scrolls_sideways(page)
    only_refusals(quiet)


def only_refusals(installation) -> None:
    """A browser notes every answer of 422; anything else stays to be complained about."""
    installation.complaints[:] = [one for one in installation.complaints if "422" not in one]


def test_the_pages_before_logging_in_are_accessible(chromium, quiet):
    page = quiet.watch(chromium.new_page())
    page.set_default_timeout(PATIENCE_MS)
    page.goto(quiet.address + "/login/")
    assert violations(page) == []
    assert not scrolls_sideways(page)

    page.locator('[name="username"]').fill("nobody")
    page.locator('[name="password"]').fill("a wrong guess")
    page.get_by_role("button", name="Log in").click()

    expect(page.get_by_role("alert")).to_be_visible()
    assert violations(page) == []
    page.close()
    only_refusals(quiet)


def test_a_missing_page_is_accessible_and_says_so(chromium, quiet):
    with logged_in(chromium, quiet, "ana") as page:
        page.goto(quiet.address + PROJECT)

        expect(page.get_by_role("heading", name="Not found")).to_be_visible()
        assert violations(page) == []
        assert not scrolls_sideways(page)
    quiet.complaints[:] = [one for one in quiet.complaints if "404" not in one]


def test_the_documentation_of_the_api_renders_under_the_policy_of_the_pages(chromium, quiet):
    with logged_in(chromium, quiet, "ada") as page:
        answer = page.goto(quiet.address + "/api/v1/docs")

        assert "'unsafe" not in answer.headers["content-security-policy"]
        expect(page.get_by_text("/api/v1/projects/{slug}/items", exact=False).first).to_be_visible()


def test_a_theme_that_was_chosen_stays(chromium, quiet):
    with logged_in(chromium, quiet, "ada") as page:
        page.emulate_media(color_scheme="light")
        page.get_by_role("button", name="Switch between light and dark").click()
        dark = page.evaluate("getComputedStyle(document.body).backgroundColor")

        page.goto(quiet.address + PROJECT)

        assert page.locator("html").get_attribute("data-theme") == "dark"
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == dark


# --- a reviewer's pages -------------------------------------------------------------------------------------------


def kind_on(page: Page) -> str:
    for kind, sign in {"pair": ".desk--pair", "action": "section.action", "answer": ".passage"}.items():
        if page.locator(sign).count():
            return kind
    return "reply"


def test_the_desk_is_accessible_with_every_kind_of_item(chromium, quiet):
    with logged_in(chromium, quiet, "ben") as page:
        assert violations(page) == []
        assert not scrolls_sideways(page)
        seen = set()
        for queue in ("Comparisons", "Support replies"):
            page.goto(quiet.address)
            page.locator(".start", has_text=queue).get_by_role("button").click()
            page.wait_for_url("**/review/**")
            for _ in range(20):
                kind = kind_on(page)
                if kind not in seen:
                    seen.add(kind)
                    page.keyboard.press("Digit1")
                    expect(page.locator("#save-state")).to_contain_text("Saved")
                    page.keyboard.press("Enter")  # something is marked as missing, on most of them
                    assert violations(page) == [], kind
                    assert not scrolls_sideways(page), kind
                if kind == "pair" or seen == {"pair", "action", "answer", "reply"}:
                    break
                before = page.url
                page.get_by_role("button", name="Postpone").click()
                wait_for_swap(page, before)

        assert seen == {"pair", "action", "answer", "reply"}


def test_the_keys_the_empty_queue_and_a_submitted_item_are_accessible(sit_down):
    page = sit_down("Comparisons")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    assert violations(page) == []
    page.keyboard.press("Escape")
    addresses = []
    for _ in range(2):
        addresses.append(page.url)
        page.keyboard.press("Digit1")
        page.keyboard.press("Enter")
        wait_for_swap(page, addresses[-1])

    expect(page.get_by_role("heading", name="All done")).to_be_visible()
    assert violations(page) == []
    assert not scrolls_sideways(page)
    page.goto(addresses[0])
    expect(page.get_by_role("heading", name="You submitted this item")).to_be_visible()
    assert violations(page) == []
    assert not scrolls_sideways(page)


def test_a_page_opens_at_its_top_however_far_down_it_stands_among_the_pages(chromium, quiet):
    with logged_in(chromium, quiet, "ada") as page:
        page.set_viewport_size({"width": 1280, "height": 500})  # the column of pages is longer than that
        page.goto(quiet.address + PROJECT + "health/")
        opened = page.locator(".nav [aria-current]")

        assert page.evaluate("scrollY") == 0
        page.set_viewport_size({"width": 390, "height": 844})
        page.reload()
        expect(opened).to_be_in_viewport(ratio=1)
        assert page.evaluate("scrollY") == 0
