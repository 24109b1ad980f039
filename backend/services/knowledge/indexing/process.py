"""The process that indexes: told what to do in JSON lines, tells what comes of it the same way, and goes when nobody
speaks to it any more.

    {"do": "scan", "order": {…}}                       {"reading": "/whole/path"}  {"done": 3, "total": 17}
    {"do": "look", "order": {…}, "paths": ["…"]}       {"finished": {"files": 17, "added": 2, …}}
                                                       {"failed": "why", "damaged": true}
"""

from __future__ import annotations

import json
import os
import queue
import sqlite3
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from backend.services.knowledge.indexing import store
from backend.services.knowledge.indexing.scan import Counts, Order, Scan
from backend.services.knowledge.indexing.writing import Writing

IDLE_SECONDS = 20.0
NICE = 10
BELOW_NORMAL = 0x4000


def tell(message: Mapping[str, Any]) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def order_of(said: Mapping[str, Any]) -> Order:
    return Order(
        roots=tuple(said["roots"]),
        include=tuple(said["include"]),
        exclude=tuple(said["exclude"]),
        max_size=said["max_size"],
        skip=said["skip"],
    )


def obey(connection: sqlite3.Connection, said: Mapping[str, Any]) -> Counts:
    scan = Scan(Writing(connection), order_of(said["order"]), tell)
    return scan.everything() if said["do"] == "scan" else scan.paths(said["paths"])


def main(file: Path) -> None:
    step_back()
    orders: queue.SimpleQueue[str] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(orders,), daemon=True).start()
    connection: sqlite3.Connection | None = None
    while True:
        try:
            said = json.loads(orders.get(timeout=IDLE_SECONDS))
        except queue.Empty:
            break
        try:
            connection = connection or store.open_to_write(file)
            tell({"finished": obey(connection, said).as_json()})
        except sqlite3.Error as error:
            tell({"failed": str(error), "damaged": store.is_damaged(error)})
            break
        except OSError as error:
            tell({"failed": error.strerror or str(error), "damaged": False})
            break
    if connection is not None:
        connection.close()


def _listen(orders: queue.SimpleQueue[str]) -> None:
    """Whoever spoke to it is gone when nothing can come any more: then nothing is finished for anybody."""
    for line in sys.stdin:
        orders.put(line)
    os._exit(0)


def step_back() -> None:
    """What a person does at the machine comes first."""
    with suppress(OSError):
        if sys.platform == "win32":
            import psutil

            psutil.Process().nice(BELOW_NORMAL)
        else:
            os.nice(NICE)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
