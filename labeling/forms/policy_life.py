"""Why a policy version takes its next step, and for which share of the items."""

from decimal import Decimal

from django import forms


class PolicyReasonForm(forms.Form):
    reason = forms.CharField(
        label="Why", max_length=500, help_text="The history shows it, and the audit trail keeps it."
    )


class StagingForm(PolicyReasonForm):
    """The share of items that a staged version decides, in percent, and why."""

    share = forms.DecimalField(
        label="Percent of the items that it decides",
        min_value=Decimal("0.01"),
        max_value=Decimal("99.99"),
        decimal_places=2,
        help_text="A wider share later adds items and takes none away.",
    )

    field_order = ("share", "reason")

    def clean_share(self) -> float:
        # Divided as decimals: 29 / 100 as floats is 0.28999999999999998.
        return float(self.cleaned_data["share"] / 100)


class ApprovalForm(forms.Form):
    """Which definition was read; it is approved only while it is still that one."""

    definition_hash = forms.CharField(max_length=64, widget=forms.HiddenInput)


class SecondAdminForm(forms.Form):
    is_needed = forms.TypedChoiceField(choices=[("yes", "yes"), ("no", "no")], coerce=lambda given: given == "yes")
