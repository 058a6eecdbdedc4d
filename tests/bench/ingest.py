"""`python -m tests.bench ingest`: items a second through the API and from a file, each checked, given its signals and
decided under twenty rules; and the decisions alone, on one core.
"""

import argparse
import json
import os
import tempfile
import time
from pathlib import Path
from unittest import mock

from tests.bench.noise import fixed_task_ms

N_RULES = 20
AT_ONCE = 1_000
# The seed's queue and people are there; a policy that ships most of what comes, and a token.
SETTING = """
import json
from django.utils.timezone import now
from labeling.models import Project, User
from labeling.policy.policies import DEFAULT_DEFINITION
from labeling.services.policies import publish_policy
from labeling.services.projects import create_token
from tests.bench.ingest import rules
project, ada = Project.objects.get(), User.objects.get(username="ada")
definition = {**DEFAULT_DEFINITION, "rules": rules(), "cold_start": {"mode": "sampled", "reason": "A bench."}}
publish_policy(project=project, definition=definition, reason="A bench.", author=ada, now=now())
token, secret = create_token(project=project, name="bench", scopes=["items:write"], actor=ada, now=now())
print(json.dumps({"slug": project.slug, "secret": secret}))
"""


def rules() -> list[dict]:
    """Twenty rules on what an item carries, half of which hold."""
    return [
        {
            "name": f"rule {number}",
            "when": {"field": "metadata.amount", "op": ">", "value": number},
            "review_share": 0.01,
        }
        for number in range(N_RULES)
    ]


def rows(name: str, n_rows: int) -> list[dict]:
    from tests.world import chat_row

    return [chat_row(f"{name}-{number}", stakes="low", metadata={"amount": N_RULES // 2}) for number in range(n_rows)]


def from_file(stand, slug: str, n_rows: int) -> float:
    """Seconds that the command takes; the start of the program, a second or two, is within."""
    path = Path(stand.environment["REVIEWAPP_VAR"]) / "rows.jsonl"
    with path.open("w") as sink:
        sink.writelines(json.dumps(row) + "\n" for row in rows("file", n_rows))
    start = time.perf_counter()
    told = json.loads(stand.run("ingest", slug, str(path), "--json"))
    assert told["counts"]["created"] == n_rows, told
    return time.perf_counter() - start


def through_api(stand, slug: str, secret: str, n_rows: int) -> float:
    """Seconds for one producer that sends a list after the other and waits for each answer."""
    bodies = [json.dumps(rows(f"api-{first}", AT_ONCE)).encode() for first in range(0, n_rows, AT_ONCE)]
    start = time.perf_counter()
    for body in bodies:
        counts = stand.deliver(slug, secret, body)
        assert counts["created"] == AT_ONCE, counts
    return time.perf_counter() - start


def decisions(n_decisions: int) -> tuple[float, float]:
    """CPU seconds of that many decisions alone, and of as many with checks and signals."""
    from labeling.formats.rows import parse_row
    from labeling.models import JudgeVersion
    from labeling.policy import assessing
    from labeling.policy.judge_life import Unheard
    from labeling.policy.policies import DEFAULT_DEFINITION, parse_policy
    from labeling.services.ingest import evidence_of_row
    from labeling.services.judge_versions import version_key_of

    policy = parse_policy({**DEFAULT_DEFINITION, "rules": rules()})
    row = parse_row(rows("decided", 1)[0], default_source_system="bench")
    versions = {version_key_of(verdict): JudgeVersion(pk=1) for verdict in row.judge_verdicts}
    evidence = evidence_of_row(row, versions, ensembles=[], unheard=Unheard(), maps={})
    with mock.patch.object(assessing, "decide", wraps=assessing.decide) as seen:
        assessing.assess(evidence, policy, u=0.5)
    routed = seen.call_args.args[0]
    start = time.process_time()
    for number in range(n_decisions):
        assessing.decide(routed, policy, u=number / n_decisions)
    middle = time.process_time()
    for number in range(n_decisions):
        assessing.assess(evidence, policy, u=number / n_decisions)
    return middle - start, time.process_time() - middle


def main() -> None:
    arguments = argparse.ArgumentParser(prog="python -m tests.bench ingest", description=__doc__)
    arguments.add_argument("--rows", type=int, default=20_000)
    arguments.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    given = arguments.parse_args()
    os.environ.setdefault("REVIEWAPP_DEMO", "1")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "reviewapp.settings")
    import django

    django.setup()
    from tests.services_live.stand import standing

    n_decisions = 20_000
    print(f"fixed task {fixed_task_ms():.0f} ms")
    alone, whole = decisions(n_decisions)
    print(f"{n_decisions / alone:>10,.0f} decisions a second of CPU under {N_RULES} rules")
    print(f"{n_decisions / whole:>10,.0f} with checks and signals")
    with (
        tempfile.TemporaryDirectory() as folder,
        standing(Path(folder), database=given.database, n_reviewers=1, n_items=1, overlap=1) as stand,
    ):
        seed = stand.ask(SETTING)
        seconds = from_file(stand, seed["slug"], given.rows)
        print(f"{given.rows / seconds:>10,.0f} items a second from a file, {given.database}, 3 verdicts each")
        seconds = through_api(stand, seed["slug"], seed["secret"], given.rows)
        print(f"{given.rows / seconds:>10,.0f} through the API, {AT_ONCE:,} a request, one producer")
    print(f"fixed task {fixed_task_ms():.0f} ms")


if __name__ == "__main__":
    main()
