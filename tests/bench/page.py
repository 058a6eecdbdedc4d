"""The desk in a browser: how many bytes it takes, when the first answer is possible, and how it bears a long item.

`python -m tests.bench page` prints a row for an ordinary item, a reply of 200 kB, a conversation of 500 turns
and a run of 500 steps.
"""

import gzip
import json
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from tests.bench.noise import fixed_task_ms
from tests.services_live.stand import Stand, standing

CHROMIUM_FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync")
PATIENCE_MS = 60_000
ROUNDS = 5
N_SCROLLS = 25
QUEUES = ("Ordinary", "Long reply", "Long conversation", "Long run")
SEED = """
import json
from importlib import import_module
from django.conf import settings
from labeling.models import Project
from labeling.services.ingest import ingest_rows
from tests.bench.page import long_rows
from tests.world import World

world = World.__new__(World)
world.project = Project.objects.get()
world.ada = world.project.memberships.get(role="admin").user
world.rubric = world.project.rubrics.get(key="support-reply").versions.get()
for name, row in long_rows().items():
    world.make_queue(row["kind"].replace("_", "-"), name, world.rubric, kinds=(row["kind"],))
    outcomes = ingest_rows(world.project, [(1, row)], door="api", batch=None, now=world.now)
    assert outcomes[0].status == "created", outcomes
"""

# In the page before its own scripts: when it is ready, what blocked it, and how long a key took to be painted.
PROBE = """
window.desk = {readyAt: 0, tasks: [], keys: []};
new PerformanceObserver((list) => list.getEntries().forEach((one) => window.desk.tasks.push(one.duration)))
  .observe({type: "longtask", buffered: true});
new PerformanceObserver((list) => list.getEntries().forEach((one) => {
  if (one.name === "keydown") window.desk.keys.push(one.duration);
})).observe({type: "event", durationThreshold: 16, buffered: true});
new MutationObserver((_, observer) => {
  if (!document.querySelector("#review-form .criterion[aria-current]")) return;
  window.desk.readyAt = performance.now();
  observer.disconnect();
}).observe(document, {subtree: true, childList: true, attributes: true, attributeFilter: ["aria-current"]});
"""
IDLE = "() => new Promise((done) => requestIdleCallback(() => setTimeout(done, 60)))"


@dataclass(frozen=True)
class PageFigures:
    """One item's desk. Times in milliseconds; a longest task of 0 means that none took 50 or more."""

    kb_served: float
    kb_compressed: float
    cold_ms: float
    warm_ms: float
    opening_ms: float
    scrolling_ms: float
    key_ms: float
    n_nodes: int


def long_rows() -> dict:
    """What each queue of the bench holds: written by a fixed hand, so that every run measures the same."""
    from tests.kinds import run_steps
    from tests.world import chat_row

    passage = (
        "The kettle **arrived** broken. You can choose a replacement or a refund within 30 days; `order 81-2` says "
        "so.\n\n- keep the box\n- send a picture\n\n"
    )
    turns = [
        {"role": "customer" if number % 2 else "assistant", "text": f"Turn {number}. {passage}"}
        for number in range(500)
    ]
    return {
        "Ordinary": chat_row("ordinary", kind="ordinary"),
        "Long reply": chat_row("long-reply", kind="long_reply", output=(passage * 2_000)[:200_000]),
        "Long conversation": chat_row("long-talk", kind="long_talk", context={"conversation": turns}),
        "Long run": chat_row("long-run", kind="trajectory", context={"task": "Refund it.", "steps": run_steps(500)}),
    }


def figures_of(chromium, stand: Stand, session: str, queue: str) -> PageFigures:
    address = f"http://{stand.host}:{stand.port}"
    context = chromium.new_context(viewport={"width": 1440, "height": 900})
    context.set_default_timeout(PATIENCE_MS)
    context.add_init_script(PROBE)
    context.add_cookies([{"name": "sessionid", "value": session, "url": address}])
    page = context.new_page()
    page.goto(address)
    page.locator(".start", has_text=queue).get_by_role("button").click()
    page.wait_for_url("**/review/**")
    served, compressed = bytes_of(context, page)
    cold, warm = time_to_answer(page, cached=False), time_to_answer(page, cached=True)
    # A neighbour on the machine makes any task long; the quietest of some rounds is what the page itself takes.
    rounds = []
    for _ in range(ROUNDS):
        page.reload()
        opening = longest_task(page, open_everything)
        rounds.append((opening, longest_task(page, scroll_through), slowest_key(page)))
    opening, scrolling, key = (min(column) for column in zip(*rounds, strict=True))
    n_nodes = page.evaluate("document.getElementsByTagName('*').length")
    context.close()
    return PageFigures(served, compressed, cold, warm, opening, scrolling, key, n_nodes)


def bytes_of(context, page) -> tuple[float, float]:
    """Kilobytes of the page with its scripts and styles into an empty cache: as sent, and with the page packed too.

    Django leaves packing pages to the proxy in front.
    """
    client = context.new_cdp_session(page)
    client.send("Network.enable")
    client.send("Network.clearBrowserCache")
    sizes, requests = {}, {}
    client.on("Network.responseReceived", lambda event: requests.update({event["requestId"]: event["response"]["url"]}))
    client.on("Network.loadingFinished", lambda event: sizes.update({event["requestId"]: event["encodedDataLength"]}))
    html = page.reload(wait_until="networkidle").body()
    client.detach()
    served = sum(sizes.values())
    own = sum(size for request, size in sizes.items() if requests.get(request) == page.url)
    return served / 1000, (served - own + len(gzip.compress(html, 6))) / 1000


def time_to_answer(page, *, cached: bool) -> float:
    """Median milliseconds from navigation to the moment at which a digit answers the first question."""
    client = page.context.new_cdp_session(page)
    client.send("Network.enable")
    times = []
    for _ in range(ROUNDS):
        client.send("Network.setCacheDisabled", {"cacheDisabled": not cached})
        page.reload()
        page.wait_for_function("window.desk.readyAt > 0")
        times.append(page.evaluate("window.desk.readyAt"))
    client.detach()
    return median(times)


def longest_task(page, work) -> float:
    page.evaluate(IDLE)
    page.evaluate("window.desk.tasks.length = 0")
    work(page)
    page.evaluate(IDLE)
    return page.evaluate("Math.max(0, ...window.desk.tasks)")


def open_everything(page) -> None:
    for summary in page.locator(".conversation__more > summary").all():
        with page.expect_response("**/turns/"):
            summary.click()
        page.locator(".conversation__more .conversation").wait_for()


def scroll_through(page) -> None:
    for pane in (".pane--context", ".pane--output"):
        page.locator(pane).hover()
        for direction in (1, -1):
            for _ in range(N_SCROLLS):
                page.mouse.wheel(0, direction * 1_500)
                page.wait_for_timeout(16)


def slowest_key(page) -> float:
    page.evaluate("window.desk.keys.length = 0")
    page.locator("#main").focus()
    for key in ("Digit1", "ArrowDown", "Digit2", "ArrowUp", "KeyC", "KeyC") * 2:
        page.keyboard.press(key)
        page.wait_for_timeout(120)
    return page.evaluate("Math.max(0, ...window.desk.keys)")


def report() -> list[str]:
    """The table as lines, what it has to reach, and how busy the machine was."""
    from playwright.sync_api import sync_playwright

    before = fixed_task_ms()
    found = {}
    with (
        tempfile.TemporaryDirectory() as folder,
        standing(Path(folder), database="sqlite", n_reviewers=1, n_items=1, overlap=1) as stand,
        sync_playwright() as playwright,
    ):
        stand.run("shell", "-v0", "-c", SEED)
        session = json.loads((Path(folder) / "seed.json").read_text())["sessions"][0]
        chromium = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=list(CHROMIUM_FLAGS))
        for queue in QUEUES:
            found[queue] = figures_of(chromium, stand, session, queue)
        chromium.close()
    names = ("kB", "packed", "cold", "cached", "open", "scroll", "key", "nodes")
    head = f"{'the desk with':<20}" + "".join(f"{name:>8}" for name in names)
    rows = [
        f"{queue.lower():<20}{one.kb_served:>8.1f}{one.kb_compressed:>8.1f}{one.cold_ms:>8.0f}{one.warm_ms:>8.0f}"
        f"{one.opening_ms:>8.0f}{one.scrolling_ms:>8.0f}{one.key_ms:>8.0f}{one.n_nodes:>8,}"
        for queue, one in found.items()
    ]
    return [
        head,
        *rows,
        "kB of page, script, style and their headers; packed: the page gzipped too (under 60: the long ones repeat a",
        "passage, so that what is weighed is ours and not their text). Milliseconds: navigation to first answer",
        "without and with a cache (under 300, median of 5); the quietest of 5 rounds: longest task on opening the",
        "earlier turns and on scrolling (0: none of 50 or more), slowest key to paint (under 100).",
        f"fixed task {before:.0f} ms before, {fixed_task_ms():.0f} ms after",
    ]


def main() -> None:
    os.environ.setdefault("REVIEWAPP_DEMO", "1")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "reviewapp.settings")
    import django

    django.setup()
    print(*report(), sep="\n")


if __name__ == "__main__":
    main()
