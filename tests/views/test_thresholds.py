"""The thresholds page: planning, the one look, three states in words, and the policy that begins with a certificate."""

import pytest
from django.urls import reverse

from labeling.models import ThresholdCertificate, ThresholdSearch
from tests.services.certifying import label_audit_items, look, plan

PLAN = {"signal": "judge_vote_share", "target": "50", "confidence": "90", "n_labels": "4"}


@pytest.fixture(autouse=True)
def few_scores_will_do(monkeypatch):
    monkeypatch.setattr("labeling.services.thresholds.LEAST_SCORES", 2)


def url_of(world, name="thresholds", *more):
    return reverse(name, args=[world.project.slug, *more])


def words_of(page):
    return " ".join(page.content.decode().split())


def test_admin_plans_looks_once_and_reads_what_is_promised(admin, world):
    label_audit_items(world, sure=[False] * 4)
    before = words_of(admin.get(url_of(world)))
    planned = words_of(admin.post(url_of(world), PLAN, follow=True))
    search = ThresholdSearch.objects.get()
    page = words_of(admin.post(url_of(world, "threshold_looks", search.pk), follow=True))

    assert "Nothing is certified" in before
    assert "All 4 labels are there. They are counted, and nobody has looked" in planned
    assert "Certified: of what ships at 1 of judge_vote_share or above, at most 50 % is bad, with 90 %" in page
    assert "A hand would type 1, the loosest whose sample error looks fine" in page
    assert "house-judge (judge-model)" in page
    assert search.grid_hash[:12] in page


def test_nothing_certifiable_says_so_and_offers_a_policy_that_reviews_everything(admin, world):
    label_audit_items(world, sure=[True, True, False, False])
    search = plan(world)
    look(world, search)

    page = words_of(admin.get(url_of(world)))
    form = words_of(admin.get(f"{url_of(world, 'new_policy')}?from=1&certificate={search.pk}"))

    assert "All to people: 2 of 4 labelled outputs at 1 or above were bad" in page
    assert "Begin a policy that sends everything to people" in page
    assert "certified no threshold: everything goes to people." in form


def test_policy_begins_with_the_certified_threshold_unrounded(admin, world):
    label_audit_items(world, sure=[], doubtful=[False] * 4)
    search = plan(world)
    certificate = look(world, search)

    page = admin.get(f"{url_of(world, 'new_policy')}?from=1&certificate={search.pk}")

    assert certificate.threshold == 2 / 3
    assert page.context["form"]["confidence_cut"].value() == repr(2 / 3)
    assert page.context["form"]["cold_start_mode"].value() == "sampled"


def test_inconclusive_says_how_many_more_labels(admin, world):
    label_audit_items(world, sure=[False] * 3)
    look(world, plan(world, n_labels=3))

    page = words_of(admin.get(url_of(world)))

    assert "Inconclusive, so nothing is promised: 0 of 3" in page
    assert "About 1 more label of outputs at 1 or above" in page


def test_routing_says_whether_the_live_cut_is_covered(admin, world):
    assert "No certificate: nothing is promised" in words_of(admin.get(url_of(world, "routing")))
    label_audit_items(world, sure=[], doubtful=[False] * 4)
    look(world, plan(world))

    assert "Certified down to 0.667" in words_of(admin.get(url_of(world, "routing")))
    assert "Certified down to 0.667" in words_of(admin.get(url_of(world, "policy", 1)))


def test_walk_comes_as_a_file(owner, world):
    label_audit_items(world, sure=[False] * 4)
    search = plan(world)

    assert owner.get(url_of(world, "threshold_walk", search.pk)).status_code == 404
    look(world, search)
    lines = owner.get(url_of(world, "threshold_walk", search.pk)).content.decode().splitlines()

    assert lines[0] == "threshold,n,n_wrong,share_shipped,error,upper_bound,p,is_walked"
    assert lines[1].startswith("1.0,4,0,1.0,0.0,")


def test_look_before_the_labels_are_there_is_refused(admin, world):
    label_audit_items(world, sure=[False] * 3)
    search = plan(world)

    page = words_of(admin.get(url_of(world)))
    refused = admin.post(url_of(world, "threshold_looks", search.pk))

    assert "Not enough yet: 3 of 4 usable labels." in page
    assert "Look once" not in page
    assert refused.status_code == 409
    assert not ThresholdCertificate.objects.exists()


@pytest.mark.parametrize("given", [{}, PLAN | {"n_labels": "0"}, PLAN | {"target": "0"}, PLAN | {"signal": "unheard"}])
def test_plan_that_says_too_little_is_refused_at_its_field(admin, world, given):
    label_audit_items(world, sure=[False] * 3)

    assert admin.post(url_of(world), given).status_code == 422
    assert not ThresholdSearch.objects.exists()


def test_owner_reads_and_neither_plans_nor_looks(owner, world):
    label_audit_items(world, sure=[False] * 4)
    search = plan(world)

    assert "Plan a look" not in words_of(owner.get(url_of(world)))
    assert owner.post(url_of(world), PLAN).status_code == 404
    assert owner.post(url_of(world, "threshold_looks", search.pk)).status_code == 404


def test_page_is_for_who_manages_and_a_look_takes_a_post(client, world):
    assert client.get(url_of(world)).status_code == 302
    client.force_login(world.ana)
    assert client.get(url_of(world)).status_code == 404
    client.force_login(world.ada)
    assert client.get(url_of(world, "threshold_looks", 1)).status_code == 405
    assert client.put(url_of(world)).status_code == 405
