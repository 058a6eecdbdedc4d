"""Somebody watches a long import whose worker is killed in the middle, and one that they stop."""

import json
import os
import re
import signal

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PATIENCE_MS, own_shop
from tests.services_live.stand import run_manage
from tests.services_live.test_embedded import named_children_of
from tests.world import chat_row

# Enough for some seconds on a quick machine, and below the 32 MB of an upload.
N_ROWS = 25_000
# A killed worker's lease runs out within half a minute; the rest is for a busy machine.
LONG_MS = 240_000
STORED = """
import json
from labeling.models import *
print(json.dumps([m.objects.count() for m in (Item, ItemPayload)]
    + [Event.objects.filter(kind="items.ingested").count()]))
"""


@pytest.fixture
def shop(tmp_path):
    with own_shop(tmp_path, "seed_jobs.py") as installation:
        yield installation


@pytest.fixture
def page(chromium, shop, tmp_path):
    """The admin, who uploads a file and looks at how far it is."""
    path = tmp_path / "rows.jsonl"
    path.write_text("\n".join(json.dumps(chat_row(f"r-{number}")) for number in range(N_ROWS)))
    context = chromium.new_context()
    context.set_default_timeout(PATIENCE_MS)
    context.add_cookies([{"name": "sessionid", "value": shop.sessions[0], "url": shop.address}])
    page = shop.watch(context.new_page())
    page.goto(f"{shop.address}/p/shop/import/")
    page.locator('input[type="file"]').set_input_files(path)
    page.get_by_role("button", name="Upload").click()
    page.wait_for_url("**/import/*/")
    wait_until(page, lambda done: done > 0)
    yield page
    context.close()


def done_on(page):
    """How many rows the page says are done; None when it shows no progress."""
    told = page.evaluate("document.querySelector('progress')?.value")
    return None if told is None else int(told)


def wait_until(page, is_so):
    for _ in range(LONG_MS // 200):
        done = done_on(page)
        if done is not None and is_so(done):
            return done
        page.wait_for_timeout(200)
    raise AssertionError(page.inner_text("main"))


def rows_read(page):
    return int(page.locator("tr", has=page.get_by_role("rowheader", name="Read")).locator("td").first.inner_text())


def is_through(page):
    expect(page.get_by_text("Read to the end; every row is stored.")).to_be_visible(timeout=LONG_MS)


def test_a_worker_killed_in_the_middle_stands_still_goes_on_and_ends_once(page, shop):
    os.kill(named_children_of(shop.process)["worker"], signal.SIGKILL)
    page.reload()
    at_the_kill = done_on(page)

    page.wait_for_timeout(3_000)
    stood_still = done_on(page)
    went_on = wait_until(page, lambda done: done > at_the_kill)
    expect(page.locator("main")).to_contain_text("attempt 2")
    is_through(page)

    assert 0 < at_the_kill == stood_still < went_on <= N_ROWS
    assert rows_read(page) == N_ROWS
    assert json.loads(run_manage(shop.environment, "shell", "-v0", "-c", STORED)) == [N_ROWS, N_ROWS, 1]


def test_an_import_is_stopped_says_what_is_left_and_goes_on_when_asked(page, shop):
    page.get_by_role("button", name="Stop").click()
    page.wait_for_url("**/import/*/")
    again = page.get_by_role("button", name="Try again")
    expect(again).to_be_visible(timeout=LONG_MS)
    words = page.inner_text("main")

    n_read, n_left = map(int, re.search(r"(\d+) rows were read, (\d+) are left", words).groups())
    again.click()
    is_through(page)

    assert 0 < n_read < N_ROWS
    assert n_read + n_left == N_ROWS
    assert json.loads(run_manage(shop.environment, "shell", "-v0", "-c", STORED)) == [N_ROWS, N_ROWS, 1]
