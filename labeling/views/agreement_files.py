"""What stands behind an agreement run, to take along: its numbers, what became of every label, and the labels."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC
from tempfile import TemporaryFile
from typing import Any, BinaryIO

from django.http import FileResponse, HttpRequest, HttpResponse, StreamingHttpResponse
from django.template.loader import render_to_string
from django.views.decorators.http import require_GET

from labeling.formats.writing import (
    CONTENT_TYPES,
    TEXT_WRITERS,
    CannotWrite,
    Column,
    chunked,
    write_json,
    write_parquet,
)
from labeling.models import AgreementRun
from labeling.policy.errors import Invalid, NotVisible
from labeling.queries.access import GONE, managed_project_for
from labeling.queries.agreement import NUMBER_FILE_COLUMNS, number_records, run_in
from labeling.queries.agreement_diagnosis import DIAGNOSIS_COLUMNS, diagnosis_rows, n_diagnosis_rows
from labeling.queries.agreement_file import report_file_of
from labeling.queries.agreement_matrix import matrix_of
from labeling.services.exports import record_export
from labeling.views.files import saved_as
from labeling.views.http import now, signed_in

WRITERS = {**TEXT_WRITERS, "json": write_json}
FORMATS = (*WRITERS, "parquet")


@dataclass(frozen=True, slots=True)
class File:
    """Rows to take along. `name` goes into the file's; `note` says in a header what a reader must know."""

    name: str
    columns: Sequence[Column]
    rows: Iterable[Mapping[str, Any]]
    n_rows: int
    note: str = ""


@require_GET
@signed_in
def files(request: HttpRequest, slug: str, run_id: int, what: str) -> HttpResponse | StreamingHttpResponse:
    project = managed_project_for(request.user, slug)
    run = run_in(project, run_id)
    file_format = request.GET.get("format", "csv")
    if what not in FILES:
        raise NotVisible(f"There is no file of that name; choose one of {', '.join(FILES)}.")
    if file_format not in FORMATS:
        raise Invalid({"format": f"choose {', '.join(FORMATS[:-1])} or {FORMATS[-1]}"})
    file = FILES[what](run, request.GET.get("question", ""))
    response = answer_with(file, file_format)
    version = run.rubric_version
    name = f"agreement-{version.rubric.key}-v{version.number}-{file.name}.{file_format}"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["X-Content-Type-Options"] = "nosniff"
    if file.note:
        response.headers["X-Note"] = file.note
    # Before the first row leaves: a download that breaks off has handed out rows all the same.
    counts = {"n_rows": file.n_rows, "run_id": run.pk}
    record_export(
        project, what=f"agreement_{what}", file_format=file_format, counts=counts, now=now(), actor=request.user
    )
    return response


def answer_with(file: File, file_format: str) -> StreamingHttpResponse:
    content_type = CONTENT_TYPES[file_format]
    if file_format == "parquet":
        return FileResponse(parquet_of(file), content_type=content_type)
    return StreamingHttpResponse(chunked(WRITERS[file_format](file.columns, file.rows)), content_type=content_type)


def parquet_of(file: File) -> BinaryIO:
    """Parquet says at its end where its columns are, so it is written whole, to the disk, before it is sent."""
    with ExitStack() as stack:
        stream = stack.enter_context(TemporaryFile(prefix="agreement-"))
        try:
            write_parquet(stream, file.columns, file.rows)
        except CannotWrite as error:
            raise Invalid({"format": "Parquet cannot be written here; choose csv, json or jsonl"}) from error
        stream.seek(0)
        # Whoever sends it closes it.
        stack.pop_all()
    return stream


@require_GET
@signed_in
def report(request: HttpRequest, slug: str, run_id: int) -> HttpResponse:
    """The report as one file that loads nothing and prints on A4."""
    project = managed_project_for(request.user, slug)
    run = run_in(project, run_id)
    context = report_file_of(run)
    version = run.rubric_version
    counts = {"n_questions": len(context["questions"]), "run_id": run.pk}
    record_export(project, what="agreement_report", file_format="html", counts=counts, now=now(), actor=request.user)
    name = f"agreement-{version.rubric.key}-v{version.number}-{run.made_at.astimezone(UTC):%Y-%m-%d}.html"
    return HttpResponse(render_to_string("labeling/agreement_file/report.html", context), headers=saved_as(name))


def numbers_file(run: AgreementRun, _key: str) -> File:
    records = list(number_records(run))
    return File("numbers", NUMBER_FILE_COLUMNS, records, len(records))


def diagnosis_file(run: AgreementRun, _key: str) -> File:
    return File("diagnosis", DIAGNOSIS_COLUMNS, diagnosis_rows(run), n_diagnosis_rows(run))


def matrix_file(run: AgreementRun, key: str) -> File:
    """The matrix of one question. Its name says what nothing in the table can."""
    question = next((one for one in run.numbers["questions"] if one["key"] == key), None)
    if question is None:
        raise NotVisible(GONE)
    matrix = matrix_of(run, key)
    name, notes = f"matrix-{key}", []
    if matrix.raters_are_numbered:
        name += "-raters-numbered"
        notes.append("Raters go by numbers: a name would be misread in a table.")
    if matrix.hides_raters:
        name += "-not-settled-apart"
        notes.append("Labels on items that are not settled stand apart from their raters, or are left out.")
    note = " ".join(notes)
    return File(name, matrix.columns, matrix.rows, question["n_units"], note)


FILES: Mapping[str, Callable[[AgreementRun, str], File]] = {
    "numbers": numbers_file,
    "diagnosis": diagnosis_file,
    "matrix": matrix_file,
}
