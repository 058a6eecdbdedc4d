"""Blind first, then the judge: what a reviewer may look at after their label, that they did, and what they say then.

Append-only, and apart from reviews: nothing that counts labels can take a second one for a blind one.
"""

from django.db import models
from django.db.models import Q

from labeling.models.judges import JudgeVersion
from labeling.models.reviews import Review


class RevealOffer(models.Model):
    """One time a submitted review was drawn for a look at the judge, with what the judge had said by then.

    `question` is the key of a criterion, or `verdict`. `judge_label` and `blind_label` are in the
    judge's terms: pass or fail of a verdict, else a value of the criterion, of a pair by its canonical side.
    """

    review = models.OneToOneField(Review, primary_key=True, on_delete=models.PROTECT, related_name="reveal_offer")
    judge_version = models.ForeignKey(JudgeVersion, on_delete=models.PROTECT, related_name="+")
    question = models.CharField(max_length=40)
    judge_label = models.CharField(max_length=80)
    judge_words = models.TextField(blank=True)
    blind_label = models.CharField(max_length=80)
    offered_at = models.DateTimeField()

    def __str__(self):
        return f"offer on {self.review}"


class Reveal(models.Model):
    """The reviewer looked at what the judge said: from here on the blind label cannot be taken back."""

    offer = models.OneToOneField(RevealOffer, primary_key=True, on_delete=models.PROTECT, related_name="reveal")
    revealed_at = models.DateTimeField()

    def __str__(self):
        return f"reveal on {self.offer_id}"


class SecondLabelBlindState(models.TextChoices):
    JUDGE_VISIBLE = "judge_visible", "After the judge was seen"


class SecondLabel(models.Model):
    """What the reviewer says once they know what the judge said: `value` as they chose it, `label` in its terms."""

    BlindState = SecondLabelBlindState

    reveal = models.OneToOneField(Reveal, primary_key=True, on_delete=models.PROTECT, related_name="second_label")
    value = models.CharField(max_length=80)
    label = models.CharField(max_length=80)
    blind_state = models.CharField(
        max_length=13, choices=SecondLabelBlindState.choices, default=SecondLabelBlindState.JUDGE_VISIBLE
    )
    given_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(blind_state="judge_visible"), name="second_label_is_never_blind"),
            models.CheckConstraint(condition=~Q(value="") & ~Q(label=""), name="second_label_says_something"),
        ]

    def __str__(self):
        return f"second label on {self.reveal_id}"
