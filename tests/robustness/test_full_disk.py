"""The data folder, with the database and all logs, on a disk of 8 MB that is full."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest

from tests.fakes.daemon import Daemon, wait_for
from tests.robustness.fleet import (
    SLEEP,
    TICK,
    all_events,
    all_stored,
    assert_untouched,
    fleet,
    pids,
    seconds_of,
    start_all,
    told,
)

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="a disk of its own needs a mount namespace")

MOUNT = 'mount -t tmpfs -o size=8m,mode=700 tmpfs "$0" && exec "$@"'


def _write_for_ever(descriptor: int, size: int) -> NoReturn:
    while True:
        os.write(descriptor, b"x" * size)


def way_to_mount(folder: Path) -> tuple[str, ...]:
    """Ours alone: in a mount namespace that ends with its last process."""
    refusals = []
    for unshare in (["unshare", "-m"], ["unshare", "-rm"]):
        tried = subprocess.run(
            [*unshare, "sh", "-c", MOUNT, str(folder), "true"], capture_output=True, text=True, check=False
        )
        if tried.returncode == 0:
            return (*unshare, "sh", "-c", MOUNT, str(folder))
        refusals.append(f"{' '.join(unshare)}: {tried.stderr.strip()}")
    pytest.fail(f"no disk of 8 MB can be mounted here: {'; '.join(refusals)}")


class OnSmallDisk(Daemon):
    def seen(self, path: Path) -> Path:
        assert self.process is not None
        return Path(f"/proc/{self.process.pid}/root{path}")

    @property
    def filling(self) -> Path:
        return self.seen(self.data_dir / "filling")

    def fill_disk(self) -> None:
        descriptor = os.open(self.filling, os.O_WRONLY | os.O_CREAT)
        try:
            for size in (1 << 20, 1 << 12, 1):
                with pytest.raises(OSError, match=os.strerror(errno.ENOSPC)):
                    _write_for_ever(descriptor, size)
        finally:
            os.close(descriptor)


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[OnSmallDisk]:
    made = OnSmallDisk(tmp_path, fleet(8, f"ticker: {{command: {TICK}}}", f"moved: {{command: {SLEEP}}}"))
    made.data_dir.mkdir()
    made.wrapper = way_to_mount(made.data_dir)
    try:
        made.start()
        yield made
        made.http.post("/api/shutdown").raise_for_status()
        assert made.process is not None
        made.process.wait(30)
    finally:
        made.close()


def test_services_go_on_and_all_is_written_once_there_is_room_again(daemon: OnSmallDisk) -> None:
    before = start_all(daemon)
    moved = before.pop("moved")
    daemon.fill_disk()
    starts = 1

    def told_as_not_stored() -> bool:
        """Goes on with a service until the database has noticed."""
        nonlocal starts
        assert seconds_of(daemon, lambda: daemon.post("moved", "stop")) < 2
        assert seconds_of(daemon, lambda: daemon.post("moved", "start")) < 2
        starts += 1
        events = daemon.events("database.unavailable")
        return bool(events) and not events[-1]["stored"]

    wait_for(told_as_not_stored, 30, "the outage is told")
    assert told(daemon, "database.unavailable")["payload"] == {"reason": "its disk is full"}
    assert daemon.http.get("/health").json()["database"] == "unavailable: its disk is full"
    last = pids(daemon)["moved"]
    assert last != moved
    os.kill(last, signal.SIGKILL)
    wait_for(lambda: pids(daemon)["moved"] not in {None, last}, 2, "a crash on a full disk is seen and mended")
    assert_untouched(daemon, before)

    daemon.filling.unlink()
    back = told(daemon, "database.back")
    assert back["payload"]["reason"] == "its disk is full"
    wait_for(lambda: all_stored(daemon), what="all is written")
    launched = all_events(daemon, type="service.launched", subject="moved")
    assert len(launched) == starts + 1, "each once"
    seqs = [event["seq"] for event in all_events(daemon)]
    assert seqs == list(range(seqs[0], seqs[0] + len(seqs)))
    assert_untouched(daemon, before)
    first = len(daemon.log("ticker").splitlines())
    wait_for(lambda: len(daemon.log("ticker").splitlines()) > first, what="the log goes on")
