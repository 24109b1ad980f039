"""Usage over HTTP: what is reported adds up, metered services are known by their sockets, budgets tell and refuse."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import anthropic
import httpx
import openai
import pytest

from tests.fakes.daemon import Daemon, wait_for
from tests.fakes.provider import WORDS, running, seen_by

MESSAGES: Any = [{"role": "user", "content": "hi"}]
FIGURES = (
    *("calls", "input_tokens", "cache_read_tokens", "cache_write_tokens", "output_tokens", "cost"),
    *("unpriced_calls", "unmetered_calls", "failed_calls"),
)
ASKS = """
import json, os, sys, time, urllib.request
address = os.environ["OPENAI_BASE_URL"].partition("~")[0]  # without the key: the socket alone must tell
names = sorted(name for name in os.environ if os.environ[name].startswith(address.rpartition("/")[0]))
print("has", *names, flush=True)
body = json.dumps({"model": os.environ["MODEL"], "messages": []}).encode()
request = urllib.request.Request(address + "/chat/completions", body, {"Content-Type": "application/json"})
print("answered", urllib.request.urlopen(request).status, flush=True)
time.sleep(600)
"""

RUNS = f"import os, sys\nos.environ['OPENAI_BASE_URL'] = sys.argv[2]\n{ASKS.replace('time.sleep(600)', '')}"


@pytest.fixture(scope="module")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running(tmp_path_factory.mktemp("provider")) as address:
        yield address


def asking(model: str, **more: Any) -> dict[str, Any]:
    env = {"MODEL": model, "no_proxy": "*", **more.pop("env", {})}
    return {"command": [sys.executable, "-c", ASKS], "env": env, "start_seconds": 0.1, **more}


@pytest.fixture(scope="module")
def daemon(provider: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    nested = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {ASKS!r}])"
    definitions = {
        "services": {
            "painter": asking("of-the-painter", usage={"meter": True}),
            "deep": {**asking("of-the-child", usage={"meter": True}), "command": [sys.executable, "-c", nested]},
            "own": asking("of-its-own", usage={"meter": True}, env={"OPENAI_BASE_URL": f"{provider}/v1"}),
            "unmetered": {"command": [sys.executable, "-c", "import os; print('OPENAI_BASE_URL' in os.environ)"]},
        },
        "modules": {
            "digest": {
                "command": [sys.executable, "-c", RUNS],
                "env": {"MODEL": "of-the-run", "no_proxy": "*"},
                "parameters": {"address": {"required": True}},
            }
        },
        "usage": {
            "providers": {"openai": {"base_url": f"{provider}/v1"}, "anthropic": {"base_url": provider}},
            "prices": {"house/*": {"input": 1, "output": 2, "cache_read": 0.5}},
            "budgets": {
                "small": {"per": "day", "soft": 1, "hard": 2, "service": "spender"},
                "claude": {"per": "month", "hard": 0.0001, "model": "claude-opus-4-8"},
                "runs-out": {"per": "day", "hard": 2, "service": "runner"},
                "wide": {"per": "month", "soft": 1000},
            },
        },
        "retention": {"usage": "never"},
    }
    made = Daemon(tmp_path_factory.mktemp("usage"), json.dumps(definitions))
    made.start()
    yield made
    made.close()


def get(daemon: Daemon, path: str, **query: Any) -> Any:
    answer = daemon.http.get(f"/api/usage/{path}", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def report(daemon: Daemon, **call: Any) -> dict[str, Any]:
    body = {"provider": "house", "model": "m", "input_tokens": 1000, "output_tokens": 100, **call}
    answer = daemon.http.post("/api/usage", json=body)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def of(row: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(row[name] for name in FIGURES)


def test_what_is_reported_adds_up(daemon: Daemon) -> None:
    for model in ("add-1", "add-1", "add-2"):
        told = report(daemon, model=model, service="adder", cache_read_tokens=200, cache_write_tokens=10)
        assert (told["reported"], told["unpriced"], told["unmetered"]) == (True, False, False)
        assert told["price"] == {
            "list": "configuration", "model": "house/*", "since": None, "looked_up": f"{datetime.now(UTC):%Y-%m-%d}",
            "million_tokens": {"input": "1.0", "cache_read": "0.5", "output": "2.0"},
        }  # fmt: skip
    cost = (1000 + 200 * 0.5 + 10 + 100 * 2) / 1e6
    summary = get(daemon, "summary", service="adder")
    assert of(summary) == (3, 3000, 600, 30, 300, pytest.approx(3 * cost), 0, 0, 0)
    models = get(daemon, "by-model", service="adder")["models"]
    assert [(row["provider"], row["model"], row["calls"]) for row in models] == [
        ("house", "add-1", 2),
        ("house", "add-2", 1),
    ]
    (service,) = [row for row in get(daemon, "by-service")["services"] if row["service"] == "adder"]
    assert of(service) == of(summary)


def test_a_price_that_nobody_knows_is_not_nothing(daemon: Daemon) -> None:
    told = report(daemon, provider="moon", model="cheese-1", service="unpriced")
    assert (told["cost"], told["price"], told["unpriced"]) == (None, None, True)
    assert of(get(daemon, "summary", service="unpriced")) == (1, 1000, 0, 0, 100, None, 1, 0, 0)
    report(daemon, service="unpriced")
    summary = get(daemon, "summary", service="unpriced")
    assert (summary["cost"], summary["unpriced_calls"]) == (pytest.approx(1200 / 1e6), 1)


def test_a_use_that_nobody_told_is_unmetered(daemon: Daemon) -> None:
    told = report(daemon, input_tokens=None, output_tokens=None, service="silent")
    assert (told["input_tokens"], told["cost"], told["unmetered"]) == (None, None, True)
    assert of(get(daemon, "summary", service="silent")) == (1, 0, 0, 0, 0, None, 0, 1, 0)


def test_a_run_that_nobody_knows_is_kept_as_it_was_told(daemon: Daemon) -> None:
    told = report(daemon, run_id="of-another-machine", model="elsewhere")
    assert (told["run_id"], told["service"]) == ("of-another-machine", None)


def test_history_has_a_row_for_each_day(daemon: Daemon) -> None:
    now = datetime.now(UTC)
    for days in (0, 2, 2, 40):
        report(daemon, service="historian", at=(now - timedelta(days=days)).isoformat())
    days = get(daemon, "history", service="historian", days=5)["days"]
    assert [row["calls"] for row in days][2:3] + [row["calls"] for row in days][-1:] == [2, 1]
    assert [row["date"] for row in days] == [f"{now - timedelta(days=ago):%Y-%m-%d}" for ago in (4, 3, 2, 1, 0)]
    assert days[0]["cost"] == 0
    since = f"{now - timedelta(days=41):%Y-%m-%d}"
    assert get(daemon, "summary", service="historian", since=since)["calls"] == 4


def test_the_table_for_spreadsheets_has_every_call_and_no_formula(daemon: Daemon) -> None:
    for number in range(3):
        report(daemon, model="=HYPERLINK(1)", service="exporter", output_tokens=number)
    answer = daemon.http.get("/api/usage/calls.csv", params={"service": "exporter"})
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.headers["content-disposition"].startswith('attachment; filename="usage-')
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [row["output_tokens"] for row in rows] == ["2", "1", "0"]
    assert {row["model"] for row in rows} == {"'=HYPERLINK(1)"}
    empty = daemon.http.get("/api/usage/calls.csv", params={"service": "nobody"}).text
    assert empty.splitlines() == [answer.text.splitlines()[0]]


def test_pages_of_calls_hang_together(daemon: Daemon) -> None:
    for number in range(5):
        report(daemon, model=f"page-{number}", service="pager")
    first = get(daemon, "calls", service="pager", limit=3)
    second = get(daemon, "calls", service="pager", limit=3, cursor=first["cursor"])
    models = [call["model"] for call in first["calls"] + second["calls"]]
    assert models == [f"page-{number}" for number in (4, 3, 2, 1, 0)]
    assert second["cursor"] is None


@pytest.mark.parametrize("flag", ["unpriced", "unmetered"])
def test_calls_that_need_a_look_are_found(daemon: Daemon, flag: str) -> None:
    report(daemon, provider="moon", service="flagged")
    report(daemon, input_tokens=None, output_tokens=None, service="flagged")
    report(daemon, service="flagged")
    found = get(daemon, "calls", service="flagged", flag=flag)["calls"]
    assert found
    assert all(call[flag] for call in found)


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({"model": "m"}, "body.provider"),
        ({"provider": "p", "model": "m", "input_tokens": -1}, "body.input_tokens"),
        ({"provider": "p", "model": "m", "inputtokens": 1}, "body.inputtokens"),
        ({"provider": "p", "model": "m", "at": "2026-01-01T00:00:00"}, "body.at"),
    ],
)
def test_what_is_wrong_with_a_report_is_told(daemon: Daemon, body: dict[str, Any], where: str) -> None:
    answer = daemon.http.post("/api/usage", json=body)
    assert answer.status_code == 422
    assert [fault["where"] for fault in answer.json()["errors"]] == [where]


def test_days_that_make_no_sense_are_refused(daemon: Daemon) -> None:
    answer = daemon.http.get("/api/usage/summary", params={"since": "2026-05-02", "until": "2026-05-01"})
    assert (answer.status_code, answer.json()["error_code"]) == (422, "invalid_usage")


# Metered services


def test_a_metered_service_is_told_where_to_call_and_known_by_its_socket(daemon: Daemon) -> None:
    daemon.post("painter", "start").raise_for_status()
    wait_for(lambda: "answered 200" in daemon.log("painter"))
    (call,) = wait_for(lambda: get(daemon, "calls", model="of-the-painter")["calls"])
    assert call["service"] == "painter"
    told = daemon.log("painter").splitlines()[0].split()[1:]
    assert told == sorted(
        ["ANTHROPIC_BASE_URL", "OLLAMA_API_BASE", "OLLAMA_BASE_URL", "OLLAMA_HOST", "OPENAI_API_BASE",
         "OPENAI_API_BASE_URL", "OPENAI_BASE_URL"]
    )  # fmt: skip


def test_what_a_service_starts_is_known_as_its_own(daemon: Daemon) -> None:
    daemon.post("deep", "start").raise_for_status()
    (call,) = wait_for(lambda: get(daemon, "calls", model="of-the-child")["calls"])
    assert call["service"] == "deep"


def test_an_address_that_the_person_has_set_stays(daemon: Daemon, provider: str) -> None:
    daemon.post("own", "start").raise_for_status()
    wait_for(lambda: "answered 200" in daemon.log("own"))
    assert any(one.model == "of-its-own" for one in seen_by(provider))
    assert get(daemon, "calls", model="of-its-own")["calls"] == []


def test_a_service_that_is_not_metered_is_told_nothing(daemon: Daemon) -> None:
    daemon.post("unmetered", "start")
    assert wait_for(lambda: daemon.log("unmetered")) == "False"


def test_a_run_is_known_with_its_module(daemon: Daemon) -> None:
    address = f"{daemon.address}/proxy/openai"
    run = daemon.http.post("/api/modules/digest/run", json={"parameters": {"address": address}})
    assert run.status_code == 202, run.text
    (call,) = wait_for(lambda: get(daemon, "calls", model="of-the-run")["calls"])
    assert (call["service"], call["run_id"]) == ("digest", run.json()["run_id"])


# Budgets


def test_a_budget_tells_and_then_refuses(daemon: Daemon, provider: str) -> None:
    def standing() -> dict[str, Any]:
        found: dict[str, Any] = next(one for one in get(daemon, "budgets")["budgets"] if one["id"] == "small")
        return found

    assert (standing()["spent"], standing()["state"]) == (0, "within")
    report(daemon, service="spender", input_tokens=1_200_000, output_tokens=0)
    assert (standing()["spent"], standing()["state"]) == (pytest.approx(1.2), "soft")
    (told,) = wait_for(lambda: daemon.events("usage.budget_reached", "small"))
    assert (told["payload"]["soft"], told["payload"]["spent"]) == (1.0, 1.2)
    with openai.OpenAI(base_url=f"{daemon.address}/proxy/openai~spender", api_key="k") as client:
        assert client.chat.completions.create(model="gpt-4o", messages=MESSAGES).choices
        report(daemon, service="spender", input_tokens=1_000_000, output_tokens=0)
        assert standing()["state"] == "hard"
        wait_for(lambda: daemon.events("usage.budget_spent", "small"))
        before = len(seen_by(provider))
        with pytest.raises(
            openai.RateLimitError, match="the budget `small` of the service spender is spent"
        ) as refused:
            client.chat.completions.create(model="gpt-4o", messages=MESSAGES)
    assert (refused.value.code, refused.value.type) == ("budget_spent", "insufficient_quota")
    assert len(seen_by(provider)) == before
    call = wait_for(lambda: get(daemon, "calls", service="spender", flag="failed")["calls"])
    assert [(one["outcome"], one["status"]) for one in call] == [("refused", 429)]  # nobody has tried again
    with openai.OpenAI(base_url=f"{daemon.address}/proxy/openai~other", api_key="k") as other:
        assert other.chat.completions.create(model="gpt-4o", messages=MESSAGES).choices


def test_a_stream_during_which_a_budget_is_spent_ends_whole(daemon: Daemon) -> None:
    with openai.OpenAI(base_url=f"{daemon.address}/proxy/openai~runner", api_key="k", max_retries=0) as client:
        stream = client.chat.completions.create(model="slow", messages=MESSAGES, stream=True)
        first = next(iter(stream))
        report(daemon, service="runner", input_tokens=3_000_000, output_tokens=0)
        assert next(one for one in get(daemon, "budgets")["budgets"] if one["id"] == "runs-out")["state"] == "hard"
        said = [chunk.choices[0].delta.content or "" for chunk in (first, *stream) if chunk.choices]
        assert "".join(said) == "".join(WORDS)
        with pytest.raises(openai.RateLimitError, match="the budget `runs-out`"):
            client.chat.completions.create(model="slow", messages=MESSAGES)


def test_a_refusal_has_the_form_of_its_provider(daemon: Daemon) -> None:
    with anthropic.Anthropic(base_url=f"{daemon.address}/proxy/anthropic", api_key="k") as client:
        client.messages.create(model="claude-opus-4-8", max_tokens=5, messages=MESSAGES)
        wait_for(lambda: daemon.events("usage.budget_spent", "claude"))
        with pytest.raises(anthropic.RateLimitError, match="the budget `claude`"):
            client.messages.create(model="claude-opus-4-8", max_tokens=5, messages=MESSAGES)


def test_budgets_and_sums_outlive_the_daemon(daemons: Callable[..., Daemon]) -> None:
    budget = {"budgets": {"b": {"per": "month", "hard": 5}}, "prices": {"m": {"input": 1, "output": 2}}}
    daemon = daemons(json.dumps({"usage": budget}))
    report(daemon, model="m", input_tokens=3_000_000, output_tokens=0)
    daemon.kill()
    daemon.start()
    assert get(daemon, "summary")["cost"] == pytest.approx(3)
    assert wait_for(lambda: get(daemon, "budgets")["budgets"][0]["spent"]) == pytest.approx(3)
    daemon.stop()
    daemon.start()
    assert wait_for(lambda: get(daemon, "budgets")["budgets"][0]["spent"]) == pytest.approx(3)


def test_calls_of_the_last_moment_are_stored(daemons: Callable[..., Daemon], provider: str) -> None:
    daemon = daemons(json.dumps({"usage": {"providers": {"openai": {"base_url": f"{provider}/v1"}}}}))
    url = f"{daemon.address}/proxy/openai~late/chat/completions"
    httpx.post(url, json={"model": "gpt-4o", "messages": MESSAGES}, timeout=60).raise_for_status()
    daemon.stop()
    daemon.start()
    assert get(daemon, "summary", service="late")["calls"] == 1
