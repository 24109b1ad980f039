"""The root, health, the dashboard's files, the reference, and the orderly end."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from backend.api.application import create_app
from backend.config import Settings
from tests.fakes.daemon import Daemon, alive, wait_for

DEFINITIONS = "services: {}\n"


@pytest.fixture
def dist(tmp_path: Path) -> Path:
    (tmp_path / "secret.txt").write_text("not for you")
    dist = tmp_path / "dist"
    (dist / "assets").mkdir(parents=True)
    (dist / "index.html").write_text("<html>first page</html>")
    (dist / "assets" / "app-1a2b.js").write_text("let a")
    return dist


@pytest.fixture
def client(dist: Path) -> TestClient:
    app = create_app(Settings())
    app.state.dist = dist
    return TestClient(app, base_url="http://127.0.0.1")


def test_browsers_are_sent_to_the_dashboard_and_programs_are_told_what_runs(daemons: Callable[..., Daemon]) -> None:
    daemon = daemons(DEFINITIONS)
    answer = daemon.http.get("/", headers={"Accept": "text/html,*/*"})
    assert (answer.status_code, answer.headers["location"]) == (307, "/ui/")
    told = daemon.http.get("/").json()
    assert (told["name"], told["version"], told["status"]) == ("Control Center", "0.1.0", "running")


def test_health_says_whether_the_database_answers(daemons: Callable[..., Daemon]) -> None:
    daemon = daemons(DEFINITIONS)
    health = daemon.http.get("/health").json()
    assert (health["status"], health["database"]) == ("healthy", "connected")
    assert health["uptime_seconds"] >= 0


def test_a_shutdown_is_an_orderly_end(daemons: Callable[..., Daemon]) -> None:
    daemon = daemons(DEFINITIONS)
    keeper = daemon.keeper_pid
    assert daemon.http.post("/api/shutdown").status_code == 202
    assert daemon.process is not None
    assert daemon.process.wait(20) == 0
    assert "Control Center has stopped." in daemon.output.read_text()
    wait_for(lambda: not alive(keeper), what="the keeper has nothing to hold")


def test_the_dashboard_s_files_are_served_and_deep_links_get_the_first_page(client: TestClient) -> None:
    assert client.get("/ui/").text == "<html>first page</html>"
    assert client.get("/ui/services/comfyui?tab=logs").text == "<html>first page</html>"
    assert client.get("/ui/agents/L2.4.3").text == "<html>first page</html>", "ids may have dots"
    script = client.get("/ui/assets/app-1a2b.js")
    assert script.headers["content-type"].startswith("text/javascript")
    assert "immutable" in script.headers["cache-control"]
    assert client.get("/ui/").headers["cache-control"] == "no-cache"
    assert client.get("/ui/assets/missing.js").status_code == 404


@pytest.mark.parametrize("path", ["../secret.txt", "%2e%2e/secret.txt", "..%2fsecret.txt", "assets/../../secret.txt"])
def test_no_path_leads_out_of_the_dashboard(client: TestClient, path: str) -> None:
    assert "not for you" not in client.get(f"/ui/{path}").text


def test_a_link_out_of_the_dashboard_is_not_followed(client: TestClient, dist: Path) -> None:
    (dist / "link.txt").symlink_to(dist.parent / "secret.txt")
    assert client.get("/ui/link.txt").status_code == 404


def test_without_a_built_dashboard_the_page_says_what_to_do(client: TestClient, dist: Path) -> None:
    (dist / "index.html").unlink()
    answer = client.get("/ui/")
    assert answer.status_code == 503
    assert "install.sh" in answer.text


def test_the_reference_needs_no_network(client: TestClient) -> None:
    for path in ("/docs", "/redoc"):
        assert "//" not in client.get(path).text.replace("</", "")
    assert client.get("/openapi.json").json()["openapi"].startswith("3.1")


def test_the_type_of_a_problem_points_at_words_about_it(client: TestClient) -> None:
    page, _, anchor = client.get("/api/nothing").json()["type"].partition("#")
    assert f'id="{anchor}"' in client.get(page).text
    for code in ("unknown_service", "port_in_use", "launch_failed", "host_refused", "keeper_away"):
        assert f'id="{code}"' in client.get(page).text


def test_what_is_not_there_is_a_problem_document(client: TestClient) -> None:
    answer = client.get("/api/nothing")
    assert (answer.status_code, answer.json()["error_code"]) == (404, "not_found")
    assert answer.headers["content-type"] == "application/problem+json"


def test_every_failure_in_the_document_is_a_problem(client: TestClient) -> None:
    document = client.get("/openapi.json").json()
    for path, operations in document["paths"].items():
        for operation in operations.values():
            for status, response in operation["responses"].items():
                if status >= "400":
                    assert set(response["content"]) == {"application/problem+json"}, (path, status)
