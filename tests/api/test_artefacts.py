"""Results of runs and the files that they have left, as a browser and as a stranger would ask for them."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from backend.api.artefacts import GrowingFile
from backend.services.runs.artefacts import UnknownArtefact, locate
from tests.fakes.daemon import Daemon, wait_for

MAKER = """\
import json, os, pathlib
folder = pathlib.Path(os.environ["CONTROL_CENTER_RUN_DIR"])
(folder / "pictures").mkdir()
(folder / "pictures" / "späti 1.png").write_bytes(b"\\x89PNG" + bytes(1000))
(folder / "page.html").write_text("<script>alert(1)</script>")
(folder / "drawing.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>")
(folder / "table.csv").write_text("a,b\\n1,2\\n")
(folder / "link").symlink_to("/etc/passwd")
(folder / "out").symlink_to("/etc")
(folder / "inside").symlink_to("table.csv")
pathlib.Path("report.json").write_text("{}")
pathlib.Path("private.txt").write_text("secret")
print(json.dumps({"progress": 1.0, "metrics": {"items_saved": 5, "errors": 0}}))
"""

ODD = "import os; open(os.fsencode(os.environ['CONTROL_CENTER_RUN_DIR']) + b'/odd\\xff#.txt', 'w').write('odd')\n"


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    folder = tmp_path_factory.mktemp("artefacts")
    (folder / "maker.py").write_text(MAKER, encoding="utf-8")
    (folder / "odd.py").write_text(ODD, encoding="utf-8")
    maker = f'{{command: ["{sys.executable}", maker.py], outputs: ["*.json"]}}'
    daemon = Daemon(folder, f'modules:\n  maker: {maker}\n  odd: {{command: ["{sys.executable}", odd.py]}}\n')
    try:
        daemon.start()
        yield daemon
    finally:
        daemon.close()


@pytest.fixture(scope="module")
def run(daemon: Daemon) -> dict[str, Any]:
    return ended(daemon, "maker")


def ended(daemon: Daemon, module_id: str) -> dict[str, Any]:
    """A run that has."""
    run_id = daemon.http.post("/api/runs", json={"module_id": module_id}).json()["run_id"]

    def seen() -> dict[str, Any] | None:
        found: dict[str, Any] = daemon.http.get(f"/api/runs/{run_id}").json()
        return found if found["completed_at"] else None

    found: dict[str, Any] = wait_for(seen, 30, "the run has ended")
    assert found["status"] == "completed", found
    return found


def get(daemon: Daemon, run: dict[str, Any], path: str, **query: str) -> httpx.Response:
    return daemon.http.get(f"/api/runs/{run['run_id']}/artefacts/{path}", params=query)


def test_results_are_what_the_script_said_and_the_files_that_are_there(daemon: Daemon, run: dict[str, Any]) -> None:
    found = daemon.http.get(f"/api/runs/{run['run_id']}/results").json()
    assert (found["run_id"], found["status"], found["truncated"]) == (run["run_id"], "completed", False)
    assert (found["summary"]["items_saved"], found["summary"]["errors"]) == (5, 0)
    assert found["summary"]["items_collected"] is None, "it never said"
    files = {file["path"]: file for file in found["output_files"]}
    assert files.keys() == {"pictures/späti 1.png", "page.html", "drawing.svg", "table.csv", "report.json"}
    picture = files["pictures/späti 1.png"]
    assert (picture["filename"], picture["size_bytes"], picture["root"]) == ("späti 1.png", 1004, "run")
    assert (files["report.json"]["root"], files["report.json"]["declared"]) == ("cwd", True)
    for file in files.values():
        answer = daemon.http.get(file["url"])
        assert (answer.status_code, len(answer.content)) == (200, file["size_bytes"]), file["url"]


@pytest.mark.parametrize(
    ("path", "media_type", "shown"),
    [
        ("pictures/späti 1.png", "image/png", True),
        ("table.csv", "text/csv; charset=utf-8", True),
        ("page.html", "text/html; charset=utf-8", False),
        ("drawing.svg", "image/svg+xml", False),
    ],
)
def test_a_browser_shows_no_file_that_could_bring_a_script(
    daemon: Daemon, run: dict[str, Any], path: str, media_type: str, shown: bool
) -> None:
    answer = get(daemon, run, path)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == media_type
    assert answer.headers["content-disposition"].startswith("inline" if shown else "attachment")
    assert "sandbox" in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert get(daemon, run, path, download="true").headers["content-disposition"].startswith("attachment")


def test_a_part_of_a_file_is_enough_for_a_preview(daemon: Daemon, run: dict[str, Any]) -> None:
    address = f"/api/runs/{run['run_id']}/artefacts/table.csv"
    answer = daemon.http.get(address, headers={"Range": "bytes=0-3"})
    assert (answer.status_code, answer.text) == (206, "a,b\n")


@pytest.mark.parametrize(
    "path",
    [
        "link", "out/passwd", "pictures", "nothing.txt", "..%2fmaker.py", "pictures/..%2f..%2f..%2fcontrol-center.yaml",
        "%2fetc%2fpasswd", "a%00b", "pictures%2f", "./table.csv%2f.", "x" * 5000,
    ],
)  # fmt: skip
def test_what_leads_out_of_the_folder_is_not_there(daemon: Daemon, run: dict[str, Any], path: str) -> None:
    answer = get(daemon, run, path)
    assert answer.status_code == 404
    assert "root:" not in answer.text
    assert answer.json()["error_code"] in {"artefact_not_found", "not_found"}


def test_a_link_within_the_folder_is_followed(daemon: Daemon, run: dict[str, Any]) -> None:
    assert get(daemon, run, "inside").text == "a,b\n1,2\n"


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the names of files are text")
def test_a_name_of_any_bytes_is_listed_and_got(daemon: Daemon) -> None:
    run = ended(daemon, "odd")
    (left,) = daemon.http.get(f"/api/runs/{run['run_id']}/results").json()["output_files"]
    assert (left["filename"], left["url"].rpartition("/")[2]) == ("odd?#.txt", "odd%FF%23.txt")
    answer = daemon.http.get(left["url"])
    assert (answer.status_code, answer.text) == (200, "odd")


def test_of_the_folder_that_it_ran_in_only_declared_outputs_are_given(daemon: Daemon, run: dict[str, Any]) -> None:
    assert get(daemon, run, "report.json", root="cwd").text == "{}"
    for path in ("private.txt", "maker.py", "control-center.yaml", "../artefacts0/report.json"):
        assert get(daemon, run, path, root="cwd").status_code == 404, path
    assert get(daemon, run, "report.json", root="elsewhere").status_code == 422


def test_the_daemon_tells_how_many_runs_and_modules_there_are(daemon: Daemon, run: dict[str, Any]) -> None:
    health, stats = daemon.http.get("/health").json(), daemon.http.get("/api/system/stats").json()
    assert (health["active_runs"], health["total_modules"]) == (0, 2)
    total = stats["runs"]["total"]
    assert stats["runs"] == {"total": total, "successful": total, "failed": 0, "active": 0, "success_rate": 100.0}
    assert total >= 1
    assert stats["modules"] == {"total": 2, "active": 0, "idle": 2}


@pytest.mark.parametrize("size", [0, 5, 1 << 16, 200_000])
@pytest.mark.parametrize("asked", [None, b"bytes=0-1"])
async def test_a_file_that_grows_while_it_is_sent_is_sent_as_it_was(
    tmp_path: Path, size: int, asked: bytes | None
) -> None:
    file = tmp_path / "live.csv"
    file.write_bytes(b"x" * size)
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)
        with file.open("ab") as growing:
            growing.write(b"y" * 100_000)

    async def receive() -> Any:
        await asyncio.Event().wait()

    headers = [(b"range", asked)] if asked and size else []
    await GrowingFile(file)({"type": "http", "method": "GET", "headers": headers}, receive, send)
    start, *parts = sent
    length = int(dict(start["headers"])[b"content-length"])
    assert b"".join(part["body"] for part in parts) == b"x" * length
    assert length == (2 if headers else size)
    assert [part["more_body"] for part in parts] == [True] * (len(parts) - 1) + [False]


def test_a_path_is_found_only_below_its_folder(tmp_path: Path) -> None:
    root, beside = tmp_path / "run", tmp_path / "run-beside"
    root.mkdir()
    beside.mkdir()
    (beside / "x").write_text("no")
    (root / "x").write_text("yes")
    (root / "circle").symlink_to("circle")
    (root / "beside").symlink_to(beside)
    os.mkfifo(root / "pipe")
    assert locate(root, "x").read_text() == "yes"
    for path in ("", ".", "..", "x/", "/x", "circle", "beside/x", "../run-beside/x", "x\0", "pipe", str(root / "x")):
        with pytest.raises(UnknownArtefact):
            locate(root, path)
    with pytest.raises(UnknownArtefact):
        locate(tmp_path / "nowhere", "x")
