"""Clients of the older runner of modules, whose API and list of modules are taken over: all that they ask is answered
as they read it. Their fourteen requests are `examples/runs.postman_collection.json`, driven here as it stands.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

import httpx
import pytest

from backend.config import ROOT
from tests.api.test_documented import shape_fault
from tests.fakes.daemon import Daemon, wait_for

if sys.platform == "win32":
    pytest.skip("the daemon of these tests is started as on Unix", allow_module_level=True)

COLLECTION = json.loads((ROOT / "examples" / "runs.postman_collection.json").read_text(encoding="utf-8"))
REQUESTS = [(item["request"], item["response"][0]) for folder in COLLECTION["item"] for item in folder["item"]]
SCRIPT = """
import time
for page in (1, 2, 3):
    print(f"page {page} of 3", flush=True)
time.sleep(300)
"""
PAGE = "http://localhost:5173"
PRINTED = b"page 1 of 3\npage 2 of 3\npage 3 of 3\n"
LIST = {
    "modules": [
        {
            "id": "videos", "name": "Videos", "description": "Collects short videos", "category": "sources/videos",
            "script_path": "sources/videos.py", "tags": ["video"], "version": "2.0.0", "status": "active",
            "enabled": True,
            "parameters": [
                {"name": "max_results", "type": "number", "default": 50, "min": 1, "max": 500, "required": False},
                {"name": "mode", "type": "select", "options": ["trending", "channel", "keyword"],
                 "default": "trending", "required": True, "label": "Mode"},
                {"name": "channel_url", "type": "text", "default": "", "required": False,
                 "conditional_display": {"field": "mode", "value": "channel"},
                 "validation": {"pattern": r"^https?://|@[\\w-]+$", "message": "Give an address or a handle"}},
                {"name": "query", "type": "text", "default": "", "required": False, "warning": "Slow",
                 "conditional_display": {"field": "mode", "value": "keyword"}},
                {"name": "category", "type": "select", "options": ["All", "Gaming"], "default": "All",
                 "conditional_display": {"field": "mode", "value": "trending"}},
            ],
        },
        {"id": "articles", "name": "Articles", "script_path": "sources/videos.py",
         "parameters": [{"name": "url", "type": "text", "default": "", "required": True}]},
        {"id": "closed", "name": "Closed", "script_path": "sources/videos.py", "enabled": False},
    ]
}  # fmt: skip


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    folder = tmp_path_factory.mktemp("older")
    (folder / "sources").mkdir()
    (folder / "sources" / "videos.py").write_text(SCRIPT)
    (folder / "modules.json").write_text(json.dumps(LIST))
    made = Daemon(
        folder, "modules: {import: modules.json}\n",
        APP_NAME="Ours", MAX_CONCURRENT_RUNS="20", CORS_ORIGINS=f"{PAGE},http://127.0.0.1:5173",
    )  # fmt: skip
    try:
        made.start()
        yield made
    finally:
        made.close()


def filled(text: str, values: dict[str, str]) -> str:
    for name, value in values.items():
        text = text.replace("{{%s}}" % name, value)  # noqa: UP031  # four braces read no better
    assert "{{" not in text
    return text


def sent(daemon: Daemon, request: dict[str, Any], values: dict[str, str]) -> httpx.Request:
    """The request that a program makes of an entry of the collection."""
    address = filled(request["url"]["raw"], values)
    for variable in request["url"].get("variable", ()):
        address = address.replace(f":{variable['key']}", filled(variable["value"], values))
    body = filled(request["body"]["raw"], values) if "body" in request else None
    headers = {header["key"]: header["value"] for header in request["header"]}
    return daemon.http.build_request(request["method"], address, headers=headers, content=body)


def test_every_request_of_the_collection_has_its_answer(daemon: Daemon) -> None:
    assert len(REQUESTS) == 14
    values = {"base_url": daemon.address, "module_id": "videos", "run_id": "run_20261121_150902_videos_bc20a0ab"}
    for request, example in REQUESTS:
        if "logs" in request["url"]["path"]:
            all_is_said(daemon, values["run_id"])
        answer = daemon.http.send(sent(daemon, request, values), stream=True)
        what = f"{request['method']} {answer.request.url}"
        assert answer.status_code == example["code"], f"{what}: {answer.read().decode()}"
        assert answer.headers["content-type"].partition(";")[0] == example["header"][0]["value"], what
        if example["header"][0]["value"] == "application/json":
            body = json.loads(answer.read())
            assert (fault := missing(json.loads(example["body"]), body)) is None, f"{what}: {fault}"
            values["run_id"] = body.get("run_id", values["run_id"])
        elif "stream" in request["url"]["path"]:
            assert first_lines(answer, 3) == ["page 1 of 3", "page 2 of 3", "page 3 of 3"]
        else:
            assert answer.read() == PRINTED
            assert answer.headers["content-disposition"] == f'attachment; filename="{values["run_id"]}.log"'
        answer.close()
    assert daemon.http.get(f"/api/runs/{values['run_id']}").json()["status"] == "cancelled"


def all_is_said(daemon: Daemon, run_id: str) -> None:
    wait_for(lambda: daemon.http.get(f"/api/runs/{run_id}/logs/download").content == PRINTED)


def missing(example: Any, answer: Any, at: str = "$") -> str | None:
    """What a client of the example would look for in vain: more members than it knows do not disturb it."""
    if isinstance(example, dict) and isinstance(answer, dict):
        if gone := example.keys() - answer.keys():
            return f"{at} has no {sorted(gone)}"
        if at.endswith(".parameters"):
            return None  # the script's own
        return next((fault for key in example if (fault := missing(example[key], answer[key], f"{at}.{key}"))), None)
    if isinstance(example, list) and isinstance(answer, list):
        if example and not answer:
            return f"{at} is empty"
        return missing(example[0], answer[0], f"{at}[0]") if example else None
    return shape_fault(example, answer, at)


def first_lines(answer: httpx.Response, count: int) -> list[str]:
    found: list[str] = []
    for line in answer.iter_lines():
        if line.startswith("data: "):
            found.append(json.loads(line.removeprefix("data: "))["message"])
        if len(found) == count:
            break
    return found


def test_it_is_found_under_the_addresses_that_they_know(daemon: Daemon) -> None:
    root = daemon.http.get("/").json()
    assert (root["message"], root["docs_url"], root["health_url"]) == ("Ours is running.", "/docs", "/health")
    assert all(daemon.http.get(root[name]).status_code == 200 for name in ("docs_url", "health_url"))
    health = daemon.http.get("/api/health").json()
    assert (health["status"], health["total_modules"]) == ("healthy", 3)
    assert isinstance(health["uptime_seconds"], int)


def test_nothing_need_be_given_where_all_that_is_required_has_a_default(daemon: Daemon) -> None:
    run = daemon.http.post("/api/modules/videos/run", json={"parameters": {}, "save_config": False})
    assert (run.status_code, run.json()["status"], run.json()["module_id"]) == (202, "queued", "videos")
    run_id = run.json()["run_id"]
    assert run.json()["parameters"].keys() >= {"mode", "max_results", "category"}
    assert [one["run_id"] for one in daemon.http.get("/api/runs", params={"limit": 1}).json()["runs"]] == [run_id]
    results = daemon.http.get(f"/api/runs/{run_id}/results").json()
    assert {"run_id", "status", "summary", "output_files"} <= results.keys()
    cancelled = daemon.http.delete(f"/api/runs/{run_id}")
    assert (cancelled.status_code, cancelled.json()["status"]) == (200, "cancelled")
    assert daemon.http.delete(f"/api/runs/{run_id}").status_code == 400


def test_what_is_required_and_has_no_default_must_be_given(daemon: Daemon) -> None:
    refused = daemon.http.post("/api/modules/articles/run", json={"parameters": {}})
    assert (refused.status_code, refused.json()["errors"]) == (
        422,
        [{"where": "parameters.url", "message": "url is required"}],
    )
    assert daemon.http.post("/api/modules/articles/config", json={"parameters": {}}).status_code == 400


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        ("/api/modules/nobody/run", {"parameters": {}}, 404, "module_not_found"),
        ("/api/modules/closed/run", {"parameters": {}}, 409, "module_unavailable"),
        ("/api/modules/videos/run", {"parameters": {"max_results": 9999}}, 422, "invalid_parameters"),
        ("/api/modules/videos/run", {"parameters": {"__internal__": "x"}}, 422, "invalid_parameters"),
        ("/api/modules/videos/run", {"parameters": {f"p{n}": n for n in range(101)}}, 422, "invalid_parameters"),
        ("/api/modules/videos/config", {"parameters": {"max_results": "many"}}, 400, "invalid_parameters"),
        ("/api/modules/videos/config", {}, 422, "not_valid"),
        ("/api/runs", {"parameters": {}}, 422, "not_valid"),
    ],
)
def test_what_cannot_be_done_is_refused_with_detail_code_and_time(
    daemon: Daemon, path: str, body: dict[str, Any], status: int, code: str
) -> None:
    answer = daemon.http.post(path, json=body)
    problem = answer.json()
    assert (answer.status_code, problem["error_code"]) == (status, code)
    assert problem["detail"]
    assert datetime.fromisoformat(problem["timestamp"]).tzinfo is not None


def test_a_parameter_that_the_list_does_not_declare_is_kept_and_passed_on(daemon: Daemon) -> None:
    given = {"max_results": 200, "trending_category": "Music"}
    run = daemon.http.post("/api/modules/videos/run", json={"parameters": given}).json()
    assert run["parameters"]["trending_category"] == "Music"
    assert daemon.http.get("/api/modules/videos/config").json()["parameters"].items() >= given.items()
    preview = daemon.http.post("/api/modules/videos/preview", json={"parameters": given}).json()
    assert preview["argv"][-2:] == ["--trending_category", "Music"]
    daemon.http.post("/api/modules/videos/run", json={"parameters": {"max_results": 300}, "save_config": False})
    assert daemon.http.get("/api/modules/videos/config").json()["parameters"]["max_results"] == 200


def test_an_empty_filter_is_none(daemon: Daemon) -> None:
    daemon.http.post("/api/modules/videos/run", json={})
    for path, filters in (
        ("runs", ("module_id", "status", "cursor")),
        ("jobs", ("type", "subject", "status", "cursor")),
    ):
        plain = daemon.http.get(f"/api/{path}").json()
        assert plain["total"] >= 1
        assert daemon.http.get(f"/api/{path}", params=dict.fromkeys(filters, "")).json()["total"] == plain["total"]


def test_a_page_of_theirs_at_another_port_may_ask(daemon: Daemon) -> None:
    asking = {
        "Origin": PAGE,
        "Access-Control-Request-Method": "DELETE",
        "Access-Control-Request-Headers": "content-type",
    }
    for path in ("/api/modules/videos/config", "/api/runs/run_1"):
        allowed = daemon.http.options(path, headers=asking)
        assert (allowed.status_code, allowed.headers["access-control-allow-origin"]) == (200, PAGE)
        assert "DELETE" in allowed.headers["access-control-allow-methods"]
    headers = {"Origin": PAGE, "Sec-Fetch-Site": "same-site"}
    run = daemon.http.post("/api/modules/videos/run", json={"parameters": {}}, headers=headers)
    assert (run.status_code, run.headers["access-control-allow-origin"]) == (202, PAGE)
    elsewhere = {"Origin": "http://localhost:9999", "Sec-Fetch-Site": "same-site"}
    assert daemon.http.post("/api/modules/videos/run", json={}, headers=elsewhere).status_code == 403


def test_many_may_ask_at_once(daemon: Daemon) -> None:
    def ask(path: str) -> int:
        return httpx.get(f"{daemon.address}{path}", trust_env=False).status_code

    with ThreadPoolExecutor(10) as threads:
        assert set(threads.map(ask, ["/api/health", "/api/modules", "/api/runs", "/api/system/stats"] * 5)) == {200}
