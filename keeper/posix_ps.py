"""Who lives, told by the `ps` that each Unix has."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from collections.abc import Mapping

from keeper.posix_table import Seen
from keeper.protocol import MARK


class Ps:
    """macOS and other Unixes, through the `ps` that each has. Start times have a resolution of a second."""

    def walk(self) -> dict[int, Seen]:
        found = {}
        for line in _ps("-A", "-o", "pid=,ppid=,pgid=,stat=,lstart=").splitlines():
            pid, parent, group, state, start = line.split(None, 4)
            found[int(pid)] = Seen(int(pid), int(parent), int(group), start.strip(), state.startswith("Z"))
        if os.getpid() not in found:  # it failed: nobody has ended for that
            raise OSError(errno.EAGAIN, "ps does not list the processes")
        return found

    def start_of(self, pid: int) -> str | None:
        return _ps("-o", "lstart=", "-p", str(pid)).strip() or None

    def marks(self, pids: list[int]) -> Mapping[int, str]:
        if not pids:
            return {}
        found = {}
        for line in _ps("eww", "-o", "pid=,command=", "-p", ",".join(map(str, pids))).splitlines():
            pid, _, rest = line.strip().partition(" ")
            for word in rest.split(" "):
                if word.startswith(f"{MARK}="):
                    found[int(pid)] = word.partition("=")[2]
        return found

    def pipes(self, pids: list[int]) -> Mapping[int, set[int]]:
        return {}

    def boot(self) -> str:
        if sys.platform == "darwin":
            run = subprocess.run(
                ["/usr/sbin/sysctl", "-n", "kern.bootsessionuuid"], capture_output=True, text=True, check=False
            )
            return run.stdout.strip()
        return _ps("-o", "lstart=", "-p", "1").strip()


def _ps(*arguments: str) -> str:
    environment = {"LC_ALL": "C", "PATH": "/bin:/usr/bin"}
    run = subprocess.run(["ps", *arguments], capture_output=True, env=environment, check=False)
    return run.stdout.decode(errors="replace")
