"""The pipeline on one page: what runs later or on a clock. Each task is one service call for each row that is due.

Every task is idempotent and finds its work in the tables, so a lost message or a killed worker costs a few seconds.
"""

import logging
from datetime import datetime, timedelta
from random import Random
from secrets import token_hex
from time import monotonic

from celery import shared_task
from django.conf import settings

from labeling.gateways import judges, mail, webhooks
from labeling.policy.jobs import AGREEMENT_TASK, CALIBRATION_TASK, EXAMINATION_TASK, HELP_TASK, UPLOAD_TASK, JobLimits
from labeling.policy.sendings import Letter
from labeling.queries.agreement import versions_to_measure
from labeling.queries.alerts import queues_to_alert
from labeling.queries.autonomy import projects_to_guard
from labeling.queries.clock import now
from labeling.queries.jobs import (
    absences_to_begin,
    due_entries,
    jobs_of_the_dead,
    jobs_to_send,
    projects_to_queue,
    projects_to_route,
    projects_to_seal,
    seats_to_plant,
)
from labeling.queries.judge_batches import endpoints_to_ask, finished_batches, n_calls_under_way
from labeling.queries.judge_watch import validations_to_watch
from labeling.queries.judges import judges_to_measure
from labeling.queries.named_decisions import overdue_reviews
from labeling.queries.novelty import projects_that_ask_for_novelty
from labeling.queries.planting import cases_to_rotate
from labeling.queries.repeats import seats_to_repeat
from labeling.queries.rounds import queues_due_for_round, rounds_to_close
from labeling.queries.screenings import screenings_to_end
from labeling.queries.sendings import lanes_to_serve, n_lanes_free
from labeling.queries.shadows import projects_in_shadow
from labeling.queries.standing import seats_to_look_at
from labeling.queries.tallies import tallies_to_count
from labeling.services import (
    absences,
    adjudication,
    agreement,
    alerts,
    autonomy,
    calibration,
    drift_looks,
    events,
    gold,
    jobs,
    judge_batches,
    judge_calls,
    named_decisions,
    novelty,
    queues,
    repeats,
    rotations,
    rounds,
    routing,
    screenings,
    sendings,
    shadows,
    standing,
    tallies,
    uploads,
    validations,
    version_comparisons,
)
from labeling.services.attempts import Attempts

logger = logging.getLogger(__name__)
MINUTE, HOUR = 60, 3600

# What a job row may name, and the service it runs.
JOBS = {
    UPLOAD_TASK: uploads.ingest_upload,
    AGREEMENT_TASK: agreement.run_agreement,
    HELP_TASK: agreement.help_with_run,
    CALIBRATION_TASK: calibration.make_calibration_runs,
    EXAMINATION_TASK: validations.examine_judge,
}

# Where each waits, and how long an attempt may take: until it is told to end, and until its whole worker is ended.
LIMITS = {
    UPLOAD_TASK: JobLimits("long", seconds=2 * HOUR, hard_seconds=2 * HOUR + 10 * MINUTE),
    AGREEMENT_TASK: JobLimits("long", seconds=6 * HOUR, hard_seconds=7 * HOUR),
    HELP_TASK: JobLimits("long", seconds=6 * HOUR, hard_seconds=7 * HOUR),
    CALIBRATION_TASK: JobLimits("long", seconds=2 * HOUR, hard_seconds=3 * HOUR),
    EXAMINATION_TASK: JobLimits("long", seconds=2 * HOUR, hard_seconds=3 * HOUR),
}
# The attempts at jobs that this process is at.
ATTEMPTS = Attempts()

# Seconds between two runs of each repeating task, in every worker that has a clock: what is due is in the tables.
CLOCK = {
    "dispatch_jobs": 0.5,
    "settle_entries": 1,
    "serve_lanes": 1,
    "ask_judges": 1,
    "end_screenings": 1,
    "expire_leases": 2,
    "begin_absences": 30,
    "close_rounds": 30,
    "route_items": 2,
    "queue_items": 2,
    "tell_strange_items": 5,
    "decide_in_shadow": 5,
    "plant_gold": 3,
    "look_at_known_answers": 5,
    "plant_repeats": 60,
    "open_rounds": 3600,
    "seal_events": 5,
    "watch_due_times": 15,
    "count_large_projects": 15,
    "watch_judges": 300,
    "watch_register": 600,
    "watch_guardrails": 600,
    "make_nightly_runs": 600,
}

# Those that look at everything for what is rare: the longer they take, the seldomer they run.
SPARING = frozenset(["queue_items"])

# How long one receiver may keep a worker's thread before the others have their turn.
LANE_SECONDS = 15
# A message that waits longer than this for a worker is dropped; the clock sends another.
MESSAGE_SECONDS = 5


def tick(name):
    """One run of one repeating task."""
    globals()[name]()


def dispatch_jobs():
    """Uploads and everything else that was asked for: tell a worker of each job row that is due."""
    if jobs_to_send(JOBS, now=now()).exists() or jobs_of_the_dead(now=now()).exists():
        for job in jobs.send_due_jobs(now=now(), limits=LIMITS, n_places=settings.LONG_JOBS_AT_ONCE):
            run_job.apply_async((job.pk,), queue=LIMITS[job.task].queue)


@shared_task
def run_job(job_id):
    """Make the next attempt at a job; one that fails comes again later, and stays visible when it never succeeds."""
    job = jobs.begin_job(job_id, now=now(), limits=LIMITS, n_places=settings.LONG_JOBS_AT_ONCE)
    if job is not None:
        hard_seconds = LIMITS[job.task].hard_seconds
        ATTEMPTS.run(job, JOBS[job.task], hard_seconds=hard_seconds, clock=now, rng=Random())


def route_items():
    """Items that came before a policy, or whose hold ran out: decide and queue them."""
    for step in (routing.route_unrouted, routing.release_holds):
        for_each(projects_to_route(now=now()), lambda project, step=step: step(project, now=now()))


def queue_items():
    """Items that no queue took when they came: queue them once one does."""
    for_each(projects_to_queue(), lambda project: routing.open_missing_entries(project, now=now()))


def decide_in_shadow():
    """What came since a policy is in shadow is decided under it, too, where nobody acts on it."""
    for_each(projects_in_shadow(), lambda project: shadows.decide_in_shadow(project, now=now()))


def tell_strange_items():
    """Outputs that wait to be told from the usual ones get their novelty, and are decided."""
    for_each(projects_that_ask_for_novelty(), lambda project: novelty.tell_strange_items(project, now=now()))


def plant_gold():
    """Rotate out the gold that enough people met, and lay what is left ready for everybody who has a seat."""
    for_each(cases_to_rotate(), lambda case_id: rotations.rotate_gold_case(case_id, now=now()))
    for_each(seats_to_plant(), lambda seat: gold.plant_gold(seat.queue, seat.reviewer, now=now()))


def plant_repeats():
    """Lay ready what somebody labelled weeks ago, for once more and blind."""
    for_each(seats_to_repeat(now=now()), lambda seat_id: repeats.plant_repeats(seat_id, now=now()))


def open_rounds():
    """The same batch to everybody of a queue whose schedule says so."""
    for_each(queues_due_for_round(now=now()), lambda queue_id: rounds.open_scheduled_round(queue_id, now=now()))


def look_at_known_answers():
    """Whoever misses too many of them is paused, and what they labelled lately comes before others."""
    for_each(seats_to_look_at(), lambda seat_id: standing.look_at_answers(seat_id, now=now()))


def expire_leases():
    """Turns that were left lying go to somebody else; the draft stays."""
    queues.expire_leases(now=now())


def begin_absences():
    """Whoever is away from today on gives back what they hold."""
    for_each(absences_to_begin(now=now()), lambda absence_id: absences.begin_absence(absence_id, now=now()))


def settle_entries():
    """Items whose reviews are all in become final, get a tie-break, or go to adjudication."""
    for_each(due_entries(now=now()), lambda entry_id: adjudication.settle_entry(entry_id, now=now()))


def close_rounds():
    """A calibration round that everybody is through with, or that is past its last day, is closed."""
    for_each(rounds_to_close(now=now()), lambda round_id: rounds.close_round(round_id, now=now()))


def end_screenings():
    """A screen whose last answer can be taken back no more gets its result, and who passed is qualified."""
    for_each(screenings_to_end(now=now()), lambda screening_id: screenings.end_screening(screening_id, now=now()))


def watch_due_times():
    """A queue whose items are overdue is told of once, and once more when they no longer are."""
    for_each(queues_to_alert(now=now()), lambda queue_id: alerts.watch_queue(queue_id, now=now()))


def count_large_projects():
    """What pages say of all items of a large project is counted here, as often as counting is cheap."""
    for_each(tallies_to_count(now=now()), lambda one: tallies.count_again(*one, clock=now))


def watch_judges():
    """A judge in use that begins to differ from people, on the items kept to watch it, ships nothing any more."""
    for_each(validations_to_watch(now=now()), lambda pk: drift_looks.look_for_drift(pk, now=now()))


def watch_register():
    """A line of the never-delegate register whose review is overdue: people are told once."""
    for_each(overdue_reviews(now=now()), lambda line_id: named_decisions.tell_if_overdue(line_id, now=now()))


def watch_guardrails():
    """Where agreement, gold, escaped errors or drift say so, a project falls back to deciding less by itself."""
    for_each(projects_to_guard(), lambda project: autonomy.look_at_guardrails(project, now=now()))


def serve_lanes():
    """Messages to webhooks and people: a lane for each receiver that is owed one, a few at once, in no fixed order."""
    lanes = [lane for lane in lanes_to_serve(now=now()) if lane is not None or settings.MAIL_SERVER is not None]
    if lanes:
        Random().shuffle(lanes)
        for lane in lanes[: n_lanes_free(now=now())]:
            send_lane.apply_async((lane, in_time()))


@shared_task
def send_lane(lane, begin_by=None):
    """One receiver's messages one after the other, until one fails, none is due or the others have their turn."""
    until = end_of_turn(begin_by)
    while has_turn(until) and (outgoing := sendings.claim_next_sending(lane, now=now())) is not None:
        outcome = send(outgoing.content)
        if not sendings.record_attempt(outgoing, outcome, now=now(), rng=Random()):
            return


def send(content):
    """Hand one message to the gateway it is for. No transaction is open meanwhile."""
    if isinstance(content, Letter):
        return mail.send(content, server=settings.MAIL_SERVER)
    return webhooks.post(content, reach=settings.WEBHOOK_REACH)


def ask_judges():
    """Batches of judges: a worker for each endpoint that has calls due, a few at once; what is through ends."""
    if judges.is_installed():
        endpoints = endpoints_to_ask(now=now())
        Random().shuffle(endpoints)
        for endpoint_id in endpoints[: max(0, settings.JUDGE_CALLS_AT_ONCE - n_calls_under_way(now=now()))]:
            ask_judge.apply_async((endpoint_id, in_time()))
    if finished_batches():
        judge_batches.end_finished(now=now())


@shared_task
def ask_judge(endpoint_id, begin_by=None):
    """One endpoint's calls one after the other, until none is due or the others have their turn."""
    until = end_of_turn(begin_by)
    while has_turn(until):
        errand = judge_calls.claim_next_call(endpoint_id, now=now(), boundary=token_hex(16))
        if errand is None:
            return
        reply = judges.ask(errand.request, reach=settings.WEBHOOK_REACH)
        judge_calls.record_reply(errand, reply, now=now(), rng=Random())


def in_time():
    """By when a message sent now has to be begun. By the database's clock: another worker's may be an hour ahead."""
    return (now() + timedelta(seconds=MESSAGE_SECONDS)).isoformat()


def end_of_turn(begin_by):
    """When a lane that is begun now has had its turn, by the steady clock; one that was begun too late has none."""
    is_late = begin_by is not None and now() > datetime.fromisoformat(begin_by)
    return monotonic() + (0 if is_late else LANE_SECONDS)


def has_turn(until):
    return monotonic() < until and not ATTEMPTS.is_ending.is_set()


def make_nightly_runs():
    """Agreement on every rubric version, and every judge against people, where labels came since; once a night."""
    versions = versions_to_measure(now=now())
    for_each(versions, lambda version: agreement.run_agreement(version.pk, clock=now))
    judge_ids = judges_to_measure(now=now())
    for_each(judge_ids, lambda judge_id: calibration.make_calibration_runs(judge_id, clock=now))
    for_each(judge_ids, lambda judge_id: version_comparisons.compare_with_previous(judge_id, clock=now))


def seal_events():
    """Chain what happened, project by project, and note that the worker lives."""
    for_each(projects_to_seal(), lambda project: events.seal_events(project, now=now()))
    jobs.beat("worker", now=now())


def for_each(rows, work):
    """Do the work for every row. One that fails is logged and left; it must not stop the clock for all others."""
    for row in rows:
        try:
            work(row)
        except Exception:
            logger.exception("Left %s undone; the next run tries again.", getattr(row, "pk", row))
