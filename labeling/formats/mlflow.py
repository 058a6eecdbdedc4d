"""MLflow assessments: feedback of judges, a list or one a line. An assessment has the name of its judge."""

from collections.abc import Iterable
from functools import partial

from labeling.formats.fields import Object, RowError
from labeling.formats.lines import Format
from labeling.formats.verdicts import object_in, read_records, refuse_person, said, text_of


def build_assessment(assessment: Object) -> Iterable[Object]:
    refuse_person("source.source_type", is_person=object_in(assessment, "source").get("source_type") == "HUMAN")
    feedback, metadata = object_in(assessment, "feedback"), object_in(assessment, "metadata")
    if not feedback:
        raise RowError("feedback", "is missing: an expectation is a reference and no verdict; leave it out")
    if feedback.get("error"):
        raise RowError("feedback.error", "says that the judge failed; that is no verdict")
    name = text_of(assessment, "assessment_name", "name")
    return [
        {
            "external_id": text_of(assessment, "trace_id"),
            "source_system": text_of(metadata, "reviewapp.source_system"),
            "judge": {"name": name},
            "criterion": text_of(metadata, "reviewapp.criterion") or name,
            **said(feedback.get("value")),
            "rationale": assessment.get("rationale"),
        }
    ]


FORMAT = Format("mlflow", "MLflow assessments", partial(read_records, inside=("assessments",), build=build_assessment))
