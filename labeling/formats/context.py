"""What a reviewer may see beside the output: the shape of the known parts of each kind's context.

Parts that a kind does not know are stored as they came and never shown, so they are not looked at here.
"""

from collections.abc import Callable

from labeling.formats.fields import (
    Object,
    RowError,
    as_object,
    join_path,
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
    for key, read in SHAPES.get(kind, OTHER_SHAPE).items():
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


SHAPES: dict[str, dict[str, Reader]] = {
    "chat_reply": {"conversation": read_turns, "policy": read_text, "record": read_object},
    "rag_answer": {
        "question": read_text,
        "conversation": read_turns,
        "passages": read_passages,
        "policy": read_text,
    },
    "pending_action": {
        "conversation": read_turns,
        "action": read_action,
        "policy": read_text,
        "record": read_object,
    },
    "pairwise": {
        "conversation": read_turns,
        "question": read_text,
        "passages": read_passages,
        "reference": read_text,
    },
}
OTHER_SHAPE: dict[str, Reader] = {"prompt": read_text}
