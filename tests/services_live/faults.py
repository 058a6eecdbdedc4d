"""Interruptions by the hundred, and afterwards: does the database say what every reviewer was told?"""

import json
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from tests.services_live.breakable import Ledger, serving
from tests.services_live.plan import Interruption, plan_of
from tests.services_live.reviewers import Log, ScriptedReviewer
from tests.services_live.stand import ROOT, run_manage, seeded

N_CLIENTS = 8
SETTLE_SECONDS = 40
SECONDS_BETWEEN = 0.4
STATE = """
import json
from django.db.models import Count, Exists, F, OuterRef, Q
from labeling.models import *
counted = Q(reviews__slot__isnull=False, reviews__withdrawal__isnull=True)
live = QueueEntry.objects.filter(purpose__purpose="live").annotate(n=Count("reviews", filter=counted))
ties = Event.objects.filter(kind="entry.tie_break").values_list("subject__entry_id", flat=True)
is_open = Exists(Slot.objects.filter(entry=OuterRef("pk"), state="open"))
print(json.dumps({
    "reviews": [
        {"user_id": r.reviewer.user_id, "token": r.hand_out.token, "entry": r.entry_id, "revision": r.revision,
         "note": r.note, "verdict": r.verdict, "n_answers": r.answers.count(), "is_counted": r.slot_id is not None,
         "is_withdrawn": hasattr(r, "withdrawal")}
        for r in Review.objects.select_related("reviewer", "hand_out", "withdrawal")
    ],
    "drafts": [
        [d.reviewer.user_id, d.entry.item.external_id, d.content.get("note", "")]
        for d in Draft.objects.select_related("reviewer", "entry__item")
    ],
    "over_overlap": live.filter(n__gt=F("n_slots")).count()
        + live.filter(n_slots__gt=F("overlap")).exclude(pk__in=list(ties), n_slots=F("overlap") + 1).count(),
    "leased": Slot.objects.filter(state="leased").count(),
    "stuck": [e.pk for e in live.filter(state="waiting", settle_at__isnull=True).exclude(is_open)],
    "unsettled": live.filter(settle_at__isnull=False).count(),
    "states": dict(live.order_by().values_list("state").annotate(Count("pk", distinct=True))),
}))
"""


@dataclass
class FaultReport:
    """What was interrupted, what the reviewers were told, what the database has, and everything that differs."""

    kinds: Counter
    n_confirmed: int = 0
    n_unconfirmed_stored: int = 0
    n_stored: int = 0
    n_counted: int = 0
    n_extra: int = 0
    n_withdrawn: int = 0
    n_doubled: int = 0
    n_over_overlap: int = 0
    n_collateral: int = 0
    n_refused: int = 0
    states: dict[str, int] = field(default_factory=dict)
    restart_seconds: list[float] = field(default_factory=list)
    seconds: float = 0.0
    lines: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def run_faults(folder: Path, *, database: str, n_interruptions: int, seed: int) -> FaultReport:
    plan = plan_of(seed=seed, n_interruptions=n_interruptions, n_clients=N_CLIENTS)
    report = FaultReport(Counter(one.kind for one in plan))
    arguments = f"N_REVIEWERS, N_ITEMS = {N_CLIENTS}, {100 + 3 * n_interruptions // 2}\n"
    script = arguments + (ROOT / "tests/services_live/faults_seed.py").read_text()
    log = folder / "server.log"
    with seeded(folder, database=database, seed=script) as environment, serving(environment, log) as server:
        seeds = json.loads((folder / "seed.json").read_text())
        start = time.monotonic()
        ledger = Ledger(environment["DATABASE_URL"])
        reviewers = [
            ScriptedReviewer(number, server=server, ledger=ledger, person=person, queue_id=seeds["queue_id"], seed=seed)
            for number, person in enumerate(seeds["people"])
        ]
        work_at_once(reviewers, plan)
        state = state_at_rest(environment, ledger)
        report.seconds, report.restart_seconds = time.monotonic() - start, server.restart_seconds
    for reviewer in reviewers:
        compare(report, reviewer.log, user_id=reviewer.person["user_id"], state=state)
    compare_whole(report, state, server_log=log.read_text(errors="replace"))
    return report


def work_at_once(reviewers: list[ScriptedReviewer], plan: list[Interruption]) -> None:
    """Everybody works through their part of the plan side by side, and then labels what is left.

    Whoever is through waits between items until all are: a turn can only be stolen by somebody who labels, and from
    somebody for whom an item is left.
    """
    following = {reviewer.number for reviewer in reviewers}

    def follow(reviewer: ScriptedReviewer) -> None:
        with closing(reviewer):
            try:
                follow_plan(reviewer, [one for one in plan if one.client == reviewer.number])
            finally:
                following.discard(reviewer.number)
            while following:
                reviewer.label_one()
                time.sleep(SECONDS_BETWEEN)
            reviewer.label_all()

    with ThreadPoolExecutor(len(reviewers)) as pool:
        for one in [pool.submit(follow, reviewer) for reviewer in reviewers]:
            one.result()


def follow_plan(reviewer: ScriptedReviewer, own: list[Interruption]) -> None:
    reviewer.take()
    for one in own:
        for _ in range(one.n_items_before):
            reviewer.label_one()
        reviewer.interrupt(one)


def state_at_rest(environment: dict[str, str], ledger: Ledger) -> dict:
    """The database once every lease ran out, every grace is over and the worker has done what was due."""
    ledger.let_all_run_out()
    deadline = time.monotonic() + SETTLE_SECONDS
    while True:
        state = json.loads(run_manage(environment, "shell", "-v0", "-c", STATE).strip().splitlines()[-1])
        if not (state["leased"] or state["unsettled"]) or time.monotonic() > deadline:
            return state
        time.sleep(0.5)


def compare(report: FaultReport, log: Log, *, user_id: int, state: dict) -> None:
    """One reviewer's log with what the database has of them."""
    report.lines += log.lines
    report.problems += log.problems
    report.n_collateral += log.n_collateral
    stored = {(one["token"], one["revision"]): one for one in state["reviews"] if one["user_id"] == user_id}
    submits = [one for one in log.written if one.kind == "submit"]
    report.n_refused += sum(1 for one in submits if one.outcome == "refused")
    confirmed = {(one.token, one.revision): one for one in submits if one.outcome in ("confirmed", "extra")}
    report.n_confirmed += len(confirmed)
    for key, one in confirmed.items():
        review = stored.get(key)
        if review is None:
            report.problems.append(f"confirmed and not stored: {one}")
        elif (review["note"], review["verdict"], review["n_answers"]) != (one.note, one.verdict, 4):
            report.problems.append(f"confirmed, and something else is stored: {one}; {review}")
        elif review["is_counted"] != (one.outcome == "confirmed"):
            report.problems.append(f"told {one.outcome}, and that is not so: {review}")
    sent = {(one.token, one.revision, one.note, one.verdict) for one in submits if one.outcome != "refused"}
    for key, review in stored.items():
        report.n_unconfirmed_stored += key not in confirmed
        if (*key, review["note"], review["verdict"]) not in sent or review["n_answers"] != 4:
            report.problems.append(f"stored and never sent so: {review}")
    compare_withdrawals(report, log, stored)
    compare_drafts(report, log, {label: note for owner, label, note in state["drafts"] if owner == user_id})


def compare_withdrawals(report: FaultReport, log: Log, stored: dict) -> None:
    taken_back = {(one.token, one.revision): one.outcome for one in log.written if one.kind == "take back"}
    for key, review in stored.items():
        outcome = taken_back.get(key, "never")
        if review["is_withdrawn"] and outcome in ("never", "refused"):
            report.problems.append(f"withdrawn and not taken back: {review}")
        if outcome == "confirmed" and not review["is_withdrawn"]:
            report.problems.append(f"taken back, and it still counts: {review}")


def compare_drafts(report: FaultReport, log: Log, stored: dict[str, str]) -> None:
    for label in {one.label for one in log.written}:
        possible = log.drafts_possible_for(label)
        if stored.get(label, "") not in possible:
            report.problems.append(f"draft of {label}: {stored.get(label)!r}, not one of {possible}")


def compare_whole(report: FaultReport, state: dict, *, server_log: str) -> None:
    reviews = state["reviews"]
    counted = [one for one in reviews if one["is_counted"] and not one["is_withdrawn"]]
    report.n_stored, report.n_counted = len(reviews), len(counted)
    report.n_extra = sum(1 for one in reviews if not one["is_counted"])
    report.n_withdrawn = sum(1 for one in reviews if one["is_withdrawn"])
    by_person = Counter((one["entry"], one["user_id"]) for one in counted)
    by_note = Counter(one["note"] for one in reviews)
    report.n_doubled = sum(n - 1 for n in (*by_person.values(), *by_note.values()))
    report.n_over_overlap, report.states = state["over_overlap"], state["states"]
    if state["leased"] or state["unsettled"] or state["stuck"]:
        left = {name: state[name] for name in ("leased", "unsettled", "stuck")}
        report.problems.append(f"still not at rest: {left}")
    for sign in ("Traceback", "locked", "deadlock"):
        if sign in server_log:
            at = server_log.index(sign)
            report.problems.append(f"the server's log says: {server_log[max(0, at - 300) : at + 1500]}")


def table_of(report: FaultReport, *, database: str) -> str:
    restarts = sorted(report.restart_seconds) or [0.0]
    rows = {
        "database": database,
        **report.kinds,
        "cut by others' kills as well": report.n_collateral,
        "confirmed to reviewers": report.n_confirmed,
        "stored, answer never read": report.n_unconfirmed_stored,
        "stored in the database": report.n_stored,
        "counted": report.n_counted,
        "withdrawn": report.n_withdrawn,
        "extra": report.n_extra,
        "refused, and said so": report.n_refused,
        "doubled": report.n_doubled,
        "over overlap": report.n_over_overlap,
        "entries": ", ".join(f"{n} {name}" for name, n in sorted(report.states.items())),
        "median restart, seconds": f"{restarts[len(restarts) // 2]:.1f}",
        "seconds": f"{report.seconds:.0f}",
        "problems": len(report.problems),
    }
    return "\n".join(f"{name:<32}{value}" for name, value in rows.items())


def run_and_print(*, database: str, n_interruptions: int, seed: int, log: Path | None) -> int:
    """For the bench: run, write one line an interruption, print the table; 1 when anything differs."""
    with tempfile.TemporaryDirectory() as folder:
        report = run_faults(Path(folder), database=database, n_interruptions=n_interruptions, seed=seed)
    if log is not None:
        log.write_text("\n".join(sorted(report.lines)) + "\n")
    print(table_of(report, database=database))  # noqa: T201
    for problem in report.problems[:20]:
        print(problem)  # noqa: T201
    return int(bool(report.problems or report.n_doubled or report.n_over_overlap))
