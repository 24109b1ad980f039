"""Services added, changed and removed through the API of a real daemon, as the dashboard and scripts do it."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.fakes.daemon import Daemon, alive, wait_for

SLEEP = ["${center:python}", "-c", "import time; time.sleep(600)"]
FILE = """# ours
services:

  # the first
  one:
    command: ["${center:python}", -c, "import time; time.sleep(600)"]   # sleeps
    env: {KEY: "${env:OUR_OWN_KEY}"}
"""
KEY = "the-secret-itself"


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """One daemon for the tests of this file; each begins with the first file and nothing running."""
    daemon = Daemon(tmp_path_factory.mktemp("editing"), FILE, OUR_OWN_KEY=KEY)
    daemon.start()
    yield daemon
    daemon.close()


@pytest.fixture
def daemon(shared: Daemon) -> Iterator[Daemon]:
    yield shared
    for view in shared.http.get("/api/services").json()["services"]:
        if view["status"] not in {"stopped", "exited", "failed"}:
            shared.post(view["id"], "stop")
    shared.config.write_text(FILE, encoding="utf-8")
    wait_for(lambda: ids(shared) == ["one"] and pending(shared)["changed"] == [])


def ids(daemon: Daemon) -> list[str]:
    return [view["id"] for view in daemon.http.get("/api/services").json()["services"]]


def text(daemon: Daemon) -> str:
    return daemon.config.read_text(encoding="utf-8")


def pending(daemon: Daemon) -> dict[str, Any]:
    answer = daemon.http.get("/api/config/plan")
    assert answer.status_code == 200, answer.text
    plan: dict[str, Any] = answer.json()["plan"]
    return plan


def add(daemon: Daemon, *, dry_run: bool = False, **body: Any) -> httpx.Response:
    return daemon.http.post("/api/services", json=body, params={"dry_run": dry_run})


def definition(daemon: Daemon, service: str) -> dict[str, Any]:
    answer = daemon.http.get(f"/api/services/{service}/definition")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def put(daemon: Daemon, service: str, revision: str | None = None, **body: Any) -> httpx.Response:
    revision = revision or definition(daemon, service)["revision"]
    return daemon.http.put(f"/api/services/{service}", json={**body, "revision": revision})


def test_a_service_is_there_when_the_answer_comes(daemon: Daemon) -> None:
    answer = add(daemon, id="two", definition={"command": SLEEP, "description": "the second"})
    assert answer.status_code == 201, answer.text
    found = answer.json()
    assert found["plan"] == {"added": ["two"], "changed": [], "removed": [], "unchanged": 1}
    assert (found["faults"], found["preview"]) == ([], None)
    assert [(view["id"], view["status"]) for view in found["services"]] == [("two", "stopped")]
    assert text(daemon).startswith(FILE)
    assert daemon.post("two", "start", wait="running").status_code == 200
    again = add(daemon, id="two", definition={"command": SLEEP})
    assert (again.status_code, again.json()["error_code"], again.json()["ids"]) == (409, "service_exists", ["two"])
    edited = daemon.events("config.edited")[-1]
    assert (edited["actor"], edited["payload"]["added"]) == ("local", ["two"])


def test_several_pasted_at_once_in_the_old_form(daemon: Daemon) -> None:
    pasted = """SERVICES = {
    "comfyui": {"name": "ComfyUI", "command": ["python", "main.py"], "cwd": r"C:\\ComfyUI", "port": 8188},
    "kb": {"command": ("python", "kb.py"), "log_file": None},
}"""
    answer = add(daemon, text=pasted)
    assert answer.status_code == 201, answer.text
    assert answer.json()["plan"]["added"] == ["comfyui", "kb"]
    assert {fault["severity"] for fault in answer.json()["faults"]} <= {"warning"}
    assert daemon.http.get("/api/services/comfyui").json()["port"] == 8188
    assert text(daemon).endswith("\n\n  kb:\n    command: [python, kb.py]\n")


def test_trying_writes_nothing_and_says_what_would_be(daemon: Daemon) -> None:
    answer = add(daemon, dry_run=True, text='one: {command: ["${center:python}"]}\ntwo: {command: [no-such-program]}\n')
    assert answer.status_code == 200
    found = answer.json()
    assert found["plan"]["added"] == ["two"]
    assert found["plan"]["changed"] == [{"id": "one", "keys": ["command", "env"], "restart": False}]
    assert found["preview"].replace("\r\n", "\n") == FILE[: FILE.index("  one:")] + (
        '  one: {command: ["${center:python}"]}\n\n  two: {command: [no-such-program]}\n'
    )
    (warning,) = found["faults"]
    assert (warning["severity"], warning["line"], warning["source"]) == ("warning", 2, "text")
    wrong = add(daemon, dry_run=True, text="two: {comand: [x]}").json()
    assert (wrong["plan"], wrong["preview"]) == (None, None)
    assert "error" in {fault["severity"] for fault in wrong["faults"]}
    assert (text(daemon), ids(daemon)) == (FILE, ["one"])


def test_what_is_wrong_is_a_problem_with_every_fault_and_its_place(daemon: Daemon) -> None:
    answer = add(daemon, text='"two": {\n  "comand": ["x"],\n  "port": 99999,\n},')
    assert answer.status_code == 422
    problem = answer.json()
    assert problem["error_code"] == "faulty_definition"
    assert [(one["line"], one["column"], one["path"]) for one in problem["errors"]] == [
        (2, 13, "services.two.comand"),
        (3, 11, "services.two.port"),
    ]
    assert "Did you mean `command`?" in problem["detail"]
    assert text(daemon) == FILE


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"text": "a: {command: [x]}", "definition": {"command": ["x"]}},
        {"definition": {"command": ["x"]}},
        {"id": "a b", "definition": {"command": ["x"]}},
    ],
)
def test_a_request_that_says_not_what_to_add_is_not_valid(daemon: Daemon, body: dict[str, Any]) -> None:
    answer = daemon.http.post("/api/services", json=body)
    assert (answer.status_code, answer.json()["error_code"]) == (422, "not_valid")


def test_what_runs_goes_on_until_its_next_start_and_the_plan_says_so(daemon: Daemon) -> None:
    pid = daemon.post("one", "start", wait="running").json()["pid"]
    has = definition(daemon, "one")
    assert has["definition"] == {"command": SLEEP, "env": {"KEY": "${env:OUR_OWN_KEY}"}}
    assert KEY not in has["text"]
    answer = put(daemon, "one", definition={**has["definition"], "env": {"KEY": "another"}})
    assert answer.status_code == 200, answer.text
    changed = [{"id": "one", "keys": ["env"], "restart": True}]
    assert answer.json()["plan"] == {"added": [], "changed": changed, "removed": [], "unchanged": 0}
    assert [view["definition"] for view in answer.json()["services"]] == ["changed"]
    assert text(daemon) == FILE.replace('"${env:OUR_OWN_KEY}"', "another")
    assert pending(daemon)["changed"] == changed
    softer = put(daemon, "one", definition={**definition(daemon, "one")["definition"], "stop": {"timeout": 3}})
    assert softer.json()["plan"]["changed"][0]["keys"] == ["stop"]
    assert daemon.service("one")["pid"] == pid
    daemon.post("one", "restart", wait="running")
    assert pending(daemon) == {"added": [], "changed": [], "removed": [], "unchanged": 1}


def test_how_a_service_is_stopped_and_checked_applies_at_once(daemon: Daemon) -> None:
    pid = daemon.post("one", "start", wait="running").json()["pid"]
    check = {"command": ["${center:python}", "-c", ""], "timeout": "20s"}
    new = {**definition(daemon, "one")["definition"], "stop": {"timeout": "3s"}, "health": check}
    answer = put(daemon, "one", definition=new)
    assert answer.json()["plan"]["changed"] == [{"id": "one", "keys": ["health", "stop"], "restart": False}]
    assert daemon.service("one")["definition"] == "current"
    assert daemon.http.get("/api/services/one").json()["stop"]["timeout"] == 3
    wait_for(lambda: daemon.service("one")["health"] == "healthy", 30)
    assert daemon.service("one")["pid"] == pid


def test_a_change_to_an_older_state_is_a_conflict_that_shows_the_present_one(daemon: Daemon) -> None:
    old = definition(daemon, "one")
    by_hand = FILE.replace("# sleeps", "# sleeps long")
    daemon.config.write_text(by_hand, encoding="utf-8")
    for answer in (
        put(daemon, "one", old["revision"], definition={"command": SLEEP}),
        daemon.http.delete("/api/services/one", params={"revision": old["revision"]}),
    ):
        assert (answer.status_code, answer.json()["error_code"]) == (409, "edit_conflict")
        assert answer.json()["current"] == definition(daemon, "one")
    assert text(daemon) == by_hand
    assert put(daemon, "one", text=definition(daemon, "one")["text"]).status_code == 200
    assert text(daemon) == by_hand


def test_changes_at_once_of_different_services_all_land(daemon: Daemon) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda n: add(daemon, id=f"s{n}", definition={"command": SLEEP}), range(8)))
    assert [answer.status_code for answer in answers] == [201] * 8
    assert ids(daemon) == ["one", *(f"s{n}" for n in range(8))]


def test_a_service_that_runs_leaves_only_when_it_may_be_stopped(daemon: Daemon) -> None:
    pid = daemon.post("one", "start", wait="running").json()["pid"]
    refused = daemon.http.delete("/api/services/one")
    assert (refused.status_code, refused.json()["error_code"]) == (409, "still_running")
    assert alive(pid)
    assert text(daemon) == FILE
    tried = daemon.http.delete("/api/services/one", params={"dry_run": True})
    assert tried.json()["plan"]["removed"] == ["one"]
    assert alive(pid)
    answer = daemon.http.delete("/api/services/one", params={"stop": True})
    assert answer.status_code == 200, answer.text
    assert answer.json()["plan"] == {"added": [], "changed": [], "removed": ["one"], "unchanged": 0}
    assert not alive(pid)
    assert (ids(daemon), text(daemon)) == ([], "# ours\nservices:\n\n  # the first\n")
    assert daemon.http.delete("/api/services/one").status_code == 404


def test_a_service_that_another_needs_is_neither_stopped_nor_removed(daemon: Daemon) -> None:
    add(daemon, id="two", definition={"command": SLEEP, "depends_on": ["one"]})
    pid = daemon.post("one", "start", wait="running").json()["pid"]
    answer = daemon.http.delete("/api/services/one", params={"stop": True})
    assert (answer.status_code, answer.json()["errors"][0]["path"]) == (422, "services.two.depends_on[0]")
    assert alive(pid)


def test_what_a_whole_text_would_do(daemon: Daemon) -> None:
    def plan(text: str) -> dict[str, Any]:
        answer = daemon.http.post("/api/config/plan", json={"text": text})
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    daemon.post("one", "start", wait="running")
    new = FILE.replace("sleep(600)", "sleep(700)") + "  two: {command: [no-such-program]}\n"
    found = plan(new)
    assert found["plan"]["added"] == ["two"]
    assert found["plan"]["changed"] == [{"id": "one", "keys": ["command"], "restart": True}]
    assert [fault["severity"] for fault in found["faults"]] == ["warning"]
    assert plan("services: {}")["plan"] == {"added": [], "changed": [], "removed": ["one"], "unchanged": 0}
    assert plan(FILE)["plan"] == {"added": [], "changed": [], "removed": [], "unchanged": 1}
    wrong = plan("services: {one: {comand: [x]}}")
    assert wrong["plan"] is None
    assert "Did you mean `command`?" in [fault["hint"] for fault in wrong["faults"]]
    assert text(daemon) == FILE


def test_a_faulty_file_takes_no_edit_and_says_so(daemon: Daemon) -> None:
    broken = FILE + "  two: {comand: [x]}\n"
    daemon.config.write_text(broken, encoding="utf-8")
    answer = add(daemon, id="three", definition={"command": SLEEP})
    assert (answer.status_code, answer.json()["error_code"]) == (409, "file_faulty")
    assert answer.json()["errors"][0]["line"] == 8
    found = daemon.http.get("/api/config/plan").json()
    assert (found["plan"], found["faults"][0]["severity"]) == (None, "error")
    assert text(daemon) == broken


def test_what_an_earlier_daemon_launched_is_still_told_to_have_changed(daemon: Daemon) -> None:
    put(daemon, "one", definition={**definition(daemon, "one")["definition"], "lifetime": "persistent"})
    daemon.post("one", "start", wait="running")
    has = definition(daemon, "one")["definition"]
    put(daemon, "one", definition={**has, "env": {"KEY": "another"}})
    daemon.stop()
    daemon.start()
    wait_for(lambda: daemon.service("one")["definition"] == "changed")
    changed = [{"id": "one", "keys": [], "restart": True}]
    assert pending(daemon) == {"added": [], "changed": changed, "removed": [], "unchanged": 0}
