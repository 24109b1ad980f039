"""Start, restart and stop of one tool, beside the floor and other supervisors, by one stop-watch.

    python -m benchmarks.lifecycle [--rounds 1000] [--peers VENV/bin] [--pm2 NODE_MODULES/pm2]

A start is from the request to the tool's own first act; a restart from `kill -9` of the tool to the first act of the
next; a stop from the request to the end of the process, seen by its pidfd.
"""

from __future__ import annotations

import argparse
import os
import random
import select
import signal
import statistics
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from benchmarks.peers import Announcements, Peer, circusd, control_center, floor, pm2, supervisord

Open = Callable[[Path, Announcements], AbstractContextManager[Peer]]
Figures = dict[str, list[float]]
SLOW = 1.0  # seconds a round from which a few rounds must do


def ended(handle: int) -> float:
    """The moment at which the process of this pidfd ended."""
    select.select([handle], [], [], 30)
    return time.monotonic()


@dataclass
class Run:
    peer: Peer
    told: Announcements
    figures: Figures = field(default_factory=lambda: {"start": [], "restart": [], "stop": []})
    spent: float = 0.0

    def go_on(self) -> None:
        """One round more, unless those that were done suffice for one that is slow."""
        done = len(self.figures["stop"])
        if done < 10 or self.spent / done < SLOW:
            begun = time.monotonic()
            one_round(self.peer, self.told, self.figures)
            self.spent += time.monotonic() - begun


def measure(opened: list[Open], rounds: int) -> dict[str, Figures]:
    """All of them up, a round of each after the other, in changing order: whatever else the machine does meets all."""
    with ExitStack() as stack:
        runs = []
        for one in opened:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            told = Announcements(folder)
            runs.append(Run(stack.enter_context(one(folder, told)), told))
        for _ in range(rounds):
            for run in random.sample(runs, len(runs)):
                run.go_on()
        return {run.peer.name: run.figures for run in runs}


def one_round(peer: Peer, told: Announcements, figures: Figures) -> None:
    begun = time.monotonic()
    asking = threading.Thread(target=peer.start)
    asking.start()
    pid, there = told.next()
    asking.join()
    figures["start"].append((there - begun) * 1000)
    time.sleep(0.06)  # past the window of ours: the next failure is a first one
    begun = time.monotonic()
    os.kill(pid, signal.SIGKILL)
    pid, there = told.next()
    figures["restart"].append((there - begun) * 1000)
    time.sleep(0.005)
    handle = os.pidfd_open(pid)
    begun = time.monotonic()
    asking = threading.Thread(target=peer.stop)
    asking.start()
    figures["stop"].append((ended(handle) - begun) * 1000)
    asking.join()
    os.close(handle)


def show(results: dict[str, Figures]) -> None:
    base = {what: statistics.median(times) for what, times in results["floor"].items()}
    for what, floor_time in base.items():
        print(f"\n{what}: milliseconds, and as a share of the floor's median")
        for name, figures in results.items():
            times = sorted(figures[what])
            middle, late = statistics.median(times), times[min(len(times) - 1, int(len(times) * 0.99))]
            shares = f"{middle / floor_time:7.2f} x {late / floor_time:7.2f} x"
            print(f"  {name:<24} p50 {middle:8.2f}  p99 {late:8.2f}  {shares}   n = {len(times)}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=1000)
    parser.add_argument("--peers", type=Path)
    parser.add_argument("--pm2", type=Path)
    given = parser.parse_args()
    opened: list[Open] = [floor, control_center]
    if given.peers is not None:
        opened += [partial(supervisord, peers=given.peers), partial(circusd, peers=given.peers)]
    if given.pm2 is not None:
        opened.append(partial(pm2, package=given.pm2))
    show(measure(opened, given.rounds))


if __name__ == "__main__":
    main()
