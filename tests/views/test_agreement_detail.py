"""One question of the agreement report in detail, what leads from it to items, and named filters."""

import pytest
from django.urls import reverse

from labeling.formats import Line
from labeling.models import GuidelineGap, Job
from labeling.queries.ratings import filter_named
from labeling.services.agreement import make_agreement_run
from labeling.services.labels import import_labels
from tests.views.agreeing import bring_labels, found, items_url, label_twice, make_run, report_url
from tests.world import chat_row, pair_row


def test_detail_shows_every_coefficient_both_disagreements_and_how_many_more_labels(owner, world):
    bring_labels(world, n_items=60, n_raters=3, n_differing=6)
    make_run(world)

    page = owner.get(report_url(world, "?question=correct"))

    detail = page.context["detail"]
    names = [one.name for one in detail.coefficients]
    assert names[:2] == ["Krippendorff’s alpha", "Fleiss' kappa"]
    alpha = detail.coefficients[0].estimate.value
    assert 1 - float(detail.observed) / float(detail.expected) == pytest.approx(alpha, abs=0.02)
    assert any("for ±0.05" in plan for plan in detail.plans)
    assert "What stands behind the number" in page.content.decode()


def test_a_rare_label_is_explained_where_it_makes_alpha_low(owner, world):
    world.ingest(*(chat_row(f"i-{number}") for number in range(100)))
    no = {"first": {0, 1, 2, 3, 4}, "second": {3, 4, 5, 6, 7}}
    votes = [(f"i-{n}", rater, "correct", "no" if n in no[rater] else "yes") for n in range(100) for rater in no]
    world.import_votes(*votes)
    make_run(world)

    page = owner.get(report_url(world, "?question=correct"))

    assert page.context["looked_at"].alpha.value < 0.5
    assert page.context["looked_at"].raw.value == 0.94
    assert "“no” is rare (5 % of labels)" in page.context["detail"].paradox


def test_causes_lead_to_exactly_their_items(owner, world):
    label_twice(world)
    run = make_run(world)

    page = owner.get(items_url(world, run, query="?cause=rubric"))

    assert found(page) == {"r-0", "r-1"}


def test_a_question_of_which_no_judge_speaks_is_no_clean_bill_for_it(owner, world):
    label_twice(world)
    make_run(world)

    of_criterion = owner.get(report_url(world, "?question=tone")).context["detail"].causes
    of_verdict = owner.get(report_url(world, "?question=verdict")).context["detail"].causes

    assert [one.silence for one in of_criterion] == ["", "", "no judge speaks of it", "see the verdict"]
    assert [one.silence for one in of_verdict] == [""] * 4


def test_a_slice_and_a_week_lead_to_exactly_their_items(owner, world, clock):
    world.set_queue(overlap=2)
    rows = [chat_row("r-0", intent="refund"), chat_row("r-1", intent="delivery"), chat_row("r-2", intent="refund")]
    for row in rows:
        world.ingest(row)
        for user in (world.ana, world.ben):
            world.review_next(user)
        if row is rows[1]:
            clock.shift(7 * 24 * 60 * 60)
    run = make_run(world)
    slices = run.numbers["questions"][0]["slices"]
    refund = next(number for number, one in enumerate(slices) if one["by"] == "intent" and one["names"] == ["refund"])

    report = owner.get(report_url(world, "?question=correct")).content.decode()
    of_slice = owner.get(items_url(world, run, query=f"?slice={refund}"))
    of_week = owner.get(items_url(world, run, query="?week=2026-11-02"))
    of_both = owner.get(items_url(world, run, query=f"?week=2026-11-02&slice={refund}"))

    assert found(of_slice) == {"r-0", "r-2"}
    assert found(of_week) == {"r-0", "r-1"}
    assert found(of_both) == {"r-0"}
    assert "?week=2026-11-02" in report
    assert f"?slice={refund}" in report


def test_a_guideline_gap_is_opened_from_the_report_once_and_closed_on_the_rubric(owner, world):
    label_twice(world)
    make_run(world)
    gaps_url = reverse("gaps", args=[world.project.slug, world.rubric.pk])
    assert gaps_url in owner.get(report_url(world, "?question=correct")).content.decode()

    for _ in range(2):
        owner.post(gaps_url, {"question": "correct", "statement": "People split on 2 items."})

    gap = GuidelineGap.objects.get()
    rubric_page = owner.get(reverse("rubric_version", args=[world.project.slug, world.rubric.pk])).content.decode()
    assert "People split on 2 items." in rubric_page
    assert "Gap is open" in owner.get(report_url(world, "?question=correct")).content.decode()
    owner.post(reverse("gap_closings", args=[world.project.slug, world.rubric.pk, gap.pk]))
    gap.refresh_from_db()
    assert gap.closed_at == world.now


def test_a_gap_on_a_question_that_is_not_asked_or_without_words_is_refused(owner, world):
    gaps_url = reverse("gaps", args=[world.project.slug, world.rubric.pk])

    assert owner.post(gaps_url, {"question": "price", "statement": "Too dear."}).status_code == 422
    assert owner.post(gaps_url, {"question": "correct", "statement": " "}).status_code == 422
    assert not GuidelineGap.objects.exists()


# --- named filters ----------------------------------------------------------------------------------------------------


def test_a_filter_has_its_own_run_its_own_items_and_its_name_on_the_page(owner, world):
    pairs = [("a", "tie"), ("a", "a"), ("b", "a")]
    world.ingest(*(pair_row(f"p-{number}") for number in range(3)))
    votes = [
        {"external_id": f"p-{n}", "rater": rater, "criterion": "preference", "value": value}
        for n, values in enumerate(pairs)
        for rater, value in zip(("kim", "lee"), values, strict=True)
    ]
    lines = [Line(number, vote) for number, vote in enumerate(votes, start=1)]
    import_labels(world.preference_rubric, lines, blind_state="blind", clock=lambda: world.now)
    version = f"?version={world.preference_rubric.pk}"
    run = make_agreement_run(world.preference_rubric, now=world.now, replicates=0, chosen=filter_named("without_ties"))
    make_agreement_run(world.preference_rubric, now=world.now, replicates=0)

    everything = owner.get(report_url(world, version))
    filtered = owner.get(report_url(world, f"{version}&filter=without_ties"))

    assert everything.context["questions"][0].alpha.n == 3
    assert filtered.context["questions"][0].alpha.n == 2
    assert "labels tie left out" in filtered.content.decode()
    assert found(owner.get(items_url(world, run, key="preference"))) == {"p-1", "p-2"}


def test_a_filter_is_asked_for_and_waited_for_by_its_name(owner, world):
    label_twice(world)

    answer = owner.post(report_url(world, f"?version={world.rubric.pk}&filter=experts"))

    assert "filter=experts" in answer.url
    assert Job.objects.get(task="make_agreement_run").arguments == [world.rubric.pk, "experts"]
    assert "Being computed" in owner.get(answer.url).content.decode()
    assert "Being computed" not in owner.get(report_url(world)).content.decode()


def test_a_filter_that_there_is_not_is_refused_with_those_there_are(owner, world):
    page = owner.get(report_url(world, "?filter=nobody"))

    assert page.status_code == 422
    assert "without_ties" in page.content.decode()
