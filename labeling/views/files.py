"""Answers that a browser saves: the numbers behind a page, as a file of their own."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.http import HttpResponse, JsonResponse


def json_file(name: str, document: Mapping[str, Any]) -> JsonResponse:
    return JsonResponse(document, json_dumps_params={"indent": 1}, headers=saved_as(name))


def csv_file(name: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> HttpResponse:
    response = HttpResponse(content_type="text/csv; charset=utf-8", headers=saved_as(name))
    writer = csv.writer(response)
    writer.writerow(columns)
    writer.writerows(rows)
    return response


def saved_as(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"'}
