"""`manage.py restore FILE`: a backup becomes the SQLite database of this installation, which must have none."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from labeling.management.chains import tell_chains
from labeling.management.sqlite_files import copy_whole, look_into, own_database, place_for
from labeling.management.sqlite_schema import as_database, refuse_another_schema
from labeling.queries.health import n_missing_migrations


class Command(BaseCommand):
    help = "Put a backup where this installation's SQLite database belongs, and walk the audit chain in it."

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)

    def handle(self, *, file: Path, **options):
        target = own_database()
        if not file.is_file():
            raise CommandError(f"There is no file {file}.", returncode=2)
        with place_for(target) as unfinished:
            copy_whole(file, unfinished)
            look_into(unfinished, copied_from=file)
            with as_database("restored", str(unfinished), init_command="PRAGMA query_only=ON") as restored:
                self.stdout.write("Comparing its tables and guards with new ones, which takes some seconds.")
                refuse_another_schema(restored, called=file)
                n_missing = n_missing_migrations(restored)
                if not n_missing:
                    tell_chains(self.stdout, restored)
        self.stdout.write(f"{file} is now {target}.")
        if n_missing:
            self.stdout.write(f"It lacks {n_missing} migration(s) of this release; run: manage.py migrate, check_chain")
