"""`python -m tests.bench memory`: what a web process weighs after 10,000 and after 100,000 requests of every kind.

Reviewers label; between them an owner opens pages, downloads reports and exports, previews a policy, and a producer
sends items. To reach: under 250 MB, and at the end at most 5 % above the size at a tenth of the way.
"""

import argparse
import json
import os
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from itertools import cycle
from pathlib import Path

from tests.bench.whatif import form_fields
from tests.services_live.stand import ROOT, Browser, Stand, children_of, standing
from tests.services_live.test_stress import ANSWERS, DESK

MOST_MB, MOST_GROWTH = 250, 0.05
# So many requests at the desk between two of an owner.
AT_THE_DESK = 49
PAGES = (
    "/",
    "/p/{slug}/",
    "/p/{slug}/queues/",
    "/p/{slug}/routing/",
    "/p/{slug}/items/",
    "/p/{slug}/agreement/",
    "{run}files/report/",
    "{run}files/matrix/?question=verdict",
    "/p/{slug}/audit/",
    "/p/{slug}/reviewers/",
    "/p/{slug}/routing/signals/",
    "/p/{slug}/routing/escapes/",
    "/p/{slug}/judges/",
    "/p/{slug}/exports/labels/?format=csv",
    "/p/{slug}/exports/decisions/?format=jsonl",
)
SETTING = """
import json
from django.utils.timezone import now
from labeling.models import Project, RubricVersion, User
from labeling.services.agreement import make_agreement_run
from labeling.services.projects import create_token
from tests.sessions import session_of
project, ada = Project.objects.get(), User.objects.get(username="ada")
token, secret = create_token(project=project, name="bench", scopes=["items:write"], actor=ada, now=now())
version = RubricVersion.objects.get(rubric__key="support-reply")
run = make_agreement_run(version, now=now(), replicates=100)
print(json.dumps({
    "slug": project.slug, "secret": secret, "admin": session_of(ada),
    "run": f"/p/{project.slug}/agreement/{run.pk}/",
}))
"""


def resident_mb(pid: int) -> float:
    """Of the process that answers and of its desk's, not of gunicorn's own parent."""
    answering = [one for child in children_of(pid) for one in (child, *children_of(child))]
    sizes = [re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{one}/status").read_text()) for one in answering]
    return sum(int(size[1]) for size in sizes if size) / 1024


class Office:
    """An owner who opens one page after the other, and a producer who sends a few items between."""

    def __init__(self, stand: Stand, seed: dict):
        self.stand, self.seed = stand, seed
        self.browser = Browser(stand.host, stand.port, session=seed["admin"])
        self.work = self.in_turn()
        self.wrong: Counter[tuple[str, int]] = Counter()

    def in_turn(self) -> Iterator[None]:
        self.browser.get("/")
        for number, address in enumerate(cycle((*PAGES, "a preview", "a delivery"))):
            if address == "a delivery":
                self.deliver(number)
            elif address == "a preview":
                self.browser.as_htmx = True
                fields = form_fields(0.5 + number % 40 / 100, is_rich=False)
                status, _, _ = self.browser.post(f"/p/{self.seed['slug']}/routing/policies/new/", fields)
                self.browser.as_htmx = False
                self.look_at(address, status)
            else:
                status, _, _ = self.browser.get(address.format(**self.seed))
                self.look_at(address, status)
            yield

    def look_at(self, address: str, status: int) -> None:
        if status != 200:
            self.wrong[address, status] += 1

    def deliver(self, number: int) -> None:
        from tests.world import chat_row

        rows = [chat_row(f"sent-{number}-{place}") for place in range(20)]
        counts = self.stand.deliver(self.seed["slug"], self.seed["secret"], json.dumps(rows).encode())
        assert counts["created"] == len(rows), counts


def go_through(stand: Stand, seed: dict, n_requests: int) -> dict[int, float]:
    """Send so many requests; the megabytes at a tenth, a quarter, half and all of them."""
    marks = {n_requests // 10, n_requests // 4, n_requests // 2, n_requests}
    found, office, fields = {}, Office(stand, seed), {**ANSWERS, "revision": "1", "active_ms": "4000"}
    with closing(Browser(stand.host, stand.port, session=seed["sessions"][0])) as browser:
        browser.get("/")
        _, path, _ = browser.post(f"/queues/{seed['queue_id']}/hand-outs/", {})
        browser.as_htmx = True
        for number in range(1, n_requests + 1):
            if number % (AT_THE_DESK + 1) == 0:
                next(office.work)
            elif number % 2:
                browser.post(f"/review/{DESK.match(path)[1]}/draft/", ANSWERS)
            else:
                status, path, page = browser.post(f"/review/{DESK.match(path)[1]}/", fields)
                assert status == 200, page[:500]
            if number in marks:
                found[number] = resident_mb(stand.server_pid)
                print(f"{number:>10,} requests{found[number]:>10.1f} MB", flush=True)
    print(f"answers of the office that were not 200: {dict(office.wrong) or 'none'}")
    assert not office.wrong
    return found


def main() -> int:
    arguments = argparse.ArgumentParser(prog="python -m tests.bench memory", description=__doc__)
    arguments.add_argument("--requests", type=int, default=100_000)
    arguments.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    given = arguments.parse_args()
    os.environ.setdefault("REVIEWAPP_DEMO", "1")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "reviewapp.settings")
    os.environ.setdefault("LIVE_POSTGRES_URL", "postgres://postgres@127.0.0.1:5432")
    import django

    django.setup()
    start = time.perf_counter()
    with (
        tempfile.TemporaryDirectory() as folder,
        standing(Path(folder), database=given.database, n_reviewers=1, n_items=1, overlap=1) as stand,
    ):
        fill = (ROOT / "tests/bench/fill.py").read_text()
        stand.run("shell", "-v0", "-c", f"N_WAITING, N_OWN = {given.requests}, 0\n{fill}")
        seed = {**json.loads((Path(folder) / "seed.json").read_text()), **stand.ask(SETTING)}
        found = go_through(stand, seed, given.requests)
    first, last = found[given.requests // 10], found[given.requests]
    print(f"{last / first - 1:+.1%} from a tenth of the way to the end, in {time.perf_counter() - start:.0f} s")
    return int(last >= MOST_MB or last > (1 + MOST_GROWTH) * first)


if __name__ == "__main__":
    sys.exit(main())
