"""Who is here: projects, the people in them and the tokens of the services that talk to them."""

import secrets

from django.contrib.auth.models import AbstractUser
from django.db import models

from labeling.models.constraints import one_of


def new_salt() -> str:
    return secrets.token_hex(16)


class User(AbstractUser):
    """A person with an account. What they may do is said by their memberships, never by a flag here."""

    # Somebody else made it and may know it still: it opens nothing but the form for one of their own.
    password_is_given = models.BooleanField(default=False)

    @property
    def shown_name(self) -> str:
        return self.get_full_name() or self.username


class Project(models.Model):
    """One AI product whose outputs are judged: the boundary of every list, number and permission."""

    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=120)
    # Producers choose external ids; without a secret salt they could choose which items escape review.
    sampling_salt = models.CharField(max_length=64, default=new_salt, editable=False)
    hold_seconds = models.PositiveIntegerField(default=15 * 60)
    take_back_seconds = models.PositiveIntegerField(default=30)
    # How long items are overdue before people are told.
    alert_after_seconds = models.PositiveIntegerField(default=5 * 60)
    # Four eyes: a version decides items only after a second admin approved exactly its definition.
    needs_second_admin = models.BooleanField(default=False)
    is_demonstration = models.BooleanField(default=False)
    # What an hour of a reviewer costs, where an admin said so; the currency is a word that stands before the number.
    hourly_cost = models.DecimalField(max_digits=10, decimal_places=2, null=True, blank=True)
    currency = models.CharField(max_length=8, default="$")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(hourly_cost__isnull=True) | models.Q(hourly_cost__gte=0),
                name="an_hour_costs_nothing_or_more",
            )
        ]
        ordering = ["slug"]

    def __str__(self):
        return self.name


class Role(models.TextChoices):
    REVIEWER = "reviewer", "Reviewer"
    OWNER = "owner", "Eval owner"
    ADMIN = "admin", "Admin"


class Membership(models.Model):
    """One role of one person in one project."""

    Role = Role

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role.choices)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "user", "role"], name="one_membership_per_role"),
            one_of("role", Role, name="membership_role_is_known"),
        ]

    def __str__(self):
        return f"{self.user} as {self.role} in {self.project}"


class Scope(models.TextChoices):
    WRITE_ITEMS = "items:write", "Send items and judge verdicts"
    READ_ITEMS = "items:read", "Read decisions, releases and final verdicts"
    READ_LABELS = "labels:read", "Read every label, of both halves of the calibration pack"
    READ_REPORTS = "reports:read", "Read the numbers of agreement and calibration"


class ApiToken(models.Model):
    """A service's key to one project. Only its hash is stored; the secret is shown once."""

    Scope = Scope

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=80)
    token_hash = models.CharField(max_length=64, unique=True)
    prefix = models.CharField(max_length=12)
    scopes = models.JSONField(default=list)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self):
        return f"{self.prefix}… ({self.name})"
