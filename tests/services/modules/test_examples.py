"""The modules of `examples/modules` are read without a fault, and each does what it says."""

from __future__ import annotations

import hashlib
import json
import os
import struct
import subprocess
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from backend.config import ROOT
from backend.services.definitions.place import Surroundings
from backend.services.modules.elsewhere import Found, read_folder
from backend.services.modules.interpreters import program
from backend.services.modules.invocation import invocation
from backend.services.modules.model import Module
from backend.services.modules.parameters import check
from tests.services.modules.conftest import SEARCH_PATH


@pytest.fixture
def examples(around: Surroundings) -> dict[str, Module]:
    found = Found()
    read_folder(ROOT / "examples" / "modules", around, found)
    assert found.faults == []
    return {module.id: module for module in found.modules}


@pytest.fixture
def results(tmp_path: Path) -> Path:
    """The folder of the run."""
    made = tmp_path / "run"
    made.mkdir()
    return made


def run(module: Module, given: dict[str, Any], results: Path) -> subprocess.CompletedProcess[str]:
    values = check(module, given).accepted()
    made = invocation(module, values, program(module, SEARCH_PATH), run_id="run_1", run_folder=results)
    return subprocess.run(
        made.argv, cwd=made.cwd, env={**os.environ, "PYTHONUTF8": "1", **made.env},
        input=made.stdin or "", capture_output=True, text=True, encoding="utf-8", check=False,
    )  # fmt: skip


def last(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    """What it reported of itself in its last line."""
    assert done.returncode == 0, done.stderr
    report: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return report


def test_they_are_all_there(examples: dict[str, Module]) -> None:
    assert set(examples) == {"checksums", "fetch_files", "table_to_json", "thumbnails", "webhook"}
    assert all(module.unavailable is None and module.description for module in examples.values())


def test_transcripts_become_insights_once(examples: dict[str, Module], results: Path, tmp_path: Path) -> None:
    transcripts, base = tmp_path / "transcripts", tmp_path / "base"
    (transcripts / "ada").mkdir(parents=True)
    (transcripts / "ada" / "v1.txt").write_text("Engines\nAn engine can do whatever we know how to order it. No.\n")
    (transcripts / "ada" / "v2.txt").write_text("More\n")
    given: dict[str, Any] = {"creator": "ada", "transcripts": str(transcripts), "base": str(base), "max_videos": 1}
    first = run(examples["fetch_files"], given, results)
    assert first.stdout.splitlines()[:2] == [
        "Processing video: v1",
        "Insight extracted: An engine can do whatever we know how to order it.",
    ]
    [insight] = (base / "ai-agents" / "integration" / "transcripts").glob("ada-v1-*.md")
    text = insight.read_text(encoding="utf-8")
    assert text.startswith("# Engines\n\n**Source:** ada\n**Video ID:** v1\n")
    assert "**Confidence:** 10%" in text
    assert "Processing video: v2" in run(examples["fetch_files"], given, results).stdout, "the other one"
    assert "SUCCESS: 0 of 0 new" in run(examples["fetch_files"], given, results).stdout
    assert run(examples["fetch_files"], {**given, "creator": "zoe"}, results).returncode == 1


def test_a_table_becomes_json(examples: dict[str, Module], results: Path, tmp_path: Path) -> None:
    source = tmp_path / "table.csv"
    source.write_text('name;size;code\nÄpfel;1.5;007\n"a;b";-3;1e5\n', encoding="utf-8")
    given: dict[str, Any] = {"source": str(source), "delimiter": ";"}
    assert last(run(examples["table_to_json"], given, results))["metrics"] == {"rows": 2}
    assert json.loads((results / "table.json").read_text(encoding="utf-8")) == [
        {"name": "Äpfel", "size": 1.5, "code": "007"},
        {"name": "a;b", "size": -3, "code": "1e5"},
    ]
    given |= {"form": "one object a line", "columns": ["size"], "numbers": False}
    last(run(examples["table_to_json"], given, results))
    assert (results / "table.jsonl").read_text() == '{"size": "1.5"}\n{"size": "-3"}\n'
    refused = run(examples["table_to_json"], given | {"columns": ["price"]}, results)
    assert (refused.returncode, refused.stderr.strip()) == (1, "There is no column 'price'. There is: name, size, code")


def test_checksums_are_listed_and_compared(examples: dict[str, Module], results: Path, tmp_path: Path) -> None:
    folder = tmp_path / "files"
    (folder / "below").mkdir(parents=True)
    for name, text in (("a.txt", "a"), ("below/b.txt", "b"), ("c.txt", "c")):
        (folder / name).write_text(text)
    assert last(run(examples["checksums"], {"folder": str(folder)}, results)) == {"progress": 1.0, "message": "3 files"}
    listed = results / "checksums.txt"
    assert f"{hashlib.sha256(b'b').hexdigest()}  below/b.txt" in listed.read_text().splitlines()
    earlier = listed.rename(tmp_path / "earlier.txt")
    (folder / "a.txt").write_text("changed")
    (folder / "c.txt").rename(folder / "d.txt")
    done = run(examples["checksums"], {"folder": str(folder), "compare": True, "earlier": str(earlier)}, results)
    assert last(done)["message"] == "3 files, 3 differences"
    assert {"changed  a.txt", "gone     c.txt", "added    d.txt"} <= set(done.stdout.splitlines())


def png(width: int, height: int, pixel: bytes, filter_kind: int) -> bytes:
    """A picture of one colour, each row written with the same filter."""
    row = bytearray(pixel * width)
    above = bytearray(len(row))
    raw = b""
    for _ in range(height):
        left = bytes(len(pixel)) + bytes(row[: -len(pixel)])
        guess = {0: bytes(len(row)), 1: left, 2: bytes(above)}[filter_kind]
        raw += bytes([filter_kind]) + bytes((byte - known) & 0xFF for byte, known in zip(row, guess, strict=True))
        above = row
    colour = {1: 0, 3: 2, 4: 6}[len(pixel)]
    parts = (
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, colour, 0, 0, 0)),
        (b"IDAT", zlib.compress(raw)),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(part)) + kind + part + struct.pack(">I", zlib.crc32(kind + part)) for kind, part in parts
    )


def test_pictures_get_small_copies(examples: dict[str, Module], results: Path, tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    (folder / "grey.png").write_bytes(png(64, 32, b"\x80", 1))
    (folder / "red.png").write_bytes(png(50, 25, b"\xff\x10\x20", 2))
    (folder / "clear.png").write_bytes(png(4, 4, b"\x01\x02\x03\x04", 0))
    (folder / "broken.png").write_bytes(b"no picture")
    done = run(examples["thumbnails"], {"folder": str(folder), "width": 8}, results)
    assert done.stdout.splitlines()[-1] == "3 of 4 pictures have a small copy"
    assert "WARNING: broken.png is passed over: it is no PNG picture" in done.stdout
    made = (results / "red.png").read_bytes()
    assert struct.unpack_from(">II", made, 16) == (8, 4)
    content = made[made.index(b"IDAT") + 4 : made.index(b"IEND") - 8]
    assert zlib.decompress(content) == (b"\0" + b"\xff\x10\x20" * 8) * 4
    assert (results / "clear.png").exists()


class Webhook(BaseHTTPRequestHandler):
    """Answers with what it was sent; refuses what brings no key."""

    def do_POST(self) -> None:
        sent = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        allowed = self.headers.get("X-Api-Key") == "the-key-of-mine"
        body = json.dumps({"got": sent} if allowed else {"message": "no key"}).encode()
        self.send_response(200 if allowed else 403)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the name is the server's
        pass


@contextmanager
def served() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Webhook) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/webhook/test"
        finally:
            server.shutdown()
            thread.join()


def test_a_webhook_is_called_with_its_key(examples: dict[str, Module], results: Path) -> None:
    module = replace(examples["webhook"], env={"NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"})
    with served() as address:
        given = {"url": address, "body": '{"a": [1, "ü"]}', "header": "X-Api-Key", "key": "the-key-of-mine"}
        done = run(module, given, results)
        assert last(done)["metrics"]["status"] == 200
        assert json.loads((results / "answer.json").read_bytes()) == {"got": {"a": [1, "ü"]}}
        refused = run(module, given | {"key": "another-key"}, results)
        assert refused.returncode == 1
        assert '{"message": "no key"}' in refused.stdout
    gone = run(module, given, results)
    assert gone.returncode == 1
    assert gone.stderr.startswith(f"{address} does not answer: ")
    assert run(module, given | {"body": "{"}, results).stderr.startswith("The text to send is not JSON: ")
