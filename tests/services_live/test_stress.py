"""Fifty people at once: no item over its overlap, no review lost or doubled, no lock error."""

import json
import os
import random
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field

import pytest

from tests.services_live.stand import Browser, Stand, standing

N_CLIENTS = 50
N_ITEMS = 100
OVERLAP = 3
DESK = re.compile(r"^/review/([\w-]+)/$")
ANSWERS = {
    "answer-correct": "yes",
    "answer-complete": "4",
    "answer-tone": "3",
    "answer-grounded": "n/a",
    "verdict": "approve",
    "note": "",
}
REPORT = """
import json
from django.db.models import Count, F, Q
from labeling.models import *
live = QueueEntry.objects.filter(purpose__purpose="live")
counted = Q(reviews__slot__isnull=False, reviews__withdrawal__isnull=True)
print(json.dumps({
    "over_overlap": live.annotate(n=Count("reviews", filter=counted)).filter(n__gt=F("overlap")).count(),
    "under_overlap": live.annotate(n=Count("reviews", filter=counted)).filter(n__lt=F("overlap")).count(),
    "twice_by_one": Review.objects.filter(slot__isnull=False).values("entry", "reviewer").annotate(n=Count("id"))
        .filter(n__gt=1).count(),
    "reviews_by_token": dict(Review.objects.values_list("hand_out__token").annotate(n=Count("id"))),
    "extra": Review.objects.filter(slot__isnull=True).count(),
    "gold_reviews": Review.objects.filter(entry__purpose__purpose="gold").count(),
    "without_answers": Review.objects.annotate(n=Count("answers")).exclude(n=4).count(),
}))
"""


@dataclass
class ClientLog:
    """What one client saw confirmed: the tokens of the reviews it was told are stored."""

    confirmed: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def work_until_empty(stand: Stand, session: str, queue_id: int, log: ClientLog, *, seed: int) -> None:
    """Label whatever is handed out: drafts and heartbeats between, and now and then a submit that is sent twice."""
    with (
        closing(Browser(stand.host, stand.port, session=session)) as browser,
        closing(Browser(stand.host, stand.port, session=session)) as twin,
    ):
        label_all(browser, twin, queue_id, log, dice=random.Random(seed))


def label_all(browser: Browser, twin: Browser, queue_id: int, log: ClientLog, *, dice: random.Random) -> None:
    browser.get("/")
    status, path, _page = browser.post(f"/queues/{queue_id}/hand-outs/", {})
    while found := DESK.match(path):
        token = found[1]
        if dice.random() < 0.5:
            browser.post(f"/review/{token}/draft/", ANSWERS)
            browser.post(f"/review/{token}/heartbeat/", {})
        fields = {**ANSWERS, "revision": "1", "active_ms": "4000"}
        if dice.random() < 0.1:
            twin.cookies, twin.csrf = dict(browser.cookies), browser.csrf
            sent_twice = threading.Thread(target=twin.post, args=(f"/review/{token}/", fields))
            sent_twice.start()
            status, path, page = browser.post(f"/review/{token}/", fields)
            sent_twice.join()
        else:
            status, path, page = browser.post(f"/review/{token}/", fields)
        if status == 200 and path != f"/review/{token}/":
            log.confirmed.append(token)
        else:
            log.problems.append(f"{status} at {path}: {page[:200]}")
            return
    if status != 200:
        log.problems.append(f"{status} at {path}")


def postgresql_or_skip():
    if os.environ.get("LIVE_POSTGRES_URL"):
        return
    if os.environ.get("REVIEWAPP_REQUIRE_SERVICES"):
        pytest.fail("LIVE_POSTGRES_URL is required here")
    pytest.skip("LIVE_POSTGRES_URL names no PostgreSQL server on which databases may be made")


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_fifty_reviewers_lose_double_and_over_assign_nothing(tmp_path, database):
    if database == "postgresql":
        postgresql_or_skip()
    with standing(tmp_path, database=database, n_reviewers=N_CLIENTS, n_items=N_ITEMS, overlap=OVERLAP) as stand:
        seed = json.loads((tmp_path / "seed.json").read_text())
        logs = [ClientLog() for _ in range(N_CLIENTS)]

        with ThreadPoolExecutor(N_CLIENTS) as pool:
            clients = [
                pool.submit(work_until_empty, stand, session, seed["queue_id"], log, seed=number)
                for number, (session, log) in enumerate(zip(seed["sessions"], logs, strict=True))
            ]
            for client in clients:
                client.result(timeout=300)

        report = stand.ask(REPORT)
        server_log = stand.log.read_text(errors="replace")

    confirmed = [token for log in logs for token in log.confirmed]
    assert [problem for log in logs for problem in log.problems] == []
    assert (report["over_overlap"], report["under_overlap"], report["twice_by_one"]) == (0, 0, 0)
    assert report["reviews_by_token"] == dict.fromkeys(confirmed, 1)
    assert report["without_answers"] == 0
    assert report["extra"] == 0
    assert len(confirmed) == N_ITEMS * OVERLAP + report["gold_reviews"]
    assert "locked" not in server_log
    assert "Traceback" not in server_log
