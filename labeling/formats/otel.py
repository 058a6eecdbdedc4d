"""OpenTelemetry evaluations: `gen_ai.evaluation.result` events, as OTLP JSON or one flat event a line.

Status of the conventions: Development. They do not say who evaluated; our own attributes do, or somebody outside.
"""

from collections.abc import Iterable, Iterator
from functools import partial

from labeling.formats.fields import Object, RowError
from labeling.formats.lines import Format
from labeling.formats.verdicts import object_in, read_records, refuse_person, said, text_of

EVENT = "gen_ai.evaluation.result"


def build_events(record: Object) -> Iterable[Object]:
    if "resourceLogs" in record:
        return [build_event(event) for event in log_records(record)]
    return [build_event(record)]


def log_records(record: Object) -> Iterator[Object]:
    for resource in listed(record, "resourceLogs"):
        for scope in listed(resource, "scopeLogs"):
            yield from listed(scope, "logRecords")


def listed(record: Object, name: str) -> list[Object]:
    value = record.get(name)
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def build_event(event: Object) -> Object:
    name = text_of(event, "eventName", "event_name", "name", "otel_event")
    if name != EVENT:
        raise RowError("eventName", f"is {name[:60]!r}; only {EVENT} events are verdicts")
    attributes = attributes_of(event)
    refuse_person("reviewapp.rater.kind", is_person=attributes.get("reviewapp.rater.kind") == "human")
    if failure := text_of(attributes, "error.type"):
        raise RowError("error.type", f"says that the judge failed ({failure[:60]}); that is no verdict")
    ids = text_of(attributes, "reviewapp.item.external_id", "gen_ai.response.id")
    judge = {key: text_of(attributes, f"reviewapp.judge.{key}") for key in ("name", "model", "family", "prompt_hash")}
    return {
        "external_id": ids or text_of(event, "spanId", "span_id", "traceId", "trace_id"),
        "source_system": text_of(attributes, "reviewapp.item.source_system"),
        "judge": judge,
        "criterion": attributes.get("gen_ai.evaluation.name"),
        **said(attributes.get("gen_ai.evaluation.score.label")),
        "score": attributes.get("gen_ai.evaluation.score.value"),
        "rationale": attributes.get("gen_ai.evaluation.explanation"),
        "run": attributes.get("reviewapp.judge.run"),
        "order": attributes.get("reviewapp.judge.order"),
    }


def attributes_of(event: Object) -> Object:
    """Attributes as an object; OTLP writes them as a list of keys and typed values, whole numbers as text."""
    if not isinstance(event.get("attributes"), list):
        return object_in(event, "attributes")
    return {text_of(pair, "key"): plain(object_in(pair, "value")) for pair in listed(event, "attributes")}


def plain(value: Object) -> object:
    if "intValue" in value:
        text = str(value["intValue"])
        return int(text) if text.lstrip("-").isdecimal() else None
    return next((value[kind] for kind in ("stringValue", "doubleValue", "boolValue") if kind in value), None)


FORMAT = Format(
    "otel", "OpenTelemetry gen_ai.evaluation.result events", partial(read_records, inside=(), build=build_events)
)
