"""The capacity planner's form: numbers as people say them, read as exact decimals."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

from django import forms

from labeling.formats.plans import Plan, PlannedTier
from labeling.policy.policies import TIERS

MOST = 999_999_999
TIER_FIELDS = ("items", "review_percent", "minutes", "overlap", "gold_percent", "repeat_percent")


def number(label: str, *, most: int | str = MOST, least: int | str = 0, **options: Any) -> forms.DecimalField:
    widget = forms.NumberInput(attrs={"step": "any"})
    return forms.DecimalField(
        label=label, min_value=Decimal(least), max_value=Decimal(most), widget=widget, max_digits=18, **options
    )


class CapacityForm(forms.Form):
    """What comes in a day by tier, and how a reviewer's day goes."""

    productive_minutes = number("Productive minutes of a reviewer a day", least="0.01", most=1440)
    utilisation_percent = number(
        "Of them full, percent", least="0.01", most=100, help_text="At 100 a queue never empties."
    )
    shrinkage_percent = number(
        "Lost to leave, training and breaks, percent", most="99.99", help_text="Of what a reviewer's day has."
    )
    hourly_cost = number("What an hour costs", required=False)

    def __init__(self, *arguments: Any, **options: Any):
        super().__init__(*arguments, **options)
        for tier in TIERS:
            self.fields[f"{tier}_items"] = number("Items a day")
            self.fields[f"{tier}_review_percent"] = number("Reviewed, percent", most=100)
            self.fields[f"{tier}_minutes"] = number("Minutes a review")
            self.fields[f"{tier}_overlap"] = number("Reviewers an item", least="0.01", most=20)
            self.fields[f"{tier}_gold_percent"] = number("Gold, percent", most="99.99")
            self.fields[f"{tier}_repeat_percent"] = number("Repeats, percent", most="99.99")

    @property
    def tiers(self) -> list[tuple[str, list[forms.BoundField]]]:
        return [(tier, [self[f"{tier}_{name}"] for name in TIER_FIELDS]) for tier in TIERS]

    @property
    def general(self) -> list[forms.BoundField]:
        names = ("productive_minutes", "utilisation_percent", "shrinkage_percent", "hourly_cost")
        return [self[name] for name in names]

    def plan(self) -> Plan:
        """The plan that the valid form says, exactly."""
        given = self.cleaned_data
        return Plan(
            tuple(planned(given, tier) for tier in TIERS),
            Fraction(given["productive_minutes"]),
            share_in(given["utilisation_percent"]),
            share_in(given["shrinkage_percent"]),
        )


class HourlyCostForm(forms.Form):
    """What an hour of a reviewer costs in a project."""

    hourly_cost = forms.DecimalField(
        label="What an hour costs", min_value=0, max_digits=10, decimal_places=2, required=False
    )
    currency = forms.CharField(label="Currency", max_length=8, help_text="Stands before every amount, like $ or EUR.")


def planned(given: dict[str, Any], tier: str) -> PlannedTier:
    return (
        tier,
        Fraction(given[f"{tier}_items"]),
        share_in(given[f"{tier}_review_percent"]),
        Fraction(given[f"{tier}_minutes"]),
        Fraction(given[f"{tier}_overlap"]),
        share_in(given[f"{tier}_gold_percent"]),
        share_in(given[f"{tier}_repeat_percent"]),
    )


def share_in(percent: Decimal) -> Fraction:
    return Fraction(percent) / 100
