"""What the keeper does not do, and how it says so."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

if sys.platform == "win32":
    pytest.skip("the keeper of POSIX; tests/windows has its like", allow_module_level=True)

from backend.config import ROOT
from backend.services.processes.keeper_start import keeper_flags
from keeper.posix_signals import send, signal_number
from keeper.posix_table import native_table
from keeper.protocol import address_for
from tests.fakes.daemon import alive
from tests.fakes.keeper import Conversation, Keeper, Refused


def start(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *keeper_flags(), str(ROOT / "keeper"), str(folder)]
    return subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)


def test_a_second_keeper_of_a_folder_leaves_at_once(keeper: Keeper) -> None:
    assert start(keeper.folder).returncode == 3
    assert alive(keeper.process.pid)


def test_a_keeper_that_cannot_listen_writes_down_why(tmp_path: Path) -> None:
    place = Path(address_for(tmp_path))
    place.mkdir()
    try:
        assert start(tmp_path).returncode == 1
    finally:
        place.rmdir()
    assert "the keeper fails" in (tmp_path / "keeper.log").read_text()


def refused(daemon: Conversation, op: str, **members: Any) -> str:
    with pytest.raises(Refused) as refusal:
        daemon.ask(op, **members)
    return str(refusal.value.args[0])


def test_each_refusal_has_its_code(keeper: Keeper, daemon: Conversation) -> None:
    spec = keeper.spec("a", "sleep", "300")
    tree = daemon.ask("launch", spec=spec)
    assert refused(daemon, "launch", spec={**spec, "id": "of another folder"}) == "protocol"
    assert refused(daemon, "launch", spec={**spec, "id": keeper.prefix + "b", "argv": []}) == "protocol"
    assert refused(daemon, "forget", id=tree["id"]) == "alive"
    assert refused(daemon, "stop", id="nobody") == "unknown_tree"
    (keeper.folder / "c.log").mkdir()
    assert refused(daemon, "launch", spec=keeper.spec("c", "true")) == "log"
    assert refused(daemon, "identify", pid="no number") == "internal"
    assert [one["id"] for one in daemon.ask("trees")] == [tree["id"]]


def test_what_is_done_already_is_done(keeper: Keeper, daemon: Conversation) -> None:
    tree = daemon.ask("launch", spec=keeper.spec("a", "true"))["id"]
    daemon.told("ended", tree)
    for op in ("stop", "kill", "forget", "forget"):
        assert daemon.ask(op, id=tree) is None


def test_only_a_keeper_without_a_daemon_is_told_to_finish(keeper: Keeper, daemon: Conversation) -> None:
    stranger = keeper.talk()
    assert stranger.say(op="finish")["refused"] == "version"
    assert alive(keeper.process.pid)
    assert daemon.ask("trees") == []


def test_a_program_is_looked_for_on_its_own_path(keeper: Keeper, daemon: Conversation) -> None:
    """Past files that may not be run and folders that are none."""
    for name in ("forbidden", "good"):
        (keeper.folder / name).mkdir()
        tool = keeper.folder / name / "a-tool"
        tool.write_text("#!/bin/sh\necho $0\n")
        tool.chmod(0o755 if name == "good" else 0o644)
    path = ":".join(str(keeper.folder / name) for name in ("missing", "forbidden", "good"))
    tree = daemon.ask("launch", spec=keeper.spec("a", "a-tool", env={"PATH": path}))["id"]
    daemon.told("ended", tree)
    assert (keeper.folder / "a.log").read_text() == f"{keeper.folder}/good/a-tool\n"
    with pytest.raises(Refused, match="a-tool: Permission denied"):
        daemon.ask("launch", spec=keeper.spec("b", "a-tool", env={"PATH": str(keeper.folder / "forbidden")}))


@pytest.mark.parametrize("with_pidfd", [True, False])
def test_a_signal_reaches_nobody_who_got_the_number_since(with_pidfd: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if not with_pidfd:
        monkeypatch.delattr(os, "pidfd_open", raising=False)  # as on macOS
    table = native_table()
    with subprocess.Popen(["sleep", "300"]) as process:
        send(table, process.pid, "another start", signal.SIGKILL)
        assert process.poll() is None
        send(table, process.pid, table.start_of(process.pid) or "", signal.SIGKILL)
        assert process.wait(10) == -signal.SIGKILL
    send(table, process.pid, "another start", signal.SIGKILL)  # nobody is there: nothing happens


def test_windows_names_of_signals_are_known() -> None:
    assert (signal_number("CTRL_C"), signal_number("CTRL_BREAK")) == (signal.SIGINT, signal.SIGTERM)
