"""What may be asked of the item list, by public names."""

from django import forms

from labeling.models import Item, RoutingDecision
from labeling.policy.reasons import REASONS
from labeling.queries.items import SORTINGS

ANY = ("", "Any")


class ItemFilterForm(forms.Form):
    """The filters of the item list. `kinds` and `intents` are what the newest items have."""

    q = forms.CharField(label="Find", required=False, max_length=200, strip=True)
    status = forms.ChoiceField(label="Status", required=False, choices=[ANY, *Item.Status.choices])
    stakes = forms.ChoiceField(label="Stakes", required=False, choices=[ANY, *Item.Stakes.choices])
    kind = forms.ChoiceField(label="Kind", required=False)
    intent = forms.ChoiceField(label="Intent", required=False)
    outcome = forms.ChoiceField(label="Decision", required=False, choices=[ANY, *RoutingDecision.Outcome.choices])
    reason = forms.ChoiceField(label="Reason", required=False, choices=[ANY, *REASONS.items()])
    sort = forms.ChoiceField(required=False, choices=[("", ""), *((name, name) for name in SORTINGS)])

    def __init__(self, *arguments, kinds: list[str], intents: list[str], **options):
        super().__init__(*arguments, **options)
        self.fields["q"].widget = forms.TextInput(attrs={"type": "search", "placeholder": "Part of an external id"})
        for name, values in (("kind", kinds), ("intent", intents)):
            # An address that was kept may ask for a value that no new item has.
            asked = self.data.get(name, "")
            values = sorted({*values, asked} - {""}) if len(asked) <= 80 and "\0" not in asked else values
            self.fields[name].choices = [ANY, *((value, value.replace("_", " ")) for value in values)]

    @property
    def shown_fields(self):
        return [self[name] for name in ("status", "stakes", "kind", "intent", "outcome", "reason")]

    @property
    def is_filtering(self) -> bool:
        return any(self.data.get(name) for name in self.fields if name != "sort")
