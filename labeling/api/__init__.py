"""The JSON API, `/api/v1/`: producers send items, read decisions, labels and reports. One router a kind of question.

`problems` is how it refuses, `tokens` who may call, `bodies` how JSON is read, `schemas` and `report_shapes` the
shapes it promises.
"""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, re_path
from django.views.decorators.csrf import csrf_exempt
from ninja import NinjaAPI, Swagger

from labeling.api import decisions, items, labels, reports, schemas
from labeling.api.problems import answer_problems, at_the_door, problem_response
from labeling.api.tokens import TokenAuth

DESCRIPTION = """\
Send outputs and judge verdicts, read back what was decided, collect the labels, and ask how far people and judges
agree.

Every request carries `Authorization: Bearer <token>`; a project's admin makes tokens, each for one project and with
the scopes it needs. Refusals are `application/problem+json` and say what to do. A request that got no answer may be
sent again: nothing is stored twice.
"""
COMMON_REFUSALS = {
    401: "The token is missing, unknown, expired or revoked.",
    403: "The token lacks the scope.",
    404: "There is no such thing, or this token may not know of it.",
    429: "Too many requests in this minute; see Retry-After.",
}


@csrf_exempt
def nowhere(request: HttpRequest) -> HttpResponse:
    """Every other address below `/api/v1/`: answered as a problem, like everything here."""
    return problem_response(404, "There is no such address; /api/v1/docs lists them all.")


class JsonApi(NinjaAPI):
    """django-ninja with one door: every refusal is a problem, and OpenAPI says so."""

    def _get_urls(self) -> list[URLPattern]:
        *patterns, root = super()._get_urls()
        patterns += [re_path("", nowhere), root]
        for pattern in patterns:
            pattern.callback = at_the_door(pattern.callback)
        return patterns

    def get_openapi_schema(self, **options: Any) -> dict[str, Any]:
        schema = super().get_openapi_schema(**options)
        reference = {"$ref": "#/components/schemas/Problem"}
        for operations in schema["paths"].values():
            for operation in operations.values():
                answers = operation["responses"]
                for status, description in COMMON_REFUSALS.items():
                    answers.setdefault(status, {})["description"] = description
                for status in answers:
                    if status >= 400:
                        answers[status]["content"] = {"application/problem+json": {"schema": reference}}
        return schema


api = JsonApi(
    title="Reviewapp",
    version="1",
    description=DESCRIPTION,
    urls_namespace="api",
    auth=TokenAuth(),
    # The validator is another machine: without this the page would send it the address of this one.
    docs=Swagger(settings={"validatorUrl": None, "defaultModelsExpandDepth": 0, "syntaxHighlight": False}),
)
answer_problems(api)
# In this order: an external id may hold slashes, so the address of an item would swallow those below it.
for router in (items.router, decisions.router, labels.router, reports.router):
    api.add_router("", router)

__all__ = ["api", "schemas"]
