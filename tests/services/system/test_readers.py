"""The two readers of processes, beside each other and with what systems refuse."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from backend.services.system.psutil_processes import PsutilProcesses
from backend.services.system.readings import ProcessReader, choose_reader
from tests.services.system.conftest import IDLE, until
from tests.services.system.witness import rests

Start = Callable[..., "subprocess.Popen[str]"]

linux = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc as Linux has it")
READERS = [pytest.param(choose_reader, id="chosen"), pytest.param(PsutilProcesses, id="psutil")]


@pytest.mark.parametrize("make", READERS)
def test_a_reader_tells_of_a_child_what_psutil_tells(make: Callable[[], ProcessReader], start: Start) -> None:
    child = start(IDLE, "an argument")
    until(lambda: rests(child.pid))
    reader = make()
    reading, other = reader.read()[child.pid], psutil.Process(child.pid)
    assert (reading.parent, reading.name, reading.status) == (os.getpid(), other.name(), other.status())
    assert reading.started == pytest.approx(other.create_time(), abs=1)
    times = other.cpu_times()
    assert reading.cpu_seconds == pytest.approx(times.user + times.system, abs=0.05)
    assert reading.memory_bytes == pytest.approx(other.memory_info().rss, rel=0.1)
    about = reader.describe(reading)
    assert (about.name, about.username) == (other.name(), other.username())
    assert about.command == " ".join(other.cmdline())


@linux
def test_both_readers_see_the_same_processes() -> None:
    from backend.services.system.procfs import ProcfsProcesses

    theirs, ours, later = PsutilProcesses().read(), ProcfsProcesses().read(), PsutilProcesses().read()
    lasting = set(theirs) & set(later)
    assert lasting <= set(ours)
    for pid in lasting:
        assert ours[pid].parent == theirs[pid].parent or theirs[pid].parent != later[pid].parent
        assert ours[pid].started == pytest.approx(theirs[pid].started, abs=1)


@pytest.mark.parametrize("make", READERS)
def test_a_process_that_has_gone_is_described_by_what_was_read(make: Callable[[], ProcessReader], start: Start) -> None:
    child = start(IDLE)
    reader = make()
    reading = reader.read()[child.pid]
    child.kill()
    child.wait()
    about = reader.describe(reading)
    assert (about.name, about.username, about.command) == (reading.name, None, None)


def test_a_process_that_took_a_number_over_is_not_described_as_the_one_before() -> None:
    reader = PsutilProcesses()
    reading = reader.read()[os.getpid()]._replace(started=1.0, name="before")
    assert reader.describe(reading).name == "before"
    assert reader.describe(reading).command is None


@pytest.mark.parametrize("refused", ["cpu_times", "memory_info", "ppid"])
def test_what_access_is_denied_to_is_unknown_and_the_rest_is_told(
    refused: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def deny(process: psutil.Process) -> None:
        raise psutil.AccessDenied(process.pid)

    of_this_system = vars(psutil)["_psplatform"].Process
    monkeypatch.setattr(of_this_system, refused, deny)
    reading = PsutilProcesses().read()[os.getpid()]
    assert reading.name == psutil.Process().name()
    assert (reading.cpu_seconds is None) == (refused == "cpu_times")
    assert (reading.memory_bytes is None) == (refused == "memory_info")


def test_the_kernels_own_number_is_left_out() -> None:
    """On Windows its time is the time that nobody used, which would put it on top."""
    assert 0 not in PsutilProcesses().read()


@linux
def test_a_name_with_brackets_and_spaces_is_read_whole(tmp_path: Path) -> None:
    from backend.services.system.procfs import ProcfsProcesses

    program = tmp_path / "a ) b (c"
    program.symlink_to(Path("/bin/sleep").resolve())
    with subprocess.Popen([program, "60"]) as child:
        try:
            reader = ProcfsProcesses()
            reading = reader.read()[child.pid]
            assert (reading.name, reading.parent) == ("a ) b (c", os.getpid())
        finally:
            child.kill()


@linux
def test_a_name_that_the_kernel_cut_is_completed(tmp_path: Path) -> None:
    from backend.services.system.procfs import ProcfsProcesses

    program = tmp_path / "a-very-long-program-name"
    program.symlink_to(Path("/bin/sleep").resolve())
    with subprocess.Popen([program, "60"]) as child:
        try:
            reader = ProcfsProcesses()
            reading = reader.read()[child.pid]
            assert reading.name == "a-very-long-pro"
            assert reader.describe(reading).name == "a-very-long-program-name"
        finally:
            child.kill()


@linux
def test_files_that_are_cut_short_or_no_processes_are_passed_over(tmp_path: Path) -> None:
    from backend.services.system.procfs import ProcfsProcesses

    for name, text in {"1": "", "2": "2 (x) S 1", "self": "no"}.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "stat").write_text(text)
    (tmp_path / "3").mkdir()
    assert ProcfsProcesses(str(tmp_path)).read() == {}


@linux
def test_an_owner_without_a_name_is_told_by_number(monkeypatch: pytest.MonkeyPatch) -> None:
    import pwd

    from backend.services.system.procfs import ProcfsProcesses, _username

    def nobody(_: int) -> None:
        raise KeyError

    _username.cache_clear()
    monkeypatch.setattr(pwd, "getpwuid", nobody)
    reader = ProcfsProcesses()
    assert reader.describe(reader.read()[os.getpid()]).username == str(os.getuid())
    _username.cache_clear()


@linux
def test_processes_are_listed_anew_where_one_has_begun(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from backend.services.system import procfs

    monkeypatch.setattr(procfs, "_tells_at_once", lambda _: True)
    reader, loads = procfs.ProcfsProcesses(str(tmp_path)), tmp_path / "loadavg"
    loads.write_text("0.10 0.20 0.30 1/300 8\n")
    (tmp_path / "7").mkdir()
    assert reader.pids() == [7]
    (tmp_path / "8").mkdir()
    assert sorted(reader.pids()) == [7, 8], "who was given the number comes a moment later"
    loads.write_text("0.20 0.30 0.40 2/300 8\n")
    (tmp_path / "7").rmdir()
    assert sorted(reader.pids()) == [7, 8]
    assert reader.read() == {}, "whoever has ended is left out when it is read"
    (tmp_path / "9").mkdir()
    loads.write_text("0.20 0.30 0.40 2/300 9\n")
    assert sorted(reader.pids()) == [8, 9]


@linux
@pytest.mark.parametrize("loads", ["", "0.00 0.00 0.00 0/0 0\n"])
def test_processes_are_listed_each_time_where_nobody_tells_of_the_newest(loads: str, tmp_path: Path) -> None:
    from backend.services.system.procfs import ProcfsProcesses

    (tmp_path / "loadavg").write_text(loads)
    reader = ProcfsProcesses(str(tmp_path))
    for pid in (7, 8):
        (tmp_path / str(pid)).mkdir()
        assert pid in reader.pids()


@linux
def test_who_has_begun_is_listed_at_once(start: Start) -> None:
    reader = choose_reader()
    for _ in range(3):
        assert start(IDLE).pid in reader.pids()
