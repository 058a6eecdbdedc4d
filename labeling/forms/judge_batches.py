"""Running a judge: an endpoint with its terms, what to ask of which items, and how much it may cost."""

from collections.abc import Iterable, Sequence
from typing import Any

from django import forms

from labeling.models import JudgeEndpoint, RubricVersion
from labeling.policy.destinations import LONGEST_URL
from labeling.policy.judge_calls import EndpointTerms
from labeling.policy.rubrics import Question
from labeling.policy.splits import AUDIT, DEVELOPMENT, SEALED
from labeling.queries.judge_plans import MOST_ITEMS, WHICH, Choice

LONGEST_KEY = 500
HIGHEST_PRICE = 100_000
MOST_TOKENS = 32_000
MOST_AT_ONCE = 16


class TermsForm(forms.Form):
    """What of an endpoint may be changed later: none of it makes another judge but the longest answer."""

    key = forms.CharField(
        label="API key",
        max_length=LONGEST_KEY,
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text="Stored sealed and never shown again. Leave it empty where the endpoint asks for none.",
    )
    price_in = forms.DecimalField(
        label="Price of a million tokens in", min_value=0, max_value=HIGHEST_PRICE, decimal_places=6, initial=0
    )
    price_out = forms.DecimalField(
        label="Price of a million tokens out", min_value=0, max_value=HIGHEST_PRICE, decimal_places=6, initial=0
    )
    currency = forms.RegexField(
        r"^[A-Z]{3}$", label="Currency", initial="USD", error_messages={"invalid": "Three capitals, like USD or EUR."}
    )
    timeout_seconds = forms.IntegerField(label="Wait for an answer, in seconds", min_value=1, max_value=600, initial=60)
    max_output_tokens = forms.IntegerField(
        label="Longest answer, in tokens",
        min_value=16,
        max_value=MOST_TOKENS,
        initial=600,
        help_text="Models that think before they answer need more. Another length is another judge.",
    )
    limit_name = forms.ChoiceField(label="That limit is called", choices=JudgeEndpoint.LimitName.choices)
    most_at_once = forms.IntegerField(label="Calls at once", min_value=1, max_value=MOST_AT_ONCE, initial=2)

    def clean_key(self) -> str:
        key = str(self.cleaned_data["key"]).strip()
        if not key.isascii() or not key.isprintable() or " " in key:
            raise forms.ValidationError("A key is plain letters, digits and signs, without spaces.")
        return key

    def terms(self) -> EndpointTerms:
        given = self.cleaned_data
        return EndpointTerms(**{name: given[name] for name in EndpointTerms.__dataclass_fields__})


class EndpointForm(TermsForm):
    """What stays as it is: another address or model is another judge."""

    name = forms.CharField(label="Name", max_length=80, help_text="The judge’s name in reports.")
    url = forms.CharField(
        label="Address",
        max_length=LONGEST_URL - 40,
        widget=forms.URLInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text="What comes before /chat/completions, such as https://api.example.com/v1. It has to be public; "
        "what items say is sent there.",
    )
    model = forms.CharField(label="Model", max_length=120, help_text="As the endpoint calls it.")
    family = forms.CharField(
        label="Family",
        max_length=120,
        required=False,
        help_text="Who made the model. Reports warn of a judge that judges its own family.",
    )
    field_order = ["name", "url", "model", "family"]


class BatchForm(forms.Form):
    """A judge, questions of one rubric version, items, repeats and a budget."""

    endpoint = forms.ChoiceField(label="Endpoint")
    criteria = forms.MultipleChoiceField(
        label="Questions",
        widget=forms.CheckboxSelectMultiple,
        help_text="Each is a call of its own.",
        error_messages={"required": "Choose at least one question."},
    )
    which = forms.ChoiceField(label="Items", choices=[(name, words.capitalize()) for name, words in WHICH.items()])
    part = forms.ChoiceField(
        label="Part",
        required=False,
        choices=[
            ("", "All"),
            (DEVELOPMENT, "Development: may teach a judge"),
            (SEALED, "Sealed: examines it once"),
            (AUDIT, "Audit: watches it in use"),
        ],
        help_text="Of the split that keeps what teaches a judge apart from what examines it.",
    )
    n_items = forms.IntegerField(label="At most so many", min_value=1, max_value=MOST_ITEMS, initial=100)
    n_repeats = forms.IntegerField(
        label="Repeats",
        min_value=1,
        max_value=20,
        initial=1,
        help_text="Three or more say how far it agrees with itself.",
    )
    in_both_orders = forms.BooleanField(
        label="Ask pairs in both orders",
        required=False,
        initial=True,
        help_text="Half of all verdicts on a pair may be of its order alone.",
    )
    temperature = forms.FloatField(
        label="Temperature",
        min_value=0,
        max_value=2,
        required=False,
        initial=0,
        help_text="Empty: as the model has it.",
    )
    seed = forms.IntegerField(label="Seed", min_value=0, max_value=2**31 - 1, required=False)
    budget = forms.DecimalField(
        label="Budget",
        min_value=0,
        max_value=HIGHEST_PRICE,
        decimal_places=4,
        initial=1,
        help_text="It stops before a call that might pass it, and counts a call without an answer as the dearest.",
    )

    def __init__(
        self,
        given: Any,
        *,
        endpoints: Iterable[JudgeEndpoint],
        version: RubricVersion,
        questions: Sequence[Question],
        initial: Any = None,
    ):
        super().__init__(given, initial={"criteria": [one.key for one in questions], **(initial or {})})
        self.version, self.endpoints = version, {str(one.pk): one for one in endpoints}
        self.fields["endpoint"].choices = [(key, f"{one.name} ({one.model})") for key, one in self.endpoints.items()]
        self.fields["criteria"].choices = [(one.key, one.question) for one in questions]

    def choice(self) -> Choice:
        given = self.cleaned_data
        return Choice(
            endpoint=self.endpoints[given["endpoint"]],
            version=self.version,
            criteria=tuple(given["criteria"]),
            which=given["which"],
            n_items=given["n_items"],
            part=given["part"],
            in_both_orders=given["in_both_orders"],
            n_repeats=given["n_repeats"],
            temperature=given["temperature"],
            seed=given["seed"],
        )


class ContinuationForm(forms.Form):
    """Going on within a budget that may be another."""

    budget = forms.DecimalField(label="Budget in all", min_value=0, max_value=HIGHEST_PRICE, decimal_places=4)
