"""Where control groups are found, and the scope that systemd may give."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

if sys.platform != "linux":
    pytest.skip("control groups are Linux's", allow_module_level=True)

from backend.config import ROOT
from keeper.posix_hierarchies import Place, places_of
from tests.fakes.daemon import wait_for

DESKTOP = (
    "0::/user.slice/user-1000.slice/user@1000.service/app.slice/app-terminal.scope\n",
    "29 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate,memory_recursiveprot\n",
)
HYBRID = (
    "4:memory:/user.slice\n2:cpu,cpuacct:/\n1:name=systemd:/user.slice\n0::/user.slice\n",
    "32 31 0:29 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n"
    "33 31 0:30 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
    "34 31 0:31 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n"
    "35 31 0:32 / /proc rw - proc proc rw\n",
)
CONTAINER = (
    "5:pids:/docker/4f2a\n",
    "41 40 0:33 /docker/4f2a /sys/fs/cgroup/pids rw master:11 - cgroup cgroup rw,pids\n",
)
AFTER_A_KEEPER = ("0::/app/control-center\n", DESKTOP[1])


@pytest.mark.parametrize(
    ("told", "places"),
    [
        (
            DESKTOP,
            [Place(2, "/sys/fs/cgroup/user.slice/user-1000.slice/user@1000.service/app.slice/app-terminal.scope")],
        ),
        (
            HYBRID,
            [
                Place(1, "/sys/fs/cgroup/memory/user.slice", frozenset({"memory"})),
                Place(1, "/sys/fs/cgroup/cpu,cpuacct", frozenset({"cpu", "cpuacct"})),
                Place(2, "/sys/fs/cgroup/unified/user.slice"),
            ],
        ),
        (CONTAINER, [Place(1, "/sys/fs/cgroup/pids", frozenset({"pids"}))]),
        (AFTER_A_KEEPER, [Place(2, "/sys/fs/cgroup/app")]),
        (("", ""), []),
    ],
    ids=["desktop", "hybrid", "container", "after a keeper", "none"],
)
def test_the_groups_that_we_are_in_are_found(told: tuple[str, str], places: list[Place]) -> None:
    assert places_of(*told) == places


# In systemd's place: it moves the process that is named to it, or refuses.
BUSCTL = """#!/bin/sh
echo "$@" > {folder}/asked
pid=$(echo "$@" | sed 's/.*PIDs au 1 \\([0-9]*\\).*/\\1/')
{what}
"""
ENTER = """
import os, sys
sys.path.insert(0, sys.argv[1])
from keeper import posix_scope
posix_scope._bus = lambda: "--user"
posix_scope.shutil.which = lambda name, path: sys.argv[2]
print(os.getpid(), posix_scope.enter_scope("abc"))
"""


def enter(folder: Path, what: str) -> str:
    busctl = folder / "busctl"
    busctl.write_text(BUSCTL.format(folder=folder, what=what))
    busctl.chmod(0o755)
    command = [sys.executable, "-c", ENTER, str(ROOT), str(busctl)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def writable_group() -> Path | None:
    """One below the group of ours in the first hierarchy that takes it."""
    groups, mounts = (Path(f"/proc/self/{name}").read_text() for name in ("cgroup", "mountinfo"))
    for place in places_of(groups, mounts):
        group = Path(place.folder) / f"test-scope-{os.getpid()}"
        try:
            group.mkdir()
        except OSError:
            continue
        if os.access(group / "cgroup.procs", os.W_OK):
            return group
        group.rmdir()
    return None


def test_a_scope_that_systemd_gives_is_entered(tmp_path: Path) -> None:
    group = writable_group()
    if group is None:
        pytest.skip("no control group can be made here")
    try:
        pid, entered = enter(tmp_path, f"echo $pid > {group}/cgroup.procs").split()
    finally:
        wait_for(lambda: (group / "cgroup.procs").read_text() == "")
        group.rmdir()
    assert entered == "True"
    asked = (tmp_path / "asked").read_text()
    assert (
        f"StartTransientUnit ssa(sv)a(sa(sv)) control-center-abc-{pid}.scope fail 4 PIDs au 1 {pid} Delegate b true"
        in asked
    )


def test_without_a_scope_everything_goes_on(tmp_path: Path) -> None:
    assert enter(tmp_path, "echo 'Access denied' >&2; exit 1").split()[1] == "False"
