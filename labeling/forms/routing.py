"""The form of a routing policy: numbers as people say them (percent), rules and checks as JSON."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.forms.utils import ErrorDict

from labeling.formats.fields import RowError, refuse_unstorable
from labeling.formats.jsonl import decode_json
from labeling.forms.rule_builder import Written, rules_defined, rules_posted, rules_written
from labeling.models import ThresholdCertificate
from labeling.policy.errors import Invalid
from labeling.policy.policies import LONGEST_OWNER, TIERS
from labeling.queries.routing import text_of_parts

# Which field shows a complaint about a part of the definition, by the longest place that fits.
FIELD_OF_PLACE = {
    "confidence": "confidence_signal",
    "confidence.signal": "confidence_signal",
    "confidence.cut": "confidence_cut",
    "requires": "required_signals",
    "judge_passes": "judge_labels",
    "judge_passes.criterion": "judge_criterion",
    "judge_passes.labels": "judge_labels",
    "audit_share": "audit_percent",
    "cold_start": "cold_start_mode",
    "cold_start.mode": "cold_start_mode",
    "cold_start.reason": "cold_start_reason",
    "rules": "rules",
    "checks": "checks",
    "reason": "reason",
    **{f"tiers.{tier}": f"{tier}_review_percent" for tier in TIERS},
    **{f"tiers.{tier}.review_share": f"{tier}_review_percent" for tier in TIERS},
    **{
        f"tiers.{tier}.{name}": f"{tier}_{name}"
        for tier in TIERS
        for name in ("minutes", "due_hours", "overlap", "consequence_owner")
    },
}
MOST = 999_999
IN_FIELDS, IN_JSON = "fields", "json"
COLD_STARTS = [
    ("review_all", "Everything is reviewed until a signal has proved itself"),
    ("sampled", "Sampled already, on a signal that has not proved itself"),
    ("proved", "Sampled, since labels show that the signal ranks errors"),
]
RULES_EXAMPLE = """[
  {
    "name": "large refunds",
    "when": {"field": "action.amount", "op": ">", "value": 500},
    "review_share": 1,
    "reason": "named_decision",
    "locked": true
  }
]"""
CHECKS_EXAMPLE = """[
  {"name": "names its source", "kind": "names_its_source", "on_failure": "review"},
  {"name": "no promises", "kind": "forbidden_strings", "strings": ["guaranteed"], "on_failure": "review"},
  {"name": "not empty", "kind": "length", "least": 1, "on_failure": "bounce"}
]"""


class PolicyForm(forms.Form):
    """A whole routing definition and the reason for it. What the parts mean is for `publish_policy` to judge."""

    confidence_signal = forms.CharField(label="Confidence signal", max_length=80)
    confidence_cut = forms.DecimalField(
        label="Review when it is below",
        min_value=0,
        max_value=1,
        help_text="0.90 itself is not below 0.90.",
        widget=forms.NumberInput(attrs={"data-slider": "0.01"}),
    )
    required_signals = forms.CharField(
        label="Signals an item must have",
        required=False,
        max_length=1000,
        help_text="Names with commas between. An item without them is held, then a person decides.",
    )
    judge_criterion = forms.CharField(label="Judge's criterion", required=False, max_length=40)
    judge_labels = forms.CharField(
        label="Labels that pass",
        required=False,
        max_length=1000,
        help_text="With commas between. Leave both empty to route without the judge's label.",
    )
    audit_percent = forms.DecimalField(
        label="Audited of what would ship, percent",
        min_value=0,
        max_value=100,
        help_text="A random slice. At least 1 percent: below that it says next to nothing about what escapes.",
    )
    cold_start_mode = forms.ChoiceField(label="Cold start", choices=COLD_STARTS, widget=forms.RadioSelect)
    cold_start_reason = forms.CharField(
        label="Why sampling may begin already",
        required=False,
        max_length=500,
        help_text="Needed for sampling: it ships on a signal that nobody has compared with labels yet.",
    )
    rules = forms.CharField(
        label="Rules", required=False, widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false", "class": "code"})
    )
    checks = forms.CharField(
        label="Checks", required=False, widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false", "class": "code"})
    )
    reason = forms.CharField(
        label="Reason for the change",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Needed to publish. The history shows it, and the audit trail keeps it.",
    )

    def __init__(self, *arguments, needs_reason: bool = True, **options):
        super().__init__(*arguments, **options)
        self.rule_complaints: dict[str, str] = {}
        self.fields["reason"].required = needs_reason
        for tier in TIERS:
            self.fields[f"{tier}_review_percent"] = forms.DecimalField(
                label="Reviewed, percent", min_value=0, max_value=100
            )
            self.fields[f"{tier}_minutes"] = forms.DecimalField(label="Minutes a review", min_value=0, max_value=MOST)
            self.fields[f"{tier}_due_hours"] = forms.DecimalField(
                label="Due within, hours", min_value=0, max_value=MOST
            )
            self.fields[f"{tier}_overlap"] = forms.IntegerField(label="Reviewers an item", min_value=1, max_value=20)
            self.fields[f"{tier}_consequence_owner"] = forms.CharField(
                label="Who answers for what goes wrong",
                required=False,
                max_length=LONGEST_OWNER,
                help_text="A person or a role. Needed at high stakes." if tier == "high" else "",
            )
        for field in self.fields.values():
            if isinstance(field, forms.DecimalField):
                field.widget.attrs["step"] = "any"

    @property
    def tiers(self) -> list[tuple[str, list[forms.BoundField]]]:
        names = ("review_percent", "minutes", "due_hours", "overlap", "consequence_owner")
        return [(tier, [self[f"{tier}_{name}"] for name in names]) for tier in TIERS]

    @property
    def has_rule_fields(self) -> bool:
        """Whether rules are written in fields; a form that was posted without saying so holds JSON."""
        return not self.is_bound or self.data.get("rules_as") == IN_FIELDS

    @property
    def rules_written(self) -> list[Written]:
        """The rules as the builder's fields show them."""
        if self.is_bound and self.has_rule_fields:
            return rules_posted(self.data)
        try:
            return rules_written(json_list(self["rules"].value() or "", "rules"))
        except (LookupError, TypeError, AttributeError) as error:
            raise forms.ValidationError("These rules cannot be laid out in fields; mend them as JSON.") from error

    def clean_rules(self) -> list[Any]:
        if self.has_rule_fields:
            return rules_defined(rules_posted(self.data))
        return json_list(self.cleaned_data["rules"], "rules")

    def clean_checks(self) -> list[Any]:
        return json_list(self.cleaned_data["checks"], "checks")

    def definition(self) -> dict[str, Any]:
        """The definition that the valid form says, in the shape that `parse_policy` reads."""
        given = self.cleaned_data
        definition = {
            "confidence": {"signal": given["confidence_signal"], "cut": float(given["confidence_cut"])},
            "requires": listed_names(given["required_signals"]),
            "tiers": {tier: tier_of(given, tier) for tier in TIERS},
            "audit_share": share_of_percent(given["audit_percent"]),
            "cold_start": {"mode": given["cold_start_mode"], "reason": given["cold_start_reason"]},
            "checks": given["checks"],
            "rules": given["rules"],
        }
        if given["judge_criterion"] or given["judge_labels"]:
            definition["judge_passes"] = {
                "criterion": given["judge_criterion"],
                "labels": listed_names(given["judge_labels"]),
            }
        return definition

    def show_complaints(self, error: Invalid) -> None:
        """Put each complaint at the field of the part it is about, with the place inside that part."""
        for place, message in error.complaints.items():
            field = field_of(place)
            if field == "rules" and self.has_rule_fields:
                self.rule_complaints[place] = message
            says_place = field in ("rules", "checks") and place != field
            self.add_error(field, f"{place}: {message}" if says_place or field is None else message)


class AsWritten(PolicyForm):
    """What was written so far, which nobody judges yet."""

    def full_clean(self) -> None:
        self._errors = ErrorDict()
        self.cleaned_data = {}


class RollbackForm(forms.Form):
    """Why the routing goes back to an earlier version."""

    # Shorter than a policy's reason, in which "Rolled back to version N" stands before it.
    reason = forms.CharField(
        label="Why go back",
        max_length=440,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="The history shows it, and the audit trail keeps it.",
    )

    def show_complaints(self, error: Invalid) -> None:
        """What stands against the old definition concerns no field of this form."""
        for place, message in error.complaints.items():
            self.add_error("reason" if place == "reason" else None, message)


def field_of(place: str) -> str | None:
    while place:
        if place in FIELD_OF_PLACE:
            return FIELD_OF_PLACE[place]
        place = place[: max(place.rfind("."), place.rfind("["), 0)]
    return None


def initial_of(definition: Mapping[str, Any]) -> dict[str, Any]:
    """What the form begins with, from a definition that was published or the default one."""
    judge = definition.get("judge_passes") or {"criterion": "", "labels": []}
    initial = {
        "confidence_signal": definition["confidence"]["signal"],
        "confidence_cut": plain(definition["confidence"]["cut"]),
        "required_signals": ", ".join(definition["requires"]),
        "judge_criterion": judge["criterion"],
        "judge_labels": ", ".join(judge["labels"]),
        "audit_percent": percent_of_share(definition["audit_share"]),
        "cold_start_mode": definition["cold_start"]["mode"],
        "cold_start_reason": definition["cold_start"].get("reason", ""),
        "rules": text_of_parts(definition["rules"]),
        "checks": text_of_parts(definition["checks"]),
    }
    for tier, parts in definition["tiers"].items():
        initial[f"{tier}_review_percent"] = percent_of_share(parts["review_share"])
        initial[f"{tier}_minutes"] = plain(parts["minutes"])
        initial[f"{tier}_due_hours"] = plain(parts["due_hours"])
        initial[f"{tier}_overlap"] = parts.get("overlap", 1)
        initial[f"{tier}_consequence_owner"] = parts.get("consequence_owner", "")
    return initial


def initial_of_promise(certificate: ThresholdCertificate) -> dict[str, Any]:
    """What a certificate changes in the form. Nothing certified is always everything to people."""
    search = certificate.search
    if certificate.threshold is None:
        return {
            "cold_start_mode": "review_all",
            "cold_start_reason": "",
            "reason": f"Look {search.number} at {search.signal} certified no threshold: everything goes to people.",
        }
    promised = f"at most {100 * search.target:g} % bad with {100 * search.confidence:g} % confidence"
    return {
        "confidence_signal": search.signal,
        "confidence_cut": repr(certificate.threshold),
        "cold_start_mode": "sampled",
        "cold_start_reason": f"Certified by look {search.number} at {search.signal}: {promised}.",
        "reason": f"Threshold certified by look {search.number} at {search.signal}.",
    }


def tier_of(given: Mapping[str, Any], tier: str) -> dict[str, Any]:
    owner = given[f"{tier}_consequence_owner"].strip()
    return {
        "review_share": share_of_percent(given[f"{tier}_review_percent"]),
        "minutes": number_of(given[f"{tier}_minutes"]),
        "due_hours": number_of(given[f"{tier}_due_hours"]),
        "overlap": given[f"{tier}_overlap"],
        **({"consequence_owner": owner} if owner else {}),
    }


def json_list(text: str, name: str) -> list[Any]:
    """A textarea's JSON list; empty means none. Strict: two equal keys or NaN are refused, not guessed at."""
    if not text.strip():
        return []
    try:
        parts = decode_json(text)
        refuse_unstorable(parts)
    except RowError as error:
        place = f"{name}{error.field}: this" if error.field else "This"
        raise forms.ValidationError(f"{place} {error.message}") from error
    if not isinstance(parts, list):
        raise forms.ValidationError("Write a JSON list, in [ and ].")
    return parts


def listed_names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def share_of_percent(percent: Decimal) -> float:
    # Divided as decimals: 29 / 100 as floats is 0.28999999999999998.
    return float(percent / 100)


def percent_of_share(share: float) -> str:
    return plain(Decimal(str(share)) * 100)


def number_of(number: Decimal) -> int | float:
    """A whole number stays whole, so that 4 and 4.0 are no difference between two versions."""
    return int(number) if number == number.to_integral_value() else float(number)


def plain(number: Any) -> str:
    """A number as people write it: 90 and 0.5, neither 9E+1 nor 0.500."""
    text = f"{Decimal(str(number)):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
