"""Gauges as Prometheus reads them: its text format 0.0.4, of which gauges are the simple part.

Written here and not with prometheus-client: that counts in each process and needs a shared folder to add several up;
what is told here lies in the tables, so whichever process answers tells the same.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
PREFIX = "reviewapp_"
ESCAPED = str.maketrans({"\\": r"\\", "\n": r"\n", '"': r"\""})


@dataclass(frozen=True, slots=True)
class Sample:
    value: float
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Gauge:
    """One number that goes up and down, or one for each set of labels."""

    name: str
    words: str
    samples: Sequence[Sample]


def write_gauges(gauges: Iterable[Gauge]) -> str:
    return "".join(line for gauge in gauges for line in lines_of(gauge))


def lines_of(gauge: Gauge) -> Iterable[str]:
    name = PREFIX + gauge.name
    yield f"# HELP {name} {gauge.words}\n"
    yield f"# TYPE {name} gauge\n"
    for sample in gauge.samples:
        labels = ",".join(f'{key}="{value.translate(ESCAPED)}"' for key, value in sample.labels.items())
        yield f"{name}{{{labels}}} {sample.value!r}\n" if labels else f"{name} {sample.value!r}\n"
