"""Who is told what: webhooks, when an alert opens, and where letters go."""

from django import forms

from labeling.models import Webhook
from labeling.policy.destinations import LONGEST_URL

LONGEST_DELAY_MINUTES = 7 * 24 * 60


class WebhookForm(forms.Form):
    name = forms.CharField(
        label="Name", max_length=80, help_text="Whose system it is, for the people who read this page."
    )
    url = forms.CharField(
        label="Address",
        max_length=LONGEST_URL,
        widget=forms.URLInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text="Begins with https://. It has to be public, and is looked up again for each message; nothing is sent "
        "to where it redirects.",
    )
    hears = forms.MultipleChoiceField(
        label="It is told of",
        choices=Webhook.Topic.choices,
        widget=forms.CheckboxSelectMultiple,
        initial=[Webhook.Topic.FINAL_LABEL],
        error_messages={"required": "Choose at least one thing it is told of."},
    )


class AlertDelayForm(forms.Form):
    minutes = forms.IntegerField(
        label="Tell people after, in minutes",
        min_value=0,
        max_value=LONGEST_DELAY_MINUTES,
        help_text="How long an item is overdue before an alert opens; 5 is usual. An alert opens again only half an "
        "hour after the last one closed.",
    )


class AddressForm(forms.Form):
    address = forms.EmailField(
        label="E-mail address",
        max_length=254,
        required=False,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        help_text="Admins and owners get alerts there. Letters hold ids and numbers, never what an item says.",
    )
