"""A queue: whom it serves with what, and how it hands out; when it is made, and when it changes."""

from collections.abc import Iterable
from typing import Any

from django import forms

from labeling.forms.duties import reason_field
from labeling.forms.projects import AddressedForm
from labeling.models import Queue, Rubric
from labeling.policy.revealing import MOST_REVEALED
from labeling.services.rounds import MOST_ITEMS

KIND_NAMES = {
    "chat_reply": "Chat replies",
    "rag_answer": "Sourced answers",
    "pending_action": "Pending actions",
    "summary": "Summaries",
    "extraction": "Extractions",
    "classification": "Classifications",
    "trajectory": "Agent runs",
    "code_diff": "Code changes",
    "plan": "Plans",
    "marketing_copy": "Marketing copy",
    "pairwise": "Pairs",
}


class HandingOutForm(forms.Form):
    """What can be said of a queue when it is made, and be changed later."""

    name = forms.CharField(
        label="Name", max_length=80, help_text="Reviewers read it, so it must not say why an item is here."
    )
    overlap = forms.IntegerField(
        label="Reviews an item", min_value=1, max_value=20, initial=1, help_text="How many people judge each item."
    )
    doubled_percent = forms.FloatField(
        label="Doubled, in percent",
        min_value=0,
        max_value=100,
        initial=20,
        help_text="Of the items with one review, a random share gets two: agreement is measured there.",
    )
    gold_percent = forms.FloatField(
        label="Gold, in percent",
        min_value=0,
        max_value=100,
        initial=10,
        help_text="Share of turns with a known answer, at positions that nobody can predict.",
    )
    daily_cap = forms.IntegerField(
        label="Daily cap", min_value=1, max_value=10_000, initial=120, help_text="Items a reviewer and day."
    )
    most_open = forms.IntegerField(
        label="Open at once",
        min_value=1,
        max_value=100,
        initial=5,
        help_text="Items one person may hold, in all queues together, and still draw here.",
    )
    lease_minutes = forms.IntegerField(
        label="Lease, in minutes",
        min_value=1,
        max_value=24 * 60,
        initial=15,
        help_text="Without a sign of life for this long, a turn goes to somebody else. The draft stays.",
    )
    breaks_ties = forms.BooleanField(
        label="A third reviewer breaks a tie of two",
        required=False,
        initial=True,
        help_text="Otherwise every disagreement goes straight to adjudication.",
    )

    def settings(self) -> dict[str, Any]:
        """The queue's own fields, in its units: shares from 0 to 1 and seconds."""
        given = self.cleaned_data
        return {
            "overlap": given["overlap"],
            "doubled_share": given["doubled_percent"] / 100,
            "gold_share": given["gold_percent"] / 100,
            "daily_cap": given["daily_cap"],
            "most_open": given["most_open"],
            "lease_seconds": given["lease_minutes"] * 60,
            "breaks_ties": given["breaks_ties"],
        }


class QueueForm(AddressedForm, HandingOutForm):
    slug = forms.SlugField(
        label="Address", max_length=50, required=False, help_text="Left empty, it is made of the name."
    )
    rubric = forms.TypedChoiceField(label="Rubric", coerce=int, help_text="Items get its version in use.")
    kinds = forms.MultipleChoiceField(
        label="Kinds of output",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="None ticked: whatever no other queue names.",
    )

    def __init__(self, *args: Any, rubrics: Iterable[Rubric], kinds: Iterable[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["rubric"].choices = [(rubric.pk, rubric.name) for rubric in rubrics]
        every_kind = [*KIND_NAMES, *sorted(set(kinds) - set(KIND_NAMES))]
        self.fields["kinds"].choices = [(kind, KIND_NAMES.get(kind, kind)) for kind in every_kind]


class MeasuringForm(forms.Form):
    """How a queue measures its reviewers: what known answers have to show, repeats, and rounds by themselves."""

    required_percent = forms.FloatField(
        label="Required accuracy, in percent",
        min_value=1,
        max_value=99,
        required=False,
        help_text="Whoever is right on clearly fewer known answers is paused, looked at after 20, 30, … up to 100 of "
        "them; a new number also judges those given before. Left empty, answers are counted and nobody is paused by "
        "them, nor does a probation end by itself.",
    )
    most_exposures = forms.IntegerField(
        label="Most people a gold case",
        min_value=0,
        max_value=10_000,
        help_text="A case that so many people met is retired, before its answer gets around. 0: never.",
    )
    repeat_percent = forms.FloatField(
        label="Repeats, in percent",
        min_value=0,
        max_value=100,
        help_text="Share of turns on something the same reviewer labelled before, blind: how steady they are. 0: none.",
    )
    repeat_days = forms.IntegerField(
        label="Days before a repeat",
        min_value=1,
        max_value=3_650,
        help_text="Long enough that nobody remembers what they said.",
    )
    reveal_percent = forms.FloatField(
        label="Judge shown afterwards, in percent",
        min_value=0,
        max_value=100 * MOST_REVEALED,
        help_text="Of the submitted reviews, by chance, the reviewer may look at what the judge said and say whether "
        "they would answer otherwise. What they submitted stays what counts; it shows whether people lean on the judge "
        "where it is wrong. Whoever has looked never gets that item again. 0: never.",
    )
    round_days = forms.IntegerField(
        label="Days between calibration rounds",
        min_value=0,
        max_value=3_650,
        help_text="A round opens by itself so long after the last one. 0: only by hand.",
    )
    round_items = forms.IntegerField(
        label="Items a round",
        min_value=1,
        max_value=MOST_ITEMS,
        help_text="Of a round that opens by itself: finished items that none of its people met.",
    )

    def settings(self) -> dict[str, Any]:
        given = self.cleaned_data
        required = given["required_percent"]
        return {
            "required_accuracy": None if required is None else required / 100,
            "most_exposures": given["most_exposures"],
            "repeat_share": given["repeat_percent"] / 100,
            "repeat_days": given["repeat_days"],
            "reveal_share": given["reveal_percent"] / 100,
            "round_days": given["round_days"],
            "round_items": given["round_items"],
        }


def measuring_of(queue: Queue) -> dict[str, Any]:
    """What `MeasuringForm` shows of a queue, in its units."""
    required = queue.required_accuracy
    return {
        "required_percent": None if required is None else f"{required * 100:.6g}",
        "most_exposures": queue.most_exposures,
        "repeat_percent": f"{queue.repeat_share * 100:.6g}",
        "repeat_days": queue.repeat_days,
        "reveal_percent": f"{queue.reveal_share * 100:.6g}",
        "round_days": queue.round_days,
        "round_items": queue.round_items,
    }


class QueueChangeForm(MeasuringForm, HandingOutForm):
    is_open = forms.BooleanField(
        label="Open", required=False, help_text="Closed, it hands out nothing; what is held may still be submitted."
    )
    reason = reason_field()

    def __init__(self, *args: Any, queue: Queue, **options: Any) -> None:
        initial = {
            "name": queue.name,
            "overlap": queue.overlap,
            "doubled_percent": f"{queue.doubled_share * 100:.6g}",
            "gold_percent": f"{queue.gold_share * 100:.6g}",
            "daily_cap": queue.daily_cap,
            "most_open": queue.most_open,
            "lease_minutes": queue.lease_seconds // 60,
            "breaks_ties": queue.breaks_ties,
            "is_open": queue.is_open,
        }
        super().__init__(*args, initial=initial | measuring_of(queue), **options)
        self.fields["overlap"].help_text = "Of items that come in from now on; those that wait keep theirs."
        self.fields["doubled_percent"].help_text = "Of the items with one review that come in from now on."

    def settings(self) -> dict[str, Any]:
        given = self.cleaned_data
        handing_out, measuring = HandingOutForm.settings(self), MeasuringForm.settings(self)
        return handing_out | measuring | {"name": given["name"], "is_open": given["is_open"]}


class QualifyingForm(forms.Form):
    """Whether a queue asks for a qualification, and what it takes to earn one."""

    needs_qualification = forms.BooleanField(
        label="Only the qualified may draw",
        required=False,
        help_text="Earned by training and a screen, or granted by an owner or admin with a reason and a last day.",
    )
    n_training = forms.IntegerField(
        label="Training cases", min_value=0, max_value=200, help_text="The known answer and why, after each."
    )
    n_screen = forms.IntegerField(
        label="Screen cases", min_value=1, max_value=200, help_text="Nothing is shown until all are answered."
    )
    passing_percent = forms.FloatField(
        label="Right to pass, in percent",
        min_value=0,
        max_value=100,
        help_text="Exactly this share passes too. 16 of 20 right still leaves 58 to 92 % open.",
    )
    qualification_days = forms.IntegerField(
        label="Days it holds", min_value=1, max_value=3_650, help_text="Of what is earned from now on."
    )
    reason = reason_field()

    def __init__(self, *args: Any, queue: Queue, **options: Any) -> None:
        initial = {
            "needs_qualification": queue.needs_qualification,
            "n_training": queue.n_training,
            "n_screen": queue.n_screen,
            "passing_percent": f"{queue.screen_passing_share * 100:.6g}",
            "qualification_days": queue.qualification_days,
        }
        # Beside the queue's other settings, whose form has a reason too.
        super().__init__(*args, initial=initial, prefix="qualifying", **options)

    def settings(self) -> dict[str, Any]:
        given = self.cleaned_data
        return {
            "needs_qualification": given["needs_qualification"],
            "n_training": given["n_training"],
            "n_screen": given["n_screen"],
            "screen_passing_share": given["passing_percent"] / 100,
            "qualification_days": given["qualification_days"],
        }
