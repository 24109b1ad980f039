"""What a person declared: settings, definitions, paths, ports."""

from __future__ import annotations

import json
import os
import socket
import sys
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

import pytest

from backend.config import Settings
from backend.services.diagnostics import declared
from backend.services.ports import PortReader


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def read(folder: Path, text: str) -> declared.Declared:
    (folder / "control-center.yaml").write_text(text, encoding="utf-8")
    return declared.read_declared(Settings(data_dir=folder, config_dir=folder))


def service(**keys: object) -> str:
    return json.dumps({"services": {"demo": {"command": [sys.executable, "-V"], **keys}}})


def test_a_file_that_is_not_there_yet_is_no_fault(tmp_path: Path) -> None:
    absent = declared.read_declared(Settings(data_dir=tmp_path, config_dir=tmp_path))
    (finding,) = declared.check_configuration(absent)
    assert (finding.status, declared.check_paths(absent)) == ("ok", [])


def test_each_fault_of_the_file_is_a_finding_with_its_line(tmp_path: Path) -> None:
    wrong = read(tmp_path, "services:\n  demo:\n    comand: [x]\n    port: many\n    command: [x]\n")
    findings = declared.check_configuration(wrong)
    assert {finding.status for finding in findings} == {"error"}
    assert any("line 3" in finding.what and "command" in finding.fix for finding in findings)
    assert any("line 4" in finding.what for finding in findings)


def test_good_definitions_are_ok_with_their_paths(tmp_path: Path) -> None:
    good = read(tmp_path, service())
    assert [one.status for one in declared.check_configuration(good)] == ["ok"]
    (paths,) = declared.check_paths(good)
    assert (paths.id, paths.status) == ("paths.demo", "ok")


def test_every_section_of_this_version_is_known(tmp_path: Path) -> None:
    modules = '"modules": {"hello": {"command": ["true"]}}, "retention": {"runs": {"count": 10}}'
    assert [one.status for one in declared.check_configuration(read(tmp_path, f"{{{modules}}}"))] == ["ok"]
    (wrong,) = declared.check_configuration(read(tmp_path, '{"retention": {"runs": {"cout": 10}}}'))
    assert "cout" in wrong.what
    assert "count" in wrong.fix


def test_missing_folder_and_program_are_warnings_of_that_service(tmp_path: Path) -> None:
    wrong = read(tmp_path, service(command=["no-such-program-here"], cwd="nowhere"))
    findings = declared.check_paths(wrong)
    assert {(one.id, one.status) for one in findings} == {("paths.demo", "warning")}
    assert any("nowhere" in one.what for one in findings)
    assert [one.status for one in declared.check_configuration(wrong)] == ["ok"], "told once, not twice"


async def test_own_port_free_ours_and_taken(tmp_path: Path, taken: int) -> None:
    ports = PortReader()
    settings = Settings(data_dir=tmp_path, port=taken)
    (finding,) = await declared.check_own_port(settings, ports, None)
    assert finding.status == "error"
    assert str(taken) in finding.what
    assert f"PORT={taken + 1}" in finding.fix
    (ours,) = await declared.check_own_port(settings, ports, os.getpid())
    assert ours.status == "ok"
    (any_free,) = await declared.check_own_port(Settings(data_dir=tmp_path, port=0), ports, None)
    assert any_free.status == "ok"


async def ours(_: Collection[int]) -> Mapping[int, str]:
    return {os.getpid(): "demo"}


async def test_port_of_a_service_held_by_itself_and_by_another(tmp_path: Path, taken: int) -> None:
    definitions = read(tmp_path, service(port=taken))
    (foreign,) = await declared.check_service_ports(definitions, PortReader())
    assert (foreign.id, foreign.status) == ("ports.demo", "warning")
    (own,) = await declared.check_service_ports(definitions, PortReader(ours))
    assert own.status == "ok"


def test_warnings_of_the_settings_are_findings() -> None:
    assert [one.status for one in declared.check_settings(())] == ["ok"]
    (finding,) = declared.check_settings([".env, line 3: PROT is not a setting"])
    assert (finding.status, "PROT" in finding.what) == ("warning", True)
