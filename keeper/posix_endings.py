"""How trees end: their roots are reaped, what is left of them is looked for, and killed where that was asked for."""

from __future__ import annotations

import os
import resource
import selectors
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import suppress

from keeper.host import Emptied, Exited, Grew, Happening
from keeper.posix_cgroup import ControlGroups
from keeper.posix_held import Held
from keeper.posix_members import Members
from keeper.posix_output import Outputs
from keeper.posix_signals import send
from keeper.posix_strangers import gone
from keeper.posix_table import ProcessTable, family, own_peak

KILL_AGAIN = 0.02  # seconds between looks at a tree that is being killed
ORPHAN_LOOK = 0.5  # seconds between looks at orphans where the OS does not tell of their end

Living = dict[str, list[tuple[int, str]]]  # pid and start of each member, by tree


class Endings:
    """`held` is the host's own table, `selector` the one that its alarms are registered with. `subreaper` says that
    orphans become our children; `families` that the system tells what a process started without a walk."""

    def __init__(
        self,
        held: dict[str, Held],
        table: ProcessTable,
        groups: ControlGroups | None,
        outputs: Outputs,
        selector: selectors.BaseSelector,
        *,
        subreaper: bool,
        families: bool,
    ) -> None:
        self._held = held
        self._table = table
        self._groups = groups
        self._outputs = outputs
        self._selector = selector
        self._subreaper = subreaper
        self._families = families
        self._members = Members(table, groups, os.getpid() if subreaper else 1)
        self._looked = 0.0

    # Who lives

    def members(self) -> Living:
        living = {tree: held for tree, held in self._held.items() if not held.ended}
        roots = {held.identity.pid: tree for tree, held in living.items() if not held.adopted}
        pipes = {held.pipe: tree for tree, held in living.items() if held.pipe is not None}
        adopted = {tree: held.identity for tree, held in living.items() if held.adopted}
        return self._members.of(roots, pipes, adopted)

    def survivors(self, prefix: str) -> dict[int, str]:
        return {pid: tree for pid, (tree, _) in self._members.survivors(prefix).items()}

    # Ending them

    def kill(self, tree: str) -> None:
        """The root and what it started at once, without a walk over all processes; what hides from that is looked for
        when the root has ended, or at the next look."""
        held = self._held[tree]
        held.killing = True
        if self._families and not held.exited:
            kin = family(held.identity.pid, held.identity.start)
            self._members.learn(tree, kin)  # once the root is gone nothing may tie them to it, and they take their time
            for pid, start in kin:
                self.signal(pid, start, signal.SIGKILL)
            self._looked = time.monotonic()
            return
        with suppress(OSError):  # no answer of the process table now: done again at the next look
            self._kill_members([tree])

    def sweep(self, prefix: str, spare: int | None) -> dict[int, str]:
        ended: dict[int, str] = {}
        for _ in range(20):  # what is killed may have just forked
            found = self._members.survivors(prefix)
            going = {pid: one for pid, one in found.items() if one[0] not in self._held and pid != spare}
            if not going:
                break
            for pid, (tree, start) in going.items():
                self.signal(pid, start, signal.SIGKILL)
                ended[pid] = tree
            time.sleep(0.01)
        return ended

    def signal(self, pid: int, start: str, number: int) -> None:
        send(self._table, pid, start, number)

    def _kill_members(self, trees: list[str]) -> Living:
        members = self.members()
        for tree in trees:
            for pid, start in members.get(tree, []):
                self.signal(pid, start, signal.SIGKILL)
        return members

    # What the system tells

    def reap(self) -> Iterator[Happening]:
        """After a SIGCHLD: all children that have ended, among them orphans of trees."""
        roots = {held.identity.pid: tree for tree, held in self._held.items() if not held.adopted and not held.exited}
        reaped = False
        while True:
            try:
                pid, status, usage = os.wait4(-1, os.WNOHANG)
            except ChildProcessError:
                break
            if pid == 0:
                break
            reaped = True
            if pid in roots:
                yield from self._root_exited(roots[pid], status, usage)
        if reaped:
            yield from self._settle([tree for tree, held in self._held.items() if held.exited and not held.ended])

    def stranger_ended(self, tree: str) -> Iterator[Happening]:
        """The root of an adopted tree, of which the system tells otherwise."""
        if not self._held[tree].exited:
            yield from self._stranger_exited(tree)
            yield from self._settle([tree])

    def _root_exited(self, tree: str, status: int, usage: resource.struct_rusage) -> Iterator[Happening]:
        held = self._held[tree]
        held.exited = True
        code = os.waitstatus_to_exitcode(status)
        if self._outputs.drain(tree) and held.followed:
            yield Grew(tree)
        yield Exited(
            tree,
            code if code >= 0 else None,
            -code if code < 0 else None,
            time.time(),
            self._limit_met(tree),
            cpu=usage.ru_utime + usage.ru_stime,
            peak=_peak(usage),
        )

    def _stranger_exited(self, tree: str) -> Iterator[Happening]:
        held = self._held[tree]
        held.exited = True
        held.end_watching(self._selector)
        yield Exited(tree, None, None, time.time(), self._limit_met(tree))

    def _limit_met(self, tree: str) -> str | None:
        held = self._held[tree]
        if held.limit is None and self._groups is not None and self._groups.met_memory_limit(tree):
            held.limit = "memory"
        return held.limit

    # What the system does not tell

    def patience(self, timeout: float | None) -> float | None:
        """Seconds until the next look, `timeout` where nothing is to be looked at."""
        look = False
        for held in self._held.values():
            if held.killing and not held.ended:
                return KILL_AGAIN
            look = look or self._untold(held)
        return ORPHAN_LOOK if look else timeout

    def _untold(self, held: Held) -> bool:
        """Whether the system does not tell what happens to it next: orphans and strangers are not our children."""
        if held.ended:
            return False
        if held.exited:
            return self._walked(held)
        return held.adopted and held.end is None

    def look_again(self) -> Iterator[Happening]:
        """Where no signal comes: trees being killed, orphans that are not our children, strangers."""
        killing = [tree for tree, held in self._held.items() if held.killing and not held.ended]
        untold = [tree for tree, held in self._held.items() if not held.killing and self._untold(held)]
        now = time.monotonic()
        if not (killing or untold) or now - self._looked < (KILL_AGAIN if killing else ORPHAN_LOOK):
            return
        self._looked = now
        with suppress(OSError):  # no answer now: the next look will tell
            for tree in (*killing, *untold):
                held = self._held[tree]
                if self._untold(held) and not held.exited and gone(held.identity, self._table):
                    yield from self._stranger_exited(tree)
        yield from self._settle([*killing, *untold])

    def _settle(self, trees: list[str]) -> Iterator[Happening]:
        """Tells which of the trees have no member left, and kills on where that was asked for."""
        if not trees:
            return
        try:
            members = self._members_left(trees)
        except OSError:  # the process table does not answer now: looked at again
            return
        for tree in trees:
            held = self._held[tree]
            if held.exited and not held.ended and not members.get(tree):
                yield from self._emptied(tree, held)

    def _members_left(self, trees: list[str]) -> Living:
        """Who is left of trees that are being killed, or whose root has ended; what shall be killed is, once more."""
        roots = [held.identity.pid for held in self._held.values() if not held.exited]
        dead = all(self._held[tree].exited and not self._held[tree].adopted for tree in trees)
        if self._subreaper and dead and self._members.no_orphans(roots):
            return {}
        killing = [tree for tree in trees if self._held[tree].killing]
        found = self._kill_members(killing) if killing else self.members()
        if not any(self._walked(self._held[tree]) and not found.get(tree) for tree in trees):
            return found
        again = self.members()  # a walk is no instant: somebody may have forked behind it and ended before it
        return {tree: found.get(tree) or again.get(tree, []) for tree in trees}

    def _walked(self, held: Held) -> bool:
        """Whether nothing but walks tells who is left of it: its orphans do not become our children."""
        return held.adopted or not self._subreaper

    def _emptied(self, tree: str, held: Held) -> Iterator[Happening]:
        held.ended = True
        if self._outputs.drain(tree) and held.followed:
            yield Grew(tree)
        self._outputs.remove(tree)
        held.end_alarm(self._selector)
        if self._groups is not None:
            self._groups.remove(tree)
        yield Emptied(tree, time.time())


def _peak(usage: resource.struct_rusage) -> int | None:
    """In bytes. A process begins as a copy of the keeper, which the system counts too: less than that tells nothing."""
    largest = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return largest if largest > own_peak() else None
