"""Charts in a real browser: drawn in both themes under the content policy, and a table where they cannot be."""

import json
import os
from contextlib import contextmanager

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PATIENCE_MS, up
from tests.browser.test_pages import scrolls_sideways, violations
from tests.services_live.stand import ROOT, run_manage

LIBRARY = "**/vega_embed*.js"
ZOOMED = {"width": 720, "height": 450}  # 1440 × 900 at 200 %


@pytest.fixture(scope="module")
def reports(tmp_path_factory):
    """A small shop with six weeks behind it: an installation, with the pages that have charts."""
    folder = tmp_path_factory.mktemp("reports")
    settings = {"SECRET_KEY": "for-this-test-only-" + "x" * 40, "SECURE_COOKIES": "0", "REVIEWAPP_DEMO": "0"}
    environment = {**os.environ, "REVIEWAPP_VAR": str(folder), "PYTHONPATH": str(ROOT), **settings}
    for name in ("DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE"):
        environment.pop(name, None)
    run_manage(environment, "migrate", "-v0")
    run_manage(environment, "shell", "-v0", "-c", (ROOT / "tests/browser/seed_charts.py").read_text())
    with up(folder, "up", **settings) as installation:
        seeded = json.loads((folder / "seed.json").read_text())
        installation.sessions, installation.pages = [seeded["session"]], seeded["pages"]
        yield installation


@pytest.fixture
def quiet(reports):
    """Nothing may be complained about: no script error, no refusal by the content policy, no other host."""
    reports.complaints.clear()
    yield reports
    assert reports.complaints == []


@contextmanager
def olga(chromium, installation, **options):
    context = chromium.new_context(**{"viewport": {"width": 1280, "height": 800}, **options})
    context.set_default_timeout(PATIENCE_MS)
    context.add_cookies([{"name": "sessionid", "value": installation.sessions[0], "url": installation.address}])
    yield installation.watch(context.new_page())
    context.close()


def wait_until_drawn(page: Page) -> None:
    expect(page.locator(".chart").first).to_be_attached()
    expect(page.locator(".chart:not(.chart--drawn)")).to_have_count(0)


def colours_of(page: Page, selector: str) -> set[str]:
    return set(page.locator(selector).evaluate_all("all => all.map((one) => getComputedStyle(one).stroke)"))


# A line of text is taller than its letters: those of two lines may share a few pixels.
MISPLACED = """() => [...document.querySelectorAll('.chart svg')].flatMap((svg) => {
  const words = [...svg.querySelectorAll('text')].filter((one) => one.textContent.trim());
  const shown = words.filter((one) => one.checkVisibility({opacityProperty: true}));
  const boxes = shown.map((one) => [one.textContent, one.getBoundingClientRect()]);
  const meet = (a, b) => a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 3 && b.top < a.bottom - 3;
  const outside = boxes.filter(([, box]) => box.left < 0 || box.right > innerWidth).map(([one]) => one);
  const touching = boxes.flatMap(([one, a], at) =>
    boxes.slice(at + 1).filter(([, b]) => meet(a, b)).map(([other]) => `${one} on ${other}`));
  return boxes.length < 5 ? ["no words at all"] : [...outside, ...touching];
})"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_chart_is_drawn_quietly_with_marks_and_intervals(chromium, quiet, scheme):
    with olga(chromium, quiet, color_scheme=scheme) as page:
        n_drawn = 0
        for path in quiet.pages:
            page.goto(quiet.address + path)
            wait_until_drawn(page)

            for chart in page.locator(".chart").all():
                n_drawn += 1
                assert chart.locator("svg .mark-symbol path").count() >= 2
                assert chart.locator("svg .mark-rule line").count() >= 2
                expect(chart.locator(".chart__table")).not_to_have_attribute("open", "")
        assert n_drawn == 3  # the trend, the reliability of one criterion, and its two versions


def test_the_colours_are_those_of_the_theme_and_follow_it(chromium, quiet):
    with olga(chromium, quiet, color_scheme="light") as page:
        page.goto(quiet.address + quiet.pages[0])
        wait_until_drawn(page)
        light = colours_of(page, ".chart .mark-rule line")

        page.get_by_role("button", name="Switch between light and dark").click()

        assert light
        assert not light & colours_of(page, ".chart .mark-rule line")


@pytest.mark.parametrize("viewport", [{"width": 390, "height": 844}, ZOOMED, {"width": 1440, "height": 900}])
def test_words_in_a_picture_keep_apart_and_on_the_page(chromium, quiet, viewport):
    with olga(chromium, quiet, viewport=viewport) as page:
        for path in quiet.pages:
            page.goto(quiet.address + path)
            wait_until_drawn(page)

            assert page.evaluate(MISPLACED) == []


def test_a_picture_is_drawn_anew_for_another_width(chromium, quiet):
    with olga(chromium, quiet) as page:
        page.goto(quiet.address + quiet.pages[0])
        wait_until_drawn(page)
        wide = page.locator(".chart svg").bounding_box()["width"]

        page.set_viewport_size({"width": 390, "height": 844})

        page.wait_for_function("wide => document.querySelector('.chart svg').clientWidth < wide / 2", arg=wide)
        assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")


def test_pages_with_charts_are_accessible_and_their_tables_open_by_key(chromium, quiet):
    with olga(chromium, quiet) as page:
        for path in quiet.pages:
            page.goto(quiet.address + path)
            wait_until_drawn(page)
            chart = page.locator(".chart").first
            finding = chart.locator(".chart__finding").inner_text()

            chart.locator("summary").focus()
            page.keyboard.press("Enter")

            expect(page.get_by_role("figure", name=finding)).to_be_visible()
            expect(chart.get_by_role("table")).to_be_visible()
            assert violations(page) == []
            assert not scrolls_sideways(page)


def test_without_scripts_the_tables_are_open(chromium, quiet):
    with olga(chromium, quiet, java_script_enabled=False) as page:
        for path in quiet.pages:
            page.goto(quiet.address + path)

            for chart in page.locator(".chart").all():
                expect(chart.get_by_role("table")).to_be_visible()
                expect(chart.locator(".chart__picture")).to_be_hidden()


def test_where_the_library_cannot_be_loaded_the_table_stays_open(chromium, reports):
    with olga(chromium, reports) as page:
        page.route(LIBRARY, lambda route: route.abort())
        page.goto(reports.address + reports.pages[0])

        expect(page.locator(".chart--failed")).to_have_count(1)
        expect(page.locator(".chart").get_by_role("table")).to_be_visible()
        expect(page.locator(".chart__picture")).to_be_hidden()
