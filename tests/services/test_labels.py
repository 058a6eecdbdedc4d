"""Labels from elsewhere are stored once, under their rater's name; what cannot be stored is answered by name."""

import random
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.utils import timezone

from labeling.formats import BadFile, Line, RowError
from labeling.models import Event, ImportedLabel, ImportedLaterLabel, IngestBatch, Rater
from labeling.queries.rating_columns import ratings_of
from labeling.services.labels import import_labels, try_labels
from tests.world import World, chat_row, pair_row


@pytest.fixture
def shop(world):
    world.ingest(chat_row("r-1"), chat_row("r-2"), pair_row("p-1"))
    return world


def vote(external_id="r-1", rater="kim", criterion="correct", value="yes", **more):
    return {"external_id": external_id, "rater": rater, "criterion": criterion, "value": value, **more}


def lines_of(*votes):
    return [
        Line(number, error=one) if isinstance(one, RowError) else Line(number, one)
        for number, one in enumerate(votes, start=2)
    ]


def bring(world, *votes, blind="blind", version=None):
    return import_labels(version or world.rubric, lines_of(*votes), blind_state=blind, clock=timezone.now)


def only_refusal(imported):
    (refusal,) = imported.refusals
    return refusal.status, refusal.field, refusal.message


def test_a_label_is_stored_with_its_rater_its_declaration_and_its_file(shop):
    imported = bring(shop, vote(), blind="not_blind")

    label = ImportedLabel.objects.select_related("rater").get()
    assert (label.item, label.criterion.key, label.value) == (shop.item("r-1"), "correct", "yes")
    assert (label.rater.kind, label.rater.name, label.rater.user) == ("imported", "kim", None)
    assert (label.blind_state, label.batch, label.imported_at) == ("not_blind", imported.batch, shop.now)


def test_not_applicable_is_stored_as_such(shop):
    bring(shop, vote(criterion="grounded", value=None, not_applicable=True))

    label = ImportedLabel.objects.get()
    assert (label.value, label.is_not_applicable) == ("", True)


def test_first_label_freezes_the_version(shop):
    bring(shop, vote())

    shop.rubric.refresh_from_db()
    assert shop.rubric.frozen_at == shop.now


def test_file_without_a_usable_label_freezes_nothing(shop):
    bring(shop, vote("nowhere"))

    shop.rubric.refresh_from_db()
    assert shop.rubric.frozen_at is None


def test_import_leaves_one_event_and_one_batch_with_its_counts(shop):
    imported = bring(shop, vote(), vote("r-2"), vote("nowhere"))

    subject = Event.objects.get(kind="labels.imported").subject
    assert subject == {
        "batch_id": imported.batch.pk,
        "version_id": shop.rubric.pk,
        "declared": "blind",
        "created": 2,
        "unchanged": 0,
        "conflict": 0,
        "invalid": 1,
    }
    batch = IngestBatch.objects.get(door="labels")
    assert (batch.state, batch.outcome["counts"]["created"], batch.ended_at) == ("done", 2, shop.now)
    assert batch.outcome["refusals"][0]["line"] == 4


def test_same_file_again_changes_nothing(shop):
    bring(shop, vote(), vote("r-2"))

    again = bring(shop, vote(), vote("r-2"))

    assert (again.counts["created"], again.counts["unchanged"], again.repeats) == (0, 2, [])
    assert ImportedLabel.objects.count() == 2
    assert Rater.objects.filter(kind="imported").count() == 1


def test_another_value_of_the_same_rater_is_a_conflict_and_the_first_counts(shop):
    imported = bring(shop, vote(value="yes"), vote(value="no"))

    status, field, message = only_refusal(imported)
    assert (status, field) == ("conflict", "value")
    assert message == "kim labelled r-1 on line 2 too, as yes and not no; the first counts"
    assert ImportedLabel.objects.get().value == "yes"


def test_another_value_than_in_an_earlier_import_is_a_conflict(shop):
    bring(shop, vote(value="yes"))

    status, field, message = only_refusal(bring(shop, vote(value="no")))

    assert (status, field) == ("conflict", "value")
    assert "as yes in an earlier import, not no; the first counts" in message
    assert ImportedLabel.objects.get().value == "yes"


def test_same_value_twice_in_a_file_is_stored_once_and_named(shop):
    imported = bring(shop, vote(), vote())

    (repeat,) = imported.repeats
    assert (repeat.line, repeat.status, repeat.field) == (3, "unchanged", "rater")
    assert repeat.message == "kim labelled r-1 on line 2 too, with the same value; it counts once"
    assert (imported.counts["created"], imported.counts["unchanged"]) == (1, 1)


def test_second_label_is_named_with_the_first_ones_line_in_another_chunk(shop, monkeypatch):
    monkeypatch.setattr("labeling.services.uploads.CHUNK_ROWS", 1)

    imported = bring(shop, vote(), vote("r-2"), vote(value="no"))

    assert "on line 2 too" in only_refusal(imported)[2]


def test_declaration_of_a_stored_label_is_never_changed(shop):
    bring(shop, vote(), blind="unknown")

    status, field, message = only_refusal(bring(shop, vote(), blind="blind"))

    assert (status, field) == ("conflict", "blind")
    assert "declared as: not declared" in message
    assert ImportedLabel.objects.get().blind_state == "unknown"


def test_rater_named_like_an_account_is_another_rater(shop):
    bring(shop, vote(rater="ana"))

    assert ImportedLabel.objects.get().rater != shop.rater(shop.ana)


# --- a rater's later pass -----------------------------------------------------------------------------------------


def again(**more):
    return vote(**{"pass": 2, **more})


def test_a_label_of_a_later_pass_is_kept_apart_and_told(shop):
    imported = bring(shop, vote(value="yes"), again(value="no"))

    later = ImportedLaterLabel.objects.get()
    assert imported.outcome["counts"] == {"created": 1, "unchanged": 0, "conflict": 0, "invalid": 0, "later_pass": 1}
    assert (later.pass_number, later.value, later.rater.name, later.batch) == (2, "no", "kim", imported.batch)
    assert ImportedLabel.objects.get().value == "yes"
    assert Event.objects.get(kind="labels.imported").subject["later_pass"] == 1


def test_labels_of_a_later_pass_are_in_no_coefficient_and_counted_as_left_out(shop):
    bring(shop, vote(), vote(criterion="tone", value="4"), again(), again(criterion="tone", value="1"))

    ratings = ratings_of(shop.rubric, until=shop.now)

    assert [value for _, _, value in ratings.on("tone")] == ["4"]
    assert ratings.n_excluded["imported_later_pass"] == 2


def test_a_later_pass_that_is_not_declared_blind_is_left_out_for_that(shop):
    bring(shop, vote(), again(), blind="unknown")

    n_excluded = ratings_of(shop.rubric, until=shop.now).n_excluded

    assert (n_excluded["imported_later_pass"], n_excluded["imported_not_blind"]) == (0, 2)


def test_a_later_pass_that_stands_first_in_the_file_is_still_the_later_one(shop):
    bring(shop, again(value="no"), vote(value="yes"))

    assert ImportedLabel.objects.get().value == "yes"


def test_the_same_later_pass_again_is_told_again_and_stored_once(shop):
    bring(shop, vote(), again(value="no"))

    said = bring(shop, vote(), again(value="no"))

    assert (said.counts["unchanged"], said.counts["later_pass"], said.refusals) == (1, 1, [])
    assert ImportedLaterLabel.objects.count() == 1


def test_another_value_of_the_same_later_pass_is_a_conflict(shop):
    bring(shop, again(value="no"))

    assert only_refusal(bring(shop, again(value="yes")))[:2] == ("conflict", "value")


@pytest.mark.parametrize(
    ("row", "field", "message"),
    [
        (vote("nowhere"), "external_id", "there is no item 'nowhere'; ingest it first"),
        (vote(source_system="crm"), "external_id", "there is no item 'r-1' of 'crm'; ingest it first"),
        (vote(criterion="corect"), "criterion", "did you mean 'correct'?"),
        (vote(criterion="verdict", value="approve"), "criterion", "is no criterion of"),
        (vote(value="maybe"), "value", "'maybe' is not declared for 'correct'; known are yes, no"),
        (vote(value="Yes"), "value", "'Yes' is not declared"),
        (vote(value="n/a"), "value", "'n/a' is not declared"),
        (vote(value=None, not_applicable=True), "not_applicable", "'correct' always applies; give its value"),
        (vote("p-1"), "criterion", "'correct' does not ask about items of kind pairwise"),
        (vote(rater=""), "rater", "is required"),
        (RowError("", "is not UTF-8"), "", "is not UTF-8"),
    ],
)
def test_row_that_cannot_be_stored_is_named_and_the_others_go_in(shop, row, field, message):
    imported = bring(shop, vote("r-2"), row)

    assert only_refusal(imported)[:2] == ("invalid", field)
    assert message in imported.refusals[0].message
    assert imported.refusals[0].line == 3
    assert ImportedLabel.objects.count() == 1


def test_refused_row_is_told_under_its_items_id(shop):
    imported = bring(shop, vote(value=[1]))

    assert imported.refusals[0].external_id == "r-1"


def test_pairwise_question_is_not_answered_about_a_single_output(shop):
    imported = bring(shop, vote(criterion="preference", value="a"), version=shop.preference_rubric)

    assert only_refusal(imported)[1] == "criterion"


def test_id_of_two_systems_has_to_be_told_apart(shop):
    shop.ingest(chat_row("r-1", source_system="crm"))

    imported = bring(shop, vote(), vote(source_system="crm"))

    status, field, message = only_refusal(imported)
    assert (status, field) == ("invalid", "source_system")
    assert message == "'r-1' came from crm, helpdesk; say which is meant"
    assert ImportedLabel.objects.get().item.source_system == "crm"


def test_item_of_another_project_is_not_found(shop):
    from labeling.services.projects import create_project

    shop.project.items.filter(external_id="r-2").update(
        project=create_project(slug="other", name="Other", creator=shop.ada, now=shop.now)
    )

    assert only_refusal(bring(shop, vote("r-2")))[1] == "external_id"


def test_labels_on_another_version_are_other_labels(shop):
    from labeling.policy.presets import SUPPORT_REPLY
    from labeling.services.rubrics import create_rubric

    other = create_rubric(
        project=shop.project, key="other", name="Other", preset=SUPPORT_REPLY, author=shop.olga, now=shop.now
    )
    bring(shop, vote(value="yes"))

    imported = bring(shop, vote(value="no"), version=other)

    assert imported.counts["created"] == 1


def test_trying_answers_as_importing_would_and_stores_nothing(shop):
    bring(shop, vote())
    votes = lines_of(vote(), vote("r-2"), vote("r-2", value="no"), vote("nowhere"))

    tried = try_labels(shop.rubric, votes, blind_state="blind")

    assert dict(tried.counts) == {"unchanged": 1, "created": 1, "conflict": 1, "invalid": 1}
    assert ImportedLabel.objects.count() == 1
    assert IngestBatch.objects.filter(door="labels").count() == 1
    stored = import_labels(shop.rubric, votes, blind_state="blind", clock=timezone.now)
    assert (stored.counts, stored.refusals) == (tried.counts, tried.refusals)


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite lets one writer in at a time")
@pytest.mark.django_db(transaction=True)
def test_concurrent_imports_of_the_same_labels_store_each_once():
    world = World()
    world.ingest(*(chat_row(f"x-{number}") for number in range(30)))
    votes = [vote(f"x-{number % 30}", rater=f"rater {number // 30}") for number in range(900)]

    def bring_shuffled(seed):
        try:
            return bring(world, *random.Random(seed).sample(votes, len(votes)))
        finally:
            connection.close()

    with ThreadPoolExecutor(3) as threads:
        done = list(threads.map(bring_shuffled, range(3)))

    assert sum(imported.counts["created"] for imported in done) == ImportedLabel.objects.count() == 900
    assert [imported.refusals for imported in done] == [[], [], []]


def test_file_that_breaks_off_ends_its_batch_and_keeps_the_chunks_before(shop, monkeypatch):
    monkeypatch.setattr("labeling.services.uploads.CHUNK_ROWS", 1)

    def broken():
        yield Line(2, vote())
        yield Line(3, vote("r-2"))
        raise BadFile("The rest cannot be read.")

    with pytest.raises(BadFile):
        import_labels(shop.rubric, broken(), blind_state="blind", clock=timezone.now)

    batch = IngestBatch.objects.get(door="labels")
    assert (batch.state, batch.outcome["error"]) == ("failed", "The rest cannot be read.")
    assert batch.outcome["counts"]["created"] == ImportedLabel.objects.count() == 2


def test_queries_grow_with_chunks_and_not_with_rows(shop, django_assert_max_num_queries):
    shop.ingest(*(chat_row(f"x-{number}") for number in range(40)))

    with django_assert_max_num_queries(25):
        bring(shop, *(vote(f"x-{number}", rater=f"rater {number % 7}") for number in range(40)))
