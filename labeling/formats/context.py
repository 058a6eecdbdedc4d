"""What a reviewer may see beside the output: the shape of the known parts of each kind's context.

Parts that a kind does not know are stored as they came and never shown, so they are not looked at here.
"""

from collections.abc import Callable

from labeling.formats.fields import (
    Object,
    RowError,
    as_object,
    join_path,
    name_type,
    read_choice,
    read_flag,
    read_list,
    read_name,
    read_number,
    read_object,
    read_text,
)

Reader = Callable[[Object, str, str], object]


def read_context(raw: Object, kind: str) -> Object:
    """The context with its known parts checked and brought into one form; `raw` itself is left alone."""
    context = dict(read_object(raw, "context", ""))
    for key, read in shape_of(kind, context).items():
        if key not in context:
            continue
        if context[key] is None:
            # null says the same as leaving the part out, and so must give the same hash.
            del context[key]
        else:
            context[key] = read(context, key, "context")
    return context


def read_turns(raw: Object, key: str, path: str) -> object:
    here = join_path(path, key)
    return [read_turn(turn, f"{here}[{index}]") for index, turn in enumerate(read_list(raw, key, path))]


def read_turn(raw: object, path: str) -> Object:
    """One turn. `content`, as the chat APIs call it, is taken for `text`: one name for it from here on."""
    turn = as_object(raw, path)
    read_name(turn, "role", path, limit=80)
    if turn.get("content") is not None and "text" not in turn:
        turn = {("text" if key == "content" else key): value for key, value in turn.items()}
    elif "content" in turn and "text" in turn:
        raise RowError(path, "has both text and content; keep one of them")
    require_text(turn, path)
    return turn


def require_text(raw: Object, path: str) -> None:
    # A turn that only called a tool has an empty text; a turn without one is a mistake.
    if raw.get("text") is None:
        raise RowError(join_path(path, "text"), "is required; write its words here")
    read_text(raw, "text", path)


def read_passages(raw: Object, key: str, path: str) -> object:
    passages = read_list(raw, key, path)
    for index, value in enumerate(passages):
        here = f"{join_path(path, key)}[{index}]"
        passage = as_object(value, here)
        require_text(passage, here)
        read_text(passage, "id", here, limit=200)
        read_text(passage, "title", here)
    return passages


def read_action(raw: Object, key: str, path: str) -> object:
    action, here = read_object(raw, key, path), join_path(path, key)
    read_text(action, "name", here, limit=200)
    read_object(action, "arguments", here)
    read_number(action, "amount", here)
    read_text(action, "currency", here, limit=20)
    read_flag(action, "reversible", here)
    return action


def read_texts(raw: Object, key: str, path: str) -> object:
    """A list of texts, none of them blank: claims are counted, and a blank one could not be judged."""
    texts = read_list(raw, key, path)
    for index, text in enumerate(texts):
        if not isinstance(text, str) or not text.strip():
            found = "is blank" if isinstance(text, str) else f"must be text, not {name_type(text)}"
            raise RowError(f"{join_path(path, key)}[{index}]", f"{found}; write one claim in each")
    return texts


def read_named(raw: Object, key: str, path: str) -> object:
    """A list of names, or of objects with a name and what it means."""
    listed = read_list(raw, key, path)
    for index, value in enumerate(listed):
        here = f"{join_path(path, key)}[{index}]"
        named = as_object({"name": value} if isinstance(value, str) else value, here)
        read_name(named, "name", here, limit=200)
        read_text(named, "description", here)
        read_object(named, "parameters", here)
    return listed


def read_steps(raw: Object, key: str, path: str) -> object:
    """The steps of a run. Arguments may be text: a call that was no JSON is what reviewers are to see."""
    steps = read_list(raw, key, path)
    for index, value in enumerate(steps):
        here = f"{join_path(path, key)}[{index}]"
        step = as_object(value, here)
        for part in ("reasoning", "tool"):
            read_text(step, part, here)
        if not isinstance(step.get("arguments"), dict | str | None):
            message = (
                f"must be a JSON object, not {name_type(step['arguments'])}; write a call that was no JSON as text"
            )
            raise RowError(join_path(here, "arguments"), message)
        if step.get("status") is not None:
            read_choice(step, "status", here, choices=STEP_STATUSES)
    return steps


def read_runs(raw: Object, key: str, path: str) -> object:
    runs, here = read_list(raw, key, path), join_path(path, key)
    if len(runs) != 2:
        raise RowError(here, f"has {len(runs)} runs; give two, in the order of the outputs")
    for index, value in enumerate(runs):
        read_steps(as_object(value, f"{here}[{index}]"), "steps", f"{here}[{index}]")
    return runs


def read_paired_kind(raw: Object, key: str, path: str) -> object:
    return read_choice(raw, key, path, choices=PAIRED_KINDS)


STEP_STATUSES = ("ok", "error")
SOURCE: dict[str, Reader] = {"policy": read_text, "record": read_object}
SHAPES: dict[str, dict[str, Reader]] = {
    "chat_reply": {"conversation": read_turns, **SOURCE},
    "summary": {
        "question": read_text,
        "conversation": read_turns,
        "source_text": read_text,
        "claims": read_texts,
        **SOURCE,
    },
    "rag_answer": {
        "question": read_text,
        "conversation": read_turns,
        "passages": read_passages,
        "claims": read_texts,
        "policy": read_text,
    },
    "extraction": {"question": read_text, "source_text": read_text, "schema": read_object, "policy": read_text},
    "classification": {
        "question": read_text,
        "conversation": read_turns,
        "source_text": read_text,
        "labels": read_named,
        "policy": read_text,
    },
    "trajectory": {
        "task": read_text,
        "conversation": read_turns,
        "tools": read_named,
        "steps": read_steps,
        **SOURCE,
    },
    "pending_action": {"conversation": read_turns, "action": read_action, **SOURCE},
    "code_diff": {"task": read_text, **SOURCE},
    "plan": {"task": read_text, **SOURCE},
    "marketing_copy": {"brief": read_text, **SOURCE},
    "pairwise": {
        "conversation": read_turns,
        "question": read_text,
        "passages": read_passages,
        "reference": read_text,
    },
}
PAIRED_KINDS = tuple(kind for kind in SHAPES if kind != "pairwise")
PARTS_OF_ONE = frozenset(["claims", "steps"])
SHAPES["pairwise"]["pair_of"] = read_paired_kind
OTHER_SHAPE: dict[str, Reader] = {"prompt": read_text}


def shape_of(kind: str, context: Object) -> dict[str, Reader]:
    """Who reads which part: of a pair, the parts that its kind shares as well."""
    pair_of = context.get("pair_of")
    if kind != "pairwise" or not isinstance(pair_of, str) or pair_of not in PAIRED_KINDS:
        return SHAPES.get(kind, OTHER_SHAPE)
    shared = {key: read for key, read in SHAPES[pair_of].items() if key not in PARTS_OF_ONE}
    return {**shared, **({"runs": read_runs} if pair_of == "trajectory" else {}), **SHAPES["pairwise"]}
