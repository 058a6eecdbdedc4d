"""`manage.py ingest PROJECT PATH`: store a file of items, or a folder where a format has several."""

import gc
import json
from collections import Counter
from dataclasses import asdict
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils.timezone import now

from labeling.formats import FORMATS, BadFile, detect_format, read_rows
from labeling.models import Project
from labeling.services.ingest import RowOutcome, end_batch, parse_one, start_batch
from labeling.services.uploads import ingest_lines, progress_of, read_chunks

MOST_PRINTED = 20


class Command(BaseCommand):
    help = "Store outputs in a project; run again, it stores only what is new."

    def add_arguments(self, parser):
        parser.add_argument("project", help="the project's address, as in /p/<project>/")
        parser.add_argument("path", type=Path)
        parser.add_argument("--format", default="auto", choices=["auto", *FORMATS], dest="format_name")
        parser.add_argument("--dry-run", action="store_true", help="read everything, store nothing")
        parser.add_argument("--json", action="store_true", dest="as_json", help="one JSON document on stdout")

    def handle(self, *, project: str, path: Path, format_name: str, dry_run: bool, as_json: bool, **options):
        target = Project.objects.filter(slug=project).first()
        if target is None:
            raise CommandError(f"There is no project {project!r}; see /first-steps/ for how to make one.", returncode=2)
        if not path.exists():
            raise CommandError(f"There is no file or folder {path}.", returncode=2)
        # Rows come and go by the thousand and none points in a circle: looking for circles took a tenth of the time.
        gc.freeze()
        gc.set_threshold(50_000, 20, 20)
        try:
            name = detect_format(path) if format_name == "auto" else format_name
            counts, refusals = try_out(path, name) if dry_run else store(target, path, name)
        except BadFile as error:
            raise CommandError(str(error), returncode=2) from error
        self.report(counts, refusals, format_name=name, dry_run=dry_run, as_json=as_json)
        n_refused = counts["conflict"] + counts["invalid"]
        if n_refused:
            raise CommandError(f"{n_refused} row(s) {'cannot be' if dry_run else 'were not'} stored.", returncode=1)

    def report(
        self, counts: Counter[str], refusals: list[RowOutcome], *, format_name: str, dry_run: bool, as_json: bool
    ) -> None:
        if as_json:
            document = {
                "format": format_name,
                "dry_run": dry_run,
                "read": sum(counts.values()),
                "counts": dict(counts),
                "refusals": [asdict(refusal) for refusal in refusals],
            }
            self.stdout.write(json.dumps(document, ensure_ascii=False))
            return
        for refusal in refusals[:MOST_PRINTED]:
            named = (f"line {refusal.line}", refusal.status, refusal.field, refusal.message)
            self.stderr.write(": ".join(part for part in named if part))
        shown = ", ".join(f"{counts[status]} {status}" for status in counts)
        self.stdout.write(f"{sum(counts.values())} rows read as {format_name}: {shown or 'none'}")


def store(project: Project, path: Path, format_name: str) -> tuple[Counter[str], list[RowOutcome]]:
    batch = start_batch(project=project, door="command", now=now(), file_name=path.name, file_format=format_name)
    try:
        counts, refusals = ingest_lines(project, read_rows(path, format_name), door="file", batch=batch, clock=now)
    except BadFile as error:
        counts, refusals = progress_of(batch)
        end_batch(batch, counts=counts, refusals=refusals, error=str(error), now=now())
        raise
    end_batch(batch, counts=counts, refusals=refusals, now=now())
    return counts, refusals


def try_out(path: Path, format_name: str) -> tuple[Counter[str], list[RowOutcome]]:
    """Read and parse every row and store none: what would be refused for its own sake."""
    counts: Counter[str] = Counter()
    refusals = []
    for chunk in read_chunks(read_rows(path, format_name)):
        for line, raw in chunk:
            _, row = parse_one(line, raw, door="file")
            if isinstance(row, RowOutcome):
                refusals.append(row)
            counts["invalid" if isinstance(row, RowOutcome) else "readable"] += 1
    return counts, refusals
