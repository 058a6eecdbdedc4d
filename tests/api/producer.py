"""A producer that speaks JSON, and what a refusal of the API looks like."""

import json
from typing import Any
from urllib.parse import quote


class Producer:
    """The helpdesk: a client that sends its token with everything and no cookie."""

    def __init__(self, client, secret: str, slug: str = "shop") -> None:
        self.client = client
        self.headers = {"Authorization": f"Bearer {secret}"}
        self.root = f"/api/v1/projects/{slug}"

    def get(self, path: str, **query: Any):
        return self.client.get(f"{self.root}{path}", query, headers=self.headers)

    def item(self, external_id: str, tail: str = "", **query: Any):
        return self.get(f"/items/{quote(external_id)}{tail}", **query)

    def send(self, body: Any, *, path: str = "/items", content_type: str = "application/json", **headers: str):
        """POST a body: bytes as they are, anything else as JSON."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.post(
            f"{self.root}{path}", content, content_type=content_type, headers={**self.headers, **named}
        )


def assert_problem(response, status: int, *words: str) -> dict[str, Any]:
    """The response is a complete problem of this status whose text holds these words."""
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/problem+json"
    problem = response.json()
    assert {"type", "title", "status", "detail", "errors"} <= set(problem)
    assert problem["status"] == status
    for word in words:
        assert word in json.dumps(problem, ensure_ascii=False)
    return problem
