"""Small builders for the constraints that every table of ours repeats."""

from django.db import models


def one_of(field: str, choices: type[models.TextChoices], *, name: str) -> models.CheckConstraint:
    """The column holds one of the declared values: a typo in a service cannot invent a state."""
    return models.CheckConstraint(condition=models.Q(**{f"{field}__in": choices.values}), name=name)


def share(field: str, *, name: str) -> models.CheckConstraint:
    """The column is a share, from 0 to 1."""
    return models.CheckConstraint(condition=models.Q(**{f"{field}__gte": 0, f"{field}__lte": 1}), name=name)
