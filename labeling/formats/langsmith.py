"""LangSmith feedback: a list, or one feedback a line. `score` is a number and `value` anything: both are kept."""

from collections.abc import Iterable
from functools import partial

from labeling.formats.fields import Object
from labeling.formats.lines import Format
from labeling.formats.verdicts import object_in, read_records, refuse_person, said, text_of


def build_feedback(feedback: Object) -> Iterable[Object]:
    source = object_in(feedback, "feedback_source")
    refuse_person("feedback_source.type", is_person=source.get("type") == "app")
    score = feedback.get("score")
    return [
        {
            "external_id": text_of(feedback, "run_id", "trace_id"),
            "criterion": feedback.get("key"),
            **said(score),
            **{key: value for key, value in said(feedback.get("value")).items() if key == "label"},
            "rationale": feedback.get("comment"),
        }
    ]


FORMAT = Format(
    "langsmith", "LangSmith feedback", partial(read_records, inside=("feedback", "data"), build=build_feedback)
)
