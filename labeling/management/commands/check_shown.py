"""`manage.py check_shown PROJECT`: whether every review still says what its reviewer had before them."""

import json

from django.core.management.base import BaseCommand, CommandError

from labeling.models import Project
from labeling.queries.blinding import every_proof


class Command(BaseCommand):
    help = "Rebuild what was shown for every review of a project, and compare its hash and its order."

    def add_arguments(self, parser):
        parser.add_argument("project")
        parser.add_argument("--json", action="store_true", dest="as_json", help="one JSON document on stdout")

    def handle(self, *, project: str, as_json: bool, **options):
        target = Project.objects.filter(slug=project).first()
        if target is None:
            raise CommandError(f"There is no project {project!r}.", returncode=2)
        proofs = every_proof(target)
        if as_json:
            self.stdout.write(json.dumps({"n_reviews": proofs.n_tried, "broken": proofs.broken}))
        elif not proofs.broken:
            self.stdout.write(f"All {proofs.n_tried:,} reviews rebuild what was shown.")
        if proofs.broken:
            raise CommandError(
                f"{len(proofs.broken)} of {proofs.n_tried:,} reviews do not rebuild what was shown: "
                + ", ".join(map(str, proofs.broken[:20])),
                returncode=1,
            )
