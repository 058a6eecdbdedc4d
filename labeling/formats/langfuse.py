"""Langfuse scores, as its API gives them (v1 and v3): a page, or one score a line. Who judged is told from outside."""

from collections.abc import Iterable
from functools import partial

from labeling.formats.fields import Object, RowError
from labeling.formats.lines import Format
from labeling.formats.verdicts import object_in, read_records, refuse_person, said, text_of

NO_VERDICTS = ("TEXT", "CORRECTION")


def build_score(score: Object) -> Iterable[Object]:
    refuse_person("source", is_person=score.get("source") == "ANNOTATION")
    kind = text_of(score, "dataType")
    if kind in NO_VERDICTS:
        raise RowError("dataType", f"is {kind}: words, and no verdict; leave these scores out")
    subject = object_in(score, "subject")
    # v1 writes a category's or a truth value's number into `value`, and what it means into `stringValue`.
    value = score.get("stringValue") if score.get("stringValue") not in (None, "") else score.get("value")
    if kind == "BOOLEAN" and isinstance(value, int | float):
        value = bool(value)
    words = said(value)
    if kind == "BOOLEAN" and isinstance(words.get("label"), str):
        words["label"] = str(words["label"]).lower()
    number = score.get("value")
    has_number = isinstance(number, int | float) and not isinstance(number, bool)
    return [
        {
            "external_id": text_of(subject, "id") or text_of(score, "observationId", "traceId", "sessionId"),
            "criterion": score.get("name"),
            "score": number if has_number else None,
            **words,
            "rationale": score.get("comment"),
        }
    ]


FORMAT = Format("langfuse", "Langfuse scores", partial(read_records, inside=("data", "scores"), build=build_score))
