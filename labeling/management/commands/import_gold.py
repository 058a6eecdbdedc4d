"""`manage.py import_gold PROJECT RUBRIC FILE`: gold cases from JSON lines, all of them or none."""

import json
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils.timezone import now

from labeling.formats import BadFile, read_rows
from labeling.management.commands.import_labels import version_named
from labeling.services.gold_imports import import_gold

MOST_PRINTED = 20


class Command(BaseCommand):
    help = "Store gold cases with their items, all of a file or none of it; run again, it stores only what is new."

    def add_arguments(self, parser):
        parser.add_argument("project", help="the project's address, as in /p/<project>/")
        parser.add_argument("rubric", help="the key of the rubric; the cases answer its version in use")
        parser.add_argument("path", type=Path, metavar="file", help="JSON lines: an item and its gold")
        parser.add_argument("--dry-run", action="store_true", help="answer for every row, store nothing")
        parser.add_argument("--json", action="store_true", dest="as_json", help="one JSON document on stdout")

    def handle(self, *, project, rubric, path, dry_run, as_json, **options):
        version = version_named(project, rubric)
        if not path.is_file():
            raise CommandError(f"There is no file {path}.", returncode=2)
        try:
            imported = import_gold(version, read_rows(path, "jsonl"), author=None, now=now(), is_trial=dry_run)
        except BadFile as error:
            raise CommandError(str(error), returncode=2) from error
        is_stored = not (imported.bad or dry_run)
        if as_json:
            document = {
                "rubric": version.rubric.key,
                "version": version.number,
                "dry_run": dry_run,
                "stored": is_stored,
                "made": imported.n_made,
                "unchanged": imported.n_unchanged,
                "bad": [{"line": one.line, "field": one.field, "message": one.message} for one in imported.bad],
            }
            self.stdout.write(json.dumps(document, ensure_ascii=False))
        else:
            for one in imported.bad[:MOST_PRINTED]:
                self.stderr.write(str(one))
            stored = "" if is_stored else ", nothing stored"
            self.stdout.write(f"{imported.n_made} gold cases made, {imported.n_unchanged} unchanged{stored}")
        if imported.bad:
            n_lines = len({one.line for one in imported.bad})
            raise CommandError(f"{n_lines} line(s) cannot be taken, so nothing was stored.", returncode=1)
