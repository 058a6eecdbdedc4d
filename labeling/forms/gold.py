"""The known answer of an item: one field a criterion, the verdict, and the explanation that teaches it."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms

from labeling.forms.asked_when import condition_in_words
from labeling.models import FinalLabel, GoldCase, RubricVersion
from labeling.policy.errors import Invalid
from labeling.policy.rubrics import NOT_APPLICABLE, Bounds, Option, Question
from labeling.queries.labels import FINAL_VERDICTS
from labeling.queries.rubrics import answers_of


class AnswersForm(forms.Form):
    """A form with a field `answer-<key>` for every question an item asks, and `verdict` where its rubric asks for one.

    Radio buttons, since a list would start with its first point chosen, and nobody has chosen it.
    """

    def __init__(self, *args: Any, questions: Sequence[Question], asks_verdict: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Nobody rules on words: they are read, and never compared.
        self.questions = [question for question in questions if question.is_compared]
        asked = {f"answer-{question.key}": self.answer_field(question) for question in self.questions}
        if asks_verdict:
            asked["verdict"] = forms.ChoiceField(
                label="Verdict",
                choices=FINAL_VERDICTS,
                widget=forms.RadioSelect,
                error_messages={"required": "Choose a verdict."},
            )
        # The questions first, then what the form itself adds: an explanation follows from the answers.
        self.fields = asked | self.fields

    def answer_field(self, question: Question) -> forms.Field:
        # Whether a question with a condition is asked, the other answers say, and then the service asks for it.
        is_required = question.is_required and question.asked_when is None
        named = {
            "label": name_of(question),
            "help_text": self.help_for(question),
            "required": is_required,
            "error_messages": {"required": "Answer this question."},
        }
        if question.scale == "interval":
            return forms.CharField(**named, widget=forms.TextInput(attrs={"inputmode": "decimal"}), max_length=40)
        choices = [(option.value, self.words_of(option)) for option in question.options]
        if question.allows_na:
            choices.append((NOT_APPLICABLE, "Not applicable"))
        if not is_required:
            choices.append(("", "No answer"))
        return forms.ChoiceField(**named, choices=choices, widget=forms.RadioSelect)

    def help_for(self, question: Question) -> str:
        """What the rubric says to it, when it is asked, and what a number may be."""
        bounds = question.bounds if question.scale == "interval" else None
        said = (question.hint, condition_in_words(question, self.questions), bounds_in_words(bounds) if bounds else "")
        return ". ".join(one.rstrip(".") for one in said if one)

    @staticmethod
    def words_of(option: Option) -> str:
        return option.label

    def answers(self) -> dict[str, str]:
        """The given answers by criterion, *not applicable* spelled as such; a question left out is not in it."""
        given = {question.key: self.cleaned_data[f"answer-{question.key}"] for question in self.questions}
        return {key: value for key, value in given.items() if value}

    def verdict(self) -> str:
        return self.cleaned_data.get("verdict", "")

    def show_complaints(self, error: Invalid) -> None:
        """Put what the service refused beside the question it is about."""
        complaints: Mapping[str, str] = error.complaints
        boxes = {question.group: question.key for question in reversed(self.questions) if question.group}
        for name, text in complaints.items():
            fields = (f"answer-{name}", f"answer-{boxes.get(name, name)}", name)
            place = next((field for field in fields if field in self.fields), None)
            self.add_error(place, text)


def bounds_in_words(bounds: Bounds) -> str:
    steps = f", in steps of {bounds.step}" if bounds.step else ""
    return f"From {bounds.low} to {bounds.high}{steps}"


def name_of(question: Question) -> str:
    """The question, with the part of the output that it asks of."""
    return f"{question.question} · {question.part.words}" if question.part else question.question


class GoldCaseForm(AnswersForm):
    """The known answer, each point with its anchor: whoever sets a reference should read what it says."""

    explanation = forms.CharField(
        label="Explanation",
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Why this is the answer. It is what reviewers learn from when they are shown the reference.",
        error_messages={"required": "Explain the answer; reviewers learn from it."},
    )

    use = forms.ChoiceField(
        label="What it is for",
        choices=GoldCase.Use.choices,
        initial=GoldCase.Use.LIVE,
        help_text="Among the live items it measures people unseen. Training shows them the answer afterwards; a screen "
        "decides whether they may draw from a queue. One case has one use.",
    )

    @staticmethod
    def words_of(option: Option) -> str:
        return f"{option.label}: {option.anchor}" if option.anchor else option.label

    @staticmethod
    def initial_from(label: FinalLabel) -> dict[str, str]:
        """What people settled, as the fields of this form; whoever makes the case reads it through and says why."""
        answers = {f"answer-{key}": value for key, value in answers_of(label).items()}
        reason = label.adjudication.reason if hasattr(label, "adjudication") else ""
        return {**answers, "verdict": label.verdict, "explanation": reason}


class RetirementForm(forms.Form):
    """Why a case is handed out no more. That it was met by enough people the clock says, and nobody else."""

    because = forms.ChoiceField(
        label="Why",
        choices=[choice for choice in GoldCase.Retirement.choices if choice[0] != GoldCase.Retirement.ROTATED],
        initial=GoldCase.Retirement.BY_HAND,
    )


class GoldImportForm(forms.Form):
    """A file of gold cases, and the rubric whose questions they answer."""

    rubric = forms.ChoiceField(label="Rubric")
    file = forms.FileField(
        label="File",
        max_length=255,
        widget=forms.ClearableFileInput(attrs={"accept": ".jsonl,.ndjson"}),
        help_text="JSON lines, at most 900 kB: an item as it is imported, and its gold: verdict, answers, explanation "
        "and use. Larger files by manage.py import_gold.",
        error_messages={"required": "Choose a file.", "empty": "This file is empty; choose another."},
    )

    def __init__(self, *args: Any, versions: Sequence[RubricVersion], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.versions = {str(version.pk): version for version in versions}
        self.fields["rubric"].choices = [
            (key, f"{version.rubric.name} v{version.number}") for key, version in self.versions.items()
        ]

    def version(self) -> RubricVersion:
        return self.versions[self.cleaned_data["rubric"]]
