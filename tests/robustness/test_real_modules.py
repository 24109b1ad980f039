"""Programs of packages that nobody here wrote, declared as modules and run: `pygmentize`, `markdown-it` and `dotenv`
come with what the tests themselves need. And a run that asks a real n8n, where `N8N` names its program.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from socket import socket
from typing import Any

import httpx
import pytest

from backend.config import ROOT
from tests.fakes.daemon import Daemon, wait_for
from tests.robustness.test_real_tools import block

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the daemon of these tests is started as on Unix")

SCRIPTS = Path(sysconfig.get_path("scripts"))
MODULES = f"""
modules:
  highlight:
    command: [{SCRIPTS}/pygmentize]
    outputs: ["*.html"]
    parameters:
      language: {{options: [python, c, yaml], default: python, argument: -l}}
      format: {{options: [html, svg], default: html, argument: -f}}
      output: {{default: out.html, argument: -o}}
      file: {{required: true, argument: positional}}
  convert:
    script: {SCRIPTS}/markdown-it
    cwd: .
    parameters:
      files: {{required: true, multiple: true, argument: positional}}
  variables:
    command: [{SCRIPTS}/dotenv]
    parameters:
      file: {{required: true}}
      action: {{options: [list, get], default: list, argument: positional}}
      format: {{options: [json, export], default: json, conditional_display: {{field: action, value: list}}}}
      name: {{required: true, argument: positional, conditional_display: {{field: action, value: get}}}}
"""
KEY = "the-key-of-our-webhook"
WORKFLOW = {
    "id": "answers",
    "name": "Answers",
    "settings": {},
    "nodes": [
        {
            "id": "1", "name": "Asked", "type": "n8n-nodes-base.webhook", "typeVersion": 2, "position": [0, 0],
            "webhookId": "answers", "credentials": {"httpHeaderAuth": {"id": "thekey", "name": "The key"}},
            "parameters": {"httpMethod": "POST", "path": "answers", "responseMode": "lastNode",
                           "authentication": "headerAuth"},
        },
        {
            "id": "2", "name": "Answer", "type": "n8n-nodes-base.set", "typeVersion": 3.4, "position": [200, 0],
            "parameters": {"mode": "raw", "jsonOutput": '={{ {"heard": $json.body, "twice": $json.body.number * 2} }}'},
        },
    ],
    "connections": {"Asked": {"main": [[{"node": "Answer", "type": "main", "index": 0}]]}},
}  # fmt: skip
CREDENTIALS = [{"id": "thekey", "name": "The key", "type": "httpHeaderAuth", "data": {"name": "X-Key", "value": KEY}}]


def run(daemon: Daemon, module_id: str, **parameters: Any) -> dict[str, Any]:
    """A run that has ended."""
    asked = daemon.http.post("/api/runs", json={"module_id": module_id, "parameters": parameters})
    assert asked.status_code == 202, asked.text

    def ended() -> dict[str, Any] | None:
        view: dict[str, Any] = daemon.http.get(f"/api/runs/{asked.json()['run_id']}").json()
        return view if view["completed_at"] else None

    view: dict[str, Any] = wait_for(ended)
    return view


def said(daemon: Daemon, view: Mapping[str, Any]) -> str:
    return daemon.http.get(f"/api/runs/{view['run_id']}/logs/download").text


@pytest.fixture
def strangers(daemons: Callable[..., Daemon]) -> Daemon:
    return daemons(MODULES)


def test_pygmentize_leaves_a_page_with_colours(strangers: Daemon) -> None:
    (strangers.folder / "hello.py").write_text("print('hello')\n")
    view = run(strangers, "highlight", file="hello.py")
    assert (view["status"], view["exit_code"]) == ("completed", 0), said(strangers, view)
    (left,) = strangers.http.get(f"/api/runs/{view['run_id']}/results").json()["output_files"]
    assert (left["filename"], left["root"], left["declared"]) == ("out.html", "cwd", True)
    assert '<span class="nb">print</span>' in strangers.http.get(left["url"]).text
    view = run(strangers, "highlight", file="gone.py")
    assert (view["status"], view["exit_code"]) == ("failed", 1)
    assert "gone.py" in view["error_message"]


def test_markdown_it_converts_every_file_that_it_is_given(strangers: Daemon) -> None:
    for name in ("one", "two"):
        (strangers.folder / f"{name}.md").write_text(f"# The {name}\n")
    view = run(strangers, "convert", files=["one.md", "two.md"])
    assert (view["status"], said(strangers, view)) == ("completed", "<h1>The one</h1>\n<h1>The two</h1>\n")


def test_dotenv_lists_and_gets_by_the_parameters_that_its_action_shows(strangers: Daemon) -> None:
    (strangers.folder / "settings.env").write_text("COLOUR=green\nNAME='two words'\n")
    view = run(strangers, "variables", file="settings.env")
    assert json.loads(said(strangers, view)) == {"COLOUR": "green", "NAME": "two words"}
    view = run(strangers, "variables", file="settings.env", action="get", name="NAME", format="json")
    assert (view["status"], said(strangers, view)) == ("completed", "two words\n")


@pytest.mark.skipif("N8N" not in os.environ, reason="N8N does not name n8n's program")
@pytest.mark.timeout(400)
def test_a_run_gets_what_a_running_n8n_answers(daemons: Callable[..., Daemon], tmp_path: Path) -> None:
    text, port = block("n8n", 5678)
    with closing(socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        broker = str(probe.getsockname()[1])
    path = f"{Path(os.environ['N8N']).parent}{os.pathsep}{os.environ['PATH']}"
    theirs = {"PATH": path, "N8N_USER_FOLDER": str(tmp_path), "N8N_RUNNERS_BROKER_PORT": broker}
    prepare(tmp_path, theirs)
    folders = f"modules: {{folders: [{ROOT / 'examples' / 'modules'}]}}\n"
    daemon = daemons(f"{text}\n{folders}", NO_PROXY="127.0.0.1", no_proxy="127.0.0.1", **theirs)
    daemon.http.timeout = httpx.Timeout(150)
    daemon.http.post("/api/services/n8n/start", params={"wait": "healthy", "timeout": "120"})
    wait_for(lambda: 'Activated workflow "Answers"' in daemon.log("n8n"), 60, daemon.log("n8n"))

    asked = {"url": f"http://127.0.0.1:{port}/webhook/answers", "body": '{"number": 21}', "header": "X-Key"}
    view = run(daemon, "webhook", **asked, key=KEY)
    assert view["status"] == "completed", said(daemon, view)
    assert view["metrics"]["status"] == 200
    assert '"twice":42' in said(daemon, view)
    (left,) = daemon.http.get(f"/api/runs/{view['run_id']}/results").json()["output_files"]
    assert daemon.http.get(left["url"]).json() == {"heard": {"number": 21}, "twice": 42}

    refused = daemon.http.post("/api/runs", json={"module_id": "webhook", "parameters": asked | {"key": "another"}})
    page = f"/api/runs/{refused.json()['run_id']}"
    wait_for(lambda: daemon.http.get(page).json()["attempts"], what="the first attempt is over")
    cancelled = daemon.http.delete(page)
    assert cancelled.status_code == 200, cancelled.text
    assert cancelled.json()["attempts"][0]["exit_code"] == 1
    assert "answered 403" in daemon.http.get(f"{page}/logs/download").text


def prepare(folder: Path, theirs: Mapping[str, str]) -> None:
    """A workflow that answers, made and published by n8n's own command line."""
    (folder / "workflow.json").write_text(json.dumps(WORKFLOW))
    (folder / "credentials.json").write_text(json.dumps(CREDENTIALS))
    for words in (
        ["import:credentials", f"--input={folder / 'credentials.json'}"],
        ["import:workflow", f"--input={folder / 'workflow.json'}"],
        ["publish:workflow", "--id=answers"],
    ):
        subprocess.run([os.environ["N8N"], *words], env={**os.environ, **theirs}, check=True, timeout=120)
