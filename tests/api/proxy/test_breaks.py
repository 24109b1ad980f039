"""Errors, and answers that do not end."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import anthropic
import httpx
import openai
import pytest

from tests.api.proxy.conftest import MESSAGES, Tool
from tests.fakes.daemon import Daemon, wait_for
from tests.fakes.provider import WORDS


@pytest.mark.parametrize("status", [400, 401, 429, 500, 529])
def test_errors_reach_the_client_as_they_are(tool: Tool, status: int) -> None:
    with pytest.raises(openai.APIStatusError) as failed:
        tool.openai().chat.completions.create(model=f"error-{status}", messages=MESSAGES)
    assert failed.value.status_code == status
    assert failed.value.response.headers["x-request-id"] == "req-1"
    assert "You exceeded your quota" in str(failed.value)
    (call,) = tool.calls()
    assert (call["outcome"], call["status"], call["unmetered"], call["cost"]) == ("failed", status, False, None)


def test_errors_of_anthropic_are_its_own(tool: Tool) -> None:
    with pytest.raises(anthropic.APIStatusError, match="Overloaded"):
        tool.anthropic().messages.create(model="error-529", max_tokens=9, messages=MESSAGES)


def test_a_provider_that_is_not_there_is_told_in_its_own_form(tool: Tool) -> None:
    with pytest.raises(openai.InternalServerError, match="Control Center cannot reach nobody") as failed:
        tool.openai("nobody").chat.completions.create(model="gpt-4o", messages=MESSAGES)
    assert failed.value.status_code == 502
    assert failed.value.code == "provider_unreachable"
    assert tool.calls()[0]["outcome"] == "failed"


def test_an_unknown_provider_is_a_problem_that_names_those_there_are(daemon: Daemon) -> None:
    answer = daemon.http.post("/proxy/opneai/chat/completions", json={})
    assert (answer.status_code, answer.json()["error_code"]) == (404, "unknown_provider")
    assert "openai" in answer.json()["detail"]


def keep_all(url: str, body: dict[str, Any], got: bytearray) -> None:
    with httpx.stream("POST", url, json=body, trust_env=False) as answer:
        for block in answer.iter_raw():
            got += block


@pytest.mark.parametrize("streams", [True, False])
def test_what_the_provider_breaks_off_breaks_off_at_the_client(tool: Tool, streams: bool) -> None:
    got = bytearray()
    body = {"model": "cut", "messages": MESSAGES, "stream": streams}
    with pytest.raises(httpx.RemoteProtocolError):
        keep_all(tool.url("/chat/completions"), body, got)
    assert b"wor" in got
    assert b"[DONE]" not in got
    (call,) = tool.calls()
    assert (call["outcome"], call["unmetered"], call["status"]) == ("cut", True, 200)


def lead_on(provider: str) -> None:
    """The stream that is led says one part more."""
    assert httpx.get(f"{provider}/_on").status_code == 200


def test_a_client_that_goes_stops_the_provider_before_it_says_more(provider: str, tool: Tool) -> None:
    lead_on(provider)
    stream = tool.openai().chat.completions.create(model="led", messages=MESSAGES, stream=True)
    assert next(iter(stream)).choices
    assert httpx.get(f"{provider}/_open").text == "1"
    stream.close()
    wait_for(lambda: httpx.get(f"{provider}/_open").text == "0", what="the provider stops")
    assert tool.calls()[0]["outcome"] == "cancelled"


def test_a_client_that_goes_before_any_answer_stops_the_provider_too(daemon: Daemon, provider: str, tool: Tool) -> None:
    with pytest.raises(httpx.ReadTimeout):
        httpx.post(f"{daemon.address}/proxy/openai~{tool.name}/chat/completions", json={"model": "hangs"}, timeout=0.5)
    wait_for(lambda: httpx.get(f"{provider}/_open").text == "0", what="the provider stops")
    (call,) = tool.calls()
    assert (call["outcome"], call["status"]) == ("cancelled", None)


def test_words_of_a_slow_stream_arrive_as_they_are_said(provider: str, tool: Tool) -> None:
    lead_on(provider)
    stream = tool.openai().chat.completions.create(model="led", messages=MESSAGES, stream=True, timeout=60)
    heard = []
    for chunk in stream:
        heard.append(chunk.choices[0].delta.content or "")
        lead_on(provider)  # not before this part has been heard
    assert heard == ["", *WORDS, ""]


def test_whatever_clients_and_providers_did_is_no_error_of_the_daemon(daemon: Daemon, tool: Tool) -> None:
    with pytest.raises(httpx.RemoteProtocolError):
        keep_all(tool.url("/chat/completions"), {"model": "cut", "stream": True}, bytearray())
    tool.calls()
    assert "ERROR" not in daemon.output.read_text(encoding="utf-8")


def test_a_daemon_that_is_killed_takes_the_call_on_its_way_with_it_and_no_other(
    provider: str, daemons: Callable[..., Daemon]
) -> None:
    own = daemons(json.dumps({"usage": {"providers": {"openai": {"base_url": f"{provider}/v1"}}}}))
    tool = Tool(own)
    tool.openai().chat.completions.create(model="gpt-4o", messages=MESSAGES)
    before = tool.calls()
    lead_on(provider)
    stream = tool.openai().chat.completions.create(model="led", messages=MESSAGES, stream=True)
    next(iter(stream))
    own.kill()
    with pytest.raises((httpx.HTTPError, openai.APIConnectionError)):
        list(stream)
    tool.close()
    wait_for(lambda: httpx.get(f"{provider}/_open").text == "0", what="the provider stops")
    own.start()
    assert tool.calls() == before


def test_a_call_that_goes_on_does_not_keep_the_daemon_from_ending(
    provider: str, daemons: Callable[..., Daemon]
) -> None:
    own = daemons(json.dumps({"usage": {"providers": {"openai": {"base_url": f"{provider}/v1"}}}}))
    before = int(httpx.get(f"{provider}/_open").text)
    with ThreadPoolExecutor(1) as pool:
        url = f"{own.address}/proxy/openai~x/chat/completions"
        asking = pool.submit(httpx.post, url, json={"model": "hangs"}, timeout=60)
        wait_for(lambda: int(httpx.get(f"{provider}/_open").text) > before, what="the call is on its way")
        own.stop()
        with pytest.raises(httpx.RemoteProtocolError):
            asking.result()
    wait_for(lambda: int(httpx.get(f"{provider}/_open").text) == before, what="the provider stops")
    assert "Traceback" not in own.output.read_text(encoding="utf-8")
    own.start()
    (call,) = own.http.get("/api/usage/calls").json()["calls"]
    assert (call["service"], call["outcome"]) == ("x", "cancelled")
