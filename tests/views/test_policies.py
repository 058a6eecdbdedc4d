"""The form of the next policy: previewed, kept as a draft, published."""

import json

import pytest
from django.urls import reverse

from labeling.forms.routing import RULES_EXAMPLE, PolicyForm, field_of, initial_of
from labeling.models import RoutingPolicy
from labeling.policy.policies import DEFAULT_DEFINITION
from labeling.services.projects import create_project
from tests.world import chat_row

HTMX = {"HX-Request": "true"}
SAMPLED = {"cold_start_mode": "sampled", "cold_start_reason": "A pilot with a person behind it."}


def form_url(world, number=None):
    return reverse("new_policy", args=[world.project.slug]) + (f"?from={number}" if number else "")


def policy_url(world, number=1):
    return reverse("policy", args=[world.project.slug, number])


def filled(**changes):
    return {**initial_of(DEFAULT_DEFINITION), "reason": "Traffic doubled.", **changes}


def versions(world):
    return dict(RoutingPolicy.objects.filter(project=world.project).values_list("number", "state"))


@pytest.fixture
def bare_project(world):
    return create_project(slug="bare", name="Bare", creator=world.ada, now=world.now)


@pytest.fixture
def never_audited(monkeypatch):
    monkeypatch.setattr("labeling.services.ingest.sampling_u", lambda *arguments, **names: 0.5)


# --- publishing ---------------------------------------------------------------------------------------------------


def test_admin_publishes_a_version(admin, world):
    answer = admin.post(form_url(world), filled(audit_percent="3.5", medium_review_percent="29"), follow=True)

    live = RoutingPolicy.objects.get(project=world.project, state="live")
    assert live.number == 2
    assert live.author == world.ada
    assert live.definition["audit_share"] == 0.035
    assert live.definition["tiers"]["medium"]["review_share"] == 0.29
    assert "Version 2 is live." in answer.content.decode()


def test_form_begins_with_the_live_version_and_changes_nothing_by_itself(admin, world):
    live = RoutingPolicy.objects.get(project=world.project)

    form = admin.get(form_url(world)).context["form"]
    resent = PolicyForm({**form.initial, "reason": "Same again."})

    assert resent.is_valid(), resent.errors
    assert resent.definition() == live.definition


def test_form_can_begin_with_an_earlier_version(admin, world):
    world.publish("More audit.", audit_share=0.5)

    form = admin.get(form_url(world) + "?from=1").context["form"]

    assert form.initial["audit_percent"] == "2"


def test_first_policy_says_that_what_waited_is_routed(admin, world, bare_project):
    from labeling.services.ingest import ingest_rows

    ingest_rows(bare_project, [(1, chat_row("r-1"))], door="api", batch=None, now=world.now)

    page = admin.post(reverse("new_policy", args=["bare"]), filled(), follow=True).content.decode()

    assert "1 item that came in before it is being routed in the background" in page


def test_publishing_without_a_reason_is_refused(admin, world):
    answer = admin.post(form_url(world), filled(reason=" "))

    assert answer.status_code == 422
    assert RoutingPolicy.objects.filter(project=world.project).count() == 1


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        (
            {"rules": '[{"name": "x", "when": {"op": ">", "value": 1}, "review_share": 1}]'},
            "rules",
            "rules[0].when.field",
        ),
        ({"rules": "[{]"}, "rules", "not JSON"),
        ({"rules": '{"name": "x"}'}, "rules", "Write a JSON list"),
        ({"rules": '[{"name": "\\u0000"}]'}, "rules", "rules[0].name: this holds a NUL"),
        ({"checks": '[{"name": "x", "kind": "magic", "on_failure": "review"}]'}, "checks", "checks[0].kind"),
        ({"audit_percent": "0.5"}, "audit_percent", "at least 1%"),
        ({"cold_start_mode": "sampled"}, "cold_start_reason", "needs a reason"),
        ({"high_minutes": "0"}, "high_minutes", "above 0"),
        ({"low_overlap": "21"}, "low_overlap", "less than or equal to 20"),
        ({"medium_review_percent": "101"}, "medium_review_percent", "less than or equal to 100"),
        ({"confidence_cut": "NaN"}, "confidence_cut", "Enter a number"),
        ({"judge_labels": ""}, "judge_labels", "at least one passing label"),
        ({"judge_criterion": ""}, "judge_criterion", "write a text"),
    ],
)
def test_complaint_stands_at_the_field_it_is_about(admin, world, changes, field, words):
    answer = admin.post(form_url(world), filled(**changes))

    assert answer.status_code == 422
    assert words in " ".join(answer.context["form"].errors[field])
    assert RoutingPolicy.objects.filter(project=world.project).count() == 1


def test_loosening_a_locked_rule_is_refused_at_the_rules(admin, world):
    world.publish("Locked.", rules=json.loads(RULES_EXAMPLE))

    answer = admin.post(form_url(world), filled(rules=""))

    assert answer.status_code == 422
    assert "large refunds" in " ".join(answer.context["form"].errors["rules"])


def test_every_place_that_a_policy_complains_about_has_a_field(db):
    form = PolicyForm()
    places = [
        "confidence.signal",
        "requires",
        "tiers.high.review_share",
        "tiers.low.overlap",
        "cold_start.mode",
        "judge_passes.labels",
        "rules[3].when.all[1].op",
        "checks[0].strings",
        "reason",
    ]

    assert all(field_of(place) in form.fields for place in places)
    assert field_of("policy") is None


# --- previewing ---------------------------------------------------------------------------------------------------


def test_preview_says_who_changes_sides_and_what_it_costs(admin, world, never_audited):
    world.ingest(chat_row("r-1"), chat_row("r-2", stakes="high"))

    answer = admin.post(form_url(world), filled(**SAMPLED, action="preview", reason=""))

    page = answer.content.decode()
    assert answer.status_code == 200
    assert answer.context["whatif"].n_moved == 1
    for words in (
        "items change sides",
        "1</span> reviewed now, shipped then",
        "r-1",
        "People at 8 hours",
        "minutes a review) ÷ 60",
    ):
        assert words in page
    assert "no labelled item would ship" in page.lower()
    assert versions(world) == {1: "live"}


def test_previewed_page_keeps_what_was_filled_in(admin, world):
    page = admin.post(form_url(world), filled(action="preview", audit_percent="7.25")).content.decode()

    assert 'value="7.25"' in page


def test_preview_by_script_is_the_panel_alone(admin, world):
    world.ingest(chat_row("r-1"))

    page = admin.post(form_url(world), filled(action="preview"), headers=HTMX).content.decode()

    assert "People at 8 hours" in page
    assert "<html" not in page
    assert "<form" not in page


def test_preview_of_what_cannot_be_understood_says_what_to_mend(admin, world):
    answer = admin.post(form_url(world), filled(action="preview", audit_percent="0.5"), headers=HTMX)

    assert answer.status_code == 422
    assert "at least 1%" in answer.content.decode()


def test_refused_publication_does_not_call_a_missing_reason_a_lack_of_numbers(admin, world):
    page = admin.post(form_url(world), filled(action="publish", reason="")).content.decode()

    assert "Mend first" not in page
    assert "Preview decides 6,000 items drawn at random anew" in page


def test_preview_without_items_says_so(admin, world):
    page = admin.post(form_url(world), filled(action="preview"), headers=HTMX).content.decode()

    assert "No items yet" in page


def test_preview_before_a_first_policy_compares_with_nothing(admin, world, bare_project):
    from labeling.services.ingest import ingest_rows

    ingest_rows(bare_project, [(1, chat_row("r-1"))], door="api", batch=None, now=world.now)

    page = admin.post(reverse("new_policy", args=["bare"]), filled(action="preview"), headers=HTMX).content.decode()

    assert "No policy is live, so nothing changes sides" in page


def test_preview_warns_that_a_locked_rule_would_be_loosened(admin, world):
    world.publish("Locked.", rules=json.loads(RULES_EXAMPLE))
    world.ingest(chat_row("r-1"))

    page = admin.post(form_url(world), filled(action="preview", rules=""), headers=HTMX).content.decode()

    assert "Cannot be published: it drops or loosens locked rules (large refunds)." in page


def test_hostile_names_of_items_are_shown_as_text(admin, world, never_audited):
    world.ingest(chat_row("<script>alert(1)</script>"))

    page = admin.post(form_url(world), filled(**SAMPLED, action="preview"), headers=HTMX).content.decode()

    assert "&lt;script&gt;" in page
    assert "<script>" not in page


def test_what_would_be_late_is_asked_for_once_nobody_drags(admin, world):
    world.ingest(chat_row("r-1", stakes="high"))

    first = admin.post(form_url(world), filled(action="preview"), headers=HTMX).content.decode()
    second = admin.post(form_url(world), filled(action="due"), headers=HTMX).content.decode()

    assert "is being simulated" in first
    assert "High stakes, 4 h" in second
    assert "taken to review from 9 to 17 on weekdays" in second
    assert "<html" not in second
    assert "People at 8 hours" not in second


def test_without_a_script_the_preview_says_at_once_what_would_be_late(admin, world):
    world.ingest(chat_row("r-1", stakes="high"))

    page = admin.post(form_url(world), filled(action="preview")).content.decode()

    assert "High stakes, 4 h" in page
    assert "is being simulated" not in page


def test_what_would_be_late_of_a_policy_that_cannot_be_understood_says_what_to_mend(admin, world):
    answer = admin.post(form_url(world), filled(action="due", audit_percent="0.5"), headers=HTMX)

    assert answer.status_code == 422
    assert "at least 1%" in answer.content.decode()


def test_cut_has_a_slider_beside_its_number(admin, world):
    page = admin.get(form_url(world)).content.decode()

    assert 'data-slider="0.01"' in page
    assert "sliders.js" in page


@pytest.mark.parametrize("n_items", [2, 30])
def test_preview_takes_the_same_queries_however_many_items(
    admin, world, n_items, never_audited, django_assert_num_queries
):
    world.ingest(*(chat_row(f"r-{number}") for number in range(n_items)))

    with django_assert_num_queries(26):
        admin.post(form_url(world), filled(**SAMPLED, action="preview"), headers=HTMX)


# --- drafts -------------------------------------------------------------------------------------------------------


def test_draft_is_kept_without_a_reason_and_routes_nothing(admin, world):
    page = admin.post(form_url(world), filled(action="draft", reason="", audit_percent="9"), follow=True)

    assert versions(world) == {1: "live", 2: "draft"}
    assert page.context["form"].initial["audit_percent"] == "9"
    assert "Draft of version 2 saved. It routes nothing until you publish it." in page.content.decode()


def test_draft_that_cannot_be_understood_is_not_kept(admin, world):
    answer = admin.post(form_url(world), filled(action="draft", audit_percent="0"))

    assert answer.status_code == 422
    assert versions(world) == {1: "live"}


def test_draft_is_saved_again_in_its_place(admin, world):
    admin.post(form_url(world), filled(action="draft", reason="Half a thought."))

    form = admin.get(form_url(world, 2)).context["form"]
    admin.post(form_url(world, 2), filled(action="draft", reason="A whole thought.", audit_percent="9"))

    assert form.initial["reason"] == "Half a thought."
    draft = RoutingPolicy.objects.get(project=world.project, number=2)
    assert (draft.state, draft.reason, draft.definition["audit_share"]) == ("draft", "A whole thought.", 0.09)


def test_history_lists_drafts_with_their_author(admin, world):
    admin.post(form_url(world), filled(action="draft", reason="Half a thought."))

    page = admin.get(reverse("routing", args=[world.project.slug])).content.decode()

    for words in ("Version 2", "Draft", "Half a thought.", "saved"):
        assert words in page


def test_draft_shows_what_it_would_change_of_the_live_version(admin, world):
    admin.post(form_url(world), filled(action="draft"))
    world.publish("Meanwhile.", audit_share=0.5)

    page = admin.get(policy_url(world, 2))

    assert page.context["previous"].number == 3
    assert "It routes nothing until somebody publishes it" in page.content.decode()


def test_published_draft_keeps_its_number(admin, world):
    admin.post(form_url(world), filled(action="draft", reason=""))
    admin.post(form_url(world, 2), filled(action="publish", reason="Ready now."))

    assert versions(world) == {1: "retired", 2: "live"}
    assert RoutingPolicy.objects.get(project=world.project, number=2).reason == "Ready now."


def test_draft_published_after_a_later_number_follows_it_in_the_history(admin, world, clock):
    admin.post(form_url(world), filled(action="draft"))
    clock.shift(60)
    world.publish("Meanwhile.", audit_share=0.5)
    clock.shift(60)
    admin.post(form_url(world, 2), filled(action="publish"))

    page = admin.get(policy_url(world, 2))
    history = admin.get(reverse("routing", args=[world.project.slug])).context["history"]

    assert page.context["previous"].number == 3
    assert [version.number for version in history] == [2, 3, 1]


def test_publishing_a_draft_needs_a_reason(admin, world):
    admin.post(form_url(world), filled(action="draft", reason=""))

    answer = admin.post(form_url(world, 2), filled(action="publish", reason=""))

    assert answer.status_code == 422
    assert versions(world) == {1: "live", 2: "draft"}


def test_drafting_and_publishing_stand_in_the_audit_trail(admin, world):
    admin.post(form_url(world), filled(action="draft"))
    admin.post(form_url(world, 2), filled(action="publish"))

    page = admin.get(reverse("audit", args=[world.project.slug])).content.decode()

    assert "Draft of a routing policy saved" in page
    assert "Routing policy published" in page
