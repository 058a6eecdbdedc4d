"""One row of every kind of output, as a producer sends it, each with more keys than a reviewer may see.

`hidden` stands under keys that no kind lists; a test that finds it on a page has found a leak.
"""

import json
from typing import Any

from tests.world import chat_row, pair_row

HIDDEN = {"id": "hidden-id", "model": "hidden-model", "vendor": "hidden-vendor", "latency_ms": 731_731}
RECORD = (
    "Visit of 3 March. The kettle leaks at the base since Monday.\n\nSeal replaced on 5 March, tested for ten minutes: "
    "dry. Customer informed by telephone."
)
DIFF = """The seal is checked before the kettle heats.

diff --git a/kettle/heat.py b/kettle/heat.py
--- a/kettle/heat.py
+++ b/kettle/heat.py
@@ -1,4 +1,5 @@ def heat
 def heat(kettle):
-    kettle.on()
+    if kettle.is_sealed:
+        kettle.on()
     return kettle
 # the end
diff --git a/kettle/new.py b/kettle/new.py
new file mode 100644
--- /dev/null
+++ b/kettle/new.py
@@ -0,0 +1 @@
+LITRES = 1
"""


def kind_row(kind: str, context: dict[str, Any], output: str, external_id: str = "", **changes: Any) -> dict[str, Any]:
    return chat_row(external_id or f"k-{kind}", kind=kind, context={**context, **HIDDEN}, output=output, **changes)


def summary_row(**changes: Any) -> dict[str, Any]:
    context = {
        "source_text": RECORD,
        "record": {"ticket": "T-12"},
        "claims": ["The kettle leaked at the base.", "The seal was replaced on 5 March."],
    }
    return kind_row("summary", context, "The kettle **leaked**; its seal was replaced on 5 March.", **changes)


def claimed_rag_row(**changes: Any) -> dict[str, Any]:
    context = {
        "question": "How long is the warranty on the kettle?",
        "passages": [
            {**HIDDEN, "id": "hidden-retriever/1", "title": "Warranty", "text": "Kettles: two years.", "score": 0.31},
            {**HIDDEN, "id": "ret-2", "text": "Unused goods can be returned within 30 days."},
        ],
        "claims": ["The warranty is two years.", "Goods can be returned."],
    }
    return kind_row("rag_answer", context, "Two years [1]; unused goods go back [ret-2], as said [P7].", **changes)


def extraction_row(**changes: Any) -> dict[str, Any]:
    schema = {
        "$id": "hidden-vendor/invoice.json",
        "title": "hidden-title",
        "type": "object",
        "required": ["number", "total", "lines"],
        "properties": {
            "number": {"type": "string"},
            "total": {"type": "number", "description": "in EUR", "x-model": "hidden-model"},
            "currency": {"enum": ["EUR", "USD"]},
            "lines": {
                "type": "array",
                "items": {"type": "object", "required": ["price"], "properties": {"price": {"type": "number"}}},
            },
        },
    }
    output = '{"number": 17, "lines": [{"price": 12.00}, {"text": "tea"}], "currency": "EUR", "iban": "DE00"}'
    return kind_row(
        "extraction", {"source_text": "Invoice 17. Kettle 12.00 EUR, tea.", "schema": schema}, output, **changes
    )


def classification_row(**changes: Any) -> dict[str, Any]:
    context = {
        "source_text": "My kettle arrived broken. What now?",
        "labels": ["delivery", {**HIDDEN, "name": "returns", "description": "Goods go back or are replaced."}],
    }
    return kind_row("classification", context, "returns", **changes)


def run_steps(n_steps: int = 3, *, observation: str = "") -> list[dict[str, Any]]:
    steps: list[dict[str, Any]] = []
    for number in range(1, n_steps + 1):
        step = {
            "reasoning": f"Thought number {number}: look before paying.",
            "tool": "find_order",
            "arguments": {"order": f"A-{number}", "with": ["lines", "payments"]},
            "observation": observation or {"total": 40, "currency": "EUR"},
            "status": "ok",
        }
        steps.append({**HIDDEN, **step})
    return steps


def trajectory_row(**changes: Any) -> dict[str, Any]:
    failed = {**HIDDEN, "tool": "refund", "arguments": "{order: A-2", "observation": "Not JSON.", "status": "error"}
    parameters = {**HIDDEN, "properties": {"order": {**HIDDEN, "type": "string", "description": "Its number"}}}
    context = {
        "task": "Refund order A-2 if it was paid.",
        "tools": [
            {**HIDDEN, "name": "find_order", "description": "Reads an order.", "parameters": parameters},
            {"name": "refund", "description": "Pays back."},
            "close_account",
        ],
        "steps": [*run_steps(2), failed, {"reasoning": "x" * 900, "observation": "A long answer. " * 80}],
        "end_state": {"refunded": False, "order": "A-2"},
    }
    return kind_row("trajectory", context, "I could **not** refund it.", **changes)


def proposed_row(**changes: Any) -> dict[str, Any]:
    action = {
        **HIDDEN,
        "name": "refund",
        "amount": 1240.5,
        "currency": "EUR",
        "reversible": False,
        "arguments": {"order": "A-2"},
    }
    return kind_row("pending_action", {"record": {"paid": "1,240.50 EUR"}, "action": action}, "Refund it.", **changes)


def diff_row(**changes: Any) -> dict[str, Any]:
    return kind_row("code_diff", {"task": "Do not heat a leaking kettle.", "policy": "No prints."}, DIFF, **changes)


def plan_row(**changes: Any) -> dict[str, Any]:
    plan = "# Recall\n\n1. Stop the sale.\n2. Write to **every** buyer.\n\n## Risks\n\n- Post is slow"
    return kind_row("plan", {"task": "Plan the recall of the kettle."}, plan, **changes)


def copy_row(**changes: Any) -> dict[str, Any]:
    context = {"brief": "Two lines, at most 60 characters each.", "policy": "Warm, no superlatives."}
    return kind_row("marketing_copy", context, "Boils a litre in two minutes.\nAnd stays cool outside.", **changes)


def paired_row(pair_of: str, texts: tuple[str, str], context: dict[str, Any], **changes: Any) -> dict[str, Any]:
    outputs = [{"text": text, "source": {"model": "hidden-model"}} for text in texts]
    return pair_row(**{"external_id": f"k-pair-{pair_of}", "outputs": outputs, **changes}) | {
        "context": {**context, **HIDDEN, "pair_of": pair_of}
    }


def every_kind() -> list[dict[str, Any]]:
    """A row of each kind that has a view of its own, and of one that has none."""
    return [
        kind_row("chat_reply", chat_row()["context"], chat_row()["output"]),
        *(make() for make in (summary_row, claimed_rag_row, extraction_row, classification_row, trajectory_row)),
        *(make() for make in (proposed_row, diff_row, plan_row, copy_row)),
        kind_row("poem", {"question": "A poem about tea."}, "# Tea\n\nIt is *hot*."),
    ]


def every_pair() -> list[dict[str, Any]]:
    """A pair of each kind: the two say different things, and a run stands behind each of two runs."""
    singles = [row for row in every_kind() if row["kind"] != "poem"]
    others = {"extraction": '{"number": "17"}', "classification": "delivery", "code_diff": DIFF.replace("new", "next")}
    pairs = [
        paired_row(row["kind"], (row["output"], others.get(row["kind"], f"{row['output']} It is so.")), row["context"])
        for row in singles
        if row["kind"] != "trajectory"
    ]
    run = trajectory_row()["context"]
    runs = [{**HIDDEN, "steps": run["steps"], "end_state": run["end_state"]}, {"steps": run_steps(1)}]
    context = {"task": run["task"], "tools": run["tools"], "runs": runs}
    return [*pairs, paired_row("trajectory", ("I could **not** refund it.", "Done."), context)]


def hidden_in(text: str) -> list[str]:
    """What of the hidden values stands in a text."""
    values = [str(value) for value in HIDDEN.values()] + ["731731", "hidden-retriever", "hidden-title", "0.31"]
    return [value for value in values if value in text]


def as_lines(rows: list[dict[str, Any]]) -> str:
    return "\n".join(json.dumps(row) for row in rows)
