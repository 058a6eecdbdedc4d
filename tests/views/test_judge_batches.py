"""The pages that run a judge: endpoints by admins, an estimate before anything is asked, progress, and failures."""

import socket
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from labeling.models import JudgeBatch, JudgeCall, JudgeEndpoint
from tests.services.asking_judges import answers, fails, make_batch, make_endpoint, run, says
from tests.world import chat_row

pytest.importorskip("cryptography")
pytest.importorskip("openai")

ENDPOINTS = "/p/shop/judges/endpoints/"
BATCHES = "/p/shop/judges/batches/"
GIVEN = {
    "name": "house-judge",
    "url": "https://judge.example.com/v1/",
    "model": "judge-1",
    "family": "cedar",
    "key": "sk-hush",
    "price_in": "1.5",
    "price_out": "6",
    "currency": "EUR",
    "timeout_seconds": "60",
    "max_output_tokens": "300",
    "limit_name": "max_tokens",
    "most_at_once": "2",
}


@pytest.fixture(autouse=True)
def names(monkeypatch):
    """What names resolve to, here."""
    found = {"judge.example.com": "8.8.8.8", "intranet.example.com": "10.0.0.7"}

    def look_up(host, port, **more):
        if host not in found:
            raise socket.gaierror
        return [(2, 1, 6, "", (found[host], port))]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)


@pytest.fixture
def batch(world):
    world.ingest(chat_row("r-1", judge_verdicts=[]), chat_row("r-2", judge_verdicts=[]))
    return make_batch(world)


def asked_for(endpoint, **changes):
    return {
        "endpoint": endpoint.pk,
        "criteria": ["correct", "tone"],
        "which": "newest",
        "n_items": "10",
        "part": "",
        "in_both_orders": "on",
        "n_repeats": "2",
        "temperature": "0",
        "seed": "",
        "budget": "1",
        "step": "estimate",
        **changes,
    }


def address(world):
    return f"{BATCHES}?version={world.rubric.pk}"


def test_an_endpoint_is_made_and_its_key_is_never_shown(admin, world):
    answer = admin.post(ENDPOINTS, GIVEN)
    endpoint = JudgeEndpoint.objects.get()
    pages = [admin.get(one) for one in (ENDPOINTS, reverse("judge_endpoint", args=["shop", endpoint.pk]), BATCHES)]

    assert answer.status_code == 302
    assert (endpoint.url, endpoint.price_in) == ("https://judge.example.com/v1", Decimal("1.5"))
    assert {page.status_code for page in pages} == {200}
    assert not any("sk-hush" in page.text or endpoint.sealed_key in page.text for page in pages)


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"url": "https://intranet.example.com/v1"}, "no public address"),
        ({"url": "http://judge.example.com/v1"}, "Use https"),
        ({"url": "https://judge.example.com/v1?key=1"}, "Leave out the part after ?"),
        ({"key": "two words"}, "A key is plain letters"),
        ({"price_in": "-1"}, "greater than or equal to 0"),
        ({"currency": "euro"}, "Three capitals"),
        ({"model": ""}, "This field is required"),
    ],
)
def test_an_endpoint_that_cannot_be_made_says_why(admin, changes, complaint):
    page = admin.post(ENDPOINTS, GIVEN | changes)

    assert page.status_code == 422
    assert complaint in page.text
    assert "sk-hush" not in page.text
    assert not JudgeEndpoint.objects.exists()


def test_other_terms_keep_the_key_that_is_there(admin, world):
    endpoint = make_endpoint(world)

    admin.post(reverse("judge_endpoint", args=["shop", endpoint.pk]), GIVEN | {"key": "", "price_in": "9"})

    changed = JudgeEndpoint.objects.get()
    assert (changed.price_in, changed.sealed_key) == (Decimal(9), endpoint.sealed_key)
    assert changed.name == "house-judge"


def test_an_endpoint_is_switched_off_and_on(admin, world):
    endpoint = make_endpoint(world)
    states = []
    for to in ("off", "on"):
        admin.post(reverse("judge_endpoint_switches", args=["shop", endpoint.pk]), {"to": to})
        endpoint.refresh_from_db()
        states.append(endpoint.off_at is not None)

    assert states == [True, False]


def test_an_owner_sees_endpoints_and_makes_none(owner, world):
    endpoint = make_endpoint(world)

    page = owner.get(ENDPOINTS)

    assert "house-judge" in page.text
    assert "Make the endpoint" not in page.text
    assert owner.post(ENDPOINTS, GIVEN).status_code == 404
    assert owner.get(reverse("judge_endpoint", args=["shop", endpoint.pk])).status_code == 404


def test_an_estimate_comes_before_anything_is_asked(owner, world):
    world.ingest(chat_row("r-1", judge_verdicts=[]), chat_row("r-2", judge_verdicts=[]))
    endpoint = make_endpoint(world)

    before = owner.get(address(world))
    page = owner.post(address(world), asked_for(endpoint, budget="0.001"))

    assert "Start the batch" not in before.text
    assert "8, about 2 items" in page.text
    assert "Too small for all of it" in page.text
    assert "Start the batch" in page.text
    assert not JudgeBatch.objects.exists()


def test_a_batch_is_started_and_shows_how_far_it_is(owner, world):
    world.ingest(chat_row("r-1", judge_verdicts=[]))
    endpoint = make_endpoint(world)

    answer = owner.post(address(world), asked_for(endpoint, step="start"))
    batch = JudgeBatch.objects.get()
    run(world, batch, answers("<script>alert(1)</script>"), says("yes"), fails("refused", status=400))
    page = owner.get(answer.url)
    fragment = owner.get(answer.url, headers={"HX-Request": "true"})

    assert "of 4 calls" in page.text
    assert "hx-trigger" in page.text
    assert "not with a label of the question" in page.text
    assert "<script>alert" not in page.text
    assert "<html" not in fragment.text
    assert "of 4 calls" in fragment.text


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"criteria": []}, "Choose at least one question"),
        ({"criteria": ["nonsense"]}, "Select a valid choice"),
        ({"n_items": "100000"}, "less than or equal to"),
        ({"part": "everything"}, "Select a valid choice"),
        ({"budget": "much"}, "Enter a number"),
        ({"which": "final"}, "There is no such item"),
    ],
)
def test_a_batch_that_cannot_be_started_says_why(owner, world, changes, complaint):
    world.ingest(chat_row(judge_verdicts=[]))

    page = owner.post(address(world), asked_for(make_endpoint(world), step="start", **changes))

    assert page.status_code == 422
    assert complaint in page.text
    assert not JudgeBatch.objects.exists()


def test_the_same_judge_started_twice_says_so(owner, world, batch):
    again = asked_for(batch.endpoint, step="start")

    first, second = owner.post(address(world), again), owner.post(address(world), again)

    assert first.status_code == 422
    assert "is running" in second.text


def test_a_batch_is_cancelled_and_a_stopped_one_goes_on(owner, world, batch):
    page = reverse("judge_batch", args=["shop", batch.pk])
    run(world, batch, fails("barred", status=401))
    stopped = owner.get(page)
    refused = owner.post(page + "continuations/", {"budget": "0"})
    owner.post(page + "continuations/", {"budget": "2"})
    batch.refresh_from_db()
    state = batch.state
    owner.post(page + "cancellations/")
    batch.refresh_from_db()

    assert "The endpoint refuses us" in stopped.text
    assert "It said no." in stopped.text
    assert refused.status_code == 422
    assert (state, batch.state) == (JudgeBatch.State.RUNNING, JudgeBatch.State.CANCELLED)
    assert "Go on" not in owner.get(page).text


def test_without_the_library_the_pages_say_what_to_install(owner, world, monkeypatch):
    monkeypatch.setattr("labeling.gateways.judges.NEEDED", ("no_such_library",))
    world.ingest(chat_row(judge_verdicts=[]))
    endpoint = make_endpoint(world)

    page = owner.post(address(world), asked_for(endpoint, step="start"))

    assert "extra <code>judge</code>" in page.text
    assert not JudgeCall.objects.exists()


def test_a_project_without_endpoint_says_who_makes_one(owner, world):
    assert "An admin says where a judge is asked" in owner.get(BATCHES).text


def test_the_list_takes_as_many_queries_for_one_batch_as_for_three(owner, world, batch):
    with CaptureQueriesContext(connection) as one:
        owner.get(BATCHES)
    for heat in (0.3, 0.5):
        make_batch(world, batch.endpoint, temperature=heat)
    with CaptureQueriesContext(connection) as three:
        owner.get(BATCHES)

    assert len(three) == len(one)


@pytest.mark.parametrize("who", ["ana", None])
def test_nobody_else_sees_or_starts_anything(client, world, batch, who):
    if who:
        client.force_login(getattr(world, who))
    page = reverse("judge_batch", args=["shop", batch.pk])
    statuses = {client.get(one).status_code for one in (ENDPOINTS, BATCHES, page)}
    statuses |= {client.post(page + one).status_code for one in ("cancellations/", "continuations/")}

    batch.refresh_from_db()
    assert statuses == ({404} if who else {302})
    assert batch.state == JudgeBatch.State.RUNNING


def test_what_changes_something_is_never_a_link(owner, admin, batch):
    page = reverse("judge_batch", args=["shop", batch.pk])
    switches = reverse("judge_endpoint_switches", args=["shop", batch.endpoint_id])

    assert {owner.get(one).status_code for one in (page + "cancellations/", page + "continuations/", switches)} == {405}
