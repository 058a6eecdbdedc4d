"""`make bench`: how fast the loop turns here, in rates and as ratios to a fixed task in the same run.

Machines differ and are shared, so only the ratios and the error counts travel; no test depends on a timing.
"""

import hashlib
import json
import os
import resource
import runpy
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from tests.bench import alpha, pages

N_DECISIONS = 20_000
N_ROWS = 5_000
N_LABELS = 150


def hashes_a_second(seconds: float = 0.5) -> float:
    """The fixed task: chained SHA-256 of a kilobyte, on one core."""
    content, n_hashes, start = b"x" * 1024, 0, time.perf_counter()
    while time.perf_counter() - start < seconds:
        for _ in range(1000):
            content = hashlib.sha256(content).digest() * 32
        n_hashes += 1000
    return n_hashes / (time.perf_counter() - start)


def timed(work: Callable[[], int]) -> float:
    """Units a second of one piece of work."""
    start = time.perf_counter()
    n_units = work()
    return n_units / (time.perf_counter() - start)


def decide_many() -> int:
    from labeling.formats.rows import parse_row
    from labeling.models import JudgeVersion
    from labeling.policy.assessing import assess
    from labeling.policy.judge_life import Unheard
    from labeling.policy.policies import DEFAULT_DEFINITION, parse_policy
    from labeling.services.ingest import evidence_of_row
    from labeling.services.judge_versions import version_key_of
    from tests.world import chat_row

    rules = [
        {"name": f"rule {n}", "when": {"field": "metadata.amount", "op": ">", "value": n}, "review_share": 0.5}
        for n in range(20)
    ]
    policy = parse_policy({**DEFAULT_DEFINITION, "rules": rules})
    row = parse_row(chat_row(metadata={"amount": 10}), default_source_system="bench")
    versions = {version_key_of(verdict): JudgeVersion(pk=1) for verdict in row.judge_verdicts}
    evidence = evidence_of_row(row, versions, ensembles=[], unheard=Unheard(), maps={})
    for number in range(N_DECISIONS):
        assess(evidence, policy, u=number / N_DECISIONS)
    return N_DECISIONS


def ingest_file(stand) -> int:
    from tests.world import chat_row

    path = Path(stand.environment["REVIEWAPP_VAR"]) / "rows.jsonl"
    with path.open("w") as rows:
        rows.writelines(json.dumps(chat_row(f"file-{number}")) + "\n" for number in range(N_ROWS))
    stand.run("ingest", "shop", str(path))
    return N_ROWS


def label(stand, seed: dict) -> int:
    from tests.services_live.stand import Browser
    from tests.services_live.test_stress import ANSWERS, DESK

    with closing(Browser(stand.host, stand.port, session=seed["sessions"][0])) as browser:
        browser.get("/")
        _status, path, _page = browser.post(f"/queues/{seed['queue_id']}/hand-outs/", {})
        for _ in range(N_LABELS):
            token = DESK.match(path)[1]
            fields = {**ANSWERS, "revision": "1", "active_ms": "4000"}
            status, path, _page = browser.post(f"/review/{token}/", fields)
            assert status == 200, f"{status} at {path}"
    return N_LABELS


def main() -> None:
    if sys.argv[1:]:
        # `python -m tests.bench page`: one of the others, with its own arguments.
        runpy.run_module(f"tests.bench.{sys.argv.pop(1)}", run_name="__main__")
        return
    os.environ.setdefault("REVIEWAPP_DEMO", "1")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "reviewapp.settings")
    with tempfile.TemporaryDirectory() as folder:
        os.environ.setdefault("REVIEWAPP_VAR", folder)
        import django

        django.setup()
        from tests.services_live.stand import standing

        before = hashes_a_second()
        rates = {"routing decisions, 20 rules": timed(decide_many)}
        with standing(Path(folder), database="sqlite", n_reviewers=1, n_items=2_000, overlap=1) as stand:
            seed = json.loads((Path(folder) / "seed.json").read_text())
            rates["submit + next item, 1 reviewer, SQLite"] = timed(lambda: label(stand, seed))
            rates["rows from a file, 3 verdicts each, SQLite"] = timed(lambda: ingest_file(stand))
        after = hashes_a_second()
    print(f"{'work':<45}{'a second':>12}{'per 1,000 hashes':>20}")
    for name, rate in rates.items():
        print(f"{name:<45}{rate:>12,.1f}{1000 * rate / before:>20.3f}")
    noise = abs(after - before) / before
    print(f"\nfixed task: {before:,.0f} hashes a second before, {after:,.0f} after ({noise:.0%} apart)")
    print(f"peak memory of this process: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB")
    print("", *alpha.report(), "", *pages.report(), sep="\n")


if __name__ == "__main__":
    sys.exit(main())
