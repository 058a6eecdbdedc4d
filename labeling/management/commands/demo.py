"""`manage.py demo`: a finished little world to try everything in, and then `up`."""

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.utils.timezone import now

from labeling.management.demo_world.build import build_demonstration
from labeling.management.demo_world.past import N_WEEKS
from labeling.management.demo_world.shop import PASSWORD, PEOPLE, SLUG
from labeling.models import Project
from labeling.queries.health import n_missing_migrations


class Command(BaseCommand):
    help = "Build the demonstration if it is not there yet, print its accounts and serve it."

    def add_arguments(self, parser):
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument(
            "--weeks", type=int, default=N_WEEKS, help=f"weeks of history to build before today, 0 to {N_WEEKS}"
        )
        parser.add_argument("--build-only", action="store_true", help="do not serve it")

    def handle(self, *, host: str, port: int, weeks: int, build_only: bool, **options):
        if not settings.DEMO:
            raise CommandError("The demonstration runs apart from real work; start it with REVIEWAPP_DEMO=1.")
        if not 0 <= weeks <= N_WEEKS:
            raise CommandError(f"There are 0 to {N_WEEKS} weeks of history; {weeks} cannot be built.")
        if n_missing_migrations():
            call_command("migrate", verbosity=0)
        if not Project.objects.filter(slug=SLUG).exists():
            history = f": {weeks} weeks of history, about half a minute" if weeks else ""
            self.stdout.write(f"Building the demonstration{history} …")
            self.stdout.flush()
            build_demonstration(now=now(), n_weeks=weeks)
        self.print_accounts()
        if not build_only:
            call_command("up", host=host, port=port)

    def print_accounts(self) -> None:
        self.stdout.write("\nReviewapp, with a made-up shop's support assistant. Accounts and their password:\n")
        for name, roles in PEOPLE.items():
            self.stdout.write(f"  {name:<6}{PASSWORD:<16}{', '.join(role.label for role in roles)}")
        self.stdout.write("")
        self.stdout.flush()
