"""How a part of control groups version 2 becomes ours to divide.

The groups are plain folders, and `Kernel` applies the kernel's rules to what is written there: most machines that run
tests let nobody divide the real ones.
"""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path

import pytest

if sys.platform != "linux":
    pytest.skip("control groups are Linux's", allow_module_level=True)

from keeper import posix_hierarchies, posix_scope
from keeper.posix_hierarchies import LEAF, Hierarchy, Place, open_hierarchies

OFFERED = "cpu memory pids"
ALL = frozenset(("cpu", "memory", "pids"))
SOMEBODY = 1


class Kernel:
    """A group that holds processes gives no controllers to those below it; a process is in one group."""

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.root = root
        self.ours = root
        monkeypatch.setattr(posix_hierarchies, "write", self.write)
        monkeypatch.setattr(
            posix_hierarchies, "_places", lambda: [Place(2, str(self.ours), frozenset(OFFERED.split()))]
        )

    def group(self, name: str, *pids: int) -> Path:
        group = self.root / name
        group.mkdir()
        (group / "cgroup.controllers").write_text(OFFERED)
        (group / "cgroup.procs").write_text("\n".join(map(str, pids)))
        return group

    def write(self, folder: str, file: str, value: str) -> None:
        path = Path(folder) / file
        if file == "cgroup.procs":
            for other in self.root.rglob("cgroup.procs"):
                other.write_text("\n".join(pid for pid in other.read_text().split() if pid != value))
            path.write_text("\n".join([*self.words(path), value]))
        else:
            if self.words(path.with_name("cgroup.procs")):
                raise OSError(errno.EBUSY, "it holds processes")
            path.write_text(" ".join(sorted({*self.words(path), value.removeprefix("+")})))

    @staticmethod
    def words(path: Path) -> list[str]:
        return path.read_text().split() if path.exists() else []


@pytest.fixture
def kernel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Kernel:
    return Kernel(tmp_path, monkeypatch)


def base(group: Path) -> str:
    return str(group / "control-center-abc")


def test_a_group_of_ours_alone_is_divided_as_it_is(kernel: Kernel) -> None:
    kernel.ours = kernel.group("container", os.getpid(), os.getppid())
    assert open_hierarchies("abc") == [Hierarchy(2, base(kernel.ours), ALL)]
    assert Kernel.words(kernel.ours / "cgroup.procs") == []
    assert set(Kernel.words(kernel.ours / LEAF / "cgroup.procs")) == {str(os.getpid()), str(os.getppid())}


def test_the_group_of_others_is_left_for_a_scope(kernel: Kernel, monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = kernel.ours = kernel.group("terminal", SOMEBODY, os.getpid())

    def enter(name: str) -> bool:
        kernel.ours = kernel.group(f"{name}.scope", os.getpid())
        return True

    monkeypatch.setattr(posix_scope, "enter_scope", enter)
    assert open_hierarchies("abc") == [Hierarchy(2, base(kernel.root / "abc.scope"), ALL)]
    assert str(SOMEBODY) in Kernel.words(terminal / "cgroup.procs")


def test_the_group_of_others_without_a_scope_tells_who_belongs_to_a_tree_and_limits_nothing(
    kernel: Kernel, monkeypatch: pytest.MonkeyPatch
) -> None:
    kernel.ours = kernel.group("terminal", SOMEBODY, os.getpid())
    monkeypatch.setattr(posix_scope, "enter_scope", lambda name: False)
    assert open_hierarchies("abc") == [Hierarchy(2, base(kernel.ours), frozenset())]
    assert set(Kernel.words(kernel.ours / "cgroup.procs")) == {str(SOMEBODY), str(os.getpid())}


def test_where_no_folder_can_be_made_there_are_no_groups(kernel: Kernel, monkeypatch: pytest.MonkeyPatch) -> None:
    kernel.ours = kernel.root / "file"
    kernel.ours.write_text("")
    monkeypatch.setattr(posix_scope, "enter_scope", lambda name: False)
    assert open_hierarchies("abc") == []


def test_limits_of_version_1_come_from_a_hierarchy_each(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folders = {name: tmp_path / name for name in ("pids", "memory", "cpuset")}
    for folder in folders.values():
        folder.mkdir()
    (folders["pids"] / "control-center-abc").mkdir()
    (folders["pids"] / "control-center-abc" / "cgroup.procs").write_text("")
    places = [Place(1, str(folder), frozenset({name})) for name, folder in reversed(folders.items())]
    monkeypatch.setattr(posix_hierarchies, "_places", lambda: places)
    assert open_hierarchies("abc") == [
        Hierarchy(1, base(folders["pids"]), frozenset({"pids"})),
        Hierarchy(1, base(folders["memory"]), frozenset({"memory"})),
    ]


# Whom systemd is asked by


def test_root_asks_the_systems_manager_where_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "getuid", lambda: 0)
    there = {"/run/systemd/system", "/run/dbus"}
    monkeypatch.setattr(os.path, "exists", lambda path: path in there)
    assert posix_scope._bus() == "--system"
    there.clear()
    assert posix_scope._bus() is None


def test_others_ask_their_own_manager(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "getuid", lambda: 1000)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    assert posix_scope._bus() is None
    (tmp_path / "systemd").mkdir()
    (tmp_path / "systemd" / "private").touch()
    assert posix_scope._bus() == "--user"
    monkeypatch.delenv("XDG_RUNTIME_DIR")
    assert posix_scope._bus() is None


@pytest.mark.parametrize("answer", ["exit 0", "sleep 60", None], ids=["it does not happen", "no answer", "no busctl"])
def test_a_scope_that_does_not_come_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: str | None
) -> None:
    busctl = tmp_path / "busctl"
    if answer is not None:
        busctl.write_text(f"#!/bin/sh\nexec {answer}\n" if "sleep" in answer else f"#!/bin/sh\n{answer}\n")
        busctl.chmod(0o755)
    monkeypatch.setattr(posix_scope, "PATIENCE", 0.1)
    monkeypatch.setattr(posix_scope, "_bus", lambda: "--user")
    monkeypatch.setattr("keeper.posix_scope.shutil.which", lambda name, path: str(busctl))
    assert posix_scope.enter_scope("abc") is False
