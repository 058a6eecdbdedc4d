"""A reviewer cannot learn what is hidden: every address is opened with canaries planted in every hidden field."""

import re
from datetime import timedelta
from itertools import count, product

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, get_resolver, reverse

from labeling.models import (
    Absence,
    AgreementRun,
    Appeal,
    CalibrationRound,
    ChosenMap,
    FinalLabel,
    GoldCase,
    GuidelineGap,
    HandOut,
    Incident,
    IngestBatch,
    Item,
    Job,
    JudgeBatch,
    JudgeCall,
    JudgeEndpoint,
    JudgeVersion,
    Membership,
    NamedDecision,
    Qualification,
    QueueEntry,
    Rater,
    Review,
    Sending,
    Slot,
    StandingPeriod,
    ThresholdSearch,
    Webhook,
)
from labeling.policy.assignment import Rotation
from labeling.policy.blinding import SHOWN_KINDS, item_of_record
from labeling.policy.presets import GENERAL_REVIEW, SUPPORT_REPLY
from labeling.policy.verdicts import Finding, VerdictDetails
from labeling.services.absences import enter_absence
from labeling.services.adjudication import adjudicate
from labeling.services.agreement import make_agreement_run
from labeling.services.appeals import appeal_standing, decide_appeal
from labeling.services.duties import NewDuty, grant_qualification, set_duties
from labeling.services.gold import create_gold_case
from labeling.services.incidents import close_incident, report_incident
from labeling.services.ingest import ingest_reference
from labeling.services.named_decisions import enter_decision
from labeling.services.queues import hand_out_next, postpone, take_seat
from labeling.services.reopening import hand_over, reopen
from labeling.services.reveals import reveal, save_second_label
from labeling.services.rubrics import open_gap
from labeling.services.screenings import begin_screening
from labeling.services.standing import pause
from labeling.services.uploads import accept_upload
from labeling.services.webhooks import create_webhook, send_test
from tests.kinds import HIDDEN, every_kind, every_pair
from tests.services.asking_judges import claim, fails, make_batch, make_endpoint, record
from tests.services.standing import answer_known
from tests.world import BAD, GOOD, chat_row, judged, pair_row, rag_row

numbers = count(1)
canaries: dict[str, str] = {}


def canary(field: str) -> str:
    """A text that occurs nowhere else; finding it in an answer names the field that leaked."""
    text = f"zq{next(numbers)}canary"
    canaries[text] = field
    return text


def poisoned(row):
    """The row with a canary in every field that a reviewer must not learn."""
    source = {part: canary(f"source.{part}") for part in ("model", "version", "family", "prompt_version")}
    judge = {part: canary(f"judge.{part}") for part in ("name", "model", "family", "prompt_hash")}
    verdict = {
        "judge": {**judge, "parameters": {canary("parameter"): canary("parameter value")}},
        "criterion": canary("judge criterion"),
        "label": canary("judge label"),
        "run": 1,
        "rationale": canary("judge rationale"),
        "confidence": 0.123456789,
    }
    outputs = {
        key: [{**output, "source": source} for output in row[key]] if key == "outputs" else row[key]
        for key in ("output", "outputs")
        if key in row
    }
    return {
        **{key: value for key, value in row.items() if key != "source"},
        **outputs,
        **({"source": source} if "output" in row else {}),
        "external_id": canary("external_id"),
        "source_system": canary("source_system"),
        "intent": canary("intent"),
        "segment": canary("segment"),
        "cluster": canary("cluster"),
        "author": canary("author"),
        "metadata": {canary("metadata key"): canary("metadata value")},
        "context": {**with_canaries(row["context"]), canary("context key"): canary("context value")},
        "judge_verdicts": [verdict],
        "signals": [{"name": canary("signal"), "kind": "stated", "value": 0.987654321}],
    }


# What a producer may write as it likes, and what is shown whole because it is what was said or done.
# What no two answers share: a length with a token in it, and the id of the request.
UNLIKE = ("Content-Length", "X-Request-ID")
SHOWN_WHOLE = ("record", "arguments", "observation", "end_state", "properties")


def with_canaries(value, place="context"):
    """The context with a canary under unlisted keys of every object in it, however deep."""
    if isinstance(value, list):
        return [with_canaries(one, f"{place}[]") for one in value]
    if not isinstance(value, dict):
        return value
    hidden = {
        key: canary(f"{place}.{key}") for key in ("id", "$id", "model", "vendor", "score", "call_id", "retriever")
    }
    own = {key: one if key in SHOWN_WHOLE else with_canaries(one, f"{place}.{key}") for key, one in value.items()}
    return {**hidden, **own}


@pytest.fixture
def hidden_world(world, clock):
    """Items of every kind and in every state, with somebody else's work on them, and Ana in the middle of hers."""
    canaries.clear()
    world.project.slug = canary("project slug").lower()
    world.project.save()
    type(world.queue).objects.filter(pk=world.queue.pk).update(slug=canary("queue slug"))
    world.publish(
        reason=canary("policy reason"),
        rules=[
            {
                "name": canary("rule name"),
                "when": {"field": "kind", "op": "==", "value": "rag_answer"},
                "review_share": 1,
                "reason": "adversarial",
            }
        ],
    )
    world.set_queue(overlap=2, breaks_ties=False)
    for _ in range(6):
        case = world.make_gold(poisoned(chat_row()))
        GoldCase.objects.filter(pk=case.pk).update(explanation=canary("gold explanation"))
    outcomes = world.ingest(*(poisoned(row) for row in (*[chat_row(), rag_row()] * 4, pair_row())))
    assert {outcome.status for outcome in outcomes} == {"created"}
    for _ in range(3):
        failure = VerdictDetails(finding=Finding("other", "major", words=canary("a peer's failure")))
        world.review_next(world.ben, verdict="reject", answers=BAD, note=canary("a peer's note"), details=failure)
    look_at_the_judge(world)
    world.hand_out(world.ben)
    world.review_next(world.ana)
    for _ in range(3):
        correction = VerdictDetails(correction=canary("a peer's correction"))
        world.review_next(world.cleo, verdict="revise", note=canary("another peer's note"), details=correction)
    clock.shift(31)
    world.settle_all()
    settle_one(world)
    world.set_queue(gold_share=0.5)
    world.review_next(world.ana)
    world.hand_out(world.ana)
    world.hand_out(world.ana, world.pair_queue)
    meet_every_kind(world)
    world.screening_queue = screen_silently(world)
    enter_duties(world)
    pause_a_peer(world)
    hook, _ = create_webhook(
        project=world.project,
        name=canary("webhook name"),
        url=f"https://hooks.example.com/{canary('webhook url')}",
        hears=["due_breached"],
        actor=world.ada,
        now=world.now,
    )
    send_test(hook, actor=world.ada, now=world.now)
    make_agreement_run(world.rubric, now=world.now, replicates=0)
    run_a_judge(world)
    CalibrationRound.objects.create(
        queue=world.pair_queue,
        rubric_version=world.preference_rubric,
        number=1,
        name=canary("calibration round"),
        opened_by=world.olga,
        opened_at=world.now,
        due_at=world.now + timedelta(days=7),
    )
    open_gap(world.rubric, question_key="tone", statement=canary("guideline gap"), opener=world.olga, now=world.now)
    incident = report_incident(
        world.project,
        title=canary("incident"),
        words=canary("words of an incident"),
        severity="major",
        item=Item.objects.filter(status=Item.Status.IN_REVIEW).first(),
        reporter=world.olga,
        now=world.now,
    )
    close_incident(incident, lesson=canary("lesson of an incident"), closer=world.olga, now=world.now)
    accept_upload(
        world.project,
        file_name=canary("file name"),
        file_format="jsonl",
        content=canary("file content").encode(),
        sent_by=world.ada,
        now=world.now,
    )
    return world


def run_a_judge(world):
    """A batch of a judge is under way, with a call that failed."""
    hidden = {"name": canary("endpoint name"), "model": canary("endpoint model"), "family": canary("endpoint family")}
    url = f"https://judge.example.com/{canary('endpoint url')}"
    batch = make_batch(world, make_endpoint(world, url=url, key="", **hidden))
    record(world, claim(world, batch), fails("refused", status=400))
    JudgeCall.objects.filter(batch=batch).exclude(reason="").update(error=canary("error of a judge"))


def look_at_the_judge(world):
    """Ben has looked at what the judge said and answered otherwise; Ana is offered a look that she has not taken."""
    world.set_queue(reveal_share=1.0)
    words = canary("the judge's reasons")
    rows = [poisoned(chat_row()) for _ in range(2)]
    world.ingest(*[{**row, "judge_verdicts": judged("fail", rationale=words), "stakes": "high"} for row in rows])
    offer = world.review_next(world.ben, note=canary("a peer's note before a look")).offer
    reveal(offer, now=world.now)
    save_second_label(offer, value="reject", now=world.now)
    world.unseen_offer = world.review_next(world.ana).offer
    assert words in world.unseen_offer.judge_words
    world.set_queue(reveal_share=0.0)


def meet_every_kind(world):
    """Ana has met an item of every kind and put each off: the desk of each can be opened."""
    kinds = [row for row in every_kind() if row["kind"] not in SUPPORT_REPLY.kinds]
    pairs = [row for row in every_pair() if row["context"]["pair_of"] == "trajectory"]
    rows = [poisoned({**row, "context": without_hidden(row["context"])}) for row in (*kinds, *pairs)]
    queue = world.make_queue("kinds", "Every kind", world.make_rubric(GENERAL_REVIEW))
    outcomes = world.ingest(*rows)
    assert {outcome.status for outcome in outcomes} == {"created"}
    for place in (queue, world.pair_queue):
        while isinstance(hand_out := world.hand_out(world.ana, place), HandOut):
            postpone(hand_out, now=world.now)


def screen_silently(world):
    """Ana and Ben are at the screen of a queue; each has answered one case of it and holds the next."""
    settings = {"needs_qualification": True, "n_training": 0, "n_screen": 3}
    queue = world.make_queue("screened", "Screened", world.rubric, kinds=("screened",), **settings)
    for _ in range(3):
        create_gold_case(
            item=ingest_reference(world.project, poisoned(chat_row()), now=world.now),
            version=world.rubric,
            verdict="approve",
            answers=GOOD,
            explanation=canary("explanation of a screen case"),
            author=world.olga,
            use=GoldCase.Use.SCREEN,
            now=world.now,
        )
    for user, note in ((world.ana, "Hers."), (world.ben, canary("a peer's note on a screen case"))):
        begin_screening(queue, world.rater(user), now=world.now)
        world.submit(hand_out_next(queue, world.rater(user), now=world.now), verdict="reject", note=note)
        hand_out_next(queue, world.rater(user), now=world.now)
    return queue


def pause_a_peer(world):
    """Ben is paused in a queue, has appealed twice, and read one decision."""
    ben = world.rater(world.ben)
    take_seat(world.pair_queue, ben, now=world.now)
    period = pause(world.pair_queue, ben, reason=canary("reason of a peer's pause"), actor=world.ada, now=world.now)
    appeal = appeal_standing(period, words=canary("words of a peer's appeal"), now=world.now)
    decide_appeal(appeal, outcome="dismissed", decision=canary("decision"), actor=world.olga, now=world.now)
    appeal_standing(period, words=canary("words of a peer's other appeal"), now=world.now)


def without_hidden(value):
    """A context of the kinds' rows without their own planted keys: here each gets a canary of its own."""
    if isinstance(value, list):
        return [without_hidden(one) for one in value]
    if isinstance(value, dict):
        return {key: without_hidden(one) for key, one in value.items() if key not in HIDDEN}
    return value


def enter_duties(world):
    """Everybody keeps their duty, and what is said of them is not for others."""
    set_duties(
        world.pair_queue,
        [NewDuty(world.rater(one)) for one in world.reviewers],
        rotation=Rotation(),
        reason=canary("reason of a duty"),
        actor=world.ada,
        now=world.now,
    )
    grant_qualification(
        world.queue,
        world.rater(world.ana),
        reason=canary("reason of a qualification"),
        last_day=world.now.date(),
        actor=world.olga,
        now=world.now,
    )
    day = world.now.date() + timedelta(days=7)
    enter_absence(
        [world.rater(world.ben)],
        first_day=day,
        last_day=day,
        reason=canary("reason of an absence"),
        actor=world.ben,
        now=world.now,
    )
    enter_decision(
        world.project,
        title=canary("named decision"),
        accountable=world.ana,
        backup=world.ben,
        review_on=day,
        reason=canary("reason of a named decision"),
        actor=world.ada,
        now=world.now,
    )


def settle_one(world):
    dispute = QueueEntry.objects.filter(state="disputed").first()
    assert dispute is not None, "the fixture lost its dispute"
    adjudicate(
        dispute,
        adjudicator=world.olga,
        verdict="approve",
        answers=GOOD,
        reason=canary("adjudication reason"),
        error_category="edge_case",
        has_guideline_gap=True,
        gap_statement=canary("gap that a case showed"),
        now=world.now,
    )
    reopen(dispute.final_labels.get(), opener=world.olga, reason=canary("reason of a re-opening"), now=world.now)
    hand_over(dispute, to="admin", reason=canary("reason of a hand-over"), actor=world.olga, now=world.now)


def plan_of_a_threshold(world) -> ThresholdSearch:
    """Through its service it would take a hundred items with a score."""
    found = ThresholdSearch.objects.filter(project=world.project).first()
    return found or ThresholdSearch.objects.create(
        project=world.project,
        policy=world.project.policies.get(state="live"),
        number=1,
        signal=canary("signal of a threshold"),
        target=0.05,
        confidence=0.9,
        grid=[0.9, 0.8],
        grid_hash="0" * 64,
        n_scores=200,
        n_labels=100,
        planned_at=world.now,
        planned_by=world.ada,
    )


def addresses(world):
    """Every address of the application with every object that its place could name."""
    values = {
        "slug": [world.project.slug],
        "item_id": list(Item.objects.values_list("id", flat=True)),
        "batch_id": list(IngestBatch.objects.values_list("id", flat=True)),
        "number": [1, 2],
        "version_id": [world.rubric.pk],
        "queue_id": [world.queue.pk, world.pair_queue.pk, world.screening_queue.pk],
        "entry_id": list(QueueEntry.objects.values_list("id", flat=True)),
        "membership_id": list(Membership.objects.values_list("id", flat=True)),
        "token_id": [world.token.pk],
        "search_id": [plan_of_a_threshold(world).pk],
        "decision_id": list(NamedDecision.objects.values_list("id", flat=True)),
        "endpoint_id": list(JudgeEndpoint.objects.values_list("id", flat=True)),
        "judge_batch_id": list(JudgeBatch.objects.values_list("id", flat=True)),
        "job_id": list(Job.objects.values_list("id", flat=True)),
        "webhook_id": list(Webhook.objects.values_list("id", flat=True)),
        "sending_id": list(Sending.objects.values_list("id", flat=True)),
        "case_id": list(GoldCase.objects.values_list("id", flat=True)),
        "token": list(HandOut.objects.values_list("token", flat=True)),
        "external_id": list(Item.objects.values_list("external_id", flat=True)),
        "judge": ["house-judge"],
        "chosen_map_id": list(ChosenMap.objects.values_list("id", flat=True)),
        "judge_version_id": list(JudgeVersion.objects.values_list("id", flat=True)),
        "review_id": list(Review.objects.values_list("id", flat=True)),
        "run_id": list(AgreementRun.objects.values_list("id", flat=True)),
        "round_id": list(CalibrationRound.objects.values_list("id", flat=True)),
        "final_label_id": list(FinalLabel.objects.values_list("id", flat=True)),
        "incident_id": list(Incident.objects.values_list("id", flat=True)),
        "period_id": list(StandingPeriod.objects.values_list("id", flat=True)),
        "appeal_id": list(Appeal.objects.values_list("id", flat=True)),
        "gap_id": list(GuidelineGap.objects.values_list("id", flat=True)),
        "key": ["tone"],
        "what": ["labels", "numbers", "diagnosis", "matrix"],
        "slot_id": list(Slot.objects.filter(state=Slot.State.LEASED).values_list("id", flat=True)),
        "reviewer_id": list(Rater.objects.filter(project=world.project).values_list("id", flat=True)),
        "qualification_id": list(Qualification.objects.values_list("id", flat=True)),
        "absence_id": list(Absence.objects.values_list("id", flat=True)),
    }
    for route in routes(get_resolver().url_patterns):
        names = re.findall(r"<(?:\w+:)?(\w+)>", route)
        unknown = set(names) - set(values)
        assert not unknown, f"{route} names {unknown}: say here which objects that could be"
        for combination in product(*(values[name] for name in names)):
            address = route
            for value in combination:
                address = re.sub(r"<[^>]+>", str(value), address, count=1)
            yield "/" + address


def routes(patterns, prefix=""):
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield route
        else:
            yield from routes(pattern.url_patterns, route)


def leaks_in(response, address) -> list[str]:
    content = b"".join(response.streaming_content) if response.streaming else response.content
    text = content.decode(errors="replace") + "\n" + str(response.serialize_headers())
    asked_for = address.casefold()
    return [
        f"{field} in the answer to {address}"
        for secret, field in canaries.items()
        if secret in text and secret.casefold() not in asked_for
    ]


@pytest.mark.parametrize("method", ["get", "post", "put", "delete"])
@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}])
def test_no_address_tells_a_reviewer_anything_hidden(hidden_world, client, method, headers):
    client.force_login(hidden_world.ana)
    own_look = reverse("judge_look", args=[hidden_world.unseen_offer.review.hand_out.token])
    leaks, n_answers = [], 0

    for address in addresses(hidden_world):
        # The one answer that shows the judge's reasons is the one to whoever asked for them after their label.
        if address == "/logout/" or (method == "post" and address == own_look):
            continue
        # Each request is undone, so that every one of them meets the world as it is.
        with transaction.atomic():
            response = getattr(client, method)(address, headers=headers)
            leaks += leaks_in(response, address)
            assert response.status_code < 500 or address == "/readyz", address
            n_answers += 1
            transaction.set_rollback(True)

    assert leaks == []
    assert n_answers > 100


def test_the_walk_meets_a_desk_of_every_kind(hidden_world, client):
    client.force_login(hidden_world.ana)

    met = set()
    for hand_out in HandOut.objects.filter(reviewer=hidden_world.rater(hidden_world.ana)):
        if 'id="review-form"' in client.get(reverse("desk", args=[hand_out.token])).content.decode():
            shown = item_of_record(hand_out.shown.content)
            met |= {shown.kind, shown.pair_of}

    assert met >= SHOWN_KINDS - set(SUPPORT_REPLY.kinds)
    assert "other" in met


def test_the_walk_would_find_a_leak(hidden_world, client):
    client.force_login(hidden_world.ada)
    item = Item.objects.filter(status=Item.Status.IN_REVIEW).first()

    response = client.get(reverse("item", args=[hidden_world.project.slug, item.pk]))

    found = {leak.split(" in the answer")[0] for leak in leaks_in(response, "/elsewhere/")}
    assert {"source.model", "judge.name", "judge rationale", "metadata value"} <= found


def test_my_calibration_with_figures_in_it_tells_nothing_hidden(hidden_world, client, clock):
    # A few more than it takes: she may hold a live item when it begins.
    answer_known(hidden_world, clock, hidden_world.ana, [True] * 18 + [False] * 5)
    clock.shift(timedelta(days=1))
    client.force_login(hidden_world.ana)

    response = client.get(reverse("my_calibration"))

    assert "of your labels on items whose answer is known were right" in response.content.decode()
    assert leaks_in(response, "/me/calibration/") == []


def serve(client, queue):
    """The desk as the browser gets it after Start: its bytes without token and CSRF, and the number of queries."""
    with CaptureQueriesContext(connection) as captured:
        client.post(reverse("hand_outs", args=[queue.pk]))
        hand_out = HandOut.objects.select_related("entry__purpose").latest("id")
        response = client.get(reverse("desk", args=[hand_out.token]))
    page = response.content.decode().replace(hand_out.token, "TOKEN")
    page = re.sub(r"\b[A-Za-z0-9]{64}\b", "CSRF", page)
    headers = {name: value for name, value in response.items() if name not in UNLIKE}
    return hand_out.entry.purpose.purpose, page, headers, len(captured)


def test_an_item_served_as_gold_and_as_live_differs_only_in_token_and_csrf(world, client):
    world.make_gold(chat_row("as-gold"))
    world.ingest(chat_row("as-live"))
    client.force_login(world.ana)
    client.get("/")

    served = []
    for gold_share in (1.0, 0.0):
        with transaction.atomic():
            world.set_queue(gold_share=gold_share)
            # Planting happens for everybody alike, whatever this turn will be.
            served.append(serve_with_gold_ready(world, client, gold_share))
            transaction.set_rollback(True)

    (gold, gold_page, gold_headers, n_gold), (live, live_page, live_headers, n_live) = served
    assert (gold, live) == ("gold", "live")
    assert gold_page == live_page
    assert gold_headers == live_headers
    assert n_gold == n_live


def serve_with_gold_ready(world, client, gold_share):
    from labeling.services.gold import plant_gold
    from labeling.services.queues import take_seat

    world.set_queue(gold_share=1.0)
    take_seat(world.queue, world.rater(world.ana), now=world.now)
    plant_gold(world.queue, world.rater(world.ana), now=world.now)
    world.set_queue(gold_share=gold_share)
    return serve(client, world.queue)
