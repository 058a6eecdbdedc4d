"""Rubrics as files, and who looks after them."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from labeling.models import Rubric
from labeling.queries.rubric_versions import written_rubric_of
from labeling.services.rubric_versions import set_care
from tests.views.building import URL
from tests.world import chat_row

# --- files ----------------------------------------------------------------------------------------------------------


def upload(content, **more):
    return {"file": SimpleUploadedFile("rubric.json", content), "rubric": "", **more}


def test_a_download_comes_back_as_the_same_rubric(owner, world):
    file = owner.get(f"{URL}{world.rubric.pk}/file/")
    assert file["Content-Disposition"] == 'attachment; filename="rubric-support-reply-v1.json"'

    content = file.content.replace(b'"support-reply"', b'"again"')
    page = owner.post(f"{URL}files/", upload(content), follow=True)

    again = Rubric.objects.get(key="again").versions.get()
    assert again.is_draft
    assert written_rubric_of(again).questions == written_rubric_of(world.rubric).questions
    assert "is there as a draft" in page.text


def test_a_file_becomes_the_draft_of_a_rubric_that_is_there(owner, world):
    content = owner.get(f"{URL}{world.preference_rubric.pk}/file/").content

    owner.post(f"{URL}files/", upload(content, rubric=world.rubric.rubric_id))

    draft = world.rubric.rubric.versions.get(number=2)
    assert draft.is_draft
    assert [criterion.key for criterion in draft.criteria.all()] == ["preference"]


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"{", "file</code>: This is no JSON: line 1, column 2"),
        (b'{"format": "reviewapp-rubric-1", "criteria": [{"key": "a"}]}', "criteria[0].scale</code>"),
        (b'{"format": "reviewapp-rubric-1", "criteria": []}', "name</code>: Name the rubric"),
        (b'{"format": "reviewapp-rubric-1", "name": "S", "key": "support-reply"}', "already has a rubric of that name"),
    ],
)
def test_a_file_that_cannot_be_taken_says_where(owner, content, complaint):
    page = owner.post(f"{URL}files/", upload(content))

    assert page.status_code == 422
    assert complaint in page.text
    assert Rubric.objects.count() == 2


def test_no_file_is_no_rubric(owner):
    page = owner.post(f"{URL}files/", {"rubric": ""})

    assert page.status_code == 422
    assert "This field is required." in page.text


# --- who looks after it ---------------------------------------------------------------------------------------------


def test_owner_and_review_date_are_set_and_reminded_of(owner, world):
    yesterday = world.now.date() - timedelta(days=1)

    owner.post(f"{URL}{world.rubric.pk}/cares/", {"owner": world.olga.pk, "review_on": yesterday.isoformat()})

    assert "This rubric is due for a look" in owner.get(f"{URL}{world.rubric.pk}/").text
    assert "Support reply is due for a look" in owner.get("/").text
    assert "Rubrics to look at again" in owner.get("/p/shop/alerts/").text
    assert "due " in owner.get(URL).text


def test_others_are_not_reminded_at_home(client, world):
    set_care(
        world.rubric.rubric,
        owner=world.olga,
        review_on=world.now.date() - timedelta(days=1),
        actor=world.olga,
        now=world.now,
    )
    client.force_login(world.ada)

    assert "is due for a look" not in client.get("/").text


@pytest.mark.parametrize("given", [{"review_on": "tomorrow"}, {"owner": "0"}])
def test_who_looks_after_it_must_be_understood(owner, world, given):
    assert owner.post(f"{URL}{world.rubric.pk}/cares/", given).status_code == 422


def test_a_slow_rubric_is_warned_about(owner, world, monkeypatch):
    monkeypatch.setattr("labeling.policy.review_times.LEAST_REVIEWS", 1)
    monkeypatch.setattr("labeling.policy.review_times.LONGEST_MEDIAN_MS", 8_000)
    monkeypatch.setattr("labeling.policy.review_times.rank_of_limit", lambda n: 1)
    world.ingest(chat_row("r-1"))
    world.review_next(world.ana)

    page = owner.get(f"{URL}{world.rubric.pk}/")

    assert "A review takes more than 10 minutes" in page.text
    assert "9 s in the median (9 s–9 s, 1 reviews)" in page.text
