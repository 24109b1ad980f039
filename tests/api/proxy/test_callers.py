"""Who called, and what is kept."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests.api.proxy.conftest import KEY, MESSAGES, Tool
from tests.fakes.daemon import Daemon, wait_for
from tests.fakes.provider import seen_by


def test_without_a_key_nobody_knows_who_called(daemon: Daemon) -> None:
    answer = daemon.http.post("/proxy/openai/chat/completions", json={"model": "nobodys-model", "messages": MESSAGES})
    assert answer.status_code == 200

    def row() -> Any:
        services = daemon.http.get("/api/usage/by-service", params={"model": "nobodys-model"}).json()["services"]
        return services or None

    (found,) = wait_for(row)
    assert (found["service"], found["calls"], found["unpriced_calls"], found["cost"]) == (None, 1, 1, None)


def test_keys_go_on_and_are_kept_nowhere(daemon: Daemon, provider: str, tool: Tool) -> None:
    tool.openai().chat.completions.create(model="gpt-4o", messages=MESSAGES)
    assert ("authorization", f"Bearer {KEY}") in seen_by(provider)[-1].headers
    url = f"/proxy/openai~{tool.name}/models/gpt-4o:generateContent"
    daemon.http.post(url, params={"key": "AIza-another-secret"}, json={"contents": []})
    assert "key=AIza-another-secret" in seen_by(provider)[-1].target
    assert tool.calls(2)[0]["model"] == "gpt-4o"
    wait_for(lambda: daemon.http.get("/api/usage/summary", params={"service": tool.name}).json()["calls"] == 2)
    kept = [path for path in daemon.folder.rglob("*") if path.is_file()]
    assert kept
    for path in kept:
        content = path.read_bytes()
        assert KEY.encode() not in content, path
        assert b"AIza-another-secret" not in content, path


def test_many_at_once_are_each_answered_and_counted(tool: Tool) -> None:
    client = tool.openai()

    def ask(number: int) -> str | None:
        answer = client.chat.completions.create(model=f"model-{number}", messages=MESSAGES)
        return answer.model

    with ThreadPoolExecutor(16) as pool:
        answered = list(pool.map(ask, range(64)))
    assert answered == [f"model-{number}" for number in range(64)]
    found = {call["model"] for call in tool.calls(64)}
    assert found == set(answered)
