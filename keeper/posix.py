"""Linux, macOS and other Unixes: sessions, signals, sockets.

On Linux the keeper is a child subreaper: whatever a tool starts stays a descendant of the keeper however it detaches,
so one walk down from the keeper finds every member. Elsewhere orphans go to init and are found by process group and by
the mark in their environment.
"""

from __future__ import annotations

import ctypes
import os
import resource
import selectors
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

from keeper.given import open_input
from keeper.host import Asked, Emptied, Exited, Grew, Happening
from keeper.logs import LogWriter
from keeper.posix_cgroup import ControlGroups
from keeper.posix_descriptors import Descriptors
from keeper.posix_held import Held
from keeper.posix_limits import rank
from keeper.posix_members import Members, spread
from keeper.posix_output import Outputs
from keeper.posix_signals import send, signal_number
from keeper.posix_socket import SocketServer
from keeper.posix_strangers import EndWatch, check_adoptable, gone
from keeper.posix_table import ProcessTable, lineage, native_table
from keeper.protocol import MARK, Identity, LaunchSpec

PR_SET_CHILD_SUBREAPER = 36
KILL_AGAIN = 0.02  # seconds between looks at a tree that is being killed
ORPHAN_LOOK = 0.5  # seconds between looks at orphans where the OS does not tell of their end


class PosixHost:
    """`groups` are control groups, where there are any. `linux` off is how it works on other Unixes."""

    def __init__(
        self,
        groups: ControlGroups | None = None,
        table: ProcessTable | None = None,
        *,
        linux: bool = sys.platform == "linux",
    ) -> None:
        self._table = table or native_table()
        self._linux = linux
        self._subreaper = linux and _become_subreaper()
        self._descriptors = Descriptors()
        self._outputs = Outputs(splice=linux and hasattr(os, "splice"))
        self._urgent = selectors.DefaultSelector()
        self._all = selectors.DefaultSelector()
        self._all.register(self._urgent.fileno(), selectors.EVENT_READ, "urgent")
        self._all.register(self._outputs.selector.fileno(), selectors.EVENT_READ, "outputs")
        self._held: dict[str, Held] = {}
        self._groups = groups
        self._members = Members(self._table, groups, os.getpid() if self._subreaper else 1)
        self._looked = 0.0
        self._asked = False
        self._server: SocketServer | None = None
        self._boot = self._table.boot()
        self._catch_signals()

    # The daemon's side

    def listen(self, address: str) -> None:
        self._server = SocketServer(self._urgent, address)

    def send(self, client: int, data: bytes) -> None:
        assert self._server is not None
        self._server.send(client, data)

    def clear(self, client: int) -> bool:
        return self._server is None or self._server.clear(client)

    def hang_up(self, client: int) -> None:
        if self._server is not None:
            self._server.hang_up(client)

    def peer_pid(self, client: int) -> int | None:
        return self._server.peer_pid(client) if self._server is not None else None

    # Waiting

    def poll(self, timeout: float | None) -> list[Happening]:
        happenings: list[Happening] = []
        rest = self._outputs.rest_until - time.monotonic()
        if rest > 0:
            ready = {"urgent"} if self._urgent.select(rest) else {"outputs"}
        else:
            ready = {key.data for key, _ in self._all.select(self._patience(timeout))}
        if "urgent" in ready:
            for key, mask in self._urgent.select(0):
                happenings.extend(key.data(mask))
        if "outputs" in ready:
            happenings.extend(Grew(tree) for tree in self._outputs.move_ready() if self._held[tree].followed)
        happenings.extend(self._look_again())
        if self._asked:
            self._asked = False
            happenings.append(Asked())
        return happenings

    def _patience(self, timeout: float | None) -> float | None:
        if any(held.killing and not held.ended for held in self._held.values()):
            return KILL_AGAIN
        return ORPHAN_LOOK if any(self._untold(held) for held in self._held.values()) else timeout

    def _untold(self, held: Held) -> bool:
        """Whether the system does not tell what happens to it next: orphans and strangers are not our children."""
        if held.ended:
            return False
        if held.exited:
            return held.adopted or not self._subreaper
        return held.adopted and held.end is None

    def _look_again(self) -> Iterator[Happening]:
        """Where no signal comes: trees being killed, orphans that are not our children, strangers."""
        killing = [tree for tree, held in self._held.items() if held.killing and not held.ended]
        untold = [tree for tree, held in self._held.items() if self._untold(held) and not held.killing]
        now = time.monotonic()
        if not (killing or untold) or now - self._looked < (KILL_AGAIN if killing else ORPHAN_LOOK):
            return
        self._looked = now
        with suppress(OSError):  # no answer now: the next look will tell
            for tree in (*killing, *untold):
                held = self._held[tree]
                if self._untold(held) and not held.exited and gone(held.identity, self._table):
                    yield from self._adopted_exited(tree)
        yield from self._settle([*killing, *untold])

    # Launching and ending

    def launch(self, spec: LaunchSpec, log: LogWriter) -> Identity:
        read, write = self._outputs.open_pipe()
        try:
            process = self._descriptors.spawn(write, lambda: _spawn(spec, write))
        except BaseException:
            os.close(read)
            raise
        finally:
            os.close(write)
        if spec.limits is not None:
            os.kill(process.pid, signal.SIGSTOP)  # until it is in its groups: a thread sees to that
        identity = Identity(process.pid, self._table.start_of(process.pid) or "", self._boot)
        held = self._held[spec.id] = Held(identity, process, os.fstat(read).st_ino)
        self._outputs.add(spec.id, read, log)
        self._limit(spec, held, stopped=spec.limits is not None)
        return identity

    def _limit(self, spec: LaunchSpec, held: Held, *, stopped: bool) -> None:
        """Puts the tree into its groups in any case: who is in one cannot deny to belong to it."""
        pid, start = held.identity.pid, held.identity.start
        if spec.limits is not None:
            held.enforced = rank(partial(self._lineage, pid), spec.limits)
        go_on = partial(self._signal, pid, start, signal.SIGCONT) if stopped else None
        if self._groups is None:
            if go_on is not None:
                go_on()
            return
        held.enforced |= self._groups.add(spec.id, pid, spec.limits, go_on)
        held.alarm = self._groups.memory_alarm(spec.id)
        if held.alarm is not None:
            self._urgent.register(held.alarm, selectors.EVENT_READ, partial(self._met_memory_limit, held, spec.id))

    def _lineage(self, pid: int) -> list[int]:
        if self._linux:
            return lineage(pid)
        try:
            return list(spread({pid: ""}, self._table.walk()))
        except OSError:
            return [pid]

    def _met_memory_limit(self, held: Held, tree: str, _: int) -> Sequence[Happening]:
        if held.alarm is not None and not held.ended:
            os.eventfd_read(held.alarm)
            held.limit = "memory"
            self.kill(tree)
        return ()

    def enforced(self, tree: str) -> dict[str, str]:
        return dict(self._held[tree].enforced)

    def start_of(self, pid: int) -> str | None:
        return self._table.start_of(pid)

    def adopt(self, spec: LaunchSpec, identity: Identity) -> None:
        """The root ends in its own time, of which the system tells (pidfd, kqueue) or which is looked for."""
        taken = {pid for ones in self.members().values() for pid, _ in ones}
        ours = {os.getpid(), *(self._server.peers() if self._server is not None else ())}
        end = EndWatch(identity.pid) if self._linux or sys.platform != "linux" else None
        try:
            check_adoptable(identity, self._boot, self._table, taken, ours)
        except OSError:
            if end is not None:
                end.close()
            raise
        held = self._held[spec.id] = Held(identity, None)
        if end is not None and end.fd is not None:
            held.end = end
            self._urgent.register(end.fd, selectors.EVENT_READ, partial(self._end_told, held, spec.id))
        self._limit(spec, held, stopped=False)

    def _end_told(self, held: Held, tree: str, _: int) -> Iterator[Happening]:
        if not held.exited:
            yield from self._adopted_exited(tree)
            yield from self._settle([tree])

    def _adopted_exited(self, tree: str) -> Iterator[Happening]:
        held = self._held[tree]
        held.exited = True
        held.end_watching(self._urgent)
        yield Exited(tree, None, None, time.time(), self._limit_met(tree))

    def _limit_met(self, tree: str) -> str | None:
        held = self._held[tree]
        if held.limit is None and self._groups is not None and self._groups.met_memory_limit(tree):
            held.limit = "memory"
        return held.limit

    def ask_to_stop(self, tree: str, signal_name: str) -> None:
        """The root's process group gets the signal; with the root gone, every member does. The group of an adopted
        process may be its shell's too, so there it is always the members."""
        number = signal_number(signal_name)
        held = self._held[tree]
        if not held.exited and not held.adopted:
            with suppress(ProcessLookupError):
                os.killpg(held.identity.pid, number)
            return
        for pid, start in self.members().get(tree, []):
            self._signal(pid, start, number)

    def kill(self, tree: str) -> None:
        self._held[tree].killing = True
        with suppress(OSError):  # no answer of the process table now: done again at the next look
            self._kill_members([tree])

    def _kill_members(self, trees: list[str]) -> dict[str, list[tuple[int, str]]]:
        members = self.members()
        for tree in trees:
            for pid, start in members.get(tree, []):
                self._signal(pid, start, signal.SIGKILL)
        return members

    def _signal(self, pid: int, start: str, number: int) -> None:
        send(self._table, pid, start, number)

    def _reap(self, _: int) -> Iterator[Happening]:
        with suppress(BlockingIOError):
            while self._wakeup[0].recv(4096):
                pass
        roots = {held.identity.pid: tree for tree, held in self._held.items() if held.process and not held.exited}
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

    def _root_exited(self, tree: str, status: int, usage: resource.struct_rusage) -> Iterator[Happening]:
        held = self._held[tree]
        held.exited = True
        code = os.waitstatus_to_exitcode(status)
        assert held.process is not None
        held.process.returncode = code  # reaped here: Popen must not wait for it again
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
                held.ended = True
                if self._outputs.drain(tree) and held.followed:
                    yield Grew(tree)
                self._outputs.remove(tree)
                held.end_alarm(self._urgent)
                if self._groups is not None:
                    self._groups.remove(tree)
                yield Emptied(tree, time.time())

    def _members_left(self, trees: list[str]) -> dict[str, list[tuple[int, str]]]:
        """Who is left of trees that are being killed, or whose root has ended; what shall be killed is, once more."""
        roots = [held.identity.pid for held in self._held.values() if not held.exited]
        dead = all(self._held[tree].exited and not self._held[tree].adopted for tree in trees)
        if self._subreaper and dead and self._members.no_orphans(roots):
            return {}
        killing = [tree for tree in trees if self._held[tree].killing]
        return self._kill_members(killing) if killing else self.members()

    # Members

    def members(self) -> dict[str, list[tuple[int, str]]]:
        living = {tree: held for tree, held in self._held.items() if not held.ended}
        roots = {held.identity.pid: tree for tree, held in living.items() if not held.adopted}
        pipes = {held.pipe: tree for tree, held in living.items() if held.pipe is not None}
        adopted = {tree: held.identity for tree, held in living.items() if held.adopted}
        return self._members.of(roots, pipes, adopted)

    def follow(self, tree: str, on: bool) -> None:
        self._held[tree].followed = on
        self._outputs.followed = any(held.followed for held in self._held.values())

    def forget(self, tree: str) -> None:
        self._outputs.remove(tree)
        if self._groups is not None:
            self._groups.remove(tree)  # it may have been busy still when the tree ended
        self._held.pop(tree, None)

    def survivors(self, prefix: str) -> dict[int, str]:
        return self._members.survivors(prefix)

    def sweep(self, prefix: str, spare: int | None) -> dict[int, str]:
        ended: dict[int, str] = {}
        for _ in range(20):  # what is killed may have just forked
            found = self.survivors(prefix)
            found = {pid: tree for pid, tree in found.items() if tree not in self._held and pid != spare}
            living = {pid: tree for pid, tree in found.items() if self._table.start_of(pid) is not None}
            if not living:
                break
            for pid in living:
                if (start := self._table.start_of(pid)) is not None:
                    self._signal(pid, start, signal.SIGKILL)
            ended.update(living)
            time.sleep(0.01)
        return ended

    # The keeper itself

    def boot(self) -> str:
        return self._boot

    def capabilities(self) -> dict[str, Any]:
        return {
            "platform": sys.platform,
            "trees": "subreaper and session" if self._subreaper else "process group and mark",
            "control_groups": None if self._groups is None else f"version {self._groups.version}",
            "limits": {} if self._groups is None else self._groups.limiting(),
            "output": "splice" if self._outputs.splices else "copy",
        }

    def close(self) -> None:
        if self._server is not None:
            self._server.close()
        signal.set_wakeup_fd(-1)
        self._outputs.close()
        if self._groups is not None:
            self._groups.close()
        self._all.close()
        self._urgent.close()
        for end in self._wakeup:
            end.close()

    def _catch_signals(self) -> None:
        """Handlers, not `SIG_IGN`: an ignored signal would be inherited by every tool."""
        self._wakeup = socket.socketpair()
        for end in self._wakeup:
            end.setblocking(False)
        signal.set_wakeup_fd(self._wakeup[1].fileno(), warn_on_full_buffer=False)
        self._urgent.register(self._wakeup[0], selectors.EVENT_READ, self._reap)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        for number in (signal.SIGHUP, signal.SIGINT):
            signal.signal(number, lambda *_: None)
        signal.signal(signal.SIGTERM, self._on_term)

    def _on_term(self, *_: object) -> None:
        self._asked = True


def _spawn(spec: LaunchSpec, output: int) -> subprocess.Popen[bytes]:
    with open_input(spec.input) as given:
        return subprocess.Popen(
            spec.argv,
            cwd=spec.cwd,
            env={**spec.env, MARK: spec.id},
            stdin=given,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )


def _peak(usage: resource.struct_rusage) -> int | None:
    """In bytes. A process begins as a copy of the keeper, which the system counts too: less than that tells nothing."""
    largest = usage.ru_maxrss if usage.ru_maxrss > resource.getrusage(resource.RUSAGE_SELF).ru_maxrss else None
    return None if largest is None else largest * (1 if sys.platform == "darwin" else 1024)


def _become_subreaper() -> bool:
    libc = ctypes.CDLL(None, use_errno=True)
    return bool(libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0)
