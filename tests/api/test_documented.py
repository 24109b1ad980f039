"""Every example of docs/api.md is run against a real daemon: the status is that, and the answer has that shape."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from websockets.sync.client import connect

from backend.config import ROOT
from tests.fakes.daemon import Daemon, wait_for

PAGE = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
DEFINITIONS = re.search(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
EXAMPLES = re.findall(r"```http\n(\w+) (\S+)\n(.*?)```\n```json\n(.*?)```", PAGE, re.DOTALL)


def shape_fault(example: Any, answer: Any, at: str = "$") -> str | None:
    """Where the answer is not of the example's form; None when it is. A null stands for any or none."""
    if example is None or answer is None:
        return None
    if isinstance(example, dict) and isinstance(answer, dict):
        partly = len(example) == 1  # an object with a single member is shown in part
        if not partly and example.keys() != answer.keys():
            return f"{at}: {sorted(example.keys() ^ answer.keys())} in only one of them"
        faults = (shape_fault(example[key], answer.get(key, Ellipsis), f"{at}.{key}") for key in example)
        return next((fault for fault in faults if fault), None)
    if isinstance(example, list) and isinstance(answer, list):
        faults = (shape_fault(example[0], one, f"{at}[]") for one in answer if example)
        return next((fault for fault in faults if fault), None)
    numbers = (int, float)
    same = isinstance(answer, type(example)) or (isinstance(example, numbers) and isinstance(answer, numbers))
    return None if same else f"{at}: {answer!r} is not like {example!r}"


def socket_answer(daemon: Daemon, path: str, message: str) -> Any:
    with connect(daemon.address.replace("http", "ws") + path) as socket:
        if message.strip():
            socket.send(message)
        return json.loads(socket.recv(timeout=10))


def test_the_page_has_an_example_of_each_kind() -> None:
    assert len(EXAMPLES) >= 18
    assert {method for method, *_ in EXAMPLES} == {"GET", "POST", "PUT", "DELETE", "WS"}


def test_every_example_is_true(daemons: Callable[..., Daemon]) -> None:
    assert DEFINITIONS is not None
    daemon = daemons(DEFINITIONS[1])
    for method, path, rest, shown in EXAMPLES:
        example = json.loads(shown)
        if "service.failed" in path:
            wait_for(lambda: all(event["stored"] for event in daemon.events("service.failed")))
        if path == "/api/alerts":
            wait_for(lambda: daemon.http.get("/api/alerts").json()["firing"])
        if "logs?" in path:
            wait_for(lambda: "tick 2" in daemon.log("ticker"))
        if method == "WS":
            answer = socket_answer(daemon, path, rest)
        else:
            body, status = rest.strip().rpartition("\n")[::2]
            response: httpx.Response = daemon.http.request(method, path, json=json.loads(body) if body else None)
            assert response.status_code == int(status), f"{method} {path}: {response.text}"
            answer = response.json()
        assert (fault := shape_fault(example, answer)) is None, f"{method} {path}: {fault}"


@pytest.mark.parametrize(
    ("example", "answer", "fault"),
    [
        ({"a": 1}, {"a": 2.5}, None),
        ({"a": 1}, {"a": "x"}, "$.a"),
        ({"a": 1}, {}, "$"),
        ([{"a": 1}], [{"a": 1}, {"b": 1}], "$[]"),
        ({"a": None}, {"a": "x"}, None),
    ],
)
def test_a_wrong_shape_is_noticed(example: Any, answer: Any, fault: str | None) -> None:
    found = shape_fault(example, answer)
    assert (found is None) if fault is None else (found is not None and found.startswith(fault))
