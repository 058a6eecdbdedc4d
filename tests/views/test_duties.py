"""The page of one queue, its duties and qualifications, and who is away."""

from datetime import timedelta

import pytest
from django.urls import reverse

from labeling.models import Absence, Duty, Event, Membership, Qualification, Queue
from labeling.services.absences import enter_absence
from labeling.services.projects import create_project, create_user
from tests.views.desks import start, text_of
from tests.world import PASSWORD, chat_row

TODAY, NEXT_WEEK = "2026-11-02", "2026-11-09"


def queue_url(world, name="queue"):
    return reverse(name, args=["shop", world.queue.pk])


def settings_of(**changes):
    return {
        "name": "Replies",
        "overlap": "2",
        "doubled_percent": "0",
        "gold_percent": "7",
        "daily_cap": "60",
        "lease_minutes": "10",
        "most_open": "3",
        "is_open": "on",
        "required_percent": "85",
        "most_exposures": "30",
        "repeat_percent": "3",
        "reveal_percent": "0",
        "repeat_days": "14",
        "round_days": "30",
        "round_items": "20",
        "reason": "Fewer people this week.",
        **changes,
    }


def duties_form(world, *, duties=(), **changes):
    """`duties` are (person, role, place, cap)."""
    form = {"on_duty": "0", "rotation_days": "7", "rotation_starts_on": TODAY, "reason": "A rota.", **changes}
    for user, role, place, cap in duties:
        pk = world.rater(user).pk
        form |= {f"role-{pk}": role, f"place-{pk}": place, f"cap-{pk}": cap}
    return form


def qualify(client, world, user, **changes):
    form = {"reviewer": world.rater(user).pk, "last_day": NEXT_WEEK, "reason": "Trained.", **changes}
    return client.post(queue_url(world, "qualifications"), form, follow=True)


# --- a queue and its settings --------------------------------------------------------------------------------------


def test_a_queue_is_changed_on_its_page(admin, world):
    page = admin.post(queue_url(world), settings_of(), follow=True)

    queue = Queue.objects.get(pk=world.queue.pk)
    assert "Changed." in page.text
    assert (queue.name, queue.overlap, queue.gold_share, queue.daily_cap) == ("Replies", 2, 0.07, 60)
    assert (queue.lease_seconds, queue.breaks_ties, queue.is_open) == (600, False, True)


def test_how_a_queue_measures_its_reviewers_is_changed_with_a_reason(admin, world):
    changes = {"required_percent": "72.5", "most_exposures": "0", "repeat_percent": "5", "repeat_days": "21"}
    changes |= {"reveal_percent": "2.5"}

    admin.post(queue_url(world), settings_of(**changes, round_days="0", round_items="12"))

    queue = Queue.objects.get(pk=world.queue.pk)
    assert (queue.required_accuracy, queue.most_exposures, queue.reveal_share) == (0.725, 0, 0.025)
    assert (queue.repeat_share, queue.repeat_days) == (0.05, 21)
    assert (queue.round_days, queue.round_items) == (0, 12)
    event = Event.objects.get(kind="queue.changed")
    assert "required_accuracy: 0.85 → 0.725" in event.subject["changes"]
    assert event.subject["reason"] == "Fewer people this week."


def test_an_empty_required_accuracy_pauses_nobody(admin, world):
    admin.post(queue_url(world), settings_of(required_percent=""))

    assert Queue.objects.get(pk=world.queue.pk).required_accuracy is None
    assert admin.get(queue_url(world)).context["form"]["required_percent"].value() is None


@pytest.mark.parametrize(
    "changes",
    [
        {"required_percent": "0"},
        {"required_percent": "100"},
        {"most_exposures": ""},
        {"most_exposures": "-1"},
        {"repeat_percent": "101"},
        {"reveal_percent": "26"},
        {"repeat_days": "0"},
        {"round_days": "-1"},
        {"round_items": "0"},
        {"round_items": "201"},
    ],
)
def test_a_measure_that_means_nothing_is_refused(admin, world, changes):
    page = admin.post(queue_url(world), settings_of(**changes))

    assert page.status_code == 422
    assert list(page.context["form"].errors) == list(changes)
    assert not Event.objects.filter(kind="queue.changed").exists()


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"reason": ""}, "This field is required."),
        ({"overlap": "21"}, "less than or equal to 20"),
        ({"gold_percent": "nan"}, "Enter a number"),
        ({"name": ""}, "This field is required."),
    ],
)
def test_a_change_that_cannot_be_made_says_why(admin, world, changes, complaint):
    page = admin.post(queue_url(world), settings_of(**changes))

    assert page.status_code == 422
    assert complaint in page.text
    assert Queue.objects.get(pk=world.queue.pk).overlap == 1


def test_sending_the_form_as_it_stands_changes_nothing(admin, world):
    form = admin.get(queue_url(world)).context["form"]
    shown = {name: form[name].value() for name in form.fields}
    posted = {name: value for name, value in shown.items() if value is not False and value is not None}

    page = admin.post(queue_url(world), {**posted, "reason": "None."}, follow=True)

    assert "Nothing was changed" in page.text


def test_an_owner_reads_a_queue_and_does_not_change_it(client, world):
    client.force_login(world.olga)

    page = client.get(queue_url(world))

    assert "120 items a reviewer and day" in page.text
    assert "whoever is right on clearly fewer than 85 % is paused; a gold case is retired once 30 people" in page.text
    assert "3 % of the turns, no sooner than 14 days after" in page.text
    assert "every 30 days by themselves, of 20 items" in page.text
    assert "Change the queue" not in page.text
    assert client.post(queue_url(world), settings_of()).status_code == 403
    assert client.get(queue_url(world, "duties")).status_code == 404


# --- duties --------------------------------------------------------------------------------------------------------


def test_duties_are_set_in_the_order_of_their_places(admin, world):
    cleo_backs_ben = str(world.rater(world.ben).pk)
    wanted = [
        (world.ana, "regular", "2", ""),
        (world.ben, "regular", "1", "40"),
        (world.cleo, cleo_backs_ben, "", ""),
    ]

    page = admin.post(queue_url(world, "duties"), duties_form(world, duties=wanted, on_duty="1"), follow=True)

    rows = [(one.reviewer.name, one.stands_in_for_id, one.daily_cap) for one in Duty.objects.order_by("position")]
    assert rows == [("ben", None, 40), ("ana", None, None), ("cleo", world.rater(world.ben).pk, None)]
    text = text_of(page)
    assert "1 of the regulars is on duty at once" in text
    assert "backup of ben" in text
    assert "9 November 2026" in text


def test_an_empty_list_opens_the_queue_to_everybody(admin, world):
    admin.post(queue_url(world, "duties"), duties_form(world, duties=[(world.ana, "regular", "1", "")]))
    page = admin.post(queue_url(world, "duties"), duties_form(world), follow=True)

    assert not Duty.objects.exists()
    assert "every reviewer of the project may draw" in page.text


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"on_duty": "2"}, "There are 1 regulars"),
        ({"on_duty": "1", "rotation_starts_on": ""}, "Say from which day"),
        ({"rotation_days": "0"}, "greater than or equal to 1"),
        ({"reason": ""}, "This field is required."),
    ],
)
def test_duties_that_make_no_sense_say_why(admin, world, changes, complaint):
    form = duties_form(world, duties=[(world.ana, "regular", "1", "")], **changes)

    page = admin.post(queue_url(world, "duties"), form)

    assert page.status_code == 422
    assert complaint in page.text
    assert not Duty.objects.exists()


def test_whoever_is_not_on_duty_is_told_when_they_are(admin, client, world):
    world.ingest(chat_row("r-1"))
    wanted = [(world.ana, "regular", "1", ""), (world.ben, "regular", "2", "")]
    admin.post(queue_url(world, "duties"), duties_form(world, duties=wanted, on_duty="1"))
    client.force_login(world.ben)

    home, empty = client.get("/"), start(client, world.queue, follow=True)

    for page in (home, empty):
        assert "not on duty today" in page.text
        assert "9 November 2026" in page.text


# --- qualification ---------------------------------------------------------------------------------------------------


def test_an_owner_qualifies_a_reviewer_and_takes_it_back(client, world):
    world.set_queue(needs_qualification=True)
    client.force_login(world.olga)

    granted = qualify(client, world, world.ana)
    url = reverse("qualification_withdrawals", args=["shop", Qualification.objects.get().pk])
    asked = client.get(url)
    withdrawn = client.post(url, {"reason": "The rubric changed."}, follow=True)

    assert "ana is qualified for Support replies" in granted.text
    assert "Withdraw the qualification of ana" in asked.text
    assert "The rubric changed." in withdrawn.text
    assert client.post(url, {"reason": "Again."}).status_code == 409


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"last_day": "2026-11-01"}, "This day is over."),
        ({"last_day": "soon"}, "Enter a valid date"),
        ({"reason": ""}, "This field is required."),
        ({"reviewer": "999999"}, "Select a valid choice"),
    ],
)
def test_a_qualification_that_cannot_be_granted_says_why(admin, world, changes, complaint):
    page = qualify(admin, world, world.ana, **changes)

    assert page.status_code == 422
    assert complaint in page.text


def test_the_unqualified_are_told_whom_to_ask(client, world):
    world.ingest(chat_row("r-1"))
    world.set_queue(needs_qualification=True)
    client.force_login(world.ana)

    home, empty = client.get("/"), start(client, world.queue, follow=True)

    for page in (home, empty):
        assert "not qualified for this queue yet" in page.text
        assert "Ask ada or olga." in text_of(page)


def test_what_one_wrote_is_left_to_others_without_a_word_on_why(client, world):
    world.ingest(chat_row("r-1", author="ana"))
    client.force_login(world.ana)

    home, empty = client.get("/"), start(client, world.queue, follow=True)

    for page in (home, empty):
        assert "What is left here goes to others" in page.text


# --- days away -------------------------------------------------------------------------------------------------------


def test_a_reviewer_goes_away_and_comes_back_by_their_own_word(client, world):
    world.ingest(chat_row("r-1"))
    client.force_login(world.ana)
    url = reverse("my_absences")

    entered = client.post(url, {"first_day": TODAY, "last_day": NEXT_WEEK, "reason": "Rest."}, follow=True)
    home, empty = client.get("/"), start(client, world.queue, follow=True)
    cancelled = client.post(reverse("my_absence_cancellations", args=[Absence.objects.get().pk]), follow=True)
    back = start(client, world.queue, follow=True)

    assert "Nothing is handed to you on these days." in entered.text
    for page in (home, empty):
        assert "away until the end of 9 November 2026" in page.text
    assert "you can go on" in cancelled.text
    assert "My kettle arrived broken" in back.text


def test_an_admin_enters_and_ends_somebodys_absence(admin, world):
    form = {"reviewer": world.rater(world.ana).pk, "first_day": TODAY, "last_day": TODAY, "reason": ""}

    entered = admin.post("/p/shop/absences/", form, follow=True)
    cancelled = admin.post(reverse("absence_cancellations", args=["shop", Absence.objects.get().pk]), follow=True)

    assert "Nothing is handed to ana on these days." in entered.text
    assert "The absence is cancelled." in cancelled.text
    assert "Cancelled" in cancelled.text


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"last_day": "2026-11-01"}, "The last day comes before the first."),
        ({"first_day": "2026-10-01", "last_day": "2026-10-02"}, "These days are over."),
        ({"first_day": ""}, "This field is required."),
    ],
)
def test_days_that_make_no_sense_say_why(client, world, changes, complaint):
    client.force_login(world.ana)

    page = client.post(reverse("my_absences"), {"first_day": TODAY, "last_day": TODAY, **changes})

    assert page.status_code == 422
    assert complaint in page.text


def test_nobody_ends_somebody_elses_absence(client, world):
    day = world.now.date() + timedelta(days=1)
    (absence,) = enter_absence([world.rater(world.ana)], first_day=day, last_day=day, actor=world.ana, now=world.now)
    client.force_login(world.ben)

    own = client.post(reverse("my_absence_cancellations", args=[absence.pk]))
    as_admin = client.post(reverse("absence_cancellations", args=["shop", absence.pk]))

    assert (own.status_code, as_admin.status_code) == (404, 404)
    assert Absence.objects.get().cancelled_at is None


def test_whoever_reviews_nothing_has_no_days_to_enter(admin):
    assert "You review nothing here" in admin.get(reverse("my_absences")).text


# --- who may come in -------------------------------------------------------------------------------------------------


def test_these_pages_are_not_for_reviewers_nor_for_other_projects(client, world):
    eve = create_user(username="eve", password=PASSWORD, now=world.now)
    create_project(slug="other", name="Other", creator=eve, now=world.now)
    urls = [queue_url(world, name) for name in ("queue", "duties", "qualifications")] + ["/p/shop/absences/"]
    for user in (world.ana, eve):
        client.force_login(user)
        for url in urls:
            assert client.get(url).status_code == 404
            assert client.post(url, {}).status_code == 404
            assert client.get(url.replace("shop", "other")).status_code in (404, 200 if "absences" in url else 404)


def test_these_pages_ask_for_a_login(client, world):
    for url in [queue_url(world), queue_url(world, "duties"), reverse("my_absences"), "/p/shop/absences/"]:
        assert client.get(url).status_code == 302


def test_the_roster_costs_the_same_for_few_and_many(admin, world, django_assert_num_queries):
    def give(n):
        for number in range(Membership.objects.count(), Membership.objects.count() + n):
            user = create_user(username=f"reviewer-{number}", password=PASSWORD, now=world.now)
            world.join(user, Membership.Role.REVIEWER)
            Duty.objects.create(queue=world.queue, reviewer=world.rater(user), position=number)

    give(2)
    with django_assert_num_queries(11):
        admin.get(queue_url(world))
    give(4)

    with django_assert_num_queries(11):
        admin.get(queue_url(world))
