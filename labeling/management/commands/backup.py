"""`manage.py backup FILE`: the whole SQLite database as of one moment, while people go on working."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from labeling.management.sqlite_files import copy_whole, look_into, own_database, place_for


class Command(BaseCommand):
    help = "Copy the SQLite database into one file while the application runs, and check the copy."

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)

    def handle(self, *, file: Path, **options):
        source = own_database()
        if not source.is_file():
            raise CommandError(f"There is no database {source} to back up.", returncode=2)
        with place_for(file) as unfinished:
            copy_whole(source, unfinished)
            look_into(unfinished, copied_from=source)
        self.stdout.write(
            f"{file}: {file.stat().st_size:,} bytes, checked. SECRET_KEY is not in it; keep it elsewhere."
        )
