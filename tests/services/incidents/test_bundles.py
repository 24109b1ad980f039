"""Bundles of a real daemon: what is inside, and that nothing is that strangers shall not read."""

from __future__ import annotations

import io
import json
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from backend.core.secrets import HIDDEN, Secrets
from backend.services.incidents import material, writing
from backend.services.incidents.material import End, LeftOut, Material, Part, Slice, Text
from backend.services.incidents.writing import NoRoom, preview, write
from backend.services.processes.logs import INDEX_ENTRY, Log
from tests.fakes.daemon import Daemon, wait_for

TOKEN = "token-of-the-daemon-7f3a"
PLANTED = {
    "API_TOKEN": TOKEN,
    "IN_ENV": "value-of-a-variable-91bc",
    "IN_COMMAND": "argument-of-a-command-55d0",
    "IN_URL": "query-of-an-address-1e77",
    "IN_MODULE": "value-for-a-module-42aa",
    "ODD": 'pa"ss\\wörd <&> 100%',
}
FROM_FILE = "line-of-an-env-file-d00d"
LITERAL = "literal-password-77cd"
TARGET = "password-of-a-target-0aa9"
SAID = {
    "key": "sk-proj-abcdefghijklmnop1234",
    "header": "Basic dXNlcjpwYXNzd29yZA==",
    "address": "postgres://app:in-an-address-31@db/x",
    "key file": "-----BEGIN PRIVATE KEY-----\nMIIEowIBAAKCAQEA75\n-----END PRIVATE KEY-----",
    "home": "/home/heinrich/models",
}
EVERY = (
    *PLANTED.values(), FROM_FILE, LITERAL, TARGET, SAID["key"], "dXNlcjpwYXNzd29yZA", "in-an-address-31",
    "MIIEowIBAAKCAQEA75", "heinrich",
)  # fmt: skip
TALKS = f"""
import os, sys, time
for name in ("API_TOKEN", "IN_ENV", "ODD", "FILED"): print(name, "is", os.environ.get(name), {TOKEN!r})
print("Authorization:", {SAID["header"]!r})
for text in {list(SAID.values())!r}: print(text)
print("useful words", sys.argv[0], flush=True)
time.sleep(600)
"""


def definitions(folder: Path) -> str:
    (folder / "keys.env").write_text(f"FILED={FROM_FILE}\n")
    (folder / "talks.py").write_text(TALKS)
    python = json.dumps(sys.executable)
    return f"""
services:
  talks:
    command: [{python}, talks.py, "--key", "${{env:IN_COMMAND}}"]
    env_file: keys.env
    env: {{IN_ENV: "${{env:IN_ENV}}", ODD: "${{env:ODD}}", DB_PASSWORD: {LITERAL}}}
    url: "http://127.0.0.1:1/?q=${{env:IN_URL}}"
    description: "of /home/heinrich"
  crashes:
    command: [{python}, -c, 'import os; print("dies of", os.environ["IN_ENV"], flush=True); os._exit(3)']
    env: {{IN_ENV: "${{env:IN_ENV}}"}}
    restart: never
notifications:
  targets:
    mail: "json://someone:{TARGET}@127.0.0.1:1/"
"""


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Daemon]:
    (tmp_path / "site" / "~alf-1.0.dist-info").mkdir(parents=True)  # what pip could not remove whole
    daemon = Daemon(tmp_path, definitions(tmp_path), PYTHONPATH=str(tmp_path / "site"), **PLANTED)
    daemon.http.headers["Authorization"] = f"Bearer {TOKEN}"
    try:
        daemon.start()
        daemon.post("talks", "start", wait="running")
        daemon.post("crashes", "start")
        wait_for(lambda: "useful words" in daemon.log("talks"), what="it has talked")
        wait_for(lambda: daemon.http.get("/api/services/crashes/crashes").json()["total"], what="the crash has a card")
        yield daemon
    finally:
        daemon.close()


def bundle(daemon: Daemon, **asked: Any) -> dict[str, str]:
    answer = daemon.http.post("/api/incidents", json=asked)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name).decode() for name in archive.namelist()}


def test_a_bundle_holds_what_helps_and_no_secret(daemon: Daemon) -> None:
    before = sorted(path.name for path in daemon.data_dir.iterdir())
    files = bundle(daemon)
    assert {
        *("versions.json", "configuration/control-center.yaml", "configuration/settings.json", "services.json"),
        *("diagnostics.json", "crashes.json", "journal.jsonl", "samples.csv", "README.txt"),
        *("logs/service-talks.log", "logs/service-crashes.log", "logs/control-center.log"),
    } <= files.keys()
    for name, text in files.items():
        assert [secret for secret in EVERY if secret in text or json.dumps(secret)[1:-1] in text] == [], name
    assert "useful words" in files["logs/service-talks.log"]
    assert "fastapi" in json.loads(files["versions.json"])["packages"]
    assert "dies of •••" in files["crashes.json"]
    assert "${env:IN_ENV}" in files["configuration/control-center.yaml"]
    types = {json.loads(line)["type"] for line in files["journal.jsonl"].splitlines()}
    assert {"service.started", "service.exited", "crash.recorded"} <= types
    assert "known secret, in logs/service-talks.log" in files["README.txt"]
    assert sorted(path.name for path in daemon.data_dir.iterdir()) == before


def test_a_dry_run_says_what_the_bundle_then_holds(daemon: Daemon) -> None:
    asked = {"include": ["configuration", "logs"], "services": ["talks"]}
    preview = daemon.http.post("/api/incidents", params={"dry_run": True}, json=asked).json()
    files = bundle(daemon, **asked)
    assert [one["name"] for one in preview["files"]] == list(files)
    sizes = {one["name"]: one["bytes"] for one in preview["files"]}
    told = "configuration/control-center.yaml", "logs/service-talks.log"
    assert {name: sizes[name] for name in told} == {name: len(files[name].encode()) for name in told}
    assert preview["bytes"] == sum(sizes.values())
    counted = {(one["rule"], one["where"]): one["count"] for one in preview["replaced"]}
    assert counted["private key", "logs/service-talks.log"] == 1
    assert counted["value with a telling name", "configuration/control-center.yaml"] == 1
    assert counted["known secret", "logs/service-talks.log"] >= 4
    assert "logs/service-crashes.log" not in files


def test_of_a_time_before_there_is_no_log_but_what_is_so_now(daemon: Daemon) -> None:
    files = bundle(daemon, at=(datetime.now(UTC) - timedelta(days=2)).isoformat(), include=["logs", "journal"])
    assert "logs/service-talks.log" not in files
    assert files["journal.jsonl"] == ""


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({"services": ["no-such"]}, 404),
        ({"hours": 0}, 422),
        ({"at": "2026-01-01T00:00"}, 422),
        ({"at": "0001-01-01T00:00:00Z"}, 422),
        ({"what": 1}, 422),
    ],
)
def test_what_cannot_be_made_is_refused(daemons: Callable[..., Daemon], asked: dict[str, Any], status: int) -> None:
    assert daemons("").http.post("/api/incidents", json=asked).status_code == status


AT = datetime(2026, 1, 1, 12, tzinfo=UTC)


def of(*parts: Part) -> Material:
    return Material(AT - timedelta(hours=1), AT, parts)


def log_with(folder: Path, *written: tuple[datetime, bytes]) -> Log:
    """As the keeper leaves it: a file, and an index of when what came."""
    data, index = b"", b""
    for at, text in written:
        index += INDEX_ENTRY.pack(len(data), int(at.timestamp() * 1000))
        data += text
    (folder / "a.log").write_bytes(data)
    (folder / "a.index").write_bytes(index)
    return Log(folder / "a.log")


def read(found: Material, folder: Path) -> dict[str, str]:
    file, _ = write(found, Secrets(), folder)
    with file, zipfile.ZipFile(file) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def test_a_slice_is_what_came_in_that_time(tmp_path: Path) -> None:
    log = log_with(
        tmp_path,
        (AT - timedelta(hours=2), b"early\n"),
        (AT - timedelta(minutes=5), b"during \xc3\xa4\n"),
        (AT, b"late\n"),
    )
    assert read(of(Slice("a", log, AT - timedelta(hours=1), AT)), tmp_path)["a"] == "during ä\n"


def test_of_a_huge_log_the_newest_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(material, "LOG_BYTES", 1000)
    monkeypatch.setattr(material, "_BLOCK", 64)
    lines = b"".join(b"line %d of many \xc3\xa4\n" % number for number in range(500))
    text = read(
        of(Slice("a", log_with(tmp_path, (AT - timedelta(minutes=1), lines)), AT - timedelta(hours=1), AT)), tmp_path
    )
    kept = text["a"].partition("\n")[2]
    assert kept.endswith("line 499 of many ä\n")
    assert len(kept.encode()) <= 1002
    assert all(line.endswith(" of many ä") for line in kept.splitlines()[1:])


@pytest.mark.parametrize("place", [50, 60, 64, 70, 120, 128])
def test_how_a_log_is_read_cuts_no_secret(place: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither where a block ends in the middle of a line nor where the slice begins."""
    monkeypatch.setattr(material, "LOG_BYTES", 400)
    monkeypatch.setattr(material, "_BLOCK", 64)
    secret, line = "known-secret-value", b"-" * place + b"known-secret-value" + b"." * 40 + b"\n"
    log = log_with(tmp_path, (AT - timedelta(minutes=1), 9 * line))
    file, _ = write(of(Slice("a", log, AT - timedelta(hours=1), AT)), Secrets([secret]), tmp_path)
    with file, zipfile.ZipFile(file) as archive:
        text = archive.read("a").decode()
    assert HIDDEN in text
    assert "known" not in text
    assert "value" not in text


def test_the_whole_is_bounded_and_says_what_is_not_in_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "MOST", 10_000)
    found = of(*(Text(name, "word " * 1500) for name in "abc"), End("gone", tmp_path / "gone.log"))
    contents = preview(found, Secrets())
    assert [name for name, _ in contents.files] == ["a", "b", "README.txt"]
    assert contents.files[1][1] == 2500
    assert [one.name for one in contents.left_out] == ["c", "gone"]


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    contents = preview(of(End("gone", tmp_path / "gone.log"), Text("a", "x")), Secrets())
    assert contents.left_out == [LeftOut("gone", "it cannot be read: No such file or directory")]
    assert "gone: it cannot be read" in read(of(End("gone", tmp_path / "gone.log")), tmp_path)["README.txt"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_full_disk_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    full = Path("/dev/full").open("w+b")  # noqa: SIM115  # the writer closes it
    monkeypatch.setattr(tempfile, "TemporaryFile", lambda **_: full)
    with pytest.raises(NoRoom, match="full"):
        write(of(Text("a", "x" * 1_000_000)), Secrets(), tmp_path)


@pytest.mark.skipif(sys.platform == "win32", reason="there the system removes the file, which has a name")
def test_a_bundle_that_is_being_written_has_no_name_that_a_kill_would_leave(tmp_path: Path) -> None:
    seen: list[list[Path]] = []

    class Looking(Log):
        def since(self, moment: int) -> int:
            seen.append(list(tmp_path.iterdir()))
            return 0

    write(of(Text("a", "x" * 100_000), Slice("b", Looking(tmp_path / "b.log"), AT, AT)), Secrets(), tmp_path)[0].close()
    assert seen == [[], []]
