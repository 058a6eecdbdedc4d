"""Phoenix annotations of spans and traces, as its API gives them: a page, or one a line, with the score's direction."""

from collections.abc import Iterable
from functools import partial

from labeling.formats.fields import Object
from labeling.formats.lines import Format
from labeling.formats.verdicts import object_in, read_records, refuse_person, said, text_of

HIGHER_IS = {"maximize": "better", "minimize": "worse"}


def build_annotation(annotation: Object) -> Iterable[Object]:
    refuse_person("annotator_kind", is_person=annotation.get("annotator_kind") == "HUMAN")
    result, metadata = object_in(annotation, "result"), object_in(annotation, "metadata")
    direction = text_of(annotation, "optimization_direction", "direction") or text_of(
        metadata, "optimization_direction", "direction"
    )
    return [
        {
            "external_id": text_of(annotation, "span_id", "trace_id", "session_id", "document_id"),
            "criterion": annotation.get("name"),
            **said(result.get("label")),
            "score": result.get("score"),
            "rationale": result.get("explanation"),
            "higher_is": HIGHER_IS.get(direction.lower()),
        }
    ]


FORMAT = Format(
    "phoenix",
    "Phoenix span annotations",
    partial(read_records, inside=("data", "annotations"), build=build_annotation),
)
