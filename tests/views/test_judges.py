"""The judge report: the list, one judge with its numbers in words, and the items behind a cell."""

import csv
import io
import json

import pytest
from django.urls import reverse

from labeling.models import Job, JudgeVersion
from labeling.policy.splits import AUDIT, DEVELOPMENT, SEALED
from labeling.services.calibration import make_calibration_runs
from labeling.services.projects import create_project, create_user
from tests.world import BAD, JUDGE, chat_row, judged


def judges_url(world):
    return reverse("judges", args=[world.project.slug])


def judge_of(world):
    return JudgeVersion.objects.get(project=world.project)


def judge_url(world, query=""):
    return reverse("judge", args=[world.project.slug, judge_of(world).pk]) + query


def words_of(page):
    return " ".join(page.content.decode().split())


def compute(world):
    return make_calibration_runs(judge_of(world).pk, clock=lambda: world.now)


@pytest.fixture
def few(world):
    """Three labelled items: the judge passes all, Ana rejects the last."""
    world.ingest_into(
        DEVELOPMENT, *(chat_row(f"r-{number}", judge_verdicts=judged("pass", "pass")) for number in range(3))
    )
    world.review_next(world.ana)
    world.review_next(world.ana)
    world.review_next(world.ana, verdict="reject", answers=BAD)
    return world


@pytest.fixture
def many(world):
    """Sixty items, half of them bad; the judge is wrong on every tenth, and its runs tie on the last."""
    rows = []
    for number in range(60):
        label = "fail" if (number % 2) != (number % 10 == 0) else "pass"
        rows.append(chat_row(f"r-{number:02}", judge_verdicts=judged(label, label, rationale="<b>Too</b> short.")))
    rows[-1]["judge_verdicts"] = judged("pass", "fail")
    world.ingest_into(DEVELOPMENT, *rows)
    for number in range(60):
        is_bad = number % 2
        world.review_next(world.ana, **({"verdict": "reject", "answers": BAD} if is_bad else {}))
    compute(world)
    return world


def test_the_list_is_empty_and_says_what_to_do(owner, world):
    assert "No judge has spoken yet" in words_of(owner.get(judges_url(world)))


def test_the_list_names_each_judge_with_its_newest_words(owner, many):
    page = words_of(owner.get(judges_url(many)))

    assert "house-judge" in page
    assert "judge-model" in page
    assert "Triage only" in page
    assert "59 items" in page


def test_a_judge_of_its_own_family_is_warned_about(owner, world):
    world.ingest_into(DEVELOPMENT, chat_row("r-1", source={"model": "m", "family": "Cedar"}))

    assert JUDGE["family"] == "cedar"
    assert "Own family" in words_of(owner.get(judges_url(world)))
    assert "This judge judges its own family" in words_of(owner.get(judge_url(world)))


def test_another_family_is_not(owner, few):
    assert "its own family" not in words_of(owner.get(judges_url(few)))


def test_before_the_first_run_the_page_says_how_to_get_one(owner, few):
    page = words_of(owner.get(judge_url(few)))

    assert "Not computed yet" in page
    assert "Compute now" in page


def test_under_fifty_items_there_is_no_number(owner, few):
    compute(few)

    page = words_of(owner.get(judge_url(few)))

    assert "Not enough yet: 3 of about 50 items" in page
    assert "Value, 95 % interval" not in page
    assert "Reliability diagram" not in page


def test_the_report_says_verdict_numbers_and_what_they_rest_on(owner, many):
    page = words_of(owner.get(judge_url(many)))

    for words in (
        "Triage only",
        "59 items, 59 labels by 1 person",
        "Reviewed rows only",
        "not a random sample of the traffic",
        "Eligible is not switched on",
        "No ceiling",
        "pass is the verdict approve with no failing gating criterion",
        "first-pass, blind, independent human labels",
        "1000, seed 0",
        "calibration-4",
        "The table behind it",
        "Brier",
        "items on which the judge&#x27;s runs or orders tie",
        "reviews of gold cases",
    ):
        assert words in page, words
    assert many.rubric.calibration_runs.get().input_hash in page


def test_a_cell_leads_to_its_items_and_model_text_is_escaped(owner, many):
    page = words_of(owner.get(judge_url(many, "?criterion=overall&human=pass&judge=fail")))

    assert "overall: people said pass, the judge fail" in page
    assert "r-10" in page
    assert "&lt;b&gt;Too&lt;/b&gt; short." in page
    assert "<b>Too" not in page


def test_an_unknown_cell_says_that_nothing_is_behind_it(owner, many):
    assert "No item is behind this cell" in words_of(owner.get(judge_url(many, "?criterion=x&human=<i>&judge=b")))


def test_labels_that_came_since_are_said(owner, many, clock):
    clock.shift(60)
    many.ingest_into(DEVELOPMENT, chat_row("r-new", judge_verdicts=judged("pass")))

    assert "Since then came 0 labels and 1 verdict," in words_of(owner.get(judge_url(many)))


def test_compute_now_makes_one_job_and_the_page_waits_for_it(owner, few):
    answer = owner.post(judge_url(few))
    owner.post(judge_url(few))

    page = owner.get(answer.url)

    job = Job.objects.get(task="make_calibration_runs")
    assert job.arguments == [judge_of(few).pk]
    assert "Being computed" in words_of(page)
    assert "Compute now" not in words_of(page)


def test_htmx_hears_nothing_until_the_run_is_there_and_then_loads_the_page_again(owner, few):
    owner.post(judge_url(few))
    waiting = owner.get(judge_url(few), headers={"HX-Request": "true"})
    Job.objects.update(state=Job.State.DONE)

    ready = owner.get(judge_url(few), headers={"HX-Request": "true"})

    assert waiting.status_code == 204
    assert ready.headers["HX-Refresh"] == "true"


def test_a_job_that_failed_for_good_is_told_and_can_be_asked_for_again(owner, few):
    owner.post(judge_url(few))
    Job.objects.update(state=Job.State.FAILED)

    page = words_of(owner.get(judge_url(few)))
    owner.post(judge_url(few))

    assert "The last run stopped" in page
    assert Job.objects.filter(task="make_calibration_runs").count() == 2


def test_a_request_that_found_the_same_labels_says_so(owner, many, clock):
    clock.shift(60)
    owner.post(judge_url(many))
    Job.objects.update(state=Job.State.DONE)

    assert "Nothing changed" in words_of(owner.get(judge_url(many)))


def test_the_numbers_download_as_csv_and_json(owner, many):
    as_csv = list(csv.DictReader(io.StringIO(owner.get(judge_url(many, "?format=csv")).content.decode())))
    as_json = json.loads(owner.get(judge_url(many, "?format=json")).content)

    kappa = next(row for row in as_csv if row["number"] == "kappa")
    assert float(kappa["value"]) == as_json["criteria"][0]["kappa"]["value"]
    assert sum(int(row["n"]) for row in as_csv if row["number"] == "confusion") == 59
    assert as_json["judge"]["name"] == "house-judge"


@pytest.mark.parametrize("query", ["?format=xls", "?version=999999", "?version=x"])
def test_what_is_not_there_is_not_found(owner, many, query):
    assert owner.get(judge_url(many, query)).status_code == 404


def test_there_is_nothing_to_download_before_the_first_run(owner, few):
    assert owner.get(judge_url(few, "?format=csv")).status_code == 404


def test_whoever_is_not_logged_in_is_asked_to(client, few):
    for url in (judges_url(few), judge_url(few)):
        assert client.get(url).url.startswith(reverse("login"))


def test_reviewers_and_other_projects_find_nothing(client, few):
    stranger = create_user(username="zoe", password="a-long-enough-phrase", now=few.now)
    other = create_project(slug="other", name="Other", creator=stranger, now=few.now)

    for user in (few.ana, stranger):
        client.force_login(user)
        for url in (judges_url(few), judge_url(few), reverse("judge", args=[other.slug, judge_of(few).pk])):
            assert client.get(url).status_code == 404
        assert client.post(judge_url(few)).status_code == 404
    assert not Job.objects.filter(task="make_calibration_runs").exists()


def test_other_methods_are_refused(owner, few):
    assert owner.post(judges_url(few)).status_code == 405
    assert owner.put(judge_url(few)).status_code == 405


def test_the_report_takes_few_queries(owner, many, django_assert_max_num_queries):
    with django_assert_max_num_queries(31):
        owner.get(judge_url(many, "?criterion=overall&human=pass&judge=fail"))


def test_nothing_that_is_held_back_is_on_a_page_or_in_a_download(owner, many):
    for part in (SEALED, AUDIT):
        many.ingest_into(part, *(chat_row(f"secret-{part}-{number}") for number in range(3)))
    for _ in range(6):
        many.review_next(many.ben)
    compute(many)
    held_back = [many.item(f"secret-{part}-{number}").pk for part in (SEALED, AUDIT) for number in range(3)]

    cell = "?criterion=overall&human=pass&judge=pass"
    pages = [owner.get(judge_url(many, query)).content.decode() for query in ("", cell, "?format=csv")]
    document = owner.get(judge_url(many, "?format=json")).json()

    assert not any("secret-" in page for page in pages)
    assert "held back" in pages[0]
    in_cells = {item_id for one in document["criteria"] for *_, item_ids in one["cells"] for item_id in item_ids}
    assert in_cells.isdisjoint(held_back)
    assert document["criteria"][0]["n_held_back"] == 6


def test_the_page_reads_all_traffic_beside_reviewed_rows_and_final_labels(owner, many):
    page = words_of(owner.get(judge_url(many)))

    for words in (
        "All traffic beside reviewed rows only, and final labels",
        "who has read the first-pass labels and is no blind rater",
        "Always saying “Pass” would score, at kappa 0",
        "Of people’s fails, failed by the judge",
        "What moves it besides quality",
        "A map of its confidence",
        "In place of one person",
        "items that both labelled and that are held back",
    ):
        assert words in page, words


def test_a_confidence_map_is_downloaded_and_one_that_is_not_there_is_not(owner, many):
    there = owner.get(judge_url(many, "?format=map&criterion=overall&kind=platt"))
    other = owner.get(judge_url(many, "?format=map&criterion=overall&kind=oracle"))

    assert (there.status_code, other.status_code) == (404, 404)
