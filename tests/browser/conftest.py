"""A real installation, started as the README says, and Chromium to use it."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.seed_kinds import SHOPS
from tests.services_live.stand import ROOT, run_manage, wait_until_alive

OWN_PASSWORD = "a phrase of my own"
PATIENCE_MS = 10_000
FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]


@pytest.fixture(autouse=True)
def clock():
    """No still clock here: servers and browsers are other processes."""


@dataclass
class Installation:
    """A running installation, what its pages complained about, and where else they tried to go."""

    address: str
    environment: dict[str, str]
    admin_password: str = ""
    sessions: list[str] = field(default_factory=list)
    kind_sessions: list[str] = field(default_factory=list)
    pages: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    process: subprocess.Popen | None = None

    def watch(self, page: Page) -> Page:
        """Note every console error, failed script and request to another host of this page."""
        page.on("console", self.note_errors)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", self.note_other_hosts)
        return page

    def note_errors(self, message) -> None:
        if message.type == "error":
            page = message.page.url if message.page else "a page that is gone"
            self.complaints.append(f"{message.text} on {page} ({message.location['url']})")

    def note_other_hosts(self, request) -> None:
        target = urlsplit(request.url)
        if target.scheme not in ("data", "blob") and f"{target.scheme}://{target.netloc}" != self.address:
            self.complaints.append(f"request to another host: {request.url}")


@contextmanager
def up(folder: Path, *command: str, **environment: str):
    """`manage.py <command>` on a free port for as long as the block runs."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {**os.environ, "REVIEWAPP_VAR": str(folder), **environment}
    for name in ("DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE"):
        environment.pop(name, None)
    log = (folder / "up.log").open("wb")
    arguments = [sys.executable, str(ROOT / "manage.py"), *command, "--port", str(port)]
    process = subprocess.Popen(arguments, env=environment, cwd=ROOT, stdout=log, stderr=log)
    try:
        wait_until_alive("127.0.0.1", port)
        yield Installation(f"http://127.0.0.1:{port}", environment, process=process)
    finally:
        process.terminate()
        process.wait(timeout=40)
        log.close()


@pytest.fixture(scope="session")
def chromium():
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        reason = "Chromium is not installed (Debian: apt install chromium)"
        if os.environ.get("REVIEWAPP_REQUIRE_SERVICES"):
            pytest.fail(reason)
        pytest.skip(reason)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def demonstration(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo")
    environment = {**os.environ, "REVIEWAPP_VAR": str(folder), "REVIEWAPP_DEMO": "1"}
    for name in ("DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE"):
        environment.pop(name, None)
    # Built first: on a busy machine that alone may take longer than anybody waits for a server to come up.
    run_manage(environment, "demo", "--build-only", "--weeks", "0")
    with up(folder, "demo", REVIEWAPP_DEMO="1", WEBHOOK_PRIVATE_HOSTS="127.0.0.1") as installation:
        yield installation


N_SHOP_REVIEWERS = 60


@pytest.fixture(scope="session")
def shop(tmp_path_factory):
    """The small shop of the tests, with one session for every test that sits down at the desk."""
    folder = tmp_path_factory.mktemp("shop")
    settings = {"SECRET_KEY": "for-this-test-only-" + "x" * 40, "SECURE_COOKIES": "0", "REVIEWAPP_DEMO": "0"}
    environment = {**os.environ, "REVIEWAPP_VAR": str(folder), "PYTHONPATH": str(ROOT), **settings}
    for name in ("DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE"):
        environment.pop(name, None)
    run_manage(environment, "migrate", "-v0")
    seed = (ROOT / "tests/browser/seed.py").read_text()
    run_manage(environment, "shell", "-v0", "-c", f"N_REVIEWERS = {N_SHOP_REVIEWERS}\n{seed}")
    with up(folder, "up", **settings) as installation:
        seeded = json.loads((folder / "seed.json").read_text())
        installation.sessions, installation.kind_sessions = seeded["sessions"], seeded["kind_sessions"]
        yield installation


@contextmanager
def own_shop(folder: Path, seed: str):
    """A shop of one test's own, made by one of the seeds beside; afterwards nothing may have been complained about."""
    settings = {"SECRET_KEY": "for-this-test-only-" + "x" * 40, "SECURE_COOKIES": "0", "REVIEWAPP_DEMO": "0"}
    environment = {**os.environ, "REVIEWAPP_VAR": str(folder), "PYTHONPATH": str(ROOT), **settings}
    for name in ("DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE"):
        environment.pop(name, None)
    run_manage(environment, "migrate", "-v0")
    run_manage(environment, "shell", "-v0", "-c", (ROOT / "tests/browser" / seed).read_text())
    with up(folder, "up", **settings) as installation:
        installation.environment |= {"PYTHONPATH": str(ROOT)}
        installation.sessions = [json.loads((folder / "seed.json").read_text())["session"]]
        yield installation
    assert installation.complaints == []


@pytest.fixture
def sit_down(chromium, shop):
    """Opens a new reviewer's desk in a browser of their own; afterwards nothing may have been complained about."""
    shop.complaints.clear()
    contexts = []

    def open_desk(queue: str = "Support replies", **options) -> Page:
        context = chromium.new_context(**{"viewport": {"width": 1280, "height": 800}, **options})
        contexts.append(context)
        context.set_default_timeout(PATIENCE_MS)
        sessions = shop.kind_sessions if queue in SHOPS else shop.sessions
        context.add_cookies([{"name": "sessionid", "value": sessions.pop(), "url": shop.address}])
        page = shop.watch(context.new_page())
        page.goto(shop.address)
        page.locator(".start", has_text=queue).get_by_role("button").click()
        page.wait_for_url("**/review/**")
        return page

    yield open_desk
    for context in contexts:
        context.close()
    assert shop.complaints == []


@pytest.fixture
def empty_installation(tmp_path):
    """Migrated, with a first administrator and nothing else; not the demonstration."""
    settings = {"SECRET_KEY": "for-this-test-only-" + "x" * 40, "SECURE_COOKIES": "0", "REVIEWAPP_DEMO": "0"}
    environment = {**os.environ, "REVIEWAPP_VAR": str(tmp_path), **settings}
    environment.pop("DATABASE_URL", None)
    run_manage(environment, "migrate", "-v0")
    printed = run_manage(environment, "first_admin", "ada")
    with up(tmp_path, "up", **settings) as installation:
        installation.admin_password = re.search(r"password (\S+),", printed)[1]
        yield installation


def log_in(browser: Browser, installation: Installation, name: str, password: str, **options) -> Page:
    page = type_password(browser, installation, name, password, **options)
    page.wait_for_url(f"{installation.address}/")
    return page


def first_log_in(browser: Browser, installation: Installation, name: str, given: str, **options) -> Page:
    """With a password that somebody else made, which is to be replaced by one's own."""
    page = type_password(browser, installation, name, given, **options)
    choose_password(page, installation)
    return page


def choose_password(page: Page, installation: Installation) -> None:
    page.locator('[name="new"]').fill(OWN_PASSWORD)
    page.get_by_role("button", name="Choose and go in").click()
    page.wait_for_url(f"{installation.address}/")


def type_password(browser: Browser, installation: Installation, name: str, password: str, **options) -> Page:
    page = installation.watch(browser.new_context(**options).new_page())
    page.set_default_timeout(PATIENCE_MS)
    page.goto(f"{installation.address}/login/")
    page.locator('[name="username"]').fill(name)
    page.locator('[name="password"]').fill(password)
    page.get_by_role("button", name="Log in").click()
    return page


def wait_for_swap(page: Page, before: str) -> None:
    # Until htmx has settled, a form that was swapped in is a plain form still: pressed, it would load a page.
    page.wait_for_function(
        "before => location.href !== before && !document.querySelector('.htmx-added, .htmx-settling')", arg=before
    )
