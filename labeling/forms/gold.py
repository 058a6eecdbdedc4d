"""The known answer of an item: one field a criterion, the verdict, and the explanation that teaches it."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms

from labeling.policy.errors import Invalid
from labeling.policy.finality import NOT_APPLICABLE
from labeling.policy.rubrics import Question

FINAL_VERDICTS = (("approve", "Approve"), ("revise", "Revise"), ("reject", "Reject"))


def answer_field(question: Question) -> forms.ChoiceField:
    choices = [(option.value, option.label) for option in question.options]
    if question.allows_na:
        choices.append((NOT_APPLICABLE, "Not applicable"))
    return forms.ChoiceField(
        label=question.question, help_text=question.hint, choices=choices, required=question.is_required
    )


class AnswersForm(forms.Form):
    """A form with a field `answer-<key>` for every criterion of a version, and `verdict` where it asks for one."""

    def __init__(self, *args: Any, questions: Sequence[Question], asks_verdict: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.questions = questions
        for question in questions:
            self.fields[f"answer-{question.key}"] = answer_field(question)
        if asks_verdict:
            self.fields["verdict"] = forms.ChoiceField(
                label="Verdict", choices=FINAL_VERDICTS, error_messages={"required": "Choose a verdict."}
            )

    def answers(self) -> dict[str, str]:
        """The given answers by criterion, *not applicable* spelled as such; a question left out is not in it."""
        given = {question.key: self.cleaned_data[f"answer-{question.key}"] for question in self.questions}
        return {key: value for key, value in given.items() if value}

    def verdict(self) -> str:
        return self.cleaned_data.get("verdict", "")

    def show_refusal(self, error: Invalid) -> None:
        """Put what the service refused beside the question it is about."""
        complaints: Mapping[str, str] = error.complaints
        for name, text in complaints.items():
            place = next((field for field in (f"answer-{name}", name) if field in self.fields), None)
            self.add_error(place, text)


class GoldCaseForm(AnswersForm):
    explanation = forms.CharField(
        label="Explanation",
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Why this is the answer. It is what reviewers learn from when they are shown the reference.",
        error_messages={"required": "Explain the answer; reviewers learn from it."},
    )
