"""`manage.py route PROJECT`: decide what waits for a decision, as the worker does on its clock."""

import json

from django.core.management.base import BaseCommand, CommandError
from django.utils.timezone import now

from labeling.models import Project
from labeling.queries.routing import live_policy_of
from labeling.services.routing import open_missing_entries, release_holds, route_unrouted

STEPS = {"routed": route_unrouted, "released": release_holds, "queued": open_missing_entries}


class Command(BaseCommand):
    help = "Route items that came before a policy, whose hold ran out, or that no queue took."

    def add_arguments(self, parser):
        parser.add_argument("project")
        parser.add_argument("--json", action="store_true", dest="as_json", help="one JSON document on stdout")

    def handle(self, *, project: str, as_json: bool, **options):
        target = Project.objects.filter(slug=project).first()
        if target is None:
            raise CommandError(f"There is no project {project!r}.", returncode=2)
        if live_policy_of(target) is None:
            raise CommandError(f"{project} has no live policy; publish one on /p/{project}/routing/.", returncode=1)
        counts = {}
        for name, step in STEPS.items():
            counts[name] = 0
            while n_moved := step(target, now=now()):
                counts[name] += n_moved
        self.stdout.write(
            json.dumps(counts)
            if as_json
            else f"{counts['routed']} routed, {counts['released']} holds released, {counts['queued']} queued"
        )
