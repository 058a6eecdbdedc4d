"""The gold page through a case's life: its use, what it was made of, its exposure, and why it is retired."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from labeling.models import GoldCase, Item, Slot
from tests.views.test_gold import ANSWER, URL
from tests.world import BAD, GOOD, chat_row


@pytest.fixture
def shipped(world):
    """An item that no queue holds."""
    world.ingest(chat_row("s-1"))
    item = world.item("s-1")
    item.entries.all().delete()
    Item.objects.filter(pk=item.pk).update(status=Item.Status.SHIPPED)
    return item


# --- uses, reasons, exposure ------------------------------------------------------------------------------------------


def test_an_owner_chooses_what_a_case_is_for(owner, shipped):
    owner.post(f"/p/shop/items/{shipped.pk}/gold/", ANSWER | {"use": "training"})

    assert GoldCase.objects.get().use == "training"
    assert "Training" in owner.get(URL).text


@pytest.mark.parametrize(
    ("because", "words"), [("by_hand", "by hand"), ("leaked", "suspected to be known"), ("wrong", "counts for nobody")]
)
def test_a_retired_case_says_why(owner, world, because, words):
    case = world.make_gold(chat_row("g-1"))

    page = owner.post(f"{URL}{case.pk}/retirements/", {"because": because}, follow=True)

    assert GoldCase.objects.get().retired_because == because
    assert words in page.text


@pytest.mark.parametrize("because", ["", "rotated", "boredom"])
def test_a_reason_that_nobody_can_give_is_refused(owner, world, because):
    case = world.make_gold(chat_row("g-1"))

    assert owner.post(f"{URL}{case.pk}/retirements/", {"because": because}).status_code == 422
    assert GoldCase.objects.get().retired_at is None


def test_a_retired_case_can_still_be_found_wrong(owner, world):
    case = world.make_gold(chat_row("g-1"))
    owner.post(f"{URL}{case.pk}/retirements/", {"because": "by_hand"})

    assert "Its answer was wrong…" in owner.get(URL).text
    page = owner.post(f"{URL}{case.pk}/retirements/", {"because": "wrong"}, follow=True)
    assert "Its answer was wrong…" not in page.text


def test_exposure_is_told_as_people_and_hand_outs(owner, world):
    world.make_gold(chat_row("g-1"))
    world.ingest(chat_row("r-1"))
    world.set_queue(gold_share=1.0)
    gold = world.hand_out(world.ana)
    Slot.objects.filter(pk=gold.slot_id).update(state=Slot.State.OPEN, reviewer=None, lease_until=None)
    world.hand_out(world.ana)

    text = owner.get(URL).text

    assert "1 person" in text
    assert "2 hand-outs" in text


def test_the_page_says_in_which_mix_gold_falls(owner, world, clock):
    world.make_gold(chat_row("g-1"))
    world.ingest(chat_row("r-1"))
    world.review_next(world.ana)
    clock.shift(31)
    world.settle_all()

    assert "until it has 30 final labels; now 1" in owner.get(URL).text


# --- made of what people settled --------------------------------------------------------------------------------------


@pytest.fixture
def settled(world, clock):
    """An item that Ana and Ben rejected alike."""
    world.set_queue(overlap=2)
    world.ingest(chat_row("r-1"))
    for user in (world.ana, world.ben):
        world.review_next(user, verdict="reject", answers=BAD)
    clock.shift(31)
    world.settle_all()
    return world.item("r-1")


def test_the_form_is_filled_in_with_what_people_settled(owner, settled):
    page = owner.get(f"/p/shop/items/{settled.pk}/gold/")

    assert "People settled this item" in page.text
    form = page.context["form"]
    assert {form[f"answer-{key}"].initial for key in ("correct", "complete")} == {"no", "2"}
    assert form["verdict"].initial == "reject"


def test_what_people_settled_is_made_gold_and_says_so(owner, settled):
    owner.post(f"/p/shop/items/{settled.pk}/gold/", ANSWER)

    case = GoldCase.objects.get()
    assert (case.source, case.item.status) == ("adjudicated", "reference")
    assert "settled by people" in owner.get(URL).text


def test_what_one_person_settled_says_why_it_is_no_gold(owner, world, clock):
    world.ingest(chat_row("r-1"))
    world.review_next(world.ana)
    clock.shift(31)
    world.settle_all()

    assert (
        "One reviewer or a majority settled this item" in owner.get(f"/p/shop/items/{world.item('r-1').pk}/gold/").text
    )


# --- import -----------------------------------------------------------------------------------------------------------


def upload(owner, world, *rows, version=None):
    content = "\n".join(json.dumps(row) for row in rows).encode()
    given = {
        "rubric": (version or world.rubric).pk,
        "file": SimpleUploadedFile("gold.jsonl", content, content_type="application/json"),
    }
    return owner.post(f"{URL}imports/", given, follow=True)


def known(external_id, **gold):
    given = {"verdict": "approve", "answers": GOOD, "explanation": "Right.", **gold}
    return chat_row(external_id) | {"gold": given}


def test_a_file_of_gold_is_imported(owner, world):
    page = upload(owner, world, known("g-1"), known("g-2", use="screen"))

    assert "2 gold cases made; 0 were here already." in page.text
    assert sorted(GoldCase.objects.values_list("use", flat=True)) == ["live", "screen"]


def test_a_bad_line_is_named_and_nothing_is_stored(owner, world):
    page = upload(owner, world, known("g-1"), known("g-2", answers={"correct": "yes"}))

    assert page.status_code == 422
    assert "line 2: gold.answers.tone:" in page.text
    assert not GoldCase.objects.exists()


@pytest.mark.parametrize("given", [{}, {"rubric": "999999"}])
def test_an_import_without_file_or_rubric_is_refused(owner, given):
    assert owner.post(f"{URL}imports/", given).status_code == 422


def test_an_import_is_a_post_of_owners_and_admins(client, world):
    assert client.post(f"{URL}imports/").status_code == 302
    client.force_login(world.ana)
    assert client.post(f"{URL}imports/").status_code == 404
    client.force_login(world.olga)
    assert client.get(f"{URL}imports/").status_code == 405


# --- health -----------------------------------------------------------------------------------------------------------


def test_without_answers_the_page_says_how_many_are_needed(owner, world):
    world.make_gold(chat_row("g-1"))

    text = owner.get(URL).text

    assert "Not enough yet: 0 of about 10 cases have 5 answers or more." in text
    assert "no case has eight answers" in text
