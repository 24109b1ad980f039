"""Linux, macOS and other Unixes: sessions, signals, sockets.

On Linux the keeper is a child subreaper: whatever a tool starts stays a descendant of the keeper however it detaches,
so one walk down from the keeper finds every member. Elsewhere orphans go to init and are found by process group and by
the mark in their environment.
"""

from __future__ import annotations

import ctypes
import errno
import os
import selectors
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from keeper.host import Asked, Emptied, Exited, Grew, Happening
from keeper.logs import LogWriter
from keeper.posix_cgroup import ControlGroups
from keeper.posix_members import Members
from keeper.posix_output import Outputs
from keeper.posix_socket import SocketServer
from keeper.posix_table import ProcessTable, native_table
from keeper.protocol import MARK, Identity, LaunchSpec

PR_SET_CHILD_SUBREAPER = 36
KILL_AGAIN = 0.02  # seconds between looks at a tree that is being killed
ORPHAN_LOOK = 0.5  # seconds between looks at orphans where the OS does not tell of their end


class _Held:
    """What this host holds of one tree."""

    def __init__(self, identity: Identity, process: subprocess.Popen[bytes], pipe: int) -> None:
        self.identity = identity
        self.process = process
        self.pipe = pipe  # inode of its output
        self.exited = False
        self.ended = False
        self.killing = False
        self.followed = False


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
        self._subreaper = linux and _become_subreaper()
        self._outputs = Outputs(splice=linux and hasattr(os, "splice"))
        self._urgent = selectors.DefaultSelector()
        self._all = selectors.DefaultSelector()
        self._all.register(self._urgent.fileno(), selectors.EVENT_READ, "urgent")
        self._all.register(self._outputs.selector.fileno(), selectors.EVENT_READ, "outputs")
        self._held: dict[str, _Held] = {}
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
        if not self._subreaper and any(held.exited and not held.ended for held in self._held.values()):
            return ORPHAN_LOOK
        return timeout

    def _look_again(self) -> Iterator[Happening]:
        """Where no signal comes: trees being killed, and orphans that are not our children."""
        now = time.monotonic()
        waiting = [tree for tree, held in self._held.items() if not held.ended and (held.killing or held.exited)]
        if not waiting or now - self._looked < KILL_AGAIN:
            return
        if self._subreaper and not any(self._held[tree].killing for tree in waiting):
            return
        self._looked = now
        yield from self._settle(waiting)

    # Launching and ending

    def launch(self, spec: LaunchSpec, log: LogWriter) -> Identity:
        read, write = self._outputs.open_pipe()
        try:
            process = subprocess.Popen(
                spec.argv,
                cwd=spec.cwd,
                env={**spec.env, MARK: spec.id},
                stdin=subprocess.DEVNULL,
                stdout=write,
                stderr=write,
                start_new_session=True,
            )
        except BaseException:
            os.close(read)
            raise
        finally:
            os.close(write)
        if self._groups is not None:
            self._groups.add(spec.id, process.pid)
        identity = Identity(process.pid, self._table.start_of(process.pid) or "", self._boot)
        self._held[spec.id] = _Held(identity, process, os.fstat(read).st_ino)
        self._outputs.add(spec.id, read, log)
        return identity

    def adopt(self, spec: LaunchSpec, identity: Identity) -> None:
        raise OSError(errno.ENOTSUP, "not built yet")

    def enforced(self, tree: str) -> dict[str, str]:
        return {}

    def ask_to_stop(self, tree: str, signal_name: str) -> None:
        """The root's process group gets the signal; with the root gone, every member does."""
        number = _signal_number(signal_name)
        held = self._held[tree]
        if not held.exited:
            with suppress(ProcessLookupError):
                os.killpg(held.identity.pid, number)
            return
        for pid, start in self.members().get(tree, []):
            self._signal(pid, start, number)

    def kill(self, tree: str) -> None:
        self._held[tree].killing = True
        self._kill_members([tree])

    def _kill_members(self, trees: list[str]) -> dict[str, list[tuple[int, str]]]:
        members = self.members()
        for tree in trees:
            for pid, start in members.get(tree, []):
                self._signal(pid, start, signal.SIGKILL)
        return members

    def _signal(self, pid: int, start: str, number: int) -> None:
        """Signals that very process: a pid that was given to another since is left alone."""
        try:
            if hasattr(os, "pidfd_open"):
                handle = os.pidfd_open(pid)
                try:
                    if self._table.start_of(pid) == start:
                        signal.pidfd_send_signal(handle, number)
                finally:
                    os.close(handle)
            elif self._table.start_of(pid) == start:
                os.kill(pid, number)
        except ProcessLookupError:
            pass
        except OSError as error:
            if error.errno != errno.EPERM:
                raise

    def _reap(self, _: int) -> Iterator[Happening]:
        with suppress(BlockingIOError):
            while self._wakeup[0].recv(4096):
                pass
        roots = {held.identity.pid: tree for tree, held in self._held.items() if not held.exited}
        reaped = False
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                break
            if pid == 0:
                break
            reaped = True
            if pid in roots:
                yield from self._root_exited(roots[pid], status)
        if reaped:
            yield from self._settle([tree for tree, held in self._held.items() if held.exited and not held.ended])

    def _root_exited(self, tree: str, status: int) -> Iterator[Happening]:
        held = self._held[tree]
        held.exited = True
        code = os.waitstatus_to_exitcode(status)
        held.process.returncode = code  # reaped here: Popen must not wait for it again
        if self._outputs.drain(tree) and held.followed:
            yield Grew(tree)
        yield Exited(tree, code if code >= 0 else None, -code if code < 0 else None, time.time())

    def _settle(self, trees: list[str]) -> Iterator[Happening]:
        """Tells which of the trees have no member left, and kills on where that was asked for."""
        if not trees:
            return
        members = self._members_left(trees)
        for tree in trees:
            held = self._held[tree]
            if held.exited and not held.ended and not members.get(tree):
                held.ended = True
                if self._outputs.drain(tree) and held.followed:
                    yield Grew(tree)
                self._outputs.remove(tree)
                if self._groups is not None:
                    self._groups.remove(tree)
                yield Emptied(tree, time.time())

    def _members_left(self, trees: list[str]) -> dict[str, list[tuple[int, str]]]:
        """Who is left of trees that are being killed, or whose root has ended; what shall be killed is, once more."""
        roots = [held.identity.pid for held in self._held.values() if not held.exited]
        if self._subreaper and all(self._held[tree].exited for tree in trees) and self._members.no_orphans(roots):
            return {}
        killing = [tree for tree in trees if self._held[tree].killing]
        return self._kill_members(killing) if killing else self.members()

    # Members

    def members(self) -> dict[str, list[tuple[int, str]]]:
        living = {tree: held for tree, held in self._held.items() if not held.ended}
        roots = {held.identity.pid: tree for tree, held in living.items()}
        return self._members.of(roots, {held.pipe: tree for tree, held in living.items()})

    def follow(self, tree: str, on: bool) -> None:
        self._held[tree].followed = on

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


def _become_subreaper() -> bool:
    libc = ctypes.CDLL(None, use_errno=True)
    return bool(libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0)


def _signal_number(name: str) -> int:
    """`SIGTERM` and the Windows names alike: a definition may be shared between machines."""
    known = {"CTRL_C": "SIGINT", "CTRL_BREAK": "SIGTERM"}
    try:
        return signal.Signals[known.get(name, name)].value
    except KeyError:
        raise ValueError(f"{name} is no signal of this system") from None
