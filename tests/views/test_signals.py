"""The signals page: what each signal is worth, in words first."""

import pytest
from django.urls import reverse

from tests.services.certifying import label_audit_items


@pytest.fixture
def url(world):
    return reverse("signals", args=[world.project.slug])


def words_of(page):
    return " ".join(page.content.decode().split())


def test_owner_reads_what_a_signal_is_worth(owner, world, url):
    label_audit_items(world, sure=[False] * 2, doubtful=[True])

    page = words_of(owner.get(url))

    assert "Not enough yet: 3 of about 50 labelled outputs." in page
    assert "The live policy ships by it." in page
    assert "AUC 1.00" in page
    assert "Judge run several times" in page


def test_inverted_is_said_in_words(owner, world, url, monkeypatch):
    monkeypatch.setattr("labeling.policy.signal_standing.LEAST_ITEMS", 8)
    label_audit_items(world, sure=[True] * 6, doubtful=[False] * 6 + [True])

    assert "Inverted: the surer it is, the more often the output is bad" in words_of(owner.get(url))


def test_project_without_outputs_has_its_signal_with_nothing_to_say(owner, world, url):
    assert "Not enough yet: 0 of about 50" in words_of(owner.get(url))


def test_page_is_for_who_manages_and_is_only_read(client, world, url):
    assert client.get(url).status_code == 302
    client.force_login(world.ana)
    assert client.get(url).status_code == 404
    client.force_login(world.olga)
    assert client.post(url).status_code == 405
