"""`python -I -S <root>/keeper DATA_DIR`: holds the process trees of one data folder until there is nothing to hold."""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path

if __package__ in {None, ""}:  # started by its folder: make `keeper` importable without site packages
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

from keeper.host import Host
from keeper.own_log import OwnLog
from keeper.protocol import VERSION, Claim, Held, address_for, folder_hash
from keeper.server import Keeper
from keeper.tree_logs import TreeLogs


def open_host(name: str) -> Host:
    if sys.platform == "win32":
        from keeper.windows import WindowsHost

        return WindowsHost()
    from keeper.posix import PosixHost
    from keeper.posix_cgroup import ControlGroups

    return PosixHost(ControlGroups.open(name))


def main(arguments: list[str]) -> int:
    data_dir = Path(arguments[0]).resolve()
    try:
        claim = Claim(data_dir / "keeper.lock")
    except Held:
        return 3  # another keeper already holds this folder; the daemon connects to that one
    handler = OwnLog(data_dir / "keeper.log")
    logging.basicConfig(level=logging.INFO, handlers=[handler], format="%(asctime)s %(levelname)s %(message)s")
    sys.setswitchinterval(0.0005)  # seconds: a thread that tidies or compresses keeps no launch waiting for longer
    address, name = address_for(data_dir), folder_hash(data_dir)
    host = open_host(name)
    claim.write({"pid": os.getpid(), "address": address, "version": VERSION})
    try:
        Keeper(host, name, address, TreeLogs(data_dir / "log-ends")).run()
    except BaseException:
        logging.getLogger("keeper").exception("the keeper fails")
        raise
    finally:
        host.close()
        claim.release()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
