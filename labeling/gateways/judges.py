"""Asking a judge: one chat completion from an OpenAI-compatible endpoint, through its client library.

The library makes the request and reads what a failure is; where it connects, how long and how much is ours.
"""

import time
from importlib.util import find_spec
from typing import Any

from labeling.gateways.webhooks import check_destination
from labeling.policy.destinations import BadDestination, Reach
from labeling.policy.judge_calls import (
    ANSWER_FORMS,
    SILENT,
    TOO_LARGE,
    UNREACHABLE,
    AnswerForm,
    JudgeRequest,
    Reply,
    read_retry_after,
    reason_for_status,
)
from labeling.policy.judge_prompts import answer_schema
from labeling.policy.sendings import readable

NEEDED = ("openai", "cryptography")
# How an endpoint says that it does not know a form of answer, and how far into what it says that is looked for.
MOST_WORDS = 8 * 1024
FORM_WORDS = ("response_format", "json_schema", "json_object", "structured output")


def is_installed() -> bool:
    """Whether the extra `judge` is installed. Nothing is imported by asking."""
    return all(find_spec(name) is not None for name in NEEDED)


def check_endpoint(url: str, *, reach: Reach) -> None:
    """Refuse an address that would not be asked now. Raises BadDestination."""
    if "?" in url:
        raise BadDestination("Leave out the part after ?; it would be lost when the rest of the path is added.")
    check_destination(url, reach=reach)


def ask(request: JudgeRequest, *, reach: Reach) -> Reply:
    """Ask once and say what came of it. An endpoint that does not know the form of answer is asked in the next one."""
    began = time.monotonic()
    deadline = began + request.timeout_seconds
    first = ANSWER_FORMS.index(request.answer_form)
    for form in ANSWER_FORMS[first:]:
        outcome = ask_in_form(request, form, reach=reach, deadline=deadline)
        if not outcome.pop("refuses_form", False):
            break
    return Reply(round(1000 * (time.monotonic() - began)), form, **outcome)


def ask_in_form(request: JudgeRequest, form: AnswerForm, *, reach: Reach, deadline: float) -> dict[str, Any]:
    """Status and body of a success; else a reason and its words, with the status where there was one."""
    # Over a second to import, and only workers that ask a judge pay for it.
    import httpx2 as httpx
    import openai

    from labeling.gateways.checked_transport import CheckedTransport, TooLarge

    transport = CheckedTransport(reach=reach, deadline=deadline)
    try:
        with (
            httpx.Client(transport=transport, follow_redirects=False, trust_env=False) as http,
            openai.OpenAI(
                api_key=request.key or "none",
                base_url=request.url,
                organization="",
                project="",
                max_retries=0,  # the tables know when to try again, and count it
                timeout=request.timeout_seconds,
                http_client=http,
            ) as client,
        ):
            raw = client.chat.completions.with_raw_response.create(**arguments(request, form))
            return {"status": raw.http_response.status_code, "body": raw.http_response.content}
    except openai.APIStatusError as failure:
        return refused(failure, key=request.key)
    except openai.APITimeoutError:
        return {"reason": SILENT, "error": f"No answer within {request.timeout_seconds:.0f} seconds."}
    except openai.APIConnectionError as failure:
        return {"reason": UNREACHABLE, "error": readable(f"No connection: {failure.__cause__ or failure}.")}
    except BadDestination as refusal:
        return {"reason": UNREACHABLE, "error": readable(str(refusal))}
    except TooLarge:
        return {"reason": TOO_LARGE, "error": "The answer went on past half a megabyte."}


def arguments(request: JudgeRequest, form: AnswerForm) -> dict[str, Any]:
    given: dict[str, Any] = {"model": request.model, "messages": request.messages}
    given[request.limit_name] = request.max_output_tokens
    if request.temperature is not None:
        given["temperature"] = request.temperature
    if request.seed is not None:
        given["seed"] = request.seed
    if form == "json_schema":
        schema = {"name": "verdict", "strict": True, "schema": answer_schema(request.values)}
        given["response_format"] = {"type": "json_schema", "json_schema": schema}
    elif form == "json_object":
        given["response_format"] = {"type": "json_object"}
    return given


def refused(failure: Any, *, key: str) -> dict[str, Any]:
    """What a status other than success says; the words are the endpoint's own, cut and made harmless, without the key:
    some say which one they do not take."""
    response = failure.response
    status, whole = response.status_code, response.content[:MOST_WORDS].decode(errors="replace")
    message = failure.body.get("message") if isinstance(failure.body, dict) else None
    return {
        "status": status,
        "reason": reason_for_status(status),
        "error": readable(without(key, message if isinstance(message, str) else whole))
        or f"Status {status} without a word.",
        "retry_after": read_retry_after(response.headers.get("retry-after")),
        "refuses_form": status in (400, 422) and any(words in whole.casefold() for words in FORM_WORDS),
    }


def without(key: str, words: str) -> str:
    return words.replace(key, "(the key)") if key else words
