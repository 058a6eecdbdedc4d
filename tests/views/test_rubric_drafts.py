"""The builder: fields and buttons, saving, previewing, approving and putting to use."""

from html import unescape

import pytest
from django.http import QueryDict

from labeling.forms.rubric_builder import document_from, pressed
from labeling.models import Rubric, RubricVersion
from labeling.policy.rubric_files import document_of, fingerprint_of, read_document
from labeling.queries.rubric_versions import version_in_use, written_rubric_of
from labeling.services.projects import create_project, create_user
from labeling.services.rubric_versions import start_next_version
from labeling.services.rubrics import open_gap
from tests.views.building import HTMX, URL, fields_of, post
from tests.world import chat_row

# --- the fields and their buttons -----------------------------------------------------------------------------------


def test_the_page_posts_back_the_very_rubric_it_shows(owner, draft):
    page = owner.get(f"{URL}{draft.pk}/draft/")

    reading = read_document(document_from(fields_of(page)))

    written = written_rubric_of(draft)
    assert reading.complaints == {}
    assert reading.rubric.questions == written.questions
    assert (reading.rubric.instructions, reading.rubric.asks_verdict) == (written.instructions, written.asks_verdict)


@pytest.mark.parametrize(
    ("action", "keys"),
    [
        ("down:0", ["complete", "correct", "tone", "grounded"]),
        ("up:0", ["correct", "complete", "tone", "grounded"]),
        ("up:3", ["correct", "complete", "grounded", "tone"]),
        ("down:3", ["correct", "complete", "tone", "grounded"]),
        ("remove:1", ["correct", "tone", "grounded"]),
        ("add", ["correct", "complete", "tone", "grounded", ""]),
        ("remove:9", ["correct", "complete", "tone", "grounded"]),
        ("nonsense", ["correct", "complete", "tone", "grounded"]),
        ("up:x.y", ["correct", "complete", "tone", "grounded"]),
    ],
)
def test_questions_are_moved_removed_and_added(world, action, keys):
    document, _ = pressed(document_of(written_rubric_of(world.rubric)), action)

    assert [question["key"] for question in document["criteria"]] == keys


@pytest.mark.parametrize(
    ("action", "values"),
    [
        ("add-option:1", ["1", "2", "3", "4", ""]),
        ("remove-option:1.0", ["2", "3", "4"]),
        ("down-option:1.0", ["2", "1", "3", "4"]),
        ("up-option:1.3", ["1", "2", "4", "3"]),
        ("remove-option:1.9", ["1", "2", "3", "4"]),
    ],
)
def test_answers_are_moved_removed_and_added(world, action, values):
    document, _ = pressed(document_of(written_rubric_of(world.rubric)), action)

    assert [option["value"] for option in document["criteria"][1]["options"]] == values


@pytest.mark.parametrize(
    ("scale", "values"),
    [
        ("binary", ["yes", "no"]),
        ("pairwise", ["a", "tie", "b"]),
        ("nominal", ["1", "2", "3", "4"]),
        ("multi_label", ["1", "2", "3", "4"]),
        ("interval", []),
        ("text", []),
    ],
)
def test_another_scale_keeps_the_answers_that_fit_it(world, scale, values):
    document = document_of(written_rubric_of(world.rubric))
    document["criteria"][1]["scale"] = scale

    document, focus = pressed(document, "scale:1")

    assert [option["value"] for option in document["criteria"][1]["options"]] == values
    assert focus == "criteria-1-scale"


def test_answers_that_nobody_touched_make_way_for_those_of_the_new_scale():
    document, _ = pressed({"criteria": []}, "add")
    document["criteria"][0]["scale"] = "ordinal"

    document, _ = pressed(document, "scale:0")

    assert [option["value"] for option in document["criteria"][0]["options"]] == ["1", "2", "3", "4"]


def test_a_row_without_a_word_in_it_is_no_answer():
    posted = QueryDict(
        "criteria-0-scale=nominal&criteria-0-options-0-value=a&criteria-0-options-1-value=&criteria-0-options-1-passing=on"
    )

    assert [option["value"] for option in document_from(posted)["criteria"][0]["options"]] == ["a"]


# --- saving ---------------------------------------------------------------------------------------------------------


def test_a_changed_question_is_saved(owner, draft):
    posted = fields_of(owner.get(f"{URL}{draft.pk}/draft/"))
    posted["criteria-0-question"] = "Is every word right?"

    page = post(owner, draft, posted)

    assert page.status_code == 302
    assert draft.criteria.get(key="correct").question == "Is every word right?"


def test_a_new_question_gets_a_key_of_its_words(owner, draft):
    posted = fields_of(post(owner, draft, fields_of(owner.get(f"{URL}{draft.pk}/draft/")), "add"))
    posted["criteria-4-question"] = "Is it kind to the reader at all?"

    post(owner, draft, posted)

    assert draft.criteria.get(position=5).key == "is-it-kind-to"


def test_what_cannot_be_saved_stays_on_the_page_and_says_why(owner, draft):
    posted = fields_of(owner.get(f"{URL}{draft.pk}/draft/"))
    posted["criteria-0-options-0-value"] = ""
    posted["criteria-1-question"] = "Kept as typed?"

    page = post(owner, draft, posted)

    assert page.status_code == 422
    assert "Give the answer a value; it is what is stored." in page.text
    assert "Question 1, answer 1" in page.text
    assert "Kept as typed?" in page.text
    assert draft.criteria.get(key="complete").question != "Kept as typed?"


def test_who_saves_second_keeps_their_page(owner, draft):
    posted = fields_of(owner.get(f"{URL}{draft.pk}/draft/"))
    posted["criteria-0-question"] = "First?"
    post(owner, draft, posted)
    posted["criteria-0-question"] = "Second?"

    page = post(owner, draft, posted)

    assert page.status_code == 409
    assert "Somebody else saved this version meanwhile" in page.text
    assert "Second?" in page.text
    assert draft.criteria.get(key="correct").question == "First?"


def test_a_version_that_is_asked_already_is_not_written_any_more(owner, world):
    world.ingest(chat_row("r-1"))

    assert owner.get(f"{URL}{world.rubric.pk}/draft/").status_code == 409
    assert "Write the next version" in owner.get(f"{URL}{world.rubric.pk}/").text


# --- preview --------------------------------------------------------------------------------------------------------


def test_the_preview_is_a_fragment_of_the_desks_own_questions(owner, draft):
    posted = fields_of(owner.get(f"{URL}{draft.pk}/draft/"))
    posted["criteria-0-question"] = "Is it <b>bold</b>?"

    fragment = post(owner, draft, posted, "preview", headers=HTMX)

    assert fragment.status_code == 200
    assert "<html" not in fragment.text
    assert 'data-criterion="correct"' in fragment.text
    assert "Is it &lt;b&gt;bold&lt;/b&gt;?" in fragment.text
    assert "HX-Request" in fragment["Vary"]


def test_without_a_script_the_preview_is_the_whole_page(owner, draft):
    posted = fields_of(owner.get(f"{URL}{draft.pk}/draft/"))
    posted["criteria-0-question"] = "Is it new?"

    page = post(owner, draft, posted, "preview")

    assert "<html" in page.text
    assert page.text.count("Is it new?") == 2
    assert draft.criteria.get(key="correct").question != "Is it new?"


def test_a_button_pressed_with_a_script_swaps_fields_and_preview(owner, draft):
    posted = fields_of(owner.get(f"{URL}{draft.pk}/draft/"))

    fragment = post(owner, draft, posted, "remove:0", headers=HTMX)

    assert "<html" not in fragment.text
    assert 'hx-swap-oob="true"' in fragment.text
    assert 'data-criterion="correct"' not in fragment.text


def test_half_a_question_does_not_break_the_preview(owner, draft):
    posted = QueryDict("do=preview&criteria-0-scale=ordinal&criteria-1-scale=colour&criteria-2-scale=interval")

    page = post(owner, draft, posted, "preview", headers=HTMX)

    assert page.status_code == 200
    assert "Write the question." in page.text


def test_an_answer_without_a_value_is_not_in_the_preview_yet(owner, draft):
    posted = fields_of(owner.get(f"{URL}{draft.pk}/draft/"))

    fragment = post(owner, draft, posted, "add-option:0", headers=HTMX)

    preview = fragment.text[fragment.text.index('id="preview"') :]
    assert 'name="criteria-0-options-2-value"' in fragment.text
    assert preview.count('name="answer-correct"') == 2


def test_what_is_left_open_stands_at_its_question(owner, world):
    open_gap(world.rubric, question_key="tone", statement="How warm is warm?", opener=world.olga, now=world.now)
    draft = start_next_version(world.rubric, author=world.olga, now=world.now)

    page = owner.get(f"{URL}{draft.pk}/draft/")

    question = page.text[page.text.index('id="criteria-2"') : page.text.index('id="criteria-3"')]
    assert "How warm is warm?" in question


# --- from empty to use ----------------------------------------------------------------------------------------------


def test_a_rubric_from_nothing_begins_in_the_builder(owner):
    page = owner.post(URL, {"preset": "empty", "name": "Own", "slug": ""}, follow=True)

    version = Rubric.objects.get(key="own").versions.get()
    assert version.is_draft
    assert page.redirect_chain[-1][0] == f"{URL}{version.pk}/draft/"


def test_a_draft_is_approved_and_put_to_use_on_its_page(owner, world, draft):
    gap = open_gap(world.rubric, question_key="tone", statement="How warm?", opener=world.olga, now=world.now)
    page = owner.get(f"{URL}{draft.pk}/")
    assert "Approve it as it stands" in page.text
    assert "Put it to use" not in page.text

    based_on = fingerprint_of(written_rubric_of(draft))
    page = owner.post(f"{URL}{draft.pk}/approvals/", {"based_on": based_on}, follow=True)
    assert "Approved by olga, who wrote it" in page.text
    assert "tone: How warm?" in page.text

    page = owner.post(f"{URL}{draft.pk}/uses/", {"reason": "Says how warm.", "closes": [gap.pk]}, follow=True)

    assert "Version 2 is in use" in page.text
    assert "Says how warm." in page.text
    assert version_in_use(draft.rubric).pk == draft.pk
    assert "closed" in owner.get(f"{URL}{world.rubric.pk}/").text


def test_putting_to_use_without_a_reason_is_refused_on_the_page(owner, draft):
    based_on = fingerprint_of(written_rubric_of(draft))
    owner.post(f"{URL}{draft.pk}/approvals/", {"based_on": based_on})

    page = owner.post(f"{URL}{draft.pk}/uses/", {"reason": ""})

    assert page.status_code == 422
    assert "This field is required." in page.text
    assert RubricVersion.objects.get(pk=draft.pk).is_draft


def test_a_frozen_version_begets_the_next_one(owner, world):
    world.ingest(chat_row("r-1"))
    world.review_next(world.ana)

    page = owner.post(f"{URL}{world.rubric.pk}/versions/", follow=True)

    assert "Version 2 begins as a copy of version 1." in page.text
    assert owner.post(f"{URL}{world.rubric.pk}/versions/").status_code == 409


def test_a_draft_is_discarded(owner, draft):
    page = owner.post(f"{URL}{draft.pk}/discards/", follow=True)

    assert "The draft is discarded." in page.text
    assert not RubricVersion.objects.filter(pk=draft.pk).exists()


# --- differences ----------------------------------------------------------------------------------------------------


def test_changes_are_told_in_words_and_side_by_side(owner, draft):
    posted = fields_of(owner.get(f"{URL}{draft.pk}/draft/"))
    posted["criteria-2-question"] = "Is it warm?"
    posted["criteria-3-key"] = "sourced"
    post(owner, draft, posted)

    page = owner.get(f"{URL}{draft.pk}/changes/")

    text = unescape(page.text)
    assert "The question: “Is it warm?” instead of “Would you be content to receive it?”." in text
    assert "sourced" in text
    assert "grounded" in text
    assert "3 points differ." in text


def test_a_version_is_compared_with_any_other_of_its_rubric(owner, world, draft):
    assert owner.get(f"{URL}{draft.pk}/changes/?since=1").status_code == 200
    assert owner.get(f"{URL}{draft.pk}/changes/?since=9").status_code == 404
    assert owner.get(f"{URL}{world.rubric.pk}/changes/").status_code == 404


# --- who may --------------------------------------------------------------------------------------------------------

READ = ("draft/", "changes/", "file/")
WRITTEN = ("versions/", "approvals/", "uses/", "discards/", "cares/")


def test_the_builder_asks_for_a_login(client, draft):
    for page in READ:
        assert client.get(f"{URL}{draft.pk}/{page}").status_code == 302
    for page in (*WRITTEN, "draft/"):
        assert client.post(f"{URL}{draft.pk}/{page}").status_code == 302
    assert client.get(f"{URL}files/").status_code == 302


def test_the_builder_is_for_owners_and_admins_of_this_project(client, world, draft):
    eve = create_user(username="eve", password="a-long-enough-phrase", now=world.now)
    create_project(slug="other", name="Other", creator=eve, now=world.now)
    for user in (world.ana, eve):
        client.force_login(user)
        assert {client.get(f"{URL}{draft.pk}/{page}").status_code for page in READ} == {404}
        assert {client.post(f"{URL}{draft.pk}/{page}").status_code for page in (*WRITTEN, "draft/")} == {404}
        assert client.post(f"{URL}files/").status_code == 404
    assert client.get(f"/p/other/rubrics/{draft.pk}/draft/").status_code == 404
    assert RubricVersion.objects.get(pk=draft.pk).is_draft


def test_what_changes_something_is_not_read(owner, draft):
    assert {owner.get(f"{URL}{draft.pk}/{page}").status_code for page in WRITTEN} == {405}
    assert owner.post(f"{URL}{draft.pk}/file/").status_code == 405
    assert owner.post(f"{URL}{draft.pk}/changes/").status_code == 405


def test_very_many_questions_in_the_same_words_are_refused_and_not_numbered_out(owner, draft):
    posted = QueryDict(mutable=True)
    posted.update({f"criteria-{number}-question": "Is it right?" for number in range(120)})

    page = post(owner, draft, posted)

    assert page.status_code == 422
    assert "A rubric asks at most 40 questions." in unescape(page.text)
