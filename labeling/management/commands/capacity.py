"""`manage.py capacity FILE`: how many reviewers the planned review load takes."""

import json
from fractions import Fraction
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from labeling.formats.lines import BadFile
from labeling.formats.plans import read_plan
from labeling.queries.capacity import capacity_of


class Command(BaseCommand):
    requires_system_checks = []
    help = "Compute review minutes by tier and the reviewers they take, exactly, rounded up once at the end."

    def add_arguments(self, parser):
        parser.add_argument(
            "file", type=Path, help="JSON: tiers, productive_minutes_per_reviewer, utilisation, shrinkage"
        )
        parser.add_argument("--json", action="store_true", dest="as_json", help="one JSON document on stdout")

    def handle(self, *, file, as_json, **options):
        try:
            plan = read_plan(file)
        except BadFile as error:
            raise CommandError(str(error), returncode=2) from error
        capacity = capacity_of(plan)
        document = {
            "total_minutes": write_number(capacity.total_minutes),
            "total_hours": write_number(capacity.total_hours),
            "reviewers_exact": write_number(capacity.reviewers_exact),
            "reviewers_needed": capacity.reviewers_needed,
            "tiers": [{"tier": name, "minutes": write_number(minutes)} for name, minutes in capacity.minutes_of_tiers],
        }
        if as_json:
            self.stdout.write(json.dumps(document, ensure_ascii=False, allow_nan=False))
            return
        for name, minutes in capacity.minutes_of_tiers:
            self.stdout.write(f"{name:<24}{float(minutes):>14,.2f} minutes")
        self.stdout.write(f"{'total':<24}{float(capacity.total_minutes):>14,.2f} minutes")
        self.stdout.write(f"{'':<24}{float(capacity.total_hours):>14,.2f} hours")
        self.stdout.write(
            f"{'reviewers':<24}{capacity.reviewers_needed:>14,} ({float(capacity.reviewers_exact):.4f} before "
            "rounding up; an expected load, so leave slack for its ups and downs)"
        )


def write_number(number: Fraction) -> int | float:
    """A whole number as such; only here, after every computation, anything becomes a float."""
    return int(number) if number.denominator == 1 else float(number)
