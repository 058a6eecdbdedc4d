"""Downloads: the same rows as `manage.py export`, streamed to whoever manages the project."""

from pathlib import Path
from tempfile import TemporaryDirectory

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.views.decorators.http import require_GET

from labeling.formats.writing import CONTENT_TYPES, TEXT_WRITERS, chunked, zip_folder
from labeling.policy.errors import Conflict, Invalid
from labeling.queries.access import managed_project_for
from labeling.queries.exports import listing_named
from labeling.queries.pack_neighbours import why_not_on_a_page
from labeling.services.exports import record_export, record_pack
from labeling.services.packs import save_pack
from labeling.views.http import now, signed_in


@require_GET
@signed_in
def export(request: HttpRequest, slug: str, what: str) -> HttpResponse | StreamingHttpResponse:
    project = managed_project_for(request.user, slug)
    listing = listing_named(what)
    file_format = request.GET.get("format", "csv")
    if file_format not in TEXT_WRITERS:
        raise Invalid({"format": f"choose {' or '.join(TEXT_WRITERS)}"})
    moment = now()
    # Before the first row leaves: a download that breaks off has handed out rows all the same.
    counts = {"n_rows": listing.n_rows(project, moment)}
    record_export(project, what=what, file_format=file_format, counts=counts, now=moment, actor=request.user)
    rows = TEXT_WRITERS[file_format](listing.columns, listing.rows(project, moment))
    file_name = f"{project.slug}-{what}-{moment:%Y-%m-%d}.{file_format}"
    headers = {"Content-Disposition": f'attachment; filename="{file_name}"', "X-Content-Type-Options": "nosniff"}
    return StreamingHttpResponse(chunked(rows), content_type=CONTENT_TYPES[file_format], headers=headers)


@require_GET
@signed_in
def pack(request: HttpRequest, slug: str) -> HttpResponse:
    """The calibration pack as one archive, made for this request and sent once all of it is there; of a large project
    it is made by a command."""
    project = managed_project_for(request.user, slug)
    if why_not := why_not_on_a_page(project):
        raise Conflict(why_not)
    moment = now()
    with TemporaryDirectory(prefix="pack-") as name:
        archive, inside = Path(name) / "zip", Path(name) / "pack"
        inside.mkdir()
        manifest = save_pack(project, inside, now=moment)
        zip_folder(inside, archive)
        content = archive.read_bytes()
    record_pack(project, manifest, file_format="zip", now=moment, actor=request.user)
    file_name = f"{project.slug}-pack-{moment:%Y-%m-%d}.zip"
    headers = {"Content-Disposition": f'attachment; filename="{file_name}"', "X-Content-Type-Options": "nosniff"}
    return HttpResponse(content, content_type="application/zip", headers=headers)
