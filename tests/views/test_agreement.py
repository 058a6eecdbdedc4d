"""The agreement report, its numbers to take along, and asking for a new run."""

import csv
import io

import pytest
from django.urls import reverse

from labeling import tasks
from labeling.models import AgreementRun, Event, Job
from labeling.policy.presets import SUPPORT_REPLY
from labeling.services.agreement import make_agreement_run
from labeling.services.projects import create_project, create_user
from labeling.services.rubrics import create_rubric
from tests.views.agreeing import bring_labels, items_url, label_twice, make_run, report_url
from tests.world import PASSWORD, chat_row, pair_row

# --- the report ---------------------------------------------------------------------------------------------------


def test_report_says_words_first_then_alpha_with_interval_items_and_raw_agreement(owner, world):
    bring_labels(world, n_items=60, n_raters=3, n_differing=2)
    make_run(world)

    page = owner.get(report_url(world)).content.decode()

    shown = next(one for one in owner.get(report_url(world)).context["questions"] if one.key == "correct")
    assert "Reviewers agree well" in page
    assert f"alpha {shown.alpha.shown_value} ({shown.alpha.shown_interval})" in page
    assert "60 items" in page
    assert f"{shown.raw.shown_value} ({shown.raw.shown_interval})" in page
    assert "correct, nominal" in page


def test_under_fifty_items_there_is_no_number_and_no_raw_agreement(owner, world):
    label_twice(world)
    make_run(world)

    page = owner.get(report_url(world)).content.decode()

    assert "Not enough yet: 6 of about 50 items" in page
    assert "Reviewers agree" not in page
    assert "alpha 0" not in page


def test_an_undefined_alpha_shows_its_reason(owner, world):
    bring_labels(world, n_items=4, n_raters=1)
    make_run(world)

    page = owner.get(report_url(world)).content.decode()

    assert "Not computable" in page


def test_report_says_what_was_left_out_and_by_which_method(owner, world):
    label_twice(world)
    run = make_run(world)

    page = owner.get(report_url(world)).content.decode()

    for words in (run.filter_in_words, run.method, "50, seed 0", run.code_version, run.input_hash):
        assert words in page
    assert "reviews of gold cases" in page


def test_matrix_has_kappa_above_and_common_items_below(owner, world):
    label_twice(world)
    make_run(world)

    page = owner.get(report_url(world, "?question=correct"))

    (_, [_, above]), (_, [below, _]) = page.context["looked_at"].matrix
    assert (above.first, above.second, above.estimate.n) == ("ana", "ben", 6)
    assert below.n_common == 6
    assert "n 6" in page.content.decode()


def test_splits_and_disputed_items_are_named_in_the_words_of_the_rubric(owner, world):
    label_twice(world)
    make_run(world)

    page = owner.get(report_url(world, "?question=complete")).content.decode()

    assert "2 · Partly against 4 · Fully" in page
    assert "r-0" in page
    assert "r-1" in page
    assert "r-5" not in page


def test_labels_that_came_since_are_counted(owner, world, clock):
    label_twice(world)
    make_run(world)
    clock.shift(60)
    world.ingest(chat_row("late"))
    world.review_next(world.cleo)

    page = owner.get(report_url(world)).content.decode()

    assert "5 labels came since" in page


def test_the_version_with_labels_comes_first_and_another_can_be_chosen(owner, world):
    label_twice(world)
    make_run(world)

    by_default = owner.get(report_url(world))
    other = owner.get(report_url(world, f"?version={world.preference_rubric.pk}"))

    assert by_default.context["version"] == world.rubric
    assert other.context["version"] == world.preference_rubric
    assert "No labels yet" in other.content.decode()


def test_the_version_about_which_most_is_known_comes_before_a_newer_one(owner, world):
    label_twice(world)
    make_run(world)
    world.ingest(pair_row("pair-1"))
    world.submit(world.hand_out(world.ana, world.pair_queue), answers={"preference": "a"}, verdict="")

    by_default = owner.get(report_url(world))

    assert world.preference_rubric.pk > world.rubric.pk
    assert by_default.context["version"] == world.rubric


@pytest.mark.parametrize("version", ["0", "999999", "x", "-1", "²"])
def test_unknown_version_is_not_found(owner, world, version):
    assert owner.get(report_url(world, f"?version={version}")).status_code == 404


def test_a_project_without_a_rubric_says_what_comes_first(owner, world):
    create_project(slug="new", name="New", creator=world.olga, now=world.now)

    page = owner.get("/p/new/agreement/").content.decode()

    assert "No rubric yet" in page


def test_names_from_files_are_text_and_never_markup(owner, world):
    bring_labels(world, n_items=4, first_rater='<b>Eve & "co"</b>')
    make_run(world)

    page = owner.get(report_url(world, "?question=correct")).content.decode()

    assert "&lt;b&gt;Eve" in page
    assert "<b>Eve" not in page


# --- numbers to take along ----------------------------------------------------------------------------------------


def test_json_holds_the_numbers_as_stored(owner, world):
    label_twice(world)
    run = make_run(world)

    document = owner.get(report_url(world, "?format=json")).json()

    stored = [{**one} for one in run.numbers["questions"]]
    for one in stored:
        del one["consensus"]
    assert document["questions"] == stored
    assert document["input_hash"] == run.input_hash
    assert "rater_ids" not in document


def test_csv_has_a_row_an_estimate_and_no_formulas(owner, world):
    bring_labels(world, n_items=4, first_rater="=cmd()")
    numbers_url = reverse("agreement_files", args=[world.project.slug, make_run(world).pk, "numbers"])

    content = b"".join(owner.get(numbers_url).streaming_content).decode()

    rows = list(csv.DictReader(io.StringIO(content)))

    alpha = next(row for row in rows if (row["question"], row["coefficient"]) == ("correct", "krippendorff_alpha"))
    assert (alpha["value"], alpha["n"]) == ("1.0", "4")
    assert {row["rater_a"] for row in rows} == {"", "'=cmd()"}


@pytest.mark.parametrize("query", ["?format=json", "?format=xls"])
def test_without_a_run_or_in_another_form_there_is_nothing_to_download(owner, world, query):
    assert owner.get(report_url(world, query)).status_code == 404


@pytest.mark.parametrize("name", ["consensus", "rater_ids"])
def test_the_download_has_nothing_that_tells_who_labelled_what_is_open(owner, world, name):
    label_twice(world)
    make_run(world)

    document = owner.get(report_url(world, "?format=json")).json()

    assert name not in document
    assert all(name not in question for question in document["questions"])


# --- asking for a run ---------------------------------------------------------------------------------------------


def run_jobs():
    for job in Job.objects.filter(state=Job.State.DUE, task="make_agreement_run"):
        tasks.run_job(job.pk)


def test_compute_now_asks_for_a_run_and_the_page_waits_for_it(owner, world, clock):
    label_twice(world)

    answer = owner.post(report_url(world, f"?version={world.rubric.pk}"))
    waiting = owner.get(answer.url).content.decode()

    assert "Being computed" in waiting
    assert owner.get(answer.url, headers={"HX-Request": "true"}).status_code == 204
    clock.shift(1)
    run_jobs()
    assert owner.get(answer.url, headers={"HX-Request": "true"}).headers["HX-Refresh"] == "true"
    page = owner.get(answer.url).content.decode()
    assert "Being computed" not in page
    assert "Nothing changed" not in page
    assert "Not enough yet" in page
    assert Event.objects.filter(kind="agreement.requested", actor=world.olga).count() == 1


def test_asked_twice_it_is_computed_once(owner, world):
    label_twice(world)

    for _ in range(2):
        owner.post(report_url(world))

    assert Job.objects.filter(task="make_agreement_run").count() == 1


def test_a_run_asked_for_with_the_same_labels_says_that_nothing_changed(owner, world, clock):
    label_twice(world)
    make_agreement_run(world.rubric, now=world.now)
    clock.shift(60)

    owner.post(report_url(world))
    run_jobs()

    assert "Nothing changed" in owner.get(report_url(world)).content.decode()
    assert AgreementRun.objects.count() == 1


def test_a_run_that_failed_for_good_is_not_waited_for(owner, world):
    label_twice(world)
    owner.post(report_url(world))
    Job.objects.update(state=Job.State.FAILED, last_error="out of memory")

    page = owner.get(report_url(world)).content.decode()

    assert "The last run stopped" in page
    assert "out of memory" in page
    assert "Compute now" in page


# --- who may, and how often the database is asked -----------------------------------------------------------------


def test_reviewers_and_admins_of_another_project_find_nothing(client, world):
    label_twice(world)
    run = make_run(world)
    stranger = create_user(username="zoe", password=PASSWORD, now=world.now)
    create_project(slug="elsewhere", name="Elsewhere", creator=stranger, now=world.now)

    for user in (world.ana, stranger):
        client.force_login(user)
        for url in (report_url(world), report_url(world, "?format=json"), items_url(world, run)):
            assert client.get(url).status_code == 404
        assert client.post(report_url(world)).status_code == 404
    assert not Job.objects.filter(task="make_agreement_run").exists()


def test_whoever_is_logged_out_is_asked_to_log_in(client, world):
    answer = client.get(report_url(world))

    assert answer.status_code == 302
    assert "/login/" in answer.url


def test_wrong_methods_are_refused(owner, world):
    label_twice(world)
    run = make_run(world)

    assert owner.delete(report_url(world)).status_code == 405
    assert owner.post(items_url(world, run)).status_code == 405


@pytest.mark.parametrize(("n_items", "n_raters"), [(4, 2), (12, 5)])
def test_report_takes_the_same_queries_for_few_and_many(owner, world, n_items, n_raters, django_assert_num_queries):
    bring_labels(world, n_items=n_items, n_raters=n_raters, n_differing=2)
    make_run(world)

    with django_assert_num_queries(14):
        owner.get(report_url(world, "?question=correct"))


def test_versions_of_another_project_cannot_be_asked_for(owner, world):
    other = create_project(slug="other", name="Other", creator=world.olga, now=world.now)
    foreign = create_rubric(project=other, key="r", name="R", preset=SUPPORT_REPLY, author=world.olga, now=world.now)

    assert owner.get(report_url(world, f"?version={foreign.pk}")).status_code == 404
    assert owner.post(report_url(world, f"?version={foreign.pk}")).status_code == 404
