"""Linux, macOS and other Unixes: sessions, signals, sockets.

On Linux the keeper is a child subreaper: whatever a tool starts stays a descendant of the keeper however it detaches,
so one walk down from the keeper finds every member. Elsewhere orphans go to init and are found by process group and by
the mark in their environment.
"""

from __future__ import annotations

import ctypes
import os
import selectors
import signal
import socket
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

from keeper.host import Asked, Grew, Happening
from keeper.logs import LogWriter
from keeper.posix_cgroup import ControlGroups
from keeper.posix_descriptors import Descriptors
from keeper.posix_endings import Endings
from keeper.posix_held import Held
from keeper.posix_limits import rank
from keeper.posix_members import spread
from keeper.posix_output import Outputs
from keeper.posix_signals import signal_number
from keeper.posix_socket import SocketServer
from keeper.posix_start import RESTORED, BySpawn, Starter
from keeper.posix_strangers import EndWatch, check_adoptable
from keeper.posix_table import ProcessTable, lineage, native_table
from keeper.protocol import Identity, LaunchSpec

PR_SET_CHILD_SUBREAPER = 36


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
        self._starter: Starter = BySpawn() if linux else _by_popen()
        self._outputs = Outputs(splice=linux and hasattr(os, "splice"))
        self._urgent = selectors.DefaultSelector()
        self._all = selectors.DefaultSelector()
        self._all.register(self._urgent.fileno(), selectors.EVENT_READ, "urgent")
        self._all.register(self._outputs.selector.fileno(), selectors.EVENT_READ, "outputs")
        self._held: dict[str, Held] = {}
        self._unplaced: list[tuple[str, int]] = []  # trees that are to get their control group
        self._groups = groups
        self._asked = False
        self._endings = Endings(
            self._held, self._table, groups, self._outputs, self._urgent, subreaper=self._subreaper, families=linux
        )
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
        self._place_the_rest()
        happenings: list[Happening] = []
        rest = self._outputs.rest_until - time.monotonic()
        if rest > 0:
            ready = {"urgent"} if self._urgent.select(rest) else {"outputs"}
        else:
            ready = {key.data for key, _ in self._all.select(self._endings.patience(timeout))}
        if "urgent" in ready:
            for key, mask in self._urgent.select(0):
                happenings.extend(key.data(mask))
        if "outputs" in ready:
            happenings.extend(Grew(tree) for tree in self._outputs.move_ready() if self._held[tree].followed)
        happenings.extend(self._endings.look_again())
        if self._asked:
            self._asked = False
            happenings.append(Asked())
        return happenings

    # Launching and ending

    def launch(self, spec: LaunchSpec, log: LogWriter) -> Identity:
        read, write = self._outputs.open_pipe()
        try:
            pid = self._descriptors.spawn(write, lambda: self._starter.start(spec, write))
        except BaseException:
            os.close(read)
            raise
        finally:
            os.close(write)
        if spec.limits is not None:
            os.kill(pid, signal.SIGSTOP)  # until it is in its groups: a thread sees to that
        identity = Identity(pid, self._table.start_of(pid) or "", self._boot)
        held = self._held[spec.id] = Held(identity, pipe=os.fstat(read).st_ino)
        self._outputs.add(spec.id, read, log)
        self._place(spec, held, stopped=spec.limits is not None)
        return identity

    def _place(self, spec: LaunchSpec, held: Held, *, stopped: bool) -> None:
        """Puts the tree into its groups in any case: who is in one cannot deny to belong to it. Without limits that has
        time until whoever asked for it has been answered."""
        if spec.limits is None:
            self._unplaced.append((spec.id, held.identity.pid))
            return
        pid, start = held.identity.pid, held.identity.start
        held.enforced = rank(partial(self._lineage, pid), spec.limits)
        go_on = partial(self._endings.signal, pid, start, signal.SIGCONT) if stopped else None
        if self._groups is not None:
            held.enforced |= self._groups.add(spec.id, pid, spec.limits, go_on)
            held.alarm = self._groups.memory_alarm(spec.id)
        elif go_on is not None:
            go_on()
        if held.alarm is not None:
            self._urgent.register(held.alarm, selectors.EVENT_READ, partial(self._met_memory_limit, held, spec.id))

    def _place_the_rest(self) -> None:
        if self._groups is not None:
            for tree, pid in self._unplaced:
                self._groups.add(tree, pid)
        self._unplaced.clear()

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
        held = self._held[spec.id] = Held(identity, adopted=True)
        if end is not None and end.fd is not None:
            held.end = end
            self._urgent.register(end.fd, selectors.EVENT_READ, lambda _: self._endings.stranger_ended(spec.id))
        self._place(spec, held, stopped=False)

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
            self._endings.signal(pid, start, number)

    def kill(self, tree: str) -> None:
        self._endings.kill(tree)

    def _reap(self, _: int) -> Iterator[Happening]:
        with suppress(BlockingIOError):
            while self._wakeup[0].recv(4096):
                pass
        yield from self._endings.reap()

    # Members

    def members(self) -> dict[str, list[tuple[int, str]]]:
        return self._endings.members()

    def follow(self, tree: str, on: bool) -> None:
        self._held[tree].followed = on
        self._outputs.followed = any(held.followed for held in self._held.values())

    def forget(self, tree: str) -> None:
        self._outputs.remove(tree)
        if self._groups is not None:
            self._groups.remove(tree)  # it may have been busy still when the tree ended
        self._held.pop(tree, None)

    def survivors(self, prefix: str) -> dict[int, str]:
        return self._endings.survivors(prefix)

    def sweep(self, prefix: str, spare: int | None) -> dict[int, str]:
        return self._endings.sweep(prefix, spare)

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
        self._starter.close()
        self._outputs.close()
        if self._groups is not None:
            self._groups.close()
        self._all.close()
        self._urgent.close()
        for end in self._wakeup:
            end.close()

    def _catch_signals(self) -> None:
        """Handlers, not `SIG_IGN`: an ignored signal would be inherited by every tool, also one that whoever started
        the control center ignores, as `nohup` does."""
        self._wakeup = socket.socketpair()
        for end in self._wakeup:
            end.setblocking(False)
        signal.set_wakeup_fd(self._wakeup[1].fileno(), warn_on_full_buffer=False)
        self._urgent.register(self._wakeup[0], selectors.EVENT_READ, self._reap)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        ignored = {number for number in signal.valid_signals() if signal.getsignal(number) is signal.SIG_IGN}
        for number in {signal.SIGHUP, signal.SIGINT} | ignored - RESTORED:
            signal.signal(number, lambda *_: None)
        signal.signal(signal.SIGTERM, self._on_term)

    def _on_term(self, *_: object) -> None:
        self._asked = True


def _become_subreaper() -> bool:
    libc = ctypes.CDLL(None, use_errno=True)
    return bool(libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0)


def _by_popen() -> Starter:
    from keeper.posix_popen import ByPopen

    return ByPopen()
