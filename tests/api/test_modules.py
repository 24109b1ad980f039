"""Modules over HTTP, of a real daemon: the list, what was filled in, and the process that a run would be."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from backend.config import ROOT
from tests.fakes.daemon import Daemon, wait_for

LIST = ROOT / "tests" / "services" / "modules" / "modules.json"
DEFINITIONS = """
modules:
  import: modules.json
  folders: mine
  collect:
    name: Collector
    category: data/web
    tags: [web]
    command: ["${center:python}", collect.py, "--token=${env:OUR_OWN_KEY}"]
    parameters:
      url: {required: true, validation: {pattern: 'https?://.+', message: give an address}}
      limit: {type: integer, default: 20, min: 1, max: 100}
      mode: {options: [all, one], default: all}
      item: {required: true, conditional_display: {field: mode, value: one}}
      key: {type: password, default: "preset-password"}
  closed: {command: ["${center:python}"], status: maintenance}
  worded: {command: ["${center:python}", "${env:MODE}", "${env:LEVEL}"], parameters: {x: {label: "no arguments"}}}
  wrong: {command: ["${center:python}"], timout: 5}
"""


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    folder = tmp_path_factory.mktemp("modules")
    (folder / "mine").mkdir()
    (folder / "mine" / "hello.py").write_text("# /// script\n# [tool.control-center]\n# name = 'Hello'\n# ///\n")
    shutil.copy(LIST, folder / "modules.json")
    made = Daemon(folder, DEFINITIONS, OUR_OWN_KEY="the-secret-itself", MODE="arguments", LEVEL="error")
    made.start()
    yield made
    made.close()


def test_modules_of_everywhere_are_listed_with_what_is_wrong(daemon: Daemon) -> None:
    answer = daemon.http.get("/api/modules").json()
    found = {one["id"]: one for one in answer["modules"]}
    assert answer["total"] == len(found) == 44
    assert [found[name]["origin"] for name in ("collect", "hello", "exchange-rates")] == [
        *("configuration", "script", "import")
    ]
    faults = {(Path(one["file"]).name, one["module"], one["severity"], one["message"]) for one in answer["faults"]}
    assert ("control-center.yaml", "wrong", "error", "`timout` is not a key of modules.wrong") in faults
    assert sum(module not in (None, "wrong") for _, module, _, _ in faults) == 40  # their scripts are not there
    config = daemon.http.get("/api/config").json()
    assert config["state"] == "in_force"
    assert [one["message"] for one in config["faults"]] == ["`timout` is not a key of modules.wrong"]


def test_a_module_has_the_fields_that_clients_of_the_older_list_read(daemon: Daemon) -> None:
    one = daemon.http.get("/api/modules/collect").json()
    assert (one["name"], one["category"], one["tags"], one["status"]) == ("Collector", "data/web", ["web"], "active")
    assert (one["total_runs"], one["success_rate"], one["last_run"]) == (0, 0.0, None)
    assert (one["enabled"], one["runnable"], one["version"]) == (True, True, "1.0.0")
    url, limit, mode, item, key = one["parameters"]
    assert (url["type"], url["required"], url["validation"]["message"]) == ("text", True, "give an address")
    assert (limit["type"], limit["integer"], limit["default"], limit["min"], limit["max"]) == (
        "number",
        True,
        20,
        1,
        100,
    )
    assert (mode["type"], mode["options"]) == ("select", ["all", "one"])
    assert item["conditional_display"] == {"field": "mode", "value": "one"}
    assert (key["type"], key["secret"], key["default"]) == ("password", True, None)
    closed = daemon.http.get("/api/modules/closed").json()
    assert (closed["runnable"], closed["unavailable"]) == (
        False,
        "closed is under maintenance: its definition says `status: maintenance`.",
    )
    missing = daemon.http.get("/api/modules/colect")
    assert (missing.status_code, missing.json()["error_code"]) == (404, "module_not_found")
    assert "did you mean `collect`?" in missing.json()["detail"]


def test_an_older_list_is_given_as_it_was_written(daemon: Daemon) -> None:
    found = {one["id"]: one for one in daemon.http.get("/api/modules").json()["modules"]}
    for written in json.loads(LIST.read_text(encoding="utf-8"))["modules"]:
        one = found[written["id"]]
        plain = written.keys() - {"parameters", "script_path", "author"}
        assert {key: one[key] for key in plain} == {key: written[key] for key in plain}
        for given, parameter in zip(written.get("parameters", []), one["parameters"], strict=True):
            rule = parameter["validation"]
            shown = parameter | {"validation": rule and {"pattern": rule["pattern"], "message": rule["message"]}}
            assert {key: shown[key] for key in given} == given


def test_what_was_filled_in_is_kept_over_a_restart_without_secrets(daemon: Daemon) -> None:
    path = "/api/modules/collect/config"
    plain = daemon.http.get(path).json()
    assert plain == {"module_id": "collect", "parameters": {"limit": 20, "mode": "all"}, "updated_at": None}
    given = {"url": "https://example.org", "limit": 50, "key": "typed-password"}
    saved = daemon.http.post(path, json={"parameters": given}).json()
    assert saved["parameters"] == {"url": "https://example.org", "limit": 50}
    daemon.stop()
    daemon.start()
    kept = daemon.http.get(path).json()
    assert kept["parameters"] == {"url": "https://example.org", "limit": 50, "mode": "all"}
    assert kept["updated_at"] == saved["updated_at"]
    assert b"typed-password" not in b"".join(file.read_bytes() for file in daemon.data_dir.glob("control-center.db*"))
    assert daemon.http.delete(path).json() == {"message": "Configuration deleted successfully"}
    assert daemon.http.delete(path).json() == {"message": "No configuration to delete"}
    assert daemon.http.get(path).json() == plain


def test_what_does_not_fit_is_not_saved_and_all_of_it_is_told(daemon: Daemon) -> None:
    path = "/api/modules/collect/config"
    answer = daemon.http.post(path, json={"parameters": {"url": "ftp:", "limit": 500, "mode": "one"}})
    problem = answer.json()
    assert (answer.status_code, problem["error_code"]) == (400, "invalid_parameters")
    assert problem["detail"] == (
        "Invalid parameters: url is not valid: give an address; limit must be at most 100; item is required"
    )
    assert [one["where"] for one in problem["errors"]] == ["parameters.url", "parameters.limit", "parameters.item"]
    assert daemon.http.get(path).json()["updated_at"] is None
    assert daemon.http.post(path, json={}).status_code == 422
    theirs = "/api/modules/shorts-of-a-channel/config"
    unknown = {"mode": "trending", "max_results": 5, "trending_category": "music"}
    assert daemon.http.post(theirs, json={"parameters": unknown}).json()["parameters"] == unknown


def test_values_are_kept_under_names_without_secrets(daemon: Daemon) -> None:
    path = "/api/modules/collect/presets"
    assert daemon.http.get(path).json() == {"module_id": "collect", "presets": []}
    given = {"url": "https://example.org", "limit": 50, "key": "typed-password"}
    saved = daemon.http.put(f"{path}/All of it, übrigens", json={"parameters": given})
    assert (saved.status_code, saved.json()["parameters"]) == (200, {"url": "https://example.org", "limit": 50})
    assert daemon.http.get(path).json()["presets"] == [saved.json()]
    refused = daemon.http.put(f"{path}/bad", json={"parameters": {"limit": 500}}).json()
    assert [one["where"] for one in refused["errors"]] == ["parameters.url", "parameters.limit"]
    assert daemon.http.put(f"{path}/ begins with nothing", json={"parameters": given}).status_code == 422
    assert daemon.http.delete(f"{path}/All of it, übrigens").status_code == 204
    missing = daemon.http.delete(f"{path}/All of it, übrigens")
    assert (missing.status_code, missing.json()["error_code"]) == (404, "preset_not_found")


def test_a_preview_shows_the_process_and_no_secret(daemon: Daemon) -> None:
    path = "/api/modules/collect/preview"
    answer = daemon.http.post(path, json={"parameters": {"url": "https://x.org/?a&b", "key": "typed-password"}})
    found = answer.json()
    python, *rest = found["argv"]
    assert Path(python).name.startswith("python")
    assert rest == [
        *("collect.py", "--token=•••", "--url", "https://x.org/?a&b", "--limit", "20", "--mode", "all"),
        *("--key", "•••"),
    ]
    assert "'https://x.org/?a&b'" in found["command"]
    assert (found["cwd"], found["problem"], found["faults"]) == (str(daemon.folder), None, [])
    assert found["parameters"]["key"] == "•••"
    for secret in ("the-secret-itself", "typed-password", "preset-password"):
        assert secret not in answer.text
        assert secret not in daemon.http.get("/api/modules").text

    found = daemon.http.post(path, json={"parameters": {"limit": 0, "mode": "one", "item": "i"}}).json()
    assert found["parameters"] == {"mode": "one", "item": "i", "key": "•••"}
    assert found["faults"] == [
        {"name": "url", "message": "url is required"},
        {"name": "limit", "message": "limit must be at least 1"},
    ]


def test_a_secret_that_is_one_of_our_own_words_strikes_out_none_of_them(daemon: Daemon) -> None:
    one = daemon.http.get("/api/modules/worded").json()
    assert (one["command"][1:], one["parameters"][0]["label"]) == (["•••", "error"], "no •••")
    assert (one["passing"], one["parameters"][0]["name"]) == ("arguments", "x")
    for faults in (daemon.http.get(path).json()["faults"] for path in ("/api/modules", "/api/config")):
        assert {fault["severity"] for fault in faults} <= {"error", "warning"}


def test_a_preview_says_why_it_cannot_run(daemon: Daemon) -> None:
    closed = daemon.http.post("/api/modules/closed/preview", json={"parameters": {}}).json()
    assert (closed["argv"], closed["command"]) == (None, None)
    assert closed["problem"].startswith("closed is under maintenance")
    theirs = daemon.http.post("/api/modules/exchange-rates/preview", json={"parameters": {}}).json()
    assert theirs["problem"].endswith(
        "exchange_rates.py is not there. Put it back, or correct its path in modules.json."
    )


def test_a_file_that_is_saved_is_seen_and_told(daemon: Daemon) -> None:
    theirs = json.loads(LIST.read_text(encoding="utf-8"))
    theirs["modules"][0]["name"] = "Renamed"
    (daemon.folder / "modules.json").write_text(json.dumps(theirs))
    (daemon.folder / "mine" / "hello.py").unlink()
    path = f"/api/modules/{theirs['modules'][0]['id']}"
    wait_for(lambda: daemon.http.get(path).json()["name"] == "Renamed")
    wait_for(lambda: daemon.http.get("/api/modules/hello").status_code == 404)
    daemon.config.write_text(DEFINITIONS.replace("timout", "timeout"), encoding="utf-8")
    wait_for(lambda: daemon.http.get("/api/modules/wrong").status_code == 200)
    for kind, subject in (("changed", theirs["modules"][0]["id"]), ("removed", "hello"), ("added", "wrong")):
        assert [one["subject"] for one in daemon.events(f"module.{kind}")] == [subject]
