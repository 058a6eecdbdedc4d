"""Disputes: the items people disagree on, each settled by somebody who did not label it and cannot see who did."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from labeling.forms.adjudication import AdjudicationForm
from labeling.forms.gold import name_of
from labeling.forms.verdicts import HandOverForm
from labeling.models import FinalLabel, Project, QueueEntry, User
from labeling.policy.blinding import blind_item, canonical_choice, order_for
from labeling.policy.errors import Invalid, NotAllowed
from labeling.queries.access import (
    disputed_entry_in,
    managed_project_for,
    rater_of,
)
from labeling.queries.adjudication import (
    Dispute,
    DisputedQuestion,
    Voice,
    dispute_in,
    disputes_of,
    earlier_labels_of,
    splits_of,
)
from labeling.queries.consensus import Hint, hints_for
from labeling.queries.escalations import addressees_of
from labeling.queries.pages import page_of
from labeling.queries.ratings import VERDICT
from labeling.queries.rubrics import gap_shown_by
from labeling.queries.settling import BARS, refusal_to_settle
from labeling.queries.verdicts import people_to_escalate_to
from labeling.services.adjudication import adjudicate
from labeling.views.http import now, project_context, signed_in


@signed_in
@require_safe
def disputes(request: HttpRequest, slug: str) -> HttpResponse:
    project = managed_project_for(request.user, slug)
    read_at = now()
    page = page_of(disputes_of(project, request.user, now=read_at), request.GET.get("page"))
    entries = list(page.object_list)
    splits, addressees = splits_of(entries), addressees_of(entries)
    context = project_context(request, project, page_obj=page, read_at=read_at)
    context["rows"] = [
        {
            "entry": entry,
            "splits": splits[entry.pk],
            "bar": BARS.get(entry.bar, ""),
            "addressees": addressees[entry.pk],
            "is_for_me": any(one.is_for(request.user, context["roles"]) for one in addressees[entry.pk]),
        }
        for entry in entries
    ]
    return render(request, "labeling/adjudication/disputes.html", context)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def dispute(request: HttpRequest, slug: str, entry_id: int) -> HttpResponse:
    project = managed_project_for(request.user, slug)
    entry = dispute_to_settle(request.user, project, entry_id)
    order_shown = order_for_adjudicator(request.user, entry)
    voices = dispute_in(entry, order_shown=order_shown)
    form = ruling_form(voices, entry, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            save_adjudication(form, voices, entry=entry, adjudicator=request.user, order_shown=order_shown)
        except Invalid as error:
            form.show_complaints(error)
        else:
            return settled_answer(request, project, entry, has_gap=form.cleaned_data["has_guideline_gap"])
    return dispute_page(request, project, entry, form=form, voices=voices, order_shown=order_shown)


def dispute_to_settle(user: User, project: Project, entry_id: int) -> QueueEntry:
    """A disputed entry, for somebody who may settle it."""
    entry = disputed_entry_in(project, entry_id)
    refusal = refusal_to_settle(entry, user)
    if refusal:
        raise NotAllowed(refusal)
    return entry


def ruling_form(voices: Dispute, entry: QueueEntry, posted: Any = None) -> AdjudicationForm:
    return AdjudicationForm(
        posted,
        questions=[one.question for one in voices.questions],
        asks_verdict=entry.rubric_version.asks_verdict,
        letters=[proposal.letter for proposal in voices.proposals],
        initial=initial_of(voices, entry),
    )


def initial_of(voices: Dispute, entry: QueueEntry) -> dict[str, Any]:
    """What everybody agrees on is only confirmed; what they differ on is for the adjudicator to choose."""
    finding = voices.agreed_finding
    return {
        **{f"answer-{one.question.key}": one.agreed for one in voices.questions},
        "failure_kind": finding.kind,
        "failure_severity": finding.severity,
        "failure_cause": finding.cause,
        "failure_words": finding.words,
        "correction_from": voices.proposals[0].letter if len(voices.proposals) == 1 else "",
        "correction": entry.item.payload.texts[0] if len(entry.item.payload.texts) == 1 else "",
    }


def dispute_page(
    request: HttpRequest,
    project: Project,
    entry: QueueEntry,
    *,
    form: AdjudicationForm,
    voices: Dispute,
    order_shown: str,
    hand_over_form: HandOverForm | None = None,
) -> HttpResponse:
    payload = entry.item.payload
    hints = hints_for(entry, tuple(one.question for one in voices.questions), order_shown=order_shown)
    hand_over_form = hand_over_form or hand_over_form_for(request, project)
    context = project_context(
        request,
        project,
        entry=entry,
        form=form,
        shown=blind_item(entry.item.kind, payload.context, payload.texts).in_order(order_shown),
        voices=voices,
        questions=[
            question_row(one, form, hints.get(one.question.key), n_reviews=len(voices.verdicts))
            for one in voices.questions
            if one.question.is_compared
        ],
        words_given=[one for one in voices.questions if not one.question.is_compared and one.voices],
        verdict=verdict_row(voices, form, hints.get(VERDICT)) if entry.rubric_version.asks_verdict else None,
        escalations=[voice for voice in voices.verdicts if voice.value == "escalate"],
        addressees=addressees_of([entry])[entry.pk],
        earlier=earlier_labels_of(entry),
        hand_over_form=hand_over_form,
        read_at=now(),
    )
    status = 422 if form.errors or hand_over_form.errors else 200
    return render(request, "labeling/adjudication/dispute.html", context, status=status)


def hand_over_form_for(request: HttpRequest, project: Project, posted: Any = None) -> HandOverForm:
    return HandOverForm(posted, people=people_to_escalate_to(project, asking=request.user))


def settled_answer(request: HttpRequest, project: Project, entry: QueueEntry, *, has_gap: bool) -> HttpResponse:
    """On to the next dispute; whoever found a gap is led to it, with the case attached."""
    if not has_gap:
        messages.success(request, "Settled. The item has its final label.")
        return redirect_to_next(request.user, project)
    gap = gap_shown_by(entry)
    messages.success(request, "Settled. The gap is open here, with this case attached.")
    page = reverse("rubric_version", args=[project.slug, gap.version_id])
    return redirect(f"{page}#gap-{gap.pk}")


def order_for_adjudicator(user: User, entry: QueueEntry) -> str:
    """The order of a pair for this person. In its stored order, side A would be the same model every time."""
    return order_for(
        entry.queue.seeding_secret,
        reviewer_id=rater_of(user, entry.queue.project).pk,
        item_id=entry.item_id,
        n_texts=len(entry.item.payload.texts),
    )


def save_adjudication(
    form: AdjudicationForm, voices: Dispute, *, entry: QueueEntry, adjudicator: User, order_shown: str
) -> FinalLabel:
    paired = {question.key for question in form.questions if question.scale == "pairwise"}
    answers = {
        key: canonical_choice(value, order_shown) if key in paired else value for key, value in form.answers().items()
    }
    given = form.cleaned_data
    return adjudicate(
        entry,
        adjudicator=adjudicator,
        verdict=form.verdict(),
        answers=answers,
        reason=given["reason"],
        error_category=given["error_category"],
        has_guideline_gap=given["has_guideline_gap"],
        gap_on=given["gap_on"],
        gap_statement=given["gap_statement"],
        finding=form.finding(),
        correction=form.corrected_text({one.letter: one.text for one in voices.proposals}),
        now=now(),
    )


def redirect_to_next(user: User, project: Project) -> HttpResponse:
    following = disputes_of(project, user, now=now()).filter(bar="").first()
    if following is None:
        return redirect("disputes", slug=project.slug)
    return redirect("dispute", slug=project.slug, entry_id=following.pk)


# --- what the page shows of each question ---------------------------------------------------------------------------


def question_row(
    one: DisputedQuestion, form: AdjudicationForm, hint: Hint | None, *, n_reviews: int
) -> dict[str, object]:
    """A question as radio buttons, each naming the raters who chose it."""
    bound = form[f"answer-{one.question.key}"]
    anchors = {option.value: option.anchor for option in one.question.options}
    return {
        "question": one.question,
        "name": name_of(one.question),
        "is_split": one.is_split,
        "state": state_of(one, n_reviews=n_reviews),
        "is_number": one.question.scale == "interval",
        "bound": bound,
        "options": number_options(bound, one)
        if one.question.scale == "interval"
        else options_of(bound, one.voices, anchors),
        "hint": hint if hint and hint.value in one.question.values else None,
        "words": [voice for voice in one.voices if voice.words],
    }


def verdict_row(voices: Dispute, form: AdjudicationForm, hint: Hint | None) -> dict[str, object]:
    bound = form["verdict"]
    return {
        "bound": bound,
        "is_split": len({voice.value for voice in voices.verdicts}) > 1,
        "options": options_of(bound, voices.verdicts, {}),
        "hint": hint if hint and hint.value in dict(bound.field.choices) else None,
        "words": [voice for voice in voices.verdicts if voice.words],
    }


def state_of(one: DisputedQuestion, *, n_reviews: int) -> str:
    """What is said of a question on which nobody differs."""
    if not one.voices:
        return "nobody was asked"
    return "all agree" if len(one.voices) == n_reviews else "nobody differs"


def number_options(bound, one: DisputedQuestion) -> list[dict[str, object]]:
    """The numbers that were given, each once: to be read beside the field that another one can be typed in."""
    return [
        {"value": value, "label": value, "letters": [voice.letter for voice in one.voices if voice.value == value]}
        for value in dict.fromkeys(voice.value for voice in one.voices)
    ]


def options_of(bound, voices: tuple[Voice, ...], anchors: dict[str, str]) -> list[dict[str, object]]:
    chosen = bound.value() or ""
    return [
        {
            "value": value,
            "label": label,
            "anchor": anchors.get(value, ""),
            "is_chosen": value == chosen,
            "letters": [voice.letter for voice in voices if voice.value == value],
        }
        for value, label in bound.field.choices
    ]
