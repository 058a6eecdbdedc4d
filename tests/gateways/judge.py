"""Answers of a judge's endpoint, byte for byte, for the receiver: good ones, and all the others."""

import json
from typing import Any

from tests.gateways.receiver import head_and_body


def http(status: int, body: bytes, **headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status} Whatever", f"Content-Length: {len(body)}", "Content-Type: application/json"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def said(text: str | None, *, usage: Any = (100, 20), finish_reason: str = "stop") -> bytes:
    """A chat completion whose message is this text."""
    completion: dict[str, Any] = {
        "id": "c-1",
        "object": "chat.completion",
        "created": 1,
        "model": "m",
        "choices": [{"index": 0, "finish_reason": finish_reason, "message": {"role": "assistant", "content": text}}],
    }
    if usage is not None:
        completion["usage"] = {"prompt_tokens": usage[0], "completion_tokens": usage[1], "total_tokens": sum(usage)}
    return json.dumps(completion).encode()


def verdict(label: Any, **more: Any) -> str:
    return json.dumps({"rationale": "It says so.", "label": label, "confidence": 0.9, **more})


def judged(label: Any, *, usage: Any = (100, 20), **more: Any) -> bytes:
    return http(200, said(verdict(label, **more), usage=usage))


def refused(status: int, words: str, **headers: str) -> bytes:
    return http(status, json.dumps({"error": {"message": words}}).encode(), **headers)


def asked(request: bytes) -> dict[str, Any]:
    """What a request asked, as the endpoint reads it."""
    return json.loads(head_and_body(request)[1])
