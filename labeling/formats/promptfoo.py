"""promptfoo results, version 3: what its graders said of each test. A test names its item in its metadata or vars."""

from collections.abc import Iterable
from functools import partial

from labeling.formats.fields import Object, RowError
from labeling.formats.lines import Format
from labeling.formats.verdicts import object_in, read_records, text_of

ID_FIELDS = ("external_id", "externalId")


def build_result(result: Object) -> Iterable[Object]:
    grading = object_in(result, "gradingResult")
    if not grading:
        failure = text_of(result, "error") or "it has no gradingResult"
        raise RowError("gradingResult", f"is missing ({failure[:80]}): no verdict, and no fail")
    places = (object_in(result, "metadata"), object_in(result, "vars"), object_in(result, "testCase"))
    tested = (*places, object_in(places[2], "metadata"), object_in(places[2], "vars"))
    external_id = next((found for place in tested if (found := text_of(place, *ID_FIELDS))), "")
    components = grading.get("componentResults")
    graded = [one for one in components if isinstance(one, dict)] if isinstance(components, list) else []
    return [build_grading(one, external_id) for one in graded or [grading]]


def build_grading(grading: Object, external_id: str) -> Object:
    assertion = object_in(grading, "assertion")
    passed = grading.get("pass")
    return {
        "external_id": external_id,
        "judge": {"model": text_of(assertion, "provider")},
        "criterion": text_of(assertion, "metric", "type") or None,
        # A grader says itself whether a test passes, so the direction is known.
        "label": ("pass" if passed else "fail") if isinstance(passed, bool) else None,
        "score": grading.get("score"),
        "rationale": grading.get("reason"),
        "higher_is": "better",
    }


FORMAT = Format("promptfoo", "promptfoo results", partial(read_records, inside=("results",), build=build_result))
