"""The demonstration as it is built: small without a history, and twelve weeks that show what they are there for."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import transaction

from labeling.formats.unified_diff import read_diff
from labeling.management.demo_world.build import build_demonstration
from labeling.management.demo_world.other_kinds import other_rows
from labeling.management.demo_world.shop import Shop, invite_people
from labeling.management.demo_world.today import N_TURNS
from labeling.models import (
    AgreementRun,
    CalibrationRun,
    Event,
    EventSeal,
    Item,
    Project,
    QueueEntry,
    Review,
    RoutingPolicy,
    Slot,
    ThresholdCertificate,
)
from labeling.policy.blinding import SHOWN_KINDS
from labeling.policy.judging import read_kappa
from labeling.policy.presets import SUPPORT_REPLY
from labeling.policy.sealing import hash_of_event, link_hash
from labeling.queries.autonomy import guardrails_of
from labeling.queries.named_decisions import register_of
from labeling.queries.reviewer_pages import person_of
from labeling.queries.reviewer_panel import panel_of
from labeling.queries.shadow_comparison import shadow_comparison

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
START = NOW - timedelta(hours=20)
WAITING, DISPUTED = QueueEntry.State.WAITING, QueueEntry.State.DISPUTED


@pytest.fixture(scope="module")
def history(django_db_setup, django_db_blocker):
    """All twelve weeks, built once for the tests that look at them and then undone."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield build_demonstration(now=NOW)
        transaction.set_rollback(True)


@pytest.fixture
def twelve_weeks(history, django_db_blocker):
    with django_db_blocker.unblock():
        yield history


def of_live(**lookup):
    return QueueEntry.objects.filter(purpose__purpose="live", **lookup)


def test_without_weeks_there_is_the_hand_written_day_alone_with_every_kind_of_output(db):
    project = build_demonstration(now=NOW, n_weeks=0)

    day = project.items.exclude(status=Item.Status.REFERENCE)
    assert day.exclude(source_system="workbench").count() == 120
    # Whose turn is a gold case is drawn by primary key, which PostgreSQL counts on from test to test.
    assert 0.9 * N_TURNS < Review.objects.count() <= N_TURNS
    assert project.policies.count() == 2
    assert AgreementRun.objects.count() == 0
    waiting = of_live(queue__project=project, state=WAITING)
    kinds = set(waiting.values_list("item__kind", flat=True))
    pairs = set(waiting.values_list("item__payload__context__pair_of", flat=True)) - {None}
    # Those of the day's replies that are left to review are drawn; the others nobody has touched.
    assert SHOWN_KINDS - set(SUPPORT_REPLY.kinds) <= kinds
    assert pairs == {"summary", "marketing_copy", "trajectory", "code_diff"}
    assert set(project.items.values_list("kind", flat=True)) == SHOWN_KINDS


def test_the_changes_of_the_demonstration_can_be_read_and_one_is_miscounted_on_purpose():
    hunks = {
        row["external_id"]: [hunk.is_miscounted for file in read_diff(row["output"]).files for hunk in file.hunks]
        for row in other_rows()
        if row["kind"] == "code_diff"
    }

    assert hunks == {"fh-2031": [False] * 4, "fh-2032": [True]}


@pytest.mark.slow
def test_one_week_comes_before_the_day_and_leaves_nothing_behind(db):
    project = build_demonstration(now=NOW, n_weeks=1)

    past = project.items.filter(created_at__lt=START).exclude(status=Item.Status.REFERENCE)
    assert past.count() == 60
    assert set(past.values_list("created_at__iso_week_day", flat=True)) <= {1, 2, 3, 4, 5}
    assert of_live(item__in=past, state=WAITING).count() == 0
    assert AgreementRun.objects.count() == 2


@pytest.mark.slow
def test_the_same_moment_gives_the_same_rows(db):
    seen = []
    for _ in range(2):
        with transaction.atomic():
            build_demonstration(now=NOW, n_weeks=1)
            reviews = Review.objects.order_by("id")
            seen.append(list(reviews.values_list("entry__item__external_id", "verdict", "active_ms", "submitted_at")))
            transaction.set_rollback(True)

    assert seen[0] == seen[1]


def test_an_existing_demonstration_is_left_as_it_is(db, settings):
    settings.DEMO = True
    shop = Shop(n_weeks=0)
    invite_people(shop, now=NOW)

    printed = StringIO()
    call_command("demo", "--build-only", stdout=printed)

    assert "Building" not in printed.getvalue()
    assert "olga" in printed.getvalue()
    assert not Item.objects.exists()


def test_a_number_of_weeks_that_there_is_not_is_refused(db, settings):
    settings.DEMO = True

    with pytest.raises(CommandError, match="0 to 12 weeks"):
        call_command("demo", "--build-only", "--weeks", "13")

    assert not Project.objects.exists()


# --- twelve weeks ---------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_about_three_thousand_outputs_came_and_a_quarter_went_to_people(twelve_weeks):
    traffic = twelve_weeks.items.exclude(status=Item.Status.REFERENCE)

    assert 2_900 < traffic.count() < 3_200
    assert 0.2 < of_live().count() / traffic.count() < 0.27
    assert 1_400 < Review.objects.count() < 1_750


@pytest.mark.slow
def test_one_pair_of_reviewers_stays_together_and_the_drift_is_seen_in_the_others(twelve_weeks):
    newest = kappas_since(START - timedelta(weeks=4))
    earlier = kappas_since(START - timedelta(weeks=13), until=START - timedelta(weeks=6))

    assert min(earlier.values()) > 0.7
    assert newest["ana", "cleo"] > 0.7
    assert max(newest["ana", "ben"], newest["ben", "cleo"]) < newest["ana", "cleo"] - 0.2


def kappas_since(since, *, until=NOW):
    said = {}
    reviews = Review.objects.filter(
        entry__queue__slug="support", entry__purpose__purpose="live", submitted_at__gte=since, submitted_at__lt=until
    )
    for entry_id, name, verdict in reviews.values_list("entry_id", "reviewer__user__username", "verdict"):
        said.setdefault(entry_id, {})[name] = verdict
    pairs = {}
    for by_name in said.values():
        if len(by_name) == 2:
            pairs.setdefault(tuple(sorted(by_name)), []).append([by_name[name] for name in sorted(by_name)])
    return {names: kappa_of(labels) for names, labels in pairs.items()}


def kappa_of(labels):
    """Cohen's kappa of pairs of labels, by hand."""
    firsts, seconds = (Counter(side) for side in zip(*labels, strict=True))
    n = len(labels)
    observed = sum(a == b for a, b in labels) / n
    expected = sum(firsts[label] * seconds[label] for label in firsts) / n**2
    return (observed - expected) / (1 - expected)


@pytest.mark.slow
def test_alpha_falls_in_the_report_of_last_night(twelve_weeks):
    run = AgreementRun.objects.get(rubric_version__rubric__key="support-reply")
    verdict = next(one for one in run.numbers["questions"] if one["key"] == "verdict")

    weekly = [week["krippendorff_alpha"]["value"] for week in verdict["weeks"]]

    early, late = weekly[1:6], weekly[-4:]
    assert sum(early) / len(early) > 0.75
    assert sum(late) / len(late) < 0.67


@pytest.mark.slow
def test_ben_who_drifts_is_seen_among_the_reviewers_and_nobody_else_is_accused(twelve_weeks):
    panel = panel_of(twelve_weeks.queues.get(slug="support"), now=NOW)
    ben, *others = panel.instruments

    assert (ben.name, {one.name for one in others}) == ("ben", {"ana", "cleo"})
    # What he catches, and not what he gets right in all: which known answers he meets is drawn by primary key.
    required = panel.queue.required_accuracy
    assert ben.known.caught.high < required
    assert ben.known.accuracy.value < required < min(one.known.accuracy.high for one in others)
    assert {"faster", "missed"} <= {sign.text.key for sign in ben.signs_shown}
    assert [(one.name, one.standing.state, one.signs_shown) for one in others] == [
        (one.name, "qualified", []) for one in others
    ]
    # Whoever labelled for weeks met some of it once more, and the one who drifts is unlike himself.
    assert all(one.retest.share.n >= 5 for one in panel.instruments)
    findings = [chart.finding for chart in person_of(panel, ben).charts]
    assert [finding.split(":")[0] for finding in findings][1:] == [
        "Time on an item fell",
        "Approves more than the others",
    ]


@pytest.mark.slow
def test_in_the_comparisons_nobody_but_ben_is_accused(twelve_weeks):
    panel = panel_of(twelve_weeks.queues.get(slug="pairs"), now=NOW)

    assert {one.name for one in panel.instruments if one.signs_shown or one.standing.state != "qualified"} <= {"ben"}


@pytest.mark.slow
def test_the_judge_is_good_for_triage_only(twelve_weeks):
    run = CalibrationRun.objects.get(rubric_version__rubric__key="support-reply", judge_version__model="cedar-large")
    kappa = run.numbers["criteria"][0]["kappa"]

    reading = read_kappa(
        value=kappa["value"], low=kappa["low"], high=kappa["high"], n_items=kappa["n"], undefined=kappa["undefined"]
    )

    assert reading.state == "warn"


@pytest.mark.slow
def test_the_past_leaves_no_pile(twelve_weeks):
    past = of_live(created_at__lt=START - timedelta(days=4))

    assert past.filter(state=WAITING).count() == 0
    assert past.filter(state=DISPUTED).count() == 0
    assert Slot.objects.filter(state=Slot.State.LEASED).count() == 0
    assert of_live(state=WAITING, created_at__lt=START).count() == 0
    assert 0 < of_live(state=DISPUTED).count() < 20


@pytest.mark.slow
def test_the_history_of_policies_has_a_reason_each(twelve_weeks):
    policies = twelve_weeks.policies.filter(published_at__isnull=False).order_by("published_at")

    cuts = [policy.definition["confidence"]["cut"] for policy in policies]

    assert cuts == [0.9, 0.9, 0.6, 0.9]
    assert [policy.state for policy in policies][-1] == RoutingPolicy.State.LIVE
    assert all(policy.reason for policy in policies)


@pytest.mark.slow
def test_the_next_version_is_tried_in_shadow_on_a_week_of_mail(twelve_weeks):
    shadow = twelve_weeks.policies.get(state=RoutingPolicy.State.SHADOW)

    compared = shadow_comparison(shadow, now=NOW)

    assert shadow.definition["confidence"]["cut"] == 0.6
    assert compared.n_items > 300
    assert 0 < compared.changed.low < compared.changed.value < compared.changed.high


@pytest.mark.slow
def test_too_few_labels_promise_nothing_yet_and_say_how_many_more(twelve_weeks):
    certificate = ThresholdCertificate.objects.get(search__project=twelve_weeks)

    assert (certificate.state, certificate.threshold) == ("inconclusive", None)
    assert certificate.n_more > 0


@pytest.mark.slow
def test_all_guardrails_are_on_and_none_has_tripped(twelve_weeks):
    assert {one.is_on for one in guardrails_of(twelve_weeks, now=NOW)} == {True}
    assert not twelve_weeks.contractions.exists()


@pytest.mark.slow
def test_an_hour_costs_something_and_large_refunds_wait_for_a_named_person(twelve_weeks):
    (line,) = register_of(twelve_weeks, now=NOW)

    assert twelve_weeks.hourly_cost == 32
    assert (line.decision.accountable.username, line.decision.backup.username) == ("ana", "cleo")
    assert line.guard.n_waiting > 0


@pytest.mark.slow
def test_the_chain_of_events_holds(twelve_weeks):
    chain_hash = ""
    for seal in EventSeal.objects.filter(project=twelve_weeks).select_related("event").order_by("sequence"):
        assert seal.event.content_hash == hash_of_event(seal.event)
        chain_hash = link_hash(chain_hash, seal.event.content_hash)
        assert seal.chain_hash == chain_hash

    assert Event.objects.filter(project=twelve_weeks, seal__isnull=True).count() == 0
