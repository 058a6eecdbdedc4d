"""`manage.py import_labels PROJECT RUBRIC PATH --blind BLIND`: store labels that were made elsewhere."""

import json
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils.timezone import now

from labeling.formats import VOTE_FORMATS, BadFile, detect_format, read_rows
from labeling.models import ImportedLabel, Project, RubricVersion
from labeling.queries.ingest import LATER_PASS
from labeling.queries.rubric_versions import usable_rubrics_of, versions_in_use
from labeling.services.ingest import RowOutcome
from labeling.services.labels import Imported, import_labels, try_labels

MOST_PRINTED = 20
BlindState = ImportedLabel.BlindState
DECLARED = {"yes": BlindState.BLIND, "no": BlindState.NOT_BLIND, "unknown": BlindState.UNKNOWN}


class Command(BaseCommand):
    help = "Store labels made elsewhere on items that are here; run again, it stores only what is new."

    def add_arguments(self, parser):
        parser.add_argument("project", help="the project's address, as in /p/<project>/")
        parser.add_argument("rubric", help="the key of the rubric; its version in use is labelled, and so frozen")
        parser.add_argument("path", type=Path)
        parser.add_argument("--format", default="auto", choices=["auto", *VOTE_FORMATS], dest="format_name")
        parser.add_argument(
            "--blind", required=True, choices=DECLARED, help="whether the raters knew neither source nor other labels"
        )
        parser.add_argument("--dry-run", action="store_true", help="answer for every row, store nothing")
        parser.add_argument("--json", action="store_true", dest="as_json", help="one JSON document on stdout")

    def handle(self, *, project, rubric, path, format_name, blind, dry_run, as_json, **options):
        version = version_named(project, rubric)
        if not path.exists():
            raise CommandError(f"There is no file or folder {path}.", returncode=2)
        try:
            name = detect_format(path, among=VOTE_FORMATS) if format_name == "auto" else format_name
            lines = read_rows(path, name, among=VOTE_FORMATS)
            if dry_run:
                imported = try_labels(version, lines, blind_state=DECLARED[blind])
            else:
                imported = import_labels(
                    version, lines, blind_state=DECLARED[blind], clock=now, file_name=path.name, file_format=name
                )
        except BadFile as error:
            raise CommandError(str(error), returncode=2) from error
        self.report(imported, version, format_name=name, n_blank=lines.n_blank, blind=blind, as_json=as_json)
        n_refused = imported.counts["conflict"] + imported.counts["invalid"]
        if n_refused:
            raise CommandError(
                f"{n_refused} label(s) {'would not be' if dry_run else 'were not'} stored.", returncode=1
            )

    def report(
        self,
        imported: Imported,
        version: RubricVersion,
        *,
        format_name: str,
        n_blank: int,
        blind: str,
        as_json: bool,
    ) -> None:
        if as_json:
            document = {
                "rubric": version.rubric.key,
                "version": version.number,
                "format": format_name,
                "blind": blind,
                "dry_run": imported.batch is None,
                "read": imported.counts.total(),
                "blank": n_blank,
                **imported.outcome,
            }
            self.stdout.write(json.dumps(document, ensure_ascii=False))
            return
        self.name_rows(imported.refusals)
        self.name_rows(imported.repeats)
        shown = ", ".join(f"{n} {in_words(status)}" for status, n in imported.counts.items())
        blank = f", {n_blank} blank" if n_blank else ""
        would = ", nothing stored" if imported.batch is None else ""
        self.stdout.write(f"{imported.counts.total()} labels read as {format_name}: {shown or 'none'}{blank}{would}")

    def name_rows(self, outcomes: list[RowOutcome]) -> None:
        for outcome in outcomes[:MOST_PRINTED]:
            where = f"{outcome.field}: " if outcome.field else ""
            self.stderr.write(f"line {outcome.line}: {outcome.status}: {where}{outcome.message}")


def in_words(status: str) -> str:
    return "of a later pass, left out of agreement" if status == LATER_PASS else status


def version_named(project: str, rubric: str) -> RubricVersion:
    target = Project.objects.filter(slug=project).first()
    if target is None:
        raise CommandError(f"There is no project {project!r}; see /first-steps/ for how to make one.", returncode=2)
    versions = versions_in_use().filter(rubric__project=target).select_related("rubric__project")
    version = versions.filter(rubric__key=rubric).first()
    if version is None:
        known = ", ".join(sorted(usable_rubrics_of(target).values_list("key", flat=True)))
        raise CommandError(f"There is no rubric {rubric!r} in {project}; known are {known or 'none'}.", returncode=2)
    return version
