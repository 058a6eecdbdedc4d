"""The report as one file: everything the page says, nothing loaded, nobody's label on an open item."""

import re
from html.parser import HTMLParser

from django.template.loader import render_to_string
from django.urls import reverse

from labeling.models import Event, Item
from labeling.queries.agreement import estimate_from
from labeling.queries.agreement_file import report_file_of, trend_of
from labeling.queries.agreement_report import ShownWeek, questions_in
from labeling.services.agreement import make_agreement_run
from labeling.services.projects import create_project, create_user
from tests.world import BAD, chat_row

HOSTILE = "<script>alert(1)</script><img src=http://evil.test/x>"


def label_twice(world, *, n_items=6, n_disputed=2, **changes):
    world.set_queue(overlap=2, breaks_ties=False)
    world.ingest(*(chat_row(f"r-{number}", **changes) for number in range(n_items)))
    for number in range(n_items):
        world.review_next(world.ana)
        differing = {"verdict": "reject", "answers": BAD} if number < n_disputed else {}
        world.review_next(world.ben, **differing)


def make_run(world, **options):
    return make_agreement_run(world.rubric, now=world.now, **{"replicates": 40, **options})


def report_url(world, run):
    return reverse("agreement_report_file", args=[world.project.slug, run.pk])


class Elements(HTMLParser):
    """The tags and attributes of a page, as a browser would read them."""

    def __init__(self):
        super().__init__()
        self.tags, self.attributes = set(), []

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes += attrs


def text_of(page):
    """What a person reads of it, in one line."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL)))


def test_the_report_is_a_file_named_after_rubric_version_and_day_and_is_on_record(owner, world):
    label_twice(world)
    run = make_run(world)

    response = owner.get(report_url(world, run))

    assert response.status_code == 200
    name = "agreement-support-reply-v1-2026-11-02.html"
    assert response["Content-Disposition"] == f'attachment; filename="{name}"'
    event = Event.objects.get(kind="labels.exported")
    assert event.subject == {"what": "agreement_report", "format": "html", "n_questions": 5, "run_id": run.pk}


def test_the_report_says_what_when_how_and_what_was_left_out(owner, world):
    label_twice(world)
    run = make_run(world)

    text = text_of(owner.get(report_url(world, run)).content.decode())

    for words in (run.filter_in_words, run.method, "40, seed 0", run.code_version, run.input_hash, "2 November 2026"):
        assert words in text
    assert "reviews of gold cases" in text
    for question in run.numbers["questions"]:
        assert question["question"] in text


def test_every_number_has_its_interval_and_its_n(owner, world):
    world.ingest(*(chat_row(f"i-{number}", intent=("returns", "refund")[number % 2]) for number in range(60)))
    world.import_votes(
        *(
            (f"i-{number}", rater, "correct", "yes" if (number % 3 == 0) != (rater == "lee" and number < 4) else "no")
            for number in range(60)
            for rater in ("kim", "lee")
        )
    )
    run = make_run(world)

    page = owner.get(report_url(world, run))

    numbers = next(one for one in run.numbers["questions"] if one["key"] == "correct")
    alpha = estimate_from(numbers["krippendorff_alpha"])
    text = text_of(page.content.decode())
    assert f"{alpha.shown_value} ({alpha.shown_interval})" in text
    for name in ("krippendorff_alpha", "gwet_ac1", "fleiss_kappa"):
        one = estimate_from(numbers[name])
        assert f"{one.shown_value} {one.shown_interval} {one.n}" in text
    kappa = estimate_from(numbers["pairs"][0]["kappa"])
    assert f"{kappa.shown_value} {kappa.shown_interval}" in text
    assert "returns" in text
    assert "Adjusted p" in text


def test_an_undefined_number_shows_its_reason(owner, world):
    world.ingest(chat_row("r-1"))
    world.review_next(world.ana)

    text = text_of(owner.get(report_url(world, make_run(world))).content.decode())

    assert "undefined: there is only one rater" in text
    assert "cannot be judged yet" in text


def test_nothing_in_the_file_is_run_or_loaded_whatever_items_intents_and_criteria_are_called(owner, world):
    label_twice(world)
    item = world.item("r-0")
    Item.objects.filter(pk=item.pk).update(external_id=HOSTILE, intent=HOSTILE[:80])
    run = make_run(world)
    for question in run.numbers["questions"]:
        question["question"] = HOSTILE
        for one in question["pairs"]:
            one["a"] = HOSTILE
    world.project.name = HOSTILE
    run.rubric_version.rubric.project = world.project
    page = render_to_string("labeling/agreement_file/report.html", report_file_of(run))

    found = Elements()
    found.feed(page)
    assert page.count("&lt;script&gt;") > 10
    assert not found.tags & {"script", "img", "link", "iframe", "object", "embed", "image", "use", "form", "base"}
    assert all(value.startswith("#") for name, value in found.attributes if name in ("href", "src", "action"))
    assert not [name for name, _ in found.attributes if name.startswith("on")]
    assert not re.search(r"url\(|@import|https?:", re.sub(r"http://evil.test", "", page))
    assert ("content", "default-src 'none'; style-src 'unsafe-inline'") in found.attributes


def test_an_item_that_is_not_settled_is_named_without_its_labels(owner, world, clock):
    label_twice(world, n_items=3, n_disputed=1)
    clock.shift(60)
    world.settle_all()
    run = make_run(world)

    page = owner.get(report_url(world, run)).content.decode()

    (question, *_) = report_file_of(run)["questions"]
    assert question.disputed == ["r-0"]
    for block in re.findall(r'<div class="block">.*?</div>', page, re.DOTALL):
        if "r-0" in block:
            assert not re.search("ana|ben|approve|reject", text_of(block), re.IGNORECASE)


def test_a_version_whose_questions_many_people_answered_has_a_list_of_pairs(owner, world):
    world.ingest(chat_row("r-1"), chat_row("r-2"))
    world.import_votes(
        *((name, f"rater {n}", "correct", ("yes", "no")[n % 2]) for name in ("r-1", "r-2") for n in range(11))
    )

    text = text_of(owner.get(report_url(world, make_run(world))).content.decode())

    assert "The lowest first" in text
    assert "15 pairs more are in the file of numbers" in text


def test_weeks_are_drawn_where_they_belong_and_a_week_without_labels_is_a_gap(world):
    label_twice(world)
    shown = questions_in(make_run(world), world.rubric)[0]
    alpha = {"value": 0.5, "low": 0.0, "high": 1.0, "n": 40, "undefined": None, "flags": []}
    first, third = shown.weeks[0].week, shown.weeks[0].week.fromordinal(shown.weeks[0].week.toordinal() + 14)
    weeks = [ShownWeek(one, estimate_from(alpha)) for one in (first, third)]
    object.__setattr__(shown, "weeks", weeks)

    trend = trend_of(shown)

    assert [(mark.top, mark.y, mark.bottom) for mark in trend.marks] == [
        ("10.0", "80.0", "150.0"),
        ("", "", ""),
        ("10.0", "80.0", "150.0"),
    ]
    assert [mark.n for mark in trend.marks] == [40, 0, 40]


def test_a_run_made_before_there_were_slices_and_causes_has_a_report(world):
    label_twice(world)
    run = make_run(world)
    for question in run.numbers["questions"]:
        for name in ("weeks", "slices", "behind", "causes", "consensus"):
            question.pop(name)
    for name in ("skips", "judge"):
        run.numbers.pop(name)
    text = text_of(render_to_string("labeling/agreement_file/report.html", report_file_of(run)))

    assert "Coefficients" in text
    assert "Slices" not in text


def test_as_many_queries_for_twenty_items_as_for_ten(world, django_assert_num_queries):
    label_twice(world, n_items=10, n_disputed=10)
    ten = make_run(world)
    world.ingest(*(chat_row(f"more-{number}") for number in range(10)))
    for _ in range(10):
        world.review_next(world.ana)
        world.review_next(world.ben, verdict="reject", answers=BAD)
    twenty = make_run(world)

    for run in (ten, twenty):
        fresh = type(run).objects.select_related("rubric_version__rubric__project").get(pk=run.pk)
        with django_assert_num_queries(2):
            report_file_of(fresh)


def test_logged_out_reviewer_and_another_project_find_nothing(client, world):
    label_twice(world)
    run = make_run(world)
    stranger = create_user(username="stranger", password="a-long-enough-phrase", now=world.now)
    create_project(slug="elsewhere", name="Elsewhere", creator=stranger, now=world.now)

    assert client.get(report_url(world, run)).status_code == 302
    for user in (world.ana, stranger):
        client.force_login(user)
        assert client.get(report_url(world, run)).status_code == 404
    assert client.get(reverse("agreement_report_file", args=["elsewhere", run.pk])).status_code == 404
    assert not Event.objects.filter(kind="labels.exported").exists()
