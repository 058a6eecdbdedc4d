"""A judge's life on its pages: examined, cleared, suspended, and a change before it comes."""

import pytest
from django.urls import reverse

from labeling.models import ChosenMap, Clearance, JudgeVersion, SealedOpening
from labeling.services.validations import examine_judge
from tests.services.judging import NEXT, examined_by, says, validate
from tests.services.test_chosen_maps import boasting, run_of
from tests.services.test_judge_life import send, shop  # noqa: F401
from tests.world import JUDGE, chat_row


def url_of(world, name, version):
    return reverse(name, args=[world.project.slug, version.pk])


def words_of(page):
    return " ".join(page.content.decode().split())


@pytest.fixture
def version(shop):  # noqa: F811
    return examined_by(shop, NEXT, prefix="s")


def press(client, world, name, version, **given):
    given = {"reason": "It agrees with people."} | given
    return client.post(url_of(world, name, version), given, follow=True)


def test_an_owner_examines_a_changed_judge_once_and_clears_it(owner, world, version):
    before = words_of(owner.get(url_of(world, "judge", version)))
    opened = press(owner, world, "judge_openings", version, rubric_version=world.rubric.pk)
    examine_judge(SealedOpening.objects.get().pk, clock=lambda: world.now)
    again = press(owner, world, "judge_openings", version, rubric_version=world.rubric.pk)
    after = press(owner, world, "judge_clearances", version)

    assert "House-judge changed (model judge-model-2) and has not been validated." in before
    assert "Not yet. A quarter of the items is sealed" in before
    assert "Being computed" in words_of(opened)
    assert "The sealed part was opened for this judge already. It opens once" in words_of(again)
    assert "Eligible, which is not switched on." in words_of(again)
    assert "The part was opened 1 time for this judge" in words_of(again)
    assert "Cleared by olga" in words_of(after)


def test_a_suspension_and_its_end_are_read_with_their_reasons(owner, world, version):
    validate(world, version)
    press(owner, world, "judge_clearances", version)
    press(owner, world, "judge_suspensions", version, reason="It passes refunds.")
    suspended = words_of(owner.get(url_of(world, "judge", version)))
    page = words_of(press(owner, world, "judge_liftings", version, reason="The prompt was cut off."))
    withdrawn = words_of(press(owner, world, "judge_withdrawals", version, reason="A month is over."))

    assert "is suspended: It passes refunds." in suspended
    assert "Suspension lifted by olga. The prompt was cut off." in page
    assert "was withdrawn" in withdrawn


@pytest.mark.parametrize(
    "name", ["judge_openings", "judge_clearances", "judge_withdrawals", "judge_suspensions", "judge_liftings"]
)
def test_a_switch_asks_a_reason_takes_only_a_post_and_is_for_who_manages(client, world, version, name):
    url = url_of(world, name, version)

    assert client.post(url).status_code == 302
    client.force_login(world.ana)
    assert client.post(url, {"reason": "Please."}).status_code == 404
    client.force_login(world.olga)
    assert client.get(url).status_code == 405
    page = client.post(url, {"rubric_version": world.rubric.pk})
    assert (page.status_code, "Nothing was changed yet." in words_of(page)) == (422, True)
    assert not SealedOpening.objects.exists()


def test_clearing_without_a_validation_is_refused(owner, world, version):
    assert press(owner, world, "judge_clearances", version).status_code == 409
    assert not Clearance.objects.exists()


def test_the_registry_lists_versions_under_their_name_with_what_they_may_do(owner, world, version):
    page = words_of(owner.get(reverse("judges", args=[world.project.slug])))

    assert "In shadow: ships nothing" in page
    assert "Not cleared" in page
    assert page.count("A change is coming") == 1
    assert "The sealed part was opened 0 times" in page


def test_a_change_is_shown_in_hours_before_it_comes_and_registered(owner, shop):  # noqa: F811
    for number in range(12):
        send(shop, f"r-{number}", JUDGE)
    url = reverse("new_judge", args=[shop.project.slug])

    page = words_of(owner.get(url, {"name": "house-judge"}))
    given = {"name": "house-judge", "model": "m9", "family": "cedar", "prompt_hash": "p2", "parameters": '{"t": 0}'}
    registered = owner.post(url, given, follow=True)
    again = owner.post(url, given)
    wrong = owner.post(url, given | {"parameters": "[1]"})
    unstorable = [
        owner.post(url, given | {"parameters": one}).status_code
        for one in ('{"t": NaN}', '{"t": "\\ud800"}', '{"t": "\\u0000"}', '{"t": 1, "t": 2}')
    ]

    assert "hours a day</strong> of people, until the next version is validated and cleared" in page
    assert "200 labelled items" in page
    assert "Its verdicts decide nothing until it is cleared." in words_of(registered)
    assert JudgeVersion.objects.get(model="m9").parameters == {"t": 0}
    assert (again.status_code, wrong.status_code) == (409, 422)
    assert unstorable == [422] * 4


def test_the_version_that_was_registered_is_the_one_that_speaks(owner, shop):  # noqa: F811
    judge = JUDGE | {"model": "m9", "parameters": {"t": 0}}
    given = {"name": "house-judge", "model": "m9", "family": "cedar", "prompt_hash": "p1", "parameters": '{"t": 0}'}
    owner.post(reverse("new_judge", args=[shop.project.slug]), given)

    assert send(shop, "r-1", judge)[1] == {"judge_not_cleared"}
    assert JudgeVersion.objects.filter(model="m9").count() == 1


def test_what_a_version_in_shadow_would_have_decided_is_shown_with_its_counts(owner, shop):  # noqa: F811
    for number in range(6):
        shop.ingest(chat_row(f"b-{number}", judge_verdicts=[*says(JUDGE), *says(NEXT, "yes" if number else "no")]))
    for number in range(3):
        send(shop, f"n-{number}", NEXT)
    version = JudgeVersion.objects.get(model=NEXT["model"])

    page = words_of(owner.get(url_of(shop, "judge_shadow", version)))

    assert "of 6 answers on the same items" in page
    assert '<strong class="number">0.83</strong>' in page
    assert "Shipped, it would have sent to people" in page


def test_the_judge_page_takes_the_same_queries_however_often_it_was_switched(
    owner, world, version, django_assert_max_num_queries
):
    validate(world, version)
    for _ in range(3):
        press(owner, world, "judge_suspensions", version)
        press(owner, world, "judge_liftings", version)

    with django_assert_max_num_queries(40):
        assert owner.get(url_of(world, "judge", version)).status_code == 200


def test_an_owner_composes_an_ensemble_of_different_families(owner, world):
    for name in ("oak", "elm"):
        judge = {**JUDGE, "name": name, "family": name}
        world.ingest(chat_row(f"r-{name}", judge_verdicts=says(judge)))
    url = reverse("new_ensemble", args=[world.project.slug])
    ids = list(JudgeVersion.objects.values_list("pk", flat=True))

    empty = owner.post(url, {"name": "panel"})
    alone = owner.post(url, {"name": "panel", "members": ids[:1]})
    made = owner.post(url, {"name": "panel", "members": ids}, follow=True)

    assert (empty.status_code, alone.status_code) == (422, 422)
    assert "an odd number has fewer ties" in words_of(alone)
    assert "speaks of every item that all its members judge" in words_of(made)
    assert JudgeVersion.objects.get(name="panel").members.count() == 2


# --- its confidence map -----------------------------------------------------------------------------------------


@pytest.fixture
def boaster(world):
    version = boasting(world)
    run_of(world, version)
    return version


def choose(client, world, version, **given):
    run = version.calibration_runs.latest("id")
    return press(client, world, "judge_maps", version, **{"fitted": f"{run.pk} platt correct", **given})


def test_an_owner_puts_a_map_to_use_reads_since_when_and_takes_it_out_again(owner, world, boaster):
    before = words_of(owner.get(url_of(world, "judge", boaster)))
    chosen = choose(owner, world, boaster, reason="It boasts.")
    row = ChosenMap.objects.get()
    url = reverse("judge_map_withdrawals", args=[world.project.slug, boaster.pk, row.pk])
    asked = owner.post(url, {"reason": ""})
    after = words_of(owner.post(url, {"reason": "We asked it to be modest."}, follow=True))

    assert "Routing takes this confidence as it is; no map is in use." in before
    assert "Routing reads this confidence through a map" in words_of(chosen)
    assert "by olga: It boasts." in words_of(chosen)
    assert asked.status_code == 422
    assert "no map is in use" in after
    assert "until olga: We asked it to be modest." in after


def test_a_map_asks_a_reason_and_one_that_is_offered_takes_only_a_post_and_is_for_who_manages(client, world, boaster):
    url = url_of(world, "judge_maps", boaster)

    assert client.post(url).status_code == 302
    client.force_login(world.ana)
    assert client.post(url, {"reason": "Please."}).status_code == 404
    client.force_login(world.olga)
    assert client.get(url).status_code == 405
    assert choose(client, world, boaster, reason="").status_code == 422
    assert choose(client, world, boaster, fitted="1 platt nothing").status_code == 422
    assert client.post(f"{url}999/withdrawals/", {"reason": "Please."}).status_code == 404
    assert not ChosenMap.objects.exists()
