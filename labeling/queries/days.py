"""When a day begins: at midnight in the installation's time zone, for caps, duties and absences alike."""

from datetime import date, datetime

from django.utils import timezone


def last_midnight(now: datetime) -> datetime:
    return timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)


def day_of(now: datetime) -> date:
    return timezone.localdate(now)
