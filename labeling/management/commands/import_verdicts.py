"""`manage.py import_verdicts PROJECT PATH`: store what judges said elsewhere of items that are here."""

import json
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils.timezone import now

from labeling.formats import VERDICT_FORMATS, BadFile, detect_format, read_rows
from labeling.formats.verdicts import Told
from labeling.models import Project
from labeling.services.verdict_imports import ImportedVerdicts, import_verdicts, try_verdicts

MOST_PRINTED = 20


class Command(BaseCommand):
    help = "Store judge verdicts on items that are here; run again, it stores only what is new."

    def add_arguments(self, parser):
        parser.add_argument("project", help="the project's address, as in /p/<project>/")
        parser.add_argument("path", type=Path)
        parser.add_argument("--format", default="auto", choices=["auto", *VERDICT_FORMATS], dest="format_name")
        parser.add_argument("--system", default="", help="the source system of items whose lines name none")
        parser.add_argument("--criterion", default="", help="the criterion of lines that name none")
        parser.add_argument("--judge", default="", help="the judge's name, where the file does not say it")
        parser.add_argument("--model", default="", help="its model, where the file does not say it")
        parser.add_argument("--family", default="", help="its model family, where the file does not say it")
        parser.add_argument("--prompt-hash", default="", help="the hash of its prompt, where the file does not say it")
        parser.add_argument("--parameters", default="", help="its parameters as a JSON object, likewise")
        parser.add_argument("--dry-run", action="store_true", help="answer for every row, store nothing")
        parser.add_argument("--json", action="store_true", dest="as_json", help="one JSON document on stdout")

    def handle(self, *, project, path, format_name, dry_run, as_json, **options):
        target = Project.objects.filter(slug=project).first()
        if target is None:
            raise CommandError(f"There is no project {project!r}; see /first-steps/ for how to make one.", returncode=2)
        if not path.exists():
            raise CommandError(f"There is no file {path}.", returncode=2)
        told = told_by(options)
        try:
            name = detect_format(path, among=VERDICT_FORMATS) if format_name == "auto" else format_name
            lines = read_rows(path, name, among=VERDICT_FORMATS)
            if dry_run:
                imported = try_verdicts(target, lines, told=told)
            else:
                imported = import_verdicts(target, lines, told=told, clock=now, actor_name="manage.py import_verdicts")
        except BadFile as error:
            raise CommandError(str(error), returncode=2) from error
        self.report(imported, format_name=name, n_blank=lines.n_blank, dry_run=dry_run, as_json=as_json)
        n_refused = imported.counts["conflict"] + imported.counts["invalid"]
        if n_refused:
            would = "would not be" if dry_run else "were not"
            raise CommandError(f"{n_refused} verdict(s) {would} stored.", returncode=1)

    def report(
        self, imported: ImportedVerdicts, *, format_name: str, n_blank: int, dry_run: bool, as_json: bool
    ) -> None:
        if as_json:
            document = {"format": format_name, "dry_run": dry_run, "blank": n_blank, **imported.as_document()}
            self.stdout.write(json.dumps(document, ensure_ascii=False))
            return
        for refusal in imported.refusals[:MOST_PRINTED]:
            named = (f"line {refusal.line}", refusal.status, refusal.external_id, refusal.field, refusal.message)
            self.stderr.write(": ".join(part for part in named if part))
        shown = ", ".join(f"{n} {status}" for status, n in imported.counts.items())
        nothing = ", nothing stored" if dry_run else ""
        self.stdout.write(f"{imported.counts.total()} verdicts read as {format_name}: {shown}{nothing}")


def told_by(options) -> Told:
    parameters = None
    if options["parameters"]:
        try:
            parameters = json.loads(options["parameters"])
        except ValueError as error:
            raise CommandError(f"--parameters is no JSON: {error}.", returncode=2) from error
        if not isinstance(parameters, dict):
            raise CommandError('--parameters must be a JSON object, like {"temperature": 0}.', returncode=2)
    return Told(
        system=options["system"],
        criterion=options["criterion"],
        judge_name=options["judge"],
        model=options["model"],
        family=options["family"],
        prompt_hash=options["prompt_hash"],
        parameters=parameters,
    )
