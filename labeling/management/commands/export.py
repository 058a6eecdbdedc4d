"""`manage.py export PROJECT WHAT`: labels, final labels, decisions, second labels or the calibration pack."""

import json
import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.timezone import now

from labeling.formats.writing import (
    TEXT_WRITERS,
    CannotWrite,
    chunked,
    require_pyarrow,
    write_parquet,
    write_text,
    zip_folder,
)
from labeling.models import Project
from labeling.queries.exports import LISTINGS, Listing
from labeling.services.exports import record_export, record_pack
from labeling.services.packs import save_pack

PACK = "pack"
FORMATS = (*TEXT_WRITERS, "parquet")


class Command(BaseCommand):
    help = (
        "Write labels, finals, decisions or second labels (given after a look at the judge, counted nowhere) as CSV, "
        "JSON lines or Parquet, or the calibration pack as a folder or .zip. "
        "In CSV, free text that a spreadsheet would run as a formula gets a leading apostrophe."
    )

    def add_arguments(self, parser):
        parser.add_argument("project", help="the project's address, as in /p/<project>/")
        parser.add_argument("what", choices=[*LISTINGS, PACK])
        parser.add_argument("--format", choices=FORMATS, dest="file_format", help="not for a pack")
        parser.add_argument("--output", type=Path, help="where to write; without it rows go to stdout")
        parser.add_argument("--json", action="store_true", dest="as_json", help="the summary as JSON (with --output)")

    def handle(self, *, project, what, file_format, output, as_json, **options):
        target = Project.objects.filter(slug=project).first()
        if target is None:
            raise CommandError(f"There is no project {project!r}.", returncode=2)
        check_options(what, file_format, output, as_json=as_json)
        try:
            if file_format == "parquet":
                require_pyarrow()
            if what == PACK:
                summary = write_pack(target, output)
            elif output is None:
                self.print_listing(target, what, file_format)
                return
            else:
                summary = write_listing(target, what, file_format, output)
        except CannotWrite as error:
            raise CommandError(str(error), returncode=2) from error
        except OSError as error:
            raise CommandError(f"{output} cannot be written: {error.strerror or error}.", returncode=2) from error
        counted = ", ".join(f"{name.removeprefix('n_').replace('_', ' ')} {n}" for name, n in summary["counts"].items())
        self.stdout.write(json.dumps(summary, ensure_ascii=False) if as_json else f"{output}: {counted}")

    def print_listing(self, project: Project, what: str, file_format: str) -> None:
        listing, moment, n_rows = LISTINGS[what], now(), 0

        def counted() -> Iterator[dict[str, Any]]:
            nonlocal n_rows
            for row in listing.rows(project, moment):
                n_rows += 1
                yield row

        try:
            for piece in chunked(TEXT_WRITERS[file_format](listing.columns, counted())):
                self.stdout.write(piece, ending="")
        except BrokenPipeError:
            # `head` has enough. The rest of the buffer goes nowhere, or the interpreter would complain at its end.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        finally:
            # Whoever stops reading early has read what there was until then.
            record(project, what, file_format, {"n_rows": n_rows})


def check_options(what: str, file_format: str | None, output: Path | None, *, as_json: bool) -> None:
    """Refuse what cannot go together before anything is read."""
    complaint = ""
    if what == PACK and file_format is not None:
        complaint = "A pack has its own format; leave --format out."
    elif what == PACK and output is None:
        complaint = "Name the pack's folder or .zip with --output."
    elif what != PACK and file_format is None:
        complaint = f"Choose --format {', '.join(FORMATS)}."
    elif file_format == "parquet" and output is None:
        complaint = "Parquet is no text; name its file with --output."
    elif as_json and output is None:
        complaint = "The summary would be among the rows; name a file for them with --output."
    elif output is not None and not output.absolute().parent.is_dir():
        complaint = f"There is no folder {output.absolute().parent}."
    elif output is not None and output.is_dir() and (what != PACK or any(output.iterdir())):
        complaint = f"{output} is there already; name another."
    if complaint:
        raise CommandError(complaint, returncode=2)


def write_listing(project: Project, what: str, file_format: str, output: Path) -> dict[str, Any]:
    listing: Listing = LISTINGS[what]
    with place_beside(output) as folder:
        rows = listing.rows(project, now())
        unfinished = folder / "rows"
        if file_format == "parquet":
            n_rows = write_parquet(unfinished, listing.columns, rows)
        else:
            n_header_lines = 1 if file_format == "csv" else 0
            written = write_text(unfinished, TEXT_WRITERS[file_format](listing.columns, rows))
            n_rows = written.n_rows - n_header_lines
        record(project, what, file_format, {"n_rows": n_rows})
        os.replace(unfinished, output)
    return {"what": what, "format": file_format, "output": str(output), "counts": {"n_rows": n_rows}}


def write_pack(project: Project, output: Path) -> dict[str, Any]:
    """The pack as a folder or, by the name, as one archive."""
    with place_beside(output) as folder:
        inside = folder / "pack"
        inside.mkdir()
        manifest = save_pack(project, inside, now=now())
        is_archive = output.suffix.lower() == ".zip"
        record_pack(
            project,
            manifest,
            file_format="zip" if is_archive else "folder",
            now=now(),
            actor_name="manage.py export",
        )
        if is_archive:
            zip_folder(inside, folder / "zip")
            os.replace(folder / "zip", output)
        else:
            os.replace(inside, output)
    return {"what": PACK, "output": str(output), "counts": manifest["counts"], "files": manifest["files"]}


@contextmanager
def place_beside(output: Path) -> Iterator[Path]:
    """A folder on the same disk, so that what is finished takes its place at once and nothing half is left."""
    folder = Path(mkdtemp(prefix=".export-", dir=output.absolute().parent))
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def record(project: Project, what: str, file_format: str, counts: Mapping[str, int]) -> None:
    record_export(project, what=what, file_format=file_format, counts=counts, now=now(), actor_name="manage.py export")
