"""What a request asks for, and what is added to it where the person wants that."""

from __future__ import annotations

import json

import pytest

from backend.services.usage.asked import READ_WHOLE, asked_in, asking_usage, is_call

JSON = "application/json"
LONG = json.dumps({"messages": [{"content": 'my \\"model\\": \\"no\\" ' + "x" * 200}], "model": "m"}).encode()


@pytest.mark.parametrize(
    ("body", "kind", "path", "model"),
    [
        (b'{"model": "gpt-4o"}', JSON, "/chat/completions", "gpt-4o"),
        (b'{"metadata": {"model": "no"}, "model": "yes"}', f"{JSON}; charset=utf-8", "/x", "yes"),
        (b'{"model": 4}', JSON, "/x", None),
        (b"not json", JSON, "/x", None),
        (b'{"a":' * 40_000, JSON, "/models/m", "m"),
        (b"--x\r\nmodel", "multipart/form-data; boundary=x", "/audio/transcriptions", None),
        (b"{}", JSON, "/v1beta/models/gemini-4:streamGenerateContent", "gemini-4"),
        (b'{"model": "m", "messages": ["' + b"x" * READ_WHOLE, JSON, "/x", "m"),
    ],
)
def test_the_model_is_found(body: bytes, kind: str, path: str, model: str | None) -> None:
    assert asked_in(body, kind, path).model == model


@pytest.mark.parametrize(
    ("method", "path", "counts"),
    [
        ("POST", "/chat/completions", True),
        ("POST", "/v1/messages", True),
        ("POST", "/api/generate", True),
        ("POST", "/what/nobody/knows", True),
        ("GET", "/models", False),
        ("HEAD", "/", False),
        ("DELETE", "/api/delete", False),
        ("POST", "/v1/messages/count_tokens", False),
        ("POST", "/api/pull", False),
        ("POST", "/v1/files", False),
        ("POST", "/v1/models/gemini-4:countTokens", False),
        ("POST", "/responses/resp_1/cancel", False),
    ],
)
def test_what_asks_no_model_is_no_call(method: str, path: str, counts: bool) -> None:
    assert is_call(method, path) == counts


def test_the_use_is_asked_for_and_all_else_stays() -> None:
    body = {"model": "m", "messages": [], "stream": True, "stream_options": {"other": 1}, "n": 1.5}
    changed = asking_usage(json.dumps(body).encode())
    assert changed is not None
    assert json.loads(changed) == {**body, "stream_options": {"other": 1, "include_usage": True}}


@pytest.mark.parametrize(
    "body",
    [
        {"model": "m", "messages": []},
        {"model": "m", "messages": [], "stream": False},
        {"model": "m", "messages": [], "stream": True, "stream_options": {"include_usage": True}},
        {"model": "m", "input": "a response tells it anyway", "stream": True},
        {"model": "m", "messages": [], "stream": True, "stream_options": 7},
        [],
    ],
)
def test_what_has_no_such_wish_stays_as_it_is(body: object) -> None:
    assert asking_usage(json.dumps(body).encode()) is None
    assert asking_usage(b"{") is None
