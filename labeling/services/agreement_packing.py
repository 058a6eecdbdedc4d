"""The sums of some items as bytes, for the row where they wait to be added: numbers and names, nothing that runs."""

import io
import json
from collections import Counter
from typing import Any

import numpy as np

from labeling.services.agreement_sums import ChangeSums, QuestionSums, VersionSums
from labeling.stats.tables import Table

HEADER = "header"


def pack(sums: VersionSums) -> bytes:
    arrays: dict[str, np.ndarray] = {}
    questions = []
    for number, (key, one) in enumerate(sums.questions.items()):
        keep_table(arrays, f"{number}-labels", one.labels)
        change = None
        if one.change is not None:
            keep_table(arrays, f"{number}-before", one.change.labels)
            keep_table(arrays, f"{number}-joint", one.change.joint)
            change = one.change.values
        questions.append(
            {
                "key": key,
                "values": one.values,
                "facts": one.facts,
                "n_items_pairable": list(one.n_items_pairable.items()),
                "disputed": one.disputed,
                "causes": one.causes,
                "hinted": list(one.hinted.items()),
                "change": change,
            }
        )
    header = {
        "raters": sums.raters,
        "raters_before": sums.raters_before,
        "rater_ids": sums.rater_ids,
        "names": list(sums.names.items()),
        "is_clustered": sums.is_clustered,
        "digests": list(sums.digests.items()),
        "n_not_applicable": sums.n_not_applicable,
        "judge_id": sums.judge_id,
        "questions": questions,
    }
    arrays[HEADER] = np.frombuffer(json.dumps(header).encode(), dtype=np.uint8)
    packed = io.BytesIO()
    np.savez_compressed(packed, **arrays)
    return packed.getvalue()


def unpack(packed: bytes) -> VersionSums:
    with np.load(io.BytesIO(packed), allow_pickle=False) as arrays:
        header = json.loads(arrays[HEADER].tobytes())
        questions = {
            one["key"]: question_from(one, str(number), arrays) for number, one in enumerate(header["questions"])
        }
    now, before = header["n_not_applicable"]
    return VersionSums(
        raters=header["raters"],
        raters_before=header["raters_before"],
        rater_ids=header["rater_ids"],
        names={name: (n_now, n_both) for name, (n_now, n_both) in header["names"]},
        is_clustered=tuple(header["is_clustered"]),
        digests=dict(header["digests"]),
        n_not_applicable=(Counter(now), Counter(before)),
        judge_id=header["judge_id"],
        questions=questions,
    )


def question_from(one: dict[str, Any], number: str, arrays: Any) -> QuestionSums:
    change = None
    if one["change"] is not None:
        tables = (kept_table(arrays, f"{number}-{name}") for name in ("before", "joint"))
        change = ChangeSums(one["change"], *tables)
    return QuestionSums(
        values=one["values"],
        facts=[tuple(fact) for fact in one["facts"]],
        labels=kept_table(arrays, f"{number}-labels"),
        n_items_pairable={tuple(traits): n for traits, n in one["n_items_pairable"]},
        disputed=one["disputed"],
        causes=one["causes"],
        hinted=dict(one["hinted"]),
        change=change,
    )


def keep_table(arrays: dict[str, np.ndarray], name: str, table: Table) -> None:
    arrays |= {f"{name}-rows": table.rows, f"{name}-groups": table.groups, f"{name}-times": table.times}


def kept_table(arrays: Any, name: str) -> Table:
    return Table(arrays[f"{name}-rows"], arrays[f"{name}-groups"], arrays[f"{name}-times"])
