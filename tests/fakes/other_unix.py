"""A keeper as on another Unix: no subreaper, no splice, no control groups, and `ps` instead of procfs.

Started as a script with a data folder. The starts that Linux' own `ps` shows move when the wall clock is set; those of
the systems that it stands for do not. A file `ps.fails` in the folder makes `ps` answer nothing.
"""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # before this folder, which has a keeper.py too

from keeper.posix import PosixHost
from keeper.posix_ps import Ps
from keeper.posix_table import ProcFs, Seen
from keeper.protocol import address_for, folder_hash
from keeper.server import Keeper

FOLDER = Path(sys.argv[1])


class SteadyPs(Ps):
    def walk(self) -> dict[int, Seen]:
        if (FOLDER / "ps.fails").exists():
            raise OSError("ps does not list the processes")
        steady = ProcFs().walk()
        found = super().walk().items()
        return {pid: dataclasses.replace(one, start=steady[pid].start) for pid, one in found if pid in steady}

    def start_of(self, pid: int) -> str | None:
        return ProcFs().start_of(pid)


if __name__ == "__main__":
    host = PosixHost(None, SteadyPs() if sys.platform == "linux" else Ps(), linux=False)
    Keeper(host, folder_hash(FOLDER), address_for(FOLDER)).run()
    host.close()
