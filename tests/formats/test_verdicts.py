"""Judge verdicts in ours and in other tools' files: what each record says, and what is no verdict."""

import io
import json

import pytest

from labeling.formats import VERDICT_FORMATS, read_rows
from labeling.formats.few_shot import lines_of
from labeling.formats.fields import RowError
from labeling.formats.lines import BadFile
from labeling.formats.verdicts import Told, parse_verdict_line
from tests.formats.test_few_shot import ROW

BY_NAME = Told(judge_name="house-judge", criterion="overall")


def read(name, content, told=BY_NAME):
    text = content if isinstance(content, str) else "\n".join(map(json.dumps, content))
    lines = read_rows(io.BytesIO(text.encode()), name, among=VERDICT_FORMATS)
    found = []
    for line in lines:
        try:
            if line.error:
                raise line.error
            found.append(parse_verdict_line(line.raw, told))
        except RowError as error:
            found.append(f"{line.number}: {error}")
    return found


def only(name, record, told=BY_NAME):
    (found,) = read(name, [record], told)
    return found


OTEL = {
    "event_name": "gen_ai.evaluation.result",
    "span_id": "00f0",
    "attributes": {
        "gen_ai.evaluation.name": "groundedness",
        "gen_ai.evaluation.score.value": 0.0,
        "gen_ai.evaluation.score.label": "fail",
        "gen_ai.evaluation.explanation": "Cites a source not given.",
        "gen_ai.response.id": "resp_81",
    },
}
LANGFUSE = {
    "id": "sc_1", "name": "groundedness", "value": "fail", "dataType": "CATEGORICAL", "source": "EVAL",
    "comment": "Why.", "subject": {"kind": "observation", "id": "ob_9", "traceId": "tr_5"},
}  # fmt: skip
LANGSMITH = {
    "id": "b3", "run_id": "9c", "trace_id": "9d", "key": "groundedness", "score": 0, "value": "fail", "comment": "Why.",
    "feedback_source": {"type": "model"},
}  # fmt: skip
PHOENIX = {
    "span_id": "00f0", "name": "groundedness", "annotator_kind": "LLM",
    "result": {"label": "fail", "score": 0, "explanation": "Why."}, "metadata": {"optimization_direction": "minimize"},
}  # fmt: skip
MLFLOW = {
    "assessment_name": "tone-judge", "trace_id": "tr-1", "source": {"source_type": "LLM_JUDGE", "source_id": "gpt-x"},
    "feedback": {"value": "no"}, "rationale": "Why.",
}  # fmt: skip
PROMPTFOO = {
    "promptIdx": 0, "testIdx": 4, "vars": {"external_id": "r-1"}, "success": False, "score": 0.4,
    "gradingResult": {"pass": False, "score": 0.4, "reason": "Why.", "componentResults": [
        {"pass": False, "score": 0.4, "reason": "Why.", "assertion": {"type": "llm-rubric", "provider": "o:gpt-x"}},
        {"pass": True, "score": 1, "reason": "Fine.", "assertion": {"type": "llm-rubric", "metric": "tone"}},
    ]},
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "record", "external_id", "label", "score"),
    [
        ("otel", OTEL, "resp_81", "fail", 0.0),
        ("langfuse", LANGFUSE, "ob_9", "fail", None),
        ("langsmith", LANGSMITH, "9c", "fail", 0.0),
        ("phoenix", PHOENIX, "00f0", "fail", 0.0),
        ("mlflow", MLFLOW, "tr-1", "no", None),
    ],
)
def test_each_format_says_item_label_and_score(name, record, external_id, label, score):
    line = only(name, record)

    assert (line.external_id, line.verdict.label, line.verdict.score_raw) == (external_id, label, score)
    assert line.verdict.judge_name == ("tone-judge" if name == "mlflow" else "house-judge")
    assert line.verdict.rationale in ("Why.", "Cites a source not given.")


def test_promptfoo_has_a_verdict_for_each_graded_assertion():
    first, second = read("promptfoo", json.dumps({"version": 3, "results": {"version": 3, "results": [PROMPTFOO]}}))

    assert (first.external_id, first.verdict.criterion, first.verdict.label) == ("r-1", "llm-rubric", "fail")
    assert (first.verdict.model, second.verdict.model) == ("o:gpt-x", "")
    assert (second.verdict.criterion, second.verdict.label, second.higher_is) == ("tone", "pass", "better")


def test_direction_is_kept_where_the_format_has_it():
    assert only("phoenix", PHOENIX).higher_is == "worse"
    assert only("phoenix", {**PHOENIX, "metadata": {}}).higher_is == ""


@pytest.mark.parametrize(
    ("name", "record", "complaint"),
    [
        ("otel", {**OTEL, "attributes": {**OTEL["attributes"], "error.type": "timeout"}}, "judge failed"),
        ("otel", {**OTEL, "event_name": "gen_ai.choice"}, "only gen_ai.evaluation.result"),
        ("langfuse", {**LANGFUSE, "source": "ANNOTATION"}, "a person's label"),
        ("langfuse", {**LANGFUSE, "dataType": "CORRECTION"}, "no verdict"),
        ("langfuse", {**LANGFUSE, "value": None}, "neither 0 nor a fail"),
        ("langsmith", {**LANGSMITH, "value": None, "score": None}, "neither 0 nor a fail"),
        ("langsmith", {**LANGSMITH, "feedback_source": {"type": "app"}}, "a person's label"),
        ("phoenix", {**PHOENIX, "result": {"label": None, "score": None}}, "neither 0 nor a fail"),
        ("phoenix", {**PHOENIX, "annotator_kind": "HUMAN"}, "a person's label"),
        ("mlflow", {**MLFLOW, "feedback": {"error": {"error_code": "x"}}}, "judge failed"),
        ("mlflow", {**MLFLOW, "source": {"source_type": "HUMAN"}}, "a person's label"),
        ("promptfoo", {**PROMPTFOO, "gradingResult": None, "error": "429"}, "429"),
        ("jsonl", {"external_id": "r-1", "score": None}, "neither 0 nor a fail"),
        ("jsonl", {"external_id": "r-1", "label": "pass", "scores": 1}, "did you mean 'score'"),
        ("jsonl", {"external_id": "", "label": "pass"}, "external_id"),
    ],
)
def test_what_is_no_verdict_is_refused_by_its_field(name, record, complaint):
    assert complaint in only(name, record)


def test_a_skip_stays_what_it_is_and_a_score_without_label_is_said_as_it_is():
    for label in ("NA", "skipped"):
        assert only("phoenix", {**PHOENIX, "result": {"label": label}}).verdict.label == label
    numeric = only("langfuse", {**LANGFUSE, "dataType": "NUMERIC", "value": 0})
    assert (numeric.verdict.label, numeric.verdict.score_raw) == ("0", 0.0)
    assert only("langsmith", {**LANGSMITH, "value": None, "score": 0.5}).verdict.label == "0.5"
    assert only("mlflow", {**MLFLOW, "feedback": {"value": False}}).verdict.label == "false"
    as_number = {**LANGFUSE, "dataType": "BOOLEAN", "value": 1, "stringValue": "True"}
    assert only("langfuse", as_number).verdict.label == "true"


def test_the_judge_is_told_and_never_guessed():
    assert "--judge" in only("langsmith", LANGSMITH, Told())
    line = only("mlflow", MLFLOW, Told(judge_name="other", model="m", prompt_hash="h", parameters={"t": 0}))
    assert (line.verdict.judge_name, line.verdict.model, line.verdict.parameters) == ("tone-judge", "m", {"t": 0})


@pytest.mark.parametrize("inside", ["data", ""])
def test_a_page_a_list_and_lines_are_read_alike(inside):
    records = [LANGFUSE, {**LANGFUSE, "subject": {"id": "ob_10"}}]
    document = {inside: records, "meta": {}} if inside else records

    for text in (json.dumps(document), json.dumps(document, indent=2)):
        assert read("langfuse", text) == read("langfuse", records)


def test_csv_has_the_judge_in_columns():
    line, refused = read(
        "csv",
        "external_id,judge,judge_model,judge_parameters,criterion,label,score,run\n"
        'r-1,tone-judge,gpt-x,"{""t"": 0}",tone,pass,,2\n'
        "r-2,tone-judge,gpt-x,,tone,,abc,\n",
    )

    assert (line.verdict.model, line.verdict.parameters, line.verdict.run) == ("gpt-x", {"t": 0}, 2)
    assert (line.verdict.score_raw, line.verdict.label) == (None, "pass")
    assert refused.startswith("3: score: 'abc' is not a number")


def test_our_own_evaluations_come_back_and_peoples_are_refused():
    judge, people = read(
        "otel", "".join(lines_of("otel_evaluations.jsonl", [{**ROW, "judge_rationale": "Why."}])), Told()
    )

    assert (judge.external_id, judge.source_system, judge.verdict.label) == ("r-1", "helpdesk", "pass")
    assert (judge.verdict.judge_name, judge.verdict.model) == ("house-judge", "aster-1")
    assert "a person's label" in people


@pytest.mark.parametrize("name", sorted(set(VERDICT_FORMATS) - {"csv", "tsv", "jsonl"}))
@pytest.mark.parametrize("text", ["", "[1, null]", '{"a": ', "[]", '{"attributes": 3, "result": 1, "subject": []}'])
def test_garbage_is_refused_and_breaks_nothing(name, text):
    if text == '{"a": ':
        with pytest.raises(BadFile, match="neither JSON lines nor one JSON document"):
            read(name, text)
    else:
        assert all(isinstance(one, str) for one in read(name, text))
