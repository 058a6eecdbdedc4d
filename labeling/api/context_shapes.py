"""What reviewers may see beside an output of each kind, in words for the API's own page."""

# By kind: which parts of the context are shown, and what each of them is.
PARTS = {
    "chat_reply": "conversation, policy, record",
    "summary": "source_text, record, conversation, question, policy, claims",
    "rag_answer": "question, passages, conversation, policy, claims",
    "extraction": "source_text, schema, question, policy",
    "classification": "source_text, labels, conversation, question, policy",
    "trajectory": "task, tools, steps, end_state, conversation, policy, record",
    "pending_action": "action, conversation, policy, record",
    "code_diff": "task, policy, record; the output is a unified diff",
    "plan": "task, policy, record",
    "marketing_copy": "brief, policy, record",
    "pairwise": (
        "question, conversation, passages, policy, reference; with pair_of, one of the kinds above, also what that "
        "kind shows, except what belongs to one output alone (claims, steps, end_state). For two trajectories: runs, "
        "two objects with steps and end_state, in the order of outputs"
    ),
}
SHAPES = {
    "question, policy, reference, task, brief, source_text": "texts",
    "conversation": "a list of {role, text}",
    "passages": "a list of {text, id, title} in rank order; an output cites one as [rank], [Prank] or [id]",
    "record": "an object, shown whole",
    "claims": "a list of texts: what the output claims, one by one",
    "labels": "the known labels: a list of names or of {name, description}",
    "schema": "a JSON Schema; type, properties, required, items, enum and description are shown and tried",
    "tools": "every tool offered: a list of names or of {name, description, parameters}, parameters a JSON Schema",
    "steps": "a list of {reasoning, tool, arguments, observation, status}; arguments an object, or the text of a call "
    "that was no JSON; status ok or error",
    "end_state": "what was true at the end: a text or any JSON, shown whole",
    "action": "{name, amount, currency, reversible, arguments}",
}
CONTEXT_IN_WORDS = "\n".join(
    [
        (
            "What reviewers may see beside the output. Each kind shows the parts named here; a key that is not named "
            "is stored and never shown. Any other kind shows question (or prompt) and conversation."
        ),
        "",
        *(f"- `{kind}`: {parts}" for kind, parts in PARTS.items()),
        "",
        *(f"- {names}: {shape}" for names, shape in SHAPES.items()),
    ]
)
KINDS_IN_WORDS = f"{', '.join(PARTS)}, or any other word."
