"""`manage.py check_chain`: the audit chain of every project, walked from its first event."""

from django.core.management.base import BaseCommand, CommandError

from labeling.management.chains import tell_chains
from labeling.queries.health import n_missing_migrations


class Command(BaseCommand):
    help = "Compute every event's hash and every link anew, for instance after a restore."

    def handle(self, **options):
        if n_missing := n_missing_migrations():
            raise CommandError(
                f"The database lacks {n_missing} migration(s); run: python manage.py migrate", returncode=2
            )
        tell_chains(self.stdout)
